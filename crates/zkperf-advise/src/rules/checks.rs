//! Branches that only lead to panics: index bounds, overflow, unwraps.

use std::collections::{BTreeMap, HashMap};

use zkperf_profile::thousands;
use zkperf_report::{percent, short_path};
use zkperf_symbols::CheckKind;

use super::roles::base;
use super::{dearest, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const NAME: &str = "checks";

/// Instructions that go with a check at most: one that loads or computes what it compares with, and one that the compiler
/// could have left out or shared if control did not part there.
const MOST_MORE: u64 = 2;

/// Places in the source that are listed.
const PLACES: usize = 4;

/// What checks cost.
#[derive(Debug, Default)]
struct Found {
    /// By kind: how often executed, and cost in pc units.
    kinds: BTreeMap<CheckKind, (u64, u64)>,
    /// By function, inlined or not: cost, and how often executed.
    functions: Vec<(u64, u64)>,
    /// By file and line of somebody's own code: cost.
    lines: HashMap<(u32, u32), u64>,
    executed: u64,
}

/// Claims the branches, and as much with each as may go with it. Which of a function's instructions they are, and what each costs, is exact; how much of
/// it falls on one of its contexts is taken to be as over the whole run.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let found = found(ground);
    let column = view.profile.node_column(view.cost);
    let mut whole = vec![0u64; view.functions.len()];
    for node in ground.nodes() {
        whole[view.profile.nodes[node].function.0 as usize] += column[node];
    }
    let (mut origins, mut branches) = (Origins::default(), 0u64);
    for node in ground.nodes() {
        let function = view.profile.nodes[node].function.0 as usize;
        let (cost, executed) = found.functions[function];
        let more = view.instructions(executed.saturating_mul(MOST_MORE));
        let all = cost.saturating_add(more).min(whole[function]);
        if cost > 0 {
            let taken = ledger.take_share(node, all, whole[function]);
            let part = u128::from(taken) * u128::from(cost) / u128::from(all.max(1));
            branches += u64::try_from(part).unwrap_or(taken);
            origins.add(view, node, taken, 0, 0);
        }
    }
    if origins.value() == 0 {
        return Vec::new();
    }
    let mut evidence = by_kind(&found, view.total());
    evidence.extend(origins.evidence(view, 4));
    vec![Finding {
        title: format!(
            "{} checks that branch to a panic, with what goes with them, most in {}",
            thousands(found.executed),
            dearest(ground, &origins)
        ),
        share: Share::of(origins.value(), view.total()),
        evidence,
        places: places(ground, &found, &origins),
        remedy: "let the compiler see that they hold: iterate in place of indexing, take a part of the right size once before \
                 the loop (`let part = &data[..n]`, arrays, chunks_exact), mask indices of tables; release profiles have no \
                 overflow checks unless they ask for them"
            .to_owned(),
        saving: saving(ground, found.executed, branches, origins.value()),
        risk: Level::Medium,
        risk_why: "a check that is dropped in place of proven (`get_unchecked`) is unsound the first time it would have failed"
            .to_owned(),
        confidence: Level::High,
        check: ground.command("lines", ""),
        class: Class::Micro,
        ..base(NAME)
    }]
}

fn found(ground: &Ground<'_>) -> Found {
    let view = ground.view;
    let profile = &view.profile;
    let kinds: HashMap<u64, CheckKind> = ground
        .checks
        .unwrap_or_default()
        .iter()
        .map(|check| (check.branch, check.kind))
        .collect();
    let mut found = Found {
        functions: vec![(0, 0); view.functions.len()],
        ..Found::default()
    };
    if kinds.is_empty() {
        return found;
    }
    let cost = profile.pc_column(view.cost);
    for (at, pc) in profile.pcs.iter().enumerate() {
        let Some(&kind) = pc.address.and_then(|address| kinds.get(&address)) else {
            continue;
        };
        let of_kind = found.kinds.entry(kind).or_default();
        of_kind.0 += pc.count;
        of_kind.1 += cost[at];
        found.executed += pc.count;
        let function = &mut found.functions[pc.function.0 as usize];
        function.0 += cost[at];
        function.1 += pc.count;
        let place = profile.source.places.get(at);
        let is_own = view.functions[pc.function.0 as usize].is_own;
        if let Some((file, place)) = place.and_then(|place| Some((place.position.file?, place))) {
            if is_own && place.position.line > 0 {
                *found.lines.entry((file, place.position.line)).or_default() += cost[at];
            }
        }
    }
    found
}

fn by_kind(found: &Found, total: u64) -> Vec<Evidence> {
    let mut kinds: Vec<_> = found.kinds.iter().collect();
    kinds.sort_by_key(|(_, of_kind)| std::cmp::Reverse(of_kind.1));
    kinds
        .into_iter()
        .map(|(kind, &(executed, cost))| Evidence {
            what: format!("{}, over the whole run", kind.name()),
            value: Some(cost),
            percent: Some(percent(cost, total)),
            calls: Some(executed),
            ..Evidence::default()
        })
        .collect()
}

/// The dearest lines with checks of their own, then where own code calls what has checks.
fn places(ground: &Ground<'_>, found: &Found, origins: &Origins) -> Vec<String> {
    let files = &ground.view.profile.source.files;
    let mut lines: Vec<_> = found.lines.iter().collect();
    lines.sort_by(|a, b| (b.1, a.0).cmp(&(a.1, b.0)));
    let own = lines
        .into_iter()
        .take(PLACES / 2)
        .filter_map(|((file, line), _)| {
            let file = files.get(*file as usize)?;
            Some(format!("{}:{line}", short_path(file)))
        });
    let mut places: Vec<String> = own.collect();
    for place in origins.places(ground.view, PLACES) {
        if places.len() < PLACES && !places.contains(&place) {
            places.push(place);
        }
    }
    places
}

/// The branches at least; at most, what goes with each.
fn saving(ground: &Ground<'_>, executed: u64, branches: u64, value: u64) -> Saving {
    Saving::range(
        branches,
        value,
        ground.view.total(),
        format!(
            "all {} branches, at their own price; at most {MOST_MORE} instructions more with each, for what it compares with and \
             what is not done across it",
            thousands(executed)
        ),
    )
}
