//! The seam between the EVM's cryptography and a zkVM's accelerated circuits.

use crate::bls::{self, G1Bytes, G2Bytes};
use ethrex_common::Address;
use ethrex_crypto::{Crypto, CryptoError, NativeCrypto};
use std::fmt::Debug;

/// What a zkVM can take over, one method per operation. Every default is portable Rust, so a guest only names what
/// it accelerates; the results must not differ from the defaults' on any argument, valid or not.
pub trait Accelerator: Debug + Send + Sync {
    /// Keccak-256.
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        NativeCrypto.keccak256(input)
    }

    /// SHA-256.
    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        NativeCrypto.sha256(input)
    }

    /// Recovers a secp256k1 public key from a signature (r, s), its recovery id and the hash that was signed, and
    /// returns the key's Keccak-256; an Ethereum address is its last 20 bytes.
    ///
    /// # Errors
    /// [`CryptoError`] if there is no such key.
    fn secp256k1_ecrecover(
        &self,
        sig: &[u8; 64],
        recid: u8,
        msg: &[u8; 32],
    ) -> Result<[u8; 32], CryptoError> {
        NativeCrypto.secp256k1_ecrecover(sig, recid, msg)
    }
}

/// No acceleration at all.
#[derive(Debug, Clone, Copy, Default)]
pub struct Portable;

impl Accelerator for Portable {}

/// ethrex's cryptography for guests: portable Rust with an [`Accelerator`]'s operations on top.
#[derive(Debug, Clone, Copy, Default)]
pub struct GuestCrypto<A>(pub A);

/// Every operation of the EVM in portable Rust: the guests' variant `unpatched`, and native checks.
pub type PortableCrypto = GuestCrypto<Portable>;

impl<A: Accelerator> Crypto for GuestCrypto<A> {
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
        // EIP-2: s in the upper half of the group order is not allowed in transactions
        const HALF_ORDER: [u8; 32] = [
            0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xff, 0xff, 0x5d, 0x57, 0x6e, 0x73, 0x57, 0xa4, 0x50, 0x1d, 0xdf, 0xe9, 0x2f, 0x46,
            0x68, 0x1b, 0x20, 0xa0,
        ];
        let [rs @ .., recid] = sig;
        if rs[32..] > HALF_ORDER[..] {
            return Err(CryptoError::InvalidSignature);
        }
        let hash = self.secp256k1_ecrecover(rs, *recid, msg)?;
        Ok(Address::from_slice(&hash[12..]))
    }

    fn bn254_g1_add(&self, p1: &[u8], p2: &[u8]) -> Result<[u8; 64], CryptoError> {
        NativeCrypto.bn254_g1_add(p1, p2)
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Result<[u8; 64], CryptoError> {
        NativeCrypto.bn254_g1_mul(point, scalar)
    }

    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, CryptoError> {
        NativeCrypto.bn254_pairing_check(pairs)
    }

    fn modexp(&self, base: &[u8], exp: &[u8], modulus: &[u8]) -> Result<Vec<u8>, CryptoError> {
        NativeCrypto.modexp(base, exp, modulus)
    }

    fn verify_kzg_proof(
        &self,
        z: &[u8; 32],
        y: &[u8; 32],
        commitment: &[u8; 48],
        proof: &[u8; 48],
    ) -> Result<(), CryptoError> {
        bls::verify_kzg_proof(z, y, commitment, proof)
    }

    fn bls12_381_g1_add(&self, a: G1Bytes, b: G1Bytes) -> Result<[u8; 96], CryptoError> {
        bls::g1_add(a, b)
    }

    fn bls12_381_g1_msm(&self, pairs: &[(G1Bytes, [u8; 32])]) -> Result<[u8; 96], CryptoError> {
        bls::g1_msm(pairs)
    }

    fn bls12_381_g2_add(&self, a: G2Bytes, b: G2Bytes) -> Result<[u8; 192], CryptoError> {
        bls::g2_add(a, b)
    }

    fn bls12_381_g2_msm(&self, pairs: &[(G2Bytes, [u8; 32])]) -> Result<[u8; 192], CryptoError> {
        bls::g2_msm(pairs)
    }

    fn bls12_381_pairing_check(&self, pairs: &[(G1Bytes, G2Bytes)]) -> Result<bool, CryptoError> {
        bls::pairing_check(pairs)
    }

    fn bls12_381_fp_to_g1(&self, fp: &[u8; 48]) -> Result<[u8; 96], CryptoError> {
        bls::fp_to_g1(fp)
    }

    fn bls12_381_fp2_to_g2(&self, fp2: ([u8; 48], [u8; 48])) -> Result<[u8; 192], CryptoError> {
        bls::fp2_to_g2(fp2)
    }
}
