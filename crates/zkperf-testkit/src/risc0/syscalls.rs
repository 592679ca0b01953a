//! Host syscalls: every transfer length and alignment, and every answer.

use super::frame::*;
use crate::asm::Asm;
use crate::inst::*;

const BUFFER: u32 = DATA + 0x6000;

fn input(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|at| (at * 7 + at / 256) as u8).collect()
}

pub(super) fn guests() -> Vec<Guest> {
    let sizes = &[13, 14, 20];
    let mut guests = vec![
        Guest::new("syscall_read_short", |a| {
            for alignment in 0..4 {
                for bytes in 0..=9 {
                    read_and_mix(a, BUFFER + alignment, bytes);
                }
            }
        })
        .input(input(200))
        .at(sizes),
        Guest::new("syscall_read_long", |a| {
            for (alignment, bytes) in [
                (0, 16),
                (0, 64),
                (1, 63),
                (0, 1023),
                (0, 1024),
                (2, 1024),
                (0, 1025),
                (3, 2050),
                (0, 2048),
                (0, 3000),
                (1, 3001),
            ] {
                read_and_mix(a, BUFFER + alignment, bytes);
            }
        })
        .input(input(20_000))
        .at(&[14, 15, 20]),
        Guest::new("syscall_read_past_the_end", |a| {
            for bytes in [8, 8, 8, 5, 1024, 3] {
                read_and_mix(a, BUFFER, bytes);
            }
        })
        .input(input(19))
        .at(sizes),
        Guest::new("syscall_read_nothing", |a| read_and_mix(a, BUFFER, 100)),
        Guest::new("syscall_write", |a| {
            write(a, 1, DATA, 5);
            write(a, 2, DATA + 1, 3000);
            write(a, 3, DATA + 2, 3);
            write(a, 3, DATA, 0);
            write(a, 3, 0x7000_0001, 2000);
        }),
        Guest::new("syscall_random", |a| {
            for words in [1, 8, 300, 0] {
                software(a, SYS_RANDOM, BUFFER, words);
                mix(a, A0);
                mix_words(a, BUFFER, 310);
            }
        }),
        Guest::new("syscall_cycle_count", |a| {
            for _ in 0..3 {
                software(a, SYS_CYCLE_COUNT, 0, 0);
                mix(a, A0);
                mix(a, A1);
            }
        })
        .at(sizes),
        Guest::new("syscall_log", |a| {
            a.li32(A3, NAMES as u32);
            a.li32(A4, 11);
            software(a, SYS_LOG, 0, 0);
        }),
        Guest::new("syscall_keccak", keccak),
        Guest::new("syscall_verify", |a| {
            for call in [SYS_VERIFY_INTEGRITY, SYS_VERIFY_INTEGRITY2] {
                a.li32(A3, DATA);
                software(a, call, 0, 0);
                mix(a, A0);
            }
        }),
    ];
    guests.push(arguments());
    guests.push(environment());
    guests
}

fn read_and_mix(a: &mut Asm, address: u32, bytes: u32) {
    read(a, address, bytes);
    mix(a, A0);
    mix_words(a, address & !3, bytes.div_ceil(4) + 1);
}

fn keccak(a: &mut Asm) {
    for _ in 0..3 {
        a.li32(A3, 0);
        a.li32(A4, DATA);
        software(a, SYS_KECCAK, BUFFER, 50);
        mix(a, A0);
        mix_words(a, BUFFER, 50);
    }
    a.li32(A3, 1);
    a.li32(A4, DATA);
    a.li32(A5, DATA);
    software(a, SYS_KECCAK, 0, 0);
    mix(a, A0);
}

fn arguments() -> Guest {
    let mut guest = Guest::new("syscall_args", |a| {
        software(a, SYS_ARGC, 0, 0);
        mix(a, A0);
        for index in 0..3 {
            for words in [0, 1, 8, 400] {
                a.li32(A3, index);
                software(a, SYS_ARGV, BUFFER, words);
                mix(a, A0);
                mix_words(a, BUFFER, 260);
            }
        }
    });
    guest.args = vec!["first".into(), String::new(), "x".repeat(1023)];
    guest
}

fn environment() -> Guest {
    let mut guest = Guest::new("syscall_env", |a| {
        // Names are taken from the names of the syscalls.
        for length in [10, 11, 200] {
            for words in [0, 4, 64] {
                a.li32(A3, NAMES as u32);
                a.li32(A4, length);
                software(a, SYS_GETENV, BUFFER, words);
                mix(a, A0);
                mix_words(a, BUFFER, 64);
            }
        }
    });
    guest.env = vec![
        ("risc0_zkvm".into(), "a value".into()),
        ("other".into(), "b".into()),
    ];
    guest
}
