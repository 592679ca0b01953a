//! Miniature checkouts of every layout, and what is laid down in them.

use std::path::Path;
use zkperf_config::{Config, GuestBuild, GuestInput};
use zkperf_init::{recognise, Options, Plan, BENCH_DIR, OPERATIONS};

/// Writes a package: its manifest with one dependency, and a program.
fn package(root: &Path, folder: &str, name: &str, dependencies: &str, main: &str) {
    let folder = root.join(folder);
    std::fs::create_dir_all(folder.join("src")).expect("folders");
    let manifest = format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\n\n[dependencies]\n{dependencies}\n"
    );
    std::fs::write(folder.join("Cargo.toml"), manifest).expect("a manifest");
    std::fs::write(folder.join("src/main.rs"), main).expect("a program");
}

const ZISK: &str = "ziskos = { git = \"https://example.org/zisk.git\", tag = \"v0.16.1\" }";
const SP1: &str = "sp1-zkvm = { version = \"=5.0.8\" }";
const RISC0: &str =
    "risc0-zkvm = { version = \"=3.0.3\", default-features = false, features = [\"std\"] }";
const RISC0_GUEST: &str = "use risc0_zkvm::guest::env;\nfn main() { env::commit(&1u32); }\n";
const MAIN: &str = "fn main() {}\n";

/// A checkout of ethrex with its guests in folders below `prefix`.
fn ethrex(root: &Path, prefix: &str, zkvms: &[&str]) {
    package(root, "cmd/ethrex", "ethrex", "clap = \"4\"", MAIN);
    for zkvm in zkvms {
        let (dependencies, main) = match *zkvm {
            "zisk" => (ZISK, MAIN),
            "sp1" => (SP1, MAIN),
            "risc0" => (RISC0, RISC0_GUEST),
            _ => ("openvm = \"1\"", MAIN),
        };
        let folder = format!("{prefix}/{zkvm}");
        package(
            root,
            &folder,
            &format!("zkvm-{zkvm}-program"),
            dependencies,
            main,
        );
    }
    // A prover of the host that uses the zkVMs' crates from outside.
    let host = format!("sp1-sdk = \"5\"\n{RISC0}");
    package(root, "crates/l2/prover", "ethrex-prover", &host, MAIN);
}

fn chosen(root: &Path) -> Vec<(String, String)> {
    let recognised = recognise(root);
    let chosen = recognised.chosen();
    chosen
        .map(|(zkvm, guest)| (zkvm.to_owned(), guest.package.clone()))
        .collect()
}

#[test]
fn every_layout_that_ethrex_has_had() {
    let all = ["zisk", "sp1", "risc0", "openvm"];
    for (prefix, zkvms) in [
        ("crates/guest-program/bin", all.as_slice()),
        ("crates/l2/prover/src/guest_program/src", all.as_slice()),
        ("crates/l2/prover/src/guest_program", &["sp1", "risc0"]),
        ("crates/l2/prover/zkvm/interface", &["sp1", "risc0"]),
    ] {
        let folder = tempfile::tempdir().expect("a folder");
        ethrex(folder.path(), prefix, zkvms);
        let found = chosen(folder.path());
        let wanted: Vec<(String, String)> = ["zisk", "sp1", "risc0"]
            .iter()
            .filter(|zkvm| zkvms.contains(zkvm))
            .map(|zkvm| ((*zkvm).to_owned(), format!("{prefix}/{zkvm}")))
            .collect();
        assert_eq!(found, wanted, "{prefix}");
        let recognised = recognise(folder.path());
        assert!(recognised.is_ethrex(), "{prefix}");
        let plan = Plan::new(
            &recognised,
            &Options {
                name: "ethrex".into(),
                ..Options::default()
            },
        );
        plan.write(folder.path(), false).expect("written");
        let config =
            Config::load(&folder.path().join("zkperf.toml")).expect("what init writes is valid");
        assert_eq!(config.guest.name.as_deref(), Some("ethrex"));
        assert_eq!(config.guest.zkvms.len(), wanted.len());
        for (zkvm, package) in wanted {
            let guest = config.guest(&zkvm).expect("there");
            assert_eq!(guest.build, GuestBuild::Package { package });
            assert!(
                matches!(&guest.input, GuestInput::Command { command } if command.contains("ethrex-input.sh"))
            );
        }
        assert!(folder
            .path()
            .join(BENCH_DIR)
            .join("bin/ethrex-input.sh")
            .is_file());
    }
}

#[test]
fn the_newest_of_several_layouts_is_taken_and_the_others_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    ethrex(
        root,
        "crates/l2/prover/src/guest_program/src",
        &["zisk", "sp1"],
    );
    ethrex(root, "crates/guest-program/bin", &["zisk"]);
    let ere = "ere-platform-zisk = { git = \"https://example.org/ere\", rev = \"abc\" }";
    package(
        root,
        "crates/guest-program/stateless-validator/bin/zisk",
        "stateless-validator-ethrex-zisk",
        ere,
        MAIN,
    );
    let recognised = recognise(root);
    let zisk: Vec<&str> = recognised.guests["zisk"]
        .iter()
        .map(|guest| guest.package.as_str())
        .collect();
    assert_eq!(
        zisk,
        [
            "crates/guest-program/bin/zisk",
            "crates/l2/prover/src/guest_program/src/zisk",
            "crates/guest-program/stateless-validator/bin/zisk",
        ]
    );
    assert_eq!(recognised.guests["zisk"][0].sdk, "ziskos tag v0.16.1");
    let plan = Plan::new(&recognised, &Options::default());
    let config = &plan.files[0].content;
    assert!(
        config.contains(
            "# another one: package = \"crates/guest-program/stateless-validator/bin/zisk\""
        ),
        "{config}"
    );
}

#[test]
fn templates_of_each_zkvm() {
    // cargo prove new: a workspace of program and script.
    let sp1 = tempfile::tempdir().expect("a folder");
    std::fs::write(
        sp1.path().join("Cargo.toml"),
        "[workspace]\nmembers = [\"program\", \"script\"]\n",
    )
    .expect("written");
    package(
        sp1.path(),
        "program",
        "fibonacci-program",
        "sp1-zkvm = \"6.0.0\"",
        MAIN,
    );
    package(
        sp1.path(),
        "script",
        "fibonacci-script",
        "sp1-sdk = \"6.0.0\"",
        MAIN,
    );
    assert_eq!(
        chosen(sp1.path()),
        [("sp1".to_owned(), "program".to_owned())]
    );
    // rzup / cargo risczero new: methods names its guests; the host uses the same crate.
    let risc0 = tempfile::tempdir().expect("a folder");
    package(
        risc0.path(),
        "host",
        "host",
        "risc0-zkvm = \"3.0\"",
        "fn main() { risc0_zkvm::default_prover(); }\n",
    );
    package(
        risc0.path(),
        "methods/guest",
        "method",
        "risc0-zkvm = { version = \"3.0\", default-features = false }",
        MAIN,
    );
    std::fs::write(
        risc0.path().join("methods/Cargo.toml"),
        "[package]\nname = \"methods\"\n[package.metadata.risc0]\nmethods = [\"guest\"]\n[build-dependencies]\nrisc0-build = \"3.0\"\n",
    )
    .expect("written");
    assert_eq!(
        chosen(risc0.path()),
        [("risc0".to_owned(), "methods/guest".to_owned())]
    );
    // cargo-zisk new: guest and host; or one package at the root, as its first versions made it.
    let zisk = tempfile::tempdir().expect("a folder");
    package(
        zisk.path(),
        "guest",
        "guest",
        "ziskos = \"=1.4.0-alpha\"",
        MAIN,
    );
    package(
        zisk.path(),
        "host",
        "host",
        "zisk-sdk = \"=1.4.0-alpha\"",
        MAIN,
    );
    assert_eq!(
        chosen(zisk.path()),
        [("zisk".to_owned(), "guest".to_owned())]
    );
    let single = tempfile::tempdir().expect("a folder");
    package(single.path(), ".", "sha_hasher", ZISK, MAIN);
    assert_eq!(chosen(single.path()), [("zisk".to_owned(), ".".to_owned())]);
    // None of them is ethrex: no input command is invented.
    for folder in [&sp1, &risc0, &zisk, &single] {
        let recognised = recognise(folder.path());
        assert!(!recognised.is_ethrex());
        Plan::new(&recognised, &Options::default())
            .write(folder.path(), false)
            .expect("written");
        let config = Config::load(&folder.path().join("zkperf.toml")).expect("valid");
        assert!(config
            .guest
            .zkvms
            .values()
            .all(|guest| guest.input == GuestInput::Own));
        assert!(!folder
            .path()
            .join(BENCH_DIR)
            .join("bin/ethrex-input.sh")
            .exists());
    }
}

#[test]
fn what_is_no_guest_is_not_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    package(root, "library", "library", SP1, MAIN);
    std::fs::rename(
        root.join("library/src/main.rs"),
        root.join("library/src/lib.rs"),
    )
    .expect("renamed");
    package(root, "target/package/old", "old", ZISK, MAIN);
    package(root, ".hidden/guest", "hidden", ZISK, MAIN);
    package(root, "vendored/guest", "vendored", ZISK, MAIN);
    std::fs::create_dir(root.join("vendored/.git")).expect("another repository");
    std::fs::create_dir_all(root.join("broken")).expect("a folder");
    std::fs::write(root.join("broken/Cargo.toml"), "not toml [").expect("written");
    #[cfg(unix)]
    std::os::unix::fs::symlink(root, root.join("loop")).expect("a link");
    assert_eq!(recognise(root).guests.len(), 0);
    let plan = Plan::new(
        &recognise(root),
        &Options {
            name: "a \"b\" \\c".into(),
            ..Options::default()
        },
    );
    let config = Config::parse(Path::new("zkperf.toml"), &plan.files[0].content).expect("valid");
    assert_eq!(config.guest.name.as_deref(), Some("a \"b\" \\c"));
    assert!(plan.files[0].content.contains("No guest was recognised"));
}

#[test]
fn nothing_is_written_over_and_the_logbook_never() {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path();
    let options = Options {
        blocks: vec![7, 8],
        recorded: vec!["r/*.zst".into()],
        ..Options::default()
    };
    let plan = Plan::new(&recognise(root), &options);
    let first = plan.write(root, false).expect("written");
    assert_eq!(first.written.len(), plan.files.len());
    let again = plan.write(root, false).expect("nothing to do");
    assert_eq!(
        (again.written.len(), again.same.len()),
        (0, plan.files.len())
    );
    let makefile = root.join(BENCH_DIR).join("Makefile");
    let logbook = root.join(BENCH_DIR).join("logbook.md");
    for file in [&makefile, &logbook] {
        std::fs::write(file, "mine").expect("written");
    }
    let kept = plan.write(root, false).expect("kept");
    assert_eq!(
        kept.kept,
        [
            format!("{BENCH_DIR}/Makefile"),
            format!("{BENCH_DIR}/logbook.md")
        ]
    );
    assert_eq!(std::fs::read_to_string(&makefile).expect("there"), "mine");
    let forced = plan.write(root, true).expect("forced");
    assert_eq!(forced.written, [format!("{BENCH_DIR}/Makefile")]);
    assert_eq!(forced.kept, [format!("{BENCH_DIR}/logbook.md")]);
    assert_eq!(std::fs::read_to_string(&logbook).expect("there"), "mine");
    let config = Config::load(&root.join("zkperf.toml")).expect("valid");
    assert_eq!(
        (config.bench.blocks.clone(), config.bench.recorded.clone()),
        (vec![7, 8], vec!["r/*.zst".to_owned()])
    );
    // What measures is protected, and what grows beside it is not.
    let protected = &config.lab.protected;
    assert!(protected.contains(&"r/*.zst".to_owned()), "{protected:?}");
    assert!(
        protected.contains(&format!("{BENCH_DIR}/bin/**")),
        "{protected:?}"
    );
    assert!(!protected
        .iter()
        .any(|pattern| pattern == "scripts/zkvm-bench/**"));
    assert!(config.lab.ledger.starts_with(BENCH_DIR));
    // The guides name the first block, and no place was left open.
    for file in &plan.files {
        let open = file.content.contains("{{") && !file.path.ends_with(".yml");
        assert!(!open, "{}", file.path);
    }
    let guide =
        std::fs::read_to_string(root.join(BENCH_DIR).join("docs/usage_guide.md")).expect("there");
    assert!(guide.contains("BLOCK=7 "), "{guide}");
    assert!(plan.write(&root.join("nowhere"), false).is_err());
}

#[test]
fn the_landscape_has_a_row_for_every_operation() {
    let text = zkperf_init::landscape();
    for operation in OPERATIONS {
        assert_eq!(
            text.matches(&format!("| **{}**", operation.name)).count(),
            1
        );
    }
    assert!(text.contains("| no circuit | no circuit | no circuit |"));
    // What the audit will fill in says so.
    assert_eq!(
        text.matches("| (patch audit) | (patch audit) |").count(),
        OPERATIONS.len()
    );
    let widths = text.lines().filter(|line| line.starts_with("| "));
    assert!(
        widths.clone().all(|line| line.matches(" | ").count() == 6),
        "a row has another width"
    );
}
