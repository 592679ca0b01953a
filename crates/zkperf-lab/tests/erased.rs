//! Rows that were there once: nothing but putting them back makes the ledger believed again.

mod support;

use support::{lab, Figures, Repository, Steps};
use zkperf_lab::{Disbelief, Found, Grounds, Hypothesis, Lab};

fn attempt(here: &Lab<'_>, bench: &mut Figures, text: &str) {
    let hypothesis = Hypothesis {
        text: text.to_owned(),
        ..Hypothesis::default()
    };
    here.attempt(&hypothesis).unwrap();
    let (from, to) = match text {
        "Cheaper" => ("zisk 24 1000", "zisk 24 999"),
        _ => ("zisk 25 2000", "zisk 25 2001"),
    };
    let guest = std::fs::read_to_string(bench.root.join("guest/figures.txt")).unwrap();
    std::fs::write(
        bench.root.join("guest/figures.txt"),
        guest.replace(from, to),
    )
    .unwrap();
    support::git_in(&bench.root, &["commit", "--quiet", "--all", "-m", text]);
    here.validate(bench).unwrap();
}

/// A baseline, an attempt that was kept and one that was not.
fn lived_in() -> Repository {
    let repository = Repository::new();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let mut bench = Figures::of(&repository);
    here.baseline(&mut bench, "").unwrap();
    attempt(&here, &mut bench, "Cheaper");
    here.keep(&Grounds::default()).unwrap();
    attempt(&here, &mut bench, "Dearer");
    here.revert("dearer").unwrap();
    repository
}

fn disbelief(repository: &Repository) -> Disbelief {
    let hooks = Steps::all();
    match lab(repository, &hooks).verify().unwrap() {
        Found::Bad { disbelief, .. } => disbelief,
        Found::Good(verified) => panic!("{verified:?}"),
    }
}

fn is_good(repository: &Repository) -> bool {
    let hooks = Steps::all();
    let found = lab(repository, &hooks).verify().unwrap();
    matches!(found, Found::Good(_))
}

#[test]
fn a_reverted_commit_takes_no_attempt_back() {
    let repository = lived_in();
    assert!(is_good(&repository));
    let before = repository.read("lab/ledger.jsonl");
    repository.git(&["revert", "--no-edit", "HEAD"]);
    let gone = repository.git(&["rev-parse", "--short=10", "HEAD"]);
    match disbelief(&repository) {
        Disbelief::Erased { rows, place, .. } => {
            assert_eq!((rows, place), (3, format!("commit {}", gone.trim())));
        }
        other => panic!("{other}"),
    }
    // Nor does a rendering, or whatever comes after it.
    let hooks = Steps::all();
    lab(&repository, &hooks).render().unwrap();
    let mut bench = Figures::of(&repository);
    lab(&repository, &hooks)
        .baseline(&mut bench, "anew")
        .unwrap();
    let told = disbelief(&repository).to_string();
    assert!(
        told.contains("3 row(s)") && told.contains("--repair"),
        "{told}"
    );
    // What it advises: the lines are put back, and joined.
    let now = repository.read("lab/ledger.jsonl");
    let more: String = now
        .lines()
        .filter(|line| !before.contains(line))
        .map(|line| format!("{line}\n"))
        .collect();
    repository.write("lab/ledger.jsonl", &(before + &more));
    repository.commit("put back");
    lab(&repository, &hooks).repair().unwrap();
    assert!(is_good(&repository));
    assert_eq!(lab(&repository, &hooks).mismatches().unwrap(), []);
}

#[test]
fn rows_that_were_cut_off_are_missed() {
    let repository = lived_in();
    let ledger = repository.read("lab/ledger.jsonl");
    let first: String = ledger
        .lines()
        .take(1)
        .map(|line| format!("{line}\n"))
        .collect();
    repository.write("lab/ledger.jsonl", &first);
    let hooks = Steps::all();
    let error = lab(&repository, &hooks).render().unwrap_err().to_string();
    assert!(error.contains("rows were removed"), "{error}");
    std::fs::remove_file(repository.path("lab/logbook.md")).unwrap();
    lab(&repository, &hooks).render().unwrap();
    assert!(matches!(
        disbelief(&repository),
        Disbelief::Erased { rows: 6, .. }
    ));
    repository.commit("fewer");
    assert!(matches!(
        disbelief(&repository),
        Disbelief::Erased { rows: 6, .. }
    ));
}

/// One side of a merge taken whole: git shows no such merge in the file's plain history.
#[test]
fn a_merge_that_leaves_rows_out_is_found() {
    let repository = lived_in();
    repository.git(&["branch", "all"]);
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repository.write("notes.txt", "something");
    repository.commit("something");
    assert!(
        is_good(&repository),
        "what is on no way to HEAD is not missed"
    );
    repository.git(&["merge", "--quiet", "--no-edit", "-s", "ours", "all"]);
    assert!(matches!(
        disbelief(&repository),
        Disbelief::Erased { rows: 3, .. }
    ));
}

#[test]
fn an_emptied_ledger_is_none() {
    let repository = lived_in();
    for emptied in [true, false] {
        // As in a copy without history, where git knows nothing.
        let copy = Repository::new();
        for name in ["lab/logbook.md", "lab/reports/002-dearer.md"] {
            copy.write(name, &repository.read(name));
        }
        copy.write("lab/reports/notes.md", "ours");
        if emptied {
            copy.write("lab/ledger.jsonl", "");
        }
        copy.commit("a copy");
        let hooks = Steps::all();
        let mut bench = Figures::of(&copy);
        assert!(matches!(disbelief(&copy), Disbelief::Lost { .. }));
        let before = copy.state();
        let error = lab(&copy, &hooks)
            .baseline(&mut bench, "")
            .unwrap_err()
            .to_string();
        assert!(error.contains("the ledger is gone"), "{error}");
        assert_eq!((bench.built, copy.state()), (0, before));
        copy.git(&["rm", "--quiet", "lab/logbook.md"]);
        match disbelief(&copy) {
            Disbelief::Stray { path } => assert_eq!(path, "lab/reports/002-dearer.md"),
            other => panic!("{other}"),
        }
        copy.git(&["rm", "--quiet", "lab/reports/002-dearer.md"]);
        copy.commit("begun anew");
        lab(&copy, &hooks).baseline(&mut bench, "").unwrap();
        assert!(is_good(&copy));
    }
}
