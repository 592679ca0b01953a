//! Patch audit and advice on real guests: verdicts agree with what the runs count, shares are exclusive, estimates are near
//! what the accelerated twin saves.

mod support;

use serde_json::Value;
use std::path::{Path, PathBuf};
use support::{fail, guest_for, json, output, recorded, repository, succeed, text, zkperf};

const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];

/// Profiles a variant of the reference guest on a recorded block.
fn profiled(zkvm: &str, variant: &str, home: &Path, file: &Path) -> PathBuf {
    let elf = guest_for(zkvm, home, variant);
    let mut command = zkperf(home);
    command
        .args(["bench", "--zkvm", zkvm, "--recorded"])
        .arg(file);
    command
        .arg("--elf")
        .arg(elf)
        .args(["--title", variant, "-o", "out"]);
    let report = json(&mut command);
    home.join(report["runs"][0]["profile"].as_str().unwrap())
}

fn patches(home: &Path, profile: &Path) -> Value {
    json(zkperf(home).arg("patches").arg(profile))
}

fn advise(home: &Path, profile: &Path) -> Value {
    json(zkperf(home).arg("advise").arg(profile))
}

fn cell<'a>(audit: &'a Value, operation: &str) -> &'a Value {
    let rows = audit["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["operation"] == operation);
    &row.unwrap_or_else(|| panic!("no {operation}"))["cells"][0]
}

fn number(value: &Value) -> u64 {
    value
        .as_u64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

/// Permutations that the run's own table counts: read from the profile's JSON, not from the audit.
fn permutations(home: &Path, profile: &Path) -> u64 {
    let text = succeed(zkperf(home).arg("to-json").arg(profile));
    let profile: Value = serde_json::from_str(&text).unwrap();
    let tables = profile["tables"].as_array().unwrap().iter();
    let rows = tables.flat_map(|table| table["rows"].as_array().unwrap());
    let names = ["keccak", "KECCAK_PERMUTE", "permutations"];
    let counts = rows.filter(|row| names.contains(&row["label"].as_str().unwrap()));
    counts.map(|row| number(&row["values"][0])).sum()
}

/// What a variant spends on an operation: portable code and code on circuits.
fn spent(audit: &Value, operation: &str) -> u64 {
    let ran = &cell(audit, operation)["ran"];
    number(&ran["portable_cost"]) + number(&ran["circuit_cost"])
}

/// What a finding is ranked by: the middle of a range, half of a bound, a quarter of a share.
fn worth(finding: &Value) -> u64 {
    let saving = &finding["saving"];
    match saving["kind"].as_str().unwrap() {
        "range" => number(&saving["low"]) / 2 + number(&saving["high"]) / 2,
        "at_most" => number(&saving["high"]) / 2,
        _ => number(&finding["share"]["value"]) / 4,
    }
}

fn check_shares(advice: &Value) {
    let findings = advice["findings"].as_array().unwrap();
    let claimed: u64 = findings
        .iter()
        .map(|finding| number(&finding["share"]["value"]))
        .sum();
    let rest = number(&advice["rest"]["all"]["value"]);
    assert_eq!(claimed + rest, number(&advice["measure"]["sum"]));
    let classes = ["patch", "algorithm", "memory", "micro"];
    let of = |finding: &Value| {
        let class = finding["class"].as_str().unwrap();
        classes.iter().position(|known| *known == class).unwrap()
    };
    let greatest = findings.iter().map(worth).max().unwrap_or(0);
    let steps = |finding: &Value| {
        let below = |steps: &u32| worth(finding) >= greatest / zkperf_advise::STEP.pow(*steps);
        (0..30).find(below).unwrap()
    };
    let place = |finding: &Value| (steps(finding), of(finding));
    assert!(
        findings
            .windows(2)
            .all(|pair| place(&pair[0]) <= place(&pair[1])),
        "by order of size, then by the decision framework"
    );
    for finding in findings {
        assert!(!finding["remedy"].as_str().unwrap().is_empty(), "{finding}");
        assert!(
            finding["check"].as_str().unwrap().starts_with("zkperf "),
            "{finding}"
        );
        let saving = &finding["saving"];
        let high = saving["high"].as_u64().unwrap_or(0);
        assert!(
            high <= number(&finding["share"]["value"]),
            "nothing saves more than it claims: {finding}"
        );
        assert!(saving["low"].as_u64().unwrap_or(0) <= high);
    }
}

/// What repeats is a part of what its function costs in all; some of it is found on every block.
fn check_repeats(path: &Path) {
    let profile = zkperf_profile::Profile::load(path).unwrap();
    let cost = profile.proving_cost().unwrap();
    let inclusive = profile.inclusive_by_function(cost);
    let repeats = profile.repeats().expect("always recorded");
    assert!(!repeats.is_empty());
    let mut sums = std::collections::BTreeMap::<&str, u64>::new();
    for row in repeats {
        *sums.entry(row.function).or_default() += row.cost;
        assert!(
            row.different + row.repeats + row.differed <= row.calls,
            "{row:?}"
        );
        assert!(row.repeats < row.calls || row.different == 0, "{row:?}");
    }
    for (name, sum) in sums {
        let of = profile.functions.iter().zip(&inclusive);
        let of = of.filter(|(function, _)| function.name == name);
        let whole: u64 = of.map(|(_, value)| *value).sum();
        assert!(sum <= whole, "{name}: {sum} of {whole}");
    }
}

/// The two variants of the guest on a block: verdicts, counts, order, and the estimate against the truth.
fn check_block(zkvm: &str, file: &Path) {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let [unpatched, accelerated] =
        ["unpatched", "accelerated"].map(|variant| profiled(zkvm, variant, home, file));
    check_repeats(&unpatched);
    check_repeats(&accelerated);
    let [before, after] = [&unpatched, &accelerated].map(|profile| patches(home, profile));

    let (keccak, on_circuit) = (cell(&before, "keccak256"), cell(&after, "keccak256"));
    assert_eq!(keccak["verdict"], "unpatched", "{zkvm}");
    assert_eq!(on_circuit["verdict"], "accelerated", "{zkvm}");
    assert_eq!(keccak["circuits"], serde_json::json!([]));
    assert_eq!(permutations(home, &unpatched), 0);
    let cited = number(&on_circuit["circuits"][0]["calls"]);
    assert_eq!(cited, permutations(home, &accelerated), "{zkvm}");
    assert!(cited > 1_000);
    // What the circuit does and what is left in software is what software did, permutation by permutation.
    let left = number(&on_circuit["ran"]["portable_units"]);
    assert_eq!(
        number(&keccak["ran"]["portable_units"]),
        cited + left,
        "{zkvm}"
    );
    assert_eq!(cell(&before, "ecrecover")["verdict"], "unpatched", "{zkvm}");
    assert_eq!(
        cell(&after, "ecrecover")["verdict"],
        "accelerated",
        "{zkvm}"
    );
    assert_eq!(
        number(&cell(&after, "ecrecover")["ran"]["portable_cost"]),
        0
    );

    let [advice, next] = [&unpatched, &accelerated].map(|profile| advise(home, profile));
    check_shares(&advice);
    check_shares(&next);
    let first = &advice["findings"][0];
    assert_eq!(first["rule"], "unpatched-crypto", "{zkvm}");
    let patched = ["keccak256", "ecrecover"];
    assert!(
        patched.contains(&first["subject"].as_str().unwrap()),
        "{first}"
    );
    let named = next["findings"].as_array().unwrap().iter();
    let mut named = named.filter(|finding| finding["rule"] == "unpatched-crypto");
    assert!(named.all(|finding| {
        let is_patched = patched.contains(&finding["subject"].as_str().unwrap());
        !is_patched || finding["share"]["percent"].as_f64().unwrap() < 0.1
    }));

    for operation in patched {
        let truth = spent(&before, operation) - spent(&after, operation);
        let findings = advice["findings"].as_array().unwrap();
        let finding = findings
            .iter()
            .find(|finding| {
                finding["subject"] == operation && finding["rule"] == "unpatched-crypto"
            })
            .unwrap();
        let saving = &finding["saving"];
        assert_eq!(saving["kind"], "range", "{zkvm} {operation}: {saving}");
        let (low, high) = (
            number(&saving["low"]) as f64,
            number(&saving["high"]) as f64,
        );
        let error = (low / 2.0 + high / 2.0) / truth as f64 - 1.0;
        println!(
            "{zkvm} {operation}: estimate {low:.0} to {high:.0}, truth {truth}, {:+.1}%",
            error * 100.0
        );
        assert!(
            error.abs() < 0.3,
            "{zkvm} {operation}: {low} to {high}, truth {truth}"
        );
    }
}

/// Runs every command that a finding says to look with.
fn check_commands(home: &Path, advice: &Value) {
    let binary = Path::new(env!("CARGO_BIN_EXE_zkperf"));
    let findings = advice["findings"].as_array().unwrap().iter();
    let mut commands: Vec<&str> = findings
        .map(|finding| finding["check"].as_str().unwrap())
        .collect();
    commands.sort_unstable();
    commands.dedup();
    for command in commands {
        let ran = std::process::Command::new("sh")
            .args(["-c", command])
            .env(
                "PATH",
                format!("{}:/usr/bin:/bin", binary.parent().unwrap().display()),
            )
            .env("ZKPERF_HOME", home)
            .current_dir(home)
            .output()
            .expect("sh");
        assert!(ran.status.success(), "{command}\n{}", text(&ran.stderr));
        assert!(!ran.stdout.is_empty(), "{command}");
    }
}

#[test]
fn every_command_of_a_finding_works() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = repository().join("fixtures/demo-block/demo-block.json.zst");
    for zkvm in ZKVMS {
        let profile = profiled(zkvm, "accelerated", home, &file);
        let named = home.join(format!("it's {zkvm}.zkp"));
        std::fs::copy(profile, &named).unwrap();
        let name = named.file_name().unwrap();
        check_commands(home, &advise(home, Path::new(name)));
    }
}

#[test]
fn the_demo_block_on_zisk() {
    check_block(
        "zisk",
        &repository().join("fixtures/demo-block/demo-block.json.zst"),
    );
}

#[test]
fn the_demo_block_on_sp1() {
    check_block(
        "sp1",
        &repository().join("fixtures/demo-block/demo-block.json.zst"),
    );
}

#[test]
fn the_demo_block_on_risc0() {
    check_block(
        "risc0",
        &repository().join("fixtures/demo-block/demo-block.json.zst"),
    );
}

#[test]
fn real_blocks() {
    // One block for every push; both are among the long checks.
    let blocks: &[u64] = match std::env::var_os("ZKPERF_LONG") {
        Some(_) => &[24_628_607, 25_229_957],
        None => &[24_628_607],
    };
    for block in blocks {
        let Some(file) = recorded(*block) else { return };
        for zkvm in ZKVMS {
            check_block(zkvm, &file);
        }
    }
}

#[test]
fn every_operation_of_the_demo_block_is_seen() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let file = repository().join("fixtures/demo-block/demo-block.json.zst");
    let profile = profiled("zisk", "accelerated", home, &file);
    let audit = patches(home, &profile);
    assert_eq!(audit["schema"], "zkperf-patches/1");
    // The demo's block executes each of these precompiles; the guest accelerates none of them.
    for operation in [
        "kzg",
        "bls12-pairing",
        "bls12-g1-msm",
        "bls12-g1-add",
        "bn254-add",
        "bn254-mul",
        "bn254-pairing",
        "modexp",
        "p256",
    ] {
        let cell = cell(&audit, operation);
        assert_eq!(cell["verdict"], "unpatched", "{operation}: {cell}");
        assert!(cell["available"]["through"].is_string());
    }
    assert_eq!(cell(&audit, "ripemd160")["verdict"], "not_available");
    // 170 blocks in all: the circuit does what the EVM asks for, one block is hashed by a library.
    let sha256 = cell(&audit, "sha256");
    assert_eq!(sha256["verdict"], "partly");
    assert_eq!(number(&sha256["circuits"][0]["calls"]), 169);
    assert_eq!(number(&sha256["ran"]["portable_units"]), 1);
    let unpatched = patches(home, &profiled("zisk", "unpatched", home, &file));
    assert_eq!(
        number(&cell(&unpatched, "sha256")["ran"]["portable_units"]),
        170
    );
    assert_eq!(
        cell(&audit, "memory")["verdict"],
        "accelerated",
        "ZisK copies by DMA"
    );
    // Not executed, but linked: read from the ELF's symbols.
    assert!(audit["columns"][0]["symbols_read"].as_bool().unwrap());
}

#[test]
fn lock_files_and_misuse() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    let lock = repository().join("guests/sp1/Cargo.lock");
    let mut command = zkperf(home);
    let audit = json(command.arg("patches").arg("--lock").arg(lock));
    let issues = audit["lock"]["issues"].as_array().unwrap();
    let has = |name: &str, kind: &str| {
        issues
            .iter()
            .any(|issue| issue[1]["name"] == name && issue[1]["kind"] == kind)
    };
    assert!(
        has("k256", "not-patched") && has("tiny-keccak", "not-patched"),
        "{issues:?}"
    );

    std::fs::write(home.join("no.lock"), "nothing").unwrap();
    let message = fail(zkperf(home).args(["patches", "--lock", "no.lock"]));
    assert!(
        message.contains("no.lock") && message.contains("Cargo.lock"),
        "{message}"
    );
    fail(zkperf(home).args(["advise", "missing.zkp"]));
    let refused = output(zkperf(home).args(["patches", "--elf", "x.elf"]));
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused.stderr));
}
