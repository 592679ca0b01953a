//! What is found: a share of the cost, why it is there, what to do about it, what that would save.

use serde::Serialize;
use zkperf_report::percent;

/// The order in which remedies are worth trying.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Use a circuit, or use it better.
    Patch,
    /// Do less.
    Algorithm,
    /// Move or lay out memory otherwise.
    Memory,
    /// Make the same work cheaper.
    Micro,
}

impl Class {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Class::Patch => "patch",
            Class::Algorithm => "algorithm",
            Class::Memory => "memory",
            Class::Micro => "micro",
        }
    }
}

/// How sure something is, or how dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Little.
    Low,
    /// Some.
    Medium,
    /// Much.
    High,
}

impl Level {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Level::Low => "low",
            Level::Medium => "medium",
            Level::High => "high",
        }
    }
}

/// A finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// Which rule found it, such as `unpatched-crypto`.
    pub rule: &'static str,
    /// What tells it from other findings of the rule: an operation, a function; empty if there is one only.
    pub subject: String,
    /// In a line.
    pub title: String,
    /// Its place in the decision framework.
    pub class: Class,
    /// The cost that it claims, which no other finding counts.
    pub share: Share,
    /// What it rests on.
    pub evidence: Vec<Evidence>,
    /// What to do.
    pub remedy: String,
    /// Where in the source, `file:line`.
    pub places: Vec<String>,
    /// What it would save.
    pub saving: Saving,
    /// What can go wrong, and how much.
    pub risk: Level,
    /// What can go wrong.
    pub risk_why: String,
    /// How sure the finding is.
    pub confidence: Level,
    /// The command that shows what it rests on.
    pub check: String,
}

/// A part of the run's proving cost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Share {
    /// In node units.
    pub value: u64,
    /// In per cent of the run.
    pub percent: f64,
}

impl Finding {
    /// What it is ranked by, in node units: what its remedy is expected to save, or where that is not known a quarter of
    /// its share.
    pub fn worth(&self) -> u64 {
        match &self.saving {
            Saving::Unknown { .. } => self.share.value / 4,
            known => known.expected(),
        }
    }
}

impl Share {
    /// Of a whole.
    pub fn of(value: u64, whole: u64) -> Share {
        Share {
            value,
            percent: percent(value, whole),
        }
    }
}

/// Something that a finding rests on.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Evidence {
    /// What it is; empty if that is the stack.
    pub what: String,
    /// Own functions that lead to it, from the nearest outwards.
    pub stack: Vec<String>,
    /// What of the finding's cost is there, in node units.
    pub value: Option<u64>,
    /// The same in per cent of the run.
    pub percent: Option<f64>,
    /// How often.
    pub calls: Option<u64>,
    /// Bytes asked for in all calls.
    pub bytes: Option<u64>,
    /// Source of the call, `file:line`.
    pub place: Option<String>,
}

/// What a remedy would save, or why that is not said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Saving {
    /// Between two values.
    Range {
        /// At least, in node units.
        low: u64,
        /// At most.
        high: u64,
        /// The same in per cent of the run.
        low_percent: f64,
        /// The same in per cent of the run.
        high_percent: f64,
        /// How it is computed.
        method: String,
    },
    /// Not more than this.
    AtMost {
        /// In node units.
        high: u64,
        /// In per cent of the run.
        high_percent: f64,
        /// How it is computed.
        method: String,
    },
    /// No estimate.
    Unknown {
        /// Because of what.
        because: String,
    },
}

impl Saving {
    /// A range between two values, whichever is less.
    pub(crate) fn range(one: u64, other: u64, total: u64, method: String) -> Saving {
        let (low, high) = (one.min(other), one.max(other));
        Saving::Range {
            low,
            high,
            low_percent: percent(low, total),
            high_percent: percent(high, total),
            method,
        }
    }

    /// All of a value at best, all but what is kept at worst.
    pub(crate) fn all_but(kept: u64, value: u64, total: u64, method: String) -> Saving {
        Saving::range(value.saturating_sub(kept), value, total, method)
    }

    pub(crate) fn at_most(high: u64, total: u64, method: &str) -> Saving {
        Saving::AtMost {
            high,
            high_percent: percent(high, total),
            method: method.to_owned(),
        }
    }

    pub(crate) fn unknown(because: &str) -> Saving {
        Saving::Unknown {
            because: because.to_owned(),
        }
    }

    /// What findings are ranked by: the middle of a range, half of a bound.
    pub fn expected(&self) -> u64 {
        match self {
            Saving::Range { low, high, .. } => low / 2 + high / 2,
            Saving::AtMost { high, .. } => high / 2,
            Saving::Unknown { .. } => 0,
        }
    }
}
