//! Precompiles are CSR accesses in a guest (`csrs 0x800, a0`): which register is which.

/// CSR 0x800 and the following, by the names that the opcode tables have, as in `CSR_PRECOMPILED` of
/// `zisk-riscv/src/riscv2zisk_context.rs` (1.4.0-alpha), which is private.
const PRECOMPILES: [&str; 34] = [
    "keccak",
    "arith256",
    "arith256_mod",
    "secp256k1_add",
    "secp256k1_dbl",
    "sha256",
    "bn254_curve_add",
    "bn254_curve_dbl",
    "bn254_complex_add",
    "bn254_complex_sub",
    "bn254_complex_mul",
    "arith384_mod",
    "bls12_381_curve_add",
    "bls12_381_curve_dbl",
    "bls12_381_complex_add",
    "bls12_381_complex_sub",
    "bls12_381_complex_mul",
    "add256",
    "poseidon2",
    "dma_memcpy",
    "dma_memcmp",
    "dma_inputcpy",
    "dma_memset",
    "secp256r1_add",
    "secp256r1_dbl",
    "blake2b",
    "profile",
    "poseidon1",
    "jump_dest",
    "babyjubjub_add",
    "blake3",
    "blake2s",
    "ed25519_add",
    "poseidon2_koalabear",
];

/// The precompile that an access to a CSR is.
pub(crate) fn name(csr: u16) -> Option<&'static str> {
    PRECOMPILES
        .get(usize::from(csr.checked_sub(0x800)?))
        .copied()
}

// Older versions have fewer.
#[cfg(all(
    test,
    not(any(zisk_version = "1.1.0-alpha", zisk_version = "1.2.0-alpha"))
))]
mod tests {
    use super::*;
    use crate::official::ZiskOp;

    /// Every name but those that are no opcode of their own is the official one's.
    #[test]
    fn names_are_those_of_opcodes() {
        for (at, name) in PRECOMPILES.iter().enumerate() {
            let csr = 0x800 + at as u16;
            assert_eq!(super::name(csr), Some(*name));
            let is_opcode = ZiskOp::try_from_name(name).is_ok();
            assert!(is_opcode || *name == "dma_memset", "{name}");
        }
        assert_eq!((name(0x7ff), name(0x822), name(0xffe)), (None, None, None));
        assert_eq!(name(0x81a), Some("profile"));
    }
}
