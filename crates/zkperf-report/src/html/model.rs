//! What a page holds besides columns of numbers: `zkperf-html/1`, described in docs/report.md.

use serde::Serialize;
use zkperf_profile::verdict::Verdict;
use zkperf_profile::Origin;

use super::columns::Column;
use super::places::File;
use super::tables::{Exact, PageTable};
use crate::about::RunInfo;

/// The data of a page: `zkperf-html/1`. Fields may be added; readers pass over those they do not know.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PageData {
    /// `zkperf-html/1`.
    pub schema: &'static str,
    /// Which program made the page.
    pub made_by: String,
    /// The profiles: one, or base and head of a difference.
    pub sides: Vec<Side>,
    /// Of two profiles, what they can be judged by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub difference: Option<Difference>,
    /// The measures, in the profile's order.
    pub measures: Vec<PageMeasure>,
    /// Whether inlined code stands as contexts of its own in the tree. The tree of the ELF's own functions is the same
    /// with the contexts of inlined functions merged into what they were inlined into.
    pub inlined: bool,
    /// Names and texts; columns and functions point into it.
    pub strings: Vec<String>,
    /// Source files.
    pub files: Vec<File>,
    /// The zkVM's tables, scopes, re-synchronisations.
    pub tables: Vec<PageTable>,
    /// What to do next, where something is known.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What stands in the block of numbers, in order.
    pub columns: Vec<Column>,
}

/// A profile of a page.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Side {
    /// Which run.
    pub run: RunInfo,
    /// What identifies it, as label and text.
    pub facts: Vec<(&'static str, String)>,
    /// A sentence if it does not cover its whole run, or is another tool's; else empty.
    pub warning: String,
    /// Whether it was imported: then contexts do not make up the whole run.
    pub imported: bool,
    /// Each measure's figures.
    pub totals: Vec<Totals>,
    /// Proving cost, in node units, that no function of the guest carries.
    pub unattributed: Exact,
    /// How often the shadow call stack re-synchronised.
    pub resyncs: Exact,
    /// Proving cost, in node units, that is split among inlined frames within a context as over the whole run.
    pub apportioned: Exact,
    /// Sentences: how exact inlined frames are, what is missing of the source, what is not attributed.
    pub notes: Vec<String>,
}

/// A measure of one profile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// The official integer.
    pub total: Exact,
    /// What values add up to: `total * scale + remainder`.
    pub sum: Exact,
    /// How values and the official integer belong together, in a sentence; empty where they are the same.
    pub note: String,
}

/// A measure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PageMeasure {
    /// Its name.
    pub name: String,
    /// One line of meaning.
    pub about: String,
    /// Unit of the official integer, and of what is shown.
    pub unit: String,
    /// Unit of the values.
    pub node_unit: String,
    /// Node units in one official unit.
    pub scale: u64,
    /// Node units in one unit that is shown.
    pub shown_scale: u64,
    /// `exact` if counted, `derived` if computed from counted measures.
    pub kind: &'static str,
    /// Whether verdicts are made on it.
    pub proving_cost: bool,
    /// The measures that it is the sum of; empty for others.
    pub parts: Vec<u32>,
    /// What it is made of: stored columns and their factors.
    pub formula: Vec<(usize, Exact)>,
}

/// What a difference is worth.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Whether both profiles are of the very same ELF.
    pub same_elf: bool,
    /// On the proving cost.
    pub verdict: Verdict,
    /// Why the two cannot be judged against each other; empty with a verdict.
    pub no_verdict_because: Vec<String>,
}

/// Advice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// One line.
    pub title: String,
    /// Evidence and remedy; line feeds part paragraphs.
    pub text: String,
    /// The function it is about, by its name without hash.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// What it could save of the proving cost, in node units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub saves: Option<Exact>,
}

/// How a page writes an [`Origin`].
pub(super) fn origin_code(origin: Origin) -> u32 {
    match origin {
        Origin::Guest => 0,
        Origin::Library => 1,
        Origin::System => 2,
        Origin::Pseudo => 3,
        Origin::Unknown => 4,
        Origin::Inlined => 5,
    }
}
