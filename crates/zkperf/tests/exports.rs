//! Exports of a real run, read by the tools they are for: `callgrind_annotate` (valgrind), `go tool pprof`, and the importer
//! of the npm package `speedscope`. The Firefox Profiler is on no package registry.

mod support;

use std::path::{Path, PathBuf};
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
            if !values
                .trim_start()
                .starts_with(|c: char| c.is_ascii_digit())
            {
                // Labels of the sample above: `bytes:[32]`.
                continue;
            }
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

/// The npm package `speedscope`: where `ZKPERF_SPEEDSCOPE` says, or else where CI installs it.
fn speedscope_package() -> Option<PathBuf> {
    let cache = || {
        let user = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
        let user = user.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
        Some(user?.join("zkperf/reference/speedscope/node_modules/speedscope"))
    };
    let named = std::env::var_os("ZKPERF_SPEEDSCOPE").map(PathBuf::from);
    let folder = named.or_else(cache).unwrap_or_default();
    if folder.join("dist/release").is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "{} is missing: npm install speedscope@1.25.0",
        folder.display()
    );
    println!("skipped: {} missing", folder.display());
    None
}

#[test]
fn speedscope_adds_up_every_measure_and_every_function() {
    let Some(package) = speedscope_package() else {
        return;
    };
    let home = tempfile::tempdir().unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/speedscope.js");
    for zkvm in ZKVMS {
        let profile = profiled(zkvm, home.path());
        let mut more = vec!["--physical"];
        for measure in &profile.measures {
            more.extend(["-m", &measure.name]);
        }
        let file = export(zkvm, home.path(), "speedscope", &more);
        let package = package.to_str().unwrap();
        let Some(read) = tool(home.path(), "node", &[script, package, &file]) else {
            return;
        };
        let read: serde_json::Value = serde_json::from_str(&read).unwrap();
        for at in 0..profile.measures.len() {
            let id = MeasureId(at as u32);
            let own = profile.self_by_function(id);
            let all = profile.inclusive_by_function(id);
            // JavaScript's numbers are exact up to here.
            assert!(profile.sum(id) < 1 << 53);
            assert_eq!(read[at]["total"], profile.sum(id), "{zkvm} {at}");
            let frames = read[at]["frames"].as_object().unwrap();
            for (function, (own, all)) in own.iter().zip(all).enumerate() {
                // Frames are numbered as the file has them; one without any value is in no stack.
                let frame = frames.get(&function.to_string());
                let value = |name: &str| frame.map_or(0, |frame| frame[name].as_u64().unwrap());
                assert_eq!(
                    (value("self"), value("total")),
                    (*own, all),
                    "{zkvm} {at} {function}"
                );
            }
        }
        let time = &read[profile.measures.len()];
        let buckets = profile.timeline.nodes.len() as u64;
        if buckets > 0 {
            assert_eq!(time["total"], buckets * profile.timeline.bucket, "{zkvm}");
        }
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
