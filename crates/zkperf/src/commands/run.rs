//! `zkperf run`: a plain run that pays nothing for profiling.

use crate::cli::{Global, RunArgs};
use crate::guest::Loaded;
use crate::{exit, files, guest, progress, report};
use anyhow::{Context, Result};
use serde::Serialize;
use std::io::Write;
use std::time::Instant;
use zkperf_report::thousands;

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
    warnings: Vec<String>,
}

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early.
pub fn run(global: &Global, args: &RunArgs) -> Result<()> {
    if let Some(path) = &args.output {
        files::probe(path)?;
    }
    if args.guest.zkvm == "native" {
        return native(global, args);
    }
    let guests = args.guest.elf.len();
    if guests > 1 && (global.json || args.output.is_some()) {
        return Err(exit::usage(format!(
            "--json and --output are for one guest, and there are {guests}"
        )));
    }
    let begun = Instant::now();
    let loaded = guest::for_each_elf(&args.guest.zkvm, &args.guest.elf, global.quiet)?;
    let load_seconds = begun.elapsed().as_secs_f64();
    loaded
        .iter()
        .try_for_each(|one| run_one(global, args, one, load_seconds))
}

fn run_one(global: &Global, args: &RunArgs, one: &Loaded, load_seconds: f64) -> Result<()> {
    let (zkvm, guest) = (one.zkvm.as_ref(), &one.guest);
    let (input, input_id) = guest::read_inputs(zkvm, &args.guest, global.quiet)?;
    let _running = progress::Running::begin();
    let mut control = progress::control(
        global.quiet,
        args.guest.max_steps,
        "running".into(),
        zkvm.time_unit(),
    );
    control.segment_po2 = args.guest.po2;
    // Guest stdout is the guest's; with --json our own stdout holds one document only.
    let json = global.json;
    control.stdout = Some(Box::new(move |bytes| {
        let _ = if json {
            std::io::stderr().write_all(bytes)
        } else {
            std::io::stdout().write_all(bytes)
        };
    }));
    let begun = Instant::now();
    let outcome = guest.program.run(&input, &mut control)?;
    let run_seconds = begun.elapsed().as_secs_f64();
    drop(control);
    // What a guest that stopped early has committed so far is not its output.
    if let Some(path) = args.output.as_ref().filter(|_| outcome.fault.is_none()) {
        files::write(path, &outcome.output)?;
    }
    let result = RunReport {
        schema: "zkperf-run/1",
        zkvm: zkvm.name().into(),
        version: zkvm.version().into(),
        elf_sha256: guest.id.sha256.clone(),
        input_sha256: input_id.sha256,
        steps: outcome.steps,
        output_sha256: files::sha256(&outcome.output),
        output_hex: hex::encode(&outcome.output),
        touched_bytes: outcome.touched_bytes,
        load_seconds,
        run_seconds,
        fault: outcome.fault.as_ref().map(ToString::to_string),
        warnings: guest.program.notes().to_vec(),
    };
    if global.json {
        report::json(&result)?;
    } else {
        report::text_out(&text(&result, zkvm.time_unit()))?;
    }
    match outcome.fault {
        None => Ok(()),
        Some(fault) => Err(exit::Coded {
            message: guest::explain(&fault, &args.guest),
            code: 1,
        }
        .into()),
    }
}

fn text(result: &RunReport, unit: &str) -> String {
    let rate = result.steps as f64 / result.run_seconds.max(1e-9) / 1e6;
    format!(
        "{} {}: {} {unit} in {:.2} s ({rate:.0} M/s), loaded in {:.2} s\noutput {}\nsha256 {}\n",
        result.zkvm,
        result.version,
        thousands(result.steps),
        result.run_seconds,
        result.load_seconds,
        result.output_hex,
        result.output_sha256,
    )
}

/// `--zkvm native`: the reference guest's own code on this machine.
fn native(global: &Global, args: &RunArgs) -> Result<()> {
    let [path] = args.guest.input.as_slice() else {
        return Err(exit::usage(
            "--zkvm native takes exactly one --input, made by `zkperf input`",
        ));
    };
    let guest = &args.guest;
    let of_guests = [
        ("--elf", guest.elf.is_empty()),
        ("--stdin", guest.stdin.is_none()),
        ("--arg", guest.arg.is_empty()),
        ("--env", guest.env.is_empty()),
        ("--po2", guest.po2.is_none()),
        ("--max-steps", guest.max_steps.is_none()),
    ];
    if let Some((option, _)) = of_guests.iter().find(|(_, absent)| !absent) {
        return Err(exit::usage(format!(
            "--zkvm native runs the reference guest's code on this machine; it has no {option}"
        )));
    }
    let file = files::read(path)?;
    let begun = Instant::now();
    let run = zkperf_block::run_native(&file)
        .with_context(|| format!("{} cannot be used", path.display()))?;
    let seconds = begun.elapsed().as_secs_f64();
    if let Some(path) = &args.output {
        files::write(path, &run.output)?;
    }
    let output_hex = hex::encode(&run.output);
    if global.json {
        report::json(&serde_json::json!({
            "schema": "zkperf-run-native/1",
            "zkvm": "native",
            "input_sha256": files::sha256(&file),
            "output_hex": output_hex,
            "output_sha256": files::sha256(&run.output),
            "run_seconds": seconds,
            "reject": run.reject,
        }))?;
    } else {
        report::text_out(&format!("native: {seconds:.3} s\noutput {output_hex}\n"))?;
    }
    match run.reject {
        None => Ok(()),
        Some(reason) => Err(exit::Coded {
            message: format!("the block was rejected: {reason}"),
            code: 1,
        }
        .into()),
    }
}
