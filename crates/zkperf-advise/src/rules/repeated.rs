//! Work that is done again: the same function, given the same, gives the same.

use std::collections::BTreeMap;

use zkperf_profile::{thousands, Origin, Repeated};

use super::{quoted, short_name, Ground, REFERENCE_INSTRUCTIONS};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::view::ROOT;
use zkperf_report::percent;

pub(crate) const NAME: &str = "duplicate-work";

/// Share of the run from which a function's repeats are a finding: 1 in so many.
const WORTH_ITS_OWN: u64 = 200;

/// Instructions to look a result up by what the function was given, at worst: hash a few words, find the entry, compare.
const LOOK_UP_INSTRUCTIONS: u64 = 150;

/// Of as many repeats, at most one call that was given the same may have differed: others depend on something else.
const REPEATS_A_DIFFERENCE: u64 = 8;

/// Roles whose repeats are the business of their own rules.
const OTHERS: [Role; 10] = [
    Role::Copy,
    Role::Fill,
    Role::Compare,
    Role::Allocate,
    Role::Grow,
    Role::Drop,
    Role::Clone,
    Role::Format,
    Role::Map,
    Role::Input,
];

/// Claims of functions that repeat themselves the part that their repeats cost, with all they call.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let Some(rows) = view.profile.repeats() else {
        return Vec::new();
    };
    let mut by_function: BTreeMap<&str, Vec<Repeated<'_>>> = BTreeMap::new();
    for row in rows {
        by_function.entry(row.function).or_default().push(row);
    }
    let cost = |rows: &[Repeated<'_>]| {
        rows.iter()
            .fold(0, |sum: u64, row| sum.saturating_add(row.cost))
    };
    let mut worth: Vec<(u64, Vec<Repeated<'_>>)> = by_function
        .into_values()
        .map(|rows| (cost(&rows), rows))
        .filter(|(cost, rows)| *cost >= (view.total() / WORTH_ITS_OWN).max(1) && is_clean(rows))
        .collect();
    worth.sort_by_key(|(cost, _)| std::cmp::Reverse(*cost));
    let findings = worth
        .into_iter()
        .filter_map(|(_, rows)| of_function(ground, ledger, &rows));
    findings.collect()
}

/// Whether what a function was given tells what it does.
fn is_clean(rows: &[Repeated<'_>]) -> bool {
    let sum = |of: fn(&Repeated<'_>) -> u64| rows.iter().map(of).fold(0, u64::saturating_add);
    sum(|row| row.differed).saturating_mul(REPEATS_A_DIFFERENCE) <= sum(|row| row.repeats)
}

/// What was claimed for one caller.
struct Claim<'a> {
    row: Repeated<'a>,
    value: u64,
    /// A context of the function.
    node: usize,
}

fn of_function(ground: &Ground<'_>, ledger: &mut Ledger, rows: &[Repeated<'_>]) -> Option<Finding> {
    let claims: Vec<Claim<'_>> = rows
        .iter()
        .filter_map(|row| claim(ground, ledger, row))
        .collect();
    let value: u64 = claims.iter().map(|claim| claim.value).sum();
    let (first, view) = (claims.first()?, ground.view);
    let name = view.function(first.node).name.clone();
    let sum = |of: fn(&Repeated<'_>) -> u64| {
        claims
            .iter()
            .map(|claim| of(&claim.row))
            .fold(0, u64::saturating_add)
    };
    let (calls, different, repeats) = (
        sum(|row| row.calls),
        sum(|row| row.different),
        sum(|row| row.repeats),
    );
    let alike = claims
        .iter()
        .map(|claim| claim.row.most_alike)
        .max()
        .unwrap_or(0);
    let look_ups = view.instructions(calls.saturating_mul(LOOK_UP_INSTRUCTIONS));
    let handed_on = view.instructions(repeats.saturating_mul(REFERENCE_INSTRUCTIONS));
    let places = claims
        .iter()
        .filter_map(|claim| view.place(claim.node))
        .take(4)
        .collect();
    Some(Finding {
        rule: NAME,
        subject: short_name(&name),
        title: format!(
            "{} is worked out again: {} of {} calls were given what an earlier one was, up to {} the same",
            short_name(&name),
            thousands(repeats),
            thousands(calls),
            thousands(alike)
        ),
        class: Class::Algorithm,
        share: Share::of(value, view.total()),
        evidence: claims.iter().take(4).map(|claim| evidence(ground, claim)).collect(),
        remedy: match different {
            0..=1 => "work it out once and hand the result to all that ask for it",
            _ => "work it out once for each set of arguments: where they first come up, or remember results by what they were \
                  worked out from",
        }
        .to_owned(),
        places,
        saving: Saving::range(
            value.saturating_sub(look_ups),
            value.saturating_sub(handed_on),
            view.total(),
            format!(
                "what {} repeats cost; less {REFERENCE_INSTRUCTIONS} instructions each to hand a result on, at worst \
                 {LOOK_UP_INSTRUCTIONS} for each of {} calls to look it up",
                thousands(repeats),
                thousands(calls)
            ),
        ),
        risk: Level::Medium,
        risk_why: "what it depends on beside its arguments must not change in between; no look-up may leave out a part of the key"
            .to_owned(),
        confidence: match sum(|row| row.differed.saturating_add(row.seen_in_part)) {
            0 => Level::High,
            _ => Level::Medium,
        },
        check: ground.command("where", &format!("{} --all --depth 3", quoted(&name))),
    })
}

/// Claims the part of a function's contexts below one caller that is repeated.
fn claim<'a>(ground: &Ground<'_>, ledger: &mut Ledger, row: &Repeated<'a>) -> Option<Claim<'a>> {
    let view = ground.view;
    let own = view.profile.node_column(view.cost);
    let mut is_inside = vec![false; own.len()];
    let mut whole = 0u64;
    let mut dearest: Option<usize> = None;
    for node in ground.nodes() {
        let parent = view.parent(node);
        let is_entry = !(node != ROOT && is_inside[parent]) && is_of(ground, node, row);
        is_inside[node] = is_entry || node != ROOT && is_inside[parent];
        if is_inside[node] {
            whole = whole.saturating_add(own[node]);
        }
        let calls = |node: usize| view.profile.nodes[node].calls;
        if is_entry && dearest.is_none_or(|known| calls(known) < calls(node)) {
            dearest = Some(node);
        }
    }
    let node = dearest?;
    let role = view.function(node).role;
    if OTHERS.contains(&role) {
        return None;
    }
    let inside = ground.nodes().filter(|node| is_inside[*node]);
    let value = inside
        .map(|node| ledger.take_share(node, row.cost, whole))
        .sum();
    Some(Claim {
        row: *row,
        value,
        node,
    })
}

/// Whether a context is the row's function, called by the row's caller; inlined code in between is the caller's.
fn is_of(ground: &Ground<'_>, node: usize, row: &Repeated<'_>) -> bool {
    let view = ground.view;
    let function = |node: usize| {
        let function = view.profile.nodes[node].function;
        &view.profile.functions[function.0 as usize]
    };
    if node == ROOT || function(node).name != row.function {
        return false;
    }
    let mut caller = view.parent(node);
    while function(caller).origin == Origin::Inlined && caller != ROOT {
        caller = view.parent(caller);
    }
    function(caller).name == row.caller
}

fn evidence(ground: &Ground<'_>, claim: &Claim<'_>) -> Evidence {
    let view = ground.view;
    let row = &claim.row;
    let owner = view.nodes[view.parent(claim.node)].owner as usize;
    Evidence {
        what: format!(
            "{}: {} calls, {} different sets of arguments, {} repeats",
            short_name(&view.function(claim.node).name),
            thousands(row.calls),
            thousands(row.different),
            thousands(row.repeats)
        ),
        stack: vec![view.function(owner).name.clone()],
        value: Some(claim.value),
        percent: Some(percent(claim.value, view.total())),
        calls: Some(row.repeats),
        place: view.place(claim.node),
        ..Evidence::default()
    }
}
