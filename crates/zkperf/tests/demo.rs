//! The demo: the first thing a newcomer runs.

mod support;

use support::{json, succeed, zkperf};
use zkperf_profile::{Completeness, Profile};

#[test]
fn demo_shows_every_zkvm_on_the_same_block() {
    let home = tempfile::tempdir().unwrap();
    let report = json(zkperf(home.path()).args(["demo", "-o", "out"]));
    let runs = report["runs"].as_array().unwrap();
    let names: Vec<&str> = runs
        .iter()
        .map(|run| run["zkvm"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["zisk", "sp1", "risc0"]);
    let mut outputs = Vec::new();
    for run in runs {
        let profile = Profile::load(home.path().join(run["profile"].as_str().unwrap())).unwrap();
        let data = profile.data();
        assert_eq!(data.completeness, Completeness::Complete, "{}", run["zkvm"]);
        assert_eq!(data.run.input.block, run["block"].as_u64());
        let precompiles = profile.measure("precompile_calls").unwrap();
        assert!(
            profile.sum(precompiles) > 1000,
            "the accelerated guest: {run}"
        );
        // ZisK's public output is an area of 256 bytes; what follows the guest's is zero.
        let output = hex::decode(&data.run.output_hex).unwrap();
        let (committed, rest) = output.split_at(160);
        assert!(rest.iter().all(|byte| *byte == 0));
        outputs.push(committed.to_vec());
    }
    assert!(outputs.windows(2).all(|pair| pair[0] == pair[1]));
    let text = succeed(zkperf(home.path()).args(["demo", "-o", "again"]));
    assert!(text.contains("the same block on"), "{text}");
}

#[test]
fn demo_profiles_the_embedded_block() {
    let home = tempfile::tempdir().unwrap();
    let report = json(zkperf(home.path()).args(["demo", "--zkvm", "zisk", "-o", "out"]));
    assert_eq!(report["schema"], "zkperf-demo/1");
    let totals = &report["runs"][0]["totals"];
    let total = |name: &str| totals[name].as_u64().unwrap();
    assert_eq!(
        total("cost"),
        total("main") + total("opcodes") + total("precompiles") + total("memory") + total("base")
    );
    assert!(
        total("precompile_calls") > 1000,
        "the demo's guest is the accelerated one"
    );
    let profile = home.path().join("out/demo-zisk.zkp");
    assert!(profile.is_file() && home.path().join("out/demo-zisk.txt").is_file());

    let top = json(zkperf(home.path()).args(["top"]).arg(&profile));
    let rows: u64 = top["rows"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["self_value"].as_u64().unwrap())
        .sum();
    assert_eq!(
        rows + top["rest"]["self_value"].as_u64().unwrap(),
        total("cost"),
        "the list closes"
    );

    let callers = succeed(
        zkperf(home.path())
            .args(["callers"])
            .arg(&profile)
            .arg("memcpy"),
    );
    assert!(callers.contains("all callers"), "{callers}");
    let stats = succeed(zkperf(home.path()).args(["stats"]).arg(&profile));
    assert!(stats.contains("COST DISTRIBUTION"), "{stats}");
    let all = succeed(zkperf(home.path()).args(["to-json"]).arg(&profile));
    assert!(
        zkperf_profile::Profile::from_json(&all).is_ok(),
        "to-json reads back"
    );
}
