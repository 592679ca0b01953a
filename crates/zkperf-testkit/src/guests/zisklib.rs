//! zkvmcalls that need real operands: signatures that verify, pairings whose product is one, points
//! of the right subgroup, a KZG proof. Each guest checks what the call answers and exits with 1 if it
//! is not what the mathematics says, so that an early rejection cannot pass for coverage.
//!
//! The operands follow from the generators. Signatures use the private key 1 and the nonce 1, so that
//! the public key and r come from the generator G and `s = r + z`. A pairing is e(G1, G2) * e(-G1, G2).

use crate::asm::{Asm, Label};
use crate::guest::{mix, mix_words, program, Guest};
use crate::inst::*;
use crate::target::ZISK_1_4_0;

use super::memory::input_bytes;
use super::zkvmcall::{arguments, hex, point_bytes, thunk, ONE, SLOTS, TWO};

const SECP256K1_GX: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
const SECP256K1_GY: &str = "483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8";
const SECP256R1_GX: &str = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296";
const SECP256R1_GY: &str = "4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
/// The message hash z of the ECDSA signatures, and `s = r + z` on either curve.
const Z: &str = "0000000000000000000000000000000000000000000000000000000000000063";
const SECP256K1_S: &str = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f817fb";
const SECP256R1_S: &str = "6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c2f9";
/// `1 + e` with e the BIP-340 challenge of (G.x, G.x, "schnorr").
const SCHNORR_S: &str = "f958226069fe3eca8aa7a287ad8ec2be58b56ce7d12755f1dbcf83ee616041ba";
const SCHNORR_MESSAGE: &[u8] = b"schnorr";

/// -2 modulo the BN254 base field: y of -G1.
const BN254_MINUS_TWO: &str = "30644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd45";
/// x and y of the BN254 G2 generator, each (real, imaginary).
const BN254_G2: [&str; 4] = [
    "1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed",
    "198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2",
    "12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa",
    "090689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b",
];

const BLS_G1: [&str; 2] = [
    "17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb",
    "08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1",
];
const BLS_MINUS_G1: [&str; 2] = [
    BLS_G1[0],
    "114d1d6855d545a8aa7d76c8cf2e21f267816aef1db507c96655b9d5caac42364e6f38ba0ecb751bad54dcd6b939c2ca",
];
/// x and y of the G2 generator, each (real, imaginary).
const BLS_G2: [&str; 4] = [
    "024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8",
    "13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e",
    "0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801",
    "0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79be",
];
/// G1 compressed, and \[tau\]G1 of the Ethereum KZG ceremony: the commitment to the polynomial
/// `p(x) = x`, whose proof at any z is G1 and whose value there is z.
const BLS_G1_COMPRESSED: &str =
    "97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb";
const KZG_TAU_G1: &str =
    "ad3eb50121139aa34db1d545093ac9374ab7bca2c0f3bf28e27c8dcd8fc7cb42d25926fc0c97b336e9f0fb35e5a04c81";
/// A public key, and its signature of 32 zero bytes under ZisK's domain separation tag (basic scheme,
/// `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_NUL_`): `G2Basic.Sign(0x263d…40e3, bytes(32))` of PyPI's py_ecc
/// 8.0.0, where the private key is the first of Ethereum's BLS test vectors.
const BLS_PUBLIC_KEY: &str =
    "a491d1b0ecd9bb917989f0e74f0dea0422eac4a873e5e2644f368dffb9a6e20fd6e10c1b77654d067c0618f6e5a7f79a";
const BLS_SIGNATURE: &str =
    "b9557b35d90f5c26ecfd841f17f97d107e66bd21311ba1ccee60b9741541435cdc1c665010ef60f4d351613478f0beca\
     0c93d82504642f31bde38cadc02098931bb4b3d494d46c8ead659a64004ddb7c5c062c5c3cb09f33038d8818d9ce67f1";

/// What a call must answer.
#[derive(Clone, Copy)]
enum Answer {
    /// This in a0.
    Returns(u64),
    /// Success in a0 and this boolean at the address.
    Verified(u64, bool),
    /// Nothing: a0 has no meaning.
    Nothing,
}

use Answer::{Nothing, Returns, Verified};

pub(super) fn add(all: &mut Vec<Guest>) {
    for (name, asm) in [
        ("secp256k1_verify_valid", ef_ecdsa(0x853)),
        ("secp256r1_verify_valid", ef_ecdsa(0x855)),
        ("bls12_msm", bls12_msm()),
        ("bls12_pairing", bls12_pairing()),
        ("kzg_valid", kzg_point_eval()),
        ("zisklib_ecdsa_verify_secp256k1", ecdsa_verify(0x8a7)),
        ("zisklib_ecdsa_recover_secp256k1", ecdsa_recover()),
        ("zisklib_schnorr_verify", schnorr()),
        ("zisklib_ecdsa_verify_secp256r1", ecdsa_verify(0x8aa)),
        ("zisklib_pairing_bn254", pairing_bn254()),
        ("zisklib_pairing_bls12_381", pairing_bls12_381()),
        ("zisklib_map_to_g1", map_to_g1()),
        ("zisklib_map_to_g2", map_to_g2()),
        ("zisklib_hash_to_g2", hash_to_g2()),
        ("zisklib_bls_verify", bls_verify()),
        ("zisklib_verify_kzg", verify_kzg()),
        ("zisklib_modexp", modexp()),
    ] {
        all.push(Guest::new(&format!("zkvmcall_{name}"), asm));
    }
}

/// A big-endian number as little-endian words.
fn limbs(text: &str) -> Vec<u64> {
    hex(text)
        .rchunks(8)
        .map(|word| {
            word.iter()
                .fold(0, |value, byte| value << 8 | u64::from(*byte))
        })
        .collect()
}

fn point_limbs(coordinates: &[&str]) -> Vec<u64> {
    coordinates.iter().flat_map(|c| limbs(c)).collect()
}

fn bytes(a: &mut Asm, address: u64, bytes: Vec<u8>) {
    let size = bytes.len() as u64;
    a.rw(address, bytes, size);
}

/// Exits with code 1 unless `register` holds `value`.
fn demand(a: &mut Asm, register: Reg, value: u64) {
    let right = a.label();
    a.li(T0, value);
    a.branch("beq", register, T0, right);
    a.exit(1);
    a.bind(right);
}

/// Calls the thunk at `label` once for each argument list, checks each answer, and folds `result`
/// (address, words) into the checksum.
fn calls(a: &mut Asm, label: Label, lists: &[(Vec<u64>, Answer)], result: (u64, usize)) {
    for (list, answer) in lists {
        arguments(a, list);
        a.call(label);
        match *answer {
            Returns(value) => demand(a, A0, value),
            Verified(address, value) => {
                demand(a, A0, 0);
                a.li(T1, address);
                a.load("lbu", T1, T1, 0);
                demand(a, T1, u64::from(value));
            }
            Nothing => {}
        }
        if !matches!(answer, Nothing) {
            mix(a, A0);
        }
        mix_words(a, result.0, result.1);
    }
}

/// A program that does so with one zkvmcall.
fn one_call(
    id: u32,
    lists: &[(Vec<u64>, Answer)],
    result: (u64, usize),
    data: impl FnOnce(&mut Asm),
) -> Asm {
    let mut entry = None;
    program(
        ZISK_1_4_0,
        |a| {
            let label = a.label();
            entry = Some(label);
            calls(a, label, lists, result);
        },
        data,
    )
    .extend(|a| thunk(a, "thunk", entry.unwrap(), id))
}

/// Hash, r, s, public key as big-endian bytes: the signature, and the same for another hash.
fn ef_ecdsa(id: u32) -> Asm {
    let (gx, gy, s) = if id == 0x853 {
        (SECP256K1_GX, SECP256K1_GY, SECP256K1_S)
    } else {
        (SECP256R1_GX, SECP256R1_GY, SECP256R1_S)
    };
    let (signature, key, verified) = (SLOTS[1], SLOTS[2], SLOTS[3]);
    let lists = [
        (
            vec![SLOTS[0], signature, key, verified],
            Verified(verified, true),
        ),
        (
            vec![key, signature, key, verified],
            Verified(verified, false),
        ),
    ];
    one_call(id, &lists, (verified, 1), |a| {
        bytes(a, SLOTS[0], hex(Z));
        bytes(a, signature, point_bytes(&[gx, s]));
        bytes(a, key, point_bytes(&[gx, gy]));
        a.rw_words(verified, &[0]);
    })
}

/// 2 G + 3 G in each group, the infinite point among the pairs, a zero scalar, and one pair alone.
fn bls12_msm() -> Asm {
    let mut thunks = Vec::new();
    let scalar = |value: u8| {
        let mut bytes = vec![0u8; 31];
        bytes.push(value);
        bytes
    };
    let pairs = |point: Vec<u8>| {
        let infinite = vec![0; point.len()];
        let parts = [(&point, 2), (&point, 3), (&infinite, 9), (&point, 0)];
        parts
            .iter()
            .flat_map(|(p, k)| [(*p).clone(), scalar(*k)].concat())
            .collect::<Vec<u8>>()
    };
    program(
        ZISK_1_4_0,
        |a| {
            thunks = vec![a.label(), a.label()];
            for (thunk, from, words) in [(thunks[0], SLOTS[0], 12), (thunks[1], SLOTS[1], 24)] {
                let lists: Vec<_> = [4u64, 1, 2]
                    .iter()
                    .map(|n| (vec![from, *n, SLOTS[3]], Returns(0)))
                    .collect();
                calls(a, thunk, &lists, (SLOTS[3], words));
            }
        },
        |a| {
            bytes(a, SLOTS[0], pairs(point_bytes(&BLS_G1)));
            bytes(a, SLOTS[1], pairs(point_bytes(&BLS_G2)));
        },
    )
    .extend(|a| {
        thunk(a, "zkvm_bls12_g1_msm", thunks[0], 0x85d);
        thunk(a, "zkvm_bls12_g2_msm", thunks[1], 0x85f);
    })
}

/// Both pairs: one. The first alone: not one.
fn bls12_pairing() -> Asm {
    let pair = |g1: &[&str]| [point_bytes(g1), point_bytes(&BLS_G2)].concat();
    let lists = [
        (vec![SLOTS[0], 2, SLOTS[3]], Verified(SLOTS[3], true)),
        (vec![SLOTS[0], 1, SLOTS[3]], Verified(SLOTS[3], false)),
    ];
    one_call(0x860, &lists, (SLOTS[3], 1), |a| {
        bytes(a, SLOTS[0], [pair(&BLS_G1), pair(&BLS_MINUS_G1)].concat());
        a.rw_words(SLOTS[3], &[0]);
    })
}

/// Operands of a KZG proof of `p(x) = x`: z (which is also y), another value, commitment, proof.
fn kzg_operands(a: &mut Asm) {
    bytes(a, SLOTS[0], [hex(Z), hex(ONE)].concat());
    bytes(a, SLOTS[1], hex(KZG_TAU_G1));
    bytes(a, SLOTS[2], hex(BLS_G1_COMPRESSED));
    a.rw_words(SLOTS[3], &[0]);
}

fn kzg_point_eval() -> Asm {
    let (z, other, verified) = (SLOTS[0], SLOTS[0] + 32, SLOTS[3]);
    let lists = [
        (
            vec![SLOTS[1], z, z, SLOTS[2], verified],
            Verified(verified, true),
        ),
        (
            vec![SLOTS[1], z, other, SLOTS[2], verified],
            Verified(verified, false),
        ),
    ];
    one_call(0x85b, &lists, (verified, 1), kzg_operands)
}

fn verify_kzg() -> Asm {
    let (z, other) = (SLOTS[0], SLOTS[0] + 32);
    let lists = [
        (vec![z, z, SLOTS[1], SLOTS[2]], Returns(1)),
        (vec![z, other, SLOTS[1], SLOTS[2]], Returns(0)),
    ];
    one_call(0x8b1, &lists, (SLOTS[3], 1), kzg_operands)
}

/// Public key, z, r, s as words; then the same with z and r exchanged.
fn ecdsa_verify(id: u32) -> Asm {
    let (gx, gy, s) = if id == 0x8a7 {
        (SECP256K1_GX, SECP256K1_GY, SECP256K1_S)
    } else {
        (SECP256R1_GX, SECP256R1_GY, SECP256R1_S)
    };
    let (z, r, s_at) = (SLOTS[1], SLOTS[1] + 32, SLOTS[1] + 64);
    let lists = [
        (vec![SLOTS[0], z, r, s_at], Returns(1)),
        (vec![SLOTS[0], r, z, s_at], Returns(0)),
    ];
    one_call(id, &lists, (SLOTS[0], 8), |a| {
        a.rw_words(SLOTS[0], &point_limbs(&[gx, gy]));
        a.rw_words(z, &point_limbs(&[Z, gx, s]));
    })
}

/// Recovery id 0 gives the key G, 1 another point; 2 is an error.
fn ecdsa_recover() -> Asm {
    let (r, s, z) = (SLOTS[0], SLOTS[0] + 32, SLOTS[0] + 64);
    let list = |id: u64, answer| (vec![r, s, z, id, SLOTS[3]], Returns(answer));
    let lists = [list(0, 0), list(1, 0), list(2, 3)];
    one_call(0x8a8, &lists, (SLOTS[3], 8), |a| {
        a.rw_words(r, &point_limbs(&[SECP256K1_GX, SECP256K1_S, Z]));
        a.rw_words(SLOTS[3], &[0; 8]);
    })
}

/// The message, and the message without its last byte.
fn schnorr() -> Asm {
    let (x, s, message) = (SLOTS[0], SLOTS[0] + 32, SLOTS[1]);
    let length = SCHNORR_MESSAGE.len() as u64;
    let lists = [
        (vec![x, x, s, message, length], Returns(1)),
        (vec![x, x, s, message, length - 1], Returns(0)),
    ];
    one_call(0x8a9, &lists, (SLOTS[0], 8), |a| {
        a.rw_words(x, &point_limbs(&[SECP256K1_GX, SCHNORR_S]));
        bytes(a, message, SCHNORR_MESSAGE.to_vec());
    })
}

/// Both pairs (accept), one (reject), none (accept), and a point off the curve.
fn pairing(id: u32, g1: [Vec<u64>; 2], g2: &[u64], off_curve: u64) -> Asm {
    let lists = [
        (vec![SLOTS[0], SLOTS[1], 2], Returns(0)),
        (vec![SLOTS[0], SLOTS[1], 1], Returns(1)),
        (vec![SLOTS[0], SLOTS[1], 0], Returns(0)),
        (vec![SLOTS[2], SLOTS[1], 1], Returns(off_curve)),
    ];
    one_call(id, &lists, (SLOTS[0], 8), |a| {
        let mut wrong = g1[0].clone();
        wrong[0] ^= 1;
        a.rw_words(SLOTS[0], &g1.concat());
        a.rw_words(SLOTS[1], &[g2, g2].concat());
        a.rw_words(SLOTS[2], &wrong);
    })
}

fn pairing_bn254() -> Asm {
    let g1 = [
        point_limbs(&[ONE, TWO]),
        point_limbs(&[ONE, BN254_MINUS_TWO]),
    ];
    pairing(0x8ab, g1, &point_limbs(&BN254_G2), 3)
}

fn pairing_bls12_381() -> Asm {
    let g1 = [point_limbs(&BLS_G1), point_limbs(&BLS_MINUS_G1)];
    pairing(0x8ac, g1, &point_limbs(&BLS_G2), 3)
}

/// A small field element, a large one, and one that is not below the modulus.
fn field_elements(words: usize) -> [Vec<u64>; 3] {
    let mut small = vec![0; words];
    small[0] = 5;
    let large = (0..words as u64)
        .map(|i| 0x0123_4567_89ab_cdef + i)
        .collect();
    [small, large, vec![u64::MAX; words]]
}

fn map(id: u32, words: usize) -> Asm {
    let lists = [
        (vec![SLOTS[0], SLOTS[3]], Returns(0)),
        (vec![SLOTS[1], SLOTS[3]], Returns(0)),
        (vec![SLOTS[2], SLOTS[3]], Returns(1)),
    ];
    one_call(id, &lists, (SLOTS[3], 2 * words), |a| {
        for (slot, element) in SLOTS.iter().zip(field_elements(words)) {
            a.rw_words(*slot, &element);
        }
        a.rw_words(SLOTS[3], &vec![0; 2 * words]);
    })
}

fn map_to_g1() -> Asm {
    map(0x8ad, 6)
}

fn map_to_g2() -> Asm {
    map(0x8ae, 12)
}

/// An empty message, and one that begins at an odd address.
fn hash_to_g2() -> Asm {
    const TAG: &[u8] = b"ZKPERF_TEST_BLS12381G2_XMD:SHA-256_SSWU_RO_";
    let tag = TAG.len() as u64;
    let lists = [
        (vec![SLOTS[0], 0, SLOTS[1], tag, SLOTS[3]], Nothing),
        (vec![SLOTS[0] + 1, 70, SLOTS[1], tag, SLOTS[3]], Nothing),
    ];
    one_call(0x8af, &lists, (SLOTS[3], 24), |a| {
        bytes(a, SLOTS[0], input_bytes(96));
        bytes(a, SLOTS[1], TAG.to_vec());
    })
}

/// The message signed, and one byte less of it.
fn bls_verify() -> Asm {
    let lists = [
        (vec![SLOTS[0], SLOTS[1], 32, SLOTS[2]], Returns(1)),
        (vec![SLOTS[0], SLOTS[1], 31, SLOTS[2]], Returns(0)),
    ];
    one_call(0x8b0, &lists, (SLOTS[3], 1), |a| {
        bytes(a, SLOTS[0], hex(BLS_PUBLIC_KEY));
        a.rw_words(SLOTS[1], &[0; 4]);
        bytes(a, SLOTS[2], hex(BLS_SIGNATURE));
    })
}

/// A modulus of one word, of four, and of seven; the result has a multiple of four words.
fn modexp() -> Asm {
    let list = |base: u64, exponent: u64, modulus: u64, words: u64| {
        (
            vec![
                SLOTS[0], base, SLOTS[1], exponent, SLOTS[2], modulus, SLOTS[3],
            ],
            Returns(words),
        )
    };
    let lists = [list(1, 1, 1, 4), list(4, 1, 4, 4), list(6, 2, 7, 8)];
    one_call(0x8b2, &lists, (SLOTS[3], 8), |a| {
        let mut rng = crate::rng::Rng::new(80);
        for slot in &SLOTS[..3] {
            let words: Vec<u64> = (0..8).map(|_| rng.next_u64() | 1).collect();
            a.rw_words(*slot, &words);
        }
    })
}
