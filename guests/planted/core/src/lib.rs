//! Small pieces of work, each with one known inefficiency and a fixed twin that computes the same.
//!
//! A run is an [`Order`]: which kind, which twin, how much of it, and how much honest work besides. The guests for ZisK,
//! SP1 and RISC Zero carry all kinds in one program, so that their fixtures stay small; what is not ordered is not executed.

mod clones;
mod copies;
mod division;
mod formatting;
mod growth;
mod hash_maps;
mod hashing;
mod honest;
mod input;
mod layout;
mod order;
mod quadratic;
mod repeated;
mod short_lived;
mod small;
mod transfers;

pub use order::{Kind, Order, OrderError};

/// What a zkVM does for its guests; natively, the portable code.
pub trait Circuits {
    /// Keccak-256 by the circuit.
    fn keccak256(&self, input: &[u8]) -> [u8; 32];
    /// SHA-256 by the circuit.
    fn sha256(&self, input: &[u8]) -> [u8; 32];
    /// Reads on in the input, where it can be read in parts; else leaves the bytes as they are.
    fn read(&self, into: &mut [u8]) {
        let _ = into;
    }
}

/// Words of the data that everything works on: 8 KiB.
const WORDS: usize = 1024;

/// Carries out an order: honest work, and the kind's share. Both twins give the same digest.
pub fn run(order: &Order, circuits: &impl Circuits) -> u64 {
    let mut data = honest::data(order.seed, WORDS);
    let digest = honest::work(&mut data, order.rounds);
    let (n, data) = (order.amount, &data[..]);
    let planted = match (order.kind, order.fixed) {
        (Kind::Keccak, false) => hashing::keccak_bad(data, n),
        (Kind::Keccak, true) => hashing::keccak_good(data, n, circuits),
        (Kind::Sha256, false) => hashing::sha256_bad(data, n),
        (Kind::Sha256, true) => hashing::sha256_good(data, n, circuits),
        (Kind::Copies, false) => copies::bad(data, n),
        (Kind::Copies, true) => copies::good(data, n),
        (Kind::Clones, false) => clones::bad(data, n),
        (Kind::Clones, true) => clones::good(data, n),
        (Kind::MapClones, false) => clones::maps_bad(data, n),
        (Kind::MapClones, true) => clones::maps_good(data, n),
        (Kind::Growth, false) => growth::bad(data, n),
        (Kind::Growth, true) => growth::good(data, n),
        (Kind::ShortLived, false) => short_lived::bad(data, n),
        (Kind::ShortLived, true) => short_lived::good(data, n),
        (Kind::Encoding, false) => transfers::encoding_bad(data, n),
        (Kind::Encoding, true) => transfers::encoding_good(data, n),
        (Kind::Decoding, false) => transfers::decoding_bad(data, n),
        (Kind::Decoding, true) => transfers::decoding_good(data, n),
        (Kind::Narrow, false) => layout::narrow_bad(data, n),
        (Kind::Narrow, true) => layout::narrow_good(data, n),
        (Kind::Bytes, false) => layout::bytes_bad(data, n),
        (Kind::Bytes, true) => layout::bytes_good(data, n),
        (Kind::Scattered, false) => layout::scattered_bad(data, n),
        (Kind::Scattered, true) => layout::scattered_good(data, n),
        (Kind::Sprawl, false) => layout::sprawl_bad(data, n),
        (Kind::Sprawl, true) => layout::sprawl_good(data, n),
        (Kind::NeverFreed, false) => layout::never_freed_bad(data, n),
        (Kind::NeverFreed, true) => layout::never_freed_good(data, n),
        (Kind::Division, false) => division::bad(data, n),
        (Kind::Division, true) => division::good(data, n),
        (Kind::Division64, false) => division::bad_64(data, n),
        (Kind::Division64, true) => division::good_64(data, n),
        (Kind::Reciprocal, false) => division::reciprocal_bad(data, n),
        (Kind::Reciprocal, true) => division::reciprocal_good(data, n),
        (Kind::HashMaps, false) => hash_maps::bad(data, n),
        (Kind::HashMaps, true) => hash_maps::good(data, n),
        (Kind::Quadratic, false) => quadratic::bad(data, n),
        (Kind::Quadratic, true) => quadratic::good(data, n),
        (Kind::Input, false) => input::bad(n, circuits),
        (Kind::Input, true) => input::good(n, circuits),
        (Kind::Formatting, false) => formatting::bad(data, n),
        (Kind::Formatting, true) => formatting::good(data, n),
        (Kind::Fees, false) => repeated::fees_bad(data, n),
        (Kind::Fees, true) => repeated::fees_good(data, n),
        (Kind::Checksums, false) => repeated::checksums_bad(data, n),
        (Kind::Checksums, true) => repeated::checksums_good(data, n),
        (Kind::Checks, false) => small::checks_bad(data, n),
        (Kind::Checks, true) => small::checks_good(data, n),
        (Kind::SmallCalls, false) => small::calls_bad(data, n),
        (Kind::SmallCalls, true) => small::calls_good(data, n),
    };
    fold(digest, planted)
}

/// Adds a word to a digest.
fn fold(digest: u64, word: u64) -> u64 {
    (digest.rotate_left(5) ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}

/// Words as the bytes they are.
fn bytes(words: &[u64]) -> &[u8] {
    // SAFETY: every byte of a word is a valid byte, and no alignment is stricter than a word's.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), size_of_val(words)) }
}

/// A digest of 32 bytes in a word.
fn short(hash: [u8; 32]) -> u64 {
    let mut word = [0; 8];
    word.copy_from_slice(&hash[..8]);
    u64::from_le_bytes(word)
}
