//! 256-bit integers, four little-endian words each.

use crate::syscall::Arithmetic;
use ruint::aliases::{U256, U512};

fn wide(words: &[u64]) -> U512 {
    U512::from(U256::from_limbs_slice(words))
}

/// `x * y mod m`; a modulus of 0 stands for 2^256.
pub(crate) fn multiply(x: &[u64], y: &[u64], modulus: &[u64]) -> [u64; 4] {
    let (x, y) = (U256::from_limbs_slice(x), U256::from_limbs_slice(y));
    let modulus = U256::from_limbs_slice(modulus);
    let product = if modulus.is_zero() {
        x.wrapping_mul(y)
    } else {
        x.mul_mod(y, modulus)
    };
    product.into_limbs()
}

/// `(a op b) + c`, low and high half.
pub(crate) fn carry(how: Arithmetic, a: &[u64], b: &[u64], c: &[u64]) -> [u64; 8] {
    let (a, b, c) = (wide(a), wide(b), wide(c));
    // Neither can overflow: (2^256 - 1)^2 + 2^256 - 1 < 2^512.
    let result = match how {
        Arithmetic::Mul => a.wrapping_mul(b).wrapping_add(c),
        _ => a.wrapping_add(b).wrapping_add(c),
    };
    result.into_limbs()
}
