//! Cryptography in software that this version of the zkVM has no circuit for.

use super::{crypto, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::ledger::Ledger;
use crate::operation::Operation;

pub(crate) const NAME: &str = "crypto-without-circuit";

pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let Some(facts) = ground.view.facts else {
        return Vec::new();
    };
    let crypto = Operation::ALL.iter().copied().filter(|operation| {
        // Jump destinations are ordinary code where nothing offers a circuit for them.
        operation.is_crypto()
            && *operation != Operation::Jumpdests
            && facts.available(*operation).is_none()
    });
    let finding = |operation| {
        let (value, origins) = crypto::claim(ground, ledger, operation);
        let usage = ground.usage_of(operation);
        (value > 0).then(|| Finding {
            rule: NAME,
            subject: operation.key().to_owned(),
            title: format!(
                "{} in software ({})",
                operation.name(),
                crypto::amount(operation, usage)
            ),
            class: Class::Algorithm,
            share: Share::of(value, ground.view.total()),
            evidence: origins.evidence(ground.view, 3),
            remedy: format!(
                "{}; a faster portable implementation is all there is",
                facts.why_missing(operation)
            ),
            places: origins.places(ground.view, 3),
            saving: Saving::unknown("it depends on the implementation chosen"),
            risk: Level::Medium,
            risk_why: "another implementation must give the same results on every input".to_owned(),
            confidence: Level::High,
            check: ground.command("patches", ""),
        })
    };
    crypto.filter_map(finding).collect()
}
