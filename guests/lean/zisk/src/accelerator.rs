//! ZisK's part of the cryptography: as in the reference guest, but for how Keccak's input reaches its circuit, and for
//! the precompiles.

#[path = "reference.rs"]
mod reference;

use crate::precompiles::Precompiles;
use reference::Zisk as Reference;
use std::sync::Arc;
use zkperf_guest_core::{Accelerator, Crypto, CryptoError, GuestCrypto};
use zkperf_guest_lean::Circuits;

/// The operations that go through circuits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Zisk;

impl Accelerator for Zisk {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_lean::keccak256(input, |state| {
            // SAFETY: the circuit reads and writes these 25 words.
            unsafe { ziskos::syscalls::syscall_keccak_f(state) }
        })
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        Reference.sha256(input)
    }

    fn secp256k1_ecrecover(
        &self,
        sig: &[u8; 64],
        recid: u8,
        msg: &[u8; 32],
    ) -> Result<[u8; 32], CryptoError> {
        Reference.secp256k1_ecrecover(sig, recid, msg)
    }
}

impl Circuits for Zisk {
    fn crypto(self) -> Arc<dyn Crypto> {
        Arc::new(Precompiles(GuestCrypto(self)))
    }

    fn jump_destinations(code: &'static [u8]) -> Arc<[u8]> {
        // The circuit reads whole words from where they are, and cannot prove that there is nothing to do.
        let is_aligned = code.as_ptr().cast::<u64>().is_aligned();
        if code.is_empty() || !is_aligned {
            return zkperf_guest_lean::jump_destinations(code);
        }
        let mut bitmap = vec![0_u64; code.len().div_ceil(64)];
        ziskos::ziskos_jump_dest!(bitmap, code, code.len());
        let bits: &[u8] = bytemuck::cast_slice(&bitmap);
        bits[..code.len().div_ceil(8)].into()
    }
}
