//! Numbers modulo powers of two, and with them MODEXP modulo even numbers.

use super::{add, limbs, power_modulo_odd, subtract, Column, Limb, ONE};
use crate::precompiles::number::inverse_of_word;
use crate::precompiles::power::{power, Multiply};

/// Bits of a limb.
const LIMB_BITS: usize = 256;

/// Multiplication modulo 2^(256·n), of numbers of n limbs.
struct Binary;

impl Multiply for Binary {
    type Number = Vec<Limb>;

    fn multiply(&self, a: &Vec<Limb>, b: &Vec<Limb>, product: &mut Vec<Limb>) {
        let mut column = Column::default();
        for (k, limb) in product.iter_mut().enumerate() {
            column.add_products(&a[..=k], &b[..=k]);
            *limb = column.next();
        }
    }
}

fn product(a: &Vec<Limb>, b: &Vec<Limb>) -> Vec<Limb> {
    let mut product = vec![[0; 4]; a.len()];
    Binary.multiply(a, b, &mut product);
    product
}

/// 1/a modulo 2^(256·n), of an odd number of n limbs.
pub fn inverse(a: &[Limb]) -> Vec<Limb> {
    let a = a.to_vec();
    // Newton, from the first word's: twice as many bits right each time
    let mut inverse = resized(&[[inverse_of_word(a[0][0]), 0, 0, 0]], a.len());
    let mut right = 64;
    while right < LIMB_BITS * a.len() {
        let mut rest = resized(&[[2, 0, 0, 0]], a.len());
        subtract(&mut rest, &product(&a, &inverse));
        inverse = product(&inverse, &rest);
        right *= 2;
    }
    inverse
}

/// base^exponent modulo an even number, which is a power of two times an odd one: from the powers modulo both. As many
/// limbs as the modulus has.
pub fn power_modulo_even(base: &[u8], exponent: &[u8], modulus: &[Limb]) -> Vec<Limb> {
    let (n, zeros) = (modulus.len(), trailing_zeros(modulus));
    let odd = without_zeros(modulus, zeros);
    let least = zeros.div_ceil(LIMB_BITS);
    let start = base.len().saturating_sub(LIMB_BITS / 8 * least);
    let base_below = resized(&limbs(&base[start..]), least);
    let below = power(&Binary, &base_below, exponent).unwrap_or_else(|| resized(&[ONE], least));
    if odd == [ONE] {
        return resized(&lowest(below, zeros), n);
    }
    let rest = power_modulo_odd(base, exponent, odd.clone());
    // rest + odd·t, where t = (below − rest)/odd modulo the power of two; that is less than the modulus
    let mut t = below;
    subtract(&mut t, &resized(&rest, least));
    let t = lowest(product(&t, &inverse(&resized(&odd, least))), zeros);
    let mut power = product(&resized(&odd, n), &resized(&t, n));
    add(&mut power, &resized(&rest, n));
    power
}

/// A number's first limbs, as many as are asked for; zero where it has none.
fn resized(number: &[Limb], limbs: usize) -> Vec<Limb> {
    let mut number = number.to_vec();
    number.resize(limbs, [0; 4]);
    number
}

/// A number modulo 2^bits, in no more limbs.
fn lowest(mut number: Vec<Limb>, bits: usize) -> Vec<Limb> {
    for (at, word) in number.as_flattened_mut().iter_mut().enumerate() {
        match bits.saturating_sub(64 * at) {
            left @ 0..64 => *word &= (1 << left) - 1,
            _ => {}
        }
    }
    number
}

/// How often two divides a number other than zero.
fn trailing_zeros(number: &[Limb]) -> usize {
    let words = number.as_flattened();
    let first = words.iter().position(|word| *word != 0).unwrap_or(0);
    64 * first + words[first].trailing_zeros() as usize
}

/// A number without its last bits, in as many limbs as it takes.
fn without_zeros(number: &[Limb], zeros: usize) -> Vec<Limb> {
    let words = &number.as_flattened()[zeros / 64..];
    let bits = zeros % 64;
    let word = |at: usize| words.get(at).copied().unwrap_or(0);
    let shifted = |at: usize| match bits {
        0 => word(at),
        _ => word(at) >> bits | word(at + 1) << (64 - bits),
    };
    let mut limbs: Vec<Limb> = (0..words.len().div_ceil(4))
        .map(|limb| [0, 1, 2, 3].map(|at| shifted(4 * limb + at)))
        .collect();
    while limbs.len() > 1 && limbs.last() == Some(&[0; 4]) {
        limbs.pop();
    }
    limbs
}
