//! What the quick loop does not do: first touches, syscalls, rare jumps, faults.

use crate::ecall::{self, Effect};
use crate::fuse;
use crate::machine::{End, Machine, Place, T0};
use crate::memory::fits;
use crate::op::{code, Code, Op, SP};
use crate::recorder::Recorder;
use crate::trap::{bad_access, jump_outside, no_instruction, taken, UNIMPLEMENTED};
use zkperf_exec::Control;

/// What came of looking at an instruction.
pub(crate) enum Look {
    /// It can run now.
    Ready,
    /// It has run, and the straight run is closed.
    Done,
    /// The run is over.
    End(End),
}

/// Looks at the instruction at `place`, which the quick loop could not run. `ops` are a recorder's own,
/// and unused without one.
#[inline(never)]
pub(crate) fn look<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    ops: *mut Op,
    place: &mut Place,
) -> Look {
    let program = machine.program;
    let at = place.at;
    if R::ON {
        if program.boundary.get(at) == Some(&true) && machine.close_before(recorder, place) {
            let stack_pointer = machine.registers[SP as usize];
            recorder.leave(at - 1, machine.landing(at), stack_pointer, || {
                machine.entered()
            });
        }
        // SAFETY: while recording, `ops` is a copy of the program's.
        let ops = unsafe { std::slice::from_raw_parts_mut(ops, program.ops.len()) };
        if ops[at].code == code::FirstVisit {
            recorder.first_visit(at);
            fuse::unlock(ops, program, at);
        }
    }
    let single = program.codes[at];
    place.code = single as u16;
    match single {
        Code::Ecall => ecall(machine, recorder, control, place),
        Code::LeavingBranch | Code::JumpOutside => jump(machine, recorder, place),
        Code::Jalr => jump_register(machine, recorder, place),
        Code::Unimplemented => fault(machine, recorder, place, UNIMPLEMENTED.into()),
        Code::Outside => ran_out(machine, recorder, place),
        _ => access(machine, recorder, place),
    }
}

fn fault<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    place: &Place,
    cause: String,
) -> Look {
    let Place { at, start, .. } = *place;
    machine.cycles += (at + 1 - start) as u64;
    recorder.ran(start, at, None);
    Look::End(End::Fault { at, cause })
}

/// A load or store that must not be, or touches its word for the first time in the chunk. Anything
/// else can run.
fn access<R: Recorder>(machine: &mut Machine, recorder: &mut R, place: &Place) -> Look {
    let at = place.at;
    let (what, width) = match machine.program.codes[at] {
        Code::Lb | Code::Lbu => ("load", 1),
        Code::Lh | Code::Lhu => ("load", 2),
        Code::Lw | Code::Lwu => ("load", 4),
        Code::Ld => ("load", 8),
        Code::Sb => ("store", 1),
        Code::Sh => ("store", 2),
        Code::Sw => ("store", 4),
        Code::Sd => ("store", 8),
        _ => return Look::Ready,
    };
    let op = machine.program.ops[at];
    let from = machine.registers[usize::from(op.rs1)];
    let address = from.wrapping_add_signed(i64::from(op.imm()));
    if !fits(address, width) {
        return fault(machine, recorder, place, bad_access(what, width, address));
    }
    recorder.access(at, address);
    Look::Ready
}

/// A direct jump out of the function, or to where no instruction is.
fn jump<R: Recorder>(machine: &mut Machine, recorder: &mut R, place: &mut Place) -> Look {
    let at = place.at;
    let op = machine.program.ops[at];
    let [a, b] = [op.rs1, op.rs2()].map(|register| machine.registers[usize::from(register)]);
    if !taken(op, a, b) {
        machine.go(recorder, place, at + 1);
        machine.passed_on(recorder, at);
        return Look::Done;
    }
    if machine.program.codes[at] == Code::JumpOutside {
        let cause = jump_outside(machine.program.pc(at), op);
        return fault(machine, recorder, place, cause);
    }
    machine.go(recorder, place, at.wrapping_add_signed(op.imm() as isize));
    recorder.leave(
        at,
        machine.landing(place.at),
        machine.registers[SP as usize],
        || machine.entered(),
    );
    Look::Done
}

/// An indirect jump: its target is no instruction, if it is a jump that cannot run.
fn jump_register<R: Recorder>(machine: &mut Machine, recorder: &mut R, place: &Place) -> Look {
    let program = machine.program;
    let op = program.ops[place.at];
    let from = machine.registers[usize::from(op.rs1)];
    let target = from.wrapping_add_signed(i64::from(op.imm())) & !1;
    if target.wrapping_sub(program.base).rotate_right(2) < program.len() as u64 {
        return Look::Ready;
    }
    fault(machine, recorder, place, no_instruction(target))
}

/// There is no instruction at `place`.
fn ran_out<R: Recorder>(machine: &mut Machine, recorder: &mut R, place: &mut Place) -> Look {
    machine.close_before(recorder, place);
    // The entry into what is not there is taken back.
    recorder.not_entered(place.at);
    Look::End(End::Fault {
        at: place.at - 1,
        cause: "ran on past the last instruction of the program".to_owned(),
    })
}

fn ecall<R: Recorder>(
    machine: &mut Machine,
    recorder: &mut R,
    control: &mut Control,
    place: &mut Place,
) -> Look {
    machine.close_before(recorder, place);
    let at = place.at;
    match ecall::execute(machine, recorder, control, at) {
        Effect::Next(result) => {
            machine.registers[T0] = result;
            machine.cycles += 1;
            (place.at, place.start) = (at + 1, at + 1);
            machine.passed_on(recorder, at);
            Look::Done
        }
        Effect::Halt(exit_code) => {
            machine.cycles += 1;
            recorder.not_entered(at + 1);
            Look::End(End::Halted { at, exit_code })
        }
        Effect::Exit => Look::End(End::Exit),
        Effect::End(end) => {
            recorder.not_entered(at);
            Look::End(end)
        }
        Effect::Fault(cause) => fault(machine, recorder, place, cause),
    }
}
