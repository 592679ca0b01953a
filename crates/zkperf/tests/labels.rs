//! What a block costs in EVM terms, from guests that know nothing of it: transactions, opcodes, contracts, phases. The
//! parts close, and three zkVMs agree on what the EVM did.

mod support;

use ethrex_common::types::{Block, TxKind};
use ethrex_rlp::decode::RLPDecode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{fail, guest_for, hello, json, output, recorded, repository, text, zkperf};

const BLOCK: u64 = 24_628_607;

/// The accelerated reference guest's profile on a real block.
fn profiled(zkvm: &str, home: &Path, file: &Path) -> PathBuf {
    let elf = guest_for(zkvm, home, "accelerated");
    let mut command = zkperf(home);
    command
        .args(["bench", "--zkvm", zkvm, "--recorded"])
        .arg(file);
    command
        .arg("--elf")
        .arg(elf)
        .arg("-o")
        .arg(home.join("out"));
    let report = json(&mut command);
    home.join(report["runs"][0]["profile"].as_str().unwrap())
}

fn parts(home: &Path, profile: &Path, by: &str) -> Value {
    let mut command = zkperf(home);
    command
        .arg("top")
        .arg(profile)
        .args(["--by", by, "-n", "0"]);
    json(&mut command)
}

/// Name → (value, count).
fn rows(parts: &Value) -> BTreeMap<String, (u64, u64)> {
    let rows = parts["rows"].as_array().unwrap().iter();
    let number = |value: &Value| value.as_u64().unwrap_or(0);
    rows.map(|row| {
        let name = row["name"].as_str().unwrap().to_owned();
        (name, (number(&row["value"]), number(&row["count"])))
    })
    .collect()
}

fn check_closes(parts: &Value, other_measure: &Value) {
    for parts in [parts, other_measure] {
        let sum: u64 = rows(parts).values().map(|(value, _)| value).sum();
        let left = |field: &str| parts[field]["value"].as_u64().unwrap();
        let whole = parts["measure"]["sum"].as_u64().unwrap();
        assert_eq!(
            sum + left("rest") + left("outside"),
            whole,
            "{}",
            parts["by"]["key"]
        );
        assert_eq!(left("rest"), 0);
    }
}

/// What the EVM did, which no zkVM has a say in: executions by opcode and by transaction.
type Counts = [BTreeMap<String, u64>; 2];

/// Counts by one division, which closes in two measures.
fn count(home: &Path, profile: &Path, by: &str) -> BTreeMap<String, u64> {
    let parts = parts(home, profile, by);
    let mut command = zkperf(home);
    command.arg("top").arg(profile);
    let bytes = json(command.args(["--by", by, "-n", "0", "-m", "bytes_read"]));
    check_closes(&parts, &bytes);
    let counts = rows(&parts).into_iter();
    counts
        .map(|(name, (_, count))| (name, count))
        .filter(|(name, _)| !name.starts_with('('))
        .collect()
}

fn counts(home: &Path, profile: &Path, transactions: usize) -> Counts {
    let [opcodes, by_transaction] = ["evm-opcode", "tx"].map(|by| count(home, profile, by));
    assert_eq!(by_transaction.len(), transactions);
    // What is in no transaction is in system contracts.
    let all: u64 = opcodes.values().sum();
    let outside = all - by_transaction.values().sum::<u64>();
    assert!(outside > 0 && outside * 20 < all, "{outside} of {all}");
    [opcodes, by_transaction]
}

/// Whether the record of the prebuilt guest says where its fields are.
fn has_layout(zkvm: &str) -> bool {
    let path = format!("fixtures/guests/reference-{zkvm}-accelerated.json");
    let record = std::fs::read(repository().join(path)).unwrap();
    let record: Value = serde_json::from_slice(&record).unwrap();
    record["layout"].is_object()
}

fn check_phases(home: &Path, profile: &Path) {
    let phases = parts(home, profile, "phase");
    let rows = rows(&phases);
    for phase in [
        "decode",
        "witness",
        "senders",
        "execute",
        "trie update",
        "trie hash",
    ] {
        assert!(
            rows.get(phase).is_some_and(|(value, _)| *value > 0),
            "{phase}"
        );
    }
    assert_eq!(phases["apportioned"]["value"], 0, "every phase is exact");
    let outside = phases["outside"]["percent"].as_f64().unwrap();
    assert!(outside < 8.0, "{outside}% is in no phase");
    let sum: u64 = rows.values().map(|(value, _)| value).sum();
    assert_eq!(
        sum + phases["outside"]["value"].as_u64().unwrap(),
        phases["measure"]["sum"].as_u64().unwrap()
    );
}

/// Each transaction that runs code begins in the contract it is sent to.
fn check_contracts(home: &Path, profile: &Path, opcodes: u64, block: &Block) {
    let contracts = count(home, profile, "contract");
    // Every opcode is some contract's.
    assert_eq!(contracts.values().sum::<u64>(), opcodes);
    let transactions = block.body.transactions.iter();
    let called: Vec<String> = transactions
        .filter(|tx| tx.data().len() >= 4)
        .filter_map(|tx| match tx.to() {
            TxKind::Call(to) => Some(format!("{to:#x}")),
            TxKind::Create => None,
        })
        .collect();
    let found = called.iter().filter(|to| contracts.contains_key(*to));
    // Some are sent data without having code.
    assert!(
        found.count() * 10 >= called.len() * 9,
        "{contracts:?} of {called:?}"
    );
}

/// The block in a recorded answer.
fn block_of(file: &Path) -> Block {
    let bytes = zstd::decode_all(std::fs::File::open(file).unwrap()).unwrap();
    let recorded: Value = serde_json::from_slice(&bytes).unwrap();
    let raw = recorded["responses"]["debug_getRawBlock"].as_str().unwrap();
    Block::decode(&hex::decode(raw.trim_start_matches("0x")).unwrap()).unwrap()
}

#[test]
fn a_block_in_evm_terms() {
    let Some(file) = recorded(BLOCK) else { return };
    let block = block_of(&file);
    let transactions = block.body.transactions.len();
    let mut all: Vec<Counts> = Vec::new();
    for zkvm in ["zisk", "sp1", "risc0"] {
        let home = tempfile::tempdir().unwrap();
        let profile = profiled(zkvm, home.path(), &file);
        let found = counts(home.path(), &profile, transactions);
        if has_layout(zkvm) {
            let opcodes = found[0].values().sum();
            check_contracts(home.path(), &profile, opcodes, &block);
        }
        all.push(found);
        check_phases(home.path(), &profile);
        let precompiles = rows(&parts(home.path(), &profile, "evm-precompile"));
        assert!(precompiles["0x01 ECRECOVER"].1 > 0);
    }
    assert_eq!(all[0], all[1], "ZisK and SP1 executed the same EVM");
    assert_eq!(all[0], all[2], "ZisK and RISC Zero executed the same EVM");
}

#[test]
fn a_guest_without_an_evm_says_so() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    hello("zisk", home);
    // It stops for want of an input, and leaves a partial profile.
    output(zkperf(home).args(["profile", "--elf", "zisk.elf", "-o", "h.zkp"]));
    for by in ["tx", "evm-opcode", "contract", "phase", "evm-precompile"] {
        let message = fail(zkperf(home).args(["top", "h.zkp", "--by", by]));
        assert!(message.contains("this guest has no"), "{message}");
    }
    let refused = output(zkperf(home).args(["top", "h.zkp", "--by", "tx", "--inclusive"]));
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("leave out --inclusive"));
}
