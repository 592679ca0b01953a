//! Keccak-256 over a circuit for its permutation, its input taken in by whole words.

/// 64-bit words of the permutation's state.
const STATE: usize = 25;
/// Bytes absorbed by one permutation.
const RATE: usize = 136;
/// Machine words of these bytes.
const RATE_WORDS: usize = RATE / size_of::<usize>();

// The state's words are little-endian, and taken as the machine's.
const _: () = assert!(cfg!(target_endian = "little"));

/// Keccak-256 of `input`, as Ethereum uses it, over `permute`, which is Keccak-f\[1600\].
///
/// A zkVM bills an access to memory that is not aligned several times over, and the compiler makes single bytes of what it
/// does not know to be aligned. So blocks are copied, which every zkVM does by words or better, or read where they are if
/// they are aligned there.
pub fn keccak256(input: &[u8], mut permute: impl FnMut(&mut [u64; STATE])) -> [u8; 32] {
    let mut state = [0; STATE];
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
            let mut last = Block([0; RATE]);
            last.0[..left.len()].copy_from_slice(left);
            absorb(&mut state, &last.0);
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

fn absorb(state: &mut [u64; STATE], block: &[u8; RATE]) {
    match bytemuck::try_cast_slice(block) {
        Ok(words) => xor(state, words),
        Err(_) => {
            // hidden from the compiler, which would read the bytes from where they came from
            let block = Block(*block);
            xor(
                state,
                bytemuck::cast_slice(&core::hint::black_box(&block).0),
            );
        }
    }
}

fn xor(state: &mut [u64; STATE], words: &[usize]) {
    let state: &mut [usize] = bytemuck::cast_slice_mut(state);
    for (word, other) in state[..RATE_WORDS].iter_mut().zip(words) {
        *word ^= other;
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
