//! Killed at every step, and run again: the same end, every time.

mod support;

use support::{lab, Figures, Repository, Steps};
use zkperf_lab::{Found, Grounds, Hypothesis, LabError};

/// A command that changes something.
type Command = fn(&zkperf_lab::Lab<'_>, &mut Figures) -> Result<(), LabError>;

fn baseline(lab: &zkperf_lab::Lab<'_>, bench: &mut Figures) -> Result<(), LabError> {
    lab.baseline(bench, "").map(drop)
}

fn attempt(lab: &zkperf_lab::Lab<'_>, _: &mut Figures) -> Result<(), LabError> {
    let hypothesis = Hypothesis {
        text: "Cheaper".to_owned(),
        ..Hypothesis::default()
    };
    lab.attempt(&hypothesis).map(drop)
}

fn validate(lab: &zkperf_lab::Lab<'_>, bench: &mut Figures) -> Result<(), LabError> {
    lab.validate(bench).map(drop)
}

fn keep(lab: &zkperf_lab::Lab<'_>, _: &mut Figures) -> Result<(), LabError> {
    lab.keep(&Grounds::default()).map(drop)
}

fn revert(lab: &zkperf_lab::Lab<'_>, _: &mut Figures) -> Result<(), LabError> {
    lab.revert("because").map(drop)
}

/// What a person does before a command.
type Hand = fn(&Repository);

const NOTHING: Hand = |_| {};
const CHANGE: Hand = |repository| repository.change("zisk 24 1000", "zisk 24 999");
const EDIT: Hand = |repository| repository.write("guest/notes.txt", "not committed");

/// A story: hands and commands in turn. The last command is the one that dies.
fn tell(story: &[(Hand, Command)], dying_at: Option<usize>) -> (String, Vec<String>, bool) {
    let repository = Repository::new();
    let mut bench = Figures::of(&repository);
    let (last, before) = story.split_last().unwrap();
    let hooks = Steps::all();
    for (hand, command) in before {
        hand(&repository);
        command(&lab(&repository, &hooks), &mut bench).unwrap();
    }
    (last.0)(&repository);
    let mut died = false;
    let hooks = dying_at.map_or(Steps::all(), Steps::dying_at);
    match (last.1)(&lab(&repository, &hooks), &mut bench) {
        Ok(()) => {}
        Err(LabError::Stopped(_)) => died = true,
        Err(error) => panic!("{error}"),
    }
    let seen = hooks.seen.borrow().clone();
    if died {
        let again = Steps::all();
        // Looking changes nothing.
        lab(&repository, &again).status().unwrap();
        let finished = (last.1)(&lab(&repository, &again), &mut bench);
        // After its last step it was done: the second time there is nothing left to do, and that is said.
        let was_done = seen.last().is_some_and(|step| step == "journal cleared");
        assert!(finished.is_ok() || was_done, "after {seen:?}: {finished:?}");
    }
    let hooks = Steps::all();
    let lab = lab(&repository, &hooks);
    match lab.verify().unwrap() {
        Found::Good(_) => {}
        bad => panic!("after {seen:?}: {bad:?}"),
    }
    (repository.state(), seen, died)
}

fn the_end_is_the_same(story: &[(Hand, Command)], steps: usize) {
    let (wanted, seen, _) = tell(story, None);
    assert_eq!(seen.len(), steps, "{seen:?}");
    for step in 0..steps {
        let (found, seen, died) = tell(story, Some(step));
        assert!(died);
        assert_eq!(found, wanted, "killed at step {step}, {:?}", seen.last());
    }
}

#[test]
fn baselines() {
    the_end_is_the_same(&[(NOTHING, baseline)], 8);
}

#[test]
fn attempts() {
    the_end_is_the_same(&[(NOTHING, baseline), (NOTHING, attempt)], 6);
}

#[test]
fn validations() {
    // Measured twice, if it died after the result was written; so the rows differ, and the state that they come to not.
    let story: [(Hand, Command); 3] = [(NOTHING, baseline), (NOTHING, attempt), (CHANGE, validate)];
    let (wanted, seen, _) = tell(&story, None);
    assert_eq!(seen, ["before the result", "result written"]);
    assert_eq!(tell(&story, Some(0)).0, wanted);
    let (found, ..) = tell(&story, Some(1));
    assert_eq!(found.matches("head_source").count(), 2);
}

#[test]
fn keeps() {
    the_end_is_the_same(
        &[
            (NOTHING, baseline),
            (NOTHING, attempt),
            (CHANGE, validate),
            (NOTHING, keep),
        ],
        8,
    );
}

#[test]
fn reverts() {
    the_end_is_the_same(
        &[(NOTHING, baseline), (NOTHING, attempt), (EDIT, revert)],
        9,
    );
    the_end_is_the_same(
        &[
            (NOTHING, baseline),
            (NOTHING, attempt),
            (CHANGE, validate),
            (NOTHING, revert),
        ],
        8,
    );
}

#[test]
fn a_keep_that_somebody_overtook_is_given_up_and_can_be_seen_to() {
    let repository = Repository::new();
    let mut bench = Figures::of(&repository);
    let hooks = Steps::all();
    for (hand, command) in [
        (NOTHING, baseline as Command),
        (NOTHING, attempt),
        (CHANGE, validate),
    ] {
        hand(&repository);
        command(&lab(&repository, &hooks), &mut bench).unwrap();
    }
    // Dies with the journal written; then main moves by another's commit.
    let dying = Steps::dying_at(1);
    assert!(matches!(
        keep(&lab(&repository, &dying), &mut bench),
        Err(LabError::Stopped(_))
    ));
    let tree = repository.git(&["rev-parse", "main^{tree}"]);
    let other = repository.git(&["commit-tree", tree.trim(), "-p", "main", "-m", "another's"]);
    repository.git(&["update-ref", "refs/heads/main", other.trim()]);
    let lab = lab(&repository, &hooks);
    let error = lab.keep(&Grounds::default()).unwrap_err().to_string();
    assert!(
        error.contains("main moved before the interrupted keep of attempt 1"),
        "{error}"
    );
    // Its source is what it was, so the attempt is as good as before.
    lab.keep(&Grounds::default()).unwrap();
    assert_eq!(repository.subjects("main")[..2], ["Cheaper", "another's"]);
}

#[test]
fn only_one_process_at_a_time_changes_anything() {
    let repository = Repository::new();
    let mut bench = Figures::of(&repository);
    let hooks = Steps::all();
    let lab = lab(&repository, &hooks);
    lab.baseline(&mut bench, "").unwrap();
    let lock = lab.store().lock("elsewhere").unwrap();
    let error = attempt(&lab, &mut bench).unwrap_err();
    assert!(
        matches!(&error, LabError::Busy { holder } if holder.contains("lab elsewhere")),
        "{error}"
    );
    lab.status().unwrap();
    assert!(matches!(lab.verify().unwrap(), Found::Good(_)));
    drop(lock);
    attempt(&lab, &mut bench).unwrap();
}
