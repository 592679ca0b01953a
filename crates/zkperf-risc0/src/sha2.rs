//! The machine's SHA2 (execute/sha2.rs of risc0-circuit-rv32im 4.0.5): SHA-256 compression with the
//! round constants that the kernel points at.

use crate::machine::{Machine, Stop};
use crate::rules::{MAX_SHA_BLOCKS, USER_START};
use crate::step::invalid_address;
use crate::window::is_ordinary;

const A0: usize = 10;
const WORDS: u32 = 8;
const BLOCK_WORDS: u32 = 16;
const ROUNDS: usize = 64;

impl Machine<'_> {
    /// Compresses up to ten blocks. Gives the rows: 6, and 68 a block.
    pub(crate) fn ecall_sha2(&mut self) -> Result<u64, Stop> {
        let [state_in, state_out, data, count, constants] =
            std::array::from_fn(|at| self.machine_register(A0 + at));
        for address in [state_in, state_out, data, constants] {
            if address < USER_START {
                return Err(invalid_address(address));
            }
        }
        let count = count & 0xffff;
        if count > MAX_SHA_BLOCKS {
            return Err(Stop::Fault(format!(
                "sha2 of {count} blocks, more than {MAX_SHA_BLOCKS}"
            )));
        }
        let mut state = self.load_state(state_in / 4, state_out / 4)?;
        for block in 0..count {
            let (k, w) = self.load_block(constants / 4, data / 4 + block * BLOCK_WORDS)?;
            compress(&mut state, &k, &w);
            for (at, word) in state.iter().enumerate() {
                self.store(state_out / 4 + at as u32, word.to_be())?;
            }
        }
        Ok(6 + 68 * u64::from(count))
    }

    /// The state as it was, stored to where it will be; rows take its words in this order.
    fn load_state(&mut self, from: u32, to: u32) -> Result<[u32; 8], Stop> {
        let mut state = [0; WORDS as usize];
        for at in (0..WORDS / 2).rev() {
            let (a, e) = (self.load(from + at)?, self.load(from + at + 4)?);
            state[at as usize] = a.to_be();
            state[at as usize + 4] = e.to_be();
            self.store(to + at, a)?;
            self.store(to + at + 4, e)?;
        }
        Ok(state)
    }

    fn load_block(&mut self, constants: u32, data: u32) -> Result<([u32; 64], [u32; 16]), Stop> {
        if is_ordinary(constants, ROUNDS as u32) && is_ordinary(data, BLOCK_WORDS) {
            let w: [u32; BLOCK_WORDS as usize] = self.load_array(data);
            return Ok((self.load_array(constants), w.map(u32::to_be)));
        }
        let (mut k, mut w) = ([0; ROUNDS], [0; BLOCK_WORDS as usize]);
        for (at, k) in k.iter_mut().enumerate() {
            *k = self.load(constants + at as u32)?;
            if let Some(w) = w.get_mut(at) {
                *w = self.load(data + at as u32)?.to_be();
            }
        }
        Ok((k, w))
    }
}

/// SHA-256's compression function (FIPS 180-4, 6.2.2) with constants `k`.
fn compress(state: &mut [u32; 8], k: &[u32; 64], block: &[u32; 16]) {
    let mut w = [0u32; ROUNDS];
    w[..16].copy_from_slice(block);
    for at in 16..ROUNDS {
        let (x, y) = (w[at - 15], w[at - 2]);
        let small0 = x.rotate_right(7) ^ x.rotate_right(18) ^ (x >> 3);
        let small1 = y.rotate_right(17) ^ y.rotate_right(19) ^ (y >> 10);
        w[at] = w[at - 16]
            .wrapping_add(small0)
            .wrapping_add(w[at - 7])
            .wrapping_add(small1);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for (k, w) in k.iter().zip(w) {
        let big1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
        let t1 = h
            .wrapping_add(big1)
            .wrapping_add((e & f) ^ (!e & g))
            .wrapping_add(*k)
            .wrapping_add(w);
        let big0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
        let t2 = big0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
        (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
    }
    for (sum, word) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
        *sum = sum.wrapping_add(word);
    }
}
