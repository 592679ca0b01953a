//! A measurement beside its baseline, and what a judgement of the two says.

use zkperf_profile::verdict::{Case, Exceeded, Judgement, Verdict};

use crate::measured::Measured;
use crate::rules::Refusal;
use crate::workbench::ProfiledRun;

/// Every run paired with the baseline's on the same zkVM and input.
pub(crate) fn pairs(before: &[Measured], runs: &[ProfiledRun]) -> Result<Vec<Case>, Refusal> {
    let lacks_run = |one: &&Measured| runs.iter().all(|run| run.measured.key() != one.key());
    let is_new = |run: &&ProfiledRun| before.iter().all(|one| one.key() != run.measured.key());
    let missing = before.iter().filter(lacks_run).map(Measured::name);
    let new = runs.iter().filter(is_new).map(|run| run.measured.name());
    let names: Vec<String> = missing.chain(new).collect();
    if !names.is_empty() || before.len() != runs.len() {
        return Err(Refusal::OtherSet {
            expected: before.len(),
            found: runs.len(),
            names,
        });
    }
    let case = |one: &Measured| {
        let run = runs.iter().find(|run| run.measured.key() == one.key())?;
        Some(Measured::case(one, &run.measured))
    };
    Ok(before.iter().filter_map(case).collect())
}

/// Why a verdict is mixed or none: which pair goes which way, and why there is none.
pub(crate) fn because(cases: &[Case], judged: &Judgement) -> Vec<String> {
    if !matches!(
        judged.verdict,
        Verdict::Mixed | Verdict::None | Verdict::OutputsDiffer
    ) {
        return judged.because.clone();
    }
    let pairs = cases.iter().zip(&judged.cases);
    let told = pairs.map(|(case, one)| {
        let reasons = one.reasons.iter().map(ToString::to_string);
        let details: Vec<String> = reasons.chain(one.because.clone()).collect();
        let name = format!("{}, {}: {}", case.before.zkvm, case.subject, one.verdict);
        match details.is_empty() {
            true => name,
            false => format!("{name} ({})", details.join("; ")),
        }
    });
    told.collect()
}

/// A limit that is exceeded, and where.
pub(crate) fn told_limit(exceeded: &Exceeded) -> String {
    format!(
        "{} at {}: {} {} to {}",
        exceeded.limit, exceeded.at, exceeded.measure, exceeded.before, exceeded.after
    )
}
