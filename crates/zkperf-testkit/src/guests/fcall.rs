//! Free-input calls: every id with valid parameters, results read one by one, and too few or too
//! many reads.

use crate::asm::{Asm, RAM_ADDR};
use crate::guest::{mix, program, Ending, Guest};
use crate::inst::*;
use crate::target::Target;

const DATA: u64 = RAM_ADDR + 0x400;

/// One call: id, parameters as (port, word offset in the data) or a direct value, results to read.
struct Call {
    name: &'static str,
    id: u32,
    direct: Vec<u64>,
    pointers: Vec<(u32, u64)>,
    results: usize,
}

fn call(name: &'static str, id: u32, pointers: &[(u32, u64)], results: usize) -> Call {
    Call {
        name,
        id,
        direct: Vec::new(),
        pointers: pointers.to_vec(),
        results,
    }
}

/// Ports of pointer parameters by word count.
const W4: u32 = 0x8f2;
const W8: u32 = 0x8f3;
const W12: u32 = 0x8f4;
const W16: u32 = 0x8f5;
const W24: u32 = 0x8f7;
const W25: u32 = 0x8f8;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    let calls = [
        call("secp256k1_fp_inv", 1, &[(W4, 0)], 4),
        call("secp256k1_fn_inv", 2, &[(W4, 0)], 4),
        call("secp256k1_glv", 4, &[(W4, 0)], 10),
        call("secp256r1_fn_inv", 5, &[(W4, 0)], 4),
        call("bn254_fp_inv", 6, &[(W4, 32)], 4),
        call("bn254_fp2_inv", 7, &[(W8, 32)], 8),
        call("bn254_twist_add", 8, &[(W16, 32), (W16, 48)], 16),
        call("bn254_twist_dbl", 9, &[(W16, 32)], 16),
        call("bls12_381_fp_inv", 10, &[(W8, 32)], 6),
        call("bls12_381_fp_sqrt", 11, &[(W8, 32)], 7),
        call("bls12_381_fp2_inv", 12, &[(W12, 32)], 12),
        call("bls12_381_fp2_sqrt", 13, &[(W16, 32)], 13),
        call("bls12_381_twist_add", 14, &[(W24, 32), (W24, 56)], 24),
        call("bls12_381_twist_dbl", 15, &[(W24, 32)], 24),
        Call {
            direct: vec![2],
            ..call("msb_pos_256", 17, &[(W4, 0), (W4, 4)], 2)
        },
        call("msb_pos_384", 18, &[(W8, 0), (W8, 8)], 2),
        call("uint256_div", 19, &[(W4, 0), (W4, 4)], 8),
        call("uint256_inv", 20, &[(W4, 0)], 5),
        call("uint256_inv_mod", 21, &[(W4, 4), (W4, 0)], 5),
        Call {
            direct: vec![2, 0x1234, 0xff],
            ..call("bin_decomp", 16, &[], 12)
        },
        Call {
            direct: vec![4, 9, 8, 7, 6, 4, 5, 0, 0, 0],
            ..call("bigint_div", 22, &[], 10)
        },
        call("ed25519_sqrt_ratio", 26, &[(W4, 0), (W4, 4)], 5),
        call("random_seed", 27, &[], 4),
    ];
    for c in calls.iter().filter(|c| t.has_library || c.id < 26) {
        all.push(Guest::new(&format!("fcall_{}", c.name), one(t, c)));
    }
    all.push(Guest::new("fcall_secp256k1_fp_sqrt", sqrt_with_parity(t)));
    all.push(Guest::new("fcall_keccak_cache", keccak_cache(t)));
    all.push(
        Guest::new("fcall_input_ready", input_ready(t)).with_input(super::memory::input_bytes(64)),
    );
    all.push(
        Guest::new("abort_fcall_read_too_many", extra_read(t))
            .ending(Ending::Abort)
            .unattributable(),
    );
    all.push(Guest::new("fcall_free_input_load", free_input_load(t)));
    all.push(Guest::new("fcall_param_widths", param_widths(t)));
}

fn data(a: &mut Asm) {
    let mut rng = crate::rng::Rng::new(60);
    let mut words: Vec<u64> = (0..320).map(|_| rng.next_u64() | 1).collect();
    // From word 32 on: every fourth and sixth word is small, so that coordinates are reduced.
    for (i, word) in words.iter_mut().enumerate().skip(32) {
        if i % 4 == 3 || i % 6 == 1 {
            *word >>= 8;
        }
    }
    a.rw_words(DATA, &words);
}

fn fcall(a: &mut Asm, id: u32) {
    a.csr("csrrwi", ZERO, 0x8c0 + (id >> 5), (id & 31) as u8);
}

fn read_result(a: &mut Asm) {
    a.csr("csrrs", A3, 0xffe, 0);
    mix(a, A3);
}

fn one(t: Target, c: &Call) -> Asm {
    program(
        t,
        |a| {
            for _ in 0..2 {
                for &value in &c.direct {
                    a.li(A1, value);
                    a.csrs(0x8f0, A1);
                }
                for &(port, word) in &c.pointers {
                    a.li(A1, DATA + 8 * word);
                    a.csrs(port, A1);
                }
                fcall(a, c.id);
                for _ in 0..c.results {
                    read_result(a);
                }
            }
        },
        data,
    )
}

/// A square (so that the root exists) and the parity wanted as a direct value.
fn sqrt_with_parity(t: Target) -> Asm {
    program(
        t,
        |a| {
            for parity in [0, 1] {
                a.li(A1, DATA);
                a.csrs(W4, A1);
                a.li(A1, parity);
                a.csrs(0x8f0, A1);
                fcall(a, 3);
                for _ in 0..5 {
                    read_result(a);
                }
            }
        },
        |a| a.rw_words(DATA, &[144, 0, 0, 0]),
    )
}

/// An index remembered for a Keccak state, found again, and not found for another state.
fn keccak_cache(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, 7);
            a.csrs(0x8f0, A1);
            fcall(a, 24);
            // What is cached is the state the permutation is given.
            a.li(A1, DATA);
            a.csrs(0x800, A1);
            a.li(A1, DATA + 8 * 25);
            for i in 0..25 {
                a.load("ld", A2, A1, 8 * i);
                mix(a, A2);
            }
            for offset in [0u64, 25, 50] {
                a.li(A1, DATA + 8 * offset);
                a.csrs(W25, A1);
                fcall(a, 25);
                read_result(a);
            }
        },
        |a| {
            let state: Vec<u64> = (1..26).collect();
            let mut words = state.clone();
            words.extend(&state);
            words.extend([0u64; 25]);
            a.rw_words(DATA, &words);
        },
    )
}

fn input_ready(t: Target) -> Asm {
    program(
        t,
        |a| {
            for offset in [8u64, 15, 40, 71] {
                a.li(A1, t.input + offset);
                a.csrs(0x8f0, A1);
                fcall(a, 23);
            }
        },
        |_| (),
    )
}

/// One read after the last result.
fn extra_read(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, DATA);
            a.csrs(W4, A1);
            fcall(a, 1);
            for _ in 0..5 {
                read_result(a);
            }
        },
        data,
    )
}

/// The first input word is the current free input: loads see it.
fn free_input_load(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, t.input);
            a.li(A1, DATA);
            a.csrs(W4, A1);
            fcall(a, 1);
            for _ in 0..3 {
                for op in LOADS {
                    a.load(op.name, A2, S1, 0);
                    mix(a, A2);
                }
                a.load("lhu", A2, S1, 3);
                mix(a, A2);
                read_result(a);
            }
        },
        data,
    )
}

/// Every parameter port; a call that uses only some of the words ends the list.
fn param_widths(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, DATA);
            for port in 0x8f1..0x8ff {
                a.csrs(port, A1);
                fcall(a, 1);
                read_result(a);
            }
        },
        data,
    )
}
