//! `zkperf sweep`.

use super::{ConfigArgs, SourceArgs};
use clap::Args;
use std::path::PathBuf;

/// `zkperf sweep`.
#[derive(Debug, Args)]
pub struct SweepArgs {
    /// The zkVMs: zisk, sp1, risc0, several with commas between, or all; default: those of zkperf.toml.
    #[arg(long, value_name = "ZKVM", value_delimiter = ',')]
    pub zkvm: Vec<String>,
    /// A factor and its values, instead of all of zkperf.toml's and the default ones; repeat for several: opt-level=2,s
    /// lto=off,thin,fat codegen-units=1,16 panic=abort llvm=-OPTION=VALUE,… target-feature=+NAME,… C=OPTION=VALUE,…
    #[arg(long, value_name = "FACTOR=VALUES")]
    pub set: Vec<String>,
    /// Every combination of the values, instead of each alone and then the best of each factor together.
    #[arg(long)]
    pub grid: bool,
    /// Make at most so many builds now; the same command goes on later.
    #[arg(long, value_name = "N")]
    pub budget: Option<u64>,
    /// Say what would be built, and build nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Build settings again that could not be built before.
    #[arg(long)]
    pub retry_failed: bool,
    /// A block number; repeat for a set. May be left out with --recorded; default: those of zkperf.toml.
    #[arg(long, value_name = "N", conflicts_with = "input")]
    pub block: Vec<u64>,
    /// An input file, as it is, instead of blocks; repeat for a set.
    #[arg(long, value_name = "FILE", conflicts_with = "recorded")]
    pub input: Vec<PathBuf>,
    /// Source and store.
    #[command(flatten)]
    pub source: SourceArgs,
    /// `reference`, or a folder with a guest's Cargo.toml; default: what zkperf.toml says, without one `reference`.
    #[arg(long, value_name = "GUEST")]
    pub guest: Option<String>,
    /// Variant of the guest, such as unpatched or accelerated.
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Which zkperf.toml holds.
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Folder for records, ELFs and profiles; default: zkperf-sweep, beside zkperf.toml where that names the guests.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}
