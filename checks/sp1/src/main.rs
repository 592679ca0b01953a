//! Runs guests on the official SP1 executor and prints every figure it knows, one JSON object a line.
//!
//! Jobs come as JSON lines on standard input: `{"elf": PATH, "inputs": [PATH], "chunk_entries": N,
//! "gas": true,
//! "shards": {"area": A, "height": H, "entries": E}}`; or one job comes as the only argument. The pattern is that of `sp1-core-executor-runner`'s tests: a minimal executor gives
//! trace chunks, the gas VM replays each.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use serde::{Deserialize, Serialize};
use sp1_core_executor::{
    ExecutionReport, GasEstimatingVMEnum, MinimalExecutorEnum, Program, SP1CoreOpts,
};

mod shards;

use shards::{Limits, Shard};

/// What to run.
#[derive(Debug, Deserialize)]
struct Job {
    elf: String,
    inputs: Vec<String>,
    /// Entries that end a chunk; the official default if absent.
    chunk_entries: Option<u64>,
    /// Whether to estimate gas; otherwise the plain executor runs alone.
    gas: bool,
    /// Limits by which to cut the run into shards; not cut if absent.
    shards: Option<Limits>,
}

/// One trace chunk's costs, before any division.
#[derive(Debug, Serialize)]
struct ChunkCosts {
    area: u64,
    complexity: u64,
    cycles: u64,
}

/// Everything the official executor says.
#[derive(Debug, Default, Serialize)]
struct Figures {
    cycles: u64,
    gas: Option<u64>,
    chunks: Vec<ChunkCosts>,
    shards: Vec<Shard>,
    opcodes: BTreeMap<String, u64>,
    syscalls: BTreeMap<String, u64>,
    cycle_tracker: BTreeMap<String, u64>,
    invocations: BTreeMap<String, u64>,
    exit_code: u64,
    output: String,
    digest: Vec<u32>,
    /// Text of the official report.
    text: String,
    /// Seconds of the whole run, loading left out.
    seconds: f64,
}

fn run(job: &Job) -> Result<Figures, String> {
    let read = |path: &String| std::fs::read(path).map_err(|error| format!("{path}: {error}"));
    let elf = read(&job.elf)?;
    // The loader panics on instructions it cannot decode.
    let program = catch_unwind(|| Program::from(&elf))
        .map_err(|panic| format!("refused: {}", panic_text(&*panic)))?
        .map_err(|error| format!("refused: {error}"))?;
    let program = Arc::new(program);
    let mut options = SP1CoreOpts::default();
    if let Some(entries) = job.chunk_entries {
        options.gas_trace_chunk_threshold = entries;
    }
    let trace = job.gas.then_some(options.gas_trace_chunk_threshold);
    let mut inputs = Vec::new();
    for path in &job.inputs {
        inputs.push(read(path)?);
    }
    let start = Instant::now();
    let mut executor = MinimalExecutorEnum::new(program.clone(), false, trace);
    for input in &inputs {
        executor.with_input(input);
    }
    let mut figures = Figures::default();
    let mut report = ExecutionReport::default();
    while let Some(chunk) = executor.execute_chunk() {
        if !job.gas {
            continue;
        }
        let mut vm = GasEstimatingVMEnum::new(&chunk, program.clone(), [0; 4], options.clone());
        let part = vm.execute().map_err(|error| format!("gas VM: {error}"))?;
        let (complexity, area) = vm.costs();
        figures.chunks.push(ChunkCosts {
            area,
            complexity,
            cycles: part.total_instruction_count(),
        });
        report += part;
    }
    figures.seconds = start.elapsed().as_secs_f64();
    figures.cycles = executor.global_clk();
    figures.exit_code = u64::from(executor.exit_code());
    figures.digest = executor.public_value_digest().to_vec();
    if job.gas {
        if report.total_instruction_count() != figures.cycles {
            return Err("the report and the executor count cycles differently".into());
        }
        figures.gas = report.gas();
        figures.text = report.to_string();
        let opcodes = report.opcode_counts.iter().filter(|(_, count)| **count > 0);
        figures.opcodes = opcodes.map(|(op, n)| (op.to_string(), *n)).collect();
        let syscalls = report
            .syscall_counts
            .iter()
            .filter(|(_, count)| **count > 0);
        figures.syscalls = syscalls.map(|(call, n)| (call.to_string(), *n)).collect();
    }
    #[cfg(feature = "profiling")]
    {
        figures.cycle_tracker = executor.take_cycle_tracker_totals().into_iter().collect();
        figures.invocations = executor.take_invocation_tracker().into_iter().collect();
    }
    if let Some(limits) = job.shards {
        figures.shards = shards::cut(&program, &inputs, limits, &options)?;
    }
    figures.output = hex::encode(executor.into_public_values_stream());
    Ok(figures)
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_else(|| "panic without a message".into())
}

fn main() {
    std::panic::set_hook(Box::new(|_| ()));
    let mut out = std::io::stdout().lock();
    let jobs: Box<dyn Iterator<Item = std::io::Result<String>>> = match std::env::args().nth(1) {
        Some(job) => Box::new(std::iter::once(Ok(job))),
        None => Box::new(std::io::stdin().lock().lines()),
    };
    for line in jobs {
        let Ok(line) = line else { break };
        let result = match serde_json::from_str::<Job>(&line) {
            Ok(job) => catch_unwind(AssertUnwindSafe(|| run(&job)))
                .unwrap_or_else(|panic| Err(format!("panic: {}", panic_text(&*panic)))),
            Err(error) => Err(format!("not a job: {error}")),
        };
        let answer = match result {
            Ok(figures) => serde_json::json!({ "figures": figures }),
            Err(error) => serde_json::json!({ "error": error }),
        };
        if writeln!(out, "{answer}")
            .and_then(|()| out.flush())
            .is_err()
        {
            break;
        }
    }
}
