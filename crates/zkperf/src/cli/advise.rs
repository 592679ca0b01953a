//! `zkperf advise` and `zkperf patches`.

use clap::Args;
use std::path::PathBuf;

/// `zkperf advise`.
#[derive(Debug, Args)]
pub struct AdviseArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Every finding, with all it rests on; without, one screen.
    #[arg(long, short)]
    pub all: bool,
    /// The guest's ELF, for the checks that branch to panics; by itself it is looked for beside the profile, in
    /// zkperf-guests and among the guests of the demo. The record of `zkperf build` beside it tells the build flags.
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,
}

/// `zkperf patches`.
#[derive(Debug, Args)]
pub struct PatchesArgs {
    /// Profiles, a column each; without any, what the known zkVMs offer.
    pub profiles: Vec<PathBuf>,
    /// The guest's lock file: unused patches, version mismatches, a second unpatched copy of a crate.
    #[arg(long, value_name = "Cargo.lock")]
    pub lock: Option<PathBuf>,
    /// The guest's ELF, for what is linked and did not run; by itself it is looked for beside the profile, in
    /// zkperf-guests and among the guests of the demo.
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,
}
