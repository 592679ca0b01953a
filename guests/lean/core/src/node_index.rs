//! The witness's trie nodes by hash.

use crate::compare::words;
use crate::Bytes;
use zkperf_guest_core::Crypto;

/// A hash by words: in trie nodes they are not aligned, and are put together once for all that they are compared with.
type Hash = [usize; 32 / size_of::<usize>()];

/// Finds an encoded node by its hash. Each is hashed once, here; nothing else of it is looked at.
///
/// A table with open addressing: a hash is its own hash value. Whoever makes many hashes begin alike makes this slow,
/// and the proof dear, but nothing wrong.
#[derive(Debug)]
pub(crate) struct NodeIndex {
    /// Hash and encoding.
    nodes: Vec<(Hash, Bytes)>,
    /// One more than a place in `nodes`; 0 is free. As many as a power of two, at least half of them free.
    slots: Vec<u32>,
}

impl NodeIndex {
    /// Hashes the nodes.
    pub(crate) fn new(encoded: &[Bytes], crypto: &dyn Crypto) -> Self {
        let mut index = NodeIndex {
            nodes: Vec::with_capacity(encoded.len()),
            slots: vec![0; (2 * encoded.len() + 1).next_power_of_two()],
        };
        for node in encoded {
            let hash = words(&crypto.keccak256(node));
            let mut slot = index.first_slot(&hash);
            while index.slots[slot] != 0 {
                slot = index.next_slot(slot);
            }
            index.nodes.push((hash, node));
            index.slots[slot] = index.nodes.len() as u32;
        }
        index
    }

    /// The node with this hash.
    pub(crate) fn get(&self, hash: &[u8; 32]) -> Option<Bytes> {
        let hash = words(hash);
        let mut slot = self.first_slot(&hash);
        loop {
            let place = self.slots[slot].checked_sub(1)?;
            let (found, node) = &self.nodes[place as usize];
            if *found == hash {
                return Some(node);
            }
            slot = self.next_slot(slot);
        }
    }

    fn first_slot(&self, hash: &Hash) -> usize {
        hash[0] & (self.slots.len() - 1)
    }

    fn next_slot(&self, slot: usize) -> usize {
        (slot + 1) & (self.slots.len() - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_guest_core::PortableCrypto;

    #[test]
    fn every_node_is_found_and_nothing_else() {
        let crypto = PortableCrypto::default();
        for count in [0, 1, 2, 3, 500] {
            let nodes: Vec<Bytes> = (0..count)
                .map(|i: u32| &*i.to_le_bytes().to_vec().leak())
                .collect();
            let index = NodeIndex::new(&nodes, &crypto);
            for node in &nodes {
                assert_eq!(index.get(&crypto.keccak256(node)), Some(*node));
            }
            assert_eq!(index.get(&crypto.keccak256(b"another")), None);
        }
    }
}
