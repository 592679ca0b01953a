//! zkperf: the workbench for making zkVM guest programs cheaper to prove.
//!
//! `main` parses and dispatches; each command is a file under `commands`.

mod aside;
mod cli;
mod commands;
mod demo_guests;
mod exit;
mod files;
mod guest;
mod inputs;
mod own_command;
mod profile_file;
mod program_file;
mod progress;
mod project;
mod report;
mod secret;
mod session;
mod source_cache;
mod sources;
mod zkvms;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    progress::handle_interrupts();
    match cli::Cli::try_parse() {
        Ok(cli) => {
            let json = cli.global.json;
            exit::code(commands::dispatch(cli), json)
        }
        Err(error) => exit::unparsed(&error),
    }
}
