//! The end of an attempt: kept as one commit on the base branch, or reverted with its reason.

use crate::attempt::Did;
use crate::error::LabError;
use crate::expectation::percent;
use crate::history::changes;
use crate::lab::{Lab, Resumed, View};
use crate::policy;
use crate::row::{Attempt, Event, Keep, Merge, Revert, RowHash, Validation};
use crate::rules::Refusal;
use crate::store::{Journal, Landing};

/// What is said for keeping a result that does not speak for itself.
#[derive(Debug, Clone, Default)]
pub struct Grounds {
    /// Why a mixed result is taken.
    pub accept_mixed: Option<String>,
    /// Why lints, or a missing gate, are accepted.
    pub acknowledge: Option<String>,
}

impl Lab<'_> {
    /// Takes an attempt over: one commit on the base branch, with its rows, and the baseline moves on.
    ///
    /// # Errors
    /// There is no result of exactly this commit, or it stands in the way; the baseline is stale; the tree is not clean.
    pub fn keep(&self, grounds: &Grounds) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("keep")?;
        let mut view = self.view()?;
        if let Some(did) = already(&view, &resumed, |event| matches!(event, Event::Keep(_))) {
            return Ok(did);
        }
        let (hash, attempt) = view.chain.open().ok_or(Refusal::NoAttempt)?;
        let (hash, attempt) = (hash.clone(), attempt.clone());
        self.is_on(&attempt.branch)?;
        self.is_clean("what is kept is the commit that was measured")?;
        let base_commit = self.base_tip(&view)?;
        self.is_fresh(&view, &base_commit)?;
        self.is_free(&view)?;
        let standing = view.chain.standing().ok_or(Refusal::NoBaseline)?;
        let baseline = standing.row.hash.clone();
        let head_commit = self.head()?;
        let result = view.chain.last_result().ok_or(Refusal::NoResult)?;
        let (result_hash, result) = (result.0.clone(), result.1.clone());
        let keep = Keep {
            attempt: hash,
            result: result_hash,
            baseline,
            head_commit: head_commit.clone(),
            source: self.config.source_id(&self.files_of(&head_commit)?),
            accepted_mixed: grounds.accept_mixed.clone(),
            acknowledged: grounds.acknowledge.clone(),
        };
        let message = keep_message(&attempt, &result, &keep);
        let told = format!("keep of attempt {}", attempt.number);
        self.close(
            &mut view,
            Event::Keep(keep),
            &base_commit,
            head_commit,
            message,
            told,
        )
        .map(|did| Did { resumed, ..did })
    }

    /// Gives an attempt up: its work stays on its branch, the reason goes into the base branch's ledger, and that branch is
    /// checked out. Uncommitted work is committed to the attempt's branch first.
    ///
    /// # Errors
    /// No attempt is open, or neither its branch nor the base branch is checked out.
    pub fn revert(&self, reason: &str) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("revert")?;
        let mut view = self.view()?;
        if let Some(did) = already(&view, &resumed, |event| matches!(event, Event::Revert(_))) {
            return Ok(did);
        }
        let (hash, attempt) = view.chain.open().ok_or(Refusal::NoAttempt)?;
        let (hash, attempt) = (hash.clone(), attempt.clone());
        if reason.trim().is_empty() {
            return Err(LabError::refused(
                "a reverted attempt needs its reason: it is what the next one learns from",
                "`zkperf lab revert --reason TEXT`",
            ));
        }
        self.is_free(&view)?;
        self.can_commit()?;
        self.save_work(&view, &attempt)?;
        let base_commit = self.base_tip(&view)?;
        let head = self.repo.branch_commit(&attempt.branch)?;
        let revert = Revert {
            attempt: hash,
            result: view.chain.last_result().map(|(hash, _)| hash.clone()),
            branch: attempt.branch.clone(),
            head_commit: head.unwrap_or_default(),
            reason: reason.trim().to_owned(),
        };
        let message = format!(
            "lab {:03}: reverted: {}\n\n{}\n\nThe work is on {}.\n",
            attempt.number, attempt.hypothesis, revert.reason, attempt.branch
        );
        let told = format!("revert of attempt {}", attempt.number);
        let tree_of = base_commit.clone();
        self.close(
            &mut view,
            Event::Revert(revert),
            &base_commit,
            tree_of,
            message,
            told,
        )
        .map(|did| Did { resumed, ..did })
    }

    fn close(
        &self,
        view: &mut View,
        event: Event,
        base_commit: &str,
        tree_of: String,
        message: String,
        told: String,
    ) -> Result<Did, LabError> {
        let time_unix = self.hooks.now();
        let row = view.chain.append(event, time_unix)?;
        self.perform(&Journal::Land(Landing {
            branch: view.branch.clone().unwrap_or_default(),
            base_commit: base_commit.to_owned(),
            tree_of,
            lines: Self::uncommitted(view),
            message,
            time_unix,
            told,
        }))?;
        self.prune_profiles(&view.chain);
        Ok(Did {
            row: Some(row),
            chain: view.chain.clone(),
            resumed: None,
        })
    }

    /// Commits what is uncommitted to the attempt's branch, where it is checked out.
    fn save_work(&self, view: &View, attempt: &Attempt) -> Result<(), LabError> {
        let branch = self.on_a_branch()?;
        if branch == attempt.branch {
            if !self.repo.changes()?.is_empty() {
                let message = format!("lab {:03}: work when it was reverted\n", attempt.number);
                self.repo.commit_all(&message, self.hooks.now())?;
                self.step("work committed")?;
            }
            return Ok(());
        }
        if Some(&branch) != view.branch.as_ref() {
            return Err(LabError::refused(
                format!(
                    "{branch} is checked out, which is neither the attempt's branch nor the base's"
                ),
                format!("`git switch {}` first", attempt.branch),
            ));
        }
        self.is_clean("none of it is the attempt's")
    }

    /// Refuses a base branch that another working tree has checked out: moving it would change what is under somebody's hands.
    fn is_free(&self, view: &View) -> Result<(), LabError> {
        let branch = view.branch.clone().unwrap_or_default();
        match self.repo.checked_out_elsewhere(&branch)? {
            None => Ok(()),
            Some(place) => Err(LabError::refused(
                format!("{branch} is checked out in {}, too, and would move there", place.display()),
                format!("check out something else there, or go there and run this, having removed this working tree from {branch}'s attempt"),
            )),
        }
    }

    /// Joins a ledger that a merge of branches left with two ends, on the branch that is checked out.
    ///
    /// # Errors
    /// It is damaged in another way, or has more than one open attempt.
    pub fn repair(&self) -> Result<Did, LabError> {
        let (_lock, resumed) = self.begin("verify --repair")?;
        let branch = self.on_a_branch()?;
        if self.store.pending()?.is_some() {
            return Err(LabError::refused(
                "an attempt is open",
                "`zkperf lab keep` or `zkperf lab revert` it first",
            ));
        }
        let head = self.head()?;
        let mut chain = self.committed_forked(&head)?;
        let committed = chain.rows().len();
        let time_unix = self.hooks.now();
        while let Some(also) = other_end(&chain) {
            chain.append(Event::Merge(Merge { also }), time_unix)?;
        }
        let row = chain.rows().get(committed).cloned();
        // A merge may have left a logbook that is nobody's, even where the ledger has one end.
        if row.is_some() || self.is_outdated(&chain, &head)? {
            self.is_clean("the joined ledger is a commit of its own")?;
            let lines = chain.rows()[committed..].iter();
            self.perform(&Journal::Land(Landing {
                branch,
                base_commit: head.clone(),
                tree_of: head,
                lines: lines.map(|row| row.line.clone()).collect(),
                message: "lab: join the ledger of two branches\n".to_owned(),
                time_unix,
                told: "repair of the ledger".to_owned(),
            }))?;
        }
        Ok(Did {
            row,
            chain,
            resumed,
        })
    }
}

/// An end of the ledger that its last row does not continue.
fn other_end(chain: &crate::chain::Chain) -> Option<RowHash> {
    let last = chain.head().map(|row| row.hash.clone());
    chain
        .heads()
        .into_iter()
        .find(|head| Some(head) != last.as_ref())
}

/// The command that was interrupted and is finished now, typed once more.
fn already(view: &View, resumed: &Option<Resumed>, is_it: fn(&Event) -> bool) -> Option<Did> {
    let row = view.chain.head().filter(|row| is_it(&row.body.event))?;
    resumed.as_ref().map(|resumed| Did {
        row: Some(row.clone()),
        chain: view.chain.clone(),
        resumed: Some(resumed.clone()),
    })
}

fn keep_message(attempt: &Attempt, result: &Validation, keep: &Keep) -> String {
    let mut message = format!(
        "{}\n\nlab {:03}: {}",
        attempt.hypothesis, attempt.number, result.verdict
    );
    for change in changes(result) {
        let share = change
            .millionths
            .map_or(String::new(), |share| format!(" ({})", percent(share)));
        message += &format!(
            "\n{}: proving cost {} to {}{share}",
            change.zkvm, change.before, change.after
        );
    }
    for (what, said) in [
        ("Mixed, and kept because", &keep.accepted_mixed),
        ("Acknowledged", &keep.acknowledged),
    ] {
        if let Some(said) = said
            .as_ref()
            .filter(|_| !policy::obstacles(result).is_empty())
        {
            message += &format!("\n{what}: {said}");
        }
    }
    message + &format!("\n\nThe work is on {}.\n", attempt.branch)
}
