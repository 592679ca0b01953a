//! Crates and modules. The profile is the hand-made one of `zkperf_profile::example`.

use insta::assert_snapshot;
use zkperf_profile::{example, Completeness, Profile};
use zkperf_report::{groups, GroupBy, Order, ReportError, Style, TopOptions};

fn small() -> Profile {
    Profile::new(example::small()).unwrap()
}

fn style(width: usize) -> Style {
    Style {
        width,
        color: false,
    }
}

#[test]
fn crates_with_what_has_none() {
    let view = groups(&small(), GroupBy::Crate, &TopOptions::default()).unwrap();
    assert_snapshot!(view.render(&style(100)), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    cost by crate, largest self value first

    self cost        %  incl. cost        %  entries  functions  crate
    1,222,600   90.81%   1,294,465   96.15%        1          3  guest
       71,865    5.34%      71,865    5.34%       12          1  [the zkVM's library]
       50,000    3.71%      50,000    3.71%        0          1  [base]
        1,640    0.12%   1,296,105   96.27%        1          1  [the zkVM's own code]
          241    0.02%         241    0.02%        1          1  [unattributed]
            0    0.00%   1,346,346  100.00%        0          1  [run]
    1,346,346  100.00%                                           total

    Inlined code counts for the crate that it was inlined into.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn modules_by_inclusive_value() {
    let options = TopOptions {
        measure: Some("steps".into()),
        order: Order::Inclusive,
        filter: Some("guest".into()),
        limit: Some(2),
    };
    let view = groups(&small(), GroupBy::Module, &options).unwrap();
    assert_snapshot!(view.render(&style(100)), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by module, largest inclusive value first; 3 modules of 7 match /guest/

    self steps        %  incl. steps       %  entries  functions  module
           300    2.66%       11,260  99.80%        1          1  guest
         2,500   22.16%        9,460  83.84%        4          1  guest::trie
         8,483   75.18%                                           (5 other modules)
        11,283  100.00%                                           total

    Inlined code counts for the module that it was inlined into.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn rows_and_rest_add_up_whatever_is_listed() {
    let imported = {
        let mut data = example::small();
        data.completeness = Completeness::Imported {
            missing: vec!["pcs".into()],
        };
        data.measures[0].total += 1_000;
        data.measures[3].total += 62_000;
        data.measures[4].total += 62_000;
        Profile::new(data).unwrap()
    };
    for (profile, left) in [(small(), 0), (imported, 1_000)] {
        for by in [GroupBy::Crate, GroupBy::Module] {
            for limit in [None, Some(0), Some(1), Some(3)] {
                let options = TopOptions {
                    measure: Some("steps".into()),
                    limit,
                    ..TopOptions::default()
                };
                let view = groups(&profile, by, &options).unwrap();
                let listed: u64 = view.rows.iter().map(|row| row.cost.self_value).sum();
                assert_eq!(listed + view.rest.cost.self_value, view.measure.sum);
                assert_eq!(view.rows.len() + view.rest.groups, view.groups);
                if limit.is_none() {
                    assert_eq!(view.rest.cost.self_value, left);
                }
            }
        }
    }
}

#[test]
fn programs_get_the_same_figures() {
    let options = TopOptions {
        limit: Some(1),
        ..TopOptions::default()
    };
    let view = groups(&small(), GroupBy::Crate, &options).unwrap();
    let data = serde_json::to_value(&view).unwrap();
    assert_eq!(data["schema"], "zkperf-groups/1");
    assert_eq!(data["by"], "crate");
    assert_snapshot!(data["rows"][0], @r#"
    {"entries":1,"functions":3,"inclusive":1294465,"inclusive_in_unit":1294465.0,"inclusive_percent":96.15,"name":"guest","self_in_unit":1222600.0,"self_percent":90.81,"self_value":1222600}
    "#);
}

#[test]
fn a_bad_filter_is_said() {
    let options = TopOptions {
        filter: Some("(".into()),
        ..TopOptions::default()
    };
    let error = groups(&small(), GroupBy::Crate, &options).unwrap_err();
    assert!(matches!(error, ReportError::Pattern { .. }), "{error}");
}
