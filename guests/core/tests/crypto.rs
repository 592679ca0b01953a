//! Our portable BLS12-381 against the C libraries that ethrex uses on hosts (blst and c-kzg), valid arguments and
//! invalid ones alike.

use ethrex_crypto::{Crypto, CryptoError, NativeCrypto};
use std::fmt::Debug;
use zkperf_guest_core::PortableCrypto;

const OURS: PortableCrypto = PortableCrypto {
    0: zkperf_guest_core::Portable,
};

type G1 = ([u8; 48], [u8; 48]);
type G2 = ([u8; 48], [u8; 48], [u8; 48], [u8; 48]);

/// Both agree on the value, or both refuse.
fn agree<T: PartialEq + Debug>(
    ours: Result<T, CryptoError>,
    theirs: Result<T, CryptoError>,
    what: &str,
) -> Option<T> {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs, "{what}");
            Some(ours)
        }
        (Err(_), Err(_)) => None,
        (ours, theirs) => panic!("{what}: ours {ours:?}, theirs {theirs:?}"),
    }
}

fn element(seed: u8) -> [u8; 48] {
    let mut bytes: [u8; 48] =
        core::array::from_fn(|i| seed.wrapping_mul(31).wrapping_add(i as u8).wrapping_mul(17));
    bytes[0] &= 0x0f;
    bytes
}

fn scalar(seed: u8) -> [u8; 32] {
    core::array::from_fn(|i| seed.wrapping_mul(7).wrapping_add(i as u8).wrapping_mul(13))
}

fn split1(bytes: [u8; 96]) -> G1 {
    (
        bytes[..48].try_into().unwrap(),
        bytes[48..].try_into().unwrap(),
    )
}

fn split2(bytes: [u8; 192]) -> G2 {
    let part = |i: usize| bytes[48 * i..48 * (i + 1)].try_into().unwrap();
    (part(0), part(1), part(2), part(3))
}

fn g1(seed: u8) -> G1 {
    split1(
        agree(
            OURS.bls12_381_fp_to_g1(&element(seed)),
            NativeCrypto.bls12_381_fp_to_g1(&element(seed)),
            "map",
        )
        .unwrap(),
    )
}

fn g2(seed: u8) -> G2 {
    let at = (element(seed), element(seed ^ 0x55));
    split2(
        agree(
            OURS.bls12_381_fp2_to_g2(at),
            NativeCrypto.bls12_381_fp2_to_g2(at),
            "map",
        )
        .unwrap(),
    )
}

const INFINITY1: G1 = ([0; 48], [0; 48]);
const INFINITY2: G2 = ([0; 48], [0; 48], [0; 48], [0; 48]);

/// The field's modulus.
const MODULUS: [u8; 48] = [
    0x1a, 0x01, 0x11, 0xea, 0x39, 0x7f, 0xe6, 0x9a, 0x4b, 0x1b, 0xa7, 0xb6, 0x43, 0x4b, 0xac, 0xd7,
    0x64, 0x77, 0x4b, 0x84, 0xf3, 0x85, 0x12, 0xbf, 0x67, 0x30, 0xd2, 0xa0, 0xf6, 0xb0, 0xf6, 0x24,
    0x1e, 0xab, 0xff, 0xfe, 0xb1, 0x53, 0xff, 0xff, 0xb9, 0xfe, 0xff, 0xff, 0xff, 0xff, 0xaa, 0xab,
];

/// The subgroup's order.
const ORDER: [u8; 32] = [
    0x73, 0xed, 0xa7, 0x53, 0x29, 0x9d, 0x7d, 0x48, 0x33, 0x39, 0xd8, 0x08, 0x09, 0xa1, 0xd8, 0x05,
    0x53, 0xbd, 0xa4, 0x02, 0xff, 0xfe, 0x5b, 0xfe, 0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x01,
];

#[test]
fn maps_to_the_curves() {
    for seed in 0..16 {
        g1(seed);
        g2(seed);
    }
    for special in [[0; 48], MODULUS, [0xff; 48]] {
        agree(
            OURS.bls12_381_fp_to_g1(&special),
            NativeCrypto.bls12_381_fp_to_g1(&special),
            "special",
        );
        for at in [(special, [0; 48]), ([0; 48], special)] {
            agree(
                OURS.bls12_381_fp2_to_g2(at),
                NativeCrypto.bls12_381_fp2_to_g2(at),
                "special",
            );
        }
    }
}

#[test]
fn sums_and_products() {
    let mut bad1 = g1(1);
    bad1.1[47] ^= 1;
    let points = [g1(1), g1(1), g1(2), INFINITY1, bad1, (MODULUS, [0; 48])];
    let negative = {
        let minus_one = {
            let mut m = ORDER;
            m[31] = 0;
            m
        };
        split1(OURS.bls12_381_g1_msm(&[(g1(1), minus_one)]).unwrap())
    };
    for a in points {
        for b in points.into_iter().chain([negative]) {
            agree(
                OURS.bls12_381_g1_add(a, b),
                NativeCrypto.bls12_381_g1_add(a, b),
                "g1 add",
            );
        }
        for s in [scalar(3), [0; 32], [0xff; 32], ORDER] {
            let pairs = [(a, s), (g1(5), scalar(9))];
            for pairs in [&pairs[..], &pairs[..1]] {
                agree(
                    OURS.bls12_381_g1_msm(pairs),
                    NativeCrypto.bls12_381_g1_msm(pairs),
                    "g1 msm",
                );
            }
        }
    }
    assert_eq!(OURS.bls12_381_g1_add(g1(1), negative).unwrap(), [0; 96]);
    let mut bad2 = g2(1);
    bad2.3[47] ^= 1;
    let points = [
        g2(1),
        g2(2),
        INFINITY2,
        bad2,
        (MODULUS, [0; 48], [0; 48], [0; 48]),
    ];
    for a in points {
        for b in points {
            agree(
                OURS.bls12_381_g2_add(a, b),
                NativeCrypto.bls12_381_g2_add(a, b),
                "g2 add",
            );
        }
        for s in [scalar(3), [0; 32], [0xff; 32], ORDER] {
            let pairs = [(a, s), (g2(5), scalar(9))];
            for pairs in [&pairs[..], &pairs[..1]] {
                agree(
                    OURS.bls12_381_g2_msm(pairs),
                    NativeCrypto.bls12_381_g2_msm(pairs),
                    "g2 msm",
                );
            }
        }
    }
}

#[test]
fn points_outside_the_subgroup_are_refused() {
    // y² = x³ + 4 at x = 0 is (0, 2), which has order 3
    let mut two = [0; 48];
    two[47] = 2;
    let outside: G1 = ([0; 48], two);
    assert!(agree(
        OURS.bls12_381_g1_add(outside, g1(1)),
        NativeCrypto.bls12_381_g1_add(outside, g1(1)),
        "add"
    )
    .is_some());
    let pairs = [(outside, [0; 32])];
    assert!(agree(
        OURS.bls12_381_g1_msm(&pairs),
        NativeCrypto.bls12_381_g1_msm(&pairs),
        "msm"
    )
    .is_none());
    let pairs = [(outside, INFINITY2)];
    let both = (
        OURS.bls12_381_pairing_check(&pairs),
        NativeCrypto.bls12_381_pairing_check(&pairs),
    );
    assert!(agree(both.0, both.1, "pairing").is_none());
}

#[test]
fn pairings() {
    let minus_one = {
        let mut m = ORDER;
        m[31] = 0;
        m
    };
    let negative = split1(OURS.bls12_381_g1_msm(&[(g1(1), minus_one)]).unwrap());
    let cases: [&[(G1, G2)]; 6] = [
        &[],
        &[(g1(1), g2(2))],
        &[(g1(1), g2(2)), (negative, g2(2))],
        &[(g1(1), g2(2)), (negative, g2(3))],
        &[(INFINITY1, g2(2))],
        &[(g1(1), INFINITY2), (INFINITY1, INFINITY2)],
    ];
    let results = cases.map(|pairs| {
        agree(
            OURS.bls12_381_pairing_check(pairs),
            NativeCrypto.bls12_381_pairing_check(pairs),
            "pairing",
        )
        .unwrap()
    });
    assert_eq!(results, [true, false, true, false, true, true]);
}

/// A commitment to the constant polynomial c is c·G1, and the proof of its value anywhere is the point at infinity;
/// one to the polynomial X is tau·G1, unknown here, so other values come from the library's own proofs.
#[test]
fn point_evaluations() {
    let infinity = {
        let mut p = [0; 48];
        p[0] = 0xc0;
        p
    };
    let generator: [u8; 48] = [
        0x97, 0xf1, 0xd3, 0xa7, 0x31, 0x97, 0xd7, 0x94, 0x26, 0x95, 0x63, 0x8c, 0x4f, 0xa9, 0xac,
        0x0f, 0xc3, 0x68, 0x8c, 0x4f, 0x97, 0x74, 0xb9, 0x05, 0xa1, 0x4e, 0x3a, 0x3f, 0x17, 0x1b,
        0xac, 0x58, 0x6c, 0x55, 0xe8, 0x3f, 0xf9, 0x7a, 0x1a, 0xef, 0xfb, 0x3a, 0xf0, 0x0a, 0xdb,
        0x22, 0xc6, 0xbb,
    ];
    let one = {
        let mut v = [0; 32];
        v[31] = 1;
        v
    };
    let z = {
        let mut v = scalar(4);
        v[0] &= 0x3f;
        v
    };
    let mut bent = infinity;
    bent[47] = 1;
    let cases = [
        (z, [0; 32], infinity, infinity, true),
        (z, one, generator, infinity, true),
        (z, [0; 32], generator, infinity, false),
        (z, one, infinity, infinity, false),
        (z, one, generator, generator, false),
        (ORDER, one, generator, infinity, false),
        (z, ORDER, generator, infinity, false),
        (z, one, bent, infinity, false),
        (z, one, [0; 48], infinity, false),
    ];
    for (index, (z, y, commitment, proof, valid)) in cases.into_iter().enumerate() {
        let ours = OURS.verify_kzg_proof(&z, &y, &commitment, &proof);
        let theirs = NativeCrypto.verify_kzg_proof(&z, &y, &commitment, &proof);
        assert_eq!(
            agree(ours, theirs, &index.to_string()).is_some(),
            valid,
            "{index}"
        );
    }
}

/// The example of EIP-4844's precompile tests: a real proof, hence one that depends on tau.
#[test]
fn a_real_point_evaluation() {
    let blob: Vec<u8> = (0..4096u32)
        .flat_map(|i| {
            let mut f = [0; 32];
            f[28..].copy_from_slice(&(i * i + 1).to_be_bytes());
            f
        })
        .collect();
    let settings = c_kzg::ethereum_kzg_settings(0);
    let blob = c_kzg::Blob::from_bytes(&blob).expect("a blob");
    let commitment = settings.blob_to_kzg_commitment(&blob).expect("commits");
    let z = {
        let mut v = scalar(4);
        v[0] &= 0x3f;
        v
    };
    let (proof, y) = settings
        .compute_kzg_proof(&blob, &z.into())
        .expect("proves");
    let (commitment, proof) = (*commitment.to_bytes(), *proof.to_bytes());
    let y: [u8; 32] = *y;
    assert!(OURS.verify_kzg_proof(&z, &y, &commitment, &proof).is_ok());
    let mut other = y;
    other[31] ^= 1;
    assert!(OURS
        .verify_kzg_proof(&z, &other, &commitment, &proof)
        .is_err());
}
