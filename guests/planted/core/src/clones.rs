//! Values cloned only to be read.

use std::collections::BTreeMap;

use crate::fold;

/// A part of a trie.
#[derive(Clone)]
struct Node {
    path: Vec<u64>,
    value: Vec<u64>,
}

fn nodes(data: &[u64]) -> Vec<Node> {
    let chunks = data.chunks_exact(64);
    let node = chunks.map(|chunk| Node {
        path: chunk[..16].to_vec(),
        value: chunk[16..].to_vec(),
    });
    node.collect()
}

/// Takes a node for itself.
#[inline(never)]
fn consume(node: Node, at: u32) -> u64 {
    node.path[at as usize % node.path.len()] ^ node.value[at as usize % node.value.len()]
}

/// Looks at a node.
#[inline(never)]
fn look(node: &Node, at: u32) -> u64 {
    node.path[at as usize % node.path.len()] ^ node.value[at as usize % node.value.len()]
}

/// Each question is asked of a clone.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let nodes = nodes(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(
            digest,
            consume(nodes[at as usize % nodes.len()].clone(), at),
        );
    }
    digest
}

/// Each question is asked of the node.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let nodes = nodes(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, look(&nodes[at as usize % nodes.len()], at));
    }
    digest
}

/// 32 entries each.
fn maps(data: &[u64]) -> Vec<BTreeMap<u64, u64>> {
    let chunks = data.chunks_exact(64).take(4);
    let map = chunks.map(|chunk| {
        chunk
            .chunks_exact(2)
            .map(|pair| (pair[0], pair[1]))
            .collect()
    });
    map.collect()
}

#[inline(never)]
fn first_of(map: BTreeMap<u64, u64>) -> u64 {
    map.first_key_value().map_or(0, |(key, value)| key ^ value)
}

#[inline(never)]
fn first_in(map: &BTreeMap<u64, u64>) -> u64 {
    map.first_key_value().map_or(0, |(key, value)| key ^ value)
}

/// A snapshot of the map for each question.
#[inline(never)]
pub(crate) fn maps_bad(data: &[u64], n: u32) -> u64 {
    let maps = maps(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, first_of(maps[at as usize % maps.len()].clone()));
    }
    digest
}

/// The map itself.
#[inline(never)]
pub(crate) fn maps_good(data: &[u64], n: u32) -> u64 {
    let maps = maps(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, first_in(&maps[at as usize % maps.len()]));
    }
    digest
}
