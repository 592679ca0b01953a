//! Memory: widths, alignments, zones, clean and dirty byte writes, the UART and the system area.

use crate::asm::{Asm, OUTPUT_ADDR, RAM_ADDR, UART_ADDR};
use crate::guest::{mix, program, Guest};
use crate::inst::*;
use crate::target::Target;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new(
        "memory_ram",
        loads_and_stores(t, RAM_ADDR + 0x1000),
    ));
    all.push(Guest::new("memory_stack", loads_and_stores(t, 0xa010_0000)));
    all.push(Guest::new(
        "memory_stack_edge",
        keeping_return_address(t, loads_and_stores_at_the_top),
    ));
    all.push(Guest::new(
        "memory_ram_top",
        loads_and_stores(t, 0xbfff_ffd8),
    ));
    all.push(Guest::new("memory_rom", rom_loads(t)));
    all.push(Guest::new("memory_code_as_data", code_as_data(t)));
    all.push(Guest::new("memory_input", input_loads(t)).with_input(input_bytes(160)));
    all.push(Guest::new("memory_input_empty", input_loads_empty(t)));
    all.push(Guest::new("memory_byte_dirt", byte_dirt(t)));
    all.push(Guest::new("memory_system_area", system_area(t)));
    all.push(Guest::new("uart", uart(t)));
    all.push(Guest::new("output_all", output_all(t)));
    all.push(Guest::new("output_bytes", output_bytes(t)));
}

/// Recognisable input: byte i is 7 i + 3.
pub(super) fn input_bytes(len: usize) -> Vec<u8> {
    (0..len)
        .map(|i| (i as u8).wrapping_mul(7).wrapping_add(3))
        .collect()
}

/// For bodies that write over the frame of `main`.
fn keeping_return_address(t: Target, body: impl FnOnce(&mut Asm)) -> Asm {
    program(
        t,
        |a| {
            a.mv(S10, RA);
            body(a);
            a.store("sd", S10, SP, 8);
        },
        |_| (),
    )
}

/// Every load and store at 16 consecutive offsets from `base`, with clean and dirty values.
fn loads_and_stores(t: Target, base: u64) -> Asm {
    program(t, |a| loads_and_stores_body(a, base), |_| ())
}

/// Across the end of the stack and the start of the system area.
fn loads_and_stores_at_the_top(a: &mut Asm) {
    loads_and_stores_body(a, 0xa03f_fff0);
}

fn loads_and_stores_body(a: &mut Asm, base: u64) {
    a.li(S1, base);
    for value in [0u64, 0x7f, 0xff, 0x100, 0xffff_ffff, 0x8182_8384_8586_8788] {
        a.li(A1, value);
        for offset in 0..16 {
            for op in STORES {
                a.store(op.name, A1, S1, offset);
            }
            a.store("sd", ZERO, S1, offset);
            a.store("sb", ZERO, S1, offset);
        }
    }
    a.li(A1, 0x8182_8384_8586_8788);
    for offset in [0, 8, 16] {
        a.store("sd", A1, S1, offset);
    }
    for offset in 0..16 {
        for op in LOADS {
            a.load(op.name, A2, S1, offset);
            mix(a, A2);
        }
    }
    // Negative displacements reach the same places.
    a.addi(S1, S1, 2047);
    for op in LOADS {
        for offset in [-2047, -2046, -2043, -2040] {
            a.load(op.name, A2, S1, offset);
            mix(a, A2);
        }
    }
}

fn load_all(a: &mut Asm, offsets: std::ops::Range<i32>) {
    for offset in offsets {
        for op in LOADS {
            a.load(op.name, A2, S1, offset);
            mix(a, A2);
        }
    }
}

/// Constants in the ROM: same widths and alignments; past their end ROM reads as 0.
fn rom_loads(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, t.ro);
            load_all(a, 0..24);
        },
        |a| {
            a.ro(t.ro, input_bytes(37));
        },
    )
}

/// A readable code segment counts as initial ROM data and can be loaded from.
fn code_as_data(t: Target) -> Asm {
    let mut a = program(
        t,
        |a| {
            a.li(S1, t.code);
            load_all(a, 0..12);
        },
        |_| (),
    );
    a.readable_code();
    a
}

/// Without a file only the free-input word itself and what lies behind it can be read.
fn input_loads_empty(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, t.input);
            for op in LOADS {
                a.load(op.name, A2, S1, 0);
                mix(a, A2);
            }
            a.li(S1, t.input + 8);
            load_all(a, 0..16);
        },
        |_| (),
    )
}

/// The free-input word, the input file at every alignment, and far beyond its end.
fn input_loads(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, t.input);
            load_all(a, 0..8);
            a.li(S1, t.input + 8);
            load_all(a, 0..16);
            a.li(S1, t.input + 8 + 150);
            load_all(a, 0..24);
            a.li(S1, t.input + 0x100_0000);
            load_all(a, 0..8);
            a.li(S1, t.input + t.input_size - 0x100);
            load_all(a, 0..8);
        },
        |_| (),
    )
}

/// One-byte stores: what makes one dirty is the stored register, not the memory.
fn byte_dirt(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, RAM_ADDR + 0x800);
            for value in [0u64, 1, 0x80, 0xff, 0x100, 0x101, u64::MAX, 1 << 63, 0xff00] {
                a.li(A1, value);
                for offset in 0..8 {
                    a.store("sb", A1, S1, offset);
                    a.load("lb", A2, S1, offset);
                    mix(a, A2);
                }
            }
        },
        |_| (),
    )
}

/// The system area is RAM: CSR slots, extra parameters, the register slots.
fn system_area(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.csr("csrrw", ZERO, 0x340, A0.0);
            a.li(S1, 0xa040_8000 + 8 * 0x340);
            a.load("ld", A2, S1, 0);
            mix(a, A2);
            a.load("lw", A2, S1, 2);
            mix(a, A2);
            a.li(A1, 0x55);
            a.store("sd", A1, S1, 0);
            a.csr("csrrs", A2, 0x340, 0);
            mix(a, A2);
            a.li(S1, 0xa040_0000);
            for slot in 0..40 {
                a.load("ld", A2, S1, 8 * slot);
                mix(a, A2);
            }
            a.li(S1, 0xa040_0f00);
            a.store("sd", A1, S1, 0);
            a.load("ld", A2, S1, 0);
            mix(a, A2);
        },
        |_| (),
    )
}

/// Guest output: single bytes to the UART, clean and dirty; wider stores there print nothing.
fn uart(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, UART_ADDR);
            for byte in b"hello from the uart\n" {
                a.li(A1, u64::from(*byte));
                a.store("sb", A1, S1, 0);
            }
            a.li(A1, 0xffff_ff41);
            a.store("sb", A1, S1, 0);
            a.li(A1, 10);
            a.store("sb", A1, S1, 0);
            a.store("sd", A1, S1, 0);
            a.load("lbu", A2, S1, 0);
            mix(a, A2);
        },
        |_| (),
    )
}

/// Every 32-bit output slot.
fn output_all(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, OUTPUT_ADDR);
            for slot in 2..64 {
                a.li(A1, 0x0101_0000 * slot as u64 + 7);
                a.store("sw", A1, S1, 4 * slot);
            }
            // Beyond the published 256 bytes it is plain RAM.
            a.store("sd", A1, S1, 256);
            a.load("ld", A2, S1, 256);
            mix(a, A2);
        },
        |_| (),
    )
}

/// Output written in bytes, halves and across words.
fn output_bytes(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(S1, OUTPUT_ADDR);
            a.li(A1, 0xa1a2_a3a4_a5a6_a7a8);
            for offset in 8..24 {
                a.store("sb", A1, S1, offset);
            }
            a.store("sh", A1, S1, 33);
            a.store("sw", A1, S1, 45);
            a.store("sd", A1, S1, 61);
            a.store("sd", A1, S1, 248);
        },
        |_| (),
    )
}
