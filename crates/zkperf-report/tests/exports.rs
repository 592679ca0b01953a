//! What other tools read adds up to what the profile says. pprof's and callgrind's own tools read a real profile in
//! `crates/zkperf/tests/exports.rs`.

use serde_json::Value;
use std::collections::HashMap;
use zkperf_profile::{example, MeasureId, Profile};
use zkperf_report::{choose_measure, export, open, Opened};

fn opened(inlined: bool) -> Opened {
    open(Profile::new(example::small()).unwrap(), inlined).unwrap()
}

#[test]
fn folded_stacks_add_up_and_inferno_draws_them() {
    for inlined in [false, true] {
        let profile = opened(inlined).profile;
        for at in 0..profile.measures.len() as u32 {
            let folded = export::folded(&profile, MeasureId(at));
            let values = folded.lines().map(|line| line.rsplit_once(' ').unwrap().1);
            let sum: u64 = values.map(|value| value.parse::<u64>().unwrap()).sum();
            assert_eq!(sum, profile.sum(MeasureId(at)));
        }
        let cost = choose_measure(&profile, None).unwrap();
        let folded = export::folded(&profile, cost);
        let mut svg = Vec::new();
        let mut options = inferno::flamegraph::Options::default();
        inferno::flamegraph::from_lines(&mut options, folded.lines(), &mut svg).unwrap();
        let svg = String::from_utf8(svg).unwrap();
        // The whole run, as inferno adds it up.
        assert!(svg.contains("all (1,346,346 samples, 100%)"), "{svg}");
        assert_eq!(folded.contains("guest::decode"), inlined);
    }
}

#[test]
fn speedscope_files_hold_every_measure_and_the_order_in_time() {
    let profile = opened(true).profile;
    let ids: Vec<MeasureId> = (0..profile.measures.len() as u32).map(MeasureId).collect();
    let file: Value = serde_json::from_slice(&export::speedscope(&profile, &ids)).unwrap();
    let frames = file["shared"]["frames"].as_array().unwrap();
    let profiles = file["profiles"].as_array().unwrap();
    assert_eq!(profiles.len(), ids.len() + 1);
    for one in profiles {
        let weights = one["weights"].as_array().unwrap();
        let samples = one["samples"].as_array().unwrap();
        assert_eq!(weights.len(), samples.len());
        let sum: u64 = weights.iter().map(|weight| weight.as_u64().unwrap()).sum();
        assert_eq!(one["endValue"], sum);
        for frame in samples.iter().flat_map(|sample| sample.as_array().unwrap()) {
            assert!((frame.as_u64().unwrap() as usize) < frames.len());
        }
    }
    for (one, id) in profiles.iter().zip(&ids) {
        assert_eq!(one["endValue"], profile.sum(*id));
    }
    // Two buckets in `hash` below `visit`, then one in `hash` below `main`.
    let time = &profiles[ids.len()];
    assert_eq!(time["weights"], serde_json::json!([4096, 4096, 4096]));
    assert_eq!(time["samples"][0], time["samples"][1]);
    assert_ne!(time["samples"][1], time["samples"][2]);
}

#[test]
fn firefox_files_hold_every_measure_and_the_order_in_time() {
    let profile = opened(true).profile;
    let ids: Vec<MeasureId> = (0..profile.measures.len() as u32).map(MeasureId).collect();
    let file: Value = serde_json::from_slice(&export::firefox(&profile, &ids)).unwrap();
    let threads = file["threads"].as_array().unwrap();
    assert_eq!(threads.len(), ids.len() + 1);
    for thread in threads {
        // Every column of a table is as long as the table.
        for table in ["funcTable", "frameTable", "stackTable", "samples"] {
            let length = thread[table]["length"].as_u64().unwrap() as usize;
            for (name, column) in thread[table].as_object().unwrap() {
                if let Some(column) = column.as_array() {
                    assert_eq!(column.len(), length, "{table}.{name}");
                }
            }
        }
        let indices = |table: &str, column: &str| -> Vec<u64> {
            let column = thread[table][column].as_array().unwrap().iter();
            column.filter_map(Value::as_u64).collect()
        };
        let length = |table: &str| thread[table]["length"].as_u64().unwrap();
        assert!(indices("samples", "stack")
            .iter()
            .all(|&at| at < length("stackTable")));
        assert!(indices("stackTable", "frame")
            .iter()
            .all(|&at| at < length("frameTable")));
        assert!(indices("frameTable", "func")
            .iter()
            .all(|&at| at < length("funcTable")));
        let strings = thread["stringArray"].as_array().unwrap().len() as u64;
        assert!(indices("funcTable", "name").iter().all(|&at| at < strings));
        let prefixes = thread["stackTable"]["prefix"].as_array().unwrap().iter();
        let before = |(at, prefix): (usize, &Value)| prefix.as_u64().is_none_or(|p| p < at as u64);
        assert!(prefixes.enumerate().all(before));
    }
    let weights = |thread: &Value| -> u64 {
        let weights = thread["samples"]["weight"].as_array().unwrap().iter();
        weights.map(|weight| weight.as_u64().unwrap()).sum()
    };
    for (thread, id) in threads[1..].iter().zip(&ids) {
        assert_eq!(weights(thread), profile.sum(*id));
    }
    let stacks = threads[0]["samples"]["stack"].as_array().unwrap();
    assert!(stacks.len() == 3 && stacks[0] == stacks[1] && stacks[1] != stacks[2]);
}

#[test]
fn callgrind_files_add_up() {
    let profile = opened(false).profile;
    let text = export::callgrind(&profile);
    let field = |name: &str| -> Vec<String> {
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap();
        line.split_whitespace().map(str::to_owned).collect()
    };
    let events = field("events:");
    let totals: HashMap<&String, u64> = events
        .iter()
        .zip(field("totals:").iter().map(|total| total.parse().unwrap()))
        .collect();
    assert_eq!(events[0], "cost");
    for (at, measure) in profile.measures.iter().enumerate() {
        assert_eq!(totals[&measure.name], profile.sum(MeasureId(at as u32)));
    }
    // Own lines add up to the totals; a line after `calls=` is of a call.
    let mut sums = vec![0u64; events.len()];
    let mut after_calls = false;
    for line in text.lines() {
        let numbers: Option<Vec<u64>> = line.split(' ').map(|word| word.parse().ok()).collect();
        if let Some(numbers) =
            numbers.filter(|numbers| numbers.len() == events.len() + 1 && !after_calls)
        {
            sums.iter_mut()
                .zip(&numbers[1..])
                .for_each(|(sum, value)| *sum += value);
        }
        after_calls = line.starts_with("calls=");
    }
    let totals: Vec<u64> = events.iter().map(|event| totals[event]).collect();
    assert_eq!(sums, totals);
    assert!(
        text.contains("fi=(2) src/decode.rs") || text.contains("src/decode.rs"),
        "{text}"
    );
}

#[test]
fn names_cannot_break_a_format() {
    let mut data = example::small();
    data.functions[3].name = "a;b\nc 7\u{1b}[0m\"</script>".to_owned();
    let profile = Profile::new(data).unwrap();
    let cost = choose_measure(&profile, None).unwrap();
    let folded = export::folded(&profile, cost);
    assert!(folded.contains(";a:bc 7[0m"), "{folded}");
    assert!(folded.lines().all(|line| line.starts_with("[run]")));
    assert!(export::callgrind(&profile).contains(") a;bc 7[0m"));
    let file = export::speedscope(&profile, &[cost]);
    assert!(serde_json::from_slice::<Value>(&file).is_ok());
}
