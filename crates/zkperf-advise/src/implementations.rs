//! Which functions are which operation: portable code, code round a zkVM's circuits, and the calls that lead to either.
//!
//! A function is told by its crate and by words in its name, both as in [`zkperf_symbols::SymbolPath`]. Generic
//! library code with a crate's types in its name (`core::array::from_fn<ark_bls12_381::…>`) is nobody's: it is what called
//! it.

use zkperf_symbols::SymbolPath;

use crate::operation::Operation::{self, *};

/// What kind of code a function is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Ordinary Rust, proven instruction by instruction.
    Portable,
    /// Made for a zkVM: calls its circuits.
    Circuit,
    /// Leads to one or the other: a method of a crypto trait, an EVM precompile.
    Seam,
}

/// Functions of one operation.
pub(crate) struct Implementation {
    pub operation: Operation,
    pub kind: Kind,
    /// The crate; any if empty.
    pub krate: &'static str,
    /// One of them must be in the name; all names if empty.
    words: &'static [&'static str],
}

const fn portable(
    operation: Operation,
    krate: &'static str,
    words: &'static [&'static str],
) -> Implementation {
    Implementation {
        operation,
        kind: Kind::Portable,
        krate,
        words,
    }
}

const fn circuit(
    operation: Operation,
    krate: &'static str,
    words: &'static [&'static str],
) -> Implementation {
    Implementation {
        operation,
        kind: Kind::Circuit,
        krate,
        words,
    }
}

/// The first row that fits counts. Crates that zkVMs publish patched copies of keep their names: whether such code reaches
/// circuits is seen in the run, not here.
pub(crate) const IMPLEMENTATIONS: &[Implementation] = &[
    // Keccak and SHA-3: `keccak` is RustCrypto's permutation, below `sha3`.
    portable(Sha3, "sha3", &["Sha3_", "Shake", "sha3_"]),
    portable(Keccak256, "tiny_keccak", &[]),
    portable(Keccak256, "keccak", &[]),
    portable(Keccak256, "sha3", &[]),
    portable(Keccak256, "keccak_asm", &[]),
    circuit(Keccak256, "ziskos", &["keccak"]),
    circuit(Keccak256, "zkperf_guest_circuits", &["::keccak::"]),
    circuit(Keccak256, "risc0_zkvm", &["keccak"]),
    circuit(
        Keccak256,
        "",
        &[
            "syscall_keccak_permute",
            "risc0_keccak_update",
            "sys_keccak",
        ],
    ),
    // SHA-256.
    portable(Sha256, "sha2", &["256", "Sha224", "core_api"]),
    portable(Sha256, "sha2_asm", &[]),
    circuit(Sha256, "ziskos", &["sha256"]),
    circuit(Sha256, "zkperf_guest_circuits", &["::sha256::"]),
    circuit(Sha256, "risc0_zkvm", &["::sha::"]),
    circuit(Sha256, "risc0_zkp", &["::hash::sha::"]),
    circuit(Sha256, "", &["syscall_sha256_", "sys_sha_"]),
    // P-256 before secp256k1: both use the same curve crates.
    portable(P256, "p256", &[]),
    portable(P256, "", &["<p256::", "p256::NistP256>"]),
    circuit(P256, "ziskos", &["secp256r1"]),
    circuit(P256, "", &["syscall_secp256r1_"]),
    // secp256k1.
    portable(Ecrecover, "k256", &[]),
    portable(Ecrecover, "libsecp256k1", &[]),
    portable(Ecrecover, "libsecp256k1_core", &[]),
    portable(Ecrecover, "secp256k1", &[]),
    portable(Ecrecover, "secp256k1_sys", &[]),
    portable(Ecrecover, "ark_secp256k1", &[]),
    circuit(Ecrecover, "ziskos", &["secp256k1"]),
    circuit(Ecrecover, "zkperf_guest_circuits", &["secp256k1"]),
    circuit(Ecrecover, "risc0_bigint2", &["::ec::"]),
    circuit(Ecrecover, "", &["syscall_secp256k1_"]),
    // BN254.
    portable(Bn254Pairing, "ark_bn254", &[]),
    portable(Bn254Pairing, "substrate_bn", &[]),
    portable(Bn254Pairing, "bn", &[]),
    portable(Bn254Pairing, "ethrex_crypto", &["::bn254::"]),
    portable(Bn254Pairing, "ark_ff", &["ark_bn254::"]),
    portable(Bn254Pairing, "ark_ec", &["ark_bn254::"]),
    circuit(Bn254Pairing, "ziskos", &["bn254"]),
    circuit(Bn254Pairing, "", &["syscall_bn254_"]),
    // BLS12-381 and KZG.
    portable(Kzg, "c_kzg", &[]),
    portable(Kzg, "kzg_rs", &[]),
    portable(Kzg, "kzg", &[]),
    circuit(Kzg, "ziskos", &["kzg"]),
    portable(Bls12Pairing, "ark_bls12_381", &[]),
    portable(Bls12Pairing, "bls12_381", &[]),
    portable(Bls12Pairing, "sp1_bls12_381", &[]),
    portable(Bls12Pairing, "blst", &[]),
    portable(Bls12Pairing, "ark_ff", &["ark_bls12_381::"]),
    portable(Bls12Pairing, "ark_ec", &["ark_bls12_381::"]),
    circuit(Bls12Pairing, "ziskos", &["bls12_381"]),
    circuit(Bls12Pairing, "", &["syscall_bls12381_"]),
    // Modular exponentiation.
    portable(Modexp, "malachite_nz", &["mod_pow"]),
    portable(Modexp, "aurora_engine_modexp", &[]),
    portable(Modexp, "num_bigint", &["modpow", "monty"]),
    portable(Modexp, "ethrex_crypto", &["modexp"]),
    circuit(Modexp, "ziskos", &["modexp"]),
    // Hashes of EVM precompiles.
    portable(Ripemd160, "ripemd", &[]),
    // In software, whatever its name says (ziskos src/zisklib/lib/ripemd160.rs).
    portable(Ripemd160, "ziskos", &["ripemd160"]),
    portable(Blake2f, "blake2", &[]),
    portable(Blake2f, "blake2b_simd", &[]),
    portable(Blake2f, "ethrex_crypto", &["::blake2f::"]),
    circuit(Blake2f, "ziskos", &["blake2b"]),
    // EVM jump destinations.
    circuit(Jumpdests, "ziskos", &["jump_dest"]),
    portable(
        Jumpdests,
        "",
        &["::compute_jumpdests", "legacy::analysis::analyze"],
    ),
    // Poseidon2.
    portable(Poseidon2, "p3_poseidon2", &[]),
    portable(Poseidon2, "zkhash", &["poseidon2"]),
    circuit(Poseidon2, "", &["syscall_poseidon2", "sys_poseidon2"]),
    circuit(Poseidon2, "ziskos", &["poseidon2"]),
    // 256-bit division.
    circuit(Arith256, "ziskos", &["uint256", "arith256"]),
    circuit(Arith256, "", &["syscall_uint256_", "syscall_u256x2048_"]),
    portable(Arith256, "ethrex_crypto", &["::u256_div::"]),
    portable(
        Arith256,
        "primitive_types",
        &["U256>::div_mod", "U512>::div_mod", "div_mod"],
    ),
    portable(Arith256, "uint", &["div_mod"]),
    portable(
        Arith256,
        "ruint",
        &["div_rem", "::div::", "reciprocal", "mul_mod"],
    ),
];

/// Last parts of names that lead to an operation, whoever implements it: the methods of ethrex's `Crypto`, its EVM
/// precompiles, those of revm, and the names of the zkVM accelerator interface.
pub(crate) const SEAMS: &[(&str, Operation)] = &[
    ("keccak256", Keccak256),
    ("keccak_hash", Keccak256),
    ("zkvm_keccak256", Keccak256),
    ("sha256", Sha256),
    ("sha2_256", Sha256),
    ("zkvm_sha256", Sha256),
    ("secp256k1_ecrecover", Ecrecover),
    ("recover_signer", Ecrecover),
    ("ecrecover", Ecrecover),
    ("ec_recover_run", Ecrecover),
    ("zkvm_secp256k1_ecrecover", Ecrecover),
    ("bn254_g1_add", Bn254Add),
    ("ecadd", Bn254Add),
    ("bn254_g1_mul", Bn254Mul),
    ("ecmul", Bn254Mul),
    ("bn254_pairing_check", Bn254Pairing),
    ("ecpairing", Bn254Pairing),
    ("bls12_381_g1_add", Bls12G1Add),
    ("bls12_g1add", Bls12G1Add),
    ("bls12_381_g1_msm", Bls12G1Msm),
    ("bls12_g1msm", Bls12G1Msm),
    ("bls12_381_g2_add", Bls12G2Add),
    ("bls12_g2add", Bls12G2Add),
    ("bls12_381_g2_msm", Bls12G2Msm),
    ("bls12_g2msm", Bls12G2Msm),
    ("bls12_381_pairing_check", Bls12Pairing),
    ("bls12_pairing_check", Bls12Pairing),
    ("bls12_381_fp_to_g1", Bls12Map),
    ("bls12_381_fp2_to_g2", Bls12Map),
    ("bls12_map_fp_to_g1", Bls12Map),
    ("bls12_map_fp2_tp_g2", Bls12Map),
    ("verify_kzg_proof", Kzg),
    ("point_evaluation", Kzg),
    ("secp256r1_verify", P256),
    ("p_256_verify", P256),
    ("ripemd160", Ripemd160),
    ("ripemd_160", Ripemd160),
    ("blake2_compress", Blake2f),
    ("blake2f", Blake2f),
];

/// Seams that are only so in one crate: the word means something else elsewhere.
const SEAMS_IN: &[(&str, &str, Operation)] = &[
    ("ethrex_levm::precompiles::modexp", "modexp", Modexp),
    ("zkperf_guest_core", "modexp", Modexp),
    ("ethrex_crypto", "modexp", Modexp),
    ("zkperf_guest_core::bls::g1_add", "g1_add", Bls12G1Add),
    ("zkperf_guest_core::bls::g1_msm", "g1_msm", Bls12G1Msm),
    ("zkperf_guest_core::bls::g2_add", "g2_add", Bls12G2Add),
    ("zkperf_guest_core::bls::g2_msm", "g2_msm", Bls12G2Msm),
    (
        "zkperf_guest_core::bls::pairing_check",
        "pairing_check",
        Bls12Pairing,
    ),
    ("zkperf_guest_core::bls::fp_to_g1", "fp_to_g1", Bls12Map),
    ("zkperf_guest_core::bls::fp2_to_g2", "fp2_to_g2", Bls12Map),
];

/// Functions that are entered once for each unit of an operation: a permutation, a recovery. Calls of them are counted.
const UNITS: &[(Operation, &str, &[&str])] = &[
    (Keccak256, "tiny_keccak", &["keccakf::keccakf"]),
    (Keccak256, "keccak", &["f1600", "keccak_p"]),
    (
        Ecrecover,
        "k256",
        &["arithmetic::mul::lincomb", "mul::lincomb"],
    ),
];

/// Functions most instructions of which are executed once a block, rounds being unrolled: blocks are counted by them.
const BLOCKS: &[(Operation, &str, &str)] = &[(Sha256, "sha2", "sha256::")];

/// What a name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Mark {
    pub operation: Operation,
    pub kind: Kind,
}

/// The operation that a function is code of. `name` has no hash.
pub(crate) fn mark(name: &str, path: &SymbolPath) -> Option<Mark> {
    let krate = path.krate.as_deref().unwrap_or("");
    if is_generic(krate) {
        return None;
    }
    let known = IMPLEMENTATIONS.iter().find(|row| {
        (row.krate.is_empty() || row.krate == krate)
            && (row.words.is_empty() || row.words.iter().any(|word| name.contains(word)))
    });
    let seam = || {
        let last = last_segment(name);
        let everywhere = SEAMS.iter().find(|(segment, _)| *segment == last);
        let somewhere = || {
            let row = SEAMS_IN.iter().find(|(place, segment, _)| {
                *segment == last && name.trim_start_matches('<').starts_with(place)
            });
            row.map(|row| row.2)
        };
        everywhere.map(|row| row.1).or_else(somewhere)
    };
    // A method of a crypto trait is the seam even if its type is a circuit's.
    let is_method = name.starts_with('<') && name.contains("Crypto>::");
    let of_seam = |operation| Mark {
        operation,
        kind: Kind::Seam,
    };
    if is_method {
        if let Some(operation) = seam() {
            return Some(of_seam(operation));
        }
    }
    match known {
        Some(row) => Some(Mark {
            operation: row.operation,
            kind: row.kind,
        }),
        None => seam().map(of_seam),
    }
}

/// Library code whose type arguments say nothing about what it does.
fn is_generic(krate: &str) -> bool {
    matches!(krate, "core" | "alloc" | "std" | "hashbrown")
}

/// Whether each call of a function is one unit of its operation.
pub(crate) fn is_unit(operation: Operation, name: &str, path: &SymbolPath) -> bool {
    let krate = path.krate.as_deref().unwrap_or("");
    let name = without_arguments(name);
    UNITS.iter().any(|(of, of_crate, ends)| {
        *of == operation && *of_crate == krate && ends.iter().any(|end| name.ends_with(end))
    })
}

/// Whether each block of the operation executes this function's instructions once.
pub(crate) fn is_block(operation: Operation, name: &str, path: &SymbolPath) -> bool {
    let krate = path.krate.as_deref().unwrap_or("");
    BLOCKS
        .iter()
        .any(|(of, of_crate, word)| *of == operation && *of_crate == krate && name.contains(word))
}

/// Crates that are an operation's portable code, whole.
pub(crate) fn crates_of(operation: Operation) -> impl Iterator<Item = &'static str> {
    IMPLEMENTATIONS
        .iter()
        .filter(move |row| {
            row.kind == Kind::Portable
                && row.operation.is_part_of(operation)
                && !row.krate.is_empty()
        })
        .map(|row| row.krate)
        .filter(|krate| {
            !krate.starts_with("ark_f") && !krate.starts_with("ark_e") && *krate != "ethrex_crypto"
        })
}

/// The last part of a path, without type arguments: `keccak256` of `<G<A> as Crypto>::keccak256::<u8>`.
pub(crate) fn last_segment(name: &str) -> &str {
    let name = without_arguments(name);
    let mut depth = 0i32;
    let bytes = name.as_bytes();
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b'>' if at == 0 || bytes[at - 1] != b'-' => depth += 1,
            b'<' => depth -= 1,
            b':' if depth == 0 => return &name[at + 1..],
            _ => {}
        }
    }
    name
}

/// A name without the type arguments at its end.
pub(crate) fn without_arguments(name: &str) -> &str {
    if !name.ends_with('>') {
        return name;
    }
    let mut depth = 0i32;
    let bytes = name.as_bytes();
    for at in (0..bytes.len()).rev() {
        match bytes[at] {
            b'>' if at == 0 || bytes[at - 1] != b'-' => depth += 1,
            b'<' => {
                depth -= 1;
                if depth == 0 {
                    return name[..at].trim_end_matches("::");
                }
            }
            _ => {}
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(name: &str) -> Option<(Operation, Kind)> {
        mark(name, &SymbolPath::parse(name)).map(|mark| (mark.operation, mark.kind))
    }

    #[test]
    fn names_tell_operations() {
        use Kind::{Circuit, Portable, Seam};
        for (name, expected) in [
            ("tiny_keccak::keccakf::keccakf", Some((Keccak256, Portable))),
            ("<tiny_keccak::keccak::Keccak as tiny_keccak::Hasher>::update", Some((Keccak256, Portable))),
            ("ziskos::zisklib::lib::keccak256::keccak256", Some((Keccak256, Circuit))),
            ("syscall_keccak_permute", Some((Keccak256, Circuit))),
            (
                "<zkperf_guest_core::crypto::GuestCrypto<zkperf_guest_zisk::accelerator::Zisk> as \
                 ethrex_crypto::provider::Crypto>::keccak256",
                Some((Keccak256, Seam)),
            ),
            ("<k256::arithmetic::projective::ProjectivePoint>::add", Some((Ecrecover, Portable))),
            ("ethrex_levm::precompiles::ecrecover", Some((Ecrecover, Seam))),
            ("sha2::sha256::compress256", Some((Sha256, Portable))),
            ("sha2::sha512::compress512", None),
            (
                "<ark_ff::fields::models::fp::Fp<ark_ff::fields::models::fp::montgomery_backend::MontBackend<\
                 ark_bls12_381::fields::fq::FqConfig, 6usize>, 6usize> as ark_ff::fields::Field>::square",
                Some((Bls12Pairing, Portable)),
            ),
            (
                "<primeorder::projective::ProjectivePoint<p256::NistP256> as elliptic_curve::point::Double>::double",
                Some((P256, Portable)),
            ),
            ("<ethrex_crypto::bn254::Jacobian>::double", Some((Bn254Pairing, Portable))),
            ("<ethrex_common::types::account::Code>::compute_jumpdests", Some((Jumpdests, Portable))),
            // Names that only sound like it.
            ("core::array::from_fn<u64, 6, zkperf_guest_core::bls::fq::{closure_env#0}>", None),
            ("alloc::boxed::new<tiny_keccak::Keccak>", None),
            ("<ethrex_levm::opcodes::OpCodeFn>::wrap::<ethrex_levm::opcode_handlers::keccak::OpKeccak256Handler>", None),
            ("ethrex_levm::gas_cost::modexp", None),
            ("<hashbrown::map::HashMap<primitive_types::H256, primitive_types::U256>>::insert", None),
        ] {
            assert_eq!(marked(name), expected, "{name}");
        }
    }

    #[test]
    fn the_last_part_of_a_name() {
        for (name, last) in [
            ("a::b::c", "c"),
            ("<a::T<u8> as b::C>::keccak256::<fn() -> u8>", "keccak256"),
            ("keccak256<fn(&mut [u64; 25])>", "keccak256"),
            ("memcpy", "memcpy"),
            ("", ""),
            ("<>", ""),
        ] {
            assert_eq!(last_segment(name), last, "{name}");
        }
    }
}
