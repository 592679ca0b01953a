//! BLS12-381: the groups and their pairing, as the precompiles of EIP-2537 and EIP-4844 use them.

use super::curve::{self, Curve, Point};
use super::field::{Element, Fp, Fp2, Prime};
use super::number::{bits, of_montgomery, reduced, to_bytes};
use super::pairing::{Fp12, Pair, Pairing};
use super::twist::Jacobian;
use ark_ec::bls12::Bls12Config;
use ark_ec::scalar_mul::glv::GLVConfig;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{Fp12Config, Fp6Config, PrimeField};

/// The base field, and the curve over it.
#[derive(Clone, Copy)]
pub struct Bls12;

/// An element of the base field.
pub type Fq = Fp<Bls12, 6>;
/// An element of its quadratic extension.
pub type Fq2 = Fp2<Bls12, 6>;
/// A point of the curve, of the first group or not.
pub type G1 = Option<Point<6>>;
/// A point of the twist, of the second group or not.
pub type G2 = Jacobian<Fq2>;

/// A point of the curve as ethrex hands it over: x, y.
pub type G1Bytes = ([u8; 48], [u8; 48]);
/// A point of the twist as ethrex hands it over: real and imaginary part of x, then of y.
pub type G2Bytes = ([u8; 48], [u8; 48], [u8; 48], [u8; 48]);

/// The curve's parameter x is the negative of this.
pub const SEED: u64 = <ark_bls12_381::Config as Bls12Config>::X[0];
const SEED_DIGITS: [i8; 64] = bits(SEED);

/// The curve is y² = x³ + 4.
pub const B: Fq = Fq::new([4, 0, 0, 0, 0, 0]);
/// Its twist is y² = x³ + b.
const TWIST_B: Fq2 = constant2(&<ark_bls12_381::g2::Config as SWCurveConfig>::COEFF_B);
/// A third root of one: (βx, y) is the point (x, y) of the first group times −x² of the curve.
const BETA: Fq = constant(&<ark_bls12_381::g1::Config as GLVConfig>::ENDO_COEFFS[0]);
const FROBENIUS: &[ark_bls12_381::Fq2] =
    <ark_bls12_381::Fq12Config as Fp12Config>::FROBENIUS_COEFF_FP12_C1;
/// What the coordinates of the twist are scaled by after their pth power: those of w⁻², w⁻³.
const SCALE: (Fq2, Fq2) = (
    // 1/ξ to the power (p − 1)/3, which arkworks has, but not for others
    Fq2::new(
        Fp::ZERO,
        Fq::new([
            0x8bfd_0000_0000_aaad,
            0x4094_27eb_4f49_fffd,
            0x897d_2965_0fb8_5f9b,
            0xaa0d_857d_8975_9ad4,
            0xec02_4086_63d4_de85,
            0x1a01_11ea_397f_e699,
        ]),
    ),
    constant2(&FROBENIUS[3]),
);

/// An element as arkworks has it.
pub const fn constant(element: &ark_bls12_381::Fq) -> Fq {
    Fq::new(of_montgomery(&element.0 .0, &Bls12::MODULUS))
}

/// Likewise.
pub const fn constant2(element: &ark_bls12_381::Fq2) -> Fq2 {
    Fq2::new(constant(&element.c0), constant(&element.c1))
}

impl Prime<6> for Bls12 {
    const MODULUS: [u64; 6] = ark_bls12_381::Fq::MODULUS.0;
}

impl Curve<6> for Bls12 {
    const FIELD: [u64; 6] = Self::MODULUS;
}

impl Pairing<6> for Bls12 {
    const XI: Fq2 = constant2(&<ark_bls12_381::Fq6Config as Fp6Config>::NONRESIDUE);
    const GAMMA: Fq2 = constant2(&FROBENIUS[1]);
    const TWIST_B: Fq2 = TWIST_B;
    const DIVISIVE: bool = false;
    const LOOP: &'static [i8] = &SEED_DIGITS;

    fn finish(f: &mut Fp12<Self, 6>, _: &mut [Pair<Self, 6>]) {
        // the parameter is negative
        *f = f.conjugate();
    }

    /// Three times the exponent that is left, which three does not divide the order of:
    /// (x − 1)²(x + p)(x² + p² − 1) + 3 (Hayashida, Hayasaka and Teruya, 2020).
    fn is_one(f: &Fp12<Self, 6>) -> bool {
        let to_seed = |f: &Fp12<Self, 6>| f.cyclotomic_power(&SEED_DIGITS).conjugate();
        let a = to_seed(f).mul(&f.conjugate());
        let a = to_seed(&a).mul(&a.conjugate());
        let b = to_seed(&a).mul(&a.frobenius());
        let c = to_seed(&to_seed(&b))
            .mul(&b.frobenius().frobenius())
            .mul(&b.conjugate());
        c.mul(&f.cyclotomic_square()).mul(f).is_one()
    }
}

/// A point of the curve; `Some(None)` is the one at infinity.
pub fn g1((x, y): &G1Bytes) -> Option<G1> {
    let (x, y) = (number(x)?, number(y)?);
    if x.is_zero() && y.is_zero() {
        return Some(None);
    }
    (y.squared() == x.squared() * x + B).then(|| Some(point(&x, &y)))
}

/// A point of the first group.
pub fn g1_of_group(bytes: &G1Bytes) -> Option<G1> {
    g1(bytes).filter(in_g1)
}

/// Whether a point of the curve is of the group of prime order, as arkworks checks it: −x²·p = (βx, y), and x·p ≠ p
/// (Scott, 2021, section 6).
pub fn in_g1(p: &G1) -> bool {
    let Some(point) = p else { return true };
    let once = curve::times::<Bls12, 6>(p, SEED);
    let twice = curve::times::<Bls12, 6>(&once, SEED);
    let x = Fq::new(point.x) * BETA;
    once != *p
        && twice
            .is_some_and(|twice| twice.x == *x.number() && Fq::new(twice.y) == -Fq::new(point.y))
}

/// A point of the twist.
pub fn g2((x0, x1, y0, y1): &G2Bytes) -> Option<Option<(Fq2, Fq2)>> {
    let x = Fq2::new(number(x0)?, number(x1)?);
    let y = Fq2::new(number(y0)?, number(y1)?);
    if x.is_zero() && y.is_zero() {
        return Some(None);
    }
    (y.squared() == x.squared() * x + TWIST_B).then_some(Some((x, y)))
}

/// A point of the second group.
pub fn g2_of_group(bytes: &G2Bytes) -> Option<Option<(Fq2, Fq2)>> {
    g2(bytes).filter(|point| {
        // x·q is the pth power (Scott, 2021, section 4)
        let point = G2::new(*point);
        frobenius(&point).same(&times_seed(&point))
    })
}

/// A point of the twist times the curve's parameter.
pub fn times_seed(point: &G2) -> G2 {
    point.times(&SEED_DIGITS).negative()
}

/// The pth power of a point of the twist.
pub fn frobenius(point: &G2) -> G2 {
    point.frobenius(&SCALE)
}

/// The point of coordinates.
pub fn point(x: &Fq, y: &Fq) -> Point<6> {
    Point {
        x: *x.number(),
        y: *y.number(),
    }
}

/// An element of its 48 bytes, which must be below the prime.
pub fn number(bytes: &[u8; 48]) -> Option<Fq> {
    reduced(bytes, &Bls12::MODULUS).map(Fq::new)
}

/// x and y; all zero for the point at infinity.
pub fn encoded_g1(point: &G1) -> [u8; 96] {
    let mut bytes = [0; 96];
    if let Some(point) = point {
        let (x, y) = bytes.split_at_mut(48);
        to_bytes(&point.x, x);
        to_bytes(&point.y, y);
    }
    bytes
}

/// Real and imaginary part of x, then of y; all zero for the point at infinity.
pub fn encoded_g2(point: &G2) -> [u8; 192] {
    let mut bytes = [0; 192];
    if let Some((x, y)) = point.coordinates() {
        let parts = [x.real(), x.imaginary(), y.real(), y.imaginary()];
        for (bytes, part) in bytes.chunks_exact_mut(48).zip(parts) {
            to_bytes(part.number(), bytes);
        }
    }
    bytes
}
