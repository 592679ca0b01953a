//! Reports of official emulators, imported.

mod support;

use std::path::{Path, PathBuf};
use support::{fail, json, output, recorded, repository, succeed, text, zkperf};

/// What an older ziskemu printed for ethrex's guest.
fn older() -> PathBuf {
    repository().join("crates/zkperf-import/tests/reports/ziskemu-2026-01-ethrex.txt")
}

#[test]
fn an_older_report_becomes_a_marked_profile() {
    let folder = tempfile::tempdir().expect("a folder");
    let done = json(zkperf(folder.path()).arg("import").arg(older()));
    assert_eq!(done["schema"], "zkperf-import/1");
    assert_eq!(done["completeness"]["state"], "imported");
    assert_eq!(done["totals"]["steps"], 498_004_423u64);
    assert_eq!(done["totals"]["cost"], 57_038_392_183u64);
    let profile = done["profile"].as_str().expect("a path").to_owned();
    // The text stands beside it, as for profiles of zkperf's own.
    let text_beside =
        std::fs::read(folder.path().join(done["stats"].as_str().expect("a path"))).expect("there");
    assert_eq!(text_beside, std::fs::read(older()).expect("there"));
    let top = succeed(zkperf(folder.path()).args(["top", &profile, "-n", "3"]));
    assert!(
        top.contains("56,736,412,025   99.47%            0  zkvm_zisk_program::main"),
        "{top}"
    );
    assert!(
        top.contains("other functions") && top.contains("no call tree"),
        "{top}"
    );
    let steps = json(zkperf(folder.path()).args([
        "top",
        &profile,
        "--measure",
        "steps",
        "--filter",
        "memcpy",
    ]));
    assert_eq!(steps["rows"][0]["inclusive"], 122_004_784);
    assert_eq!(steps["rows"][0]["calls"], 789_487);
    let summary = succeed(zkperf(folder.path()).args(["summary", &profile]));
    assert!(
        summary.contains("IMPORTED") && summary.contains("functions with their callees only"),
        "{summary}"
    );
    // Other views have less to show; those of source lines say why they have none.
    let lines = fail(zkperf(folder.path()).args(["lines", &profile]));
    assert!(lines.contains("imported"), "{lines}");
    for view in ["tree", "to-json"] {
        succeed(zkperf(folder.path()).args([view, &profile]));
    }
    let stats = output(zkperf(folder.path()).args(["stats", &profile]));
    assert_eq!(stats.status.code(), Some(2));
    assert!(
        text(&stats.stderr).contains("was imported"),
        "{}",
        text(&stats.stderr)
    );
}

#[test]
fn what_is_no_report_is_one_clear_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let whole = std::fs::read_to_string(older()).expect("there");
    let cut = &whole[..whole.find("OP keccak").expect("there")];
    for (content, words) in [
        (cut, "rows add up to"),
        ("nothing of the kind", "no report of ziskemu"),
        ("", "no report of ziskemu"),
        ("\u{0}\u{1}\u{ff}", "no report of ziskemu"),
    ] {
        std::fs::write(folder.path().join("r.txt"), content).expect("written");
        let said = fail(zkperf(folder.path()).args(["import", "r.txt"]));
        assert!(said.contains("r.txt") && said.contains(words), "{said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    assert!(!folder.path().join("profiles").exists());
    let said = fail(zkperf(folder.path()).args(["import", "none.txt"]));
    assert!(said.contains("none.txt"), "{said}");
    for arguments in [
        &["import"][..],
        &["import", "--engine", "official"],
        &["import", "r.txt", "--zkvm", "sp1@6.10.0"],
        &["import", "r.txt", "--engine", "official", "--elf", "x"],
    ] {
        let out = output(zkperf(folder.path()).args(arguments));
        assert_eq!(
            out.status.code(),
            Some(2),
            "{arguments:?}\n{}",
            text(&out.stderr)
        );
    }
    std::fs::write(folder.path().join("e.elf"), "x").expect("written");
    let official = [
        "import",
        "--engine",
        "official",
        "--official",
        "nowhere",
        "--elf",
        "e.elf",
    ];
    let said = fail(zkperf(folder.path()).args(official));
    assert!(
        said.contains("nowhere/bin/ziskemu") && said.contains("cargo install ziskemu"),
        "{said}"
    );
}

/// The hash of a file that is not the guest would make profiles of other runs alike.
#[test]
fn only_a_guest_of_zisk_can_be_what_a_report_is_of() {
    let home = tempfile::tempdir().expect("a folder");
    let sp1 = support::guest_for("sp1", home.path(), "accelerated");
    std::fs::write(home.path().join("notes.txt"), "notes").expect("written");
    for (elf, why) in [
        (sp1.as_path(), "it is for sp1"),
        (Path::new("notes.txt"), "ELF"),
    ] {
        let mut import = zkperf(home.path());
        import.arg("import").arg(older()).arg("--elf").arg(elf);
        let said = fail(&mut import);
        assert!(said.contains(why) && said.contains("--elf"), "{said}");
    }
}

/// The official emulator of this version, if it is installed.
fn official() -> Option<PathBuf> {
    let named = std::env::var_os("ZKPERF_ZISKEMU_PREFIX").map(PathBuf::from);
    let home = std::env::var_os("HOME").unwrap_or_default();
    let prefix =
        named.unwrap_or_else(|| Path::new(&home).join(".cache/zkperf/reference/zisk-1.4.0-alpha"));
    if prefix.join("bin/ziskemu").is_file() {
        return Some(prefix);
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "ziskemu is missing"
    );
    println!("skipped: ziskemu 1.4.0-alpha missing");
    None
}

/// The official emulator's report and our own profile of the same run agree in all that both have.
#[test]
fn an_imported_run_equals_our_own_as_far_as_it_reaches() {
    let Some(prefix) = official() else {
        return;
    };
    let folder = tempfile::tempdir().expect("a folder");
    let home = folder.path();
    let elf = support::guest(home, "accelerated");
    let block = repository().join("fixtures/demo-block/demo-block.json.zst");
    agree(home, &prefix, &elf, &block);
    if std::env::var_os("ZKPERF_LONG").is_some() {
        for block in [24_628_607, 25_229_957].into_iter().filter_map(recorded) {
            agree(home, &prefix, &elf, &block);
        }
    }
}

fn agree(home: &Path, prefix: &Path, elf: &Path, block: &Path) {
    let input = json(zkperf(home).args(["input", "--recorded"]).arg(block));
    let input = input["input"]["path"].as_str().expect("a path").to_owned();
    succeed(
        zkperf(home)
            .args([
                "profile", "--zkvm", "zisk", "-o", "ours.zkp", "--input", &input, "--elf",
            ])
            .arg(elf),
    );
    let mut import = zkperf(home);
    import.args([
        "import",
        "--engine",
        "official",
        "-o",
        "theirs.zkp",
        "--input",
        &input,
        "--official",
    ]);
    let done = json(import.arg(prefix).arg("--elf").arg(elf));
    assert!(
        done["functions"].as_u64().expect("a number") > 100,
        "{done}"
    );
    let [ours, theirs] =
        ["ours.zkp", "theirs.zkp"].map(|path| json(zkperf(home).args(["to-json", path])));
    for same in ["cost_model", "zkvm_version", "output_sha256", "exit"] {
        assert_eq!(ours["run"][same], theirs["run"][same], "{same}");
    }
    for same in ["elf", "input"] {
        assert_eq!(
            ours["run"][same]["sha256"], theirs["run"][same]["sha256"],
            "{same}"
        );
    }
    let total = |profile: &serde_json::Value, name: &str| {
        let measures = profile["measures"].as_array().expect("a list").clone();
        let found = measures
            .into_iter()
            .find(|measure| measure["name"] == name)
            .expect("there");
        found["total"].as_u64().expect("a number")
    };
    for measure in [
        "steps",
        "main",
        "opcodes",
        "precompiles",
        "memory",
        "base",
        "frops",
        "cost",
    ] {
        assert_eq!(total(&ours, measure), total(&theirs, measure), "{measure}");
    }
    let rows = |profile: &serde_json::Value, name: &str| {
        let tables = profile["tables"].as_array().expect("a list").clone();
        let table = tables
            .into_iter()
            .find(|table| table["name"] == name)
            .expect("there");
        let mut rows: Vec<String> = table["rows"]
            .as_array()
            .expect("a list")
            .iter()
            .map(ToString::to_string)
            .collect();
        rows.sort();
        rows
    };
    for table in ["opcodes", "precompiles", "frops"] {
        assert_eq!(rows(&ours, table), rows(&theirs, table), "{table}");
    }
    let compared = succeed(zkperf(home).args(["compare", "ours.zkp", "theirs.zkp"]));
    assert!(compared.to_lowercase().contains("imported"), "{compared}");
}
