//! What may follow what.

use std::collections::BTreeMap;
use std::fmt;
use zkperf_profile::thousands;
use zkperf_profile::verdict::{judge, Case, Role, Verdict};

use crate::chain::{Chain, State};
use crate::measured::Measured;
use crate::policy::{self, Obstacle};
use crate::row::{Attempt, Baseline, Event, Keep, Merge, Revert, RowHash, Validation};

/// Why a row cannot be entered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing to start from.
    #[error("there is no baseline; take one with `zkperf lab baseline`")]
    NoBaseline,
    /// An attempt is open.
    #[error(
        "attempt {number} is open ({hypothesis:?}); `zkperf lab keep` or `zkperf lab revert` closes it, one attempt is one \
         change"
    )]
    AttemptOpen {
        /// Its number.
        number: u64,
        /// What it is.
        hypothesis: String,
    },
    /// No attempt is open, or not that one.
    #[error("no attempt is open here; `zkperf lab try \"HYPOTHESIS\"` opens one")]
    NoAttempt,
    /// A number that was given before.
    #[error("attempt {number} is not after {last}, the last one")]
    Number {
        /// The number.
        number: u64,
        /// The last one so far.
        last: u64,
    },
    /// The baseline it names is not the one of now.
    #[error("its base is {named}, and the current baseline is {current}: {next}")]
    StaleBaseline {
        /// The row it names.
        named: RowHash,
        /// The current baseline's row.
        current: RowHash,
        /// What to do.
        next: &'static str,
    },
    /// The figures it starts from are not the baseline's.
    #[error("{0}")]
    OtherBase(Box<OtherBase>),
    /// It leaves out or adds a block or a zkVM.
    #[error(
        "it has {found} pairs of zkVM and block where the baseline has {expected} ({}): the set that is measured cannot \
         change within an attempt; `zkperf lab revert`, then `zkperf lab baseline`",
        names.join("; ")
    )]
    OtherSet {
        /// How many the baseline has.
        expected: usize,
        /// How many it has.
        found: usize,
        /// Those that only one of them has.
        names: Vec<String>,
    },
    /// Something else than the source decides the figures.
    #[error(
        "{what} was {then} when the baseline was taken and is {now}: what that changes is no gain of the attempt; \
         `zkperf lab revert`, then `zkperf lab baseline`"
    )]
    OtherEnvironment {
        /// What differs.
        what: String,
        /// Its value in the baseline.
        then: String,
        /// Its value now.
        now: String,
    },
    /// It names a verdict that its figures do not give.
    #[error("it says {said}, and its figures say {found}")]
    OtherVerdict {
        /// The verdict in the row.
        said: Verdict,
        /// The verdict on its figures.
        found: Verdict,
    },
    /// A baseline that cannot be one.
    #[error("{0}")]
    BadBaseline(String),
    /// There is no result for what is to be kept.
    #[error("there is no result of exactly this commit; run `zkperf lab validate`")]
    NoResult,
    /// Its result stands in the way.
    #[error("{}", policy::told(.0))]
    Obstacles(Vec<Obstacle>),
    /// A merge of what is one already.
    #[error("{0}")]
    BadMerge(String),
}

/// A base that is not the current baseline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OtherBase {
    /// zkVM and block.
    pub name: String,
    /// What differs, such as `cost`.
    pub what: String,
    /// What the row starts from.
    pub named: String,
    /// What the baseline has.
    pub current: String,
    /// Where the named figure comes from, if the ledger knows it.
    pub origin: Option<String>,
}

impl fmt::Display for OtherBase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let OtherBase {
            name,
            what,
            named,
            current,
            ..
        } = self;
        write!(
            f,
            "{name}: it starts from {what} {named}, and the current baseline has {current}"
        )?;
        if let Some(origin) = &self.origin {
            write!(f, "; {named} is {origin}")?;
        }
        f.write_str(": a result counts against the current baseline only")
    }
}

/// The state after an event at place `at`, entered after row `prev`.
///
/// # Errors
/// The rule that it breaks.
pub fn apply(
    chain: &Chain,
    prev: Option<usize>,
    event: &Event,
    at: usize,
) -> Result<State, Refusal> {
    let state = chain.state_after(prev);
    let rules = Rules { chain, state, at };
    match event {
        Event::Baseline(baseline) => rules.baseline(baseline),
        Event::Attempt(attempt) => rules.attempt(attempt),
        Event::Result(result) => rules.result(result),
        Event::Keep(keep) => rules.keep(keep),
        Event::Revert(revert) => rules.revert(revert),
        Event::Merge(merge) => rules.merge(merge, prev),
    }
}

struct Rules<'c> {
    chain: &'c Chain,
    state: State,
    at: usize,
}

impl Rules<'_> {
    fn baseline(self, baseline: &Baseline) -> Result<State, Refusal> {
        self.no_attempt()?;
        let bad = |text: String| Err(Refusal::BadBaseline(text));
        if baseline.figures.is_empty() {
            return bad("a baseline needs at least one zkVM on one block".into());
        }
        for (at, one) in baseline.figures.iter().enumerate() {
            if baseline.figures[..at]
                .iter()
                .any(|other| other.key() == one.key())
            {
                return bad(format!("{} is measured twice", one.name()));
            }
            let alone = judge(&[Measured::case(one, one)], &[]);
            let verdict = alone.as_ref().map(|judged| judged.verdict);
            if verdict != Ok(Verdict::Neutral) {
                let because = alone.map(|judged| judged.because).unwrap_or_default();
                return bad(format!(
                    "{} cannot be a baseline: {}",
                    one.name(),
                    because.join("; ")
                ));
            }
        }
        Ok(State {
            baseline: Some(self.at),
            attempt: None,
            result: None,
            ..self.state
        })
    }

    fn attempt(self, attempt: &Attempt) -> Result<State, Refusal> {
        self.no_attempt()?;
        self.is_current(&attempt.baseline)?;
        let last = self.state.last_number;
        if attempt.number <= last {
            let number = attempt.number;
            return Err(Refusal::Number { number, last });
        }
        Ok(State {
            attempt: Some(self.at),
            result: None,
            last_number: attempt.number,
            ..self.state
        })
    }

    fn result(self, result: &Validation) -> Result<State, Refusal> {
        self.is_open(&result.attempt)?;
        self.is_current(&result.baseline)?;
        let standing = self
            .state
            .baseline
            .and_then(|at| self.chain.standing_at(at));
        let standing = standing.ok_or(Refusal::NoBaseline)?;
        let base = result
            .cases
            .iter()
            .map(Measured::before)
            .collect::<Vec<_>>();
        self.starts_from(&base, &standing.figures)?;
        same_environment(&standing.first.environment, &result.environment)?;
        let found = verdict_of(&result.cases);
        if found != result.verdict {
            let said = result.verdict;
            return Err(Refusal::OtherVerdict { said, found });
        }
        Ok(State {
            result: Some(self.at),
            ..self.state
        })
    }

    fn keep(self, keep: &Keep) -> Result<State, Refusal> {
        self.is_open(&keep.attempt)?;
        self.is_current(&keep.baseline)?;
        let last = self.state.result.map(|at| &self.chain.rows()[at].hash);
        let result = self.chain.result(&keep.result);
        let Some(result) = result.filter(|_| last == Some(&keep.result)) else {
            return Err(Refusal::NoResult);
        };
        let same_commit = result.head_commit == keep.head_commit;
        let current = self.is_current(&result.baseline).is_ok();
        if !same_commit || !current || result.head_source != keep.source {
            return Err(Refusal::NoResult);
        }
        let obstacles = policy::remaining(result, keep);
        if !obstacles.is_empty() {
            return Err(Refusal::Obstacles(obstacles));
        }
        Ok(State {
            baseline: Some(self.at),
            attempt: None,
            result: None,
            ..self.state
        })
    }

    fn revert(self, revert: &Revert) -> Result<State, Refusal> {
        self.is_open(&revert.attempt)?;
        Ok(State {
            attempt: None,
            result: None,
            ..self.state
        })
    }

    fn merge(self, merge: &Merge, prev: Option<usize>) -> Result<State, Refusal> {
        let bad = |text: &str| Err(Refusal::BadMerge(text.to_owned()));
        let (Some(here), Some(there)) = (prev, self.chain.place(&merge.also)) else {
            return bad("it joins a row that is not there");
        };
        let (ours, theirs) = (self.chain.ancestors(here), self.chain.ancestors(there));
        if ours.contains(&there) || theirs.contains(&here) {
            return bad("the two are one ledger already");
        }
        let (a, b) = (self.state, self.chain.state_after(Some(there)));
        if a.attempt.is_some() && b.attempt.is_some() && a.attempt != b.attempt {
            return bad(
                "an attempt is open on both sides; close one of them on its branch, then merge",
            );
        }
        // Where only one side moved the baseline, its figures still are those of the merged source; where both did,
        // nobody has measured what came out.
        let baseline = match (a.baseline, b.baseline) {
            (a, b) if a == b => a,
            (Some(mine), Some(other)) if theirs.contains(&mine) => Some(other),
            (Some(mine), Some(other)) if ours.contains(&other) => Some(mine),
            _ => None,
        };
        let (attempt, result) = match a.attempt {
            Some(_) => (a.attempt, a.result),
            None => (b.attempt, b.result),
        };
        Ok(State {
            baseline,
            attempt,
            result,
            last_number: a.last_number.max(b.last_number),
        })
    }

    fn no_attempt(&self) -> Result<(), Refusal> {
        let open = self
            .state
            .attempt
            .map(|at| &self.chain.rows()[at].body.event);
        match open {
            Some(Event::Attempt(open)) => Err(Refusal::AttemptOpen {
                number: open.number,
                hypothesis: open.hypothesis.clone(),
            }),
            _ => Ok(()),
        }
    }

    fn is_open(&self, attempt: &RowHash) -> Result<(), Refusal> {
        let open = self.state.attempt.map(|at| &self.chain.rows()[at].hash);
        match open == Some(attempt) {
            true => Ok(()),
            false => Err(Refusal::NoAttempt),
        }
    }

    fn is_current(&self, named: &RowHash) -> Result<(), Refusal> {
        let Some(at) = self.state.baseline else {
            return Err(Refusal::NoBaseline);
        };
        let current = &self.chain.rows()[at].hash;
        if current == named {
            return Ok(());
        }
        Err(Refusal::StaleBaseline {
            named: named.clone(),
            current: current.clone(),
            next: "`zkperf lab revert` keeps the work on its branch; try it again from the current baseline",
        })
    }

    /// Whether an attempt's figures before it are the current baseline's, all of them.
    fn starts_from(&self, base: &[Measured], current: &[Measured]) -> Result<(), Refusal> {
        let lacks =
            |of: &[Measured], one: &Measured| of.iter().all(|other| other.key() != one.key());
        let only = base.iter().filter(|one| lacks(current, one));
        let only = only.chain(current.iter().filter(|one| lacks(base, one)));
        let names: Vec<String> = only.map(Measured::name).collect();
        if !names.is_empty() || base.len() != current.len() {
            return Err(Refusal::OtherSet {
                expected: current.len(),
                found: base.len(),
                names,
            });
        }
        for one in base {
            let same = current.iter().find(|other| other.key() == one.key());
            let Some(same) = same.filter(|same| *same != one) else {
                continue;
            };
            return Err(Refusal::OtherBase(Box::new(self.other_base(one, same))));
        }
        Ok(())
    }

    fn other_base(&self, named: &Measured, current: &Measured) -> OtherBase {
        let cost = |of: &Measured| {
            of.proving_cost()
                .map(|total| (total.name.clone(), total.total))
        };
        let (what, first, second) = match (cost(named), cost(current)) {
            (Some((name, first)), Some((_, second))) if first != second => {
                (name, thousands(first), thousands(second))
            }
            _ if named.side.elf_sha256 != current.side.elf_sha256 => (
                "the ELF".into(),
                short(&named.side.elf_sha256),
                short(&current.side.elf_sha256),
            ),
            _ => ("other figures".into(), String::new(), "its own".into()),
        };
        OtherBase {
            name: named.name(),
            what,
            named: first,
            current: second,
            origin: self.origin(named),
        }
    }

    /// The row that such figures come from.
    fn origin(&self, named: &Measured) -> Option<String> {
        let is_it = |other: &Measured| {
            other.key() == named.key()
                && other.proving_cost().map(|t| t.total) == named.proving_cost().map(|t| t.total)
        };
        let origin = |row: &crate::encode::Row| match &row.body.event {
            Event::Baseline(baseline) => {
                let is = baseline.figures.iter().any(is_it);
                is.then(|| format!("that of the earlier baseline {}", row.hash))
            }
            Event::Result(result) => {
                let is = result.cases.iter().map(Measured::after).any(|m| is_it(&m));
                let attempt = self.chain.attempt(&result.attempt)?;
                let fate = self.fate(&result.attempt);
                is.then(|| format!("the count of attempt {}, which was {fate}", attempt.number))
            }
            _ => None,
        };
        self.chain.rows().iter().rev().find_map(origin)
    }

    fn fate(&self, attempt: &RowHash) -> &'static str {
        let mut events = self.chain.rows().iter().map(|row| &row.body.event);
        let fate = events.find_map(|event| match event {
            Event::Keep(keep) if keep.attempt == *attempt => Some("kept and built upon"),
            Event::Revert(revert) if revert.attempt == *attempt => Some("reverted"),
            _ => None,
        });
        fate.unwrap_or("never kept")
    }
}

fn short(hash: &str) -> String {
    hash.get(..12).unwrap_or(hash).to_owned()
}

/// The verdict on a set of cases.
pub fn verdict_of(cases: &[Case]) -> Verdict {
    // Without limits there is nothing that could be refused.
    judge(cases, &[]).map_or(Verdict::None, |judged| judged.verdict)
}

/// Sum of the proving cost over the cases of each zkVM: (zkVM, before, after).
pub fn proving_costs(cases: &[Case]) -> Vec<(String, u128, u128)> {
    let mut sums: Vec<(String, u128, u128)> = Vec::new();
    for case in cases {
        let cost = case.measures.iter().find(|m| m.role == Role::ProvingCost);
        let Some((before, after)) = cost.and_then(|m| Some((m.before?, m.after?))) else {
            continue;
        };
        let zkvm = &case.before.zkvm;
        match sums.iter_mut().find(|(name, ..)| name == zkvm) {
            Some(sum) => {
                sum.1 += u128::from(before);
                sum.2 += u128::from(after);
            }
            None => sums.push((zkvm.clone(), before.into(), after.into())),
        }
    }
    sums
}

/// Whether guests are built and priced as they were: what the baseline's environment says, and nothing else.
pub(crate) fn same_environment(
    then: &BTreeMap<String, String>,
    now: &BTreeMap<String, String>,
) -> Result<(), Refusal> {
    let unknown = || "unknown".to_owned();
    for what in then.keys().chain(now.keys()) {
        if then.get(what) != now.get(what) {
            return Err(Refusal::OtherEnvironment {
                what: what.clone(),
                then: then.get(what).cloned().unwrap_or_else(unknown),
                now: now.get(what).cloned().unwrap_or_else(unknown),
            });
        }
    }
    Ok(())
}
