//! Paging and splitting: pages and nodes, loads and stores, near and far, and segments that end at,
//! before and behind every kind of access.

use super::frame::{finish, mix, nops, repeat, Guest, DATA};
use crate::asm::Asm;
use crate::inst::*;

/// Memory that nothing declares.
const FAR: u32 = 0x5000_0000;
/// Sizes at which these are run.
const SIZES: &[u32] = &[13, 14, 15, 16];

pub(super) fn guests() -> Vec<Guest> {
    let mut guests = vec![
        Guest::new("paging_loads", |a| touch(a, true, false)),
        Guest::new("paging_stores", |a| touch(a, false, true)),
        Guest::new("paging_loads_then_stores", |a| {
            touch(a, true, false);
            touch(a, false, true);
        }),
        Guest::new("paging_neighbours", neighbours),
        Guest::new("paging_bytes", bytes),
        Guest::new("paging_far_code", far_code),
        Guest::new("paging_edges_of_memory", |a| {
            for address in [
                0x0001_0000,
                0x0001_0400,
                0xbfff_fffc,
                0xbfff_fc00,
                0x7fff_fffc,
                0x8000_0000,
            ] {
                a.li32(S2, address);
                a.store("sw", S11, S2, 0);
                a.load("lw", A0, S2, 0);
                mix(a, A0);
            }
        }),
        Guest::new("paging_same_pages_in_every_segment", |a| {
            repeat(a, 3000, |a| {
                a.li32(S2, FAR);
                a.store("sw", S8, S2, 0);
                a.li32(S2, DATA);
                a.load("lw", A0, S2, 8);
                mix(a, A0);
            });
        }),
        Guest::new("paging_walk", |a| {
            a.li32(S2, FAR);
            a.li32(S3, 1024);
            repeat(a, 200, |a| {
                a.store("sw", S8, S2, 0);
                a.r("add", S2, S2, S3);
                a.load("lw", A0, S2, -4);
                mix(a, A0);
            });
        }),
    ];
    for guest in &mut guests {
        guest.po2 = SIZES.to_vec();
    }
    guests.extend(split_edges());
    guests
}

/// Pages at many distances: ancestors shared at every depth.
fn touch(a: &mut Asm, load: bool, store: bool) {
    for bit in 0..=20 {
        a.li32(S2, FAR + (1024 << bit));
        if load {
            a.load("lw", A0, S2, 16);
            mix(a, A0);
        }
        if store {
            a.store("sh", S11, S2, 6);
        }
    }
}

fn neighbours(a: &mut Asm) {
    for page in [7u32, 6, 5, 4, 8, 9, 3, 16, 15] {
        a.li32(S2, FAR + page * 1024);
        if page % 3 == 0 {
            a.store("sb", S11, S2, 1023);
        } else {
            a.load("lbu", A0, S2, 1023);
            mix(a, A0);
        }
    }
}

/// The ends of a page, by bytes.
fn bytes(a: &mut Asm) {
    a.li32(S2, FAR + 1024);
    for offset in [-1, 0, 1023, 1024, 2047] {
        a.load("lb", A0, S2, offset);
        mix(a, A0);
        a.store("sb", S11, S2, offset);
        a.load("lbu", A0, S2, offset);
        mix(a, A0);
    }
}

/// Code in many pages, jumped to and run on into.
fn far_code(a: &mut Asm) {
    repeat(a, 4, |a| {
        for _ in 0..6 {
            let over = a.label();
            a.j(over);
            nops(a, 700);
            a.bind(over);
            mix(a, S8);
            nops(a, 260);
        }
    });
}

/// Runs whose first segment ends near, at and behind its threshold, by one cycle more each, with each
/// kind of instruction as the last one.
fn split_edges() -> Vec<Guest> {
    let mut guests = Vec::new();
    for po2 in [13u32, 14] {
        // What fits beside a first segment's fixed paging; the loop below takes 3 cycles a round.
        let room = (1u32 << po2) - 2_000 - 4_113;
        for extra in 0..12usize {
            let name = format!("split_edge_{po2}_{extra:02}");
            let guest = Guest::new(&name, |a| {
                let fixed = 1_226 + 4_000;
                let rounds = room.saturating_sub(fixed).max(9) / 3;
                repeat(a, rounds, |_| ());
                nops(a, extra);
                // Straight through the threshold: computing, storing, loading, calling the host.
                for at in 0..40u32 {
                    nops(a, extra % 3);
                    a.li32(S2, FAR + at * 4096);
                    a.store("sw", S11, S2, 0);
                    a.load("lw", A0, S2, 2044);
                    mix(a, A0);
                }
            });
            guests.push(guest.at(&[po2]));
        }
    }
    // Ends of the whole run, one cycle apart: the last segment's power of two, or another segment.
    for extra in 0..10usize {
        let name = format!("split_end_{extra:02}");
        let body = move |a: &mut Asm| {
            repeat(a, 300, |_| ());
            nops(a, 40 * extra);
            finish(a, 0);
        };
        guests.push(Guest::new(&name, body).at(&[13, 14]));
    }
    guests
}
