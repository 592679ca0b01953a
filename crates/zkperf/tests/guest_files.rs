//! Guests of all three zkVMs that are cut, foreign, stripped, without input or without time: the same words and the
//! same behaviour everywhere.

mod support;

use std::path::Path;
use support::{fail, hello, output, text, zkperf};
use zkperf_profile::{Completeness, Profile};

const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];

fn run(home: &Path, zkvm: &str, elf: &str) -> std::process::Command {
    let mut command = zkperf(home);
    command.args(["run", "--zkvm", zkvm, "--elf", elf]);
    command
}

#[test]
fn every_refusal_names_file_cause_and_next_step() {
    let home = tempfile::tempdir().unwrap();
    let put = |name: &str, bytes: &[u8]| std::fs::write(home.path().join(name), bytes).unwrap();
    put("empty.elf", b"");
    put("text.elf", b"#!/bin/sh\n");
    let guests = ZKVMS.map(|zkvm| hello(zkvm, home.path()));
    for (zkvm, good) in ZKVMS.into_iter().zip(&guests) {
        put("short.elf", &good[..40]);
        put("headers.elf", &good[..70]);
        put("half.elf", &good[..5000]);
        let mut host = good.clone();
        host[18] = 62;
        put("host.elf", &host);
        let mut cases = vec![
            ("empty.elf", "the file is empty", "build the guest again"),
            ("text.elf", "does not begin with", "build the guest again"),
            ("short.elf", "it was cut short", "build the guest again"),
            ("headers.elf", "it was cut short", "build the guest again"),
            ("half.elf", "it was cut short", "build the guest again"),
            ("host.elf", "x86-64", "build the guest for"),
        ];
        let others = [
            ("zisk.elf", "zisk", "give --zkvm zisk"),
            ("sp1.elf", "sp1", "give --zkvm sp1"),
            ("risc0.elf", "risc0", "give --zkvm risc0"),
        ];
        let foreign = others.iter().filter(|(_, owner, _)| *owner != zkvm);
        cases.extend(foreign.map(|(elf, _, next)| (*elf, "is not a guest for", *next)));
        for (elf, cause, next) in cases {
            let error = fail(&mut run(home.path(), zkvm, elf));
            for words in [elf, cause, next] {
                assert!(
                    error.contains(words),
                    "{zkvm} {elf}: no {words:?} in {error}"
                );
            }
        }
    }
}

#[test]
fn a_guest_without_symbols_is_warned_of() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ZKVMS {
        let good = hello(zkvm, home.path());
        let quiet = output(&mut run(home.path(), zkvm, &format!("{zkvm}.elf")));
        assert!(!text(&quiet.stderr).contains("warning"), "{zkvm}");
        // The section headers stand last.
        std::fs::write(home.path().join("cut.elf"), &good[..good.len() - 100]).unwrap();
        let cut = output(&mut run(home.path(), zkvm, "cut.elf"));
        let words = text(&cut.stderr);
        // ZisK's loader does not do without them.
        let says = match zkvm {
            "zisk" => "cut.elf: not a complete ELF file: its section headers",
            _ => "warning: cut.elf: its symbols are lost",
        };
        assert!(
            words.contains(says) && words.contains("build") && words.contains("cut short"),
            "{zkvm}: {words}"
        );
        // No section headers at all, as the sharpest `strip` leaves it.
        let mut bare = good.clone();
        let fields = if bare[4] == 2 {
            [40..48, 60..64]
        } else {
            [32..36, 48..52]
        };
        for field in fields {
            bare[field].fill(0);
        }
        std::fs::write(home.path().join("bare.elf"), &bare).unwrap();
        let words = text(&output(&mut run(home.path(), zkvm, "bare.elf")).stderr);
        assert!(
            words.contains("warning: bare.elf: it has no symbols")
                && words.contains("strip = false"),
            "{zkvm}: {words}"
        );
        let report = output(run(home.path(), zkvm, "bare.elf").arg("--json"));
        let report: serde_json::Value = serde_json::from_slice(&report.stdout).unwrap();
        let warning = report["warnings"][0].as_str().unwrap();
        assert!(warning.contains("it has no symbols"), "{zkvm}: {warning}");
    }
}

#[test]
fn no_input_is_an_empty_input() {
    let home = tempfile::tempdir().unwrap();
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    for zkvm in ZKVMS {
        hello(zkvm, home.path());
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_zkperf"));
        command.current_dir(home.path());
        command.args(["profile", "--json", "-o", "p.zkp", "--zkvm", zkvm, "--elf"]);
        let output = output(command.arg(format!("{zkvm}.elf")));
        let words = text(&output.stderr);
        assert!(
            words.contains("note: neither --input nor --stdin"),
            "{zkvm}: {words}"
        );
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(report["input_sha256"], empty, "{zkvm}");
        if output.status.code() == Some(1) {
            assert!(words.contains("was given no input"), "{zkvm}: {words}");
        }
    }
}

#[test]
fn a_step_limit_of_nought_runs_nothing() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ZKVMS {
        hello(zkvm, home.path());
        let elf = format!("{zkvm}.elf");
        for limit in ["0", "1", "5"] {
            let mut command = zkperf(home.path());
            command.args([
                "profile", "--zkvm", zkvm, "--elf", &elf, "-o", "p.zkp", "--stats",
            ]);
            let error = fail(command.args(["--max-steps", limit]));
            assert!(
                error.contains(&format!("after {limit} steps"))
                    && error.contains("limit was reached"),
                "{zkvm}: {error}"
            );
            let profile = Profile::load(home.path().join("p.zkp")).unwrap();
            let state = &profile.data().completeness;
            assert!(matches!(state, Completeness::Partial { .. }), "{zkvm}");
            // A partial report says so before any figure.
            let report = std::fs::read_to_string(home.path().join("p.txt")).unwrap();
            let first = report.lines().next().unwrap();
            assert!(
                first.starts_with("PARTIAL RUN: ") && first.contains("limit was reached"),
                "{zkvm}: {first}"
            );
        }
    }
}
