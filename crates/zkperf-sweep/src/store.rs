//! Where a sweep keeps what was finished.
//!
//! `records.jsonl` gets a line for every build and every run, once it is finished; `elves/` holds each ELF under its
//! hash, `profiles/` the profile of each run. A line is written after the file that it speaks of, so that what a line
//! says is there; a line that a power cut tore is dropped.

use crate::error::SweepError;
use crate::record::{BuildLine, BuildOutcome, Figures, Line, RunLine, Stamped, LINE_SCHEMA};
use crate::setting::Setting;
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// The folder of a sweep, and what its records say.
#[derive(Debug)]
pub struct Store {
    folder: PathBuf,
    /// Held as long as this lives.
    lock: Option<zkperf_files::Lock>,
    builds: HashMap<BuildKey, BuildOutcome>,
    runs: HashMap<RunKey, Figures>,
    /// ELFs whose hash was found right.
    checked: HashSet<String>,
}

/// zkVM, source, what was built differently.
type BuildKey = (String, String, Setting);
/// Engine, ELF, input.
type RunKey = (String, String, String);

impl Store {
    /// Opens a folder to work in, which is made if need be and keeps itself out of git.
    ///
    /// # Errors
    /// [`SweepError::Busy`] if another process works there; a file that cannot be read or written; records that cannot
    /// be understood.
    pub fn open(folder: &Path) -> Result<Self, SweepError> {
        let path = folder.join("lock");
        let holder = format!("`zkperf sweep`, process {}", std::process::id());
        let lock = zkperf_files::lock(&path, &holder)
            .map_err(|error| SweepError::file("lock", &path, error))?;
        let Ok(lock) = lock else {
            let folder = folder.to_owned();
            return Err(SweepError::Busy { folder });
        };
        zkperf_files::keep_from_git(folder)
            .map_err(|error| SweepError::file("write", folder, error))?;
        let mut store = Self::read(folder)?;
        store.lock = Some(lock);
        Ok(store)
    }

    /// What the records of a folder say, which need not be there.
    ///
    /// # Errors
    /// They cannot be read or understood.
    pub fn read(folder: &Path) -> Result<Self, SweepError> {
        let mut store = Self {
            folder: folder.to_owned(),
            lock: None,
            builds: HashMap::new(),
            runs: HashMap::new(),
            checked: HashSet::new(),
        };
        let path = store.records();
        let bytes = match std::fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(SweepError::file("read", &path, error)),
        };
        // What stands behind the last line end was never finished.
        let whole = bytes.iter().rposition(|byte| *byte == b'\n').unwrap_or(0);
        let lines = bytes[..whole].split(|byte| *byte == b'\n');
        for (at, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
            let damaged = |problem: String| SweepError::Damaged {
                path: path.clone(),
                line: at + 1,
                problem,
            };
            let read = serde_json::from_slice::<Stamped<Line>>(line);
            let Stamped { schema, line } = read.map_err(|error| damaged(error.to_string()))?;
            if schema != LINE_SCHEMA {
                return Err(damaged(format!("it is of {schema}, not of {LINE_SCHEMA}")));
            }
            store.take(line);
        }
        Ok(store)
    }

    fn take(&mut self, line: Line) {
        match line {
            Line::Build(build) => {
                let key = (build.zkvm, build.source, build.setting);
                self.builds.insert(key, build.outcome);
            }
            Line::Run(run) => {
                let key = (run.engine, run.elf_sha256, run.input_sha256);
                self.runs.insert(key, run.figures);
            }
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file of records.
    pub fn records(&self) -> PathBuf {
        self.folder.join("records.jsonl")
    }

    /// Where the profile of a run goes.
    pub fn profile(&self, name: &str) -> PathBuf {
        self.folder.join("profiles").join(name)
    }

    /// What came of a build, if it was finished and its ELF is still there.
    pub fn build(&mut self, zkvm: &str, source: &str, setting: &Setting) -> Option<BuildOutcome> {
        let key = (zkvm.to_owned(), source.to_owned(), setting.clone());
        let outcome = self.builds.get(&key)?.clone();
        match &outcome {
            BuildOutcome::Failed { .. } => Some(outcome),
            BuildOutcome::Built { elf_sha256, .. } => self.has_elf(elf_sha256).then_some(outcome),
        }
    }

    /// Builds of a zkVM's guest that are recorded for other sources, compilers or commands.
    pub fn builds_of_others(&self, zkvm: &str, source: &str) -> usize {
        let keys = self.builds.keys();
        keys.filter(|(of, from, _)| of == zkvm && from != source)
            .count()
    }

    /// What came of a run, if it was finished.
    pub fn run(&self, engine: &str, elf_sha256: &str, input_sha256: &str) -> Option<&Figures> {
        let key = (engine.into(), elf_sha256.into(), input_sha256.into());
        self.runs.get(&key)
    }

    /// Where an ELF is kept.
    pub fn elf(&self, sha256: &str) -> PathBuf {
        self.folder.join("elves").join(format!("{sha256}.elf"))
    }

    fn has_elf(&mut self, sha256: &str) -> bool {
        if self.checked.contains(sha256) {
            return true;
        }
        let is_it = std::fs::read(self.elf(sha256)).is_ok_and(|bytes| hash(&bytes) == sha256);
        if is_it {
            self.checked.insert(sha256.to_owned());
        }
        is_it
    }

    /// Keeps an ELF, with the build record beside it if there is one, and gives its hash and size in bytes.
    ///
    /// # Errors
    /// It cannot be read or kept.
    pub fn keep_elf(&mut self, path: &Path) -> Result<(String, u64), SweepError> {
        let bytes = std::fs::read(path).map_err(|error| SweepError::file("read", path, error))?;
        let sha256 = hash(&bytes);
        if !self.has_elf(&sha256) {
            let kept = self.elf(&sha256);
            // The record first: where the ELF is, its record is, too.
            if let Ok(record) = std::fs::read(path.with_extension("json")) {
                write(&kept.with_extension("json"), &record)?;
            }
            write(&kept, &bytes)?;
            self.checked.insert(sha256.clone());
        }
        Ok((sha256, bytes.len() as u64))
    }

    /// Records a build.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn record_build(&mut self, build: BuildLine) -> Result<(), SweepError> {
        self.append(Line::Build(build))
    }

    /// Records a run.
    ///
    /// # Errors
    /// The line cannot be written.
    pub fn record_run(&mut self, run: RunLine) -> Result<(), SweepError> {
        self.append(Line::Run(run))
    }

    fn append(&mut self, line: Line) -> Result<(), SweepError> {
        let path = self.records();
        let bytes = to_line(&line).map_err(|error| SweepError::file("write", &path, error))?;
        zkperf_files::append_line(&path, &bytes)
            .map_err(|error| SweepError::file("write", &path, error))?;
        self.take(line);
        Ok(())
    }
}

fn to_line(line: &impl Serialize) -> std::io::Result<Vec<u8>> {
    let schema = LINE_SCHEMA.to_owned();
    Ok(serde_json::to_vec(&Stamped { schema, line })?)
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), SweepError> {
    zkperf_files::write_with_folder(path, bytes)
        .map_err(|error| SweepError::file("write", path, error))
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
