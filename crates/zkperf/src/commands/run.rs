//! `zkperf run`: a plain run that pays nothing for profiling.

use crate::cli::{Global, RunArgs};
use crate::{exit, files, guest, progress, report, zkvms};
use anyhow::Result;
use serde::Serialize;
use std::io::Write;
use std::time::Instant;

#[derive(Serialize)]
struct RunReport {
    schema: &'static str,
    zkvm: String,
    version: String,
    elf_sha256: String,
    input_sha256: String,
    steps: u64,
    output_hex: String,
    output_sha256: String,
    touched_bytes: u64,
    load_seconds: f64,
    run_seconds: f64,
    fault: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early.
pub fn run(global: &Global, args: &RunArgs) -> Result<()> {
    let zkvm = zkvms::by_name(&args.guest.zkvm)?;
    let begun = Instant::now();
    let guest = guest::load(zkvm.as_ref(), &args.guest.elf)?;
    let (input, input_id) = guest::read_input(&args.guest.input)?;
    let load_seconds = begun.elapsed().as_secs_f64();
    let mut control =
        progress::control(global.quiet, args.guest.max_steps, "running".into(), zkvm.time_unit());
    // Guest stdout is the guest's; with --json our own stdout holds one document only.
    let json = global.json;
    control.stdout = Some(Box::new(move |bytes| {
        let _ = if json { std::io::stderr().write_all(bytes) } else { std::io::stdout().write_all(bytes) };
    }));
    let begun = Instant::now();
    let outcome = guest.program.run(&input, &mut control)?;
    let run_seconds = begun.elapsed().as_secs_f64();
    drop(control);
    if let Some(path) = &args.output {
        files::write(path, &outcome.output)?;
    }
    let result = RunReport {
        schema: "zkperf-run/1",
        zkvm: zkvm.name().into(),
        version: zkvm.version().into(),
        elf_sha256: guest.id.sha256,
        input_sha256: input_id.sha256,
        steps: outcome.steps,
        output_sha256: files::sha256(&outcome.output),
        output_hex: hex::encode(&outcome.output),
        touched_bytes: outcome.touched_bytes,
        load_seconds,
        run_seconds,
        fault: outcome.fault.as_ref().map(ToString::to_string),
    };
    if global.json {
        report::json(&result)?;
    } else {
        report::text_out(&text(&result, zkvm.time_unit()))?;
    }
    match outcome.fault {
        None => Ok(()),
        Some(fault) => Err(exit::Coded { message: fault.to_string(), code: 1 }.into()),
    }
}

fn text(result: &RunReport, unit: &str) -> String {
    let rate = result.steps as f64 / result.run_seconds / 1e6;
    format!(
        "{} {}  {} {unit} in {:.2} s ({rate:.0} M/s), loaded in {:.2} s\noutput sha256 {}\noutput {}\n",
        result.zkvm,
        result.version,
        report::group(result.steps),
        result.run_seconds,
        result.load_seconds,
        result.output_sha256,
        result.output_hex.trim_end_matches('0'),
    )
}
