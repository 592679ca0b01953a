//! MULMOD and MODEXP over the circuit that multiplies modulo any number of 256 bits.
//!
//! SP1's circuit has 256 bits for the quotient as well, so one factor must be below the modulus: the executor multiplies
//! others, but there is no proof of it. One and any number is a pair that there is a proof of, and reduces the number.
//! RISC Zero's program has 520 bits for it.

use super::circuits;
use super::number::{add, below, from_bytes, honest, sub, to_bytes};
use super::power::{self, Multiply};

type Number = [u64; 4];

const ZERO: Number = [0; 4];
const ONE: Number = [1, 0, 0, 0];

/// The product of any two numbers, the second of which comes with the modulus; zero if that is zero.
pub fn mul_mod_any(mut a: Number, factors: &[Number; 2]) -> Number {
    let [b, m] = factors;
    if *m == ZERO || *m == ONE {
        return ZERO;
    }
    if !below(&a, m) && !below(b, m) {
        a = reduce(&a, m);
    }
    circuits::mul_mod(&mut a, factors);
    honest(below(&a, m));
    a
}

/// a·b modulo m, at least one of which is below m.
pub fn mul_mod(a: &Number, b: &Number, m: &Number) -> Number {
    let mut product = *a;
    circuits::mul_mod(&mut product, &[*b, *m]);
    honest(below(&product, m));
    product
}

/// A number modulo m, which is greater than one.
pub fn reduce(number: &Number, m: &Number) -> Number {
    if below(number, m) {
        *number
    } else {
        mul_mod(&ONE, number, m)
    }
}

/// a + b modulo m, of numbers below m.
pub fn add_mod(a: &Number, b: &Number, m: &Number) -> Number {
    let (sum, carry) = add(a, b);
    if carry || !below(&sum, m) {
        sub(&sum, m).0
    } else {
        sum
    }
}

/// Multiplication modulo a number greater than one, of numbers below it.
struct Modulo<'a>(&'a Number);

impl Multiply for Modulo<'_> {
    type Number = Number;

    fn multiply(&self, a: &Number, b: &Number, product: &mut Number) {
        *product = mul_mod(a, b, self.0);
    }
}

/// base^exponent modulo m, where the base is below m and m is greater than one. Big-endian exponent.
pub fn power(base: &Number, exponent: &[u8], m: &Number) -> Number {
    power::power(&Modulo(m), base, exponent).unwrap_or(ONE)
}

/// MODEXP, if the modulus is of no more than 256 bits: as many bytes as the modulus has, zero if it is zero or one.
pub fn modexp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
    let (high, low) = modulus.split_at(modulus.len().saturating_sub(32));
    if high.iter().any(|byte| *byte != 0) {
        return None;
    }
    let m: Number = from_bytes(low);
    let mut bytes = vec![0; modulus.len()];
    if m == ZERO || m == ONE {
        return Some(bytes);
    }
    let power = self::power(&remainder(base, &m), exponent, &m);
    to_bytes(&power, &mut bytes);
    Some(bytes)
}

/// A number of any length modulo m, which is greater than one.
fn remainder(number: &[u8], m: &Number) -> Number {
    let (first, chunks) = number.as_rchunks::<32>();
    let mut remainder = reduce(&from_bytes(first), m);
    if chunks.is_empty() {
        return remainder;
    }
    // 2²⁵⁶ modulo m
    let shift = add_mod(&reduce(&[u64::MAX; 4], m), &ONE, m);
    for chunk in chunks {
        if remainder != ZERO {
            remainder = mul_mod(&remainder, &shift, m);
        }
        remainder = add_mod(&remainder, &reduce(&from_bytes(chunk), m), m);
    }
    remainder
}
