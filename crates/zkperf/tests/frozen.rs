//! The reference guest's figures on real blocks. The `unpatched` ones are frozen
//! (`fixtures/guests/frozen.json`): later improvements are measured against them.

mod support;

use serde_json::Value;
use support::{guest, json, recorded, repository, zkperf};

fn frozen() -> Value {
    let path = repository().join("fixtures/guests/frozen.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bench(block: u64, variant: &str) -> Option<(Value, Value)> {
    let file = recorded(block)?;
    let home = tempfile::tempdir().unwrap();
    let elf = guest(home.path(), variant);
    let mut command = zkperf(home.path());
    command
        .args(["bench", "--zkvm", "zisk", "--recorded"])
        .arg(&file)
        .arg("--elf")
        .arg(&elf);
    let report = json(&mut command);
    let input = report["runs"][0]["input"].as_str().unwrap().to_owned();
    let native = json(zkperf(home.path()).args(["run", "--zkvm", "native", "--input", &input]));
    Some((report["runs"][0].clone(), native))
}

fn check_unpatched(block: u64) {
    let Some((run, native)) = bench(block, "unpatched") else {
        return;
    };
    let expected = &frozen()["zisk"]["1.4.0-alpha"]["unpatched"];
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
    let mut output = hex::decode(native["output_hex"].as_str().unwrap()).unwrap();
    output.resize(256, 0);
    use sha2::{Digest, Sha256};
    assert_eq!(
        run["output_sha256"].as_str().unwrap(),
        hex::encode(Sha256::digest(&output))
    );
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
    let Some((run, native)) = bench(24_628_607, "accelerated") else {
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
