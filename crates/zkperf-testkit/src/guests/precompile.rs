//! Every precompile port with valid operands, in every zone, and with overlapping pointer blocks.

use crate::asm::{Asm, RAM_ADDR};
use crate::curves::*;
use crate::guest::{blake2b_round, mix, mix_words, program, two_operands as ab, Guest};
use crate::inst::*;
use crate::target::Target;

use super::memory::input_bytes;

/// Operands of the guests here: four slots of 32 words, then a pointer block.
const P1: u64 = RAM_ADDR + 0x400;
const P2: u64 = P1 + 0x100;
const P3: u64 = P2 + 0x100;
const P4: u64 = P3 + 0x100;
const P5: u64 = P4 + 0x100;
const BLOCK: u64 = P5 + 0x100;

fn pattern(words: usize, seed: u64) -> Vec<u64> {
    let mut rng = crate::rng::Rng::new(seed);
    (0..words).map(|_| rng.next_u64()).collect()
}

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    // In place on one pointer.
    for (name, port, data) in [
        ("keccak", 0x800u32, pattern(25, 1)),
        ("secp256k1_dbl", 0x804, SECP256K1_G.to_vec()),
        ("bn254_curve_dbl", 0x807, BN254_G.to_vec()),
        ("bls12_381_curve_dbl", 0x80d, BLS12_381_G.to_vec()),
        ("poseidon2", 0x812, small_field(16, 2)),
        ("poseidon1", 0x81b, small_field(16, 3)),
        ("secp256r1_dbl", 0x818, SECP256R1_G.to_vec()),
    ] {
        all.push(Guest::new(
            &format!("precompile_{name}"),
            in_place(t, port, &data),
        ));
    }
    // Two pointers, the result over the first. The curves' additions need different points: the
    // second operand is the double of the first, made in the guest.
    for (name, port, dbl, g) in [
        ("secp256k1_add", 0x803u32, 0x804u32, &SECP256K1_G[..]),
        ("bn254_curve_add", 0x806, 0x807, &BN254_G[..]),
        ("bls12_381_curve_add", 0x80c, 0x80d, &BLS12_381_G[..]),
        ("secp256r1_add", 0x817, 0x818, &SECP256R1_G[..]),
    ] {
        all.push(Guest::new(
            &format!("precompile_{name}"),
            curve_add(t, port, dbl, g),
        ));
    }
    for (name, port, words) in [
        ("sha256", 0x805u32, 8usize),
        ("bn254_complex_add", 0x808, 8),
        ("bn254_complex_sub", 0x809, 8),
        ("bn254_complex_mul", 0x80a, 8),
        ("bls12_381_complex_add", 0x80e, 12),
        ("bls12_381_complex_sub", 0x80f, 12),
        ("bls12_381_complex_mul", 0x810, 12),
    ] {
        add_two(t, all, name, port, words);
    }
    all.push(Guest::new(
        "precompile_blake2b",
        blake2b(t, &[0, 1, 9], false),
    ));
    if t.has_library {
        add_later(t, all);
    }
    // A struct of pointers.
    for (name, port, words) in [
        ("arith256", 0x801u32, 4usize),
        ("arith256_mod", 0x802, 4),
        ("arith384_mod", 0x80b, 6),
    ] {
        all.push(Guest::new(
            &format!("precompile_{name}"),
            pointers(t, port, words),
        ));
        all.push(
            Guest::new(
                &format!("precompile_{name}_zones"),
                pointer_zones(t, port, words),
            )
            .with_input(input_bytes(64)),
        );
        all.push(Guest::new(
            &format!("precompile_{name}_same"),
            same_pointers(t, port),
        ));
        all.push(
            Guest::new(
                &format!("precompile_{name}_overlap"),
                block_overlap(t, port),
            )
            .with_input(input_bytes(128)),
        );
    }
    all.push(Guest::new("precompile_add256", add256(t)));
    all.push(
        Guest::new("precompile_add256_overlap", add256_overlap(t)).with_input(input_bytes(128)),
    );
    all.push(Guest::new("precompile_jump_dest", jump_dest(t)).with_input(input_bytes(256)));
}

/// Operands of `words` words, in RAM and in each zone.
fn add_two(t: Target, all: &mut Vec<Guest>, name: &str, port: u32, words: usize) {
    let (first, second) = (field(words, 4), field(words, 5));
    all.push(Guest::new(
        &format!("precompile_{name}"),
        two(t, port, &first, &second),
    ));
    all.push(
        Guest::new(
            &format!("precompile_{name}_zones"),
            two_zones(t, port, &first, words),
        )
        .with_input(masked_input(words)),
    );
}

/// What came after 1.1.0-alpha.
fn add_later(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new(
        "precompile_poseidon2_koalabear",
        in_place(t, 0x821, &koalabear()),
    ));
    for (name, port) in [("blake3", 0x81e), ("blake2s", 0x81f)] {
        add_two(t, all, name, port, 8);
    }
    for (name, port, first, second) in [
        ("ed25519_add", 0x820u32, ED25519_G, ED25519_G),
        ("ed25519_add_zero", 0x820, ED25519_G, EDWARDS_ZERO),
        ("babyjubjub_add", 0x81d, EDWARDS_ZERO, EDWARDS_ZERO),
    ] {
        all.push(Guest::new(
            &format!("precompile_{name}"),
            two(t, port, &first, &second),
        ));
    }
    all.push(Guest::new(
        "precompile_blake2b_chain",
        blake2b(t, &[0, 1, 2, 3, 4], true),
    ));
}

/// Goldilocks elements (below 2^64 - 2^32 + 1).
fn small_field(words: usize, seed: u64) -> Vec<u64> {
    pattern(words, seed).iter().map(|w| w >> 1).collect()
}

/// KoalaBear lanes, two a word, each below 2^31 - 2^24 + 1.
fn koalabear() -> Vec<u64> {
    pattern(8, 6)
        .iter()
        .map(|w| w & 0x3fff_ffff_3fff_ffff)
        .collect()
}

/// Coordinates below every modulus used: the top words are small.
fn field(words: usize, seed: u64) -> Vec<u64> {
    let coordinate = words / 2;
    pattern(words, seed)
        .into_iter()
        .enumerate()
        .map(|(i, w)| if (i + 1) % coordinate == 0 { w >> 8 } else { w })
        .collect()
}

fn masked_input(words: usize) -> Vec<u8> {
    field(words, 7)
        .iter()
        .flat_map(|w| w.to_le_bytes())
        .collect()
}

/// `csrs port, p`.
fn one(a: &mut Asm, port: u32, p: Reg) {
    a.csrs(port, p);
}

fn in_place(t: Target, port: u32, data: &[u64]) -> Asm {
    let data = data.to_vec();
    let words = data.len();
    program(
        t,
        |a| {
            a.li(A1, P1);
            for _ in 0..3 {
                one(a, port, A1);
                mix_words(a, P1, words);
                a.li(A1, P1);
            }
            // The same on the stack: another zone of the report.
            a.li(A2, 0xa020_0000);
            for i in 0..words as i32 {
                a.load("ld", A3, A1, 8 * i);
                a.store("sd", A3, A2, 8 * i);
            }
            one(a, port, A2);
            mix_words(a, 0xa020_0000, words);
        },
        |a| a.rw_words(P1, &data),
    )
}

fn curve_add(t: Target, port: u32, dbl: u32, generator: &[u64]) -> Asm {
    let generator = generator.to_vec();
    let words = generator.len();
    program(
        t,
        |a| {
            a.li(A1, P1);
            a.li(A2, P2);
            one(a, dbl, A2);
            ab(a, port, A1, A2);
            mix_words(a, P1, words);
            a.li(A3, t.ro);
            ab(a, port, A1, A3);
            mix_words(a, P1, words);
        },
        |a| {
            a.rw_words(P1, &generator);
            a.rw_words(P2, &generator);
            a.ro_words(t.ro, &generator);
        },
    )
}

fn two(t: Target, port: u32, first: &[u64], second: &[u64]) -> Asm {
    let (first, second) = (first.to_vec(), second.to_vec());
    let words = first.len();
    program(
        t,
        |a| {
            a.li(A1, P1);
            a.li(A2, P2);
            ab(a, port, A1, A2);
            mix_words(a, P1, words);
            ab(a, port, A2, A1);
            mix_words(a, P2, words);
            // Both operands the same.
            ab(a, port, A1, A1);
            mix_words(a, P1, words);
        },
        |a| {
            a.rw_words(P1, &first);
            a.rw_words(P2, &second);
        },
    )
}

/// The second operand in the ROM, in the input (file and beyond) and on the stack; the first on the
/// stack.
fn two_zones(t: Target, port: u32, first: &[u64], words: usize) -> Asm {
    let first = first.to_vec();
    let constants = field(words, 8);
    program(
        t,
        |a| {
            a.li(A1, P1);
            for second in [t.ro, t.input + 8, t.input + 0x1000, 0xa030_0000] {
                a.li(A2, second);
                ab(a, port, A1, A2);
                mix_words(a, P1, words);
            }
            a.li(A4, 0xa030_0000);
            ab(a, port, A4, A1);
            mix_words(a, 0xa030_0000, words);
        },
        |a| {
            a.rw_words(P1, &first);
            a.ro_words(t.ro, &constants);
        },
    )
}

fn blake2b(t: Target, rounds: &[i64], chained: bool) -> Asm {
    let (state, message) = (pattern(16, 9), pattern(16, 10));
    let rounds = rounds.to_vec();
    program(
        t,
        |a| {
            a.li(A1, P1);
            a.li(A2, P2);
            for repeat in 0..2 {
                for (k, round) in rounds.iter().enumerate() {
                    // Bit 5 passes state and message on, bit 4 takes them, bit 6 is a gap of 1.
                    let flags = match (chained, k) {
                        (false, _) => 0,
                        (true, 0) => 32,
                        (true, k) if k + 1 == rounds.len() => 16 | 64,
                        (true, _) => 16 | 32 | 64,
                    };
                    blake2b_round(a, A1, A2, round | flags);
                }
                mix_words(a, P1, 16);
                if repeat == 0 {
                    a.li(A1, P1);
                    a.li(A2, P2);
                }
            }
        },
        |a| {
            a.rw_words(P1, &state);
            a.rw_words(P2, &message);
        },
    )
}

/// Fills the pointer block with the addresses given.
fn block(a: &mut Asm, addresses: &[u64]) {
    a.li(A5, BLOCK);
    for (i, address) in addresses.iter().enumerate() {
        a.li(A6, *address);
        a.store("sd", A6, A5, 8 * i as i32);
    }
}

fn operands(a: &mut Asm, words: usize) {
    for (i, place) in [P1, P2, P3, P4, P5].into_iter().enumerate() {
        let mut data = pattern(words, 20 + i as u64);
        data.resize(16, 0);
        a.rw_words(place, &data);
    }
}

fn pointers(t: Target, port: u32, words: usize) -> Asm {
    program(
        t,
        |a| {
            block(a, &[P1, P2, P3, P4, P5]);
            for _ in 0..3 {
                one(a, port, A5);
                mix_words(a, P4, words);
                mix_words(a, P5, words);
                // The result becomes an operand.
                block(a, &[P5, P2, P3, P4, P5]);
            }
        },
        |a| operands(a, words),
    )
}

/// Operands in input, ROM, stack; the block itself on the stack.
fn pointer_zones(t: Target, port: u32, words: usize) -> Asm {
    program(
        t,
        |a| {
            block(a, &[t.input + 8, t.ro, 0xa030_0000, P4, P5]);
            one(a, port, A5);
            mix_words(a, P5, words);
            a.li(A4, 0xa030_1000);
            for i in 0..5 {
                a.load("ld", A3, A5, 8 * i);
                a.store("sd", A3, A4, 8 * i);
            }
            one(a, port, A4);
            mix_words(a, P5, words);
        },
        |a| {
            operands(a, words);
            a.ro_words(t.ro, &pattern(6, 30));
        },
    )
}

/// All operands are the same memory.
fn same_pointers(t: Target, port: u32) -> Asm {
    program(
        t,
        |a| {
            block(a, &[P1, P1, P1, P1, P1]);
            one(a, port, A5);
            mix_words(a, P1, 6);
        },
        |a| operands(a, 6),
    )
}

/// The result lands on the pointer block itself. Costs are billed from the block as it stands
/// *after* the operation: here 1 * a + 0 with `a` made of addresses in other zones.
fn block_overlap(t: Target, port: u32) -> Asm {
    let arith256 = port == 0x801;
    let after = [t.input + 8, t.ro, 0xa030_0000, P4, P5, 0];
    program(
        t,
        |a| {
            if arith256 {
                // a * b + c = dh, dl: dl over the block, dh elsewhere.
                block(a, &[P1, P2, P3, BLOCK, P5]);
            } else {
                // (a * b + c) mod m = d: the modulus is all ones.
                block(a, &[P1, P2, P3, P4, BLOCK]);
            }
            one(a, port, A5);
            mix_words(a, BLOCK, 6);
        },
        |a| {
            a.rw_words(P1, &after);
            a.rw_words(P2, &[1, 0, 0, 0, 0, 0]);
            a.rw_words(P3, &[0; 6]);
            a.rw_words(P4, &[u64::MAX; 6]);
            a.ro_words(t.ro, &pattern(6, 31));
        },
    )
}

/// a + b + carry, with the carry wanted, dropped, and into the pointer's own register.
fn add256(t: Target) -> Asm {
    program(
        t,
        |a| {
            for carry in [0u64, 1] {
                block(a, &[P1, P2, carry, P3]);
                a.csr("csrrs", A3, 0x811, A5.0);
                mix(a, A3);
                a.csr("csrrs", ZERO, 0x811, A5.0);
                mix_words(a, P3, 4);
                block(a, &[P1, P2, carry, P1]);
                a.csr("csrrs", A5, 0x811, A5.0);
                mix(a, A5);
                mix_words(a, P1, 4);
            }
        },
        |a| {
            a.rw_words(P1, &[u64::MAX, u64::MAX, u64::MAX, u64::MAX]);
            a.rw_words(P2, &pattern(4, 40));
        },
    )
}

/// The sum lands on the pointer block: the words become addresses in other zones.
fn add256_overlap(t: Target) -> Asm {
    program(
        t,
        |a| {
            block(a, &[P1, P2, 0, BLOCK]);
            a.csr("csrrs", A3, 0x811, A5.0);
            mix(a, A3);
            mix_words(a, BLOCK, 4);
        },
        |a| {
            a.rw_words(P1, &[t.input + 8, t.ro, 0, P4]);
            a.rw_words(P2, &[0; 4]);
            a.ro_words(t.ro, &pattern(4, 41));
        },
    )
}

/// EVM bytecode walked for jump destinations: pushes that skip words, every length class.
fn jump_dest(t: Target) -> Asm {
    let mut code = vec![0u8; 0];
    for push in [0x60u8, 0x61, 0x68, 0x70, 0x7f] {
        code.push(0x5b);
        code.push(push);
        code.extend((0..(push - 0x5f)).map(|i| if i % 3 == 0 { 0x5b } else { i }));
    }
    code.push(0x5b);
    code.resize(160, 0x5b);
    program(
        t,
        |a| {
            for (source, count) in [
                (t.ro, 1u64),
                (t.ro, 7),
                (t.ro, 8),
                (t.ro, 9),
                (t.ro, 63),
                (t.ro, 64),
                (t.ro, 65),
                (t.ro, 160),
                (t.input + 8, 200),
                (P2, 40),
            ] {
                a.li(A1, source);
                a.li(A4, P1);
                a.li(A2, count);
                a.csr("csrrs", A3, 0x81c, A1.0);
                a.r("add", ZERO, A4, A2);
                mix(a, A3);
                mix_words(a, P1, 4);
            }
        },
        |a| {
            a.ro(t.ro, code);
            a.rw_words(P2, &pattern(8, 50));
        },
    )
}
