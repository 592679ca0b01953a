//! The circuits themselves: one function for each, and nothing else touches them.
//!
//! A circuit proves that what it writes is right modulo the modulus. Those of 6.10.0 prove as well that it is the
//! least such number, but no document promises it. So whoever compares or publishes one sees to it
//! ([`super::number::honest`]).

use super::bls12::Bls12;
use super::bn254::Bn254;
use super::curve::{CurveCircuits, Point};
use super::field::FieldCircuits;
use super::p256::P256;
use sp1_zkvm::lib as sp1;

// SAFETY, of all calls below: each reads and writes only the numbers that it is given, which are whole words, aligned
// and of the length that the circuit takes. Where one number is both operands, the circuit reads it before it writes, as in
// SP1's own bls12_381.

/// `factors` are the second factor and the modulus: `a` becomes its product with the first, modulo the second.
pub fn mul_mod(a: &mut [u64; 4], factors: &[[u64; 4]; 2]) {
    unsafe { sp1::syscall_uint256_mulmod(a, factors.as_ptr()) }
}

/// a·b + c: the result takes the low half's place in `c`, and the high half is written to `high`. There is only one result
/// that the circuit proves: no modulus, no class of numbers.
#[inline(always)]
pub fn multiply_add(a: &[u64; 4], b: &[u64; 4], c: &mut [u64; 4], high: &mut [u64; 4]) {
    let c: *mut _ = c;
    unsafe { sp1::syscall_uint256_mul_with_carry(a, b, c, c, high) }
}

/// a + b + c, which takes the place of `c`; what is beyond 256 bits is written to `carry`, likewise.
#[inline(always)]
pub fn add_three(a: &[u64; 4], b: &[u64; 4], c: &mut [u64; 4], carry: &mut [u64; 4]) {
    let c: *mut _ = c;
    unsafe { sp1::syscall_uint256_add_with_carry(a, b, c, c, carry) }
}

/// The circuits of a field and of its quadratic extension, over numbers of `N` words.
macro_rules! field {
    ($field:ty, $words:literal, $add:ident, $sub:ident, $mul:ident, $mul2:ident) => {
        impl FieldCircuits<$words> for $field {
            #[inline(always)]
            fn add(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$add(a.as_mut_ptr(), b.as_ptr()) }
            }
            #[inline(always)]
            fn double(a: &mut [u64; $words]) {
                let a = a.as_mut_ptr();
                unsafe { sp1::$add(a, a) }
            }
            #[inline(always)]
            fn sub(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$sub(a.as_mut_ptr(), b.as_ptr()) }
            }
            #[inline(always)]
            fn mul(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$mul(a.as_mut_ptr(), b.as_ptr()) }
            }
            #[inline(always)]
            fn square(a: &mut [u64; $words]) {
                let a = a.as_mut_ptr();
                unsafe { sp1::$mul(a, a) }
            }
            #[inline(always)]
            fn mul2(a: &mut [[u64; $words]; 2], b: &[[u64; $words]; 2]) {
                unsafe { sp1::$mul2(a.as_mut_ptr().cast(), b.as_ptr().cast()) }
            }
            #[inline(always)]
            fn square2(a: &mut [[u64; $words]; 2]) {
                let a: *mut u64 = a.as_mut_ptr().cast();
                unsafe { sp1::$mul2(a, a) }
            }
        }
    };
}

field!(
    Bn254,
    4,
    syscall_bn254_fp_addmod,
    syscall_bn254_fp_submod,
    syscall_bn254_fp_mulmod,
    syscall_bn254_fp2_mulmod
);
field!(
    Bls12,
    6,
    syscall_bls12381_fp_addmod,
    syscall_bls12381_fp_submod,
    syscall_bls12381_fp_mulmod,
    syscall_bls12381_fp2_mulmod
);

/// The circuits of a curve's points, both coordinates of which are `N` words.
macro_rules! curve {
    ($curve:ty, $words:literal, $add:ident, $double:ident) => {
        impl CurveCircuits<$words> for $curve {
            #[inline(always)]
            fn sum(p: &mut Point<$words>, q: &Point<$words>) {
                let (p, q): (*mut _, *const _) = (p, q);
                unsafe { sp1::$add(p.cast(), q.cast()) }
            }
            #[inline(always)]
            fn twice(p: &mut Point<$words>) {
                let p: *mut _ = p;
                unsafe { sp1::$double(p.cast()) }
            }
        }
    };
}

curve!(Bn254, 4, syscall_bn254_add, syscall_bn254_double);
curve!(Bls12, 6, syscall_bls12381_add, syscall_bls12381_double);
curve!(P256, 4, syscall_secp256r1_add, syscall_secp256r1_double);
