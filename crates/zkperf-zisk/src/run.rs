//! The step loop.
//!
//! A *straight run* is a stretch of consecutive indices executed one after the other. Its steps,
//! static opcode costs and instructions are added once, when control leaves it; within it only what
//! depends on values is looked at (frequent operations, cheap adds, memory classes).

use crate::cost::{
    class, expected_cost, opcode_cost, read_shape, shape, write_shape, Zone, CHEAP_ADD_SAVES,
};
use crate::decode::{Decoded, JALR_MASK};
use crate::frops::{has_frequent, is_frequent};
use crate::memory::Memory;
use crate::micro::{for_each_alu, Code, REGISTERS};
use crate::official::ops_core::*;
#[allow(unused_imports)] // only an older version takes opcodes from it
use crate::official::LaterOps;
use crate::official::{ZiskOp, RAM_ADDR, RAM_SIZE, ROM_ENTRY, UART_ADDR};
use crate::recorder::Recorder;
use zkperf_exec::{Control, Entered, Interrupt, Landing};

/// Index of the stack pointer.
const SP: usize = 2;

/// Why a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The program ran to its end.
    Finished,
    /// The guest did something it must not.
    Fault { index: Option<usize>, cause: String },
    /// Stopped from outside.
    Interrupted { index: usize, why: Interrupt },
}

/// A program being run.
pub(crate) struct Machine<'p> {
    pub(crate) program: &'p Decoded,
    pub(crate) memory: Memory,
    pub(crate) registers: [u64; REGISTERS],
    /// Result of the last operation.
    pub(crate) last_c: u64,
    /// Steps in all straight runs closed so far.
    pub(crate) steps: u64,
}

/// Whether an `add` is one of the two cheap shapes (`Stats::cheap_variant`, ziskemu 1.4.0-alpha).
#[inline(always)]
pub(crate) fn is_cheap_add(a: u64, b: u64, c: u64) -> bool {
    let high_b = (b >> 32) as u32;
    ((a | c) >> 32 == 0) & ((high_b == 0) | (high_b == u32::MAX))
}

/// Records what an operation's value decides.
#[inline(always)]
fn record_operation<const OP: u8, R: Recorder>(
    recorder: &mut R,
    at: usize,
    a: u64,
    b: u64,
    c: u64,
) {
    if !R::ON {
        return;
    }
    if has_frequent::<OP>() && is_frequent::<OP>(a, b) {
        recorder.frequent(at, const { opcode_cost(OP) });
    } else if OP == ZiskOp::ADD && is_cheap_add(a, b, c) {
        recorder.cheap_add(at, CHEAP_ADD_SAVES);
    }
}

impl<'p> Machine<'p> {
    pub(crate) fn new(program: &'p Decoded, memory: Memory) -> Self {
        Self {
            program,
            memory,
            registers: [0; REGISTERS],
            last_c: 0,
            steps: 0,
        }
    }

    /// Index of the first instruction.
    pub(crate) fn entry(program: &Decoded) -> Option<usize> {
        program
            .layout
            .index_of(ROM_ENTRY)
            .map(|index| index as usize)
    }

    /// The guest where a function begins.
    pub(crate) fn entered(&self) -> Entered<'_, Memory> {
        Entered::new(&self.registers, &self.memory)
    }

    /// Where control goes, as the call tree wants it.
    #[inline]
    pub(crate) fn landing(&self, index: usize) -> Landing {
        Landing {
            address: u64::from(self.program.layout.pcs[index]),
            function: self.program.function_of[index],
            at_entry: self.program.at_entry(index as u32),
        }
    }

    /// Runs until the program ends, faults or is stopped.
    pub(crate) fn run<R: Recorder>(&mut self, recorder: &mut R, control: &mut Control) -> End {
        let Some(entry) = Self::entry(self.program) else {
            return End::Fault {
                index: None,
                cause: "the program has no BIOS entry".into(),
            };
        };
        // A straight run is judged when it ends, so the last stretch before the limit is done with
        // a look at every step.
        let limit = control.max_steps;
        let near = limit.saturating_sub(self.program.longest_run);
        let (mut end, mut start, mut at) = if near > 0 {
            step_loop::<R, false>(self, recorder, control, entry, near)
        } else {
            let (index, why) = (entry, Interrupt::StepLimit);
            (End::Interrupted { index, why }, entry, None)
        };
        if let (
            End::Interrupted {
                index,
                why: Interrupt::StepLimit,
            },
            None,
        ) = (&end, at)
        {
            let index = *index;
            (end, start, at) = step_loop::<R, true>(self, recorder, control, index, limit);
        }
        match at {
            // Close the run that was cut short, the last instruction included.
            Some(at) => {
                self.steps += (at + 1 - start) as u64;
                recorder.ran(start, at, None);
            }
            None => recorder.not_entered(start),
        }
        end
    }
}

/// Defines `step_loop`; a macro so that the list of pure operations stands in one place only.
///
/// The loop stops at the first jump at or after `limit` steps, or, if `EXACT`, right before step
/// number `limit`. It returns why it ended and the straight run that is still open.
macro_rules! step_loop_with {
    ($(($variant:ident, $opcode:ident, $compute:ident)),* $(,)?) => {
        fn step_loop<R: Recorder, const EXACT: bool>(
            machine: &mut Machine,
            recorder: &mut R,
            control: &mut Control,
            entry: usize,
            limit: u64,
        ) -> (End, usize, Option<usize>) {
            let program = machine.program;
            let ops = program.ops.as_slice();
            let mut registers = machine.registers;
            let mut c = machine.last_c;
            let mut start = entry;
            let mut at = entry;
            let mut next_poll = machine.steps.saturating_add(recorder.poll_interval()).min(limit);

            macro_rules! register {
                ($index:expr) => { registers[($index & 63) as usize] };
            }
            macro_rules! fault {
                ($cause:expr) => {{
                    machine.registers = registers;
                    return (End::Fault { index: Some(at), cause: $cause }, start, Some(at));
                }};
            }
            // Control leaves the straight run for another index.
            macro_rules! go {
                ($to:expr) => {{
                    let to: usize = $to;
                    machine.steps += (at + 1 - start) as u64;
                    recorder.ran(start, at, Some(to));
                    start = to;
                    at = to;
                }};
            }
            // After a jump and what it means to the call tree: limits and cancellation.
            macro_rules! settle {
                () => {{
                    if machine.steps >= next_poll {
                        recorder.tick(machine.steps);
                        let stop = match control.poll(machine.steps) {
                            Ok(()) if machine.steps < limit => None,
                            Ok(()) => Some(Interrupt::StepLimit),
                            Err(why) => Some(why),
                        };
                        if let Some(why) = stop {
                            machine.registers = registers;
                            machine.last_c = c;
                            return (End::Interrupted { index: at, why }, start, None);
                        }
                        next_poll =
                            machine.steps.saturating_add(recorder.poll_interval()).min(limit);
                    }
                }};
            }
            macro_rules! load {
                ($op:expr, $width:literal) => {{
                    let address = register!($op.ra).wrapping_add($op.imm);
                    match machine.memory.read::<$width>(address) {
                        Ok((value, zone)) => {
                            if R::ON {
                                let class = class(zone, const { read_shape($width) }, address);
                                recorder.expected_access(at, class, const { expected_cost(read_shape($width)) });
                            }
                            value
                        }
                        Err(cause) => {
                            recorder.faulted_access(at, expected_cost(read_shape($width)));
                            fault!(cause)
                        }
                    }
                }};
            }
            macro_rules! load_signed {
                ($op:expr, $width:literal, $code:ident, $function:ident) => {{
                    let a = register!($op.ra);
                    let value = load!($op, $width);
                    c = $function(a, value).0;
                    record_operation::<{ ZiskOp::$code }, R>(recorder, at, a, value, c);
                    register!($op.rd) = c;
                    at += 1;
                }};
            }
            macro_rules! store {
                ($op:expr, $width:literal) => {{
                    let address = register!($op.ra).wrapping_add($op.imm);
                    let value = register!($op.rb);
                    match machine.memory.write::<$width>(address, value) {
                        Ok(zone) => {
                            if R::ON {
                                let class = class(zone, write_shape($width, value), address);
                                recorder.expected_access(at, class, const { expected_cost(write_shape($width, 0)) });
                            }
                        }
                        Err(cause) => {
                            recorder.faulted_access(at, expected_cost(write_shape($width, 0)));
                            fault!(cause)
                        }
                    }
                    if $width == 1 && address == UART_ADDR {
                        control.print(&[value as u8]);
                    }
                    c = value;
                    at += 1;
                }};
            }
            macro_rules! branch {
                ($op:expr, $code:ident, $function:ident, $taken_if:literal) => {{
                    let a = register!($op.ra);
                    let b = register!($op.rb).wrapping_add($op.imm);
                    let (result, flag) = $function(a, b);
                    c = result;
                    record_operation::<{ ZiskOp::$code }, R>(recorder, at, a, b, c);
                    if flag == $taken_if {
                        go!($op.target as usize);
                        settle!();
                    } else {
                        at += 1;
                    }
                }};
            }
            // The guest where a function begins, for a probe.
            macro_rules! entered {
                () => {
                    || Entered::new(&registers, &machine.memory)
                };
            }
            // A call whose target is known; the link value stands in `imm`.
            macro_rules! call {
                ($op:expr, $c:expr) => {{
                    register!($op.rd) = $op.imm;
                    c = $c;
                    let site = at;
                    go!($op.target as usize);
                    if R::ON {
                        let to = machine.landing($op.target as usize);
                        recorder.call(site, to, $op.imm, registers[SP], entered!());
                    }
                    settle!();
                }};
            }
            // Computed jumps: `$then` sees the site, the index and the landing.
            macro_rules! indirect {
                ($op:expr, |$site:ident, $landing:ident| $then:expr) => {{
                    c = register!($op.rb) & JALR_MASK;
                    let address = c.wrapping_add($op.imm);
                    let Some(to) = program.layout.index_of(address) else {
                        fault!(format!("jump to 0x{address:x}, where no code is"));
                    };
                    let $site = at;
                    go!(to as usize);
                    if R::ON {
                        let $landing = machine.landing(to as usize);
                        $then;
                    }
                }};
            }

            loop {
                if EXACT && machine.steps + (at - start) as u64 >= limit {
                    let why = Interrupt::StepLimit;
                    return (End::Interrupted { index: at, why }, start, at.checked_sub(1).filter(|_| at > start));
                }
                debug_assert!(at < ops.len());
                // SAFETY: every index that control can reach is an instruction's: targets and
                // computed jumps come from the layout, and an instruction that could run past the
                // end of the list is a slow one, which checks.
                let op = unsafe { *ops.get_unchecked(at) };
                match op.code {
                    $(Code::$variant => {
                        let a = register!(op.ra);
                        let b = register!(op.rb).wrapping_add(op.imm);
                        c = $compute(a, b).0;
                        record_operation::<{ ZiskOp::$opcode }, R>(recorder, at, a, b, c);
                        register!(op.rd) = c;
                        at += 1;
                    })*
                    Code::Load1 => { c = load!(op, 1); register!(op.rd) = c; at += 1; }
                    Code::Load2 => { c = load!(op, 2); register!(op.rd) = c; at += 1; }
                    Code::Load4 => { c = load!(op, 4); register!(op.rd) = c; at += 1; }
                    Code::Load8 => { c = load!(op, 8); register!(op.rd) = c; at += 1; }
                    Code::LoadSigned1 => load_signed!(op, 1, SIGNEXTEND_B, op_signextend_b),
                    Code::LoadSigned2 => load_signed!(op, 2, SIGNEXTEND_H, op_signextend_h),
                    Code::LoadSigned4 => load_signed!(op, 4, SIGNEXTEND_W, op_signextend_w),
                    Code::Store1 => store!(op, 1),
                    Code::Store2 => store!(op, 2),
                    Code::Store4 => store!(op, 4),
                    Code::Store8 => store!(op, 8),
                    Code::BranchEq => branch!(op, EQ, op_eq, true),
                    Code::BranchNe => branch!(op, EQ, op_eq, false),
                    Code::BranchLtu => branch!(op, LTU, op_ltu, true),
                    Code::BranchGeu => branch!(op, LTU, op_ltu, false),
                    Code::BranchLt => branch!(op, LT, op_lt, true),
                    Code::BranchGe => branch!(op, LT, op_lt, false),
                    Code::Jump => { c = op.imm; go!(op.target as usize); settle!(); }
                    Code::Call => call!(op, 0),
                    Code::CallFused => call!(op, op.imm),
                    Code::CallIndirect => {
                        let link = u64::from(op.target);
                        indirect!(op, |site, to| {
                            if program.is_call(site as u32, start as u32) {
                                recorder.call(site, to, link, registers[SP], entered!());
                            }
                        });
                        register!(op.rd) = link;
                        settle!();
                    }
                    Code::Return => {
                        indirect!(op, |site, to| recorder.ret(site, to, registers[SP], entered!()));
                        settle!();
                    }
                    Code::JumpIndirect => {
                        indirect!(op, |site, to| recorder.leave(site, to, registers[SP], entered!()));
                        settle!();
                    }
                    Code::Slow => {
                        machine.registers = registers;
                        machine.last_c = c;
                        let steps = machine.steps + (at - start) as u64;
                        let next = match machine.slow(recorder, control, at, op.target, steps) {
                            Ok(next) => next,
                            Err(end) => return (end, start, Some(at)),
                        };
                        registers = machine.registers;
                        c = machine.last_c;
                        let site = at;
                        if next.closes {
                            go!(next.index);
                            if R::ON {
                                machine.transfer(recorder, site, next);
                            }
                            settle!();
                        } else {
                            at = next.index;
                        }
                    }
                }
            }
        }
    };
}
for_each_alu!(step_loop_with);

/// Zone and shape of the words that precompiles touch.
pub(crate) fn word_class(address: u64, written: bool) -> Option<usize> {
    let zone = Zone::of(address)?;
    if written && address.wrapping_sub(RAM_ADDR) >= RAM_SIZE {
        return None;
    }
    Some(class(
        zone,
        if written {
            shape::WRITE_8
        } else {
            shape::READ_8
        },
        address,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opcode_costs_are_the_official_ones() {
        for code in 0..=u8::MAX {
            if let Ok(op) = ZiskOp::try_from_code(code) {
                if op.input_size() == 0 {
                    assert_eq!(opcode_cost(code), op.cost(), "{}", op.name());
                }
            }
        }
    }

    #[test]
    fn cheap_adds_are_those_with_trivial_upper_halves() {
        assert!(is_cheap_add(5, 7, 12));
        assert!(is_cheap_add(5, u64::MAX, 4));
        assert!(!is_cheap_add(0, u64::MAX, u64::MAX));
        assert!(!is_cheap_add(1 << 32, 0, 1 << 32));
        assert!(!is_cheap_add(0xffff_ffff, 1, 1 << 32));
    }
}
