//! The whole loop on the reference guest, on two mainnet blocks and three zkVMs: an improvement kept, a regression
//! reverted, an unsound win refused, a mixed result explained; then the same through `make`.
//!
//! The attempts are changes to the guest's source. Building it takes minutes a zkVM, so the repository's build command
//! here takes the prebuilt guest of just that source; the one without a check is a prebuilt guest whose check returns
//! at once. With ZKPERF_LONG the repository builds them itself.

mod support;

use object::{Object, ObjectSection, ObjectSymbol};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use support::{json, output, recorded, repository, succeed, text, zkperf};

const BLOCKS: [u64; 2] = [24_628_607, 25_229_957];
const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];
/// The features of the reference guest's accelerated variant.
const ACCELERATED: &str = "[\"keccak\", \"sha256\", \"ecrecover\"]";

/// A repository with the guest's source in it.
struct Session {
    folder: tempfile::TempDir,
}

impl Session {
    fn new(blocks: &[PathBuf]) -> Self {
        let session = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        session.copy_guests();
        for zkvm in ZKVMS {
            session.variant(zkvm, "[]");
        }
        let build = match std::env::var_os("ZKPERF_LONG") {
            Some(_) => None,
            None => Some(session.prebuilt()),
        };
        std::fs::write(
            session.root().join("zkperf.toml"),
            config(blocks, build.as_deref()),
        )
        .unwrap();
        std::fs::write(session.root().join(".gitignore"), "elf/\ntarget/\n").unwrap();
        session.git(&["init", "-q", "-b", "main"]);
        session.git(&["config", "user.name", "Ada"]);
        session.git(&["config", "user.email", "ada@example.org"]);
        succeed(session.zkperf().args(["lab", "init"]));
        session.commit("The guest, and a lab for it");
        session
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join("repository")
    }

    /// The guests' sources, as git has them.
    fn copy_guests(&self) {
        let listed = Command::new("git")
            .args(["ls-files", "guests"])
            .current_dir(repository())
            .output()
            .unwrap();
        for name in text(&listed.stdout).lines() {
            let (from, to) = (repository().join(name), self.root().join(name));
            std::fs::create_dir_all(to.parent().unwrap()).unwrap();
            match std::fs::read_link(&from) {
                Ok(target) => std::os::unix::fs::symlink(target, &to).unwrap(),
                Err(_) => drop(std::fs::copy(&from, &to).unwrap()),
            }
        }
    }

    /// Which operations go through the zkVM's circuits.
    fn variant(&self, zkvm: &str, features: &str) {
        let manifest = format!("guests/{zkvm}/Cargo.toml");
        self.edit(&manifest, |text| {
            let kept = text.lines().filter(|line| !line.starts_with("session = "));
            let lines: Vec<&str> = kept.collect();
            let variants = "[package.metadata.zkperf.variants]";
            let ours = format!("{variants}\nsession = {features}");
            lines.join("\n").replace(variants, &ours) + "\n"
        });
    }

    fn edit(&self, name: &str, edit: impl FnOnce(&str) -> String) {
        let path = self.root().join(name);
        let before = std::fs::read_to_string(&path).unwrap();
        let after = edit(&before);
        assert_ne!(before, after, "{name}");
        std::fs::write(path, after).unwrap();
    }

    /// A build command that takes the guest which was built from the source as it is.
    fn prebuilt(&self) -> String {
        let elfs = self.folder.path().join("elfs");
        std::fs::create_dir(&elfs).unwrap();
        for zkvm in ZKVMS {
            unpack(zkvm, &elfs);
        }
        let script = self.folder.path().join("build");
        std::fs::write(&script, BUILD).unwrap();
        format!("sh {} {{zkvm}} {}", script.display(), elfs.display())
    }

    fn zkperf(&self) -> Command {
        let mut command = zkperf(self.folder.path());
        command.current_dir(self.root());
        command
    }

    fn lab(&self, arguments: &[&str]) -> Value {
        json(self.zkperf().arg("lab").args(arguments))
    }

    /// Exit code and document of a command that may refuse.
    fn may(&self, arguments: &[&str]) -> (i32, String) {
        let output = output(self.zkperf().arg("lab").args(arguments));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert!(!said.contains("panicked"), "{said}");
        (output.status.code().unwrap(), said)
    }

    fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        succeed(git.args(arguments).current_dir(self.root()))
    }

    fn commit(&self, message: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "-m", message]);
    }
}

/// Which guest was built from the source: the one place that knows what the attempts below change.
const BUILD: &str = r#"set -eu
zkvm=$1 elfs=$2
features=$(sed -n 's/^session = //p' "guests/$zkvm/Cargo.toml")
case $features in
  '[]') built=unpatched ;;
  '["keccak", "sha256", "ecrecover"]') built=accelerated ;;
  *) echo "no guest was built with $features" >&2; exit 1 ;;
esac
grep -q 'validate_receipts_root_and_logs_bloom(header' guests/core/src/validate.rs || built=$built-unchecked
mkdir -p elf
cp "$elfs/$zkvm-$built.elf" "elf/$zkvm.elf"
"#;

fn config(blocks: &[PathBuf], build: Option<&str>) -> String {
    let mut text = String::from("[guest]\nname = \"reference\"\n");
    for zkvm in ZKVMS {
        text += &match build {
            Some(command) => {
                format!("[guest.{zkvm}]\nbuild = \"{command}\"\nelf = \"elf/{zkvm}.elf\"\n")
            }
            None => format!("[guest.{zkvm}]\npackage = \"guests/{zkvm}\"\nvariant = \"session\"\n"),
        };
    }
    let blocks: Vec<String> = blocks
        .iter()
        .map(|path| format!("{:?}", path.to_string_lossy()))
        .collect();
    text + &format!(
        "[bench]\nzkvms = [\"zisk\", \"sp1\", \"risc0\"]\nrecorded = [{}]\n[lab]\nmay_change = [\"guests/**\"]\n\
         protected = [\"zkperf.toml\"]\nledger = \"lab/ledger.jsonl\"\n",
        blocks.join(", ")
    )
}

#[test]
fn a_session_on_two_mainnet_blocks_and_three_zkvms() {
    let blocks: Option<Vec<PathBuf>> = BLOCKS.iter().map(|block| recorded(*block)).collect();
    let Some(blocks) = blocks else { return };
    let session = Session::new(&blocks);
    let baseline = session.lab(&["baseline"]);
    check_figures(&baseline["row"]["event"]["figures"], "unpatched");
    improvement(&session);
    regression(&session);
    unsound(&session);
    let last = mixed(&session);
    check_figures(&last, "accelerated");
    ledger(&session);
    logbook(&session);
}

/// Cryptography through the circuits of two zkVMs: cheaper there, nothing changed on the third.
fn improvement(session: &Session) {
    session.lab(&[
        "try",
        "Hashes and recovery through ZisK's and SP1's circuits",
        "--expect",
        "-40%",
    ]);
    session.variant("zisk", ACCELERATED);
    session.variant("sp1", ACCELERATED);
    session.commit("Hashes and recovery through the circuits");
    let result = session.validated("improvement", &[]);
    for case in result["cases"].as_array().unwrap() {
        let (before, after) = proving_cost(case);
        match case["before"]["zkvm"].as_str() {
            Some("risc0") => assert_eq!(after, before),
            _ => assert!(after * 2 < before, "{case}"),
        }
    }
    session.lab(&["keep"]);
}

/// Back to software: dearer, refused, given up.
fn regression(session: &Session) {
    session.lab(&["try", "software needs no host hooks on SP1"]);
    session.variant("sp1", "[]");
    session.commit("Software again");
    session.validated("regression", &["regression"]);
    session.refused(
        &["keep", "--accept-mixed", "it is what it was"],
        3,
        "costs more",
    );
    session.lab(&[
        "revert",
        "--reason",
        "the hooks cost less than the curve arithmetic",
    ]);
}

/// A check left out: cheaper, the same output on honest blocks, and not sound.
fn unsound(session: &Session) {
    session.lab(&[
        "try",
        "the state root implies the receipts root",
        "--expect",
        "-1%",
    ]);
    session.edit("guests/core/src/validate.rs", |text| {
        let check = "    validate_receipts_root_and_logs_bloom(header, &result.receipts, crypto.as_ref())?;\n";
        let import = "    validate_receipts_root_and_logs_bloom, validate_requests_hash,\n";
        assert!(text.contains(check) && text.contains(import));
        text.replace(check, "").replace(import, "    validate_requests_hash,\n")
    });
    session.commit("No receipts root");
    let result = session.validated("improvement", &["not_sound", "lints"]);
    let reasons = result["gate"]["reasons"].to_string();
    for zkvm in ZKVMS {
        assert!(reasons.contains(&format!("{zkvm}@")), "{reasons}");
    }
    assert!(reasons.contains("receipts-root"), "{reasons}");
    session.refused(&["keep", "--acknowledge", "surely"], 4, "not sound");
    session.lab(&[
        "revert",
        "--reason",
        "a block with a wrong receipts root is accepted",
    ]);
}

/// Hashes through RISC Zero's circuits: it proves its permutations elsewhere, so fewer cycles are not simply fewer.
fn mixed(session: &Session) -> Value {
    session.lab(&[
        "try",
        "Hashes and recovery through RISC Zero's circuits",
        "--expect",
        "-40%",
    ]);
    session.variant("risc0", ACCELERATED);
    session.commit("Hashes and recovery through the circuits, RISC Zero");
    let result = session.validated("mixed", &["mixed"]);
    let because = result["because"].to_string();
    assert!(because.contains("keccak"), "{because}");
    session.refused(&["keep"], 1, "--accept-mixed");
    let because = "a permutation in its own circuit costs less than its software in this one";
    session.lab(&["keep", "--accept-mixed", because]);
    let after = |case: &Value| {
        let measures = case["measures"].as_array().unwrap().iter();
        let totals =
            measures.map(|m| serde_json::json!({ "name": m["name"], "total": m["after"] }));
        serde_json::json!({
            "side": case["after"],
            "subject": case["subject"],
            "measures": totals.collect::<Vec<Value>>(),
        })
    };
    result["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(after)
        .collect()
}

/// Proving cost of a case, before and after.
fn proving_cost(case: &Value) -> (u64, u64) {
    let mut measures = case["measures"].as_array().unwrap().iter();
    let cost = measures
        .find(|measure| measure["role"] == "proving_cost")
        .unwrap();
    (
        cost["before"].as_u64().unwrap(),
        cost["after"].as_u64().unwrap(),
    )
}

/// Every zkVM on every block, against what the official executors say of the variant.
fn check_figures(figures: &Value, variant: &str) {
    let frozen = std::fs::read(repository().join("fixtures/guests/frozen.json")).unwrap();
    let frozen: Value = serde_json::from_slice(&frozen).unwrap();
    let figures = figures.as_array().unwrap();
    assert_eq!(figures.len(), ZKVMS.len() * BLOCKS.len());
    let mut compared = 0;
    for run in figures {
        let zkvm = run["side"]["zkvm"].as_str().unwrap();
        let version = run["side"]["zkvm_version"].as_str().unwrap();
        let block = run["subject"]["block"].to_string();
        let official = &frozen[zkvm][version][variant]["blocks"][&block];
        for measure in run["measures"].as_array().unwrap() {
            let name = measure["name"].as_str().unwrap();
            if !official[name].is_null() {
                assert_eq!(
                    measure["total"], official[name],
                    "{zkvm}, block {block}: {name}"
                );
                compared += 1;
            }
        }
    }
    // At least cycles and cost of each.
    assert!(compared >= 2 * figures.len(), "{compared}");
}

/// The ledger adds up, here and in a clone that has nothing else; a byte of it changed, and it does not.
fn ledger(session: &Session) {
    let verified = session.lab(&["verify"]);
    assert_eq!(verified["verified"]["attempts"], 4);
    assert_eq!(verified["verified"]["kept"], 2);
    assert_eq!(verified["verified"]["reverted"], 2);
    let clone = session.folder.path().join("clone");
    session.git(&["clone", "-q", ".", clone.to_str().unwrap()]);
    succeed(
        zkperf(session.folder.path())
            .args(["lab", "verify"])
            .current_dir(&clone),
    );
    let path = clone.join("lab/ledger.jsonl");
    let mut bytes = std::fs::read(&path).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    let mut verify = zkperf(session.folder.path());
    let refused = output(verify.args(["lab", "verify"]).current_dir(&clone));
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(
        session.git(&["status", "--porcelain"]),
        "",
        "the tree is clean"
    );
    assert_eq!(session.git(&["branch", "--show-current"]).trim(), "main");
}

/// Failures are in the logbook, with the reason.
fn logbook(session: &Session) {
    let logbook = std::fs::read_to_string(session.root().join("lab/logbook.md")).unwrap();
    for told in [
        "Hashes and recovery through ZisK's and SP1's circuits",
        "the hooks cost less than the curve arithmetic",
        "| not sound | reverted |",
        "Not sound: zisk@1.4.0-alpha",
        "a block with a wrong receipts root is accepted",
        "a permutation in its own circuit costs less than",
    ] {
        assert!(logbook.contains(told), "{told}\n{logbook}");
    }
    if let Some(folder) = std::env::var_os("ZKPERF_KEEP_LOGBOOK") {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(Path::new(&folder).join("logbook.md"), logbook).unwrap();
    }
}

impl Session {
    /// Validates what is committed; the verdict and exactly these obstacles are what it must come to.
    fn validated(&self, verdict: &str, obstacles: &[&str]) -> Value {
        let output = output(self.zkperf().args(["lab", "validate", "--json"]));
        let document: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{}{}", text(&output.stdout), text(&output.stderr)));
        let result = document["row"]["event"].clone();
        assert_eq!(result["verdict"], verdict, "{document:#}");
        let found: Vec<&str> = document["obstacles"]
            .as_array()
            .unwrap()
            .iter()
            .map(|obstacle| obstacle["obstacle"].as_str().unwrap())
            .collect();
        assert_eq!(found, obstacles, "{document:#}");
        // What cannot be kept in any case is not put to the test.
        if verdict != "regression" {
            assert!(
                result["gate"]["checks"].as_u64().unwrap() > 100,
                "{}",
                result["gate"]
            );
        }
        result
    }

    fn refused(&self, arguments: &[&str], code: i32, because: &str) {
        let (found, said) = self.may(arguments);
        assert_eq!(found, code, "{said}");
        assert!(said.contains(because), "{said}");
    }
}

/// The guests of the session's states.
fn unpack(zkvm: &str, folder: &Path) {
    for variant in ["unpatched", "accelerated"] {
        let packed = format!("fixtures/guests/reference-{zkvm}-{variant}.elf.zst");
        let mut elf =
            zstd::decode_all(std::fs::File::open(repository().join(packed)).unwrap()).unwrap();
        std::fs::write(folder.join(format!("{zkvm}-{variant}.elf")), &elf).unwrap();
        leave_out_check(&mut elf);
        std::fs::write(folder.join(format!("{zkvm}-{variant}-unchecked.elf")), &elf).unwrap();
    }
}

/// Makes the check of the receipts root say `Ok` without looking. What `Ok` is stands at the function's end:
/// `li a0, N; sb a0, 0(s0)`, with the place of the result in `s0`; at its beginning that place is in `a0`.
fn leave_out_check(elf: &mut [u8]) {
    let (at, size) = function(elf, "validate_receipts_root_and_logs_bloom");
    let words: Vec<u32> = elf[at..at + size]
        .chunks_exact(4)
        .map(|word| u32::from_le_bytes(word.try_into().unwrap()))
        .collect();
    const STORE_RESULT: u32 = 0x00a4_0023; // sb a0, 0(s0)
    const LI_A0: u32 = 0x0000_0513; // addi a0, zero, 0
    let last = words
        .iter()
        .rposition(|word| *word == STORE_RESULT)
        .unwrap();
    let ok = words[last - 1];
    assert_eq!(ok & 0x000f_ffff, LI_A0, "{ok:#x}");
    let li_t0 = ok & 0xfff0_0000 | 0x0000_0293; // addi t0, zero, N
    let always_ok = [li_t0, 0x0055_0023, 0x0000_8067]; // sb t0, 0(a0); ret
    for (place, word) in elf[at..].chunks_exact_mut(4).zip(always_ok) {
        place.copy_from_slice(&word.to_le_bytes());
    }
}

/// File offset and size of the function whose mangled name ends so.
fn function(elf: &[u8], name: &str) -> (usize, usize) {
    let file = object::File::parse(elf).unwrap();
    let symbol = file
        .symbols()
        .find(|symbol| symbol.name().is_ok_and(|n| n.ends_with(name)));
    let symbol = symbol.unwrap();
    let address = symbol.address();
    let inside = |section: &object::Section<'_, '_>| {
        (section.address()..section.address() + section.size()).contains(&address)
    };
    let section = file.sections().find(inside).unwrap();
    let (offset, _) = section.file_range().unwrap();
    let at = offset + address - section.address();
    (
        usize::try_from(at).unwrap(),
        usize::try_from(symbol.size()).unwrap(),
    )
}

/// The same through the laid-down workflow: measured, changed, measured again, compared.
#[test]
fn the_same_through_make() {
    let blocks: Option<Vec<PathBuf>> = BLOCKS.iter().map(|block| recorded(*block)).collect();
    let Some(blocks) = blocks else { return };
    let session = Session::new(&blocks);
    succeed(session.zkperf().args(["init", "."]));
    session.commit("The workflow");
    for zkvm in ZKVMS {
        session.bench(zkvm, &blocks, "baseline");
    }
    for zkvm in ZKVMS {
        session.variant(zkvm, ACCELERATED);
    }
    session.commit("Hashes and recovery through the circuits");
    for (zkvm, verdict) in ZKVMS
        .into_iter()
        .zip(["improvement", "improvement", "mixed"])
    {
        session.bench(zkvm, &blocks, "circuits");
        let folder = format!("scripts/zkvm-bench/profiles/{zkvm}");
        let said = succeed(session.make(zkvm).args([
            "compare",
            &format!("BASELINE={folder}/*baseline*"),
            &format!("CURRENT={folder}/*circuits*"),
        ]));
        assert!(said.contains(verdict), "{said}");
    }
}

impl Session {
    fn make(&self, zkvm: &str) -> Command {
        let mut make = Command::new("make");
        make.current_dir(self.root())
            .env("ZKPERF", env!("CARGO_BIN_EXE_zkperf"))
            .env("ZKPERF_HOME", self.folder.path())
            .args(["-C", "scripts/zkvm-bench"])
            .arg(format!("ZKVM={zkvm}"));
        make
    }

    fn bench(&self, zkvm: &str, blocks: &[PathBuf], title: &str) {
        for (block, recorded) in BLOCKS.iter().zip(blocks) {
            succeed(self.make(zkvm).arg("bench").args([
                format!("BLOCK={block}"),
                format!("RECORDED={}", recorded.display()),
                format!("TITLE={title}"),
            ]));
        }
    }
}
