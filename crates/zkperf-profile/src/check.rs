//! The invariants of a profile, checked in one place.
//!
//! Every way into a [`crate::Profile`] (engine, file, JSON, merge) passes through [`check`]. Nothing
//! here trusts the data: sums are made in 128 bits, every id is looked up before it is used, and
//! lists that could make the work quadratic are bounded.

use std::collections::HashSet;

use crate::error::ProfileError;
use crate::model::{Completeness, Entry, NodeId, ProfileData, Source};

/// The most measures a profile can have. Engines declare a dozen or two; the limit bounds the work
/// that a hostile file can cause.
pub const MAX_MEASURES: usize = 256;

/// How a measure is made of stored columns: pairs of (column, factor), columns ascending.
pub(crate) type Formula = Vec<(usize, u64)>;

/// What checking finds out and later reads need.
#[derive(Debug, Clone)]
pub(crate) struct Checked {
    /// For each measure, the columns it is made of.
    pub formulas: Vec<Formula>,
    /// For each measure, its sum in node units.
    pub sums: Vec<u64>,
}

/// Checks every invariant.
pub(crate) fn check(data: &ProfileData) -> Result<Checked, ProfileError> {
    sizes(data)?;
    let formulas = formulas(data)?;
    shape(data)?;
    columns(data)?;
    let sums = closure(data, &formulas)?;
    tables(data)?;
    extras(data, &sums)?;
    Ok(Checked { formulas, sums })
}

/// Whether only totals and functions were imported from another tool's report.
pub(crate) fn is_imported(data: &ProfileData) -> bool {
    matches!(data.completeness, Completeness::Imported { .. })
}

fn sizes(data: &ProfileData) -> Result<(), ProfileError> {
    let ids = u32::MAX as usize;
    let lists = [
        ("measures", data.measures.len(), MAX_MEASURES),
        ("functions", data.functions.len(), ids),
        ("nodes", data.nodes.len(), ids),
        ("label sets", data.labels.len(), ids),
    ];
    for (what, count, limit) in lists {
        if count > limit {
            return Err(ProfileError::TooMany { what, count, limit });
        }
    }
    Ok(())
}

/// Names, order and formulas of the measures.
fn formulas(data: &ProfileData) -> Result<Vec<Formula>, ProfileError> {
    let mut names = HashSet::new();
    let mut formulas: Vec<Formula> = Vec::with_capacity(data.measures.len());
    let mut stored = 0;
    for (index, measure) in data.measures.iter().enumerate() {
        if measure.name.is_empty() {
            return Err(ProfileError::UnnamedMeasure { index });
        }
        if !names.insert(measure.name.as_str()) {
            return Err(ProfileError::DuplicateMeasure {
                name: measure.name.clone(),
            });
        }
        if measure.scale == 0 {
            return Err(ProfileError::ZeroScale {
                measure: measure.name.clone(),
            });
        }
        let terms: Vec<(u32, u64)> = match &measure.source {
            Source::Stored => {
                formulas.push(vec![(stored, 1)]);
                stored += 1;
                continue;
            }
            Source::Sum { of } => of.iter().map(|m| (m.0, 1)).collect(),
            Source::Multiple { of, by } => vec![(of.0, *by)],
        };
        let mut factors = vec![0u64; stored];
        for (of, by) in terms {
            let Some(part) = formulas.get(of as usize) else {
                return Err(ProfileError::MeasureOrder {
                    measure: measure.name.clone(),
                    of,
                });
            };
            for &(column, factor) in part {
                factors[column] = factor
                    .checked_mul(by)
                    .and_then(|term| factors[column].checked_add(term))
                    .ok_or_else(|| overflow("the factors", &measure.name))?;
            }
        }
        formulas.push(
            factors
                .into_iter()
                .enumerate()
                .filter(|&(_, f)| f != 0)
                .collect(),
        );
    }
    let count = data.measures.iter().filter(|m| m.proving_cost).count();
    if count > 1 || (count == 0 && !is_imported(data)) {
        return Err(ProfileError::ProvingCost { count });
    }
    Ok(formulas)
}

/// The tree is a tree, ids are in range, program counters are in order.
fn shape(data: &ProfileData) -> Result<(), ProfileError> {
    let root = data.nodes.first().ok_or(ProfileError::NoRoot)?;
    if root.parent != NodeId::ROOT || root.entry != Entry::Root {
        return Err(ProfileError::BadRoot);
    }
    let count = data.functions.len();
    let mut calls = 0u128;
    for (index, node) in data.nodes.iter().enumerate() {
        if index > 0 && node.parent.0 as usize >= index {
            return Err(ProfileError::ParentOrder {
                node: index,
                parent: node.parent,
            });
        }
        if node.function.0 as usize >= count {
            let function = node.function;
            return Err(ProfileError::UnknownFunction {
                place: "node",
                index,
                function,
                count,
            });
        }
        if let Some(label) = node
            .label
            .filter(|&label| label as usize >= data.labels.len())
        {
            let count = data.labels.len();
            return Err(ProfileError::UnknownLabel {
                node: index,
                label,
                count,
            });
        }
        calls += u128::from(node.calls);
    }
    fits(calls, "the call counts", "nodes")?;

    let mut counts = 0u128;
    let mut last = None;
    for (index, pc) in data.pcs.iter().enumerate() {
        if pc.function.0 as usize >= count {
            let function = pc.function;
            return Err(ProfileError::UnknownFunction {
                place: "pc",
                index,
                function,
                count,
            });
        }
        let key = Some((pc.address, pc.function));
        if index > 0 && key <= last {
            return Err(ProfileError::PcOrder { index });
        }
        last = key;
        counts += u128::from(pc.count);
    }
    fits(counts, "the execution counts", "pcs")?;
    Ok(())
}

/// One column for each stored measure, as long as its table.
fn columns(data: &ProfileData) -> Result<(), ProfileError> {
    let stored: Vec<_> = data
        .measures
        .iter()
        .filter(|m| m.source == Source::Stored)
        .collect();
    for (table, values, rows) in [
        ("node_values", &data.node_values, data.nodes.len()),
        ("pc_values", &data.pc_values, data.pcs.len()),
    ] {
        if values.len() != stored.len() {
            let (found, expected) = (values.len(), stored.len());
            return Err(ProfileError::ColumnCount {
                table,
                found,
                expected,
            });
        }
        for (column, measure) in values.iter().zip(&stored) {
            if column.len() != rows {
                return Err(ProfileError::ColumnLength {
                    table,
                    measure: measure.name.clone(),
                    found: column.len(),
                    expected: rows,
                });
            }
        }
    }
    Ok(())
}

/// Totals, tree and program counters add up to the same. Gives each measure's sum in node units.
///
/// An imported profile knows only a part of the tree: there, sums must not exceed the total.
fn closure(data: &ProfileData, formulas: &[Formula]) -> Result<Vec<u64>, ProfileError> {
    let imported = is_imported(data);
    let mut sums = Vec::with_capacity(data.measures.len());
    let (mut node_sums, mut pc_sums) = (Vec::new(), Vec::new());
    for (measure, formula) in data.measures.iter().zip(formulas) {
        let name = &measure.name;
        let wanted = u128::from(measure.total) * u128::from(measure.scale);
        let expected = wanted
            .checked_add(u128::from(measure.remainder))
            .ok_or_else(|| overflow("total * scale + remainder", name))?;
        let wrong = |sum: u64| match imported {
            true => u128::from(sum) > expected,
            false => u128::from(sum) != expected,
        };
        if measure.source == Source::Stored {
            let column = node_sums.len();
            let nodes = sum(&data.node_values[column], "the node values", name)?;
            if wrong(nodes) {
                let measure = name.clone();
                return Err(ProfileError::NodesDoNotClose {
                    measure,
                    sum: nodes,
                    expected,
                });
            }
            let pcs = sum(&data.pc_values[column], "the pc values", name)?;
            if wrong(pcs) {
                let measure = name.clone();
                return Err(ProfileError::PcsDoNotClose {
                    measure,
                    sum: pcs,
                    expected,
                });
            }
            if !imported {
                functions_agree(data, name, column)?;
            }
            node_sums.push(nodes);
            pc_sums.push(pcs);
            sums.push(fits(expected, "total * scale + remainder", name)?);
            continue;
        }
        // Both sides, although they agree unless imported: later reads rely on neither overflowing.
        for column_sums in [&node_sums, &pc_sums] {
            let sum = derived(formula, column_sums, name)?;
            if wrong(sum) {
                let measure = name.clone();
                return Err(ProfileError::DerivedTotal {
                    measure,
                    sum,
                    expected,
                });
            }
        }
        sums.push(fits(expected, "total * scale + remainder", name)?);
    }
    Ok(sums)
}

/// A derived measure's sum from the sums of the stored columns.
fn derived(formula: &Formula, column_sums: &[u64], measure: &str) -> Result<u64, ProfileError> {
    const WHAT: &str = "the derived values";
    let mut sum = 0u128;
    for &(column, factor) in formula {
        sum = u128::from(column_sums[column])
            .checked_mul(u128::from(factor))
            .and_then(|term| sum.checked_add(term))
            .ok_or_else(|| overflow(WHAT, measure))?;
    }
    fits(sum, WHAT, measure)
}

/// Self cost by function is the same counted over the tree and over program counters.
///
/// Neither side can overflow: the whole column was seen to fit 64 bits.
fn functions_agree(data: &ProfileData, measure: &str, column: usize) -> Result<(), ProfileError> {
    let mut by_nodes = vec![0u64; data.functions.len()];
    for (node, value) in data.nodes.iter().zip(&data.node_values[column]) {
        by_nodes[node.function.0 as usize] += value;
    }
    let mut by_pcs = vec![0u64; data.functions.len()];
    for (pc, value) in data.pcs.iter().zip(&data.pc_values[column]) {
        by_pcs[pc.function.0 as usize] += value;
    }
    match by_nodes
        .iter()
        .zip(&by_pcs)
        .position(|(nodes, pcs)| nodes != pcs)
    {
        None => Ok(()),
        Some(at) => Err(ProfileError::FunctionSplit {
            measure: measure.to_owned(),
            name: data.functions[at].name.clone(),
            nodes: by_nodes[at],
            pcs: by_pcs[at],
        }),
    }
}

fn tables(data: &ProfileData) -> Result<(), ProfileError> {
    let mut names = HashSet::new();
    for table in &data.tables {
        if !names.insert(table.name.as_str()) {
            return Err(ProfileError::DuplicateTable {
                name: table.name.clone(),
            });
        }
        let expected = table.columns.len();
        for (row, cells) in table.rows.iter().enumerate() {
            let found = cells.values.len();
            if found != expected {
                let table = table.name.clone();
                return Err(ProfileError::TableWidth {
                    table,
                    row,
                    found,
                    expected,
                });
            }
        }
    }
    Ok(())
}

/// Scopes, timeline and unattributed shares.
fn extras(data: &ProfileData, sums: &[u64]) -> Result<(), ProfileError> {
    let expected = data.measures.len();
    for scope in &data.scopes {
        let found = scope.values.len();
        if found != expected {
            let scope = scope.name.clone();
            return Err(ProfileError::ScopeWidth {
                scope,
                found,
                expected,
            });
        }
    }
    let buckets = data.timeline.nodes.len();
    if buckets > 0 && data.timeline.bucket == 0 {
        return Err(ProfileError::TimelineWidth { buckets });
    }
    let count = data.nodes.len();
    for (bucket, &node) in data.timeline.nodes.iter().enumerate() {
        if node.0 as usize >= count {
            return Err(ProfileError::TimelineNode {
                bucket,
                node,
                count,
            });
        }
    }
    data.source.check(data.pcs.len())?;
    let mut resyncs = 0u128;
    for resync in &data.resyncs {
        resyncs += u128::from(resync.count);
    }
    fits(resyncs, "the counts", "resyncs")?;
    let sum: u128 = data
        .unattributed
        .iter()
        .map(|share| u128::from(share.value))
        .sum();
    if let Some(cost) = data.measures.iter().position(|m| m.proving_cost) {
        let total = sums[cost];
        if sum > u128::from(total) {
            return Err(ProfileError::Unattributed { sum, total });
        }
    }
    Ok(())
}

fn overflow(what: &'static str, measure: &str) -> ProfileError {
    ProfileError::Overflow {
        what,
        measure: measure.to_owned(),
    }
}

fn fits(sum: u128, what: &'static str, measure: &str) -> Result<u64, ProfileError> {
    u64::try_from(sum).map_err(|_| overflow(what, measure))
}

/// Adds up in 128 bits: 2^64 values of 64 bits cannot overflow it.
fn sum(values: &[u64], what: &'static str, measure: &str) -> Result<u64, ProfileError> {
    fits(
        values.iter().map(|&value| u128::from(value)).sum(),
        what,
        measure,
    )
}
