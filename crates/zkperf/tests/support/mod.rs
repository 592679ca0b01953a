//! What the command-line tests share: the binary, the fixtures, and honest skips.

#![allow(dead_code)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The command, with a store of its own and no progress.
pub fn zkperf(home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkperf"));
    command
        .env("ZKPERF_HOME", home)
        .env_remove("ZKPERF_RPC_URL")
        .current_dir(home)
        .arg("--quiet");
    command
}

/// A program that finds the command in its `PATH`, with a store of its own.
pub fn with_zkperf(program: &str, folder: &Path, home: &Path) -> Command {
    let binary = Path::new(env!("CARGO_BIN_EXE_zkperf"));
    let tools = binary.parent().expect("a folder");
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .current_dir(folder)
        .env("PATH", format!("{}:{path}", tools.display()))
        .env("ZKPERF_HOME", home);
    command
}

/// Makes a folder a repository with the demo's block and the workflow laid down; `tables` of guests come into its zkperf.toml.
/// Commits nothing.
pub fn lay_down(root: &Path, tables: &str) {
    let block = repository().join("fixtures/demo-block/demo-block.json.zst");
    std::fs::copy(block, root.join("block.json.zst")).expect("the demo's block");
    for arguments in [
        &["init", "-q"][..],
        &["config", "user.email", "someone@example.org"],
        &["config", "user.name", "Someone"],
    ] {
        let mut git = Command::new("git");
        let status = git.current_dir(root).args(arguments).status();
        assert!(status.expect("git starts").success(), "{arguments:?}");
    }
    let init = [
        "init",
        "--block",
        "6",
        "--recorded",
        "*.json.zst",
        "--name",
        "tested",
    ];
    succeed(zkperf(root).args(init));
    let config = root.join("zkperf.toml");
    let laid = std::fs::read_to_string(&config).expect("laid down");
    assert!(laid.contains("No guest was recognised"), "{laid}");
    let laid = laid.replace("\n[bench]", &format!("{tables}\n[bench]"));
    std::fs::write(&config, laid).expect("edited");
}

/// Runs and demands success.
pub fn succeed(command: &mut Command) -> String {
    let output = command.output().expect("zkperf starts");
    assert!(
        output.status.success(),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    text(&output.stdout)
}

/// Runs and demands exit code 1; returns stderr.
pub fn fail(command: &mut Command) -> String {
    let output = command.output().expect("zkperf starts");
    assert_eq!(
        output.status.code(),
        Some(1),
        "{}\n{}",
        text(&output.stdout),
        text(&output.stderr)
    );
    let stderr = text(&output.stderr);
    assert!(
        stderr.starts_with("error: ") || stderr.contains("\nerror: "),
        "{stderr}"
    );
    assert!(!stderr.contains("panicked"), "{stderr}");
    stderr
}

/// The JSON document a command prints.
pub fn json(command: &mut Command) -> serde_json::Value {
    serde_json::from_str(&succeed(command.arg("--json"))).expect("one JSON document")
}

/// Bytes as text.
pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Exit status and texts of a run that may do either.
pub fn output(command: &mut Command) -> Output {
    command.output().expect("zkperf starts")
}

/// The repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// ZisK's prebuilt reference guest, unpacked into `folder`.
pub fn guest(folder: &Path, variant: &str) -> PathBuf {
    guest_for("zisk", folder, variant)
}

/// A zkVM's prebuilt reference guest, unpacked into `folder`.
pub fn guest_for(zkvm: &str, folder: &Path, variant: &str) -> PathBuf {
    let fixtures = repository().join("fixtures/guests");
    let name = format!("reference-{zkvm}-{variant}");
    let packed = std::fs::read(fixtures.join(format!("{name}.elf.zst"))).expect("fixture");
    let elf = folder.join(format!("{variant}.elf"));
    std::fs::write(&elf, zstd::decode_all(&packed[..]).expect("zstd")).expect("write");
    let record = fixtures.join(format!("{name}.json"));
    std::fs::copy(record, elf.with_extension("json")).expect("copy");
    elf
}

/// A recorded mainnet block, or `None` (said on stdout) on a machine without `../shared`.
pub fn recorded(block: u64) -> Option<PathBuf> {
    let shared = std::env::var_os("ZKPERF_SHARED").map(PathBuf::from);
    let shared = shared.unwrap_or_else(|| repository().join("../shared"));
    let path = shared.join(format!("blocks/mainnet-{block}.json.zst"));
    if path.is_file() {
        return Some(path);
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "{} is missing",
        path.display()
    );
    println!("skipped: {} missing", path.display());
    None
}

/// A zkVM's small prebuilt guest, unpacked to `<zkvm>.elf` in `folder`.
pub fn hello(zkvm: &str, folder: &Path) -> Vec<u8> {
    let packed = repository().join(format!("fixtures/guests/hello-{zkvm}-plain.elf.zst"));
    let packed = std::fs::read(packed).expect("fixture");
    let elf = zstd::decode_all(&packed[..]).expect("zstd");
    std::fs::write(folder.join(format!("{zkvm}.elf")), &elf).expect("write");
    elf
}
