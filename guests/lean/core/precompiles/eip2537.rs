//! Sums and pairings on BLS12-381 as the precompiles of EIP-2537 want them, and the point evaluation of EIP-4844.
//!
//! Each function answers only for what is valid; what it refuses is refused by portable code, which says why.

use super::bls12::{
    constant, constant2, encoded_g1, encoded_g2, g1, g1_of_group, g2, g2_of_group, in_g1, point,
    Bls12, Fq, Fq2, G1Bytes, G2Bytes, B, G1, G2,
};
use super::curve::{self, Point};
use super::field::Element;
use super::number::{from_bytes, of_montgomery, reduced, sub};
use super::pairing::product_is_one;
use ark_ff::PrimeField;

/// The order of the groups.
const ORDER: [u64; 4] = ark_bls12_381::Fr::MODULUS.0;

/// The first group's generator.
const GENERATOR: Point<6> = Point {
    x: of_montgomery(&ark_bls12_381::g1::G1_GENERATOR_X.0 .0, &MODULUS),
    y: of_montgomery(&ark_bls12_381::g1::G1_GENERATOR_Y.0 .0, &MODULUS),
};
/// The second group's, with the other sign.
const MINUS_GENERATOR_2: (Fq2, Fq2) = (
    constant2(&ark_bls12_381::g2::G2_GENERATOR_X),
    Fq2::new(
        Fq::new(
            sub(
                &MODULUS,
                &constant(&ark_bls12_381::g2::G2_GENERATOR_Y_C0).plain(),
            )
            .0,
        ),
        Fq::new(
            sub(
                &MODULUS,
                &constant(&ark_bls12_381::g2::G2_GENERATOR_Y_C1).plain(),
            )
            .0,
        ),
    ),
);
const MODULUS: [u64; 6] = ark_bls12_381::Fq::MODULUS.0;

/// The second group's generator times the secret of the KZG ceremony (EIP-4844), as the reference guest has it
/// compressed.
const TAU: (Fq2, Fq2) = (
    Fq2::new(
        Fq::new([
            0xc98e_dada_20c1_def2,
            0x0870_41de_6210_00ed,
            0xa368_5147_7ba4_c60b,
            0x3926_c911_ccec_eac9,
            0x7344_29b7_b386_08e2,
            0x185c_bfee_5349_2714,
        ]),
        Fq::new([
            0xafaa_ab24_f349_9f72,
            0x2914_e587_0cb4_52d2,
            0x1009_a2ce_615a_c53d,
            0x2618_7075_cbfb_efa8,
            0x843b_c287_230a_f389,
            0x15bf_d7dd_8cde_b128,
        ]),
    ),
    Fq2::new(
        Fq::new([
            0xee68_9bfb_bb83_2a99,
            0x4ce2_6d10_5941_f383,
            0xe824_51a4_96a9_c979,
            0x1315_6949_0e28_de18,
            0xd7d5_ee85_99d1_fca2,
            0x0143_53bd_b96b_626d,
        ]),
        Fq::new([
            0x2304_8ef3_0d0a_154f,
            0x9495_346f_3d7a_c9cd,
            0xda5e_d1ba_9bfa_0789,
            0xef79_de09_fc63_671f,
            0x0343_2fca_e018_1b4b,
            0x1666_c54b_0a32_5295,
        ]),
    ),
);

/// Adds two points of the curve, of the first group or not.
pub fn g1_add(a: &G1Bytes, b: &G1Bytes) -> Option<[u8; 96]> {
    let mut sum = g1(a)?;
    curve::add::<Bls12, 6>(&mut sum, &g1(b)?);
    Some(encoded_g1(&sum))
}

/// Adds two points of the twist, of the second group or not.
pub fn g2_add(a: &G2Bytes, b: &G2Bytes) -> Option<[u8; 192]> {
    let mut sum = G2::new(g2(a)?);
    sum.add(&G2::new(g2(b)?));
    Some(encoded_g2(&sum))
}

/// The sum of points of the first group times scalars of any size.
pub fn g1_msm(pairs: &[(G1Bytes, [u8; 32])]) -> Option<[u8; 96]> {
    let mut points = Vec::with_capacity(pairs.len());
    for (point, scalar) in pairs {
        if let Some(point) = g1_of_group(point)? {
            points.push((point, from_bytes(scalar)));
        }
    }
    Some(encoded_g1(&curve::multiply::<Bls12, 6>(&points)))
}

/// The sum of points of the second group times scalars of any size.
pub fn g2_msm(pairs: &[(G2Bytes, [u8; 32])]) -> Option<[u8; 192]> {
    let mut points = Vec::with_capacity(pairs.len());
    for (point, scalar) in pairs {
        if let Some(point) = g2_of_group(point)? {
            points.push((G2::new(Some(point)), from_bytes(scalar)));
        }
    }
    Some(encoded_g2(&G2::multiply(&points)))
}

/// Whether the product of the pairings of all pairs is one.
pub fn pairing_check(pairs: &[(G1Bytes, G2Bytes)]) -> Option<bool> {
    let mut points = Vec::with_capacity(pairs.len());
    for (a, b) in pairs {
        // a pair with a point at infinity is one
        if let (Some(a), Some(b)) = (g1_of_group(a)?, g2_of_group(b)?) {
            points.push((coordinates(&a), b));
        }
    }
    Some(product_is_one::<Bls12, 6>(&points))
}

/// Whether the polynomial behind a commitment has the value `y` at `z`.
pub fn verify_kzg_proof(
    z: &[u8; 32],
    y: &[u8; 32],
    commitment: &[u8; 48],
    proof: &[u8; 48],
) -> Option<bool> {
    let (z, y) = (reduced(z, &ORDER)?, reduced(y, &ORDER)?);
    let (commitment, proof) = (compressed(commitment)?, compressed(proof)?);
    // e(c − y·g + z·π, −h) · e(π, τ·h) = 1: both points of the second group are always the same
    let mut terms = vec![(GENERATOR, sub(&ORDER, &y).0)];
    terms.extend(proof.map(|proof| (proof, z)));
    let mut claim = curve::multiply::<Bls12, 6>(&terms);
    curve::add::<Bls12, 6>(&mut claim, &commitment);
    let pairs = [(claim, MINUS_GENERATOR_2), (proof, TAU)];
    let points = pairs
        .into_iter()
        .filter_map(|(first, second)| Some((coordinates(&first?), second)));
    Some(product_is_one::<Bls12, 6>(&points.collect::<Vec<_>>()))
}

/// A point of the first group in compressed form: three flags and x.
fn compressed(bytes: &[u8; 48]) -> Option<G1> {
    let (flags, mut x) = (bytes[0] >> 5, *bytes);
    x[0] &= 0x1f;
    let larger = match flags {
        0b100 => false,
        0b101 => true,
        0b110 if x == [0; 48] => return Some(None),
        _ => return None,
    };
    let x = super::bls12::number(&x)?;
    let y = (x.squared() * x + B).root()?;
    let negative = -y;
    // the larger of both roots
    let is_larger = super::number::below(negative.number(), y.number());
    let y = if is_larger == larger { y } else { negative };
    Some(Some(point(&x, &y))).filter(in_g1)
}

fn coordinates(point: &Point<6>) -> (Fq, Fq) {
    (Fq::new(point.x), Fq::new(point.y))
}
