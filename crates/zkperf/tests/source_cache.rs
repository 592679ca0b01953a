//! The cache of source lines makes no difference but to the time.

mod support;

use std::path::{Path, PathBuf};
use support::{hello, output, text, zkperf};
use zkperf_profile::Profile;

fn profiled(zkvm: &str, home: &Path, cache: bool) -> Profile {
    let elf = format!("{zkvm}.elf");
    let mut command = zkperf(home);
    command.args(["profile", "--zkvm", zkvm, "--elf", &elf, "-o", "p.zkp"]);
    if !cache {
        command.env("ZKPERF_NO_CACHE", "1");
    }
    let run = output(&mut command);
    assert!(
        !text(&run.stderr).contains("panicked"),
        "{}",
        text(&run.stderr)
    );
    Profile::load(home.join("p.zkp")).unwrap()
}

fn files(home: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home.join("cache/source"));
    let mut files: Vec<PathBuf> = entries
        .into_iter()
        .flatten()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    files
}

#[test]
fn profiles_are_the_same_with_and_without() {
    let home = tempfile::tempdir().unwrap();
    let home = home.path();
    for (at, zkvm) in ["zisk", "sp1", "risc0"].into_iter().enumerate() {
        hello(zkvm, home);
        let without = profiled(zkvm, home, false);
        assert_eq!(files(home).len(), at, "nothing is written");
        assert!(without.source.is_known(), "{zkvm}");
        let first = profiled(zkvm, home, true);
        let known = files(home);
        assert_eq!(known.len(), at + 1);
        let second = profiled(zkvm, home, true);
        assert_eq!(files(home), known, "the second time, it is there");
        assert!(first.source == without.source && second.source == without.source);
    }
    // That it is read: a file with other lines under that name would be believed. A damaged one is not, and is made again.
    let known = files(home);
    for damage in [0usize, 40] {
        for file in &known {
            let mut bytes = std::fs::read(file).unwrap();
            bytes[damage] ^= 1;
            std::fs::write(file, bytes).unwrap();
        }
        let damaged: Vec<Vec<u8>> = known
            .iter()
            .map(|file| std::fs::read(file).unwrap())
            .collect();
        let again = profiled("zisk", home, true);
        assert!(again.source == profiled("zisk", home, false).source);
        let changed = known.iter().zip(damaged);
        let changed = changed.filter(|(file, before)| std::fs::read(file).unwrap() != *before);
        assert_eq!(changed.count(), 1, "the damaged file was made again");
    }
    // A cache that cannot be written is none.
    std::fs::remove_dir_all(home.join("cache")).unwrap();
    std::fs::write(home.join("cache"), b"in the way").unwrap();
    assert!(profiled("zisk", home, true).source.is_known());
}
