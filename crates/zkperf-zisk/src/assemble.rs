//! From what a run recorded to a profile.

use crate::cost::{
    tables_sha256, BASE_COST, CHEAP_ADD_SAVES, MAIN_COST, RAM_INIT_COST, ROM_INIT_COST,
};
use crate::heap::HeapUsage;
use crate::program::{RomSize, ZiskProgram};
use crate::recorder::{counter, Counters, FullRecorder};
use crate::tables;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zkperf_exec::Outcome;
use zkperf_profile::{
    Completeness, CostModel, Entry, Function, FunctionId, Measure, MeasureId, Node, NodeId, Origin,
    Pc, ProfileData, Resync, Run, Scope, Source, Timeline, Unattributed,
};

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

    /// The counter that each column but the last shows.
    pub(super) const COUNTERS: [usize; counter::COUNT] = [
        counter::INSTRUCTIONS,
        counter::STEPS,
        counter::OPCODES,
        counter::PRECOMPILES,
        counter::MEMORY,
        counter::FROPS,
        counter::PRECOMPILE_CALLS,
        counter::BYTES_READ,
        counter::BYTES_WRITTEN,
    ];
}

const STORED: usize = column::COUNT;

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
    let executions = recorder.executions();
    let recorded = Recorded {
        program,
        recorder: &recorder,
        executions: &executions,
        heap,
        rom_size: program.rom_size,
    };
    let mut functions = FunctionList::new(program);
    let (nodes, node_values) = tree(&recorded, &mut functions);
    let (pcs, pc_values) = program_counters(&recorded, &mut functions);
    let measures = measures(&node_values);
    let tables = tables::all(&recorded, &measures);
    ProfileData {
        run: identity(run, outcome),
        completeness: completeness(outcome),
        scopes: scopes(&recorded, &measures),
        timeline: timeline(&recorder),
        resyncs: resyncs(&recorded),
        unattributed: unattributed(&functions, &nodes, &node_values),
        functions: functions.list,
        nodes,
        node_values,
        pcs,
        pc_values,
        tables,
        labels: Vec::new(),
        measures,
    }
}

/// The functions that a profile names, numbered in order of first use.
struct FunctionList<'a> {
    known: &'a [Function],
    ids: Vec<Option<FunctionId>>,
    list: Vec<Function>,
}

impl<'a> FunctionList<'a> {
    fn new(program: &'a ZiskProgram) -> Self {
        let known = &program.decoded.functions.functions;
        Self {
            known,
            ids: vec![None; known.len()],
            list: Vec::new(),
        }
    }

    fn id(&mut self, function: u32) -> FunctionId {
        if let Some(id) = self.ids[function as usize] {
            return id;
        }
        let id = self.push(self.known[function as usize].clone());
        self.ids[function as usize] = Some(id);
        id
    }

    fn push(&mut self, function: Function) -> FunctionId {
        self.list.push(function);
        FunctionId(self.list.len() as u32 - 1)
    }

    fn pseudo(&mut self, name: &str) -> FunctionId {
        if let Some(at) = self
            .list
            .iter()
            .position(|f| f.origin == Origin::Pseudo && f.name == name)
        {
            return FunctionId(at as u32);
        }
        self.push(Function {
            name: name.to_owned(),
            symbol: String::new(),
            address: None,
            bytes: 0,
            origin: Origin::Pseudo,
        })
    }
}

/// Costs without a pc: name, values.
fn pseudo_costs(rom_size: RomSize) -> [(&'static str, [u64; STORED]); 3] {
    let one = |at: usize, value: u64| {
        let mut values = [0; STORED];
        values[at] = value;
        values
    };
    [
        ("[base]", one(column::BASE, BASE_COST)),
        (
            "[initial ROM data]",
            one(column::MEMORY, rom_size.rom_words * ROM_INIT_COST),
        ),
        (
            "[initial RAM data]",
            one(column::MEMORY, rom_size.ram_words * RAM_INIT_COST),
        ),
    ]
}

fn tree(recorded: &Recorded, functions: &mut FunctionList) -> (Vec<Node>, Vec<Vec<u64>>) {
    let tree = &recorded.recorder.tree;
    let root = Node {
        parent: NodeId::ROOT,
        function: functions.pseudo("[run]"),
        call_site: 0,
        calls: 1,
        entry: Entry::Root,
        label: None,
    };
    let mut nodes = vec![root];
    let mut columns = vec![vec![0; 1]; STORED];
    for (name, values) in pseudo_costs(recorded.rom_size) {
        nodes.push(Node {
            function: functions.pseudo(name),
            ..root
        });
        push_row(&mut columns, &values);
    }
    let offset = nodes.len() as u32;
    let source_pcs = &recorded.program.decoded.source_pcs;
    for (node, values) in tree.nodes().iter().zip(tree.values()) {
        let is_first = node.entry == Entry::Root;
        nodes.push(Node {
            parent: if is_first {
                NodeId::ROOT
            } else {
                NodeId(node.parent + offset)
            },
            function: functions.id(node.function),
            call_site: if is_first {
                0
            } else {
                u64::from(source_pcs[node.call_site as usize])
            },
            calls: node.calls,
            entry: if is_first { Entry::Call } else { node.entry },
            label: None,
        });
        push_row(&mut columns, &with_base(values));
    }
    (nodes, columns)
}

fn push_row(columns: &mut [Vec<u64>], values: &[u64]) {
    for (column, value) in columns.iter_mut().zip(values) {
        column.push(*value);
    }
}

fn with_base(values: &Counters) -> [u64; STORED] {
    let mut row = [0; STORED];
    for (cell, counter) in row.iter_mut().zip(column::COUNTERS) {
        *cell = values[counter];
    }
    row
}

/// Executed RISC-V (or library) instructions; micro-instructions count at theirs.
fn program_counters(recorded: &Recorded, functions: &mut FunctionList) -> (Vec<Pc>, Vec<Vec<u64>>) {
    let decoded = &recorded.program.decoded;
    let mut by_address: BTreeMap<u32, (u32, u64, Counters)> = BTreeMap::new();
    for (index, &executions) in recorded.executions.iter().enumerate() {
        if executions == 0 {
            continue;
        }
        let source = decoded.source_pcs[index];
        let entry = by_address.entry(source);
        let (_, count, sum) = entry.or_insert((decoded.function_of[index], 0, [0; counter::COUNT]));
        if decoded.layout.pcs[index] == source {
            *count = executions;
        }
        for (sum, value) in sum.iter_mut().zip(counted_at(recorded, index, executions)) {
            *sum += value;
        }
    }
    let mut pcs = Vec::new();
    let mut columns = vec![Vec::new(); STORED];
    for (name, values) in pseudo_costs(recorded.rom_size) {
        pcs.push(Pc {
            address: None,
            function: functions.pseudo(name),
            count: 0,
        });
        push_row(&mut columns, &values);
    }
    for (address, (function, count, values)) in by_address {
        pcs.push(Pc {
            address: Some(u64::from(address)),
            function: functions.id(function),
            count,
        });
        push_row(&mut columns, &with_base(&values));
    }
    sorted_pcs(pcs, columns)
}

/// Sorts by (address, function), as the model wants it.
fn sorted_pcs(pcs: Vec<Pc>, columns: Vec<Vec<u64>>) -> (Vec<Pc>, Vec<Vec<u64>>) {
    let mut order: Vec<usize> = (0..pcs.len()).collect();
    order.sort_by_key(|&at| (pcs[at].address, pcs[at].function));
    let sorted = |column: Vec<u64>| order.iter().map(|&at| column[at]).collect();
    (
        order.iter().map(|&at| pcs[at]).collect(),
        columns.into_iter().map(sorted).collect(),
    )
}

/// Everything counted at one instruction.
fn counted_at(recorded: &Recorded, index: usize, executions: u64) -> Counters {
    let decoded = &recorded.program.decoded;
    let counts = recorded.recorder.pcs[index];
    let [opcode_cost, instructions, read, written] =
        decoded.statics[index].until(&decoded.statics[index + 1]);
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
    values[counter::MEMORY] = counts.memory_cost;
    values[counter::FROPS] = frops;
    values[counter::PRECOMPILE_CALLS] = precompile.calls;
    values[counter::BYTES_READ] = executions * read + precompile.read;
    values[counter::BYTES_WRITTEN] = executions * written + precompile.written;
    values
}

/// The measures, the derived ones where a reader expects them.
fn measures(node_values: &[Vec<u64>]) -> Vec<Measure> {
    let total = |at: usize| node_values[at].iter().sum::<u64>();
    let stored = |name: &str, unit: &str, about: &str, at: usize| Measure {
        name: name.to_owned(),
        unit: unit.to_owned(),
        about: about.to_owned(),
        source: Source::Stored,
        total: total(at),
        scale: 1,
        remainder: 0,
        proving_cost: false,
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
        total: total(column::STEPS) * MAIN_COST,
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

fn identity(mut run: Run, outcome: &Outcome) -> Run {
    run.zkvm = "zisk".into();
    run.zkvm_version = "1.4.0-alpha".into();
    run.cost_model = CostModel {
        name: "ziskemu".into(),
        version: zisk_core::zisk_ops_costs::ZISK_COSTS_VERSION.to_string(),
        tables_sha256: tables_sha256(),
    };
    run.exit = outcome
        .fault
        .as_ref()
        .map_or("exited".into(), |fault| fault.cause.clone());
    run.output_hex = hex::encode(&outcome.output);
    run.output_sha256 = hex::encode(Sha256::digest(&outcome.output));
    run
}

fn completeness(outcome: &Outcome) -> Completeness {
    match &outcome.fault {
        None => Completeness::Complete,
        Some(fault) => Completeness::Partial {
            reason: fault.cause.clone(),
            pc: Some(fault.pc),
            function: fault.function.clone(),
        },
    }
}

fn scopes(recorded: &Recorded, measures: &[Measure]) -> Vec<Scope> {
    let tags = recorded.recorder.tags.tags.iter();
    let scope = |tag: &crate::tags::Tag| {
        let stored = with_base(&tag.covered);
        let mut values: Vec<u64> = Vec::with_capacity(measures.len());
        for (at, measure) in measures.iter().enumerate() {
            values.push(match &measure.source {
                Source::Stored => stored[at],
                Source::Multiple { of, by } => values[of.0 as usize] * by,
                Source::Sum { of } => of.iter().map(|of| values[of.0 as usize]).sum(),
            });
        }
        Scope {
            name: tag.name.clone(),
            entries: tag.entries,
            values,
        }
    };
    tags.map(scope).collect()
}

fn timeline(recorder: &FullRecorder) -> Timeline {
    // The pseudo-nodes and the root stand before the recorder's nodes.
    let offset = 1 + pseudo_costs(RomSize {
        instructions: 0,
        rom_words: 0,
        ram_words: 0,
    })
    .len() as u32;
    Timeline {
        bucket: recorder.track.bucket,
        unit: "steps".into(),
        nodes: recorder
            .track
            .nodes
            .iter()
            .map(|node| NodeId(node + offset))
            .collect(),
    }
}

fn resyncs(recorded: &Recorded) -> Vec<Resync> {
    let source_pcs = &recorded.program.decoded.source_pcs;
    let places = recorded.recorder.tree.resyncs().into_iter();
    places
        .map(|((site, target), count)| Resync {
            pc: u64::from(source_pcs[site as usize]),
            target,
            count,
        })
        .collect()
}

/// Cost of code that no symbol covers.
fn unattributed(
    functions: &FunctionList,
    nodes: &[Node],
    node_values: &[Vec<u64>],
) -> Vec<Unattributed> {
    let is_unknown =
        |node: &Node| functions.list[node.function.0 as usize].origin == Origin::Unknown;
    let cost = |at: usize| {
        node_values[column::STEPS][at] * MAIN_COST
            + node_values[column::OPCODES][at]
            + node_values[column::PRECOMPILES][at]
            + node_values[column::MEMORY][at]
    };
    let value = nodes
        .iter()
        .enumerate()
        .filter(|(_, node)| is_unknown(node))
        .map(|(at, _)| cost(at))
        .sum();
    let reason = "code that no function symbol covers (shown by address)".to_owned();
    if value == 0 {
        Vec::new()
    } else {
        vec![Unattributed { reason, value }]
    }
}
