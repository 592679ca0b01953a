//! The tables of a profile: segments, machine ecalls, host syscalls, instructions, Keccak.

use std::collections::BTreeMap;
use zkperf_profile::{Row, Table};

use crate::decode::{decode, Kind};
use crate::machine::Machine;
use crate::recorder::FullRecorder;
use crate::rules::Ecall;

/// All tables.
pub(crate) fn all(machine: &Machine, recorder: &FullRecorder, executions: &[u64]) -> Vec<Table> {
    vec![
        segments(machine),
        ecalls(machine),
        syscalls(machine),
        opcodes(machine, recorder, executions),
        keccak(machine),
    ]
}

fn table(name: &str, columns: &[&str], rows: Vec<Row>) -> Table {
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    }
}

/// Segments listed one by one at most. Small segments make hundreds of thousands, which no one reads and
/// no profile has room for; those beyond are one row of sums (whose `po2` is the largest of theirs).
const MOST_SEGMENTS: usize = 16_384;

/// One row a segment; its label says why it ends.
fn segments(machine: &Machine) -> Table {
    let last = machine.segments.len().saturating_sub(1);
    let row = |(index, segment): (usize, &crate::machine::Segment)| Row {
        label: if index == last {
            format!("{index}: the run ended")
        } else {
            let name = machine.code.map.name_at(segment.split_before);
            format!("{index}: full before 0x{:08x} {name}", segment.split_before)
        },
        values: vec![
            u64::from(segment.po2),
            segment.user_cycles,
            segment.paging_cycles,
            segment.reserved_cycles(),
            segment.total_cycles(),
            segment.pages_in,
            segment.pages_out,
        ],
    };
    table(
        "segments",
        &[
            "po2",
            "user_cycles",
            "paging_cycles",
            "reserved_cycles",
            "total_cycles",
            "pages_in",
            "pages_out",
        ],
        folded(machine.segments.iter().enumerate().map(row)),
    )
}

/// The first rows, and one for all that follow.
fn folded(rows: impl Iterator<Item = Row>) -> Vec<Row> {
    let mut listed: Vec<Row> = Vec::new();
    let mut further = 0;
    for row in rows {
        if listed.len() <= MOST_SEGMENTS {
            listed.push(row);
            continue;
        }
        further += 1;
        let sums = &mut listed[MOST_SEGMENTS].values;
        sums[0] = sums[0].max(row.values[0]);
        for (sum, value) in sums.iter_mut().zip(&row.values).skip(1) {
            *sum += value;
        }
    }
    if further > 0 {
        listed[MOST_SEGMENTS].label = format!("{} further segments", further + 1);
    }
    listed
}

/// Machine ecalls, named as in the official metrics.
fn ecalls(machine: &Machine) -> Table {
    let row = |ecall: Ecall| {
        let metric = machine.ecalls[ecall as usize];
        Row {
            label: ecall.name().to_owned(),
            values: vec![metric.count, metric.cycles],
        }
    };
    table(
        "ecalls",
        &["count", "cycles"],
        Ecall::ALL.into_iter().map(row).collect(),
    )
}

/// Host syscalls.
fn syscalls(machine: &Machine) -> Table {
    let row = |(name, count): (&String, &crate::host::SyscallCount)| Row {
        label: name.clone(),
        values: vec![count.calls, count.bytes],
    };
    table(
        "syscalls",
        &["count", "bytes"],
        machine.host.counts.iter().map(row).collect(),
    )
}

/// Keccak permutations and their batches: another circuit, outside the cycle counts.
fn keccak(machine: &Machine) -> Table {
    let keccak = &machine.host.keccak;
    let row = |label: &str, value: u64| Row {
        label: label.to_owned(),
        values: vec![value],
    };
    table(
        "keccak",
        &["count"],
        vec![
            row("permutations", keccak.permutations),
            row("batches", keccak.batches.len() as u64),
        ],
    )
}

/// What was executed at a slot: a word that the guest rewrote meant several things.
pub(crate) fn kinds_at(
    machine: &Machine,
    recorder: &FullRecorder,
    slot: usize,
    count: u64,
) -> Vec<(Kind, u64)> {
    let former = recorder.rewritten.iter().filter(|(at, _, _)| *at == slot);
    let mut kinds: Vec<(Kind, u64)> = former.map(|(_, kind, count)| (*kind, *count)).collect();
    let told: u64 = kinds.iter().map(|(_, count)| count).sum();
    let word = machine.memory.word(machine.code.address(slot) >> 2);
    // Stored over since it last ran: what it meant then.
    let kind = machine
        .code
        .overwritten(slot)
        .or_else(|| decode(word).map(|inst| inst.kind));
    kinds.extend(kind.map(|kind| (kind, count - told)));
    kinds
}

/// Retired instructions by mnemonic. Machine ecalls have a table of their own.
fn opcodes(machine: &Machine, recorder: &FullRecorder, executions: &[u64]) -> Table {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut count = |kind: Kind, count: u64| *counts.entry(kind.name()).or_default() += count;
    let areas = machine.code.map.area_slots();
    for (slot, &executed) in executions[..areas].iter().enumerate() {
        if executed > 0 {
            for (kind, executed) in kinds_at(machine, recorder, slot, executed) {
                count(kind, executed);
            }
        }
    }
    for (&kind, &executed) in &recorder.stray_kinds {
        count(kind, executed);
    }
    let rows = counts.into_iter().filter(|(_, count)| *count > 0);
    let row = |(label, count)| Row {
        label,
        values: vec![count],
    };
    table("opcodes", &["count"], rows.map(row).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(count: usize) -> impl Iterator<Item = Row> {
        (0..count).map(|at| Row {
            label: at.to_string(),
            values: vec![13 + at as u64 % 2, 1, at as u64],
        })
    }

    #[test]
    fn segments_beyond_the_limit_are_one_row_of_sums() {
        assert_eq!(folded(rows(MOST_SEGMENTS + 1)).len(), MOST_SEGMENTS + 1);
        let all = folded(rows(MOST_SEGMENTS + 3));
        assert_eq!(all.len(), MOST_SEGMENTS + 1);
        let last = &all[MOST_SEGMENTS];
        assert_eq!(last.label, "3 further segments");
        let at = MOST_SEGMENTS as u64;
        assert_eq!(last.values, [14, 3, at + at + 1 + at + 2]);
        let sum = |rows: &[Row]| rows.iter().map(|row| row.values[2]).sum::<u64>();
        let plain: Vec<Row> = rows(MOST_SEGMENTS + 3).collect();
        assert_eq!(sum(&all), sum(&plain));
    }
}
