//! Developer tasks: checking the engines against the official executors, and measuring them.

mod cli;
mod engines;
mod figures;
mod full;
mod guests;
mod official;
mod ours;
mod parallel;
mod risc0;
mod self_test;
mod source;
mod sp1;
mod verify;
mod versions;
mod versus;

use std::process::ExitCode;

use anyhow::{bail, Result};
use clap::Parser;

use crate::cli::{Asked, Cli, Family, OfficialArgs, Task, What};
use crate::official::version::{Version, V1_4_0};
use crate::official::{Options, Ziskemu};
use crate::verify::Verdict;

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
            zkvm,
            official,
            what,
        } => match zkvm.family {
            Family::Zisk => verify_zisk(&zkvm, &official, &what),
            Family::Sp1 => verify_sp1(&what),
            Family::Risc0 => risc0::verify(&what),
        },
        Task::Versus {
            zkvm,
            official,
            guest,
            pairs,
        } => {
            let plan = versus::Plan {
                zkvm: zkvm.name(),
                files: source::resolve(&guest.wanted(&zkvm.into()))?,
                pairs,
                zkperf: source::zkperf()?,
            };
            let result = match zkvm {
                Family::Zisk => versus::zisk(&Ziskemu::at(official.prefix()?, &V1_4_0)?, &plan)?,
                Family::Sp1 => versus::sp1(&plan)?,
                Family::Risc0 => versus::risc0(&plan)?,
            };
            println!("{result}");
            Ok(true)
        }
        Task::OfficialRun { zkvm, guest, po2 } => {
            if zkvm != Family::Risc0 {
                bail!("only RISC Zero's official executor is a part of xtask");
            }
            risc0::official_run(&source::resolve(&guest.wanted(&zkvm.into()))?, po2)
        }
        Task::Full {
            official,
            older,
            blocks,
            list,
        } => full::run(official.prefix()?, &older, &blocks, list),
        Task::Versions { zkvm, version } => {
            versions::run(zkvm.map(Family::name), version.as_deref()).map(|()| true)
        }
        Task::Guests {
            out,
            random,
            version,
        } => {
            let version = version.as_deref().map_or(Ok(&V1_4_0), Version::of)?;
            guests::write(&out, random, version.target).map(|()| true)
        }
    }
}

fn verify_sp1(what: &What) -> Result<bool> {
    let files = what.files(&Family::Sp1.into())?;
    sp1::verify(&sp1::Plan {
        files: files.map(|files| (files.elf, files.inputs)),
        guests: what.guests.then(|| what.only.clone()),
        random: what.random.map(|count| (what.seed, count)),
        golden: what.write_golden.clone(),
        self_test: what.self_test,
    })
}

fn verify_zisk(asked: &Asked, official: &OfficialArgs, what: &What) -> Result<bool> {
    let version = match &asked.version {
        Some(name) => Version::of(name)?,
        None => &V1_4_0,
    };
    let official = &Ziskemu::at(official.prefix()?, version)?;
    if what.self_test {
        return guests::self_test(official);
    }
    let files = what.files(asked)?;
    if files.is_none() && !what.guests && what.random.is_none() {
        bail!("nothing to verify: pass --recorded FILE, --elf E --input I, --guests, --random N, --demo or --self-test");
    }
    let engine = engines::zisk(version.name())?;
    let mut verdict = Verdict::default();
    if what.guests {
        verdict.absorb(
            "guests",
            guests::verify_all(official, &*engine, &what.only)?,
        );
    }
    if let Some(count) = what.random {
        let found = guests::verify_random(official, &*engine, what.seed, count)?;
        verdict.absorb("random", found);
    }
    if let Some(files) = files {
        let options = Options {
            functions: what.functions,
            max_steps: None,
        };
        let name = files.elf.file_name().unwrap_or_default();
        verdict.absorb(
            &name.to_string_lossy(),
            verify::guest(official, &*engine, &files.elf, files.input()?, options)?,
        );
    }
    Ok(verdict.print())
}
