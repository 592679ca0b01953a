//! CSR instructions in every register shape, atomics, LR/SC and jumps in every form.

use crate::asm::{Asm, RAM_ADDR};
use crate::guest::{mix, program, Guest};
use crate::inst::*;
use crate::target::Target;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("csr_forms", csr_forms(t)));
    all.push(Guest::new("csr_read_only_reads", read_only_reads(t)));
    all.push(Guest::new("atomics", atomics(t)));
    all.push(Guest::new("lr_sc", lr_sc(t)));
    all.push(Guest::new("jumps", jumps(t)));
    all.push(Guest::new("ecall_other", ecall_other(t)).unattributable());
}

/// Plain CSRs (memory behind `SYS + 0x8000`) with rd/rs1 equal, zero and different.
fn csr_forms(t: Target) -> Asm {
    program(
        t,
        |a| {
            for csr in [0x340, 0x305, 0x001] {
                for (name, _) in CSR_FORMS {
                    let immediate = name.ends_with('i');
                    let sources: &[u8] = if immediate { &[0, 1, 31] } else { &[0, 11, 12] };
                    for &source in sources {
                        for rd in [ZERO, A1, A3] {
                            if !t.runs_csr(name, rd, source) {
                                continue;
                            }
                            a.li(A1, 0xff00_ff00_1234);
                            a.li(A2, 0x0ff0_0000_ffff);
                            a.csr(name, rd, csr, source);
                            mix(a, rd);
                            a.csr("csrrs", A4, csr, 0);
                            mix(a, A4);
                        }
                    }
                }
            }
        },
        |_| (),
    )
}

/// Reading a read-only CSR is legal: marchid is set by the BIOS, others are 0.
fn read_only_reads(t: Target) -> Asm {
    program(
        t,
        |a| {
            for csr in [0xf11, 0xf12, 0xf13, 0xf14, 0xc00, 0xc01, 0xc02] {
                a.csr("csrrs", A1, csr, 0);
                mix(a, A1);
                a.csr("csrrc", A1, csr, 0);
                mix(a, A1);
                a.csr("csrrsi", A1, csr, 0);
                mix(a, A1);
                a.csr("csrrci", A1, csr, 0);
                mix(a, A1);
            }
        },
        |_| (),
    )
}

/// Every AMO, both widths, with rd apart from, equal to and zero against rs1/rs2.
fn atomics(t: Target) -> Asm {
    program(
        t,
        |a| {
            for (name, _) in AMOS {
                for double in [false, true] {
                    for value in [5u64, 0xffff_ffff_8000_0001] {
                        for (rd, rs2, rs1) in [
                            (A3, A2, A1),
                            (A1, A2, A1),
                            (A2, A2, A1),
                            (ZERO, A2, A1),
                            (A3, ZERO, A1),
                            (ZERO, ZERO, A1),
                            (A3, A1, A1),
                            (A1, A1, A1),
                        ] {
                            a.li(A1, RAM_ADDR + 0x100);
                            a.li(T0, 0x8000_0000_7fff_fff0);
                            a.store("sd", T0, A1, 0);
                            a.li(A2, value);
                            a.amo(name, double, rd, rs2, rs1);
                            mix(a, rd);
                            a.li(A1, RAM_ADDR + 0x100);
                            a.load("ld", T0, A1, 0);
                            mix(a, T0);
                        }
                    }
                }
            }
        },
        |_| (),
    )
}

/// SC always succeeds, with and without LR, matching or not; a CAS loop; misaligned words.
fn lr_sc(t: Target) -> Asm {
    program(
        t,
        |a| {
            a.li(A1, RAM_ADDR + 0x200);
            a.li(A2, 0xffff_ffff_ffff_fff6);
            for double in [false, true] {
                for offset in [0i64, 4, 8] {
                    a.addi(A4, A1, offset);
                    a.amo("lr", double, A3, ZERO, A4);
                    mix(a, A3);
                    for rd in [A3, ZERO, A4, A2] {
                        a.addi(A4, A1, offset);
                        a.amo("sc", double, rd, A2, A4);
                        mix(a, rd);
                        a.li(A2, 0xffff_ffff_ffff_fff6);
                    }
                    a.addi(A4, A1, offset);
                    a.amo("sc", double, A3, ZERO, A4);
                    a.amo("lr", double, ZERO, ZERO, A4);
                    a.amo("lr", double, A4, ZERO, A4);
                    mix(a, A4);
                }
            }
            let retry = a.label_here();
            a.amo("lr", true, A3, ZERO, A1);
            a.addi(A3, A3, 1);
            a.amo("sc", true, A4, A3, A1);
            a.branch("bne", A4, ZERO, retry);
            mix(a, A3);
        },
        |_| (),
    )
}

/// jal and jalr with every link register, even and odd immediates, and the auipc+jalr fusion with
/// its near misses.
fn jumps(t: Target) -> Asm {
    program(
        t,
        |a| {
            for link in [ZERO, RA, T0, A1] {
                let next = a.label();
                a.jal(link, next);
                a.addi(S0, S0, 1);
                a.bind(next);
                mix(a, link);
            }
            // jalr to itself plus 12: even and odd immediates, link equal to the base or not. The
            // odd bit is cleared after the addition.
            for (link, base, imm) in [
                (ZERO, A1, 0),
                (A2, A1, 0),
                (A1, A1, 0),
                (A2, A1, 1),
                (ZERO, A1, 1),
                (A1, A1, 1),
                (A2, A1, 8),
                (A2, A1, -3),
                (A2, A1, -4),
            ] {
                let target = a.label();
                a.la(A1, target);
                a.addi(A1, A1, -i64::from(imm & !1));
                a.jalr(link, base, imm);
                a.addi(S0, S0, 11);
                a.bind(target);
                mix(a, link);
            }
            // Fused: link is the base, or x0. Not fused: another link.
            for (link, via) in [(RA, RA), (A1, A1), (ZERO, A2), (A1, A2), (RA, T1)] {
                let target = a.label();
                a.far_call(link, via, target);
                a.addi(S0, S0, 13);
                a.bind(target);
                mix(a, link);
                mix(a, via);
            }
            // A lone auipc before something else, and one whose jalr uses another base.
            a.auipc(A1, 0);
            a.addi(A1, A1, 16);
            a.jalr(A2, A1, 0);
            a.addi(S0, S0, 17);
            mix(a, A2);
            let target = a.label();
            a.la(A3, target);
            a.auipc(A1, 0);
            a.jalr(A2, A3, 0);
            a.addi(S0, S0, 19);
            a.bind(target);
            mix(a, A1);
            // Jumping to the second half of a fused pair runs the jalr alone.
            let pair = a.label();
            let inside = a.label();
            a.la(T2, inside);
            a.la(A1, pair);
            a.jalr(ZERO, T2, 0);
            a.auipc(A1, 0);
            a.bind(inside);
            a.jalr(A1, A1, 0);
            a.bind(pair);
            mix(a, A1);
        },
        |_| (),
    )
}

/// An ecall that isn't 93 returns, after the handler, with ra changed.
fn ecall_other(t: Target) -> Asm {
    program(
        t,
        |a| {
            for call in [0u64, 1, 64, 92, 94] {
                a.li(A7, call);
                a.li(A0, 5);
                a.ecall();
                mix(a, A0);
                mix(a, RA);
            }
        },
        |_| (),
    )
}
