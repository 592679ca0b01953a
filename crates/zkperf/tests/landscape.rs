//! The patch audit, and with it the landscape that `init` lays down, names circuits as the pinned zkVMs do.

mod support;

use support::{hello, json, zkperf};
use zkperf_advise::{offered, Operation};

/// The circuits that the patch audit and the landscape name for a zkVM.
fn named(zkvm: &str) -> Vec<&'static str> {
    let operations = Operation::ALL.iter();
    let offers = operations.filter_map(|operation| offered(zkvm, *operation));
    let circuits: Vec<&str> = offers.flat_map(|offer| offer.circuits).collect();
    assert!(!circuits.is_empty(), "{zkvm}");
    circuits
}

#[test]
fn zisk_and_sp1_have_what_it_names() {
    let zisk = zkperf_zisk::precompiles();
    for name in named("zisk") {
        assert!(
            zisk.contains(&name),
            "ZisK has no precompile {name}: {zisk:?}"
        );
    }
    for name in named("sp1") {
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
    for name in named("risc0") {
        assert!(
            shown.iter().any(|known| known == name),
            "RISC Zero's profiles show no {name}: {shown:?}"
        );
    }
}
