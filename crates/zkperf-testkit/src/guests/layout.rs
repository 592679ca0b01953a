//! What the loader makes of segments: initial words of ROM and RAM, merging, padding, trimming.

use crate::asm::{Asm, RAM_ADDR};
use crate::elf::Symbol;
use crate::guest::{mix_words, program, Ending, Guest};
use crate::inst::*;
use crate::target::Target;

use super::memory::input_bytes;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    for len in [1usize, 7, 8, 31, 32, 33, 1000] {
        all.push(Guest::new(
            &format!("layout_ro_{len}"),
            ro(t, &[(t.ro, len)]),
        ));
    }
    all.push(Guest::new(
        "layout_ro_merged",
        ro(
            t,
            &[
                (t.ro, 40),
                (t.ro + 40, 8),
                (t.ro + 60, 4),
                (t.ro + 96, 32),
                (t.ro + 1024, 100),
            ],
        ),
    ));
    all.push(Guest::new("refused_ro_unaligned", ro(t, &[(t.ro + 6, 50)])).ending(Ending::Refused));
    for (name, bytes, size) in rw_cases() {
        all.push(Guest::new(name, rw(t, bytes, size)));
    }
    all.push(Guest::new("layout_rw_two", rw_two(t)));
    all.push(Guest::new("layout_readable_code", readable_code(t)));
    all.push(Guest::new("layout_heap_symbols", heap_symbols(t, true)));
    all.push(Guest::new("layout_heap_unused", heap_symbols(t, false)));
    all.push(Guest::new("layout_stripped", stripped(t)));
    all.push(Guest::new("layout_empty_symbols", odd_symbols(t)).unattributable());
    all.push(
        Guest::new("refused_write_execute", write_execute(t))
            .ending(Ending::Refused)
            .unattributable(),
    );
    if !t.zba {
        all.push(
            Guest::new("refused_zba", unknown_instruction(t))
                .ending(Ending::Refused)
                .unattributable(),
        );
    }
    all.push(
        Guest::new("refused_ram_read_only_gap", outside(t))
            .ending(Ending::Refused)
            .unattributable(),
    );
}

/// An instruction that the version's loader does not take.
fn unknown_instruction(t: Target) -> Asm {
    program(t, |a| a.r("sh1add", A1, A1, A2), |_| ())
}

fn ro(t: Target, segments: &[(u64, usize)]) -> Asm {
    program(
        t,
        |a| {
            // Padding to 32 bytes is readable too; behind it there is nothing.
            for &(address, len) in segments.iter().filter(|s| s.0 % 8 == 0) {
                mix_words(a, address, (len / 8).max(1));
            }
        },
        |a| {
            for &(address, len) in segments {
                a.ro(address, input_bytes(len));
            }
        },
    )
}

/// Writable segments: zeros at both ends, long and short runs of zeros inside, `.bss`.
fn rw_cases() -> Vec<(&'static str, Vec<u8>, u64)> {
    let mut zeros_around = vec![0u8; 200];
    zeros_around[96] = 9;
    let mut short_gap = vec![0u8; 1100];
    short_gap[0] = 1;
    short_gap[1000] = 2;
    let mut long_gap = vec![0u8; 4096];
    long_gap[0] = 1;
    long_gap[1023] = 2;
    long_gap[2048] = 3;
    long_gap[4095] = 4;
    vec![
        ("layout_rw_one_byte", vec![5], 1),
        ("layout_rw_33", input_bytes(33), 33),
        ("layout_rw_bss", input_bytes(16), 5000),
        ("layout_rw_only_zeros", vec![0; 256], 4096),
        ("layout_rw_zeros_around", zeros_around, 300),
        ("layout_rw_short_gap", short_gap, 1100),
        ("layout_rw_long_gap", long_gap, 4096),
    ]
}

fn rw(t: Target, bytes: Vec<u8>, size: u64) -> Asm {
    program(
        t,
        |a| mix_words(a, RAM_ADDR, 600),
        |a| a.rw(RAM_ADDR, bytes, size),
    )
}

fn rw_two(t: Target) -> Asm {
    program(
        t,
        |a| {
            mix_words(a, RAM_ADDR, 20);
            mix_words(a, RAM_ADDR + 0x10_0000, 20);
        },
        |a| {
            a.rw(RAM_ADDR + 0x10_0004, input_bytes(50), 50);
            a.rw(RAM_ADDR + 2, input_bytes(30), 30);
            a.rw(RAM_ADDR + 40, input_bytes(30), 30);
        },
    )
}

fn readable_code(t: Target) -> Asm {
    let mut a = program(t, |a| mix_words(a, t.ro, 4), |a| a.ro(t.ro, vec![1; 9]));
    a.readable_code();
    a
}

/// The symbols from which ziskemu reads how much RAM the guest's heap used.
fn heap_symbols(t: Target, used: bool) -> Asm {
    let position = RAM_ADDR + 0x2000;
    let bottom = RAM_ADDR + 0x4000;
    program(
        t,
        |a| {
            if used {
                a.li(A1, position);
                a.li(A2, bottom + 12_345);
                a.store("sd", A2, A1, 0);
            }
        },
        |a| {
            a.end_func();
            a.symbol(Symbol::value("_heap_bottom", bottom));
            a.symbol(Symbol::value("_heap_top", bottom + 0x10_0000));
            a.symbol(Symbol::value("ZISK_BUMP_HEAP_POS", position));
        },
    )
}

fn stripped(t: Target) -> Asm {
    let mut a = program(t, |a| mix_words(a, t.ro, 4), |a| a.ro(t.ro, vec![1; 9]));
    a.strip();
    a
}

/// Zero-size, overlapping, duplicate and nameless function symbols.
fn odd_symbols(t: Target) -> Asm {
    program(
        t,
        |a| {
            let here = a.here();
            a.symbol(Symbol::function("zero_size", here, 0));
            a.symbol(Symbol::function("twin_one", here + 4, 8));
            a.symbol(Symbol::function("twin_two", here + 4, 16));
            a.symbol(Symbol::function("", here + 8, 4));
            a.symbol(Symbol::value("a_label", here + 12));
            for _ in 0..8 {
                a.addi(S0, S0, 1);
            }
        },
        |_| (),
    )
}

/// A segment both writable and executable.
fn write_execute(t: Target) -> Asm {
    program(
        t,
        |_| (),
        |a| {
            a.segment(crate::elf::Segment {
                address: RAM_ADDR,
                bytes: vec![0x13, 0, 0, 0],
                memory_size: 4,
                flags: 7,
            })
        },
    )
}

/// A writable segment between ROM and RAM.
fn outside(t: Target) -> Asm {
    program(t, |_| (), |a| a.rw(0x9900_0000, vec![1; 8], 8))
}
