//! Base-field operations of BN254 and BLS12-381.

use crate::syscall::{Arithmetic, Field};
use ruint::{uint, Uint};

pub(crate) type U384 = Uint<384, 6>;

/// Base field of BN254.
pub(super) const BN254_P: U384 =
    uint!(0x30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47_U384);
/// Base field of BLS12-381.
pub(crate) const BLS12381_P: U384 = uint!(
    0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab_U384
);

/// Words of a field element.
pub(crate) const fn words(field: Field) -> usize {
    match field {
        Field::Bn254 => 4,
        Field::Bls12381 => 6,
    }
}

fn modulus(field: Field) -> U384 {
    match field {
        Field::Bn254 => BN254_P,
        Field::Bls12381 => BLS12381_P,
    }
}

/// A number from up to six words.
pub(super) fn number(words: &[u64]) -> U384 {
    let mut limbs = [0; 6];
    limbs[..words.len()].copy_from_slice(words);
    U384::from_limbs(limbs)
}

/// A number as `count` words.
pub(super) fn limbs(number: &U384, count: usize) -> Vec<u64> {
    number.as_limbs()[..count].to_vec()
}

/// `a - b mod p` for reduced operands.
pub(super) fn sub_mod(a: U384, b: U384, p: U384) -> U384 {
    if a >= b {
        a - b
    } else {
        a + (p - b)
    }
}

/// `x op y` on field elements, which need not be reduced.
pub(crate) fn fp(field: Field, how: Arithmetic, x: &[u64], y: &[u64]) -> Vec<u64> {
    let p = modulus(field);
    let (x, y) = (number(x).reduce_mod(p), number(y).reduce_mod(p));
    let result = match how {
        Arithmetic::Add => x.add_mod(y, p),
        Arithmetic::Sub => sub_mod(x, y, p),
        Arithmetic::Mul => x.mul_mod(y, p),
    };
    limbs(&result, words(field))
}

/// `x op y` on elements of the quadratic extension (i² = -1).
///
/// # Errors
/// A subtraction whose operands are so far from reduced that the official executor panics.
pub(crate) fn fp2(field: Field, how: Arithmetic, x: &[u64], y: &[u64]) -> Result<Vec<u64>, String> {
    let p = modulus(field);
    let half = words(field);
    let (x0, x1) = (number(&x[..half]), number(&x[half..]));
    let (y0, y1) = (number(&y[..half]), number(&y[half..]));
    let (c0, c1) = match how {
        Arithmetic::Add => (x0.add_mod(y0, p), x1.add_mod(y1, p)),
        Arithmetic::Sub => {
            // (x + p) - y must not be negative there; all operands fit 384 bits, so 385 do.
            let difference = |x: U384, y: U384| {
                let negative = y.checked_sub(x).is_some_and(|over| over > p);
                let reduced = sub_mod(x.reduce_mod(p), y.reduce_mod(p), p);
                (!negative).then_some(reduced).ok_or(
                    "an operand of a field subtraction is not reduced (SP1's executor panics)",
                )
            };
            (difference(x0, y0)?, difference(x1, y1)?)
        }
        Arithmetic::Mul => (
            sub_mod(x0.mul_mod(y0, p), x1.mul_mod(y1, p), p),
            x0.mul_mod(y1, p).add_mod(x1.mul_mod(y0, p), p),
        ),
    };
    Ok([limbs(&c0, half), limbs(&c1, half)].concat())
}
