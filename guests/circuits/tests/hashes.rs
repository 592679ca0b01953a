//! Sponge and padding against the portable code, at every length around the blocks' ends.

use ethrex_crypto::{Crypto, NativeCrypto};
use zkperf_guest_circuits::{keccak256, sha256};

fn inputs() -> impl Iterator<Item = Vec<u8>> {
    (0..420).map(|length| (0..length).map(|i| (i * 7 + length) as u8).collect())
}

#[test]
fn keccak() {
    for input in inputs() {
        let ours = keccak256(&input, keccak::f1600);
        assert_eq!(ours, NativeCrypto.keccak256(&input), "{}", input.len());
    }
}

#[test]
fn sha2() {
    let compress = |state: &mut [u64; 8], words: &[u64; 16]| {
        let mut narrow = state.map(|word| word as u32);
        let mut block = [0; 64];
        for (bytes, word) in block.chunks_exact_mut(4).zip(words) {
            bytes.copy_from_slice(&(*word as u32).to_be_bytes());
        }
        sha2::compress256(&mut narrow, &[block.into()]);
        *state = narrow.map(u64::from);
    };
    for input in inputs() {
        assert_eq!(
            sha256(&input, compress),
            NativeCrypto.sha256(&input),
            "{}",
            input.len()
        );
    }
}
