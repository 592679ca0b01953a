//! Exports of a real run, read by the tools they are for: `callgrind_annotate` (valgrind) and `go tool pprof`.

mod support;

use std::path::Path;
use std::process::Command;
use support::{hello, json, output, succeed, text, zkperf};
use zkperf_profile::{thousands, MeasureId, Profile};

const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];

/// A profile of a small guest, at `<zkvm>.zkp`.
fn profiled(zkvm: &str, home: &Path) -> Profile {
    hello(zkvm, home);
    let (elf, out) = (format!("{zkvm}.elf"), format!("{zkvm}.zkp"));
    output(zkperf(home).args(["profile", "--zkvm", zkvm, "--elf", &elf, "-o", &out]));
    Profile::load(home.join(out)).unwrap()
}

fn export(zkvm: &str, home: &Path, format: &str, more: &[&str]) -> String {
    let (profile, out) = (format!("{zkvm}.zkp"), format!("{zkvm}.{format}"));
    let args = ["export", &profile, "--format", format, "-o", &out];
    succeed(zkperf(home).args(args).args(more));
    out
}

/// What a tool prints; nothing, and said on stdout, on a machine that lacks it.
fn tool(home: &Path, program: &str, args: &[&str]) -> Option<String> {
    let run = Command::new(program)
        .args(args)
        .env("PPROF_TMPDIR", home)
        .env("HOME", home)
        .current_dir(home)
        .output();
    match run {
        Ok(done) => {
            assert!(done.status.success(), "{program}: {}", text(&done.stderr));
            Some(text(&done.stdout))
        }
        Err(error) => {
            assert!(
                std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
                "{program}: {error}"
            );
            println!("skipped: {program}: {error}");
            None
        }
    }
}

#[test]
fn callgrind_annotate_adds_up_every_measure() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ZKVMS {
        let profile = profiled(zkvm, home.path());
        let file = export(zkvm, home.path(), "callgrind", &[]);
        let Some(read) = tool(home.path(), "callgrind_annotate", &["--auto=no", &file]) else {
            return;
        };
        let totals = read
            .lines()
            .find(|line| line.contains("PROGRAM TOTALS"))
            .or_else(|| read.lines().find(|line| line.contains("(100.0%)")));
        let totals = totals.unwrap_or_else(|| panic!("{read}"));
        for at in 0..profile.measures.len() as u32 {
            let sum = profile.sum(MeasureId(at));
            if sum > 0 {
                let expected = format!("{} (100.0%)", thousands(sum));
                assert!(
                    totals.contains(&expected),
                    "{zkvm}: {expected} not in {totals}"
                );
            }
        }
    }
}

#[test]
fn go_tool_pprof_adds_up_every_measure_and_knows_inlined_code() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ZKVMS {
        let profile = profiled(zkvm, home.path());
        let file = export(zkvm, home.path(), "pprof", &[]);
        let Some(raw) = tool(home.path(), "go", &["tool", "pprof", "-raw", &file]) else {
            return;
        };
        // `-raw` prints the sample types as `name/unit`, then a line of values for each sample.
        let mut lines = raw.lines().skip_while(|line| *line != "Samples:").skip(1);
        let types: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
        assert_eq!(types.len(), profile.measures.len(), "{types:?}");
        let mut sums = vec![0u64; types.len()];
        for line in lines.take_while(|line| !line.starts_with("Locations")) {
            let Some((values, _)) = line.split_once(':') else {
                continue;
            };
            for (sum, value) in sums.iter_mut().zip(values.split_whitespace()) {
                *sum += value.parse::<u64>().unwrap();
            }
        }
        for (at, measure) in profile.measures.iter().enumerate() {
            assert!(
                types[at].starts_with(&format!("{}/", measure.name)),
                "{types:?}"
            );
            assert_eq!(
                sums[at],
                profile.sum(MeasureId(at as u32)),
                "{zkvm}: {}",
                measure.name
            );
        }
        assert!(
            raw.contains(&profile.run.elf.sha256),
            "the build id is the ELF's hash"
        );
        // An inlined function has a line of its own below its location.
        let inlined = &profile.source.inlined;
        assert!(
            inlined.iter().any(|function| raw.contains(&function.name)),
            "{zkvm}"
        );
    }
}

#[test]
fn exports_go_where_they_are_sent_and_say_what_they_hold() {
    let home = tempfile::tempdir().unwrap();
    let profile = profiled("zisk", home.path());
    let folded = succeed(
        zkperf(home.path()).args(["export", "zisk.zkp", "--format", "folded", "-m", "steps"]),
    );
    let sum: u64 = folded
        .lines()
        .map(|line| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap())
        .sum();
    assert_eq!(sum, profile.sum(profile.measure("steps").unwrap()));
    let args = [
        "export",
        "zisk.zkp",
        "--format",
        "speedscope",
        "-m",
        "steps",
        "-m",
        "cost",
        "-o",
        "s.json",
    ];
    let told = json(zkperf(home.path()).args(args));
    assert_eq!(told["measures"], serde_json::json!(["steps", "cost"]));
    assert_eq!(
        told["bytes"],
        std::fs::metadata(home.path().join("s.json")).unwrap().len()
    );
    for (wrong, code) in [
        (&["--format", "pprof", "-m", "steps"][..], 2),
        (&["--format", "folded", "-m", "steps", "-m", "cost"], 2),
        (&["--format", "folded", "-m", "nonsense"], 2),
        (&["--format", "folded", "--json"], 2),
        (&["--format", "nonsense"], 2),
        (&["--format", "folded", "-o", "zisk.zkp/x"], 1),
    ] {
        let run = output(zkperf(home.path()).args(["export", "zisk.zkp"]).args(wrong));
        assert_eq!(
            run.status.code(),
            Some(code),
            "{wrong:?}: {}",
            text(&run.stderr)
        );
    }
}
