//! Finding, reading and asking a `zkperf.toml`.

use crate::error::ConfigError;
use crate::reader::{nearest, Section, Source};
use crate::sections::{read_limits, Bench, Guests, Lab, Sweep, ZkvmGuest};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's name.
pub const FILE_NAME: &str = "zkperf.toml";

/// A read `zkperf.toml`. Every table may be left out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Config {
    /// The file.
    pub path: PathBuf,
    /// `[guest]`
    pub guest: Guests,
    /// `[bench]`
    pub bench: Bench,
    /// `[lab]`
    pub lab: Lab,
    /// `[sweep]`
    pub sweep: Sweep,
    /// `[limits]`: measure → the growth it is allowed, as `--fail-above` takes it (`0.1%`, `1000`).
    pub limits: BTreeMap<String, String>,
}

impl Config {
    /// The `zkperf.toml` that holds in `start`: there or in the nearest folder above it, up to the root of the
    /// repository (the first folder with a `.git`). Outside a repository only `start` itself is looked at.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn find(start: &Path) -> Result<Option<Self>, ConfigError> {
        match Self::locate(start) {
            Some(path) => Self::load(&path).map(Some),
            None => Ok(None),
        }
    }

    /// Where [`Self::find`] finds it, without reading it.
    pub fn locate(start: &Path) -> Option<PathBuf> {
        let start = std::path::absolute(start).ok()?;
        let root = start
            .ancestors()
            .find(|folder| folder.join(".git").exists());
        let last = root.unwrap_or(&start);
        let folders = start
            .ancestors()
            .take_while(|folder| folder.starts_with(last));
        let mut files = folders.map(|folder| folder.join(FILE_NAME));
        files.find(|file| file.is_file())
    }

    /// Reads a file.
    ///
    /// # Errors
    /// It cannot be read or is not TOML; a key is unknown or a value cannot be one. Names file, line and key.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let bytes = std::fs::read(path).map_err(|cause| ConfigError::Read {
            path: path.into(),
            cause,
        })?;
        let text = String::from_utf8(bytes).map_err(|cause| ConfigError::Read {
            path: path.into(),
            cause: std::io::Error::new(std::io::ErrorKind::InvalidData, cause),
        })?;
        Self::parse(path, &text)
    }

    /// Reads a text that stands in file `path`.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub fn parse(path: &Path, text: &str) -> Result<Self, ConfigError> {
        let source = Source { path, text };
        let mut document = Section::document(&source)?;
        let guest = document.table("guest")?.map(Guests::read).transpose()?;
        let bench = document.table("bench")?.map(Bench::read).transpose()?;
        let lab = document.table("lab")?.map(Lab::read).transpose()?;
        let sweep = document.table("sweep")?.map(Sweep::read).transpose()?;
        let limits = document.table("limits")?.map(read_limits).transpose()?;
        document.finish()?;
        Ok(Self {
            path: path.into(),
            guest: guest.unwrap_or_default(),
            bench: bench.unwrap_or_default(),
            lab: lab.unwrap_or_default(),
            sweep: sweep.unwrap_or_default(),
            limits: limits.unwrap_or_default(),
        })
    }

    /// The folder to which paths are relative and in which commands run.
    pub fn root(&self) -> &Path {
        match self.path.parent() {
            Some(folder) if folder != Path::new("") => folder,
            _ => Path::new("."),
        }
    }

    /// A path of this file, absolute or relative to it.
    pub fn resolve(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// Refuses zkVMs that nobody knows.
    ///
    /// # Errors
    /// Names the line, and the name that was probably meant.
    pub fn check_zkvms(&self, known: &[String]) -> Result<(), ConfigError> {
        let tables = self.guest.zkvms.iter();
        let named = tables.map(|(name, guest)| (name, "guest", guest.line));
        let benched = self.bench.zkvms.iter().map(|name| (name, "bench.zkvms", 1));
        for (name, key, line) in named.chain(benched) {
            if !known.contains(name) {
                return Err(ConfigError::UnknownKey {
                    path: self.path.clone(),
                    line,
                    key: format!("{key}.{name}"),
                    meant: nearest(name, known),
                    known: known.to_vec(),
                });
            }
        }
        Ok(())
    }

    /// The guest for a zkVM: the table of that very name (`zisk@1.1.0-alpha`), else of its family (`zisk`).
    ///
    /// # Errors
    /// [`ConfigError::Missing`] if there is neither.
    pub fn guest(&self, zkvm: &str) -> Result<&ZkvmGuest, ConfigError> {
        let family = zkvm.split('@').next().unwrap_or(zkvm);
        let found = self
            .guest
            .zkvms
            .get(zkvm)
            .or_else(|| self.guest.zkvms.get(family));
        found.ok_or_else(|| ConfigError::Missing {
            path: self.path.clone(),
            what: format!("which guest is for {zkvm}"),
            next: format!(
                "add a table [guest.{zkvm}] with `package = \"FOLDER\"`, or give --elf FILE"
            ),
        })
    }

    /// The zkVMs to measure on: `bench.zkvms`, else those that have a guest.
    pub fn bench_zkvms(&self) -> Vec<String> {
        match self.bench.zkvms.is_empty() {
            false => self.bench.zkvms.clone(),
            true => self.guest.zkvms.keys().cloned().collect(),
        }
    }

    /// The files that `bench.recorded` names, in the order of its patterns and then of their names.
    ///
    /// # Errors
    /// A pattern that cannot be one or matches no file.
    pub fn recorded_files(&self) -> Result<Vec<PathBuf>, ConfigError> {
        let mut files = Vec::new();
        for pattern in &self.bench.recorded {
            let bad = |problem: String| ConfigError::Pattern {
                path: self.path.clone(),
                key: "bench.recorded".into(),
                pattern: pattern.clone(),
                problem,
            };
            // The folder is no pattern, whatever stands in its name.
            let folder = glob::Pattern::escape(&self.root().to_string_lossy());
            let whole = match Path::new(pattern).is_absolute() {
                true => pattern.clone(),
                false => format!("{folder}/{pattern}"),
            };
            let matches = glob::glob(&whole).map_err(|error| bad(format!("is none: {error}")))?;
            let found: Vec<PathBuf> = matches
                .filter_map(Result::ok)
                .filter(|p| p.is_file())
                .collect();
            if found.is_empty() {
                return Err(bad("matches no file".into()));
            }
            files.extend(found);
        }
        Ok(files)
    }
}
