//! Values copied with all they own.

use super::{calls_text, releases, short_name, Ground, REFERENCE_INSTRUCTIONS};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::without_arguments;
use crate::ledger::Ledger;
use crate::origins::Origins;
use std::collections::BTreeMap;

pub(crate) const NAME: &str = "clone";

/// Share of the run below which clones of one type are summed up with the others: 1 in so many.
const WORTH_ITS_OWN: u64 = 200;

/// Claims clones with all they call, pages included, and the part of all releases that is theirs.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let cost = view.profile.node_column(view.cost);
    // By type: who cloned, and what the allocator spent on finding memory for it.
    let mut by_type: BTreeMap<String, (Origins, u64)> = BTreeMap::new();
    let tops = view.outermost(Role::Clone);
    for node in ground.nodes() {
        let facts = view.nodes[node];
        if !facts.is(Role::Clone) || ledger.is_taken(node) {
            continue;
        }
        let top = tops[node] as usize;
        let taken = ledger.take(node);
        let calls = if top == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        let (origins, found) = by_type
            .entry(without_arguments(&view.function(top).name).to_owned())
            .or_default();
        origins.add_caller(view, top, taken, calls, 0);
        if releases::finds(view, node) {
            *found += cost[node];
        }
    }
    let mut whole = ground.found.all - ground.found.text;
    let mut findings = Vec::new();
    let mut others = Origins::default();
    for (name, (mut origins, found)) in by_type {
        if origins.value() < view.total() / WORTH_ITS_OWN {
            others.append(origins);
            continue;
        }
        releases::take(ground, ledger, (found, whole), &mut origins);
        whole = whole.saturating_sub(found);
        let (name, word) = (short_name(&name), super::quoted(&name));
        findings.push(finding(ground, &name, &word, &origins));
    }
    if others.value() > 0 {
        findings.push(finding(ground, super::OTHERS, "clone", &others));
    }
    findings
}

fn finding(ground: &Ground<'_>, name: &str, word: &str, origins: &Origins) -> Finding {
    let view = ground.view;
    let value = origins.value();
    Finding {
        rule: NAME,
        subject: name.to_owned(),
        title: format!("clones: {name}{}", calls_text(origins.calls())),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 3),
        remedy: "move or borrow the value instead; take it out of the map or arena it is in; share it by Arc".to_owned(),
        places: origins.places(view, 3),
        saving: Saving::all_but(
            view.instructions(origins.calls().saturating_mul(REFERENCE_INSTRUCTIONS)),
            value,
            view.total(),
            format!(
                "each of them becomes a reference, of {REFERENCE_INSTRUCTIONS} instructions at most; releases count for \
                 clones as far as the allocator works for clones"
            ),
        ),
        risk: Level::Low,
        risk_why: "the compiler checks ownership".to_owned(),
        confidence: Level::High,
        check: ground.command("where", &format!("{word} --all --depth 3")),
    }
}
