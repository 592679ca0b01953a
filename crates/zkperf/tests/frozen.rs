//! The reference guests' figures on real blocks, frozen in `fixtures/guests/frozen.json`: later
//! improvements are measured against them. SP1's and RISC Zero's come from their official executors.

mod support;

use serde_json::Value;
use support::{guest_for, json, output, recorded, repository, text, zkperf};

fn frozen() -> Value {
    let path = repository().join("fixtures/guests/frozen.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// A run of a prebuilt guest and the native one. `guest` is the name of the guest's folder.
fn bench(zkvm: &str, guest: &str, block: u64, variant: &str) -> Option<(Value, Value)> {
    let file = recorded(block)?;
    let home = tempfile::tempdir().unwrap();
    let elf = guest_for(guest, home.path(), variant);
    let mut command = zkperf(home.path());
    command
        .args(["bench", "--zkvm", zkvm, "--recorded"])
        .arg(&file)
        .arg("--elf")
        .arg(&elf);
    let report = json(&mut command);
    let input = report["runs"][0]["input"].as_str().unwrap().to_owned();
    let native = json(zkperf(home.path()).args(["run", "--zkvm", "native", "--input", &input]));
    Some((report["runs"][0].clone(), native))
}

fn check_unpatched(block: u64) {
    check_zisk("1.4.0-alpha", "zisk", block, "unpatched");
}

fn check_zisk(version: &str, guest: &str, block: u64, variant: &str) {
    let Some((run, native)) = bench(&format!("zisk@{version}"), guest, block, variant) else {
        return;
    };
    let expected = &frozen()["zisk"][version][variant];
    assert_eq!(run["elf_sha256"], expected["elf_sha256"]);
    for (name, value) in expected["blocks"][block.to_string()].as_object().unwrap() {
        assert_eq!(&run["totals"][name], value, "{name} on block {block}");
    }
    check_output(&run, &native);
    assert!(
        run["unattributed_percent"].as_f64().unwrap() <= 0.1,
        "{run}"
    );
}

/// The guest commits what the same code answers natively (its output area is larger: zeros follow).
fn check_output(run: &Value, native: &Value) {
    let profile = zkperf_profile::Profile::load(run["profile"].as_str().unwrap());
    // The profile lies in a folder that is gone: its output is compared by hash of the padded bytes.
    assert!(profile.is_err());
    assert_eq!(
        run["output_sha256"],
        sha256(&native["output_hex"], Some(256))
    );
}

/// The hash of an output, followed by zeros up to a length.
fn sha256(output_hex: &Value, padded_to: Option<usize>) -> String {
    use sha2::{Digest, Sha256};
    let mut output = hex::decode(output_hex.as_str().unwrap()).unwrap();
    output.resize(padded_to.unwrap_or(output.len()), 0);
    hex::encode(Sha256::digest(&output))
}

#[test]
fn unpatched_guest_costs_what_was_frozen_on_24628607() {
    check_unpatched(24_628_607);
}

#[test]
fn unpatched_guest_costs_what_was_frozen_on_25229957() {
    check_unpatched(25_229_957);
}

#[test]
fn accelerated_guest_is_cheaper_and_commits_the_same_output() {
    let Some((run, native)) = bench("zisk", "zisk", 24_628_607, "accelerated") else {
        return;
    };
    check_output(&run, &native);
    let cost = &frozen()["zisk"]["1.4.0-alpha"]["unpatched"]["blocks"]["24628607"]["cost"];
    assert!(run["totals"]["cost"].as_u64() < cost.as_u64());
    assert!(
        run["unattributed_percent"].as_f64().unwrap() <= 0.1,
        "{run}"
    );
}

/// Both variants on one block: every total that the frozen figures name.
fn check_official(zkvm: &str, version: &str, block: u64) {
    for variant in ["unpatched", "accelerated"] {
        let Some((run, native)) = bench(zkvm, zkvm, block, variant) else {
            return;
        };
        let expected = &frozen()[zkvm][version][variant];
        assert_eq!(run["elf_sha256"], expected["elf_sha256"], "{variant}");
        let figures = expected["blocks"][block.to_string()].as_object().unwrap();
        // Segments and Keccak permutations stand in tables, not among the totals.
        let totals = figures
            .iter()
            .filter(|(name, _)| run["totals"].get(name).is_some());
        let mut compared = 0;
        for (name, value) in totals {
            assert_eq!(
                &run["totals"][name], value,
                "{variant}: {name} on block {block}"
            );
            compared += 1;
        }
        assert!(compared >= 2, "{variant}: {figures:?}");
        assert_eq!(run["output_sha256"], sha256(&native["output_hex"], None));
        assert!(
            run["unattributed_percent"].as_f64().unwrap() <= 0.1,
            "{run}"
        );
    }
}

/// Whether the engine for a version is installed here: without a block, `bench` gets no further than looking for it.
fn has_engine(zkvm: &str, required: bool) -> bool {
    let home = tempfile::tempdir().unwrap();
    let error = output(zkperf(home.path()).args(["bench", "--zkvm", zkvm]));
    let error = text(&error.stderr);
    let missing = error.contains("is not installed");
    assert!(!missing || !required, "{error}");
    !missing
}

/// The guests of 1.1.0-alpha on an older version, which may be another: 1.2.0-alpha's are the same.
fn check_older_zisk(version: &str, required: bool) {
    let id = format!("zisk@{version}");
    if !has_engine(&id, required) {
        println!("skipped: the engine for {id} missing");
        return;
    }
    for block in [24_628_607, 25_229_957] {
        for variant in ["unpatched", "accelerated"] {
            check_zisk(version, "zisk-1.1.0-alpha", block, variant);
        }
    }
}

#[test]
fn guests_for_zisk_1_1_0_cost_what_the_official_emulator_says() {
    check_older_zisk(
        "1.1.0-alpha",
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_some(),
    );
}

#[test]
fn guests_for_zisk_1_2_0_cost_what_the_official_emulator_says() {
    // The same sources over crates of the same rules: building it a second time is for the long checks.
    check_older_zisk("1.2.0-alpha", std::env::var_os("ZKPERF_LONG").is_some());
}

#[test]
fn frozen_figures_name_the_prebuilt_guests() {
    let mut compared = 0;
    let frozen = frozen();
    for (zkvm, guests) in [
        (("zisk", "1.4.0-alpha"), "zisk"),
        (("zisk", "1.1.0-alpha"), "zisk-1.1.0-alpha"),
        (("sp1", "6.10.0"), "sp1"),
        (("risc0", "3.0.6"), "risc0"),
    ] {
        for (variant, figures) in frozen[zkvm.0][zkvm.1].as_object().unwrap() {
            let Some(hash) = figures.get("elf_sha256") else {
                continue;
            };
            let record = format!("fixtures/guests/reference-{guests}-{variant}.json");
            let record = std::fs::read(repository().join(record)).unwrap();
            let record: Value = serde_json::from_slice(&record).unwrap();
            assert_eq!(&record["elf_sha256"], hash, "{guests} {variant}");
            assert_eq!(record["zkvm_version"], zkvm.1);
            compared += 1;
        }
    }
    assert_eq!(compared, 7);
}

#[test]
fn sp1_guests_cost_what_the_official_executor_says() {
    check_official("sp1", "6.10.0", 24_628_607);
    check_official("sp1", "6.10.0", 25_229_957);
}

#[test]
fn risc0_guests_cost_what_the_official_executor_says() {
    check_official("risc0", "3.0.6", 24_628_607);
    check_official("risc0", "3.0.6", 25_229_957);
}
