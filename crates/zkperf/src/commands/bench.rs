//! `zkperf bench`: input, guest and profile in one, over a set of blocks.

use crate::cli::{BenchArgs, Global};
use crate::commands::{build, input};
use crate::session::{current_commit, file_name, Session, Totals, Written};
use crate::{exit, guest, report, zkvms};
use anyhow::{bail, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use zkperf_block::StoredInput;
use zkperf_exec::Zkvm;
use zkperf_report::{percent, thousands};

#[derive(Serialize)]
struct BenchReport {
    schema: &'static str,
    runs: Vec<RunRow>,
}

#[derive(Serialize)]
struct RunRow {
    zkvm: String,
    version: String,
    variant: String,
    block: u64,
    chain_id: u64,
    elf: PathBuf,
    elf_sha256: String,
    input: PathBuf,
    input_sha256: String,
    profile: PathBuf,
    stats: Option<PathBuf>,
    output_sha256: String,
    totals: Totals,
    unattributed_percent: f64,
    resyncs: u64,
    run_seconds: f64,
    fault: Option<String>,
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps a block from being fetched, the guest from being built, a profile from being
/// written; a guest that stops early.
pub fn run(global: &Global, args: &BenchArgs) -> Result<()> {
    let zkvm = zkvms::by_name(&args.zkvm)?;
    let inputs = inputs(global, args, zkvm.name())?;
    let elf = match &args.elf {
        Some(elf) => elf.clone(),
        None => {
            build::build(global, zkvm.name(), &args.guest, Path::new("zkperf-guests"))?.elf_path
        }
    };
    let loaded = guest::load(zkvm.as_ref(), &elf, global.quiet)?;
    let folder = args
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from("profiles").join(zkvm.name()));
    let mut runs = Vec::new();
    for stored in &inputs {
        let (input, input_id) = guest::read_input(std::slice::from_ref(&stored.path))?;
        let title = if inputs.len() > 1 {
            format!("{}_{}", args.title, stored.block)
        } else {
            args.title.clone()
        };
        let path = folder.join(file_name(&title, &current_commit()));
        let session = Session {
            zkvm: zkvm.as_ref(),
            guest: &loaded,
            input,
            input_id,
            title: &title,
            max_steps: None,
        };
        let written = session.profile(global, &path, true)?;
        runs.push(row(zkvm.as_ref(), &elf, stored, &written));
        if !global.json {
            show(global, &written)?;
        }
    }
    let failed: Vec<String> = runs.iter().filter_map(|run| run.fault.clone()).collect();
    if global.json {
        report::json(&BenchReport {
            schema: "zkperf-bench/1",
            runs,
        })?;
    } else {
        report::text_out(&table(&runs))?;
    }
    if !failed.is_empty() {
        return Err(exit::Coded {
            message: failed.join("\n"),
            code: 1,
        }
        .into());
    }
    Ok(())
}

fn inputs(global: &Global, args: &BenchArgs, zkvm: &str) -> Result<Vec<StoredInput>> {
    let recorded = &args.source.recorded;
    if recorded.is_empty() && args.block.is_empty() {
        bail!(
            "which block? give --block N (with --rpc-url, or from the store), or --recorded FILE"
        );
    }
    if !recorded.is_empty() && !args.block.is_empty() && recorded.len() != args.block.len() {
        bail!(
            "{} --block and {} --recorded do not pair up",
            args.block.len(),
            recorded.len()
        );
    }
    let count = recorded.len().max(args.block.len());
    (0..count)
        .map(|at| {
            let block = args.block.get(at).copied();
            let file = recorded.get(at).map(PathBuf::as_path);
            input::fetch(global, &input::request(&args.source, block, file, zkvm)?)
        })
        .collect()
}

fn row(zkvm: &dyn Zkvm, elf: &Path, stored: &StoredInput, written: &Written) -> RunRow {
    let data = written.profile.data();
    let cost = written
        .profile
        .proving_cost()
        .map_or(0, |id| written.profile.sum(id));
    let lost: u64 = data.unattributed.iter().map(|part| part.value).sum();
    RunRow {
        zkvm: zkvm.name().to_owned(),
        version: zkvm.version().to_owned(),
        variant: data.run.elf.variant.clone(),
        block: stored.block,
        chain_id: stored.chain_id,
        elf: elf.to_owned(),
        elf_sha256: data.run.elf.sha256.clone(),
        input: stored.path.clone(),
        input_sha256: data.run.input.sha256.clone(),
        profile: written.path.clone(),
        stats: written.stats.clone(),
        output_sha256: data.run.output_sha256.clone(),
        totals: Totals::of(&written.profile),
        unattributed_percent: percent(lost, cost),
        resyncs: data.resyncs.iter().map(|resync| resync.count).sum(),
        run_seconds: written.seconds,
        fault: written.fault.as_ref().map(ToString::to_string),
    }
}

fn show(global: &Global, written: &Written) -> Result<()> {
    let options = zkperf_report::TopOptions {
        limit: Some(15),
        ..Default::default()
    };
    let top = zkperf_report::top(&written.profile, &options)?;
    report::text_out(&format!("{}\n", top.render(&report::style(global))))
}

fn table(runs: &[RunRow]) -> String {
    let mut out = format!(
        "{:<12} {:<14} {:>18} {:>16} {:>9}  profile\n",
        "block", "variant", "cost", "steps", "seconds"
    );
    for run in runs {
        let total = |name: &str| {
            run.totals
                .0
                .get(name)
                .and_then(serde_json::Value::as_u64)
                .unwrap_or(0)
        };
        out += &format!(
            "{:<12} {:<14} {:>18} {:>16} {:>9.2}  {}\n",
            run.block,
            run.variant,
            thousands(total("cost")),
            thousands(total("steps")),
            run.run_seconds,
            run.profile.display(),
        );
    }
    out
}
