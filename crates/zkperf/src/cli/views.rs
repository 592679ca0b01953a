//! Commands that look into a profile.

use super::source::SourceRoots;
use clap::{Args, ValueEnum};
use std::path::PathBuf;

/// A profile.
#[derive(Debug, Args)]
pub struct ProfileFile {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
}

/// A function of a profile.
#[derive(Debug, Args)]
pub struct FunctionArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// The function: its name, a part of it, or a regular expression.
    pub function: String,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Take all functions that match together, instead of asking for one.
    #[arg(long, short)]
    pub all: bool,
}

/// `zkperf top`.
#[derive(Debug, Args)]
pub struct TopArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// Measure to rank by; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Rank by what a function costs with everything it calls.
    #[arg(long, short)]
    pub inclusive: bool,
    /// Regular expression that names must match.
    #[arg(long, short, value_name = "REGEX")]
    pub filter: Option<String>,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// What a row is.
    #[arg(long, value_name = "WHAT", value_enum, default_value = "function")]
    pub by: By,
    /// Count inlined code as functions of its own.
    #[arg(long)]
    pub inlined: bool,
}

/// What a row of `top` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A function.
    Function,
    /// A crate, by the names of its functions.
    Crate,
    /// A module, by the names of its functions.
    Module,
    /// A source file, by the lines of its code.
    File,
    /// A phase of an ethrex guest: decode, witness, execute …
    Phase,
    /// A transaction, by its place in the block.
    Tx,
    /// An EVM opcode.
    EvmOpcode,
    /// An EVM precompile.
    EvmPrecompile,
    /// The contract whose code runs, by its address.
    Contract,
}

/// `zkperf callers` and `zkperf callees`.
#[derive(Debug, Args)]
pub struct CallsArgs {
    /// The function.
    #[command(flatten)]
    pub of: FunctionArgs,
    /// How many rows; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 30)]
    pub limit: usize,
    /// Count inlined code as functions of its own.
    #[arg(long)]
    pub inlined: bool,
}

/// `zkperf where`.
#[derive(Debug, Args)]
pub struct WhereArgs {
    /// The function.
    #[command(flatten)]
    pub of: FunctionArgs,
    /// How many stacks; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 10)]
    pub limit: usize,
    /// How many callers tell stacks apart, from the function outwards; 0 for all.
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    pub depth: usize,
    /// Functions of the ELF only, without inlined code.
    #[arg(long)]
    pub physical: bool,
}

/// `zkperf tree`.
#[derive(Debug, Args)]
pub struct TreeArgs {
    /// The profile.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// Measure; default: the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// Show inlined code as frames of its own.
    #[arg(long)]
    pub inlined: bool,
    /// Sum up contexts below this share of the run, in per cent.
    #[arg(long, value_name = "PERCENT", default_value_t = 1.0, value_parser = percentage)]
    pub min: f64,
    /// How deep; 0 for all.
    #[arg(long, short, value_name = "N", default_value_t = 0)]
    pub depth: usize,
}

/// A number from 0 to 100.
fn percentage(text: &str) -> Result<f64, String> {
    let number: f64 = text.parse().map_err(|_| "it is not a number".to_owned())?;
    match (0.0..=100.0).contains(&number) {
        true => Ok(number),
        false => Err("a share of the run is from 0 to 100".to_owned()),
    }
}

/// `zkperf report`.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// The profile; of two, the base.
    #[arg(value_parser = crate::profile_file::argument())]
    pub profile: PathBuf,
    /// A second profile, to show what became more and what became less.
    #[arg(value_parser = crate::profile_file::argument())]
    pub head: Option<PathBuf>,
    /// The file to write.
    #[arg(long, short, value_name = "FILE", default_value = "report.html")]
    pub out: PathBuf,
    /// Where the source is; only the lines shown are taken into the page.
    #[command(flatten)]
    pub roots: SourceRoots,
    /// The guest's ELF, for the text of instructions; by itself it is looked for beside the profile, in zkperf-guests and
    /// among the guests of the demo.
    #[arg(long, value_name = "FILE", conflicts_with = "head")]
    pub elf: Option<PathBuf>,
}
