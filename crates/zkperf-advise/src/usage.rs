//! What a run spends on each operation, by kind of code, and how often.

use crate::function::Role;
use crate::implementations::Kind;
use crate::operation::Operation;
use crate::view::{is_system, View, MEMORY_ROLES};
use zkperf_profile::Origin;

/// What a run spends on one operation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// How often it was begun.
    pub calls: u64,
    /// Cost of portable code, with all it calls.
    pub portable: u64,
    /// Cost of code made for circuits, with all it calls, the circuits' own price included.
    pub circuit: u64,
    /// Cost of what leads there.
    pub seam: u64,
    /// How often portable code was begun.
    pub portable_calls: u64,
    /// Whether portable code was begun inlined, too: how often, nobody counts.
    pub portable_inlined: bool,
    /// How often code made for circuits was begun.
    pub circuit_calls: u64,
    /// Units of portable work (permutations, recoveries), where a function is entered once for each.
    pub units: u64,
    /// Blocks of portable work, where the executions of an instruction tell.
    pub blocks: u64,
    /// Cost of the units alone: the function that is entered once for each, with all it calls.
    pub units_cost: u64,
    /// Circuits called below it, memory's not counted.
    pub precompile_calls: u64,
    /// Bytes that its code read and wrote itself.
    pub bytes_read: u64,
    /// The same, written.
    pub bytes_written: u64,
}

/// Usage of every operation, in the order of [`Operation::ALL`].
pub(crate) fn usage(view: &View) -> Vec<Usage> {
    let mut all = vec![Usage::default(); Operation::ALL.len()];
    let profile = &view.profile;
    let cost = profile.node_column(view.cost);
    let (read, written) = (view.column("bytes_read"), view.column("bytes_written"));
    let calls = view.column("precompile_calls");
    let mut in_unit = vec![false; profile.nodes.len()];
    for (at, node) in profile.nodes.iter().enumerate() {
        let Some(mark) = view.nodes[at].mark else {
            continue;
        };
        let usage = &mut all[index(mark.operation)];
        let parent = view.parent(at);
        let above = view.nodes[parent].mark;
        let entered = entries(view, at);
        match mark.kind {
            Kind::Portable => usage.portable += cost[at],
            Kind::Circuit => usage.circuit += cost[at],
            Kind::Seam => usage.seam += cost[at],
        }
        if above.is_none_or(|above| above.operation != mark.operation) {
            usage.calls = usage.calls.saturating_add(entered);
        }
        if above != Some(mark) {
            match mark.kind {
                Kind::Portable => {
                    usage.portable_calls = usage.portable_calls.saturating_add(entered);
                    usage.portable_inlined |= view.function(at).origin == Origin::Inlined;
                }
                Kind::Circuit => usage.circuit_calls = usage.circuit_calls.saturating_add(entered),
                Kind::Seam => {}
            }
        }
        let function = view.function(at);
        let is_unit = mark.kind == Kind::Portable && function.unit;
        in_unit[at] = is_unit || (above == Some(mark) && in_unit[parent]);
        usage.units = usage
            .units
            .saturating_add(if is_unit { node.calls } else { 0 });
        usage.units_cost += if in_unit[at] { cost[at] } else { 0 };
        let value =
            |column: &Option<std::borrow::Cow<'_, [u64]>>| column.as_ref().map_or(0, |c| c[at]);
        usage.bytes_read += value(&read);
        usage.bytes_written += value(&written);
        let facts = view.nodes[at];
        if !facts.is(Role::Input) && !MEMORY_ROLES.iter().any(|role| facts.is(*role)) {
            usage.precompile_calls += value(&calls);
        }
    }
    count_blocks(view, &mut all);
    all
}

/// Place of an operation in [`Operation::ALL`].
pub(crate) fn index(operation: Operation) -> usize {
    let found = Operation::ALL.iter().position(|of| *of == operation);
    found.unwrap_or(0)
}

/// How often a context was entered; inlined code has no calls of its own: it runs as often as the code it stands in, at
/// least, so its entries are not known, and count as none.
fn entries(view: &View, at: usize) -> u64 {
    view.profile.nodes[at].calls
}

/// Of code most instructions of which are executed once a block, inlined or not: how often that is.
fn count_blocks(view: &View, all: &mut [Usage]) {
    let mut counts: Vec<Vec<u64>> = vec![Vec::new(); Operation::ALL.len()];
    for pc in &view.profile.pcs {
        let function = &view.functions[pc.function.0 as usize];
        if let (true, Some(mark)) = (function.block, function.mark) {
            counts[index(mark.operation)].push(pc.count);
        }
    }
    for (usage, counts) in all.iter_mut().zip(&mut counts) {
        counts.sort_unstable();
        let most = counts
            .chunk_by(|a, b| a == b)
            .max_by_key(|chunk| chunk.len());
        usage.blocks = most.map_or(0, |chunk| chunk[0]);
    }
}

/// Of the code made for circuits, the circuits' own price by context: what the zkVM's table of circuits charges, or where
/// the way there is the zkVM's kernel, that. The rest is glue.
pub(crate) fn circuit_price(view: &View, at: usize) -> Price {
    let Some(facts) = view.facts else {
        return Price::Nothing;
    };
    if facts.system_is_circuit {
        return match is_system(view.function(at).origin) {
            true => Price::All,
            false => Price::Nothing,
        };
    }
    Price::Measures(facts.circuit_measures)
}

/// Which part of a context is the circuits' own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Price {
    /// None of it.
    Nothing,
    /// All of it.
    All,
    /// These measures of it.
    Measures(&'static [&'static str]),
}
