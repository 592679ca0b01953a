//! The jump destinations of EVM contracts, without a circuit.
//!
//! Nearly all bytes that are looked at are opcodes that mean nothing here: no `JUMPDEST`, no `PUSH`. One comparison of signed bytes
//! tells those below `JUMPDEST` and from 0x80 on from the others, and where enough code is left for several opcodes, the end is
//! looked for once for all of them.

use std::sync::Arc;

// Opcodes with their sign, as they are loaded.
const JUMPDEST: isize = 0x5b;
const PUSH0: isize = 0x5f;
const PUSH32: isize = 0x7f;
/// Bytes of the longest opcode with what it pushes.
const LONGEST: usize = 33;
/// Opcodes between two looks for the end.
const AT_ONCE: usize = 8;

/// A bit for each byte of the code, set where a `JUMPDEST` stands that is no part of a `PUSH`.
pub fn jump_destinations(code: &[u8]) -> Arc<[u8]> {
    let mut bitmap: Arc<[u8]> = core::iter::repeat_n(0, code.len().div_ceil(8)).collect();
    // Nobody else has it yet.
    if let Some(bits) = Arc::get_mut(&mut bitmap) {
        fill(code, bits);
    }
    bitmap
}

fn fill(code: &[u8], bits: &mut [u8]) {
    let mut at = 0;
    let window = |at: usize| code.get(at..)?.first_chunk::<{ AT_ONCE * LONGEST }>();
    while let Some(window) = window(at) {
        // What is left of the window is cut to what is left of it at least, which the compiler knows: so it checks nothing.
        let mut rest = &window[..];
        for left in (0..AT_ONCE).rev() {
            let here = rest;
            rest = &here[1..];
            let opcode = opcode(here[0]);
            if opcode >= JUMPDEST {
                if opcode > PUSH0 {
                    rest = &rest[(opcode - PUSH0).unsigned_abs()..];
                } else if opcode == JUMPDEST {
                    set(bits, offset(code, here));
                }
            }
            rest = &rest[..left * LONGEST];
        }
        at = offset(code, rest);
    }
    while let Some(byte) = code.get(at) {
        match opcode(*byte) {
            JUMPDEST => set(bits, at),
            push @ PUSH0..=PUSH32 => at += (push - PUSH0).unsigned_abs(),
            _ => {}
        }
        at += 1;
    }
}

fn opcode(byte: u8) -> isize {
    byte.cast_signed().into()
}

/// Where a part of the code begins.
fn offset(code: &[u8], part: &[u8]) -> usize {
    part.as_ptr().addr() - code.as_ptr().addr()
}

fn set(bits: &mut [u8], at: usize) {
    bits[at / 8] |= 1 << (at % 8);
}

#[cfg(test)]
mod tests {
    use super::{jump_destinations, AT_ONCE, LONGEST};
    use ethrex_common::types::Code;

    const JUMPDEST: u8 = super::JUMPDEST as u8;

    /// As many random bytes; half of them `JUMPDEST`, others near it, if `dense`.
    fn random(state: &mut u64, length: usize, dense: bool) -> Vec<u8> {
        let mut byte = || {
            *state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(1);
            (*state >> 56) as u8
        };
        let mut bytes: Vec<u8> = (0..length).map(|_| byte()).collect();
        if dense {
            for byte in &mut bytes {
                *byte = JUMPDEST + (*byte / 2 % 40) * (*byte % 2);
            }
        }
        bytes
    }

    #[test]
    fn they_are_those_of_ethrex() {
        let mut state = 1;
        let edge = AT_ONCE * LONGEST;
        let lengths = (0..70).chain(edge - 40..edge + 40).chain([24_576]);
        let mut found = 0;
        for length in lengths {
            for dense in [false, true] {
                let code = random(&mut state, length, dense);
                let ours = jump_destinations(&code);
                let mut theirs = Code::compute_jumpdests(&code).to_vec();
                // Where there is none, ethrex has a bitmap of no bytes.
                theirs.resize(length.div_ceil(8), 0);
                assert_eq!(ours[..], theirs[..], "{code:02x?}");
                found += ours.iter().map(|bits| bits.count_ones()).sum::<u32>();
            }
        }
        assert!(found > 1000, "{found}");
    }

    #[test]
    fn all_pushes_and_what_they_push() {
        for push in 0x5f..=0x80_u8 {
            let pushed = usize::from(push.saturating_sub(0x5f)) * usize::from(push < 0x80);
            let code = [&[push][..], &[JUMPDEST; 400]].concat();
            let bits = jump_destinations(&code);
            for at in 0..code.len() {
                let is_set = bits[at / 8] >> (at % 8) & 1 == 1;
                assert_eq!(is_set, at > pushed, "{push:#x} at {at}");
            }
        }
    }
}
