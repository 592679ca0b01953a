//! `zkperf profile`: run a guest, write its exact profile.

use crate::cli::{Global, ProfileArgs};
use crate::{files, guest, progress, report, zkvms};
use anyhow::{anyhow, Result};
use std::time::Instant;
use zkperf_exec::RunRequest;
use zkperf_profile::Run;

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early.
pub fn run(global: &Global, args: &ProfileArgs) -> Result<()> {
    let zkvm = zkvms::by_name(&args.guest.zkvm)?;
    let begun = Instant::now();
    let guest = guest::load(zkvm.as_ref(), &args.guest.elf)?;
    let (input, input_id) = guest::read_input(&args.guest.input)?;
    let load = begun.elapsed();
    let mut control =
        progress::control(global.quiet, args.guest.max_steps, "profiling".into(), zkvm.time_unit());
    let run = Run { elf: guest.id.clone(), input: input_id, title: args.title.clone(), ..Run::default() };
    let begun = Instant::now();
    let outcome = guest.program.profile(RunRequest { input, run }, &mut control)?;
    drop(control);
    let ran = begun.elapsed();
    let profile = outcome.profile.ok_or_else(|| anyhow!("the engine gave no profile"))?;
    let begun = Instant::now();
    let out = args.out.clone().unwrap_or_else(|| "profile.zkp".into());
    profile.save(&out)?;
    eprintln!("load {load:?} run {ran:?} save {:?} nodes {}", begun.elapsed(), profile.data().nodes.len());
    if args.stats {
        let text = guest.program.stats_text(&profile);
        files::write(&out.with_extension("txt"), text.as_bytes())?;
        if !global.json {
            report::text_out(&text)?;
        }
    }
    if let Some(fault) = outcome.fault {
        return Err(anyhow!("{fault}"));
    }
    Ok(())
}
