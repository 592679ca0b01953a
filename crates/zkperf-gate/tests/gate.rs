//! The gate over validators made up for it: what passes, what fails and what cannot be told.

use std::collections::BTreeMap;
use zkperf_block::Recorded;
use zkperf_gate::{
    native, run_gate, suite, tamperings, Answer, CheckKind, GateError, GateReport, GateRequest,
    HonestInput, InputCommand, Outcome, Subject, Thoroughness, Validator,
};

/// Answers by a function.
struct Made(fn(&[u8]) -> Answer);

impl Validator for Made {
    fn answer(&self, input: &[u8], _name: &str) -> Result<Answer, GateError> {
        Ok((self.0)(input))
    }

    fn frame(&self, input: &[u8]) -> Vec<u8> {
        input.to_vec()
    }
}

fn unmodified(input: &[u8]) -> Answer {
    let output = native(input).unwrap().output.to_vec();
    Answer {
        output,
        stopped: None,
    }
}

fn subject(made: fn(&[u8]) -> Answer) -> Subject<'static> {
    Subject {
        zkvm: "made".to_owned(),
        validator: Box::new(Made(made)),
        is_reference: false,
        own: Vec::new(),
        input_command: None,
    }
}

fn request(subject: Subject<'_>) -> GateRequest<'_> {
    GateRequest {
        subjects: vec![subject],
        inputs: Vec::new(),
        thoroughness: Thoroughness::Sample,
        skip_suites: false,
        diff: None,
        acknowledged: Vec::new(),
        cancel: Default::default(),
    }
}

fn demo() -> HonestInput {
    HonestInput {
        name: "mine".to_owned(),
        bytes: suite::DEMO_BLOCK.input().unwrap(),
        baseline: BTreeMap::new(),
        recorded: None,
    }
}

/// The gate over the demo's block alone.
fn on_demo(made: fn(&[u8]) -> Answer) -> GateReport {
    let mut request = request(subject(made));
    (request.skip_suites, request.inputs) = (true, vec![demo()]);
    run_gate(&request, &mut |_| {}).unwrap()
}

fn failures(report: &GateReport, kind: CheckKind) -> usize {
    report.failures().filter(|check| check.kind == kind).count()
}

#[test]
fn the_unmodified_code_is_sound_and_every_run_is_told() {
    let mut told = Vec::new();
    let report = run_gate(&request(subject(unmodified)), &mut |at| told.push(at)).unwrap();
    assert_eq!(report.outcome, Outcome::Sound);
    assert_eq!(
        report.count(CheckKind::MustReject),
        (tamperings().count(), tamperings().count())
    );
    assert!(report.count(CheckKind::Parity).0 >= 18);
    assert!(report.skipped.is_empty());
    let last = told.last().unwrap();
    assert_eq!(told.len(), last.total);
    assert!(last.done < last.total);
    assert!(told.is_sorted_by_key(|at| at.done));
}

#[test]
fn it_stops_when_told_to() {
    let request = request(subject(unmodified));
    let (mut runs, mut total) = (0, 0);
    let stopped = run_gate(&request, &mut |at| {
        (runs, total) = (runs + 1, at.total);
        if runs == 3 {
            request
                .cancel
                .store(true, std::sync::atomic::Ordering::Relaxed);
        }
    });
    assert!(matches!(stopped, Err(GateError::Cancelled)));
    // What has begun by then, on as many threads as there are, is not taken back.
    assert!(runs < total, "{runs} of {total}");
}

#[test]
fn a_guest_that_accepts_everything_fails_every_tampering() {
    let accepts = |_: &[u8]| {
        let honest = native(&suite::DEMO_BLOCK.input().unwrap()).unwrap();
        Answer {
            output: honest.output.to_vec(),
            stopped: None,
        }
    };
    let report = on_demo(accepts);
    assert_eq!(
        failures(&report, CheckKind::MustReject),
        tamperings().count()
    );
    assert_eq!(failures(&report, CheckKind::HonestAccept), 0);
    let Outcome::NotSound { reasons } = &report.outcome else {
        panic!("{:?}", report.outcome);
    };
    assert!(reasons[0].contains("found accepted"), "{}", reasons[0]);
}

#[test]
fn the_right_code_with_another_output_fails() {
    let forged = |input: &[u8]| {
        let mut answer = unmodified(input);
        // the block's hash
        answer.output[40] ^= 1;
        answer
    };
    let report = on_demo(forged);
    assert_eq!(
        failures(&report, CheckKind::MustReject),
        tamperings().count()
    );
    assert_eq!(failures(&report, CheckKind::NativeAgreement), 1);
    assert_eq!(failures(&report, CheckKind::HonestAccept), 0);
}

#[test]
fn the_wrong_reason_fails() {
    let vague = |input: &[u8]| {
        let mut answer = unmodified(input);
        if answer.output[0] != 0 {
            answer.output[0] = 52;
        }
        answer
    };
    let report = on_demo(vague);
    assert_eq!(
        failures(&report, CheckKind::MustReject),
        tamperings().count()
    );
}

#[test]
fn a_panic_is_no_verdict() {
    let panics = |input: &[u8]| match native(input).unwrap().status {
        0 => unmodified(input),
        _ => Answer {
            output: Vec::new(),
            stopped: Some("panicked".to_owned()),
        },
    };
    let report = on_demo(panics);
    assert_eq!(
        failures(&report, CheckKind::MustReject),
        tamperings().count()
    );
    assert!(report
        .failures()
        .all(|check| check.found.contains("no verdict: panicked")));
}

/// Zeros behind the output are the rest of a zkVM's output area; anything else is not.
#[test]
fn an_output_area_may_be_larger_if_it_is_zero() {
    fn longer(input: &[u8], last: u8) -> Answer {
        let mut answer = unmodified(input);
        answer.output.resize(255, 0);
        answer.output.push(last);
        answer
    }
    assert_eq!(on_demo(|input| longer(input, 0)).outcome, Outcome::Sound);
    assert!(
        failures(
            &on_demo(|input| longer(input, 1)),
            CheckKind::NativeAgreement
        ) == 1
    );
}

#[test]
fn a_foreign_output_is_not_gated_unless_it_is_said_to_be_ours() {
    let foreign = |_: &[u8]| Answer {
        output: vec![1; 8],
        stopped: None,
    };
    let mut request = request(subject(foreign));
    let report = run_gate(&request, &mut |_| {}).unwrap();
    assert!(matches!(&report.outcome, Outcome::NotGated { reason } if reason.contains("made")));
    assert!(report.checks.is_empty());
    request.subjects[0].is_reference = true;
    let report = run_gate(&request, &mut |_| {}).unwrap();
    assert!(matches!(report.outcome, Outcome::NotSound { .. }));
}

#[test]
fn baselines_are_compared_byte_for_byte() {
    let with = |baseline: Vec<u8>| {
        let mut input = demo();
        input.baseline.insert("made".to_owned(), baseline);
        let mut request = request(subject(unmodified));
        (request.skip_suites, request.inputs) = (true, vec![input]);
        run_gate(&request, &mut |_| {}).unwrap()
    };
    let right = native(&demo().bytes).unwrap().output.to_vec();
    assert_eq!(with(right.clone()).count(CheckKind::PublicOutput), (1, 1));
    for wrong in [
        right[..159].to_vec(),
        [&right[..], &[0]].concat(),
        vec![0; 160],
    ] {
        assert_eq!(with(wrong).count(CheckKind::PublicOutput), (1, 0));
    }
}

#[test]
fn a_block_that_is_not_honest_is_no_input() {
    let mut lie = demo();
    lie.bytes = zkperf_gate::Original::new("x", lie.bytes)
        .map(|original| {
            zkperf_gate::tampering("gas-used-more")
                .unwrap()
                .input(&original)
                .unwrap()
        })
        .unwrap();
    let mut request = request(subject(unmodified));
    request.inputs = vec![lie];
    let error = run_gate(&request, &mut |_| {}).unwrap_err();
    assert!(error.to_string().contains("gas used"), "{error}");
    request.inputs = Vec::new();
    request.subjects.clear();
    assert!(matches!(
        run_gate(&request, &mut |_| {}),
        Err(GateError::NoSubject)
    ));
}

/// A guest that reads recorded blocks as they are, and ends with an error on what it rejects.
fn reads_recordings(input: &[u8]) -> Answer {
    let stopped = |cause: String| Answer {
        output: Vec::new(),
        stopped: Some(cause),
    };
    let Ok(recorded) = Recorded::from_bytes(input) else {
        return stopped("no recording".to_owned());
    };
    let answer = native(&recorded.guest_input().unwrap()).unwrap();
    match answer.reason {
        None => Answer {
            output: answer.output[32..64].to_vec(),
            stopped: None,
        },
        Some(reason) => stopped(reason),
    }
}

fn foreign(made: fn(&[u8]) -> Answer, command: &str) -> GateReport {
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let block = repository.join("fixtures/demo-block/demo-block.json.zst");
    let mut input = demo();
    input.recorded = Some(Recorded::read(&block).unwrap());
    let mut request = request(Subject {
        input_command: Some(Box::new(InputCommand::parse(command).unwrap())),
        ..subject(made)
    });
    request.inputs = vec![input];
    request.thoroughness = Thoroughness::All;
    run_gate(&request, &mut |_| {}).unwrap()
}

#[test]
fn other_guests_are_gated_through_their_input_command() {
    let copy = "cp {recorded} {output}";
    let report = foreign(reads_recordings, copy);
    assert_eq!(report.outcome, Outcome::Sound, "{:?}", report.outcome);
    let (made, passed) = report.count(CheckKind::MustReject);
    assert!(made == passed && made >= 50, "{made}");
    // What is left out is of our own format: its framing is no part of a block.
    assert!(report
        .skipped
        .iter()
        .all(|skipped| skipped.reason.contains("own format")));
    let careless = |input: &[u8]| Answer {
        output: input[..8].to_vec(),
        stopped: None,
    };
    assert_eq!(
        failures(&foreign(careless, copy), CheckKind::MustReject),
        made
    );
    // A command that refuses everything leaves nothing to say.
    let refuses = foreign(reads_recordings, "false {recorded} {output}");
    assert!(
        matches!(refuses.outcome, Outcome::NotGated { .. }),
        "{:?}",
        refuses.outcome
    );
    assert!(InputCommand::parse("cp {recorded} there").is_err());
}
