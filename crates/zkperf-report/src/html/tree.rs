//! The call tree of a page: one or two profiles in one tree, in preorder.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use zkperf_profile::{NodeId, Profile};

use super::columns::Columns;

/// A context: a function, called by its parent at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Context {
    /// The caller; the root is its own.
    pub parent: u32,
    /// Index in the page's functions.
    pub function: u32,
    /// Index in the page's places, from 1; 0 where it is not known, and in a difference, where places do not count.
    pub place: u32,
}

/// Contexts of one or two profiles. Those that are equal are one; parents stand before children.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub contexts: Vec<Context>,
    known: FxHashMap<Context, u32>,
    /// For each profile, how often each context was entered.
    pub calls: Vec<Vec<u64>>,
    /// For each profile and stored measure, the own value of each context.
    pub values: Vec<Vec<Vec<u64>>>,
}

impl Tree {
    /// Adds a profile's contexts: `functions` and `place` are the page's indices of its functions and of the place
    /// that each node was called at.
    pub fn add(&mut self, profile: &Profile, functions: &[u32], place: impl Fn(usize) -> u32) {
        let before = self.contexts.len();
        let mut calls = vec![0; before];
        let mut values = vec![vec![0; before]; profile.node_values.len()];
        let mut moved: Vec<u32> = Vec::with_capacity(profile.nodes.len());
        for (at, node) in profile.nodes.iter().enumerate() {
            let context = Context {
                parent: moved.get(node.parent.0 as usize).copied().unwrap_or(0),
                function: functions[node.function.0 as usize],
                place: place(at),
            };
            let is_root = NodeId(at as u32) == NodeId::ROOT;
            let new = match is_root && !self.contexts.is_empty() {
                // Two roots are one, whatever they are called.
                true => 0,
                false => self.intern(context),
            };
            moved.push(new);
            let new = new as usize;
            if new == calls.len() {
                calls.push(0);
                values.iter_mut().for_each(|column| column.push(0));
            }
            calls[new] += node.calls;
            for (sums, own) in values.iter_mut().zip(&profile.node_values) {
                sums[new] += own[at];
            }
        }
        self.calls.push(calls);
        self.values.push(values);
        // What the profile before had no context for, it spent nothing in.
        let count = self.contexts.len();
        self.calls
            .iter_mut()
            .for_each(|calls| calls.resize(count, 0));
        let columns = self.values.iter_mut().flatten();
        columns.for_each(|column| column.resize(count, 0));
    }

    fn intern(&mut self, context: Context) -> u32 {
        let contexts = &mut self.contexts;
        *self.known.entry(context).or_insert_with(|| {
            contexts.push(context);
            contexts.len() as u32 - 1
        })
    }

    /// The same tree with every context followed by its descendants, the child first that costs most by `formula`.
    pub fn in_preorder(mut self, formula: &[(usize, u64)]) -> Tree {
        let order = self.preorder(&self.inclusive(formula));
        let mut moved = vec![0u32; order.len()];
        for (new, &old) in order.iter().enumerate() {
            moved[old as usize] = new as u32;
        }
        let contexts = order.iter().map(|&old| {
            let context = self.contexts[old as usize];
            let parent = moved[context.parent as usize];
            Context { parent, ..context }
        });
        self.contexts = contexts.collect();
        self.known = FxHashMap::default();
        let columns = self.values.iter_mut().flatten().chain(&mut self.calls);
        for column in columns {
            *column = order.iter().map(|&old| column[old as usize]).collect();
        }
        self
    }

    /// What each context costs with its descendants, all profiles together; for ordering only.
    fn inclusive(&self, formula: &[(usize, u64)]) -> Vec<u64> {
        let mut sums = vec![0u64; self.contexts.len()];
        for values in &self.values {
            for &(column, factor) in formula {
                for (sum, value) in sums.iter_mut().zip(&values[column]) {
                    *sum = sum.saturating_add(value.saturating_mul(factor));
                }
            }
        }
        for at in (1..sums.len()).rev() {
            let parent = self.contexts[at].parent as usize;
            sums[parent] = sums[parent].saturating_add(sums[at]);
        }
        sums
    }

    fn preorder(&self, weight: &[u64]) -> Vec<u32> {
        let mut children: Vec<Vec<u32>> = vec![Vec::new(); self.contexts.len()];
        for (at, context) in self.contexts.iter().enumerate().skip(1) {
            children[context.parent as usize].push(at as u32);
        }
        let mut order = Vec::with_capacity(self.contexts.len());
        // A stack of our own: a hostile tree can be as deep as it has nodes.
        let mut open = vec![0u32];
        while let Some(at) = open.pop() {
            order.push(at);
            let mut next = std::mem::take(&mut children[at as usize]);
            next.sort_by_key(|&child| {
                let context = self.contexts[child as usize];
                (
                    Reverse(weight[child as usize]),
                    context.function,
                    context.place,
                )
            });
            open.extend(next.into_iter().rev());
        }
        order
    }

    /// Packs the tree. `nodes.up` says how many levels above the context before it a context's parent stands.
    pub fn pack(&self, columns: &mut Columns) {
        let mut depth = vec![0u32; self.contexts.len()];
        let mut up = vec![0u32; self.contexts.len()];
        for (at, context) in self.contexts.iter().enumerate().skip(1) {
            depth[at] = depth[context.parent as usize] + 1;
            up[at] = depth[at - 1] + 1 - depth[at];
        }
        let each = |of: fn(&Context) -> u32| -> Vec<u32> { self.contexts.iter().map(of).collect() };
        columns.indices("nodes.up", &up);
        columns.indices("nodes.function", &each(|context| context.function));
        columns.indices("nodes.place", &each(|context| context.place));
        for (side, calls) in self.calls.iter().enumerate() {
            columns.plain(format!("nodes.calls.{side}"), calls);
        }
        for (side, values) in self.values.iter().enumerate() {
            for (at, column) in values.iter().enumerate() {
                columns.plain(format!("nodes.value.{side}.{at}"), column);
            }
        }
    }
}
