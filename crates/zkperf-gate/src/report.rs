//! What the gate found, as data: schema `zkperf-gate/1`.

use crate::lint::Lint;
use serde::{Deserialize, Serialize};

/// Name of the schema of [`GateReport`].
pub const SCHEMA: &str = "zkperf-gate/1";

/// Everything the gate looked at, and what follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateReport {
    /// [`SCHEMA`].
    pub schema: String,
    /// What follows from the checks.
    pub outcome: Outcome,
    /// Every check, in the order in which they ran.
    pub checks: Vec<Check>,
    /// Checks that an input has nothing for, or that were left out.
    pub skipped: Vec<Skipped>,
    /// What the lints saw in the difference of the sources.
    pub lints: Vec<Lint>,
}

/// What follows from the checks. Lints do not change it: they want an acknowledgement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Outcome {
    /// Every check passed.
    Sound,
    /// At least one did not.
    NotSound {
        /// One sentence each.
        reasons: Vec<String>,
    },
    /// Nothing failed, but a guest could not be put to the test.
    NotGated {
        /// Why not.
        reason: String,
    },
}

/// What a check looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CheckKind {
    /// The public output is the baseline's, byte for byte.
    PublicOutput,
    /// An honest block is accepted.
    HonestAccept,
    /// The public output is what the unmodified code answers natively, byte for byte.
    NativeAgreement,
    /// A tampered input is rejected, for the right reason.
    MustReject,
    /// Cryptography and arithmetic on edge cases give what the reference node computed.
    Parity,
}

impl CheckKind {
    /// Its name in texts and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::PublicOutput => "public-output",
            Self::HonestAccept => "honest-accept",
            Self::NativeAgreement => "native-agreement",
            Self::MustReject => "must-reject",
            Self::Parity => "parity",
        }
    }
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Name within its kind: a tampering's, or what is compared.
    pub name: String,
    /// What it looks at.
    pub kind: CheckKind,
    /// zkVM and version, or `native`.
    pub zkvm: String,
    /// The input it was made of.
    pub subject: String,
    /// What must be.
    pub expected: String,
    /// What is.
    pub found: String,
    /// Whether that will do.
    pub passed: bool,
}

/// A check that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// Name, as in [`Check`].
    pub name: String,
    /// The input.
    pub subject: String,
    /// Why.
    pub reason: String,
}

impl GateReport {
    /// Checks that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Check> {
        self.checks.iter().filter(|check| !check.passed)
    }

    /// Lints that nobody has acknowledged, and that want it.
    pub fn unacknowledged(&self) -> impl Iterator<Item = &Lint> {
        self.lints
            .iter()
            .filter(|lint| lint.wants_acknowledgement())
    }

    /// Checks of a kind: how many, and how many passed.
    pub fn count(&self, kind: CheckKind) -> (usize, usize) {
        let of_kind = self.checks.iter().filter(|check| check.kind == kind);
        let passed = of_kind.clone().filter(|check| check.passed).count();
        (of_kind.count(), passed)
    }
}

/// What follows from checks, given the guests that could not be put to the test.
pub(crate) fn conclude(checks: &[Check], not_gated: &[String]) -> Outcome {
    let reasons: Vec<String> = checks
        .iter()
        .filter(|check| !check.passed)
        .map(sentence)
        .collect();
    match (reasons.is_empty(), not_gated.is_empty()) {
        (false, _) => Outcome::NotSound { reasons },
        (true, false) => Outcome::NotGated {
            reason: not_gated.join("; "),
        },
        (true, true) => Outcome::Sound,
    }
}

fn sentence(check: &Check) -> String {
    let Check {
        name,
        zkvm,
        subject,
        expected,
        found,
        kind,
        ..
    } = check;
    let kind = kind.name();
    format!("{zkvm}, {subject}: {kind} {name}: expected {expected}, found {found}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(passed: bool) -> Check {
        Check {
            name: "state-root".into(),
            kind: CheckKind::MustReject,
            zkvm: "zisk@1".into(),
            subject: "block 7".into(),
            expected: "code 65".into(),
            found: "accepted".into(),
            passed,
        }
    }

    #[test]
    fn a_failed_check_outweighs_what_could_not_be_checked() {
        let silent = ["no".to_owned()];
        assert_eq!(conclude(&[check(true)], &[]), Outcome::Sound);
        let not_gated = conclude(&[check(true)], &silent);
        assert!(matches!(not_gated, Outcome::NotGated { reason } if reason == "no"));
        let Outcome::NotSound { reasons } = conclude(&[check(true), check(false)], &silent) else {
            panic!("a check failed");
        };
        assert_eq!(
            reasons,
            ["zisk@1, block 7: must-reject state-root: expected code 65, found accepted"]
        );
    }

    #[test]
    fn kinds_are_called_the_same_in_json() {
        for kind in [
            CheckKind::PublicOutput,
            CheckKind::HonestAccept,
            CheckKind::NativeAgreement,
            CheckKind::MustReject,
            CheckKind::Parity,
        ] {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.name());
        }
    }
}
