//! The lines that a sweep leaves behind.

use crate::setting::Setting;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What every line says it is.
pub(crate) const LINE_SCHEMA: &str = "zkperf-sweep-record/1";

/// A line of `records.jsonl`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Line {
    /// A build.
    Build(BuildLine),
    /// A run.
    Run(RunLine),
}

/// A build that was finished, whatever came of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BuildLine {
    /// The zkVM as it was asked for.
    pub zkvm: String,
    /// Identity of sources, compiler and command.
    pub source: String,
    /// What was built differently; empty for the baseline.
    pub setting: Setting,
    /// What came of it.
    pub outcome: BuildOutcome,
}

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BuildOutcome {
    /// An ELF, kept under its hash.
    Built {
        /// SHA-256, lower-case hex.
        elf_sha256: String,
        /// Size of its file, in bytes.
        elf_bytes: u64,
        /// Seconds that the build took on this machine, with whatever was there from earlier ones.
        seconds: f64,
    },
    /// It cannot be built.
    Failed {
        /// What the compiler or the build command said.
        reason: String,
    },
}

/// A run that was finished.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunLine {
    /// Identity of what ran it, with its prices.
    pub engine: String,
    /// SHA-256 of the ELF, lower-case hex.
    pub elf_sha256: String,
    /// SHA-256 of all that the guest read, lower-case hex.
    pub input_sha256: String,
    /// What came out.
    pub figures: Figures,
}

/// The figures of a run: those of its profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Figures {
    /// Name of the measure of proving cost: `cost`, `prover_gas`, ….
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// Its official integer.
    pub cost: u64,
    /// The official integer of every measure, by name.
    pub totals: BTreeMap<String, u64>,
    /// Work that is proven outside of the proving cost, by name (RISC Zero: Keccak permutations).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub beside: BTreeMap<String, u64>,
    /// SHA-256 of the public output, lower-case hex.
    pub output_sha256: String,
    /// Why the guest did not come to its end, if it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stopped: Option<String>,
    /// Name of the profile's file, in the folder `profiles`.
    pub profile: String,
}

/// A line with its schema, as it stands in the file.
#[derive(Serialize, Deserialize)]
pub(crate) struct Stamped<T> {
    pub(crate) schema: String,
    #[serde(flatten)]
    pub(crate) line: T,
}
