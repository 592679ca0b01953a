//! P-256: the precompile of EIP-7951.

use super::curve::{self, Curve, Point};
use super::modular::{add_mod, mul_mod, power, reduce};
use super::number::{below, from_bytes, reduced, sub, to_bytes};

/// The curve.
pub struct P256;

impl Curve<4> for P256 {
    const FIELD: [u64; 4] = [
        0xffff_ffff_ffff_ffff,
        0x0000_0000_ffff_ffff,
        0x0000_0000_0000_0000,
        0xffff_ffff_0000_0001,
    ];
}

const ORDER: [u64; 4] = [
    0xf3b9_cac2_fc63_2551,
    0xbce6_faad_a717_9e84,
    0xffff_ffff_ffff_ffff,
    0xffff_ffff_0000_0000,
];

/// The curve is y² = x³ − 3x + b.
pub const B: [u64; 4] = [
    0x3bce_3c3e_27d2_604b,
    0x651d_06b0_cc53_b0f6,
    0xb3eb_bd55_7698_86bc,
    0x5ac6_35d8_aa3a_93e7,
];

/// −3.
pub const MINUS_THREE: [u64; 4] = sub(&P256::FIELD, &[3, 0, 0, 0]).0;

const GENERATOR: Point<4> = Point {
    x: [
        0xf4a1_3945_d898_c296,
        0x7703_7d81_2deb_33a0,
        0xf8bc_e6e5_63a4_40f2,
        0x6b17_d1f2_e12c_4247,
    ],
    y: [
        0xcbb6_4068_37bf_51f5,
        0x2bce_3357_6b31_5ece,
        0x8ee7_eb4a_7c0f_9e16,
        0x4fe3_42e2_fe1a_7f9b,
    ],
};

/// Whether the signature (r, s) of a hash is the key's (FIPS 186-5, 6.4.2). All big-endian; of either sign of s.
pub fn verify(hash: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> bool {
    checked(hash, signature, key).unwrap_or(false)
}

fn checked(hash: &[u8; 32], signature: &[u8; 64], key: &[u8; 64]) -> Option<bool> {
    let (r, s) = signature.split_at(32);
    let (r, s) = (scalar(r)?, scalar(s)?);
    let key = point(key)?;
    let mut exponent = [0; 32];
    to_bytes(&sub(&ORDER, &[2, 0, 0, 0]).0, &mut exponent);
    let inverse = power(&s, &exponent, &ORDER);
    let hash = reduce(&from_bytes(hash), &ORDER);
    let sum = curve::multiply::<P256, 4>(&[
        (GENERATOR, mul_mod(&hash, &inverse, &ORDER)),
        (key, mul_mod(&r, &inverse, &ORDER)),
    ]);
    Some(reduce(&sum?.x, &ORDER) == r)
}

/// A scalar that is neither zero nor beyond the order.
fn scalar(bytes: &[u8]) -> Option<[u64; 4]> {
    reduced(bytes, &ORDER).filter(|scalar| *scalar != [0; 4])
}

/// A point of the curve, which has no other group; the one at infinity is no key.
fn point(bytes: &[u8; 64]) -> Option<Point<4>> {
    let m = &P256::FIELD;
    let (x, y) = bytes.split_at(32);
    let (x, y) = (reduced(x, m)?, reduced(y, m)?);
    let slope = add_mod(&mul_mod(&x, &x, m), &MINUS_THREE, m);
    let right = add_mod(&mul_mod(&slope, &x, m), &B, m);
    (mul_mod(&y, &y, m) == right && below(&x, m)).then_some(Point { x, y })
}
