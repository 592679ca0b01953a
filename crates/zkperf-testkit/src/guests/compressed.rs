//! Compressed instructions, for versions whose loader takes them.

use crate::asm::Asm;
use crate::elf::Symbol;
use crate::guest::{mix, program, Guest};
use crate::inst::*;
use crate::target::Target;

const NOP: u16 = 0x0001;
/// `c.j` over one compressed instruction.
const JUMP_OVER: u16 = 0xa011;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("compressed", straight(t)));
    all.push(Guest::new("compressed_jumps", jumps(t)));
    all.push(Guest::new("compressed_calls", calls(t)));
}

/// Two compressed instructions in a word.
fn pair(a: &mut Asm, first: u16, second: u16) {
    a.word(u32::from(first) | u32::from(second) << 16);
}

fn field(register: Reg) -> u16 {
    u16::from(register.0)
}

fn c_addi(rd: Reg, imm: u16) -> u16 {
    0x0001 | field(rd) << 7 | (imm & 31) << 2
}

fn c_li(rd: Reg, imm: u16) -> u16 {
    0x4001 | field(rd) << 7 | (imm & 31) << 2
}

fn c_mv(rd: Reg, rs: Reg) -> u16 {
    0x8002 | field(rd) << 7 | field(rs) << 2
}

fn c_add(rd: Reg, rs: Reg) -> u16 {
    0x9002 | field(rd) << 7 | field(rs) << 2
}

fn c_slli(rd: Reg, by: u16) -> u16 {
    0x0002 | field(rd) << 7 | (by & 31) << 2
}

/// `c.sdsp rs, 0(sp)`.
fn c_sdsp(rs: Reg) -> u16 {
    0xe002 | field(rs) << 2
}

/// `c.ldsp rd, 0(sp)`.
fn c_ldsp(rd: Reg) -> u16 {
    0x6002 | field(rd) << 7
}

/// `c.lwsp rd, 4(sp)`.
fn c_lwsp(rd: Reg) -> u16 {
    0x4012 | field(rd) << 7
}

/// `c.beqz s1`, over one compressed instruction.
fn c_beqz_s1() -> u16 {
    0xc011 | 1 << 7
}

fn straight(t: Target) -> Asm {
    program(
        t,
        |a| {
            pair(a, c_li(A1, 21), c_addi(A1, 9));
            mix(a, A1);
            pair(a, c_mv(A2, A1), c_add(A2, A1));
            mix(a, A2);
            pair(a, c_slli(A2, 31), c_sdsp(A2));
            pair(a, c_ldsp(A3), c_lwsp(A4));
            mix(a, A3);
            mix(a, A4);
            // A whole instruction that begins in the middle of a word.
            let addi = encode_imm(19, 0, A5, A1, 7);
            pair(a, NOP, addi as u16);
            pair(a, (addi >> 16) as u16, NOP);
            mix(a, A5);
        },
        |_| (),
    )
}

fn jumps(t: Target) -> Asm {
    program(
        t,
        |a| {
            for value in [0, 1] {
                pair(a, c_li(S1, value), c_beqz_s1());
                pair(a, c_addi(S0, 3), JUMP_OVER);
                pair(a, c_addi(S0, 5), c_addi(S0, 7));
                pair(a, NOP, JUMP_OVER);
                pair(a, c_addi(S0, 5), NOP);
            }
            mix(a, S0);
        },
        |_| (),
    )
}

/// Calls of a function in the middle of a word, from both halves of one.
fn calls(t: Target) -> Asm {
    let mut f = None;
    program(
        t,
        |a| {
            f = Some(a.label());
            a.la(T1, f.unwrap());
            a.addi(T1, T1, 2);
            let call = 0x9002 | field(T1) << 7;
            for _ in 0..3 {
                pair(a, call, NOP);
                mix(a, RA);
                pair(a, NOP, call);
                mix(a, RA);
            }
        },
        |_| (),
    )
    .extend(|a| {
        a.end_func();
        a.bind(f.unwrap());
        a.symbol(Symbol::function("half_way", a.here() + 2, 4));
        pair(a, NOP, c_addi(S0, 1));
        pair(a, 0x8002 | field(RA) << 7, NOP);
    })
}
