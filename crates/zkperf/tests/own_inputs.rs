//! Inputs that a repository's own command makes: whose they are, and of which chain.

mod support;

use std::path::Path;
use std::process::Command;
use support::{output, text, zkperf};
use zkperf_testkit::inst::{T0, ZERO};
use zkperf_testkit::{program, ZISK_1_4_0};

/// A repository with a guest that reads nothing, in a folder of `home`.
fn repository(home: &Path, name: &str, config: &str) -> std::path::PathBuf {
    let root = home.join(name);
    std::fs::create_dir_all(&root).unwrap();
    let guest = program(ZISK_1_4_0, |a| a.addi(T0, ZERO, 1), |_| {}).elf();
    std::fs::write(root.join("guest.elf"), guest).unwrap();
    std::fs::write(root.join("zkperf.toml"), config).unwrap();
    root
}

fn bench(home: &Path, root: &Path, more: &[&str]) -> (serde_json::Value, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zkperf"));
    command.current_dir(root).env("ZKPERF_HOME", home);
    command.env_remove("RPC_URL").args(["bench", "--json"]);
    let output = output(command.args(more));
    let said = text(&output.stderr);
    assert!(output.status.success(), "{said}");
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

fn input_of(report: &serde_json::Value) -> String {
    let path = report["runs"][0]["input"].as_str().unwrap();
    String::from_utf8(std::fs::read(path).unwrap()).unwrap()
}

/// Two repositories that name neither guest nor block otherwise, and one that changes its command.
#[test]
fn the_store_hands_no_repository_anothers_input() {
    let home = tempfile::tempdir().unwrap();
    let config = |writes: &str| {
        format!(
            "[guest.zisk]\nelf = \"guest.elf\"\ninput = \"printf {writes} > {{out}}\"\n[bench]\nblocks = [24628607]\n"
        )
    };
    let first = repository(home.path(), "first", &config("AAAAAAAA"));
    let second = repository(home.path(), "second", &config("AAAAAAAA"));
    let (report, said) = bench(home.path(), &first, &[]);
    assert_eq!(input_of(&report), "AAAAAAAA");
    assert!(!said.contains("taken from the store"), "{said}");
    let (_, said) = bench(home.path(), &first, &[]);
    assert!(said.contains("taken from the store"), "{said}");
    // The very same command, somewhere else.
    let (_, said) = bench(home.path(), &second, &[]);
    assert!(!said.contains("taken from the store"), "{said}");
    std::fs::write(second.join("zkperf.toml"), config("BBBBBBBB")).unwrap();
    let (report, said) = bench(home.path(), &second, &[]);
    assert_eq!(input_of(&report), "BBBBBBBB", "{said}");
    let (report, _) = bench(home.path(), &first, &[]);
    assert_eq!(input_of(&report), "AAAAAAAA");
}

/// The demo's block is of chain 1337. Block 6 of mainnet is another one.
#[test]
fn a_recorded_block_is_of_its_own_chain() {
    let home = tempfile::tempdir().unwrap();
    let block = support::repository().join("fixtures/demo-block/demo-block.json.zst");
    let config = |bench: &str| {
        format!(
            "[guest.zisk]\nelf = \"guest.elf\"\ninput = \"printf %8s {{chain}} > {{out}}\"\n[bench]\n{bench}\n"
        )
    };
    let recorded = config(&format!("recorded = [{block:?}]"));
    let root = repository(home.path(), "one", &recorded);
    let (report, _) = bench(home.path(), &root, &[]);
    let run = &report["runs"][0];
    assert_eq!(
        (run["block"].as_u64(), run["chain_id"].as_u64()),
        (Some(6), Some(1337))
    );
    assert!(input_of(&report).ends_with("1337"), "{report}");
    std::fs::write(root.join("zkperf.toml"), config("blocks = [6]")).unwrap();
    let (report, said) = bench(home.path(), &root, &[]);
    assert_eq!(input_of(&report), " mainnet", "{said}");

    let mut wrong = zkperf(home.path());
    wrong
        .current_dir(&root)
        .args(["bench", "--block", "7", "--recorded"])
        .arg(&block);
    let said = support::fail(&mut wrong);
    assert!(said.contains("holds block 6, not 7"), "{said}");
}
