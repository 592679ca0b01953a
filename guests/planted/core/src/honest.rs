//! Work that nothing is wrong with, in several functions of about the same cost: whole words, in order, in 8 KiB.

use crate::fold;

/// Words from a seed.
#[inline(never)]
pub(crate) fn data(seed: u32, words: usize) -> Vec<u64> {
    let mut state = u64::from(seed) | 1 << 40;
    let mut data = Vec::with_capacity(words);
    for _ in 0..words {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        data.push(state);
    }
    data
}

/// Rounds of all of it.
pub(crate) fn work(data: &mut [u64], rounds: u32) -> u64 {
    let mut digest = 1;
    for _ in 0..rounds {
        digest = fold(digest, scramble(data));
        digest = fold(digest, ladder(data));
        digest = fold(digest, peaks(data));
        digest = fold(digest, smooth(data));
        digest = fold(digest, weights(data));
    }
    digest
}

/// Each word mixed with the one before it.
#[inline(never)]
fn scramble(data: &mut [u64]) -> u64 {
    let mut last = 0u64;
    for word in data.iter_mut() {
        *word = word.rotate_left(13).wrapping_add(last);
        last = *word;
    }
    last
}

/// A polynomial with the words as coefficients.
#[inline(never)]
fn ladder(data: &[u64]) -> u64 {
    let mut value = 0u64;
    for word in data {
        value = value.wrapping_mul(0x0100_0000_01b3) ^ word;
    }
    value
}

/// How many words are higher than both neighbours.
#[inline(never)]
fn peaks(data: &[u64]) -> u64 {
    let mut count = 0;
    for three in data.windows(3) {
        count += u64::from(three[1] > three[0] && three[1] > three[2]);
    }
    count
}

/// The second half added to the first.
#[inline(never)]
fn smooth(data: &mut [u64]) -> u64 {
    let (low, high) = data.split_at_mut(data.len() / 2);
    let mut carry = 0u64;
    for (a, b) in low.iter_mut().zip(high) {
        *a ^= *b >> 3;
        carry = carry.wrapping_add(*a);
    }
    carry
}

/// How far each word of one half is from its partner in the other.
#[inline(never)]
fn weights(data: &[u64]) -> u64 {
    let (low, high) = data.split_at(data.len() / 2);
    let mut sum = 0u64;
    for (a, b) in low.iter().zip(high) {
        sum = sum.wrapping_add(a.wrapping_sub(*b) >> 5);
    }
    sum
}
