//! The operations that zkVMs have circuits for.

use serde::Serialize;

macro_rules! operations {
    ($($variant:ident $key:literal $name:literal $family:ident,)*) => {
        /// An operation of the patch audit.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum Operation {
            $(#[doc = $name] #[serde(rename = $key)] $variant,)*
        }

        impl Operation {
            /// All of them, in the order of the matrix.
            pub const ALL: &'static [Operation] = &[$(Operation::$variant),*];

            /// What people call it.
            pub fn name(self) -> &'static str {
                match self { $(Operation::$variant => $name,)* }
            }

            /// What it is called in JSON and in options.
            pub fn key(self) -> &'static str {
                match self { $(Operation::$variant => $key,)* }
            }

            /// Which code it shares with others.
            pub(crate) fn family(self) -> Family {
                match self { $(Operation::$variant => Family::$family,)* }
            }
        }
    };
}

operations! {
    Keccak256 "keccak256" "Keccak-256" Own,
    Ecrecover "ecrecover" "ECRECOVER" Own,
    Sha256 "sha256" "SHA-256" Own,
    Sha3 "sha3" "SHA-3" Own,
    Bn254Add "bn254-add" "BN254 add" Bn254,
    Bn254Mul "bn254-mul" "BN254 mul" Bn254,
    Bn254Pairing "bn254-pairing" "BN254 pairing" Bn254,
    Bls12G1Add "bls12-g1-add" "BLS12-381 G1 add" Bls12,
    Bls12G1Msm "bls12-g1-msm" "BLS12-381 G1 MSM" Bls12,
    Bls12G2Add "bls12-g2-add" "BLS12-381 G2 add" Bls12,
    Bls12G2Msm "bls12-g2-msm" "BLS12-381 G2 MSM" Bls12,
    Bls12Pairing "bls12-pairing" "BLS12-381 pairing" Bls12,
    Bls12Map "bls12-map" "BLS12-381 map to curve" Bls12,
    Kzg "kzg" "KZG point evaluation" Bls12,
    Modexp "modexp" "MODEXP" Own,
    P256 "p256" "P-256 verify" Own,
    Ripemd160 "ripemd160" "RIPEMD-160" Own,
    Blake2f "blake2f" "BLAKE2f" Own,
    Arith256 "arith256" "256-bit division" Own,
    Jumpdests "jumpdests" "EVM jump destinations" Own,
    Memory "memory" "memcpy, memset …" Own,
    Poseidon2 "poseidon2" "Poseidon2" Own,
}

/// Operations whose portable code is the same library: which of them runs is told by who called it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// No other.
    Own,
    /// Curve arithmetic of BN254.
    Bn254,
    /// Curve arithmetic of BLS12-381.
    Bls12,
}

impl Operation {
    /// Whether code of `self` below a call of `other` still is a part of `other`.
    pub(crate) fn is_part_of(self, other: Operation) -> bool {
        self == other || (self.family() == other.family() && self.family() != Family::Own)
    }

    /// Whether it is cryptography: the others are judged by rules of their own.
    pub(crate) fn is_crypto(self) -> bool {
        !matches!(self, Operation::Arith256 | Operation::Memory)
    }
}
