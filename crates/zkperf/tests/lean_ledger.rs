//! The ledger of the lean guests (`guests/lean/lab`) is what it says: hashes, links, rules, sums, and the commits that
//! its rows name.

use serde_json::Value;
use std::path::Path;
use std::process::Command;

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

fn lab(folder: &Path, arguments: &[&str]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_zkperf"))
        .arg("lab")
        .args(arguments)
        .arg("--json")
        .current_dir(folder)
        .output()
        .expect("zkperf runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "lab {arguments:?}: {said}");
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_lean_guests_ledger_verifies() {
    let Some(folder) = folder() else { return };
    let verified = lab(folder, &["verify"]);
    assert_eq!(verified["schema"], "zkperf-lab-verify/1");
    let mismatches = verified["mismatches"].as_array().expect("a list");
    assert!(mismatches.is_empty(), "{mismatches:?}");
}
