//! The same worked out again and again.

use core::hint::black_box;

use crate::{bytes, fold};

/// Terms of the series.
const TERMS: u64 = 96;

/// A fee that grows with what is in excess, as a series: of numbers only, so always the same for the same block.
#[inline(never)]
fn fee(excess: u64, fraction: u64) -> u64 {
    let (mut sum, mut term) = (0u64, fraction | 1);
    for at in 1..TERMS {
        sum = sum.wrapping_add(term);
        term = (term.wrapping_mul(excess) ^ (term >> 7)).wrapping_add(at);
    }
    sum
}

/// The block's fee, asked for by each of `n` items.
#[inline(never)]
pub(crate) fn fees_bad(data: &[u64], n: u32) -> u64 {
    (0..n as usize).fold(0, |digest, at| {
        // The compiler would see through it here; in a real guest, other code stands between.
        let fee = fee(black_box(data[0]), black_box(data[1]));
        fold(digest, fee ^ data[at % data.len()])
    })
}

/// The block's fee, worked out once.
#[inline(never)]
pub(crate) fn fees_good(data: &[u64], n: u32) -> u64 {
    let fee = fee(black_box(data[0]), black_box(data[1]));
    (0..n as usize).fold(0, |digest, at| {
        fold(digest, black_box(fee) ^ data[at % data.len()])
    })
}

/// Contracts, and bytes of the code of each.
const CODES: usize = 8;
const CODE_BYTES: usize = 512;

/// A checksum of code.
#[inline(never)]
fn checksum(code: &[u8]) -> u64 {
    code.iter().fold(0xcbf2_9ce4_8422_2325, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Code of a contract.
fn code(data: &[u64], at: usize) -> &[u8] {
    let start = at % CODES * CODE_BYTES;
    &bytes(data)[start..start + CODE_BYTES]
}

/// The checksum of the contract that each of `n` items calls.
#[inline(never)]
pub(crate) fn checksums_bad(data: &[u64], n: u32) -> u64 {
    (0..n as usize).fold(0, |digest, at| {
        fold(digest, checksum(code(data, black_box(at))))
    })
}

/// The same, with a checksum for each contract.
#[inline(never)]
pub(crate) fn checksums_good(data: &[u64], n: u32) -> u64 {
    let sums: [u64; CODES] = core::array::from_fn(|at| checksum(code(data, at)));
    (0..n as usize).fold(0, |digest, at| fold(digest, sums[black_box(at) % CODES]))
}
