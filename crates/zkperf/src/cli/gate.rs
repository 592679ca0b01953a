//! The soundness gate.

use clap::Args;
use std::path::PathBuf;

/// `zkperf gate`.
#[derive(Debug, Args)]
pub struct GateArgs {
    /// The zkVM: zisk, sp1 or risc0, or with its version; auto goes by the ELF's headers, all wants an --elf for each.
    #[arg(long, value_name = "ZKVM", default_value = crate::guest::AUTO)]
    pub zkvm: String,
    /// A guest to be checked; repeat for several zkVMs. May be left out with --native or --diff.
    #[arg(long, value_name = "FILE")]
    pub elf: Vec<PathBuf>,
    /// A program on this machine to be checked: it reads an input (without framing) on stdin and writes the public
    /// output to stdout. Split at spaces; no shell.
    #[arg(long, value_name = "COMMAND")]
    pub native: Option<String>,
    /// A recorded block to check on, beside the built-in ones; repeat for several.
    #[arg(long, value_name = "FILE")]
    pub recorded: Vec<PathBuf>,
    /// An input file of a guest that reads another format than the reference guest's: its public output must be the
    /// baseline's. Needs a --baseline on the same input.
    #[arg(long, value_name = "FILE")]
    pub input: Vec<PathBuf>,
    /// How the guest's inputs are made, if it reads another format than the reference guest's: a command with
    /// {recorded} and {output} in it, split at spaces. Such a guest must end with an error on what it rejects.
    #[arg(long, value_name = "COMMAND")]
    pub input_command: Option<String>,
    /// A profile of the guest as it was: the public output must be the same, byte for byte; repeat for several.
    #[arg(long, value_name = "PROFILE")]
    pub baseline: Vec<PathBuf>,
    /// The guest is a build of the reference guest: if it commits anything else, that is a failure, not a guest that
    /// cannot be gated.
    #[arg(long)]
    pub reference: bool,
    /// Try every tampering on every recorded block, not only on the built-in one.
    #[arg(long)]
    pub all: bool,
    /// Leave the built-in blocks out; the first --recorded takes the whole list.
    #[arg(long)]
    pub no_builtin: bool,
    /// What changed in the guest's sources, for the lints: BASE..HEAD (commits, or two folders), or a diff's file.
    #[arg(long, value_name = "BASE..HEAD")]
    pub diff: Option<String>,
    /// A lint that was looked at: LINT, LINT@FILE or LINT@FILE:LINE, and why it is fine; repeat for several.
    #[arg(long, value_name = "LINT=REASON")]
    pub acknowledge: Vec<String>,
    /// List the tamperings and the reject codes that they must bring about, and stop.
    #[arg(long)]
    pub list: bool,
}
