//! Affine points of short Weierstrass curves, y² = x³ + ax + b.
//!
//! The official formulas (`sw_add`, `sw_double`, `src/weierstrass/mod.rs` of `sp1-curves` 6.10.0) do
//! not check that points lie on the curve, except for secp256k1, and take the inverse of 0 for 0.

use super::field::{limbs, number, sub_mod, BLS12381_P, BN254_P, U384};
use crate::syscall::Curve;
use ruint::uint;

const SECP256K1_P: U384 =
    uint!(0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f_U384);
const SECP256R1_P: U384 =
    uint!(0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff_U384);

/// Words of a point.
pub(crate) const fn words(curve: Curve) -> usize {
    match curve {
        Curve::Bls12381 => 12,
        _ => 8,
    }
}

fn modulus(curve: Curve) -> U384 {
    match curve {
        Curve::Secp256k1 => SECP256K1_P,
        Curve::Secp256r1 => SECP256R1_P,
        Curve::Bn254 => BN254_P,
        Curve::Bls12381 => BLS12381_P,
    }
}

/// Coordinates below the modulus.
fn point(words: &[u64], p: U384) -> Result<(U384, U384), String> {
    let (x, y) = words.split_at(words.len() / 2);
    let (x, y) = (number(x), number(y));
    if x < p && y < p {
        Ok((x, y))
    } else {
        Err("a coordinate is not below the field's modulus (SP1's executor panics or computes with it unreduced)".into())
    }
}

/// The point as SP1 wants it on secp256k1: on the curve.
fn check(curve: Curve, (x, y): (U384, U384)) -> Result<(), String> {
    if curve != Curve::Secp256k1 {
        return Ok(());
    }
    let p = SECP256K1_P;
    let right = x.mul_mod(x, p).mul_mod(x, p).add_mod(U384::from(7), p);
    if y.mul_mod(y, p) == right {
        Ok(())
    } else {
        Err("a point is not on secp256k1 (SP1's executor panics)".into())
    }
}

/// The inverse, 0 for 0; secp256k1 knows no inverse of 0.
fn inverse(curve: Curve, value: U384, p: U384) -> Result<U384, String> {
    match value.inv_mod(p) {
        Some(inverse) => Ok(inverse),
        None if curve == Curve::Secp256k1 => {
            Err("the sum is the point at infinity (SP1's executor panics)".into())
        }
        None => Ok(U384::ZERO),
    }
}

fn from_slope(a: (U384, U384), other_x: U384, slope: U384, p: U384) -> (U384, U384) {
    let square = slope.mul_mod(slope, p);
    let x = sub_mod(sub_mod(square, a.0, p), other_x, p);
    let y = sub_mod(slope.mul_mod(sub_mod(a.0, x, p), p), a.1, p);
    (x, y)
}

fn to_words(curve: Curve, (x, y): (U384, U384)) -> Vec<u64> {
    let half = words(curve) / 2;
    [limbs(&x, half), limbs(&y, half)].concat()
}

/// The sum of two points.
///
/// # Errors
/// Operands on which the official executor panics.
pub(crate) fn add(curve: Curve, a: &[u64], b: &[u64]) -> Result<Vec<u64>, String> {
    if a == b {
        return if curve == Curve::Secp256k1 {
            double(curve, a)
        } else {
            Err(
                "the two points are equal; doubling is another syscall (SP1's executor panics)"
                    .into(),
            )
        };
    }
    let p = modulus(curve);
    let (a, b) = (point(a, p)?, point(b, p)?);
    check(curve, a)?;
    check(curve, b)?;
    let inverse = inverse(curve, sub_mod(b.0, a.0, p), p)?;
    let slope = sub_mod(b.1, a.1, p).mul_mod(inverse, p);
    Ok(to_words(curve, from_slope(a, b.0, slope, p)))
}

/// Twice a point.
///
/// # Errors
/// Operands on which the official executor panics.
pub(crate) fn double(curve: Curve, a: &[u64]) -> Result<Vec<u64>, String> {
    let p = modulus(curve);
    let a = point(a, p)?;
    check(curve, a)?;
    let coefficient = match curve {
        // a = -3
        Curve::Secp256r1 => SECP256R1_P - U384::from(3),
        _ => U384::ZERO,
    };
    let square = a.0.mul_mod(a.0, p);
    let numerator = square.mul_mod(U384::from(3), p).add_mod(coefficient, p);
    let inverse = inverse(curve, a.1.add_mod(a.1, p), p)?;
    let slope = numerator.mul_mod(inverse, p);
    Ok(to_words(curve, from_slope(a, a.0, slope, p)))
}
