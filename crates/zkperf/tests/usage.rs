//! A command line that cannot be carried out: exit code 2, before anything is run or written, with the values
//! that would do.

mod support;

use std::path::Path;
use support::{output, text, zkperf};
use zkperf_testkit::guests;

/// Runs and demands exit code 2; returns stderr.
fn refused(command: &mut std::process::Command) -> String {
    let output = output(command);
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{command:?}\n{stderr}");
    assert!(stderr.contains("error: "), "{stderr}");
    stderr
}

/// A small guest for ZisK, and a profile of it.
fn small(home: &Path) {
    let elf = guests()
        .into_iter()
        .find(|guest| guest.name == "calls_nested")
        .unwrap()
        .elf;
    std::fs::write(home.join("g.elf"), elf).unwrap();
    std::fs::write(home.join("in.bin"), [0; 16]).unwrap();
    support::succeed(
        zkperf(home).args(["profile", "--zkvm", "zisk", "--elf", "g.elf", "-o", "p.zkp"]),
    );
}

#[test]
fn bad_option_values_name_the_good_ones() {
    let home = tempfile::tempdir().unwrap();
    small(home.path());
    let zisk = "--zkvm zisk --elf g.elf";
    let cases: &[(&str, &[&str])] = &[
        ("top p.zkp -m nosuch", &["\"nosuch\"", "steps", "cost"]),
        ("callers p.zkp main -m nosuch", &["steps", "cost"]),
        ("callees p.zkp main -m nosuch", &["steps", "cost"]),
        ("top p.zkp -f (", &["regular expression"]),
        ("top p.zkp --by line", &["function"]),
        ("top p.zkp -n x", &["x"]),
        (
            "input 1 --format foo",
            &["\"foo\"", "zisk", "sp1", "risc0", "all"],
        ),
        ("input", &["number"]),
        ("input 1 --rpc-url nonsense", &["https://"]),
        ("input --recorded a --recorded b", &["bench"]),
        (
            "bench --zkvm nosuch --block 1",
            &["zisk@", "sp1@", "risc0@"],
        ),
        ("bench --zkvm zisk", &["--block", "--recorded"]),
        (
            "bench --zkvm zisk --block 1 --block 2 --recorded a",
            &["pair"],
        ),
        (
            "bench --zkvm zisk --block 1 --elf g.elf --po2 20",
            &["--po2", "zisk"],
        ),
        ("build --zkvm nosuch", &["zisk@", "sp1@", "risc0@"]),
        (
            "build --zkvm zisk@9",
            &["zisk@9", "zisk@1.4.0-alpha", "zisk@1.1.0-alpha"],
        ),
        (
            "build --zkvm zisk --variant nosuch",
            &["unpatched", "accelerated"],
        ),
        ("build --zkvm zisk --guest nosuch", &["nosuch"]),
        ("doctor --zkvm nosuch", &["zisk@", "sp1@", "risc0@"]),
        (
            "doctor --zkvm zisk@9",
            &["zisk@1.4.0-alpha", "zisk@1.1.0-alpha"],
        ),
        ("demo --zkvm nosuch", &["zisk@", "sp1@", "risc0@"]),
        ("run --zkvm zisk@9 --elf g.elf", &["zisk@1.4.0-alpha"]),
        ("run --zkvm zisk", &["--elf"]),
        ("run --zkvm native", &["--input"]),
        ("run --zkvm native --input in.bin --elf g.elf", &["--elf"]),
        (
            "run --zkvm native --input in.bin --max-steps 5",
            &["--max-steps"],
        ),
        ("profile --zkvm zisk --elf g.elf --elf g.elf", &["all"]),
        (
            "profile --zkvm all --elf g.elf -o q.zkp --elf g.elf --elf g.elf",
            &["-o"],
        ),
        (&format!("profile {zisk} -o q.txt --stats"), &["q.zkp"]),
        (&format!("profile {zisk} --po2 20"), &["--po2"]),
        (&format!("profile {zisk} --arg x"), &["ZisK", "--input"]),
        (&format!("profile {zisk} --env NAME"), &["NAME=VALUE"]),
        (&format!("profile {zisk} --stdin in.bin"), &["--input"]),
        (&format!("profile {zisk} --max-steps=-1"), &["max-steps"]),
        (
            &format!("run {zisk} --input in.bin --stdin in.bin"),
            &["--stdin"],
        ),
    ];
    for (line, words) in cases {
        let error = refused(zkperf(home.path()).args(line.split(' ')));
        for word in *words {
            assert!(error.contains(word), "{line}: {error}");
        }
    }
    // Nothing was written, but for what is kept of source lines.
    let left = std::fs::read_dir(home.path()).unwrap();
    let left = left.filter(|entry| entry.as_ref().unwrap().file_name() != "cache");
    assert_eq!(left.count(), 3);
}

#[test]
fn segments_have_a_range() {
    let home = tempfile::tempdir().unwrap();
    support::hello("risc0", home.path());
    let run = [
        "run",
        "--zkvm",
        "risc0",
        "--elf",
        "risc0.elf",
        "--po2",
        "99",
    ];
    let error = refused(zkperf(home.path()).args(run));
    assert!(
        error.contains("from 13 to 24") || error.contains(" to "),
        "{error}"
    );
}

#[test]
fn one_elf_is_not_for_all_zkvms() {
    let home = tempfile::tempdir().unwrap();
    small(home.path());
    for line in [
        "bench --zkvm all --block 1 --elf g.elf",
        "profile --zkvm all --elf g.elf",
        "run --zkvm all --elf g.elf --elf g.elf",
    ] {
        let error = refused(zkperf(home.path()).args(line.split(' ')));
        assert!(
            error.contains("an ELF is for one zkVM") && error.contains("--zkvm NAME"),
            "{line}: {error}"
        );
    }
    // Three of one zkVM leave two without.
    let error = refused(
        zkperf(home.path()).args("run --zkvm all --elf g.elf --elf g.elf --elf g.elf".split(' ')),
    );
    assert!(error.contains("none of these is for sp1"), "{error}");
}
