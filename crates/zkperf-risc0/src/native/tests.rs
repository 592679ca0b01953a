//! Translated code beside the step loop alone: nothing may tell them apart.

use std::fmt::Debug;

use zkperf_exec::{Control, GuestInput, Interrupt};
use zkperf_testkit::risc0::{guests, random_guest, Guest};

use super::*;
use crate::machine::Stop;
use crate::program::Risc0Program;
use crate::recorder::FullRecorder;
use crate::rules::PAGES;

/// Everything that a run leaves behind.
#[derive(Debug, PartialEq)]
struct Traces {
    stop: Stop,
    pc: u32,
    registers: [[u32; 32]; 2],
    pages: Vec<(u32, u8)>,
    figures: String,
    tree: String,
    executions: Vec<u64>,
    memory: Vec<u8>,
}

fn text(what: impl Debug) -> String {
    format!("{what:?}")
}

/// Runs a guest for at most `max_steps` cycles.
fn run(guest: &Guest, po2: u32, max_steps: u64, translated: bool) -> Traces {
    let program = Risc0Program::load(&guest.elf).expect("a guest");
    let input = GuestInput {
        buffers: vec![guest.input.clone()],
        args: guest.args.clone(),
        env: guest.env.clone(),
        ..GuestInput::default()
    };
    let mut control = Control {
        segment_po2: Some(po2),
        max_steps,
        ..Control::default()
    };
    let mut machine = program.machine(&input, &control).expect("a machine");
    if !translated {
        machine.code.native = Native::default();
    }
    let slot = machine.code.slot(machine.pc);
    let entry = machine.code.map.landing(machine.pc, slot);
    let mut recorder = FullRecorder::new(&machine.code, entry, &[], &[], &Default::default());
    let stop = machine.run(&mut recorder, &mut control);
    recorder.finish();
    machine.close();
    assert_eq!(!machine.code.native.code.is_empty(), translated);
    let state = |page: u32| machine.pager.pages[page as usize];
    let pages: Vec<_> = (0..PAGES).map(|page| (page, state(page))).collect();
    let pages: Vec<_> = pages.into_iter().filter(|(_, state)| *state != 0).collect();
    let words = pages
        .iter()
        .flat_map(|(page, _)| (0..256).map(move |at| page << 8 | at));
    let memory = words.flat_map(|word| machine.memory.word(word).to_le_bytes());
    Traces {
        stop,
        pc: machine.pc,
        registers: machine
            .registers
            .map(|file| *file.first_chunk().expect("32 of 64")),
        memory: memory.collect(),
        pages,
        figures: text((&machine.segments, machine.ecalls, machine.user_cycles)),
        tree: text((
            recorder.tree.nodes(),
            recorder.tree.values(),
            recorder.tree.resyncs(),
        )),
        executions: recorder.executions.counts(),
    }
}

fn compare(guest: &Guest, po2: u32, max_steps: u64) -> Traces {
    let translated = run(guest, po2, max_steps, true);
    let stepped = run(guest, po2, max_steps, false);
    assert!(
        translated == stepped,
        "{} at po2 {po2}, {max_steps} steps",
        guest.name
    );
    translated
}

#[test]
fn hand_written_guests_leave_the_same_traces() {
    for guest in guests() {
        for &po2 in &guest.po2 {
            compare(&guest, po2, u64::MAX);
        }
    }
}

#[test]
fn random_guests_leave_the_same_traces() {
    for seed in 0..150 {
        let guest = random_guest(seed, None).guest;
        compare(&guest, guest.po2[0], u64::MAX);
    }
}

#[test]
fn a_step_limit_stops_at_the_same_instruction() {
    let guest = random_guest(3, None).guest;
    for limit in [1, 2, 255, 256, 257, 1000, 1001] {
        let traces = compare(&guest, 20, limit);
        assert_eq!(traces.stop, Stop::Interrupted(Interrupt::StepLimit));
    }
}
