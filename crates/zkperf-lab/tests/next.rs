//! What is said to come next can be done; what failed is not done later.

mod support;

use support::{lab, rules, Figures, Repository, Steps};
use zkperf_lab::{Grounds, Hypothesis, Lab, LabConfig, LabKeys};

fn hypothesis(text: &str) -> Hypothesis {
    Hypothesis {
        text: text.to_owned(),
        ..Hypothesis::default()
    }
}

fn next(repository: &Repository) -> String {
    let hooks = Steps::all();
    lab(repository, &hooks).status().unwrap().next
}

const BRANCH: &str = "lab/001-cheaper";

#[test]
fn status_names_only_what_is_not_refused() {
    let repository = Repository::new();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let mut bench = Figures::of(&repository);
    assert_eq!(next(&repository), "zkperf lab baseline");
    here.baseline(&mut bench, "").unwrap();
    repository.git(&["switch", "--quiet", "--detach"]);
    assert_eq!(next(&repository), "git switch -c NAME");
    repository.git(&["switch", "--quiet", "-c", "other"]);
    assert_eq!(next(&repository), "git switch main");
    repository.git(&["switch", "--quiet", "main"]);
    assert!(next(&repository).starts_with("zkperf lab try"));

    here.attempt(&hypothesis("Cheaper")).unwrap();
    assert_eq!(next(&repository), "zkperf lab validate");
    repository.git(&["switch", "--quiet", "main"]);
    assert_eq!(next(&repository), format!("git switch {BRANCH}"));
    repository.git(&["switch", "--quiet", "--detach", BRANCH]);
    assert_eq!(next(&repository), format!("git switch {BRANCH}"));
    repository.git(&["branch", "--quiet", "-D", BRANCH]);
    repository.git(&["switch", "--quiet", "-c", "other-too"]);
    assert_eq!(next(&repository), "git switch main");
    repository.git(&["switch", "--quiet", "main"]);
    let told = next(&repository);
    assert_eq!(told, "zkperf lab revert --reason \"its branch is gone\"");
    here.revert("its branch is gone").unwrap();
    assert!(next(&repository).starts_with("zkperf lab try"));

    std::fs::create_dir(repository.path(".jj")).unwrap();
    assert!(next(&repository).starts_with("git worktree add"));
}

/// Nobody to commit as: git finds no name, and may not make one up.
fn without_a_name(repository: &Repository) {
    for key in ["user.name", "user.email"] {
        repository.git(&["config", key, ""]);
    }
    repository.git(&["config", "user.useConfigOnly", "true"]);
}

fn with_a_name(repository: &Repository) {
    repository.git(&["config", "user.name", "Tester"]);
    repository.git(&["config", "user.email", "tester@example.org"]);
}

#[test]
fn a_keep_that_failed_is_not_done_by_a_revert() {
    let repository = Repository::new();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let mut bench = Figures::of(&repository);
    here.baseline(&mut bench, "").unwrap();
    here.attempt(&hypothesis("Cheaper")).unwrap();
    repository.change("zisk 24 1000", "zisk 24 999");
    here.validate(&mut bench).unwrap();
    without_a_name(&repository);
    let before = repository.state();
    let error = here.keep(&Grounds::default()).unwrap_err().to_string();
    assert!(error.contains("git config user.name"), "{error}");
    let error = here.revert("no").unwrap_err().to_string();
    assert!(error.contains("git config user.name"), "{error}");
    assert_eq!(repository.state(), before);
    with_a_name(&repository);

    // What else may fail on the way: git cannot write its index.
    let index = repository.path(".git/zkperf-lab/index.tmp");
    std::fs::create_dir_all(index.join("in the way")).unwrap();
    here.keep(&Grounds::default()).unwrap_err();
    std::fs::remove_dir_all(index).unwrap();
    assert_eq!(repository.state(), before);

    let did = here.revert("I changed my mind").unwrap();
    assert_eq!(did.resumed, None);
    assert_eq!(repository.subjects("main")[0], "lab 001: reverted: Cheaper");
}

#[test]
fn limits_of_unknown_measures_are_told_by_the_baseline() {
    let repository = Repository::new();
    let hooks = Steps::all();
    let keys = LabKeys {
        ledger: "lab/ledger.jsonl".to_owned(),
        limits: vec!["kost:1%".parse().unwrap()],
        ..LabKeys::default()
    };
    let config = LabConfig::new(keys).unwrap();
    let here = Lab::open(repository.root(), config, &hooks).unwrap();
    let before = repository.state();
    let error = here
        .baseline(&mut Figures::of(&repository), "")
        .unwrap_err()
        .to_string();
    assert!(
        error.contains("kost") && error.contains("[limits]"),
        "{error}"
    );
    assert_eq!(repository.state(), before);
}

#[test]
fn another_compiler_is_told_before_anything_is_built() {
    let repository = Repository::new();
    let hooks = Steps::all();
    let here = Lab::open(repository.root(), rules(), &hooks).unwrap();
    let mut bench = Figures::of(&repository);
    here.baseline(&mut bench, "").unwrap();
    here.attempt(&hypothesis("Cheaper")).unwrap();
    repository.change("zisk 24 1000", "zisk 24 999");
    let built = bench.built;
    bench
        .environment
        .insert("compiler".to_owned(), "rustc 2".to_owned());
    let error = here.validate(&mut bench).unwrap_err().to_string();
    assert!(
        error.contains("rustc 1") && error.contains("rustc 2"),
        "{error}"
    );
    assert_eq!(bench.built, built);
}
