//! `zkperf compare`.

use clap::{Args, ValueEnum};
use std::path::PathBuf;
use zkperf_profile::verdict::Limit;

/// `zkperf compare`.
#[derive(Debug, Args)]
pub struct CompareArgs {
    /// The profile before and the one after; with --with, all profiles before. A folder stands for every profile in it, a
    /// text report for the profile beside it.
    #[arg(
        value_name = "PROFILE",
        required_unless_present = "base",
        conflicts_with = "base"
    )]
    pub profiles: Vec<PathBuf>,
    /// The profiles before, instead of naming them first.
    #[arg(long, value_name = "PROFILE", num_args = 1.., requires = "with")]
    pub base: Vec<PathBuf>,
    /// The profiles after. Pairs are made by zkVM and input; what has no counterpart is named.
    #[arg(long, value_name = "PROFILE", num_args = 1..)]
    pub with: Vec<PathBuf>,
    /// How to write it; --json is the same as --format json.
    #[arg(long, value_enum, default_value = "text")]
    pub format: CompareFormat,
    /// Write it to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Exit with 3 if a measure grows by more: cost:1000 (units) or cost:0.1%, in any pair or in the sum of a zkVM. `cost` is
    /// the proving cost of every zkVM. May be repeated. If outputs differ, or there is no verdict, the exit code is 4.
    #[arg(long, value_name = "MEASURE:LIMIT")]
    pub fail_above: Vec<Limit>,
    /// Divide and rank by another measure than the proving cost.
    #[arg(long, short, value_name = "NAME")]
    pub measure: Option<String>,
    /// How many rows of each list; 0 for all.
    #[arg(long, short = 'n', value_name = "N", default_value_t = 20)]
    pub limit: usize,
    /// Show one division only.
    #[arg(long, value_name = "WHAT", value_enum)]
    pub by: Option<CompareBy>,
    /// Where the inputs are, to tell which kinds of transactions the set has; the store and the profiles' folders are looked
    /// through anyway.
    #[arg(long, value_name = "DIR")]
    pub inputs: Vec<PathBuf>,
}

/// How a comparison is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareFormat {
    /// For a terminal.
    Text,
    /// For a comment on a change.
    Markdown,
    /// One document: zkperf-compare/2.
    Json,
}

/// What a comparison is divided by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum CompareBy {
    /// Functions, inlined ones included.
    Function,
    /// Crates.
    Crate,
    /// Modules.
    Module,
    /// Source files.
    File,
    /// Source lines.
    Line,
    /// What the proving cost is the sum of.
    Part,
    /// The zkVM's opcodes.
    Opcode,
    /// The zkVM's precompiles.
    Precompile,
    /// Memory.
    Memory,
    /// The prover's tables.
    Air,
    /// Phases of an ethrex guest.
    Phase,
    /// Transactions.
    Tx,
    /// EVM opcodes.
    EvmOpcode,
    /// EVM precompiles.
    EvmPrecompile,
    /// Contracts.
    Contract,
}

impl CompareBy {
    /// The division's key in the data.
    pub fn key(self) -> String {
        let value = self.to_possible_value();
        value.map_or(String::new(), |value| value.get_name().to_owned())
    }
}
