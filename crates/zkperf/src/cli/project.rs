//! Commands about a repository and its guests as a whole.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// Which zkperf.toml holds.
#[derive(Debug, Clone, Default, Args)]
pub struct ConfigArgs {
    /// The zkperf.toml; default: the one of this repository, from here upwards.
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
}

/// `zkperf init`.
#[derive(Debug, Args)]
pub struct InitArgs {
    /// The repository; it is looked at for guests.
    #[arg(value_name = "DIR", default_value = ".")]
    pub dir: PathBuf,
    /// Write over files that are there (never over the logbook).
    #[arg(long)]
    pub force: bool,
    /// Lay down the CI recipes, too.
    #[arg(long)]
    pub ci: bool,
    /// A block to measure; repeat for a set. Examples in the guides name the first.
    #[arg(long, value_name = "N")]
    pub block: Vec<u64>,
    /// Recorded blocks: a file or pattern, relative to the repository; repeat for several.
    #[arg(long, value_name = "PATTERN")]
    pub recorded: Vec<String>,
    /// Name of the guest, kept in profiles; default: the repository's folder.
    #[arg(long)]
    pub name: Option<String>,
}

/// Where an imported report comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportEngine {
    /// An installed ziskemu is run now.
    Official,
}

/// `zkperf import`.
#[derive(Debug, Args)]
pub struct ImportArgs {
    /// The text report: all that `ziskemu -X -S -D` printed.
    #[arg(
        value_name = "FILE",
        required_unless_present = "engine",
        conflicts_with = "engine"
    )]
    pub report: Option<PathBuf>,
    /// Run an installed emulator instead, on --elf and --input.
    #[arg(long, value_enum, requires = "elf")]
    pub engine: Option<ImportEngine>,
    /// Where the emulator is: PREFIX/bin/ziskemu; default: the one on PATH.
    #[arg(long, value_name = "PREFIX", requires = "engine")]
    pub official: Option<PathBuf>,
    /// The guest's ELF: run, or only named in the profile by its hash.
    #[arg(long, value_name = "FILE")]
    pub elf: Option<PathBuf>,
    /// The input: given to the guest, or only named in the profile by its hash.
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// The ZisK that the report is of, as in zisk@1.4.0-alpha. Where zkperf knows its prices, the profile compares with
    /// zkperf's own.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: Option<String>,
    /// Functions that the emulator is asked to list.
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub top: usize,
    /// A title, kept in the profile and in its file name.
    #[arg(long, default_value = "imported")]
    pub title: String,
    /// Where the profile goes; default: profiles/zisk/stats_<time>_<commit>_<title>.zkp
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// `zkperf find-profile`.
#[derive(Debug, Args)]
pub struct FindProfileArgs {
    /// A profile, its text report, a folder, or a pattern in quotes.
    pub wanted: PathBuf,
    /// A folder that relative paths are relative to, instead of this one and the repository; repeat for several, the first
    /// in which something is found counts.
    #[arg(long = "in", value_name = "DIR")]
    pub places: Vec<PathBuf>,
}
