//! From what a run recorded to a profile.

use crate::decode::Decoded;
use crate::full::{Chunk, FullRecorder};
use crate::recorder::{counter, Counters};
use crate::tables;
use crate::weights::{tables_sha256, GAS_SCALE, TOUCH_WEIGHT};
use zkperf_exec::{completeness, identify, stored_measure, Layout, Outcome, PcRow, ScopeRow};
use zkperf_profile::{CostModel, Measure, MeasureId, ProfileData, Run, Source};

/// Stored measures, in the order in which a profile lists them, with the counters they show.
const STORED: [(&str, &str, &str, usize); counter::COUNT] = [
    (
        "cycles",
        "cycles",
        "RISC-V instructions retired, unconstrained blocks left out",
        counter::CYCLES,
    ),
    (
        "gas_instructions",
        "gas/191",
        "rows of instructions, with bumps at 64 KiB of code",
        counter::INSTRUCTION_GAS,
    ),
    (
        "gas_first_touch",
        "gas/191",
        "rows of words and registers touched for the first time in a chunk",
        counter::TOUCH_GAS,
    ),
    (
        "gas_precompiles",
        "gas/191",
        "rows of precompiles",
        counter::PRECOMPILE_GAS,
    ),
    (
        "gas_bumps",
        "gas/191",
        "rows that keep the clock in range",
        counter::BUMP_GAS,
    ),
    (
        "precompile_calls",
        "calls",
        "syscalls with a table of their own",
        counter::PRECOMPILE_CALLS,
    ),
    (
        "bytes_read",
        "bytes",
        "bytes read from memory",
        counter::BYTES_READ,
    ),
    (
        "bytes_written",
        "bytes",
        "bytes written to memory",
        counter::BYTES_WRITTEN,
    ),
    (
        "trace_entries",
        "entries",
        "memory entries recorded in the trace",
        counter::ENTRIES,
    ),
];

/// Places of the parts of the gas among the stored measures.
const GAS_PARTS: [u32; 4] = [1, 2, 3, 4];

/// Everything the tables are made from.
pub(crate) struct Recorded<'a> {
    pub(crate) program: &'a Decoded,
    pub(crate) recorder: &'a FullRecorder<'a>,
    pub(crate) executions: &'a [u64],
    pub(crate) public: Public,
}

/// What the guest told the world.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Public {
    /// Digest of the public values, as committed.
    pub(crate) digest: [u32; 8],
    pub(crate) exit_code: u32,
}

/// Puts the profile's data together.
pub(crate) fn profile_data(
    program: &Decoded,
    recorder: FullRecorder,
    public: Public,
    outcome: &Outcome,
    run: Run,
) -> ProfileData {
    let executions = recorder.executions();
    let recorded = Recorded {
        program,
        recorder: &recorder,
        executions: &executions,
        public,
    };
    let columns = STORED.map(|(_, _, _, counter)| Some(counter));
    let layout = Layout {
        columns: &columns,
        functions: program.functions.functions(),
        pseudo_costs: Vec::new(),
    };
    let pc_of = |site: u32| program.pc(site as usize);
    let assembled = layout.assemble(&recorder.tree, program_counters(&recorded), pc_of);
    let measures = measures(&assembled.totals(), &recorder.chunks);
    let regions = recorder.tracker.regions.iter().map(|region| ScopeRow {
        name: region.name.clone(),
        entries: region.entries,
        covered: region.covered,
    });
    let mut tables = tables::all(&recorded);
    tables.extend(layout.repeats(&recorder.tree, &measures));
    ProfileData {
        run: identity(run, outcome),
        completeness: completeness(outcome),
        scopes: layout.scopes(&measures, regions),
        timeline: assembled.timeline(&recorder.track, "cycles"),
        unattributed: assembled.unattributed(&measures),
        source: Default::default(),
        tables,
        functions: assembled.functions,
        nodes: assembled.nodes,
        node_values: assembled.node_values,
        pcs: assembled.pcs,
        pc_values: assembled.pc_values,
        resyncs: assembled.resyncs,
        labels: assembled.labels,
        measures,
    }
}

fn program_counters<'a>(
    recorded: &'a Recorded,
) -> impl Iterator<Item = PcRow<{ counter::COUNT }>> + 'a {
    let executed = recorded.executions.iter().enumerate();
    executed
        .filter(|(_, &executions)| executions > 0)
        .map(|(index, &executions)| PcRow {
            address: recorded.program.pc(index),
            function: recorded.program.function_of[index],
            count: executions,
            values: counted_at(recorded, index, executions),
        })
}

/// Everything counted at one instruction.
fn counted_at(recorded: &Recorded, index: usize, executions: u64) -> Counters {
    let statics = &recorded.program.statics;
    let static_part =
        |at: usize| executions * (statics[index + 1].counted[at] - statics[index].counted[at]);
    let recorder = recorded.recorder;
    let syscalls = recorder.syscalls.get(&index).copied().unwrap_or_default();
    let mut values = [0; counter::COUNT];
    values[counter::INSTRUCTION_GAS] = static_part(counter::INSTRUCTION_GAS);
    values[counter::BYTES_READ] = static_part(counter::BYTES_READ) + syscalls.read;
    values[counter::BYTES_WRITTEN] = static_part(counter::BYTES_WRITTEN) + syscalls.written;
    values[counter::ENTRIES] = static_part(counter::ENTRIES) + syscalls.entries;
    values[counter::CYCLES] = executions;
    values[counter::TOUCH_GAS] = u64::from(recorder.touches[index]) * TOUCH_WEIGHT;
    values[counter::PRECOMPILE_GAS] = syscalls.weight;
    values[counter::BUMP_GAS] = recorder.bumps.get(&index).copied().unwrap_or(0);
    values[counter::PRECOMPILE_CALLS] = syscalls.precompile_calls;
    values
}

/// The official gas of a run: numerators are divided by 10 chunk by chunk, then the sum is
/// normalised (`generate_report`, `src/vm/gas.rs`; `gas`, `src/report.rs`).
pub(crate) fn official_gas(chunks: &[Chunk]) -> u64 {
    let raw: u64 = chunks.iter().map(|chunk| chunk.numerators / 10).sum();
    raw * 10 / GAS_SCALE
}

/// The measures, the gas as the sum of its parts.
fn measures(totals: &[u64], chunks: &[Chunk]) -> Vec<Measure> {
    let stored = STORED.iter().zip(totals);
    let mut list: Vec<Measure> = stored
        .map(|((name, unit, about, _), total)| stored_measure(name, unit, about, *total))
        .collect();
    let numerators: u64 = GAS_PARTS.iter().map(|part| totals[*part as usize]).sum();
    let gas = official_gas(chunks);
    list.push(Measure {
        source: Source::Sum {
            of: GAS_PARTS.map(MeasureId).to_vec(),
        },
        scale: GAS_SCALE,
        remainder: numerators - gas * GAS_SCALE,
        proving_cost: true,
        ..stored_measure(
            "prover_gas",
            "gas",
            "prover gas: 3 x area + complexity of every row, over 191",
            gas,
        )
    });
    list
}

/// The rules that costs follow here.
pub(crate) fn cost_model() -> CostModel {
    CostModel {
        name: "sp1 prover gas".into(),
        version: crate::elf::VERSION.into(),
        tables_sha256: tables_sha256(),
    }
}

fn identity(mut run: Run, outcome: &Outcome) -> Run {
    run.zkvm = "sp1".into();
    run.zkvm_version = crate::elf::VERSION.into();
    run.cost_model = cost_model();
    identify(&mut run, outcome);
    run
}
