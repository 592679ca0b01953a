//! `zkperf bench`: input, guest and profile in one, over a set of blocks.

use crate::cli::{BenchArgs, Global};
use crate::commands::{build, input, GUESTS};
use crate::guest::Loaded;
use crate::session::{current_commit, file_name, proving_cost, Session, Totals, Written};
use crate::{exit, files, guest, progress, report, zkvms};
use anyhow::Result;
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
    #[serde(skip)]
    proving_cost: (String, u64),
    #[serde(skip)]
    steps: (&'static str, u64),
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps a block from being fetched, the guest from being built, a profile from being
/// written; a guest that stops early.
pub fn run(global: &Global, args: &BenchArgs) -> Result<()> {
    check(args)?;
    let guests = guests(global, args)?;
    let mut runs = Vec::new();
    for loaded in &guests {
        let name = loaded.zkvm.name();
        let folder = match &args.out {
            Some(out) if guests.len() == 1 => out.clone(),
            Some(out) => out.join(name),
            None => Path::new("profiles").join(name),
        };
        runs.extend(bench(global, args, loaded, &folder)?);
        if progress::interrupted() {
            break;
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

/// What can be known to be wrong before anything is fetched, built or run.
fn check(args: &BenchArgs) -> Result<()> {
    let zkvms = zkvms::selection(&args.zkvm)?;
    let recorded = &args.source.recorded;
    if recorded.is_empty() && args.block.is_empty() {
        return Err(exit::usage(
            "which block? give --block N (with --rpc-url, or from the store), or --recorded FILE",
        ));
    }
    if !recorded.is_empty() && !args.block.is_empty() && recorded.len() != args.block.len() {
        return Err(exit::usage(format!(
            "{} --block and {} --recorded do not pair up",
            args.block.len(),
            recorded.len()
        )));
    }
    if args.po2.is_some() && !zkvms.iter().any(|zkvm| zkvm.has_segments()) {
        return Err(exit::usage(format!(
            "--po2 is for zkVMs that split a run into segments; {} does not",
            args.zkvm
        )));
    }
    files::probe_folder(args.out.as_deref().unwrap_or(Path::new("profiles")))?;
    if args.elf.is_empty() {
        files::probe_folder(Path::new(GUESTS))?;
    }
    Ok(())
}

/// The guest for each zkVM asked for: those given, or built now.
fn guests(global: &Global, args: &BenchArgs) -> Result<Vec<Loaded>> {
    if !args.elf.is_empty() {
        return guest::for_each_elf(&args.zkvm, &args.elf, global.quiet);
    }
    let mut loaded = Vec::new();
    for zkvm in zkvms::selection(&args.zkvm)? {
        let elf = build::build(global, &zkvm.id(), &args.guest, Path::new(GUESTS))?.elf_path;
        let guest = guest::load(zkvm.as_ref(), &elf, global.quiet)?;
        loaded.push(Loaded { zkvm, guest, elf });
    }
    Ok(loaded)
}

/// One guest on every block.
fn bench(global: &Global, args: &BenchArgs, loaded: &Loaded, folder: &Path) -> Result<Vec<RunRow>> {
    let zkvm = loaded.zkvm.as_ref();
    let inputs = inputs(global, args, zkvm.name())?;
    let mut runs = Vec::new();
    for stored in &inputs {
        let (input, input_id) = guest::read_input(zkvm.name(), std::slice::from_ref(&stored.path))?;
        let title = if inputs.len() > 1 {
            format!("{}_{}", args.title, stored.block)
        } else {
            args.title.clone()
        };
        let session = Session {
            zkvm,
            guest: &loaded.guest,
            input,
            input_id,
            title: &title,
            max_steps: None,
            segment_po2: args.po2,
        };
        let path = folder.join(file_name(&title, &current_commit()));
        let written = session.profile(global, &path, true)?;
        runs.push(row(zkvm, &loaded.elf, stored, &written));
        if !global.json {
            show(global, &written)?;
        }
        if progress::interrupted() {
            break;
        }
    }
    Ok(runs)
}

fn inputs(global: &Global, args: &BenchArgs, zkvm: &str) -> Result<Vec<StoredInput>> {
    let recorded = &args.source.recorded;
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
        resyncs: written.profile.resync_count(),
        run_seconds: written.seconds,
        fault: written.fault.as_ref().map(ToString::to_string),
        proving_cost: proving_cost(&written.profile),
        steps: (zkvm.time_unit(), written.steps),
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
        "{:<7} {:<10} {:<12} {:>16} {:<14} {:>15} {:<7} {:>8}  profile\n",
        "zkvm", "block", "variant", "proving cost", "", "time", "", "seconds"
    );
    for run in runs {
        out += &format!(
            "{:<7} {:<10} {:<12} {:>16} {:<14} {:>15} {:<7} {:>8.2}  {}\n",
            run.zkvm,
            run.block,
            run.variant,
            thousands(run.proving_cost.1),
            run.proving_cost.0,
            thousands(run.steps.1),
            run.steps.0,
            run.run_seconds,
            run.profile.display(),
        );
    }
    out
}
