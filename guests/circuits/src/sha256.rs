//! SHA-256's padding and chaining.

const BLOCK: usize = 64;
/// Bytes of the message's length at the end of the last block.
const LENGTH: usize = 8;

/// The chaining value before the first block (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];

/// SHA-256 of `input` over `compress`, which takes the chaining value and the sixteen words of a block.
///
/// Values are 32 bits in words of 64, the form that SP1's circuits take.
pub fn sha256(input: &[u8], mut compress: impl FnMut(&mut [u64; 8], &[u64; 16])) -> [u8; 32] {
    let mut state = INITIAL.map(u64::from);
    let (blocks, rest) = input.as_chunks::<BLOCK>();
    for block in blocks {
        compress(&mut state, &words(block));
    }
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    if rest.len() + 1 > BLOCK - LENGTH {
        compress(&mut state, &words(&last));
        last = [0; BLOCK];
    }
    let bits = (input.len() as u64).wrapping_mul(8);
    last[BLOCK - LENGTH..].copy_from_slice(&bits.to_be_bytes());
    compress(&mut state, &words(&last));

    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut::<4>().0.iter_mut().zip(state) {
        *bytes = (word as u32).to_be_bytes();
    }
    digest
}

fn words(block: &[u8; BLOCK]) -> [u64; 16] {
    let (words, _) = block.as_chunks::<4>();
    core::array::from_fn(|i| u64::from(u32::from_be_bytes(words[i])))
}
