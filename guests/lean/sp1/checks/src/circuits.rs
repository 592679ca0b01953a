//! SP1's circuits over big integers, by the names that `sp1-lib` gives them.
//!
//! # Safety
//! Of all: pointers to as many aligned words as the circuit reads and writes.
#![allow(clippy::missing_safety_doc)]

use num_bigint::BigUint;

unsafe fn read(words: *const u64, count: usize) -> BigUint {
    let bytes = (0..count).flat_map(|i| unsafe { words.add(i).read() }.to_le_bytes());
    BigUint::from_bytes_le(&bytes.collect::<Vec<_>>())
}

unsafe fn write(words: *mut u64, count: usize, number: &BigUint) {
    let digits = number.to_u64_digits();
    assert!(
        digits.len() <= count,
        "more than the circuit's columns hold"
    );
    for i in 0..count {
        unsafe { words.add(i).write(digits.get(i).copied().unwrap_or(0)) }
    }
}

fn number(hex: &str) -> BigUint {
    BigUint::parse_bytes(hex.as_bytes(), 16).expect("a hexadecimal number")
}

/// The circuit proves a quotient of 256 bits, no more.
pub unsafe fn syscall_uint256_mulmod(x: *mut [u64; 4], y: *const [u64; 4]) {
    unsafe {
        let (a, b, m) = (
            read(x.cast(), 4),
            read(y.cast(), 4),
            read(y.add(1).cast(), 4),
        );
        assert!(m != BigUint::ZERO, "the modulus would be 2^256");
        assert!((&a * &b) / &m < BigUint::from(1u8) << 256, "no proof of it");
        write(x.cast(), 4, &(a * b % m));
    }
}

/// What is at most 512 bits long: the low half to `d`, the high half to `e`.
macro_rules! halves {
    ($name:ident, $of:expr) => {
        /// Of three numbers.
        pub unsafe fn $name(
            a: *const [u64; 4],
            b: *const [u64; 4],
            c: *const [u64; 4],
            d: *mut [u64; 4],
            e: *mut [u64; 4],
        ) {
            assert!(!std::ptr::eq(d, e), "one of them would be lost");
            unsafe {
                let [a, b, c] = [a, b, c].map(|words| read(words.cast(), 4));
                let of: fn(BigUint, BigUint, BigUint) -> BigUint = $of;
                let result = of(a, b, c);
                write(d.cast(), 4, &(&result % (BigUint::from(1u8) << 256)));
                write(e.cast(), 4, &(result >> 256));
            }
        }
    };
}

halves!(syscall_uint256_mul_with_carry, |a, b, c| a * b + c);
halves!(syscall_uint256_add_with_carry, |a, b, c| a + b + c);

macro_rules! field {
    ($words:literal, $modulus:literal, $add:ident, $sub:ident, $mul:ident, $mul2:ident) => {
        /// Sum of numbers below the modulus.
        pub unsafe fn $add(x: *mut u64, y: *const u64) {
            unsafe {
                let (a, b, m) = (read(x, $words), read(y, $words), number($modulus));
                assert!(a < m && b < m);
                write(x, $words, &((a + b) % m));
            }
        }
        /// Difference.
        pub unsafe fn $sub(x: *mut u64, y: *const u64) {
            unsafe {
                let (a, b, m) = (read(x, $words), read(y, $words), number($modulus));
                assert!(a < m && b < m);
                write(x, $words, &((&m + a - b) % &m));
            }
        }
        /// Product.
        pub unsafe fn $mul(x: *mut u64, y: *const u64) {
            unsafe {
                let (a, b, m) = (read(x, $words), read(y, $words), number($modulus));
                assert!(a < m && b < m);
                write(x, $words, &(a * b % m));
            }
        }
        /// Product in the quadratic extension.
        pub unsafe fn $mul2(x: *mut u64, y: *const u64) {
            unsafe {
                let m = number($modulus);
                let (a, b) = (read(x, $words), read(x.add($words), $words));
                let (c, d) = (read(y, $words), read(y.add($words), $words));
                assert!([&a, &b, &c, &d].iter().all(|number| **number < m));
                write(x, $words, &((&a * &c + &m * &m - &b * &d) % &m));
                write(x.add($words), $words, &((a * d + b * c) % m));
            }
        }
    };
}

field!(
    4,
    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
    syscall_bn254_fp_addmod,
    syscall_bn254_fp_submod,
    syscall_bn254_fp_mulmod,
    syscall_bn254_fp2_mulmod
);
field!(
    6,
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    syscall_bls12381_fp_addmod,
    syscall_bls12381_fp_submod,
    syscall_bls12381_fp_mulmod,
    syscall_bls12381_fp2_mulmod
);

macro_rules! curve {
    ($words:literal, $modulus:literal, $minus_a:literal, $add:ident, $double:ident) => {
        /// Sum of points with different first coordinates.
        pub unsafe fn $add(p: *mut [u64; 2 * $words], q: *const [u64; 2 * $words]) {
            unsafe {
                let (p, q): (*mut u64, *const u64) = (p.cast(), q.cast());
                let m = number($modulus);
                let (x1, y1) = (read(p, $words), read(p.add($words), $words));
                let (x2, y2) = (read(q, $words), read(q.add($words), $words));
                assert!(x1 != x2, "anything would be proved");
                assert!([&x1, &y1, &x2, &y2].iter().all(|number| **number < m));
                let slope = (&m + y2 - &y1) * (&m + &x2 - &x1).modinv(&m).expect("prime") % &m;
                let x = (&slope * &slope + &m + &m - &x1 - x2) % &m;
                let y = (slope * (&m + x1 - &x) + &m - y1) % &m;
                write(p, $words, &x);
                write(p.add($words), $words, &y);
            }
        }
        /// A point twice.
        pub unsafe fn $double(p: *mut [u64; 2 * $words]) {
            unsafe {
                let p: *mut u64 = p.cast();
                let m = number($modulus);
                let (x1, y1) = (read(p, $words), read(p.add($words), $words));
                assert!(y1 != BigUint::ZERO, "anything would be proved");
                assert!(x1 < m && y1 < m);
                let above = &x1 * &x1 * 3u8 + &m - BigUint::from($minus_a as u8);
                let slope = above * (&y1 * 2u8).modinv(&m).expect("prime") % &m;
                let x = (&slope * &slope + &m + &m - &x1 - &x1) % &m;
                let y = (slope * (&m + x1 - &x) + &m - y1) % &m;
                write(p, $words, &x);
                write(p.add($words), $words, &y);
            }
        }
    };
}

curve!(
    4,
    "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd47",
    0,
    syscall_bn254_add,
    syscall_bn254_double
);
curve!(
    6,
    "1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab",
    0,
    syscall_bls12381_add,
    syscall_bls12381_double
);
curve!(
    4,
    "ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
    3,
    syscall_secp256r1_add,
    syscall_secp256r1_double
);
