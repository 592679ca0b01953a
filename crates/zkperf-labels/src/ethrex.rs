//! Guests built from ethrex's crates: its own stateless validator, and zkperf's reference guest. Names are
//! those of ethrex-vm, ethrex-levm, ethrex-common and ethrex-trie 31.0.0.

use crate::{Dimension, FunctionPath, Layout};
use zkperf_exec::{Labelled, Probe, ProbeValue};

/// LEVM's type of an EVM, and the frame in it whose code is running.
const VM: (&str, &str) = ("ethrex_levm::vm::VM", "current_call_frame");
/// The address of that code.
const CODE_ADDRESS: (&str, &str) = ("ethrex_levm::call_frame::CallFrame", "code_address");
/// Bytes of an Ethereum address.
const ADDRESS_BYTES: u8 = 20;

/// Fields whose offsets [`probes`] needs: (type, field).
pub const FIELDS: [(&str, &str); 2] = [VM, CODE_ADDRESS];

/// Functions that run the transactions of a block, one after the other. System contracts are run by others.
const TRANSACTION_LOOPS: [&str; 4] = [
    "<ethrex_vm::backends::levm::LEVM>::execute_block",
    "<ethrex_vm::backends::levm::LEVM>::execute_block_pipeline",
    "<ethrex_vm::backends::levm::LEVM>::execute_tx",
    "<ethrex_vm::backends::levm::LEVM>::execute_tx_in_block",
];

/// What stands before an opcode's handler in the name of the function that executes it
/// (`OpCodeFn::wrap`, ethrex-levm's `src/opcodes.rs`).
const OPCODE: &str = "<ethrex_levm::opcodes::OpCodeFn>::wrap::<";

/// The probes: transactions by number, and, if its offset is known, the address of the code that runs.
pub fn probes(layout: &Layout) -> Vec<Probe> {
    let callers: Vec<String> = TRANSACTION_LOOPS.map(str::to_owned).to_vec();
    let transaction = |function: &str, value| Probe {
        functions: vec![format!("<ethrex_levm::vm::VM>::{function}")],
        callers: callers.clone(),
        key: Dimension::Transaction.key().to_owned(),
        value,
        on: Labelled::Entered,
    };
    let mut probes = vec![
        transaction("new_pooled", ProbeValue::Next),
        transaction("execute", ProbeValue::Same),
        transaction("reclaim_into", ProbeValue::Same),
    ];
    if let Some(offset) = layout.offset(&FIELDS) {
        probes.push(Probe {
            functions: vec![format!("{OPCODE}*")],
            callers: Vec::new(),
            key: Dimension::Contract.key().to_owned(),
            value: ProbeValue::Bytes {
                argument: 0,
                offset,
                count: ADDRESS_BYTES,
            },
            on: Labelled::Caller,
        });
    }
    probes
}

/// What a function opens in a dimension that goes by names.
pub(crate) fn value(dimension: Dimension, path: &FunctionPath) -> Option<String> {
    match dimension {
        Dimension::Phase => phase(path).map(str::to_owned),
        Dimension::Opcode => opcode(path).or_else(|| interpreter(path).map(str::to_owned)),
        Dimension::Precompile => precompile(path).map(str::to_owned),
        Dimension::Transaction | Dimension::Contract => None,
    }
}

/// The phase that a function begins. What it calls may begin another.
fn phase(path: &FunctionPath) -> Option<&'static str> {
    let phase = match (path.module.as_str(), path.function.as_str()) {
        ("zkperf_guest_core::input", "decode")
        | ("ethrex_common::types::block", "decode" | "decode_unfinished") => "decode",
        ("zkperf_guest_core::witness" | "zkperf_guest_lean::witness", "load")
        | (
            "ethrex_common::types::block_execution_witness",
            "try_from" | "from_witness" | "rebuild_state_and_storage_tries",
        ) => "witness",
        ("ethrex_common::types::block", "get_transactions_with_sender") => "senders",
        ("ethrex_vm::backends" | "ethrex_vm::backends::levm", "execute_block") => "execute",
        ("zkperf_guest_core::witness_db", "apply")
        | ("zkperf_guest_lean::state", "root_after")
        | ("ethrex_common::types::block_execution_witness", "apply_account_updates") => {
            "trie update"
        }
        ("ethrex_common::types::block_execution_witness", "state_trie_root")
        | ("zkperf_guest_lean::tree", "hash")
        | (
            "ethrex_trie" | "ethrex_trie::trie",
            "hash" | "hash_no_commit" | "compute_hash_from_unsorted_iter",
        ) => "trie hash",
        (module, function) if function.starts_with("validate_") => module
            .starts_with("ethrex_common::")
            .then_some("validate")?,
        _ => return None,
    };
    Some(phase)
}

/// The opcode that a function executes, by the name of its handler: `OpDupHandler<0>` is DUP1.
pub(crate) fn opcode(path: &FunctionPath) -> Option<String> {
    let handler = path.name.strip_prefix(OPCODE)?.strip_suffix('>')?;
    let handler = handler.rsplit("::").next()?;
    let (name, number) = match handler.split_once('<') {
        Some((name, number)) => (name, Some(number.strip_suffix('>')?)),
        None => (handler, None),
    };
    let name = name.strip_prefix("Op")?.strip_suffix("Handler")?;
    let mut opcode = name.to_ascii_uppercase();
    if let Some(number) = number {
        // `0` or `0usize`. DUP's handlers count from 0, all others as the opcodes do.
        let digits = number.trim_end_matches(char::is_alphabetic);
        let number: u32 = digits.parse().ok()?;
        opcode += &(number + u32::from(opcode == "DUP")).to_string();
    }
    Some(opcode)
}

/// LEVM's loop, with what it does between opcodes.
fn interpreter(path: &FunctionPath) -> Option<&'static str> {
    let is_loop = path.module == "ethrex_levm::vm"
        && matches!(path.function.as_str(), "run_execution" | "run_dispatch");
    is_loop.then_some("(interpreter)")
}

/// LEVM's functions of the EVM's precompiles, and what they are.
pub(crate) const PRECOMPILES: [(&str, &str); 18] = [
    ("ecrecover", "0x01 ECRECOVER"),
    ("sha2_256", "0x02 SHA2-256"),
    ("ripemd_160", "0x03 RIPEMD-160"),
    ("identity", "0x04 IDENTITY"),
    ("modexp", "0x05 MODEXP"),
    ("ecadd", "0x06 BN254 ADD"),
    ("ecmul", "0x07 BN254 MUL"),
    ("ecpairing", "0x08 BN254 PAIRING"),
    ("blake2f", "0x09 BLAKE2F"),
    ("point_evaluation", "0x0a KZG POINT EVALUATION"),
    ("bls12_g1add", "0x0b BLS12-381 G1 ADD"),
    ("bls12_g1msm", "0x0c BLS12-381 G1 MSM"),
    ("bls12_g2add", "0x0d BLS12-381 G2 ADD"),
    ("bls12_g2msm", "0x0e BLS12-381 G2 MSM"),
    ("bls12_pairing_check", "0x0f BLS12-381 PAIRING"),
    ("bls12_map_fp_to_g1", "0x10 BLS12-381 MAP FP TO G1"),
    ("bls12_map_fp2_to_g2", "0x11 BLS12-381 MAP FP2 TO G2"),
    ("p_256_verify", "0x100 P256VERIFY"),
];

/// The precompile that a function is.
fn precompile(path: &FunctionPath) -> Option<&'static str> {
    if path.module != "ethrex_levm::precompiles" {
        return None;
    }
    let mut known = PRECOMPILES.iter();
    known
        .find(|(function, _)| *function == path.function)
        .map(|(_, name)| *name)
}

/// What a part of each dimension covers.
pub(crate) fn about(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Phase => {
            "A phase is what its functions cost with everything they call, but for what begins another phase."
        }
        Dimension::Transaction => {
            "A transaction is what VM::new_pooled, VM::execute and VM::reclaim_into cost for it, with everything they \
             call. Its sender is recovered and its receipt made outside; system contracts are no transactions."
        }
        Dimension::Opcode => {
            "An opcode is what its handler costs with everything it calls, called precompiles included. (interpreter) \
             is LEVM's loop between opcodes: dispatch, entering and leaving call frames. System contracts count too."
        }
        Dimension::Precompile => {
            "A precompile is what its function costs with everything it calls."
        }
        Dimension::Contract => {
            "A contract is what LEVM's loop and its opcodes cost while its code runs (the address of the code, not of \
             the storage), what it calls with CALL not included but for precompiles. A call's way in counts for \
             the caller."
        }
    }
}

/// What is looked for where nothing was found, and what to do.
pub(crate) fn looked_for(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::Phase => {
            "no function of ethrex's crates that begins one (ethrex_vm::backends::levm::execute_block, …) was executed"
        }
        Dimension::Transaction => {
            "no <ethrex_levm::vm::VM>::new_pooled was called from ethrex_vm's execute_block; profiles made by an older \
             zkperf have no labels, make the profile again"
        }
        Dimension::Opcode => {
            "no ethrex_levm::opcodes::OpCodeFn::wrap::<…> was executed; a guest with legacy symbol names does not tell \
             them apart, build it with -Csymbol-mangling-version=v0"
        }
        Dimension::Precompile => "no function of ethrex_levm::precompiles was executed",
        Dimension::Contract => {
            "the profile has no contract labels, for which the place of VM.current_call_frame.code_address must be known; \
             build the guest with `zkperf build --layout`, or give `zkperf profile` a `--debug-elf` (the same guest built with \
             debug = 2), and make the profile again"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn opcode_of(handler: &str) -> Option<String> {
        let name = format!("{OPCODE}ethrex_levm[1f2e]::opcode_handlers::{handler}>");
        opcode(&FunctionPath::of(&name))
    }

    #[test]
    fn opcodes_have_the_names_of_the_evm() {
        let cases = [
            ("arithmetic::OpAddModHandler", "ADDMOD"),
            ("dup::OpDupHandler<0>", "DUP1"),
            ("dup::OpDupHandler<15>", "DUP16"),
            ("exchange::OpSwapHandler<1>", "SWAP1"),
            ("push::OpPushHandler<32usize>", "PUSH32"),
            ("push::OpPush0Handler", "PUSH0"),
            ("logging::OpLogHandler<4>", "LOG4"),
            ("stack_memory_storage_flow::OpMStore8Handler", "MSTORE8"),
            ("keccak::OpKeccak256Handler", "KECCAK256"),
        ];
        for (handler, opcode) in cases {
            assert_eq!(opcode_of(handler).as_deref(), Some(opcode));
        }
        assert_eq!(opcode_of("dup::SomethingElse"), None);
        assert_eq!(opcode(&FunctionPath::of("memcpy")), None);
    }

    #[test]
    fn phases_are_found_in_both_kinds_of_names() {
        let cases = [
            (
                "<ethrex_vm[ab]::backends::levm::LEVM>::execute_block",
                Some("execute"),
            ),
            ("ethrex_vm::backends::levm::execute_block", Some("execute")),
            ("zkperf_guest_core::witness::load", Some("witness")),
            ("<ethrex_trie::Trie>::hash_no_commit", Some("trie hash")),
            (
                "<zkperf_guest_core::witness_db::WitnessDb>::apply",
                Some("trie update"),
            ),
            (
                "<zkperf_guest_lean::state::State>::root_after",
                Some("trie update"),
            ),
            ("<zkperf_guest_lean::tree::Tree>::hash", Some("trie hash")),
            (
                "ethrex_common::validation::validate_block_body",
                Some("validate"),
            ),
            ("my_guest::validate_something", None),
            ("memcpy", None),
        ];
        for (name, expected) in cases {
            assert_eq!(phase(&FunctionPath::of(name)), expected, "{name}");
        }
    }

    #[test]
    fn contracts_need_the_offset() {
        let none = probes(&Layout::default());
        assert!(none.iter().all(|probe| probe.key != "contract"));
        let fields = FIELDS.map(|(owner, field)| (format!("{owner}.{field}"), 8));
        let some = probes(&Layout(fields.into()));
        let contract = some.iter().find(|probe| probe.key == "contract").unwrap();
        assert!(matches!(
            contract.value,
            ProbeValue::Bytes {
                argument: 0,
                offset: 16,
                count: 20
            }
        ));
    }
}
