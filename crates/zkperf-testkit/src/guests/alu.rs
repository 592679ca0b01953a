//! Computational instructions: every opcode, operand edges, zero registers, moves and hints.

use crate::asm::Asm;
use crate::guest::{for_each, mix, program, Guest};
use crate::inst::*;
use crate::target::Target;
use crate::values::INTERESTING;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("alu_register", register_grid(t)));
    all.push(Guest::new("alu_immediate", immediate_grid(t)));
    all.push(Guest::new("alu_zero_registers", zero_registers(t)));
    all.push(Guest::new("alu_same_registers", same_registers(t)));
    all.push(Guest::new("alu_moves_and_hints", moves_and_hints(t)));
    all.push(Guest::new("alu_cheap_add", cheap_add(t)));
    all.push(Guest::new("branches", branches(t)));
}

fn table_end(t: Target) -> u64 {
    t.ro + 8 * INTERESTING.len() as u64
}

/// Every register instruction on every pair of interesting values.
fn register_grid(t: Target) -> Asm {
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, table_end(t), 8, |a| {
                for_each(a, S3, S4, t.ro, table_end(t), 8, |a| {
                    a.load("ld", A1, S1, 0);
                    a.load("ld", A2, S3, 0);
                    for op in t.r_types() {
                        a.r(op.name, A3, A1, A2);
                        mix(a, A3);
                    }
                });
            });
        },
        |a| a.ro_words(t.ro, INTERESTING),
    )
}

/// Every immediate instruction with edge immediates on every interesting value.
fn immediate_grid(t: Target) -> Asm {
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, table_end(t), 8, |a| {
                a.load("ld", A1, S1, 0);
                for op in t.i_types() {
                    let immediates: &[i64] = match op.bits {
                        12 => &[0, 1, 2, 8, 63, 69, 255, 2047, -1, -2, -64, -2048],
                        6 => &[0, 1, 3, 8, 31, 32, 56, 63],
                        5 => &[0, 1, 7, 16, 31],
                        _ => &[0],
                    };
                    for &immediate in immediates {
                        a.i(op.name, A3, A1, immediate);
                        mix(a, A3);
                    }
                }
            });
        },
        |a| a.ro_words(t.ro, INTERESTING),
    )
}

/// x0 as destination, as each source, and as both: some become `copyb`, none may change x0.
fn zero_registers(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, 0x1234_5678_9abc_def0);
            a.li(A2, 77);
            for op in t.r_types() {
                for (rd, rs1, rs2) in [
                    (A3, ZERO, A2),
                    (A3, A1, ZERO),
                    (A3, ZERO, ZERO),
                    (ZERO, A1, A2),
                    (ZERO, ZERO, ZERO),
                ] {
                    // `pack rd, rs, x0` in its word form is zext.h: the same instruction.
                    a.r(op.name, rd, rs1, rs2);
                    mix(a, rd);
                }
            }
            for op in t.i_types() {
                let immediate = if op.bits == 0 { 0 } else { 5 };
                a.i(op.name, A3, ZERO, immediate);
                mix(a, A3);
                a.i(op.name, ZERO, A1, immediate);
                mix(a, ZERO);
                a.i(op.name, ZERO, ZERO, immediate);
                if op.bits != 0 {
                    a.i(op.name, A3, ZERO, 0);
                    mix(a, A3);
                }
            }
            for op in LOADS {
                a.load(op.name, ZERO, SP, 0);
            }
        },
        |_| (),
    )
}

/// rd = rs1, rd = rs2, rs1 = rs2 and all three the same.
fn same_registers(t: Target) -> Asm {
    program(
        t,
        |a| {
            for op in t.r_types() {
                for (rd, rs1, rs2) in [(A1, A1, A2), (A2, A1, A2), (A3, A1, A1), (A1, A1, A1)] {
                    a.li(A1, 0xfedc_ba98_7654_3210);
                    a.li(A2, 13);
                    a.r(op.name, rd, rs1, rs2);
                    mix(a, rd);
                }
            }
        },
        |_| (),
    )
}

/// Everything that is lowered to `copyb` or `flag`, beside the instruction it is not.
fn moves_and_hints(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, 0xdead_beef);
            a.addi(A2, A1, 0);
            mix(a, A2);
            a.i("ori", A2, A1, 0);
            mix(a, A2);
            a.i("xori", A2, A1, 0);
            mix(a, A2);
            a.i("andi", A2, A1, 0);
            mix(a, A2);
            a.i("addiw", A2, A1, 0);
            mix(a, A2);
            a.addi(A2, ZERO, -5);
            mix(a, A2);
            a.i("xori", A2, ZERO, -1);
            mix(a, A2);
            a.i("ori", A2, ZERO, 9);
            mix(a, A2);
            a.i("addiw", A2, ZERO, 9);
            mix(a, A2);
            a.addi(A2, ZERO, 0);
            mix(a, A2);
            a.lui(A2, 0x80000);
            mix(a, A2);
            a.lui(ZERO, 0x12345);
            a.auipc(A2, 0);
            mix(a, A2);
            a.auipc(A2, 0xfffff);
            mix(a, A2);
            a.auipc(ZERO, 1);
            // nop, hints, fences.
            a.addi(ZERO, ZERO, 0);
            a.addi(ZERO, A1, 0);
            a.addi(ZERO, A1, 5);
            a.addi(ZERO, ZERO, 7);
            a.i("addiw", ZERO, ZERO, 0);
            a.i("addiw", ZERO, ZERO, 1);
            a.word(0x0ff0_000f);
            a.word(0x0000_100f);
        },
        |_| (),
    )
}

/// Additions around the cheap variant: hi(a) = hi(c) = 0 and hi(b) all zeros or all ones.
fn cheap_add(t: Target) -> Asm {
    let values: &[u64] = &[
        0,
        68,
        69,
        4012,
        4013,
        0x7fff_ffff,
        0xffff_fffe,
        0xffff_ffff,
        0x1_0000_0000,
        0xa03f_1000,
        0xa03f_1008,
        0xa03f_efff,
        0xffff_ffff_0000_0000,
        0xffff_ffff_ffff_0000,
        0xffff_ffff_ffff_ffff,
        0xffff_fffe_ffff_ffff,
        0x0000_0001_ffff_ffff,
        0x8000_0000_0000_0000,
    ];
    let end = t.ro + 8 * values.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, end, 8, |a| {
                for_each(a, S3, S4, t.ro, end, 8, |a| {
                    a.load("ld", A1, S1, 0);
                    a.load("ld", A2, S3, 0);
                    a.r("add", A3, A1, A2);
                    mix(a, A3);
                    a.addi(A3, A1, -1);
                    mix(a, A3);
                    a.addi(A3, A1, 2047);
                    mix(a, A3);
                    if t.zba {
                        a.r("add.uw", A3, A1, A2);
                        mix(a, A3);
                    }
                });
            });
        },
        |a| a.ro_words(t.ro, values),
    )
}

/// Every branch, taken and not, forward and backward, on every pair of interesting values.
fn branches(t: Target) -> Asm {
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, table_end(t), 8, |a| {
                for_each(a, S3, S4, t.ro, table_end(t), 8, |a| {
                    a.load("ld", A1, S1, 0);
                    a.load("ld", A2, S3, 0);
                    for (name, _) in BRANCHES {
                        let over = a.label();
                        a.branch(name, A1, A2, over);
                        a.addi(S0, S0, 3);
                        a.bind(over);
                        let over = a.label();
                        a.branch(name, A1, ZERO, over);
                        a.addi(S0, S0, 5);
                        a.bind(over);
                        let over = a.label();
                        a.branch(name, ZERO, A2, over);
                        a.addi(S0, S0, 7);
                        a.bind(over);
                    }
                });
            });
            a.li(A1, 10);
            let back = a.label_here();
            a.addi(A1, A1, -1);
            a.branch("bne", A1, ZERO, back);
        },
        |a| a.ro_words(t.ro, INTERESTING),
    )
}
