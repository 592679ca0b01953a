//! RISC Zero's part of the cryptography: what the enabled features name goes through RISC Zero's accelerators; the
//! rest stays portable.

use zkperf_guest_core::Accelerator;
#[cfg(feature = "ecrecover")]
use {
    risc0_bigint2::{
        ec::{AffinePoint, Secp256k1Curve, EC_256_WIDTH_WORDS},
        field,
    },
    zkperf_guest_circuits::{Curve, Lift, Number, Point, RecoverError, FIELD_MODULUS, GROUP_ORDER},
    zkperf_guest_core::CryptoError,
};

/// The operations of the enabled features.
#[derive(Debug, Clone, Copy, Default)]
pub struct Risc0;

impl Accelerator for Risc0 {
    /// The permutations go to a circuit of their own; the guest binds them to its proof by hashing each state.
    #[cfg(feature = "keccak")]
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::keccak256(input, risc0_zkvm::guest::env::risc0_keccak_update)
    }

    #[cfg(feature = "sha256")]
    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        use risc0_zkvm::sha::{Impl, Sha256};
        let digest = Impl::hash_bytes(input);
        core::array::from_fn(|i| digest.as_bytes()[i])
    }

    #[cfg(feature = "ecrecover")]
    fn secp256k1_ecrecover(
        &self,
        sig: &[u8; 64],
        recid: u8,
        msg: &[u8; 32],
    ) -> Result<[u8; 32], CryptoError> {
        let key = zkperf_guest_circuits::recover(&Circuits, sig, recid & 1 == 1, msg);
        let key = key.map_err(|error| match error {
            RecoverError::OutOfRange => CryptoError::InvalidSignature,
            RecoverError::NoPoint | RecoverError::Infinity => CryptoError::RecoveryFailed,
        })?;
        Ok(self.keccak256(&key))
    }
}

#[cfg(feature = "ecrecover")]
struct Circuits;

#[cfg(feature = "ecrecover")]
type Words = [u32; EC_256_WIDTH_WORDS];

#[cfg(feature = "ecrecover")]
impl Curve for Circuits {
    fn mul_mod(&self, a: &Number, b: &Number, m: &Number) -> Number {
        let mut product = Number::default();
        field::unchecked::modmul_256(words(a), words(b), words(m), words_mut(&mut product));
        product
    }

    /// No host is asked: the root comes from multiplications, the inverse from the accelerator.
    fn lift(&self, x: &Number, square: &Number, odd: bool) -> Lift {
        let mut y = self.root(square);
        if self.times(&y, &y) != *square {
            let three = [3, 0, 0, 0];
            let root = self.root(&self.times(square, &three));
            return Lift::None { root };
        }
        if (y[0] & 1 == 1) != odd {
            let root = y;
            field::unchecked::modsub_256(
                words(&Number::default()),
                words(&root),
                words(&FIELD_MODULUS),
                words_mut(&mut y),
            );
        }
        let mut inverse = Number::default();
        field::unchecked::modinv_256(words(x), words(&GROUP_ORDER), words_mut(&mut inverse));
        Lift::Point { y, inverse }
    }

    fn add(&self, p: &mut Point, q: &Point) {
        let mut sum = affine(p);
        affine(p).add(&affine(q), &mut sum);
        put(&sum, p);
    }

    fn double(&self, p: &mut Point) {
        let mut sum = affine(p);
        affine(p).double(&mut sum);
        put(&sum, p);
    }
}

#[cfg(feature = "ecrecover")]
impl Circuits {
    fn times(&self, a: &Number, b: &Number) -> Number {
        self.mul_mod(a, b, &FIELD_MODULUS)
    }

    /// `a` to the power of 2 to the `times`, times `b`.
    fn squared_times(&self, a: &Number, times: u32, b: &Number) -> Number {
        let squared = (0..times).fold(*a, |a, _| self.times(&a, &a));
        self.times(&squared, b)
    }

    /// a to the power of (p + 1) / 4: a's root if it has one, since p is 3 modulo 4. In binary, the exponent is 223
    /// ones, a zero, 22 ones, four zeros, two ones, two zeros; `ones_N` is a to the power of N ones.
    fn root(&self, a: &Number) -> Number {
        let ones_2 = self.squared_times(a, 1, a);
        let ones_3 = self.squared_times(&ones_2, 1, a);
        let ones_6 = self.squared_times(&ones_3, 3, &ones_3);
        let ones_9 = self.squared_times(&ones_6, 3, &ones_3);
        let ones_11 = self.squared_times(&ones_9, 2, &ones_2);
        let ones_22 = self.squared_times(&ones_11, 11, &ones_11);
        let ones_44 = self.squared_times(&ones_22, 22, &ones_22);
        let ones_88 = self.squared_times(&ones_44, 44, &ones_44);
        let ones_176 = self.squared_times(&ones_88, 88, &ones_88);
        let ones_220 = self.squared_times(&ones_176, 44, &ones_44);
        let ones_223 = self.squared_times(&ones_220, 3, &ones_3);
        let power = self.squared_times(&ones_223, 23, &ones_22);
        let power = self.squared_times(&power, 6, &ones_2);
        let power = self.times(&power, &power);
        self.times(&power, &power)
    }
}

/// The accelerator's form of a number: both are little-endian, and words need no more alignment than limbs.
#[cfg(feature = "ecrecover")]
fn words(number: &Number) -> &Words {
    // SAFETY: same size, weaker alignment, every bit pattern is valid.
    unsafe { &*core::ptr::from_ref(number).cast() }
}

#[cfg(feature = "ecrecover")]
fn words_mut(number: &mut Number) -> &mut Words {
    // SAFETY: as above.
    unsafe { &mut *core::ptr::from_mut(number).cast() }
}

#[cfg(feature = "ecrecover")]
fn affine(point: &Point) -> AffinePoint<EC_256_WIDTH_WORDS, Secp256k1Curve> {
    AffinePoint::new_unchecked(*words(&point.x), *words(&point.y))
}

/// Takes over a result, which is never the point at infinity: the group's order is odd, and no point is added to its
/// negative.
#[cfg(feature = "ecrecover")]
fn put(sum: &AffinePoint<EC_256_WIDTH_WORDS, Secp256k1Curve>, point: &mut Point) {
    let [x, y] = sum.as_u32s().expect("not the point at infinity");
    *words_mut(&mut point.x) = *x;
    *words_mut(&mut point.y) = *y;
}
