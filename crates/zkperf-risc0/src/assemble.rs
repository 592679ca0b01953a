//! From what a run recorded to a profile.
//!
//! Paging is charged twice over without being counted twice: at the pc of the access that caused it, and
//! in the tree as a frame `[page in]` or `[page out]` below the function that made the access. The pcs'
//! rows belong to the same two functions, so that tree and pcs agree function by function.

use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zkperf_exec::{
    completeness, identify, stored_measure, Assembled, FunctionIndex, Layout, Outcome, PcRow,
    PseudoCost,
};
use zkperf_profile::{
    CostModel, Entry, FunctionId, Measure, MeasureId, Node, NodeId, ProfileData, Run, Source,
};

use crate::machine::Machine;
use crate::program::{Risc0Program, CIRCUIT_VERSION, VERSION};
use crate::recorder::{counter, Counters, FullRecorder};
use crate::rules::{
    MAX_IO_BYTES, MAX_SHA_BLOCKS, NODE_CYCLES, PAGE_CYCLES, RESERVED_CYCLES, SEGMENT_IN_CYCLES,
    SEGMENT_OUT_CYCLES,
};
use crate::tables;

/// Stored measures, in the order in which a profile lists them.
mod column {
    use crate::recorder::counter;

    pub(super) const INSTRUCTIONS: usize = 0;
    pub(super) const USER: usize = 1;
    pub(super) const PAGE_IN: usize = 2;
    pub(super) const PAGE_OUT: usize = 3;
    pub(super) const ECALLS: usize = 4;
    pub(super) const READ: usize = 5;
    pub(super) const WRITTEN: usize = 6;
    pub(super) const PAGES_IN: usize = 7;
    pub(super) const PAGES_OUT: usize = 8;
    pub(super) const RESERVED: usize = 9;
    pub(super) const COUNT: usize = 10;

    /// The counter that each column shows; `count_instructions` makes the first what it says.
    pub(super) const COUNTERS: [Option<usize>; COUNT] = [
        Some(counter::MORE_ROWS),
        Some(counter::USER_CYCLES),
        Some(counter::PAGE_IN),
        Some(counter::PAGE_OUT),
        Some(counter::ECALLS),
        Some(counter::BYTES_READ),
        Some(counter::BYTES_WRITTEN),
        Some(counter::PAGES_IN),
        Some(counter::PAGES_OUT),
        None,
    ];
}

/// The two directions of paging: frame, and the columns that move into it.
const FRAMES: [(&str, [usize; 2]); 2] = [
    ("[page in]", [column::PAGE_IN, column::PAGES_IN]),
    ("[page out]", [column::PAGE_OUT, column::PAGES_OUT]),
];

/// Puts the profile's data together.
pub(crate) fn profile_data(
    program: &Risc0Program,
    machine: &Machine,
    recorder: &FullRecorder,
    outcome: &Outcome,
    run: Run,
) -> ProfileData {
    let layout = Layout {
        columns: &column::COUNTERS,
        functions: &program.functions,
        pseudo_costs: pseudo_costs(machine),
    };
    let executions = recorder.executions.counts();
    let rows = program_counters(program, machine, recorder, &executions);
    let pc_of_site = |site: u32| u64::from(machine.code.address(site as usize));
    let mut assembled = layout.assemble(&recorder.tree, rows, pc_of_site);
    let timeline = assembled.timeline(&recorder.track, "cycles");
    count_instructions(&mut assembled);
    show_paging_as_frames(&mut assembled);
    let measures = measures(&assembled.totals());
    let mut tables = tables::all(machine, recorder, &executions);
    tables.extend(layout.repeats(&recorder.tree, &measures));
    ProfileData {
        run: identity(run, outcome),
        completeness: completeness(outcome),
        tables,
        unattributed: assembled.unattributed(&measures),
        source: Default::default(),
        functions: assembled.functions,
        nodes: assembled.nodes,
        node_values: assembled.node_values,
        pcs: assembled.pcs,
        pc_values: assembled.pc_values,
        scopes: Vec::new(),
        labels: assembled.labels,
        resyncs: assembled.resyncs,
        timeline,
        measures,
    }
}

/// Costs without a pc: what every segment's start loads and stores, its look-up tables, and the rows
/// that fill it up.
fn pseudo_costs(machine: &Machine) -> Vec<PseudoCost> {
    let segments = machine.segments.len() as u64;
    let reserved: u64 = machine.segments.iter().map(|s| s.reserved_cycles()).sum();
    let tables = segments * RESERVED_CYCLES;
    let starts = machine.segment_starts;
    let cost = |name, cells: &[(usize, u64)]| {
        let mut values = vec![0; column::COUNT];
        for (at, value) in cells {
            values[*at] = *value;
        }
        PseudoCost { name, values }
    };
    vec![
        cost(
            "[segment starts]",
            &[
                (column::PAGE_IN, starts.in_cycles),
                (column::PAGE_OUT, starts.out_cycles),
                (column::PAGES_IN, starts.pages_in),
                (column::PAGES_OUT, starts.pages_out),
            ],
        ),
        cost("[reserved]", &[(column::RESERVED, tables)]),
        cost("[padding]", &[(column::RESERVED, reserved - tables)]),
    ]
}

/// The recorder counts rows beyond one an instruction; what is left of the user cycles is instructions.
fn count_instructions(assembled: &mut Assembled) {
    for columns in [&mut assembled.node_values, &mut assembled.pc_values] {
        let [instructions, user] = &mut columns[column::INSTRUCTIONS..=column::USER] else {
            continue;
        };
        for (cell, user) in instructions.iter_mut().zip(user) {
            *cell = *user - *cell;
        }
    }
}

/// Moves paging out of each node into frames below it.
fn show_paging_as_frames(assembled: &mut Assembled) {
    let first = 1 + assembled
        .pcs
        .iter()
        .filter(|pc| pc.address.is_none())
        .count();
    for (name, [cycles, pages]) in FRAMES {
        let known = assembled.functions.iter().position(|f| f.name == name);
        // Without such a function no pc paged, and so no node did.
        let Some(function) = known.map(|at| FunctionId(at as u32)) else {
            continue;
        };
        for at in first..assembled.nodes.len() {
            if assembled.node_values[cycles][at] == 0 {
                continue;
            }
            let calls = std::mem::take(&mut assembled.node_values[pages][at]);
            let moved = std::mem::take(&mut assembled.node_values[cycles][at]);
            assembled.nodes.push(Node {
                parent: NodeId(at as u32),
                function,
                call_site: 0,
                calls,
                entry: Entry::Call,
                label: None,
            });
            for (at, column) in assembled.node_values.iter_mut().enumerate() {
                column.push(if at == cycles {
                    moved
                } else if at == pages {
                    calls
                } else {
                    0
                });
            }
        }
    }
}

/// Executed instructions, and paging at the instructions that caused it.
fn program_counters(
    program: &Risc0Program,
    machine: &Machine,
    recorder: &FullRecorder,
    executions: &[u64],
) -> Vec<PcRow<{ counter::COUNT }>> {
    let mut rows: BTreeMap<usize, (u64, Counters)> = BTreeMap::new();
    for (slot, &count) in executions
        .iter()
        .enumerate()
        .filter(|(_, count)| **count > 0)
    {
        let mut values = [0; counter::COUNT];
        values[counter::USER_CYCLES] = count;
        let (loaded, stored) = moved_bytes(machine, recorder, slot, count);
        values[counter::BYTES_READ] = loaded;
        values[counter::BYTES_WRITTEN] = stored;
        rows.insert(slot, (count, values));
    }
    for (&(slot, _), ecall) in &recorder.ecalls {
        let (count, values) = rows.entry(slot).or_insert((0, [0; counter::COUNT]));
        *count += ecall.calls;
        values[counter::USER_CYCLES] += ecall.rows;
        values[counter::MORE_ROWS] += ecall.rows - ecall.calls;
        values[counter::ECALLS] += ecall.calls;
    }
    let row = |slot, function: FunctionIndex, count, values| PcRow {
        address: u64::from(machine.code.address(slot)),
        function,
        count,
        values,
    };
    let mut list = Vec::with_capacity(rows.len() + 2 * recorder.paged.len());
    for (slot, (count, values)) in rows {
        let owner = machine.code.map.landing(machine.code.address(slot), slot);
        list.push(row(slot, owner.function, count, values));
    }
    for (&slot, paged) in &recorder.paged {
        let frames = [
            (
                program.page_in,
                counter::PAGE_IN,
                paged.in_cycles,
                counter::PAGES_IN,
                paged.pages_in,
            ),
            (
                program.page_out,
                counter::PAGE_OUT,
                paged.out_cycles,
                counter::PAGES_OUT,
                paged.pages_out,
            ),
        ];
        for (function, cycles_at, cycles, pages_at, pages) in frames {
            if cycles > 0 {
                let mut values = [0; counter::COUNT];
                values[cycles_at] = cycles;
                values[pages_at] = pages;
                list.push(row(slot, function, 0, values));
            }
        }
    }
    list
}

/// Bytes loaded and stored at a slot, over the whole run.
fn moved_bytes(machine: &Machine, recorder: &FullRecorder, slot: usize, count: u64) -> (u64, u64) {
    if let Some(moved) = recorder.stray_traffic.get(&slot) {
        return *moved;
    }
    tables::kinds_at(machine, recorder, slot, count)
        .into_iter()
        .fold((0, 0), |(loaded, stored), (kind, count)| {
            let (load, store) = kind.traffic();
            (
                loaded + count * u64::from(load),
                stored + count * u64::from(store),
            )
        })
}

/// The measures, the derived ones where a reader expects them.
fn measures(totals: &[u64]) -> Vec<Measure> {
    let stored = |name, unit, about, at: usize| stored_measure(name, unit, about, totals[at]);
    let mut list = vec![
        stored(
            "instructions",
            "instructions",
            "RISC-V instructions retired, guest and kernel",
            column::INSTRUCTIONS,
        ),
        stored(
            "user_cycles",
            "cycles",
            "rows of instructions and machine ecalls, guest and kernel",
            column::USER,
        ),
        stored(
            "page_in_cycles",
            "cycles",
            "rows that load pages and their nodes of the hash tree",
            column::PAGE_IN,
        ),
        stored(
            "page_out_cycles",
            "cycles",
            "rows that store pages and their nodes of the hash tree",
            column::PAGE_OUT,
        ),
        stored(
            "precompile_calls",
            "calls",
            "machine ecalls",
            column::ECALLS,
        ),
        stored(
            "bytes_read",
            "bytes",
            "bytes that load instructions read",
            column::READ,
        ),
        stored(
            "bytes_written",
            "bytes",
            "bytes that store instructions wrote",
            column::WRITTEN,
        ),
        stored(
            "pages_in",
            "pages",
            "pages loaded, once in each segment that accesses them",
            column::PAGES_IN,
        ),
        stored(
            "pages_out",
            "pages",
            "pages stored, once in each segment that changes them",
            column::PAGES_OUT,
        ),
        stored(
            "reserved_cycles",
            "cycles",
            "rows of look-up tables, and padding up to a power of two",
            column::RESERVED,
        ),
    ];
    let sum = |list: &[Measure], name, about, of: &[usize]| Measure {
        source: Source::Sum {
            of: of.iter().map(|at| MeasureId(*at as u32)).collect(),
        },
        ..stored_measure(
            name,
            "cycles",
            about,
            of.iter().map(|at| list[*at].total).sum(),
        )
    };
    let paging = sum(
        &list,
        "paging_cycles",
        "page_in_cycles + page_out_cycles",
        &[column::PAGE_IN, column::PAGE_OUT],
    );
    list.push(paging);
    let mut cost = sum(
        &list,
        "cost",
        "user + paging cycles, which do not jump with 2^po2; Keccak permutations are another circuit's (table keccak)",
        &[column::USER, column::PAGE_IN, column::PAGE_OUT],
    );
    cost.proving_cost = true;
    list.push(cost);
    let total = sum(
        &list,
        "total_cycles",
        "user + paging + reserved cycles: the sum of the segments' powers of two",
        &[
            column::USER,
            column::PAGE_IN,
            column::PAGE_OUT,
            column::RESERVED,
        ],
    );
    list.push(total);
    list
}

/// The rules that costs follow here.
pub(crate) fn cost_model() -> CostModel {
    CostModel {
        name: "risc0-circuit-rv32im".into(),
        version: CIRCUIT_VERSION.into(),
        tables_sha256: rules_sha256(),
    }
}

fn identity(mut run: Run, outcome: &Outcome) -> Run {
    run.zkvm = "risc0".into();
    run.zkvm_version = VERSION.into();
    run.cost_model = cost_model();
    identify(&mut run, outcome);
    run
}

/// SHA-256 over the prices and over the kernel, whose instructions are billed like the guest's.
fn rules_sha256() -> String {
    let prices = [
        PAGE_CYCLES,
        NODE_CYCLES,
        SEGMENT_IN_CYCLES,
        SEGMENT_OUT_CYCLES,
        RESERVED_CYCLES,
        u64::from(MAX_IO_BYTES),
        u64::from(MAX_SHA_BLOCKS),
    ];
    let mut hash = Sha256::new();
    for price in prices {
        hash.update(price.to_le_bytes());
    }
    hash.update(risc0_zkos_v1compat::V1COMPAT_ELF);
    hex::encode(hash.finalize())
}
