//! Profiles side by side: what a change did, to which runs, and where.
//!
//! Pairs of profiles ([`Pair`]) are judged alone and together (`zkperf_profile::verdict`), and what they cost is divided in
//! every way that is known: by function, crate, module, source file and line, by the rows of the zkVM's bill, by labels.
//! Every division adds up to the difference of the whole, with closing rows for what is not shown.
//!
//! A verdict is given only where both bills follow the same rules for the same work. Otherwise the comparison is a view: it
//! says why there is no verdict, and how much of each difference comes from counts and how much from prices.

mod bills;
mod code;
mod coverage;
mod division;
mod escape;
mod markdown;
mod pair;
mod prepared;
mod reproduce;
mod table;
mod tally;
mod text;
mod words;

use serde::Serialize;
use zkperf_profile::verdict::{
    judge, CaseMeasure, GroupJudgement, Judgement, Limit, LimitError, MeasureSum, Role, Verdict,
};

pub use coverage::{Coverage, Covered, Kinds, Known};
pub use division::{Delta, DivisionDelta, OneSided, PartDelta, RestDelta, State};
pub use markdown::{MarkdownOptions, MARKER};
pub use pair::Pair;
pub use prepared::{Divide, Form, LabelParts, Prepared};
pub use tally::By;

use crate::about::RunInfo;
use tally::Tally;

/// Divisions in the order in which they are shown; others stand before them.
const ORDER: [&str; 15] = [
    "part",
    "function",
    "crate",
    "module",
    "file",
    "line",
    "opcode",
    "precompile",
    "memory",
    "air",
    "phase",
    "tx",
    "evm-opcode",
    "evm-precompile",
    "contract",
];

/// What to compare, and how much of it to show.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    /// Parts listed of each division; all if `None`.
    pub limit: Option<usize>,
    /// Limits to check.
    pub limits: Vec<Limit>,
    /// The only division to show, by its key; all if `None`.
    pub by: Option<String>,
    /// Profiles that have no counterpart.
    pub unpaired: Vec<Unpaired>,
    /// What a set could exercise.
    pub known: Vec<Known>,
    /// The transactions of the set's blocks.
    pub kinds: Kinds,
}

/// A profile without a counterpart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unpaired {
    /// Its file.
    pub file: String,
    /// Which side it is on: `before` or `after`.
    pub side: &'static str,
    /// zkVM and input, as people name them.
    pub what: String,
}

/// Profiles compared: `zkperf-compare/2`, described in docs/compare.md.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// `zkperf-compare/2`.
    pub schema: &'static str,
    /// On everything.
    pub verdict: Verdict,
    /// Why it is mixed, or why there is none.
    pub because: Vec<String>,
    /// Whether every pair is of the very same program.
    pub identical_elf: bool,
    /// Every pair.
    pub pairs: Vec<PairDelta>,
    /// Sums and divisions, by zkVM and version.
    pub zkvms: Vec<ZkvmDelta>,
    /// Profiles that have no counterpart.
    pub unpaired: Vec<Unpaired>,
    /// What the set exercises, and what of all that is known it does not.
    pub coverage: Vec<Coverage>,
    /// The limits that were asked for.
    pub limits: Vec<Limit>,
    /// Where they are exceeded.
    pub exceeded: Vec<ExceededDelta>,
    /// The judgement itself, for the exit code.
    #[serde(skip)]
    pub judgement: Judgement,
}

/// A pair of profiles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PairDelta {
    /// What both ran on.
    pub subject: String,
    /// The files.
    pub files: [String; 2],
    /// The run before.
    pub before: RunInfo,
    /// The run after.
    pub after: RunInfo,
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is no verdict, or why it is that the two do something else; empty with one.
    pub no_verdict_because: Vec<String>,
    /// Why it is mixed.
    pub because: Vec<String>,
    /// Whether both are of the very same program.
    pub identical_elf: bool,
    /// Every measure that either profile has.
    pub measures: Vec<Change>,
    /// What of the pair could not be compared, or how it is to be read; a sentence each.
    pub notes: Vec<String>,
}

/// A measure of a pair, in official integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it means for the verdict.
    pub role: Role,
    /// Whether it is the proving cost.
    pub proving_cost: bool,
    /// Before, if that run has the measure.
    pub before: Option<u64>,
    /// After.
    pub after: Option<u64>,
    /// `after - before`, a missing one taken as 0.
    pub delta: i128,
}

/// The pairs of one zkVM together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ZkvmDelta {
    /// zkVM and version.
    pub name: String,
    /// How many pairs.
    pub pairs: usize,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is mixed, or why there is none.
    pub because: Vec<String>,
    /// Sums of the measures that both sides have, in official integers.
    pub measures: Vec<SumChange>,
    /// What the cost is made of, in every way that is known.
    pub divisions: Vec<DivisionDelta>,
}

/// A measure added up over pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SumChange {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it means for the verdict.
    pub role: Role,
    /// Before and after.
    pub value: Delta,
}

/// A limit that is exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExceededDelta {
    /// The limit, as it was given.
    pub limit: String,
    /// Where.
    pub at: String,
    /// The measure.
    pub measure: String,
    /// Before and after.
    pub value: Delta,
}

/// Puts compared pairs together.
///
/// # Errors
/// A limit on a measure that no pair has.
pub fn comparison(pairs: Vec<Pair>, options: &CompareOptions) -> Result<Comparison, LimitError> {
    let cases: Vec<_> = pairs.iter().map(|pair| pair.case.clone()).collect();
    let judgement = judge(&cases, &options.limits)?;
    let coverage = coverage::of(&pairs, options);
    let mut views = Vec::new();
    let mut tallies: Vec<Vec<Tally>> = Vec::new();
    for (pair, judged) in pairs.into_iter().zip(&judgement.cases) {
        let reasons = judged.reasons.iter();
        views.push(PairDelta {
            subject: pair.case.subject.to_string(),
            files: pair.files,
            verdict: judged.verdict,
            no_verdict_because: reasons.map(ToString::to_string).collect(),
            because: judged.because.clone(),
            identical_elf: judged.identical_elf,
            measures: pair.case.measures.iter().map(Change::of).collect(),
            notes: pair.notes,
            before: pair.runs[0].clone(),
            after: pair.runs[1].clone(),
        });
        tallies.push(pair.tallies);
    }
    let zkvms = judgement.zkvms.iter();
    let zkvms = zkvms.map(|group| ZkvmDelta::of(group, &mut tallies, options));
    Ok(Comparison {
        schema: "zkperf-compare/2",
        verdict: judgement.verdict,
        because: judgement.because.clone(),
        identical_elf: !views.is_empty() && views.iter().all(|pair| pair.identical_elf),
        zkvms: zkvms.collect(),
        pairs: views,
        unpaired: options.unpaired.clone(),
        coverage,
        limits: judgement.limits.clone(),
        exceeded: judgement
            .exceeded
            .iter()
            .map(|exceeded| ExceededDelta {
                limit: exceeded.limit.to_string(),
                at: exceeded.at.clone(),
                measure: exceeded.measure.clone(),
                value: Delta::of([exceeded.before, exceeded.after]),
            })
            .collect(),
        judgement,
    })
}

impl Change {
    fn of(measure: &CaseMeasure) -> Change {
        Change {
            name: measure.name.clone(),
            unit: measure.unit.clone(),
            role: measure.role,
            proving_cost: measure.role == Role::ProvingCost,
            before: measure.before,
            after: measure.after,
            delta: measure.delta(),
        }
    }
}

impl SumChange {
    fn of(sum: &MeasureSum) -> SumChange {
        SumChange {
            name: sum.name.clone(),
            unit: sum.unit.clone(),
            role: sum.role,
            value: Delta::of([sum.before, sum.after]),
        }
    }
}

impl ZkvmDelta {
    /// Takes the divisions of the group's pairs out of `tallies` and adds them up.
    fn of(
        group: &GroupJudgement,
        tallies: &mut [Vec<Tally>],
        options: &CompareOptions,
    ) -> ZkvmDelta {
        let mut sums: Vec<Tally> = Vec::new();
        for &at in &group.cases {
            for tally in std::mem::take(&mut tallies[at]) {
                match sums.iter_mut().find(|sum| sum.is_like(&tally)) {
                    Some(sum) => sum.merge(tally),
                    None => sums.push(tally),
                }
            }
        }
        let shown = |tally: &Tally| options.by.as_ref().is_none_or(|by| *by == tally.by.key);
        sums.retain(shown);
        sums.sort_by_key(|tally| ORDER.iter().position(|by| *by == tally.by.key));
        ZkvmDelta {
            name: group.name.clone(),
            pairs: group.cases.len(),
            verdict: group.verdict,
            because: group.because.clone(),
            measures: group.measures.iter().map(SumChange::of).collect(),
            divisions: sums
                .into_iter()
                .map(|tally| DivisionDelta::of(tally, options.limit))
                .collect(),
        }
    }

    /// The proving cost, summed over the pairs.
    pub(crate) fn cost(&self) -> Option<&SumChange> {
        let mut measures = self.measures.iter();
        measures.find(|sum| sum.role == Role::ProvingCost)
    }

    /// What the verdict looks at.
    pub(crate) fn judged(&self) -> impl Iterator<Item = &SumChange> {
        let judged = self.measures.iter();
        judged.filter(|sum| sum.role != Role::Informative)
    }
}

/// The verdict on two profiles, without comparing what they are made of.
pub(crate) fn verdict_of(
    before: &zkperf_profile::Profile,
    after: &zkperf_profile::Profile,
) -> Judgement {
    let case = zkperf_profile::verdict::Case::of(before, after);
    judge(&[case], &[]).expect("there are no limits that could be unknown")
}
