//! ZisK's part of the cryptography: what the enabled features name goes through ZisK's own library, which runs on
//! its precompiled circuits; the rest stays portable.

use zkperf_guest_core::Accelerator;
#[cfg(feature = "ecrecover")]
use zkperf_guest_core::{CryptoError, Portable};

/// The operations of the enabled features.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zisk;

impl Accelerator for Zisk {
    #[cfg(feature = "keccak")]
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        ziskos::zisklib::keccak256(input)
    }

    #[cfg(feature = "sha256")]
    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        ziskos::zisklib::sha256(input)
    }

    #[cfg(feature = "ecrecover")]
    fn secp256k1_ecrecover(
        &self,
        sig: &[u8; 64],
        recid: u8,
        msg: &[u8; 32],
    ) -> Result<[u8; 32], CryptoError> {
        // ids above 1 never occur on Ethereum; ZisK refuses what the portable code goes on with
        if recid > 1 {
            return Portable.secp256k1_ecrecover(sig, recid, msg);
        }
        let (r, s) = (limbs(&sig[..32]), limbs(&sig[32..]));
        let key = ziskos::zisklib::ecdsa_recover_secp256k1(&r, &s, &limbs(msg), recid)
            .map_err(|_| CryptoError::RecoveryFailed)?;
        let mut encoded = [0; 64];
        for (coordinate, limbs) in encoded.chunks_exact_mut(32).zip(key.chunks_exact(4)) {
            for (bytes, limb) in coordinate.rchunks_exact_mut(8).zip(limbs) {
                bytes.copy_from_slice(&limb.to_be_bytes());
            }
        }
        Ok(self.keccak256(&encoded))
    }
}

/// A 256-bit big-endian number as ZisK's little-endian limbs.
#[cfg(feature = "ecrecover")]
fn limbs(bytes: &[u8]) -> [u64; 4] {
    core::array::from_fn(|i| u64::from_be_bytes(core::array::from_fn(|j| bytes[24 - 8 * i + j])))
}
