//! Checks and calls that cost as much as what they stand round.

use core::hint::black_box;

use crate::fold;

/// Words of a row that is added up.
const ROW: usize = 64;

/// The data's first words in order.
fn sorted(data: &[u64]) -> Vec<u64> {
    let mut row = data[..ROW].to_vec();
    row.sort_unstable();
    row
}

/// The sum of a row, each word of which is checked again each time.
#[inline(never)]
fn checked_sum(row: &[u64], first: u64, most: u64) -> u64 {
    let (mut sum, mut before) = (first, 0);
    for &word in row {
        assert!(word >= before, "not in order");
        assert!(word <= most, "too large");
        sum = sum.wrapping_add(word);
        before = word;
    }
    sum
}

/// The sum of a row.
#[inline(never)]
fn sum(row: &[u64], first: u64) -> u64 {
    let mut sum = first;
    for &word in row {
        sum = sum.wrapping_add(word);
    }
    sum
}

/// Rows checked by everybody who uses them.
#[inline(never)]
pub(crate) fn checks_bad(data: &[u64], n: u32) -> u64 {
    let row = sorted(data);
    let most = black_box(row[ROW - 1]);
    (0..u64::from(n)).fold(0, |digest, at| fold(digest, checked_sum(&row, at, most)))
}

/// Rows checked once.
#[inline(never)]
pub(crate) fn checks_good(data: &[u64], n: u32) -> u64 {
    let row = sorted(data);
    let most = black_box(row[ROW - 1]);
    let whole = checked_sum(&row, 0, most);
    assert_eq!(whole, sum(&row, 0));
    (0..u64::from(n)).fold(0, |digest, at| fold(digest, sum(&row, at)))
}

/// One step of a checksum.
#[inline(always)]
fn step(sum: u64, word: u64) -> u64 {
    sum.wrapping_add(word) ^ (word >> 3)
}

/// The same, as a build without inlining has it.
#[inline(never)]
fn called_step(sum: u64, word: u64) -> u64 {
    step(sum, word)
}

/// A call for each word.
#[inline(never)]
pub(crate) fn calls_bad(data: &[u64], n: u32) -> u64 {
    (0..n as usize).fold(0, |sum, at| called_step(sum, data[at % ROW]))
}

/// The same, inlined.
#[inline(never)]
pub(crate) fn calls_good(data: &[u64], n: u32) -> u64 {
    (0..n as usize).fold(0, |sum, at| step(sum, data[at % ROW]))
}
