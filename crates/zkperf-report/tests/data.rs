//! What programs read.

use insta::assert_snapshot;
use zkperf_profile::{example, Profile};
use zkperf_report::{callers, summary, top, CallsOptions, TopOptions};

#[test]
fn data_for_programs() {
    let profile = Profile::new(example::small()).unwrap();
    let options = TopOptions {
        measure: Some("steps".into()),
        limit: Some(1),
        ..TopOptions::default()
    };
    let data = serde_json::to_string_pretty(&top(&profile, &options).unwrap()).unwrap();
    assert_snapshot!(data, @r#"
    {
      "schema": "zkperf-top/1",
      "run": {
        "zkvm": "zisk",
        "zkvm_version": "1.4.0-alpha",
        "cost_model": "ziskemu cost table 1",
        "guest": "reference",
        "variant": "unpatched",
        "block": 24628607,
        "elf_sha256": "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
        "input_sha256": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
        "title": "example",
        "completeness": {
          "state": "complete"
        }
      },
      "measure": {
        "name": "steps",
        "unit": "steps",
        "node_unit": "steps",
        "about": "Instructions executed by the zkVM.",
        "note": "",
        "total": 11283,
        "scale": 1,
        "remainder": 0,
        "sum": 11283,
        "kind": "exact",
        "proving_cost": false
      },
      "order": "self",
      "filter": null,
      "functions": 7,
      "matching": 7,
      "rows": [
        {
          "function": {
            "id": 4,
            "name": "guest::crypto::keccak::hash::h2222222222222222",
            "short": "guest::crypto::keccak::hash",
            "symbol": "_ZN5guest6crypto6keccak4hash17h2222222222222222E",
            "address": 24576,
            "origin": "guest"
          },
          "self_value": 7500,
          "self_in_unit": 7500.0,
          "self_percent": 66.47,
          "inclusive": 8460,
          "inclusive_in_unit": 8460.0,
          "inclusive_percent": 74.98,
          "calls": 15
        }
      ],
      "rest": {
        "functions": 6,
        "self_value": 3783,
        "self_in_unit": 3783.0,
        "self_percent": 33.53
      },
      "unattributed": {
        "value": 241,
        "of": 1346346,
        "percent": 0.02,
        "unit": "cost",
        "official_unit": "cost",
        "scale": 1,
        "reasons": [
          {
            "reason": "after a re-synchronisation",
            "value": 241,
            "percent": 0.02
          }
        ],
        "resyncs": 1,
        "resync_places": 1,
        "after_resyncs": 241,
        "after_resyncs_percent": 0.02
      }
    }
    "#);
    let options = CallsOptions {
        measure: Some("steps".into()),
        all: false,
        limit: Some(1),
    };
    let view = callers(&profile, "visit", &options).unwrap();
    let data = serde_json::to_value(view).unwrap();
    assert_eq!(data["schema"], "zkperf-callers/1");
    assert_eq!(data["direction"], "callers");
    assert_eq!(data["rows"][0]["function"]["short"], "guest::main");
    assert_eq!(
        (&data["rows"][0]["value"], &data["rest"]["calls"]),
        (&9_460.into(), &6.into())
    );
    let data = serde_json::to_value(summary(&profile)).unwrap();
    assert_eq!(data["schema"], "zkperf-summary/1");
    assert_eq!(data["measures"][4]["name"], "cost");
    assert_eq!(data["measures"][4]["cost_percent"], 100.0);
    assert_eq!(data["identity"]["zkvm_version"], "1.4.0-alpha");
    let place = &data["resyncs"][0];
    assert_eq!(
        (&place["count"], &place["from"]["address"]),
        (&1.into(), &0x4abc.into())
    );
    assert_eq!(place["to"]["text"], "0x2abc");
}
