//! Whether a ledger tells one story: the kept attempts lead from the first figures to the last, and nothing else does.

use serde::Serialize;
use zkperf_profile::verdict::Role;

use crate::chain::{Chain, Fault};
use crate::encode::Row;
use crate::expectation::share;
use crate::measured::Measured;
use crate::row::{Baseline, Event, Keep, RowHash, Validation};

/// A baseline and the kept attempts that followed it, up to the next baseline.
#[derive(Debug, Clone)]
pub struct Segment<'c> {
    /// The baseline's row.
    pub row: &'c Row,
    /// The baseline.
    pub baseline: &'c Baseline,
    /// The kept attempts with their results, in order.
    pub kept: Vec<(&'c Row, &'c Keep, &'c Validation)>,
    /// What every measure did on each zkVM and block.
    pub sums: Vec<Sum>,
}

/// A measure of one zkVM and block over a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Sum {
    /// zkVM and block.
    pub name: String,
    /// The measure.
    pub measure: String,
    /// Whether verdicts look at it.
    pub judged: bool,
    /// Its first official integer: the baseline's.
    pub first: u64,
    /// Its last: that of the last kept attempt.
    pub last: u64,
    /// The kept attempts' differences, added up.
    pub kept: i128,
}

/// What a verified ledger comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// Rows.
    pub rows: usize,
    /// The last row's hash.
    pub head: Option<RowHash>,
    /// Attempts: all, kept, reverted.
    pub attempts: usize,
    /// Kept attempts.
    pub kept: usize,
    /// Reverted attempts.
    pub reverted: usize,
    /// For each baseline, what the kept attempts after it come to.
    pub baselines: Vec<VerifiedSegment>,
}

/// A verified segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VerifiedSegment {
    /// The baseline's row.
    pub row: RowHash,
    /// Its branch.
    pub branch: String,
    /// Its commit.
    pub commit: String,
    /// How many attempts were kept.
    pub kept: usize,
    /// Every measure.
    pub sums: Vec<Sum>,
}

/// Why a ledger cannot be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Disbelief {
    /// A row.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// A kept attempt does not start where the one before it ended.
    #[error("row {row} ({name}): the kept attempt starts from figures that the one before it did not end with")]
    Broken {
        /// Line of the file, from 1.
        row: usize,
        /// zkVM and block.
        name: String,
    },
    /// The sum.
    #[error("{name}, {measure}: the kept differences add up to {kept}, and last minus first is {difference}")]
    Sum {
        /// zkVM and block.
        name: String,
        /// The measure.
        measure: String,
        /// Sum of the differences.
        kept: i128,
        /// Last minus first.
        difference: i128,
    },
    /// The logbook or a report is not what the ledger renders to.
    #[error(
        "{path} is not what the ledger renders to; if it was changed by hand, `zkperf lab render` writes it anew; if the \
         ledger lost rows, put them back"
    )]
    Rendering {
        /// The file.
        path: String,
    },
    /// A report of an attempt that the ledger has not.
    #[error(
        "{path} is the report of an attempt that the ledger does not have; if the ledger lost rows, put them back; if the \
         report is a copy, remove it"
    )]
    Stray {
        /// The file.
        path: String,
    },
    /// The logbook goes on to a row that the ledger has not.
    #[error(
        "{logbook} ends with row {row}, which the ledger does not have: rows were removed, or the ledger is gone; put them \
         back (`git log --full-history -- {ledger}` has its versions); to begin anew, move logbook and reports away first"
    )]
    Lost {
        /// The logbook.
        logbook: String,
        /// The ledger.
        ledger: String,
        /// The row.
        row: String,
    },
    /// Rows that an earlier commit has.
    #[error(
        "{rows} row(s) were removed in {place}: what was tried stays in the ledger, undone or not; put the lines back (`git \
         show {revision}:{ledger}` has them), commit, and `zkperf lab verify --repair` renders and joins them"
    )]
    Erased {
        /// The ledger.
        ledger: String,
        /// How many.
        rows: usize,
        /// The commit, or the working tree.
        place: String,
        /// A revision that has them.
        revision: String,
    },
}

impl Sum {
    /// Last minus first.
    pub fn difference(&self) -> i128 {
        i128::from(self.last) - i128::from(self.first)
    }

    /// The same in millionths of the first.
    pub fn millionths(&self) -> Option<i64> {
        share(self.first.into(), self.last.into())
    }
}

/// Verifies the bytes of a ledger: every row's hash and link, every rule, and then, without trusting the rules, that the
/// kept attempts lead from one to the next and add up.
///
/// # Errors
/// The first reason for disbelief.
pub fn verify(bytes: &[u8]) -> Result<Verified, Disbelief> {
    let chain = Chain::parse(bytes)?;
    verify_chain(&chain)
}

/// As [`verify`], of a ledger that was read.
///
/// # Errors
/// As [`verify`].
pub fn verify_chain(chain: &Chain) -> Result<Verified, Disbelief> {
    let segments = segments(chain);
    for segment in &segments {
        leads_on(chain, segment)?;
        adds_up(segment)?;
    }
    let count = |kind: &str| {
        let rows = chain.rows().iter();
        rows.filter(|row| row.body.event.kind() == kind).count()
    };
    Ok(Verified {
        rows: chain.rows().len(),
        head: chain.head().map(|row| row.hash.clone()),
        attempts: count("attempt"),
        kept: count("keep"),
        reverted: count("revert"),
        baselines: segments
            .into_iter()
            .map(|segment| VerifiedSegment {
                row: segment.row.hash.clone(),
                branch: segment.baseline.branch.clone(),
                commit: segment.baseline.commit.clone(),
                kept: segment.kept.len(),
                sums: segment.sums,
            })
            .collect(),
    })
}

/// The ledger by baselines.
pub fn segments(chain: &Chain) -> Vec<Segment<'_>> {
    let rows = chain.rows().iter();
    let baselines = rows.filter_map(|row| match &row.body.event {
        Event::Baseline(baseline) => Some((row, baseline)),
        _ => None,
    });
    baselines
        .map(|(row, baseline)| {
            let kept = kept_after(chain, &row.hash);
            let sums = sums(baseline, &kept);
            Segment {
                row,
                baseline,
                kept,
                sums,
            }
        })
        .collect()
}

type Kept<'c> = (&'c Row, &'c Keep, &'c Validation);

/// The kept attempts that continue a baseline, each naming the one before it.
fn kept_after<'c>(chain: &'c Chain, baseline: &RowHash) -> Vec<Kept<'c>> {
    let mut kept: Vec<Kept<'c>> = Vec::new();
    let mut last = baseline.clone();
    for row in chain.rows() {
        let Event::Keep(keep) = &row.body.event else {
            continue;
        };
        // Of two branches that both kept something, only one goes on from here; a merge makes no baseline of the other.
        if keep.baseline != last {
            continue;
        }
        if let Some(result) = chain.result(&keep.result) {
            last = row.hash.clone();
            kept.push((row, keep, result));
        }
    }
    kept
}

fn sums(baseline: &Baseline, kept: &[Kept<'_>]) -> Vec<Sum> {
    let last = kept.last().map(|(_, _, result)| result);
    let mut sums = Vec::new();
    for first in &baseline.figures {
        let end = last.map(|result| result.cases.iter().map(Measured::after));
        let end = end.and_then(|mut ends| ends.find(|end| end.key() == first.key()));
        let end = end.as_ref().unwrap_or(first);
        for total in &first.measures {
            let found = end.measures.iter().find(|other| other.name == total.name);
            sums.push(Sum {
                name: first.name(),
                measure: total.name.clone(),
                judged: total.role != Role::Informative,
                first: total.total,
                last: found.map_or(0, |found| found.total),
                kept: kept
                    .iter()
                    .map(|(_, _, result)| delta(result, first, &total.name))
                    .sum(),
            });
        }
    }
    sums
}

fn delta(result: &Validation, of: &Measured, measure: &str) -> i128 {
    let case = result.cases.iter();
    let mut case = case
        .filter(|case| (case.before.zkvm.as_str(), case.before.input_sha256.as_str()) == of.key());
    let measures = case.next().map(|case| case.measures.iter());
    let found = measures.and_then(|mut all| all.find(|known| known.name == measure));
    found.map_or(0, |found| found.delta())
}

fn leads_on(chain: &Chain, segment: &Segment<'_>) -> Result<(), Disbelief> {
    let mut figures = segment.baseline.figures.clone();
    for (row, _, result) in &segment.kept {
        for case in &result.cases {
            let before = Measured::before(case);
            if !figures.contains(&before) {
                return Err(Disbelief::Broken {
                    row: chain.place(&row.hash).map_or(0, |at| at + 1),
                    name: before.name(),
                });
            }
        }
        figures = result.cases.iter().map(Measured::after).collect();
    }
    Ok(())
}

fn adds_up(segment: &Segment<'_>) -> Result<(), Disbelief> {
    let wrong = segment.sums.iter().find(|sum| sum.kept != sum.difference());
    wrong.map_or(Ok(()), |sum| {
        Err(Disbelief::Sum {
            name: sum.name.clone(),
            measure: sum.measure.clone(),
            kept: sum.kept,
            difference: sum.difference(),
        })
    })
}
