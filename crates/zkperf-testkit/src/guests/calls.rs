//! Call structures: what a shadow call stack must follow.

use crate::asm::{Asm, Label};
use crate::guest::{mix, program, Guest};
use crate::inst::*;
use crate::target::Target;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("calls_nested", nested(t)));
    all.push(Guest::new("calls_leaf", leaf(t)));
    all.push(Guest::new("calls_recursion", recursion(t)));
    all.push(Guest::new("calls_mutual_recursion", mutual_recursion(t)));
    all.push(Guest::new("calls_tail", tail(t)));
    all.push(Guest::new("calls_tail_chain", tail_chain(t)));
    all.push(Guest::new("calls_pointer", pointer(t)));
    all.push(Guest::new("calls_switch", switch(t)));
    all.push(Guest::new("calls_alternate_link", alternate_link(t)));
    all.push(Guest::new("calls_fall_through", fall_through(t)).unattributable());
    all.push(Guest::new("calls_longjmp", longjmp(t)).unattributable());
    all.push(Guest::new("calls_no_symbols", no_symbols(t)).unattributable());
    all.push(Guest::new("calls_returns_to_bios", returns_to_bios(t)));
    all.push(Guest::new("calls_into_the_middle", into_the_middle(t)).unattributable());
    all.push(Guest::new("calls_precompile_first", precompile_first(t)));
}

/// Opens a function with a frame of 16 bytes and ra saved.
fn enter(a: &mut Asm, name: &str, label: Label) {
    a.func_at(name, label);
    a.addi(SP, SP, -16);
    a.store("sd", RA, SP, 8);
}

fn leave(a: &mut Asm) {
    a.load("ld", RA, SP, 8);
    a.addi(SP, SP, 16);
    a.ret();
}

/// main -> a (x3) -> b (x2) -> c, with work of different kinds in each.
fn nested(t: Target) -> Asm {
    let mut labels = Vec::new();
    program(
        t,
        |a| {
            labels = (0..3).map(|_| a.label()).collect();
            for _ in 0..3 {
                a.call(labels[0]);
            }
            a.far_call(RA, RA, labels[2]);
        },
        |_| (),
    )
    .extend(|a| {
        enter(a, "level_a", labels[0]);
        a.li(A1, 100);
        a.r("mul", A2, A1, A1);
        mix(a, A2);
        a.call(labels[1]);
        a.far_call(RA, RA, labels[1]);
        leave(a);
        enter(a, "level_b", labels[1]);
        a.store("sb", A1, SP, 0);
        a.call(labels[2]);
        leave(a);
        a.func_at("level_c", labels[2]);
        a.li(A3, 0x1234_5678);
        a.r("divu", A3, A3, A1);
        mix(a, A3);
        a.ret();
    })
}

/// Leaf functions that neither touch the stack nor save ra; one reads memory first.
fn leaf(t: Target) -> Asm {
    let (mut one, mut two) = (None, None);
    program(
        t,
        |a| {
            one = Some(a.label());
            two = Some(a.label());
            a.li(A1, t.ro);
            for _ in 0..5 {
                a.call(one.unwrap());
                a.load("ld", A2, A1, 0);
                a.call(two.unwrap());
                mix(a, A2);
            }
        },
        |a| a.ro_words(t.ro, &[11, 22]),
    )
    .extend(|a| {
        a.func_at("leaf_empty", one.unwrap());
        a.ret();
        a.func_at("leaf_reads_first", two.unwrap());
        a.load("ld", A3, A1, 8);
        a.r("xor", A2, A2, A3);
        a.ret();
    })
}

/// fib(9), the plain way.
fn recursion(t: Target) -> Asm {
    let mut fib = None;
    program(
        t,
        |a| {
            fib = Some(a.label());
            a.li(A0, 9);
            a.call(fib.unwrap());
            mix(a, A0);
        },
        |_| (),
    )
    .extend(|a| {
        let fib = fib.unwrap();
        a.func_at("fib", fib);
        a.li(T0, 2);
        let recurse = a.label();
        a.branch("bgeu", A0, T0, recurse);
        a.ret();
        a.bind(recurse);
        a.addi(SP, SP, -32);
        a.store("sd", RA, SP, 8);
        a.store("sd", A0, SP, 16);
        a.addi(A0, A0, -1);
        a.call(fib);
        a.load("ld", T0, SP, 16);
        a.store("sd", A0, SP, 16);
        a.addi(A0, T0, -2);
        a.call(fib);
        a.load("ld", T0, SP, 16);
        a.r("add", A0, A0, T0);
        a.load("ld", RA, SP, 8);
        a.addi(SP, SP, 32);
        a.ret();
    })
}

/// even(20) and odd call each other.
fn mutual_recursion(t: Target) -> Asm {
    let (mut even, mut odd) = (None, None);
    program(
        t,
        |a| {
            even = Some(a.label());
            odd = Some(a.label());
            a.li(A0, 20);
            a.call(even.unwrap());
            mix(a, A0);
        },
        |_| (),
    )
    .extend(|a| {
        for (name, this, other, base) in [
            ("even", even.unwrap(), odd.unwrap(), 1),
            ("odd", odd.unwrap(), even.unwrap(), 0),
        ] {
            enter(a, name, this);
            let more = a.label();
            let out = a.label();
            a.branch("bne", A0, ZERO, more);
            a.li(A0, base);
            a.j(out);
            a.bind(more);
            a.addi(A0, A0, -1);
            a.call(other);
            a.bind(out);
            leave(a);
        }
    })
}

/// A function that ends in a jump to another: near, far and through a register.
fn tail(t: Target) -> Asm {
    let mut l = Vec::new();
    program(
        t,
        |a| {
            l = (0..4).map(|_| a.label()).collect();
            for (i, target) in l.iter().take(3).enumerate() {
                a.li(A0, 3 * i as u64 + 1);
                a.call(*target);
                mix(a, A0);
            }
        },
        |_| (),
    )
    .extend(|a| {
        let end = l[3];
        a.func_at("tail_near", l[0]);
        a.addi(A0, A0, 1);
        a.j(end);
        a.func_at("tail_far", l[1]);
        a.addi(A0, A0, 2);
        a.far_call(ZERO, T1, end);
        a.func_at("tail_register", l[2]);
        a.la(T2, end);
        a.addi(A0, A0, 3);
        a.jalr(ZERO, T2, 0);
        a.func_at("tail_end", end);
        a.r("mul", A0, A0, A0);
        a.ret();
    })
}

/// a jumps to b jumps to c, and c also is called directly; b calls before it jumps.
fn tail_chain(t: Target) -> Asm {
    let mut l = Vec::new();
    program(
        t,
        |a| {
            l = (0..4).map(|_| a.label()).collect();
            for _ in 0..2 {
                a.call(l[0]);
                a.call(l[2]);
            }
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("chain_a", l[0]);
        a.addi(A0, A0, 1);
        a.j(l[1]);
        enter(a, "chain_b", l[1]);
        a.call(l[3]);
        a.load("ld", RA, SP, 8);
        a.addi(SP, SP, 16);
        a.j(l[2]);
        a.func_at("chain_c", l[2]);
        mix(a, A0);
        a.ret();
        a.func_at("helper", l[3]);
        a.addi(A0, A0, 7);
        a.ret();
    })
}

/// Calls through a table of function pointers.
fn pointer(t: Target) -> Asm {
    let mut l = Vec::new();
    program(
        t,
        |a| {
            l = (0..3).map(|_| a.label()).collect();
            for round in 0..9 {
                a.la(T1, l[round % 3]);
                if round % 2 == 0 {
                    a.jalr(RA, T1, 0);
                } else {
                    a.addi(T1, T1, -1);
                    a.jalr(RA, T1, 1);
                }
            }
        },
        |_| (),
    )
    .extend(|a| {
        for (i, label) in l.iter().enumerate() {
            a.func_at(&format!("target_{i}"), *label);
            for _ in 0..=i {
                a.addi(S0, S0, 1);
            }
            a.ret();
        }
    })
}

/// A switch inside one function, by a computed jump that is neither call nor return.
fn switch(t: Target) -> Asm {
    let mut f = None;
    program(
        t,
        |a| {
            f = Some(a.label());
            for case in [0u64, 1, 2, 3, 2, 1, 0] {
                a.li(A0, case);
                a.call(f.unwrap());
            }
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("switch", f.unwrap());
        let table = a.label();
        a.la(T1, table);
        a.i("slli", T2, A0, 3);
        a.r("add", T1, T1, T2);
        a.jalr(ZERO, T1, 0);
        a.bind(table);
        let out = a.label();
        for case in 0..4 {
            a.addi(S0, S0, 10 + case);
            a.j(out);
        }
        a.bind(out);
        mix(a, A0);
        a.ret();
    })
}

/// Calls linked through t0 (x5), as millicode prologues do.
fn alternate_link(t: Target) -> Asm {
    let mut f = None;
    program(
        t,
        |a| {
            f = Some(a.label());
            for _ in 0..4 {
                a.jal(T0, f.unwrap());
                a.far_call(T0, T0, f.unwrap());
            }
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("millicode", f.unwrap());
        a.addi(S0, S0, 5);
        a.jalr(ZERO, T0, 0);
    })
}

/// A function that runs on into the next one.
fn fall_through(t: Target) -> Asm {
    let (mut first, mut second) = (None, None);
    program(
        t,
        |a| {
            first = Some(a.label());
            second = Some(a.label());
            a.call(first.unwrap());
            a.call(second.unwrap());
            a.call(first.unwrap());
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("falls", first.unwrap());
        a.addi(S0, S0, 1);
        a.func_at("lands", second.unwrap());
        a.addi(S0, S0, 2);
        a.ret();
    })
}

/// Three frames deep, then stack and ra of the first are restored at once.
fn longjmp(t: Target) -> Asm {
    let mut l = Vec::new();
    program(
        t,
        |a| {
            l = (0..3).map(|_| a.label()).collect();
            for _ in 0..3 {
                a.mv(S2, SP);
                let back = a.label();
                a.la(S3, back);
                a.call(l[0]);
                a.bind(back);
                a.addi(S0, S0, 1);
            }
            a.call(l[2]);
        },
        |_| (),
    )
    .extend(|a| {
        enter(a, "jmp_a", l[0]);
        a.call(l[1]);
        leave(a);
        enter(a, "jmp_b", l[1]);
        a.mv(SP, S2);
        a.jalr(ZERO, S3, 0);
        leave(a);
        a.func_at("after", l[2]);
        a.addi(S0, S0, 2);
        a.ret();
    })
}

/// Code that no symbol covers, called from code that has one.
fn no_symbols(t: Target) -> Asm {
    let mut f = None;
    let mut a = program(
        t,
        |a| {
            f = Some(a.label());
            a.call(f.unwrap());
        },
        |_| (),
    );
    a.end_func();
    for _ in 0..4 {
        a.addi(S0, S0, 1);
    }
    a.bind(f.unwrap());
    a.addi(S0, S0, 9);
    a.ret();
    a
}

/// The entry function returns to the BIOS instead of exiting by `ecall`.
fn returns_to_bios(t: Target) -> Asm {
    let mut a = Asm::on(t);
    a.func("_start");
    a.mv(S1, RA);
    a.li(SP, crate::asm::STACK_TOP);
    let f = a.label();
    a.call(f);
    a.mv(RA, S1);
    a.ret();
    a.func_at("work", f);
    a.li(A1, 77);
    a.r("mul", A1, A1, A1);
    a.ret();
    a
}

/// A call that enters a function behind its first instruction.
fn into_the_middle(t: Target) -> Asm {
    let (mut start, mut middle) = (None, None);
    program(
        t,
        |a| {
            start = Some(a.label());
            middle = Some(a.label());
            a.call(start.unwrap());
            a.call(middle.unwrap());
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("two_doors", start.unwrap());
        a.addi(S0, S0, 1);
        a.bind(middle.unwrap());
        a.addi(S0, S0, 2);
        a.ret();
    })
}

/// Functions whose first and last work is a precompile, so that its cost must stay with them.
fn precompile_first(t: Target) -> Asm {
    let mut f = None;
    program(
        t,
        |a| {
            f = Some(a.label());
            a.li(A1, crate::asm::RAM_ADDR + 0x400);
            a.call(f.unwrap());
            a.csrs(0x800, A1);
            a.call(f.unwrap());
            a.csrs(0x800, A1);
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at("permute", f.unwrap());
        a.csrs(0x800, A1);
        a.ret();
    })
}
