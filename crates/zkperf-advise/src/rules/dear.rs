//! A single function with a large share of what no other rule explains.

use std::collections::BTreeMap;

use super::{calls_text, quoted, short_name, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::ledger::Ledger;
use crate::origins::Origins;
use zkperf_report::short_path;

pub(crate) const NAME: &str = "dear-function";

/// Share of the run from which a function is a finding: 1 in so many.
const DEAR: u64 = 100;

/// Share of the run from which the first question is whether the work is needed: 1 in so many.
const VERY_DEAR: u64 = 25;

/// Claims what is left of dear functions, with what the compiler and the library put into them.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut left = vec![0u64; view.functions.len()];
    for node in ground.nodes() {
        left[owner_function(ground, node)] += ledger.left(node);
    }
    let mut dear: Vec<usize> = (0..left.len())
        .filter(|&function| {
            view.functions[function].is_own && left[function] >= (view.total() / DEAR).max(1)
        })
        .collect();
    dear.sort_by_key(|&function| std::cmp::Reverse(left[function]));
    let mut found: BTreeMap<usize, Origins> = dear
        .iter()
        .map(|&function| (function, Origins::default()))
        .collect();
    for node in ground.nodes() {
        let Some(origins) = found.get_mut(&owner_function(ground, node)) else {
            continue;
        };
        let owner = view.nodes[node].owner as usize;
        let calls = if owner == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        origins.add(view, node, ledger.take(node), calls, 0);
    }
    let each = dear.into_iter().filter_map(|function| {
        let origins = found.get(&function)?;
        Some(finding(ground, function, origins))
    });
    each.collect()
}

/// The function of one's own whose code a context is.
fn owner_function(ground: &Ground<'_>, node: usize) -> usize {
    let owner = ground.view.nodes[node].owner as usize;
    ground.view.profile.nodes[owner].function.0 as usize
}

fn finding(ground: &Ground<'_>, function: usize, origins: &Origins) -> Finding {
    let view = ground.view;
    let value = origins.value();
    let name = &view.functions[function].name;
    let lines = lines(ground, function as u32, 4);
    let class = match value >= view.total() / VERY_DEAR {
        true => Class::Algorithm,
        false => Class::Micro,
    };
    let remedy = match class {
        Class::Algorithm => {
            "first ask whether all of it is needed, and as often: the dearest lines say what it does most; then what each \
             line costs"
        }
        _ => "look at the dearest lines: bounds checks, sub-word accesses, values copied in and out of the loop",
    };
    let calls: u64 = view
        .profile
        .nodes
        .iter()
        .filter(|node| node.function.0 as usize == function)
        .map(|node| node.calls)
        .fold(0, u64::saturating_add);
    let mut places: Vec<String> = lines.iter().filter_map(|line| line.place.clone()).collect();
    places.extend(origins.places(view, 2));
    places.dedup();
    Finding {
        rule: NAME,
        subject: short_name(name),
        title: format!(
            "{} takes much by itself{}",
            short_name(name),
            calls_text(calls)
        ),
        class,
        share: Share::of(value, view.total()),
        evidence: lines.into_iter().chain(inlined(origins, ground)).collect(),
        remedy: remedy.to_owned(),
        places,
        saving: Saving::unknown("the profile says where it goes, not what would do instead"),
        risk: Level::Medium,
        risk_why: "its results must stay the same".to_owned(),
        confidence: Level::Low,
        check: ground.command("annotate", &quoted(name)),
    }
}

/// The dearest places at which library code stands in the function.
fn inlined(origins: &Origins, ground: &Ground<'_>) -> Vec<Evidence> {
    let sorted = origins.sorted();
    let placed = sorted
        .iter()
        .filter(|origin| origin.place(ground.view).is_some());
    let evidence = placed.take(3).map(|origin| Evidence {
        what: format!("{} and what is inlined with it", origin.called(ground.view)),
        ..origin.evidence(ground.view)
    });
    evidence.collect()
}

/// The dearest lines of a function's own code, over the whole run.
fn lines(ground: &Ground<'_>, function: u32, most: usize) -> Vec<Evidence> {
    let view = ground.view;
    let profile = &view.profile;
    if !profile.source.is_known() {
        return Vec::new();
    }
    let cost = profile.pc_column(view.cost);
    let mut by_line: BTreeMap<(u32, u32), (u64, u64)> = BTreeMap::new();
    for (at, count) in view.pcs_of(function) {
        let position = profile
            .source
            .places
            .get(at)
            .map(|place| place.position)
            .unwrap_or_default();
        if let (Some(file), 1..) = (position.file, position.line) {
            let line = by_line.entry((file, position.line)).or_default();
            line.0 += cost[at];
            line.1 = line.1.max(count);
        }
    }
    let mut lines: Vec<((u32, u32), (u64, u64))> = by_line.into_iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.1));
    lines
        .into_iter()
        .take(most)
        .map(|((file, line), (value, count))| Evidence {
            what: "its own code, over the whole run".to_owned(),
            value: Some(value),
            percent: Some(Share::of(value, view.total()).percent),
            calls: Some(count),
            place: profile
                .source
                .files
                .get(file as usize)
                .map(|path| format!("{}:{line}", short_path(path))),
            ..Evidence::default()
        })
        .collect()
}
