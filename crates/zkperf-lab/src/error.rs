//! What can go wrong, and what to do about it.

use std::path::{Path, PathBuf};

use crate::chain::Fault;
use crate::git::GitError;
use crate::policy;
use crate::rules::Refusal;

/// An error of somebody else's.
pub type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Why a command of the lab ended early.
#[derive(Debug, thiserror::Error)]
pub enum LabError {
    /// Git did not do it.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A file cannot be read or written.
    #[error("cannot {what} {}: {source}", path.display())]
    File {
        /// What was tried.
        what: &'static str,
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// A ledger is damaged.
    #[error("{place} is damaged: {fault}")]
    Ledger {
        /// Which one.
        place: String,
        /// How.
        fault: Fault,
    },
    /// A ledger that lost rows.
    #[error(transparent)]
    Disbelieved(Box<crate::verify::Disbelief>),
    /// A rule of the ledger.
    #[error(transparent)]
    Rule(#[from] Refusal),
    /// A rule of the lab.
    #[error("{what}; {next}")]
    Refused {
        /// What is not allowed.
        what: String,
        /// What to do.
        next: String,
    },
    /// Guests cannot be built, run or checked.
    #[error("{what}")]
    Workbench {
        /// What was tried.
        what: String,
        /// Why not.
        source: BoxedError,
    },
    /// Another process is at it.
    #[error("another process works in this lab ({holder}); wait for it, only one at a time may change anything")]
    Busy {
        /// What it says of itself.
        holder: String,
    },
    /// Stopped by a test, as if the process had died.
    #[error("stopped at {0}")]
    Stopped(String),
    /// The index of attempts.
    #[error("the index {} cannot be used: {source}; it can be deleted at any time", path.display())]
    Index {
        /// Its file.
        path: PathBuf,
        /// Why not.
        source: rusqlite::Error,
    },
    /// A pattern of the configuration.
    #[error("zkperf.toml, [lab]: {pattern:?} cannot be: {reason}")]
    Pattern {
        /// The pattern.
        pattern: String,
        /// Why not.
        reason: String,
    },
}

impl LabError {
    /// A rule of the lab that was not followed, and what to do instead.
    pub fn refused(what: impl Into<String>, next: impl Into<String>) -> LabError {
        LabError::Refused {
            what: what.into(),
            next: next.into(),
        }
    }

    /// An error at a file.
    pub fn file(what: &'static str, path: &Path, source: std::io::Error) -> LabError {
        LabError::File {
            what,
            path: path.to_owned(),
            source,
        }
    }

    /// An error of the workbench.
    pub fn workbench(what: impl Into<String>) -> impl FnOnce(BoxedError) -> LabError {
        let what = what.into();
        move |source| LabError::Workbench { what, source }
    }

    /// The process's exit code: 4 not sound, 3 dearer, 1 anything else.
    pub fn exit_code(&self) -> u8 {
        match self {
            LabError::Rule(Refusal::Obstacles(obstacles)) => policy::exit_code(obstacles),
            _ => 1,
        }
    }
}
