//! MODEXP beyond 256 bits, over the programs that multiply modulo any number of 384 and of 4,096 bits.
//!
//! They store a quotient of twice that, so there is a proof of the product of any two numbers. What they write is right
//! modulo the modulus whatever number of its class a prover chooses, and so are products of it: only the last has to
//! be the least of its class.

use super::circuits;
use super::number::{below, from_bytes, honest, to_bytes};
use super::power::{power, significant, Multiply};

/// The program for numbers of `N` words.
type Program<const N: usize> = fn(&[u64; N], &[u64; N], &[u64; N], &mut [u64; N]);

/// Multiplication modulo a number greater than one.
struct Modulo<const N: usize> {
    program: Program<N>,
    modulus: [u64; N],
}

impl<const N: usize> Multiply for Modulo<N> {
    type Number = [u64; N];

    fn multiply(&self, a: &[u64; N], b: &[u64; N], product: &mut [u64; N]) {
        (self.program)(a, b, &self.modulus, product);
    }
}

/// base^exponent for a modulus of 257 to 4,096 bits: as many bytes as the modulus has, all big-endian. `None` for other
/// moduli, and for a base of more than 4,096 bits.
pub fn modexp(base: &[u8], exponent: &[u8], modulus: &[u8]) -> Option<Vec<u8>> {
    let (base, m) = (significant(base), significant(modulus));
    let mut bytes = vec![0; modulus.len()];
    match m.len() {
        33..=48 if base.len() <= 48 => {
            write_power(circuits::mul_mod_384, base, exponent, m, &mut bytes)
        }
        33..=512 if base.len() <= 512 => {
            write_power(circuits::mul_mod_4096, base, exponent, m, &mut bytes)
        }
        _ => return None,
    }
    Some(bytes)
}

/// Writes base^exponent modulo a number greater than one to the end of `bytes`, of which there are enough for it. Base
/// and modulus are of no more than `N` words.
fn write_power<const N: usize>(
    program: Program<N>,
    base: &[u8],
    exponent: &[u8],
    modulus: &[u8],
    bytes: &mut [u8],
) {
    let modulus = from_bytes(modulus);
    let by = Modulo { program, modulus };
    let mut one = [0; N];
    one[0] = 1;
    let mut power = power(&by, &from_bytes(base), exponent).unwrap_or(one);
    // a base that was not multiplied may be any number, and so may what a prover lies about
    if !below(&power, &modulus) {
        let any = power;
        by.multiply(&any, &one, &mut power);
        honest(below(&power, &modulus));
    }
    to_bytes(&power, bytes);
}
