//! From pairs of runs to verdicts: one each, one for every zkVM, one in total.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::case::{Case, CaseSide, Role};
use super::limit::{Limit, LimitError};
use super::pair::{reasons_between, Reason, ReasonKind};
use crate::number::signed;

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Cheaper to prove, and nothing dearer.
    Improvement,
    /// Dearer to prove, and nothing cheaper.
    Regression,
    /// Some of it cheaper, some dearer: blocks, zkVMs, or what is judged beside the proving cost.
    Mixed,
    /// Not one unit of difference.
    Neutral,
    /// The guest does something else than before, whatever that costs.
    OutputsDiffer,
    /// It cannot be judged.
    None,
}

/// What a gate on a comparison decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gate {
    /// Judged, and within all limits.
    Passed,
    /// Above a limit.
    Exceeded,
    /// Public outputs differ, or there is no verdict that limits could be applied to.
    NotSound,
}

/// The verdicts on a set of pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judgement {
    /// On everything.
    pub verdict: Verdict,
    /// Why it is mixed or there is none, one clause each.
    pub because: Vec<String>,
    /// On each pair, in the order given.
    pub cases: Vec<CaseJudgement>,
    /// On each zkVM (with version and cost model), in the order in which the pairs name them.
    pub zkvms: Vec<GroupJudgement>,
    /// The limits that were asked for.
    pub limits: Vec<Limit>,
    /// Where they are exceeded: pairs first, then sums.
    pub exceeded: Vec<Exceeded>,
}

/// The verdict on one pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseJudgement {
    /// The verdict.
    pub verdict: Verdict,
    /// Why there is none, or why it is that the guest does something else.
    pub reasons: Vec<Reason>,
    /// Why it is mixed: the measures and which way each goes.
    pub because: Vec<String>,
    /// Whether both runs are of the very same program.
    pub identical_elf: bool,
}

/// The verdict on all pairs of one zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupJudgement {
    /// zkVM and version, such as `zisk 1.4.0-alpha`.
    pub name: String,
    /// The pairs, as places in [`Judgement::cases`].
    pub cases: Vec<usize>,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is mixed or there is none: which pairs go which way.
    pub because: Vec<String>,
    /// Sums over the pairs that have a measure on both sides.
    pub measures: Vec<MeasureSum>,
}

/// A measure added up over pairs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeasureSum {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it means for the verdict.
    pub role: Role,
    /// Sum of the official integers before.
    pub before: u128,
    /// Sum of the official integers after.
    pub after: u128,
}

/// A limit that is exceeded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exceeded {
    /// The limit.
    pub limit: Limit,
    /// Where: a pair, or the sum of a zkVM.
    pub at: String,
    /// The measure.
    pub measure: String,
    /// What it was.
    pub before: u128,
    /// What it is.
    pub after: u128,
}

/// Judges a set of pairs.
///
/// # Errors
/// [`LimitError::UnknownMeasure`] for a limit on a measure that no pair has.
pub fn judge(cases: &[Case], limits: &[Limit]) -> Result<Judgement, LimitError> {
    limits.iter().try_for_each(|limit| limit.check(cases))?;
    let judged: Vec<CaseJudgement> = cases.iter().map(judge_case).collect();
    let zkvms = groups(cases, &judged);
    let exceeded = exceeded(cases, &zkvms, limits);
    let parts = zkvms
        .iter()
        .map(|group| (group.name.clone(), group.verdict));
    let parts: Vec<(String, Verdict)> = parts.collect();
    let (verdict, because) = combined(&parts);
    let because = match zkvms.as_slice() {
        // Of one zkVM, its pairs say more.
        [only] => only.because.clone(),
        _ => because,
    };
    Ok(Judgement {
        verdict,
        because,
        cases: judged,
        zkvms,
        limits: limits.to_vec(),
        exceeded,
    })
}

impl Judgement {
    /// What a gate makes of it.
    pub fn gate(&self) -> Gate {
        match self.verdict {
            Verdict::OutputsDiffer | Verdict::None => Gate::NotSound,
            _ if self.exceeded.is_empty() => Gate::Passed,
            _ => Gate::Exceeded,
        }
    }

    /// Whether a public output changed in any pair.
    pub fn outputs_differ(&self) -> bool {
        let mut reasons = self.cases.iter().flat_map(|case| &case.reasons);
        reasons.any(Reason::is_about_the_guest)
    }

    /// Whether all that differs between the guests is how they ended.
    pub fn only_endings_differ(&self) -> bool {
        let reasons = self.cases.iter().flat_map(|case| &case.reasons);
        let mut kinds = reasons.map(|reason| reason.kind);
        self.outputs_differ() && kinds.all(|kind| kind != ReasonKind::Output)
    }
}

impl MeasureSum {
    /// `after - before`.
    pub fn delta(&self) -> i128 {
        self.after as i128 - self.before as i128
    }
}

impl Exceeded {
    /// `after - before`.
    pub fn delta(&self) -> i128 {
        self.after as i128 - self.before as i128
    }
}

impl Verdict {
    /// The verdict in words.
    pub fn text(self) -> &'static str {
        match self {
            Verdict::Improvement => "improvement",
            Verdict::Regression => "regression",
            Verdict::Mixed => "mixed",
            Verdict::Neutral => "no difference",
            Verdict::OutputsDiffer => "the outputs differ",
            Verdict::None => "no verdict",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

fn judge_case(case: &Case) -> CaseJudgement {
    let reasons = reasons_between(case);
    let only_outputs = reasons.iter().all(Reason::is_about_the_guest);
    let (verdict, because) = match (reasons.is_empty(), only_outputs) {
        (true, _) => by_measures(case),
        (false, true) => (Verdict::OutputsDiffer, Vec::new()),
        (false, false) => (Verdict::None, Vec::new()),
    };
    CaseJudgement {
        verdict,
        reasons,
        because,
        identical_elf: case.is_identical_elf(),
    }
}

/// The verdict of what is judged, and, if it is mixed, which way each measure goes.
fn by_measures(case: &Case) -> (Verdict, Vec<String>) {
    let deltas: Vec<(&str, i128)> = case
        .judged()
        .map(|measure| (measure.name.as_str(), measure.delta()))
        .collect();
    let down = deltas.iter().any(|(_, delta)| *delta < 0);
    let up = deltas.iter().any(|(_, delta)| *delta > 0);
    match (down, up) {
        (false, false) => (Verdict::Neutral, Vec::new()),
        (true, false) => (Verdict::Improvement, Vec::new()),
        (false, true) => (Verdict::Regression, Vec::new()),
        (true, true) => {
            let each = deltas.iter().filter(|(_, delta)| *delta != 0);
            let each = each.map(|(name, delta)| format!("{name} {}", signed(*delta)));
            (Verdict::Mixed, each.collect())
        }
    }
}

/// Puts verdicts together: what cannot be judged, or does something else, is never outweighed.
fn combined(parts: &[(String, Verdict)]) -> (Verdict, Vec<String>) {
    let any = |verdict| parts.iter().any(|(_, part)| *part == verdict);
    let verdict = if parts.is_empty() {
        return (
            Verdict::None,
            vec!["there is nothing to compare".to_owned()],
        );
    } else if any(Verdict::OutputsDiffer) {
        Verdict::OutputsDiffer
    } else if any(Verdict::None) {
        Verdict::None
    } else {
        match (any(Verdict::Improvement), any(Verdict::Regression)) {
            _ if any(Verdict::Mixed) => Verdict::Mixed,
            (true, true) => Verdict::Mixed,
            (true, false) => Verdict::Improvement,
            (false, true) => Verdict::Regression,
            (false, false) => Verdict::Neutral,
        }
    };
    let told = match verdict {
        Verdict::Mixed => true,
        Verdict::OutputsDiffer | Verdict::None => parts.len() > 1,
        _ => false,
    };
    let each = parts.iter().filter(|_| told);
    (
        verdict,
        each.map(|(name, part)| format!("{name}: {part}")).collect(),
    )
}

/// What makes pairs of one group: their figures have one unit and one meaning, so that they can be added up.
fn is_one_group(a: &Case, b: &Case) -> bool {
    let same = |a: &CaseSide, b: &CaseSide| {
        a.zkvm == b.zkvm && a.zkvm_version == b.zkvm_version && a.cost_model == b.cost_model
    };
    same(&a.before, &b.before) && same(&a.after, &b.after)
}

fn groups(cases: &[Case], judged: &[CaseJudgement]) -> Vec<GroupJudgement> {
    let mut members: Vec<Vec<usize>> = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let known = members
            .iter_mut()
            .find(|group| is_one_group(&cases[group[0]], case));
        match known {
            Some(group) => group.push(at),
            None => members.push(vec![at]),
        }
    }
    let groups = members.into_iter();
    groups
        .map(|members| group(members, cases, judged))
        .collect()
}

fn group(members: Vec<usize>, cases: &[Case], judged: &[CaseJudgement]) -> GroupJudgement {
    let parts: Vec<(String, Verdict)> = members
        .iter()
        .map(|&at| (cases[at].subject.to_string(), judged[at].verdict))
        .collect();
    let (verdict, mut because) = combined(&parts);
    if let [only] = members[..] {
        because = judged[only].because.clone();
        because.extend(judged[only].reasons.iter().map(ToString::to_string));
    }
    GroupJudgement {
        name: group_name(&cases[members[0]]),
        verdict,
        because,
        measures: sums(members.iter().map(|&at| &cases[at])),
        cases: members,
    }
}

fn group_name(case: &Case) -> String {
    let name = |side: &CaseSide| format!("{} {}", side.zkvm, side.zkvm_version);
    let (before, after) = (name(&case.before), name(&case.after));
    match before == after {
        true => before,
        false => format!("{before} to {after}"),
    }
}

fn sums<'c>(cases: impl Iterator<Item = &'c Case>) -> Vec<MeasureSum> {
    let mut sums: Vec<MeasureSum> = Vec::new();
    for measure in cases.flat_map(|case| &case.measures) {
        let (Some(before), Some(after)) = (measure.before, measure.after) else {
            continue;
        };
        let at = sums.iter().position(|sum| sum.name == measure.name);
        let at = at.unwrap_or_else(|| {
            sums.push(MeasureSum {
                name: measure.name.clone(),
                unit: measure.unit.clone(),
                role: measure.role,
                before: 0,
                after: 0,
            });
            sums.len() - 1
        });
        sums[at].before += u128::from(before);
        sums[at].after += u128::from(after);
    }
    sums
}

fn exceeded(cases: &[Case], zkvms: &[GroupJudgement], limits: &[Limit]) -> Vec<Exceeded> {
    let mut exceeded = Vec::new();
    for limit in limits {
        for group in zkvms {
            for &at in &group.cases {
                let name = format!("{}, {}", group.name, cases[at].subject);
                add_exceeded(&mut exceeded, limit, name, &sums([&cases[at]].into_iter()));
            }
            // The sum of one pair is the pair.
            if group.cases.len() > 1 {
                let name = format!("{}, in total", group.name);
                add_exceeded(&mut exceeded, limit, name, &group.measures);
            }
        }
    }
    exceeded
}

fn add_exceeded(to: &mut Vec<Exceeded>, limit: &Limit, at: String, measures: &[MeasureSum]) {
    let limited = measures.iter().filter(|sum| {
        limit.is_on(&sum.name, sum.role) && limit.is_exceeded(sum.before, sum.delta())
    });
    to.extend(limited.map(|sum| Exceeded {
        limit: limit.clone(),
        at: at.clone(),
        measure: sum.name.clone(),
        before: sum.before,
        after: sum.after,
    }));
}
