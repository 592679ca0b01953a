//! The landscape that `init` lays down names circuits as the pinned zkVMs do.

mod support;

use support::{hello, json, zkperf};
use zisk_core::zisk_ops::ZiskOp;
use zkperf_init::OPERATIONS;

/// The circuits that the landscape names for a zkVM: 0 ZisK, 1 SP1, 2 RISC Zero.
fn named(zkvm: usize) -> Vec<&'static str> {
    let circuits = OPERATIONS
        .iter()
        .flat_map(|operation| operation.on[zkvm].circuits);
    circuits.copied().collect()
}

#[test]
fn zisk_and_sp1_have_what_it_names() {
    let zisk: Vec<&str> = (0..=u8::MAX)
        .filter_map(|code| ZiskOp::try_from_code(code).ok())
        .filter(|op| op.input_size() > 0)
        .map(|op| op.name())
        .collect();
    for name in named(0) {
        assert!(
            zisk.contains(&name),
            "ZisK has no precompile {name}: {zisk:?}"
        );
    }
    for name in named(1) {
        let known = zkperf_sp1::SYSCALLS
            .iter()
            .any(|syscall| syscall.name == name && syscall.air.is_some());
        assert!(known, "SP1 has no table for {name}");
    }
}

/// The names are those that a profile shows.
#[test]
fn risc0_shows_what_it_names() {
    let folder = tempfile::tempdir().expect("a folder");
    hello("risc0", folder.path());
    std::fs::write(folder.path().join("in"), "abc").expect("written");
    let mut profile = zkperf(folder.path());
    json(profile.args([
        "profile",
        "--elf",
        "risc0.elf",
        "--input",
        "in",
        "-o",
        "p.zkp",
    ]));
    let data = json(zkperf(folder.path()).args(["to-json", "p.zkp"]));
    let tables = data["tables"].as_array().expect("a list");
    let ecalls = tables
        .iter()
        .find(|table| table["name"] == "ecalls")
        .expect("there");
    let ecalls = ecalls["rows"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| row["label"].clone());
    let mut shown: Vec<serde_json::Value> = ecalls.collect();
    shown.extend(tables.iter().map(|table| table["name"].clone()));
    for name in named(2) {
        assert!(
            shown.iter().any(|known| known == name),
            "RISC Zero's profiles show no {name}: {shown:?}"
        );
    }
}
