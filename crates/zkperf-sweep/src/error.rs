//! What can go wrong, and what to do about it.

use crate::plan::GRID_LIMIT;
use std::path::{Path, PathBuf};

/// An error of somebody else's.
pub type BoxedError = Box<dyn std::error::Error + Send + Sync>;

/// Why a sweep ended early. What was finished before is recorded.
#[derive(Debug, thiserror::Error)]
pub enum SweepError {
    /// Every factor was taken out.
    #[error("there is nothing to set: name factors with --set, such as --set opt-level=2,s")]
    NothingToSet,
    /// Too many combinations.
    #[error("a grid of {size} settings is more than {GRID_LIMIT}; give fewer values with --set, or leave out --grid")]
    GridTooLarge {
        /// How many.
        size: usize,
    },
    /// Too few builds.
    #[error("--budget is less than the builds that the baseline needs; give {needed} or more")]
    Budget {
        /// Builds of the baseline that were wanted.
        needed: u64,
    },
    /// The guest as it is does not do its work, so nothing can be compared with it.
    #[error("{zkvm}: the baseline {problem}; nothing can be compared with it")]
    Baseline {
        /// The zkVM.
        zkvm: String,
        /// What is wrong.
        problem: String,
    },
    /// A guest has no input.
    #[error("{zkvm} has no input to run on")]
    NoInput {
        /// The zkVM.
        zkvm: String,
    },
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
    /// The file of records is not what was written.
    #[error("{}:{line} cannot be understood: {problem}; delete the file to begin anew", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What is wrong.
        problem: String,
    },
    /// Another process is at it.
    #[error("another sweep works in {}; wait for it, or give --out another folder", folder.display())]
    Busy {
        /// Its folder.
        folder: PathBuf,
    },
    /// Guests cannot be built or run.
    #[error("{what}")]
    Workbench {
        /// What was tried.
        what: String,
        /// Why not.
        source: BoxedError,
    },
}

impl SweepError {
    /// Whether another command line would help.
    pub fn is_usage(&self) -> bool {
        matches!(
            self,
            Self::NothingToSet | Self::GridTooLarge { .. } | Self::Budget { .. }
        )
    }

    pub(crate) fn file(what: &'static str, path: &Path, source: std::io::Error) -> Self {
        Self::File {
            what,
            path: path.to_owned(),
            source,
        }
    }

    pub(crate) fn workbench(what: impl Into<String>) -> impl FnOnce(BoxedError) -> Self {
        let what = what.into();
        move |source| Self::Workbench { what, source }
    }
}
