//! Which zkVM and version a guest is for is told by its headers, and never guessed silently.

mod support;

use std::path::Path;
use std::process::Command;
use support::{fail, hello, json, text, zkperf};
use zkperf_testkit::Asm;

/// Beginning of ZisK 1.1.0-alpha's program region.
const OLDER_ZISK: u64 = 0x8000_0000;

/// An executable of three instructions, linked where ZisK 1.1.0-alpha has its program.
fn older_zisk(home: &Path) {
    let mut asm = Asm::at(OLDER_ZISK);
    asm.li(zkperf_testkit::inst::A0, 0);
    asm.li(zkperf_testkit::inst::A7, 93);
    asm.ecall();
    std::fs::write(home.join("older.elf"), asm.elf()).unwrap();
}

/// The command without what makes it quiet about the choice.
fn talkative(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkperf"));
    command
        .env("ZKPERF_HOME", home)
        .env("ZKPERF_ENGINES", home)
        .env("PATH", "")
        .current_dir(home);
    command
}

#[test]
fn no_flag_is_needed_and_the_reason_is_said() {
    let home = tempfile::tempdir().unwrap();
    for (zkvm, version) in [
        ("zisk", "1.4.0-alpha"),
        ("sp1", "6.10.0"),
        ("risc0", "3.0.6"),
    ] {
        hello(zkvm, home.path());
        let elf = format!("{zkvm}.elf");
        let output = talkative(home.path())
            .args(["profile", "--elf", &elf, "-o", "p.zkp", "--json"])
            .output()
            .unwrap();
        let stderr = text(&output.stderr);
        let said = format!("{elf} is for {zkvm}@{version}: ");
        assert!(stderr.contains(&said), "{stderr}");
        let profile = zkperf_profile::Profile::load(home.path().join("p.zkp")).unwrap();
        let run = &profile.data().run;
        assert_eq!(
            (run.zkvm.as_str(), run.zkvm_version.as_str()),
            (zkvm, version)
        );
    }
}

#[test]
fn a_guest_of_another_version_is_refused_with_the_version_that_fits() {
    let home = tempfile::tempdir().unwrap();
    older_zisk(home.path());
    let error = fail(zkperf(home.path()).args(["run", "--zkvm", "zisk", "--elf", "older.elf"]));
    for words in ["older.elf", "ZisK 1.1.0-alpha", "--zkvm zisk@1.1.0-alpha"] {
        assert!(error.contains(words), "no {words:?} in {error}");
    }
    // An executable of the right name that is no engine.
    let name = zkperf_engine::executable_name("zisk", "1.1.0-alpha");
    std::fs::copy("/bin/true", home.path().join(name)).unwrap();
    let error = fail(talkative(home.path()).args(["run", "--elf", "older.elf"]));
    for words in ["older.elf", "entry point 0x80000000", "does not work"] {
        assert!(error.contains(words), "no {words:?} in {error}");
    }
}

#[test]
fn what_nothing_recognizes_is_asked_for() {
    let home = tempfile::tempdir().unwrap();
    std::fs::write(home.path().join("a.elf"), b"no ELF").unwrap();
    let error = fail(zkperf(home.path()).args(["run", "--elf", "a.elf"]));
    assert!(
        error.contains("--zkvm") && error.contains("zisk@1.1.0-alpha"),
        "{error}"
    );
}

#[test]
fn the_doctor_lists_every_version_and_its_cost_model() {
    let home = tempfile::tempdir().unwrap();
    let report = json(zkperf(home.path()).args(["doctor"]));
    let engines = report["engines"].as_array().unwrap();
    for name in [
        "zisk 1.4.0-alpha",
        "sp1 6.10.0",
        "risc0 3.0.6",
        "zisk 1.1.0-alpha",
    ] {
        let (zkvm, version) = name.split_once(' ').unwrap();
        let engine = engines
            .iter()
            .find(|engine| engine["zkvm"] == zkvm && engine["version"] == version)
            .unwrap_or_else(|| panic!("no {name} in {report}"));
        if engine["state"] != "missing" {
            let hash = engine["cost_model"]["tables_sha256"].as_str().unwrap();
            assert_eq!(hash.len(), 64, "{name}");
        } else {
            assert!(engine["next"]
                .as_str()
                .unwrap()
                .starts_with("cargo install"));
        }
    }
}
