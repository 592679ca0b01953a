//! `zkperf lab`.

use clap::{Args, Subcommand};
use zkperf_lab::Expectation;

/// `zkperf lab`.
#[derive(Debug, Args)]
pub struct LabArgs {
    /// What to do.
    #[command(subcommand)]
    pub command: LabCommand,
}

/// The commands of the optimisation loop.
#[derive(Debug, Subcommand)]
pub enum LabCommand {
    /// Write the lab's part of zkperf.toml, and what git must know of the ledger.
    #[command(
        after_help = "Example:\n  zkperf lab init && git add -A && git commit -m \"zkperf lab\""
    )]
    Init,
    /// Measure this commit: what attempts are judged against.
    #[command(
        after_help = "Examples:\n  zkperf lab baseline\n  zkperf lab baseline --reason \"two more blocks\""
    )]
    Baseline(LabBaselineArgs),
    /// Open an attempt on a branch of its own; shows earlier attempts at the same thing first.
    #[command(
        after_help = "Examples:\n  zkperf lab try \"hash branch nodes without cloning them\" --expect -2% --function authenticate\n  \
                            zkperf lab try \"fixed-size array instead of a Vec\" --expect zisk:-0.5%"
    )]
    Try(LabTryArgs),
    /// Build, profile, check and judge the attempt as it is committed.
    #[command(
        after_help = "Example:\n  git commit -am \"no clone\" && zkperf lab validate\n\n\
                      Exit codes: 0 it can be kept as it is; 1 only with a reason, or there is no verdict; 3 it costs more; \
                      4 it is not sound."
    )]
    Validate,
    /// Take the attempt over: one commit on the base branch, and the baseline moves on.
    #[command(
        after_help = "Examples:\n  zkperf lab keep\n  zkperf lab keep --acknowledge \"the new unsafe is bounds-checked two lines above\"\n  \
                            zkperf lab keep --accept-mixed \"-1.2% on transfers is worth +0.01% on empty blocks\""
    )]
    Keep(LabKeepArgs),
    /// Give the attempt up: its work stays on its branch, the reason goes into the ledger.
    #[command(
        after_help = "Example:\n  zkperf lab revert --reason \"filling the array costs more than the Vec did\""
    )]
    Revert(LabRevertArgs),
    /// Where the lab stands, and what comes next.
    #[command(after_help = "Example:\n  zkperf lab status --json")]
    Status,
    /// Attempts, failures first when something is looked for.
    #[command(
        after_help = "Examples:\n  zkperf lab log\n  zkperf lab log --function memcpy --search \"clone cache\""
    )]
    Log(LabLogArgs),
    /// Recompute the whole ledger: hashes, links, rules, sums, and what it renders to.
    #[command(
        after_help = "Examples:\n  zkperf lab verify\n  zkperf lab verify --repair   # after a merge of two branches"
    )]
    Verify(LabVerifyArgs),
    /// Write logbook and reports anew from the ledger.
    #[command(after_help = "Example:\n  zkperf lab render")]
    Render,
}

/// `zkperf lab baseline`.
#[derive(Debug, Args)]
pub struct LabBaselineArgs {
    /// Why it is taken; goes into the ledger.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub reason: String,
}

/// `zkperf lab try`.
#[derive(Debug, Args)]
pub struct LabTryArgs {
    /// What is changed, and why that should be cheaper.
    pub hypothesis: String,
    /// What it should do to the proving cost, such as -2%, or sp1:-0.5% for one zkVM.
    #[arg(long, value_name = "SHARE", allow_hyphen_values = true)]
    pub expect: Option<Expectation>,
    /// A function it is about; repeat for several.
    #[arg(long, value_name = "NAME")]
    pub function: Vec<String>,
}

/// `zkperf lab keep`.
#[derive(Debug, Args)]
pub struct LabKeepArgs {
    /// Why a mixed result is taken.
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    pub accept_mixed: Option<String>,
    /// Why lints, or a missing gate, are accepted.
    #[arg(long, value_name = "REASON", allow_hyphen_values = true)]
    pub acknowledge: Option<String>,
}

/// `zkperf lab revert`.
#[derive(Debug, Args)]
pub struct LabRevertArgs {
    /// Why: what the next one can learn from it.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    pub reason: String,
}

/// `zkperf lab log`.
#[derive(Debug, Args)]
pub struct LabLogArgs {
    /// Attempts at, or with an effect on, functions whose names have this in them; repeat for several.
    #[arg(long, value_name = "NAME")]
    pub function: Vec<String>,
    /// Attempts with any of these words in hypothesis, reason or paths.
    #[arg(long, value_name = "WORDS", default_value = "")]
    pub search: String,
}

/// `zkperf lab verify`.
#[derive(Debug, Args)]
pub struct LabVerifyArgs {
    /// Verify this ledger file alone, without a repository.
    #[arg(long, value_name = "FILE", conflicts_with = "repair")]
    pub file: Option<std::path::PathBuf>,
    /// Join a ledger that a merge of two branches left with two ends; commits on the branch that is checked out.
    #[arg(long)]
    pub repair: bool,
}
