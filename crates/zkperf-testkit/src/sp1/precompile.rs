//! Every precompile, on operands that reach each of its rules.

use super::frame::*;
use crate::asm::Asm;
use crate::curves::*;
use crate::inst::*;
use crate::rng::Rng;

/// Two operands of a precompile, and room for more.
const X: u64 = DATA;
const Y: u64 = DATA + 0x1000;
const Z: u64 = DATA + 0x2000;

pub(super) fn add(all: &mut Vec<Sp1Guest>) {
    for (name, addition, doubling, generator) in [
        ("secp256k1", 0x1010a, 0x10b, &SECP256K1_G[..]),
        ("secp256r1", 0x1012c, 0x12d, &SECP256R1_G),
        ("bn254", 0x1010e, 0x10f, &BN254_G),
        ("bls12381", 0x1011e, 0x11f, &BLS12_381_G),
    ] {
        let name = format!("curve_{name}");
        all.push(Sp1Guest::new(&name, curve(addition, doubling, generator)));
    }
    all.push(Sp1Guest::new("curve_degenerate", degenerate()));
    all.push(Sp1Guest::new(
        "curve_secp256k1_equal",
        equal_points(0x1010a, &SECP256K1_G),
    ));
    all.push(Sp1Guest::new("ed25519", ed25519()));
    for (name, numbers, words) in [
        ("bn254_fp", [0x10126, 0x10127, 0x10128], 4),
        ("bn254_fp2", [0x10129, 0x1012a, 0x1012b], 8),
        ("bls12381_fp", [0x10120, 0x10121, 0x10122], 6),
        ("bls12381_fp2", [0x10123, 0x10124, 0x10125], 12),
    ] {
        all.push(Sp1Guest::new(name, field(&numbers, words)));
    }
    all.push(Sp1Guest::new("uint256_mul", uint256_mul()));
    all.push(Sp1Guest::new("uint256_carry", uint256_carry()));
    all.push(Sp1Guest::new("uint256_carry_registers", carry_registers()));
    all.push(Sp1Guest::new("sha256", sha256()));
    all.push(Sp1Guest::new("keccak", one_operand(0x10109, 25)));
    all.push(Sp1Guest::new("poseidon2", one_operand(0x133, 8)));
    all.push(Sp1Guest::new("precompile_overlaps", overlaps()));
}

fn random_words(seed: u64, count: usize) -> Vec<u64> {
    let mut rng = Rng::new(seed);
    (0..count).map(|_| rng.next_u64()).collect()
}

/// 2G, 3G, 6G, 7G.
fn curve(addition: u64, doubling: u64, generator: &[u64]) -> Asm {
    let words = generator.len() as u64;
    program(
        |a| {
            for number in [doubling, addition, doubling, addition] {
                let second = if number == addition { Y } else { 0 };
                syscall2(a, number, X, second);
                mix(a, T0);
                mix_words(a, X, words);
            }
        },
        |a| {
            a.rw_words(X, generator);
            a.rw_words(Y, generator);
        },
    )
}

/// Points that are none: the formulas take 0 for the inverse of 0.
fn degenerate() -> Asm {
    let point = |x: u64, y: u64, half: usize| {
        let mut words = vec![0; 2 * half];
        words[0] = x;
        words[half] = y;
        words
    };
    program(
        |a| {
            for (number, place, words) in [
                (0x1010e, 0, 8),
                (0x10f, 1, 8),
                (0x1012c, 2, 8),
                (0x12d, 3, 8),
                (0x1011e, 4, 12),
                (0x11f, 5, 12),
            ] {
                let (x, y) = (X + 0x100 * place, Y + 0x100 * place);
                syscall2(a, number, x, y);
                mix_words(a, x, words);
            }
        },
        |a| {
            let mut first = Vec::new();
            let mut second = Vec::new();
            for place in 0..6 {
                let half = if place < 4 { 4 } else { 6 };
                // Additions: the same x and another y; doublings: y = 0.
                let y = if place % 2 == 0 { 9 } else { 0 };
                first.extend(point(7, y, half));
                first.resize(32 * (place + 1), 0);
                second.extend(point(7, 3, half));
                second.resize(32 * (place + 1), 0);
            }
            a.rw_words(X, &first);
            a.rw_words(Y, &second);
        },
    )
}

fn equal_points(number: u64, generator: &[u64]) -> Asm {
    program(
        |a| {
            syscall2(a, number, X, Y);
            mix_words(a, X, 8);
        },
        |a| {
            a.rw_words(X, generator);
            a.rw_words(Y, generator);
        },
    )
}

fn ed25519() -> Asm {
    program(
        |a| {
            for _ in 0..3 {
                syscall2(a, 0x10107, X, Y);
                mix_words(a, X, 8);
            }
            // x of the last sum again, with both signs.
            a.li(S1, X);
            for sign in [0, 1] {
                syscall2(a, 0x108, X, sign);
                mix_words(a, X, 4);
            }
            // The neutral element is a point like any other.
            syscall2(a, 0x10107, Z, Y);
            mix_words(a, Z, 8);
            syscall2(a, 0x108, Z, 0);
            mix_words(a, Z, 8);
        },
        |a| {
            a.rw_words(X, &ED25519_G);
            a.rw_words(Y, &ED25519_G);
            a.rw_words(Z, &[0, 0, 0, 0, 1, 0, 0, 0]);
        },
    )
}

/// Each operation on operands whose top words are small enough for every rule.
fn field(numbers: &[u64], words: usize) -> Asm {
    let mut x = random_words(words as u64, words);
    let mut y = random_words(99 + words as u64, words);
    if words >= 8 {
        for half in [words / 2 - 1, words - 1] {
            x[half] >>= 4;
            y[half] >>= 4;
        }
    }
    program(
        |a| {
            for &number in [numbers, numbers].concat().iter() {
                syscall2(a, number, X, Y);
                mix_words(a, X, words as u64);
            }
            // An operand with itself.
            for &number in numbers {
                syscall2(a, number, Y, Y);
                mix_words(a, Y, words as u64);
            }
        },
        |a| {
            a.rw_words(X, &x);
            a.rw_words(Y, &y);
        },
    )
}

fn uint256_mul() -> Asm {
    let moduli: [[u64; 4]; 5] = [
        [0; 4],
        [1, 0, 0, 0],
        [97, 0, 0, 0],
        [u64::MAX; 4],
        [5, 6, 7, 1 << 63],
    ];
    program(
        |a| {
            for place in 0..moduli.len() as u64 {
                syscall2(a, 0x1011d, X, Y + 0x40 * place);
                mix_words(a, X, 4);
            }
        },
        |a| {
            a.rw_words(X, &[u64::MAX, 3, u64::MAX, u64::MAX]);
            let operands: Vec<u64> = moduli
                .iter()
                .enumerate()
                .flat_map(|(at, modulus)| [random_words(at as u64, 4), modulus.to_vec()].concat())
                .collect();
            a.rw_words(Y, &operands);
        },
    )
}

fn carry_call(a: &mut Asm, number: u64, [x, y, c, d, e]: [u64; 5]) {
    a.li(A2, c);
    a.li(A3, d);
    a.li(A4, e);
    syscall2(a, number, x, y);
}

fn uint256_carry() -> Asm {
    program(
        |a| {
            for number in [0x10130, 0x10131] {
                carry_call(a, number, [X, Y, Z, Z + 32, Z + 64]);
                mix_words(a, Z, 12);
                // The results go over the operands.
                carry_call(a, number, [X, Y, Z, X, Y]);
                mix_words(a, X, 4);
                mix_words(a, Y, 4);
            }
        },
        |a| {
            a.rw_words(X, &[u64::MAX; 4]);
            a.rw_words(Y, &[u64::MAX; 4]);
            a.rw_words(Z, &[u64::MAX; 12]);
        },
    )
}

/// a2 to a4 are read by the handler, and so billed: here for the first time (they are all 0).
fn carry_registers() -> Asm {
    bare(|a| {
        syscall2(a, 0x10130, SCRATCH, SCRATCH + 64);
        a.r("add", A5, A2, A3);
    })
}

fn sha256() -> Asm {
    program(
        |a| {
            for _ in 0..2 {
                syscall2(a, 0x300105, X, 0);
                mix_words(a, X, 64);
                syscall2(a, 0x10106, X, Y);
                mix_words(a, Y, 8);
            }
        },
        |a| {
            a.rw_words(X, &random_words(1, 64));
            a.rw_words(Y, &random_words(2, 8));
        },
    )
}

fn one_operand(number: u64, words: usize) -> Asm {
    program(
        |a| {
            for _ in 0..2 {
                syscall2(a, number, X, 0);
                mix(a, T0);
                mix_words(a, X, words as u64);
            }
        },
        |a| a.rw_words(X, &random_words(number, words)),
    )
}

/// Operands that share words, or were touched before in part.
fn overlaps() -> Asm {
    program(
        |a| {
            a.li(S1, X);
            a.load("ld", A2, S1, 24);
            syscall2(a, 0x10128, X, X + 16);
            mix_words(a, X, 8);
            syscall2(a, 0x10106, X + 128, X + 256);
            mix_words(a, X, 64);
            syscall2(a, 0x10109, X + 40, 0);
            mix_words(a, X, 64);
        },
        |a| a.rw_words(X, &random_words(5, 128)),
    )
}
