//! What the lab does not let happen, and what it says then.

mod support;

use support::{git_in, lab, rules, Figures, Repository, Steps};
use zkperf_lab::{CheckOutcome, Grounds, Hypothesis, Lab, LabError, Lint};

fn hypothesis(text: &str) -> Hypothesis {
    Hypothesis {
        text: text.to_owned(),
        ..Hypothesis::default()
    }
}

/// A repository with a baseline.
fn with_baseline() -> (Repository, Figures) {
    let repository = Repository::new();
    let mut bench = Figures::of(&repository);
    lab(&repository, &Steps::all())
        .baseline(&mut bench, "")
        .unwrap();
    (repository, bench)
}

/// One with an open attempt, too.
fn with_attempt() -> (Repository, Figures) {
    let (repository, bench) = with_baseline();
    lab(&repository, &Steps::all())
        .attempt(&hypothesis("Cheaper"))
        .unwrap();
    (repository, bench)
}

/// The refusal has all of these words, and changed nothing.
fn refused<T: std::fmt::Debug>(
    repository: &Repository,
    does: impl FnOnce() -> Result<T, LabError>,
    words: &[&str],
) {
    let before = repository.state();
    let error = does().unwrap_err().to_string();
    for word in words {
        assert!(error.contains(word), "{word:?} is not in {error:?}");
    }
    assert_eq!(repository.state(), before);
}

#[test]
fn outside_of_any_repository() {
    let folder = tempfile::tempdir().unwrap();
    let hooks = Steps::all();
    let error = Lab::open(folder.path(), rules(), &hooks)
        .err()
        .unwrap()
        .to_string();
    assert!(error.contains("no git working tree"), "{error}");
}

#[test]
fn without_a_baseline_a_commit_or_a_branch() {
    let hooks = Steps::all();
    let repository = Repository::new();
    let mut bench = Figures::of(&repository);
    let here = lab(&repository, &hooks);
    refused(
        &repository,
        || here.attempt(&hypothesis("x")),
        &["no baseline", "zkperf lab baseline"],
    );
    refused(
        &repository,
        || here.attempt(&hypothesis(" ")),
        &["needs a hypothesis"],
    );
    refused(
        &repository,
        || here.attempt(&hypothesis("a\u{1b}[2Jb\nc")),
        &["one line of text"],
    );
    refused(
        &repository,
        || here.validate(&mut bench),
        &["no attempt is open", "zkperf lab try"],
    );
    repository.git(&["switch", "--quiet", "--detach"]);
    let error = here.baseline(&mut bench, "").unwrap_err().to_string();
    assert!(
        error.contains("HEAD is detached") && error.contains("git switch -c"),
        "{error}"
    );
    repository.git(&["switch", "--quiet", "main"]);
    repository.write(".jj/repo", "");
    let error = here.baseline(&mut bench, "").unwrap_err().to_string();
    assert!(
        error.contains("jj") && error.contains("git worktree add"),
        "{error}"
    );
}

#[test]
fn a_jj_repository_works_from_a_working_tree_of_gits_own() {
    let repository = Repository::new();
    repository.write(".gitignore", ".jj\n");
    repository.commit("ignore .jj");
    repository.write(".jj/repo", "");
    let place = repository.path("../lab-work-of-jj");
    let place = place
        .parent()
        .unwrap()
        .canonicalize()
        .unwrap()
        .join(format!("lab-{}", std::process::id()));
    repository.git(&[
        "worktree",
        "add",
        "--quiet",
        "-b",
        "work",
        place.to_str().unwrap(),
    ]);
    let hooks = Steps::all();
    let mut bench = Figures::of(&repository);
    bench.root = place.clone();
    let there = Lab::open(&place, rules(), &hooks).unwrap();
    there.baseline(&mut bench, "").unwrap();
    there.attempt(&hypothesis("Cheaper")).unwrap();
    there.revert("only to see").unwrap();
    assert_eq!(git_in(&place, &["branch", "--show-current"]).trim(), "work");
    std::fs::remove_dir_all(&place).unwrap();
}

#[test]
fn uncommitted_changes() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_baseline();
    let here = lab(&repository, &hooks);
    repository.write("guest/new.rs", "");
    refused(
        &repository,
        || here.attempt(&hypothesis("x")),
        &["uncommitted changes", "guest/new.rs"],
    );
    refused(
        &repository,
        || here.baseline(&mut bench, ""),
        &["uncommitted changes"],
    );
    std::fs::remove_file(repository.path("guest/new.rs")).unwrap();
    here.attempt(&hypothesis("x")).unwrap();
    repository.write("guest/figures.txt", "zisk 24 1\n");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["uncommitted changes", "a result is that of a commit"],
    );
}

#[test]
fn two_attempts_at_once_and_work_on_the_base_branch() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    refused(
        &repository,
        || here.attempt(&hypothesis("y")),
        &["attempt 1 is open", "Cheaper", "revert"],
    );
    refused(
        &repository,
        || here.baseline(&mut bench, ""),
        &["attempt 1 is open"],
    );
    repository.git(&["switch", "--quiet", "main"]);
    refused(
        &repository,
        || here.validate(&mut bench),
        &["main is checked out", "git switch lab/001-cheaper"],
    );
    refused(
        &repository,
        || here.keep(&Grounds::default()),
        &["main is checked out"],
    );
}

#[test]
fn changes_to_what_may_not_be_changed() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    refused(
        &repository,
        || here.validate(&mut bench),
        &["has no change yet"],
    );
    repository.write("README.md", "better");
    repository.change("zisk 24 1000", "zisk 24 999");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["README.md", "guest/**", "git restore --source"],
    );
    std::fs::remove_file(repository.path("README.md")).unwrap();
    repository.write("harness/bench.sh", "measure less\n");
    repository.commit("harness");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["harness/bench.sh", "protected", "other hashes"],
    );
    repository.write("harness/bench.sh", "measure\n");
    repository.write("harness/more.sh", "");
    repository.commit("another file");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["harness/more.sh", "protected"],
    );
    std::fs::remove_file(repository.path("harness/more.sh")).unwrap();
    repository.write("lab/ledger.jsonl", "");
    repository.commit("ledger");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["lab/ledger.jsonl"],
    );
    repository.git(&["checkout", "--quiet", "main", "--", "lab/ledger.jsonl"]);
    repository.commit("ledger restored");
    here.validate(&mut bench).unwrap();
    assert_eq!(
        bench.built, 4,
        "what was refused was refused before anything was built"
    );
}

#[test]
fn keeping_what_was_not_validated() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    refused(
        &repository,
        || here.keep(&Grounds::default()),
        &["no result of exactly this commit", "validate"],
    );
    here.validate(&mut bench).unwrap();
    repository.change("zisk 24 999", "zisk 24 1001");
    refused(
        &repository,
        || here.keep(&Grounds::default()),
        &["no result of exactly this commit"],
    );
    // Not even with the same files: what was measured is a commit.
    repository.git(&["reset", "--quiet", "--soft", "HEAD~1"]);
    here.keep(&Grounds::default()).unwrap_err();
}

#[test]
fn a_base_that_moved() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    here.validate(&mut bench).unwrap();
    repository.git(&["switch", "--quiet", "main"]);
    repository.change("zisk 25 2000", "zisk 25 100");
    repository.git(&["switch", "--quiet", "lab/001-cheaper"]);
    let words = [
        "baseline is stale",
        "main changed",
        "guest/figures.txt",
        "zkperf lab revert",
    ];
    refused(&repository, || here.keep(&Grounds::default()), &words);
    refused(&repository, || here.validate(&mut bench), &words);
    let stale = here.status().unwrap();
    assert_eq!(stale.next, "zkperf lab revert --reason \"the base moved\"");
    here.revert("the base moved").unwrap();
    refused(
        &repository,
        || here.attempt(&hypothesis("x")),
        &["baseline is stale", "zkperf lab baseline"],
    );
    here.baseline(&mut bench, "a colleague's commit").unwrap();
    here.attempt(&hypothesis("x")).unwrap();
}

#[test]
fn other_inputs_compilers_and_sets() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    bench.inputs = "2";
    refused(
        &repository,
        || here.validate(&mut bench),
        &["the set that is measured cannot change", "zisk, block 24"],
    );
    bench.inputs = "1";
    bench
        .environment
        .insert("compiler".to_owned(), "rustc 2".to_owned());
    refused(
        &repository,
        || here.validate(&mut bench),
        &["compiler was rustc 1", "is rustc 2"],
    );
    bench
        .environment
        .insert("compiler".to_owned(), "rustc 1".to_owned());
    repository.change("sp1 25 900\n", "");
    refused(
        &repository,
        || here.validate(&mut bench),
        &["3 pairs of zkVM and block where the baseline has 4"],
    );
}

#[test]
fn lints_and_failing_tests() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    bench.lints = vec![Lint {
        id: "new-unsafe".to_owned(),
        place: "guest/a.rs:3".to_owned(),
        reason: "new unsafe".to_owned(),
    }];
    bench.check = CheckOutcome::Failed {
        command: "cargo test".to_owned(),
        how: "exit status: 101".to_owned(),
    };
    here.validate(&mut bench).unwrap();
    let grounds = Grounds {
        acknowledge: Some("bounds-checked above".to_owned()),
        ..Grounds::default()
    };
    refused(
        &repository,
        || here.keep(&grounds),
        &["tests fail", "exit status: 101"],
    );
    bench.check = CheckOutcome::Passed {
        command: "cargo test".to_owned(),
    };
    here.validate(&mut bench).unwrap();
    refused(
        &repository,
        || here.keep(&Grounds::default()),
        &["guest/a.rs:3: new unsafe", "--acknowledge"],
    );
    let blank = Grounds {
        acknowledge: Some(" ".to_owned()),
        ..Grounds::default()
    };
    refused(&repository, || here.keep(&blank), &["--acknowledge"]);
    here.keep(&grounds).unwrap();
    assert!(repository
        .read("lab/logbook.md")
        .contains("Acknowledged: bounds-checked above"));
}

#[test]
fn a_base_branch_under_somebody_elses_hands() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    here.validate(&mut bench).unwrap();
    let place = tempfile::tempdir().unwrap();
    let other = place.path().join("other");
    repository.git(&[
        "worktree",
        "add",
        "--quiet",
        other.to_str().unwrap(),
        "main",
    ]);
    refused(
        &repository,
        || here.keep(&Grounds::default()),
        &["main is checked out in"],
    );
    repository.git(&["worktree", "remove", "--force", other.to_str().unwrap()]);
    here.keep(&Grounds::default()).unwrap();
}

#[test]
fn a_working_tree_that_changes_while_it_is_measured() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_attempt();
    let here = lab(&repository, &hooks);
    repository.change("zisk 24 1000", "zisk 24 999");
    let pending =
        || std::fs::read_to_string(repository.path(".git/zkperf-lab/pending.json")).unwrap();
    let before = pending();
    let mut refused = |meanwhile: fn(&std::path::Path), words: &str| {
        bench.meanwhile = Some(meanwhile);
        let error = here.validate(&mut bench).unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
        assert_eq!(pending(), before);
        git_in(repository.root(), &["reset", "--quiet", "--hard"]);
    };
    refused(
        |root| {
            drop(git_in(
                root,
                &["commit", "--quiet", "--allow-empty", "-m", "more"],
            ))
        },
        "is not any more",
    );
    refused(
        |root| std::fs::write(root.join("guest/figures.txt"), "zisk 24 1\n").unwrap(),
        "cannot change within",
    );
    refused(
        |root| std::fs::write(root.join("harness/bench.sh"), "less").unwrap(),
        "must be ignored",
    );
    bench.meanwhile = None;
    here.validate(&mut bench).unwrap();
}

#[test]
fn a_ledger_that_came_to_another_branch() {
    let hooks = Steps::all();
    let (repository, mut bench) = with_baseline();
    let here = lab(&repository, &hooks);
    repository.git(&["switch", "--quiet", "-c", "other"]);
    refused(
        &repository,
        || here.attempt(&hypothesis("x")),
        &[
            "taken on main",
            "other is checked out",
            "zkperf lab baseline",
        ],
    );
    here.baseline(&mut bench, "goes on here").unwrap();
    here.attempt(&hypothesis("x")).unwrap();
}
