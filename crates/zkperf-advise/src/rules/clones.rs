//! Values copied with all they own.

use super::{calls_text, short_name, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::without_arguments;
use crate::ledger::Ledger;
use crate::origins::Origins;
use std::collections::BTreeMap;

pub(crate) const NAME: &str = "clone";

/// Share of the run below which clones of one type are summed up with the others: 1 in so many.
const WORTH_ITS_OWN: u64 = 200;

pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut by_type: BTreeMap<String, Origins> = BTreeMap::new();
    let tops = view.outermost(Role::Clone);
    for node in ground.nodes() {
        if !view.nodes[node].is(Role::Clone) || view.function(node).role == Role::Paging {
            continue;
        }
        let top = tops[node] as usize;
        let taken = ledger.take(node);
        let calls = if top == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        let origins = by_type
            .entry(without_arguments(&view.function(top).name).to_owned())
            .or_default();
        origins.add_caller(view, top, taken, calls, 0);
    }
    let mut findings = Vec::new();
    let mut others = Origins::default();
    for (name, origins) in by_type {
        match origins.value() >= view.total() / WORTH_ITS_OWN {
            true => findings.push(finding(
                ground,
                &short_name(&name),
                &super::quoted(&name),
                &origins,
            )),
            false => others.append(origins),
        }
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
        saving: Saving::at_most(value, view.total(), "all clones of it gone; what takes their place is not counted"),
        risk: Level::Low,
        risk_why: "the compiler checks ownership".to_owned(),
        confidence: Level::High,
        check: ground.command("where", &format!("{word} --all --depth 3")),
    }
}
