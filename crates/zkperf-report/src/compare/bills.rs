//! Cost by what the zkVM bills: parts of the proving cost, opcodes, precompiles, memory; and by labels.

use std::collections::HashMap;

use zkperf_profile::{MeasureId, Profile, Source, Table};

use super::prepared::Prepared;
use super::tally::{By, Tally, Two};
use crate::about::MeasureInfo;

/// A table whose rows are a bill.
struct Bill {
    /// The division it makes.
    key: &'static str,
    nouns: (&'static str, &'static str),
    /// Its name, and the columns of cost and count.
    table: &'static str,
    cost: &'static str,
    count: &'static str,
    /// The measure that the rows are parts of.
    of: &'static str,
}

const OPCODES: (&str, &str) = ("opcode", "opcodes");
const PRECOMPILES: (&str, &str) = ("precompile", "precompiles");
const MEMORY: (&str, &str) = ("kind of memory access", "kinds of memory access");

/// Every table that is a bill, whatever zkVM writes it.
const BILLS: [Bill; 8] = [
    Bill {
        key: "opcode",
        nouns: OPCODES,
        table: "opcodes",
        cost: "cost",
        count: "count",
        of: "opcodes",
    },
    Bill {
        key: "precompile",
        nouns: PRECOMPILES,
        table: "precompiles",
        cost: "cost",
        count: "count",
        of: "precompiles",
    },
    Bill {
        key: "memory",
        nouns: MEMORY,
        table: "memory",
        cost: "cost",
        count: "count",
        of: "memory",
    },
    Bill {
        key: "opcode",
        nouns: OPCODES,
        table: "opcodes",
        cost: "gas_numerators",
        count: "count",
        of: "prover_gas",
    },
    Bill {
        key: "precompile",
        nouns: PRECOMPILES,
        table: "syscalls",
        cost: "gas_numerators",
        count: "count",
        of: "prover_gas",
    },
    Bill {
        key: "air",
        nouns: ("table of the prover", "tables of the prover"),
        table: "airs",
        cost: "gas_numerators",
        count: "rows",
        of: "prover_gas",
    },
    Bill {
        key: "opcode",
        nouns: OPCODES,
        table: "opcodes",
        cost: "count",
        count: "count",
        of: "instructions",
    },
    Bill {
        key: "precompile",
        nouns: ("machine ecall", "machine ecalls"),
        table: "ecalls",
        cost: "cycles",
        count: "count",
        of: "cost",
    },
];

/// Measures that together are what memory costs, where no table says it.
const MEMORY_MEASURES: [&[&str]; 2] =
    [&["page_in_cycles", "page_out_cycles"], &["gas_first_touch"]];

/// All divisions that the two bills have.
pub(super) fn bills(profiles: [&Profile; 2]) -> Vec<Tally> {
    let mut tallies = Vec::new();
    tallies.extend(cost_parts(profiles));
    tallies.extend(BILLS.iter().filter_map(|bill| of_table(bill, profiles)));
    if !tallies.iter().any(|tally| tally.by.key == "memory") {
        tallies.extend(
            MEMORY_MEASURES
                .iter()
                .find_map(|names| memory(names, profiles)),
        );
    }
    tallies
}

fn by(key: &str, nouns: (&'static str, &'static str)) -> By {
    By {
        key: key.to_owned(),
        nouns,
        about: "",
        counted: None,
        outside: None,
    }
}

/// What the proving cost is the sum of.
fn cost_parts(profiles: [&Profile; 2]) -> Option<Tally> {
    let costs = [profiles[0].proving_cost()?, profiles[1].proving_cost()?];
    let infos = [0, 1].map(|side| MeasureInfo::of(profiles[side], costs[side]));
    if infos[0].name != infos[1].name || infos[0].node_unit != infos[1].node_unit {
        return None;
    }
    let total = [infos[0].sum.into(), infos[1].sum.into()];
    let by = by(
        "part",
        ("part of the proving cost", "parts of the proving cost"),
    );
    let mut tally = Tally::new(by, &infos[0].name, &infos[0].node_unit, total);
    for (side, profile) in profiles.into_iter().enumerate() {
        let Source::Sum { of } = &profile.measures[costs[side].0 as usize].source else {
            return None;
        };
        for part in of {
            let row = tally.row(&profile.measures[part.0 as usize].name);
            row.value[side] = profile.sum(*part).into();
            row.ran[side] = true;
        }
    }
    Some(tally)
}

fn of_table(bill: &Bill, profiles: [&Profile; 2]) -> Option<Tally> {
    let tables = profiles.map(|profile| table(profile, bill));
    let measures =
        profiles.map(|profile| Some(MeasureInfo::of(profile, profile.measure(bill.of)?)));
    let [Some(before), Some(after)] = measures else {
        return None;
    };
    if tables.iter().all(Option::is_none) || before.node_unit != after.node_unit {
        return None;
    }
    let total = [before.sum.into(), after.sum.into()];
    let mut tally = Tally::new(by(bill.key, bill.nouns), bill.of, &before.node_unit, total);
    tally.by.counted = (bill.cost != bill.count).then_some(bill.count);
    for (side, table) in tables.into_iter().enumerate() {
        let Some((table, cost, count)) = table else {
            continue;
        };
        for row in &table.rows {
            let part = tally.row(&row.label);
            part.value[side] += u128::from(row.values[cost]);
            part.ran[side] |= row.values[count] > 0;
            if bill.cost != bill.count {
                part.count.get_or_insert_default()[side] += u128::from(row.values[count]);
            }
        }
    }
    for side in 0..2 {
        let billed: u128 = tally.rows.iter().map(|row| row.value[side]).sum();
        // A table that says more than its measure is no bill of it.
        tally.outside[side] = tally.total[side].checked_sub(billed)?;
    }
    tally.by.outside = Some(format!("(of {}, but in no {})", bill.of, bill.nouns.0));
    Some(tally)
}

/// The table, and the places of its columns.
fn table<'p>(profile: &'p Profile, bill: &Bill) -> Option<(&'p Table, usize, usize)> {
    let table = profile
        .tables
        .iter()
        .find(|table| table.name == bill.table)?;
    let column = |name: &str| table.columns.iter().position(|column| column == name);
    // Counts are the bill only where there is no other.
    if bill.cost == bill.count && table.columns.len() > 1 {
        return None;
    }
    Some((table, column(bill.cost)?, column(bill.count)?))
}

fn memory(names: &[&str], profiles: [&Profile; 2]) -> Option<Tally> {
    let ids = |profile: &Profile| -> Option<Vec<MeasureId>> {
        names.iter().map(|name| profile.measure(name)).collect()
    };
    let ids = [ids(profiles[0])?, ids(profiles[1])?];
    let unit = MeasureInfo::of(profiles[0], *ids[0].first()?).node_unit;
    let sums = |side: usize| {
        ids[side]
            .iter()
            .map(move |id| u128::from(profiles[side].sum(*id)))
    };
    let total = [sums(0).sum(), sums(1).sum()];
    let mut tally = Tally::new(by("memory", MEMORY), &names.join(" + "), &unit, total);
    for side in 0..2 {
        for (name, value) in names.iter().zip(sums(side)) {
            let row = tally.row(name);
            row.value[side] = value;
            row.ran[side] = value > 0;
        }
    }
    Some(tally)
}

/// Divisions by labels that both sides have, in the measure that they were made in.
pub(super) fn labels(
    before: &Prepared,
    after: &Prepared,
    measure: &str,
    unit: &str,
    total: Two,
) -> Vec<Tally> {
    let mut tallies: Vec<Tally> = Vec::new();
    let mut known: HashMap<&str, usize> = HashMap::new();
    for (side, prepared) in [before, after].into_iter().enumerate() {
        for parts in &prepared.parts {
            let at = *known.entry(&parts.by.key).or_insert_with(|| {
                let mut tally = Tally::new(parts.by.clone(), measure, unit, total);
                // What a side without this division spent is outside of all parts.
                tally.outside = total;
                tallies.push(tally);
                tallies.len() - 1
            });
            let tally = &mut tallies[at];
            tally.outside[side] = parts.outside.into();
            for (name, value, count) in &parts.parts {
                let row = tally.row(name);
                row.value[side] += u128::from(*value);
                row.ran[side] = true;
                if parts.by.counted.is_some() {
                    row.count.get_or_insert_default()[side] += u128::from(*count);
                }
            }
        }
    }
    tallies
}
