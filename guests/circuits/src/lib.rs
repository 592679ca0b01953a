//! What stays software around the circuits of SP1 and RISC Zero: the sponge around Keccak's permutation, the padding
//! around SHA-256's compression, and public key recovery over addition and doubling of secp256k1 points.
//!
//! ZisK's own library has the like of it; for these two the published crates end at the circuits. Written once here
//! and generic over the circuits, so that tests compare it natively with the portable code.

#![no_std]

mod keccak;
mod secp256k1;
mod sha256;

pub use keccak::keccak256;
pub use secp256k1::{
    recover, Curve, Lift, Number, Point, RecoverError, FIELD_MODULUS, GROUP_ORDER,
};
pub use sha256::sha256;
