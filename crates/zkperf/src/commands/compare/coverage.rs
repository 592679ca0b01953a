//! What a set of blocks could exercise, as far as zkVMs, EVM and inputs tell.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use zkperf_block::{InputFormat, Store, TRANSACTION_KINDS};
use zkperf_exec::Zkvm;
use zkperf_labels::Dimension;
use zkperf_profile::verdict::Case;
use zkperf_report::{Kinds, Known, Pair};
use zkperf_risc0::Risc0;
use zkperf_sp1::Sp1;
use zkperf_zisk::Zisk;

/// RISC Zero 3.0.6's circuits: the machine ecalls that do more than move data, and Keccak's own circuit.
const RISC0: [&str; 4] = ["BigInt", "Poseidon2", "Sha2", "keccak_permutations"];

/// Everything that is known to exist.
pub fn known() -> Vec<Known> {
    let zkvm = |zkvm: &str, version: &str, names: Vec<String>| Known {
        by: "precompile",
        zkvm: Some((zkvm.to_owned(), version.to_owned())),
        names,
    };
    let evm = |by, dimension| Known {
        by,
        zkvm: None,
        names: zkperf_labels::known(dimension),
    };
    let zisk = zkperf_zisk::precompiles().into_iter();
    let zisk = zisk.map(str::to_owned).collect();
    let sp1 = zkperf_sp1::SYSCALLS.iter();
    let sp1 = sp1.filter(|syscall| syscall.air.is_some());
    let sp1 = sp1.map(|syscall| syscall.name.to_owned()).collect();
    let risc0 = RISC0.map(str::to_owned).to_vec();
    let version = |zkvm: &dyn Zkvm| zkvm.version().to_owned();
    vec![
        zkvm("zisk", &version(&Zisk), zisk),
        zkvm("sp1", &version(&Sp1), sp1),
        zkvm("risc0", &version(&Risc0), risc0),
        evm("evm-opcode", Dimension::Opcode),
        evm("evm-precompile", Dimension::Precompile),
    ]
}

/// The kinds of transactions in the blocks of a set, taken from the inputs, since no profile has them. `paths` are the files
/// of the pairs.
pub fn kinds(paths: &[(PathBuf, PathBuf)], pairs: &[Pair], folders: &[PathBuf]) -> Kinds {
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    let mut counted: BTreeSet<u64> = BTreeSet::new();
    let mut unknown: BTreeSet<u64> = BTreeSet::new();
    for ((before, after), pair) in paths.iter().zip(pairs) {
        let case = pair.case();
        let Some(block) = case.subject.block else {
            continue;
        };
        // Of three zkVMs, one input of the block is enough.
        if counted.contains(&block) {
            continue;
        }
        let beside = [before, after].into_iter().filter_map(|path| path.parent());
        let places: Vec<&Path> = folders.iter().map(PathBuf::as_path).chain(beside).collect();
        let found = input(case, block, &places);
        match found.and_then(|bytes| zkperf_block::transaction_kinds(&bytes).ok()) {
            Some(of_block) => {
                counted.insert(block);
                unknown.remove(&block);
                for (kind, count) in of_block {
                    *counts.entry(kind).or_default() += count;
                }
            }
            None => drop(unknown.insert(block)),
        }
    }
    // Without any input, every kind would be said not to be there.
    if !counted.is_empty() {
        for kind in TRANSACTION_KINDS {
            counts.entry(kind.to_owned()).or_default();
        }
    }
    let blocks: Vec<String> = unknown.iter().map(u64::to_string).collect();
    Kinds {
        counts,
        unknown: (!blocks.is_empty()).then(|| {
            format!(
                "not known of block {}: profiles do not hold them, and the input is neither in the store nor beside the profile \
                 (--inputs DIR says where it is)",
                blocks.join(", ")
            )
        }),
    }
}

/// The input that a profile was made with, by its hash: from a folder, else from the store.
fn input(case: &Case, block: u64, folders: &[&Path]) -> Option<Vec<u8>> {
    let is_it = |bytes: &[u8]| crate::files::sha256(bytes) == case.before.input_sha256;
    let name = Path::new(&case.subject.input).file_name();
    let named = folders.iter().filter_map(|folder| Some(folder.join(name?)));
    let mut read = named.filter_map(|path| std::fs::read(path).ok());
    if let Some(bytes) = read.find(|bytes| is_it(bytes)) {
        return Some(bytes);
    }
    let store = Store::default_place().ok()?;
    let chain = case.subject.chain_id?;
    let (_, data) = store.input(chain, block).ok()??;
    let framed = InputFormat::from_name(&case.before.zkvm)?.frame(&data);
    is_it(&framed).then_some(framed)
}
