//! A buffer that grows as it is filled.

use crate::fold;

/// Words of an entry.
const ENTRY: usize = 8;
/// Entries of a message.
const ENTRIES: usize = 24;

#[inline(never)]
fn entry(message: &mut Vec<u64>, data: &[u64], at: usize) {
    message.extend_from_slice(&data[at * ENTRY..(at + 1) * ENTRY]);
}

/// Room is made for one entry at a time.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for _ in 0..n {
        let mut message = Vec::new();
        for at in 0..ENTRIES {
            message.reserve_exact(ENTRY);
            entry(&mut message, data, at);
        }
        digest = last(digest, &message);
    }
    digest
}

/// Room is made once.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for _ in 0..n {
        let mut message = Vec::with_capacity(ENTRIES * ENTRY);
        for at in 0..ENTRIES {
            entry(&mut message, data, at);
        }
        digest = last(digest, &message);
    }
    digest
}

#[inline(never)]
fn last(digest: u64, message: &[u64]) -> u64 {
    fold(digest, message.last().copied().unwrap_or(0))
}
