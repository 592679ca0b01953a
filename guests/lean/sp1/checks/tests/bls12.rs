//! BLS12-381 and KZG against the portable code, over random operands and those at the edges.

mod common;

use ark_bls12_381::{Fq, Fq2, G1Affine, G2Affine};
use ark_ec::{short_weierstrass::SWCurveConfig, AffineRepr, CurveGroup};
use ark_ff::{BigInteger, Field, PrimeField};
use ark_serialize::Compress;
use common::{checked, same, Random, PORTABLE};
use zkperf_guest_core::Crypto;

type G1Bytes = ([u8; 48], [u8; 48]);
type G2Bytes = ([u8; 48], [u8; 48], [u8; 48], [u8; 48]);

fn fq_bytes(element: &Fq) -> [u8; 48] {
    element
        .into_bigint()
        .to_bytes_be()
        .try_into()
        .expect("48 bytes")
}

fn g1_bytes(point: &G1Affine) -> G1Bytes {
    point
        .xy()
        .map_or(([0; 48], [0; 48]), |(x, y)| (fq_bytes(&x), fq_bytes(&y)))
}

fn g2_bytes(point: &G2Affine) -> G2Bytes {
    let parts = point
        .xy()
        .map(|(x, y)| [x.c0, x.c1, y.c0, y.c1].map(|part| fq_bytes(&part)));
    let [a, b, c, d] = parts.unwrap_or([[0; 48]; 4]);
    (a, b, c, d)
}

fn fr(random: &mut Random) -> ark_bls12_381::Fr {
    ark_bls12_381::Fr::from_be_bytes_mod_order(&random.bytes(32))
}

/// Points of the group, off it with every order there is, and off the curve.
fn g1_points(random: &mut Random) -> Vec<G1Bytes> {
    let generator = G1Affine::generator();
    let mut points = vec![([0; 48], [0; 48]), (random.array(), random.array())];
    for _ in 0..5 {
        let point = (generator * fr(random)).into_affine();
        points.extend([g1_bytes(&point), g1_bytes(&-point)]);
    }
    let off = loop {
        let x = Fq::from_be_bytes_mod_order(&random.bytes(48));
        if let Some(point) = G1Affine::get_point_from_x_unchecked(x, true) {
            break point;
        }
    };
    points.push(g1_bytes(&off));
    // of the orders that divide the cofactor, (x - 1)^2 / 3, and both together
    let order = num_bigint::BigUint::from_bytes_le(&ark_bls12_381::Fr::MODULUS.to_bytes_le());
    let cofactor =
        num_bigint::BigUint::from(76_329_603_384_216_526_031_706_109_802_092_473_003u128);
    for prime in [3u64, 11, 10_177, 859_267, 52_437_899] {
        let mut scalar = &order * &cofactor;
        while (&scalar % prime) == num_bigint::BigUint::ZERO {
            scalar /= prime;
        }
        let point = off.mul_bigint(scalar.to_u64_digits()).into_affine();
        if !point.is_zero() {
            points.push(g1_bytes(&point));
            points.push(g1_bytes(&(point + generator).into_affine()));
        }
    }
    points
}

fn g2_points(random: &mut Random) -> Vec<G2Bytes> {
    let generator = G2Affine::generator();
    let mut points = vec![
        ([0; 48], [0; 48], [0; 48], [0; 48]),
        (
            random.array(),
            random.array(),
            random.array(),
            random.array(),
        ),
    ];
    for _ in 0..4 {
        let point = (generator * fr(random)).into_affine();
        points.extend([g2_bytes(&point), g2_bytes(&-point)]);
    }
    let off = loop {
        let x = Fq2::new(
            Fq::from_be_bytes_mod_order(&random.bytes(48)),
            Fq::from_be_bytes_mod_order(&random.bytes(48)),
        );
        if let Some(point) = G2Affine::get_point_from_x_unchecked(x, true) {
            break point;
        }
    };
    points.push(g2_bytes(&off));
    let order = num_bigint::BigUint::from_bytes_le(&ark_bls12_381::Fr::MODULUS.to_bytes_le());
    let cofactor = <ark_bls12_381::g2::Config as ark_ec::CurveConfig>::COFACTOR;
    let words: Vec<u8> = cofactor
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let cofactor = num_bigint::BigUint::from_bytes_le(&words);
    for prime in [13u64, 23, 2_713, 11_953, 262_069] {
        let mut scalar = &order * &cofactor;
        while (&scalar % prime) == num_bigint::BigUint::ZERO {
            scalar /= prime;
        }
        let point = off.mul_bigint(scalar.to_u64_digits()).into_affine();
        if !point.is_zero() {
            points.push(g2_bytes(&point));
            points.push(g2_bytes(&(point + generator).into_affine()));
        }
    }
    points
}

#[test]
fn bls12_g1() {
    let mut random = Random(6);
    let points = g1_points(&mut random);
    let mut valid = 0;
    for p in &points {
        for q in &points {
            same(
                checked().bls12_381_g1_add(*p, *q),
                PORTABLE.bls12_381_g1_add(*p, *q),
            );
        }
        for _ in 0..3 {
            let pairs = [(*p, random.number())];
            let theirs = PORTABLE.bls12_381_g1_msm(&pairs);
            valid += usize::from(same(checked().bls12_381_g1_msm(&pairs), theirs));
        }
    }
    let mut order = [0; 32];
    order.copy_from_slice(&ark_bls12_381::Fr::MODULUS.to_bytes_be());
    for scalar in [[0; 32], [0xff; 32], order] {
        let pairs = [(points[2], scalar)];
        same(
            checked().bls12_381_g1_msm(&pairs),
            PORTABLE.bls12_381_g1_msm(&pairs),
        );
    }
    // equal and opposite points
    for first in [2, 3] {
        let pairs: Vec<_> = points[first..8]
            .iter()
            .map(|p| (*p, random.number()))
            .collect();
        same(
            checked().bls12_381_g1_msm(&pairs),
            PORTABLE.bls12_381_g1_msm(&pairs),
        );
        let scalar = random.array();
        let pairs: Vec<_> = points[first..8].iter().map(|p| (*p, scalar)).collect();
        same(
            checked().bls12_381_g1_msm(&pairs),
            PORTABLE.bls12_381_g1_msm(&pairs),
        );
    }
    assert!(valid > 20 && valid < 3 * points.len());
    same(
        checked().bls12_381_g1_msm(&[]),
        PORTABLE.bls12_381_g1_msm(&[]),
    );
}

#[test]
fn bls12_g2() {
    let mut random = Random(7);
    let points = g2_points(&mut random);
    let mut valid = 0;
    for p in &points {
        for q in &points {
            same(
                checked().bls12_381_g2_add(*p, *q),
                PORTABLE.bls12_381_g2_add(*p, *q),
            );
        }
        let pairs = [(*p, random.number())];
        let theirs = PORTABLE.bls12_381_g2_msm(&pairs);
        valid += usize::from(same(checked().bls12_381_g2_msm(&pairs), theirs));
    }
    let pairs: Vec<_> = points[2..8].iter().map(|p| (*p, random.number())).collect();
    same(
        checked().bls12_381_g2_msm(&pairs),
        PORTABLE.bls12_381_g2_msm(&pairs),
    );
    let scalar = random.array();
    let pairs: Vec<_> = points[2..8].iter().map(|p| (*p, scalar)).collect();
    same(
        checked().bls12_381_g2_msm(&pairs),
        PORTABLE.bls12_381_g2_msm(&pairs),
    );
    assert!(valid > 8 && valid < points.len());
}

#[test]
fn bls12_pairings() {
    let mut random = Random(8);
    let (g1, g2) = (G1Affine::generator(), G2Affine::generator());
    let off = g1_points(&mut random).pop().expect("a point");
    let mut valid = 0;
    for round in 0..14 {
        let (a, b) = (fr(&mut random), fr(&mut random));
        let wrong = ark_bls12_381::Fr::from((round % 2) as u64);
        let mut pairs = vec![
            (
                g1_bytes(&(g1 * a).into_affine()),
                g2_bytes(&(g2 * b).into_affine()),
            ),
            (
                g1_bytes(&(g1 * (wrong - a * b)).into_affine()),
                g2_bytes(&g2),
            ),
        ];
        match round % 7 {
            4 => pairs.push((([0; 48], [0; 48]), g2_bytes(&g2))),
            5 => pairs.push((off, g2_bytes(&g2))),
            6 => {
                pairs.pop();
            }
            _ => {}
        }
        let theirs = PORTABLE.bls12_381_pairing_check(&pairs);
        valid += usize::from(matches!(theirs, Ok(true)));
        same(checked().bls12_381_pairing_check(&pairs), theirs);
    }
    assert!(valid > 2);
}

#[test]
fn bls12_maps() {
    let mut random = Random(9);
    let mut elements: Vec<[u8; 48]> = (0..20)
        .map(|_| fq_bytes(&Fq::from_be_bytes_mod_order(&random.bytes(48))))
        .collect();
    for small in 0..4u64 {
        elements.push(fq_bytes(&Fq::from(small)));
        elements.push(fq_bytes(&-Fq::from(small)));
    }
    // where the map's denominator is zero: −1/Z is a square or not
    for z in [Fq::from(11u64)] {
        if let Some(root) = (-z.inverse().expect("not zero")).sqrt() {
            elements.push(fq_bytes(&root));
        }
    }
    elements.push([0xff; 48]);
    for element in &elements {
        same(
            checked().bls12_381_fp_to_g1(element),
            PORTABLE.bls12_381_fp_to_g1(element),
        );
    }
    let (parts, others) = elements.split_at(10);
    for real in parts {
        for imaginary in others.iter().take(8).chain([&elements[20], &elements[28]]) {
            for element in [(*real, *imaginary), (*imaginary, *real)] {
                same(
                    checked().bls12_381_fp2_to_g2(element),
                    PORTABLE.bls12_381_fp2_to_g2(element),
                );
            }
        }
    }
    for element in elements[20..24].iter() {
        let element = (*element, [0; 48]);
        same(
            checked().bls12_381_fp2_to_g2(element),
            PORTABLE.bls12_381_fp2_to_g2(element),
        );
    }
}

#[test]
fn kzg_proofs() {
    use ark_bls12_381::Fr;
    let mut random = Random(10);
    let compressed = |point: &G1Affine| {
        let mut bytes = Vec::new();
        ark_bls12_381::g1::Config::serialize_with_mode(point, &mut bytes, Compress::Yes)
            .expect("48 bytes");
        <[u8; 48]>::try_from(bytes).expect("48 bytes")
    };
    let g1 = G1Affine::generator();
    let bytes = |scalar: Fr| <[u8; 32]>::try_from(scalar.into_bigint().to_bytes_be()).expect("32");
    let mut valid = 0;
    for round in 0..12 {
        // a constant polynomial has itself everywhere, with infinity for proof
        let (value, z) = (fr(&mut random), fr(&mut random));
        let mut commitment = compressed(&(g1 * value).into_affine());
        let mut proof = compressed(&G1Affine::zero());
        let mut y = bytes(value);
        match round {
            1 => y = bytes(value + Fr::ONE),
            2 => y = [0xff; 32],
            3 => proof = commitment,
            4 => commitment[0] ^= 0x20,
            5 => commitment[47] ^= 1,
            6 => proof[47] = 1,
            7 => (commitment, y) = (proof, [0; 32]),
            8 => proof[0] |= 0x20,
            9 => commitment[0] &= 0x7f,
            10 => proof = random.array(),
            _ => {}
        }
        let theirs = PORTABLE.verify_kzg_proof(&bytes(z), &y, &commitment, &proof);
        valid += usize::from(same(
            checked().verify_kzg_proof(&bytes(z), &y, &commitment, &proof),
            theirs,
        ));
    }
    assert!(valid >= 3);
}
