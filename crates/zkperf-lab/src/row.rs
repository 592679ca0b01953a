//! What the ledger's rows say.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use zkperf_profile::verdict::{Case, Verdict};

use crate::expectation::Expectation;
use crate::measured::Measured;

/// The schema that every row names.
pub const SCHEMA: &str = "zkperf-ledger/1";

/// SHA-256 of a row, lower-case hex: its name, and the link of the next row to it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RowHash(pub String);

impl RowHash {
    /// The first twelve digits, as people see it.
    pub fn short(&self) -> &str {
        self.0.get(..12).unwrap_or(&self.0)
    }
}

impl fmt::Display for RowHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.short())
    }
}

/// All of a row but its hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// [`SCHEMA`].
    pub schema: String,
    /// The row before this one; only the ledger's first has none.
    pub prev: Option<RowHash>,
    /// Seconds since the Unix epoch.
    pub time_unix: u64,
    /// Version of the zkperf that wrote it.
    pub zkperf: String,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
#[expect(
    clippy::large_enum_variant,
    reason = "a ledger has hundreds of rows, and results are most of them"
)]
pub enum Event {
    /// The state from which attempts start was measured.
    Baseline(Baseline),
    /// An attempt was opened.
    Attempt(Attempt),
    /// An attempt was measured and judged.
    Result(Validation),
    /// An attempt was taken over: its result is the baseline from here on.
    Keep(Keep),
    /// An attempt was given up.
    Revert(Revert),
    /// Two ledgers that had grown apart are one again.
    Merge(Merge),
}

impl Event {
    /// As `kind` says it.
    pub fn kind(&self) -> &'static str {
        match self {
            Event::Baseline(_) => "baseline",
            Event::Attempt(_) => "attempt",
            Event::Result(_) => "result",
            Event::Keep(_) => "keep",
            Event::Revert(_) => "revert",
            Event::Merge(_) => "merge",
        }
    }
}

/// The measured state from which attempts start.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// The branch it stands on, where kept attempts land.
    pub branch: String,
    /// The commit that was measured.
    pub commit: String,
    /// Identity of everything in that commit but the lab's own files ([`crate::source_id`]).
    pub source: String,
    /// Hash of each protected file, by path.
    pub protected: BTreeMap<String, String>,
    /// What else decides figures: compiler, zkperf, cost models.
    pub environment: BTreeMap<String, String>,
    /// Every zkVM on every block.
    pub figures: Vec<Measured>,
    /// Why it was taken, if anyone said.
    pub reason: String,
}

/// An attempt that was opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Its number: higher than that of every row before.
    pub number: u64,
    /// What is to be tried, and why it should help.
    pub hypothesis: String,
    /// What it is expected to bring.
    pub expect: Option<Expectation>,
    /// The functions it is about.
    pub functions: Vec<String>,
    /// Its branch.
    pub branch: String,
    /// The commit it starts from.
    pub base_commit: String,
    /// The baseline it starts from: a `baseline` or `keep` row.
    pub baseline: RowHash,
}

/// An attempt measured and judged.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Validation {
    /// The attempt's row.
    pub attempt: RowHash,
    /// The baseline it is measured against.
    pub baseline: RowHash,
    /// The commit from which the attempt starts.
    pub base_commit: String,
    /// The commit that was measured.
    pub head_commit: String,
    /// As [`Baseline::source`], of that commit.
    pub head_source: String,
    /// Paths that the attempt changes.
    pub files: Vec<String>,
    /// As [`Baseline::environment`].
    pub environment: BTreeMap<String, String>,
    /// Every zkVM on every block, before and after.
    pub cases: Vec<Case>,
    /// The verdict on all of it.
    pub verdict: Verdict,
    /// Why it is mixed, or there is none.
    pub because: Vec<String>,
    /// Limits of `zkperf.toml` that it exceeds, and where.
    pub exceeded: Vec<String>,
    /// What the soundness gate found.
    pub gate: GateOutcome,
    /// What the guest repository's own tests said.
    pub check: CheckOutcome,
    /// The functions whose own cost changed most.
    pub movers: Vec<Mover>,
}

/// What the soundness gate found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GateOutcome {
    /// Its verdict.
    pub state: GateState,
    /// Why it is not sound, or was not gated.
    pub reasons: Vec<String>,
    /// How many checks ran.
    pub checks: u64,
    /// What in the change needs a person's look.
    pub lints: Vec<Lint>,
}

/// Verdict of the soundness gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateState {
    /// Every check passed.
    Sound,
    /// At least one failed.
    NotSound,
    /// It could not be put to the test.
    NotGated,
}

/// A place in the change that tests cannot vouch for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// Which lint.
    pub id: String,
    /// Path and line.
    pub place: String,
    /// What may be wrong there.
    pub reason: String,
}

/// What the guest repository's own tests said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CheckOutcome {
    /// There is no such command.
    NotConfigured,
    /// They passed.
    Passed {
        /// The command.
        command: String,
    },
    /// They failed.
    Failed {
        /// The command.
        command: String,
        /// How it ended, with the end of what it printed.
        how: String,
    },
}

/// A function whose own cost changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mover {
    /// zkVM.
    pub zkvm: String,
    /// Its name without hash.
    pub function: String,
    /// Own cost over all blocks before, in the zkVM's unit of proving cost.
    pub before: u64,
    /// The same after.
    pub after: u64,
}

/// An attempt taken over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Keep {
    /// The attempt's row.
    pub attempt: RowHash,
    /// The result that speaks for it.
    pub result: RowHash,
    /// The baseline it replaces.
    pub baseline: RowHash,
    /// The commit of that result. The commit it landed as is the one that brought this row.
    pub head_commit: String,
    /// As [`Baseline::source`], of what landed.
    pub source: String,
    /// Why a mixed result was taken all the same.
    pub accepted_mixed: Option<String>,
    /// Why lints, or a missing gate, were accepted.
    pub acknowledged: Option<String>,
}

/// An attempt given up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revert {
    /// The attempt's row.
    pub attempt: RowHash,
    /// Its last result, if it had one.
    pub result: Option<RowHash>,
    /// Where its work is.
    pub branch: String,
    /// The last commit there; empty if the branch is gone.
    pub head_commit: String,
    /// Why.
    pub reason: String,
}

/// Two ledgers that had grown apart, one again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Merge {
    /// The last row of the other ledger.
    pub also: RowHash,
}
