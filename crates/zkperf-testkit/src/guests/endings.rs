//! Runs that do not end well.

use crate::asm::{Asm, RAM_ADDR};
use crate::guest::{program, Ending, Guest};
use crate::inst::*;
use crate::target::Target;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    for code in [1u64, 42, 256, u64::MAX] {
        all.push(
            Guest::new(&format!("exit_{code:x}"), failing(t, |a| a.exit(code)))
                .ending(if t.traps {
                    Ending::ExitCode(code)
                } else {
                    Ending::Success
                })
                .unattributable(),
        );
    }
    // Whether every version halts there.
    for (name, word, always) in [
        ("halt_ebreak", 0x0010_0073u32, false),
        ("halt_unimp", 0xc000_1073, false),
        ("halt_reserved", 0xffff_ffff, true),
        ("halt_zero_word", 0, true),
        ("halt_compressed", 0x0001_0001, false),
        ("halt_csrrs_read_only", 0xc005_a073, false),
    ] {
        let halts = always || t.traps;
        all.push(
            Guest::new(name, failing(t, |a| a.word(word)))
                .ending(if halts { Ending::Halt } else { Ending::Success })
                .unattributable(),
        );
    }
    type Body = fn(&mut Asm);
    let aborts: [(&str, Body); 11] = [
        ("abort_misaligned_precompile", |a| {
            a.li(A1, RAM_ADDR + 4);
            a.csrs(0x800, A1);
            a.addi(S0, S0, 1);
        }),
        ("abort_read_outside", |a| {
            a.li(A1, 0x9900_0000);
            a.load("ld", A2, A1, 0);
        }),
        ("abort_read_null", |a| a.load("lbu", A2, ZERO, 0)),
        ("abort_write_outside", |a| {
            a.li(A1, 0x2000_0000_0000);
            a.store("sd", A1, A1, 0);
        }),
        ("abort_write_rom", |a| {
            a.li(A1, a.target().code);
            a.store("sd", A1, A1, 0);
        }),
        ("abort_write_input", |a| {
            a.li(A1, a.target().input);
            a.store("sd", A1, A1, 0);
        }),
        ("abort_stack_overflow", |a| {
            a.li(SP, 0xa000_0000);
            a.store("sd", A1, SP, -8);
        }),
        ("abort_fcall_without_result", |a| {
            a.csr("csrrs", A2, 0xffe, 0);
        }),
        ("abort_fcall_unknown", |a| {
            a.csr("csrrwi", ZERO, 0x8df, 31);
        }),
        ("abort_jump_to_data", |a| {
            a.li(A1, RAM_ADDR);
            a.jalr(RA, A1, 0);
        }),
        ("abort_jump_misaligned", |a| {
            a.auipc(A1, 0);
            a.addi(A1, A1, 14);
            a.jalr(RA, A1, 0);
            a.addi(S0, S0, 1);
            a.addi(S0, S0, 1);
        }),
    ];
    for (name, body) in aborts {
        all.push(
            Guest::new(name, failing(t, body))
                .ending(Ending::Abort)
                .unattributable(),
        );
    }
    for (name, rd, source) in [
        ("csrrc", A1, A1.0),
        ("csrrc", A1, A2.0),
        ("csrrwi", A1, 0),
        ("csrrsi", A1, 1),
        ("csrrci", A1, 1),
    ] {
        if !t.runs_csr(name, rd, source) {
            all.push(
                Guest::new(
                    &format!("abort_{name}_{source}"),
                    failing(t, |a| a.csr(name, rd, 0x340, source)),
                )
                .ending(Ending::Abort)
                .unattributable(),
            );
        }
    }
    all.push(
        Guest::new(
            "abort_runs_off_the_end",
            program(t, |a| a.word(0x0000_006f + (0x7f << 20)), |_| ()),
        )
        .ending(Ending::Abort)
        .unattributable(),
    );
    all.push(
        Guest::new(
            "endless_loop",
            failing(t, |a| {
                let top = a.label_here();
                a.addi(S0, S0, 1);
                a.j(top);
            }),
        )
        .ending(Ending::Endless(10_000))
        .unattributable(),
    );
}

fn failing(t: Target, body: impl FnOnce(&mut Asm)) -> Asm {
    program(
        t,
        |a| {
            // Something was done and published before the end.
            a.li(A1, RAM_ADDR);
            a.store("sd", S0, A1, 0);
            body(a);
        },
        |_| (),
    )
}
