//! What the lab keeps in the folder that all working trees of a repository share: rows of an attempt that is not closed
//! yet, the journal of what is being done, a lock. None of it is committed.

use serde::{Deserialize, Serialize};
use std::fs::{File, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Path, PathBuf};

use crate::error::LabError;

/// The lab's folder in the repository's common git directory.
#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// Held while something changes; the operating system lets go of it when the process ends, however it ends.
#[derive(Debug)]
pub struct Lock(File);

impl Drop for Lock {
    fn drop(&mut self) {
        // Not only by closing it: a process that another thread is just starting has a copy of it for a moment.
        let _ = self.0.unlock();
    }
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
        let make = || -> std::io::Result<File> {
            std::fs::create_dir_all(&self.folder)?;
            File::options()
                .read(true)
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
        };
        let mut file = make().map_err(|error| LabError::file("write", &path, error))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim().to_owned();
                return Err(LabError::Busy { holder });
            }
            Err(TryLockError::Error(error)) => return Err(LabError::file("lock", &path, error)),
        }
        // Only for whoever finds it locked: nothing depends on it.
        let _ = file.set_len(0).and_then(|()| {
            file.rewind()?;
            writeln!(file, "`zkperf lab {what}`, process {}", std::process::id())
        });
        Ok(Lock(file))
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
