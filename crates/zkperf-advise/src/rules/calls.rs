//! Calls of functions that are hardly longer than the call: what build flags decide.

use std::collections::BTreeMap;

use zkperf_profile::{thousands, Origin};

use super::roles::{base, finding};
use super::{dearest, Ground};
use crate::finding::{Class, Finding, Level, Saving};
use crate::ledger::Ledger;
use crate::origins::Origins;
use crate::view::{is_system, View};

pub(crate) const NAME: &str = "calls-of-small-functions";

/// Instructions of a call itself that inlining always saves: the jump there and the jump back.
const LEAST: u64 = 2;
/// Those of a call of what is far away: its address takes one more.
const FAR: u64 = 3;
/// Instructions that a small function executes in a call, on the average, at most: as many as LLVM inlines without a thought.
const SMALL: u64 = 16;

/// Calls from which a function is worth inlining.
const MANY: u64 = 1000;

/// Claims the jumps of calls of small functions, as far as no other rule has them.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let jump = view.instructions(1);
    let is_small = small(view);
    let mut origins = Origins::default();
    for node in ground.nodes() {
        let calls = view.profile.nodes[node].calls;
        let function = view.profile.nodes[node].function.0 as usize;
        if calls == 0 || !is_small[function] || ledger.is_taken(node) {
            continue;
        }
        // The jump there is the caller's, the one back its own.
        for (at, instructions) in [(view.parent(node), FAR - 1), (node, 1)] {
            let left = ledger.left(at);
            let wanted = jump.saturating_mul(calls).saturating_mul(instructions);
            let taken = ledger.take_share(at, wanted, left);
            origins.add(view, node, taken, 0, 0);
        }
        origins.add(view, node, 0, calls, 0);
    }
    let calls = origins.calls();
    finding(ground, &origins, |origins| {
        Finding {
        title: format!(
            "{} calls of functions of at most {SMALL} instructions, most from {}",
            thousands(calls),
            dearest(ground, origins)
        ),
        remedy: remedy(ground.built),
        saving: Saving::range(
            origins.value() / FAR * LEAST,
            origins.value(),
            view.total(),
            format!(
                "each of {} calls is {LEAST} jumps, {FAR} instructions where the function is far away; what is moved and saved for \
                 the call comes on top",
                thousands(calls)
            ),
        ),
        risk: Level::Low,
        risk_why: "the code grows, and other code is laid out and optimised otherwise: measure".to_owned(),
        check: ground.command("top", ""),
        class: Class::Micro,
        ..base(NAME)
    }
    })
}

/// Functions whose calls execute few instructions of their own, inlined code included, and that no build could leave out:
/// not the zkVM's.
fn small(view: &View) -> Vec<bool> {
    let mut calls = vec![0u64; view.functions.len()];
    let mut cost = vec![0u64; view.functions.len()];
    let column = view.profile.node_column(view.cost);
    // The function that was called, for code that is inlined into it.
    let mut called: Vec<u32> = Vec::with_capacity(view.nodes.len());
    for (at, node) in view.profile.nodes.iter().enumerate() {
        let is_called = at == 0 || node.calls > 0;
        called.push(match is_called {
            true => node.function.0,
            false => called[node.parent.0 as usize],
        });
        let function = called[at] as usize;
        cost[function] = cost[function].saturating_add(column[at]);
        calls[function] = calls[function].saturating_add(node.calls);
    }
    let small = view.instructions(SMALL);
    let each = view.profile.functions.iter().enumerate();
    each.map(|(at, function)| {
        let may = !is_system(function.origin) && function.origin != Origin::Unknown;
        may && calls[at] >= MANY && cost[at] / calls[at] <= small
    })
    .collect()
}

/// What to set, as far as it is known what is set.
fn remedy(built: Option<&BTreeMap<String, String>>) -> String {
    let best = [("opt-level", "3"), ("lto", "fat"), ("codegen-units", "1")];
    let own = "`#[inline]` on those of your own crates; -Cllvm-args=-inline-threshold=N for all";
    let Some(built) = built else {
        return format!("build with opt-level = 3, lto = \"fat\" and codegen-units = 1, if it is not; {own}; `zkperf sweep` \
                        tries them");
    };
    let other: Vec<String> = best
        .iter()
        .filter_map(|(key, value)| {
            let set = built.get(*key)?;
            (set != value).then(|| format!("{key} = {value} in place of {set}"))
        })
        .collect();
    match other.is_empty() {
        true => format!("opt-level, lto and codegen-units are at their most already; {own}; `zkperf sweep` tries it"),
        false => format!("try {}; {own}; `zkperf sweep` does", other.join(", ")),
    }
}
