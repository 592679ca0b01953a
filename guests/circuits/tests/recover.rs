//! Recovery over plain arithmetic that stands in for the circuits, against the portable code.

use ethrex_crypto::{Crypto, NativeCrypto};
use num_bigint::BigUint;
use std::cell::Cell;
use std::panic::{catch_unwind, AssertUnwindSafe};
use zkperf_guest_circuits::{
    recover, Curve, Lift, Number, Point, RecoverError, FIELD_MODULUS, GROUP_ORDER,
};

/// What the stand-in lies about.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lie {
    Nothing,
    Root,
    Parity,
    Inverse,
    NoPoint,
    Product,
    Sum,
    Double,
}

struct Plain {
    lie: Lie,
    operations: Cell<u32>,
}

impl Plain {
    fn new(lie: Lie) -> Self {
        Self {
            lie,
            operations: Cell::new(0),
        }
    }
}

fn big(number: &Number) -> BigUint {
    let digits = number
        .iter()
        .flat_map(|limb| [*limb as u32, (limb >> 32) as u32]);
    BigUint::new(digits.collect())
}

fn small(number: &BigUint) -> Number {
    let mut limbs = number.to_u64_digits();
    limbs.resize(4, 0);
    limbs.try_into().expect("below 2^256")
}

fn p() -> BigUint {
    big(&FIELD_MODULUS)
}

fn n() -> BigUint {
    big(&GROUP_ORDER)
}

fn inverse(number: &BigUint, modulus: &BigUint) -> BigUint {
    number.modpow(&(modulus - 2u8), modulus)
}

fn root(square: &BigUint) -> BigUint {
    square.modpow(&((p() + 1u8) / 4u8), &p())
}

/// The third point on the line through `point` with the slope, mirrored.
fn on_line(slope: BigUint, point: &Point, other_x: &Number) -> Point {
    let x = (&slope * &slope + p() + p() - big(&point.x) - big(other_x)) % p();
    let y = (slope * (big(&point.x) + p() - &x) + p() - big(&point.y)) % p();
    Point {
        x: small(&x),
        y: small(&y),
    }
}

/// The same number modulo m, but not the smallest; the number itself where that has no 256 bits.
fn unreduced(number: &Number, m: &Number) -> Number {
    let sum = big(number) + big(m);
    if sum.bits() <= 256 {
        small(&sum)
    } else {
        *number
    }
}

impl Curve for Plain {
    fn mul_mod(&self, a: &Number, b: &Number, m: &Number) -> Number {
        let product = small(&(big(a) * big(b) % big(m)));
        match self.lie {
            Lie::Product => unreduced(&product, m),
            _ => product,
        }
    }

    fn lift(&self, x: &Number, square: &Number, odd: bool) -> Lift {
        let square = big(square);
        let mut y = root(&square);
        if &y * &y % p() != square || self.lie == Lie::NoPoint {
            let root = small(&root(&(square * 3u8 % p())));
            return Lift::None { root };
        }
        if y.bit(0) != odd {
            y = p() - y;
        }
        let mut inverse = inverse(&big(x), &n());
        match self.lie {
            Lie::Root => y = (y + 2u8) % p(),
            Lie::Parity => y = p() - y,
            Lie::Inverse => inverse += 1u8,
            _ => {}
        }
        Lift::Point {
            y: small(&y),
            inverse: small(&inverse),
        }
    }

    fn add(&self, a: &mut Point, b: &Point) {
        assert_ne!(a.x, b.x, "the circuit cannot do that");
        self.operations.set(self.operations.get() + 1);
        let dx = (big(&b.x) + p() - big(&a.x)) % p();
        let dy = big(&b.y) + p() - big(&a.y);
        *a = on_line(dy * inverse(&dx, &p()) % p(), a, &b.x);
        if self.lie == Lie::Sum {
            a.x = [u64::MAX; 4];
        }
    }

    fn double(&self, a: &mut Point) {
        self.operations.set(self.operations.get() + 1);
        let x = big(&a.x);
        let slope = &x * &x * 3u8 * inverse(&(big(&a.y) * 2u8 % p()), &p()) % p();
        *a = on_line(slope, a, &a.x);
        if self.lie == Lie::Double {
            a.y = FIELD_MODULUS;
        }
    }
}

fn bytes(number: &BigUint) -> [u8; 32] {
    let mut bytes = [0; 32];
    let digits = number.to_bytes_be();
    bytes[32 - digits.len()..].copy_from_slice(&digits);
    bytes
}

fn signature(r: &BigUint, s: &BigUint) -> [u8; 64] {
    let mut signature = [0; 64];
    signature[..32].copy_from_slice(&bytes(r));
    signature[32..].copy_from_slice(&bytes(s));
    signature
}

/// Both give the same key, or both refuse. Returns what ours said.
fn agree(
    signature: &[u8; 64],
    recovery_id: u8,
    message: &[u8; 32],
) -> Result<[u8; 64], RecoverError> {
    let ours = recover(
        &Plain::new(Lie::Nothing),
        signature,
        recovery_id & 1 == 1,
        message,
    );
    let theirs = NativeCrypto.secp256k1_ecrecover(signature, recovery_id, message);
    match (&ours, theirs) {
        (Ok(key), Ok(hash)) => assert_eq!(NativeCrypto.keccak256(key), hash),
        (Err(_), Err(_)) => {}
        (ours, theirs) => panic!("ours {ours:?}, theirs {theirs:?}: {signature:?} {message:?}"),
    }
    ours
}

/// Numbers that look random, the same in every run.
fn numbers() -> impl Iterator<Item = BigUint> {
    let mut seed = [7; 32];
    std::iter::from_fn(move || {
        seed = NativeCrypto.keccak256(&seed);
        Some(BigUint::from_bytes_be(&seed))
    })
}

fn generator_x() -> BigUint {
    BigUint::parse_bytes(
        b"79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
        16,
    )
    .expect("hexadecimal")
}

#[test]
fn random_signatures() {
    let mut numbers = numbers();
    let (mut keys, mut refused) = (0, 0);
    for round in 0..60u8 {
        let (r, s) = (numbers.next().unwrap() % n(), numbers.next().unwrap() % n());
        let message = bytes(&numbers.next().unwrap());
        match agree(&signature(&r, &s), round % 4, &message) {
            Ok(_) => keys += 1,
            Err(error) => {
                assert_eq!(error, RecoverError::NoPoint);
                refused += 1;
            }
        }
    }
    // half of all numbers are first coordinates
    assert!(keys > 15 && refused > 15, "{keys} {refused}");
}

#[test]
fn numbers_out_of_range() {
    let message = [0x5a; 32];
    let all_ones = BigUint::from_bytes_be(&[0xff; 32]);
    let good = generator_x();
    for bad in [BigUint::ZERO, n(), n() + 1u8, p(), all_ones] {
        for signature in [signature(&bad, &good), signature(&good, &bad)] {
            let error = agree(&signature, 0, &message).expect_err("out of range");
            assert_eq!(error, RecoverError::OutOfRange);
        }
    }
    for s in [BigUint::from(1u8), n() - 1u8] {
        agree(&signature(&good, &s), 1, &message).expect("in range");
    }
}

#[test]
fn messages_around_the_order() {
    let all_ones = BigUint::from_bytes_be(&[0xff; 32]);
    for message in [BigUint::ZERO, n() - 1u8, n(), n() + 1u8, all_ones] {
        for id in 0..4 {
            agree(
                &signature(&generator_x(), &3u8.into()),
                id,
                &bytes(&message),
            )
            .expect("a key");
        }
    }
}

#[test]
fn the_signature_s_point_is_the_generator() {
    // R = ±G: sums of equal and of opposite points on the way
    for id in 0..2 {
        for s in 1..6u8 {
            for z in 0..6u8 {
                let result = agree(&signature(&generator_x(), &s.into()), id, &bytes(&z.into()));
                // G's second coordinate is even: s·G = z·G + r·Q
                assert_eq!(result == Err(RecoverError::Infinity), id == 0 && s == z);
                let minus = n() - s;
                let result = agree(&signature(&generator_x(), &minus), id, &bytes(&z.into()));
                assert_eq!(result == Err(RecoverError::Infinity), id == 1 && s == z);
            }
        }
    }
}

#[test]
fn lies_end_the_run() {
    let no_point = numbers()
        .find(|r| {
            let square = (r * r * r + 7u8) % p();
            *r < n() && root(&square).pow(2) % p() != square
        })
        .expect("every second one");
    let message = [1; 32];
    let with_point = signature(&generator_x(), &12345u32.into());
    let without = signature(&no_point, &12345u32.into());
    let ends = |lie, signature: &[u8; 64]| {
        let run = || recover(&Plain::new(lie), signature, false, &message);
        catch_unwind(AssertUnwindSafe(run)).is_err()
    };
    for lie in [
        Lie::Root,
        Lie::Parity,
        Lie::Inverse,
        Lie::NoPoint,
        Lie::Sum,
        Lie::Double,
    ] {
        assert!(ends(lie, &with_point), "{lie:?}");
    }
    assert!(!ends(Lie::Nothing, &with_point));
    assert!(!ends(Lie::Nothing, &without));
}

#[test]
fn an_unreduced_product_is_refused() {
    // 1 squared, with a small root of the curve's equation: products small enough to be given unreduced
    let small_x = (1u32..)
        .map(BigUint::from)
        .find(|x| {
            let square = (x * x * x + 7u8) % p();
            root(&square).pow(2) % p() == square
        })
        .expect("soon");
    let run = || {
        recover(
            &Plain::new(Lie::Product),
            &signature(&small_x, &1u8.into()),
            false,
            &[1; 32],
        )
    };
    assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
}

#[test]
fn a_recovery_takes_less_than_five_hundred_operations() {
    let plain = Plain::new(Lie::Nothing);
    let all = signature(&generator_x(), &(n() - 1u8));
    recover(&plain, &all, false, &[0xa5; 32]).expect("a key");
    let operations = plain.operations.get();
    assert!((400..512).contains(&operations), "{operations}");
}
