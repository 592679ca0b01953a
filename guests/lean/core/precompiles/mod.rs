//! The EVM's precompiles and MULMOD over circuits that multiply and add modulo a prime: SP1's, and RISC Zero's programs
//! for its accelerator of big integers. Their guests link these files, each with `circuits.rs` of its own, and `wide.rs`:
//! they have no circuit in common for numbers beyond 384 bits.
//!
//! What the functions below refuse goes to portable code, which says why it is wrong, or takes what there is no circuit
//! for. Nothing here asks the host: a prover could at most choose which of a number's representatives a circuit writes,
//! and [`number::honest`] sees to that.

mod bls12;
mod bn254;
mod circuits;
mod curve;
mod eip2537;
mod field;
mod map;
mod modular;
mod number;
mod p256;
mod pairing;
mod power;
mod twist;
mod wide;

use bls12::{G1Bytes, G2Bytes};
use ethrex_common::Address;
use zkperf_guest_core::{Accelerator, Crypto, CryptoError, GuestCrypto};

/// The cryptography of the EVM.
#[derive(Debug)]
pub struct Precompiles<A>(pub GuestCrypto<A>);

impl<A: Accelerator> Crypto for Precompiles<A> {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        self.0.keccak256(input)
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        self.0.sha256(input)
    }

    fn secp256k1_ecrecover(
        &self,
        sig: &[u8; 64],
        recid: u8,
        msg: &[u8; 32],
    ) -> Result<[u8; 32], CryptoError> {
        self.0.secp256k1_ecrecover(sig, recid, msg)
    }

    fn recover_signer(&self, sig: &[u8; 65], msg: &[u8; 32]) -> Result<Address, CryptoError> {
        self.0.recover_signer(sig, msg)
    }

    fn mulmod256(&self, a: &[u8; 32], b: &[u8; 32], m: &[u8; 32]) -> [u8; 32] {
        let a = number::from_bytes(a);
        let factors = [number::from_bytes(b), number::from_bytes(m)];
        let mut product = [0; 32];
        number::to_bytes(&modular::mul_mod_any(a, &factors), &mut product);
        product
    }

    fn modexp(&self, base: &[u8], exp: &[u8], modulus: &[u8]) -> Result<Vec<u8>, CryptoError> {
        let power = modular::modexp(base, exp, modulus);
        match power.or_else(|| wide::modexp(base, exp, modulus)) {
            Some(power) => Ok(power),
            None => self.0.modexp(base, exp, modulus),
        }
    }

    fn secp256r1_verify(&self, msg: &[u8; 32], sig: &[u8; 64], pk: &[u8; 64]) -> bool {
        p256::verify(msg, sig, pk)
    }

    fn bn254_g1_add(&self, p1: &[u8], p2: &[u8]) -> Result<[u8; 64], CryptoError> {
        match bn254::g1_add(p1, p2) {
            Some(sum) => Ok(sum),
            None => self.0.bn254_g1_add(p1, p2),
        }
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Result<[u8; 64], CryptoError> {
        match bn254::g1_mul(point, scalar) {
            Some(product) => Ok(product),
            None => self.0.bn254_g1_mul(point, scalar),
        }
    }

    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, CryptoError> {
        match bn254::pairing_check(pairs) {
            Some(holds) => Ok(holds),
            None => self.0.bn254_pairing_check(pairs),
        }
    }

    fn verify_kzg_proof(
        &self,
        z: &[u8; 32],
        y: &[u8; 32],
        commitment: &[u8; 48],
        proof: &[u8; 48],
    ) -> Result<(), CryptoError> {
        match eip2537::verify_kzg_proof(z, y, commitment, proof) {
            Some(true) => Ok(()),
            Some(false) => Err(CryptoError::VerificationFailed),
            None => self.0.verify_kzg_proof(z, y, commitment, proof),
        }
    }

    fn bls12_381_g1_add(&self, a: G1Bytes, b: G1Bytes) -> Result<[u8; 96], CryptoError> {
        match eip2537::g1_add(&a, &b) {
            Some(sum) => Ok(sum),
            None => self.0.bls12_381_g1_add(a, b),
        }
    }

    fn bls12_381_g1_msm(&self, pairs: &[(G1Bytes, [u8; 32])]) -> Result<[u8; 96], CryptoError> {
        match eip2537::g1_msm(pairs) {
            Some(sum) => Ok(sum),
            None => self.0.bls12_381_g1_msm(pairs),
        }
    }

    fn bls12_381_g2_add(&self, a: G2Bytes, b: G2Bytes) -> Result<[u8; 192], CryptoError> {
        match eip2537::g2_add(&a, &b) {
            Some(sum) => Ok(sum),
            None => self.0.bls12_381_g2_add(a, b),
        }
    }

    fn bls12_381_g2_msm(&self, pairs: &[(G2Bytes, [u8; 32])]) -> Result<[u8; 192], CryptoError> {
        match eip2537::g2_msm(pairs) {
            Some(sum) => Ok(sum),
            None => self.0.bls12_381_g2_msm(pairs),
        }
    }

    fn bls12_381_pairing_check(&self, pairs: &[(G1Bytes, G2Bytes)]) -> Result<bool, CryptoError> {
        match eip2537::pairing_check(pairs) {
            Some(holds) => Ok(holds),
            None => self.0.bls12_381_pairing_check(pairs),
        }
    }

    fn bls12_381_fp_to_g1(&self, fp: &[u8; 48]) -> Result<[u8; 96], CryptoError> {
        match map::to_g1(fp) {
            Some(point) => Ok(point),
            None => self.0.bls12_381_fp_to_g1(fp),
        }
    }

    fn bls12_381_fp2_to_g2(&self, fp2: ([u8; 48], [u8; 48])) -> Result<[u8; 192], CryptoError> {
        match map::to_g2(&fp2) {
            Some(point) => Ok(point),
            None => self.0.bls12_381_fp2_to_g2(fp2),
        }
    }
}
