//! The demo: the first thing a newcomer runs.

mod support;

use support::{json, succeed, zkperf};

#[test]
fn demo_profiles_the_embedded_block() {
    let home = tempfile::tempdir().unwrap();
    let report = json(zkperf(home.path()).args(["demo", "-o", "out"]));
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
