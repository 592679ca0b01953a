//! Modular arithmetic, BN254 and P-256 against the portable code, over random operands and those at the edges.

mod common;

use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField};
use common::{checked, same, Random, PORTABLE};
use zkperf_guest_core::Crypto;

#[test]
fn mulmod() {
    let mut random = Random(1);
    let mut numbers: Vec<[u8; 32]> = (0..40).map(|_| random.number()).collect();
    numbers.extend([[0; 32], [0xff; 32]]);
    for small in [1, 2, 3] {
        let mut number = [0; 32];
        number[31] = small;
        numbers.push(number);
    }
    for a in &numbers {
        for b in &numbers {
            for m in &numbers {
                assert_eq!(checked().mulmod256(a, b, m), PORTABLE.mulmod256(a, b, m));
            }
        }
    }
}

/// Random bytes, or of few bits, or of many: no more of them than `longest`.
fn operand(random: &mut Random, longest: usize) -> Vec<u8> {
    let length = random.below(longest + 1);
    let mut bytes = random.bytes(length);
    random.fill_front(&mut bytes);
    bytes
}

#[test]
fn modexp() {
    let mut random = Random(2);
    for round in 0..1500 {
        let base = operand(&mut random, [100, 600][round % 2]);
        let exponent = operand(&mut random, 40);
        let mut modulus = operand(&mut random, [33, 40, 200, 600][round % 4]);
        if round % 5 == 0 {
            // even, and a multiple of a greater power of two
            let length = modulus.len();
            modulus[length / 2..].fill(0);
        }
        same(
            checked().modexp(&base, &exponent, &modulus),
            PORTABLE.modexp(&base, &exponent, &modulus),
        );
    }
}

/// Moduli at the edges of what the circuits for wide ones take, each with bases and exponents at theirs.
#[test]
fn modexp_at_the_edges() {
    let mut random = Random(6);
    for length in [32, 33, 48, 64, 65, 96, 512, 1023, 1024] {
        let ones = vec![0xff; length];
        let mut least = vec![0; length];
        (least[0], least[length - 1]) = (1, 1);
        let mut top = least.clone();
        top[0] = 0x80;
        let mut some = random.bytes(length);
        some[length - 1] |= 1;
        let padded = [vec![0; 5], some.clone()].concat();
        let mut power_of_two = vec![0; length];
        power_of_two[0] = 0x80;
        let mut thrice = vec![0; length];
        thrice[0] = 3;
        let mut twice = some.clone();
        twice[length - 1] ^= 3;
        // by 2^256 where there is room for it: an odd number of whole limbs
        let mut limb = some.clone();
        limb[length.saturating_sub(32).max(1)..].fill(0);
        limb[length.saturating_sub(33)] |= 1;
        let odd = [ones, least, top, some, padded];
        let even = [power_of_two, thrice, twice, limb];
        for modulus in odd.into_iter().chain(even) {
            let mut before = modulus.clone();
            let last = before.len() - 1;
            before[last] -= 1;
            let bases = [
                vec![],
                vec![0; 40],
                vec![2],
                before,
                modulus.clone(),
                vec![0xff; 1024],
            ];
            for base in bases {
                for exponent in [
                    &[][..],
                    &[0],
                    &[1],
                    &[0, 2],
                    &[3],
                    &[1, 0, 1],
                    &[0x80, 0, 0, 0, 1],
                ] {
                    same(
                        checked().modexp(&base, exponent, &modulus),
                        PORTABLE.modexp(&base, exponent, &modulus),
                    );
                }
            }
        }
    }
}

fn bn254_bytes(x: &ark_bn254::Fq, y: &ark_bn254::Fq) -> [u8; 64] {
    let mut bytes = [0; 64];
    bytes[..32].copy_from_slice(&x.into_bigint().to_bytes_be());
    bytes[32..].copy_from_slice(&y.into_bigint().to_bytes_be());
    bytes
}

fn bn254_g1(scalar: &[u8]) -> [u8; 64] {
    let scalar = ark_bn254::Fr::from_be_bytes_mod_order(scalar);
    let point = (ark_bn254::G1Affine::generator() * scalar).into_affine();
    point.xy().map_or([0; 64], |(x, y)| bn254_bytes(&x, &y))
}

fn bn254_g2_bytes(point: &ark_bn254::G2Affine) -> [u8; 128] {
    let mut bytes = [0; 128];
    if let Some((x, y)) = point.xy() {
        bytes[..64].copy_from_slice(&bn254_bytes(&x.c1, &x.c0));
        bytes[64..].copy_from_slice(&bn254_bytes(&y.c1, &y.c0));
    }
    bytes
}

#[test]
fn bn254_sums() {
    let mut random = Random(3);
    let mut points: Vec<[u8; 64]> = (0..12).map(|_| bn254_g1(&random.bytes(32))).collect();
    points.extend([[0; 64], [0xff; 64], random.array()]);
    for point in points.clone().into_iter().take(3) {
        let mut negative = point;
        let y = ark_bn254::Fq::from_be_bytes_mod_order(&point[32..]);
        negative[32..].copy_from_slice(&(-y).into_bigint().to_bytes_be());
        points.push(negative);
        // the same, but not below the prime
        let mut beyond = point;
        let x = ark_bn254::Fq::from_be_bytes_mod_order(&point[..32]);
        let mut sum = x.into_bigint();
        sum.add_with_carry(&ark_bn254::Fq::MODULUS);
        beyond[..32].copy_from_slice(&sum.to_bytes_be());
        points.push(beyond);
    }
    let mut order = [0; 32];
    order.copy_from_slice(&ark_bn254::Fr::MODULUS.to_bytes_be());
    for p in &points {
        for q in &points {
            same(checked().bn254_g1_add(p, q), PORTABLE.bn254_g1_add(p, q));
        }
        let mut scalars: Vec<[u8; 32]> = (0..4).map(|_| random.number()).collect();
        let (mut before, mut after) = (order, order);
        before[31] -= 1;
        after[31] += 1;
        scalars.extend([[0; 32], [0xff; 32], order, before, after]);
        for s in &scalars {
            same(checked().bn254_g1_mul(p, s), PORTABLE.bn254_g1_mul(p, s));
        }
    }
    same(
        checked().bn254_g1_mul(&points[0], &[1]),
        PORTABLE.bn254_g1_mul(&points[0], &[1]),
    );
    same(
        checked().bn254_g1_add(&points[0], &[1]),
        PORTABLE.bn254_g1_add(&points[0], &[1]),
    );
}

#[test]
fn bn254_pairings() {
    let mut random = Random(4);
    let g2 = ark_bn254::G2Affine::generator();
    let mut valid = 0;
    for round in 0..24 {
        let (a, b) = (
            ark_bn254::Fr::from_be_bytes_mod_order(&random.bytes(32)),
            ark_bn254::Fr::from_be_bytes_mod_order(&random.bytes(32)),
        );
        // a·b − a·b, or one more
        let wrong = ark_bn254::Fr::from((round % 2) as u64);
        let product = -(a * b) + wrong;
        let first = bn254_g1(&a.into_bigint().to_bytes_be());
        let third = bn254_g1(&product.into_bigint().to_bytes_be());
        let second = bn254_g2_bytes(&(g2 * b).into_affine());
        let fourth = bn254_g2_bytes(&g2);
        let off = loop {
            let x = ark_bn254::Fq2::new(
                ark_bn254::Fq::from_be_bytes_mod_order(&random.bytes(32)),
                ark_bn254::Fq::from_be_bytes_mod_order(&random.bytes(32)),
            );
            if let Some(point) = ark_bn254::G2Affine::get_point_from_x_unchecked(x, true) {
                break bn254_g2_bytes(&point);
            }
        };
        let mut pairs: Vec<(&[u8], &[u8])> = vec![(&first, &second), (&third, &fourth)];
        match round % 6 {
            2 => pairs.push((&[0; 64], &second)),
            3 => pairs.push((&first, &[0; 128])),
            4 => pairs.push((&first, &off)),
            5 => {
                pairs.pop();
            }
            _ => {}
        }
        let theirs = PORTABLE.bn254_pairing_check(&pairs);
        valid += usize::from(matches!(theirs, Ok(true)));
        same(checked().bn254_pairing_check(&pairs), theirs);
    }
    assert!(valid > 3);
    assert!(same(
        checked().bn254_pairing_check(&[]),
        PORTABLE.bn254_pairing_check(&[])
    ));
}

fn signed(hash: &[u8; 32], random: &mut Random) -> ([u8; 64], [u8; 64]) {
    use p256::ecdsa::{signature::hazmat::PrehashSigner, Signature, SigningKey};
    let key = loop {
        if let Ok(key) = SigningKey::from_slice(&random.bytes(32)) {
            break key;
        }
    };
    let signature: Signature = key.sign_prehash(hash).expect("a signature");
    let point = key.verifying_key().to_encoded_point(false);
    let public = point.as_bytes()[1..].try_into().expect("64 bytes");
    (signature.to_bytes().into(), public)
}

#[test]
fn p256_signatures() {
    let mut random = Random(5);
    let mut valid = 0;
    for round in 0..60 {
        let hash = random.number();
        let (mut signature, mut key) = signed(&hash, &mut random);
        match round % 6 {
            1 => signature[random.below(64)] ^= 1,
            2 => key[random.below(64)] ^= 1,
            3 => signature[..32].fill([0, 0xff][round / 6 % 2]),
            4 => signature[32..].fill([0, 0xff][round / 6 % 2]),
            5 => key.fill([0, 0xff][round / 6 % 2]),
            _ => {}
        }
        let theirs = PORTABLE.secp256r1_verify(&hash, &signature, &key);
        valid += usize::from(theirs);
        assert_eq!(checked().secp256r1_verify(&hash, &signature, &key), theirs);
    }
    assert_eq!(valid, 10);
}
