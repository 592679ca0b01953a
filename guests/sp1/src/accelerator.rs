//! SP1's part of the cryptography: what the enabled features name goes through SP1's circuits; the rest stays portable.

#[cfg(feature = "ecrecover")]
use sp1_zkvm::lib::io::{self, FD_ECRECOVER_HOOK};
use zkperf_guest_core::Accelerator;
#[cfg(feature = "ecrecover")]
use {
    zkperf_guest_circuits::{Curve, Lift, Number, Point, RecoverError},
    zkperf_guest_core::CryptoError,
};

/// The operations of the enabled features.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sp1;

impl Accelerator for Sp1 {
    #[cfg(feature = "keccak")]
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::keccak256(input, |state| {
            // SAFETY: the circuit reads and writes these 25 words.
            unsafe { sp1_zkvm::lib::syscall_keccak_permute(state) }
        })
    }

    #[cfg(feature = "sha256")]
    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::sha256(input, |state, block| {
            let mut schedule = [0; 64];
            schedule[..16].copy_from_slice(block);
            // SAFETY: the circuits read and write the 64 words of the schedule and the 8 of the state.
            unsafe {
                sp1_zkvm::lib::syscall_sha256_extend(&mut schedule);
                sp1_zkvm::lib::syscall_sha256_compress(&mut schedule, state);
            }
        })
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
impl Curve for Circuits {
    fn mul_mod(&self, a: &Number, b: &Number, m: &Number) -> Number {
        let mut product = *a;
        let factor_and_modulus = [*b, *m];
        // SAFETY: the circuit reads the modulus right behind the second factor, and writes over the first.
        unsafe {
            sp1_zkvm::lib::syscall_uint256_mulmod(&mut product, factor_and_modulus.as_ptr());
        }
        product
    }

    /// Asks the host: it answers with a byte for yes or no, then with y and the inverse, or with the root.
    fn lift(&self, x: &Number, square: &Number, odd: bool) -> Lift {
        const SECP256K1: u8 = 1;
        let mut question = [0; 65];
        question[0] = SECP256K1 | u8::from(odd) << 7;
        big_endian(x, &mut question[1..33]);
        big_endian(square, &mut question[33..]);
        io::write(FD_ECRECOVER_HOOK, &question);
        match io::read_vec().first() {
            Some(1) => Lift::Point {
                y: answer(),
                inverse: answer(),
            },
            _ => Lift::None { root: answer() },
        }
    }

    fn add(&self, p: &mut Point, q: &Point) {
        let (p, q): (*mut Point, *const Point) = (p, q);
        // SAFETY: a point is eight words, x before y, least significant limb first: the circuit's own form.
        unsafe { sp1_zkvm::lib::syscall_secp256k1_add(p.cast(), q.cast()) }
    }

    fn double(&self, p: &mut Point) {
        let p: *mut Point = p;
        // SAFETY: as above.
        unsafe { sp1_zkvm::lib::syscall_secp256k1_double(p.cast()) }
    }
}

#[cfg(feature = "ecrecover")]
fn big_endian(number: &Number, bytes: &mut [u8]) {
    for (bytes, limb) in bytes.rchunks_exact_mut(8).zip(number) {
        bytes.copy_from_slice(&limb.to_be_bytes());
    }
}

/// A number from the host, 32 bytes big-endian; of another length, it is a lie like any other.
#[cfg(feature = "ecrecover")]
fn answer() -> Number {
    let bytes = io::read_vec();
    let Ok(bytes) = <[u8; 32]>::try_from(bytes) else {
        return Number::default();
    };
    core::array::from_fn(|i| u64::from_be_bytes(core::array::from_fn(|j| bytes[24 - 8 * i + j])))
}
