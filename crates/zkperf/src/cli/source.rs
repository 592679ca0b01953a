//! Commands that show source.

use super::FunctionArgs;
use clap::Args;
use std::path::PathBuf;

/// Source files.
#[derive(Debug, Clone, Args)]
pub struct SourceRoots {
    /// Where source files lie whose path in the profile begins with FROM; repeat for several. Registry crates and
    /// the standard library are found by themselves where cargo and rustup keep them.
    #[arg(long, value_name = "FROM=TO")]
    pub source: Vec<String>,
}

/// `zkperf annotate`.
#[derive(Debug, Args)]
pub struct AnnotateArgs {
    /// The function.
    #[command(flatten)]
    pub of: FunctionArgs,
    /// Instruction by instruction instead of line by line.
    #[arg(long)]
    pub asm: bool,
    /// The guest's ELF, which instructions are read from. Without, it is looked for beside the profile, in
    /// zkperf-guests, and among the guests of `demo`.
    #[arg(long, value_name = "FILE", requires = "asm")]
    pub elf: Option<PathBuf>,
    /// Show instructions of another ELF than the one that ran.
    #[arg(long, requires = "elf")]
    pub force: bool,
    /// Where the source is.
    #[command(flatten)]
    pub roots: SourceRoots,
}

/// `zkperf lines`.
#[derive(Debug, Args)]
pub struct LinesArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// Measure to rank by; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Regular expression that path:line must match.
    #[arg(long, short, value_name = "REGEX")]
    pub filter: Option<String>,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Where the source is.
    #[command(flatten)]
    pub roots: SourceRoots,
}
