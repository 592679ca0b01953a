//! One file a command.

mod advise;
mod bench;
pub mod build;
mod compare;
mod demo;
mod doctor;
mod export;
mod find_profile;
mod gate;
mod import;
mod imported;
mod init;
pub mod input;
mod lab;
mod labels;
mod patches;
mod profile;
mod report;
mod run;
mod source;
pub mod sweep;
mod views;

use crate::cli::{Cli, Command};
use anyhow::Result;

/// Where guests are built, unless said otherwise.
pub const GUESTS: &str = "zkperf-guests";

/// Runs what was asked for.
///
/// # Errors
/// The command's error, for `exit::code` to print.
pub fn dispatch(cli: Cli) -> Result<()> {
    let global = &cli.global;
    match cli.command {
        Command::Demo(args) => demo::run(global, &args),
        Command::Doctor(args) => doctor::run(global, &args),
        Command::Input(args) => input::run(global, &args),
        Command::Build(args) => build::run(global, &args),
        Command::Run(args) => run::run(global, &args),
        Command::Profile(args) => profile::run(global, &args),
        Command::Bench(args) => bench::run(global, &args),
        Command::Gate(args) => gate::run(global, &args),
        Command::Sweep(args) => sweep::run(global, &args),
        Command::Advise(args) => advise::run(global, &args),
        Command::Patches(args) => patches::run(global, &args),
        Command::Top(args) => views::top(global, &args),
        Command::Callers(args) => views::callers(global, &args),
        Command::Callees(args) => views::callees(global, &args),
        Command::Where(args) => source::stacks(global, &args),
        Command::Annotate(args) => source::annotate(global, &args),
        Command::Lines(args) => source::lines(global, &args),
        Command::Tree(args) => source::tree(global, &args),
        Command::Export(args) => export::run(global, &args),
        Command::Report(args) => report::run(global, &args),
        Command::Summary(args) => views::summary(global, &args),
        Command::Compare(args) => compare::run(global, &args),
        Command::Lab(args) => lab::run(global, &args),
        Command::Stats(args) => views::stats(global, &args),
        Command::ToJson(args) => views::to_json(&args),
        Command::Init(args) => init::run(global, &args),
        Command::Import(args) => import::run(global, &args),
        Command::FindProfile(args) => find_profile::run(global, &args),
        Command::Schema => views::schema(),
    }
}
