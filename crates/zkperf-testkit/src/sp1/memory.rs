//! Loads and stores: widths, offsets, places, first touches.

use super::frame::*;
use crate::asm::Asm;
use crate::elf::Segment;
use crate::inst::*;
use crate::values::INTERESTING;

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    all.push(Sp1Guest::new("memory_widths", widths()));
    all.push(Sp1Guest::new("memory_places", places()));
    all.push(Sp1Guest::new("memory_segments", segments()));
    all.push(Sp1Guest::new("memory_x0", into_x0()));
}

/// Every load and store at every offset its width allows.
fn widths() -> Asm {
    program(
        |a| {
            a.li(S1, SCRATCH);
            a.li(S2, 0x8182_8384_8586_8788);
            for store in STORES {
                a.store("sd", S0, S1, 0);
                for offset in (0..8).step_by(store.width as usize) {
                    a.store(store.name, S2, S1, offset);
                    for load in LOADS {
                        let at = offset & -(load.width as i32);
                        a.load(load.name, A3, S1, at);
                        mix(a, A3);
                    }
                }
            }
            a.store("sd", S2, S1, -2048);
            a.store("sd", S2, S1, 2040);
            a.load("ld", A3, S1, -2048);
            mix(a, A3);
        },
        |_| (),
    )
}

/// The first words of memory (where registers have their addresses), the stack, the code, the end.
fn places() -> Asm {
    program(
        |a| {
            for address in [
                0,
                8,
                16,
                24,
                32,
                0x1000,
                CODE - 0x100,
                CODE,
                1 << 32,
                (1 << 37) - 8,
                (1 << 40) - 8,
            ] {
                a.li(S1, address);
                a.load("ld", A3, S1, 0);
                mix(a, A3);
                a.store("sd", S0, S1, 0);
                a.load("lbu", A3, S1, 3);
                mix(a, A3);
            }
        },
        |_| (),
    )
}

/// Read-only, writable, zero-filled; a segment that begins and ends inside a word.
fn segments() -> Asm {
    program(
        |a| {
            mix_words(a, DATA, INTERESTING.len() as u64);
            mix_words(a, DATA + 0x1000, 8);
            mix_words(a, DATA + 0x2000, 4);
            a.li(S1, DATA + 0x1000);
            a.store("sd", S0, S1, 8);
            a.load("ld", A3, S1, 8);
            mix(a, A3);
        },
        |a| {
            a.ro_words(DATA, INTERESTING);
            a.rw(DATA + 0x1000, vec![1, 2, 3, 4, 5, 6, 7, 8, 9], 64);
            a.segment(Segment::read_only(DATA + 0x2004, vec![9; 5]));
        },
    )
}

/// A load into x0 still touches its word.
fn into_x0() -> Asm {
    program(
        |a| {
            a.li(S1, SCRATCH);
            for load in LOADS {
                a.load(load.name, ZERO, S1, 0);
                a.addi(S1, S1, 8);
                mix(a, ZERO);
            }
        },
        |_| (),
    )
}
