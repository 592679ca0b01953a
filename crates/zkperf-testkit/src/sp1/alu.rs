//! Computational instructions, jumps, and the encodings that SP1's decoder takes although the ISA
//! does not know them.

use super::frame::*;
use crate::asm::Asm;
use crate::inst::*;
use crate::values::INTERESTING;

/// Names of the register instructions of RV64IM.
pub(super) fn register_names() -> Vec<&'static str> {
    let rows = R_TYPES.iter().filter(|row| {
        matches!(row.funct7, 0 | 1) || (row.funct7 == 32 && matches!(row.funct3, 0 | 5))
    });
    rows.map(|row| row.name).collect()
}

/// Immediate instructions of RV64I with the bits of their immediates.
pub(super) const IMMEDIATES: [(&str, u32); 13] = [
    ("addi", 12),
    ("slti", 12),
    ("sltiu", 12),
    ("xori", 12),
    ("ori", 12),
    ("andi", 12),
    ("addiw", 12),
    ("slli", 6),
    ("srli", 6),
    ("srai", 6),
    ("slliw", 5),
    ("srliw", 5),
    ("sraiw", 5),
];

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    all.push(Sp1Guest::new("alu_register", register_grid()));
    all.push(Sp1Guest::new("alu_immediate", immediate_grid()));
    all.push(Sp1Guest::new("alu_zero_register", zero_registers()));
    all.push(Sp1Guest::new("alu_same_registers", same_registers()));
    all.push(Sp1Guest::new("alu_lenient_encodings", lenient()));
    all.push(Sp1Guest::new("branches", branches()));
    all.push(Sp1Guest::new("jumps", jumps()));
    all.push(Sp1Guest::new("calls_stripped", stripped()));
}

fn table() -> (u64, u64) {
    (DATA, DATA + 8 * INTERESTING.len() as u64)
}

fn register_grid() -> Asm {
    program(
        |a| {
            for_each(a, S1, S2, table(), |a| {
                for_each(a, S3, S4, table(), |a| {
                    a.load("ld", A1, S1, 0);
                    a.load("ld", A2, S3, 0);
                    for name in register_names() {
                        a.r(name, A3, A1, A2);
                        mix(a, A3);
                    }
                });
            });
        },
        |a| a.ro_words(DATA, INTERESTING),
    )
}

fn immediate_grid() -> Asm {
    program(
        |a| {
            for_each(a, S1, S2, table(), |a| {
                a.load("ld", A1, S1, 0);
                for (name, bits) in IMMEDIATES {
                    let immediates: &[i64] = match bits {
                        12 => &[0, 1, 8, 63, 2047, -1, -64, -2048],
                        6 => &[0, 1, 31, 32, 63],
                        _ => &[0, 1, 16, 31],
                    };
                    for &immediate in immediates {
                        a.i(name, A3, A1, immediate);
                        mix(a, A3);
                    }
                }
            });
        },
        |a| a.ro_words(DATA, INTERESTING),
    )
}

fn zero_registers() -> Asm {
    program(
        |a| {
            a.li(A1, 0x1234_5678_9abc_def0);
            a.li(A2, 77);
            for name in register_names() {
                for (rd, rs1, rs2) in [
                    (A3, ZERO, A2),
                    (A3, A1, ZERO),
                    (A3, ZERO, ZERO),
                    (ZERO, A1, A2),
                ] {
                    a.r(name, rd, rs1, rs2);
                    mix(a, rd);
                }
            }
            for (name, _) in IMMEDIATES {
                a.i(name, A3, ZERO, 5);
                mix(a, A3);
                a.i(name, ZERO, A1, 5);
                mix(a, ZERO);
            }
            for load in LOADS {
                a.load(load.name, ZERO, SP, 0);
            }
            a.lui(ZERO, 0x12345);
            a.auipc(ZERO, 1);
            a.lui(A2, 0x80000);
            mix(a, A2);
            a.auipc(A2, 0xfffff);
            mix(a, A2);
        },
        |_| (),
    )
}

fn same_registers() -> Asm {
    program(
        |a| {
            for name in register_names() {
                for (rd, rs1, rs2) in [(A1, A1, A2), (A2, A1, A2), (A3, A1, A1), (A1, A1, A1)] {
                    a.li(A1, 0xfedc_ba98_7654_3210);
                    a.li(A2, 13);
                    a.r(name, rd, rs1, rs2);
                    mix(a, rd);
                }
            }
        },
        |_| (),
    )
}

/// Upper bits that the decoder does not look at.
fn lenient() -> Asm {
    program(
        |a| {
            a.li(A1, 0xfedc_ba98_7654_3210);
            a.li(A2, 13);
            let register = |funct7: u32, funct3: u32| {
                funct7 << 25 | 12 << 20 | 11 << 15 | funct3 << 12 | 13 << 7 | 59
            };
            for (funct7, funct3) in [(5, 1), (64, 1), (0, 4), (9, 4), (0, 6), (33, 6), (32, 7)] {
                a.word(register(funct7, funct3));
                mix(a, A3);
            }
            for upper in [0x400u32, 0x800, 0xfc0] {
                a.word(encode_imm(19, 1, A3, A1, upper | 7));
                mix(a, A3);
                a.word(encode_imm(27, 1, A3, A1, upper | 7));
                mix(a, A3);
            }
            a.word(encode_imm(27, 1, A3, A1, 0x27));
            mix(a, A3);
            // jalr with another funct3: over one instruction.
            a.auipc(T1, 0);
            a.word(encode_imm(103, 5, ZERO, T1, 12));
            a.li(A3, 1);
            mix(a, A3);
        },
        |_| (),
    )
}

fn branches() -> Asm {
    program(
        |a| {
            for_each(a, S1, S2, table(), |a| {
                for_each(a, S3, S4, table(), |a| {
                    a.load("ld", A1, S1, 0);
                    a.load("ld", A2, S3, 0);
                    for (name, _) in BRANCHES {
                        let over = a.label();
                        a.branch(name, A1, A2, over);
                        a.addi(S0, S0, 1);
                        a.bind(over);
                        mix(a, A1);
                    }
                });
            });
        },
        |a| a.ro_words(DATA, INTERESTING),
    )
}

/// Calls, returns, tail calls, recursion, millicode by x5, running on into the next function.
fn jumps() -> Asm {
    program(
        |a| {
            let (leaf, tail, recursive, milli, falls) =
                (a.label(), a.label(), a.label(), a.label(), a.label());
            a.call(leaf);
            a.far_call(RA, RA, tail);
            a.li(A0, 9);
            a.call(recursive);
            a.far_call(T0, T0, milli);
            a.call(falls);
            a.la(T1, leaf);
            a.jalr(RA, T1, 0);
            let over = a.label();
            a.j(over);
            a.func_at("leaf", leaf);
            mix(a, SP);
            a.ret();
            a.func_at("tail", tail);
            mix(a, RA);
            a.far_call(ZERO, T1, leaf);
            a.func_at("recursive", recursive);
            a.addi(SP, SP, -16);
            a.store("sd", RA, SP, 0);
            mix(a, A0);
            a.addi(A0, A0, -1);
            let done = a.label();
            a.branch("beq", A0, ZERO, done);
            a.call(recursive);
            a.bind(done);
            a.load("ld", RA, SP, 0);
            a.addi(SP, SP, 16);
            a.ret();
            a.func_at("milli", milli);
            mix(a, T0);
            a.jalr(ZERO, T0, 0);
            a.func_at("falls", falls);
            mix(a, RA);
            a.func("into");
            mix(a, S0);
            // A branch that leaves the function.
            let elsewhere = a.label();
            a.branch("bne", SP, ZERO, elsewhere);
            a.func_at("elsewhere", elsewhere);
            mix(a, SP);
            a.ret();
            a.func("rest");
            a.bind(over);
        },
        |_| (),
    )
}

fn stripped() -> Asm {
    let mut a = jumps();
    a.strip();
    a
}
