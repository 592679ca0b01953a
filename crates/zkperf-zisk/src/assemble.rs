//! From what a run recorded to a profile.

use crate::cost::{
    tables_sha256, BASE_COST, CHEAP_ADD_SAVES, MAIN_COST, RAM_INIT_COST, ROM_INIT_COST,
};
use crate::heap::HeapUsage;
use crate::official;
use crate::program::{RomSize, ZiskProgram};
use crate::recorder::{counter, Counters, FullRecorder};
use crate::tables;
use std::collections::BTreeMap;
use zkperf_exec::{
    completeness, identify, stored_measure, Layout, Outcome, PcRow, PseudoCost, ScopeRow,
};
use zkperf_profile::{CostModel, Measure, MeasureId, ProfileData, Run, Source};

/// Stored measures, in the order in which a profile lists them.
mod column {
    use crate::recorder::counter;

    pub(super) const INSTRUCTIONS: usize = 0;
    pub(super) const STEPS: usize = 1;
    pub(super) const OPCODES: usize = 2;
    pub(super) const PRECOMPILES: usize = 3;
    pub(super) const MEMORY: usize = 4;
    pub(super) const FROPS: usize = 5;
    pub(super) const PRECOMPILE_CALLS: usize = 6;
    pub(super) const BYTES_READ: usize = 7;
    pub(super) const BYTES_WRITTEN: usize = 8;
    pub(super) const BASE: usize = 9;
    pub(super) const COUNT: usize = 10;

    /// The counter that each column shows; nothing that runs pays the base.
    pub(super) const COUNTERS: [Option<usize>; COUNT] = [
        Some(counter::INSTRUCTIONS),
        Some(counter::STEPS),
        Some(counter::OPCODES),
        Some(counter::PRECOMPILES),
        Some(counter::MEMORY),
        Some(counter::FROPS),
        Some(counter::PRECOMPILE_CALLS),
        Some(counter::BYTES_READ),
        Some(counter::BYTES_WRITTEN),
        None,
    ];
}

/// Everything the tables are made from.
pub(crate) struct Recorded<'a> {
    pub(crate) program: &'a ZiskProgram,
    pub(crate) recorder: &'a FullRecorder<'a>,
    pub(crate) executions: &'a [u64],
    pub(crate) heap: HeapUsage,
    pub(crate) rom_size: RomSize,
}

/// Puts the profile's data together.
pub(crate) fn profile_data(
    program: &ZiskProgram,
    recorder: FullRecorder,
    heap: HeapUsage,
    outcome: &Outcome,
    run: Run,
) -> ProfileData {
    let executions = recorder.executions.counts();
    let recorded = Recorded {
        program,
        recorder: &recorder,
        executions: &executions,
        heap,
        rom_size: program.rom_size,
    };
    let layout = Layout {
        columns: &column::COUNTERS,
        functions: &program.decoded.functions.functions,
        pseudo_costs: pseudo_costs(program.rom_size),
    };
    let source_pcs = &program.decoded.source_pcs;
    let assembled = layout.assemble(&recorder.tree, program_counters(&recorded), |site| {
        u64::from(source_pcs[site as usize])
    });
    let measures = measures(&assembled.totals());
    let tags = recorder.tags.tags.iter().map(|tag| ScopeRow {
        name: tag.name.clone(),
        entries: tag.entries,
        covered: tag.covered,
    });
    let mut tables = tables::all(&recorded, &measures);
    tables.extend(layout.repeats(&recorder.tree, &measures));
    ProfileData {
        run: identity(run, outcome),
        completeness: completeness(outcome),
        scopes: layout.scopes(&measures, tags),
        timeline: assembled.timeline(&recorder.track, "steps"),
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

/// Costs without a pc.
fn pseudo_costs(rom_size: RomSize) -> Vec<PseudoCost> {
    let one = |name, at: usize, value: u64| {
        let mut values = vec![0; column::COUNT];
        values[at] = value;
        PseudoCost { name, values }
    };
    vec![
        one("[base]", column::BASE, BASE_COST),
        one(
            "[initial ROM data]",
            column::MEMORY,
            rom_size.rom_words * ROM_INIT_COST,
        ),
        one(
            "[initial RAM data]",
            column::MEMORY,
            rom_size.ram_words * RAM_INIT_COST,
        ),
    ]
}

/// Executed RISC-V (or library) instructions; micro-instructions count at theirs.
fn program_counters(recorded: &Recorded) -> Vec<PcRow<{ counter::COUNT }>> {
    let decoded = &recorded.program.decoded;
    let mut by_address: BTreeMap<u32, PcRow<{ counter::COUNT }>> = BTreeMap::new();
    for (index, &executions) in recorded.executions.iter().enumerate() {
        if executions == 0 {
            continue;
        }
        let source = decoded.source_pcs[index];
        let row = by_address.entry(source).or_insert(PcRow {
            address: u64::from(source),
            function: decoded.function_of[index],
            count: 0,
            values: [0; counter::COUNT],
        });
        if decoded.layout.pcs[index] == source {
            row.count = executions;
        }
        let counted = counted_at(recorded, index, executions);
        for (sum, value) in row.values.iter_mut().zip(counted) {
            *sum += value;
        }
    }
    by_address.into_values().collect()
}

/// Everything counted at one instruction.
fn counted_at(recorded: &Recorded, index: usize, executions: u64) -> Counters {
    let decoded = &recorded.program.decoded;
    let counts = recorded.recorder.pcs[index];
    let [opcode_cost, instructions, read, written, _, memory, ..] = decoded.statics[index]
        .until(&decoded.statics[index + 1])
        .map(u64::from);
    let frops = counts.frequent * opcode_cost;
    let precompile = recorded
        .recorder
        .precompiles
        .get(&index)
        .copied()
        .unwrap_or_default();
    let mut values = [0; counter::COUNT];
    values[counter::INSTRUCTIONS] = executions * instructions;
    values[counter::STEPS] = executions;
    values[counter::OPCODES] =
        executions * opcode_cost - frops - counts.cheap_adds * CHEAP_ADD_SAVES;
    values[counter::PRECOMPILES] = counts.precompile_cost;
    values[counter::MEMORY] = (executions * memory).wrapping_add(counts.memory_cost);
    values[counter::FROPS] = frops;
    values[counter::PRECOMPILE_CALLS] = precompile.calls;
    values[counter::BYTES_READ] = executions * read + precompile.read;
    values[counter::BYTES_WRITTEN] = executions * written + precompile.written;
    values
}

/// The measures, the derived ones where a reader expects them; from the stored columns' totals.
fn measures(totals: &[u64]) -> Vec<Measure> {
    let stored = |name: &str, unit: &str, about: &str, at: usize| {
        stored_measure(name, unit, about, totals[at])
    };
    let mut list = vec![
        stored(
            "instructions",
            "instructions",
            "RISC-V instructions retired",
            column::INSTRUCTIONS,
        ),
        stored(
            "steps",
            "steps",
            "ZisK instructions executed, BIOS included",
            column::STEPS,
        ),
        stored(
            "opcodes",
            "cost",
            "cost of opcodes that are not precompiles",
            column::OPCODES,
        ),
        stored(
            "precompiles",
            "cost",
            "cost of precompiles",
            column::PRECOMPILES,
        ),
        stored(
            "memory",
            "cost",
            "cost of memory accesses and initial data",
            column::MEMORY,
        ),
        stored(
            "frops",
            "cost",
            "opcode cost saved by frequent operations; not part of the cost",
            column::FROPS,
        ),
        stored(
            "precompile_calls",
            "calls",
            "precompiles executed",
            column::PRECOMPILE_CALLS,
        ),
        stored(
            "bytes_read",
            "bytes",
            "bytes read from memory",
            column::BYTES_READ,
        ),
        stored(
            "bytes_written",
            "bytes",
            "bytes written to memory",
            column::BYTES_WRITTEN,
        ),
        stored(
            "base",
            "cost",
            "cost that every execution pays",
            column::BASE,
        ),
    ];
    list.push(Measure {
        source: Source::Multiple {
            of: MeasureId(column::STEPS as u32),
            by: MAIN_COST,
        },
        total: totals[column::STEPS] * MAIN_COST,
        ..stored(
            "main",
            "cost",
            "cost of steps in the main state machine",
            column::STEPS,
        )
    });
    let parts = [
        list.len() - 1,
        column::OPCODES,
        column::PRECOMPILES,
        column::MEMORY,
        column::BASE,
    ];
    list.push(Measure {
        source: Source::Sum {
            of: parts.iter().map(|at| MeasureId(*at as u32)).collect(),
        },
        total: parts.iter().map(|at| list[*at].total).sum(),
        proving_cost: true,
        ..stored(
            "cost",
            "cost",
            "proving cost: main + opcodes + precompiles + memory + base",
            column::BASE,
        )
    });
    list
}

/// The rules that costs follow here.
pub(crate) fn cost_model() -> CostModel {
    CostModel {
        name: "ziskemu".into(),
        version: official::COSTS_VERSION
            .map_or_else(|| official::VERSION.into(), |version| version.to_string()),
        tables_sha256: tables_sha256(),
    }
}

fn identity(mut run: Run, outcome: &Outcome) -> Run {
    run.zkvm = "zisk".into();
    run.zkvm_version = official::VERSION.into();
    run.cost_model = cost_model();
    identify(&mut run, outcome);
    run
}
