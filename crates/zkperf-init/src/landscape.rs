//! What each zkVM has circuits for, operation by operation.

use serde::Serialize;
use std::fmt::Write;

/// An operation of Ethereum's that is dear in software.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Operation {
    /// Name.
    pub name: &'static str,
    /// Where a block needs it.
    pub needed_for: &'static str,
    /// What helps on each zkVM, in the order ZisK, SP1, RISC Zero.
    pub on: [Acceleration; 3],
    /// Names of software implementations: in a profile they say that no circuit was used.
    pub portable: &'static str,
}

/// What a zkVM has for an operation.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Acceleration {
    /// Circuits that carry the work, by the names that profiles show; empty if there is none.
    pub circuits: &'static [&'static str],
    /// How a guest reaches them, or what is to be known.
    pub how: &'static str,
}

const fn on(circuits: &'static [&'static str], how: &'static str) -> Acceleration {
    Acceleration { circuits, how }
}

const NONE: Acceleration = on(&[], "");

/// Names in ZisK's and SP1's columns are pinned to the crates by a test of `zkperf`.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "Keccak-256",
        needed_for: "trie nodes, code hashes, addresses, the opcode KECCAK256",
        on: [
            on(&["keccak"], "`ziskos::zisklib`, or patched `tiny-keccak`, `sha3`"),
            on(&["KECCAK_PERMUTE"], "patched `tiny-keccak`, `sha3`"),
            on(
                &["keccak"],
                "`risc0_keccak_update`; a circuit of its own, whose permutations are counted beside the cycles; in \
                 the patches behind the feature `unstable`",
            ),
        ],
        portable: "`tiny_keccak`, `sha3`, `keccak::f1600`",
    },
    Operation {
        name: "SHA-256",
        needed_for: "precompile 0x02, blob and request hashes",
        on: [
            on(&["sha256"], "`ziskos::zisklib`, or patched `sha2`"),
            on(&["SHA_EXTEND", "SHA_COMPRESS"], "patched `sha2`"),
            on(&["Sha2"], "`risc0_zkvm::sha`, or patched `sha2`"),
        ],
        portable: "`sha2::sha256`",
    },
    Operation {
        name: "ECRECOVER (secp256k1)",
        needed_for: "the sender of every transaction, precompile 0x01, EIP-7702",
        on: [
            on(
                &["secp256k1_add", "secp256k1_dbl", "arith256_mod"],
                "`ziskos::zisklib`, or patched `k256`",
            ),
            on(
                &["SECP256K1_ADD", "SECP256K1_DOUBLE", "UINT256_MUL"],
                "patched `k256` or `secp256k1`; root and inverse come from a hook and are checked in the guest",
            ),
            on(&["BigInt"], "patched `k256`, `crypto-bigint`"),
        ],
        portable: "`k256`, `secp256k1`",
    },
    Operation {
        name: "P256VERIFY (secp256r1)",
        needed_for: "precompile 0x100",
        on: [
            on(&["secp256r1_add", "secp256r1_dbl"], "`ziskos::zisklib`; no patch of `p256` is known"),
            on(&["SECP256R1_ADD", "SECP256R1_DOUBLE"], "patched `p256`"),
            on(&["BigInt"], "patched `p256`"),
        ],
        portable: "`p256`",
    },
    Operation {
        name: "BN254 ECADD, ECMUL",
        needed_for: "precompiles 0x06, 0x07",
        on: [
            on(&["bn254_curve_add", "bn254_curve_dbl"], "`ziskos::zisklib`, or patched `substrate-bn`"),
            on(
                &["BN254_ADD", "BN254_DOUBLE"],
                "patched `substrate-bn`; one of its releases broke ECADD on mainnet blocks, so ethrex keeps `ark_bn254` there",
            ),
            on(&["BigInt"], "patched `substrate-bn`"),
        ],
        portable: "`ark_bn254`, `substrate_bn`",
    },
    Operation {
        name: "BN254 pairing",
        needed_for: "precompile 0x08",
        on: [
            on(
                &["bn254_complex_add", "bn254_complex_sub", "bn254_complex_mul", "arith256_mod"],
                "`ziskos::zisklib`, or patched `substrate-bn`",
            ),
            on(
                &["BN254_FP_MUL", "BN254_FP2_MUL", "BN254_FP_ADD", "BN254_FP2_ADD"],
                "patched `substrate-bn`",
            ),
            on(&["BigInt"], "patched `substrate-bn`"),
        ],
        portable: "`ark_bn254`, `substrate_bn`",
    },
    Operation {
        name: "BLS12-381 (curve, pairing, map)",
        needed_for: "precompiles 0x0b to 0x11",
        on: [
            on(
                &[
                    "bls12_381_curve_add",
                    "bls12_381_curve_dbl",
                    "bls12_381_complex_mul",
                    "arith384_mod",
                ],
                "`ziskos::zisklib`, or patched `bls12_381`",
            ),
            on(
                &["BLS12381_ADD", "BLS12381_DOUBLE", "BLS12381_FP_MUL", "BLS12381_FP2_MUL"],
                "patched `bls12_381`, `sp1_bls12_381`",
            ),
            on(&["BigInt"], "patched `bls12_381`, `blst`; behind the feature `unstable`"),
        ],
        portable: "`bls12_381`, `blst`",
    },
    Operation {
        name: "KZG point evaluation",
        needed_for: "precompile 0x0a",
        on: [
            on(&["bls12_381_curve_add", "arith384_mod"], "patched `kzg-rs`"),
            on(
                &["BLS12381_ADD", "BLS12381_FP_MUL"],
                "`kzg-rs` over `sp1_bls12_381`, which calls SP1 on *every* zkVM target: not for the other two",
            ),
            on(&["BigInt"], "patched `c-kzg`"),
        ],
        portable: "`kzg_rs`, `c_kzg`",
    },
    Operation {
        name: "MODEXP",
        needed_for: "precompile 0x05",
        on: [
            on(&["arith256", "arith256_mod"], "`ziskos`' modexp"),
            on(&["UINT256_MUL"], "for 256 bits only; larger operands run in software"),
            on(&["BigInt"], "for the widths it is generated for"),
        ],
        portable: "`malachite`, `num_bigint`",
    },
    Operation {
        name: "BLAKE2F",
        needed_for: "precompile 0x09",
        on: [on(&["blake2b"], "`ziskos::zisklib`"), NONE, NONE],
        portable: "`blake2`",
    },
    Operation {
        name: "RIPEMD-160",
        needed_for: "precompile 0x03",
        on: [NONE, NONE, NONE],
        portable: "`ripemd`",
    },
    Operation {
        name: "256-bit arithmetic",
        needed_for: "the opcodes MUL, DIV, MULMOD, ADDMOD, EXP",
        on: [
            on(&["add256", "arith256", "arith256_mod"], "`ziskos::zisklib`, or patched `ruint`"),
            on(
                &["UINT256_MUL", "UINT256_ADD_CARRY", "UINT256_MUL_CARRY"],
                "through the zkVM's own calls; each call has a price that short operands do not earn",
            ),
            on(&["BigInt"], "through its own calls; each call has a price that short operands do not earn"),
        ],
        portable: "`ruint`, `ethereum_types`, `primitive_types`",
    },
    Operation {
        name: "Copying and comparing memory",
        needed_for: "everything",
        on: [
            on(
                &["dma_memcpy", "dma_memcmp", "dma_xmemset"],
                "`memcpy`, `memcmp`, `memset` of `ziskos` do it without a change",
            ),
            NONE,
            NONE,
        ],
        portable: "`memcpy`, `memmove`, `memcmp`",
    },
    Operation {
        name: "Jump destinations",
        needed_for: "every contract that is called",
        on: [on(&["jump_dest"], "offered by ZisK 1.4.0-alpha"), NONE, NONE],
        portable: "`compute_jumpdests`, `jump_targets`",
    },
];

const HEAD: &str = include_str!("../templates/docs/zkvm_landscape.md");

/// Renders the table as Markdown.
pub fn landscape() -> String {
    let mut out = String::new();
    for operation in OPERATIONS {
        let cells: Vec<String> = operation.on.iter().map(cell).collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            out,
            "| **{}**: {} | {} | {} | (patch audit) | (patch audit) |",
            operation.name,
            operation.needed_for,
            cells.join(" | "),
            operation.portable
        );
    }
    HEAD.replace("{{rows}}\n", &out)
}

fn cell(on: &Acceleration) -> String {
    if on.circuits.is_empty() {
        return "no circuit".to_owned();
    }
    let circuits: Vec<String> = on.circuits.iter().map(|name| format!("`{name}`")).collect();
    format!("{}; {}", circuits.join(", "), on.how)
}
