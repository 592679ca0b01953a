//! Checks and calls that cost as much as what they stand round.

use core::hint::black_box;

use crate::fold;

/// Words of a row that is added up.
const ROW: usize = 64;

/// The data's first words in order, as wide as the machine's.
fn sorted(data: &[u64]) -> Vec<usize> {
    let mut row: Vec<usize> = data[..ROW].iter().map(|word| *word as usize).collect();
    row.sort_unstable();
    row
}

/// The sum of a row, each word of which is checked again each time.
#[inline(never)]
fn checked_sum(row: &[usize], first: usize, most: usize) -> usize {
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
fn sum(row: &[usize], first: usize) -> usize {
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
    (0..n as usize).fold(0, |digest, at| {
        fold(digest, checked_sum(&row, at, most) as u64)
    })
}

/// Rows checked once.
#[inline(never)]
pub(crate) fn checks_good(data: &[u64], n: u32) -> u64 {
    let row = sorted(data);
    let most = black_box(row[ROW - 1]);
    let whole = checked_sum(&row, 0, most);
    assert_eq!(whole, sum(&row, 0));
    (0..n as usize).fold(0, |digest, at| fold(digest, sum(&row, at) as u64))
}

/// One step of a checksum.
#[inline(always)]
fn step(sum: usize, word: usize) -> usize {
    sum.wrapping_add(word) ^ (word >> 3)
}

/// The same, as a build without inlining has it.
#[inline(never)]
fn called_step(sum: usize, word: usize) -> usize {
    step(sum, word)
}

/// The data's first words, as wide as the machine's.
fn row(data: &[u64]) -> [usize; ROW] {
    core::array::from_fn(|at| data[at] as usize)
}

/// A call for each word.
#[inline(never)]
pub(crate) fn calls_bad(data: &[u64], n: u32) -> u64 {
    let row = row(data);
    let steps = 0..n as usize;
    steps.fold(0, |sum, at| called_step(sum, row[at % ROW])) as u64
}

/// The same, inlined.
#[inline(never)]
pub(crate) fn calls_good(data: &[u64], n: u32) -> u64 {
    let row = row(data);
    let steps = 0..n as usize;
    steps.fold(0, |sum, at| step(sum, row[at % ROW])) as u64
}
