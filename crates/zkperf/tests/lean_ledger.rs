//! The ledger of the lean guests (`guests/lean/lab`) is what it says: hashes, links, rules, sums, and the commits that
//! its rows name.

mod support;

use std::path::Path;

/// The repository's folder of the lean guests; `None` with a note where there is no history to hold the ledger against.
fn folder() -> Option<&'static Path> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../guests/lean"));
    if root.join(".git").exists() {
        return Some(folder);
    }
    println!("skipped: no git history");
    None
}

#[test]
fn the_lean_guests_ledger_verifies() {
    let Some(folder) = folder() else { return };
    let home = tempfile::tempdir().expect("a folder");
    let mut verify = support::zkperf(home.path());
    let verified = support::json(verify.current_dir(folder).args(["lab", "verify"]));
    assert_eq!(verified["schema"], "zkperf-lab-verify/1");
    let mismatches = verified["mismatches"].as_array().expect("a list");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}
