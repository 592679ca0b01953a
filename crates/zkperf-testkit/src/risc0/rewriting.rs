//! Code that the guest itself writes: decoded instructions must not outlive their words.

use super::frame::{mix, nops, read, repeat, Guest, CODE, DATA};
use crate::asm::Asm;
use crate::inst::*;

/// `addi a0, a0, imm`.
const fn addi_a0(imm: u32) -> u32 {
    imm << 20 | 10 << 15 | 10 << 7 | 0x13
}

/// `xori a0, a0, imm`.
const fn xori_a0(imm: u32) -> u32 {
    imm << 20 | 10 << 15 | 4 << 12 | 10 << 7 | 0x13
}

pub(super) fn guests() -> Vec<Guest> {
    let sizes = &[13, 15, 20];
    vec![
        Guest::new("rewrite_next_instruction", |a| {
            repeat(a, 20, |a| {
                let target = a.label();
                a.la(S2, target);
                alternate(a, addi_a0(3), xori_a0(0x55));
                a.store("sw", A1, S2, 0);
                a.bind(target);
                a.word(addi_a0(1));
                mix(a, A0);
            });
        })
        .at(sizes),
        Guest::new("rewrite_far_ahead", |a| {
            repeat(a, 300, |a| {
                let target = a.label();
                a.la(S2, target);
                alternate(a, addi_a0(3), 0x00a5_0533); // add a0, a0, a0
                a.store("sw", A1, S2, 0);
                nops(a, 300);
                a.bind(target);
                a.word(addi_a0(1));
                mix(a, A0);
            });
        })
        .at(sizes),
        Guest::new("rewrite_one_byte", |a| {
            repeat(a, 30, |a| {
                let target = a.label();
                a.la(S2, target);
                a.store("sb", S8, S2, 3);
                a.bind(target);
                a.word(addi_a0(1));
                mix(a, A0);
            });
        })
        .at(sizes),
        Guest::new("rewrite_by_the_host", |a| {
            repeat(a, 4, |a| {
                let target = a.label();
                a.la(S2, target);
                a.li32(A3, 0);
                read_to(a, S2);
                a.bind(target);
                nops(a, 2);
                mix(a, A0);
            });
        })
        .input(
            [
                addi_a0(5),
                xori_a0(6),
                addi_a0(7),
                0x0000_0013,
                xori_a0(9),
                addi_a0(1),
                addi_a0(2),
                xori_a0(3),
            ]
            .map(u32::to_le_bytes)
            .concat(),
        )
        .at(sizes),
        Guest::new("rewrite_code_in_data", data_code).at(sizes),
        Guest::new("rewrite_data_beside_code", |a| {
            let over = a.label();
            let word = a.label();
            a.j(over);
            a.bind(word);
            a.word(0);
            a.bind(over);
            a.la(S2, word);
            repeat(a, 500, |a| {
                a.store("sw", S11, S2, 0);
                a.load("lw", A0, S2, 0);
                mix(a, A0);
            });
        })
        .at(sizes),
        Guest::new("rewrite_start_again", |a| {
            // The first instruction, long since run, becomes another one and is run again from a copy.
            a.li32(S2, CODE as u32);
            a.load("lw", A1, S2, 0);
            a.store("sw", A1, S2, 0);
            mix(a, A1);
        }),
    ]
}

/// a1 = one of two words, by the parity of s8.
fn alternate(a: &mut Asm, even: u32, odd: u32) {
    a.i("andi", A2, S8, 1);
    a.li32(A1, even);
    let keep = a.label();
    a.branch("beq", A2, ZERO, keep);
    a.li32(A1, odd);
    a.bind(keep);
}

/// SYS_READ of two words to where a register points.
fn read_to(a: &mut Asm, register: Reg) {
    // The frame's `read` wants constants; overwrite the address it sets.
    a.mv(S4, register);
    a.li32(A4, 8);
    a.li32(T0, 2);
    a.li32(T6, super::frame::SYS_READ.0);
    a.mv(A0, S4);
    a.li32(A1, 8);
    a.li32(A2, super::frame::SYS_READ.address());
    a.ecall();
    read(a, DATA + 0x100, 0);
}

/// Writes a routine into a data page and calls it, then another over it.
fn data_code(a: &mut Asm) {
    const PLACE: u32 = 0x0b00_0000;
    const RET: u32 = 0x0000_8067;
    repeat(a, 25, |a| {
        a.li32(S2, PLACE);
        alternate(a, addi_a0(3), xori_a0(0x55));
        a.store("sw", A1, S2, 0);
        a.li32(A1, 0x0005_2583); // lw a1, 0(a0)
        a.li32(A1, addi_a0(2));
        a.store("sw", A1, S2, 4);
        a.li32(A1, RET);
        a.store("sw", A1, S2, 8);
        a.jalr(RA, S2, 0);
        mix(a, A0);
    });
}
