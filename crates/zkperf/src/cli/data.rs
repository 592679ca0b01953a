//! Profiles in other programs' formats.

use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// A viewer's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ExportFormat {
    /// pprof, compressed: every measure, inlined code as lines of one location.
    Pprof,
    /// speedscope: the chosen measures and the order in time.
    Speedscope,
    /// Firefox Profiler: the chosen measures and the order in time.
    Firefox,
    /// Folded stacks of one measure, for flamegraph.pl and inferno.
    Folded,
    /// Callgrind: every measure, by function and line, for KCachegrind and callgrind_annotate.
    Callgrind,
}

/// `zkperf export`.
#[derive(Debug, Args)]
pub struct ExportArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    pub format: ExportFormat,
    /// Write to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Measure (folded: one; speedscope, firefox: repeat for several); default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Vec<String>,
    /// Functions of the ELF only, without inlined code; callgrind has inlined code as lines in any case.
    #[arg(long)]
    pub physical: bool,
}

/// `zkperf to-json`.
#[derive(Debug, Args)]
pub struct ToJsonArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// Write to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}
