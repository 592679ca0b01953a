//! From what an engine recorded to the parts of a profile that every engine makes alike: functions,
//! call tree, program counters, scopes, timeline, and what could not be attributed.

use crate::{CallTree, FunctionIndex, Outcome, Track};
use sha2::{Digest, Sha256};
use std::collections::{HashMap, HashSet};
use zkperf_profile::{
    Completeness, Entry, Function, FunctionId, Label, Measure, Node, NodeId, Origin, Pc, Profile,
    Resync, Run, Scope, Source, Timeline, Unattributed,
};

/// A cost without a pc; it stands at a pseudo-function of that name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PseudoCost {
    /// Name in brackets, such as `[base]`.
    pub name: &'static str,
    /// One value a stored column.
    pub values: Vec<u64>,
}

/// One executed instruction address.
#[derive(Debug, Clone, Copy)]
pub struct PcRow<const N: usize> {
    /// The address.
    pub address: u64,
    /// The function that holds it.
    pub function: FunctionIndex,
    /// Executions.
    pub count: u64,
    /// Everything counted there.
    pub values: [u64; N],
}

/// A region the guest marked, in the engine's counters.
#[derive(Debug, Clone)]
pub struct ScopeRow<const N: usize> {
    /// The guest's name for it.
    pub name: String,
    /// How often it was entered.
    pub entries: u64,
    /// Everything counted between start and end.
    pub covered: [u64; N],
}

/// What an engine's `N` counters mean in a profile.
#[derive(Debug, Clone)]
pub struct Layout<'a> {
    /// For each stored column the counter it shows; `None` if only pseudo-costs have that column.
    pub columns: &'a [Option<usize>],
    /// The program's functions, which the call tree and the pcs index.
    pub functions: &'a [Function],
    /// Costs without a pc.
    pub pseudo_costs: Vec<PseudoCost>,
}

/// The parts of a profile made from call tree and pcs.
#[derive(Debug, Clone)]
pub struct Assembled {
    /// Functions in order of first use.
    pub functions: Vec<Function>,
    /// The tree; its root is `[run]`.
    pub nodes: Vec<Node>,
    /// One column a stored measure.
    pub node_values: Vec<Vec<u64>>,
    /// Sorted as a profile wants it.
    pub pcs: Vec<Pc>,
    /// One column a stored measure.
    pub pc_values: Vec<Vec<u64>>,
    /// Where the shadow stack re-synchronised.
    pub resyncs: Vec<Resync>,
    /// Label sets of the nodes.
    pub labels: Vec<Label>,
    /// Place of the call tree's first node in `nodes`.
    offset: u32,
    /// Nodes that stand for further contexts of a function ([`CallTree::folded_nodes`]).
    folded: HashSet<usize>,
}

impl Layout<'_> {
    /// A row of stored columns from the counters.
    pub fn row<const N: usize>(&self, counters: &[u64; N]) -> Vec<u64> {
        let cell = |counter: &Option<usize>| counter.map_or(0, |at| counters[at]);
        self.columns.iter().map(cell).collect()
    }

    /// Puts tree and pcs together. `pc_of_site` gives the address of the call tree's call sites.
    pub fn assemble<const N: usize>(
        &self,
        tree: &CallTree<N>,
        pcs: impl IntoIterator<Item = PcRow<N>>,
        pc_of_site: impl Fn(u32) -> u64,
    ) -> Assembled {
        let mut functions = FunctionList::new(self.functions);
        let (nodes, node_values, offset) = self.tree(tree, &mut functions, &pc_of_site);
        let (pcs, pc_values) = self.pcs(pcs, &mut functions);
        let resync = |((site, target), count)| Resync {
            pc: pc_of_site(site),
            target,
            count,
        };
        Assembled {
            functions: functions.list,
            nodes,
            node_values,
            pcs,
            pc_values,
            resyncs: tree.resyncs().into_iter().map(resync).collect(),
            labels: tree.labels().to_vec(),
            offset,
            folded: tree
                .folded_nodes()
                .map(|node| (node + offset) as usize)
                .collect(),
        }
    }

    fn tree<const N: usize>(
        &self,
        tree: &CallTree<N>,
        functions: &mut FunctionList,
        pc_of_site: impl Fn(u32) -> u64,
    ) -> (Vec<Node>, Vec<Vec<u64>>, u32) {
        let root = Node {
            parent: NodeId::ROOT,
            function: functions.pseudo("[run]"),
            call_site: 0,
            calls: 1,
            entry: Entry::Root,
            label: None,
        };
        let mut nodes = vec![root];
        let mut columns = vec![vec![0; 1]; self.columns.len()];
        for cost in &self.pseudo_costs {
            nodes.push(Node {
                function: functions.pseudo(cost.name),
                ..root
            });
            push_row(&mut columns, &cost.values);
        }
        let offset = nodes.len() as u32;
        for (node, values) in tree.nodes().iter().zip(tree.values()) {
            let function = functions.id(node.function);
            nodes.push(match node.entry {
                Entry::Root => Node {
                    function,
                    calls: node.calls,
                    entry: Entry::Call,
                    ..root
                },
                entry => Node {
                    parent: NodeId(node.parent + offset),
                    function,
                    call_site: pc_of_site(node.call_site),
                    calls: node.calls,
                    entry,
                    label: node.label.checked_sub(1),
                },
            });
            push_row(&mut columns, &self.row(values));
        }
        (nodes, columns, offset)
    }

    fn pcs<const N: usize>(
        &self,
        rows: impl IntoIterator<Item = PcRow<N>>,
        functions: &mut FunctionList,
    ) -> (Vec<Pc>, Vec<Vec<u64>>) {
        let mut pcs = Vec::new();
        let mut columns = vec![Vec::new(); self.columns.len()];
        for cost in &self.pseudo_costs {
            pcs.push(Pc {
                address: None,
                function: functions.pseudo(cost.name),
                count: 0,
            });
            push_row(&mut columns, &cost.values);
        }
        for row in rows {
            pcs.push(Pc {
                address: Some(row.address),
                function: functions.id(row.function),
                count: row.count,
            });
            push_row(&mut columns, &self.row(&row.values));
        }
        sorted_pcs(pcs, columns)
    }

    /// The guest's scopes, with every measure's value in node units.
    pub fn scopes<const N: usize>(
        &self,
        measures: &[Measure],
        rows: impl IntoIterator<Item = ScopeRow<N>>,
    ) -> Vec<Scope> {
        let scope = |row: ScopeRow<N>| Scope {
            values: evaluate(measures, &self.row(&row.covered)),
            name: row.name,
            entries: row.entries,
        };
        rows.into_iter().map(scope).collect()
    }
}

impl Assembled {
    /// Sum of each stored column.
    pub fn totals(&self) -> Vec<u64> {
        let sum = |column: &Vec<u64>| column.iter().sum();
        self.node_values.iter().map(sum).collect()
    }

    /// The track of the run; `unit` is what a bucket counts.
    pub fn timeline(&self, track: &Track, unit: &str) -> Timeline {
        let nodes = track.nodes.iter();
        Timeline {
            bucket: track.bucket,
            unit: unit.to_owned(),
            nodes: nodes.map(|node| NodeId(node + self.offset)).collect(),
        }
    }

    /// Proving cost of code that no symbol covers, and of contexts whose callers are not known because there
    /// were too many.
    pub fn unattributed(&self, measures: &[Measure]) -> Vec<Unattributed> {
        let is_unknown = |node: &Node| {
            let function = &self.functions[node.function.0 as usize];
            function.origin == Origin::Unknown
        };
        let mut folded = vec![false; self.nodes.len()];
        if !self.folded.is_empty() {
            // A parent stands before its children.
            for (at, node) in self.nodes.iter().enumerate() {
                folded[at] = self.folded.contains(&at) || folded[node.parent.0 as usize];
            }
        }
        let reasons: [(&str, &dyn Fn(usize) -> bool); 2] = [
            (
                "code that no function symbol covers (shown by address)",
                &|at| is_unknown(&self.nodes[at]),
            ),
            (
                "contexts beyond 4 million, folded into one a function: who called them is not recorded",
                &|at| folded[at] && !is_unknown(&self.nodes[at]),
            ),
        ];
        let shares = reasons.map(|(reason, belongs)| Unattributed {
            reason: reason.to_owned(),
            value: self.proving_cost_of(measures, belongs),
        });
        shares.into_iter().filter(|share| share.value > 0).collect()
    }

    /// Proving cost of the nodes that belong.
    fn proving_cost_of(&self, measures: &[Measure], belongs: &dyn Fn(usize) -> bool) -> u64 {
        let mut row = vec![0; self.node_values.len()];
        for at in (0..self.nodes.len()).filter(|at| belongs(*at)) {
            for (sum, column) in row.iter_mut().zip(&self.node_values) {
                *sum += column[at];
            }
        }
        let cost = measures.iter().position(|measure| measure.proving_cost);
        cost.map_or(0, |cost| evaluate(measures, &row)[cost])
    }
}

/// Every measure's value, in node units, from a row of stored columns.
pub fn evaluate(measures: &[Measure], stored: &[u64]) -> Vec<u64> {
    let mut next = stored.iter();
    let mut values: Vec<u64> = Vec::with_capacity(measures.len());
    for measure in measures {
        values.push(match &measure.source {
            Source::Stored => next.next().copied().unwrap_or(0),
            Source::Multiple { of, by } => values[of.0 as usize] * by,
            Source::Sum { of } => of.iter().map(|of| values[of.0 as usize]).sum(),
        });
    }
    values
}

/// A stored measure in official units, not the proving cost.
pub fn stored_measure(name: &str, unit: &str, about: &str, total: u64) -> Measure {
    Measure {
        name: name.to_owned(),
        unit: unit.to_owned(),
        about: about.to_owned(),
        source: Source::Stored,
        total,
        scale: 1,
        remainder: 0,
        proving_cost: false,
    }
}

/// The first line of a text report of a partial profile; nothing for a complete one.
pub fn partial_line(profile: &Profile) -> Option<String> {
    let Completeness::Partial {
        reason,
        pc,
        function,
    } = &profile.data().completeness
    else {
        return None;
    };
    let pc = pc.map_or(String::new(), |pc| format!(" at pc 0x{pc:x}"));
    let function = match function.as_str() {
        "" => String::new(),
        function => format!(" in {function}"),
    };
    Some(format!(
        "PARTIAL RUN: the guest stopped{pc}{function}: {reason}; the figures cover what ran until then"
    ))
}

/// Whether the figures cover the whole run.
pub fn completeness(outcome: &Outcome) -> Completeness {
    match &outcome.fault {
        None => Completeness::Complete,
        Some(fault) => Completeness::Partial {
            reason: fault.cause.clone(),
            pc: Some(fault.pc),
            function: fault.function.clone(),
        },
    }
}

/// Fills in how the run ended and what it put out.
pub fn identify(run: &mut Run, outcome: &Outcome) {
    let fault = outcome.fault.as_ref();
    run.exit = fault.map_or("exited".into(), |fault| fault.cause.clone());
    run.output_hex = hex::encode(&outcome.output);
    run.output_sha256 = hex::encode(Sha256::digest(&outcome.output));
}

/// The functions that a profile names, numbered in order of first use.
struct FunctionList<'a> {
    known: &'a [Function],
    ids: Vec<Option<FunctionId>>,
    pseudo: HashMap<&'static str, FunctionId>,
    list: Vec<Function>,
}

impl<'a> FunctionList<'a> {
    fn new(known: &'a [Function]) -> Self {
        Self {
            known,
            ids: vec![None; known.len()],
            pseudo: HashMap::new(),
            list: Vec::new(),
        }
    }

    fn id(&mut self, function: FunctionIndex) -> FunctionId {
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

    fn pseudo(&mut self, name: &'static str) -> FunctionId {
        if let Some(&id) = self.pseudo.get(name) {
            return id;
        }
        let id = self.push(Function {
            name: name.to_owned(),
            symbol: String::new(),
            address: None,
            bytes: 0,
            origin: Origin::Pseudo,
        });
        self.pseudo.insert(name, id);
        id
    }
}

fn push_row(columns: &mut [Vec<u64>], values: &[u64]) {
    for (column, value) in columns.iter_mut().zip(values) {
        column.push(*value);
    }
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
