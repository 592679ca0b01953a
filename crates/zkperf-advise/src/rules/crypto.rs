//! Cryptography in software that the zkVM has a circuit for.

use super::{calls_text, Ground};
use crate::estimate;
use crate::finding::{Class, Evidence, Finding, Level, Share};
use crate::implementations::Kind;
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;
use crate::view::View;

pub(crate) const NAME: &str = "unpatched-crypto";

/// Claims all of a portable implementation, with everything it calls.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let crypto = Operation::ALL
        .iter()
        .copied()
        .filter(|operation| operation.is_crypto());
    crypto
        .filter_map(|operation| of_operation(ground, ledger, operation))
        .collect()
}

fn of_operation(ground: &Ground<'_>, ledger: &mut Ledger, operation: Operation) -> Option<Finding> {
    let view = ground.view;
    let available = view.facts?.available(operation)?;
    let (value, origins) = claim(ground, ledger, operation);
    if value == 0 {
        return None;
    }
    let usage = ground.usage_of(operation);
    let total = view.total();
    let mut evidence = vec![Evidence {
        what: counted(operation, ground),
        value: Some(value),
        percent: Some(Share::of(value, total).percent),
        calls: Some(usage.portable_calls).filter(|calls| *calls > 0),
        ..Evidence::default()
    }];
    evidence.extend(origins.evidence(view, 3));
    Some(Finding {
        rule: NAME,
        subject: operation.key().to_owned(),
        title: format!(
            "{} runs in software{}, and {} has a circuit for it",
            operation.name(),
            calls_text(usage.portable_calls),
            view.profile.run.zkvm
        ),
        class: Class::Patch,
        share: Share::of(value, total),
        evidence,
        remedy: format!("call {} ({}, {})", available.through, available.krate, available.file),
        places: origins.places(view, 3),
        saving: estimate::accelerating(view, operation, usage),
        risk: Level::Medium,
        risk_why: "results must equal the portable code's on every input: edge cases of accelerators have broken consensus \
                   before"
            .to_owned(),
        confidence: Level::High,
        check: format!("zkperf patches {}", ground.file),
    })
}

/// Takes what an operation's portable code costs, and says on whose behalf.
pub(crate) fn claim(
    ground: &Ground<'_>,
    ledger: &mut Ledger,
    operation: Operation,
) -> (u64, Origins) {
    let view = ground.view;
    let mut origins = Origins::default();
    let mut value = 0;
    for node in ground.nodes() {
        let is_its = view.nodes[node]
            .mark
            .is_some_and(|mark| mark.operation == operation && mark.kind == Kind::Portable);
        if !is_its {
            continue;
        }
        let taken = ledger.take(node);
        value += taken;
        let top = region_top(view, node);
        let calls = if top == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        origins.add(view, outside(view, top), taken, calls, 0);
    }
    (value, origins)
}

/// Outermost context of the operation that a context is a part of.
pub(crate) fn region_top(view: &View, node: usize) -> usize {
    let operation = view.nodes[node].mark.map(|mark| mark.operation);
    let mut at = node;
    loop {
        let parent = view.parent(at);
        let above = view.nodes[parent].mark.map(|mark| mark.operation);
        if at == parent || above != operation {
            return at;
        }
        at = parent;
    }
}

/// The context that called an operation.
pub(crate) fn outside(view: &View, top: usize) -> usize {
    view.parent(top)
}

fn counted(operation: Operation, ground: &Ground<'_>) -> String {
    use zkperf_profile::thousands;
    let usage = ground.usage_of(operation);
    let units = usage.units.max(usage.blocks);
    let unit = match operation {
        Operation::Keccak256 => "permutations in software",
        Operation::Ecrecover => "recoveries in software",
        Operation::Sha256 => "blocks in software",
        _ => "",
    };
    match (units, unit) {
        (0, _) | (_, "") => format!("portable code of {}", operation.name()),
        (units, unit) => format!("{} {unit}", thousands(units)),
    }
}
