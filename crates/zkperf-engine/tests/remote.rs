//! An engine in another process does what it would do in this one.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use zkperf_engine::{EngineError, Remote};
use zkperf_exec::{Control, ExecError, GuestInput, LoadError, Program, RunRequest, Zkvm};

/// `examples/toy_engine.rs`, which cargo builds with the tests.
fn toy() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a file");
    let profile = test.ancestors().nth(2).expect("target/PROFILE/deps/test");
    profile
        .join("examples/toy_engine")
        .with_extension(std::env::consts::EXE_EXTENSION)
}

fn remote() -> Remote {
    Remote::new(&toy(), "toy", "1.0.0").expect("the toy answers")
}

fn counter() -> Box<dyn Program> {
    remote().load(b"toy").expect("a toy")
}

fn input(args: &[&str]) -> GuestInput {
    GuestInput {
        buffers: vec![b"one\n".to_vec(), b"two".to_vec()],
        args: args.iter().map(|arg| (*arg).to_owned()).collect(),
        ..GuestInput::default()
    }
}

#[test]
fn a_run_gives_its_output_steps_and_what_the_guest_printed() {
    let printed = RefCell::new(Vec::<u8>::new());
    let mut control = Control {
        stdout: Some(Box::new(|bytes| printed.borrow_mut().extend(bytes))),
        ..Control::default()
    };
    let program = counter();
    for last in [5u64, 0] {
        let outcome = program
            .run(&input(&[&last.to_string()]), &mut control)
            .unwrap();
        assert_eq!(outcome.output, b"one\ntwo");
        assert_eq!(outcome.steps, last);
        assert_eq!((outcome.touched_bytes, outcome.loader_peak_bytes), (1, 2));
        assert!(outcome.fault.is_none() && outcome.profile.is_none());
    }
    drop(control);
    assert_eq!(printed.into_inner(), b"one\ntwoone\ntwo");
}

#[test]
fn a_profile_arrives_whole_and_its_report_is_the_engines() {
    let mut request = RunRequest {
        input: input(&["3"]),
        ..RunRequest::default()
    };
    request.run.elf.guest = "counter".into();
    let outcome = counter().profile(request, &mut Control::default()).unwrap();
    let profile = outcome.profile.expect("a profile");
    assert_eq!(profile.data().run.elf.guest, "counter");
    assert_eq!(profile.data().nodes, zkperf_profile::example::small().nodes);
    assert_eq!(remote().stats_text(&profile), "toy report of counter\n");
}

#[test]
fn limits_and_the_wish_to_stop_reach_the_engine() {
    let mut control = Control {
        max_steps: 1_000,
        ..Control::default()
    };
    let outcome = counter().run(&input(&[]), &mut control).unwrap();
    let fault = outcome.fault.expect("stopped");
    assert_eq!((fault.steps, fault.cause.as_str()), (1_000, "limit"));
    assert_eq!((fault.pc, fault.function.as_str()), (4_000, "count"));

    let mut control = Control::default();
    let cancel = control.cancel.clone();
    control.progress = Some(Box::new(move |_| cancel.store(true, Ordering::Relaxed)));
    let program = counter();
    let outcome = program.run(&input(&[]), &mut control).unwrap();
    assert_eq!(outcome.fault.expect("stopped").cause, "cancelled");
    // and the engine is ready for another run
    let outcome = program.run(&input(&["7"]), &mut Control::default());
    assert_eq!(outcome.unwrap().steps, 7);
}

#[test]
fn refusals_and_broken_engines_are_errors() {
    assert_eq!(
        remote().load(b"not one").err(),
        Some(LoadError::Engine(
            LoadError::NotAnElf("it is no toy".into()).to_string()
        ))
    );
    let crashed = remote().load(b"crash").err().expect("it is gone");
    assert!(crashed.to_string().contains("toy_engine"), "{crashed}");
    let bad = counter().run(&input(&["many"]), &mut Control::default());
    assert!(matches!(bad, Err(ExecError::Input(text)) if text == "its argument is no number"));
    let other = Remote::new(&toy(), "toy", "2.0.0");
    assert!(matches!(other, Err(EngineError::Other { found, .. }) if found.contains("1.0.0")));
    let missing = Remote::new(&toy().with_file_name("nothing"), "toy", "1.0.0");
    assert!(matches!(missing, Err(EngineError::Broken { .. })));
    // A program that says nothing we understand.
    let silent = Remote::new(std::path::Path::new("/bin/true"), "toy", "1.0.0");
    assert!(matches!(silent, Err(EngineError::Broken { .. })));
}
