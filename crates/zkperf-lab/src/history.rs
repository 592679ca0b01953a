//! The ledger by attempts.

use serde::Serialize;
use zkperf_profile::verdict::Verdict;

use crate::chain::Chain;
use crate::encode::Row;
use crate::expectation::{share, Expectation};
use crate::row::{Attempt, CheckOutcome, Event, GateState, Keep, Revert, RowHash, Validation};
use crate::rules::proving_costs;

/// One attempt, from its opening to its end.
#[derive(Debug, Clone, Copy)]
pub struct Record<'c> {
    /// Its row.
    pub row: &'c Row,
    /// What was tried.
    pub attempt: &'c Attempt,
    /// Its last result, and that row.
    pub result: Option<(&'c Row, &'c Validation)>,
    /// How often it was measured.
    pub results: usize,
    /// How it ended.
    pub fate: Fate<'c>,
}

/// How an attempt ended.
#[derive(Debug, Clone, Copy)]
pub enum Fate<'c> {
    /// It has not.
    Open,
    /// Kept.
    Kept(&'c Row, &'c Keep),
    /// Reverted.
    Reverted(&'c Row, &'c Revert),
}

impl Fate<'_> {
    /// In one word.
    pub fn text(self) -> &'static str {
        match self {
            Fate::Open => "open",
            Fate::Kept(..) => "kept",
            Fate::Reverted(..) => "reverted",
        }
    }
}

/// What an attempt did to the proving cost of one zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// zkVM.
    pub zkvm: String,
    /// Sum over all blocks before.
    pub before: u128,
    /// Sum over all blocks after.
    pub after: u128,
    /// The change in millionths of what it was; absent where there was nothing.
    pub millionths: Option<i64>,
}

/// Every attempt, in the order in which they were opened.
pub fn attempts(chain: &Chain) -> Vec<Record<'_>> {
    let mut records: Vec<Record<'_>> = Vec::new();
    let find = |records: &mut Vec<Record<'_>>, hash: &RowHash| {
        records.iter().position(|record| record.row.hash == *hash)
    };
    for row in chain.rows() {
        match &row.body.event {
            Event::Attempt(attempt) => records.push(Record {
                row,
                attempt,
                result: None,
                results: 0,
                fate: Fate::Open,
            }),
            Event::Result(result) => {
                if let Some(at) = find(&mut records, &result.attempt) {
                    records[at].result = Some((row, result));
                    records[at].results += 1;
                }
            }
            Event::Keep(keep) => {
                if let Some(at) = find(&mut records, &keep.attempt) {
                    records[at].fate = Fate::Kept(row, keep);
                }
            }
            Event::Revert(revert) => {
                if let Some(at) = find(&mut records, &revert.attempt) {
                    records[at].fate = Fate::Reverted(row, revert);
                }
            }
            Event::Baseline(_) | Event::Merge(_) => {}
        }
    }
    records
}

impl Record<'_> {
    /// `001-direct-h256-construction`, as in its branch and report. Attempts of two branches may have one number.
    pub fn name(&self) -> String {
        format!(
            "{:03}-{}",
            self.attempt.number,
            slug(&self.attempt.hypothesis)
        )
    }

    /// What it did to the proving cost of each zkVM; nothing if it was not measured to its end.
    pub fn changes(&self) -> Vec<Change> {
        let Some((_, result)) = self.result else {
            return Vec::new();
        };
        if result.verdict == Verdict::None {
            return Vec::new();
        }
        changes(result)
    }

    /// What its last result came to, in a few words: the verdict, unless it is not sound or fails the repository's own
    /// tests. Those outweigh every figure.
    pub fn verdict(&self) -> &'static str {
        match self.result {
            None => "not measured",
            Some((_, result)) if result.gate.state == GateState::NotSound => "not sound",
            Some((_, result)) if matches!(result.check, CheckOutcome::Failed { .. }) => {
                "own tests fail"
            }
            Some((_, result)) => result.verdict.text(),
        }
    }
}

/// What a result did to the proving cost of each zkVM.
pub fn changes(result: &Validation) -> Vec<Change> {
    let sums = proving_costs(&result.cases).into_iter();
    sums.map(|(zkvm, before, after)| Change {
        millionths: share(before, after),
        zkvm,
        before,
        after,
    })
    .collect()
}

/// How well expectations were met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Score {
    /// Expectations that were held against a result: one for each attempt and zkVM.
    pub scored: usize,
    /// How many of them had the sign right.
    pub right_sign: usize,
    /// Median distance between expectation and result, in millionths; absent without any.
    pub median_error_millionths: Option<i64>,
}

/// An expectation against its result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Estimate {
    /// zkVM.
    pub zkvm: String,
    /// What was expected, in millionths.
    pub expected: i64,
    /// What came out, in millionths.
    pub found: i64,
}

/// The expectations of an attempt that was measured, for each zkVM that they are for. A guest that computes something else,
/// is not sound or fails the repository's own tests has figures, but they say nothing of what was expected.
pub fn estimates(record: &Record<'_>) -> Vec<Estimate> {
    let is_good = |result: &Validation| {
        result.verdict != Verdict::OutputsDiffer
            && result.gate.state != GateState::NotSound
            && !matches!(result.check, CheckOutcome::Failed { .. })
    };
    if !record.result.is_some_and(|(_, result)| is_good(result)) {
        return Vec::new();
    }
    let Some(expect) = &record.attempt.expect else {
        return Vec::new();
    };
    let is_meant = |expect: &Expectation, zkvm: &str| {
        let meant = expect.zkvm.as_deref();
        meant.is_none_or(|meant| meant == zkvm || meant.split('@').next() == Some(zkvm))
    };
    let changes = record.changes().into_iter();
    let meant = changes.filter(|change| is_meant(expect, &change.zkvm));
    let estimate = |change: Change| {
        Some(Estimate {
            found: change.millionths?,
            zkvm: change.zkvm,
            expected: expect.millionths,
        })
    };
    meant.filter_map(estimate).collect()
}

/// The score over all attempts, failures included.
pub fn score(records: &[Record<'_>]) -> Score {
    let all: Vec<Estimate> = records.iter().flat_map(estimates).collect();
    let right = all
        .iter()
        .filter(|e| e.expected.signum() == e.found.signum());
    let mut errors: Vec<i64> = all.iter().map(|e| (e.found - e.expected).abs()).collect();
    errors.sort_unstable();
    let middle = errors.len() / 2;
    let median = match errors.len() {
        0 => None,
        len if len % 2 == 1 => Some(errors[middle]),
        // The mean of the two in the middle, rounded up.
        _ => Some((errors[middle - 1] + errors[middle] + 1) / 2),
    };
    Score {
        scored: all.len(),
        right_sign: right.count(),
        median_error_millionths: median,
    }
}

/// The longest a slug gets.
const SLUG: usize = 48;

/// A hypothesis as part of a branch's and a file's name.
pub fn slug(hypothesis: &str) -> String {
    let mut slug = String::new();
    for c in hypothesis.chars() {
        match c {
            c if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            _ if slug.is_empty() || slug.ends_with('-') => {}
            _ => slug.push('-'),
        }
    }
    // Not within a word, where there is more than one.
    if slug.len() > SLUG {
        let end = slug[..=SLUG].rfind('-').filter(|end| *end > 0);
        slug.truncate(end.unwrap_or(SLUG));
    }
    match slug.trim_end_matches('-') {
        "" => "attempt".to_owned(),
        slug => slug.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn slugs_are_names() {
        assert_eq!(
            slug("Direct H256 construction in decode_child"),
            "direct-h256-construction-in-decode-child"
        );
        assert_eq!(slug("../../etc: ünï"), "etc-n");
        assert_eq!(slug("?!"), "attempt");
        assert_eq!(slug(&"word ".repeat(30)).len(), 44);
        assert_eq!(slug(&"x".repeat(200)).len(), 48);
    }
}
