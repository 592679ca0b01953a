//! zkvmcalls: ZisK library routines, called through thunks, and the inline 256-bit family. Those that
//! need real operands are in `zisklib`.

use crate::asm::{Asm, Label, RAM_ADDR};
use crate::guest::{mix, mix_words, program, Guest};
use crate::inst::*;
use crate::target::ZISK_1_4_0;

use super::memory::input_bytes;

/// Four operand slots of 0x400 bytes.
pub(super) const SLOTS: [u64; 4] = [
    RAM_ADDR + 0x1000,
    RAM_ADDR + 0x1400,
    RAM_ADDR + 0x1800,
    RAM_ADDR + 0x1c00,
];

/// Inline calls with their number of pointer arguments (big- and little-endian families).
const INLINE: &[(u32, usize)] = &[
    (0x865, 3),
    (0x866, 3),
    (0x867, 3),
    (0x86b, 4),
    (0x86c, 4),
    (0x871, 3),
    (0x872, 3),
    (0x873, 3),
    (0x874, 3),
    (0x875, 3),
    (0x876, 2),
    (0x877, 3),
    (0x878, 3),
    (0x879, 3),
    (0x87a, 2),
    (0x87b, 3),
    (0x87c, 3),
    (0x87d, 3),
    (0x87e, 3),
    (0x87f, 3),
    (0x886, 3),
    (0x887, 3),
    (0x888, 3),
    (0x889, 4),
    (0x88a, 4),
    (0x88c, 3),
    (0x88d, 3),
    (0x88e, 3),
    (0x88f, 3),
    (0x890, 3),
    (0x891, 2),
    (0x892, 3),
    (0x893, 3),
    (0x894, 3),
    (0x895, 2),
    (0x896, 3),
    (0x897, 3),
    (0x898, 3),
    (0x899, 3),
    (0x89a, 3),
];

/// Library calls of the 256-bit family: pointers only (two operands, one or two results).
const LIBRARY_256: &[(u32, usize)] = &[
    (0x868, 3),
    (0x869, 3),
    (0x86a, 4),
    (0x86d, 3),
    (0x86e, 3),
    (0x86f, 3),
    (0x870, 4),
    (0x880, 3),
    (0x881, 3),
    (0x882, 4),
    (0x883, 3),
    (0x884, 3),
    (0x885, 4),
    (0x88b, 3),
    (0x89c, 2),
    (0x89d, 3),
    (0x89e, 3),
    (0x89f, 3),
    (0x8a0, 4),
    (0x8a1, 3),
    (0x8a2, 4),
    (0x8a3, 4),
    (0x8a4, 3),
    (0x8a5, 4),
    (0x8a6, 3),
];

pub(super) fn add(all: &mut Vec<Guest>) {
    for &(id, arguments) in INLINE {
        all.push(Guest::new(
            &format!("zkvmcall_inline_{id:x}"),
            inline(id, arguments),
        ));
    }
    for &(id, arguments) in LIBRARY_256 {
        all.push(Guest::new(
            &format!("zkvmcall_u256_{id:x}"),
            pointers_only(id, arguments),
        ));
    }
    all.push(Guest::new("zkvmcall_keccak256", hash(0x850)));
    all.push(Guest::new("zkvmcall_sha256", hash(0x851)));
    all.push(Guest::new("zkvmcall_ripemd160", hash(0x852)));
    all.push(Guest::new("zkvmcall_secp256k1_ecrecover", ecrecover()));
    all.push(Guest::new("zkvmcall_secp256k1_verify", verify(0x853)));
    all.push(Guest::new("zkvmcall_secp256r1_verify", verify(0x855)));
    all.push(Guest::new("zkvmcall_modexp", modexp()));
    all.push(Guest::new("zkvmcall_bn254_g1", bn254_g1()));
    all.push(Guest::new("zkvmcall_bn254_pairing", bn254_pairing()));
    all.push(Guest::new("zkvmcall_blake2f", blake2f()));
    all.push(Guest::new("zkvmcall_bls12_points", bls12_points()));
    all.push(Guest::new("zkvmcall_kzg_rejects", kzg()));
    all.push(Guest::new("zkvmcall_io", io()).with_input(framed(&input_bytes(45))));
    all.push(Guest::new("zkvmcall_add", library_add()));
    all.push(Guest::new("zkvmcall_random", random()));
}

/// One input record: length, data, padding.
fn framed(data: &[u8]) -> Vec<u8> {
    let mut out = (data.len() as u64).to_le_bytes().to_vec();
    out.extend_from_slice(data);
    out.resize(out.len().next_multiple_of(8), 0);
    out
}

/// A thunk as the guest libraries have it: `csrs id, x0; ret`.
pub(super) fn thunk(a: &mut Asm, name: &str, label: Label, id: u32) {
    a.func_at(name, label);
    a.csrs(id, ZERO);
    a.ret();
}

pub(super) fn arguments(a: &mut Asm, values: &[u64]) {
    for (i, value) in values.iter().enumerate() {
        a.li(Reg(A0.0 + i as u8), *value);
    }
}

/// A program that calls one thunk with each argument list, and mixes a0 and `result` after each.
fn calls(id: u32, lists: &[Vec<u64>], result: (u64, usize), data: impl FnOnce(&mut Asm)) -> Asm {
    let mut entry = None;
    program(
        ZISK_1_4_0,
        |a| {
            let label = a.label();
            entry = Some(label);
            for list in lists {
                arguments(a, list);
                a.call(label);
                mix(a, A0);
                mix_words(a, result.0, result.1);
            }
        },
        data,
    )
    .extend(|a| thunk(a, "thunk", entry.unwrap(), id))
}

/// Operand words: small, large, and with the sign bit.
fn operand_data(a: &mut Asm) {
    let mut rng = crate::rng::Rng::new(70);
    for (k, slot) in SLOTS.into_iter().enumerate() {
        let words: Vec<u64> = (0..24)
            .map(|i| match (i / 4 + k) % 4 {
                0 => rng.next_u64(),
                1 if i % 4 == 0 || i % 4 == 3 => rng.below(300),
                1 => 0,
                2 => u64::MAX,
                _ => rng.next_u64() >> (8 * (i % 8)),
            })
            .collect();
        a.rw_words(slot, &words);
    }
}

/// Inline at the call site with three register choices, aliased operands, unaligned operands, and
/// through the thunk.
fn inline(id: u32, arguments_count: usize) -> Asm {
    let mut entry = None;
    program(
        ZISK_1_4_0,
        |a| {
            let label = a.label();
            entry = Some(label);
            let registers = [[S5, S6, S7, S8], [A3, A2, A1, A0], [A0, A1, A2, A3]];
            for (round, set) in registers.into_iter().enumerate() {
                for offset in [0u64, 32, 64] {
                    for (k, register) in set.iter().take(arguments_count).enumerate() {
                        // The little-endian family demands aligned operands.
                        let unaligned = u64::from(id < 0x880 && round == 1 && offset == 64);
                        a.li(*register, SLOTS[k] + offset + unaligned);
                    }
                    a.csrs(id, set[0]);
                    for (k, register) in set.iter().take(arguments_count).skip(1).enumerate() {
                        a.csrs(0x8e0 + k as u32, *register);
                    }
                    mix_words(a, SLOTS[arguments_count - 1] + offset, 4);
                }
            }
            // The result over the first operand.
            a.li(S5, SLOTS[0]);
            a.li(S6, SLOTS[1]);
            a.csrs(id, S5);
            for k in 1..arguments_count {
                let register = if k + 1 == arguments_count { S5 } else { S6 };
                a.csrs(0x8e0 + k as u32 - 1, register);
            }
            mix_words(a, SLOTS[0], 4);
            arguments(a, &SLOTS[..arguments_count]);
            a.call(label);
            mix(a, A0);
            mix_words(a, SLOTS[arguments_count - 1], 4);
        },
        operand_data,
    )
    .extend(|a| thunk(a, "thunk", entry.unwrap(), id))
}

fn pointers_only(id: u32, arguments_count: usize) -> Asm {
    let lists: Vec<Vec<u64>> = [0u64, 32, 64, 96]
        .iter()
        .map(|offset| {
            SLOTS[..arguments_count]
                .iter()
                .map(|s| s + offset)
                .collect()
        })
        .collect();
    calls(id, &lists, (SLOTS[arguments_count - 1], 16), operand_data)
}

/// Messages of every length class and alignment.
fn hash(id: u32) -> Asm {
    let lists: Vec<Vec<u64>> = [0u64, 1, 55, 56, 63, 64, 65, 119, 135, 136, 137, 300]
        .iter()
        .enumerate()
        .map(|(i, len)| vec![ZISK_1_4_0.ro + i as u64, *len, SLOTS[3]])
        .collect();
    calls(id, &lists, (SLOTS[3], 4), |a| {
        a.ro(ZISK_1_4_0.ro, input_bytes(320))
    })
}

/// A signature over secp256k1 with both recovery ids; r is the x of the generator.
fn ecrecover() -> Asm {
    let mut bytes = vec![0u8; 32];
    bytes[31] = 99;
    let r = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    bytes.extend(hex(r));
    bytes.extend(std::iter::repeat_n(0x17, 32));
    let lists = vec![
        vec![SLOTS[0], SLOTS[0] + 32, 0, SLOTS[3]],
        vec![SLOTS[0], SLOTS[0] + 32, 1, SLOTS[3]],
        vec![SLOTS[0], SLOTS[0], 0, SLOTS[3]],
    ];
    calls(0x854, &lists, (SLOTS[3], 8), |a| {
        let size = bytes.len() as u64;
        a.rw(SLOTS[0], bytes, size);
    })
}

/// A signature that does not verify, and one with zero scalars.
fn verify(id: u32) -> Asm {
    let key = if id == 0x853 {
        "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798\
         483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8"
    } else {
        "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296\
         4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"
    };
    let mut bytes = input_bytes(32);
    bytes.extend(input_bytes(64));
    bytes.extend(hex(key));
    let lists = vec![
        vec![SLOTS[0], SLOTS[0] + 32, SLOTS[0] + 96, SLOTS[3]],
        vec![SLOTS[0], SLOTS[1], SLOTS[0] + 96, SLOTS[3]],
    ];
    calls(id, &lists, (SLOTS[3], 1), |a| {
        let size = bytes.len() as u64;
        a.rw(SLOTS[0], bytes, size);
    })
}

/// Small, even, large and zero-length operands.
fn modexp() -> Asm {
    let lists: Vec<Vec<u64>> = [
        (1u64, 1u64, 1u64),
        (32, 4, 32),
        (64, 2, 40),
        (3, 0, 5),
        (8, 8, 8),
    ]
    .iter()
    .map(|&(base, exponent, modulus)| {
        vec![
            ZISK_1_4_0.ro + 1,
            base,
            ZISK_1_4_0.ro + 70,
            exponent,
            ZISK_1_4_0.ro + 100,
            modulus,
            SLOTS[3],
        ]
    })
    .collect();
    calls(0x856, &lists, (SLOTS[3], 8), |a| {
        a.ro(ZISK_1_4_0.ro, input_bytes(200))
    })
}

pub(super) fn point_bytes(coordinates: &[&str]) -> Vec<u8> {
    coordinates.iter().flat_map(|c| hex(c)).collect()
}

pub(super) const ONE: &str = "0000000000000000000000000000000000000000000000000000000000000001";
pub(super) const TWO: &str = "0000000000000000000000000000000000000000000000000000000000000002";

/// G + G, G * n, and an addition with infinity.
fn bn254_g1() -> Asm {
    let (mut add, mut mul) = (None, None);
    program(
        ZISK_1_4_0,
        |a| {
            add = Some(a.label());
            mul = Some(a.label());
            for list in [
                [SLOTS[0], SLOTS[0], SLOTS[3]],
                [SLOTS[0], SLOTS[2], SLOTS[3]],
            ] {
                arguments(a, &list);
                a.call(add.unwrap());
                mix(a, A0);
                mix_words(a, SLOTS[3], 8);
            }
            arguments(a, &[SLOTS[0], SLOTS[1], SLOTS[3]]);
            a.call(mul.unwrap());
            mix(a, A0);
            mix_words(a, SLOTS[3], 8);
        },
        |a| {
            a.rw(SLOTS[0], point_bytes(&[ONE, TWO]), 64);
            a.rw(SLOTS[1], input_bytes(32), 32);
        },
    )
    .extend(|a| {
        thunk(a, "zkvm_bn254_g1_add", add.unwrap(), 0x857);
        thunk(a, "zkvm_bn254_g1_mul", mul.unwrap(), 0x858);
    })
}

/// e(G1, G2), which is not one, and the empty product, which is.
fn bn254_pairing() -> Asm {
    let pair = point_bytes(&[
        ONE,
        TWO,
        "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
        "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
        "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
        "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    ]);
    let lists = vec![vec![SLOTS[0], 1, SLOTS[3]], vec![SLOTS[0], 0, SLOTS[3]]];
    calls(0x859, &lists, (SLOTS[3], 1), |a| {
        let size = pair.len() as u64;
        a.rw(SLOTS[0], pair, size);
    })
}

fn blake2f() -> Asm {
    let lists: Vec<Vec<u64>> = [0u64, 1, 2, 9, 10, 11, 12, 25]
        .iter()
        .map(|rounds| vec![*rounds, SLOTS[0], SLOTS[1], SLOTS[2], rounds & 1])
        .collect();
    calls(0x85a, &lists, (SLOTS[0], 8), operand_data)
}

/// Mapping to the curves, then adding what came out.
fn bls12_points() -> Asm {
    let mut l = Vec::new();
    program(
        ZISK_1_4_0,
        |a| {
            l = (0..4).map(|_| a.label()).collect();
            arguments(a, &[SLOTS[0], SLOTS[1]]);
            a.call(l[0]);
            mix(a, A0);
            mix_words(a, SLOTS[1], 12);
            arguments(a, &[SLOTS[1], SLOTS[1], SLOTS[2]]);
            a.call(l[1]);
            mix(a, A0);
            mix_words(a, SLOTS[2], 12);
            arguments(a, &[SLOTS[0] + 64, SLOTS[1]]);
            a.call(l[2]);
            mix(a, A0);
            mix_words(a, SLOTS[1], 24);
            arguments(a, &[SLOTS[1], SLOTS[1], SLOTS[2]]);
            a.call(l[3]);
            mix(a, A0);
            mix_words(a, SLOTS[2], 24);
        },
        |a| {
            // Field elements: big-endian, the first bytes small.
            let mut bytes = vec![0u8; 4];
            bytes.extend(input_bytes(44));
            bytes.resize(64 + 4, 0);
            bytes.extend(input_bytes(44));
            bytes.extend([0; 4]);
            bytes.extend(input_bytes(44));
            let size = bytes.len() as u64;
            a.rw(SLOTS[0], bytes, size);
        },
    )
    .extend(|a| {
        thunk(a, "zkvm_bls12_map_fp_to_g1", l[0], 0x861);
        thunk(a, "zkvm_bls12_g1_add", l[1], 0x85c);
        thunk(a, "zkvm_bls12_map_fp2_to_g2", l[2], 0x862);
        thunk(a, "zkvm_bls12_g2_add", l[3], 0x85e);
    })
}

/// Commitment and proof that are not points: rejected early.
fn kzg() -> Asm {
    let lists = vec![vec![SLOTS[0], SLOTS[1], SLOTS[1] + 32, SLOTS[2], SLOTS[3]]];
    calls(0x85b, &lists, (SLOTS[3], 1), operand_data)
}

/// `read_input(&buffer, &length)`, then `write_output(buffer, length)`.
fn io() -> Asm {
    let (mut read, mut write) = (None, None);
    program(
        ZISK_1_4_0,
        |a| {
            read = Some(a.label());
            write = Some(a.label());
            arguments(a, &[SLOTS[0], SLOTS[0] + 8]);
            a.call(read.unwrap());
            mix_words(a, SLOTS[0], 2);
            a.li(T0, SLOTS[0]);
            a.load("ld", A0, T0, 0);
            a.li(A1, 24);
            a.call(write.unwrap());
        },
        |_| (),
    )
    .extend(|a| {
        thunk(a, "read_input", read.unwrap(), 0x863);
        thunk(a, "write_output", write.unwrap(), 0x864);
    })
}

fn library_add() -> Asm {
    calls(
        0x89b,
        &[vec![3, 4], vec![u64::MAX, 2]],
        (SLOTS[0], 1),
        operand_data,
    )
}

/// Depends on the seed given to both executors.
fn random() -> Asm {
    calls(0x8b3, &[vec![], vec![]], (SLOTS[0], 1), operand_data)
}

pub(super) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text
        .bytes()
        .filter(|b| !b.is_ascii_whitespace())
        .map(|b| (b as char).to_digit(16).expect("hex digit") as u8)
        .collect();
    digits
        .chunks(2)
        .map(|pair| pair[0] << 4 | pair[1])
        .collect()
}
