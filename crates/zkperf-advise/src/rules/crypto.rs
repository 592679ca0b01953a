//! Cryptography in software that the zkVM has a circuit for.

use super::Ground;
use crate::estimate;
use crate::finding::{Class, Evidence, Finding, Level, Share};
use crate::implementations::Kind;
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;
use crate::usage::Usage;

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
        what: format!("{} in software", amount(operation, usage)),
        value: Some(value),
        percent: Some(Share::of(value, total).percent),
        ..Evidence::default()
    }];
    evidence.extend(origins.evidence(view, 3));
    Some(Finding {
        rule: NAME,
        subject: operation.key().to_owned(),
        title: format!(
            "{} in software ({}), though {} has a circuit for it",
            operation.name(),
            amount(operation, usage),
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
        check: ground.command("patches", ""),
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
        let top = view.nodes[node].top as usize;
        let calls = if top == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        origins.add_caller(view, top, taken, calls, 0);
    }
    (value, origins)
}

/// `31,939 permutations`, `12 calls`, `12 calls and inlined code`.
pub(crate) fn amount(operation: Operation, usage: &Usage) -> String {
    use zkperf_profile::thousands;
    let units = usage.units.max(usage.blocks);
    let unit = match operation {
        Operation::Keccak256 => Some(("permutation", "permutations")),
        Operation::Ecrecover => Some(("recovery", "recoveries")),
        Operation::Sha256 => Some(("block", "blocks")),
        _ => None,
    };
    let counted = |count: u64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{} {many}", thousands(count)),
    };
    match (unit, usage.calls) {
        (Some((one, many)), _) if units > 0 => counted(units, one, many),
        (_, 0) => "inlined code".to_owned(),
        (_, calls) if usage.portable_inlined => {
            format!("{} and inlined code", counted(calls, "call", "calls"))
        }
        (_, calls) => counted(calls, "call", "calls"),
    }
}
