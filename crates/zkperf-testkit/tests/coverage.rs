//! Every port of each ZisK version is used by a guest that runs to its end: precompiles, library calls
//! and free-input calls. A port added by another version shows here, before a real guest meets it.

use std::collections::BTreeSet;

use zisk_definitions::{SYSCALL_KECCAKF_ID, SYSCALL_POSEIDON2_KOALABEAR_ID, ZKVMCALLS};
use ziskos::zisklib::FCALL_RANDOM_SEED_ID;
use zkperf_testkit::{guests_of, Ending, Target, ZISK_1_1_0, ZISK_1_4_0};

/// First and last port of free-input calls: 32 ids each (zisk-riscv 1.4.0-alpha,
/// `riscv2zisk_context.rs:78`).
const FCALL_PORTS: std::ops::RangeInclusive<u32> = 0x8c0..=0x8df;

/// Ports of a guest's CSR instructions, and the ids of its free-input calls.
#[derive(Default)]
struct Used {
    ports: BTreeSet<u32>,
    fcalls: BTreeSet<u32>,
}

impl Used {
    fn add(&mut self, word: u32) {
        // SYSTEM; funct3 0 is `ecall`, 4 is reserved.
        let (opcode, funct3) = (word & 0x7f, word >> 12 & 7);
        if opcode != 0x73 || funct3 & 3 == 0 {
            return;
        }
        let port = word >> 20;
        self.ports.insert(port);
        if FCALL_PORTS.contains(&port) {
            let immediate = word >> 15 & 31;
            self.fcalls
                .insert((port - FCALL_PORTS.start()) * 32 + immediate);
        }
    }
}

fn number(bytes: &[u8], at: usize, size: usize) -> u64 {
    let mut value = [0; 8];
    value[..size].copy_from_slice(&bytes[at..at + size]);
    u64::from_le_bytes(value)
}

/// The instruction words of an ELF's executable segments.
fn code(elf: &[u8]) -> Vec<u32> {
    let headers = number(elf, 0x20, 8) as usize;
    let (size, count) = (number(elf, 0x36, 2) as usize, number(elf, 0x38, 2) as usize);
    let mut words = Vec::new();
    for header in (0..count).map(|i| headers + i * size) {
        let executable = number(elf, header + 4, 4) & 1 != 0;
        if number(elf, header, 4) == 1 && executable {
            let offset = number(elf, header + 8, 8) as usize;
            let length = number(elf, header + 32, 8) as usize;
            words.extend(
                elf[offset..offset + length]
                    .chunks_exact(4)
                    .map(|w| u32::from_le_bytes(w.try_into().unwrap())),
            );
        }
    }
    words
}

fn used(target: Target) -> Used {
    let mut used = Used::default();
    for guest in guests_of(target)
        .iter()
        .filter(|g| g.ending == Ending::Success)
    {
        code(&guest.elf).into_iter().for_each(|word| used.add(word));
    }
    used
}

fn missing(wanted: impl Iterator<Item = (u32, String)>, found: &BTreeSet<u32>) -> Vec<String> {
    wanted
        .filter(|(id, _)| !found.contains(id))
        .map(|(id, name)| format!("{id:#x} {name}"))
        .collect()
}

#[test]
fn every_port_has_a_guest() {
    let used = used(ZISK_1_4_0);
    let library = ZKVMCALLS
        .iter()
        .map(|c| (u32::from(c.id), c.name.to_owned()));
    // The official list is contiguous ("Syscalls should be contiguous", `syscall.rs`).
    let precompiles = (u32::from(SYSCALL_KECCAKF_ID)..=u32::from(SYSCALL_POSEIDON2_KOALABEAR_ID))
        .map(|id| (id, "precompile".to_owned()));
    let free_input =
        (1..=u32::from(FCALL_RANDOM_SEED_ID)).map(|id| (id, "free-input call".to_owned()));
    assert_eq!(missing(library, &used.ports), [""; 0]);
    assert_eq!(missing(precompiles, &used.ports), [""; 0]);
    assert_eq!(missing(free_input, &used.fcalls), [""; 0]);
}

/// The same of 1.1.0-alpha, whose crates cannot stand beside the newest: ports from
/// `zisk-definitions/src/syscall.rs`, free-input calls from `ziskos/src/zisklib/fcalls/mod.rs`.
#[test]
fn every_port_of_the_older_version_has_a_guest() {
    let used = used(ZISK_1_1_0);
    let ports = (0x800..=0x81c).map(|id| (id, "precompile".to_owned()));
    let free_input = (1..=25).map(|id| (id, "free-input call".to_owned()));
    assert_eq!(missing(ports, &used.ports), [""; 0]);
    assert_eq!(missing(free_input, &used.fcalls), [""; 0]);
}

/// The scan itself: it sees what is there and only that.
#[test]
fn a_gap_is_found() {
    let mut used = Used::default();
    used.add(0x8000_2073 | 5 << 15); // csrs 0x800, t0
    used.add(0x8c00_d073 | 27 << 15); // csrrwi x0, 0x8c0, 27
    used.add(0x0000_0073); // ecall
    assert_eq!(used.ports, BTreeSet::from([0x800, 0x8c0]));
    assert_eq!(used.fcalls, BTreeSet::from([27]));
    let wanted = [(0x800, "here".to_owned()), (0x801, "gone".to_owned())];
    assert_eq!(missing(wanted.into_iter(), &used.ports), ["0x801 gone"]);
}
