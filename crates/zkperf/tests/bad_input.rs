//! Whatever a user hands in: one clear error, exit code 1, nothing half-written.

mod support;

use std::path::{Path, PathBuf};
use support::{fail, output, text, zkperf};
use zkperf_testkit::{guests, Guest};

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, bytes).unwrap();
    path
}

fn hand_written(name: &str) -> Guest {
    guests()
        .into_iter()
        .find(|guest| guest.name == name)
        .unwrap_or_else(|| panic!("no guest {name}"))
}

fn profile(home: &Path, elf: &Path, input: Option<&Path>) -> std::process::Command {
    let mut command = zkperf(home);
    command
        .args(["profile", "--zkvm", "zisk", "-o", "out/p.zkp", "--elf"])
        .arg(elf);
    if let Some(input) = input {
        command.arg("--input").arg(input);
    }
    command
}

fn nothing_written(home: &Path) {
    let out = home.join("out");
    let left: Vec<_> = out
        .read_dir()
        .map(|dir| dir.flatten().collect())
        .unwrap_or_default();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn elves_that_are_not_guests() {
    let home = tempfile::tempdir().unwrap();
    let good = hand_written("calls_nested").elf;
    let mut foreign = good.clone();
    foreign[18] = 62;
    let cases: [(&str, Vec<u8>, &str); 5] = [
        ("empty.elf", Vec::new(), "not a complete ELF"),
        ("text.elf", b"#!/bin/sh\n".to_vec(), "not a complete ELF"),
        ("short.elf", good[..40].to_vec(), "not a complete ELF"),
        ("cut.elf", good[..good.len() / 2].to_vec(), "loader"),
        ("x86.elf", foreign, "machine number is 62"),
    ];
    for (name, bytes, words) in cases {
        let elf = write(home.path(), name, &bytes);
        let error = fail(&mut profile(home.path(), &elf, None));
        assert!(
            error.contains(name) && error.contains(words),
            "{name}: {error}"
        );
        nothing_written(home.path());
    }
    let error = fail(&mut profile(
        home.path(),
        &home.path().join("absent.elf"),
        None,
    ));
    assert!(error.contains("absent.elf"), "{error}");
}

#[test]
fn elves_for_other_zkvms_are_named() {
    let home = tempfile::tempdir().unwrap();
    let mut sp1 = hand_written("calls_nested").elf;
    // Entry point and load address of the first segment, as SP1 links them.
    sp1[24..32].copy_from_slice(&0x7800_0000u64.to_le_bytes());
    let elf = write(home.path(), "sp1.elf", &sp1);
    let error = fail(&mut profile(home.path(), &elf, None));
    assert!(error.contains("SP1"), "{error}");
    let elf = write(home.path(), "guest.bin", b"R0BF\x01\0\0\0");
    let error = fail(&mut profile(home.path(), &elf, None));
    assert!(error.contains("RISC Zero"), "{error}");
}

#[test]
fn inputs_that_cannot_be_used() {
    let home = tempfile::tempdir().unwrap();
    let elf = write(home.path(), "g.elf", &hand_written("calls_nested").elf);
    let mut stale = b"zkpinput".to_vec();
    stale.extend([9; 64]);
    let cases: [(&str, Vec<u8>, &str); 3] = [
        ("empty.bin", Vec::new(), "is empty"),
        ("odd.bin", vec![1; 13], "multiple of 8"),
        ("stale.bin", stale, "stale.bin cannot be used"),
    ];
    for (name, bytes, words) in cases {
        let input = write(home.path(), name, &bytes);
        let error = fail(&mut profile(home.path(), &elf, Some(&input)));
        assert!(error.contains(words), "{name}: {error}");
        nothing_written(home.path());
    }
}

#[test]
fn a_guest_that_stops_early_leaves_a_partial_profile() {
    for (name, words) in [
        ("exit_2a", "exited with code 42"),
        ("halt_unimp", "trap"),
        ("abort_read_null", "null pointer"),
        ("abort_stack_overflow", "stack"),
    ] {
        let home = tempfile::tempdir().unwrap();
        let elf = write(home.path(), "g.elf", &hand_written(name).elf);
        let error = fail(&mut profile(home.path(), &elf, None));
        assert!(
            error.contains(words) && error.contains("at pc 0x"),
            "{name}: {error}"
        );
        let profile = zkperf_profile::Profile::load(home.path().join("out/p.zkp")).unwrap();
        let state = &profile.data().completeness;
        assert!(
            matches!(state, zkperf_profile::Completeness::Partial { .. }),
            "{name}: {state:?}"
        );
    }
}

#[test]
fn the_step_limit_stops_exactly() {
    let home = tempfile::tempdir().unwrap();
    let elf = write(home.path(), "g.elf", &hand_written("endless_loop").elf);
    for limit in [1u64, 7, 1000, 123_457] {
        let mut command = profile(home.path(), &elf, None);
        command.args(["--json", "--max-steps", &limit.to_string()]);
        let output = output(&mut command);
        assert_eq!(output.status.code(), Some(1));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(
            report["totals"]["steps"].as_u64(),
            Some(limit),
            "{}",
            text(&output.stderr)
        );
    }
}

#[test]
fn a_stripped_guest_profiles_by_address() {
    let home = tempfile::tempdir().unwrap();
    let elf = write(home.path(), "g.elf", &hand_written("calls_no_symbols").elf);
    support::succeed(&mut profile(home.path(), &elf, None));
    let top = support::json(zkperf(home.path()).args(["top", "out/p.zkp"]));
    assert!(top["rows"]
        .as_array()
        .unwrap()
        .iter()
        .any(|row| row["function"]["name"]
            .as_str()
            .unwrap()
            .starts_with("[no symbol 0x9")));
}

#[test]
fn profiles_that_are_not_profiles() {
    let home = tempfile::tempdir().unwrap();
    let elf = write(home.path(), "g.elf", &hand_written("calls_nested").elf);
    support::succeed(&mut profile(home.path(), &elf, None));
    let good = std::fs::read(home.path().join("out/p.zkp")).unwrap();
    let cut = write(home.path(), "cut.zkp", &good[..good.len() - 9]);
    let text = write(home.path(), "text.zkp", b"not a profile");
    for path in [cut, text] {
        let error = fail(zkperf(home.path()).arg("top").arg(&path));
        assert!(
            error.contains(path.file_name().unwrap().to_str().unwrap()),
            "{error}"
        );
    }
    let error = fail(zkperf(home.path()).args(["callers", "out/p.zkp", "no_such_function"]));
    assert!(error.contains("no_such_function"), "{error}");
}

#[test]
fn a_key_in_the_url_is_never_shown() {
    let home = tempfile::tempdir().unwrap();
    // Nothing listens on port 1.
    let url = "http://user:hunter2@127.0.0.1:1/v3/SECRETKEY?token=SECRETTOKEN";
    let error = fail(zkperf(home.path()).args(["input", "1", "--rpc-url", url]));
    assert!(error.contains("127.0.0.1:1"), "{error}");
    for secret in ["hunter2", "SECRETKEY", "SECRETTOKEN"] {
        assert!(!error.contains(secret), "{error}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error_and_leaves_nothing() {
    let home = tempfile::tempdir().unwrap();
    let elf = write(home.path(), "g.elf", &hand_written("calls_nested").elf);
    let mut command = zkperf(home.path());
    command
        .args([
            "profile",
            "--zkvm",
            "zisk",
            "-o",
            "/dev/full/p.zkp",
            "--elf",
        ])
        .arg(&elf);
    let error = fail(&mut command);
    assert!(error.contains("/dev/full"), "{error}");
}
