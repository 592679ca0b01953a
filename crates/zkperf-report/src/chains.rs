//! Telling call stacks apart without writing them out: a tree can be as deep as it has nodes.

use std::collections::HashMap;
use std::hash::Hash;

/// For each node of a tree a number; two nodes have the same one if and only if their chains are equal: what `step` says
/// of the node, of its parent, and so on to the root, or of the first `depth` of these. `step` is not asked for the
/// root, node 0, at which every chain ends.
///
/// A parent stands before its children. Takes time and memory in proportion to the nodes, times the logarithm of
/// `depth`.
pub(crate) fn chain_classes<K: Hash + Eq>(
    parents: &[u32],
    step: impl Fn(usize) -> K,
    depth: Option<usize>,
) -> Vec<u32> {
    let mut steps = Interner::default();
    let own: Vec<u32> = (0..parents.len())
        .map(|at| match at {
            0 => END,
            at => steps.id(step(at)),
        })
        .collect();
    match depth.filter(|&depth| depth < parents.len()) {
        None => whole_chains(parents, &own),
        Some(depth) => first_steps(parents, own, depth),
    }
}

/// The class of what comes after the end.
const END: u32 = 0;

/// Numbers things from 1, equal ones alike.
struct Interner<K>(HashMap<K, u32>);

impl<K> Default for Interner<K> {
    fn default() -> Self {
        Interner(HashMap::new())
    }
}

impl<K: Hash + Eq> Interner<K> {
    fn id(&mut self, what: K) -> u32 {
        let next = self.0.len() as u32 + 1;
        *self.0.entry(what).or_insert(next)
    }
}

fn whole_chains(parents: &[u32], own: &[u32]) -> Vec<u32> {
    let mut pairs = Interner::default();
    let mut classes = vec![END];
    for at in 1..parents.len() {
        let above = classes[parents[at] as usize];
        classes.push(pairs.id((own[at], above)));
    }
    classes
}

/// Chains of 1, 2, 4, … steps are classes of two of half the length; `depth` is a sum of such lengths.
fn first_steps(parents: &[u32], own: Vec<u32>, mut depth: usize) -> Vec<u32> {
    let nodes = parents.len();
    let (mut power, mut ancestors) = (own, parents.to_vec());
    if let Some(root) = ancestors.first_mut() {
        *root = 0;
    }
    let mut classes = vec![END; nodes];
    // Where each node's chain has come to.
    let mut reached: Vec<u32> = (0..nodes as u32).collect();
    loop {
        if depth & 1 == 1 {
            let mut pairs = Interner::default();
            for (class, at) in classes.iter_mut().zip(&mut reached) {
                *class = pairs.id((*class, power[*at as usize]));
                *at = ancestors[*at as usize];
            }
        }
        depth >>= 1;
        if depth == 0 {
            return classes;
        }
        let mut pairs = Interner::default();
        power = (0..nodes)
            .map(|at| pairs.id((power[at], power[ancestors[at] as usize])))
            .collect();
        ancestors = (0..nodes)
            .map(|at| ancestors[ancestors[at] as usize])
            .collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chain(parents: &[u32], steps: &[u8], mut at: usize, depth: usize) -> Vec<u8> {
        let mut chain = Vec::new();
        while at != 0 && chain.len() < depth {
            chain.push(steps[at]);
            at = parents[at] as usize;
        }
        chain
    }

    proptest! {
        /// Against chains that are written out.
        #[test]
        fn classes_are_equal_where_chains_are(
            nodes in proptest::collection::vec((any::<u32>(), 0u8..3), 1..60),
            depth in proptest::option::of(0usize..70),
        ) {
            let steps: Vec<u8> = nodes.iter().map(|node| node.1).collect();
            let parents: Vec<u32> =
                nodes.iter().enumerate().map(|(at, node)| node.0 % at.max(1) as u32).collect();
            let classes = chain_classes(&parents, |at| steps[at], depth);
            let written = |at| chain(&parents, &steps, at, depth.unwrap_or(usize::MAX));
            for a in 0..nodes.len() {
                for b in 0..a {
                    prop_assert_eq!(classes[a] == classes[b], written(a) == written(b), "{} {}", a, b);
                }
            }
        }
    }

    #[test]
    fn a_tree_of_one_path_takes_no_square() {
        let parents: Vec<u32> = (0..1_000_000u32).map(|at| at.saturating_sub(1)).collect();
        for depth in [None, Some(1), Some(700_000), Some(usize::MAX)] {
            let classes = chain_classes(&parents, |at| at % 7, depth);
            assert_eq!(classes.len(), parents.len());
        }
    }
}
