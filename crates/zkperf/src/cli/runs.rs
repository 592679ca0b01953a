//! Commands that build and run guests.

use super::{ConfigArgs, SourceArgs};
use clap::Args;
use std::path::PathBuf;

/// `zkperf demo`.
#[derive(Debug, Args)]
pub struct DemoArgs {
    /// One zkVM, or all.
    #[arg(long, value_name = "ZKVM", default_value = "all")]
    pub zkvm: String,
    /// Folder for the profiles and their reports.
    #[arg(long, short, value_name = "DIR", default_value = "zkperf-demo")]
    pub out: PathBuf,
    /// Also write the embedded guest and input there, for other tools.
    #[arg(long)]
    pub keep_inputs: bool,
}

/// `zkperf doctor`.
#[derive(Debug, Args)]
pub struct DoctorArgs {
    /// One zkVM, or all.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: Option<String>,
}

/// Which guest, built or to be built.
#[derive(Debug, Clone, Args)]
pub struct GuestSource {
    /// `reference`, or a folder with a guest's Cargo.toml; default: what zkperf.toml says, without one `reference`.
    #[arg(long, value_name = "GUEST")]
    pub guest: Option<String>,
    /// Variant of the guest, such as unpatched or accelerated.
    #[arg(long, value_name = "NAME")]
    pub variant: Option<String>,
    /// Fail if it cannot be told where the fields are that label contracts (`top --by contract`). Without it they are kept
    /// beside the ELF where they are known.
    #[arg(long)]
    pub layout: bool,
}

/// `zkperf build`.
#[derive(Debug, Args)]
pub struct BuildArgs {
    /// The zkVM: zisk, sp1 or risc0, as in zisk@1.1.0-alpha, or all; default: those of zkperf.toml.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: Option<String>,
    /// The guest.
    #[command(flatten)]
    pub source: GuestSource,
    /// Which zkperf.toml holds.
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Another checkout of the repository, to build from instead of zkperf.toml's own.
    #[arg(long, value_name = "DIR", conflicts_with = "guest")]
    pub checkout: Option<PathBuf>,
    /// Folder for the ELF and its record; default: zkperf-guests here, beside zkperf.toml where that names the guest.
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
}

/// A guest and its input.
#[derive(Debug, Clone, Args)]
pub struct GuestArgs {
    /// The zkVM: zisk, sp1 or risc0, or with its version, as in zisk@1.1.0-alpha; auto goes by the ELF's headers,
    /// all wants an --elf for each and takes it to its own.
    #[arg(long, value_name = "ZKVM", default_value = crate::guest::AUTO)]
    pub zkvm: String,
    /// The guest's ELF (RISC Zero's program binaries, too); `run --zkvm native` needs none, `profile` takes the one that
    /// zkperf.toml names.
    #[arg(long, value_name = "FILE")]
    pub elf: Vec<PathBuf>,
    /// An input file; repeat for several buffers. Without --input and --stdin the guest gets an empty input, on
    /// every zkVM: what it makes of that is up to it.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// A serialized standard input in place of --input: SP1's `SP1Stdin`.
    #[arg(long, value_name = "FILE", conflicts_with = "input")]
    pub stdin: Option<PathBuf>,
    /// An argument of the guest (RISC Zero); repeat for several.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub arg: Vec<String>,
    /// A variable of the guest's environment (RISC Zero); repeat for several.
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// Largest segment, as a power of two of cycles (RISC Zero); default: the zkVM's own.
    #[arg(long, value_name = "N")]
    pub po2: Option<u32>,
    /// Stop before step (cycle) number N + 1; 0 runs none.
    #[arg(long, value_name = "N")]
    pub max_steps: Option<u64>,
}

/// `zkperf run`.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The guest.
    #[command(flatten)]
    pub guest: GuestArgs,
    /// Write the public output to a file.
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// `zkperf profile`.
#[derive(Debug, Clone, Args)]
pub struct ProfileArgs {
    /// The guest.
    #[command(flatten)]
    pub guest: GuestArgs,
    /// Where the profile goes; default: profiles/<zkvm>/stats_<time>_<commit>_<title>.zkp
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// A title, kept in the profile and in its file name.
    #[arg(long, default_value = "")]
    pub title: String,
    /// Folder for the profile, which is named as by default.
    #[arg(long, value_name = "DIR", conflicts_with = "out")]
    pub dir: Option<PathBuf>,
    /// Which zkperf.toml holds.
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Also write the text report beside the profile, in the layout of the zkVM's own tool.
    #[arg(long)]
    pub stats: bool,
    /// Show the N dearest functions instead of the summary alone; with --stats they are in the text report, too.
    #[arg(long, value_name = "N")]
    pub top: Option<usize>,
    /// The same guest built with `debug = 2`, whose code must be the same: tells where the fields are that label
    /// contracts. Needless for guests that `zkperf build` made, or that have such debug information themselves.
    #[arg(long, value_name = "FILE")]
    pub debug_elf: Option<PathBuf>,
}

/// `zkperf bench`.
#[derive(Debug, Args)]
pub struct BenchArgs {
    /// The zkVM: zisk, sp1, risc0, or all; default: those of zkperf.toml.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: Option<String>,
    /// A block number; repeat for a set. May be left out with --recorded; default: those of zkperf.toml.
    #[arg(long, value_name = "N")]
    pub block: Vec<u64>,
    /// Source and store.
    #[command(flatten)]
    pub source: SourceArgs,
    /// The guest to build; ignored with --elf.
    #[command(flatten)]
    pub guest: GuestSource,
    /// Which zkperf.toml holds.
    #[command(flatten)]
    pub project: ConfigArgs,
    /// Another checkout of the repository, to build the guest from; blocks and rules stay those of zkperf.toml.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["guest", "elf"])]
    pub checkout: Option<PathBuf>,
    /// An ELF that is already built, instead of building one; with --zkvm all, one for each zkVM.
    #[arg(long, value_name = "FILE")]
    pub elf: Vec<PathBuf>,
    /// Largest segment, as a power of two of cycles (RISC Zero); default: the zkVM's own.
    #[arg(long, value_name = "N")]
    pub po2: Option<u32>,
    /// A title, kept in the profiles and in their file names.
    #[arg(long, default_value = "bench")]
    pub title: String,
    /// Folder for profiles and reports, with one in it for each zkVM if there are several; default:
    /// profiles/<zkvm>
    #[arg(long, short, value_name = "DIR")]
    pub out: Option<PathBuf>,
    /// How many of the dearest functions are shown.
    #[arg(long, value_name = "N", default_value_t = 15)]
    pub top: usize,
}
