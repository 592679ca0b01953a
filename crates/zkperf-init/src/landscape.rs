//! What each zkVM has circuits for, operation by operation: what `zkperf_advise` knows of their crates, with what a block
//! needs it for and what experience says.

use std::fmt::Write;
use zkperf_advise::Operation as Op;

/// zkVMs in the order of the columns.
const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];

/// A row: operations of Ethereum's that go together, and are dear in software.
#[derive(Debug, Clone, Copy)]
pub struct Operation {
    /// Name.
    pub name: &'static str,
    /// The operations of the patch audit.
    pub of: &'static [Op],
    /// Where a block needs it.
    pub needed_for: &'static str,
    /// What is to be known of a zkVM's way, in the order ZisK, SP1, RISC Zero; empty where that is nothing.
    pub cautions: [&'static str; 3],
    /// Names of software implementations: in a profile they say that no circuit was used.
    pub portable: &'static str,
}

const NOTHING: [&str; 3] = ["", "", ""];
const SHORT_OPERANDS: &str = "each call has a price that short operands do not earn";

/// Rows in the order of the table.
pub const OPERATIONS: &[Operation] = &[
    Operation {
        name: "Keccak-256",
        of: &[Op::Keccak256],
        needed_for: "trie nodes, code hashes, addresses, the opcode KECCAK256",
        cautions: [
            "",
            "",
            "a circuit of its own, whose permutations are counted beside the cycles",
        ],
        portable: "`tiny_keccak`, `sha3`, `keccak::f1600`",
    },
    Operation {
        name: "SHA-256",
        of: &[Op::Sha256],
        needed_for: "precompile 0x02, blob and request hashes",
        cautions: NOTHING,
        portable: "`sha2::sha256`",
    },
    Operation {
        name: "ECRECOVER (secp256k1)",
        of: &[Op::Ecrecover],
        needed_for: "the sender of every transaction, precompile 0x01, EIP-7702",
        cautions: [
            "",
            "root and inverse come from a hook and are checked in the guest",
            "",
        ],
        portable: "`k256`, `secp256k1`",
    },
    Operation {
        name: "P256VERIFY (secp256r1)",
        of: &[Op::P256],
        needed_for: "precompile 0x100",
        cautions: NOTHING,
        portable: "`p256`",
    },
    Operation {
        name: "BN254 ECADD, ECMUL",
        of: &[Op::Bn254Add, Op::Bn254Mul],
        needed_for: "precompiles 0x06, 0x07",
        cautions: [
            "",
            "a release of the patched crate broke ECADD on mainnet blocks, so ethrex keeps `ark_bn254` there",
            "",
        ],
        portable: "`ark_bn254`, `substrate_bn`",
    },
    Operation {
        name: "BN254 pairing",
        of: &[Op::Bn254Pairing],
        needed_for: "precompile 0x08",
        cautions: NOTHING,
        portable: "`ark_bn254`, `substrate_bn`",
    },
    Operation {
        name: "BLS12-381 (curve, pairing, map)",
        of: &[
            Op::Bls12G1Add,
            Op::Bls12G1Msm,
            Op::Bls12G2Add,
            Op::Bls12G2Msm,
            Op::Bls12Pairing,
            Op::Bls12Map,
        ],
        needed_for: "precompiles 0x0b to 0x11",
        cautions: NOTHING,
        portable: "`bls12_381`, `blst`",
    },
    Operation {
        name: "KZG point evaluation",
        of: &[Op::Kzg],
        needed_for: "precompile 0x0a",
        cautions: [
            "",
            "`kzg-rs` pulls `sp1_bls12_381`, which calls SP1 on *every* zkVM target: not for the other two",
            "",
        ],
        portable: "`kzg_rs`, `c_kzg`",
    },
    Operation {
        name: "MODEXP",
        of: &[Op::Modexp],
        needed_for: "precompile 0x05",
        cautions: NOTHING,
        portable: "`malachite`, `num_bigint`",
    },
    Operation {
        name: "BLAKE2F",
        of: &[Op::Blake2f],
        needed_for: "precompile 0x09",
        cautions: NOTHING,
        portable: "`blake2`",
    },
    Operation {
        name: "RIPEMD-160",
        of: &[Op::Ripemd160],
        needed_for: "precompile 0x03",
        cautions: NOTHING,
        portable: "`ripemd`",
    },
    Operation {
        name: "256-bit arithmetic",
        of: &[Op::Arith256],
        needed_for: "the opcodes MUL, DIV, MULMOD, ADDMOD, EXP",
        cautions: ["", SHORT_OPERANDS, SHORT_OPERANDS],
        portable: "`ruint`, `ethereum_types`, `primitive_types`",
    },
    Operation {
        name: "Copying and comparing memory",
        of: &[Op::Memory],
        needed_for: "everything",
        cautions: NOTHING,
        portable: "`memcpy`, `memmove`, `memcmp`",
    },
    Operation {
        name: "Jump destinations",
        of: &[Op::Jumpdests],
        needed_for: "every contract that is called",
        cautions: NOTHING,
        portable: "`compute_jumpdests`, `jump_targets`",
    },
];

const HEAD: &str = include_str!("../templates/docs/zkvm_landscape.md");

/// Renders the table as Markdown.
pub fn landscape() -> String {
    let mut rows = String::new();
    for operation in OPERATIONS {
        let cells = ZKVMS.iter().zip(operation.cautions);
        let cells: Vec<String> = cells
            .map(|(zkvm, caution)| cell(zkvm, operation.of, caution))
            .collect();
        // Writing to a String cannot fail.
        let _ = writeln!(
            rows,
            "| **{}**: {} | {} | {} | (patch audit) | (patch audit) |",
            operation.name,
            operation.needed_for,
            cells.join(" | "),
            operation.portable
        );
    }
    let versions: Vec<String> = zkperf_advise::known_versions()
        .map(|(zkvm, version)| format!("{zkvm} {version}"))
        .collect();
    HEAD.replace("{{rows}}\n", &rows)
        .replace("{{versions}}", &versions.join(", "))
}

/// Circuits, the ways to them, and a caution.
fn cell(zkvm: &str, operations: &[Op], caution: &str) -> String {
    let (mut circuits, mut ways): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for offer in operations
        .iter()
        .filter_map(|operation| zkperf_advise::offered(zkvm, *operation))
    {
        circuits.extend(offer.circuits.iter().map(|name| format!("`{name}`")));
        ways.push(plain(offer.through));
    }
    if circuits.is_empty() {
        return "no circuit".to_owned();
    }
    let mut parts = vec![distinct(circuits).join(", "), distinct(ways).join(", ")];
    parts.extend((!caution.is_empty()).then(|| caution.to_owned()));
    parts.join("; ")
}

/// Names as they are: an asterisk or an underscore means nothing.
fn plain(text: &str) -> String {
    text.replace('*', "\\*").replace('_', "\\_")
}

/// Each once, in the order of their first places.
fn distinct<T: PartialEq>(all: Vec<T>) -> Vec<T> {
    let mut once = Vec::new();
    for one in all {
        if !once.contains(&one) {
            once.push(one);
        }
    }
    once
}
