//! The step loop.
//!
//! A *straight run* is a stretch of consecutive instructions executed one after the other. Its cycles,
//! static gas and bytes are added once, when control leaves it; within it only first touches of
//! memory are looked at, and those of registers the first time an instruction runs in a chunk.

use crate::alu;
use crate::decode::{kind, Code, Decoded, Op, REGISTERS};
use crate::ecall::{self, Effect, Host};
use crate::memory::{is_fine, Memory};
use crate::recorder::{Recorder, UnconstrainedRecorder};
use zkperf_exec::{Control, Interrupt, Landing};

/// Index of the stack pointer.
const SP: usize = 2;
/// Where a syscall's number stands, and its result.
const T0: usize = 5;

/// Why a run ended.
#[derive(Debug)]
pub(crate) enum End {
    /// The guest halted.
    Halted { at: usize, exit_code: u32 },
    /// The guest did something it must not.
    Fault { at: usize, cause: String },
    /// Stopped from outside, before the instruction at `at`.
    Interrupted { at: usize, why: Interrupt },
    /// A block that the proof does not constrain is over.
    Exit,
}

/// How a stretch of the loop ended: for good, or to go on at an index in the other mode.
enum Stop {
    End(End),
    Pause(usize),
}

/// A program being run.
pub(crate) struct Machine<'p> {
    pub(crate) program: &'p Decoded,
    pub(crate) memory: Memory,
    pub(crate) registers: [u64; REGISTERS],
    /// Cycles in all straight runs closed so far.
    pub(crate) cycles: u64,
    pub(crate) host: Host,
    /// Words to put back when an unconstrained block ends: (address, value before).
    undo: Vec<(u64, u64)>,
}

impl<'p> Machine<'p> {
    pub(crate) fn new(program: &'p Decoded, memory: Memory, host: Host) -> Self {
        Self {
            program,
            memory,
            registers: [0; REGISTERS],
            cycles: 0,
            host,
            undo: Vec::new(),
        }
    }

    /// Where control goes, as the call tree wants it.
    #[inline]
    pub(crate) fn landing(&self, index: usize) -> Landing {
        Landing {
            address: self.program.pc(index),
            function: self.program.function_of[index],
            at_entry: self.program.begins[index],
        }
    }

    /// Runs until the guest halts, faults or is stopped. `ops` are the program's, or while recording
    /// a copy whose codes are all [`Code::FirstVisit`].
    pub(crate) fn run<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        ops: &mut [Op],
    ) -> End {
        let ops = ops.as_mut_ptr();
        self.run_from(recorder, control, ops, self.program.entry)
    }

    fn run_from<R: Recorder>(
        &mut self,
        recorder: &mut R,
        control: &mut Control,
        ops: *mut Op,
        entry: usize,
    ) -> End {
        let mut at = entry;
        loop {
            let near = control.max_steps.saturating_sub(self.program.longest_run);
            let careful = self.cycles >= near || recorder.is_near_chunk_end();
            let stop = if careful {
                step_loop::<R, true>(self, recorder, control, ops, at)
            } else {
                step_loop::<R, false>(self, recorder, control, ops, at)
            };
            match stop {
                Stop::Pause(next) => at = next,
                Stop::End(end) => return end,
            }
        }
    }

    /// Runs an unconstrained block from `at` on, and takes back all it did.
    pub(crate) fn run_unconstrained(
        &mut self,
        control: &mut Control,
        at: usize,
    ) -> Result<(), End> {
        let (registers, cycles) = (self.registers, self.cycles);
        self.registers[T0] = 1;
        self.cycles = 0;
        let ops = self.program.ops.as_ptr().cast_mut();
        // The loop writes to `ops` only where a recorder is on.
        let end = self.run_from(&mut UnconstrainedRecorder, control, ops, at);
        self.cycles = cycles;
        match end {
            End::Exit => {
                for (address, value) in std::mem::take(&mut self.undo).into_iter().rev() {
                    self.memory.set_word(address, value);
                }
                self.registers = registers;
                Ok(())
            }
            other => Err(other),
        }
    }
}

#[cold]
#[inline(never)]
fn bad_access(what: &str, width: u32, address: u64) -> String {
    if address.is_multiple_of(u64::from(width)) {
        format!("{what} of {width} bytes at 0x{address:x}, outside SP1's memory of 2^40 bytes")
    } else {
        format!("misaligned {what} of {width} bytes at 0x{address:x}")
    }
}

/// Judges a direct jump whose target is not an instruction of the program. `None` if it is a branch
/// that is not taken.
#[cold]
#[inline(never)]
fn jump_outside(pc: u64, op: Op, a: u64, b: u64) -> Option<String> {
    let taken = match op.rd {
        code if code == Code::Beq as u8 => a == b,
        code if code == Code::Bne as u8 => a != b,
        code if code == Code::Blt as u8 => (a as i64) < (b as i64),
        code if code == Code::Bge as u8 => (a as i64) >= (b as i64),
        code if code == Code::Bltu as u8 => a < b,
        code if code == Code::Bgeu as u8 => a >= b,
        _ => true,
    };
    let target = pc.wrapping_add_signed(i64::from(op.imm));
    taken.then(|| no_instruction(target))
}

fn no_instruction(target: u64) -> String {
    if target.is_multiple_of(4) {
        format!("jump to 0x{target:x}, where the program has no instruction")
    } else {
        format!("jump to the misaligned address 0x{target:x}")
    }
}

/// The loop. It stops at the first jump near a limit; if `CAREFUL`, every instruction is a straight
/// run of its own, limits are exact and chunks end.
///
/// `ops` points to the program's operations and the one past the last.
fn step_loop<R: Recorder, const CAREFUL: bool>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    ops: *mut Op,
    entry: usize,
) -> Stop {
    let program = machine.program;
    let count = program.len();
    let base = program.base;
    let memory = machine.memory.base();
    let registers: *mut u64 = machine.registers.as_mut_ptr();
    let limit = if CAREFUL {
        control.max_steps
    } else {
        control.max_steps.saturating_sub(program.longest_run)
    };
    let mut start = entry;
    let mut at = entry;
    let mut next_poll = machine
        .cycles
        .saturating_add(recorder.poll_interval())
        .min(limit);

    macro_rules! register {
        ($index:expr) => {
            // SAFETY: the index is masked to the array's length.
            *unsafe { &mut *registers.add(($index & 63) as usize) }
        };
    }
    macro_rules! fault {
        ($cause:expr) => {{
            machine.cycles += (at + 1 - start) as u64;
            recorder.ran(start, at.min(count - 1), None);
            return Stop::End(End::Fault { at, cause: $cause });
        }};
    }
    // Limits, cancellation, chunk ends; between straight runs.
    macro_rules! settle {
        () => {{
            if machine.cycles >= next_poll {
                recorder.tick();
                let stop = match control.poll(machine.cycles) {
                    Ok(()) => None,
                    Err(why) => Some(why),
                };
                if let Some(why) = stop {
                    recorder.not_entered(at);
                    return Stop::End(End::Interrupted { at, why });
                }
                if !CAREFUL && (machine.cycles >= limit || recorder.is_near_chunk_end()) {
                    return Stop::Pause(at);
                }
                next_poll = machine
                    .cycles
                    .saturating_add(recorder.poll_interval())
                    .min(limit);
            }
        }};
    }
    // The run ends at `at`, and control goes to another index.
    macro_rules! go {
        ($to:expr) => {{
            let to: usize = $to;
            machine.cycles += (at + 1 - start) as u64;
            recorder.ran(start, at, Some(to));
            start = to;
            at = to;
        }};
    }
    macro_rules! next {
        () => {{
            if CAREFUL {
                let from = at;
                go!(at + 1);
                passed_on!(from);
                settle!();
            } else {
                at += 1;
            }
        }};
    }
    // The run that ended with `from` has passed control on to the next instruction: it may be another
    // function's, and a chunk may be full.
    macro_rules! passed_on {
        ($from:expr) => {{
            if R::ON {
                if at < count && program.boundary[at] {
                    recorder.leave($from, machine.landing(at), register!(SP));
                }
                if recorder.is_chunk_full() {
                    // SAFETY: while recording, `ops` is a copy of the caller's, this long.
                    let all = unsafe { std::slice::from_raw_parts_mut(ops, count + 1) };
                    recorder.end_chunk($from, all);
                    return Stop::Pause(at);
                }
            }
        }};
    }
    macro_rules! load {
        ($op:expr, $width:literal, $type:ty, $as:ty) => {{
            let address = register!($op.rs1).wrapping_add($op.imm as i64 as u64);
            if !is_fine::<$width>(address) {
                fault!(bad_access("load", $width, address));
            }
            if R::ON {
                recorder.access(at, address);
            }
            // SAFETY: inside the guest's memory, and aligned.
            let value = unsafe { memory.add(address as usize).cast::<$type>().read() };
            register!($op.rd) = value as $as as u64;
            next!();
        }};
    }
    macro_rules! store {
        ($op:expr, $width:literal, $type:ty) => {{
            let address = register!($op.rs1).wrapping_add($op.imm as i64 as u64);
            if !is_fine::<$width>(address) {
                fault!(bad_access("store", $width, address));
            }
            if R::ON {
                recorder.access(at, address);
            }
            if R::UNDO {
                let word = address & !7;
                machine.undo.push((word, machine.memory.word(word)));
            }
            let value = register!($op.rs2) as $type;
            // SAFETY: inside the guest's memory, and aligned.
            unsafe { memory.add(address as usize).cast::<$type>().write(value) };
            next!();
        }};
    }
    macro_rules! alu {
        ($op:expr, $function:ident) => {{
            register!($op.rd) = alu::$function(register!($op.rs1), register!($op.rs2));
            next!();
        }};
    }
    macro_rules! alu_imm {
        ($op:expr, $function:ident) => {{
            register!($op.rd) = alu::$function(register!($op.rs1), $op.imm as i64 as u64);
            next!();
        }};
    }
    macro_rules! branch {
        ($op:expr, $taken:expr) => {{
            let (a, b) = (register!($op.rs1), register!($op.rs2));
            let taken = $taken;
            if taken(a, b) {
                let from = at;
                go!((at as i64 + i64::from($op.imm)) as usize);
                if R::ON && $op.rd == kind::LEAVE {
                    recorder.leave(from, machine.landing(at), register!(SP));
                }
                settle!();
            } else {
                next!();
            }
        }};
    }

    'instruction: loop {
        if CAREFUL {
            if machine.cycles >= control.max_steps {
                recorder.not_entered(at);
                return Stop::End(End::Interrupted {
                    at,
                    why: Interrupt::StepLimit,
                });
            }
            recorder.mark();
        }
        // SAFETY: `at` is an instruction's index or the one past the last.
        let op = unsafe { *ops.add(at) };
        let mut code = op.code;
        'dispatch: loop {
            match code {
                Code::Lui => {
                    register!(op.rd) = op.imm as i64 as u64;
                    next!();
                }
                Code::Auipc => {
                    let pc = base + 4 * at as u64;
                    register!(op.rd) = pc.wrapping_add(op.imm as i64 as u64);
                    next!();
                }
                Code::Jal => {
                    let from = at;
                    let link = base + 4 * at as u64 + 4;
                    register!(op.rd) = link;
                    go!((at as i64 + i64::from(op.imm)) as usize);
                    if R::ON {
                        match op.rs1 {
                            kind::WITHIN => {}
                            kind::CALL => {
                                recorder.call(from, machine.landing(at), link, register!(SP))
                            }
                            _ => recorder.leave(from, machine.landing(at), register!(SP)),
                        }
                    }
                    settle!();
                }
                Code::Jalr => {
                    let from = at;
                    let target = register!(op.rs1).wrapping_add(op.imm as i64 as u64) & !1;
                    let index = target.wrapping_sub(base).rotate_right(2);
                    if index >= count as u64 {
                        fault!(no_instruction(target));
                    }
                    let link = base + 4 * at as u64 + 4;
                    register!(op.rd) = link;
                    go!(index as usize);
                    if R::ON {
                        let to = machine.landing(at);
                        match op.rs2 {
                            kind::CALL => recorder.call(from, to, link, register!(SP)),
                            kind::RETURN => recorder.ret(from, to, register!(SP)),
                            _ => recorder.leave(from, to, register!(SP)),
                        }
                    }
                    settle!();
                }
                Code::Beq => branch!(op, |a: u64, b: u64| a == b),
                Code::Bne => branch!(op, |a: u64, b: u64| a != b),
                Code::Blt => branch!(op, |a: u64, b: u64| (a as i64) < (b as i64)),
                Code::Bge => branch!(op, |a: u64, b: u64| (a as i64) >= (b as i64)),
                Code::Bltu => branch!(op, |a: u64, b: u64| a < b),
                Code::Bgeu => branch!(op, |a: u64, b: u64| a >= b),
                Code::Lb => load!(op, 1, i8, i64),
                Code::Lh => load!(op, 2, i16, i64),
                Code::Lw => load!(op, 4, i32, i64),
                Code::Ld => load!(op, 8, u64, u64),
                Code::Lbu => load!(op, 1, u8, u64),
                Code::Lhu => load!(op, 2, u16, u64),
                Code::Lwu => load!(op, 4, u32, u64),
                Code::Sb => store!(op, 1, u8),
                Code::Sh => store!(op, 2, u16),
                Code::Sw => store!(op, 4, u32),
                Code::Sd => store!(op, 8, u64),
                Code::Addi => alu_imm!(op, add),
                Code::Slti => alu_imm!(op, slt),
                Code::Sltiu => alu_imm!(op, sltu),
                Code::Xori => alu_imm!(op, xor),
                Code::Ori => alu_imm!(op, or),
                Code::Andi => alu_imm!(op, and),
                Code::Slli => alu_imm!(op, sll),
                Code::Srli => alu_imm!(op, srl),
                Code::Srai => alu_imm!(op, sra),
                Code::Add => alu!(op, add),
                Code::Sub => alu!(op, sub),
                Code::Sll => alu!(op, sll),
                Code::Slt => alu!(op, slt),
                Code::Sltu => alu!(op, sltu),
                Code::Xor => alu!(op, xor),
                Code::Srl => alu!(op, srl),
                Code::Sra => alu!(op, sra),
                Code::Or => alu!(op, or),
                Code::And => alu!(op, and),
                Code::Addiw => alu_imm!(op, addw),
                Code::Slliw => alu_imm!(op, sllw),
                Code::Srliw => alu_imm!(op, srlw),
                Code::Sraiw => alu_imm!(op, sraw),
                Code::Addw => alu!(op, addw),
                Code::Subw => alu!(op, subw),
                Code::Sllw => alu!(op, sllw),
                Code::Srlw => alu!(op, srlw),
                Code::Sraw => alu!(op, sraw),
                Code::Mul => alu!(op, mul),
                Code::Mulh => alu!(op, mulh),
                Code::Mulhsu => alu!(op, mulhsu),
                Code::Mulhu => alu!(op, mulhu),
                Code::Div => alu!(op, div),
                Code::Divu => alu!(op, divu),
                Code::Rem => alu!(op, rem),
                Code::Remu => alu!(op, remu),
                Code::Mulw => alu!(op, mulw),
                Code::Divw => alu!(op, divw),
                Code::Divuw => alu!(op, divuw),
                Code::Remw => alu!(op, remw),
                Code::Remuw => alu!(op, remuw),
                Code::Ecall => {
                    if at > start {
                        machine.cycles += (at - start) as u64;
                        recorder.ran(start, at - 1, Some(at));
                        start = at;
                    }
                    match ecall::execute(machine, recorder, control, at) {
                        Effect::Next(result) => {
                            machine.registers[T0] = result;
                            machine.cycles += 1;
                            let from = at;
                            at += 1;
                            start = at;
                            passed_on!(from);
                            if !CAREFUL && recorder.is_near_chunk_end() {
                                return Stop::Pause(at);
                            }
                            settle!();
                        }
                        Effect::Halt(exit_code) => {
                            machine.cycles += 1;
                            recorder.not_entered(at + 1);
                            return Stop::End(End::Halted { at, exit_code });
                        }
                        Effect::Exit => return Stop::End(End::Exit),
                        Effect::End(end) => {
                            recorder.not_entered(at);
                            return Stop::End(end);
                        }
                        Effect::Fault(cause) => fault!(cause),
                    }
                }
                Code::Unimplemented => {
                    fault!(
                        "UNIMP: SP1 implements no CSR instructions, fences, wfi, mret or ebreak \
                         (a guest's panic or abort often ends in one)"
                            .into()
                    )
                }
                Code::JumpOutside => {
                    let pc = base + 4 * at as u64;
                    if let Some(cause) = jump_outside(pc, op, register!(op.rs1), register!(op.rs2))
                    {
                        fault!(cause);
                    }
                    next!();
                }
                Code::Outside => {
                    let cause = "ran on past the last instruction of the program".to_owned();
                    if at == start {
                        // Nothing of it ran; the entry into it is taken back.
                        recorder.not_entered(at);
                    } else {
                        machine.cycles += (at - start) as u64;
                        recorder.ran(start, at - 1, None);
                    }
                    return Stop::End(End::Fault { at: at - 1, cause });
                }
                Code::FirstVisit => {
                    recorder.first_visit(at);
                    let real = program.ops[at].code;
                    code = if at < count && program.boundary[at] {
                        Code::Boundary
                    } else {
                        real
                    };
                    // SAFETY: only in a recorder's own copy of the operations.
                    unsafe { (*ops.add(at)).code = code };
                    continue 'dispatch;
                }
                Code::Boundary => {
                    if at != start {
                        machine.cycles += (at - start) as u64;
                        recorder.ran(start, at - 1, Some(at));
                        recorder.leave(at - 1, machine.landing(at), register!(SP));
                        start = at;
                    }
                    code = program.ops[at].code;
                    continue 'dispatch;
                }
            }
            continue 'instruction;
        }
    }
}
