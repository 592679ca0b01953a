//! Profile tags (port 0x81A): nesting, repetition, steps and cost, reported and printed at once.

use crate::asm::{Asm, RAM_ADDR};
use crate::guest::{program, Guest};
use crate::inst::*;
use crate::target::Target;

pub(super) fn add(t: Target, all: &mut Vec<Guest>) {
    all.push(Guest::new("tags", tags(t, false)));
    all.push(Guest::new("tags_nested", tags(t, true)));
}

/// The descriptor of a tag: pointer to the name and its length.
fn tag(a: &mut Asm, index: u64, command: i64) {
    a.li(A1, a.target().ro + 16 * index);
    a.csrs(0x81a, A1);
    a.addi(ZERO, ZERO, command);
}

fn work(a: &mut Asm, rounds: u64) {
    a.li(A2, rounds);
    a.li(A3, RAM_ADDR);
    let top = a.label_here();
    a.load("ld", A4, A3, 0);
    a.r("mul", A4, A4, A2);
    a.store("sb", A4, A3, 3);
    a.addi(A2, A2, -1);
    a.branch("bne", A2, ZERO, top);
}

fn tags(t: Target, nested: bool) -> Asm {
    let names = ["outer", "inner", "steps", "plain_cost", "plain_steps"];
    let text_at = t.ro + 16 * names.len() as u64;
    program(
        t,
        |a| {
            for rounds in [3, 10, 1] {
                tag(a, 0, 3);
                work(a, rounds);
                if nested {
                    tag(a, 1, 3);
                    work(a, 5);
                    tag(a, 1, 4);
                    tag(a, 2, 7);
                    work(a, rounds + 1);
                    tag(a, 2, 8);
                }
                tag(a, 0, 4);
                tag(a, 2, 7);
                work(a, 2);
                tag(a, 2, 8);
                tag(a, 3, 1);
                work(a, 4);
                tag(a, 3, 2);
                tag(a, 4, 5);
                work(a, 4);
                tag(a, 4, 6);
            }
        },
        |a| {
            let mut bytes = Vec::new();
            let mut text = Vec::new();
            for name in names {
                bytes.extend_from_slice(&(text_at + text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(&(name.len() as u64).to_le_bytes());
                text.extend_from_slice(name.as_bytes());
            }
            bytes.extend(text);
            a.ro(t.ro, bytes);
        },
    )
}
