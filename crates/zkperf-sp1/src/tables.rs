//! SP1's own tables, with the official names.

use crate::assemble::{official_gas, Recorded};
use crate::recorder::counter;
use crate::syscall::SYSCALLS;
use crate::weights::*;
use zkperf_profile::{Row, Table};

/// All tables of a run.
pub(crate) fn all(recorded: &Recorded) -> Vec<Table> {
    let opcode_counts = opcode_counts(recorded);
    let rows = air_rows(recorded, &opcode_counts);
    vec![
        gas(recorded, &rows),
        opcodes(&opcode_counts),
        syscalls(recorded),
        airs(&rows),
        chunks(recorded),
        shards(recorded),
        cycle_tracker(recorded),
        digest(recorded),
        table(
            "exit",
            &["code"],
            vec![row("exit code", &[u64::from(recorded.public.exit_code)])],
        ),
        unmatched(recorded),
    ]
}

fn table(name: &str, columns: &[&str], rows: Vec<Row>) -> Table {
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    }
}

fn row(label: impl Into<String>, values: &[u64]) -> Row {
    Row {
        label: label.into(),
        values: values.to_vec(),
    }
}

/// Executions of each of [`OPCODES`].
fn opcode_counts(recorded: &Recorded) -> Vec<u64> {
    let mut counts = vec![0; OPCODES.len()];
    for (&opcode, &executions) in recorded.program.opcodes.iter().zip(recorded.executions) {
        if let Some(count) = counts.get_mut(opcode as usize) {
            *count += executions;
        }
    }
    counts
}

/// Rows of each of [`AIRS`].
fn air_rows(recorded: &Recorded, opcode_counts: &[u64]) -> Vec<u64> {
    let mut rows = vec![0; AIRS.len()];
    let mut add = |air: Air, count: u64| {
        if let Some(at) = AIRS.iter().position(|known| *known == air) {
            rows[at] += count;
        }
    };
    for (opcode, count) in OPCODES.iter().zip(opcode_counts) {
        add(opcode.air, *count);
    }
    let recorder = recorded.recorder;
    for (syscall, count) in SYSCALLS.iter().zip(&recorder.syscall_counts) {
        let Some(air) = syscall.air else { continue };
        add(air, syscall.rows * count);
        if !syscall.retained {
            add(GLOBAL, *count);
            add(SYSCALL_CORE, *count);
        }
    }
    let touches = recorder.counted[counter::TOUCH_GAS] / TOUCH_WEIGHT;
    add(MEMORY_LOCAL, touches);
    add(GLOBAL, 2 * touches);
    add(MEMORY_BUMP, recorder.bump_rows);
    let executed = recorded.executions.iter().enumerate();
    let crossings: u64 = executed
        .filter(|(index, executions)| **executions > 0 && recorded.program.crosses(*index))
        .map(|(_, executions)| executions)
        .sum();
    add(STATE_BUMP, recorder.state_bumps + crossings);
    rows
}

/// How the gas comes about: each figure the official executor has, floors included.
fn gas(recorded: &Recorded, rows: &[u64]) -> Table {
    let sum = |part: fn(&Air) -> u64| -> u64 {
        AIRS.iter()
            .zip(rows)
            .map(|(air, rows)| part(air) * rows)
            .sum()
    };
    let chunks = &recorded.recorder.chunks;
    let raw: u64 = chunks.iter().map(|chunk| chunk.numerators / 10).sum();
    let entries = vec![
        row("area", &[sum(|air| air.area)]),
        row("complexity", &[sum(|air| air.complexity)]),
        row("numerators", &[sum(Air::weight)]),
        row("raw gas", &[raw]),
        row("gas", &[official_gas(chunks)]),
    ];
    table("gas", &["value"], entries)
}

fn opcodes(counts: &[u64]) -> Table {
    let rows = OPCODES.iter().zip(counts).filter(|(_, count)| **count > 0);
    let rows = rows.map(|(opcode, count)| row(opcode.name, &[*count, count * opcode.air.weight()]));
    table("opcodes", &["count", "gas_numerators"], rows.collect())
}

fn syscalls(recorded: &Recorded) -> Table {
    let counts = SYSCALLS.iter().zip(&recorded.recorder.syscall_counts);
    let mut called: Vec<_> = counts.filter(|(_, count)| **count > 0).collect();
    called.sort_by_key(|(syscall, _)| syscall.id);
    let rows = called.into_iter().map(|(syscall, count)| {
        // The official report counts only those with a table of their own.
        let reported = if syscall.air.is_some() { *count } else { 0 };
        row(
            syscall.name,
            &[
                *count,
                reported,
                syscall.rows * count,
                count * syscall.weight(),
            ],
        )
    });
    table(
        "syscalls",
        &["count", "reported", "rows", "gas_numerators"],
        rows.collect(),
    )
}

fn airs(rows: &[u64]) -> Table {
    let rows = AIRS.iter().zip(rows).filter(|(_, count)| **count > 0);
    let rows = rows.map(|(air, count)| {
        let values = [
            *count,
            count * air.area,
            count * air.complexity,
            count * air.weight(),
        ];
        row(air.name, &values)
    });
    table(
        "airs",
        &["rows", "area", "complexity", "gas_numerators"],
        rows.collect(),
    )
}

fn chunks(recorded: &Recorded) -> Table {
    let chunks = recorded.recorder.chunks.iter().enumerate();
    let rows = chunks.map(|(at, chunk)| {
        let values = [
            chunk.entries,
            chunk.cycles,
            chunk.numerators,
            chunk.numerators / 10,
        ];
        row(at.to_string(), &values)
    });
    table(
        "chunks",
        &["entries", "cycles", "gas_numerators", "raw_gas"],
        rows.collect(),
    )
}

/// Shards listed one by one at most; those beyond are one row of sums.
const MOST_SHARDS: usize = 16_384;

/// One row a shard; its label says why it ended.
fn shards(recorded: &Recorded) -> Table {
    let program = recorded.program;
    let mut rows: Vec<Row> = Vec::new();
    for (at, shard) in recorded.recorder.shards.done.iter().enumerate() {
        let (cause, is_cut) = (shard.cause.text(), shard.cause.is_cut());
        let label = if is_cut {
            let pc = program.pc(shard.next);
            let name = program.functions.name_of(pc);
            format!("{at}: {cause} before 0x{pc:x} {}", name)
        } else {
            format!("{at}: {cause}")
        };
        let sums = [shard.cycles, shard.area, shard.touched, shard.entries];
        let end = [shard.clock, if is_cut { program.pc(shard.next) } else { 0 }];
        if at <= MOST_SHARDS {
            rows.push(row(label.trim_end(), &[sums.as_slice(), &end].concat()));
            continue;
        }
        let further = &mut rows[MOST_SHARDS];
        further.label = format!("{} further shards", at + 1 - MOST_SHARDS);
        for (sum, value) in further.values.iter_mut().zip(sums) {
            *sum += value;
        }
        further.values[sums.len()..].copy_from_slice(&end);
    }
    table(
        "shards",
        &[
            "cycles",
            "area",
            "touched_words",
            "entries",
            "end_clock",
            "next_pc",
        ],
        rows,
    )
}

fn cycle_tracker(recorded: &Recorded) -> Table {
    let regions = recorded.recorder.tracker.regions.iter();
    let rows = regions.map(|region| {
        let values = [
            region.covered[counter::CYCLES],
            region.entries,
            region.reported_cycles,
            region.reported,
        ];
        row(&region.name, &values)
    });
    table(
        "cycle_tracker",
        &["cycles", "entries", "reported_cycles", "reported_entries"],
        rows.collect(),
    )
}

/// The digest of the public values, as the guest committed it.
fn digest(recorded: &Recorded) -> Table {
    let words = recorded.public.digest.iter().enumerate();
    let rows = words.map(|(at, word)| row(at.to_string(), &[u64::from(*word)]));
    table("public_value_digest", &["word"], rows.collect())
}

/// What does not fit: cycle-tracker lines without their partner.
fn unmatched(recorded: &Recorded) -> Table {
    let tracker = &recorded.recorder.tracker;
    let rows = vec![
        row("ends without a start", &[tracker.unmatched]),
        row("starts without an end", &[tracker.still_open()]),
    ];
    table("cycle_tracker_problems", &["count"], rows)
}
