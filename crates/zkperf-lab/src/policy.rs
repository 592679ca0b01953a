//! Which results may be kept, and what must be said for it.

use serde::Serialize;
use std::fmt;
use zkperf_profile::verdict::Verdict;

use crate::row::{CheckOutcome, GateState, Keep, Validation};

/// Something that stands between a result and `keep`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "obstacle", rename_all = "snake_case")]
pub enum Obstacle {
    /// The guest does something else than before.
    OutputsDiffer,
    /// The soundness gate refuses it.
    NotSound {
        /// Why.
        reasons: Vec<String>,
    },
    /// The repository's own tests fail.
    CheckFailed {
        /// How.
        how: String,
    },
    /// It costs more.
    Regression,
    /// It exceeds limits of `zkperf.toml`.
    AboveLimit {
        /// Which, and where.
        exceeded: Vec<String>,
    },
    /// It cannot be judged.
    NoVerdict {
        /// Why.
        because: Vec<String>,
    },
    /// Some of it costs less, some more: keeping it needs a reason.
    Mixed {
        /// What goes which way.
        because: Vec<String>,
    },
    /// It could not be put to the test of soundness: keeping it needs an acknowledgement.
    NotGated {
        /// Why.
        reasons: Vec<String>,
    },
    /// Places that tests cannot vouch for: keeping it needs an acknowledgement.
    Lints {
        /// Place and reason of each.
        lints: Vec<String>,
    },
}

impl Obstacle {
    /// Whether nothing that is said can clear it.
    pub fn is_final(&self) -> bool {
        !self.is_mixed() && !self.wants_acknowledgement()
    }

    fn is_mixed(&self) -> bool {
        matches!(self, Obstacle::Mixed { .. })
    }

    fn wants_acknowledgement(&self) -> bool {
        matches!(self, Obstacle::NotGated { .. } | Obstacle::Lints { .. })
    }

    /// The exit code that says so: 4 not sound, 3 dearer, 1 anything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            Obstacle::OutputsDiffer | Obstacle::NotSound { .. } | Obstacle::CheckFailed { .. } => 4,
            Obstacle::Regression | Obstacle::AboveLimit { .. } => 3,
            _ => 1,
        }
    }
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::OutputsDiffer => f.write_str("the public outputs differ: the guest does something else than before"),
            Obstacle::NotSound { reasons } => write!(f, "it is not sound: {}", reasons.join("; ")),
            Obstacle::CheckFailed { how } => write!(f, "the repository's own tests fail: {how}"),
            Obstacle::Regression => f.write_str("it costs more to prove than the baseline"),
            Obstacle::AboveLimit { exceeded } => write!(f, "it is above a limit: {}", exceeded.join("; ")),
            Obstacle::NoVerdict { because } => write!(f, "there is no verdict: {}", because.join("; ")),
            Obstacle::Mixed { because } => write!(
                f,
                "the result is mixed ({}); --accept-mixed REASON takes it, and the reason goes into the ledger",
                because.join("; ")
            ),
            Obstacle::NotGated { reasons } => write!(
                f,
                "its soundness was not put to the test ({}); --acknowledge REASON takes it, and the reason goes into the ledger",
                reasons.join("; ")
            ),
            Obstacle::Lints { lints } => write!(
                f,
                "the change touches what tests cannot vouch for ({}); --acknowledge REASON takes it, and the reason goes \
                 into the ledger",
                lints.join("; ")
            ),
        }
    }
}

/// Everything that stands between a result and `keep`, the worst first.
pub fn obstacles(result: &Validation) -> Vec<Obstacle> {
    let mut found = Vec::new();
    let gate = &result.gate;
    if result.verdict == Verdict::OutputsDiffer {
        found.push(Obstacle::OutputsDiffer);
    }
    if gate.state == GateState::NotSound {
        let reasons = gate.reasons.clone();
        found.push(Obstacle::NotSound { reasons });
    }
    if let CheckOutcome::Failed { command, how } = &result.check {
        let how = format!("`{command}` {how}");
        found.push(Obstacle::CheckFailed { how });
    }
    if result.verdict == Verdict::Regression {
        found.push(Obstacle::Regression);
    }
    if !result.exceeded.is_empty() {
        let exceeded = result.exceeded.clone();
        found.push(Obstacle::AboveLimit { exceeded });
    }
    let because = || result.because.clone();
    match result.verdict {
        Verdict::None => found.push(Obstacle::NoVerdict { because: because() }),
        Verdict::Mixed => found.push(Obstacle::Mixed { because: because() }),
        _ => {}
    }
    // Where nothing clears the others, there is nothing to acknowledge.
    if gate.state == GateState::NotGated && !found.iter().any(Obstacle::is_final) {
        let reasons = gate.reasons.clone();
        found.push(Obstacle::NotGated { reasons });
    }
    if !gate.lints.is_empty() {
        let told = gate.lints.iter();
        let told = told.map(|lint| format!("{}: {} ({})", lint.place, lint.reason, lint.id));
        found.push(Obstacle::Lints {
            lints: told.collect(),
        });
    }
    found
}

/// The obstacles that what was said for keeping it does not clear.
pub fn remaining(result: &Validation, keep: &Keep) -> Vec<Obstacle> {
    let is_said = |reason: &Option<String>| reason.as_ref().is_some_and(|r| !r.trim().is_empty());
    let (mixed, acknowledged) = (is_said(&keep.accepted_mixed), is_said(&keep.acknowledged));
    let mut left = obstacles(result);
    left.retain(|obstacle| {
        !(obstacle.is_mixed() && mixed || obstacle.wants_acknowledgement() && acknowledged)
    });
    left
}

/// All obstacles as one text.
pub fn told(obstacles: &[Obstacle]) -> String {
    let each: Vec<String> = obstacles.iter().map(ToString::to_string).collect();
    each.join("; ")
}

/// The exit code of a set of obstacles: that of the worst.
pub fn exit_code(obstacles: &[Obstacle]) -> u8 {
    let codes = obstacles.iter().map(Obstacle::exit_code);
    codes.max().unwrap_or(0)
}
