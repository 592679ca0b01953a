//! BN254: the precompiles of EIP-196 and EIP-197.
//!
//! Each function answers only for what is valid; what it refuses is refused by portable code, which says why.

use super::curve::{self, Curve, Point};
use super::field::{Element, Fp, Fp2, Prime};
use super::number::{of_montgomery, reduced, signed_digits, to_bytes};
use super::pairing::{product_is_one, Fp12, Pair, Pairing};
use super::twist::Jacobian;
use ark_ec::short_weierstrass::SWCurveConfig;
use ark_ff::{Fp12Config, Fp6Config, PrimeField};

/// The base field, and the curve over it.
#[derive(Clone, Copy)]
pub struct Bn254;

type Fq = Fp<Bn254, 4>;
type Fq2 = Fp2<Bn254, 4>;

/// The curve's parameter u, from which its prime and its order come.
const SEED: u64 = 4_965_661_367_192_848_881;
const SEED_DIGITS: [i8; 63] = signed_digits(SEED as u128);
const LOOP: [i8; 66] = signed_digits(6 * SEED as u128 + 2);

/// The curve is y² = x³ + 3.
pub const B: Fq = Fq::new([3, 0, 0, 0]);
/// Its twist is y² = x³ + b.
const TWIST_B: Fq2 = constant(&<ark_bn254::g2::Config as SWCurveConfig>::COEFF_B);

/// An element as arkworks has it.
const fn constant(element: &ark_bn254::Fq2) -> Fq2 {
    Fq2::new(
        Fq::new(of_montgomery(&element.c0.0 .0, &Bn254::MODULUS)),
        Fq::new(of_montgomery(&element.c1.0 .0, &Bn254::MODULUS)),
    )
}

impl Prime<4> for Bn254 {
    const MODULUS: [u64; 4] = ark_bn254::Fq::MODULUS.0;
}

impl Curve<4> for Bn254 {
    const FIELD: [u64; 4] = Self::MODULUS;
}

impl Pairing<4> for Bn254 {
    const XI: Fq2 = constant(&<ark_bn254::Fq6Config as Fp6Config>::NONRESIDUE);
    const GAMMA: Fq2 = constant(&<ark_bn254::Fq12Config as Fp12Config>::FROBENIUS_COEFF_FP12_C1[1]);
    const TWIST_B: Fq2 = TWIST_B;
    const DIVISIVE: bool = true;
    const LOOP: &'static [i8] = &LOOP;

    /// Two more lines: through the pth power of the second point, and through the negative of its p²th.
    fn finish(f: &mut Fp12<Self, 4>, pairs: &mut [Pair<Self, 4>]) {
        let scale = scale();
        for pair in pairs {
            let (x, y) = pair.q;
            let (x, y) = (x.conjugate() * scale.0, y.conjugate() * scale.1);
            pair.add(&(x, y));
            f.mul_line(&pair.line);
            let (x, y) = (x.conjugate() * scale.0, y.conjugate() * scale.1);
            pair.add(&(x, -y));
            f.mul_line(&pair.line);
        }
    }

    /// Fuentes-Castañeda, Knapp and Rodríguez-Henríquez: a multiple of the exponent that is left, 2u(6u² + 3u + 1)
    /// times it, which no divisor of the order divides.
    fn is_one(f: &Fp12<Self, 4>) -> bool {
        let to_seed = |f: &Fp12<Self, 4>| f.cyclotomic_power(&SEED_DIGITS);
        let u2 = to_seed(f).cyclotomic_square();
        let u6 = u2.cyclotomic_square().mul(&u2);
        let u6u = to_seed(&u6);
        let u12uu = to_seed(&u6u.cyclotomic_square());
        let a = u12uu.mul(&u6u).mul(&u6);
        let b = a.mul(&u2.conjugate());
        let third = b.mul(&f.conjugate()).frobenius();
        let second = third.mul(&a).frobenius();
        let first = second.mul(&b).frobenius();
        first.mul(&a).mul(&u6u).mul(f).is_one()
    }
}

/// What the coordinates of the twist are scaled by after their pth power.
fn scale() -> (Fq2, Fq2) {
    let square = <Bn254 as Pairing<4>>::GAMMA.squared();
    (square, square * <Bn254 as Pairing<4>>::GAMMA)
}

/// p1 + p2.
pub fn g1_add(p1: &[u8], p2: &[u8]) -> Option<[u8; 64]> {
    let mut sum = g1(p1)?;
    curve::add::<Bn254, 4>(&mut sum, &g1(p2)?);
    Some(encoded(&sum))
}

/// The point times a scalar of any size, which is 32 bytes.
pub fn g1_mul(point: &[u8], scalar: &[u8]) -> Option<[u8; 64]> {
    let scalar: &[u8; 32] = scalar.try_into().ok()?;
    let product = g1(point)?.and_then(|point| {
        curve::multiply::<Bn254, 4>(&[(point, super::number::from_bytes(scalar))])
    });
    Some(encoded(&product))
}

/// Whether the product of the pairings of all pairs is one.
pub fn pairing_check(pairs: &[(&[u8], &[u8])]) -> Option<bool> {
    let mut points = Vec::with_capacity(pairs.len());
    for (a, b) in pairs {
        // a pair with a point at infinity is one
        if let (Some(a), Some(b)) = (g1(a)?, g2(b)?) {
            points.push(((Fq::new(a.x), Fq::new(a.y)), b));
        }
    }
    Some(product_is_one(&points))
}

/// A point of the first group, which is the whole curve; `Some(None)` is the one at infinity.
fn g1(bytes: &[u8]) -> Option<Option<Point<4>>> {
    let (x, y) = (number(bytes, 0)?, number(bytes, 1)?);
    if x.is_zero() && y.is_zero() {
        return Some(None);
    }
    let on_curve = y.squared() == x.squared() * x + B;
    on_curve.then_some(Some(Point {
        x: *x.number(),
        y: *y.number(),
    }))
}

/// A point of the second group, imaginary parts first.
fn g2(bytes: &[u8]) -> Option<Option<(Fq2, Fq2)>> {
    let x = Fq2::new(number(bytes, 1)?, number(bytes, 0)?);
    let y = Fq2::new(number(bytes, 3)?, number(bytes, 2)?);
    if x.is_zero() && y.is_zero() {
        return Some(None);
    }
    let valid = y.squared() == x.squared() * x + TWIST_B && in_group(x, y);
    valid.then_some(Some((x, y)))
}

/// Whether a point of the twist is of the group of prime order: (u + 1)q + ψ(uq) + ψ²(uq) = ψ³(2uq), where ψ is the
/// pth power (Dai, Lin, Zhao and Zhou, 2022, 5.1), as ethrex checks it.
fn in_group(x: Fq2, y: Fq2) -> bool {
    let scale = scale();
    let q = Jacobian::new(Some((x, y)));
    let uq = q.times(&SEED_DIGITS);
    let first = uq.frobenius(&scale);
    let second = first.frobenius(&scale);
    let mut left = uq;
    for point in [&q, &first, &second] {
        left.add(point);
    }
    let mut right = second.frobenius(&scale);
    right.double();
    left.same(&right)
}

/// The number at a place, which must be below the prime.
fn number(bytes: &[u8], place: usize) -> Option<Fq> {
    let bytes = bytes.get(32 * place..32 * (place + 1))?;
    reduced(bytes, &Bn254::MODULUS).map(Fq::new)
}

fn encoded(point: &Option<Point<4>>) -> [u8; 64] {
    let mut bytes = [0; 64];
    if let Some(point) = point {
        let (x, y) = bytes.split_at_mut(32);
        to_bytes(&point.x, x);
        to_bytes(&point.y, y);
    }
    bytes
}
