//! Two profiles side by side: when there is a verdict, and what a difference is made of.

use zkperf_profile::{example, Profile, ProfileData, Row, Table};
use zkperf_report::{compare, Style, Verdict};

fn profile(change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    data.completeness = zkperf_profile::Completeness::Complete;
    data.tables = vec![bill(10, 100)];
    change(&mut data);
    Profile::new(data).expect("it closes")
}

fn bill(count: u64, cost: u64) -> Table {
    Table {
        name: "opcodes".into(),
        columns: vec!["count".into(), "cost".into()],
        rows: vec![Row {
            label: "add".into(),
            values: vec![count, cost],
        }],
    }
}

#[test]
fn equal_profiles_differ_in_nothing() {
    let view = compare(&profile(|_| ()), &profile(|_| ()));
    assert_eq!(view.verdict, Verdict::Neutral);
    assert!(view.no_verdict_because.is_empty());
    assert!(view.measures.iter().all(|change| change.delta == 0));
    let text = view.render(&Style::default());
    assert!(text.contains("no difference in the proving cost"), "{text}");
}

#[test]
fn there_is_no_verdict_across_models_inputs_outputs_or_stops() {
    type Break = fn(&mut ProfileData);
    let cases: [(Break, &str); 5] = [
        (
            |data| data.run.cost_model.tables_sha256 = "other".into(),
            "cost models differ",
        ),
        (|data| data.run.zkvm = "other".into(), "zkVMs differ"),
        (
            |data| data.run.input.sha256 = "other".into(),
            "inputs differ",
        ),
        (
            |data| data.run.output_sha256 = "other".into(),
            "public outputs differ",
        ),
        (
            |data| {
                data.completeness = zkperf_profile::Completeness::Partial {
                    reason: "limit".into(),
                    pc: None,
                    function: String::new(),
                }
            },
            "second profile does not cover",
        ),
    ];
    for (change, reason) in cases {
        let view = compare(&profile(|_| ()), &profile(change));
        assert_eq!(view.verdict, Verdict::None, "{reason}");
        let because = view.no_verdict_because.join("; ");
        assert!(because.contains(reason), "{because}");
        assert!(view.render(&Style::default()).contains("no verdict: "));
    }
}

#[test]
fn a_row_tells_counts_from_prices() {
    let after = profile(|data| data.tables = vec![bill(12, 144)]);
    let view = compare(&profile(|_| ()), &after);
    let row = &view.tables[0].rows[0];
    assert_eq!((row.delta, row.by_count, row.by_price), (44, 20, 24));
    let text = view.render(&Style::default());
    for number in ["+44", "+20", "+24", "add"] {
        assert!(text.contains(number), "no {number} in {text}");
    }
}
