//! `zkperf lab` as it is typed: on real engines, killed by real deaths, as text and as JSON.

#[path = "support/shop.rs"]
mod shop;
mod support;

use shop::Shop;
use std::path::Path;
use std::process::Command;
use support::{guest_for, hello, output, text};

const NODE: &str = "http://node.example/KEY0123";

/// Tampered blocks go through the guest's own command as honest ones do; a guest that does not look at them accepts them.
/// What commands print may go into the ledger, the node's URL does not.
#[test]
fn a_guest_with_an_input_command_is_gated_through_it() {
    let shop = Shop::with_tiny_guests();
    let block = support::repository().join("fixtures/demo-block/demo-block.json.zst");
    let input = "echo asked $RPC_URL >&2; test {chain} = 1337 && test {block} = 6 && test {zkvm} = zisk && \
                 test -s {recorded} && cp $ZKPERF_ROOT/input.bin {out}";
    let config = shop.read("zkperf.toml");
    let config = config
        .replace(
            "input_file = \"input.bin\"",
            &format!("input = \"{input}\""),
        )
        .replace(
            "check = \"test -s guest/which\"",
            "check = \"echo asked $RPC_URL; test ! -e guest/wrong\"",
        );
    let config = format!("{config}\n[bench]\nrecorded = [{block:?}]\n");
    shop.write("zkperf.toml", config.as_bytes());
    shop.commit("an input command");
    let exits = |args: &[&str], code: i32| {
        let output = output(shop.zkperf(args).env("RPC_URL", NODE));
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{args:?}\n{said}");
        assert!(!said.contains("KEY0123"), "{said}");
        said
    };
    exits(&["lab", "baseline"], 0);
    exits(&["lab", "try", "fewer additions"], 0);
    shop.choose("best");
    let said = exits(&["lab", "validate"], 4);
    assert!(
        said.contains("must-reject") && !said.contains("not gated"),
        "{said}"
    );
    shop.write("guest/wrong", b"");
    shop.commit("what the repository's own tests see");
    let said = exits(&["lab", "validate"], 4);
    assert!(said.contains("asked $RPC_URL"), "{said}");
    exits(&["lab", "revert", "--reason", "it reads no block"], 0);
    let ledger = shop.read("lab/ledger.jsonl");
    assert!(
        ledger.contains("asked $RPC_URL") && !ledger.contains("KEY0123"),
        "{ledger}"
    );
}

const SAID: &str = "the tiny guest reads no block";

#[test]
fn a_session_on_the_command_line() {
    let shop = Shop::with_tiny_guests();
    let (_, said) = shop.exits(&["lab", "try", "anything"], 1);
    assert!(said.contains("zkperf lab baseline"), "{said}");
    let baseline = shop.json(&["lab", "baseline"], "zkperf-lab-baseline/1");
    let cost = |figures: &serde_json::Value| {
        let measures = figures["measures"].as_array().unwrap();
        measures.iter().find(|m| m["name"] == "cost").unwrap()["total"]
            .as_u64()
            .unwrap()
    };
    let first = cost(&baseline["row"]["event"]["figures"][0]);
    assert_eq!(
        shop.json(&["lab", "baseline"], "zkperf-lab-baseline/1")["row"],
        serde_json::Value::Null
    );

    shop.ok(&[
        "lab",
        "try",
        "fewer additions",
        "--expect",
        "-10%",
        "--function",
        "main",
    ]);
    shop.choose("best");
    let (told, said) = shop.exits(&["lab", "validate"], 1);
    assert!(
        told.contains("improvement") && told.contains("not gated"),
        "{told}"
    );
    assert!(said.contains("--acknowledge"), "{said}");
    let validated = shop.json(&["lab", "validate"], "zkperf-lab-validate/1");
    assert_eq!(validated["next"], "zkperf lab keep --acknowledge REASON");
    let pair = validated["profiles"][0].as_array().unwrap();
    let compared = shop.json(
        &[
            "compare",
            pair[0].as_str().unwrap(),
            pair[1].as_str().unwrap(),
        ],
        "zkperf-compare/2",
    );
    assert_eq!(compared["verdict"], "improvement");
    let case = &validated["row"]["event"]["cases"][0];
    let last = case["measures"]
        .as_array()
        .unwrap()
        .iter()
        .find(|m| m["name"] == "cost")
        .unwrap()["after"]
        .as_u64();
    shop.exits(&["lab", "keep"], 1);
    shop.ok(&["lab", "keep", "--acknowledge", SAID]);
    assert_eq!(
        shop.git(&["log", "--format=%s", "-1", "main"]),
        "fewer additions\n"
    );
    // What the ledger says is what `zkperf run` of that guest costs, less the additions: 100 fewer, each a step.
    let steps = |guest: &str| -> u64 {
        let elf = format!("elves/{guest}.elf");
        let out = shop.ok(&[
            "profile",
            "--elf",
            &elf,
            "--input",
            "input.bin",
            "-o",
            "../p.zkp",
            "--json",
        ]);
        let document: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(
            document["totals"]["cost"].as_u64(),
            if guest == "best" { last } else { Some(first) }
        );
        document["totals"]["steps"].as_u64().unwrap()
    };
    assert_eq!(steps("good") - steps("best"), 100);

    let tried = shop.json(
        &["lab", "try", "unrolled additions", "--function", "MAIN"],
        "zkperf-lab-try/1",
    );
    assert_eq!(tried["earlier"][0]["hypothesis"], "fewer additions");
    shop.choose("dear");
    shop.exits(&["lab", "validate"], 3);
    let (_, said) = shop.exits(&["lab", "keep", "--acknowledge", SAID], 3);
    assert!(said.contains("costs more"), "{said}");
    shop.exits(&["lab", "revert"], 2);
    shop.ok(&["lab", "revert", "--reason", "additions are not free"]);
    assert_eq!(shop.read("guest/which"), "best\n");

    shop.ok(&["lab", "try", "no additions at all"]);
    shop.choose("other");
    let (_, said) = shop.exits(&["lab", "validate"], 4);
    assert!(said.contains("outputs differ"), "{said}");
    shop.exits(
        &["lab", "keep", "--acknowledge", SAID, "--accept-mixed", "x"],
        4,
    );
    shop.ok(&["lab", "revert", "--reason", "it computes something else"]);

    let verified = shop.json(&["lab", "verify"], "zkperf-lab-verify/1");
    let sums = verified["verified"]["baselines"][0]["sums"]
        .as_array()
        .unwrap();
    let sum = sums.iter().find(|sum| sum["measure"] == "cost").unwrap();
    assert_eq!(
        (sum["first"].as_u64(), sum["last"].as_u64()),
        (Some(first), last)
    );
    assert_eq!(
        sum["kept"].as_i64(),
        Some(last.unwrap() as i64 - first as i64)
    );
    let log = shop.json(&["lab", "log", "--search", "additions"], "zkperf-lab-log/1");
    let numbers: Vec<u64> = log["attempts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|a| a["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    assert_eq!(
        shop.json(&["lab", "status"], "zkperf-lab-status/1")["attempt"],
        serde_json::Value::Null
    );
    let logbook = shop.read("lab/logbook.md");
    assert!(
        logbook.contains("additions are not free") && logbook.contains(SAID),
        "{logbook}"
    );

    // A byte that changed; the two shell commands that the documentation gives find it, too.
    let ledger = shop.read("lab/ledger.jsonl");
    shop.write(
        "lab/ledger.jsonl",
        ledger.replacen("fewer", "fewar", 1).as_bytes(),
    );
    let (_, said) = shop.exits(&["lab", "verify"], 1);
    assert!(
        said.contains("row 2") && said.contains("it was changed"),
        "{said}"
    );
    shop.write("lab/ledger.jsonl", ledger.as_bytes());
    let by_shell = "sed -n 2p lab/ledger.jsonl | sed 's/^{\"hash\":\"[0-9a-f]*\",/{/' | tr -d '\\n' | sha256sum";
    let found = Command::new("sh")
        .current_dir(shop.root())
        .args(["-c", by_shell])
        .output()
        .unwrap();
    let row = ledger.lines().nth(1).unwrap();
    assert_eq!(&text(&found.stdout)[..64], &row[9..73]);
    shop.write("../alone.jsonl", ledger.as_bytes());
    shop.ok(&["lab", "verify", "--file", "../alone.jsonl"]);
}

#[test]
fn a_process_that_dies_loses_nothing() {
    for (at, dies) in [
        ("journal written", "keep"),
        ("commit made", "keep"),
        ("branch moved", "keep"),
        ("switched", "keep"),
        ("pending cleared", "keep"),
        ("row written", "try"),
        ("branch made", "try"),
        ("branch moved", "revert"),
        ("commit made", "baseline"),
        ("branch moved", "baseline"),
    ] {
        let shop = Shop::with_tiny_guests();
        let keep = ["lab", "keep", "--acknowledge", SAID];
        let commands: [&[&str]; 5] = [
            &["lab", "baseline"],
            &["lab", "try", "fewer additions"],
            &keep,
            &["lab", "try", "still fewer"],
            &["lab", "revert", "--reason", "no idea how"],
        ];
        for command in commands {
            if command[1] == "keep" {
                shop.choose("best");
                shop.exits(&["lab", "validate"], 1);
            }
            if command[1] == dies && command != ["lab", "try", "still fewer"] {
                let died = output(shop.zkperf(command).env("ZKPERF_LAB_DIE_AT", at));
                assert_eq!(
                    died.status.code(),
                    None,
                    "killed by a signal: {}",
                    text(&died.stderr)
                );
                let status = shop.json(&["lab", "status"], "zkperf-lab-status/1");
                assert!(
                    status["interrupted"].is_string(),
                    "{at} of {dies}: {status}"
                );
            }
            shop.ok(command);
        }
        let verified = shop.json(&["lab", "verify"], "zkperf-lab-verify/1");
        let verified = &verified["verified"];
        assert_eq!(
            (verified["kept"].as_u64(), verified["reverted"].as_u64()),
            (Some(1), Some(1)),
            "{at} of {dies}"
        );
        let subjects = shop.git(&["log", "--format=%s", "main"]);
        let subjects: Vec<&str> = subjects.lines().collect();
        assert_eq!(
            subjects[..2],
            ["lab 002: reverted: still fewer", "fewer additions"],
            "{at} of {dies}"
        );
        assert_eq!(subjects.len(), 4, "{at} of {dies}: {subjects:?}");
        assert_eq!(shop.git(&["status", "--porcelain"]), "");
        assert_eq!(shop.git(&["branch", "--show-current"]), "main\n");
        assert_eq!(shop.read("guest/which"), "best\n");
    }
}

#[cfg(unix)]
#[test]
fn a_second_process_waits_for_the_first() {
    let shop = Shop::with_tiny_guests();
    // A build that goes on until somebody writes into the pipe.
    let pipe = shop.folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let config = shop.read("zkperf.toml");
    let waits = format!("read word < '{}' && mkdir", pipe.display());
    shop.write(
        "zkperf.toml",
        config.replacen("mkdir", &waits, 1).as_bytes(),
    );
    shop.commit("a build that waits");
    let mut first = shop.zkperf(&["lab", "baseline"]).spawn().unwrap();
    // Opens once the build has opened its end; by then the lab is locked.
    let mut pipe = std::fs::File::options().write(true).open(&pipe).unwrap();
    for command in [
        &["lab", "try", "meanwhile"][..],
        &["lab", "baseline"],
        &["lab", "verify", "--repair"],
    ] {
        let (_, said) = shop.exits(command, 1);
        assert!(
            said.contains("another process works in this lab (`zkperf lab baseline`, process"),
            "{said}"
        );
    }
    shop.ok(&["lab", "status"]);
    shop.ok(&["lab", "log"]);
    std::io::Write::write_all(&mut pipe, b"go\n").unwrap();
    drop(pipe);
    assert!(first.wait().unwrap().success());
    shop.ok(&["lab", "try", "afterwards"]);
}

#[test]
fn three_zkvms_and_a_block() {
    // `session.rs` does as much on two blocks with every push; this one is among the long checks.
    if std::env::var_os("ZKPERF_LONG").is_none() {
        println!("skipped: ZKPERF_LONG is not set");
        return;
    }
    let shop = Shop::new();
    for zkvm in ["zisk", "sp1", "risc0"] {
        for variant in ["accelerated", "unpatched"] {
            let elf = guest_for(zkvm, shop.folder.path(), variant);
            std::fs::rename(
                elf,
                shop.folder.path().join(format!("{zkvm}-{variant}.elf")),
            )
            .unwrap();
        }
        hello(zkvm, shop.folder.path());
        let from = shop.folder.path().join(format!("{zkvm}.elf"));
        std::fs::rename(from, shop.folder.path().join(format!("{zkvm}-hello.elf"))).unwrap();
    }
    let elves = shop.folder.path().display().to_string();
    let guest = |zkvm: &str| {
        format!(
            "[guest.{zkvm}]\nbuild = \"mkdir -p out && cp '{elves}'/{zkvm}-$(cat guest/which).elf out/{zkvm}.elf\"\n\
             elf = \"out/{zkvm}.elf\"\n"
        )
    };
    let demo =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/demo-block/demo-block.json.zst");
    shop.write("blocks/demo-block.json.zst", &std::fs::read(demo).unwrap());
    shop.write("guest/which", b"accelerated\n");
    let config = ["zisk", "sp1", "risc0"].map(guest).concat();
    let rest = "[bench]\nrecorded = [\"blocks/*.json.zst\"]\n[lab]\nmay_change = [\"guest/**\"]\nprotected = [\"blocks/**\"]\n";
    shop.write("zkperf.toml", format!("{config}{rest}").as_bytes());
    shop.write(".gitignore", b"/out/\n");
    shop.ok(&["lab", "init"]);
    shop.commit("first");

    let baseline = shop.json(&["lab", "baseline"], "zkperf-lab-baseline/1");
    assert_eq!(
        baseline["row"]["event"]["figures"]
            .as_array()
            .unwrap()
            .len(),
        3
    );

    // Software instead of circuits: dearer on ZisK and SP1; on RISC Zero more cycles, but no permutations.
    shop.ok(&["lab", "try", "portable Keccak", "--expect", "+100%"]);
    shop.choose("unpatched");
    let validated = shop.json(&["lab", "validate"], "zkperf-lab-validate/1");
    let result = &validated["row"]["event"];
    assert_eq!(result["verdict"], "mixed");
    let because = result["because"].to_string();
    assert!(
        because.contains("keccak_permutations -") && because.contains("zisk, block 6: regression"),
        "{because}"
    );
    assert!(!result["movers"].as_array().unwrap().is_empty());
    let (_, said) = shop.exits(&["lab", "keep", "--acknowledge", "prebuilt"], 1);
    assert!(said.contains("--accept-mixed"), "{said}");
    shop.ok(&["lab", "revert", "--reason", "circuits are cheaper"]);

    // A guest that adds up bytes is cheap, and no validator.
    shop.ok(&["lab", "try", "add up the bytes"]);
    shop.choose("hello");
    shop.exits(&["lab", "validate"], 4);
    shop.exits(
        &["lab", "keep", "--acknowledge", "x", "--accept-mixed", "x"],
        4,
    );
    shop.ok(&["lab", "revert", "--reason", "it validates nothing"]);
    let verified = shop.json(&["lab", "verify"], "zkperf-lab-verify/1");
    assert_eq!(verified["verified"]["reverted"], 2);
    assert!(shop.read("lab/logbook.md").contains("circuits are cheaper"));
}
