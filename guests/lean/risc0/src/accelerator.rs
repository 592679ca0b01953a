//! RISC Zero's part of the cryptography: as in the reference guest, but for how Keccak's input reaches its circuit, and
//! what else there are circuits for.

#[path = "reference.rs"]
mod reference;

use crate::precompiles::Precompiles;
use reference::Risc0 as Reference;
use std::sync::Arc;
use zkperf_guest_core::{Accelerator, Crypto, CryptoError, GuestCrypto};
use zkperf_guest_lean::Circuits;

/// The operations that go through circuits.
#[derive(Debug, Clone, Copy, Default)]
pub struct Risc0;

impl Accelerator for Risc0 {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_lean::keccak256(input, risc0_zkvm::guest::env::risc0_keccak_update)
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

impl Circuits for Risc0 {
    fn crypto(self) -> Arc<dyn Crypto> {
        Arc::new(Precompiles(GuestCrypto(self)))
    }
}
