//! Several runs of one program as one profile.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

use sha2::{Digest, Sha256};

use crate::error::ProfileError;
use crate::merge_source::SourceSum;
use crate::model::{
    Completeness, Entry, Function, FunctionId, InputId, Label, Node, NodeId, Pc, ProfileData,
    Resync, Row, Run, Scope, Table, Timeline, Unattributed,
};
use crate::profile::Profile;

/// Why profiles cannot be added up. Places count from 0 in the list given to [`merge`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// Nothing to merge.
    #[error("no profile to merge; name at least one")]
    Nothing,
    /// A profile that does not cover a whole run.
    #[error("profile {index} is not complete ({state}); only complete profiles add up")]
    Incomplete {
        /// Its place in the list.
        index: usize,
        /// `partial` or `imported`.
        state: &'static str,
    },
    /// A profile of another program, zkVM, version or cost model than the first.
    #[error("profile {index} differs from the first in its {what} ({found}, not {expected}); only runs of one program under one cost model add up")]
    Different {
        /// Its place in the list.
        index: usize,
        /// What differs.
        what: &'static str,
        /// The first profile's.
        expected: String,
        /// This profile's.
        found: String,
    },
    /// A rate (column `unit_*`) that is not the same in every profile.
    #[error("profile {index}: {column} of {row:?} in table {table:?} differs from the profiles before it, although the cost model is the same")]
    Rate {
        /// Its place in the list.
        index: usize,
        /// The table.
        table: String,
        /// The row.
        row: String,
        /// The column.
        column: String,
    },
    /// A sum that does not fit 64 bits.
    #[error("the sum of {what} exceeds 64 bits")]
    Overflow {
        /// What was added up.
        what: &'static str,
    },
    /// The sum is not a valid profile: a total that does not fit, for example.
    #[error(transparent)]
    Invalid(#[from] ProfileError),
}

/// Adds up complete runs of one ELF under one cost model: every total, node, pc, table cell, scope
/// and unattributed share.
///
/// - Nodes are the same if their callers are, and function, call site, entry and labels agree.
/// - Table rows are matched by label; a column named `unit_*` is a rate, which must agree, one
///   named `most_*` keeps the greatest value, every
///   other column is a quantity and is added.
/// - The run keeps what all profiles share; the input is named by the number of inputs and hashed
///   over theirs, in order. The timeline is dropped: several runs have no common order.
///
/// # Errors
/// [`MergeError`] says which profile does not fit and why.
pub fn merge(profiles: &[Profile]) -> Result<Profile, MergeError> {
    let (first, rest) = profiles.split_first().ok_or(MergeError::Nothing)?;
    for (index, profile) in profiles.iter().enumerate() {
        let state = match profile.completeness {
            Completeness::Complete => continue,
            Completeness::Partial { .. } => "partial",
            Completeness::Imported { .. } => "imported",
        };
        return Err(MergeError::Incomplete { index, state });
    }
    for (index, profile) in rest.iter().enumerate() {
        same_program(first, profile, index + 1)?;
    }
    if rest.is_empty() {
        return Ok(first.clone());
    }
    let mut sum = Merged::new(first);
    for (index, profile) in profiles.iter().enumerate() {
        sum.add(index, profile)?;
    }
    Ok(Profile::new(sum.finish(profiles))?)
}

fn same_program(first: &Profile, other: &Profile, index: usize) -> Result<(), MergeError> {
    let (a, b) = (&first.run, &other.run);
    let identity = [
        ("zkVM", &a.zkvm, &b.zkvm),
        ("zkVM version", &a.zkvm_version, &b.zkvm_version),
        ("cost model", &a.cost_model.name, &b.cost_model.name),
        (
            "cost model version",
            &a.cost_model.version,
            &b.cost_model.version,
        ),
        (
            "cost tables",
            &a.cost_model.tables_sha256,
            &b.cost_model.tables_sha256,
        ),
        ("ELF", &a.elf.sha256, &b.elf.sha256),
    ];
    for (what, expected, found) in identity {
        if expected != found {
            let (expected, found) = (expected.clone(), found.clone());
            return Err(MergeError::Different {
                index,
                what,
                expected,
                found,
            });
        }
    }
    let measures = |profile: &Profile| -> Vec<_> {
        let measures = profile.measures.iter();
        measures
            .map(|m| (m.name.clone(), m.source.clone(), m.scale, m.proving_cost))
            .collect()
    };
    let (expected, found) = (measures(first), measures(other));
    if expected != found {
        let names = |list: &[(String, _, _, _)]| {
            list.iter()
                .map(|m| m.0.as_str())
                .collect::<Vec<_>>()
                .join(" ")
        };
        let (expected, found) = (names(&expected), names(&found));
        return Err(MergeError::Different {
            index,
            what: "measures",
            expected,
            found,
        });
    }
    Ok(())
}

/// A list whose rows are found again by key.
pub(crate) struct Interned<K, V> {
    index: HashMap<K, usize>,
    pub(crate) rows: Vec<V>,
}

impl<K: Hash + Eq, V> Interned<K, V> {
    pub(crate) fn new() -> Self {
        Interned {
            index: HashMap::new(),
            rows: Vec::new(),
        }
    }

    /// Place of the row of that key, made if there is none yet.
    pub(crate) fn at(&mut self, key: K, row: impl FnOnce() -> V) -> usize {
        let next = self.rows.len();
        let at = *self.index.entry(key).or_insert(next);
        if at == next {
            self.rows.push(row());
        }
        at
    }
}

type NodeKey = (u32, FunctionId, u64, Entry, Option<u32>);
type FunctionKey = (String, String, Option<u64>, u64, crate::model::Origin);

/// The sum so far.
struct Merged {
    functions: Interned<FunctionKey, Function>,
    labels: Interned<Vec<(String, String)>, Label>,
    nodes: Interned<NodeKey, Node>,
    node_values: Vec<Vec<u64>>,
    pcs: BTreeMap<(Option<u64>, FunctionId), (u64, Vec<u64>)>,
    totals: Vec<(u64, u64)>,
    tables: Interned<(String, Vec<String>), TableSum>,
    scopes: Interned<String, Scope>,
    resyncs: BTreeMap<(u64, u64), u64>,
    unattributed: Interned<String, Unattributed>,
    source: SourceSum,
}

struct TableSum {
    rows: Interned<(String, usize), Vec<u64>>,
}

fn add(to: &mut u64, value: u64, what: &'static str) -> Result<(), MergeError> {
    *to = to.checked_add(value).ok_or(MergeError::Overflow { what })?;
    Ok(())
}

impl Merged {
    fn new(first: &Profile) -> Merged {
        Merged {
            functions: Interned::new(),
            labels: Interned::new(),
            nodes: Interned::new(),
            node_values: vec![Vec::new(); first.stored_measures()],
            pcs: BTreeMap::new(),
            totals: vec![(0, 0); first.measures.len()],
            tables: Interned::new(),
            scopes: Interned::new(),
            resyncs: BTreeMap::new(),
            unattributed: Interned::new(),
            source: SourceSum::new(),
        }
    }

    fn add(&mut self, index: usize, profile: &Profile) -> Result<(), MergeError> {
        for (sum, measure) in self.totals.iter_mut().zip(&profile.measures) {
            add(&mut sum.0, measure.total, "the totals")?;
            add(&mut sum.1, measure.remainder, "the remainders")?;
        }
        let functions: Vec<FunctionId> = profile
            .functions
            .iter()
            .map(|f| {
                let key = (
                    f.name.clone(),
                    f.symbol.clone(),
                    f.address,
                    f.bytes,
                    f.origin,
                );
                FunctionId(self.functions.at(key, || f.clone()) as u32)
            })
            .collect();
        self.add_nodes(profile, &functions)?;
        self.source.add(profile, &functions);
        for (row, pc) in profile.pcs.iter().enumerate() {
            let key = (pc.address, functions[pc.function.0 as usize]);
            let stored = self.node_values.len();
            let sum = self.pcs.entry(key).or_insert_with(|| (0, vec![0; stored]));
            add(&mut sum.0, pc.count, "the execution counts")?;
            for (sum, column) in sum.1.iter_mut().zip(&profile.pc_values) {
                add(sum, column[row], "the pc values")?;
            }
        }
        for table in &profile.tables {
            self.add_table(index, table)?;
        }
        for scope in &profile.scopes {
            let at = self.scopes.at(scope.name.clone(), || Scope {
                name: scope.name.clone(),
                entries: 0,
                values: vec![0; scope.values.len()],
            });
            let sum = &mut self.scopes.rows[at];
            add(&mut sum.entries, scope.entries, "the scope entries")?;
            for (sum, &value) in sum.values.iter_mut().zip(&scope.values) {
                add(sum, value, "the scope values")?;
            }
        }
        for resync in &profile.resyncs {
            let sum = self.resyncs.entry((resync.pc, resync.target)).or_default();
            add(sum, resync.count, "the resyncs")?;
        }
        for share in &profile.unattributed {
            let reason = share.reason.clone();
            let at = self
                .unattributed
                .at(reason.clone(), || Unattributed { reason, value: 0 });
            let sum = &mut self.unattributed.rows[at].value;
            add(sum, share.value, "the unattributed shares")?;
        }
        Ok(())
    }

    fn add_nodes(&mut self, profile: &Profile, functions: &[FunctionId]) -> Result<(), MergeError> {
        let labels: Vec<u32> = profile
            .labels
            .iter()
            .map(|label| self.labels.at(label.pairs.clone(), || label.clone()) as u32)
            .collect();
        let mut places: Vec<usize> = Vec::with_capacity(profile.nodes.len());
        for (row, node) in profile.nodes.iter().enumerate() {
            // The root has no parent to be found under; nothing else has this number.
            let parent = if row == 0 {
                u32::MAX
            } else {
                places[node.parent.0 as usize] as u32
            };
            let function = functions[node.function.0 as usize];
            let label = node.label.map(|label| labels[label as usize]);
            let key = (parent, function, node.call_site, node.entry, label);
            let at = self.nodes.at(key, || Node {
                parent: NodeId(if row == 0 { 0 } else { parent }),
                function,
                calls: 0,
                label,
                ..*node
            });
            places.push(at);
            add(&mut self.nodes.rows[at].calls, node.calls, "the calls")?;
            for (sums, column) in self.node_values.iter_mut().zip(&profile.node_values) {
                sums.resize(self.nodes.rows.len(), 0);
                add(&mut sums[at], column[row], "the node values")?;
            }
        }
        Ok(())
    }

    fn add_table(&mut self, index: usize, table: &Table) -> Result<(), MergeError> {
        let key = (table.name.clone(), table.columns.clone());
        let at = self.tables.at(key, || TableSum {
            rows: Interned::new(),
        });
        let sum = &mut self.tables.rows[at].rows;
        // Rows of one label are told apart by their order.
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for row in &table.rows {
            let nth = seen.entry(&row.label).or_default();
            let known = sum.rows.len();
            let at = sum.at((row.label.clone(), *nth), || row.values.clone());
            *nth += 1;
            if at == known {
                continue;
            }
            let cells = sum.rows[at].iter_mut().zip(&row.values).zip(&table.columns);
            for ((cell, &value), column) in cells {
                if column.starts_with("most_") {
                    *cell = (*cell).max(value);
                } else if !column.starts_with("unit_") {
                    add(cell, value, "the table cells")?;
                } else if *cell != value {
                    return Err(MergeError::Rate {
                        index,
                        table: table.name.clone(),
                        row: row.label.clone(),
                        column: column.clone(),
                    });
                }
            }
        }
        Ok(())
    }

    fn finish(self, profiles: &[Profile]) -> ProfileData {
        let mut measures = profiles[0].measures.clone();
        for (measure, (total, remainder)) in measures.iter_mut().zip(self.totals) {
            measure.total = total;
            measure.remainder = remainder;
        }
        let mut pcs = Vec::with_capacity(self.pcs.len());
        let mut pc_values = vec![Vec::with_capacity(self.pcs.len()); self.node_values.len()];
        for ((address, function), (count, values)) in self.pcs {
            pcs.push(Pc {
                address,
                function,
                count,
            });
            for (column, value) in pc_values.iter_mut().zip(values) {
                column.push(value);
            }
        }
        ProfileData {
            run: merged_run(profiles),
            completeness: Completeness::Complete,
            measures,
            functions: self.functions.rows,
            nodes: self.nodes.rows,
            node_values: self.node_values,
            pc_values,
            tables: tables_of(self.tables),
            scopes: self.scopes.rows,
            labels: self.labels.rows,
            timeline: Timeline::default(),
            resyncs: self
                .resyncs
                .into_iter()
                .map(|((pc, target), count)| Resync { pc, target, count })
                .collect(),
            unattributed: self.unattributed.rows,
            source: self.source.finish(&pcs),
            pcs,
        }
    }
}

fn tables_of(tables: Interned<(String, Vec<String>), TableSum>) -> Vec<Table> {
    let mut places: Vec<_> = tables
        .index
        .into_iter()
        .map(|(key, at)| (at, key))
        .collect();
    places.sort_unstable();
    let mut out = Vec::with_capacity(places.len());
    for ((_, (name, columns)), sum) in places.into_iter().zip(tables.rows) {
        let mut labels: Vec<_> = sum
            .rows
            .index
            .into_iter()
            .map(|((label, _), at)| (at, label))
            .collect();
        labels.sort_unstable();
        let rows = labels
            .into_iter()
            .zip(sum.rows.rows)
            .map(|((_, label), values)| Row { label, values })
            .collect();
        out.push(Table {
            name,
            columns,
            rows,
        });
    }
    out
}

/// What all runs share; what differs is empty, counted or hashed.
fn merged_run(profiles: &[Profile]) -> Run {
    let runs: Vec<&Run> = profiles.iter().map(|profile| &profile.run).collect();
    let shared = |field: &dyn Fn(&Run) -> String| {
        let value = field(runs[0]);
        let same = runs.iter().all(|run| field(run) == value);
        if same {
            value
        } else {
            String::new()
        }
    };
    let hashed = |field: &dyn Fn(&Run) -> &str| {
        let mut hash = Sha256::new();
        for run in &runs {
            hash.update(field(run).as_bytes());
            hash.update(b"\n");
        }
        hash.finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<String>()
    };
    let chain_id = runs[0].input.chain_id;
    Run {
        input: InputId {
            sha256: hashed(&|run| &run.input.sha256),
            bytes: runs
                .iter()
                .fold(0, |sum, run| run.input.bytes.saturating_add(sum)),
            name: format!("{} inputs", runs.len()),
            schema: shared(&|run| run.input.schema.clone()),
            block: None,
            chain_id: chain_id.filter(|_| runs.iter().all(|run| run.input.chain_id == chain_id)),
        },
        exit: shared(&|run| run.exit.clone()),
        output_hex: String::new(),
        output_sha256: hashed(&|run| &run.output_sha256),
        zkperf_version: shared(&|run| run.zkperf_version.clone()),
        title: shared(&|run| run.title.clone()),
        created_unix: runs.iter().map(|run| run.created_unix).max().unwrap_or(0),
        ..runs[0].clone()
    }
}
