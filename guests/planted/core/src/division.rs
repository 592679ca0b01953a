//! Division of 128 bits by numbers that need none.

use crate::fold;

/// Amounts and the ticks they are counted in: powers of two.
fn pair(data: &[u64], at: u32) -> (u128, u32) {
    let word = data[at as usize % data.len()];
    (
        u128::from(word) << 40 | u128::from(at),
        1 + (word % 60) as u32,
    )
}

/// By powers of two, as if they were any numbers.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let (amount, shift) = pair(data, at);
        digest = fold(digest, quotient(amount, 1 << shift) as u64);
    }
    digest
}

#[inline(never)]
fn quotient(amount: u128, tick: u128) -> u128 {
    amount / tick
}

/// By shifts.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let (amount, shift) = pair(data, at);
        digest = fold(digest, shifted(amount, shift) as u64);
    }
    digest
}

#[inline(never)]
fn shifted(amount: u128, shift: u32) -> u128 {
    amount >> shift
}

/// By powers of two of 64 bits, as if they were any numbers.
#[inline(never)]
pub(crate) fn bad_64(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let word = data[at as usize % data.len()];
        digest = fold(digest, quotient_64(word, 1 << (1 + (word as u32 & 31))));
    }
    digest
}

#[inline(never)]
fn quotient_64(amount: u64, tick: u64) -> u64 {
    amount / tick
}

/// By shifts.
#[inline(never)]
pub(crate) fn good_64(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let word = data[at as usize % data.len()];
        digest = fold(digest, shifted_64(word, 1 + (word as u32 & 31)));
    }
    digest
}

#[inline(never)]
fn shifted_64(amount: u64, shift: u32) -> u64 {
    amount >> shift
}

/// A divisor for all amounts, odd and of 62 bits.
fn divisor(data: &[u64]) -> u64 {
    data[0] >> 2 | 1 << 61 | 1
}

/// Divides each time.
#[inline(never)]
pub(crate) fn reciprocal_bad(data: &[u64], n: u32) -> u64 {
    let divisor = u128::from(divisor(data));
    let mut digest = 0;
    for at in 0..n {
        let (amount, _) = pair(data, at);
        digest = fold(digest, quotient(amount, divisor) as u64);
    }
    digest
}

/// Divides once, then multiplies: the quotient's estimate is one too small at most.
#[inline(never)]
pub(crate) fn reciprocal_good(data: &[u64], n: u32) -> u64 {
    let divisor = divisor(data);
    // Amounts have 104 bits, so a reciprocal of 64 bits behind the divisor's last gives quotients of 43.
    let reciprocal = (1u128 << 125) / u128::from(divisor);
    let mut digest = 0;
    for at in 0..n {
        let (amount, _) = pair(data, at);
        digest = fold(digest, by_reciprocal(amount, divisor, reciprocal as u64));
    }
    digest
}

#[inline(never)]
fn by_reciprocal(amount: u128, divisor: u64, reciprocal: u64) -> u64 {
    let high = (amount >> 45) as u64;
    let mut quotient = ((u128::from(high) * u128::from(reciprocal)) >> 80) as u64;
    let mut rest = amount - u128::from(quotient) * u128::from(divisor);
    while rest >= u128::from(divisor) {
        rest -= u128::from(divisor);
        quotient += 1;
    }
    quotient
}
