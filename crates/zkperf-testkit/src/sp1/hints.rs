//! Input, output, hooks, unconstrained blocks, cycle trackers.

use super::frame::*;
use crate::asm::Asm;
use crate::curves::SECP256K1_G;
use crate::inst::*;

const BUFFER: u64 = SCRATCH + 0x1000;
const ENTER: u64 = 3;
const EXIT: u64 = 4;

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    let buffers: [&[u8]; 6] = [b"", b"1", b"1234567", b"12345678", b"123456789", &[7; 1000]];
    all.push(Sp1Guest::new("hints", read_all(7)).with_inputs(&buffers));
    all.push(Sp1Guest::new("hints_again", touched_before()).with_inputs(&[b"12345678abcdefgh"]));
    all.push(Sp1Guest::new("hints_by_the_guest", from_guest()).with_inputs(&[b"last"]));
    all.push(Sp1Guest::new("write", writes()));
    all.push(Sp1Guest::new(
        "write_unknown_descriptor",
        unknown_descriptor(),
    ));
    all.push(Sp1Guest::new("commit", commits()));
    all.push(Sp1Guest::new("no_operations", nothing()));
    all.push(Sp1Guest::new("unconstrained", unconstrained()));
    all.push(Sp1Guest::new("unconstrained_hints", unconstrained_hints()).with_inputs(&[b"x"]));
    all.push(Sp1Guest::new("cycle_tracker", cycle_tracker()));
    add_hooks(all);
}

/// Asks for the next length, reads it, and mixes `a0`, length and data.
fn read_one(a: &mut Asm) {
    syscall(a, HINT_LEN);
    a.mv(S1, T0);
    mix(a, S1);
    a.li(A0, BUFFER);
    a.mv(A1, S1);
    syscall(a, HINT_READ);
    mix(a, T0);
    mix_words(a, BUFFER, 4);
}

/// Reads buffers while there are any; then the length is all ones.
fn read_all(most: u64) -> Asm {
    program(
        |a| {
            a.li(S2, most);
            let (top, done) = (a.label(), a.label());
            a.bind(top);
            syscall(a, HINT_LEN);
            mix(a, T0);
            a.addi(T1, ZERO, -1);
            a.branch("beq", T0, T1, done);
            read_one(a);
            a.addi(S2, S2, -1);
            a.branch("bne", S2, ZERO, top);
            a.bind(done);
        },
        |_| (),
    )
}

/// Words that were touched before a hint made them new are touched for the first time again.
fn touched_before() -> Asm {
    program(
        |a| {
            mix_words(a, BUFFER, 4);
            read_one(a);
        },
        |_| (),
    )
}

/// What the guest writes to descriptor 14 comes back first.
fn from_guest() -> Asm {
    program(
        |a| {
            a.li(S3, SCRATCH);
            a.store("sd", S0, S3, 0);
            write(a, 14, SCRATCH, 5);
            write(a, 14, SCRATCH + 3, 9);
            for _ in 0..3 {
                read_one(a);
            }
        },
        |_| (),
    )
}

fn writes() -> Asm {
    program(
        |a| {
            for (fd, offset, length) in [
                (13, 0, 0),
                (13, 0, 1),
                (13, 3, 13),
                (1, 0, 6),
                (2, 1, 5),
                (1, 0, 0),
            ] {
                write(a, fd, DATA + offset, length);
                mix(a, T0);
            }
        },
        |a| a.ro(DATA, b"hello\nworld and more\n".to_vec()),
    )
}

fn unknown_descriptor() -> Asm {
    program(|a| write(a, 3, DATA, 4), |a| a.ro(DATA, vec![1; 8]))
}

fn commits() -> Asm {
    program(
        |a| {
            for word in 0..8 {
                syscall2(a, 0x10, word, 0xffff_fff0 + word);
                syscall2(a, 0x1a, word, word << 33);
                mix(a, T0);
            }
        },
        |_| (),
    )
}

/// Syscalls that do nothing to the machine.
fn nothing() -> Asm {
    program(
        |a| {
            syscall2(a, 0x1b, SCRATCH, SCRATCH);
            mix(a, T0);
        },
        |_| (),
    )
}

/// Changes everything inside, and finds it as it was outside.
fn unconstrained() -> Asm {
    program(
        |a| {
            a.li(S1, SCRATCH);
            a.store("sd", S0, S1, 0);
            a.li(S2, 5);
            for _ in 0..2 {
                let outside = a.label();
                syscall(a, ENTER);
                a.branch("beq", T0, ZERO, outside);
                a.li(S2, 77);
                a.store("sb", S2, S1, 3);
                a.store("sd", S2, S1, 8);
                a.store("sd", S2, S1, 8);
                a.li(A4, 100);
                let top = a.label_here();
                a.addi(A4, A4, -1);
                a.load("ld", A5, S1, 0);
                a.branch("bne", A4, ZERO, top);
                a.li(SP, 3);
                syscall(a, EXIT);
                a.bind(outside);
                mix(a, S2);
                mix(a, SP);
                mix(a, T0);
                mix(a, A4);
                mix_words(a, SCRATCH, 2);
            }
        },
        |_| (),
    )
}

/// A block may write hints and public values.
fn unconstrained_hints() -> Asm {
    program(
        |a| {
            a.li(S1, SCRATCH);
            let outside = a.label();
            syscall(a, ENTER);
            a.branch("beq", T0, ZERO, outside);
            a.store("sd", S0, S1, 0);
            write(a, 14, SCRATCH, 8);
            write(a, 13, SCRATCH, 2);
            syscall(a, EXIT);
            a.bind(outside);
            read_one(a);
            read_one(a);
        },
        |_| (),
    )
}

/// Nested, repeated, overlapping and unmatched regions, both variants.
fn cycle_tracker() -> Asm {
    let lines = [
        "cycle-tracker-report-start: outer\n",
        "cycle-tracker-start: inner\n",
        "cycle-tracker-end: inner\n",
        "cycle-tracker-report-start: twice\n",
        "cycle-tracker-report-end: twice\n",
        "cycle-tracker-report-start: twice\n",
        "not a tracker\ncycle-tracker-report-start:  spaced \n",
        "cycle-tracker-report-end: twice\n",
        "cycle-tracker-report-end: outer\n",
        "cycle-tracker-report-end: spaced\n",
        "cycle-tracker-report-end: never\n",
        "cycle-tracker-report-start: open\n",
    ];
    let mut text = Vec::new();
    let places: Vec<(u64, u64)> = lines
        .iter()
        .map(|line| {
            let at = text.len() as u64;
            text.extend(line.as_bytes());
            (DATA + at, line.len() as u64)
        })
        .collect();
    program(
        |a| {
            for (address, length) in places {
                write(a, 1, address, length);
                mix(a, S0);
            }
        },
        |a| a.ro(DATA, text),
    )
}

fn bytes_be(words: &[u64]) -> Vec<u8> {
    words
        .iter()
        .rev()
        .flat_map(|word| word.to_be_bytes())
        .collect()
}

/// One hook: data in, as many answers back as there are.
fn hook(fd: u64, data: Vec<u8>) -> Asm {
    let length = data.len() as u64;
    program(
        |a| {
            write(a, fd, DATA, length);
            let (top, done) = (a.label(), a.label());
            a.bind(top);
            syscall(a, HINT_LEN);
            a.addi(T1, ZERO, -1);
            a.branch("beq", T0, T1, done);
            read_one(a);
            mix_words(a, BUFFER, 32);
            a.j(top);
            a.bind(done);
        },
        |a| a.ro(DATA, data),
    )
}

fn add_hooks(all: &mut Vec<Sp1Guest>) {
    let mut push = |name: &str, fd: u64, data: Vec<u8>| {
        all.push(Sp1Guest::new(&format!("hook_{name}"), hook(fd, data)));
    };
    let small = |value: u8, length: usize| {
        let mut bytes = vec![0; length];
        bytes[length - 1] = value;
        bytes
    };
    for (name, first, alpha) in [
        ("even", 1u8, 4),
        ("odd", 0x81, 4),
        ("no_square", 1, 5),
        ("r1_even", 2, 4),
        ("r1_odd", 0x82, 4),
        ("r1_no_square", 2, 3),
    ] {
        let data = [vec![first], bytes_be(&SECP256K1_G[..4]), small(alpha, 32)].concat();
        push(&format!("ecrecover_{name}"), 15, data);
    }
    for (y, v) in [(3, 5), (2, 3), (4, 7), (0, 0), (1, 1)] {
        let mut data = vec![0; 64];
        data[0] = y;
        data[32] = v;
        push(&format!("ed_decompress_{y}_{v}"), 16, data);
    }
    push("ed_decompress_unreduced", 16, vec![0xff; 32]);
    for length in [256usize, 384, 512] {
        let mut data = vec![0xab; 3 * length];
        data[2 * length..].fill(0xcd);
        push(&format!("rsa_{length}"), 17, data);
    }
    for value in [0u8, 1, 2, 4, 5] {
        push(&format!("bls_sqrt_{value}"), 18, small(value, 48));
    }
    push("bls_inverse", 19, small(5, 48));
    // 23 is 3 mod 4; 17 and 97 are 1 mod 4, with 2^4 and 2^5 in p - 1.
    for (p, non_residue) in [(23u8, 5u8), (17, 3), (97, 5)] {
        for element in [0u8, 1, 2, 3, 4, 5] {
            let data = [
                4u32.to_be_bytes().to_vec(),
                small(element, 4),
                small(p, 4),
                small(non_residue, 4),
            ]
            .concat();
            push(&format!("fp_sqrt_{p}_{element}"), 20, data);
        }
    }
    let data = [4u32.to_be_bytes().to_vec(), small(5, 4), small(97, 4)].concat();
    push("fp_inverse", 21, data);
}
