//! Hand-written guests: the official figures, endings, and the shape of a profile. `cargo xtask verify
//! risc0` compares all of them, and random ones, with the official executor itself.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;

use zkperf_exec::{Control, GuestInput, LoadError, Outcome, RunRequest, Zkvm};
use zkperf_profile::{Completeness, Origin, Profile};
use zkperf_risc0::Risc0;
use zkperf_testkit::risc0::{guests, Guest};

fn guest(name: &str) -> Guest {
    let found = guests().into_iter().find(|guest| guest.name == name);
    found.unwrap_or_else(|| panic!("no guest {name}"))
}

fn input(guest: &Guest) -> GuestInput {
    GuestInput {
        buffers: vec![guest.input.clone()],
        args: guest.args.clone(),
        env: guest.env.clone(),
        ..GuestInput::default()
    }
}

fn profile_with(guest: &Guest, mut control: Control) -> Outcome {
    let program = Risc0.load(&guest.elf).expect("a guest of RISC Zero");
    let request = RunRequest {
        input: input(guest),
        ..RunRequest::default()
    };
    program
        .profile(request, &mut control)
        .expect("a profile that closes")
}

fn profile(guest: &Guest, po2: u32) -> Outcome {
    profile_with(
        guest,
        Control {
            segment_po2: Some(po2),
            ..Control::default()
        },
    )
}

fn total(profile: &Profile, measure: &str) -> u64 {
    let id = profile.measure(measure).expect("a measure");
    profile.sum(id)
}

#[test]
fn figures_are_those_of_the_official_executor() {
    // risc0-circuit-rv32im 4.0.5 `Executor::run`, printed by `cargo xtask verify risc0 --guests`:
    // (guest, po2, user, paging, reserved, total cycles, segments).
    let golden: &[(&str, u32, u64, u64, u64, u64, usize)] = &[
        ("compute_calls", 13, 870, 304_477, 718_653, 1_024_000, 125),
        ("compute_calls", 20, 870, 7_980, 7_534, 16_384, 1),
        (
            "paging_walk",
            13,
            1_937,
            1_178_583,
            2_432_152,
            3_612_672,
            441,
        ),
        ("paging_walk", 16, 1_937, 154_339, 122_252, 278_528, 5),
        ("paging_far_code", 15, 6_483, 59_898, 498_867, 565_248, 18),
        ("ecall_bigint2", 14, 1_406, 14_604, 16_758, 32_768, 2),
        ("syscall_read_long", 14, 24_266, 57_598, 49_208, 131_072, 8),
        ("syscall_read_long", 20, 24_266, 11_294, 29_976, 65_536, 1),
        (
            "rewrite_far_ahead",
            15,
            94_635,
            301_203,
            3_118_530,
            3_514_368,
            108,
        ),
        ("rewrite_far_ahead", 20, 94_635, 8_637, 27_800, 131_072, 1),
    ];
    for &(name, po2, user, paging, reserved, total_cycles, segments) in golden {
        let outcome = profile(&guest(name), po2);
        let profile = outcome.profile.expect("a profile");
        let found = (
            total(&profile, "user_cycles"),
            total(&profile, "paging_cycles"),
            total(&profile, "reserved_cycles"),
            total(&profile, "total_cycles"),
        );
        assert_eq!(
            found,
            (user, paging, reserved, total_cycles),
            "{name} at po2 {po2}"
        );
        let mut tables = profile.data().tables.iter();
        let table = tables
            .find(|table| table.name == "segments")
            .expect("segments");
        assert_eq!(table.rows.len(), segments, "{name} at po2 {po2}");
        assert_eq!(total(&profile, "cost"), user + paging);
    }
}

#[test]
fn plain_runs_end_as_profiles_do() {
    for guest in guests()
        .iter()
        .filter(|guest| !guest.elf.starts_with(b"R0BF"))
    {
        let po2 = guest.po2.first().copied().unwrap_or(15);
        let recorded = profile(guest, po2);
        let mut control = Control {
            segment_po2: Some(po2),
            ..Control::default()
        };
        let program = Risc0.load(&guest.elf).expect("a guest of RISC Zero");
        let plain = program.run(&input(guest), &mut control).expect("a run");
        assert_eq!(plain.steps, recorded.steps, "{}", guest.name);
        assert_eq!(plain.output, recorded.output, "{}", guest.name);
        assert_eq!(plain.fault, recorded.fault, "{}", guest.name);
    }
}

#[test]
fn faults_name_place_and_cause_and_keep_a_partial_profile() {
    let cases = [
        ("fault_illegal", "main", "illegal instruction 0x00000000"),
        ("fault_amo", "main", "-C passes=lower-atomic"),
        (
            "fault_misaligned_lw",
            "main",
            "misaligned load at 0x09000002",
        ),
        ("fault_null_store", "main", "a null pointer?"),
        ("fault_fork", "main", "SYS_FORK"),
        ("fault_user_syscall", "main", "slice_io"),
        ("fault_panic", "main", "the guest panicked: risc0_zkvm"),
        ("fault_argv", "main", "--arg"),
        ("fault_software_number", "main", "not implemented"),
    ];
    for (name, function, cause) in cases {
        let outcome = profile(&guest(name), 15);
        let fault = outcome
            .fault
            .unwrap_or_else(|| panic!("{name} did not stop"));
        assert!(fault.cause.contains(cause), "{name}: {}", fault.cause);
        assert_eq!(fault.function, function, "{name}");
        assert!(
            (0x0020_0800..0x0021_0000).contains(&fault.pc),
            "{name}: pc 0x{:x}",
            fault.pc
        );
        let profile = outcome.profile.expect("a partial profile");
        assert!(
            matches!(profile.data().completeness, Completeness::Partial { .. }),
            "{name}"
        );
        assert!(total(&profile, "user_cycles") > 0, "{name}");
    }
}

#[test]
fn small_segments_and_wrong_sizes_are_named() {
    let small = profile(&guest("fault_segment_too_small"), 13)
        .fault
        .expect("a fault");
    assert!(small.cause.contains("--po2"), "{}", small.cause);
    let program = Risc0.load(&guest("ecall_input").elf).expect("a guest");
    for po2 in [12, 25] {
        let mut control = Control {
            segment_po2: Some(po2),
            ..Control::default()
        };
        let error = program
            .run(&GuestInput::default(), &mut control)
            .expect_err("out of range");
        assert!(error.to_string().contains("from 13 to 24"), "{error}");
    }
}

#[test]
fn the_step_limit_is_exact_and_cancelling_works() {
    let long = guest("paging_same_pages_in_every_segment");
    for limit in [1, 19, 20, 1_000, 12_345] {
        let outcome = profile_with(
            &long,
            Control {
                max_steps: limit,
                ..Control::default()
            },
        );
        assert_eq!(outcome.steps, limit);
        assert!(outcome.fault.expect("stopped").cause.contains("step limit"));
    }
    let cancel = Arc::new(AtomicBool::new(false));
    cancel.store(true, Ordering::Relaxed);
    let outcome = profile_with(
        &long,
        Control {
            cancel,
            ..Control::default()
        },
    );
    assert_eq!(outcome.fault.expect("stopped").cause, "cancelled");
}

#[test]
fn the_kernel_hangs_below_the_caller_and_paging_below_its_cause() {
    let outcome = profile(&guest("syscall_read_long"), 15);
    let profile = outcome.profile.expect("a profile");
    let data = profile.data();
    let name = |node: usize| {
        data.functions[data.nodes[node].function.0 as usize]
            .name
            .as_str()
    };
    let ancestors = |node: usize| {
        let mut chain = vec![name(node)];
        let mut at = node;
        while at != 0 {
            at = data.nodes[at].parent.0 as usize;
            chain.push(name(at));
        }
        chain
    };
    let software = (0..data.nodes.len())
        .find(|&at| name(at) == "ecall_software")
        .expect("the kernel");
    assert!(
        ancestors(software).contains(&"main"),
        "{:?}",
        ancestors(software)
    );
    let system = data.functions.iter().filter(|f| f.origin == Origin::System);
    assert!(system.count() >= 2);
    let stores = (0..data.nodes.len()).filter(|&at| name(at) == "[page out]");
    let stores: Vec<usize> = stores
        .filter(|&at| ancestors(at).contains(&"ecall_software"))
        .collect();
    assert!(!stores.is_empty(), "the kernel's copies change pages");
    assert!(data.resyncs.is_empty(), "{:?}", data.resyncs);
}

#[test]
fn files_for_others_are_told_apart() {
    let zisk = zkperf_testkit::Asm::new().elf();
    let sp1 = zkperf_testkit::Asm::at(0x7800_0000).elf();
    for (file, hint) in [(zisk, "ZisK"), (sp1, "SP1")] {
        match Risc0.load(&file) {
            Err(LoadError::WrongTarget { reason, .. }) => {
                assert!(reason.contains(hint), "{reason}")
            }
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("a 64-bit guest was loaded"),
        }
    }
    assert!(matches!(Risc0.load(b"no ELF"), Err(LoadError::NotAnElf(_))));
    assert!(matches!(
        Risc0.load(b"R0BF"),
        Err(LoadError::Refused { .. })
    ));
}
