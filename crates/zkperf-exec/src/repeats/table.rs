//! What was found, as tables of a profile.

use super::{Repeats, Row, Watch};
use crate::{evaluate, CallTree, Layout};
use std::collections::BTreeMap;
use zkperf_profile::{
    Measure, Row as TableRow, Table, CALLED_BY, REPEATS, REPEATS_COLUMNS, REPEATS_COMPARED,
    REPEATS_WATCHED,
};

/// Rows of the table, at most.
const MOST_ROWS: usize = 512;

impl<const N: usize> Repeats<N> {
    fn is_kept(&self, function: u32) -> bool {
        self.watches[function as usize] == Watch::Calls
    }
}

impl Layout<'_> {
    /// The tables of repeated work; none if nothing was watched.
    pub fn repeats<const N: usize>(&self, tree: &CallTree<N>, measures: &[Measure]) -> Vec<Table> {
        let repeats = &tree.repeats;
        if repeats.watches.is_empty() {
            return Vec::new();
        }
        let name = |function: u32| self.functions[function as usize].name.as_str();
        let mut by_edge: BTreeMap<(&str, &str), Row<N>> = BTreeMap::new();
        let mut watched = 0;
        for (&node, row) in &repeats.rows {
            let node = &tree.nodes()[node as usize];
            watched += row.calls;
            if repeats.is_kept(node.function) {
                let caller = tree.nodes()[node.parent as usize].function;
                let sum = by_edge
                    .entry((name(node.function), name(caller)))
                    .or_default();
                sum.add(row);
            }
        }
        let cost = measures.iter().position(|measure| measure.proving_cost);
        let line = |((function, caller), row): ((&str, &str), Row<N>)| {
            let cost = cost.map_or(0, |at| evaluate(measures, &self.row(&row.cost))[at]);
            TableRow {
                label: format!("{function}{CALLED_BY}{caller}"),
                values: vec![
                    row.calls,
                    row.different,
                    row.repeats,
                    row.differed,
                    row.in_part,
                    row.most_alike,
                    row.cost[repeats.steps],
                    cost,
                ],
            }
        };
        let mut rows: Vec<TableRow> = by_edge
            .into_iter()
            .filter(|(_, row)| row.repeats > 0)
            .map(line)
            .collect();
        rows.sort_by(|a, b| {
            b.values
                .last()
                .cmp(&a.values.last())
                .then(a.label.cmp(&b.label))
        });
        let left_out = rows.split_off(rows.len().min(MOST_ROWS));
        vec![
            table(REPEATS, &REPEATS_COLUMNS, rows),
            self.watched(repeats, watched, left_out.len() as u64),
            self.compared(repeats),
        ]
    }

    /// Functions of which calls were compared, and how many.
    fn compared<const N: usize>(&self, repeats: &Repeats<N>) -> Table {
        let mut by_name: BTreeMap<&str, u64> = BTreeMap::new();
        for (function, trial) in self.functions.iter().zip(&repeats.trials) {
            if trial.calls > 0 {
                *by_name.entry(function.name.as_str()).or_default() += trial.calls;
            }
        }
        let row = |(name, calls): (&str, u64)| TableRow {
            label: name.to_owned(),
            values: vec![calls],
        };
        table(
            REPEATS_COMPARED,
            &["calls"],
            by_name.into_iter().map(row).collect(),
        )
    }

    fn watched<const N: usize>(&self, repeats: &Repeats<N>, calls: u64, left_out: u64) -> Table {
        let called = || {
            repeats
                .trials
                .iter()
                .zip(0..)
                .filter(|(trial, _)| trial.calls > 0)
        };
        let functions = called().count() as u64;
        let dropped = called().filter(|(_, function)| !repeats.is_kept(*function));
        let deep = repeats
            .watches
            .iter()
            .filter(|watch| **watch == Watch::Effects);
        let rows = [
            ("functions watched", functions),
            (
                "of those, dropped as too cheap or never alike",
                dropped.count() as u64,
            ),
            (
                "functions that may change more than their result",
                deep.count() as u64,
            ),
            ("calls compared", calls),
            ("argument sets not remembered", repeats.not_remembered),
            ("rows left out", left_out),
        ];
        let row = |(label, count): (&str, u64)| TableRow {
            label: label.to_owned(),
            values: vec![count],
        };
        table(REPEATS_WATCHED, &["count"], rows.map(row).into())
    }
}

impl<const N: usize> Row<N> {
    fn add(&mut self, other: &Row<N>) {
        self.calls += other.calls;
        self.different += other.different;
        self.repeats += other.repeats;
        self.differed += other.differed;
        self.in_part += other.in_part;
        self.most_alike = self.most_alike.max(other.most_alike);
        for (sum, cost) in self.cost.iter_mut().zip(other.cost) {
            *sum += cost;
        }
    }
}

fn table(name: &str, columns: &[&str], rows: Vec<TableRow>) -> Table {
    Table {
        name: name.to_owned(),
        columns: columns.iter().map(|column| (*column).to_owned()).collect(),
        rows,
    }
}
