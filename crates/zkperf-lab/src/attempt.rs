//! From a baseline to an open attempt, and its validation.

use std::collections::BTreeMap;
use zkperf_profile::verdict::{judge, Case, Judgement, Verdict};

use crate::chain::Chain;
use crate::encode::Row;
use crate::error::LabError;
use crate::expectation::Expectation;
use crate::history::slug;
use crate::judged::{because, pairs, told_limit};
use crate::lab::{short, some, Lab, Resumed, View};
use crate::measure::LEFT_BY_BUILDS;
use crate::measured::Measured;
use crate::row::{Attempt, Baseline, Event, GateOutcome, GateState, RowHash, Validation};
use crate::rules::{same_environment, Refusal};
use crate::store::{Journal, Landing, Pending};
use crate::workbench::{GateRequest, Workbench};

/// What a command did.
#[derive(Debug, Clone)]
pub struct Did {
    /// The row that was entered; absent if there was nothing to enter.
    pub row: Option<Row>,
    /// The ledger with it.
    pub chain: Chain,
    /// What had been interrupted and was finished first.
    pub resumed: Option<Resumed>,
}

/// What is to be tried.
#[derive(Debug, Clone, Default)]
pub struct Hypothesis {
    /// What, and why it should help.
    pub text: String,
    /// What it is expected to bring.
    pub expect: Option<Expectation>,
    /// The functions it is about.
    pub functions: Vec<String>,
}

impl Lab<'_> {
    /// Measures HEAD as the state from which attempts start, and commits the ledger on this branch.
    ///
    /// # Errors
    /// An attempt is open, the tree is not clean, HEAD is detached; guests cannot be built or run.
    pub fn baseline(&self, bench: &mut dyn Workbench, reason: &str) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("baseline")?;
        let branch = self.on_a_branch()?;
        self.is_clean("a baseline is what a commit measures")?;
        let mut view = self.view()?;
        if let Some((_, open)) = view.chain.open() {
            return Err(Refusal::AttemptOpen {
                number: open.number,
                hypothesis: open.hypothesis.clone(),
            }
            .into());
        }
        let commit = self.head()?;
        if let Some(lost) = self.lost(&view.chain, |path| Ok(self.repo.file(&commit, path)?))? {
            return Err(LabError::Disbelieved(Box::new(lost)));
        }
        self.can_commit()?;
        let files = self.files_of(&commit)?;
        let measurement = self.measure(bench)?;
        let environment = self.environment(bench)?;
        self.is_still(&branch, &commit)?;
        // Limits of measures that no zkVM has are told now, and not by the first attempt.
        let measured = measurement.runs.iter().map(|run| &run.measured);
        self.judged(
            &measured
                .map(|one| Measured::case(one, one))
                .collect::<Vec<_>>(),
        )?;
        let baseline = Baseline {
            branch: branch.clone(),
            source: self.config.source_id(&files),
            protected: self.config.protected_among(&files),
            environment,
            figures: measurement
                .runs
                .into_iter()
                .map(|run| run.measured)
                .collect(),
            reason: reason.to_owned(),
            commit,
        };
        if is_unchanged(&view.chain, &baseline) {
            return Ok(Did {
                row: None,
                chain: view.chain,
                resumed,
            });
        }
        let time_unix = self.hooks.now();
        let commit = baseline.commit.clone();
        let row = view.chain.append(Event::Baseline(baseline), time_unix)?;
        self.perform(&Journal::Land(Landing {
            branch,
            base_commit: commit.clone(),
            tree_of: commit.clone(),
            lines: vec![row.line.clone()],
            message: format!("lab: baseline at {}\n", short(&commit)),
            time_unix,
            told: "baseline".to_owned(),
        }))?;
        self.prune_profiles(&view.chain);
        Ok(Did {
            row: Some(row),
            chain: view.chain,
            resumed,
        })
    }

    /// Opens an attempt: a row, a branch, and that branch checked out.
    ///
    /// # Errors
    /// An attempt is open, there is no baseline or it is stale, the tree is not clean, another branch is checked out.
    pub fn attempt(&self, hypothesis: &Hypothesis) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("try")?;
        let mut view = self.view()?;
        let text = hypothesis.text.trim();
        if let (Some(_), Some((hash, open))) = (&resumed, view.chain.open()) {
            if open.hypothesis == text {
                // The command that was interrupted, typed once more.
                let row = view.chain.row(hash).cloned();
                let chain = view.chain;
                return Ok(Did {
                    row,
                    chain,
                    resumed,
                });
            }
        }
        if text.is_empty() {
            return Err(LabError::refused(
                "an attempt needs a hypothesis",
                "say what is changed and why that should be cheaper: `zkperf lab try \"TEXT\"`",
            ));
        }
        if text.chars().any(char::is_control) {
            return Err(LabError::refused(
                "a hypothesis is one line of text: it names a branch and a commit",
                "leave out line breaks and control characters",
            ));
        }
        let standing = view.chain.standing().ok_or(Refusal::NoBaseline)?;
        let (baseline, base_branch) = (standing.row.hash.clone(), standing.first.branch.clone());
        if let Some((_, open)) = view.chain.open() {
            return Err(Refusal::AttemptOpen {
                number: open.number,
                hypothesis: open.hypothesis.clone(),
            }
            .into());
        }
        let here = self.on_a_branch()?;
        if here != base_branch {
            return Err(LabError::refused(
                format!("the baseline was taken on {base_branch}, where kept attempts land, and {here} is checked out"),
                format!("`git switch {base_branch}`, or take one here with `zkperf lab baseline`"),
            ));
        }
        self.is_clean("an attempt starts from a commit")?;
        let base_commit = self.head()?;
        self.is_fresh(&view, &base_commit)?;
        let number = self.next_number(&view)?;
        let branch = format!("lab/{number:03}-{}", slug(text));
        let event = Event::Attempt(Attempt {
            number,
            hypothesis: text.to_owned(),
            expect: hypothesis.expect.clone(),
            functions: hypothesis.functions.clone(),
            branch: branch.clone(),
            base_commit: base_commit.clone(),
            baseline,
        });
        let row = view.chain.append(event, self.hooks.now())?;
        self.perform(&Journal::Open {
            pending: Pending {
                schema: "zkperf-lab-pending/1".to_owned(),
                branch: base_branch,
                lines: Self::uncommitted(&view),
            },
            branch,
            base_commit,
            told: format!("attempt {number}"),
        })?;
        Ok(Did {
            row: Some(row),
            chain: view.chain,
            resumed,
        })
    }

    /// Measures and judges the open attempt as it is committed.
    ///
    /// # Errors
    /// No attempt is open, its branch is not checked out, the tree is not clean, it changes what it may not, the baseline is
    /// stale; guests cannot be built or run. A result that cannot be kept is none: see [`crate::obstacles`].
    pub fn validate(&self, bench: &mut dyn Workbench) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("validate")?;
        let mut view = self.view()?;
        let (hash, attempt) = view.chain.open().ok_or(Refusal::NoAttempt)?;
        let (hash, attempt) = (hash.clone(), attempt.clone());
        self.is_on(&attempt.branch)?;
        self.is_clean("a result is that of a commit")?;
        let base_commit = self.base_tip(&view)?;
        self.is_fresh(&view, &base_commit)?;
        let head_commit = self.head()?;
        let files = self.allowed_changes(&view, &attempt, &head_commit)?;
        let result = self.measure_attempt(bench, &view, (hash, &attempt), &head_commit, files)?;
        self.is_still(&attempt.branch, &head_commit)?;
        let row = view.chain.append(Event::Result(result), self.hooks.now())?;
        self.step("before the result")?;
        self.store.set_pending(&Pending {
            schema: "zkperf-lab-pending/1".to_owned(),
            branch: view.branch.clone().unwrap_or_default(),
            lines: Self::uncommitted(&view),
        })?;
        self.step("result written")?;
        self.prune_profiles(&view.chain);
        Ok(Did {
            row: Some(row),
            chain: view.chain,
            resumed,
        })
    }

    fn measure_attempt(
        &self,
        bench: &mut dyn Workbench,
        view: &View,
        (hash, attempt): (RowHash, &Attempt),
        head_commit: &str,
        files: Vec<String>,
    ) -> Result<Validation, LabError> {
        let standing = view.chain.standing().ok_or(Refusal::NoBaseline)?;
        let then = &standing.first.environment;
        // What is known without a build, before it; all of it before the gate, which takes longest.
        let mut soon = then.clone();
        soon.extend(self.environment(bench)?);
        same_environment(then, &soon)?;
        let measurement = self.measure(bench)?;
        let environment = self.environment(bench)?;
        same_environment(then, &environment)?;
        let runs = &measurement.runs;
        let cases = pairs(&standing.figures, runs)?;
        let judged = self.judged(&cases)?;
        let gate = match judged.verdict {
            // What cannot be kept in any case need not be tested further: the gate takes many runs.
            Verdict::OutputsDiffer | Verdict::None | Verdict::Regression => GateOutcome {
                state: GateState::NotGated,
                reasons: vec!["it cannot be kept in any case".to_owned()],
                checks: 0,
                lints: Vec::new(),
            },
            _ => {
                self.hooks.say("gating");
                let request = GateRequest {
                    guests: &measurement.guests,
                    runs,
                    cases: &cases,
                    base_commit: &attempt.base_commit,
                    head_commit,
                };
                bench
                    .gate(&request)
                    .map_err(LabError::workbench("cannot gate the attempt"))?
            }
        };
        self.hooks.say("checking");
        let check = bench
            .check()
            .map_err(LabError::workbench("cannot run the repository's tests"))?;
        let head_files = self.files_of(head_commit)?;
        Ok(Validation {
            attempt: hash,
            baseline: standing.row.hash.clone(),
            base_commit: attempt.base_commit.clone(),
            head_commit: head_commit.to_owned(),
            head_source: self.config.source_id(&head_files),
            files,
            environment,
            verdict: judged.verdict,
            because: because(&cases, &judged),
            exceeded: judged.exceeded.iter().map(told_limit).collect(),
            movers: self.movers(bench, &standing.figures, runs)?,
            gate,
            check,
            cases,
        })
    }

    fn judged(&self, cases: &[Case]) -> Result<Judgement, LabError> {
        judge(cases, &self.config.limits).map_err(|error| {
            LabError::refused(error.to_string(), "correct [limits] in zkperf.toml")
        })
    }

    pub(crate) fn head(&self) -> Result<String, LabError> {
        let head = self.repo.commit("HEAD")?;
        head.ok_or_else(|| {
            LabError::refused(
                "there is no commit yet",
                "make the first one with `git commit`",
            )
        })
    }

    pub(crate) fn environment(
        &self,
        bench: &mut dyn Workbench,
    ) -> Result<BTreeMap<String, String>, LabError> {
        let environment = bench.environment();
        environment.map_err(LabError::workbench(
            "cannot tell what guests are built with",
        ))
    }

    /// Refuses another branch than this one.
    pub(crate) fn is_on(&self, branch: &str) -> Result<(), LabError> {
        let found = self.on_a_branch()?;
        if found == branch {
            return Ok(());
        }
        Err(LabError::refused(
            format!("{found} is checked out, and this is about {branch}"),
            format!("`git switch {branch}` first"),
        ))
    }

    /// Refuses figures of what is not checked out any more.
    fn is_still(&self, branch: &str, commit: &str) -> Result<(), LabError> {
        if self.repo.branch()?.as_deref() != Some(branch) || self.head()? != commit {
            return Err(LabError::refused(
                format!(
                    "{branch} was at {} when the measurement began, and is not any more: nobody knows what was built",
                    short(commit)
                ),
                "run it again, and leave the working tree alone meanwhile; `git worktree add` makes another one",
            ));
        }
        self.is_clean(LEFT_BY_BUILDS)
    }

    /// The commit of the base branch.
    pub(crate) fn base_tip(&self, view: &View) -> Result<String, LabError> {
        let branch = view.branch.clone().unwrap_or_default();
        let tip = self.repo.branch_commit(&branch)?;
        tip.ok_or_else(|| LabError::refused(format!("there is no branch {branch}"), "restore it"))
    }

    /// Refuses a base branch whose source is not that of the baseline.
    pub(crate) fn is_fresh(&self, view: &View, base_commit: &str) -> Result<(), LabError> {
        let standing = view.chain.standing().ok_or(Refusal::NoBaseline)?;
        let files = self.files_of(base_commit)?;
        if self.config.source_id(&files) == standing.source {
            return Ok(());
        }
        let branch = view.branch.clone().unwrap_or_default();
        let open = match view.chain.open() {
            Some((_, open)) => format!(
                "`zkperf lab revert --reason \"the base moved\"`, `zkperf lab baseline`, then try it again from {}",
                open.branch
            ),
            None => "take one with `zkperf lab baseline`".to_owned(),
        };
        let since = self.changed_since(&standing.first.commit, base_commit)?;
        Err(LabError::refused(
            format!("the baseline is stale: {branch} changed since it was taken{since}, and what that changes is no gain of an attempt"),
            open,
        ))
    }

    fn changed_since(&self, commit: &str, now: &str) -> Result<String, LabError> {
        if self.repo.commit(commit)?.is_none() {
            return Ok(String::new());
        }
        let mut changed = self.repo.changed(commit, now)?;
        changed.retain(|path| !self.config.is_own(path));
        Ok(match changed.is_empty() {
            true => String::new(),
            false => format!(" ({})", some(&changed)),
        })
    }

    fn next_number(&self, view: &View) -> Result<u64, LabError> {
        let taken = self.repo.branches("lab/")?;
        let mut number = view.chain.state().last_number + 1;
        let is_taken = |number: u64| {
            let prefix = format!("lab/{number:03}-");
            taken.iter().any(|branch| branch.starts_with(&prefix))
        };
        while is_taken(number) {
            number += 1;
        }
        Ok(number)
    }

    /// The paths that an attempt changes, if it may change them all.
    fn allowed_changes(
        &self,
        view: &View,
        attempt: &Attempt,
        head: &str,
    ) -> Result<Vec<String>, LabError> {
        let changed = self.repo.changed(&attempt.base_commit, head)?;
        if changed.is_empty() {
            return Err(LabError::refused(
                format!("{} has no change yet", attempt.branch),
                "change something, commit it, then validate",
            ));
        }
        let standing = view.chain.standing().ok_or(Refusal::NoBaseline)?;
        let now = self.config.protected_among(&self.files_of(head)?);
        let then = &standing.first.protected;
        let paths = then.keys().chain(now.keys());
        let mut protected: Vec<String> = paths
            .filter(|path| then.get(*path) != now.get(*path))
            .cloned()
            .collect();
        protected.sort();
        protected.dedup();
        let restore = |paths: &[String]| {
            format!(
                "`git restore --source {} -- {}` and commit; other changes are another attempt, or go to {} followed by \
                 `zkperf lab baseline`",
                short(&attempt.base_commit),
                paths.iter().take(3).cloned().collect::<Vec<_>>().join(" "),
                view.branch.clone().unwrap_or_default()
            )
        };
        if !protected.is_empty() {
            return Err(LabError::refused(
                format!(
                    "the attempt changes what measures it ({}): protected files have other hashes than in the baseline",
                    some(&protected)
                ),
                restore(&protected),
            ));
        }
        let is_outside = |path: &&String| !self.config.may_change(path);
        let outside: Vec<String> = changed.iter().filter(is_outside).cloned().collect();
        if !outside.is_empty() {
            return Err(LabError::refused(
                format!(
                    "the attempt changes {}, and may change {} only",
                    some(&outside),
                    self.config.told_may_change()
                ),
                restore(&outside),
            ));
        }
        Ok(changed)
    }
}

/// Whether a baseline says nothing new.
fn is_unchanged(chain: &Chain, new: &Baseline) -> bool {
    chain.standing().is_some_and(|standing| {
        standing.source == new.source
            && standing.figures == new.figures
            && standing.first.branch == new.branch
            && standing.first.environment == new.environment
            && standing.first.protected == new.protected
    })
}
