//! Random programs: fragments in a random order, each of which leaves the checksum in s0.

use super::alu::{register_names, IMMEDIATES};
use super::frame::*;
use crate::asm::Asm;
use crate::inst::*;
use crate::rng::Rng;
use crate::values::INTERESTING;
use std::collections::BTreeSet;

/// A random program and its input.
#[derive(Debug, Clone)]
pub struct Sp1Random {
    /// The ELF file.
    pub elf: Vec<u8>,
    /// The input buffers.
    pub inputs: Vec<Vec<u8>>,
    /// How many fragments it has.
    pub fragments: usize,
}

/// Bytes of scratch memory the programs work on.
const WINDOW: u64 = 1 << 12;
/// Registers a fragment may change: a0 to a7, t1 to t5, s1 to s10.
const FREE: [u8; 22] = [
    6, 7, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 28, 29,
];

/// The program of a seed; with `keep`, only those of its fragments (to reduce a difference).
pub fn sp1_random_guest(seed: u64, keep: Option<&BTreeSet<usize>>) -> Sp1Random {
    let mut rng = Rng::new(seed);
    let fragments = 4 + rng.below(24) as usize;
    let inputs: Vec<Vec<u8>> = (0..rng.below(5))
        .map(|_| {
            let length = rng.below(40);
            (0..length).map(|_| rng.next_u64() as u8).collect()
        })
        .collect();
    let words: Vec<u64> = (0..64).map(|_| value(&mut rng)).collect();
    let asm = program(
        |a| {
            for &register in &FREE {
                a.li(Reg(register), value(&mut rng));
            }
            for fragment in 0..fragments {
                // Each fragment has a generator of its own, so that leaving one out changes no other.
                let mut own = Rng::new(rng.next_u64());
                if keep.is_none_or(|keep| keep.contains(&fragment)) {
                    emit(a, &mut own);
                }
            }
            for &register in &FREE {
                mix(a, Reg(register));
            }
        },
        |a| a.rw_words(DATA, &words),
    );
    let mut guest = Sp1Guest::new("random", asm);
    guest.inputs = inputs;
    Sp1Random {
        elf: guest.elf,
        inputs: guest.inputs,
        fragments,
    }
}

fn value(rng: &mut Rng) -> u64 {
    if rng.one_in(3) {
        *rng.pick(INTERESTING)
    } else {
        rng.next_u64() >> rng.below(64)
    }
}

fn free(rng: &mut Rng) -> Reg {
    Reg(*rng.pick(&FREE))
}

/// Any register to read, x0 and the stack pointer among them.
fn source(rng: &mut Rng) -> Reg {
    Reg(rng.below(32) as u8)
}

fn emit(a: &mut Asm, rng: &mut Rng) {
    match rng.below(12) {
        0..=3 => computing(a, rng),
        4 | 5 => memory(a, rng),
        6 => branching(a, rng),
        7 => looping(a, rng),
        8 => calling(a, rng),
        9 => precompile(a, rng),
        10 => input(a, rng),
        _ => output(a, rng),
    }
}

fn computing(a: &mut Asm, rng: &mut Rng) {
    let names = register_names();
    for _ in 0..1 + rng.below(30) {
        let rd = if rng.one_in(12) { ZERO } else { free(rng) };
        match rng.below(5) {
            0 | 1 => a.r(rng.pick::<&str>(&names), rd, source(rng), source(rng)),
            2 | 3 => {
                let (name, bits) = *rng.pick(&IMMEDIATES);
                let immediate = match bits {
                    12 => rng.below(4096) as i64 - 2048,
                    bits => rng.below(1 << bits) as i64,
                };
                a.i(name, rd, source(rng), immediate);
            }
            _ if rng.one_in(2) => a.lui(rd, rng.next_u64() as u32),
            _ => a.auipc(rd, rng.next_u64() as u32),
        }
    }
}

fn memory(a: &mut Asm, rng: &mut Rng) {
    for _ in 0..1 + rng.below(20) {
        let pointer = S11;
        let place = SCRATCH + rng.below(WINDOW / 8) * 8;
        a.li(pointer, place);
        if rng.one_in(2) {
            let load = rng.pick(LOADS);
            let offset = (rng.below(8) as i32) & -(load.width as i32);
            let rd = if rng.one_in(10) { ZERO } else { free(rng) };
            a.load(load.name, rd, pointer, offset);
        } else {
            let store = rng.pick(STORES);
            let offset = (rng.below(8) as i32) & -(store.width as i32);
            a.store(store.name, source(rng), pointer, offset);
        }
    }
}

fn branching(a: &mut Asm, rng: &mut Rng) {
    for _ in 0..1 + rng.below(6) {
        let over = a.label();
        a.branch(rng.pick(BRANCHES).0, source(rng), source(rng), over);
        computing(a, rng);
        a.bind(over);
    }
}

fn looping(a: &mut Asm, rng: &mut Rng) {
    a.li(S11, 1 + rng.below(60));
    let top = a.label_here();
    computing(a, rng);
    a.addi(S11, S11, -1);
    a.branch("bne", S11, ZERO, top);
}

/// A function called near or far, perhaps by way of a tail call.
fn calling(a: &mut Asm, rng: &mut Rng) {
    let (function, tail, over) = (a.label(), a.label(), a.label());
    if rng.one_in(2) {
        a.call(function);
    } else {
        a.far_call(RA, RA, function);
    }
    a.j(over);
    let name = format!("f{:x}", rng.next_u64());
    a.func_at(&name, function);
    computing(a, rng);
    if rng.one_in(3) {
        a.j(tail);
        a.func_at(&format!("{name}_tail"), tail);
        memory(a, rng);
    } else {
        a.bind(tail);
    }
    a.ret();
    a.func(&format!("{name}_rest"));
    a.bind(over);
}

fn precompile(a: &mut Asm, rng: &mut Rng) {
    let place = |rng: &mut Rng| SCRATCH + rng.below(WINDOW / 8) * 8;
    let (first, second) = (place(rng), place(rng));
    let number = *rng.pick(&[
        0x300105, 0x10106, 0x10109, 0x133, 0x1011d, 0x10130, 0x10131, 0x10126, 0x10127, 0x10128,
        0x10120, 0x10121, 0x10122, 0x10129, 0x1012b, 0x10123, 0x10125,
    ]);
    let second = match number {
        0x300105 | 0x10109 | 0x133 => 0,
        _ => second,
    };
    if number == 0x10130 || number == 0x10131 {
        a.li(A2, place(rng));
        a.li(A3, place(rng));
        a.li(A4, place(rng));
    }
    syscall2(a, number, first, second);
    mix(a, T0);
}

/// Reads the next buffer if there is one; now and then the guest makes one first.
fn input(a: &mut Asm, rng: &mut Rng) {
    if rng.one_in(2) {
        write(a, 14, DATA + rng.below(64), rng.below(30));
    }
    let none = a.label();
    syscall(a, HINT_LEN);
    a.addi(T1, ZERO, -1);
    a.branch("beq", T0, T1, none);
    a.mv(A1, T0);
    a.li(A0, SCRATCH + rng.below(WINDOW / 8) * 8);
    syscall(a, HINT_READ);
    a.bind(none);
    mix(a, T0);
}

fn output(a: &mut Asm, rng: &mut Rng) {
    if rng.one_in(3) {
        let outside = a.label();
        syscall(a, 3);
        a.branch("beq", T0, ZERO, outside);
        memory(a, rng);
        computing(a, rng);
        write(a, 14, SCRATCH + rng.below(64), rng.below(30));
        syscall(a, 4);
        a.bind(outside);
    }
    write(a, 13, SCRATCH + rng.below(WINDOW), rng.below(20));
}
