//! Hashes in software, where the zkVM has a circuit.

use sha2::Digest;
use tiny_keccak::{Hasher, Keccak};

use crate::{bytes, fold, short, Circuits};

/// Bytes of a message: two blocks of Keccak-256, five of SHA-256.
const MESSAGE: usize = 264;

/// The message with a number: at a word's start, so that circuits can take it in as it lies.
fn message(data: &[u64], at: u32) -> &[u8] {
    let bytes = bytes(data);
    let start = (at as usize * 8) % (bytes.len() - MESSAGE);
    &bytes[start..start + MESSAGE]
}

/// Portable Keccak-256.
#[inline(never)]
pub(crate) fn keccak_bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let mut hash = [0; 32];
        let mut keccak = Keccak::v256();
        keccak.update(message(data, at));
        keccak.finalize(&mut hash);
        digest = fold(digest, short(hash));
    }
    digest
}

/// Keccak-256 by the circuit.
#[inline(never)]
pub(crate) fn keccak_good(data: &[u64], n: u32, circuits: &impl Circuits) -> u64 {
    (0..n).fold(0, |digest, at| {
        fold(digest, short(circuits.keccak256(message(data, at))))
    })
}

/// Portable SHA-256.
#[inline(never)]
pub(crate) fn sha256_bad(data: &[u64], n: u32) -> u64 {
    (0..n).fold(0, |digest, at| {
        fold(
            digest,
            short(sha2::Sha256::digest(message(data, at)).into()),
        )
    })
}

/// SHA-256 by the circuit.
#[inline(never)]
pub(crate) fn sha256_good(data: &[u64], n: u32, circuits: &impl Circuits) -> u64 {
    (0..n).fold(0, |digest, at| {
        fold(digest, short(circuits.sha256(message(data, at))))
    })
}
