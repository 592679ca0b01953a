//! What the lab keeps in the folder that all working trees of a repository share: rows of an attempt that is not closed
//! yet, the journal of what is being done, a lock. None of it is committed.

use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::error::LabError;
use zkperf_files::Lock;

/// The lab's folder in the repository's common git directory.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Rows that are not on the base branch yet.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// `zkperf-lab-pending/1`
    pub schema: String,
    /// The branch whose ledger they continue.
    pub branch: String,
    /// Their lines.
    pub lines: Vec<String>,
}

/// What is being done, written before it is begun and deleted when it is done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum Journal {
    /// An attempt's row and branch.
    Open {
        /// The rows that are pending when it is done.
        pending: Pending,
        /// The attempt's branch.
        branch: String,
        /// Where it starts.
        base_commit: String,
        /// What it is, for people.
        told: String,
    },
    /// A commit on the base branch.
    Land(Landing),
}

/// A commit on the base branch, with rows of the ledger in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Landing {
    /// The branch.
    pub branch: String,
    /// Its commit before.
    pub base_commit: String,
    /// The commit whose files it takes over, but for the lab's own.
    pub tree_of: String,
    /// The rows that are new.
    pub lines: Vec<String>,
    /// Its message.
    pub message: String,
    /// Its time, seconds since the Unix epoch.
    pub time_unix: u64,
    /// What it is, for people.
    pub told: String,
}

impl Journal {
    /// What it is, for people.
    pub fn told(&self) -> &str {
        match self {
            Journal::Open { told, .. } => told,
            Journal::Land(landing) => &landing.told,
        }
    }
}

impl Store {
    /// The lab's folder in a common git directory.
    pub fn at(common: &Path) -> Store {
        Store {
            folder: common.join("zkperf-lab"),
        }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file in it.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Takes the lock.
    ///
    /// # Errors
    /// [`LabError::Busy`] if another process has it.
    pub fn lock(&self, what: &str) -> Result<Lock, LabError> {
        let path = self.file("lock");
        let holder = format!("`zkperf lab {what}`, process {}", std::process::id());
        zkperf_files::lock(&path, &holder)
            .map_err(|error| LabError::file("lock", &path, error))?
            .map_err(|holder| LabError::Busy { holder })
    }

    /// The rows of an open attempt.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn pending(&self) -> Result<Option<Pending>, LabError> {
        self.read("pending.json")
    }

    /// Replaces the rows of an open attempt.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_pending(&self, pending: &Pending) -> Result<(), LabError> {
        self.write("pending.json", pending)
    }

    /// Forgets the rows of an attempt that was closed.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn clear_pending(&self) -> Result<(), LabError> {
        self.remove("pending.json")
    }

    /// What was begun and is not done.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn journal(&self) -> Result<Option<Journal>, LabError> {
        self.read("journal.json")
    }

    /// Says what is begun.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn set_journal(&self, journal: &Journal) -> Result<(), LabError> {
        self.write("journal.json", journal)
    }

    /// Says that it is done.
    ///
    /// # Errors
    /// The file cannot be removed.
    pub fn clear_journal(&self) -> Result<(), LabError> {
        self.remove("journal.json")
    }

    fn read<T: serde::de::DeserializeOwned>(&self, name: &str) -> Result<Option<T>, LabError> {
        let path = self.file(name);
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(LabError::file("read", &path, error)),
        };
        let read = serde_json::from_slice(&bytes).map(Some);
        read.map_err(|error| LabError::file("understand", &path, error.into()))
    }

    fn write(&self, name: &str, value: &impl Serialize) -> Result<(), LabError> {
        let path = self.file(name);
        let bytes = serde_json::to_vec_pretty(value);
        let bytes = bytes.map_err(|error| LabError::file("write", &path, error.into()))?;
        zkperf_files::write_with_folder(&path, &bytes)
            .map_err(|error| LabError::file("write", &path, error))
    }

    fn remove(&self, name: &str) -> Result<(), LabError> {
        let path = self.file(name);
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                Err(LabError::file("remove", &path, error))
            }
            _ => Ok(()),
        }
    }
}
