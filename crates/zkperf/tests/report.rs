//! `zkperf report` on real profiles: what the page holds closes, is as large as it may be, and always the same.
//! `crates/zkperf-report/web/check` looks at such pages in a browser.

#[path = "../../zkperf-report/tests/support/page.rs"]
mod page;
mod support;

use page::Page;
use std::path::{Path, PathBuf};
use support::{fail, guest_for, hello, json, output, recorded, succeed, zkperf};
use zkperf_profile::{MeasureId, Profile};

/// Largest page, in bytes, that a report of a block may have.
const LARGEST: usize = 5_000_000;

fn hello_profile(zkvm: &str, home: &Path) -> PathBuf {
    hello(zkvm, home);
    let (elf, out) = (format!("{zkvm}.elf"), format!("{zkvm}.zkp"));
    output(zkperf(home).args(["profile", "--zkvm", zkvm, "--elf", &elf, "-o", &out]));
    home.join(out)
}

fn block_profile(zkvm: &str, variant: &str, block: &Path, home: &Path) -> PathBuf {
    let elf = guest_for(zkvm, home, variant);
    let mut command = zkperf(home);
    command.args(["bench", "--zkvm", zkvm, "--title", variant, "--recorded"]);
    command.arg(block).arg("--elf").arg(elf);
    let made = json(command.arg("-o").arg(home.join(variant)));
    home.join(made["runs"][0]["profile"].as_str().unwrap())
}

fn page_of(home: &Path, profiles: &[&Path]) -> String {
    let out = home.join("report.html");
    let mut command = zkperf(home);
    let made = json(command.arg("report").args(profiles).arg("-o").arg(&out));
    assert_eq!(made["schema"], "zkperf-report/1");
    assert_eq!(made["profiles"], profiles.len());
    let text = std::fs::read_to_string(&out).unwrap();
    assert_eq!(made["bytes"].as_u64().unwrap() as usize, text.len());
    text
}

/// Closed in every measure, within the limit, the same twice.
fn check(home: &Path, profiles: &[&Path]) -> Page {
    let text = page_of(home, profiles);
    assert!(text.len() <= LARGEST, "{} bytes", text.len());
    assert!(text == page_of(home, profiles), "the same bytes again");
    let page = Page::read(&text);
    page.demand_closed();
    for (side, path) in profiles.iter().enumerate() {
        let profile = Profile::load(path).unwrap();
        assert_eq!(page.measures(), profile.measures.len());
        for measure in 0..page.measures() {
            let sum = profile.sum(MeasureId(measure as u32));
            assert_eq!(page.sum(side, measure), sum);
        }
    }
    page
}

/// Functions of the tree without inlined frames cost what they cost in the profile.
fn check_functions(page: &Page, profile: &Profile) {
    let parents = page.parents();
    let functions = page.column("nodes.function", "nodes.function");
    let origin = page.column("functions.origin", "functions.name");
    let inlined = |at: usize| origin[functions[at] as usize] == 5;
    for measure in 0..page.measures() {
        let mut own = page.values("nodes", 0, measure);
        let mut sums = vec![0; profile.functions.len()];
        for at in (0..own.len()).rev() {
            match inlined(at) {
                true => own[parents[at]] += own[at],
                false => sums[functions[at] as usize] += own[at],
            }
        }
        assert_eq!(sums, profile.self_by_function(MeasureId(measure as u32)));
    }
}

/// More less less is the difference, in every measure.
fn check_difference(page: &Page) {
    for measure in 0..page.measures() {
        let sides = [0, 1].map(|side| page.values("nodes", side, measure));
        let pairs = || sides[0].iter().zip(&sides[1]);
        let more: u64 = pairs().map(|(a, b)| b.saturating_sub(*a)).sum();
        let less: u64 = pairs().map(|(a, b)| a.saturating_sub(*b)).sum();
        let [base, head] = [0, 1].map(|side| page.sum(side, measure));
        assert_eq!(
            i128::from(more) - i128::from(less),
            i128::from(head) - i128::from(base)
        );
    }
}

#[test]
fn small_guests_of_every_zkvm() {
    let home = tempfile::tempdir().unwrap();
    for zkvm in ["zisk", "sp1", "risc0"] {
        let profile = hello_profile(zkvm, home.path());
        let page = check(home.path(), &[&profile]);
        check_functions(&page, &Profile::load(&profile).unwrap());
        check_difference(&check(home.path(), &[&profile, &profile]));
    }
}

#[test]
fn a_real_block_on_every_zkvm() {
    let home = tempfile::tempdir().unwrap();
    let Some(block) = recorded(24_628_607) else {
        return;
    };
    for zkvm in ["zisk", "sp1", "risc0"] {
        let after = block_profile(zkvm, "accelerated", &block, home.path());
        let page = check(home.path(), &[&after]);
        assert_eq!(page.data["inlined"], true);
        check_functions(&page, &Profile::load(&after).unwrap());
        let before = block_profile(zkvm, "unpatched", &block, home.path());
        let page = check(home.path(), &[&before, &after]);
        // RISC Zero's permutations are proven outside of its cycles.
        let verdict = if zkvm == "risc0" {
            "mixed"
        } else {
            "improvement"
        };
        assert_eq!(page.data["difference"]["verdict"], verdict);
        check_difference(&page);
    }
}

#[test]
fn what_has_no_difference_is_refused_with_a_sentence() {
    let home = tempfile::tempdir().unwrap();
    let zisk = hello_profile("zisk", home.path());
    let sp1 = hello_profile("sp1", home.path());
    let error = fail(zkperf(home.path()).arg("report").arg(&zisk).arg(&sp1));
    let wanted = "zisk.zkp and ";
    assert!(
        error.contains(wanted) && error.contains("one is of zisk, the other of sp1"),
        "{error}"
    );
    assert!(!home.path().join("report.html").exists());
}

#[test]
fn the_page_is_written_where_it_was_asked_for() {
    let home = tempfile::tempdir().unwrap();
    hello_profile("zisk", home.path());
    let said = succeed(zkperf(home.path()).args(["report", "zisk.zkp"]));
    assert_eq!(said, "report.html\n");
    let page = std::fs::read_to_string(home.path().join("report.html")).unwrap();
    assert!(page.starts_with("<!DOCTYPE html>"));
    // A folder is no place for a file, and no work is done before that is known.
    std::fs::create_dir(home.path().join("folder")).unwrap();
    fail(zkperf(home.path()).args(["report", "missing.zkp", "-o", "folder"]));
}
