//! RISC Zero: system calls of `risc0-zkvm-platform`, programs of `risc0-bigint2`, the keccak circuit.

use super::{Available, CircuitRow, Facts, Paging, PatchedCrate, Price};
use crate::operation::Operation::{self, *};

const KECCAK: CircuitRow = CircuitRow {
    table: "keccak",
    label: "permutations",
    column: "count",
    shared: false,
};

/// Every big-integer program is the same ecall.
const BIGINT: &[CircuitRow] = &[CircuitRow {
    table: "ecalls",
    label: "BigInt",
    column: "count",
    shared: true,
}];

/// Journal, keccak and whatever hashes: all are the same ecall.
const SHA2: &[CircuitRow] = &[CircuitRow {
    table: "ecalls",
    label: "Sha2",
    column: "count",
    shared: true,
}];

const POSEIDON2: &[CircuitRow] = &[CircuitRow {
    table: "ecalls",
    label: "Poseidon2",
    column: "count",
    shared: false,
}];

const fn available(
    operation: Operation,
    through: &'static str,
    krate: &'static str,
    file: &'static str,
    rows: &'static [CircuitRow],
) -> Available {
    Available {
        operation,
        through,
        krate,
        file,
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

const BIGINT2: &str = "risc0-bigint2 1.4.14";
const BN254_THROUGH: &str = "risc0_bigint2::field (256 bits), or the patched crate substrate-bn";
const BLS12_THROUGH: &str = "risc0_bigint2::field (384 bits), or the patched crate blst";

pub(crate) const FACTS: Facts = Facts {
    zkvm: "risc0",
    version: "3.0.6",
    more_extensions: &[],
    available: &[
        priced(
            available(
                Keccak256,
                "risc0_zkvm::guest::env::risc0_keccak_update (feature unstable), or the patched crate tiny-keccak",
                "risc0-zkvm 3.0.6",
                "src/guest/env/mod.rs",
                &[KECCAK],
            ),
            Price {
                unit: "permutation",
                low: 1_050,
                high: 1_250,
                source: "measured: 1,125 cycles of risc0_keccak_update and the ecalls below it (eight SHA-256 blocks bind a \
                         permutation to the proof), reference guest on block 24628607; the permutation itself is \
                         proven by another circuit, outside the cycles",
            },
        ),
        priced(
            available(
                Ecrecover,
                "risc0_bigint2::ec, or the patched crate k256",
                BIGINT2,
                "src/ec/secp256k1.rs",
                BIGINT,
            ),
            Price {
                unit: "recovery",
                low: 200_000,
                high: 360_000,
                source: "measured: 277,711 cycles a recovery, reference guest on zkperf's demo block",
            },
        ),
        priced(
            available(
                Sha256,
                "risc0_zkvm::sha::Impl, or the patched crate sha2",
                "risc0-zkvm-platform 2.2.3",
                "src/syscall.rs",
                SHA2,
            ),
            Price {
                unit: "block",
                low: 74,
                high: 125,
                source: "74 cycles a block by the ecall; measured with padding: 104 a block, reference guest on zkperf's \
                         demo block",
            },
        ),
        available(Bn254Add, BN254_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bn254Mul, BN254_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bn254Pairing, BN254_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12G1Add, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12G1Msm, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12G2Add, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12G2Msm, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12Pairing, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(Bls12Map, BLS12_THROUGH, BIGINT2, "src/field/mod.rs", BIGINT),
        available(
            Kzg,
            "risc0_bigint2::field (384 bits), or the patched crate c-kzg",
            BIGINT2,
            "src/field/mod.rs",
            BIGINT,
        ),
        available(
            Modexp,
            "risc0_bigint2::field (256, 384, 4096 bits), or the patched crate crypto-bigint",
            BIGINT2,
            "src/field/mod.rs",
            BIGINT,
        ),
        available(
            P256,
            "risc0_bigint2::ec with the curve's parameters, or the patched crate p256",
            BIGINT2,
            "src/ec/curve.rs",
            BIGINT,
        ),
        available(
            Arith256,
            "risc0_bigint2::field::modmul_256 …: a quotient from the host can be checked",
            BIGINT2,
            "src/field/mod.rs",
            BIGINT,
        ),
        available(
            Poseidon2,
            "sys_poseidon2",
            "risc0-zkvm-platform 2.2.3",
            "src/syscall.rs",
            POSEIDON2,
        ),
    ],
    missing: &[
        (
            Sha3,
            "no function of its own; the keccak circuit's permutation is the one that SHA3-256 needs",
        ),
        (Ripemd160, "no circuit for it in this version's crates"),
        (Blake2f, "no circuit for it in this version's crates"),
        (Jumpdests, "no circuit for it in this version's crates"),
        (Memory, "no circuit moves memory: every word is a load and a store"),
    ],
    patches: &[
        patch("sha2", "0.10.9", Sha256, "github.com/risc0/RustCrypto-hashes"),
        patch("k256", "0.13.4", Ecrecover, "github.com/risc0/RustCrypto-elliptic-curves"),
        patch("p256", "0.13.2", P256, "github.com/risc0/RustCrypto-elliptic-curves"),
        patch("crypto-bigint", "0.5.5", Modexp, "github.com/risc0/RustCrypto-crypto-bigint"),
        patch("c-kzg", "2.1.1", Kzg, "github.com/risc0/c-kzg-4844"),
        patch("substrate-bn", "0.6.0", Bn254Pairing, "github.com/risc0/paritytech-bn"),
        patch("tiny-keccak", "2.0.2", Keccak256, "github.com/risc0/tiny-keccak"),
    ],
    patches_source: "[patch.crates-io] of ethrex's RISC Zero guest, crates/guest-program/bin/risc0/Cargo.toml at 02e7114e",
    own_crates: &["risc0-zkvm"],
    circuit_measures: &[],
    system_is_circuit: true,
    word_bytes: 4,
    narrow: None,
    first_touch: None,
    paging: Some(Paging {
        functions: &["[page in]", "[page out]"],
        page_bytes: 1024,
    }),
    allocator: "risc0-zkvm-platform allocates by moving a pointer; what is left is zeroing and copying",
    bump_instructions: (25, 3),
};
