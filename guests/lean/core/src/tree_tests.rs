//! The sparse tree against ethrex's trie, on random tries and changes.

use super::*;
use crate::node;
use ethrex_trie::{InMemoryTrieDB, Trie};
use std::collections::BTreeMap;
use zkperf_guest_core::PortableCrypto;

/// A small generator of numbers (xorshift), so that a failure can be repeated.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// Keys that share long begins, or ends, or nothing.
    fn key(&mut self) -> [u8; 32] {
        let mut key = [0x11; 32];
        match self.next() % 3 {
            0 => key[31] = self.next() as u8,
            1 => key[..2].copy_from_slice(&(self.next() as u16 & 0x0f0f).to_be_bytes()),
            _ => key.iter_mut().for_each(|byte| *byte = self.next() as u8),
        }
        key
    }

    /// From one byte, below and above 0x80, to an account's size.
    fn value(&mut self) -> Vec<u8> {
        let length = [1, 2, 33, 55, 56, 110][self.next() as usize % 6];
        (0..length).map(|_| self.next() as u8).collect()
    }
}

/// All nodes of ethrex's trie, and its root.
fn witness(values: &BTreeMap<[u8; 32], Vec<u8>>) -> (Vec<Bytes>, H256) {
    let map = InMemoryTrieDB::default();
    let inner = map.inner();
    let mut trie = Trie::new(Box::new(map));
    for (key, value) in values {
        trie.insert(key.to_vec(), value.clone()).unwrap();
    }
    let root = trie.hash(&PortableCrypto::default()).unwrap();
    let nodes = inner.lock().unwrap();
    let nodes = nodes.values().map(|node| &*node.clone().leak());
    (nodes.collect(), root)
}

fn ethrex_root(values: &BTreeMap<[u8; 32], Vec<u8>>) -> H256 {
    witness(values).1
}

#[test]
fn reads_and_changes_are_ethrex_s() {
    let crypto = PortableCrypto::default();
    let mut random = Random(0x5eed);
    let (mut removed, mut found) = (0, 0);
    for round in 0..400 {
        let before: BTreeMap<_, _> = (0..random.next() % 40)
            .map(|_| (random.key(), random.value()))
            .collect();
        let (nodes, root) = witness(&before);
        let index = NodeIndex::new(&nodes, &crypto);
        let root: &'static [u8; 32] = Box::leak(Box::new(root.0));
        for _ in 0..20 {
            let key = random.key();
            let value = node::get(&index, Read::root(root), &key).expect("the witness is whole");
            assert_eq!(value, before.get(&key).map(Vec::as_slice), "round {round}");
            found += usize::from(value.is_some());
        }
        let mut tree = Tree::new(&index, root);
        let mut after = before.clone();
        for _ in 0..random.next() % 30 {
            let known = before
                .keys()
                .nth(random.next() as usize % (before.len() + 1));
            let key = known.copied().unwrap_or_else(|| random.key());
            if random.next() % 2 == 0 {
                removed += usize::from(after.remove(&key).is_some());
                tree.remove(&key).expect("the witness is whole");
            } else {
                let value = random.value();
                after.insert(key, value.clone());
                tree.insert(&key, value).expect("the witness is whole");
            }
        }
        assert_eq!(tree.hash(&crypto), ethrex_root(&after), "round {round}");
    }
    assert!(removed > 1000 && found > 100, "{removed}, {found}");
}

#[test]
fn what_the_witness_lacks_is_named() {
    let crypto = PortableCrypto::default();
    let mut random = Random(7);
    let values: BTreeMap<_, _> = (0..60).map(|_| (random.key(), random.value())).collect();
    let (nodes, root) = witness(&values);
    let root: &'static [u8; 32] = Box::leak(Box::new(root.0));
    let mut faults = 0;
    for lacking in 0..nodes.len() {
        let mut nodes = nodes.clone();
        let missing = H256(crypto.keccak256(nodes.remove(lacking)));
        let index = NodeIndex::new(&nodes, &crypto);
        for key in values.keys() {
            let read = node::get(&index, Read::root(root), key).err();
            assert!(read.is_none_or(|fault| fault == TrieFault::Missing(missing)));
            let mut tree = Tree::new(&index, root);
            assert_eq!(tree.insert(key, vec![1]).err(), read);
            let mut tree = Tree::new(&index, root);
            // a removal reads a sibling, too
            let removed = tree.remove(key).err();
            assert!(read.is_none() || removed == read);
            faults += usize::from(read.is_some());
        }
    }
    assert!(faults > 100, "{faults}");
}
