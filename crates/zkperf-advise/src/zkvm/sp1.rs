//! SP1: system calls of `sp1-lib`, rows of `sp1-core-executor`.

use super::{Available, CircuitRow, Facts, FirstTouch, PatchedCrate, Price};
use crate::operation::Operation::{self, *};

const fn own(label: &'static str) -> CircuitRow {
    CircuitRow {
        table: "syscalls",
        label,
        column: "count",
        shared: false,
    }
}

const fn shared(label: &'static str) -> CircuitRow {
    CircuitRow {
        shared: true,
        ..own(label)
    }
}

const BN254: &[CircuitRow] = &[
    shared("BN254_ADD"),
    shared("BN254_DOUBLE"),
    shared("BN254_FP_ADD"),
    shared("BN254_FP_SUB"),
    shared("BN254_FP_MUL"),
    shared("BN254_FP2_ADD"),
    shared("BN254_FP2_SUB"),
    shared("BN254_FP2_MUL"),
];

const BLS12: &[CircuitRow] = &[
    shared("BLS12381_ADD"),
    shared("BLS12381_DOUBLE"),
    shared("BLS12381_FP_ADD"),
    shared("BLS12381_FP_SUB"),
    shared("BLS12381_FP_MUL"),
    shared("BLS12381_FP2_ADD"),
    shared("BLS12381_FP2_SUB"),
    shared("BLS12381_FP2_MUL"),
];

const fn available(
    operation: Operation,
    through: &'static str,
    rows: &'static [CircuitRow],
) -> Available {
    Available {
        operation,
        through,
        krate: "sp1-lib 6.10.0",
        file: "src/lib.rs",
        rows,
        price: None,
    }
}

const fn priced(available: Available, price: Price) -> Available {
    Available {
        price: Some(price),
        ..available
    }
}

const fn patch(
    name: &'static str,
    version: &'static str,
    operation: Operation,
    repository: &'static str,
) -> PatchedCrate {
    PatchedCrate {
        name,
        version,
        operation,
        repository,
    }
}

const BN254_THROUGH: &str = "syscall_bn254_*, or the patched crate substrate-bn";
const BLS12_THROUGH: &str = "syscall_bls12381_*, or the patched crate bls12_381";

pub(crate) const FACTS: Facts = Facts {
    zkvm: "sp1",
    version: "6.10.0",
    more_extensions: &[],
    available: &[
        priced(
            available(
                Keccak256,
                "syscall_keccak_permute, or the patched crate tiny-keccak",
                &[own("KECCAK_PERMUTE")],
            ),
            Price {
                unit: "permutation",
                low: 259_900,
                high: 261_500,
                source: "24 rows of KeccakPermute at 10,779 and 971 for handing them over, in 191sts of gas \
                         (sp1-core-executor artifacts/rv64im_costs.json, rv64im_complexity.json), and the call",
            },
        ),
        priced(
            available(
                Ecrecover,
                "syscall_secp256k1_add, _double, or the patched crate k256",
                &[own("SECP256K1_ADD"), own("SECP256K1_DOUBLE")],
            ),
            Price {
                unit: "recovery",
                low: 4_000_000,
                high: 8_000_000,
                source: "measured: 5,819,579 (30,469 gas) a recovery, reference guest on zkperf's demo block",
            },
        ),
        priced(
            available(
                Sha256,
                "syscall_sha256_extend, syscall_sha256_compress, or the patched crate sha2",
                &[own("SHA_COMPRESS"), own("SHA_EXTEND")],
            ),
            Price {
                unit: "block",
                low: 97_700,
                high: 220_000,
                source: "48 rows of ShaExtend at 464 and 80 of ShaCompress at 918, in 191sts of gas; measured with \
                         padding and schedule: 199,400 a block, reference guest on zkperf's demo block",
            },
        ),
        available(
            Sha3,
            "the patched crate sha3 (on syscall_keccak_permute)",
            &[shared("KECCAK_PERMUTE")],
        ),
        available(Bn254Add, BN254_THROUGH, BN254),
        available(Bn254Mul, BN254_THROUGH, BN254),
        available(Bn254Pairing, BN254_THROUGH, BN254),
        available(Bls12G1Add, BLS12_THROUGH, BLS12),
        available(Bls12G1Msm, BLS12_THROUGH, BLS12),
        available(Bls12G2Add, BLS12_THROUGH, BLS12),
        available(Bls12G2Msm, BLS12_THROUGH, BLS12),
        available(Bls12Pairing, BLS12_THROUGH, BLS12),
        available(Bls12Map, BLS12_THROUGH, BLS12),
        available(Kzg, "syscall_bls12381_*, or kzg-rs over the patched bls12_381", BLS12),
        available(
            Modexp,
            "syscall_uint256_mulmod, or the patched crate crypto-bigint; beyond 256 bits syscall_uint256_mul_with_carry",
            &[shared("UINT256_MUL"), shared("UINT256_MUL_CARRY")],
        ),
        available(
            P256,
            "syscall_secp256r1_add, _double, or the patched crate p256",
            &[own("SECP256R1_ADD"), own("SECP256R1_DOUBLE")],
        ),
        available(
            Arith256,
            "syscall_uint256_mulmod, _add_with_carry, _mul_with_carry: a quotient from the host can be checked",
            &[
                shared("UINT256_MUL"),
                shared("UINT256_ADD_CARRY"),
                shared("UINT256_MUL_CARRY"),
            ],
        ),
        available(Poseidon2, "syscall_poseidon2", &[own("POSEIDON2")]),
    ],
    missing: &[
        (Ripemd160, "no circuit for it in this version's crates"),
        (Blake2f, "no circuit for it in this version's crates"),
        (Jumpdests, "no circuit for it in this version's crates"),
        (Memory, "no circuit moves memory: every word is a load and a store"),
    ],
    patches: &[
        patch("tiny-keccak", "2.0.2", Keccak256, "github.com/sp1-patches/tiny-keccak"),
        patch("sha2", "0.10.9", Sha256, "github.com/sp1-patches/RustCrypto-hashes"),
        patch("sha3", "0.10.8", Sha3, "github.com/sp1-patches/RustCrypto-hashes"),
        patch("k256", "0.13.4", Ecrecover, "github.com/sp1-patches/elliptic-curves"),
        patch("p256", "0.13.2", P256, "github.com/sp1-patches/elliptic-curves"),
        patch("secp256k1", "0.30.0", Ecrecover, "github.com/sp1-patches/rust-secp256k1"),
        patch("substrate-bn", "0.6.0", Bn254Pairing, "github.com/sp1-patches/bn"),
        patch("crypto-bigint", "0.5.5", Modexp, "github.com/sp1-patches/RustCrypto-bigint"),
    ],
    patches_source: "[patch.crates-io] of ethrex's SP1 guest, crates/guest-program/bin/sp1/Cargo.toml at 056b8625",
    own_crates: &["sp1-zkvm", "sp1-lib"],
    circuit_measures: &["gas_precompiles"],
    system_is_circuit: false,
    word_bytes: 8,
    narrow: None,
    // A row of MemoryLocal at 64 and two of Global at 939, in 191sts of gas (sp1-core-executor src/vm/gas.rs).
    first_touch: Some(FirstTouch {
        measure: "gas_first_touch",
        price: 64 + 2 * 939,
    }),
    paging: None,
    allocator: "switch on sp1-zkvm's feature `bump` (Cargo.toml): its allocator moves a pointer and frees nothing",
    bump_instructions: (20, 3),
};
