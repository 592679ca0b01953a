//! A ledger that cannot lie: every byte counts, branches that grew apart are noticed and joined.

mod support;

use proptest::prelude::*;
use support::{lab, Figures, Repository, Steps};
use zkperf_lab::{verify, Disbelief, Fault, Found, Grounds, Hypothesis};

fn hypothesis(text: &str) -> Hypothesis {
    Hypothesis {
        text: text.to_owned(),
        expect: Some("-1%".parse().unwrap()),
        functions: vec!["memcpy".to_owned()],
    }
}

/// A repository with one attempt kept and one reverted.
fn lived_in() -> Repository {
    let repository = Repository::new();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let mut bench = Figures::of(&repository);
    here.baseline(&mut bench, "").unwrap();
    here.attempt(&hypothesis("Cheaper")).unwrap();
    repository.change("zisk 24 1000", "zisk 24 999");
    here.validate(&mut bench).unwrap();
    here.keep(&Grounds::default()).unwrap();
    here.attempt(&hypothesis("Dearer")).unwrap();
    repository.change("zisk 24 999", "zisk 24 1001");
    here.validate(&mut bench).unwrap();
    here.revert("it costs more").unwrap();
    repository
}

#[test]
fn one_wrong_bit_anywhere_is_noticed() {
    let repository = lived_in();
    let bytes = std::fs::read(repository.path("lab/ledger.jsonl")).unwrap();
    assert_eq!(verify(&bytes).unwrap().rows, 7);
    assert!(bytes.len() > 5_000);
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1 << (at % 8);
        let error = verify(&wrong).expect_err("noticed").to_string();
        assert!(error.starts_with("row "), "{error}");
    }
}

#[test]
fn a_row_that_is_missing_moved_or_doubled_is_noticed() {
    let repository = lived_in();
    let text = repository.read("lab/ledger.jsonl");
    let lines: Vec<&str> = text.lines().collect();
    let verify_lines = |lines: &[&str]| {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        verify(text.as_bytes())
    };
    for at in 0..lines.len() - 1 {
        let mut missing = lines.clone();
        missing.remove(at);
        verify_lines(&missing).unwrap_err();
        let mut moved = lines.clone();
        moved.swap(at, at + 1);
        verify_lines(&moved).unwrap_err();
        let mut doubled = lines.clone();
        doubled.insert(at, lines[at]);
        verify_lines(&doubled).unwrap_err();
    }
    assert!(matches!(
        verify(text.trim_end().as_bytes()),
        Err(Disbelief::Fault(Fault::CutOff { row: 7 }))
    ));
    // A ledger that ends earlier is a ledger; git knows the rows that it had.
    verify_lines(&lines[..5]).unwrap();
    let shorter: String = lines[..5].iter().map(|line| format!("{line}\n")).collect();
    repository.write("lab/ledger.jsonl", &shorter);
    let hooks = Steps::all();
    match lab(&repository, &hooks).verify().unwrap() {
        Found::Bad {
            disbelief: Disbelief::Erased { rows, place, .. },
            ..
        } => assert_eq!((rows, place.as_str()), (2, "the working tree")),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_kept_commit_that_was_amended_is_told() {
    let repository = lived_in();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    assert_eq!(here.mismatches().unwrap(), []);
    // The last commit closed the failure; the one before it brought the kept attempt.
    repository.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    repository.write("guest/figures.txt", "zisk 24 1\n");
    repository.git(&["commit", "--quiet", "--all", "--amend", "--no-edit"]);
    let found = here.mismatches().unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (found[0].kind, found[0].commit.as_str()),
        ("keep", repository.git(&["rev-parse", "HEAD"]).trim())
    );
    assert!(
        matches!(here.verify().unwrap(), Found::Good(_)),
        "the ledger is as true as before"
    );
    // And nothing starts from there.
    let error = here.attempt(&hypothesis("x")).unwrap_err().to_string();
    assert!(error.contains("baseline is stale"), "{error}");
}

#[test]
fn a_logbook_by_hand_keeps_what_is_in_it() {
    let repository = Repository::new();
    repository.write("lab/logbook.md", "# Ours\n\n| 1 | by hand |\n");
    repository.write("lab/reports/001-by-hand.txt", "ours\n");
    repository.commit("a logbook");
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let mut bench = Figures::of(&repository);
    here.baseline(&mut bench, "").unwrap();
    here.attempt(&hypothesis("Dearer")).unwrap();
    here.revert("never begun").unwrap();
    let logbook = repository.read("lab/logbook.md");
    assert!(
        logbook.starts_with("# Ours\n\n| 1 | by hand |\n\n<!-- zkperf lab"),
        "{logbook}"
    );
    assert!(logbook.contains("never begun"));
    // Written around by hand, it is still what the ledger says.
    repository.write("lab/logbook.md", &format!("{logbook}\nmore by hand\n"));
    assert!(matches!(here.verify().unwrap(), Found::Good(_)));
    repository.write(
        "lab/logbook.md",
        &logbook.replace("never begun", "done at once"),
    );
    assert!(matches!(here.verify().unwrap(), Found::Bad { .. }));
}

#[test]
fn a_rewritten_logbook_is_noticed_and_rendered_anew() {
    let repository = lived_in();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    let report = "lab/reports/002-dearer.md";
    let good = repository.read(report);
    repository.write(report, &good.replace("1,001", "998"));
    assert!(matches!(
        here.verify().unwrap(),
        Found::Bad {
            disbelief: Disbelief::Rendering { .. },
            ..
        }
    ));
    assert_eq!(here.render().unwrap(), [report]);
    assert_eq!(repository.read(report), good);
    assert!(matches!(here.verify().unwrap(), Found::Good(_)));
}

/// A branch from main on which an attempt was made, and what came of it.
fn side(repository: &Repository, branch: &str, from: &str, to: &str, keep: bool) {
    repository.git(&["switch", "--quiet", "-c", branch, "main"]);
    let hooks = Steps::all();
    let here = lab(repository, &hooks);
    let mut bench = Figures::of(repository);
    here.baseline(&mut bench, branch).unwrap();
    here.attempt(&hypothesis(&format!("Tried on {branch}")))
        .unwrap();
    repository.change(from, to);
    here.validate(&mut bench).unwrap();
    match keep {
        true => here.keep(&Grounds::default()).map(drop).unwrap(),
        false => here.revert("no").map(drop).unwrap(),
    }
}

#[test]
fn branches_that_grew_apart_are_joined() {
    let repository = lived_in();
    side(&repository, "left", "zisk 24 999", "zisk 24 900", true);
    side(&repository, "right", "sp1 25 900", "sp1 25 800", true);
    repository.git(&["merge", "--quiet", "--no-edit", "left"]);
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    match here.verify().unwrap() {
        Found::Bad {
            disbelief: Disbelief::Fault(Fault::Forked { heads }),
            ..
        } => assert_eq!(heads.len(), 2),
        other => panic!("{other:?}"),
    }
    let error = here.view().unwrap_err().to_string();
    assert!(error.contains("zkperf lab verify --repair"), "{error}");
    let did = here.repair().unwrap();
    assert!(did.row.is_some());
    let Found::Good(verified) = here.verify().unwrap() else {
        panic!("{:?}", here.verify())
    };
    assert_eq!((verified.attempts, verified.kept), (4, 3));
    assert_eq!(here.repair().unwrap().row, None, "once is enough");
    assert_eq!(here.mismatches().unwrap(), []);
    assert_eq!(repository.git(&["status", "--porcelain"]), "");
    // Nobody has measured both together.
    let mut bench = Figures::of(&repository);
    let error = here.attempt(&hypothesis("x")).unwrap_err().to_string();
    assert!(error.contains("no baseline"), "{error}");
    here.baseline(&mut bench, "left and right").unwrap();
    here.attempt(&hypothesis("x")).unwrap();
}

#[test]
fn failures_from_another_branch_leave_the_baseline_as_it_is() {
    let repository = lived_in();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    repository.git(&["branch", "other"]);
    // Both go on from the very same baseline.
    for (branch, text, keep) in [
        ("main", "Kept on main", true),
        ("other", "Failed on other", false),
    ] {
        repository.git(&["switch", "--quiet", branch]);
        let mut bench = Figures::of(&repository);
        if branch == "other" {
            here.baseline(&mut bench, "").unwrap();
        }
        here.attempt(&hypothesis(text)).unwrap();
        repository.change(
            "zisk 25 2000",
            if keep { "zisk 25 1999" } else { "zisk 25 2001" },
        );
        here.validate(&mut bench).unwrap();
        match keep {
            true => here.keep(&Grounds::default()).map(drop).unwrap(),
            false => here.revert("no").map(drop).unwrap(),
        }
    }
    repository.git(&["switch", "--quiet", "main"]);
    repository.git(&["merge", "--quiet", "--no-edit", "other"]);
    here.repair().unwrap();
    assert!(repository
        .read("lab/logbook.md")
        .contains("Failed on other"));
    assert!(matches!(here.verify().unwrap(), Found::Good(_)));
}

#[test]
fn rows_that_reach_the_base_branch_while_an_attempt_is_open_are_joined() {
    let repository = lived_in();
    let hooks = Steps::all();
    let here = lab(&repository, &hooks);
    // A colleague's clone closes an attempt, which is pulled while ours is open.
    let folder = tempfile::tempdir().unwrap();
    support::git_in(
        folder.path(),
        &[
            "clone",
            "--quiet",
            repository.root().to_str().unwrap(),
            "clone",
        ],
    );
    let place = folder.path().join("clone");
    for (key, value) in [("user.name", "Other"), ("user.email", "other@example.org")] {
        support::git_in(&place, &["config", key, value]);
    }
    let there = zkperf_lab::Lab::open(&place, support::rules(), &hooks).unwrap();
    there.attempt(&hypothesis("Theirs")).unwrap();
    there.revert("did not help").unwrap();
    here.attempt(&hypothesis("Ours")).unwrap();
    repository.git(&["fetch", "--quiet", place.to_str().unwrap(), "main:main"]);
    let mut bench = Figures::of(&repository);
    repository.change("zisk 25 2000", "zisk 25 1999");
    here.validate(&mut bench).unwrap();
    here.keep(&Grounds::default()).unwrap();
    let logbook = repository.read("lab/logbook.md");
    assert!(
        logbook.contains("Theirs") && logbook.contains("Ours"),
        "{logbook}"
    );
    let Found::Good(verified) = here.verify().unwrap() else {
        panic!("{:?}", here.verify())
    };
    assert_eq!(
        (verified.attempts, verified.kept, verified.reverted),
        (4, 2, 2)
    );
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = verify(&bytes);
    }

    #[test]
    fn no_line_makes_it_panic(line in "\\{\"hash\":\"[0-9a-f]{64}\",.{0,80}\n") {
        prop_assert!(verify(line.as_bytes()).is_err());
    }
}
