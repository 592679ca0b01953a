//! A place that takes no file is an error before the work, not after it, and nothing is left there.

mod support;

use std::path::Path;
use support::{fail, zkperf};
use zkperf_testkit::guests;

/// Everything below a folder, by path.
fn tree(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        all.push(entry.path());
        all.extend(tree(&entry.path()));
    }
    all.sort();
    all
}

#[test]
fn what_cannot_be_written_is_said_first() {
    let home = tempfile::tempdir().unwrap();
    // Runs for ever: an error that comes after the run never comes.
    let elf = guests()
        .into_iter()
        .find(|guest| guest.name == "endless_loop")
        .unwrap()
        .elf;
    std::fs::write(home.path().join("g.elf"), elf).unwrap();
    std::fs::write(home.path().join("file"), b"no folder").unwrap();
    std::fs::create_dir(home.path().join("folder")).unwrap();
    std::fs::create_dir(home.path().join("p.txt")).unwrap();
    // Where the default folders would be.
    std::fs::write(home.path().join("profiles"), b"no folder").unwrap();
    let before = tree(home.path());
    let guest = "--zkvm zisk --elf g.elf";
    let recorded = support::repository().join("fixtures/demo-block/demo-block.json.zst");
    let recorded = recorded.to_str().unwrap();
    for (line, place) in [
        (format!("profile {guest} -o file/p.zkp"), "file/p.zkp"),
        (format!("profile {guest} -o folder"), "folder"),
        (format!("profile {guest} -o new/"), "new/"),
        (format!("profile {guest} -o p.zkp --stats"), "p.txt"),
        (format!("profile {guest}"), "profiles"),
        (format!("run {guest} --output folder"), "folder"),
        (
            format!("bench {guest} --recorded {recorded} -o file"),
            "file",
        ),
        (format!("bench {guest} --recorded {recorded}"), "profiles"),
        (format!("input --recorded {recorded} -o file/x"), "file"),
        (
            format!("input --recorded {recorded} --save-recorded folder"),
            "folder",
        ),
        (format!("input --recorded {recorded} --store file"), "file"),
        ("build --zkvm zisk -o file".into(), "file"),
        ("demo --zkvm zisk -o file".into(), "file"),
        ("to-json p.zkp -o folder".into(), "folder"),
    ] {
        let error = fail(zkperf(home.path()).args(line.split(' ')));
        assert!(
            error.contains("write to") && error.contains(place),
            "{line}: {error}"
        );
        assert_eq!(tree(home.path()), before, "{line}");
    }
}

/// An ordinary user's folder without permission; root may write anywhere.
#[test]
#[cfg(unix)]
fn permission_is_looked_for_first() {
    use std::os::unix::fs::PermissionsExt;
    let home = tempfile::tempdir().unwrap();
    let locked = home.path().join("locked");
    std::fs::create_dir(&locked).unwrap();
    std::fs::set_permissions(&locked, std::fs::Permissions::from_mode(0o555)).unwrap();
    if std::fs::write(locked.join("probe"), b"").is_ok() {
        println!("skipped: this user may write anywhere");
        return;
    }
    let line = "demo --zkvm zisk -o locked/new";
    let error = fail(zkperf(home.path()).args(line.split(' ')));
    assert!(
        error.contains("locked") && error.contains("ermission"),
        "{error}"
    );
}
