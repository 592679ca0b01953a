//! What the precompiles compute, on words in and words out. How they are billed is in `ecall`.
//!
//! Semantics as in `src/minimal/precompiles` of `sp1-core-executor` 6.10.0 and the curves of
//! `sp1-curves` 6.10.0. Where those panic, these return the cause.

mod curve;
mod ed25519;
mod field;
mod poseidon2;
mod sha256;
mod uint256;

pub(crate) use curve::{add as curve_add, double as curve_double, words as curve_words};
pub(crate) use ed25519::{add as ed_add, decompress as ed_decompress, square_root, P as ED_P};
pub(crate) use field::{fp, fp2, words as field_words, BLS12381_P};
pub(crate) use poseidon2::permute as poseidon2;
pub(crate) use sha256::{compress as sha_compress, extend as sha_extend};
pub(crate) use uint256::{carry as uint256_carry, multiply as uint256_multiply};

/// The Keccak permutation of 25 words.
pub(crate) fn keccak(state: &mut [u64; 25]) {
    tiny_keccak::keccakf(state);
}
