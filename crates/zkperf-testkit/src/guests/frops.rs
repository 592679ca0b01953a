//! Frequent operations: points inside, outside and on every edge of every box that a RISC-V
//! instruction can reach. Boxes are taken from `zisk_core::frops` itself.

use zisk_core::frops::{frops_regions, FropsRegion};
use zisk_core::zisk_ops::ZiskOp;

use crate::asm::{Asm, RO_ADDR};
use crate::guest::{for_each, mix, program, Guest};
use crate::inst::*;

pub(super) fn add(all: &mut Vec<Guest>) {
    for op in R_TYPES {
        if op.name.ends_with(".uw") {
            continue; // Two operations; the first one changes the operand.
        }
        let points = points(op.zisk);
        if !points.is_empty() {
            all.push(Guest::new(
                &format!("frops_{}", op.name),
                on_points(&points, |a| {
                    a.r(op.name, A3, A1, A2);
                    mix(a, A3);
                }),
            ));
        }
    }
    for (name, zisk) in [("beq", "eq"), ("blt", "lt"), ("bltu", "ltu")] {
        all.push(Guest::new(
            &format!("frops_{name}"),
            on_points(&points(zisk), |a| {
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
    ] {
        all.push(Guest::new(
            &format!("frops_{name}"),
            on_points(&points(zisk), |a| {
                a.i(name, A3, A2, 0);
                mix(a, A3);
            }),
        ));
    }
    all.push(Guest::new("frops_immediates", immediates()));
    for (name, load, base) in [
        ("frops_lb_stack", "lb", 0xa03f_bff0u64),
        ("frops_lb_stack_top", "lb", 0xa03f_eff0),
        ("frops_lw_ram_1", "lw", 0xaabc_8ff0),
        ("frops_lw_ram_2", "lw", 0xaac0_bff0),
        ("frops_lw_ram_3", "lw", 0xaacb_0000 - 16),
    ] {
        all.push(Guest::new(name, sign_loads_ram(load, base)));
    }
    all.push(Guest::new("frops_lh_rom", sign_loads_rom()));
}

/// Operand pairs around the edges of the boxes of an operation.
fn points(zisk: &str) -> Vec<(u64, u64)> {
    let Ok(op) = ZiskOp::try_from_name(zisk) else {
        panic!("ZisK has no operation {zisk}");
    };
    let mut points = Vec::new();
    for region in frops_regions(op.code()) {
        for a in edges_a(region) {
            for b in edges_b(region) {
                points.push((a, b));
            }
        }
    }
    points
}

fn edges_a(r: &FropsRegion) -> Vec<u64> {
    let last = r
        .a_lo
        .wrapping_add((r.a_count - 1).wrapping_mul(r.a_stride));
    let middle = r.a_lo + (r.a_count / 2) * r.a_stride;
    let mut edges = vec![
        r.a_lo.wrapping_sub(r.a_stride),
        r.a_lo.wrapping_sub(1),
        r.a_lo,
        r.a_lo.wrapping_add(1),
        r.a_lo.wrapping_add(r.a_stride),
        middle,
        middle.wrapping_add(r.a_stride / 2),
        last,
        last.wrapping_add(1),
        last.wrapping_add(r.a_stride),
        r.a_lo ^ (1 << 32),
        r.a_lo ^ (1 << 63),
    ];
    edges.sort_unstable();
    edges.dedup();
    edges
}

fn edges_b(r: &FropsRegion) -> Vec<u64> {
    let last = r.b_lo + (r.b_count - 1);
    let mut edges = vec![
        r.b_lo.wrapping_sub(1),
        r.b_lo,
        r.b_lo + r.b_count / 2,
        last,
        last.wrapping_add(1),
        r.b_lo ^ (1 << 32),
    ];
    edges.sort_unstable();
    edges.dedup();
    edges
}

/// Runs `body` with a1, a2 on every point.
fn on_points(points: &[(u64, u64)], body: impl FnOnce(&mut Asm)) -> Asm {
    let words: Vec<u64> = points.iter().flat_map(|&(a, b)| [a, b]).collect();
    let end = RO_ADDR + 8 * words.len() as u64;
    program(
        |a| {
            for_each(a, S1, S2, RO_ADDR, end, 16, |a| {
                a.load("ld", A1, S1, 0);
                a.load("ld", A2, S1, 8);
                body(a);
            });
        },
        |a| a.ro_words(RO_ADDR, &words),
    )
}

/// Immediate operands: the same operations with b in the instruction.
fn immediates() -> Asm {
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
    let end = RO_ADDR + 8 * values.len() as u64;
    program(
        |a| {
            for_each(a, S1, S2, RO_ADDR, end, 8, |a| {
                a.load("ld", A1, S1, 0);
                for op in I_TYPES.iter().filter(|o| o.bits > 0) {
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
        |a| a.ro_words(RO_ADDR, &values),
    )
}

/// Sign-extending loads: `a` is the base register, `b` the zero-extended value.
fn sign_loads_ram(load: &'static str, base: u64) -> Asm {
    program(
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
fn sign_loads_rom() -> Asm {
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
