//! Instructions: every one of RV32IM, jumps, calls, page ends.

use super::frame::{mix, nops, repeat, Guest, DATA};
use crate::asm::Asm;
use crate::inst::*;

/// Register-register instructions of RV32IM.
pub(super) const REGISTER: &[&str] = &[
    "add", "sub", "sll", "slt", "sltu", "xor", "srl", "sra", "or", "and", "mul", "mulh", "mulhsu",
    "mulhu", "div", "divu", "rem", "remu",
];
/// Instructions with an immediate.
pub(super) const IMMEDIATE: &[&str] = &["addi", "slti", "sltiu", "xori", "ori", "andi"];
/// Shifts by an immediate.
pub(super) const SHIFTS: &[&str] = &["slli", "srli", "srai"];
/// Loads with the bytes they take.
pub(super) const LOADS: &[(&str, u32)] = &[("lb", 1), ("lbu", 1), ("lh", 2), ("lhu", 2), ("lw", 4)];
/// Stores with the bytes they take.
pub(super) const STORES: &[(&str, u32)] = &[("sb", 1), ("sh", 2), ("sw", 4)];
/// Branches.
pub(super) const BRANCHES: &[&str] = &["beq", "bne", "blt", "bge", "bltu", "bgeu"];
/// Operands on the edges of rules.
pub(super) const VALUES: &[u32] = &[
    0,
    1,
    2,
    31,
    32,
    33,
    255,
    0x7fff,
    0x8000,
    0xffff,
    0x7fff_ffff,
    0x8000_0000,
    0x8000_0001,
    0xffff_fffe,
    0xffff_ffff,
    0x1234_5678,
];

pub(super) fn guests() -> Vec<Guest> {
    vec![
        Guest::new("compute_register", |a| {
            for &x in VALUES {
                a.li32(A0, x);
                for &y in VALUES {
                    a.li32(A1, y);
                    for name in REGISTER {
                        a.r(name, A2, A0, A1);
                        mix(a, A2);
                    }
                }
            }
        }),
        Guest::new("compute_immediate", immediates),
        Guest::new("compute_same_register", |a| {
            for name in REGISTER {
                a.li32(A0, 0x8765_4321);
                a.r(name, A0, A0, A0);
                mix(a, A0);
                a.r(name, ZERO, S11, S11);
                mix(a, ZERO);
            }
        }),
        Guest::new("compute_memory", memory),
        Guest::new("compute_branches", branches),
        Guest::new("compute_upper", |a| {
            for page in [0, 1, 0x7ffff, 0x80000, 0xfffff] {
                a.lui(A0, page);
                mix(a, A0);
                a.auipc(A0, page);
                mix(a, A0);
                a.auipc(ZERO, page);
            }
        }),
        calls(),
        odd_encodings(),
        page_ends(),
        stripped(),
        blob(),
    ]
}

fn immediates(a: &mut Asm) {
    for &x in VALUES {
        a.li32(A0, x);
        for imm in [0, 1, -1, 2047, -2048, 255] {
            for name in IMMEDIATE {
                a.i(name, A2, A0, imm);
                mix(a, A2);
            }
        }
        for shift in [0, 1, 15, 31] {
            for name in SHIFTS {
                a.i(name, A2, A0, shift);
                mix(a, A2);
            }
        }
    }
}

fn memory(a: &mut Asm) {
    a.li32(S2, DATA + 64);
    for &(name, size) in LOADS {
        for offset in (-32..32).step_by(size as usize) {
            a.load(name, A0, S2, offset);
            mix(a, A0);
        }
        a.load(name, ZERO, S2, 0);
    }
    for &(name, size) in STORES {
        for offset in (-32..32).step_by(size as usize) {
            a.store(name, S11, S2, offset);
            a.load("lw", A0, S2, offset & !3);
            mix(a, A0);
        }
    }
}

fn branches(a: &mut Asm) {
    for name in BRANCHES {
        for &x in VALUES {
            for &y in &[0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, x] {
                a.li32(A0, x);
                a.li32(A1, y);
                let over = a.label();
                a.branch(name, A0, A1, over);
                mix(a, A0);
                a.bind(over);
                mix(a, A1);
            }
        }
    }
}

/// Calls near and indirect, recursion, tail calls, a return through t0, a loop over all of it.
fn calls() -> Guest {
    let labels = std::cell::OnceCell::<[crate::asm::Label; 5]>::new();
    let body = |a: &mut Asm| {
        let made = labels.get_or_init(|| std::array::from_fn(|_| a.label()));
        let [leaf, recursive, tail, indirect, via_t0] = *made;
        repeat(a, 7, |a| {
            a.call(leaf);
            a.li32(A0, 6);
            a.call(recursive);
            a.call(tail);
            a.la(A5, indirect);
            a.jalr(RA, A5, 0);
            a.jal(T0, via_t0);
            a.far_call(RA, RA, leaf);
        });
    };
    let functions = |a: &mut Asm| {
        let [leaf, recursive, tail, indirect, via_t0] = *labels.get().expect("made by the body");
        a.func_at("leaf", leaf);
        mix(a, A0);
        a.ret();
        a.func_at("recursive", recursive);
        let done = a.label();
        a.branch("beq", A0, ZERO, done);
        a.addi(SP, SP, -16);
        a.store("sw", RA, SP, 12);
        a.addi(A0, A0, -1);
        a.call(recursive);
        mix(a, A0);
        a.load("lw", RA, SP, 12);
        a.addi(SP, SP, 16);
        a.bind(done);
        a.ret();
        a.func_at("tail", tail);
        mix(a, SP);
        a.j(leaf);
        a.func_at("indirect", indirect);
        mix(a, RA);
        // Runs on into the next function.
        a.func_at("via_t0", via_t0);
        let back_by_t0 = a.label();
        a.branch("beq", A5, ZERO, back_by_t0);
        a.li32(A5, 0);
        a.ret();
        a.bind(back_by_t0);
        a.jalr(ZERO, T0, 0);
    };
    Guest::with_tail("compute_calls", body, functions)
}

/// Encodings that the circuit takes though the ISA manual does not.
fn odd_encodings() -> Guest {
    Guest::new("compute_odd_encodings", |a| {
        // jalr with funct3 = 7.
        let over = a.label();
        a.la(A0, over);
        a.word(0x67 | 7 << 12 | 10 << 15 | 11 << 7);
        mix(a, A0);
        a.bind(over);
        mix(a, A1);
        // jalr to an odd address clears bit 0.
        let over = a.label();
        a.la(A0, over);
        a.jalr(A1, A0, 1);
        mix(a, A0);
        a.bind(over);
        mix(a, A1);
        // ecall with rd and rs1 set: INPUT of word 3.
        a.li32(T0, 1);
        a.li32(A0, 3);
        a.word(0x73 | 9 << 7 | 17 << 15);
        mix(a, A0);
    })
}

/// Loops and jumps across the ends of code pages.
fn page_ends() -> Guest {
    Guest::new("compute_page_ends", |a| {
        for pad in [0usize, 1, 2] {
            // Code pages are 256 words; end a loop's body around a page's end.
            let here = (a.here() / 4) as usize % 256;
            nops(a, (256 - here + 256 - 3 + pad) % 256);
            repeat(a, 40, |a| {
                mix(a, S8);
                nops(a, 2);
            });
        }
        repeat(a, 3, |a| nops(a, 600));
    })
}

fn stripped() -> Guest {
    let mut asm = super::frame::program(|a| repeat(a, 9, |a| mix(a, S8)), |_| ());
    asm.strip();
    Guest {
        name: "compute_stripped".into(),
        elf: asm.elf32(),
        ..Guest::default()
    }
}

/// A user ELF in an `R0BF` program binary, beside the default kernel (which the caller appends).
fn blob() -> Guest {
    let user = super::frame::program(|a| repeat(a, 5, |a| mix(a, S8)), |_| ()).elf32();
    let header = b"\x01\0\0\0\x08\0\0\0\0\0\x051.0.0";
    let mut elf = b"R0BF\x01\0\0\0".to_vec();
    elf.extend((header.len() as u32).to_le_bytes());
    elf.extend(header);
    elf.extend((user.len() as u32).to_le_bytes());
    elf.extend(user);
    Guest {
        name: "compute_blob".into(),
        elf,
        ..Guest::default()
    }
}
