//! `zkperf compare`: real guests in three zkVMs, sets, limits and exit codes.

mod support;

use ethrex_common::types::{Block, TxType};
use ethrex_rlp::decode::RLPDecode;
use serde_json::Value;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use support::{guest_for, json, output, repository, text, zkperf};
use zkperf_profile::{example, MeasureId, Profile, ProfileData};

/// Divisions that profiles of ethrex guests have on every zkVM.
const EVERYWHERE: [&str; 12] = [
    "part",
    "function",
    "crate",
    "module",
    "file",
    "line",
    "opcode",
    "precompile",
    "memory",
    "phase",
    "tx",
    "evm-opcode",
];

fn demo_block() -> PathBuf {
    repository().join("fixtures/demo-block/demo-block.json.zst")
}

/// The reference guest's profile on the demo's block.
fn profiled(zkvm: &str, variant: &str, home: &Path) -> PathBuf {
    let elf = guest_for(zkvm, home, variant);
    let mut command = zkperf(home);
    command.args(["bench", "--zkvm", zkvm, "--title", variant, "--recorded"]);
    command.arg(demo_block()).arg("--elf").arg(elf);
    let made = json(command.arg("-o").arg(home.join(variant)));
    home.join(made["runs"][0]["profile"].as_str().unwrap())
}

fn compare(home: &Path, profiles: &[&Path], more: &[&str]) -> Value {
    json(zkperf(home).arg("compare").args(profiles).args(more))
}

fn integer(value: &Value) -> i128 {
    value.to_string().parse().unwrap()
}

/// Rows, rest and outside of each division are its total; the total is the profiles'.
fn check_closes(view: &Value, before: &Profile, after: &Profile) -> Vec<String> {
    let mut seen = Vec::new();
    for division in view["zkvms"][0]["divisions"].as_array().unwrap() {
        let by = division["by"].as_str().unwrap();
        for field in ["before", "after", "delta"] {
            let rows = division["rows"].as_array().unwrap().iter();
            let rows: i128 = rows.map(|row| integer(&row["value"][field])).sum();
            let rest = integer(&division["rest"]["value"][field]);
            let outside = integer(&division["outside"][field]);
            assert_eq!(
                rows + rest + outside,
                integer(&division["total"][field]),
                "{by} {field}"
            );
        }
        if ["part", "function", "crate", "module", "file", "line", "air"].contains(&by) {
            assert_eq!(integer(&division["outside"]["delta"]), 0, "{by}");
            assert_eq!(integer(&division["outside"]["before"]), 0, "{by}");
        }
        if let Some(measure) = before.measure(division["measure"].as_str().unwrap()) {
            let sum = |profile: &Profile| i128::from(profile.sum(measure));
            assert_eq!(integer(&division["total"]["before"]), sum(before), "{by}");
            assert_eq!(integer(&division["total"]["after"]), sum(after), "{by}");
        }
        seen.push(by.to_owned());
    }
    seen
}

/// What every function costs itself, by the name without hash, straight from the tree with inlined frames.
fn by_name(profile: &Profile) -> BTreeMap<String, u64> {
    let opened = profile
        .clone()
        .without_labels()
        .with_inlined_frames()
        .unwrap()
        .profile;
    let cost = opened.proving_cost().unwrap();
    let mut sums = BTreeMap::new();
    for (function, value) in opened.functions.iter().zip(opened.self_by_function(cost)) {
        let name = zkperf_symbols::without_hash(&function.name).into_owned();
        *sums.entry(name).or_default() += value;
    }
    sums
}

fn check_functions(view: &Value, before: &Profile, after: &Profile) {
    let sums = [by_name(before), by_name(after)];
    let divisions = view["zkvms"][0]["divisions"].as_array().unwrap();
    let functions = divisions
        .iter()
        .find(|division| division["by"] == "function")
        .unwrap();
    let mut checked = 0;
    for row in functions["rows"].as_array().unwrap() {
        let names = |side: &str| -> Vec<String> {
            let listed = row[format!("names_{side}")].as_array();
            let listed =
                listed.map(|names| names.iter().map(|name| name.as_str().unwrap().to_owned()));
            listed.map_or_else(
                || vec![row["name"].as_str().unwrap().to_owned()],
                Iterator::collect,
            )
        };
        for (side, sums) in ["before", "after"].into_iter().zip(&sums) {
            let sum: u64 = names(side)
                .iter()
                .map(|name| sums.get(name).copied().unwrap_or(0))
                .sum();
            assert_eq!(
                integer(&row["value"][side]),
                i128::from(sum),
                "{} {side}",
                row["name"]
            );
            checked += 1;
        }
    }
    assert!(checked > 200, "{checked}");
}

/// What ran is known, and the transactions are those of the block.
fn check_coverage(view: &Value) {
    let coverage = view["coverage"].as_array().unwrap();
    let of = |what: &str| coverage.iter().find(|one| one["of"] == what).unwrap();
    let names = |of: &Value, field: &str| -> Vec<String> {
        let list = of[field].as_array().unwrap().iter();
        list.map(|one| one["name"].as_str().or(one.as_str()).unwrap().to_owned())
            .collect()
    };
    let divisions = view["zkvms"][0]["divisions"].as_array().unwrap();
    let parts = |by: &str| {
        let division = divisions
            .iter()
            .find(|division| division["by"] == by)
            .unwrap();
        let listed = division["rows"].as_array().unwrap().len() as u64;
        listed + division["rest"]["parts"].as_u64().unwrap()
    };
    for (by, at_least, not_parts) in [("evm-opcode", 80, 1), ("evm-precompile", 12, 0)] {
        let exercised = names(of(by), "exercised");
        assert!(exercised.len() > at_least, "{by}: {exercised:?}");
        // Nothing ran that is not in the list of all of them; `(interpreter)` is no opcode.
        assert_eq!(exercised.len() as u64, parts(by) - not_parts, "{by}");
    }
    assert!(names(of("precompile"), "exercised").len() > 2);
    assert!(!names(of("precompile"), "not_exercised").is_empty());
    let recorded = zkperf_block::Recorded::read(&demo_block()).unwrap();
    let block = Block::decode(&recorded.raw_block).unwrap();
    let kinds = of("transaction-kind");
    assert!(kinds["unknown"].is_null(), "{kinds}");
    for (kind, name) in [
        (TxType::Legacy, "legacy"),
        (TxType::EIP2930, "EIP-2930 access list"),
        (TxType::EIP1559, "EIP-1559 fee market"),
        (TxType::EIP4844, "EIP-4844 blobs"),
        (TxType::EIP7702, "EIP-7702 set code"),
    ] {
        let of_kind = block
            .body
            .transactions
            .iter()
            .filter(|tx| tx.tx_type() == kind);
        let mut listed = kinds["exercised"].as_array().unwrap().iter();
        let listed = listed
            .find(|one| one["name"] == name)
            .map_or(0, |one| one["count"].as_u64().unwrap());
        assert_eq!(listed, of_kind.count() as u64, "{name}");
    }
}

fn real_pair(zkvm: &str, verdict: &str) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let paths = ["unpatched", "accelerated"].map(|variant| profiled(zkvm, variant, home));
    let profiles = paths.each_ref().map(|path| Profile::load(path).unwrap());
    let [before, after] = &profiles;
    let files = [paths[0].as_path(), paths[1].as_path()];
    let view = compare(home, &files, &["-n", "0"]);
    assert_eq!(view["schema"], "zkperf-compare/2");
    assert_eq!(view["verdict"], verdict, "{}", view["because"]);
    let seen = check_closes(&view, before, after);
    for by in EVERYWHERE {
        assert!(
            seen.iter().any(|known| known == by),
            "{zkvm}: no {by} in {seen:?}"
        );
    }
    check_functions(&view, before, after);
    check_coverage(&view);
    // The official integers, whatever is divided.
    for change in view["pairs"][0]["measures"].as_array().unwrap() {
        let Some(id) = before.measure(change["name"].as_str().unwrap()) else {
            continue;
        };
        let MeasureId(at) = id;
        assert_eq!(change["before"], before.measures[at as usize].total);
        assert_eq!(change["after"], after.measures[at as usize].total);
    }
    // Each measure takes a second of two processors: some of them, or all where nothing may be left out.
    let all = std::env::var_os("ZKPERF_LONG").is_some();
    for measure in before.measures.iter().step_by(if all { 1 } else { 4 }) {
        let view = compare(home, &files, &["-n", "7", "--measure", &measure.name]);
        check_closes(&view, before, after);
    }
    // The very same run.
    let same = compare(home, &[files[0], files[0]], &[]);
    assert_eq!(
        (&same["verdict"], &same["identical_elf"]),
        (&"neutral".into(), &true.into())
    );
    let divisions = same["zkvms"][0]["divisions"].as_array().unwrap();
    assert!(divisions
        .iter()
        .all(|division| division["rows"].as_array().unwrap().is_empty()));
    assert!(divisions
        .iter()
        .all(|division| division["rest"]["changed"] == 0));
}

#[test]
fn zisk_guests_differ_to_the_last_unit() {
    real_pair("zisk", "improvement");
}

#[test]
fn sp1_guests_differ_to_the_last_unit() {
    real_pair("sp1", "improvement");
}

#[test]
fn risc0_guests_pay_cycles_with_permutations() {
    real_pair("risc0", "mixed");
}

/// Writes the example, changed, as a profile.
fn write(home: &Path, name: &str, change: impl FnOnce(&mut ProfileData)) -> PathBuf {
    let mut data = example::small();
    change(&mut data);
    let path = home.join(name);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    Profile::new(data).unwrap().save(&path).unwrap();
    path
}

/// Another build on some block, `opcodes` dearer.
fn build(home: &Path, name: &str, block: u64, opcodes: i64) -> PathBuf {
    write(home, name, |data| {
        data.run.elf.sha256 = name.split('/').next().unwrap().repeat(9);
        data.run.input.block = Some(block);
        data.run.input.sha256 = format!("{block:064x}");
        let add = |value: &mut u64| *value = value.checked_add_signed(opcodes).unwrap();
        add(&mut data.node_values[1][2]);
        let pc = data.pcs.iter().position(|pc| pc.address == Some(0x2004));
        add(&mut data.pc_values[1][pc.unwrap()]);
        add(&mut data.measures[1].total);
        add(&mut data.measures[4].total);
    })
}

/// Exit code, stdout and stderr.
fn run(home: &Path, line: &str) -> (i32, String, String) {
    let run = output(zkperf(home).args(line.split(' ')));
    let (shown, said) = (text(&run.stdout), text(&run.stderr));
    assert!(!said.contains("panicked"), "{said}");
    (run.status.code().unwrap(), shown, said)
}

#[test]
fn exit_codes_are_for_limits_only() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    build(home, "base/1.zkp", 1, 0);
    build(home, "head/1.zkp", 1, 1_000);
    write(home, "wrong.zkp", |data| {
        data.run.elf.sha256 = "11".repeat(32);
        data.run.input.sha256 = format!("{:064x}", 1);
        data.run.output_sha256 = "00".repeat(32);
    });
    let pair = "compare base/1.zkp head/1.zkp";
    for (line, code, words) in [
        (pair.to_owned(), 0, "regression: cost +1,000"),
        (
            format!("{pair} --fail-above cost:1000"),
            0,
            "within the limits",
        ),
        (
            format!("{pair} --fail-above cost:999"),
            3,
            "limit cost:999 exceeded",
        ),
        (
            format!("{pair} --fail-above cost:0.08%"),
            0,
            "within the limits",
        ),
        (
            format!("{pair} --fail-above cost:0.07%"),
            3,
            "limit cost:0.07% exceeded",
        ),
        (
            format!("{pair} --fail-above steps:0 --fail-above opcodes:5"),
            3,
            "limit opcodes:5 exceeded",
        ),
        (
            "compare base/1.zkp wrong.zkp".to_owned(),
            0,
            "the outputs differ",
        ),
        (
            "compare base/1.zkp wrong.zkp --fail-above cost:99%".to_owned(),
            4,
            "the outputs differ",
        ),
        (
            "compare head/1.zkp base/1.zkp --fail-above cost:0".to_owned(),
            0,
            "improvement: cost -1,000",
        ),
        (
            format!("{pair} --fail-above cost:0 --format markdown"),
            3,
            "<!-- zkperf-compare -->",
        ),
    ] {
        let (found, shown, said) = run(home, &line);
        assert_eq!(found, code, "{line}: {shown} {said}");
        assert!(shown.contains(words), "{line}: {shown}");
    }
    for (line, words) in [
        (format!("{pair} --fail-above nonsense:5"), "nonsense"),
        (format!("{pair} --fail-above cost"), "MEASURE:LIMIT"),
        (format!("{pair} --fail-above cost:-5"), "MEASURE:LIMIT"),
        (format!("{pair} --measure nonsense"), "nonsense"),
        (format!("{pair} head/1.zkp"), "--with"),
        ("compare base/1.zkp".to_owned(), "BEFORE AFTER"),
    ] {
        let (found, shown, said) = run(home, &line);
        assert_eq!((found, shown.as_str()), (2, ""), "{line}: {said}");
        assert!(said.contains(words), "{line}: {said}");
    }
    let (code, _, said) = run(home, "compare base/1.zkp nothing.zkp");
    assert!(code == 1 && said.contains("nothing.zkp"), "{said}");
}

#[test]
fn what_cannot_be_judged_is_a_view() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let of_version = |name: &str, version: &str, tables: &str| {
        write(home, name, |data| {
            data.run.elf.sha256 = version.repeat(8);
            data.run.zkvm_version = version.into();
            data.run.cost_model.tables_sha256 = tables.repeat(32);
        })
    };
    of_version("old.zkp", "1.1.0-alpha", "aa");
    of_version("new.zkp", "1.4.0-alpha", "bb");
    build(home, "other.zkp", 7, 5);
    let (code, shown, _) = run(home, "compare old.zkp new.zkp");
    assert_eq!(code, 0);
    assert!(
        shown.contains("no verdict: the cost models differ"),
        "{shown}"
    );
    let (code, shown, said) = run(home, "compare old.zkp new.zkp --fail-above cost:9%");
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("no verdict"), "{said}");
    assert!(shown.contains("no verdict"), "{shown}");
    let (code, shown, _) = run(home, "compare new.zkp other.zkp");
    assert_eq!(code, 0);
    assert!(shown.contains("the inputs differ"), "{shown}");
    // The same program and input with other figures is an error of ours.
    write(home, "a.zkp", |_| ());
    let mut data = Profile::load(build(home, "b.zkp", 1, 9))
        .unwrap()
        .into_data();
    data.run = example::small().run;
    Profile::new(data)
        .unwrap()
        .save(home.join("b.zkp"))
        .unwrap();
    let (_, shown, _) = run(home, "compare a.zkp b.zkp");
    let line = shown.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(line.contains("which is an error of zkperf"), "{shown}");
}

#[test]
fn sets_are_paired_by_zkvm_and_input() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (block, opcodes) in [(1, -500), (2, 30), (3, 0)] {
        build(home, &format!("base/zisk/{block}.zkp"), block, 0);
        build(home, &format!("head/{block}.zkp"), block, opcodes);
    }
    build(home, "base/4.zkp", 4, 0);
    build(home, "head/5.zkp", 5, 0);
    std::fs::write(home.join("base/zisk/1.txt"), "a report").unwrap();
    let view = json(zkperf(home).args(["compare", "base", "head"]));
    assert_eq!(view["verdict"], "mixed");
    assert_eq!(view["pairs"].as_array().unwrap().len(), 3);
    let delta = |of: &Value| {
        let all = of["measures"].as_array().unwrap().iter();
        let mut cost = all.filter(|measure| measure["name"] == "cost");
        integer(&cost.next().unwrap()["value"]["delta"])
    };
    assert_eq!(delta(&view["zkvms"][0]), -470);
    let unpaired = view["unpaired"].as_array().unwrap();
    let sides: Vec<(&str, &str)> = unpaired
        .iter()
        .map(|one| (one["side"].as_str().unwrap(), one["file"].as_str().unwrap()))
        .collect();
    assert_eq!(sides, [("before", "base/4.zkp"), ("after", "head/5.zkp")]);
    // The same by other ways of saying it; a text report stands for its profile.
    let listed = "compare base/zisk/1.txt base/zisk/2.zkp base/zisk/3.zkp base/4.zkp --with head";
    let flagged = "compare --base base --with head/1.zkp head/2.zkp head/3.zkp head/5.zkp";
    for line in [listed, flagged] {
        let (code, shown, said) = run(home, &format!("{line} --json"));
        assert_eq!(code, 0, "{said}");
        let other: Value = serde_json::from_str(&shown).unwrap();
        assert_eq!(other["zkvms"], view["zkvms"], "{line}");
    }
    let (code, shown, _) = run(home, "compare base head --fail-above cost:29");
    assert_eq!(code, 3);
    assert!(shown.contains("block 2, cost +30"), "{shown}");
    // Within the limit, but one run is missing after the change.
    let (code, _, said) = run(home, "compare base head --fail-above cost:31");
    assert!(code == 4 && said.contains("base/4.zkp"), "{said}");
    let (_, shown, _) = run(
        home,
        "compare base head --format markdown -o out/comment.md",
    );
    assert_eq!(shown, "");
    let comment = std::fs::read_to_string(home.join("out/comment.md")).unwrap();
    assert!(comment.starts_with("<!-- zkperf-compare -->\n### "));
    for words in [
        "`block 2`",
        "**regression**",
        "Not compared, before only",
        "zkperf compare base head",
    ] {
        assert!(comment.contains(words), "no {words} in {comment}");
    }
    // Two guests on one side, and folders without a profile, are refused.
    build(home, "more/1.zkp", 1, 3);
    let (code, _, said) = run(home, "compare base more --with head");
    assert_eq!(code, 2);
    assert!(
        said.contains("base/zisk/1.zkp") && said.contains("more/1.zkp"),
        "{said}"
    );
    std::fs::create_dir(home.join("empty")).unwrap();
    let (code, _, said) = run(home, "compare base empty");
    assert!(code == 1 && said.contains("empty"), "{said}");
    let (code, _, said) = run(
        home,
        "compare base/4.zkp head/5.zkp head/1.zkp --with head/2.zkp",
    );
    assert!(code == 1 && said.contains("block 4"), "{said}");
}

#[test]
fn names_of_a_megabyte_are_cut() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (file, letter) in [("a.zkp", "x"), ("b.zkp", "y")] {
        write(home, file, |data| {
            data.run.elf.sha256 = letter.repeat(64);
            data.functions[3].name = "a::b<[c\u{1b}]0;".repeat(80_000) + letter;
            data.source.files[0] = "/d|`".repeat(250_000);
        });
    }
    for format in ["text", "markdown"] {
        let (code, shown, _) = run(home, &format!("compare a.zkp b.zkp --format {format}"));
        assert_eq!(code, 0);
        assert!(!shown.contains('\u{1b}'));
        let longest = shown.lines().map(str::len).max().unwrap();
        assert!(longest < 8_000, "{format}: a line of {longest} bytes");
    }
}
