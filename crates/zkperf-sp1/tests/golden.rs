//! The hand-written guests against what the official executor says of them (`golden.json`, made by
//! `cargo xtask verify sp1 --guests --write-golden crates/zkperf-sp1/tests/golden.json`).

use std::collections::BTreeMap;

use serde_json::Value;
use zkperf_exec::{Control, GuestInput, Outcome, RunRequest, ShardLimits, Zkvm};
use zkperf_profile::{Completeness, Profile};
use zkperf_sp1::{Sp1, SHARD_LIMITS};
use zkperf_testkit::sp1::{sp1_guests, Sp1Guest};

fn golden() -> Value {
    let file: Value = serde_json::from_str(include_str!("golden.json")).expect("valid JSON");
    file["guests"].clone()
}

fn guest(name: &str) -> Sp1Guest {
    let found = sp1_guests().into_iter().find(|guest| guest.name == name);
    found.unwrap_or_else(|| panic!("no guest is called {name}"))
}

fn profile(guest: &Sp1Guest, control: &mut Control) -> Outcome {
    let program = Sp1.load(&guest.elf).expect("loads");
    let request = RunRequest {
        input: input(guest),
        ..RunRequest::default()
    };
    program.profile(request, control).expect("runs")
}

fn input(guest: &Sp1Guest) -> GuestInput {
    GuestInput {
        buffers: guest.inputs.clone(),
        ..GuestInput::default()
    }
}

/// A table of a profile: first value by label.
fn table(profile: &Profile, name: &str, column: usize) -> BTreeMap<String, u64> {
    let tables = &profile.data().tables;
    let table = tables.iter().find(|table| table.name == name).expect(name);
    let rows = table.rows.iter();
    rows.map(|row| (row.label.clone(), row.values[column]))
        .collect()
}

#[test]
fn every_figure_is_the_official_one() {
    let golden = golden();
    let mut compared = 0;
    for guest in sp1_guests() {
        let theirs = &golden[&guest.name];
        let figures = &theirs["figures"];
        if !figures.is_object() {
            // A guest that came after the golden figures were made would otherwise pass unseen.
            assert!(theirs.is_string(), "{}: no golden figures", guest.name);
            continue;
        }
        let outcome = profile(&guest, &mut Control::default());
        let made = outcome.profile.expect("a profile");
        let gas = table(&made, "gas", 0);
        let mut expect = |key: &str, ours: u64| {
            assert_eq!(figures[key].as_u64(), Some(ours), "{}: {key}", guest.name);
            compared += 1;
        };
        expect("cycles", outcome.steps);
        for key in ["gas", "area", "complexity"] {
            expect(key, gas[key]);
        }
        expect("exit_code", table(&made, "exit", 0)["exit code"]);
        for (opcode, count) in table(&made, "opcodes", 0) {
            expect(&format!("opcode.{opcode}"), count);
        }
        for (word, value) in table(&made, "public_value_digest", 0) {
            expect(&format!("digest.{word}"), value);
        }
        let ends = [("cycles", 0), ("end_clock", 4), ("next_pc", 5)];
        for (name, column) in ends {
            let shards = table(&made, "shards", column).into_values();
            expect("shards", shards.len() as u64);
            for (at, value) in shards.enumerate() {
                expect(&format!("shard.{at}.{name}"), value);
            }
        }
        let output = golden[&guest.name]["output"].as_str();
        assert_eq!(
            output,
            Some(hex::encode(outcome.output).as_str()),
            "{}",
            guest.name
        );
    }
    assert!(compared > 2000, "{compared}");
}

#[test]
fn what_the_official_executor_stops_at_leaves_a_partial_profile() {
    let golden = golden();
    let mut faults = 0;
    for guest in sp1_guests() {
        if golden[&guest.name] != "fault" {
            continue;
        }
        faults += 1;
        let outcome = profile(&guest, &mut Control::default());
        let fault = outcome
            .fault
            .unwrap_or_else(|| panic!("{} ended well", guest.name));
        assert!(fault.pc >= 0x7800_0000, "{}: {fault}", guest.name);
        assert!(!fault.function.is_empty(), "{}: {fault}", guest.name);
        assert!(!fault.cause.is_empty(), "{}", guest.name);
        let made = outcome.profile.expect("a partial profile");
        let partial = matches!(made.data().completeness, Completeness::Partial { .. });
        assert!(partial, "{}", guest.name);
    }
    assert!(faults > 20, "{faults}");
}

#[test]
fn what_the_official_loader_refuses_is_refused() {
    let golden = golden();
    let names: Vec<String> = sp1_guests().into_iter().map(|guest| guest.name).collect();
    let refused: Vec<_> = names
        .iter()
        .filter(|name| golden[name] == "refused")
        .collect();
    assert!(refused.len() >= 8, "{refused:?}");
    for name in refused {
        assert!(Sp1.load(&guest(name).elf).is_err(), "{name}");
    }
}

#[test]
fn a_plain_run_says_the_same_as_a_profile() {
    for guest in sp1_guests() {
        let Ok(program) = Sp1.load(&guest.elf) else {
            continue;
        };
        let plain = program
            .run(&input(&guest), &mut Control::default())
            .expect("runs");
        let outcome = profile(&guest, &mut Control::default());
        assert_eq!(plain.steps, outcome.steps, "{}", guest.name);
        assert_eq!(plain.output, outcome.output, "{}", guest.name);
        assert_eq!(plain.fault, outcome.fault, "{}", guest.name);
    }
}

#[test]
fn the_cycle_limit_is_exact() {
    let guest = guest("alu_immediate");
    for limit in [1, 2, 100, 1001] {
        let mut control = Control {
            max_steps: limit,
            ..Control::default()
        };
        let outcome = profile(&guest, &mut control);
        assert_eq!(outcome.steps, limit);
        let cause = outcome.fault.expect("stopped").cause;
        assert!(cause.contains("--max-steps"), "{cause}");
    }
}

#[test]
fn a_cancelled_run_says_so() {
    let guest = guest("bump_by_instructions_0");
    let mut control = Control::default();
    control
        .cancel
        .store(true, std::sync::atomic::Ordering::Relaxed);
    let outcome = profile(&guest, &mut control);
    assert_eq!(outcome.fault.expect("stopped").cause, "cancelled");
}

#[test]
fn foreign_files_are_recognised() {
    let refusal = |bytes: &[u8]| match Sp1.load(bytes) {
        Ok(_) => panic!("loaded"),
        Err(error) => error.to_string(),
    };
    assert!(refusal(b"").contains("not a complete ELF"));
    assert!(refusal(b"\x7fELF\x02\x01\x01").contains("not a complete ELF"));
    assert!(refusal(b"R0BF....").contains("risc0"));
    let mut bits32 = guest("exit_1").elf;
    bits32[4] = 1;
    assert!(refusal(&bits32).contains("32-bit"));
    let zisk = zkperf_testkit::guests();
    let zisk = zisk
        .iter()
        .find(|guest| guest.name == "precompile_sha256_zones");
    let zisk = zisk.expect("a ZisK guest");
    assert!(!refusal(&zisk.elf).is_empty());
    // Cut anywhere, it is an error and no panic.
    let whole = guest("sha256").elf;
    for length in 0..whole.len() {
        let _ = Sp1.load(&whole[..length]);
    }
}

#[test]
fn wrong_input_is_named() {
    let guest = guest("hints");
    let program = Sp1.load(&guest.elf).expect("loads");
    let run = |input: &GuestInput| match program.run(input, &mut Control::default()) {
        Ok(_) => panic!("ran"),
        Err(error) => error.to_string(),
    };
    let args = GuestInput {
        args: vec!["x".into()],
        ..GuestInput::default()
    };
    assert!(run(&args).contains("arguments"));
    let stdin = GuestInput {
        stdin: Some(vec![1, 2, 3]),
        ..GuestInput::default()
    };
    assert!(run(&stdin).contains("SP1Stdin"));
}

#[test]
fn regions_of_the_cycle_tracker_become_scopes() {
    let outcome = profile(&guest("cycle_tracker"), &mut Control::default());
    let made = outcome.profile.expect("a profile");
    let scopes = &made.data().scopes;
    let twice = scopes
        .iter()
        .find(|scope| scope.name == "twice")
        .expect("scope");
    assert_eq!(twice.entries, 2);
    let official = &golden()["cycle_tracker"]["figures"]["tracker_cycles.TWICE"];
    assert_eq!(
        official.as_u64(),
        Some(twice.values[0]),
        "cycles come first"
    );
    assert!(scopes.iter().all(|scope| scope.name != "open"));
}

/// Profiling by another chunk threshold changes first touches, and nothing else.
#[test]
fn chunks_only_change_first_touches() {
    let guest = guest("sha256");
    let whole = profile(&guest, &mut Control::default());
    let mut control = Control {
        chunk_entries: Some(50),
        ..Control::default()
    };
    let cut = profile(&guest, &mut control);
    let total = |outcome: &Outcome, name: &str| {
        let made = outcome.profile.as_ref().expect("a profile");
        let id = made.measure(name).expect("a measure");
        made.sum(id)
    };
    assert!(total(&cut, "gas_first_touch") > total(&whole, "gas_first_touch"));
    for same in [
        "cycles",
        "gas_instructions",
        "gas_precompiles",
        "trace_entries",
    ] {
        assert_eq!(total(&cut, same), total(&whole, same), "{same}");
    }
}

/// Small limits cut a run for each of the official reasons; every cycle is in one shard.
#[test]
fn a_shard_ends_for_each_reason() {
    let guest = guest("sha256");
    let run = |limits: ShardLimits, max_steps: u64| {
        let mut control = Control {
            shard_limits: Some(limits),
            max_steps,
            ..Control::default()
        };
        let outcome = profile(&guest, &mut control);
        let made = outcome.profile.expect("a profile");
        (outcome.steps, made.data().tables.clone())
    };
    let shards = |limits: ShardLimits, max_steps: u64| {
        let (steps, tables) = run(limits, max_steps);
        let table = tables.into_iter().find(|table| table.name == "shards");
        let rows = table.expect("shards").rows;
        let cycles: u64 = rows.iter().map(|row| row.values[0]).sum();
        assert_eq!(cycles, steps);
        rows
    };
    let official = SHARD_LIMITS;
    let all = u64::MAX;
    assert_eq!(shards(official, all)[0].label, "0: the guest halted");
    let first = &shards(official, 1)[0];
    assert_eq!(first.label, "0: the run was stopped");
    for (limits, reason) in [
        (
            // What the official limits keep for the last syscall, and a little.
            ShardLimits {
                area: first.values[1] + (1 << 18) + 5000,
                ..official
            },
            "trace area full",
        ),
        (
            ShardLimits {
                height: (1 << 10) + 100,
                ..official
            },
            "table ",
        ),
        (
            ShardLimits {
                entries: 50,
                ..official
            },
            "trace chunk full",
        ),
    ] {
        let rows = shards(limits, all);
        let cut = rows.iter().filter(|row| row.label.contains(reason)).count();
        assert!(cut > 0 && cut + 1 == rows.len(), "{reason}: {rows:?}");
    }
}
