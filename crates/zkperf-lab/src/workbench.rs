//! What the lab needs done: guests built, profiled, gated. Whoever does it knows what a zkVM is.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use zkperf_profile::verdict::Case;

use crate::error::BoxedError;
use crate::measured::Measured;
use crate::row::{CheckOutcome, GateOutcome};

/// What a workbench says of its work.
pub type Done<T> = Result<T, BoxedError>;

/// A guest, built from the working tree as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuiltGuest {
    /// The zkVM it is for.
    pub zkvm: String,
    /// Its ELF.
    pub elf: PathBuf,
}

/// One guest on one block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProfiledRun {
    /// The figures.
    pub measured: Measured,
    /// The profile.
    pub profile: PathBuf,
    /// What the guest read.
    pub input: PathBuf,
    /// The recorded block that the input was made from, if there is one.
    pub recorded: Option<PathBuf>,
}

/// What is to be gated.
#[derive(Debug)]
pub struct GateRequest<'a> {
    /// The guests of the attempt.
    pub guests: &'a [BuiltGuest],
    /// Their runs.
    pub runs: &'a [ProfiledRun],
    /// The pairs with the baseline.
    pub cases: &'a [Case],
    /// The commit from which the attempt starts.
    pub base_commit: &'a str,
    /// The commit that is gated.
    pub head_commit: &'a str,
}

/// Builds, runs and gates guests.
pub trait Workbench {
    /// What decides figures besides the source: compiler, zkperf, cost models. By name; compared as it is. Asked
    /// before the guests are built, for what is known then, and after they were run.
    ///
    /// # Errors
    /// It cannot be found out.
    fn environment(&mut self) -> Done<BTreeMap<String, String>>;

    /// The zkVMs that are measured.
    ///
    /// # Errors
    /// There are none.
    fn zkvms(&mut self) -> Done<Vec<String>>;

    /// Builds the guest for a zkVM.
    ///
    /// # Errors
    /// It cannot be built.
    fn build(&mut self, zkvm: &str) -> Done<BuiltGuest>;

    /// Profiles a guest on every block of the set, into `folder`. A guest that stops early is no error: its figures say so.
    ///
    /// # Errors
    /// A block or the guest cannot be read, a profile cannot be written.
    fn profile(&mut self, guest: &BuiltGuest, folder: &Path) -> Done<Vec<ProfiledRun>>;

    /// Own proving cost of each function of a profile, by name without hashes.
    ///
    /// # Errors
    /// The profile cannot be read.
    fn functions(&mut self, profile: &Path) -> Done<BTreeMap<String, u64>>;

    /// Puts the attempt to the test of soundness.
    ///
    /// # Errors
    /// It cannot be tested, for a reason that is not the guest's.
    fn gate(&mut self, request: &GateRequest<'_>) -> Done<GateOutcome>;

    /// Runs the repository's own tests.
    ///
    /// # Errors
    /// They cannot be started.
    fn check(&mut self) -> Done<CheckOutcome>;
}

/// Time, steps and words.
pub trait Hooks {
    /// Seconds since the Unix epoch.
    fn now(&self) -> u64;

    /// A step of something that must survive being killed is done. Tests kill here.
    ///
    /// # Errors
    /// What to stop with, as if killed.
    fn step(&self, name: &str) -> Result<(), String>;

    /// Says what is being done.
    fn say(&self, text: &str);
}
