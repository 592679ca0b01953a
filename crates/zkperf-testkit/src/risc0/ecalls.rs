//! User ecalls that become machine ecalls: INPUT, SHA, BIGINT, BIGINT2, POSEIDON2, HALT.

use super::frame::{finish, halt, mix, mix_words, Guest, DATA};
use crate::asm::Asm;
use crate::inst::*;

const OPERANDS: u32 = DATA;
const RESULT: u32 = DATA + 0x4000;
/// A program for BIGINT2 with its verifying program and constants.
const BLOB: u32 = 0x0a00_0000;

pub(super) fn guests() -> Vec<Guest> {
    // Not 13: such a segment has no room for an ecall's pages when it has just begun.
    let sizes = &[14, 15, 20];
    vec![
        Guest::new("ecall_input", |a| {
            for index in 0..8 {
                a.li32(T0, 1);
                a.li32(A0, index);
                a.ecall();
                mix(a, A0);
            }
        }),
        Guest::new("ecall_sha", |a| {
            for count in [0u32, 1, 2, 9, 10, 11, 23, 100] {
                sha(a, OPERANDS + 64, OPERANDS + 96, count);
            }
        })
        .at(&[15, 16, 20]),
        Guest::new("ecall_sha_small", |a| {
            for count in [0u32, 1, 3] {
                sha(a, OPERANDS + 64, OPERANDS + 96, count);
            }
        })
        .at(sizes),
        Guest::new("ecall_sha_two_halves", |a| {
            for (first, second) in [(64, 512), (64, 64), (2048, 1020)] {
                sha(a, OPERANDS + first, OPERANDS + second, 1);
            }
        })
        .at(sizes),
        Guest::new("ecall_sha_in_place", |a| {
            a.li32(T0, 3);
            a.li32(A0, OPERANDS);
            a.li32(A1, OPERANDS);
            a.li32(A2, OPERANDS + 1024);
            a.li32(A3, OPERANDS + 1056);
            a.li32(A4, 2);
            a.ecall();
            mix_words(a, OPERANDS, 8);
        }),
        Guest::new("ecall_bigint", |a| {
            for modulus in [OPERANDS + 64, OPERANDS + 96] {
                a.li32(T0, 4);
                a.li32(A0, RESULT);
                a.li32(A1, 0);
                a.li32(A2, OPERANDS);
                a.li32(A3, OPERANDS + 32);
                a.li32(A4, modulus);
                a.ecall();
                mix_words(a, RESULT, 8);
            }
        })
        .at(sizes),
        Guest::new("ecall_bigint_plain_product", |a| {
            a.li32(S2, DATA + 0x2000);
            a.li32(A0, 0x1234_5678);
            a.store("sw", A0, S2, 0);
            a.store("sw", A0, S2, 32);
            a.li32(T0, 4);
            a.li32(A0, RESULT);
            a.li32(A1, 0);
            a.li32(A2, DATA + 0x2000);
            a.li32(A3, DATA + 0x2020);
            a.li32(A4, DATA + 0x2040);
            a.ecall();
            mix_words(a, RESULT, 8);
        })
        .at(sizes),
        bigint2(sizes),
        Guest::new("ecall_poseidon2", poseidon2).at(sizes),
        Guest::new("ecall_exit_code", |a| finish(a, 7)),
        Guest::new("ecall_pause", |a| halt(a, 1, 3)),
        Guest::new("ecall_no_output", |a| {
            a.li32(T0, 0);
            a.li32(A0, 0);
            a.li32(A1, DATA + 0x8000);
            a.ecall();
        }),
    ]
}

fn sha(a: &mut Asm, first: u32, second: u32, count: u32) {
    a.li32(T0, 3);
    a.li32(A0, RESULT);
    a.li32(A1, OPERANDS + 8);
    a.li32(A2, first);
    a.li32(A3, second);
    a.li32(A4, count);
    a.ecall();
    mix_words(a, RESULT, 8);
}

fn poseidon2(a: &mut Asm) {
    const ELEMENTS: u32 = 0x8000_0000;
    const CHECK: u32 = 0x4000_0000;
    let call = |a: &mut Asm, state: u32, bits: u32| {
        a.li32(T0, 7);
        a.li32(A0, state / 4);
        a.li32(A1, OPERANDS / 4);
        a.li32(A2, RESULT / 4);
        a.li32(A3, bits);
        a.ecall();
        mix_words(a, RESULT, 8);
    };
    for state in [0, DATA + 0x3000] {
        for bits in [0, 1, 2, 5, ELEMENTS | 1, ELEMENTS | 3] {
            call(a, state, bits);
            mix_words(a, DATA + 0x3000, 8);
        }
    }
    // What was just computed without a state is what a check expects.
    call(a, 0, 4);
    call(a, 0, CHECK | 4);
}

/// One operation of a program: code, type, operands.
fn op(code: u64, result_type: u64, first: u64, second: u64) -> u64 {
    code | result_type << 4 | first << 16 | second << 40
}

/// Computes with every operation: (x * y + c) % m, quotient, difference, inverse.
fn bigint2(sizes: &[u32]) -> Guest {
    let arena = |register: u64, offset: u64| register << 16 | offset;
    let (x, y, m, out) = (11, 12, 13, 14);
    let ops = [
        op(0x3, 0, arena(x, 0), 0),   // 0: x
        op(0x3, 0, arena(y, 0), 0),   // 1: y
        op(0x3, 1, arena(m, 0), 0),   // 2: m, 20 coefficients: padded to 32 bytes
        op(0x2, 0, 0, 3),             // 3: constant of 3 * 64 bits
        op(0xa, 0, 0, 1),             // 4: x * y
        op(0x8, 0, 4, 3),             // 5: + c
        op(0xb, 0, 5, 2),             // 6: % m
        op(0xc, 0, 5, 2),             // 7: / m
        op(0x9, 0, 0, 1),             // 8: x - y, may be negative
        op(0xb, 0, 8, 2),             // 9: rounds towards zero
        op(0xe, 0, 0, 2),             // 10: 1 / x mod m
        op(0x4, 0, arena(out, 0), 6), // stores of 32 and of 64 bytes
        op(0x4, 2, arena(out, 2), 7),
        op(0x4, 0, arena(out, 6), 9),
        op(0x4, 0, arena(out, 8), 10),
    ];
    let mut nondet: Vec<u32> = vec![u32::from_le_bytes(*b"bibc"), 1, 1, 3, 3, ops.len() as u32];
    nondet.extend([0; 4]);
    for coefficients in [32u32, 20, 64] {
        nondet.extend([coefficients, 0, 0, 0, 0, 0, 0, 0]);
    }
    nondet.extend([5, 6, 7, 8, 9, 0x8000_0000]);
    nondet.extend(ops.iter().flat_map(|op| [*op as u32, (*op >> 32) as u32]));
    let verify: Vec<u32> = (0..300).collect();
    let constants: Vec<u32> = (0..40).collect();
    let header = [
        nondet.len() as u32,
        verify.len() as u32,
        constants.len() as u32,
        0,
    ];
    let (nondet_at, verify_at) = (BLOB + 16, BLOB + 16 + 4 * nondet.len() as u32);
    let constants_at = verify_at + 4 * verify.len() as u32;
    let words: Vec<u32> = [&header[..], &nondet, &verify, &constants].concat();
    let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
    let body = |a: &mut Asm| {
        for shift in [0, 64] {
            // An odd modulus, so that inverses exist more often; both sides must agree if not.
            a.li32(S2, OPERANDS + 128);
            a.load("lw", A0, S2, 0);
            a.i("ori", A0, A0, 1);
            a.store("sw", A0, S2, 0);
            a.li32(T0, 6);
            a.li32(A0, BLOB);
            a.li32(T1, nondet_at);
            a.li32(T2, verify_at);
            a.li32(T3, constants_at);
            a.li32(A1, OPERANDS + shift);
            a.li32(A2, OPERANDS + 32);
            a.li32(A3, OPERANDS + 128);
            a.li32(A4, RESULT);
            a.ecall();
            mix_words(a, RESULT, 48);
        }
    };
    let mut asm = super::frame::program(body, |_| ());
    asm.ro(u64::from(BLOB), bytes);
    Guest {
        name: "ecall_bigint2".into(),
        elf: asm.elf32(),
        ..Guest::default()
    }
    .at(sizes)
}
