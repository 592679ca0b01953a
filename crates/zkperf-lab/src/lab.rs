//! The lab in a repository: where its ledger is, and how it changes.
//!
//! The truth is the ledger on the base branch, the one from which the baseline was taken. While an attempt is open its
//! rows are *pending*, in the common git directory; they continue the base branch's ledger and are committed there when
//! the attempt is closed, kept or not. The ledger that an attempt's own branch carries is not written.

use std::path::Path;

use crate::chain::{Chain, Fault};
use crate::config::LabConfig;
use crate::encode::Row;
use crate::error::LabError;
use crate::git::{Entry, GitError, Repo};
use crate::render;
use crate::row::{Event, Merge};
use crate::store::{Journal, Landing, Pending, Store};
use crate::workbench::Hooks;
use zkperf_files::Lock;

/// A lab.
pub struct Lab<'h> {
    pub(crate) repo: Repo,
    pub(crate) config: LabConfig,
    pub(crate) store: Store,
    pub(crate) hooks: &'h dyn Hooks,
}

/// The ledger as it is now, pending rows included.
#[derive(Debug, Clone)]
pub struct View {
    /// The ledger.
    pub chain: Chain,
    /// The branch that it is on; `None` on a detached HEAD.
    pub branch: Option<String>,
    /// How many of its rows are committed there.
    pub committed: usize,
}

/// What was done about something interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// What it was, for people.
    pub told: String,
}

impl<'h> Lab<'h> {
    /// The lab of the repository whose working tree holds a folder.
    ///
    /// # Errors
    /// There is no repository.
    pub fn open(
        folder: &Path,
        config: LabConfig,
        hooks: &'h dyn Hooks,
    ) -> Result<Lab<'h>, LabError> {
        let repo = Repo::find(folder)?;
        let store = Store::at(repo.common());
        Ok(Lab {
            repo,
            config,
            store,
            hooks,
        })
    }

    /// The repository.
    pub fn repo(&self) -> &Repo {
        &self.repo
    }

    /// The rules.
    pub fn config(&self) -> &LabConfig {
        &self.config
    }

    /// What it keeps outside of any commit.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The ledger as it is now.
    ///
    /// # Errors
    /// It cannot be read, or is damaged.
    pub fn view(&self) -> Result<View, LabError> {
        let pending = self.store.pending()?;
        let branch = match &pending {
            Some(pending) => Some(pending.branch.clone()),
            None => self.repo.branch()?,
        };
        let revision = match &branch {
            Some(branch) => self.repo.branch_commit(branch)?,
            None => self.repo.commit("HEAD")?,
        };
        if let (Some(pending), None) = (&pending, &revision) {
            let branch = &pending.branch;
            return Err(LabError::refused(
                format!("the branch {branch}, on which the open attempt's ledger is, is gone"),
                format!(
                    "restore it (`git reflog` knows its commits): `git branch {branch} COMMIT`"
                ),
            ));
        }
        let mut chain = match &revision {
            Some(revision) => self.committed(revision)?,
            None => Chain::default(),
        };
        let committed = chain.rows().len();
        if let Some(pending) = &pending {
            self.add_pending(&mut chain, pending)?;
        }
        Ok(View {
            chain,
            branch,
            committed,
        })
    }

    /// The ledger of a commit.
    ///
    /// # Errors
    /// It is damaged.
    pub fn committed(&self, commit: &str) -> Result<Chain, LabError> {
        self.read_committed(commit, Chain::parse)
    }

    /// The ledger of a commit, which may have several ends.
    ///
    /// # Errors
    /// It is damaged in another way.
    pub(crate) fn committed_forked(&self, commit: &str) -> Result<Chain, LabError> {
        self.read_committed(commit, Chain::parse_forked)
    }

    fn read_committed(
        &self,
        commit: &str,
        parse: fn(&[u8]) -> Result<Chain, Fault>,
    ) -> Result<Chain, LabError> {
        let bytes = self.repo.file(commit, &self.config.ledger)?;
        parse(&bytes.unwrap_or_default()).map_err(|fault| LabError::Ledger {
            place: format!("{} of commit {}", self.config.ledger, short(commit)),
            fault,
        })
    }

    /// Whether a commit has other files than the ledger renders to.
    pub(crate) fn is_outdated(&self, chain: &Chain, commit: &str) -> Result<bool, LabError> {
        for (path, bytes) in self.own_files(chain, commit)? {
            if self.repo.file(commit, &path)?.as_ref() != Some(&bytes) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Continues a ledger with the rows of the open attempt. Where the base branch got rows meanwhile, the two are joined.
    fn add_pending(&self, chain: &mut Chain, pending: &Pending) -> Result<(), LabError> {
        let damaged = |fault: Fault| LabError::Ledger {
            place: self.store.file("pending.json").display().to_string(),
            fault,
        };
        let before = chain.head().map(|row| row.hash.clone());
        for (at, line) in pending.lines.iter().enumerate() {
            let row = at + 1;
            let read = Row::parse(line).map_err(|source| damaged(Fault::Line { row, source }))?;
            if chain.place(&read.hash).is_none() {
                chain.push(read).map_err(damaged)?;
            }
        }
        match (chain.heads().len(), before) {
            (0 | 1, _) | (_, None) => Ok(()),
            (_, Some(also)) => {
                chain.append(Event::Merge(Merge { also }), self.hooks.now())?;
                Ok(())
            }
        }
    }

    /// Takes the lock and finishes what was interrupted.
    ///
    /// # Errors
    /// Another process is at work; what was interrupted cannot be finished.
    pub(crate) fn begin(&self, what: &str) -> Result<(Lock, Option<Resumed>), LabError> {
        self.is_usable()?;
        let lock = self.store.lock(what)?;
        let resumed = self.resume()?;
        Ok((lock, resumed))
    }

    /// Finishes what was interrupted, if anything was.
    fn resume(&self) -> Result<Option<Resumed>, LabError> {
        let Some(journal) = self.store.journal()? else {
            return Ok(None);
        };
        let told = journal.told().to_owned();
        self.hooks
            .say(&format!("finishing what was interrupted: {told}"));
        self.carry_out(&journal)?;
        Ok(Some(Resumed { told }))
    }

    /// Says what is begun, and does it. What fails before it reached its branch is as if it had not been begun: whoever
    /// typed it is told, and may want something else next.
    pub(crate) fn perform(&self, journal: &Journal) -> Result<(), LabError> {
        if let Journal::Land(_) = journal {
            self.can_commit()?;
        }
        self.step("before the journal")?;
        self.store.set_journal(journal)?;
        self.step("journal written")?;
        let Err(error) = self.carry_out(journal) else {
            return Ok(());
        };
        let stays = match &error {
            // A death, not an error.
            LabError::Stopped(_) => true,
            // Somebody else's commit is on the branch, and this is not.
            LabError::Git(GitError::Moved { .. }) => false,
            _ => self.has_reached(journal).unwrap_or(true),
        };
        if !stays {
            if let Journal::Open { .. } = journal {
                self.store.clear_pending()?;
            }
            self.store.clear_journal()?;
        }
        Err(error)
    }

    /// Whether what was begun is on its branch.
    fn has_reached(&self, journal: &Journal) -> Result<bool, LabError> {
        Ok(match journal {
            Journal::Open { branch, .. } => self.repo.branch_commit(branch)?.is_some(),
            Journal::Land(landing) => {
                let tip = self.repo.branch_commit(&landing.branch)?;
                tip.as_deref() != Some(&landing.base_commit)
            }
        })
    }

    /// Refuses what ends in a commit where git can make none.
    pub(crate) fn can_commit(&self) -> Result<(), LabError> {
        let answer = self.repo.can_commit();
        answer.map_err(|error| {
            LabError::refused(
                format!("git can make no commit here: {error}"),
                "say who you are: `git config user.name NAME` and `git config user.email MAIL`",
            )
        })
    }

    fn carry_out(&self, journal: &Journal) -> Result<(), LabError> {
        match journal {
            Journal::Open {
                pending,
                branch,
                base_commit,
                ..
            } => {
                self.store.set_pending(pending)?;
                self.step("row written")?;
                self.repo.make_branch(branch, base_commit)?;
                self.step("branch made")?;
                self.repo.switch(branch)?;
                self.step("switched")?;
            }
            Journal::Land(landing) => self.land(landing)?,
        }
        self.store.clear_journal()?;
        self.step("journal cleared")
    }

    /// Every step can be done again after any other.
    fn land(&self, landing: &Landing) -> Result<(), LabError> {
        let mut chain = self.committed_forked(&landing.base_commit)?;
        for (at, line) in landing.lines.iter().enumerate() {
            let row = at + 1;
            let read = Row::parse(line).map_err(|source| Fault::Line { row, source });
            read.and_then(|read| chain.push(read))
                .map_err(|fault| LabError::Ledger {
                    place: self.store.file("journal.json").display().to_string(),
                    fault,
                })?;
        }
        let files = self.own_files(&chain, &landing.base_commit)?;
        if self.repo.branch_commit(&landing.branch)?.as_deref() == Some(&landing.base_commit) {
            let scratch = self.store.file("index.tmp");
            let tree = self.repo.tree_with(&landing.tree_of, &files, &scratch)?;
            let parents = [landing.base_commit.as_str()];
            let commit =
                self.repo
                    .commit_tree(&tree, &parents, &landing.message, landing.time_unix)?;
            self.step("commit made")?;
            let (branch, why) = (&landing.branch, format!("zkperf lab: {}", landing.told));
            self.repo
                .move_branch(branch, &commit, &landing.base_commit, &why)?;
        } else {
            self.is_landed(landing, &chain)?;
        }
        self.step("branch moved")?;
        self.repo.switch(&landing.branch)?;
        self.step("switched")?;
        let paths: Vec<String> = files.into_iter().map(|(path, _)| path).collect();
        self.repo.restore(&paths)?;
        self.step("files restored")?;
        self.store.clear_pending()?;
        self.step("pending cleared")
    }

    /// Whether an interrupted landing had reached its branch. If somebody else's commit did instead, it is given up: the
    /// attempt is as open as it was before.
    fn is_landed(&self, landing: &Landing, chain: &Chain) -> Result<(), LabError> {
        let tip = self.repo.branch_commit(&landing.branch)?;
        let there = tip.map(|tip| self.committed(&tip)).transpose()?;
        let last = chain.head().map(|row| &row.hash);
        if last.is_some_and(|last| there.is_some_and(|there| there.place(last).is_some())) {
            return Ok(());
        }
        self.store.clear_journal()?;
        Err(LabError::refused(
            format!(
                "{} moved before the interrupted {} had reached it, so that was given up and nothing is lost",
                landing.branch, landing.told
            ),
            "see `zkperf lab status`",
        ))
    }

    /// The lab's own files for a ledger, on top of a commit.
    fn own_files(&self, chain: &Chain, commit: &str) -> Result<Vec<(String, Vec<u8>)>, LabError> {
        let mut files = vec![(self.config.ledger.clone(), chain.to_bytes())];
        let rendered = render::files(&self.config, chain, |path| self.repo.file(commit, path))?;
        let rendered = rendered.into_iter();
        files.extend(rendered.map(|(path, text)| (path, text.into_bytes())));
        Ok(files)
    }

    pub(crate) fn step(&self, name: &str) -> Result<(), LabError> {
        self.hooks.step(name).map_err(LabError::Stopped)
    }

    /// Whether git alone decides what is checked out here.
    pub(crate) fn is_usable(&self) -> Result<(), LabError> {
        if self.repo.root().join(".jj").exists() {
            return Err(LabError::refused(
                "jj manages this working copy, and would snapshot and move what the lab checks out",
                "make one of git's own beside it: `git worktree add ../lab-work BRANCH`, and run the lab there",
            ));
        }
        Ok(())
    }

    /// The branch that is checked out.
    pub(crate) fn on_a_branch(&self) -> Result<String, LabError> {
        self.repo.branch()?.ok_or_else(|| {
            LabError::refused(
                "HEAD is detached, so there is no branch for what is kept",
                "make one with `git switch -c NAME`",
            )
        })
    }

    /// Refuses a working tree that is not that of HEAD.
    pub(crate) fn is_clean(&self, why: &str) -> Result<(), LabError> {
        let changes = self.repo.changes()?;
        if changes.is_empty() {
            return Ok(());
        }
        Err(LabError::refused(
            format!(
                "the working tree has uncommitted changes ({}), and {why}",
                some(&changes)
            ),
            "commit them, stash them, or have git ignore them",
        ))
    }

    /// The files of a commit.
    pub(crate) fn files_of(&self, commit: &str) -> Result<Vec<Entry>, LabError> {
        Ok(self.repo.files(commit)?)
    }

    /// Rows that the base branch does not have.
    pub(crate) fn uncommitted(view: &View) -> Vec<String> {
        let rows = view.chain.rows()[view.committed..].iter();
        rows.map(|row| row.line.clone()).collect()
    }
}

/// The first ten digits of a commit.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..10).unwrap_or(commit)
}

/// The first of a list, and how many more there are.
pub(crate) fn some(list: &[String]) -> String {
    const SHOWN: usize = 5;
    let shown: Vec<&str> = list.iter().take(SHOWN).map(|one| one.trim()).collect();
    match list.len().saturating_sub(SHOWN) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
