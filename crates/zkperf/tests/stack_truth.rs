//! The calling-context trees of guests whose truth is known: one list of guests for all three zkVMs, each with
//! its tree, written by hand from its text (`zkperf_testkit::stack`).

use std::collections::BTreeMap;
use std::fmt::Write;

use zkperf_exec::{Control, GuestInput, RunRequest, Zkvm};
use zkperf_profile::{Entry, NodeId, Origin, Profile};
use zkperf_risc0::Risc0;
use zkperf_sp1::Sp1;
use zkperf_testkit::stack::{canonical, stack_guests_on, Built, Machine, StackGuest, MACHINES};
use zkperf_zisk::Zisk;

/// A zkVM, and its measure of RISC-V instructions retired.
fn engine(machine: Machine) -> (&'static dyn Zkvm, &'static str) {
    match machine {
        Machine::Zisk(_) => (&Zisk, "instructions"),
        Machine::Sp1 => (&Sp1, "cycles"),
        Machine::Risc0 => (&Risc0, "instructions"),
    }
}

/// What stands above `main`, and beside it what ends the run.
fn frame(machine: Machine, start: u64, main: &str) -> String {
    let start = format!("_start x1 [{start}]");
    let (above, beside) = match machine {
        // The BIOS is made of ZisK's own instructions; it also takes the `ecall` that ends the run.
        Machine::Zisk(_) => (vec!["BIOS x1 [0]".to_owned(), start], "BIOS x1 [0]"),
        Machine::Sp1 => (vec![start], ""),
        // `_ecall_dispatch`, a row of `_ecall_table`, `_ecall_halt` up to the machine's `ecall`.
        Machine::Risc0 => (
            // Its own `_start` sets the kernel up and enters the guest by `mret`.
            vec!["[kernel entry] x1 [19]".to_owned(), format!("{start} tail")],
            "[kernel entry] x1 [5+1+29]",
        ),
    };
    let mut lines: Vec<String> = Vec::new();
    for (depth, line) in above.iter().enumerate() {
        lines.push(format!("{}{line}", "  ".repeat(depth)));
    }
    let margin = "  ".repeat(above.len());
    lines.extend(main.lines().map(|line| format!("{margin}{line}")));
    if !beside.is_empty() {
        lines.push(format!("{margin}{beside}"));
    }
    canonical(&lines.join("\n"))
}

fn run(built: &Built, machine: Machine) -> Result<Profile, String> {
    let (engine, _) = engine(machine);
    let program = engine.load(&built.elf).expect("loads");
    let request = RunRequest {
        input: GuestInput {
            buffers: match machine {
                Machine::Sp1 => Vec::new(),
                _ => vec![Vec::new()],
            },
            ..GuestInput::default()
        },
        ..RunRequest::default()
    };
    let outcome = program.profile(request, &mut Control::default());
    let outcome = outcome.map_err(|error| error.to_string())?;
    match outcome.fault {
        Some(fault) => Err(fault.to_string()),
        None => Ok(outcome.profile.expect("a profile")),
    }
}

/// The tree as the guests' trees are written; without what stands for costs that belong to no function.
fn written(profile: &Profile, measure: &str) -> String {
    let data = profile.data();
    let measure = profile.measure(measure).expect("a measure");
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); data.nodes.len()];
    for (at, node) in data.nodes.iter().enumerate().skip(1) {
        children[node.parent.0 as usize].push(at);
    }
    let mut out = String::new();
    let mut open: Vec<(usize, usize)> = children[0].iter().rev().map(|at| (*at, 0)).collect();
    while let Some((at, depth)) = open.pop() {
        let node = &data.nodes[at];
        if data.functions[node.function.0 as usize].origin == Origin::Pseudo {
            continue;
        }
        let entry = match node.entry {
            Entry::Tail => " tail",
            Entry::Resync => " resync",
            _ => "",
        };
        let name = profile.function_name(node.function);
        let own = profile.node_value(measure, NodeId(at as u32));
        let margin = "  ".repeat(depth);
        writeln!(out, "{margin}{name} x{} [{own}]{entry}", node.calls).expect("writes");
        open.extend(children[at].iter().rev().map(|child| (*child, depth + 1)));
    }
    out
}

/// Where the stack re-synchronised, as the guests' places are written, sorted.
fn resyncs(profile: &Profile, marks: &BTreeMap<String, u64>) -> Vec<String> {
    let name = |address: u64| {
        let mark = marks.iter().rev().find(|mark| *mark.1 == address);
        mark.map_or(format!("0x{address:x}"), |mark| mark.0.clone())
    };
    let resyncs = profile.data().resyncs.iter();
    let mut places: Vec<String> = resyncs
        .map(|place| {
            format!(
                "{} -> {} x{}",
                name(place.pc),
                name(place.target),
                place.count
            )
        })
        .collect();
    places.sort();
    places
}

/// Everything about one guest, in words: what is wrong with it, or nothing.
fn judge(guest: &StackGuest, machine: Machine) -> String {
    let built = guest.build(machine);
    let profile = match run(&built, machine) {
        Ok(profile) => profile,
        Err(why) => return why,
    };
    let mut wrong = String::new();
    let expected = frame(machine, built.start_instructions, &canonical(&guest.tree));
    let found = written(&profile, engine(machine).1);
    if found != expected {
        write!(wrong, "expected:\n{expected}found:\n{found}").expect("writes");
    }
    let mut places: Vec<String> = guest.resyncs.iter().map(ToString::to_string).collect();
    places.sort();
    let found = resyncs(&profile, &built.marks);
    if found != places {
        write!(wrong, "resyncs expected: {places:?}, found: {found:?}").expect("writes");
    }
    wrong
}

#[test]
fn every_tree_is_the_one_written_by_hand() {
    let mut wrong = Vec::new();
    for machine in MACHINES {
        let mut judged = 0;
        for guest in stack_guests_on(machine) {
            let found = judge(&guest, machine);
            if !found.is_empty() {
                wrong.push(format!(
                    "{} on {}\n{found}",
                    guest.name,
                    engine(machine).0.name()
                ));
            }
            judged += 1;
        }
        assert!(judged > 40, "{judged} guests for {machine:?}");
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
}
