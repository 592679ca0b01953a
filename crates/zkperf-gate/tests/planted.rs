//! Planted optimisations, bad and honest ones, each a patch of `guests/core`: the gate catches every bad one and none
//! of the honest. The patched code runs natively, as `zkperf gate --native` would have it.
//!
//! The first run builds ethrex's crates once, into `target/planted`; after that only the core is built again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, MutexGuard, PoisonError};
use zkperf_gate::{run_gate, GateReport, GateRequest, Outcome, Process, Subject, Thoroughness};

/// What must catch a bad patch.
struct Planted {
    patch: &'static str,
    /// Checks that must fail, by name; others may.
    checks: &'static [&'static str],
    /// Lints that must want an acknowledgement, by id; others may.
    lints: &'static [&'static str],
}

const BAD: &[Planted] = &[
    Planted {
        patch: "host-supplied-code-hash",
        checks: &["code-forged-hash-offered"],
        lints: &["unchecked-added"],
    },
    Planted {
        patch: "skipped-state-root-check",
        checks: &[
            "state-root",
            "state-root-before",
            "withdrawal-raised-mended",
        ],
        lints: &["check-removed", "rejection-removed"],
    },
    Planted {
        patch: "cached-receipts-root",
        checks: &["receipts-root", "logs-bloom"],
        lints: &[],
    },
    Planted {
        patch: "skipped-signature-check",
        checks: &["signature-malleated"],
        lints: &["check-removed"],
    },
    Planted {
        patch: "wrong-ecadd-edge-case",
        checks: &["bn254-add"],
        lints: &[],
    },
    Planted {
        patch: "truncated-keccak",
        checks: &["keccak256"],
        lints: &[],
    },
    Planted {
        patch: "ignored-missing-node",
        checks: &["node-withheld"],
        lints: &[],
    },
    Planted {
        patch: "unchecked-archive",
        checks: &["corrupt-archive"],
        lints: &["unsafe-added", "unchecked-added"],
    },
    Planted {
        patch: "unchecked-header-chain",
        checks: &["header-ancestor-altered"],
        lints: &[],
    },
    Planted {
        patch: "unchecked-gas-used",
        checks: &["gas-used-more", "gas-used-less"],
        lints: &["check-removed"],
    },
    Planted {
        patch: "layer-2-let-in",
        checks: &["layer-2-transaction"],
        lints: &[],
    },
    Planted {
        patch: "wrong-modexp-modulus",
        checks: &["modexp"],
        lints: &[],
    },
    Planted {
        patch: "tolerated-truncation",
        checks: &["cut-at-end", "wild-length"],
        lints: &[],
    },
];

const HONEST: &[&str] = &[
    "exact-capacity",
    "hash-before-decoding",
    "checks-in-another-order",
    "wide-zero-test",
    "cached-rules",
    "reused-output-buffer",
];

/// Only one test at a time may have the folder.
static FOLDER: Mutex<()> = Mutex::new(());

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// `target/planted`, where a copy of the core is patched and built.
struct Workshop {
    folder: PathBuf,
    _alone: MutexGuard<'static, ()>,
}

impl Workshop {
    fn open() -> Self {
        let alone = FOLDER.lock().unwrap_or_else(PoisonError::into_inner);
        let target = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
        let target = target.unwrap_or_else(|| repository().join("target"));
        Self {
            folder: target.join("planted"),
            _alone: alone,
        }
    }

    /// The validator with a patch, or without any.
    fn build(&self, patch: Option<&Path>) -> PathBuf {
        let core = self.folder.join("core");
        let source = repository().join("guests/core");
        std::fs::create_dir_all(&core).unwrap();
        let _ = std::fs::remove_dir_all(core.join("src"));
        copy(&source.join("src"), &core.join("src"));
        std::fs::copy(source.join("Cargo.lock"), core.join("Cargo.lock")).unwrap();
        // A workspace of its own: the folder lies within ours.
        let manifest = std::fs::read_to_string(source.join("Cargo.toml")).unwrap();
        std::fs::write(core.join("Cargo.toml"), manifest + "\n[workspace]\n").unwrap();
        if let Some(patch) = patch {
            let applied = Command::new("git")
                .args(["apply", "--whitespace=nowarn"])
                .arg(patch)
                .current_dir(&core)
                // Not a part of our repository, whose paths git would go by.
                .env("GIT_CEILING_DIRECTORIES", &self.folder)
                .env("GIT_DIR", self.folder.join("none"))
                .output()
                .unwrap();
            assert!(
                applied.status.success(),
                "{}: {}",
                patch.display(),
                text(&applied.stderr)
            );
        }
        let built = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args([
                "build",
                "--release",
                "--quiet",
                "--bin",
                "validate",
                "--target-dir",
            ])
            .arg(self.folder.join("target"))
            .current_dir(&core)
            .env_remove("RUSTFLAGS")
            .output()
            .unwrap();
        assert!(built.status.success(), "{patch:?}: {}", text(&built.stderr));
        self.folder.join("target/release/validate")
    }
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let to = to.join(path.file_name().unwrap());
        match path.is_dir() {
            true => copy(&path, &to),
            // Written, not copied: its time must be new, or cargo would not build it again.
            false => std::fs::write(to, std::fs::read(&path).unwrap()).unwrap(),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn gate(validator: &Path, diff: Option<String>) -> GateReport {
    let subject = Subject {
        zkvm: "native".to_owned(),
        validator: Box::new(Process {
            command: vec![validator.display().to_string()],
        }),
        is_reference: true,
        own: Vec::new(),
        input_command: None,
    };
    let request = GateRequest {
        subjects: vec![subject],
        inputs: Vec::new(),
        thoroughness: Thoroughness::Sample,
        skip_suites: false,
        diff,
        acknowledged: Vec::new(),
        cancel: Default::default(),
    };
    run_gate(&request, &mut |_| {}).unwrap()
}

fn patch(kind: &str, name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/planted");
    folder.join(kind).join(format!("{name}.patch"))
}

fn run(workshop: &Workshop, kind: &str, name: &str) -> GateReport {
    let path = patch(kind, name);
    let validator = workshop.build(Some(&path));
    gate(&validator, Some(std::fs::read_to_string(&path).unwrap()))
}

fn failed(report: &GateReport) -> BTreeSet<&str> {
    report.failures().map(|check| check.name.as_str()).collect()
}

fn unacknowledged(report: &GateReport) -> BTreeSet<&str> {
    report
        .unacknowledged()
        .map(|lint| lint.id.as_str())
        .collect()
}

#[test]
fn every_bad_optimisation_is_caught() {
    let workshop = Workshop::open();
    for planted in BAD {
        let report = run(&workshop, "bad", planted.patch);
        let (checks, lints) = (failed(&report), unacknowledged(&report));
        println!("{}: checks {checks:?}, lints {lints:?}", planted.patch);
        for wanted in planted.checks {
            assert!(
                checks.contains(wanted),
                "{}: {wanted} passed",
                planted.patch
            );
        }
        for wanted in planted.lints {
            assert!(lints.contains(wanted), "{}: no {wanted}", planted.patch);
        }
        assert!(
            matches!(report.outcome, Outcome::NotSound { .. }),
            "{}",
            planted.patch
        );
    }
}

#[test]
fn no_honest_optimisation_is() {
    let workshop = Workshop::open();
    let untouched = gate(&workshop.build(None), None);
    assert_eq!(untouched.outcome, Outcome::Sound);
    for name in HONEST {
        let report = run(&workshop, "honest", name);
        assert_eq!(report.outcome, Outcome::Sound, "{name}");
        assert_eq!(unacknowledged(&report), BTreeSet::new(), "{name}");
    }
}

#[test]
fn every_patch_is_in_a_list() {
    let there = |kind: &str| -> BTreeSet<String> {
        let folder = patch(kind, "x").parent().unwrap().to_owned();
        let entries = std::fs::read_dir(folder).unwrap();
        let stem = |path: PathBuf| path.file_stem().unwrap().to_string_lossy().into_owned();
        entries.map(|entry| stem(entry.unwrap().path())).collect()
    };
    let bad: BTreeSet<String> = BAD.iter().map(|planted| planted.patch.to_owned()).collect();
    let honest: BTreeSet<String> = HONEST.iter().map(|name| (*name).to_owned()).collect();
    assert_eq!(there("bad"), bad);
    assert_eq!(there("honest"), honest);
    assert!(bad.len() >= 8 && honest.len() >= 5);
}
