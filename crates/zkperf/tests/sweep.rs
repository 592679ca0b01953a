//! `zkperf sweep` as it is typed, on real engines, with build commands that choose among tiny guests.
#![cfg(unix)]

mod support;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use support::{hello, output, text};
use zkperf_testkit::inst::{S0, T0, ZERO};
use zkperf_testkit::{program, ZISK_1_4_0};

/// A ZisK guest of so many steps and a few more, whose output is a constant and this.
fn tiny(steps: usize, checksum: i64) -> Vec<u8> {
    let body = |a: &mut zkperf_testkit::Asm| {
        (0..steps).for_each(|_| a.addi(T0, ZERO, 1));
        a.addi(S0, S0, checksum);
    };
    program(ZISK_1_4_0, body, |_| {}).elf()
}

/// A build command as a Makefile's would be: each setting gives another guest.
const BUILD: &str = r#"#!/bin/sh
set -e
echo "$CARGO_PROFILE_RELEASE_OPT_LEVEL/$CARGO_PROFILE_RELEASE_LTO/$ZKPERF_RUSTFLAGS" >> log
name=base
case $CARGO_PROFILE_RELEASE_OPT_LEVEL in 2) name=two;; s) name=small;; z) echo "error: no z here, asked $RPC_URL"; exit 3;; esac
case $CARGO_PROFILE_RELEASE_LTO in fat) name=$name-fat;; thin) name=wrong;; esac
case $ZKPERF_RUSTFLAGS in *=7) test ! -e die || kill -KILL $PPID;; esac
mkdir -p out
cp elves/$name.elf out/guest.elf
"#;

struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Self {
        let shop = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        for (name, steps, checksum) in [
            ("base", 300, 0),
            ("two", 250, 0),
            ("small", 310, 0),
            ("base-fat", 290, 0),
            ("two-fat", 200, 0),
            ("wrong", 10, 1),
        ] {
            shop.write(&format!("elves/{name}.elf"), &tiny(steps, checksum));
        }
        shop.write("build.sh", BUILD.as_bytes());
        // Framed as ZisK's guests read it; the others read it as it is.
        for (name, length) in [("one.bin", 64u64), ("two.bin", 640)] {
            let mut bytes = length.to_le_bytes().to_vec();
            bytes.extend((0..length).map(|at| at as u8));
            shop.write(name, &bytes);
        }
        shop.write(".gitignore", b"/out/\n/log\n/die\n");
        shop.write(
            "zkperf.toml",
            b"[guest.zisk]\nbuild = \"exec sh build.sh\"\nelf = \"out/guest.elf\"\n[sweep]\nopt-level = [2, \"s\", \"z\"]\n\
              lto = [\"thin\", \"fat\"]\ncodegen-units = []\npanic = [\"unwind\"]\nllvm = [\"-x=7\"]\ntarget-feature = []\n",
        );
        let init = Command::new("git")
            .args(["init", "--quiet"])
            .current_dir(shop.root())
            .status();
        assert!(init.unwrap().success());
        shop
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.root().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }

    fn sweep(&self, args: &[&str]) -> Command {
        let mut command = support::zkperf(self.folder.path());
        command
            .current_dir(self.root())
            .env("RPC_URL", "http://node.example/KEY0123")
            .args(["sweep", "--input", "one.bin", "--input", "two.bin"])
            .args(args);
        command
    }

    fn json(&self, args: &[&str]) -> serde_json::Value {
        let output = output(self.sweep(args).arg("--json"));
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Lines of the build command's own log.
    fn builds(&self) -> usize {
        let log = std::fs::read_to_string(self.root().join("log")).unwrap_or_default();
        log.lines().count()
    }
}

fn row<'a>(report: &'a serde_json::Value, name: &str) -> &'a serde_json::Value {
    let rows = report["settings"].as_array().unwrap();
    let found = rows.iter().find(|row| row["name"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// Every total that `zkperf profile` finds for an ELF and an input.
fn profiled(
    home: &Path,
    zkvm: &str,
    elf: &Path,
    input: &Path,
) -> serde_json::Map<String, serde_json::Value> {
    let out = home.join("check.zkp");
    support::succeed(
        support::zkperf(home)
            .args(["profile", "--zkvm", zkvm, "-o"])
            .arg(&out)
            .arg("--elf")
            .arg(elf)
            .arg("--input")
            .arg(input),
    );
    let document = support::json(support::zkperf(home).arg("to-json").arg(&out));
    let measures = document["measures"].as_array().unwrap();
    measures
        .iter()
        .map(|one| {
            (
                one["name"].as_str().unwrap().to_owned(),
                one["total"].clone(),
            )
        })
        .collect()
}

#[test]
fn killed_in_the_middle_it_goes_on_and_its_figures_are_those_of_profile() {
    let shop = Shop::new();
    let plan = shop.json(&["--dry-run"]);
    assert_eq!(plan["schema"], "zkperf-sweep-plan/1");
    // Baseline, three levels, two LTOs, one threshold; unwinding is excluded by the recipe.
    assert_eq!((&plan["needed"], &plan["recorded"]), (&7.into(), &0.into()));
    assert!(
        !shop.root().join("zkperf-sweep").exists(),
        "a dry run leaves nothing"
    );

    shop.write("die", b"");
    let died = output(&mut shop.sweep(&[]));
    assert_eq!(
        died.status.code(),
        None,
        "killed by a signal: {}",
        text(&died.stderr)
    );
    let records = shop.root().join("zkperf-sweep/records.jsonl");
    let before = std::fs::read_to_string(&records).unwrap();
    // A power cut while the next line was written.
    std::fs::write(&records, format!("{before}{{\"schema\":\"zkperf-swe")).unwrap();
    assert_eq!(shop.builds(), 7, "the last one was begun only");
    std::fs::remove_file(shop.root().join("die")).unwrap();
    assert_eq!(shop.json(&["--dry-run"])["needed"], 1);

    let report = shop.json(&[]);
    assert_eq!(report["schema"], "zkperf-sweep/1");
    assert_eq!(
        (&report["builds"]["made"], &report["builds"]["recorded"]),
        (&2.into(), &6.into())
    );
    assert_eq!(shop.builds(), 9, "the killed one and the combination");
    let after = std::fs::read_to_string(&records).unwrap();
    assert!(after.starts_with(&before), "only appended to");
    assert!(after
        .lines()
        .all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
    assert!(
        !after.contains("KEY0123") && after.contains("asked $RPC_URL"),
        "{after}"
    );

    for (name, state) in [
        ("baseline", "measured"),
        ("opt-level=z", "failed"),
        ("lto=thin", "wrong"),
        ("panic=unwind", "excluded"),
        ("llvm=-x=7", "measured"),
        ("opt-level=2 lto=fat", "measured"),
    ] {
        assert_eq!(row(&report, name)["state"], state, "{name}");
    }
    assert_eq!(
        row(&report, "llvm=-x=7")["cells"][0]["same_elf_as"],
        "baseline"
    );
    let why = row(&report, "opt-level=z")["cells"][0]["why"].to_string();
    assert!(
        why.contains("ended with 3") && why.contains("no z here"),
        "{why}"
    );
    let why = row(&report, "lto=thin")["cells"][0]["why"].to_string();
    assert!(why.contains("another public output"), "{why}");
    assert_eq!(report["front"], serde_json::json!(["opt-level=2 lto=fat"]));
    let permanent = &report["best"][0]["permanent"][0]["profile_release"];
    assert_eq!(
        *permanent,
        serde_json::json!(["opt-level = 2", "lto = \"fat\""])
    );
    assert_eq!(report["ignored"], serde_json::json!([]));

    // The figures are those of a profile of the same ELF, whatever was recorded when.
    for (setting, elf) in [
        ("baseline", "base"),
        ("opt-level=s", "small"),
        ("opt-level=2 lto=fat", "two-fat"),
    ] {
        let cell = &row(&report, setting)["cells"][0];
        let mut sum = 0;
        for (at, input) in ["one.bin", "two.bin"].iter().enumerate() {
            let totals = profiled(
                shop.folder.path(),
                "zisk",
                &shop.root().join(format!("elves/{elf}.elf")),
                &shop.root().join(input),
            );
            assert_eq!(
                cell["runs"][at]["totals"].as_object().unwrap(),
                &totals,
                "{setting}"
            );
            assert_eq!(cell["runs"][at]["cost"], totals["cost"]);
            sum += totals["cost"].as_u64().unwrap();
        }
        assert_eq!(cell["cost"], sum);
    }
    // What stands where the build command leaves its ELF is the baseline again.
    let left = std::fs::read(shop.root().join("out/guest.elf")).unwrap();
    assert_eq!(
        left,
        std::fs::read(shop.root().join("elves/base.elf")).unwrap()
    );

    // Once more: nothing is built or run, and the same is said.
    let mut again = shop.json(&[]);
    assert_eq!(shop.builds(), 9);
    assert_eq!(again["builds"]["made"], 0);
    again["builds"] = report["builds"].clone();
    assert_eq!(again, report);
    let said = support::succeed(&mut shop.sweep(&[]));
    for line in [
        "* opt-level=2 lto=fat",
        "same ELF as baseline",
        "panic=unwind: excluded: the target aborts",
        "[profile.release]\n    opt-level = 2\n    lto = \"fat\"",
    ] {
        assert!(said.contains(line), "no {line:?} in\n{said}");
    }
    // Changed sources: every build is made anew, and it is said why.
    shop.write("src.rs", b"changed");
    assert_eq!(shop.json(&["--dry-run"])["needed"], 7);
    assert!(support::succeed(&mut shop.sweep(&["--dry-run"])).contains("of other sources"));
}

#[test]
fn a_command_that_ignores_the_settings_is_told() {
    let shop = Shop::new();
    shop.write(
        "build.sh",
        b"mkdir -p out && cp elves/base.elf out/guest.elf\n",
    );
    let said = support::succeed(&mut shop.sweep(&["--set", "opt-level=2,s"]));
    assert!(
        said.contains("seems to ignore") && said.contains("same ELF as baseline"),
        "{said}"
    );
    assert!(said.contains("Best for zisk: the baseline"), "{said}");
}

#[test]
fn a_baseline_that_does_not_do_its_work_ends_it() {
    let shop = Shop::new();
    shop.write("build.sh", b"echo 'error: broken'; exit 1\n");
    let said = support::fail(&mut shop.sweep(&[]));
    assert!(
        said.contains("the baseline cannot be built") && said.contains("error: broken"),
        "{said}"
    );
    shop.write("build.sh", BUILD.as_bytes());
    support::succeed(&mut shop.sweep(&["--set", "opt-level=2"]));
}

#[test]
fn what_cannot_be_swept_is_refused_before_anything_is_built() {
    let shop = Shop::new();
    let refused = |args: &[&str], says: &str| {
        let Output { status, stderr, .. } = output(&mut shop.sweep(args));
        let said = text(&stderr);
        assert_eq!(status.code(), Some(2), "{args:?}\n{said}");
        assert!(said.contains(says), "{args:?}: {says}\n{said}");
    };
    refused(&["--set", "opt-level=9"], "0, 1, 2, 3, s, z");
    refused(&["--set", "C=link-arg=-T"], "not swept");
    refused(&["--zkvm", "nosuch"], "zisk@");
    refused(&["--budget", "0"], "--budget");
    let config = std::fs::read_to_string(shop.root().join("zkperf.toml")).unwrap();
    shop.write(
        "zkperf.toml",
        config.replace("\"thin\"", "\"thick\"").as_bytes(),
    );
    refused(&[], "zkperf.toml:6");
    shop.write("zkperf.toml", b"[guest.zisk]\nelf = \"elves/base.elf\"\n");
    refused(&[], "prebuilt");
    assert_eq!(shop.builds(), 0);
}

/// Guests of all three zkVMs, each with figures of its own: an axis each.
#[test]
fn three_zkvms_are_three_axes() {
    let shop = Shop::new();
    let zkvms = ["zisk", "sp1", "risc0"];
    let guest = |zkvm: &str| {
        hello(zkvm, &shop.root());
        format!("[guest.{zkvm}]\nbuild = \"mkdir -p out; cp {zkvm}.elf out/{zkvm}.elf\"\nelf = \"out/{zkvm}.elf\"\n")
    };
    let config = zkvms.map(guest).concat();
    shop.write("zkperf.toml", config.as_bytes());
    let report = shop.json(&["--set", "opt-level=s"]);
    let axes = report["axes"].as_array().unwrap();
    assert_eq!(axes.len(), 3);
    for (at, axis) in axes.iter().enumerate() {
        let zkvm = axis["zkvm"].as_str().unwrap();
        let elf = shop.root().join(format!("{zkvm}.elf"));
        let totals = profiled(shop.folder.path(), zkvm, &elf, &shop.root().join("two.bin"));
        let cell = &row(&report, "baseline")["cells"][at];
        assert_eq!(cell["runs"][1]["totals"].as_object().unwrap(), &totals);
        assert_eq!(
            cell["runs"][1]["cost"],
            totals[axis["measure"].as_str().unwrap()]
        );
    }
    assert_eq!(report["ignored"].as_array().unwrap().len(), 3);
}

/// One real build with a setting: the guest changes, the record says by what, and the guest still does its work.
#[test]
fn a_real_guest_is_built_with_a_setting() {
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: a long check, run by `cargo xtask full`");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let from = support::repository().join("guests/hello-risc0");
    std::fs::create_dir_all(folder.path().join("g/src")).unwrap();
    for file in ["Cargo.toml", "Cargo.lock", "src/main.rs"] {
        std::fs::copy(from.join(file), folder.path().join("g").join(file)).unwrap();
    }
    std::fs::write(folder.path().join("in.bin"), [7; 640]).unwrap();
    let report = support::json(support::zkperf(folder.path()).args([
        "sweep",
        "--zkvm",
        "risc0",
        "--guest",
        "g",
        "--variant",
        "plain",
        "--input",
        "in.bin",
        "--set",
        "opt-level=3,s",
    ]));
    assert_eq!(
        report["builds"]["made"], 2,
        "opt-level=3 is what the manifest has"
    );
    let cell = &row(&report, "opt-level=s")["cells"][0];
    assert_eq!(cell["state"], "measured");
    assert!(cell["same_elf_as"].is_null());
    let elf = cell["elf_sha256"].as_str().unwrap();
    let record = folder.path().join(format!("zkperf-sweep/elves/{elf}.json"));
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(record).unwrap()).unwrap();
    assert_eq!(
        record["overrides"],
        serde_json::json!(["profile.release.opt-level = \"s\""])
    );
    assert_eq!(record["elf_sha256"], elf);
}
