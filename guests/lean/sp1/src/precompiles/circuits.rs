//! The circuits themselves: one function for each, and nothing else touches them.
//!
//! A circuit proves that what it writes is right modulo the modulus. Those of 6.10.0 prove as well that it is the
//! least such number, but no document promises it. So whoever compares or publishes one sees to it
//! ([`super::number::honest`]).

use super::curve::Point;
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

/// The circuits of a field and of its quadratic extension by a root of −1, over numbers of `N` words.
macro_rules! field {
    ($name:ident, $words:literal, $add:ident, $sub:ident, $mul:ident, $mul2:ident) => {
        #[doc = concat!("The field's circuits: `", stringify!($mul), "` and its like.")]
        pub mod $name {
            use super::sp1;

            /// a + b.
            #[inline(always)]
            pub fn add(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$add(a.as_mut_ptr(), b.as_ptr()) }
            }

            /// 2a.
            #[inline(always)]
            pub fn double(a: &mut [u64; $words]) {
                let a = a.as_mut_ptr();
                unsafe { sp1::$add(a, a) }
            }

            /// a − b.
            #[inline(always)]
            pub fn sub(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$sub(a.as_mut_ptr(), b.as_ptr()) }
            }

            /// a·b.
            #[inline(always)]
            pub fn mul(a: &mut [u64; $words], b: &[u64; $words]) {
                unsafe { sp1::$mul(a.as_mut_ptr(), b.as_ptr()) }
            }

            /// a².
            #[inline(always)]
            pub fn square(a: &mut [u64; $words]) {
                let a = a.as_mut_ptr();
                unsafe { sp1::$mul(a, a) }
            }

            /// a·b in the quadratic extension; real part first.
            #[inline(always)]
            pub fn mul2(a: &mut [[u64; $words]; 2], b: &[[u64; $words]; 2]) {
                unsafe { sp1::$mul2(a.as_mut_ptr().cast(), b.as_ptr().cast()) }
            }

            /// a² in the quadratic extension.
            #[inline(always)]
            pub fn square2(a: &mut [[u64; $words]; 2]) {
                let a: *mut u64 = a.as_mut_ptr().cast();
                unsafe { sp1::$mul2(a, a) }
            }
        }
    };
}

field!(
    bn254,
    4,
    syscall_bn254_fp_addmod,
    syscall_bn254_fp_submod,
    syscall_bn254_fp_mulmod,
    syscall_bn254_fp2_mulmod
);
field!(
    bls12_381,
    6,
    syscall_bls12381_fp_addmod,
    syscall_bls12381_fp_submod,
    syscall_bls12381_fp_mulmod,
    syscall_bls12381_fp2_mulmod
);

/// The circuits of a curve's points, both coordinates of which are `N` words.
macro_rules! curve {
    ($name:ident, $words:literal, $add:ident, $double:ident) => {
        #[doc = concat!("The curve's circuits: `", stringify!($add), "` and its like.")]
        pub mod $name {
            use super::{sp1, Point};

            /// p + q, of points whose first coordinates differ: of others the circuit would prove anything.
            #[inline(always)]
            pub fn add(p: &mut Point<$words>, q: &Point<$words>) {
                let (p, q): (*mut _, *const _) = (p, q);
                unsafe { sp1::$add(p.cast(), q.cast()) }
            }

            /// 2p, of a point whose second coordinate is not zero.
            #[inline(always)]
            pub fn double(p: &mut Point<$words>) {
                let p: *mut _ = p;
                unsafe { sp1::$double(p.cast()) }
            }
        }
    };
}

curve!(bn254_g1, 4, syscall_bn254_add, syscall_bn254_double);
curve!(
    bls12_381_g1,
    6,
    syscall_bls12381_add,
    syscall_bls12381_double
);
curve!(p256, 4, syscall_secp256r1_add, syscall_secp256r1_double);
