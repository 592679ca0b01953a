//! What the audit says.

use serde::Serialize;
use zkperf_report::RunInfo;

use crate::lock::LockIssue;
use crate::operation::Operation;

/// The patch audit: `zkperf-patches/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Audit {
    /// `zkperf-patches/1`.
    pub schema: &'static str,
    /// One column of the matrix each: the runs, or without any, the zkVMs that are known.
    pub columns: Vec<AuditColumn>,
    /// One row an operation.
    pub rows: Vec<AuditRow>,
    /// What the lock file says, if one was given.
    pub lock: Option<LockAudit>,
}

/// A zkVM, and the run on it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditColumn {
    /// Family.
    pub zkvm: String,
    /// Version that ran; without a run, the one that is known.
    pub version: String,
    /// Version whose crates say what is available; empty if the zkVM is unknown.
    pub known_version: String,
    /// The profile's file.
    pub file: Option<String>,
    /// The run.
    pub run: Option<RunInfo>,
    /// The run's proving cost in node units.
    pub total: u64,
    /// Unit of costs.
    pub unit: String,
    /// Whether the ELF's symbols were read, so that linked code is known that did not run.
    pub symbols_read: bool,
    /// What limits the answer, a sentence each.
    pub notes: Vec<String>,
}

/// An operation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuditRow {
    /// Key.
    pub operation: Operation,
    /// Name.
    pub name: &'static str,
    /// One cell a column.
    pub cells: Vec<Cell>,
}

/// What is found out about an operation on a zkVM.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cell {
    /// The three sources, joined.
    pub verdict: Verdict,
    /// The verdict in a sentence, with the figures it rests on.
    pub why: String,
    /// What the zkVM offers.
    pub available: Option<Offer>,
    /// Crates with code for it, as linked: in the run, the ELF's symbols, the lock file.
    pub linked: Vec<Linked>,
    /// What the run's own tables count of its circuits.
    pub circuits: Vec<CircuitCount>,
    /// What ran, by the call tree; nothing without a run.
    pub ran: Option<Ran>,
}

/// The audit's answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It runs on circuits; portable code for it is below 1 % of what it costs.
    Accelerated,
    /// It runs on circuits and in portable code.
    Partly,
    /// There are circuits, and it runs in portable code.
    Unpatched,
    /// It did not run on this input.
    Unused,
    /// This version has no circuit for it.
    NotAvailable,
    /// There are circuits; no run says whether they are used.
    Available,
}

/// What a zkVM offers for an operation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Offer {
    /// What to call, or which crate to patch.
    pub through: &'static str,
    /// Crate and version that say so.
    #[serde(rename = "crate")]
    pub krate: &'static str,
    /// File in that crate.
    pub file: &'static str,
    /// Its circuits, by the names that profiles show: rows of their tables, or such a table.
    pub circuits: Vec<&'static str>,
}

/// Code for an operation that the guest has in it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Linked {
    /// Crate, or function where the name has no crate.
    pub name: String,
    /// Where it was seen: `run`, `elf`, `lock`.
    pub seen: &'static str,
    /// `portable`, `circuit`; of a package in the lock file, where it comes from: `registry`, `git`, `path`.
    pub kind: &'static str,
}

/// A row of a run's table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CircuitCount {
    /// The table.
    pub table: &'static str,
    /// The row.
    pub label: &'static str,
    /// The count there.
    pub calls: u64,
    /// Whether other operations use the circuit as well: then the count is theirs, too.
    pub shared: bool,
}

/// What ran.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Ran {
    /// How often the operation was begun.
    pub calls: u64,
    /// How often portable code for it was begun.
    pub portable_calls: u64,
    /// Permutations, recoveries or blocks in portable code, where they can be counted.
    pub portable_units: u64,
    /// Cost of portable code with all it calls, in node units.
    pub portable_cost: u64,
    /// Its share of the run.
    pub portable_percent: f64,
    /// How often code made for circuits was begun.
    pub circuit_calls: u64,
    /// Cost of code made for circuits with all it calls, the circuits' own price included.
    pub circuit_cost: u64,
    /// Its share of the run.
    pub circuit_percent: f64,
    /// Circuits called below the operation.
    pub precompile_calls: u64,
    /// Bytes that its code read.
    pub bytes_read: u64,
    /// Bytes that its code wrote.
    pub bytes_written: u64,
}

/// What a lock file says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockAudit {
    /// The file.
    pub file: String,
    /// How many packages it names.
    pub packages: usize,
    /// What is wrong, by zkVM.
    pub issues: Vec<(String, LockIssue)>,
}
