//! Where the lab stands, and what can be done next.

use serde::Serialize;
use zkperf_profile::verdict::Verdict;

use crate::error::LabError;
use crate::expectation::Expectation;
use crate::history::{changes, Change};
use crate::lab::Lab;
use crate::measured::Measured;
use crate::policy::{obstacles, Obstacle};
use crate::row::RowHash;

/// Where the lab stands: `zkperf-lab-status/1`.
#[derive(Debug, Clone, Serialize)]
pub struct Status {
    /// `zkperf-lab-status/1`
    pub schema: &'static str,
    /// The branch that is checked out; absent on a detached HEAD.
    pub head_branch: Option<String>,
    /// The branch that the ledger is on.
    pub base_branch: Option<String>,
    /// Rows of the ledger: those committed, and those of the open attempt.
    pub rows: [usize; 2],
    /// Whether the working tree's ledger is another one than HEAD's: all of this is of the committed one.
    pub ledger_differs: bool,
    /// What was interrupted and will be finished by the next command that changes something.
    pub interrupted: Option<String>,
    /// What attempts are measured against.
    pub baseline: Option<BaselineStatus>,
    /// The open attempt.
    pub attempt: Option<AttemptStatus>,
    /// The command that comes next.
    pub next: String,
}

/// What attempts are measured against.
#[derive(Debug, Clone, Serialize)]
pub struct BaselineStatus {
    /// Its row: a baseline or a kept attempt.
    pub row: RowHash,
    /// Every zkVM on every block.
    pub figures: Vec<Measured>,
    /// The branch on which attempts start and land.
    pub branch: String,
    /// Why it is stale; absent if it is not.
    pub stale: Option<String>,
}

/// The open attempt.
#[derive(Debug, Clone, Serialize)]
pub struct AttemptStatus {
    /// Its number.
    pub number: u64,
    /// What is tried.
    pub hypothesis: String,
    /// What it is expected to bring.
    pub expect: Option<Expectation>,
    /// Its branch.
    pub branch: String,
    /// Its last result.
    pub result: Option<ResultStatus>,
}

/// The open attempt's last result.
#[derive(Debug, Clone, Serialize)]
pub struct ResultStatus {
    /// Its row.
    pub row: RowHash,
    /// The commit that was measured.
    pub commit: String,
    /// Whether the branch is still there.
    pub current: bool,
    /// The verdict.
    pub verdict: Verdict,
    /// Why it is mixed or there is none.
    pub because: Vec<String>,
    /// What it did to the proving cost.
    pub changes: Vec<Change>,
    /// What stands between it and `keep`.
    pub obstacles: Vec<Obstacle>,
}

impl Lab<'_> {
    /// Where the lab stands. Changes nothing, and needs no lock.
    ///
    /// # Errors
    /// The ledger cannot be read, or is damaged.
    pub fn status(&self) -> Result<Status, LabError> {
        let view = self.view()?;
        let baseline = match view.chain.standing() {
            None => None,
            Some(standing) => {
                let tip = self.base_tip(&view);
                let fresh = tip.and_then(|tip| self.is_fresh(&view, &tip));
                Some(BaselineStatus {
                    row: standing.row.hash.clone(),
                    figures: standing.figures.clone(),
                    branch: standing.first.branch.clone(),
                    stale: fresh.err().map(|error| error.to_string()),
                })
            }
        };
        let attempt = match view.chain.open() {
            None => None,
            Some((_, open)) => Some(AttemptStatus {
                number: open.number,
                hypothesis: open.hypothesis.clone(),
                expect: open.expect.clone(),
                branch: open.branch.clone(),
                result: self.result_status(&view.chain, &open.branch)?,
            }),
        };
        let interrupted = self.store.journal()?;
        let mut status = Status {
            schema: "zkperf-lab-status/1",
            head_branch: self.repo.branch()?,
            base_branch: view.branch.clone(),
            rows: [view.committed, view.chain.rows().len() - view.committed],
            ledger_differs: match self.repo.commit("HEAD")? {
                Some(_) => self.repo.differs(&self.config.ledger)?,
                None => false,
            },
            interrupted: interrupted.map(|journal| journal.told().to_owned()),
            baseline,
            attempt,
            next: String::new(),
        };
        let attempt = status.attempt.as_ref();
        let work = attempt.map(|open| self.repo.branch_commit(&open.branch));
        let has_work = work.transpose()?.flatten().is_some();
        status.next = match self.is_usable() {
            Ok(()) if status.ledger_differs => "zkperf lab verify".to_owned(),
            Ok(()) => status.next_step(has_work),
            Err(_) => "git worktree add ../lab-work BRANCH".to_owned(),
        };
        Ok(status)
    }

    fn result_status(
        &self,
        chain: &crate::chain::Chain,
        branch: &str,
    ) -> Result<Option<ResultStatus>, LabError> {
        let Some((row, result)) = chain.last_result() else {
            return Ok(None);
        };
        let tip = self.repo.branch_commit(branch)?;
        Ok(Some(ResultStatus {
            row: row.clone(),
            commit: result.head_commit.clone(),
            current: tip.as_deref() == Some(&result.head_commit),
            verdict: result.verdict,
            because: result.because.clone(),
            changes: changes(result),
            obstacles: obstacles(result),
        }))
    }
}

impl Status {
    /// What can be typed now and is not refused. `has_work`: the open attempt's branch is there.
    fn next_step(&self, has_work: bool) -> String {
        let Some(here) = &self.head_branch else {
            return match &self.attempt {
                Some(attempt) if has_work => format!("git switch {}", attempt.branch),
                _ => "git switch -c NAME".to_owned(),
            };
        };
        let Some(baseline) = &self.baseline else {
            return "zkperf lab baseline".to_owned();
        };
        let Some(attempt) = &self.attempt else {
            return match &baseline.stale {
                Some(_) => "zkperf lab baseline".to_owned(),
                None if *here != baseline.branch => format!("git switch {}", baseline.branch),
                None => "zkperf lab try \"HYPOTHESIS\" --expect -1%".to_owned(),
            };
        };
        if !has_work {
            return match *here == baseline.branch {
                true => "zkperf lab revert --reason \"its branch is gone\"".to_owned(),
                false => format!("git switch {}", baseline.branch),
            };
        }
        if *here != attempt.branch {
            return format!("git switch {}", attempt.branch);
        }
        match &attempt.result {
            _ if baseline.stale.is_some() => {
                "zkperf lab revert --reason \"the base moved\"".to_owned()
            }
            Some(result) if result.current => next_of(&result.obstacles).to_owned(),
            _ => "zkperf lab validate".to_owned(),
        }
    }
}

/// The command after a result with these obstacles.
pub fn next_of(obstacles: &[Obstacle]) -> &'static str {
    let mixed = obstacles
        .iter()
        .any(|o| matches!(o, Obstacle::Mixed { .. }));
    let others = obstacles
        .iter()
        .any(|o| !o.is_final() && !matches!(o, Obstacle::Mixed { .. }));
    match (obstacles.iter().any(Obstacle::is_final), mixed, others) {
        (true, ..) => "zkperf lab revert --reason TEXT",
        (_, true, true) => "zkperf lab keep --accept-mixed REASON --acknowledge REASON",
        (_, true, false) => "zkperf lab keep --accept-mixed REASON",
        (_, false, true) => "zkperf lab keep --acknowledge REASON",
        _ => "zkperf lab keep",
    }
}
