//! What functions need, and which calls count as repeats.

use super::needs::{Analysis, Needs};
use super::*;
use crate::{CallTree, Entered, GuestMemory, Landing};

const BASE: u64 = 0x20_0000;
const A0: u32 = 10;
const A1: u32 = 11;
const A2: u32 = 12;
const SP: u32 = 2;
const T0: u32 = 6;

fn i_type(opcode: u32, funct3: u32, rd: u32, rs1: u32, imm: i32) -> u32 {
    (imm as u32) << 20 | rs1 << 15 | funct3 << 12 | rd << 7 | opcode
}

fn addi(rd: u32, rs1: u32, imm: i32) -> u32 {
    i_type(0x13, 0, rd, rs1, imm)
}

fn ld(rd: u32, rs1: u32, imm: i32) -> u32 {
    i_type(0x03, 3, rd, rs1, imm)
}

fn lbu(rd: u32, rs1: u32, imm: i32) -> u32 {
    i_type(0x03, 4, rd, rs1, imm)
}

fn sd(rs2: u32, rs1: u32, imm: i32) -> u32 {
    let imm = imm as u32;
    (imm >> 5 & 0x7f) << 25 | rs2 << 20 | rs1 << 15 | 3 << 12 | (imm & 31) << 7 | 0x23
}

fn add(rd: u32, rs1: u32, rs2: u32) -> u32 {
    rs2 << 20 | rs1 << 15 | rd << 7 | 0x33
}

fn jal(rd: u32, by: i32) -> u32 {
    let by = by as u32;
    (by >> 20 & 1) << 31
        | (by >> 1 & 0x3ff) << 21
        | (by >> 11 & 1) << 20
        | (by >> 12 & 0xff) << 12
        | rd << 7
        | 0x6f
}

const RET: u32 = 0x0000_8067;

/// Functions one behind the other, by name and code.
fn program(functions: &[(&str, &[u32])]) -> (Arc<CodeBytes>, Vec<Function>) {
    let words: Vec<u32> = functions
        .iter()
        .flat_map(|(_, code)| code.to_vec())
        .collect();
    let mut address = BASE;
    let list = functions.iter().map(|(name, code)| {
        let function = Function {
            name: (*name).to_owned(),
            symbol: String::new(),
            address: Some(address),
            bytes: 4 * code.len() as u64,
            origin: Origin::Guest,
        };
        address += function.bytes;
        function
    });
    let list = list.collect();
    (Arc::new(CodeBytes::at(BASE, &words, true)), list)
}

fn needs_of(functions: &[(&str, &[u32])]) -> Needs {
    let (code, list) = program(functions);
    Analysis::new(code, &list).needs(0)
}

/// Which of a0 to a7 are needed.
fn live(needs: &Needs) -> Vec<usize> {
    (0..8).filter(|nth| needs.of[*nth].live).collect()
}

#[test]
fn only_arguments_that_matter_are_needed() {
    // a0 is where the result goes, a1 a number, a2 not looked at.
    let needs = needs_of(&[("f", &[addi(T0, A1, 1), sd(T0, A0, 8), RET])]);
    assert_eq!(live(&needs), [1]);
    assert!(needs.of[0].written.holds(8) && !needs.of[0].written.holds(0));
    assert!(!needs.effects && !needs.reads_on);
}

const KECCAK: &str = "<g::G as ethrex_crypto[0123456789abcdef]::provider::Crypto>::keccak256";

#[test]
fn hashes_keep_nothing() {
    // Writes to a fixed place, which would be an effect of anything else.
    let code = [0x0001_0537, sd(11, 10, 0), RET];
    let needs = needs_of(&[(KECCAK, &code)]);
    assert_eq!((live(&needs), needs.effects), (vec![2, 3], false));
    assert!(needs.of[2].read_open && needs.of[0].is_written());
    let needs = needs_of(&[("<g::G as mine::Crypto>::keccak256", &code)]);
    assert!(needs.effects);
}

#[test]
fn spilled_arguments_are_followed() {
    let code = [
        addi(SP, SP, -16),
        sd(A0, SP, 0),
        ld(A2, SP, 0),
        ld(T0, A2, 16),
        RET,
    ];
    let needs = needs_of(&[("f", &code)]);
    assert_eq!(live(&needs), [0]);
    assert!(needs.of[0].read.holds(16) && !needs.of[0].read_open);
    assert!(!needs.effects && !needs.reads_on);
}

#[test]
fn callees_say_what_is_needed() {
    let callee: &[u32] = &[ld(T0, A1, 0), add(A0, T0, T0), RET];
    // a1 = a0 + 8, then the callee, which looks at its a1 only.
    let caller: &[u32] = &[addi(A1, A0, 8), jal(1, 8), RET];
    let needs = needs_of(&[("f", caller), ("g", callee)]);
    assert_eq!(live(&needs), [0]);
    assert!(needs.of[0].read.holds(8) && !needs.of[0].read.holds(0));
}

#[test]
fn what_arguments_do_not_tell_is_told() {
    let through: &[u32] = &[ld(T0, A0, 0), lbu(T0, T0, 0), RET];
    let needs = needs_of(&[("once", through)]);
    assert!(!needs.reads_on && needs.of[0].through.holds(0));
    let twice: &[u32] = &[ld(T0, A0, 0), ld(T0, T0, 0), lbu(T0, T0, 0), RET];
    assert!(needs_of(&[("twice", twice)]).reads_on);
    let writes: &[u32] = &[ld(T0, A0, 0), sd(A1, T0, 0), RET];
    assert!(needs_of(&[("writes through a word", writes)]).effects);
    let fixed: &[u32] = &[0x0000_0517, sd(A1, A0, 0), RET];
    assert!(needs_of(&[("writes to a fixed place", fixed)]).effects);
    let unknown: &[u32] = &[ld(T0, A0, 0), i_type(0x67, 0, 1, T0, 0), RET];
    assert!(needs_of(&[("calls what is not known", unknown)]).effects);
}

#[test]
fn locals_that_a_callee_filled_may_lead_into_the_arguments() {
    // The callee puts what it loads through its a1 where its a0 points; the caller then writes there.
    let callee: &[u32] = &[ld(T0, A1, 0), sd(T0, A0, 0), RET];
    let caller = |a1: u32| {
        let code = [
            addi(SP, SP, -32),
            addi(A1, a1, 0),
            addi(A0, SP, 0),
            jal(1, 4 * 5),
            ld(T0, SP, 0),
            sd(A2, T0, 0),
            addi(SP, SP, 32),
            RET,
        ];
        needs_of(&[("f", &code), ("g", callee)])
    };
    assert!(caller(A0).effects);
    // Where it saw a local only, it is new memory at most.
    assert!(!caller(SP).effects);
}

#[test]
fn what_panics_needs_nothing() {
    // The callee never returns: what it does is no part of a call that does.
    let callee: &[u32] = &[ld(T0, A0, 0), ld(T0, T0, 0), sd(T0, T0, 0), jal(0, 0)];
    let caller: &[u32] = &[
        0x00b5_0463,
        jal(1, 12),
        addi(A0, A1, 1),
        RET,
        callee[0],
        callee[1],
        callee[2],
        callee[3],
    ];
    let needs = needs_of(&[("f", &caller[..4]), ("core::panicking::panic", callee)]);
    assert!(!needs.effects && !needs.reads_on);
    assert_eq!(live(&needs), [0, 1]);
}

/// Memory from address 0x10000 on.
struct Memory(Vec<u8>);

impl GuestMemory for Memory {
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool {
        let start = address.wrapping_sub(0x1_0000) as usize;
        let end = start.checked_add(bytes.len());
        let found = end.and_then(|end| self.0.get(start..end));
        found.map(|found| bytes.copy_from_slice(found)).is_some()
    }
}

/// A run whose functions are called by hand.
struct Run {
    tree: CallTree<1>,
    now: u64,
    memory: Memory,
}

const MAIN: u32 = 0;
const OUTER: u32 = 1;
const NUMBER: u32 = 2;
const BYTES: u32 = 3;
const HASH: u32 = 4;

impl Run {
    fn new() -> Self {
        // Adds its arguments up; reads as many bytes as a1 says, one after the other.
        let number: &[u32] = &[add(A0, A0, A1), RET];
        let bytes: &[u32] = &[add(T0, A0, A1), lbu(A0, T0, -1), RET];
        let (code, functions) = program(&[
            ("main", &[RET]),
            ("outer", number),
            ("number", number),
            ("bytes", bytes),
            (KECCAK, number),
        ]);
        Run {
            tree: CallTree::new(MAIN, 16).with_repeats(&code, &functions, 0),
            now: 0,
            memory: Memory((0..=255).cycle().take(1024).collect()),
        }
    }

    fn guest(memory: &Memory, a0: u64, a1: u64) -> Entered<'_, Memory> {
        Entered {
            arguments: [a0, a1, 0, 0, 0, 0, 0, 0],
            memory,
        }
    }

    fn call(&mut self, depth: u64, function: u32, a0: u64, a1: u64) {
        self.now += 1;
        let to = Landing {
            address: u64::from(function),
            function,
            at_entry: true,
        };
        let Run { tree, now, memory } = self;
        tree.probed_call(function, to, depth, 1000 - depth, &[*now], || {
            Self::guest(memory, a0, a1)
        });
    }

    fn ret(&mut self, depth: u64, function: u32, steps: u64, result: u64) {
        self.now += steps;
        let to = Landing {
            address: depth,
            function,
            at_entry: false,
        };
        let Run { tree, now, memory } = self;
        tree.probed_ret(9, to, 1000 - depth, &[*now], || {
            Self::guest(memory, result, 0)
        });
    }

    fn whole(&mut self, function: u32, (a0, a1): (u64, u64), steps: u64, result: u64) {
        self.call(1, function, a0, a1);
        self.ret(1, MAIN, steps, result);
    }

    /// Calls, different, repeats, differed, most alike, steps in repeats.
    fn found(&self, function: u32) -> [u64; 6] {
        let mut sums = [0; 6];
        for (node, row) in &self.tree.repeats.rows {
            if self.tree.nodes()[*node as usize].function == function {
                let values = [
                    row.calls,
                    row.different,
                    row.repeats,
                    row.differed,
                    row.most_alike,
                    row.cost[0],
                ];
                sums.iter_mut()
                    .zip(values)
                    .for_each(|(sum, value)| *sum += value);
            }
        }
        sums
    }
}

#[test]
fn the_same_numbers_steps_and_result_are_a_repeat() {
    let mut run = Run::new();
    run.whole(NUMBER, (1, 2), 500, 3);
    run.whole(NUMBER, (1, 3), 500, 4);
    run.whole(NUMBER, (1, 2), 500, 3);
    run.whole(NUMBER, (1, 2), 500, 3);
    // Given the same, but other steps; another result.
    run.whole(NUMBER, (1, 2), 501, 3);
    run.whole(NUMBER, (1, 2), 500, 4);
    assert_eq!(run.found(NUMBER), [6, 2, 2, 2, 5, 1000]);
}

#[test]
fn bytes_count_wherever_they_lie() {
    let mut run = Run::new();
    run.whole(BYTES, (0x1_0000, 16), 500, 7);
    run.whole(BYTES, (0x1_0100, 16), 500, 7);
    run.whole(BYTES, (0x1_0101, 16), 500, 7);
    run.whole(BYTES, (0x1_0000, 17), 500, 7);
    assert_eq!(run.found(BYTES), [4, 3, 1, 0, 2, 500]);
}

#[test]
fn repeats_within_repeats_count_once() {
    let mut run = Run::new();
    for _ in 0..3 {
        run.call(1, OUTER, 5, 5);
        run.call(2, NUMBER, 1, 2);
        run.ret(2, OUTER, 500, 3);
        run.ret(1, MAIN, 500, 10);
    }
    assert_eq!(run.found(OUTER), [3, 1, 2, 0, 3, 2 * 1001]);
    let number = run.found(NUMBER);
    assert_eq!((number[0], number[1], number[2]), (3, 1, 0));
    // Alone, and within what is no repeat, it counts.
    run.whole(NUMBER, (1, 2), 500, 3);
    run.call(1, OUTER, 6, 6);
    run.call(2, NUMBER, 1, 2);
    run.ret(2, OUTER, 500, 3);
    run.ret(1, MAIN, 500, 12);
    assert_eq!(run.found(NUMBER)[2], 2);
}

#[test]
fn cheap_functions_are_dropped() {
    let mut run = Run::new();
    for _ in 0..2 * TRIAL_CALLS {
        run.whole(NUMBER, (1, 2), 3, 3);
    }
    assert_eq!(run.found(NUMBER)[0], TRIAL_CALLS);
    assert!(!run.tree.repeats.watches(NUMBER));
}

#[test]
fn what_is_never_alike_is_dropped() {
    let mut run = Run::new();
    for call in 0..2 * LONG_TRIAL_CALLS {
        run.whole(NUMBER, (call, 2), 500, 3);
    }
    assert_eq!(run.found(NUMBER)[0], LONG_TRIAL_CALLS);
}

#[test]
fn hashes_are_kept() {
    let mut run = Run::new();
    for call in 0..2 * LONG_TRIAL_CALLS {
        // Never as many steps as before, so no repeat; at first too few for anything else.
        run.whole(HASH, (1, 2), call + 1, 3);
    }
    assert_eq!(run.found(HASH)[0], 2 * LONG_TRIAL_CALLS);
    assert!(run.tree.repeats.watches(HASH));
}

#[test]
fn an_unwound_call_is_no_repeat() {
    let mut run = Run::new();
    run.whole(OUTER, (5, 5), 500, 10);
    run.call(1, OUTER, 5, 5);
    run.call(2, NUMBER, 1, 2);
    // A panic ends both at once, where `main` catches it.
    run.ret(1, MAIN, 500, 10);
    assert_eq!(run.found(NUMBER)[0], 0);
    // What was unwound does not stand in the way of what follows.
    run.whole(NUMBER, (1, 2), 500, 3);
    run.whole(NUMBER, (1, 2), 500, 3);
    assert_eq!(run.found(NUMBER)[2], 1);
    assert!(run.tree.repeats.open.is_empty());
}
