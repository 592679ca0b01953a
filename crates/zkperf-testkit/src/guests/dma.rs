//! DMA: copy, compare, set and input copy over grids of alignments and lengths, with the count in a
//! register and as an immediate.

use crate::asm::{Asm, RAM_ADDR};
use crate::guest::{for_each, mix, mix_words, program, Guest};
use crate::inst::*;
use crate::target::Target;

use super::memory::input_bytes;

const MEMCPY: u32 = 0x813;
const MEMCMP: u32 = 0x814;
const INPUTCPY: u32 = 0x815;
const MEMSET: u32 = 0x816;

const SRC: u64 = RAM_ADDR + 0x1000;
const DST: u64 = RAM_ADDR + 0x3000;
const LENGTHS: &[u64] = &[
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 63, 64, 65, 71,
    72, 100, 127, 128, 136, 500,
];
const COUNTS: &[i64] = &[0, 1, 5, 7, 8, 9, 15, 16, 24, 33, 64, 100, 2047];

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("dma_memcpy_register", grid(t, MEMCPY)));
    all.push(Guest::new("dma_memcmp_register", grid(t, MEMCMP)));
    all.push(Guest::new("dma_memcpy_immediate", immediate(t, MEMCPY)));
    all.push(Guest::new("dma_memcmp_immediate", immediate(t, MEMCMP)));
    all.push(Guest::new("dma_memcpy_overlap", overlap(t)));
    all.push(Guest::new("dma_memcmp_differences", differences(t)));
    all.push(Guest::new("dma_memset", memset(t)));
    all.push(Guest::new("dma_zones", zones(t)).with_input(input_bytes(512)));
    all.push(Guest::new("dma_inputcpy", inputcpy(t)).with_input(input_bytes(64)));
    all.push(Guest::new("dma_deprecated_forms", deprecated(t)));
}

fn fill_source(a: &mut Asm) {
    a.rw_words(
        SRC,
        &(0..256u64)
            .map(|i| i.wrapping_mul(0x0123_4567_89ab_cdef))
            .collect::<Vec<_>>(),
    );
}

/// `csrs port, src; add x0, dst, count`, result in `rd`.
fn dma(a: &mut Asm, port: u32, rd: Reg, dst: Reg, src: Reg, count: Reg) {
    a.csr("csrrs", rd, port, src.0);
    a.r("add", ZERO, dst, count);
}

fn dma_immediate(a: &mut Asm, port: u32, rd: Reg, dst: Reg, src: Reg, count: i64) {
    a.csr("csrrs", rd, port, src.0);
    a.addi(ZERO, dst, count);
}

/// All 64 pairs of alignments with every length.
fn grid(t: Target, port: u32) -> Asm {
    let table = t.ro;
    let end = table + 8 * LENGTHS.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, DST, DST + 8, 1, |a| {
                for_each(a, S3, S4, SRC, SRC + 8, 1, |a| {
                    for_each(a, S5, S6, table, end, 8, |a| {
                        a.load("ld", A2, S5, 0);
                        dma(a, port, A3, S1, S3, A2);
                        mix(a, A3);
                        dma(a, port, ZERO, S1, S3, A2);
                    });
                });
            });
            mix_words(a, DST, 80);
        },
        |a| {
            a.ro_words(table, LENGTHS);
            fill_source(a);
        },
    )
}

fn immediate(t: Target, port: u32) -> Asm {
    program(
        t,
        |a| {
            for_each(a, S1, S2, DST, DST + 8, 1, |a| {
                for_each(a, S3, S4, SRC, SRC + 8, 1, |a| {
                    for &count in COUNTS {
                        dma_immediate(a, port, A3, S1, S3, count);
                        mix(a, A3);
                    }
                    dma_immediate(a, port, ZERO, S1, S3, 40);
                });
            });
            mix_words(a, DST, 270);
        },
        fill_source,
    )
}

/// Source and destination overlap in both directions (memmove), and are the same.
fn overlap(t: Target) -> Asm {
    program(
        t,
        |a| {
            for delta in [-24i64, -9, -8, -1, 0, 1, 7, 8, 13, 32] {
                for length in [5u64, 16, 31, 64, 200] {
                    a.li(A1, SRC + 64);
                    a.addi(A4, A1, delta);
                    a.li(A2, length);
                    dma(a, MEMCPY, A3, A4, A1, A2);
                    mix(a, A3);
                }
            }
            mix_words(a, SRC, 64);
        },
        fill_source,
    )
}

/// Equal buffers with one different byte at every position: only what was compared is billed.
fn differences(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, SRC);
            a.li(A4, DST);
            a.li(A2, 120);
            dma(a, MEMCPY, ZERO, A4, A1, A2);
            a.li(A5, 0xf0);
            for_each(a, S1, S2, DST, DST + 64, 1, |a| {
                a.load("lbu", A6, S1, 0);
                a.r("xor", A6, A6, A5);
                a.store("sb", A6, S1, 0);
                for (src, dst) in [(0, 0), (1, 1), (5, 5), (8, 8)] {
                    a.addi(T2, A1, src);
                    a.addi(T3, A4, dst);
                    for length in [0u64, 1, 7, 8, 30, 64, 100] {
                        a.li(A2, length);
                        dma(a, MEMCMP, A3, T3, T2, A2);
                        mix(a, A3);
                    }
                    dma_immediate(a, MEMCMP, A3, T3, T2, 50);
                    mix(a, A3);
                }
                a.r("xor", A6, A6, A5);
                a.store("sb", A6, S1, 0);
            });
            // Different alignments with a difference.
            for (src, dst) in [(0, 3), (3, 0), (5, 6), (7, 1)] {
                a.addi(T2, A1, src);
                a.addi(T3, A4, dst);
                for length in [1u64, 8, 9, 40] {
                    a.li(A2, length);
                    dma(a, MEMCMP, A3, T3, T2, A2);
                    mix(a, A3);
                }
            }
        },
        fill_source,
    )
}

/// Set: count in a register and as an immediate, every alignment, several bytes.
fn memset(t: Target) -> Asm {
    let table = t.ro;
    let end = table + 8 * LENGTHS.len() as u64;
    program(
        t,
        |a| {
            for_each(a, S1, S2, DST, DST + 8, 1, |a| {
                for_each(a, S5, S6, table, end, 8, |a| {
                    a.load("ld", A2, S5, 0);
                    for byte in [0i64, 1, 0xab, 0xff] {
                        a.csr("csrrs", ZERO, MEMSET, S1.0);
                        a.addi(ZERO, A2, byte);
                        a.csr("csrrs", ZERO, MEMSET, S1.0);
                        a.addi(A3, A2, byte);
                        mix(a, A3);
                    }
                });
                for &count in COUNTS {
                    for byte in [0i64, 0x5a] {
                        a.csr("csrrsi", ZERO, MEMSET, 2);
                        a.addi(ZERO, S1, count);
                        a.addi(ZERO, S1, byte);
                        a.csr("csrrsi", ZERO, MEMSET, 2);
                        a.addi(A3, S1, count);
                        a.addi(ZERO, S1, byte);
                        mix(a, A3);
                    }
                }
            });
            mix_words(a, DST, 80);
        },
        |a| a.ro_words(table, LENGTHS),
    )
}

/// Copies and compares between input, ROM data, stack and RAM.
fn zones(t: Target) -> Asm {
    program(
        t,
        |a| {
            for source in [t.input + 8, t.ro, 0xa020_0000, SRC] {
                for dest in [DST, 0xa030_0000] {
                    for (src_off, dst_off) in [(0, 0), (3, 3), (1, 6), (0, 5)] {
                        for length in [1u64, 8, 13, 64, 99] {
                            a.li(A1, source + src_off);
                            a.li(A4, dest + dst_off);
                            a.li(A2, length);
                            dma(a, MEMCPY, A3, A4, A1, A2);
                            mix(a, A3);
                            dma(a, MEMCMP, A3, A4, A1, A2);
                            mix(a, A3);
                            // Compared the other way round, the "destination" is read-only.
                            dma(a, MEMCMP, A3, A1, A4, A2);
                            mix(a, A3);
                        }
                    }
                }
            }
        },
        |a| {
            a.ro(t.ro, input_bytes(300));
            fill_source(a);
        },
    )
}

/// Copies fcall results ("free input") to memory.
fn inputcpy(t: Target) -> Asm {
    program(
        t,
        |a| {
            let value = RAM_ADDR + 0x100;
            for (count, offset) in [(8u64, 0u64), (16, 0), (32, 0), (32, 8), (24, 3), (16, 7)] {
                // A 256-bit inverse gives four result words to copy from.
                a.li(A1, value);
                a.li(A2, 0x1234_5677);
                a.store("sd", A2, A1, 0);
                a.csrs(0x8f2, A1);
                a.csr("csrrwi", ZERO, 0x8c0, 1);
                a.li(A1, count);
                a.li(A4, DST + offset);
                a.csrs(INPUTCPY, A1);
                a.r("add", ZERO, A4, A1);
                if count < 32 {
                    // What the copy left over is still there for single reads.
                    a.csr("csrrs", A3, 0xffe, 0);
                    mix(a, A3);
                }
                mix_words(a, DST, 6);
            }
            a.li(A1, value);
            a.csrs(0x8f2, A1);
            a.csr("csrrwi", ZERO, 0x8c0, 1);
            a.li(A4, DST + 64);
            a.csrs(INPUTCPY, A4);
            a.addi(ZERO, A4, 32);
            mix_words(a, DST, 16);
        },
        |_| (),
    )
}

/// The older forms, in which the following `add` names rd.
fn deprecated(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, SRC);
            a.li(A4, DST + 3);
            a.li(A2, 21);
            a.csrs(MEMCPY, A1);
            a.r("add", A3, A4, A2);
            mix(a, A3);
            a.csrs(MEMCMP, A1);
            a.addi(A3, A4, 20);
            mix(a, A3);
        },
        fill_source,
    )
}
