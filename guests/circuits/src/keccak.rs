//! Keccak-256 as Ethereum uses it: rate 1088 bits, the original padding.

const WORD: usize = 8;
/// Bytes absorbed by one permutation.
const RATE: usize = 136;

/// Keccak-256 of `input` over `permute`, which is Keccak-f\[1600\].
pub fn keccak256(input: &[u8], mut permute: impl FnMut(&mut [u64; 25])) -> [u8; 32] {
    let mut state = [0; 25];
    let (blocks, rest) = input.as_chunks::<RATE>();
    for block in blocks {
        absorb(&mut state, block);
        permute(&mut state);
    }
    let mut last = [0; RATE];
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x01;
    last[RATE - 1] |= 0x80;
    absorb(&mut state, &last);
    permute(&mut state);

    let mut digest = [0; 32];
    for (bytes, word) in digest.as_chunks_mut::<WORD>().0.iter_mut().zip(state) {
        *bytes = word.to_le_bytes();
    }
    digest
}

fn absorb(state: &mut [u64; 25], block: &[u8; RATE]) {
    for (word, bytes) in state.iter_mut().zip(block.as_chunks::<WORD>().0) {
        *word ^= u64::from_le_bytes(*bytes);
    }
}
