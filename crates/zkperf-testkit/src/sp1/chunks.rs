//! Rules that depend on the clock and on chunks: bumps, and the registers an `ecall` touches unbilled.

use super::frame::*;
use crate::asm::Asm;
use crate::inst::*;

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    all.push(Sp1Guest::new("ecall_registers_first", ecall_first()));
    all.push(Sp1Guest::new("ecall_registers_later", ecall_later()));
    for nops in [0, 1, 2, 3, 4] {
        let name = format!("bump_by_instructions_{nops}");
        all.push(Sp1Guest::new(&name, clock_by_instructions(nops)));
    }
    for nops in [0, 7, 19, 33] {
        let name = format!("bump_by_ecalls_{nops}");
        all.push(Sp1Guest::new(&name, clock_by_ecalls(nops)));
    }
    for (name, last) in [
        ("addi", Last::Addi),
        ("load", Last::Load),
        ("store", Last::Store),
        ("ecall", Last::Ecall),
        ("branch", Last::Branch),
        ("taken_branch", Last::TakenBranch),
        ("jump", Last::Jump),
        ("halt", Last::Halt),
    ] {
        all.push(Sp1Guest::new(
            &format!("bump_by_page_{name}"),
            page_crossing(last),
        ));
    }
}

/// a0 and a1 are touched by an `ecall` before anything else: never billed.
fn ecall_first() -> Asm {
    bare(|a| {
        syscall(a, HINT_LEN);
        a.r("add", A2, A0, A1);
        a.r("add", A3, T0, A0);
    })
}

/// The same registers, used before.
fn ecall_later() -> Asm {
    bare(|a| {
        a.r("add", A2, A0, A1);
        a.r("add", A3, T0, A0);
        syscall(a, HINT_LEN);
    })
}

/// Runs until the clock's lower 24 bits have wrapped twice.
fn clock_by_instructions(nops: usize) -> Asm {
    bare(|a| {
        for _ in 0..nops {
            a.addi(ZERO, ZERO, 0);
        }
        a.li(S1, 900_000);
        let top = a.label_here();
        a.addi(S1, S1, -1);
        a.load("ld", A2, SP, 0);
        a.store("sd", A2, SP, 8);
        a.r("xor", A3, A2, S1);
        a.branch("bne", S1, ZERO, top);
    })
}

/// An `ecall` ticks 264 times: it can wrap the clock by itself.
fn clock_by_ecalls(nops: usize) -> Asm {
    bare(|a| {
        for _ in 0..nops {
            a.addi(ZERO, ZERO, 0);
        }
        a.li(S1, 130_000);
        a.li(T0, HINT_LEN);
        let top = a.label_here();
        a.li(T0, HINT_LEN);
        a.ecall();
        a.addi(S1, S1, -1);
        a.branch("bne", S1, ZERO, top);
    })
}

/// What stands at the last place of a 64 KiB page of code.
enum Last {
    Addi,
    Load,
    Store,
    Ecall,
    Branch,
    TakenBranch,
    Jump,
    Halt,
}

fn page_crossing(last: Last) -> Asm {
    bare(|a| {
        a.li(S1, SCRATCH);
        a.li(T0, HINT_LEN);
        a.li(A0, 0);
        // Past the middle in one jump, to keep the run short.
        let near = a.label();
        a.j(near);
        while a.here() & 0xffff < 0xff00 {
            a.addi(ZERO, ZERO, 0);
        }
        a.bind(near);
        if matches!(last, Last::Halt) {
            a.li(T0, HALT);
        }
        while a.here() & 0xffff != 0xfffc {
            a.addi(A2, A2, 1);
        }
        let next = a.label();
        match last {
            Last::Addi => a.addi(A2, A2, 3),
            Last::Load => a.load("ld", A2, S1, 0),
            Last::Store => a.store("sd", A2, S1, 0),
            Last::Ecall | Last::Halt => a.ecall(),
            Last::Branch => a.branch("bne", ZERO, ZERO, next),
            Last::TakenBranch => a.branch("beq", ZERO, ZERO, next),
            Last::Jump => a.j(next),
        }
        a.bind(next);
        a.addi(A3, A2, 1);
    })
}
