//! The accelerator for big integers: one function for each of its programs that is used, and nothing else touches them.
//!
//! A program proves that what it writes is right modulo the modulus, not that it is the least such number: an honest
//! prover's is, another's need not be. So whoever compares or publishes one sees to it ([`super::number::honest`]). What is
//! written here lies beside what is read: a program may write before it has read everything.

use super::bls12::{self, Bls12};
use super::bn254::{self, Bn254};
use super::curve::{Curve, CurveCircuits, Point};
use super::field::{FieldCircuits, Prime};
use super::p256::{self, P256};
use core::ptr;
use risc0_bigint2::ec::{self, AffinePoint, WeierstrassCurve};
use risc0_bigint2::field::unchecked as programs;

/// The accelerator's form of a number: least significant word first, as here, but of half the size.
#[inline(always)]
fn words<const N: usize, const W: usize>(number: &[u64; N]) -> &[u32; W] {
    const { assert!(W == 2 * N) };
    // SAFETY: same size, weaker alignment, every bit pattern is valid.
    unsafe { &*ptr::from_ref(number).cast() }
}

#[inline(always)]
fn words_mut<const N: usize, const W: usize>(number: &mut [u64; N]) -> &mut [u32; W] {
    const { assert!(W == 2 * N) };
    // SAFETY: as above.
    unsafe { &mut *ptr::from_mut(number).cast() }
}

/// Both parts of an element of a quadratic extension.
#[inline(always)]
fn parts<const N: usize, const W: usize>(number: &[[u64; N]; 2]) -> &[[u32; W]; 2] {
    const { assert!(W == 2 * N) };
    // SAFETY: as above.
    unsafe { &*ptr::from_ref(number).cast() }
}

#[inline(always)]
fn parts_mut<const N: usize, const W: usize>(number: &mut [[u64; N]; 2]) -> &mut [[u32; W]; 2] {
    const { assert!(W == 2 * N) };
    // SAFETY: as above.
    unsafe { &mut *ptr::from_mut(number).cast() }
}

/// A number in words of half the size.
const fn halves<const N: usize, const W: usize>(number: &[u64; N]) -> [u32; W] {
    assert!(W == 2 * N);
    let (mut words, mut i) = ([0; W], 0);
    while i < W {
        words[i] = (number[i / 2] >> (32 * (i % 2))) as u32;
        i += 1;
    }
    words
}

/// The square of a number.
const fn square<const N: usize, const W: usize>(number: &[u64; N]) -> [u32; W] {
    assert!(W == 4 * N);
    let (mut square, mut i) = ([0; W], 0);
    while i < 2 * N {
        let (mut carry, mut j) = (0, 0);
        while j < 2 * N {
            let a = number[i / 2] >> (32 * (i % 2)) & 0xffff_ffff;
            let b = number[j / 2] >> (32 * (j % 2)) & 0xffff_ffff;
            carry += a * b + square[i + j] as u64;
            square[i + j] = carry as u32;
            carry >>= 32;
            j += 1;
        }
        square[i + j] = carry as u32;
        i += 1;
    }
    square
}

/// `factors` are the second factor and the modulus: `a` becomes its product with the first, modulo the second. One of
/// the factors is below the modulus.
pub fn mul_mod(a: &mut [u64; 4], factors: &[[u64; 4]; 2]) {
    let first = *a;
    let [second, modulus] = factors;
    programs::modmul_256(words(&first), words(second), words(modulus), words_mut(a));
}

/// The product of two numbers of 384 bits modulo a third.
pub fn mul_mod_384(a: &[u64; 6], b: &[u64; 6], modulus: &[u64; 6], product: &mut [u64; 6]) {
    programs::modmul_384(words(a), words(b), words(modulus), words_mut(product));
}

/// The product of two numbers of 4,096 bits modulo a third.
pub fn mul_mod_4096(a: &[u64; 64], b: &[u64; 64], modulus: &[u64; 64], product: &mut [u64; 64]) {
    programs::modmul_4096(words(a), words(b), words(modulus), words_mut(product));
}

/// The programs over a field and its quadratic extension.
macro_rules! field {
    ($field:ty, $words:literal, $add:ident, $sub:ident, $mul:ident, $mul2:ident) => {
        const _: () = {
            const MODULUS: [u32; 2 * $words] = halves(&<$field as Prime<$words>>::MODULUS);
            const SQUARE: [u32; 4 * $words] = square(&<$field as Prime<$words>>::MODULUS);

            impl FieldCircuits<$words> for $field {
                #[inline(always)]
                fn add(a: &mut [u64; $words], b: &[u64; $words]) {
                    let first = *a;
                    programs::$add(words(&first), words(b), &MODULUS, words_mut(a));
                }
                #[inline(always)]
                fn double(a: &mut [u64; $words]) {
                    let first = *a;
                    programs::$add(words(&first), words(&first), &MODULUS, words_mut(a));
                }
                #[inline(always)]
                fn sub(a: &mut [u64; $words], b: &[u64; $words]) {
                    let first = *a;
                    programs::$sub(words(&first), words(b), &MODULUS, words_mut(a));
                }
                #[inline(always)]
                fn mul(a: &mut [u64; $words], b: &[u64; $words]) {
                    let first = *a;
                    programs::$mul(words(&first), words(b), &MODULUS, words_mut(a));
                }
                #[inline(always)]
                fn square(a: &mut [u64; $words]) {
                    let first = *a;
                    programs::$mul(words(&first), words(&first), &MODULUS, words_mut(a));
                }
                #[inline(always)]
                fn mul2(a: &mut [[u64; $words]; 2], b: &[[u64; $words]; 2]) {
                    let first = *a;
                    programs::$mul2(parts(&first), parts(b), &MODULUS, &SQUARE, parts_mut(a));
                }
                #[inline(always)]
                fn square2(a: &mut [[u64; $words]; 2]) {
                    let first = *a;
                    let both = parts(&first);
                    programs::$mul2(both, both, &MODULUS, &SQUARE, parts_mut(a));
                }
            }
        };
    };
}

field!(
    Bn254,
    4,
    modadd_256,
    modsub_256,
    modmul_256,
    extfield_xxone_mul_256
);
field!(
    Bls12,
    6,
    modadd_384,
    modsub_384,
    modmul_384,
    extfield_xxone_mul_384
);

/// The programs over a curve y² = x³ + ax + b, of whose parameters they use the prime and `a`.
macro_rules! curve {
    ($curve:ty, $words:literal, $a:expr, $b:expr) => {
        impl ec::Curve<{ 2 * $words }> for $curve {
            const CURVE: &'static WeierstrassCurve<{ 2 * $words }> = &WeierstrassCurve::new(
                halves(&<$curve as Curve<$words>>::FIELD),
                halves(&$a),
                halves(&$b),
            );
        }

        impl CurveCircuits<$words> for $curve {
            #[inline(always)]
            fn sum(p: &mut Point<$words>, q: &Point<$words>) {
                let (first, mut sum) = (affine::<$curve, $words, { 2 * $words }>(p), affine(p));
                first.add(&affine(q), &mut sum);
                put(&sum, p);
            }
            #[inline(always)]
            fn twice(p: &mut Point<$words>) {
                let (first, mut sum) = (affine::<$curve, $words, { 2 * $words }>(p), affine(p));
                first.double(&mut sum);
                put(&sum, p);
            }
        }
    };
}

#[inline(always)]
fn affine<C, const N: usize, const W: usize>(point: &Point<N>) -> AffinePoint<W, C> {
    AffinePoint::new_unchecked(*words(&point.x), *words(&point.y))
}

/// Takes over a result, which is not the point at infinity where the callers keep to what they say.
#[inline(always)]
fn put<C, const N: usize, const W: usize>(sum: &AffinePoint<W, C>, point: &mut Point<N>) {
    let [x, y] = sum.as_u32s().expect("not the point at infinity");
    *words_mut(&mut point.x) = *x;
    *words_mut(&mut point.y) = *y;
}

curve!(Bn254, 4, [0; 4], bn254::B.plain());
curve!(Bls12, 6, [0; 6], bls12::B.plain());
curve!(P256, 4, p256::MINUS_THREE, p256::B);
