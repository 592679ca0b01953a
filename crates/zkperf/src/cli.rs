//! What can be typed.

use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The workbench for making zkVM guest programs cheaper to prove.
#[derive(Debug, Parser)]
#[command(name = "zkperf", version, max_term_width = 100, disable_help_subcommand = true)]
pub struct Cli {
    /// Options of every command.
    #[command(flatten)]
    pub global: Global,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options of every command.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// Print one JSON document instead of text.
    #[arg(long, global = true)]
    pub json: bool,
    /// No progress.
    #[arg(long, short, global = true)]
    pub quiet: bool,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run a guest without recording: output, steps, guest stdout.
    #[command(after_help = "Example:\n  zkperf run --zkvm zisk --elf guest.elf --input block.bin")]
    Run(RunArgs),
    /// Run a guest and write its exact profile.
    #[command(after_help = "Example:\n  zkperf profile --zkvm zisk --elf guest.elf --input block.bin --stats -o p.zkp")]
    Profile(ProfileArgs),
    /// Print a profile as documented JSON (docs/profile.md).
    #[command(name = "to-json", after_help = "Example:\n  zkperf to-json p.zkp | jq .run")]
    ToJson(ToJsonArgs),
}

/// `zkperf to-json`.
#[derive(Debug, Args)]
pub struct ToJsonArgs {
    /// The profile.
    pub profile: PathBuf,
    /// Write to a file instead of stdout.
    #[arg(long, short, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// A guest and its input.
#[derive(Debug, Clone, Args)]
pub struct GuestArgs {
    /// The zkVM, such as zisk or zisk@1.4.0-alpha.
    #[arg(long, value_name = "ZKVM")]
    pub zkvm: String,
    /// The guest's ELF.
    #[arg(long, value_name = "FILE")]
    pub elf: PathBuf,
    /// An input file; repeat for several buffers.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// Stop after so many steps.
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
#[derive(Debug, Args)]
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
    /// Also write the text report beside the profile, in the layout of the zkVM's own tool.
    #[arg(long)]
    pub stats: bool,
}
