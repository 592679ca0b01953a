//! Exit codes, and everything the executor stops at.

use super::frame::*;
use crate::asm::Asm;
use crate::curves::SECP256K1_G;
use crate::elf::Segment;
use crate::inst::*;

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    for code in [1, 7, 0xffff_ffff] {
        let guest = Sp1Guest::new(&format!("exit_{code}"), exit(code));
        all.push(guest.ending(Sp1Ending::Exit(code as u32)));
    }
    for (name, asm) in faults() {
        all.push(Sp1Guest::new(&format!("fault_{name}"), asm).ending(Sp1Ending::Fault));
    }
    for (name, asm) in refused() {
        all.push(Sp1Guest::new(&format!("refused_{name}"), asm).ending(Sp1Ending::Refused));
    }
}

fn exit(code: u64) -> Asm {
    let mut a = Asm::at(CODE);
    a.func("_start");
    halt(&mut a, code);
    a
}

fn faults() -> Vec<(String, Asm)> {
    let mut list: Vec<(String, Asm)> = Vec::new();
    let mut push = |name: &str, body: &dyn Fn(&mut Asm)| {
        list.push((
            name.to_owned(),
            program(
                |a| body(a),
                |a| {
                    a.rw_words(DATA, &SECP256K1_G);
                    a.rw_words(DATA + 0x1000, &[1; 8]);
                },
            ),
        ));
    };
    for load in LOADS.iter().filter(|load| load.width > 1) {
        push(&format!("misaligned_{}", load.name), &|a| {
            a.li(S1, SCRATCH + 1);
            a.load(load.name, A1, S1, 0);
        });
    }
    for store in STORES.iter().filter(|store| store.width > 1) {
        push(&format!("misaligned_{}", store.name), &|a| {
            a.li(S1, SCRATCH + 1);
            a.store(store.name, A1, S1, 0);
        });
    }
    for (name, word) in [
        ("ebreak", 0x0010_0073),
        ("csr", 0xc000_2573),
        ("fence", 0x0ff0_000f),
        ("wfi", 0x1050_0073),
        ("mret", 0x3020_0073),
    ] {
        push(name, &|a| a.word(word));
    }
    push("jump_outside", &|a| {
        a.li(T1, SCRATCH);
        a.jalr(ZERO, T1, 0);
    });
    push("unknown_syscall", &|a| syscall(a, 0x77));
    push("hint_exhausted", &|a| syscall2(a, HINT_READ, SCRATCH, 8));
    push("commit_index", &|a| syscall2(a, 0x10, 8, 1));
    push("commit_word", &|a| syscall2(a, 0x10, 0, 1 << 32));
    push("exit_without_enter", &|a| syscall(a, 4));
    push("halt_unconstrained", &|a| {
        syscall(a, 3);
        halt(a, 0);
    });
    push("sha_extend_argument", &|a| syscall2(a, 0x300105, DATA, 1));
    push("keccak_argument", &|a| syscall2(a, 0x10109, DATA, 1));
    push("keccak_misaligned", &|a| syscall2(a, 0x10109, DATA + 4, 0));
    push("curve_misaligned", &|a| {
        syscall2(a, 0x1010a, DATA, DATA + 4)
    });
    push("curve_equal_points", &|a| syscall2(a, 0x1010e, DATA, DATA));
    push("curve_not_on_it", &|a| {
        syscall2(a, 0x1010a, DATA, DATA + 0x1000);
    });
    push("ed_sign", &|a| syscall2(a, 0x108, DATA, 2));
    push("secp256k1_decompress", &|a| syscall2(a, 0x10c, DATA, 0));
    push("u256xu2048_mul", &|a| syscall2(a, 0x1012f, DATA, DATA));
    push("mprotect", &|a| syscall2(a, 0x132, 0x7f00_0000, 3));
    push("hook_fp_length", &|a| write(a, 20, DATA, 8));
    push("hook_bls_zero", &|a| write(a, 19, SCRATCH, 48));
    push("hook_ecrecover_length", &|a| write(a, 15, DATA, 8));
    list
}

fn refused() -> Vec<(&'static str, Asm)> {
    let with = |change: fn(&mut Asm)| {
        let mut a = exit(0);
        change(&mut a);
        a
    };
    vec![
        ("atomic", with(|a| a.amo("amoadd", true, A0, A1, A2))),
        ("fence_i", with(|a| a.word(0x0000_100f))),
        ("zero_word", with(|a| a.word(0))),
        ("compressed", with(|a| a.word(0x0001_4501))),
        ("below_stack_top", with(|a| a.ro(0x7000_0000, vec![1]))),
        (
            "unsorted",
            with(|a| {
                a.ro(DATA + 0x1000, vec![1]);
                a.ro(DATA, vec![1]);
            }),
        ),
        ("misaligned_segment", with(|a| a.ro(DATA + 2, vec![1]))),
        (
            "writable_code",
            with(|a| {
                a.segment(Segment {
                    flags: 7,
                    ..Segment::code(DATA, vec![0x13, 0, 0, 0], true)
                });
            }),
        ),
        (
            "second_code",
            with(|a| {
                a.segment(Segment::code(DATA, vec![0x13, 0, 0, 0], true));
            }),
        ),
        (
            "unreadable",
            with(|a| {
                a.segment(Segment {
                    flags: 2,
                    ..Segment::writable(DATA, vec![1], 8)
                });
            }),
        ),
    ]
}
