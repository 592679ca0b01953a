//! Source-level views on a real block: the stacks that reach `memcpy`, inlined frames among them, close to its total,
//! and so do lines and trees.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{fail, guest_for, hello, json, output, recorded, succeed, text, zkperf};
use zkperf_profile::Profile;

const BLOCK: u64 = 24_628_607;

/// The accelerated reference guest's profile on a real block.
fn profiled(zkvm: &str, home: &Path) -> Option<PathBuf> {
    let file = recorded(BLOCK)?;
    let elf = guest_for(zkvm, home, "accelerated");
    let mut command = zkperf(home);
    command
        .args(["bench", "--zkvm", zkvm, "--recorded"])
        .arg(file);
    command
        .arg("--elf")
        .arg(elf)
        .arg("-o")
        .arg(home.join("out"));
    let report = json(&mut command);
    Some(home.join(report["runs"][0]["profile"].as_str().unwrap()))
}

fn view(home: &Path, command: &str, profile: &Path, more: &[&str]) -> Value {
    json(zkperf(home).arg(command).arg(profile).args(more))
}

fn sum(rows: &Value, field: &str) -> u64 {
    let rows = rows.as_array().unwrap().iter();
    rows.map(|row| row[field].as_u64().unwrap()).sum()
}

/// Every stack that reaches `memcpy`: cost, calls and bytes add up to what the call tree says of the function.
fn check_stacks(home: &Path, path: &Path) {
    let all = view(home, "where", path, &["memcpy", "-n", "0"]);
    let rows = &all["rows"];
    for field in ["value", "calls", "bytes_read", "bytes_written"] {
        assert_eq!(
            sum(rows, field),
            all["total"][field].as_u64().unwrap(),
            "{field}"
        );
    }
    assert_eq!(
        all["stacks"].as_u64().unwrap() as usize,
        rows.as_array().unwrap().len()
    );
    let callers = view(home, "callers", path, &["memcpy"]);
    assert_eq!(all["total"]["value"], callers["inclusive"]);
    assert_eq!(all["total"]["calls"], callers["calls"]);

    // The same straight from the tree: `memcpy` calls nothing but itself, so its own values are all there are.
    let profile = Profile::load(path).unwrap();
    let column = |name: &str| profile.self_by_function(profile.measure(name).unwrap());
    let at = profile
        .functions
        .iter()
        .position(|f| f.name == "memcpy")
        .unwrap();
    assert_eq!(all["total"]["calls"], profile.calls_by_function()[at]);
    assert!(all["total"]["bytes_written"].as_u64().unwrap() >= column("bytes_written")[at]);
    assert!(all["total"]["calls"].as_u64().unwrap() > 10_000);

    let frames = |row: &Value| row["frames"].as_array().unwrap().clone();
    let rows = rows.as_array().unwrap();
    assert!(rows
        .iter()
        .all(|row| frames(row).last().unwrap()["name"] == "[run]"));
    let is_inlined = |frame: &Value| frame["inlined"] == true && frame["line"].as_u64() > Some(0);
    let with_inlined = rows.iter().filter(|row| frames(row).iter().any(is_inlined));
    assert!(
        with_inlined.count() * 10 > rows.len() * 9,
        "nearly every stack has inlined frames"
    );
    // "It's not clear where that memcpy is originating": from decoding trie nodes, for one.
    let decodes = |frame: &Value| frame["name"].as_str().unwrap().contains("ethrex_trie");
    assert!(rows
        .iter()
        .take(20)
        .any(|row| frames(row).iter().any(decodes)));

    let physical = view(home, "where", path, &["memcpy", "-n", "0", "--physical"]);
    assert_eq!(physical["total"], all["total"]);
    assert!(physical["rows"]
        .as_array()
        .unwrap()
        .iter()
        .all(|row| { frames(row).iter().all(|frame| frame["inlined"] == false) }));
    let near = view(home, "where", path, &["memcpy", "-n", "0", "--depth", "1"]);
    assert_eq!(near["total"], all["total"]);
    assert!(near["stacks"].as_u64() < all["stacks"].as_u64());
}

/// Lines, files, inlined functions and trees add up to the run.
fn check_sums(home: &Path, path: &Path) {
    let whole = |view: &Value| view["measure"]["sum"].as_u64().unwrap();
    for more in [&["-n", "0"][..], &["-n", "0", "--measure", "bytes_read"]] {
        let lines = view(home, "lines", path, more);
        assert_eq!(sum(&lines["rows"], "self_value"), whole(&lines));
    }
    // Every row is a line or names a function; of those, the guest's own are assembly.
    let lines = view(home, "lines", path, &["-n", "0"]);
    for row in lines["rows"].as_array().unwrap() {
        let function = row["function"].as_str();
        assert_eq!(row["file"].is_null(), function.is_some());
        let is_rust = function.is_some_and(|name| name.contains("::"));
        assert!(
            !is_rust || row["self_percent"].as_f64() < Some(0.1),
            "{row}"
        );
    }
    for more in [
        &["--by", "file"][..],
        &["--inlined"],
        &["--inlined", "--by", "crate"],
    ] {
        let top = view(home, "top", path, &[more, &["-n", "0"]].concat());
        assert_eq!(sum(&top["rows"], "self_value"), whole(&top), "{more:?}");
    }
    for more in [
        &["--min", "0.5"][..],
        &["--min", "0.5", "--inlined"],
        &["--depth", "3"],
    ] {
        let tree = view(home, "tree", path, more);
        let pruned = tree["rows"].as_array().unwrap().iter();
        let pruned: u64 = pruned
            .map(|row| row["pruned"]["value"].as_u64().unwrap())
            .sum();
        assert_eq!(
            sum(&tree["rows"], "self_value") + pruned,
            whole(&tree),
            "{more:?}"
        );
    }
    let name = "zkperf_guest_core::validate::transition";
    let annotated = view(home, "annotate", path, &[name]);
    let lines = &annotated["lines"];
    let all = ["own", "inlined", "calls"]
        .map(|field| sum(lines, field))
        .iter()
        .sum::<u64>();
    assert_eq!(all, annotated["inclusive"].as_u64().unwrap());
    assert_eq!(
        all,
        view(home, "callers", path, &[name])["inclusive"]
            .as_u64()
            .unwrap()
    );
}

fn check(zkvm: &str) {
    let home = tempfile::tempdir().unwrap();
    if let Some(path) = profiled(zkvm, home.path()) {
        check_stacks(home.path(), &path);
        check_sums(home.path(), &path);
    }
}

#[test]
fn zisk_stacks_lines_and_trees_close_on_a_real_block() {
    check("zisk");
}

#[test]
fn sp1_stacks_lines_and_trees_close_on_a_real_block() {
    check("sp1");
}

#[test]
fn risc0_stacks_lines_and_trees_close_on_a_real_block() {
    check("risc0");
}

/// The ELF with its debug sections under names that nobody knows.
fn without_debug_information(elf: &[u8]) -> Vec<u8> {
    let mut elf = elf.to_vec();
    let mut at = 0;
    while let Some(found) = elf[at..].windows(7).position(|bytes| bytes == b".debug_") {
        at += found;
        elf[at + 1] = b'x';
    }
    elf
}

#[test]
fn without_debug_information_functions_are_still_told_and_what_helps_is_said() {
    let home = tempfile::tempdir().unwrap();
    let elf = without_debug_information(&hello("zisk", home.path()));
    std::fs::write(home.path().join("bare.elf"), elf).unwrap();
    let profile = |elf: &str, out: &str| {
        let mut command = zkperf(home.path());
        command.args(["profile", "--zkvm", "zisk", "--elf", elf, "-o", out]);
        output(&mut command);
    };
    profile("bare.elf", "bare.zkp");
    profile("zisk.elf", "full.zkp");
    for command in [
        &["lines", "bare.zkp"][..],
        &["annotate", "bare.zkp", "main"],
        &["top", "bare.zkp", "--inlined"],
        &["tree", "bare.zkp", "--inlined"],
        &["top", "bare.zkp", "--by", "file"],
    ] {
        let error = fail(zkperf(home.path()).args(command));
        assert!(error.contains("debug = \"line-tables-only\""), "{error}");
    }
    let command = &mut zkperf(home.path());
    let stacks = output(command.args(["where", "bare.zkp", "main", "--all"]));
    assert!(stacks.status.success());
    assert!(text(&stacks.stderr).contains("debug = \"line-tables-only\""));
    // Lines decide no figure.
    let top = |profile: &str| succeed(zkperf(home.path()).args(["top", profile, "-n", "0"]));
    assert_eq!(
        top("bare.zkp").lines().nth(4),
        top("full.zkp").lines().nth(4)
    );
    for wrong in ["NaN", "-1", "101", "much"] {
        let min = format!("--min={wrong}");
        let tree = output(zkperf(home.path()).args(["tree", "full.zkp", &min]));
        assert_eq!(tree.status.code(), Some(2), "{wrong}");
    }
    for wrong in [["--source", "nonsense"], ["--filter", "("]] {
        let lines = output(zkperf(home.path()).args(["lines", "full.zkp"]).args(wrong));
        assert_eq!(lines.status.code(), Some(2), "{wrong:?}");
    }
}

#[test]
fn damaged_debug_information_is_told_below_the_lines_that_are_left() {
    let home = tempfile::tempdir().unwrap();
    let mut elf = hello("zisk", home.path());
    // The DWARF version of some units, right behind their length (DWARF 4, 32 bits, 8-byte addresses).
    let head = |at: &usize| {
        elf[at + 4..at + 6] == [4, 0] && elf[at + 10] == 8 && elf[at + 2..at + 4] == [0, 0]
    };
    let heads: Vec<usize> = (0..elf.len() - 16).filter(head).collect();
    for at in heads.iter().step_by(2) {
        elf[at + 4] = 0xee;
    }
    std::fs::write(home.path().join("broken.elf"), elf).unwrap();
    let args = [
        "profile",
        "--zkvm",
        "zisk",
        "--elf",
        "broken.elf",
        "-o",
        "broken.zkp",
    ];
    output(zkperf(home.path()).args(args));
    let said = "cannot be read";
    let lines = succeed(zkperf(home.path()).args(["lines", "broken.zkp"]));
    assert!(lines.contains(said), "{lines}");
    assert!(succeed(zkperf(home.path()).args(["top", "broken.zkp", "--inlined"])).contains(said));
    let told = json(zkperf(home.path()).args(["tree", "broken.zkp", "--inlined"]));
    assert!(told["source_notes"][0].as_str().unwrap().contains(said));
}
