//! Keccak-256 over a circuit for its permutation, its input taken in by whole words.

/// 64-bit words of the permutation's state.
const STATE: usize = 25;
/// Bytes absorbed by one permutation.
const RATE: usize = 136;
/// Bytes of a machine word.
const WORD: usize = size_of::<usize>();

// The state's words are little-endian, and taken as the machine's.
const _: () = assert!(cfg!(target_endian = "little"));

/// Keccak-256 of `input`, as Ethereum uses it, over `permute`, which is Keccak-f\[1600\].
///
/// A zkVM bills an access to memory that is not aligned several times over, and the compiler makes single bytes of what it
/// does not know to be aligned. So blocks are copied, which every zkVM does by words or better, or read where they are if
/// they are aligned there.
pub fn keccak256(input: &[u8], mut permute: impl FnMut(&mut [u64; STATE])) -> [u8; 32] {
    // the zero is hidden from the compiler, which would call for memory to be zeroed byte by byte
    let mut state = [core::hint::black_box(0); STATE];
    let mut left = input;
    // the state is zero: the first block is copied into it
    match left.split_first_chunk::<RATE>() {
        None => bytes(&mut state)[..left.len()].copy_from_slice(left),
        Some((block, rest)) => {
            bytes(&mut state)[..RATE].copy_from_slice(block);
            permute(&mut state);
            left = rest;
            while let Some((block, rest)) = left.split_first_chunk::<RATE>() {
                absorb(&mut state, block);
                permute(&mut state);
                left = rest;
            }
            absorb(&mut state, left);
        }
    }
    bytes(&mut state)[left.len()] ^= 0x01;
    bytes(&mut state)[RATE - 1] ^= 0x80;
    permute(&mut state);
    let mut digest = [0; 32];
    digest.copy_from_slice(&bytes(&mut state)[..32]);
    digest
}

#[repr(align(8))]
struct Block([u8; RATE]);

fn bytes(state: &mut [u64; STATE]) -> &mut [u8] {
    bytemuck::cast_slice_mut(state)
}

/// Adds a block, or the part of one that the input ends with.
#[inline(always)]
fn absorb(state: &mut [u64; STATE], block: &[u8]) {
    let (words, rest) = whole_words(block);
    match bytemuck::try_cast_slice(words) {
        Ok(words) => xor(state, words, rest),
        Err(_) => {
            let mut aligned = Block([0; RATE]);
            aligned.0[..block.len()].copy_from_slice(block);
            // hidden from the compiler, which would read the bytes from where they came from
            let aligned = core::hint::black_box(&aligned);
            let (words, rest) = whole_words(&aligned.0[..block.len()]);
            xor(state, bytemuck::cast_slice(words), rest);
        }
    }
}

fn whole_words(bytes: &[u8]) -> (&[u8], &[u8]) {
    bytes.split_at(bytes.len() / WORD * WORD)
}

#[inline(always)]
fn xor(state: &mut [u64; STATE], words: &[usize], rest: &[u8]) {
    let state: &mut [usize] = bytemuck::cast_slice_mut(state);
    let (whole, after) = state.split_at_mut(words.len());
    for (word, other) in whole.iter_mut().zip(words) {
        *word ^= other;
    }
    let after: &mut [u8] = bytemuck::cast_slice_mut(after);
    for (byte, other) in after.iter_mut().zip(rest) {
        *byte ^= other;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_guest_core::{Crypto, PortableCrypto};

    #[test]
    fn every_length_at_every_alignment() {
        let input: Vec<u8> = (0..900u32).map(|i| (i * 7 + i / 13) as u8).collect();
        for from in 0..9 {
            for length in 0..560 {
                let input = &input[from..from + length];
                assert_eq!(
                    keccak256(input, tiny_keccak::keccakf),
                    PortableCrypto::default().keccak256(input),
                    "{length} bytes from {from}"
                );
            }
        }
    }
}
