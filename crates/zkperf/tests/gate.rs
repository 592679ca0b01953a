//! `zkperf gate`: the prebuilt guests pass on every zkVM, a guest that is none of ours is said not to be gated, and
//! what does not match fails.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{fail, guest_for, hello, output, repository, succeed, text, zkperf};
use zkperf_profile::Profile;

const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];

fn demo_block() -> PathBuf {
    repository().join("fixtures/demo-block/demo-block.json.zst")
}

/// The prebuilt guests of a variant, unpacked into a folder each.
fn guests(home: &Path, variant: &str) -> Vec<PathBuf> {
    let unpack = |zkvm| {
        let folder = home.join(zkvm);
        std::fs::create_dir_all(&folder).unwrap();
        guest_for(zkvm, &folder, variant)
    };
    ZKVMS.into_iter().map(unpack).collect()
}

fn gate(home: &Path, elfs: &[PathBuf]) -> Command {
    let mut command = zkperf(home);
    command.arg("gate");
    for elf in elfs {
        command.arg("--elf").arg(elf);
    }
    command
}

/// Exit code and report.
fn report(command: &mut Command) -> (i32, Value) {
    let output = output(command.arg("--json"));
    let report = serde_json::from_slice(&output.stdout);
    let report = report.unwrap_or_else(|_| panic!("no report: {}", text(&output.stderr)));
    (output.status.code().unwrap(), report)
}

fn count(report: &Value, kind: &str, zkvm: &str) -> usize {
    let checks = report["checks"].as_array().unwrap();
    let of =
        |check: &&Value| check["kind"] == kind && check["zkvm"].as_str().unwrap().starts_with(zkvm);
    checks.iter().filter(of).count()
}

#[test]
fn the_accelerated_guests_are_sound_on_every_zkvm() {
    let home = tempfile::tempdir().unwrap();
    let elfs = guests(home.path(), "accelerated");
    let (code, report) = report(&mut gate(home.path(), &elfs));
    let failed = report["outcome"]["reasons"].to_string();
    assert_eq!(report["outcome"]["state"], "sound", "{failed}");
    assert_eq!((code, &report["schema"]), (0, &"zkperf-gate/1".into()));
    let tamperings = zkperf_gate::tamperings().count();
    let parity = zkperf_gate::suite::all().filter(|suite| suite.operation.is_some());
    let parity = parity.count();
    assert!(tamperings >= 60 && parity >= 18);
    for zkvm in ZKVMS {
        // Nothing is left out on the demo's block.
        assert_eq!(count(&report, "must-reject", zkvm), tamperings, "{zkvm}");
        assert_eq!(count(&report, "parity", zkvm), parity, "{zkvm}");
        assert_eq!(count(&report, "honest-accept", zkvm), 1, "{zkvm}");
        assert_eq!(count(&report, "native-agreement", zkvm), 1, "{zkvm}");
    }
    assert_eq!(report["skipped"], serde_json::json!([]));
}

/// Without accelerators the same code runs much longer: the demo's block as the caller's own, with the sample.
#[test]
fn the_unpatched_guest_is_sound() {
    let home = tempfile::tempdir().unwrap();
    let elf = guest_for("zisk", home.path(), "unpatched");
    let block = tampered_free_copy(home.path());
    let mut command = gate(home.path(), &[elf]);
    let (code, report) = report(command.arg("--no-builtin").arg("--recorded").arg(block));
    assert_eq!(
        (code, &report["outcome"]["state"]),
        (0, &"sound".into()),
        "{report}"
    );
    assert!(count(&report, "must-reject", "zisk") >= 60);
}

/// The demo's block under another name, as a user's recording would lie somewhere.
fn tampered_free_copy(home: &Path) -> PathBuf {
    let copy = home.join("mine.json.zst");
    std::fs::copy(demo_block(), &copy).unwrap();
    copy
}

#[test]
fn a_guest_that_is_none_of_ours_is_not_gated() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ZKVMS {
        hello(zkvm, home.path());
        let elf = home.path().join(format!("{zkvm}.elf"));
        let (code, report) = report(&mut gate(home.path(), std::slice::from_ref(&elf)));
        assert_eq!(
            (code, &report["outcome"]["state"]),
            (1, &"not_gated".into()),
            "{report}"
        );
        assert_eq!(report["checks"], serde_json::json!([]));
        let said = fail(&mut gate(home.path(), std::slice::from_ref(&elf)));
        assert!(
            said.contains("not gated: ") && said.contains("input command"),
            "{said}"
        );
        // Said to be a build of ours, it is one that fails.
        let mut command = gate(home.path(), &[elf]);
        let (code, _) = self::report(
            command
                .args(["--reference", "--no-builtin", "--recorded"])
                .arg(demo_block()),
        );
        assert_eq!(code, 4, "{zkvm}");
    }
}

/// A profile of the prebuilt guest on the demo's block, and the same with one byte of its output changed.
fn baselines(home: &Path, elf: &Path) -> (PathBuf, PathBuf) {
    let (good, bad) = (home.join("good.zkp"), home.join("bad.zkp"));
    succeed(
        zkperf(home)
            .args(["input", "-o", "in", "--recorded"])
            .arg(demo_block()),
    );
    let input = std::fs::read_dir(home.join("in"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    let mut command = zkperf(home);
    command
        .args(["profile", "--elf"])
        .arg(elf)
        .arg("--input")
        .arg(input.path());
    succeed(command.arg("-o").arg(&good));
    let mut data = Profile::load(&good).unwrap().data().clone();
    let last = data.run.output_hex.pop().unwrap();
    data.run
        .output_hex
        .push(if last == '0' { '1' } else { '0' });
    Profile::new(data).unwrap().save(&bad).unwrap();
    (good, bad)
}

#[test]
fn the_output_must_be_the_baselines() {
    let home = tempfile::tempdir().unwrap();
    let elf = guest_for("zisk", home.path(), "accelerated");
    let (good, bad) = baselines(home.path(), &elf);
    let with = |baseline: &Path| {
        let mut command = gate(home.path(), std::slice::from_ref(&elf));
        command
            .args(["--no-builtin", "--recorded"])
            .arg(demo_block());
        report(command.arg("--baseline").arg(baseline))
    };
    let (code, report) = with(&good);
    assert_eq!(
        (code, count(&report, "public-output", "zisk")),
        (0, 1),
        "{report}"
    );
    let (code, report) = with(&bad);
    assert_eq!(code, 4);
    let reasons = report["outcome"]["reasons"].as_array().unwrap();
    assert_eq!(reasons.len(), 1, "{reasons:?}");
    assert!(
        reasons[0].as_str().unwrap().contains("public-output"),
        "{reasons:?}"
    );
    // One that nothing is compared with would be a false comfort.
    let mut command = gate(home.path(), &[elf]);
    let said = output(command.arg("--baseline").arg(&good));
    assert_eq!(said.status.code(), Some(2), "{}", text(&said.stderr));
}

const UNSAFE: &str =
    "--- a/src/x.rs\n+++ b/src/x.rs\n@@ -1,1 +1,2 @@\n fn f() {}\n+unsafe fn g() {}\n";

#[test]
fn lints_want_an_acknowledgement_with_a_reason() {
    let home = tempfile::tempdir().unwrap();
    let diff = home.path().join("change.diff");
    std::fs::write(&diff, UNSAFE).unwrap();
    let lint = |more: &[&str]| {
        let mut command = zkperf(home.path());
        command.arg("gate").arg("--diff").arg(&diff).args(more);
        report(&mut command)
    };
    let (code, report) = lint(&[]);
    assert_eq!(
        (code, &report["lints"][0]["id"]),
        (3, &"unsafe-added".into())
    );
    assert_eq!(
        (&report["lints"][0]["file"], &report["lints"][0]["line"]),
        (&"src/x.rs".into(), &2.into())
    );
    let (code, report) = lint(&["--acknowledge", "unsafe-added@src/x.rs:2=never called"]);
    assert_eq!(
        (code, &report["lints"][0]["acknowledged"]),
        (0, &"never called".into())
    );
    // A reason that is none, a lint that is not known: both are slips of the pen.
    for slip in ["unsafe-added=", "unsafe-aded=never called"] {
        let mut command = zkperf(home.path());
        command.arg("gate").arg("--diff").arg(&diff);
        let said = output(command.args(["--acknowledge", slip]));
        assert_eq!(said.status.code(), Some(2), "{slip}");
    }
}

#[test]
fn a_diff_is_of_commits_or_folders() {
    let home = tempfile::tempdir().unwrap();
    for (folder, text) in [("a", "fn f() {}\n"), ("b", "fn f() {}\nunsafe fn g() {}\n")] {
        std::fs::create_dir_all(home.path().join(folder)).unwrap();
        std::fs::write(home.path().join(folder).join("x.rs"), text).unwrap();
    }
    let mut command = zkperf(home.path());
    let (code, report) = report(command.args(["gate", "--diff", "a..b"]));
    assert_eq!(
        (code, &report["lints"][0]["id"]),
        (3, &"unsafe-added".into()),
        "{report}"
    );
    let said = fail(zkperf(home.path()).args(["gate", "--diff", "nowhere..nothing"]));
    assert!(said.contains("nowhere..nothing"), "{said}");
}

/// A program on this machine is checked like a guest: one that says nothing fails.
#[test]
fn a_program_on_this_machine_is_a_validator() {
    let home = tempfile::tempdir().unwrap();
    let mut command = zkperf(home.path());
    command.args(["gate", "--native", "true", "--reference"]);
    let (code, report) = report(&mut command);
    assert_eq!(code, 4);
    assert!(report["checks"]
        .as_array()
        .unwrap()
        .iter()
        .all(|check| check["passed"] == false));
    let missing = fail(zkperf(home.path()).args(["gate", "--native", "/no/such/program"]));
    assert!(missing.contains("/no/such/program"), "{missing}");
}

#[test]
fn the_list_says_what_is_tried() {
    let home = tempfile::tempdir().unwrap();
    let said = succeed(zkperf(home.path()).args(["gate", "--list"]));
    assert!(
        said.lines()
            .any(|line| line.starts_with("state-root ") && line.contains("65")),
        "{said}"
    );
    let usage = output(zkperf(home.path()).arg("gate"));
    assert_eq!(usage.status.code(), Some(2));
}
