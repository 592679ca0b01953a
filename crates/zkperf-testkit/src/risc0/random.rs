//! Random programs: straight lines, memory near and far, bounded loops, branches, calls, ecalls and
//! syscalls. They always end.
//!
//! A program is a list of fragments, each made from its own random numbers, so that fragments can be
//! left out one by one to find the one that makes two executors differ.

use std::collections::BTreeSet;

use super::compute::{BRANCHES, IMMEDIATE, LOADS, REGISTER, SHIFTS, STORES, VALUES};
use super::frame::*;
use crate::asm::{Asm, Label};
use crate::inst::*;
use crate::rng::Rng;

/// A random program.
#[derive(Debug, Clone)]
pub struct RandomGuest {
    /// How many fragments the whole program has.
    pub fragments: usize,
    /// The guest, with the segment size it is meant for.
    pub guest: Guest,
}

/// Registers that fragments compute with.
const POOL: &[Reg] = &[
    ZERO, GP, TP, A0, A1, A2, A3, A4, A5, A6, A7, S3, S4, S5, S6, S7, S9, T2, T6,
];
/// Memory that fragments use: the stack, declared data, and two far places.
const ZONES: &[u32] = &[STACK - 0x2000, DATA, 0x3000_0000, 0x9fff_f000];
const INPUT_BYTES: usize = 4096;

/// The program of a seed; with `keep`, only the fragments whose index is in the set.
pub fn random_guest(seed: u64, keep: Option<&BTreeSet<usize>>) -> RandomGuest {
    let mut rng = Rng::new(seed);
    let fragments = 4 + rng.below(28) as usize;
    let functions = 1 + rng.below(4) as usize;
    let po2 = *rng.pick(&[13, 14, 15, 15, 16, 20]);
    let mut labels: Vec<Label> = Vec::new();
    let asm = program(
        |a| {
            labels = (0..functions).map(|_| a.label()).collect();
            for &register in &POOL[1..] {
                a.li32(register, value(&mut rng));
            }
            for index in 0..fragments {
                if keep.is_none_or(|keep| keep.contains(&index)) {
                    let mut rng = Rng::new(seed.wrapping_mul(0x1_0001).wrapping_add(index as u64));
                    fragment(a, &mut rng, &labels, po2);
                }
            }
            for &register in POOL {
                mix(a, register);
            }
            for &zone in ZONES {
                mix_words(a, zone, 64);
            }
        },
        |_| (),
    );
    let asm = asm.extend(|a| {
        for (index, &label) in labels.iter().enumerate() {
            let mut rng = Rng::new(seed ^ (0xf00d_0000 + index as u64));
            a.func_at(&format!("function_{index}"), label);
            line(a, &mut rng, 10);
            memory(a, &mut rng, 3);
            // A tail call to the next one now and then.
            match labels.get(index + 1) {
                Some(&next) if rng.one_in(3) => a.j(next),
                _ => a.ret(),
            }
        }
    });
    let mut rng = Rng::new(seed ^ 0x1237);
    RandomGuest {
        fragments,
        guest: Guest {
            name: format!("random_{seed}"),
            elf: asm.elf32(),
            input: (0..INPUT_BYTES).map(|_| rng.next_u64() as u8).collect(),
            po2: vec![po2],
            ..Guest::default()
        },
    }
}

fn value(rng: &mut Rng) -> u32 {
    match rng.below(3) {
        0 => *rng.pick(VALUES),
        1 => rng
            .pick(VALUES)
            .wrapping_add(rng.below(9) as u32)
            .wrapping_sub(4),
        _ => rng.next_u64() as u32,
    }
}

fn any(rng: &mut Rng) -> Reg {
    *rng.pick(POOL)
}

fn fragment(a: &mut Asm, rng: &mut Rng, functions: &[Label], po2: u32) {
    match rng.below(16) {
        0..=2 => line(a, rng, 14),
        3..=6 => memory(a, rng, 8),
        7..=9 => bounded_loop(a, rng, functions, po2),
        10 => diamond(a, rng),
        11..=12 => a.call(functions[rng.below(functions.len() as u64) as usize]),
        13 => host_call(a, rng),
        // In a small segment, an ecall's pages may not fit into what is left.
        14 if po2 >= 15 => accelerate(a, rng),
        _ => rewrite(a, rng),
    }
}

/// Computations on random registers.
fn line(a: &mut Asm, rng: &mut Rng, most: u64) {
    for _ in 0..=rng.below(most) {
        let (rd, rs1, rs2) = (any(rng), any(rng), any(rng));
        match rng.below(8) {
            0..=3 => a.r(rng.pick::<&str>(REGISTER), rd, rs1, rs2),
            4 => a.i(
                rng.pick::<&str>(IMMEDIATE),
                rd,
                rs1,
                rng.below(4096) as i64 - 2048,
            ),
            5 => a.i(rng.pick::<&str>(SHIFTS), rd, rs1, rng.below(32) as i64),
            6 => a.auipc(rd, rng.next_u64() as u32),
            _ => a.li32(rd, value(rng)),
        }
    }
    let register = any(rng);
    mix(a, register);
}

/// Loads and stores at random places of a zone, aligned as they must be.
fn memory(a: &mut Asm, rng: &mut Rng, most: u64) {
    for _ in 0..=rng.below(most) {
        let (name, size) = if rng.one_in(2) {
            *rng.pick(STORES)
        } else {
            *rng.pick(LOADS)
        };
        // Within 4 KiB of the zone, by a register's low bits.
        a.i("andi", S2, any(rng), 0x7fc);
        a.li32(T3, *rng.pick(ZONES) + 1024 * rng.below(3) as u32);
        a.r("add", S2, S2, T3);
        let offset = rng.below(64) as i32 / size as i32 * size as i32;
        if name.starts_with('s') {
            a.store(name, any(rng), S2, offset);
        } else {
            let rd = any(rng);
            a.load(name, rd, S2, offset);
            mix(a, rd);
        }
    }
}

fn bounded_loop(a: &mut Asm, rng: &mut Rng, functions: &[Label], po2: u32) {
    // The official executor is slow at ending segments, and small ones end often.
    let rounds = match rng.below(4) {
        0 if po2 >= 15 => 200 + rng.below(800),
        _ => 1 + rng.below(30),
    };
    let parts = 1 + rng.below(3);
    let mut inner = rng.clone();
    repeat(a, rounds as u32, |a| {
        for _ in 0..parts {
            match inner.below(6) {
                0..=2 => line(a, &mut inner, 6),
                3..=4 => memory(a, &mut inner, 2),
                _ => a.call(functions[inner.below(functions.len() as u64) as usize]),
            }
        }
    });
}

fn diamond(a: &mut Asm, rng: &mut Rng) {
    let (other, end) = (a.label(), a.label());
    a.branch(rng.pick::<&str>(BRANCHES), any(rng), any(rng), other);
    line(a, rng, 4);
    a.j(end);
    a.bind(other);
    line(a, rng, 4);
    a.bind(end);
}

fn host_call(a: &mut Asm, rng: &mut Rng) {
    let buffer = *rng.pick(ZONES) + rng.below(1024) as u32;
    match rng.below(6) {
        0..=2 => {
            let most = *rng.pick(&[9, 70, 1100]);
            read(a, buffer, rng.below(most) as u32);
        }
        3 => software(a, SYS_RANDOM, buffer & !3, rng.below(12) as u32),
        4 => write(a, 1 + rng.below(3) as u32, buffer, rng.below(60) as u32),
        _ => software(a, SYS_CYCLE_COUNT, 0, 0),
    }
    mix(a, A0);
}

fn accelerate(a: &mut Asm, rng: &mut Rng) {
    let result = DATA + 0x4000 + 4 * rng.below(300) as u32;
    if rng.one_in(2) {
        a.li32(T0, 3);
        a.li32(A0, result);
        a.li32(A1, DATA + 4 * rng.below(64) as u32);
        let block = DATA + 4 * rng.below(512) as u32;
        a.li32(A2, block);
        a.li32(A3, block + 32);
        a.li32(A4, rng.below(14) as u32);
    } else {
        a.li32(T0, 7);
        let state = DATA / 4 + 0x1800;
        a.li32(A0, if rng.one_in(2) { 0 } else { state });
        a.li32(A1, DATA / 4 + rng.below(256) as u32);
        a.li32(A2, result / 4);
        let elements = if rng.one_in(2) { 0x8000_0000 } else { 0 };
        a.li32(A3, rng.below(3) as u32 | elements);
    }
    a.ecall();
    mix_words(a, result, 8);
}

/// An instruction replaced by another before it runs, round after round.
fn rewrite(a: &mut Asm, rng: &mut Rng) {
    let rounds = 1 + rng.below(6) as u32;
    let source = any(rng);
    repeat(a, rounds, |a| {
        let target = a.label();
        a.la(S2, target);
        // addi a0, a0, imm with the immediate from a register's low bits.
        a.i("slli", A1, source, 20);
        a.li32(A2, 0x0005_0513);
        a.r("or", A1, A1, A2);
        a.store("sw", A1, S2, 0);
        nops(a, rng.below(3) as usize);
        a.bind(target);
        a.word(0x0005_0513);
        mix(a, A0);
    });
}
