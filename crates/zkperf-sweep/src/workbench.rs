//! What a sweep needs done: guests built with settings, and run. Whoever does it knows what a zkVM is.

use crate::error::BoxedError;
use crate::record::Figures;
use crate::setting::Setting;
use crate::target::Target;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// What a workbench says of its work. An error ends the sweep; what is only a setting's fault is no error.
pub type Done<T> = Result<T, BoxedError>;

/// What came of a build.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Build {
    /// An ELF.
    Built {
        /// Where it is; it may be overwritten by the next build.
        elf: PathBuf,
    },
    /// The setting cannot be built.
    Failed {
        /// Why not, as the compiler or the build command said.
        reason: String,
    },
}

/// One input of the set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Input {
    /// What it is called in tables: `block 24628607`, or its file's name.
    pub name: String,
    /// Number of the block, where it is one.
    pub block: Option<u64>,
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of all that the guest reads, lower-case hex.
    pub sha256: String,
}

/// A run that is wanted.
#[derive(Debug, Clone, Copy)]
pub struct RunRequest<'a> {
    /// The zkVM.
    pub zkvm: &'a str,
    /// The guest.
    pub elf: &'a Path,
    /// What it reads.
    pub input: &'a Input,
    /// Where its profile goes.
    pub profile: &'a Path,
    /// The setting, for its title.
    pub title: &'a str,
}

/// Builds and runs guests.
pub trait Workbench {
    /// What is known of a zkVM's guest before it is built.
    ///
    /// # Errors
    /// There is none, or nothing of it can be built.
    fn target(&mut self, zkvm: &str) -> Done<Target>;

    /// The inputs of a zkVM's guest, in the order of the report.
    ///
    /// # Errors
    /// One cannot be made or read.
    fn inputs(&mut self, zkvm: &str) -> Done<Vec<Input>>;

    /// Builds a zkVM's guest.
    ///
    /// # Errors
    /// Nothing can be built here, whatever the setting is.
    fn build(&mut self, zkvm: &str, setting: &Setting) -> Done<Build>;

    /// Identity of what would run an ELF, and of the prices: figures are the same wherever it is the same. The inner
    /// error says why the zkVM takes no such ELF.
    ///
    /// # Errors
    /// The ELF cannot be read.
    fn engine(&mut self, zkvm: &str, elf: &Path) -> Done<Result<String, String>>;

    /// Profiles a guest. One that stops early is no error: its figures say so. The inner error says why the zkVM does not
    /// take the ELF.
    ///
    /// # Errors
    /// It cannot be run, or was interrupted; the profile cannot be written.
    fn run(&mut self, run: &RunRequest<'_>) -> Done<Result<Figures, String>>;

    /// Says what is being done.
    fn say(&self, text: &str);
}
