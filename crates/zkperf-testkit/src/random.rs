//! Random programs: straight lines, bounded loops, branches, calls, memory, atomics, CSRs, DMA and
//! precompiles, with operands that like the edges of rules. They always end.
//!
//! A program is a list of fragments, each made from its own random numbers, so that fragments can be
//! left out one by one to find the one that makes two executors differ.

use std::collections::BTreeSet;

use crate::asm::{Asm, Label, RAM_ADDR};
use crate::guest::{blake2b_round, mix, mix_words, program, two_operands};
use crate::inst::*;
use crate::rng::Rng;
use crate::target::Target;
use crate::values::INTERESTING;

/// A random program.
#[derive(Debug, Clone)]
pub struct RandomGuest {
    /// What it was made from.
    pub seed: u64,
    /// How many fragments the whole program has.
    pub fragments: usize,
    /// The ELF file.
    pub elf: Vec<u8>,
    /// The input file.
    pub input: Vec<u8>,
}

/// Registers that fragments compute with; x0 among them.
const POOL: &[Reg] = &[
    ZERO, GP, TP, A0, A1, A2, A3, A4, A5, A6, A7, S2, S3, S4, S5, S6, S7, T3, T4, T5, T6,
];
/// Scratch memory in general RAM, 4 KiB.
const SCRATCH: u64 = RAM_ADDR + 0x8000;
/// Scratch memory on the stack, 4 KiB.
const STACK_SCRATCH: u64 = 0xa020_0000;
/// Aligned operands of precompiles.
const OPERANDS: u64 = RAM_ADDR + 0xa000;
const INPUT_BYTES: usize = 512;

/// The program of a seed for a ZisK version; with `keep`, only the fragments whose index is in the set.
pub fn random_guest(seed: u64, keep: Option<&BTreeSet<usize>>, target: Target) -> RandomGuest {
    let mut rng = Rng::new(seed);
    let fragments = 4 + rng.below(28) as usize;
    let functions = 1 + rng.below(5) as usize;
    let wanted = |index: usize| keep.is_none_or(|k| k.contains(&index));
    let mut labels: Vec<Label> = Vec::new();
    let asm = program(
        target,
        |a| {
            labels = (0..functions).map(|_| a.label()).collect();
            a.li(S10, SCRATCH);
            let mut start = Rng::new(seed ^ 0x5eed);
            for &register in &POOL[1..] {
                a.li(register, value(&mut start));
            }
            for index in 0..fragments {
                if wanted(index) {
                    let mut rng = Rng::new(seed.wrapping_mul(0x1_0001).wrapping_add(index as u64));
                    fragment(a, &mut rng, &labels);
                }
            }
            for &register in POOL {
                mix(a, register);
            }
            for place in [SCRATCH, STACK_SCRATCH, OPERANDS] {
                mix_words(a, place, 64);
            }
        },
        |_| (),
    );
    let asm = asm.extend(|a| {
        for (index, label) in labels.iter().enumerate() {
            let mut rng = Rng::new(seed ^ (0xf00d_0000 + index as u64));
            function(a, &mut rng, index, *label, &labels);
        }
        let mut rng = Rng::new(seed ^ 0xda7a);
        let words: Vec<u64> = (0..64).map(|_| value(&mut rng)).collect();
        a.ro_words(target.ro, &words);
        let words: Vec<u64> = (0..64).map(|_| rng.next_u64() >> rng.below(64)).collect();
        a.rw_words(OPERANDS, &words);
    });
    let mut rng = Rng::new(seed ^ 0x1237);
    RandomGuest {
        seed,
        fragments,
        elf: asm.elf(),
        input: (0..INPUT_BYTES).map(|_| rng.next_u64() as u8).collect(),
    }
}

/// A value that is likely to sit on an edge.
fn value(rng: &mut Rng) -> u64 {
    match rng.below(6) {
        0 => *rng.pick(INTERESTING),
        1 => rng
            .pick(INTERESTING)
            .wrapping_add(rng.below(5))
            .wrapping_sub(2),
        2 => rng.below(5000),
        3 => rng.next_u64() >> rng.below(64),
        4 => 0xa03f_0000 + rng.below(0x2_0000),
        _ => rng.next_u64(),
    }
}

fn any(rng: &mut Rng) -> Reg {
    *rng.pick(POOL)
}

fn fragment(a: &mut Asm, rng: &mut Rng, functions: &[Label]) {
    match rng.below(20) {
        0..=4 => line(a, rng, 12),
        5 => constants(a, rng),
        6..=9 => memory(a, rng, 8),
        10..=11 => bounded_loop(a, rng, functions),
        12 => diamond(a, rng),
        13..=14 => call(a, rng, functions),
        15 => atomic(a, rng),
        16 => csr(a, rng),
        17 => dma(a, rng),
        18 => precompile(a, rng),
        _ => fcall(a, rng),
    }
}

/// Computations on random registers.
fn line(a: &mut Asm, rng: &mut Rng, most: u64) {
    for _ in 0..=rng.below(most) {
        let (rd, rs1, rs2) = (any(rng), any(rng), any(rng));
        match rng.below(8) {
            0..=3 => a.r(rng.pick(&a.target().r_types()).name, rd, rs1, rs2),
            4..=5 => {
                let op = *rng.pick(&a.target().i_types());
                let imm = match op.bits {
                    12 if rng.one_in(2) => rng.below(4096) as i64 - 2048,
                    12 => *rng.pick(&[0, 1, -1, 2, 8, 63, 69, -8]),
                    0 => 0,
                    bits => rng.below(1 << bits) as i64,
                };
                a.i(op.name, rd, rs1, imm);
            }
            6 => a.lui(rd, rng.next_u64() as u32),
            _ => a.li(rd, value(rng)),
        }
    }
    let register = any(rng);
    mix(a, register);
}

fn constants(a: &mut Asm, rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        a.li(any(rng), value(rng));
    }
}

/// Puts an address inside a zone into s9: a fixed place or one computed from a register.
fn address(a: &mut Asm, rng: &mut Rng, readable_only: bool) {
    let zone = match rng.below(if readable_only { 4 } else { 2 }) {
        0 => SCRATCH,
        1 => STACK_SCRATCH,
        2 => a.target().ro,
        _ => a.target().input + 8,
    };
    a.li(S9, zone + rng.below(64));
    if rng.one_in(2) {
        let source = any(rng);
        a.i("andi", T0, source, 0xff);
        a.r("add", S9, S9, T0);
    }
}

fn memory(a: &mut Asm, rng: &mut Rng, most: u64) {
    for _ in 0..=rng.below(most) {
        let store = rng.one_in(2);
        address(a, rng, !store);
        let offset = rng.below(24) as i32;
        if store {
            a.store(rng.pick(STORES).name, any(rng), S9, offset);
        } else {
            let rd = any(rng);
            a.load(rng.pick(LOADS).name, rd, S9, offset);
            mix(a, rd);
        }
    }
}

/// A loop of 1 to 20 rounds over other work; s8 counts.
fn bounded_loop(a: &mut Asm, rng: &mut Rng, functions: &[Label]) {
    a.li(S8, 1 + rng.below(20));
    let top = a.label_here();
    for _ in 0..=rng.below(3) {
        match rng.below(6) {
            0..=2 => line(a, rng, 6),
            3 => memory(a, rng, 3),
            4 => diamond(a, rng),
            _ => call(a, rng, functions),
        }
    }
    a.addi(S8, S8, -1);
    let out = a.label();
    a.branch("beq", S8, ZERO, out);
    a.j(top);
    a.bind(out);
}

/// A branch over one of two ways.
fn diamond(a: &mut Asm, rng: &mut Rng) {
    let (name, _) = *rng.pick(BRANCHES);
    let (other, join) = (a.label(), a.label());
    let (x, y) = (any(rng), any(rng));
    a.branch(name, x, y, other);
    line(a, rng, 4);
    a.j(join);
    a.bind(other);
    line(a, rng, 4);
    a.bind(join);
}

/// A call: near, far, or through a register.
fn call(a: &mut Asm, rng: &mut Rng, functions: &[Label]) {
    let target = *rng.pick(functions);
    match rng.below(4) {
        0 => a.far_call(RA, RA, target),
        1 => {
            a.la(T1, target);
            a.jalr(RA, T1, 0);
        }
        _ => a.call(target),
    }
}

/// A function: a leaf, or one with a frame that calls a function behind it in the list.
fn function(a: &mut Asm, rng: &mut Rng, index: usize, label: Label, all: &[Label]) {
    a.func_at(&format!("function_{index}"), label);
    let deeper = &all[index + 1..];
    if deeper.is_empty() || rng.one_in(3) {
        line(a, rng, 6);
        a.ret();
        return;
    }
    a.addi(SP, SP, -32);
    a.store("sd", RA, SP, 24);
    a.store("sd", S8, SP, 16);
    for _ in 0..=rng.below(3) {
        match rng.below(4) {
            0 => line(a, rng, 6),
            1 => memory(a, rng, 3),
            2 => bounded_loop(a, rng, deeper),
            _ => call(a, rng, deeper),
        }
    }
    a.load("ld", S8, SP, 16);
    a.load("ld", RA, SP, 24);
    a.addi(SP, SP, 32);
    a.ret();
}

fn atomic(a: &mut Asm, rng: &mut Rng) {
    let double = rng.one_in(2);
    for _ in 0..=rng.below(3) {
        // rs1 must hold an address: t2, or a pool register that is overwritten with it first.
        let base = if rng.one_in(2) { T2 } else { A3 };
        a.li(
            base,
            SCRATCH + rng.below(32) * if rng.one_in(4) { 1 } else { 8 },
        );
        let (rd, rs2) = match rng.below(4) {
            0 => (base, any(rng)),
            1 => (any(rng), base),
            _ => (any(rng), any(rng)),
        };
        match rng.below(4) {
            0 => a.amo("lr", double, rd, ZERO, base),
            1 => a.amo("sc", double, rd, rs2, base),
            _ => a.amo(rng.pick(AMOS).0, double, rd, rs2, base),
        }
        mix(a, rd);
    }
}

fn csr(a: &mut Asm, rng: &mut Rng) {
    for _ in 0..=rng.below(4) {
        let (name, _) = *rng.pick(CSR_FORMS);
        let source = if name.ends_with('i') {
            rng.below(32) as u8
        } else {
            any(rng).0
        };
        let rd = any(rng);
        let csr = 0x340 + rng.below(4) as u32;
        if a.target().runs_csr(name, rd, source) {
            a.csr(name, rd, csr, source);
        }
        mix(a, rd);
    }
}

/// Copies, compares and sets with a random count below 256, or an immediate one.
fn dma(a: &mut Asm, rng: &mut Rng) {
    let source = match rng.below(4) {
        0 => a.target().ro + rng.below(128),
        1 => a.target().input + 8 + rng.below(128),
        2 => STACK_SCRATCH + rng.below(512),
        _ => SCRATCH + rng.below(512),
    };
    let target = if rng.one_in(3) {
        STACK_SCRATCH
    } else {
        SCRATCH
    } + rng.below(512);
    a.li(T0, source);
    a.li(T1, target);
    let register = any(rng);
    a.i("andi", T2, register, *rng.pick(&[7, 15, 63, 255]));
    let rd = any(rng);
    match rng.below(6) {
        0 | 1 => {
            a.csr("csrrs", rd, 0x813, T0.0);
            a.r("add", ZERO, T1, T2);
        }
        2 => {
            a.csr("csrrs", rd, 0x814, T0.0);
            a.r("add", ZERO, T1, T2);
        }
        3 => {
            a.csr("csrrs", rd, if rng.one_in(2) { 0x813 } else { 0x814 }, T0.0);
            a.addi(ZERO, T1, rng.below(200) as i64);
        }
        4 => {
            a.csr("csrrs", ZERO, 0x816, T1.0);
            a.addi(rd, T2, rng.below(256) as i64);
        }
        _ => {
            a.csr("csrrsi", ZERO, 0x816, 2);
            a.addi(rd, T1, rng.below(200) as i64);
            a.addi(ZERO, T1, rng.below(256) as i64);
        }
    }
    mix(a, rd);
}

/// Precompiles that take any operands.
fn precompile(a: &mut Asm, rng: &mut Rng) {
    let place = |rng: &mut Rng| OPERANDS + 8 * rng.below(16);
    match rng.below(6) {
        0 => {
            a.li(T0, place(rng));
            a.csrs(0x800, T0);
        }
        1 | 2 => {
            // sha256, and of newer versions blake3, blake2s.
            let mut port = *rng.pick(&[0x805u32, 0x81e, 0x81f]);
            if !a.target().has_library {
                port = 0x805;
            }
            a.li(T0, place(rng));
            a.li(T1, place(rng));
            two_operands(a, port, T0, T1);
        }
        3 => {
            a.li(T0, OPERANDS);
            a.li(T1, OPERANDS + 0x100);
            blake2b_round(a, T0, T1, rng.below(10) as i64);
        }
        _ => {
            // add256 or arith256 on a pointer block of their own.
            let add = rng.one_in(2);
            a.li(T0, SCRATCH + 0xf00);
            let fields = if add { 4 } else { 5 };
            for field in 0..fields {
                let word = if add && field == 2 {
                    rng.below(2)
                } else {
                    place(rng)
                };
                a.li(T1, word);
                a.store("sd", T1, T0, 8 * field);
            }
            let rd = any(rng);
            if add {
                a.csr("csrrs", rd, 0x811, T0.0);
                mix(a, rd);
            } else {
                a.csrs(0x801, T0);
            }
        }
    }
}

/// A 256-bit division or bit position by free-input call; some results are read, some are not.
fn fcall(a: &mut Asm, rng: &mut Rng) {
    a.li(T0, OPERANDS + 8 * rng.below(8));
    // The divisor must not be zero.
    a.li(T1, SCRATCH + 0xe00);
    a.li(T2, 1 + rng.below(1000));
    a.store("sd", T2, T1, 0);
    a.csrs(0x8f2, T0);
    a.csrs(0x8f2, T1);
    a.csr("csrrwi", ZERO, 0x8c0, 19);
    for _ in 0..rng.below(8) {
        let rd = any(rng);
        if rd == ZERO {
            continue; // `csrr x0, 0xFFE` is not a result read.
        }
        a.csr("csrrs", rd, 0xffe, 0);
        mix(a, rd);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::TARGETS;

    /// The same seed gives the same bytes; leaving fragments out keeps the others.
    #[test]
    fn deterministic() {
        for (seed, target) in (0..200).zip(TARGETS.into_iter().cycle()) {
            let one = random_guest(seed, None, target);
            assert_eq!(one.elf, random_guest(seed, None, target).elf);
            let all: BTreeSet<usize> = (0..one.fragments).collect();
            assert_eq!(one.elf, random_guest(seed, Some(&all), target).elf);
            let none = random_guest(seed, Some(&BTreeSet::new()), target);
            assert!(none.elf.len() < one.elf.len());
        }
    }
}
