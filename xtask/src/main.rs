//! Developer tasks: checking the engines against the official executors, and measuring them.

mod engines;
mod figures;
mod full;
mod guests;
mod official;
mod ours;
mod self_test;
mod source;
mod sp1;
mod verify;
mod versus;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{bail, Result};
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::official::{Options, Ziskemu};
use crate::verify::Verdict;

#[derive(Parser)]
#[command(about = "Developer tasks of zkperf")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Run guests on the official executor and on ours, and compare every figure.
    Verify {
        /// The zkVM.
        zkvm: Family,
        #[command(flatten)]
        official: OfficialArgs,
        #[command(flatten)]
        what: What,
    },
    /// Measure our speed and memory against the official executor's.
    Versus {
        /// The zkVM.
        zkvm: Family,
        #[command(flatten)]
        official: OfficialArgs,
        #[command(flatten)]
        guest: OneGuest,
        /// Alternating rounds of which the median is taken.
        #[arg(long, default_value_t = 3)]
        pairs: usize,
    },
    /// Everything long: all comparisons and measurements, guests rebuilt. Prints its steps.
    Full {
        #[command(flatten)]
        official: OfficialArgs,
        /// Folder with recorded blocks.
        #[arg(long, default_value = "../shared/blocks")]
        blocks: PathBuf,
        /// Only list the steps.
        #[arg(long)]
        list: bool,
    },
    /// Write the hand-written guests (and random ones) as files.
    Guests {
        /// Folder to write to.
        #[arg(long)]
        out: PathBuf,
        /// Also this many random programs.
        #[arg(long, default_value_t = 0)]
        random: u64,
    },
}

/// A zkVM family.
#[derive(Clone, Copy, ValueEnum)]
enum Family {
    /// ZisK.
    Zisk,
    /// SP1; its executor is built from `checks/sp1`.
    Sp1,
}

#[derive(Args)]
struct OfficialArgs {
    /// Installation prefix of ZisK's official tools: `DIR/bin/ziskemu`.
    #[arg(long, value_name = "DIR")]
    official: Option<PathBuf>,
}

impl OfficialArgs {
    fn prefix(&self) -> Result<&Path> {
        match &self.official {
            Some(prefix) => Ok(prefix),
            None => bail!("ZisK's official emulator is needed: pass --official DIR"),
        }
    }
}

/// One guest and its input.
#[derive(Args)]
struct OneGuest {
    /// With --recorded: build the guest instead of taking the prebuilt one.
    #[arg(long)]
    rebuild: bool,
    /// A recorded block: the reference guest runs on it.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["elf", "input"])]
    recorded: Option<PathBuf>,
    /// Variant of the reference guest.
    #[arg(long, default_value = "unpatched")]
    variant: String,
    /// A guest.
    #[arg(long, requires = "input")]
    elf: Option<PathBuf>,
    /// Its input.
    #[arg(long, requires = "elf")]
    input: Option<PathBuf>,
}

#[derive(Args)]
struct What {
    #[command(flatten)]
    guest: OneGuest,
    /// All hand-written guests.
    #[arg(long)]
    guests: bool,
    /// Only guests whose name contains this.
    #[arg(long, requires = "guests", value_name = "TEXT")]
    only: Option<String>,
    /// Write the official figures of the hand-written guests (SP1's tests read them).
    #[arg(long, requires = "guests", value_name = "FILE")]
    write_golden: Option<PathBuf>,
    /// This many random programs.
    #[arg(long, value_name = "N")]
    random: Option<u64>,
    /// Seed of the first random program; the others follow.
    #[arg(long, requires = "random", default_value_t = 0)]
    seed: u64,
    /// The embedded demo.
    #[arg(long)]
    demo: bool,
    /// Compare functions, too (always on for the hand-written guests and random programs).
    #[arg(long)]
    functions: bool,
    /// Plant one wrong figure of each kind; each must be reported.
    #[arg(long)]
    self_test: bool,
}

fn main() -> ExitCode {
    match run(Cli::parse().task) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: Task) -> Result<bool> {
    match task {
        Task::Verify {
            zkvm: Family::Zisk,
            official,
            what,
        } => verify(&Ziskemu::at(official.prefix()?)?, &what),
        Task::Verify {
            zkvm: Family::Sp1,
            what,
            ..
        } => sp1::verify(&sp1::Plan {
            files: what
                .guest
                .elf
                .zip(what.guest.input)
                .map(|(elf, input)| (elf, vec![input])),
            guests: what.guests.then(|| what.only.unwrap_or_default()),
            random: what.random.map(|count| (what.seed, count)),
            golden: what.write_golden,
            self_test: what.self_test,
        }),
        Task::Versus {
            zkvm: Family::Sp1,
            guest,
            pairs,
            ..
        } => {
            let (elf, input) = source::resolve(&guest.into())?;
            let plan = versus::Plan {
                elf,
                input,
                pairs,
                zkperf: source::zkperf()?,
            };
            println!("{}", sp1::measure(&plan)?);
            Ok(true)
        }
        Task::Versus {
            zkvm: Family::Zisk,
            official,
            guest,
            pairs,
        } => {
            let (elf, input) = source::resolve(&guest.into())?;
            let plan = versus::Plan {
                elf,
                input,
                pairs,
                zkperf: source::zkperf()?,
            };
            println!(
                "{}",
                versus::measure(&Ziskemu::at(official.prefix()?)?, &plan)?
            );
            Ok(true)
        }
        Task::Full {
            official,
            blocks,
            list,
        } => full::run(official.prefix()?, &blocks, list),
        Task::Guests { out, random } => guests::write(&out, random).map(|()| true),
    }
}

fn verify(official: &Ziskemu, what: &What) -> Result<bool> {
    if what.self_test {
        return guests::self_test(official);
    }
    let one = what.demo || what.guest.recorded.is_some() || what.guest.elf.is_some();
    if !one && !what.guests && what.random.is_none() {
        bail!("nothing to verify: pass --recorded FILE, --elf E --input I, --guests, --random N, --demo or --self-test");
    }
    let engine = engines::engine("zisk")?;
    let mut verdict = Verdict::default();
    if what.guests {
        let only = what.only.as_deref().unwrap_or_default();
        verdict.absorb("guests", guests::verify_all(official, &*engine, only)?);
    }
    if let Some(count) = what.random {
        let found = guests::verify_random(official, &*engine, what.seed, count)?;
        verdict.absorb("random", found);
    }
    if one {
        let (elf, input) = if what.demo {
            source::demo()?
        } else {
            source::resolve(&(&what.guest).into())?
        };
        let options = Options {
            functions: what.functions,
            max_steps: None,
        };
        let name = elf
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        verdict.absorb(
            &name,
            verify::guest(official, &*engine, &elf, &input, options)?,
        );
    }
    Ok(verdict.print())
}

impl From<&OneGuest> for source::Wanted {
    fn from(guest: &OneGuest) -> Self {
        Self {
            recorded: guest.recorded.clone(),
            variant: guest.variant.clone(),
            rebuild: guest.rebuild,
            files: guest.elf.clone().zip(guest.input.clone()),
        }
    }
}

impl From<OneGuest> for source::Wanted {
    fn from(guest: OneGuest) -> Self {
        (&guest).into()
    }
}
