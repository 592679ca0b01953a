//! What a `zkperf.toml` means, and how mistakes in it are said.

use std::path::Path;
use zkperf_config::{Config, ConfigError, GuestBuild, GuestInput};

const WHOLE: &str = r#"
[guest]
name = "my-guest"
[guest.zisk]
package = "guests/zisk"
variant = "accelerated"
[guest."zisk@1.1.0-alpha"]
build = "make guest-zisk"
elf = "target/guest.elf"
input = "cargo run -p input -- {recorded} {block} {out}"
[guest.sp1]
elf = "prebuilt/sp1.elf"
input_file = "inputs/x.bin"
[bench]
zkvms = ["zisk", "sp1"]
blocks = [24628607, 0x10]
recorded = ["recorded/*.json.zst"]
rpc_url_env = "NODE"
[lab]
may_change = ["guests/**"]
protected = ["scripts/zkvm-bench/**", "zkperf.toml"]
check = "cargo test -p core"
ledger = "lab/l.jsonl"
[sweep]
opt-level = [2, "s"]
llvm = ["-inline-threshold=50"]
lto = []
[limits]
"cost" = "0.1%"
steps = 1000
"#;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/repo/zkperf.toml"), text)
}

fn error(text: &str) -> String {
    parse(text).expect_err("must be refused").to_string()
}

#[test]
fn every_setting_is_read() {
    let config = parse(WHOLE).expect("valid");
    assert_eq!(config.guest.name.as_deref(), Some("my-guest"));
    let zisk = config.guest("zisk").expect("there");
    assert_eq!(
        zisk.build,
        GuestBuild::Package {
            package: "guests/zisk".into()
        }
    );
    assert_eq!((&zisk.input, zisk.line), (&GuestInput::Own, 4));
    let old = config.guest("zisk@1.1.0-alpha").expect("there");
    assert!(matches!(&old.build, GuestBuild::Command { elf, .. } if elf == "target/guest.elf"));
    assert!(matches!(&old.input, GuestInput::Command { command } if command.contains("{out}")));
    // A version without a table of its own has its family's.
    assert_eq!(config.guest("zisk@9").expect("family's"), zisk);
    let sp1 = config.guest("sp1").expect("there");
    assert!(matches!(&sp1.build, GuestBuild::Prebuilt { .. }));
    assert_eq!(config.bench.blocks, [24_628_607, 16]);
    assert_eq!(config.bench.rpc_url_env, "NODE");
    assert_eq!(config.lab.may_change, ["guests/**"]);
    assert_eq!(config.lab.check.as_deref(), Some("cargo test -p core"));
    let swept = config.sweep.factors.iter().map(|factor| {
        let values: Vec<&str> = factor
            .values
            .iter()
            .map(|(_, value)| value.as_str())
            .collect();
        (factor.key.as_str(), values)
    });
    assert_eq!(
        swept.collect::<Vec<_>>(),
        [
            ("opt-level", vec!["2", "s"]),
            ("lto", vec![]),
            ("llvm", vec!["-inline-threshold=50"])
        ]
    );
    assert_eq!(config.limits["cost"], "0.1%");
    assert_eq!(config.limits["steps"], "1000");
    assert_eq!(config.resolve("a/b"), Path::new("/repo/a/b"));
}

#[test]
fn everything_may_be_left_out() {
    let config = parse("").expect("valid");
    assert_eq!(config.bench.rpc_url_env, "RPC_URL");
    assert_eq!(config.lab.ledger, "lab/ledger.jsonl");
    assert_eq!(config.lab.protected, ["zkperf.toml"]);
    assert!(config.bench_zkvms().is_empty());
    let missing = config.guest("sp1").expect_err("none").to_string();
    assert!(missing.contains("[guest.sp1]"), "{missing}");
}

#[test]
fn mistakes_name_file_line_and_key() {
    let text = error("[guest.zisk]\npackage = \"x\"\npakage = \"y\"\n");
    assert!(
        text.contains("/repo/zkperf.toml:3: `guest.zisk.pakage`"),
        "{text}"
    );
    assert!(text.contains("did you mean `package`"), "{text}");
    let text = error("[gest]\n");
    assert!(
        text.contains(":1: `gest`") && text.contains("`guest`"),
        "{text}"
    );
    let text = error("[bench]\nblocks = [\n  1,\n  \"two\",\n]\n");
    assert!(text.contains(":4: `bench.blocks`"), "{text}");
    let text = error("[bench]\nblocks = 5");
    assert!(text.contains("a number, not a list"), "{text}");
    let text = error("[bench\n");
    assert!(text.contains("/repo/zkperf.toml:1: not TOML"), "{text}");
    let text = error("[guest.sp1]\nbuild = \"make\"\n");
    assert!(text.contains(":2: `guest.sp1.build` needs `elf`"), "{text}");
    let text = error("[guest.sp1]\nelf = \"e\"\ninput = \"make it\"\n");
    assert!(
        text.contains(":3: `guest.sp1.input` has no {out}"),
        "{text}"
    );
    let text = error("[guest.sp1]\nvariant = \"v\"\n");
    assert!(
        text.contains(":1: `guest.sp1.package` is missing"),
        "{text}"
    );
    for wrong in ["0.1", "-1%", "%", "1.%", "x"] {
        let text = error(&format!("[limits]\ncost = \"{wrong}\"\n"));
        assert!(text.contains(":2: `limits.cost`"), "{text}");
    }
}

#[test]
fn a_url_in_the_wrong_place_is_not_shown() {
    let text = error("[bench]\nrpc_url_env = \"https://node.example/KEY0123\"\n");
    assert!(
        !text.contains("KEY0123") && !text.contains("node.example"),
        "{text}"
    );
    assert!(text.contains(":2: `bench.rpc_url_env`"), "{text}");
}

#[test]
fn unknown_zkvms_are_found_by_whoever_knows_them() {
    let config = parse("[guest.zsik]\nelf = \"x\"\n").expect("valid as such");
    let known = ["zisk".to_owned(), "sp1".to_owned()];
    let text = config.check_zkvms(&known).expect_err("unknown").to_string();
    assert!(
        text.contains(":1: `guest.zsik`") && text.contains("`zisk`"),
        "{text}"
    );
    let config = parse("[bench]\nzkvms = [\"sp2\"]\n").expect("valid as such");
    let text = config.check_zkvms(&known).expect_err("unknown").to_string();
    assert!(text.contains("did you mean `sp1`"), "{text}");
}

#[test]
fn it_is_found_upwards_to_the_root_of_the_repository_and_no_further() {
    let folder = tempfile::tempdir().expect("a folder");
    let outer = folder.path();
    let repo = outer.join("repo");
    let deep = repo.join("a/b");
    std::fs::create_dir_all(&deep).expect("folders");
    std::fs::create_dir(repo.join(".git")).expect("a repository");
    std::fs::write(outer.join("zkperf.toml"), "").expect("outside");
    assert_eq!(Config::locate(&deep), None);
    std::fs::write(repo.join("zkperf.toml"), "[bench]\nblocks = [1]").expect("inside");
    let found = Config::find(&deep).expect("valid").expect("found");
    assert_eq!(found.bench.blocks, [1]);
    // Without a repository nothing above is looked at.
    let lone = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(lone.path().join("sub")).expect("a folder");
    std::fs::write(lone.path().join("zkperf.toml"), "").expect("a file");
    assert_eq!(Config::locate(&lone.path().join("sub")), None);
    assert!(Config::locate(lone.path()).is_some());
}

#[test]
fn recorded_blocks_are_files_or_patterns() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("zkperf.toml");
    std::fs::create_dir(folder.path().join("r")).expect("a folder");
    for name in ["r/b.json", "r/a.json", "r/c.txt"] {
        std::fs::write(folder.path().join(name), "").expect("a file");
    }
    let config =
        Config::parse(&path, "[bench]\nrecorded = [\"r/*.json\", \"r/c.txt\"]").expect("valid");
    let names = config.recorded_files().expect("found");
    let names: Vec<_> = names
        .iter()
        .map(|p| p.file_name().unwrap_or_default())
        .collect();
    assert_eq!(names, ["a.json", "b.json", "c.txt"]);
    let config = Config::parse(&path, "[bench]\nrecorded = [\"x/*\"]").expect("valid");
    let text = config.recorded_files().expect_err("none").to_string();
    assert!(
        text.contains("x/*") && text.contains("matches no file"),
        "{text}"
    );
}

#[test]
fn a_sweep_sets_nothing_unknown() {
    let unknown = error("[sweep]\nopt-level = [2]\nopt-levels = [3]\n");
    assert!(
        unknown.contains("zkperf.toml:3") && unknown.contains("did you mean `opt-level`"),
        "{unknown}"
    );
    let value = error("[sweep]\nlto = [\n  \"fat\",\n  true]\n");
    assert!(
        value.contains("zkperf.toml:4") && value.contains("sweep.lto"),
        "{value}"
    );
}
