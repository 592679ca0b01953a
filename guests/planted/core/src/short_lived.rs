//! A small vector for each item.

use crate::fold;

#[inline(never)]
fn fill(parts: &mut Vec<u64>, word: u64) {
    parts.push(word >> 32);
    parts.push(word & 0xffff_ffff);
}

#[inline(never)]
fn sum(parts: &[u64]) -> u64 {
    parts.iter().fold(0, |sum, part| sum ^ part)
}

/// A new vector each time.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let mut parts = Vec::with_capacity(4);
        fill(&mut parts, data[at as usize % data.len()]);
        digest = fold(digest, sum(&parts));
    }
    digest
}

/// One vector, emptied each time.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    let mut parts = Vec::with_capacity(4);
    for at in 0..n {
        parts.clear();
        fill(&mut parts, data[at as usize % data.len()]);
        digest = fold(digest, sum(&parts));
    }
    digest
}
