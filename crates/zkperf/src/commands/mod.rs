//! One file a command.

mod profile;
mod run;
mod to_json;

use crate::cli::{Cli, Command};
use anyhow::Result;

/// Runs what was asked for.
///
/// # Errors
/// The command's error, for `exit::code` to print.
pub fn dispatch(cli: Cli) -> Result<()> {
    match cli.command {
        Command::Run(args) => run::run(&cli.global, &args),
        Command::Profile(args) => profile::run(&cli.global, &args),
        Command::ToJson(args) => to_json::run(&args),
    }
}
