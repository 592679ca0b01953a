//! Frequent operations: points inside, outside and on every edge of every box that a RISC-V
//! instruction can reach.

use super::frop_boxes::{boxes, Frop};
use crate::asm::Asm;
use crate::guest::{for_each, mix, program, Guest};
use crate::inst::*;
use crate::target::{Target, ZISK_1_4_0};

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    for op in t.r_types() {
        if op.name.ends_with(".uw") {
            continue; // Two operations; the first one changes the operand.
        }
        let points = points(t, op.zisk);
        if !points.is_empty() {
            all.push(Guest::new(
                &format!("frops_{}", op.name),
                on_points(t, &points, |a| {
                    a.r(op.name, A3, A1, A2);
                    mix(a, A3);
                }),
            ));
        }
    }
    for (name, zisk) in [("beq", "eq"), ("blt", "lt"), ("bltu", "ltu")] {
        all.push(Guest::new(
            &format!("frops_{name}"),
            on_points(t, &points(t, zisk), |a| {
                let over = a.label();
                a.branch(name, A1, A2, over);
                a.addi(S0, S0, 1);
                a.bind(over);
            }),
        ));
    }
    for (name, zisk) in [
        ("sext.b", "signextend_b"),
        ("sext.h", "signextend_h"),
        ("rev8", "rev8"),
        ("clz", "clz"),
        ("clzw", "clz_w"),
        ("cpop", "cpop"),
        ("orc.b", "orc_b"),
        ("ctz", "ctz"),
        ("cpopw", "cpop_w"),
    ] {
        if boxes(t, zisk).is_empty() {
            continue;
        }
        all.push(Guest::new(
            &format!("frops_{name}"),
            on_points(t, &points(t, zisk), |a| {
                a.i(name, A3, A2, 0);
                mix(a, A3);
            }),
        ));
    }
    all.push(Guest::new("frops_immediates", immediates(t)));
    for &(name, zisk) in IMMEDIATES {
        if !boxes(t, zisk).is_empty() {
            all.push(Guest::new(
                &format!("frops_{name}"),
                immediate_edges(t, name, zisk),
            ));
        }
    }
    for (index, frop) in boxes(t, "signextend_w").iter().enumerate() {
        if (t.code..t.code + 0x0800_0000).contains(&frop.a_lo) {
            all.push(Guest::new(
                &format!("frops_lw_rom_{index}"),
                sign_loads_of(t, frop),
            ));
        }
    }
    if t != ZISK_1_4_0 {
        return;
    }
    // The places of 1.4.0-alpha's boxes.
    for (name, load, base) in [
        ("frops_lb_stack", "lb", 0xa03f_bff0u64),
        ("frops_lb_stack_top", "lb", 0xa03f_eff0),
        ("frops_lw_ram_1", "lw", 0xaabc_8ff0),
        ("frops_lw_ram_2", "lw", 0xaac0_bff0),
        ("frops_lw_ram_3", "lw", 0xaacb_0000 - 16),
    ] {
        all.push(Guest::new(name, sign_loads_ram(t, load, base)));
    }
    all.push(Guest::new("frops_lh_rom", sign_loads_rom(t)));
}

/// Operand pairs around the edges of the boxes of an operation.
fn points(t: Target, zisk: &str) -> Vec<(u64, u64)> {
    let mut points = Vec::new();
    for frop in boxes(t, zisk) {
        for a in frop.edges_a() {
            for b in frop.edges_b() {
                points.push((a, b));
            }
        }
    }
    points
}

/// Runs `body` with a1, a2 on every point.
fn on_points(t: Target, points: &[(u64, u64)], body: impl FnOnce(&mut Asm)) -> Asm {
    let words: Vec<u64> = points.iter().flat_map(|&(a, b)| [a, b]).collect();
    let end = t.ro + 8 * words.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, end, 16, |a| {
                a.load("ld", A1, S1, 0);
                a.load("ld", A2, S1, 8);
                body(a);
            });
        },
        |a| a.ro_words(t.ro, &words),
    )
}

/// Immediate operands: the same operations with b in the instruction.
fn immediates(t: Target) -> Asm {
    let values: Vec<u64> = [
        0u64, 1, 34, 35, 68, 69, 170, 255, 256, 327, 328, 1109, 1435, 1436, 2046, 4012, 4013, 4095,
        4096, 8191, 8192, 24575, 24576, 28672,
    ]
    .into_iter()
    .chain([
        0xa03f_1000,
        0xa03f_1004,
        0xa03f_eff8,
        0xa03f_f000,
        0xffff_ffff_ffff_ff80,
    ])
    .collect();
    let end = t.ro + 8 * values.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, end, 8, |a| {
                a.load("ld", A1, S1, 0);
                for op in t.i_types().into_iter().filter(|o| o.bits > 0) {
                    let list: &[i64] = match op.bits {
                        12 => &[0, 1, 7, 8, 34, 35, 68, 69, 256, 257, 608, 609, 2047, -1],
                        6 => &[0, 1, 2, 3, 8, 9, 11, 12, 16, 17, 32, 63],
                        _ => &[0, 3, 4, 6, 7, 11, 12, 31],
                    };
                    for &immediate in list {
                        a.i(op.name, A3, A1, immediate);
                        mix(a, A3);
                    }
                }
            });
        },
        |a| a.ro_words(t.ro, &values),
    )
}

/// Instructions with an immediate, and the operation each becomes.
const IMMEDIATES: &[(&str, &str)] = &[
    ("addi", "add"),
    ("slti", "lt"),
    ("sltiu", "ltu"),
    ("xori", "xor"),
    ("ori", "or"),
    ("andi", "and"),
    ("addiw", "add_w"),
    ("slli", "sll"),
    ("srli", "srl"),
    ("srai", "sra"),
    ("slliw", "sll_w"),
    ("srliw", "srl_w"),
    ("sraiw", "sra_w"),
    ("rori", "ror"),
    ("roriw", "ror_w"),
    ("bseti", "bset"),
    ("bclri", "bclr"),
    ("binvi", "binv"),
    ("bexti", "bext"),
];

/// Every edge of an operation's boxes, with b in the instruction where it has room for it.
fn immediate_edges(t: Target, name: &'static str, zisk: &str) -> Asm {
    let boxes = boxes(t, zisk);
    let values: Vec<u64> = boxes.iter().flat_map(Frop::edges_a).collect();
    let bits = I_TYPES.iter().find(|op| op.name == name).map(|op| op.bits);
    let range = match bits {
        Some(12) => -2048..2048,
        Some(bits) => 0..1 << bits,
        None => panic!("no immediate instruction {name}"),
    };
    let mut immediates: Vec<i64> = boxes
        .iter()
        .flat_map(Frop::edges_b)
        .map(|b| b as i64)
        .collect();
    immediates.retain(|b| range.contains(b));
    immediates.sort_unstable();
    immediates.dedup();
    let end = t.ro + 8 * values.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, t.ro, end, 8, |a| {
                a.load("ld", A1, S1, 0);
                for &immediate in &immediates {
                    a.i(name, A3, A1, immediate);
                    mix(a, A3);
                }
            });
        },
        |a| a.ro_words(t.ro, &values),
    )
}

/// Loads of constants at both ends of a box that lies in the ROM.
fn sign_loads_of(t: Target, frop: &Frop) -> Asm {
    let start = frop.a_lo - 64;
    let length = frop.last_a() + 64 - start;
    // Words of 0 and others.
    let bytes = (0..length).map(|i| if i / 16 % 3 == 2 { i as u8 } else { 0 });
    let bytes: Vec<u8> = bytes.collect();
    program(
        t,
        |a| {
            for edge in [frop.a_lo, frop.last_a()] {
                for_each(a, S1, S2, edge - 48, edge + 48, 1, |a| {
                    for load in ["lh", "lw", "lb"] {
                        a.load(load, A3, S1, 0);
                        mix(a, A3);
                        a.load(load, A3, S1, 8);
                        mix(a, A3);
                        a.load(load, A3, S1, -8);
                        mix(a, A3);
                    }
                });
            }
        },
        |a| a.ro(start, bytes),
    )
}

/// Sign-extending loads: `a` is the base register, `b` the zero-extended value.
fn sign_loads_ram(t: Target, load: &'static str, base: u64) -> Asm {
    program(
        t,
        |a| {
            for value in [0u64, 1, 14, 15, 100, 251, 252, 255] {
                a.li(A2, value);
                for_each(a, S1, S2, base, base + 32, 1, |a| {
                    a.store("sd", A2, S1, 0);
                    a.load(load, A3, S1, 0);
                    mix(a, A3);
                    a.load(load, A3, S1, 4);
                    mix(a, A3);
                    a.load(load, A3, S1, -1);
                    mix(a, A3);
                });
            }
        },
        |_| (),
    )
}

/// Half-word and word loads of constants at the ROM addresses of the boxes.
fn sign_loads_rom(t: Target) -> Asm {
    let start = 0x900d_4f00u64;
    let mut bytes = vec![0u8; 0x1200];
    for (i, byte) in bytes.iter_mut().enumerate() {
        // Halves of 0..6, words of 100, and others.
        *byte = match (i / 64 % 4, i % 2) {
            (0, 0) => (i / 2 % 8) as u8,
            (1, 0) if i % 4 == 0 => 100,
            (2, _) => i as u8,
            _ => 0,
        };
    }
    program(
        t,
        |a| {
            for_each(a, S1, S2, start + 0x80, start + 0x200, 1, |a| {
                for load in ["lh", "lw", "lb"] {
                    a.load(load, A3, S1, 0);
                    mix(a, A3);
                }
            });
            for_each(a, S1, S2, start + 0x10c0, start + 0x1140, 1, |a| {
                for load in ["lh", "lw", "lb"] {
                    a.load(load, A3, S1, 0);
                    mix(a, A3);
                    a.load(load, A3, S1, -2);
                    mix(a, A3);
                }
            });
        },
        |a| a.ro(start, bytes),
    )
}
