//! What a sweep found, as data.

use crate::plan::Strategy;
use crate::setting::Setting;
use crate::target::LeftOut;
use crate::workbench::Input;
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Schema of the JSON form.
pub const SCHEMA: &str = "zkperf-sweep/1";

/// What a sweep found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// In which combinations factors were set.
    pub strategy: Strategy,
    /// Whether every setting was tried; not, if the limit of builds was reached.
    pub complete: bool,
    /// What is compared: an axis for each zkVM.
    pub axes: Vec<Axis>,
    /// The settings, the baseline first.
    pub settings: Vec<Row>,
    /// Names of the settings on the Pareto front.
    pub front: Vec<String>,
    /// The cheapest setting for each zkVM, and of several zkVMs for all of them.
    pub best: Vec<Best>,
    /// zkVMs whose guest came out the same whatever was set: their build command seems to ignore the settings.
    pub ignored: Vec<String>,
    /// Builds.
    pub builds: BuildCount,
    /// Builds that are recorded for other sources, compilers or commands and say nothing of this one.
    pub stale_builds: usize,
    /// Where records, ELFs and profiles are.
    pub folder: PathBuf,
}

/// What one zkVM's guests are compared by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Axis {
    /// The zkVM as it was asked for.
    pub zkvm: String,
    /// What ran the baseline: version, prices.
    pub engine: String,
    /// The measure of proving cost.
    pub measure: String,
    /// Its unit.
    pub unit: String,
    /// The baseline's cost, added up over the inputs.
    pub baseline: u64,
    /// The inputs.
    pub inputs: Vec<Input>,
}

/// How many builds there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct BuildCount {
    /// Made now.
    pub made: u64,
    /// Taken from the records.
    pub recorded: u64,
    /// Wanted, and not made since the limit was reached.
    pub pending: u64,
}

/// Why a setting is in the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The guest as it is.
    Baseline,
    /// One value of one factor.
    Alone,
    /// The best of each factor, for a zkVM or for all.
    Combined,
    /// One of a grid.
    Grid,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// `baseline`, or its overrides.
    pub name: String,
    /// The overrides.
    pub overrides: Setting,
    /// Why it is here.
    pub origin: Origin,
    /// What became of it: the worst of its cells.
    pub state: CellState,
    /// Whether no other setting is at least as good on every zkVM and better on one.
    pub front: bool,
    /// Geometric mean of its costs over the baseline's, if it has one on every zkVM.
    pub ratio: Option<f64>,
    /// What it came to on each zkVM, in the order of the axes; empty if it is excluded.
    pub cells: Vec<Cell>,
    /// What is left out on every zkVM, if it is excluded.
    pub left_out: Vec<LeftOut>,
}

/// What became of a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CellState {
    /// It was built and run, and says what the baseline says.
    Measured,
    /// Not tried: the limit of builds was reached.
    Pending,
    /// Not tried: it is excluded.
    Excluded,
    /// It cannot be built.
    Failed,
    /// It was built, and does not do what the baseline does.
    Wrong,
}

/// What a setting came to on a zkVM.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The zkVM.
    pub zkvm: String,
    /// What was built: the setting without what is left out and without what the baseline has anyway.
    pub built: Setting,
    /// What is left out here, and why.
    pub left_out: Vec<LeftOut>,
    /// What became of it.
    pub state: CellState,
    /// Why it failed or is wrong.
    pub why: Option<String>,
    /// SHA-256 of the ELF, lower-case hex.
    pub elf_sha256: Option<String>,
    /// Size of the ELF, in bytes.
    pub elf_bytes: Option<u64>,
    /// Seconds that the build took, when it was made.
    pub build_seconds: Option<f64>,
    /// The first setting that gave the same ELF.
    pub same_elf_as: Option<String>,
    /// Its runs, in the order of the inputs; up to the first that is wrong.
    pub runs: Vec<RunCell>,
    /// Its cost, added up over the inputs, if all of them are right.
    pub cost: Option<u64>,
    /// The cost less the baseline's.
    pub delta: Option<i64>,
    /// What else changed that the cost does not contain.
    pub notes: Vec<String>,
}

/// One run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RunCell {
    /// The input's name.
    pub input: String,
    /// Its proving cost.
    pub cost: u64,
    /// The cost less the baseline's.
    pub delta: i64,
    /// The official integer of every measure.
    pub totals: BTreeMap<String, u64>,
    /// SHA-256 of the public output, lower-case hex.
    pub output_sha256: String,
    /// Its profile, if it is still there.
    pub profile: Option<PathBuf>,
}

/// A cheapest setting.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Best {
    /// The zkVM; `None` for all of them.
    pub zkvm: Option<String>,
    /// Name of the setting; `baseline` if nothing is cheaper.
    pub setting: String,
    /// Its cost over the baseline's; of several zkVMs the geometric mean.
    pub ratio: f64,
    /// What would make it permanent, for each guest that it changes.
    pub permanent: Vec<Permanent>,
}

/// What would make a setting permanent for a guest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Permanent {
    /// The guest's zkVM.
    pub zkvm: String,
    /// Lines of `[profile.release]`.
    pub profile_release: Vec<String>,
    /// The file they belong to, for people.
    pub profile_place: String,
    /// Flags of the compiler.
    pub rustflags: Vec<String>,
    /// Where they belong, for people.
    pub flags_place: String,
}

impl Row {
    /// Its cost on every zkVM, if it has one on each.
    pub fn costs(&self) -> Option<Vec<u64>> {
        match self.state {
            CellState::Measured => self.costs_alone().into_iter().collect(),
            _ => None,
        }
    }

    /// Its cost on each zkVM where it has one; nothing if it is excluded on all.
    pub fn costs_alone(&self) -> Vec<Option<u64>> {
        self.cells.iter().map(|cell| cell.cost).collect()
    }
}

/// The difference of two costs; one that an `i64` cannot hold is cut to its range.
pub(crate) fn difference(cost: u64, baseline: u64) -> i64 {
    let difference = i128::from(cost) - i128::from(baseline);
    let cut = difference.clamp(i64::MIN.into(), i64::MAX.into());
    i64::try_from(cut).unwrap_or_default()
}
