//! The EVM's precompiles and MULMOD over ZisK's own library, which runs on its circuits.
//!
//! What the library refuses goes to portable code, which says why it is wrong, or takes what is too long for the library.

use crate::accelerator::Zisk;
use ethrex_common::Address;
use zisk_zkvm_interface::{
    zkvm_bls12_381_g1_msm_pair, zkvm_bls12_381_g2_msm_pair, zkvm_bls12_381_pairing_pair,
    zkvm_bn254_pairing_pair, zkvm_bytes_128 as Bytes128, zkvm_bytes_16 as Bytes16,
    zkvm_bytes_192 as Bytes192, zkvm_bytes_32 as Bytes32, zkvm_bytes_48 as Bytes48,
    zkvm_bytes_64 as Bytes64, zkvm_bytes_96 as Bytes96, zkvm_status_ZKVM_EOK as DONE,
};
use ziskos::zisklib::{zkvm_accelerators as zisk, zkvm_accelerators_ext::zkvm_mulmod256};
use zkperf_guest_core::{Crypto, CryptoError, GuestCrypto};

/// The cryptography of the EVM on ZisK.
#[derive(Debug)]
pub struct Precompiles(pub GuestCrypto<Zisk>);

type G1 = ([u8; 48], [u8; 48]);
type G2 = ([u8; 48], [u8; 48], [u8; 48], [u8; 48]);

/// No operand of MODEXP is longer since Osaka (EIP-7823).
const LONGEST_OPERAND: usize = 1024;

// SAFETY, of all calls below: each reads the values, slices and lengths that it is given, writes its result, and keeps
// nothing of them.
impl Crypto for Precompiles {
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
        let mut product = [0; 32];
        unsafe { zkvm_mulmod256(a.as_ptr(), b.as_ptr(), m.as_ptr(), product.as_mut_ptr()) };
        product
    }

    fn modexp(&self, base: &[u8], exp: &[u8], modulus: &[u8]) -> Result<Vec<u8>, CryptoError> {
        if [base, exp, modulus]
            .iter()
            .any(|operand| operand.len() > LONGEST_OPERAND)
        {
            return self.0.modexp(base, exp, modulus);
        }
        let mut power = vec![0; modulus.len()];
        let status = unsafe {
            zisk::zkvm_modexp(
                base.as_ptr(),
                base.len(),
                exp.as_ptr(),
                exp.len(),
                modulus.as_ptr(),
                modulus.len(),
                power.as_mut_ptr(),
            )
        };
        match status {
            DONE => Ok(power),
            _ => self.0.modexp(base, exp, modulus),
        }
    }

    fn blake2_compress(&self, rounds: u32, h: &mut [u64; 8], m: [u64; 16], t: [u64; 2], f: bool) {
        let mut state = Bytes64 {
            data: bytemuck::cast(*h),
        };
        let (message, offset) = (
            Bytes128 {
                data: bytemuck::cast(m),
            },
            Bytes16 {
                data: bytemuck::cast(t),
            },
        );
        unsafe { zisk::zkvm_blake2f(rounds, &mut state, &message, &offset, u8::from(f)) };
        *h = bytemuck::cast(state.data);
    }

    fn secp256r1_verify(&self, msg: &[u8; 32], sig: &[u8; 64], pk: &[u8; 64]) -> bool {
        let (msg, sig, pk) = (
            Bytes32 { data: *msg },
            Bytes64 { data: *sig },
            Bytes64 { data: *pk },
        );
        let mut holds = false;
        unsafe { zisk::zkvm_secp256r1_verify(&msg, &sig, &pk, &mut holds) };
        holds
    }

    fn bn254_g1_add(&self, p1: &[u8], p2: &[u8]) -> Result<[u8; 64], CryptoError> {
        if let (Some(&a), Some(&b)) = (p1.first_chunk(), p2.first_chunk()) {
            let (a, b) = (Bytes64 { data: a }, Bytes64 { data: b });
            let mut sum = Bytes64 { data: [0; 64] };
            if unsafe { zisk::zkvm_bn254_g1_add(&a, &b, &mut sum) } == DONE {
                return Ok(sum.data);
            }
        }
        self.0.bn254_g1_add(p1, p2)
    }

    fn bn254_g1_mul(&self, point: &[u8], scalar: &[u8]) -> Result<[u8; 64], CryptoError> {
        // of a longer scalar, portable code takes more than the first 32 bytes
        if let (Some(&p), Ok(factor)) = (point.first_chunk(), scalar.try_into()) {
            let (p, factor) = (Bytes64 { data: p }, Bytes32 { data: factor });
            let mut product = Bytes64 { data: [0; 64] };
            if unsafe { zisk::zkvm_bn254_g1_mul(&p, &factor, &mut product) } == DONE {
                return Ok(product.data);
            }
        }
        self.0.bn254_g1_mul(point, scalar)
    }

    fn bn254_pairing_check(&self, pairs: &[(&[u8], &[u8])]) -> Result<bool, CryptoError> {
        let points = pairs.iter().map(|(g1, g2)| {
            Some(zkvm_bn254_pairing_pair {
                g1: Bytes64 {
                    data: *g1.first_chunk()?,
                },
                g2: Bytes128 {
                    data: *g2.first_chunk()?,
                },
            })
        });
        let points: Option<Vec<_>> = points.collect();
        if let Some(points) = points.filter(|points| !points.is_empty()) {
            let mut holds = false;
            let status =
                unsafe { zisk::zkvm_bn254_pairing(points.as_ptr(), points.len(), &mut holds) };
            if status == DONE {
                return Ok(holds);
            }
        }
        self.0.bn254_pairing_check(pairs)
    }

    fn verify_kzg_proof(
        &self,
        z: &[u8; 32],
        y: &[u8; 32],
        commitment: &[u8; 48],
        proof: &[u8; 48],
    ) -> Result<(), CryptoError> {
        let (z, y) = (Bytes32 { data: *z }, Bytes32 { data: *y });
        let (commitment, proof) = (Bytes48 { data: *commitment }, Bytes48 { data: *proof });
        let mut holds = false;
        unsafe { zisk::zkvm_kzg_point_eval(&commitment, &z, &y, &proof, &mut holds) };
        match holds {
            true => Ok(()),
            false => Err(CryptoError::VerificationFailed),
        }
    }

    fn bls12_381_g1_add(&self, a: G1, b: G1) -> Result<[u8; 96], CryptoError> {
        let mut sum = Bytes96 { data: [0; 96] };
        match unsafe { zisk::zkvm_bls12_g1_add(&g1(&a), &g1(&b), &mut sum) } {
            DONE => Ok(sum.data),
            _ => self.0.bls12_381_g1_add(a, b),
        }
    }

    fn bls12_381_g1_msm(&self, pairs: &[(G1, [u8; 32])]) -> Result<[u8; 96], CryptoError> {
        let points = pairs
            .iter()
            .map(|(point, scalar)| zkvm_bls12_381_g1_msm_pair {
                point: g1(point),
                scalar: Bytes32 { data: *scalar },
            });
        let points: Vec<_> = points.collect();
        let mut sum = Bytes96 { data: [0; 96] };
        match unsafe { zisk::zkvm_bls12_g1_msm(points.as_ptr(), points.len(), &mut sum) } {
            DONE => Ok(sum.data),
            _ => self.0.bls12_381_g1_msm(pairs),
        }
    }

    fn bls12_381_g2_add(&self, a: G2, b: G2) -> Result<[u8; 192], CryptoError> {
        let mut sum = Bytes192 { data: [0; 192] };
        match unsafe { zisk::zkvm_bls12_g2_add(&g2(&a), &g2(&b), &mut sum) } {
            DONE => Ok(sum.data),
            _ => self.0.bls12_381_g2_add(a, b),
        }
    }

    fn bls12_381_g2_msm(&self, pairs: &[(G2, [u8; 32])]) -> Result<[u8; 192], CryptoError> {
        let points = pairs
            .iter()
            .map(|(point, scalar)| zkvm_bls12_381_g2_msm_pair {
                point: g2(point),
                scalar: Bytes32 { data: *scalar },
            });
        let points: Vec<_> = points.collect();
        let mut sum = Bytes192 { data: [0; 192] };
        match unsafe { zisk::zkvm_bls12_g2_msm(points.as_ptr(), points.len(), &mut sum) } {
            DONE => Ok(sum.data),
            _ => self.0.bls12_381_g2_msm(pairs),
        }
    }

    fn bls12_381_pairing_check(&self, pairs: &[(G1, G2)]) -> Result<bool, CryptoError> {
        let points = pairs.iter().map(|(a, b)| zkvm_bls12_381_pairing_pair {
            g1: g1(a),
            g2: g2(b),
        });
        let points: Vec<_> = points.collect();
        let mut holds = false;
        match unsafe { zisk::zkvm_bls12_pairing(points.as_ptr(), points.len(), &mut holds) } {
            DONE => Ok(holds),
            _ => self.0.bls12_381_pairing_check(pairs),
        }
    }

    fn bls12_381_fp_to_g1(&self, fp: &[u8; 48]) -> Result<[u8; 96], CryptoError> {
        let mut point = Bytes96 { data: [0; 96] };
        match unsafe { zisk::zkvm_bls12_map_fp_to_g1(&Bytes48 { data: *fp }, &mut point) } {
            DONE => Ok(point.data),
            _ => self.0.bls12_381_fp_to_g1(fp),
        }
    }

    fn bls12_381_fp2_to_g2(&self, fp2: ([u8; 48], [u8; 48])) -> Result<[u8; 192], CryptoError> {
        let mut point = Bytes192 { data: [0; 192] };
        match unsafe { zisk::zkvm_bls12_map_fp2_to_g2(&g1(&fp2), &mut point) } {
            DONE => Ok(point.data),
            _ => self.0.bls12_381_fp2_to_g2(fp2),
        }
    }
}

/// A point of G1, or an element of the quadratic extension: two numbers, one after the other.
fn g1((x, y): &G1) -> Bytes96 {
    Bytes96 {
        data: joined([x, y]),
    }
}

fn g2((x0, x1, y0, y1): &G2) -> Bytes192 {
    Bytes192 {
        data: joined([x0, x1, y0, y1]),
    }
}

fn joined<const PARTS: usize, const BYTES: usize>(parts: [&[u8; 48]; PARTS]) -> [u8; BYTES] {
    let mut joined = [0; BYTES];
    for (place, part) in joined.chunks_exact_mut(48).zip(parts) {
        place.copy_from_slice(part);
    }
    joined
}
