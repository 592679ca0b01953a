//! BLS12-381 in portable Rust: the precompiles of EIP-2537 and the point evaluation of EIP-4844.
//!
//! ethrex leaves these to C libraries on the host and to the zkVM in guests. Without an implementation a block
//! that uses them would be rejected although it is valid, so the portable variant brings its own over arkworks.
//! Coordinates are big-endian and unpadded, the point at infinity is all zeros.

use ark_bls12_381::{
    g1, g2, Bls12_381, Fq, Fq2, Fr, G1Affine, G1Projective, G2Affine, G2Projective,
};
use ark_ec::hashing::curve_maps::wb::WBMap;
use ark_ec::hashing::map_to_curve_hasher::MapToCurve;
use ark_ec::pairing::Pairing;
use ark_ec::{AffineRepr, CurveGroup};
use ark_ff::{BigInteger, PrimeField, Zero};
use ark_serialize::CanonicalDeserialize;
use ethrex_crypto::CryptoError;

/// A G1 point as ethrex hands it over: x, y.
pub(crate) type G1Bytes = ([u8; 48], [u8; 48]);
/// A G2 point as ethrex hands it over: real and imaginary part of x, then of y.
pub(crate) type G2Bytes = ([u8; 48], [u8; 48], [u8; 48], [u8; 48]);

/// The second power of tau in G2 of the KZG ceremony's trusted setup (EIP-4844), compressed.
const TAU_G2: [u8; 96] = [
    0xb5, 0xbf, 0xd7, 0xdd, 0x8c, 0xde, 0xb1, 0x28, 0x84, 0x3b, 0xc2, 0x87, 0x23, 0x0a, 0xf3, 0x89,
    0x26, 0x18, 0x70, 0x75, 0xcb, 0xfb, 0xef, 0xa8, 0x10, 0x09, 0xa2, 0xce, 0x61, 0x5a, 0xc5, 0x3d,
    0x29, 0x14, 0xe5, 0x87, 0x0c, 0xb4, 0x52, 0xd2, 0xaf, 0xaa, 0xab, 0x24, 0xf3, 0x49, 0x9f, 0x72,
    0x18, 0x5c, 0xbf, 0xee, 0x53, 0x49, 0x27, 0x14, 0x73, 0x44, 0x29, 0xb7, 0xb3, 0x86, 0x08, 0xe2,
    0x39, 0x26, 0xc9, 0x11, 0xcc, 0xec, 0xea, 0xc9, 0xa3, 0x68, 0x51, 0x47, 0x7b, 0xa4, 0xc6, 0x0b,
    0x08, 0x70, 0x41, 0xde, 0x62, 0x10, 0x00, 0xed, 0xc9, 0x8e, 0xda, 0xda, 0x20, 0xc1, 0xde, 0xf2,
];

const NOT_CANONICAL: CryptoError = CryptoError::InvalidInput("a number is not below its modulus");
const NOT_ON_CURVE: CryptoError = CryptoError::InvalidPoint("not on the curve");
const NOT_IN_GROUP: CryptoError = CryptoError::InvalidPoint("not in the subgroup");

/// Adds two points of the curve; they need not be in the subgroup.
pub(crate) fn g1_add(a: G1Bytes, b: G1Bytes) -> Result<[u8; 96], CryptoError> {
    Ok(encode_g1((decode_g1(&a)? + decode_g1(&b)?).into_affine()))
}

/// Adds two points of the twist; they need not be in the subgroup.
pub(crate) fn g2_add(a: G2Bytes, b: G2Bytes) -> Result<[u8; 192], CryptoError> {
    Ok(encode_g2((decode_g2(&a)? + decode_g2(&b)?).into_affine()))
}

/// Sum of points of the subgroup times scalars of any size.
pub(crate) fn g1_msm(pairs: &[(G1Bytes, [u8; 32])]) -> Result<[u8; 96], CryptoError> {
    let mut sum = G1Projective::zero();
    for (point, scalar) in pairs {
        sum += in_g1(decode_g1(point)?)? * Fr::from_be_bytes_mod_order(scalar);
    }
    Ok(encode_g1(sum.into_affine()))
}

/// Sum of points of the subgroup times scalars of any size.
pub(crate) fn g2_msm(pairs: &[(G2Bytes, [u8; 32])]) -> Result<[u8; 192], CryptoError> {
    let mut sum = G2Projective::zero();
    for (point, scalar) in pairs {
        sum += in_g2(decode_g2(point)?)? * Fr::from_be_bytes_mod_order(scalar);
    }
    Ok(encode_g2(sum.into_affine()))
}

/// True if the product of the pairings is one.
pub(crate) fn pairing_check(pairs: &[(G1Bytes, G2Bytes)]) -> Result<bool, CryptoError> {
    let mut left = Vec::with_capacity(pairs.len());
    let mut right = Vec::with_capacity(pairs.len());
    for (a, b) in pairs {
        left.push(in_g1(decode_g1(a)?)?);
        right.push(in_g2(decode_g2(b)?)?);
    }
    Ok(Bls12_381::multi_pairing(left, right).is_zero())
}

/// Maps a field element to the subgroup of the curve (RFC 9380, without hashing).
pub(crate) fn fp_to_g1(element: &[u8; 48]) -> Result<[u8; 96], CryptoError> {
    let point = WBMap::<g1::Config>::map_to_curve(fq(element)?).map_err(|_| NOT_ON_CURVE)?;
    // the isogeny's kernel maps to infinity, which arkworks does not say
    let point = if point.is_on_curve() {
        point
    } else {
        G1Affine::zero()
    };
    Ok(encode_g1(point.clear_cofactor()))
}

/// Maps an element of the quadratic extension to the subgroup of the twist (RFC 9380, without hashing).
pub(crate) fn fp2_to_g2(element: ([u8; 48], [u8; 48])) -> Result<[u8; 192], CryptoError> {
    let element = Fq2::new(fq(&element.0)?, fq(&element.1)?);
    let point = WBMap::<g2::Config>::map_to_curve(element).map_err(|_| NOT_ON_CURVE)?;
    let point = if point.is_on_curve() {
        point
    } else {
        G2Affine::zero()
    };
    Ok(encode_g2(point.clear_cofactor()))
}

/// Checks that the polynomial behind `commitment` has the value `y` at `z` (EIP-4844).
pub(crate) fn verify_kzg_proof(
    z: &[u8; 32],
    y: &[u8; 32],
    commitment: &[u8; 48],
    proof: &[u8; 48],
) -> Result<(), CryptoError> {
    let (z, y) = (fr(z)?, fr(y)?);
    let (commitment, proof) = (compressed_g1(commitment)?, compressed_g1(proof)?);
    let tau = G2Affine::deserialize_compressed_unchecked(&TAU_G2[..]).map_err(|_| NOT_ON_CURVE)?;
    // e(C − y·G1, −G2) · e(proof, (tau − z)·G2) = 1
    let claim = (commitment - G1Affine::generator() * y).into_affine();
    let divisor = (tau - G2Affine::generator() * z).into_affine();
    if Bls12_381::multi_pairing([claim, proof], [-G2Affine::generator(), divisor]).is_zero() {
        Ok(())
    } else {
        Err(CryptoError::VerificationFailed)
    }
}

fn fr(bytes: &[u8; 32]) -> Result<Fr, CryptoError> {
    let limbs = core::array::from_fn(|i| limb(bytes, i));
    Fr::from_bigint(ark_ff::BigInt::<4>::new(limbs)).ok_or(NOT_CANONICAL)
}

fn fq(bytes: &[u8; 48]) -> Result<Fq, CryptoError> {
    let limbs = core::array::from_fn(|i| limb(bytes, i));
    Fq::from_bigint(ark_ff::BigInt::<6>::new(limbs)).ok_or(NOT_CANONICAL)
}

/// The `index`th least significant 64 bits of a big-endian number.
fn limb(bytes: &[u8], index: usize) -> u64 {
    let start = bytes.len() - 8 * (index + 1);
    u64::from_be_bytes(core::array::from_fn(|i| bytes[start + i]))
}

/// A point of the curve, of the subgroup or not.
fn decode_g1((x, y): &G1Bytes) -> Result<G1Affine, CryptoError> {
    let (x, y) = (fq(x)?, fq(y)?);
    if x.is_zero() && y.is_zero() {
        return Ok(G1Affine::zero());
    }
    let point = G1Affine::new_unchecked(x, y);
    if point.is_on_curve() {
        Ok(point)
    } else {
        Err(NOT_ON_CURVE)
    }
}

/// A point of the twist, of the subgroup or not.
fn decode_g2((x0, x1, y0, y1): &G2Bytes) -> Result<G2Affine, CryptoError> {
    let (x, y) = (Fq2::new(fq(x0)?, fq(x1)?), Fq2::new(fq(y0)?, fq(y1)?));
    if x.is_zero() && y.is_zero() {
        return Ok(G2Affine::zero());
    }
    let point = G2Affine::new_unchecked(x, y);
    if point.is_on_curve() {
        Ok(point)
    } else {
        Err(NOT_ON_CURVE)
    }
}

fn in_g1(point: G1Affine) -> Result<G1Affine, CryptoError> {
    if point.is_in_correct_subgroup_assuming_on_curve() {
        Ok(point)
    } else {
        Err(NOT_IN_GROUP)
    }
}

fn in_g2(point: G2Affine) -> Result<G2Affine, CryptoError> {
    if point.is_in_correct_subgroup_assuming_on_curve() {
        Ok(point)
    } else {
        Err(NOT_IN_GROUP)
    }
}

/// A point of the subgroup in the compressed form of EIP-4844; the subgroup is checked.
fn compressed_g1(bytes: &[u8; 48]) -> Result<G1Affine, CryptoError> {
    G1Affine::deserialize_compressed(&bytes[..]).map_err(|_| NOT_IN_GROUP)
}

fn encode_g1(point: G1Affine) -> [u8; 96] {
    let mut out = [0; 96];
    if let Some((x, y)) = point.xy() {
        put(&mut out[..48], x);
        put(&mut out[48..], y);
    }
    out
}

fn encode_g2(point: G2Affine) -> [u8; 192] {
    let mut out = [0; 192];
    if let Some((x, y)) = point.xy() {
        for (part, value) in out.chunks_exact_mut(48).zip([x.c0, x.c1, y.c0, y.c1]) {
            put(part, value);
        }
    }
    out
}

fn put(out: &mut [u8], value: Fq) {
    out.copy_from_slice(&value.into_bigint().to_bytes_be());
}
