//! Lookups by a hash that is dearer than they need.

use std::collections::hash_map::{DefaultHasher, HashMap};
use std::hash::{BuildHasher, BuildHasherDefault, Hasher};

use crate::fold;

fn filled<S: BuildHasher + Default>(data: &[u64]) -> HashMap<u64, u64, S> {
    let mut map = HashMap::with_capacity_and_hasher(512, S::default());
    map.extend(data.chunks_exact(2).map(|pair| (pair[0], pair[1])));
    map
}

fn key(data: &[u64], at: u32) -> u64 {
    data[(at as usize * 2) % data.len()]
}

/// SipHash, which `HashMap` takes unless told otherwise.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let map: HashMap<u64, u64, BuildHasherDefault<DefaultHasher>> = filled(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, map.get(&key(data, at)).copied().unwrap_or(0));
    }
    digest
}

/// Takes a key that is random already as its own hash.
#[derive(Default)]
struct Taken(u64);

impl Hasher for Taken {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = word;
    }
}

/// The key's own bits.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let map: HashMap<u64, u64, BuildHasherDefault<Taken>> = filled(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, map.get(&key(data, at)).copied().unwrap_or(0));
    }
    digest
}
