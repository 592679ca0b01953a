//! The quick part of the step loop.
//!
//! A *straight run* is a stretch of consecutive instructions executed one after the other. Its cycles,
//! static gas and bytes are added once, when control leaves it; within it only first touches of
//! memory are looked at, and those of registers the first time an instruction runs in a chunk.
//!
//! Everything that is not quick leaves the loop and is looked at outside ([`crate::look`]): there are
//! hundreds of arms here, and what is in all of them costs registers and cache.

use crate::alu;
use crate::fuse::{with_sequences, Longer, Pair};
use crate::machine::{Machine, Place};
use crate::memory::is_fine;
use crate::op::{code, kind, Op, SP};
use crate::recorder::Recorder;

/// Runs from a place until something has to be looked at: at the instruction that cannot run, or if
/// `next_poll` cycles are over at the one after a jump. If `ONE`, one instruction at most, as a
/// straight run of its own.
///
/// `ops` points to the program's operations and the one past the last.
pub(crate) fn quick<R: Recorder, const ONE: bool>(
    machine: &mut Machine,
    recorder: &mut R,
    ops: *const Op,
    place: &mut Place,
    next_poll: u64,
) {
    let program = machine.program;
    let count = program.len();
    let base = program.base;
    let memory = machine.memory.base();
    let registers: *mut u64 = machine.registers.as_mut_ptr();
    let known = recorder.known_words();
    let Place {
        mut start,
        mut at,
        mut code,
    } = *place;
    // SAFETY: `at` is an instruction's index or the one past the last.
    let mut op: *const Op = unsafe { ops.add(at) };

    macro_rules! register {
        ($index:expr) => {
            *{
                let index = usize::from($index);
                // SAFETY: operations name registers that there are (`Op::new`).
                unsafe { &mut *registers.add(index) }
            }
        };
    }
    // A field of an operation. Fields are read where they are needed, not the whole at once, which
    // would have to be taken apart.
    macro_rules! field {
        ($op:ident.$field:ident) => {
            // SAFETY: `op` points to the operation of an instruction.
            unsafe { (*$op).$field }
        };
        ($op:ident.$field:ident()) => {
            // SAFETY: as above.
            unsafe { (*$op).$field() }
        };
    }
    // To the instruction at `at`.
    macro_rules! dispatch_next {
        () => {{
            // SAFETY: `at` is an instruction's index or the one past the last.
            op = unsafe { ops.add(at) };
            code = if R::UNDO {
                program.codes[at] as u16
            } else {
                field!(op.code)
            };
            continue;
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
    // The run has ended with a jump to `at`.
    macro_rules! settle {
        () => {{
            if ONE || machine.cycles >= next_poll {
                break;
            }
            dispatch_next!();
        }};
    }
    // The instruction is done; the next one follows.
    macro_rules! advance {
        () => {{
            if ONE {
                let from = at;
                go!(at + 1);
                machine.passed_on(recorder, from);
                break;
            }
            at += 1;
            dispatch_next!();
        }};
    }
    macro_rules! immediate {
        ($op:ident) => {
            i64::from(field!($op.imm())) as u64
        };
    }
    // The address of a load or store. What is wrong with it, or new, is looked at outside.
    macro_rules! access {
        ($op:ident, $width:literal) => {{
            let address = register!(field!($op.rs1)).wrapping_add(immediate!($op));
            if !is_fine::<$width>(address) || (R::ON && !known.has(address)) {
                break;
            }
            address
        }};
    }
    macro_rules! load {
        ($op:ident, $width:literal, $type:ty, $as:ty) => {{
            let address = access!($op, $width);
            // SAFETY: inside the guest's memory, and aligned.
            let value = unsafe { memory.add(address as usize).cast::<$type>().read() };
            register!(field!($op.rd)) = value as $as as u64;
        }};
    }
    macro_rules! store {
        ($op:ident, $width:literal, $type:ty) => {{
            let address = access!($op, $width);
            if R::UNDO {
                let word = address & !7;
                machine.undo.push((word, machine.memory.word(word)));
            }
            let value = register!(field!($op.rs2())) as $type;
            // SAFETY: inside the guest's memory, and aligned.
            unsafe { memory.add(address as usize).cast::<$type>().write(value) };
        }};
    }
    macro_rules! alu {
        ($op:ident, $function:ident) => {
            register!(field!($op.rd)) =
                alu::$function(register!(field!($op.rs1)), register!(field!($op.rs2())))
        };
    }
    macro_rules! alu_imm {
        ($op:ident, $function:ident) => {
            register!(field!($op.rd)) = alu::$function(register!(field!($op.rs1)), immediate!($op))
        };
    }
    // Where control goes if the branch is taken; otherwise to the next instruction.
    macro_rules! branch {
        ($op:ident, $taken:expr) => {{
            let taken = $taken;
            if taken(register!(field!($op.rs1)), register!(field!($op.rs2()))) {
                target!($op)
            } else {
                advance!()
            }
        }};
    }
    macro_rules! target {
        ($op:ident) => {
            (at as i64 + i64::from(field!($op.imm()))) as usize
        };
    }
    // What an instruction does that neither jumps nor ends a run.
    #[rustfmt::skip]
    macro_rules! execute {
        (Lui $op:ident) => {
            register!(field!($op.rd)) = immediate!($op) << 12
        };
        (Auipc $op:ident) => {
            register!(field!($op.rd)) =
                (base + 4 * at as u64).wrapping_add(immediate!($op) << 12)
        };
        (Lb $op:ident) => { load!($op, 1, i8, i64) };
        (Lh $op:ident) => { load!($op, 2, i16, i64) };
        (Lw $op:ident) => { load!($op, 4, i32, i64) };
        (Ld $op:ident) => { load!($op, 8, u64, u64) };
        (Lbu $op:ident) => { load!($op, 1, u8, u64) };
        (Lhu $op:ident) => { load!($op, 2, u16, u64) };
        (Lwu $op:ident) => { load!($op, 4, u32, u64) };
        (Sb $op:ident) => { store!($op, 1, u8) };
        (Sh $op:ident) => { store!($op, 2, u16) };
        (Sw $op:ident) => { store!($op, 4, u32) };
        (Sd $op:ident) => { store!($op, 8, u64) };
        (Addi $op:ident) => { alu_imm!($op, add) };
        (Slti $op:ident) => { alu_imm!($op, slt) };
        (Sltiu $op:ident) => { alu_imm!($op, sltu) };
        (Xori $op:ident) => { alu_imm!($op, xor) };
        (Ori $op:ident) => { alu_imm!($op, or) };
        (Andi $op:ident) => { alu_imm!($op, and) };
        (Slli $op:ident) => { alu_imm!($op, sll) };
        (Srli $op:ident) => { alu_imm!($op, srl) };
        (Srai $op:ident) => { alu_imm!($op, sra) };
        (Add $op:ident) => { alu!($op, add) };
        (Sub $op:ident) => { alu!($op, sub) };
        (Sll $op:ident) => { alu!($op, sll) };
        (Slt $op:ident) => { alu!($op, slt) };
        (Sltu $op:ident) => { alu!($op, sltu) };
        (Xor $op:ident) => { alu!($op, xor) };
        (Srl $op:ident) => { alu!($op, srl) };
        (Sra $op:ident) => { alu!($op, sra) };
        (Or $op:ident) => { alu!($op, or) };
        (And $op:ident) => { alu!($op, and) };
        (Addiw $op:ident) => { alu_imm!($op, addw) };
        (Slliw $op:ident) => { alu_imm!($op, sllw) };
        (Srliw $op:ident) => { alu_imm!($op, srlw) };
        (Sraiw $op:ident) => { alu_imm!($op, sraw) };
        (Addw $op:ident) => { alu!($op, addw) };
        (Subw $op:ident) => { alu!($op, subw) };
        (Sllw $op:ident) => { alu!($op, sllw) };
        (Srlw $op:ident) => { alu!($op, srlw) };
        (Sraw $op:ident) => { alu!($op, sraw) };
        (Mul $op:ident) => { alu!($op, mul) };
        (Mulh $op:ident) => { alu!($op, mulh) };
        (Mulhsu $op:ident) => { alu!($op, mulhsu) };
        (Mulhu $op:ident) => { alu!($op, mulhu) };
        (Div $op:ident) => { alu!($op, div) };
        (Divu $op:ident) => { alu!($op, divu) };
        (Rem $op:ident) => { alu!($op, rem) };
        (Remu $op:ident) => { alu!($op, remu) };
        (Mulw $op:ident) => { alu!($op, mulw) };
        (Divw $op:ident) => { alu!($op, divw) };
        (Divuw $op:ident) => { alu!($op, divuw) };
        (Remw $op:ident) => { alu!($op, remw) };
        (Remuw $op:ident) => { alu!($op, remuw) };
    }
    // Instructions one after the other, and the way to the next one.
    #[rustfmt::skip]
    macro_rules! run {
        ($op:ident Beq) => { branch!($op, |a: u64, b: u64| a == b) };
        ($op:ident Bne) => { branch!($op, |a: u64, b: u64| a != b) };
        ($op:ident Blt) => { branch!($op, |a: u64, b: u64| (a as i64) < (b as i64)) };
        ($op:ident Bge) => { branch!($op, |a: u64, b: u64| (a as i64) >= (b as i64)) };
        ($op:ident Bltu) => { branch!($op, |a: u64, b: u64| a < b) };
        ($op:ident Bgeu) => { branch!($op, |a: u64, b: u64| a >= b) };
        ($op:ident $last:ident) => {{
            execute!($last $op);
            advance!()
        }};
        ($op:ident $first:ident $($rest:ident)+) => {{
            execute!($first $op);
            at += 1;
            // SAFETY: a sequence lies within the operations.
            let following = unsafe { $op.add(1) };
            run!(following $($rest)+)
        }};
    }
    // One arm for each instruction, and one for each sequence.
    macro_rules! dispatch {
        ($code:ident, $op:ident, [], $seconds:tt, [$(($number:literal $($part:ident)+))*] $($arms:tt)*) => {
            dispatch!(@match $code, $op, {
                $($arms)*
                $(Longer::<$number>::CODE => run!($op $($part)+),)*
            })
        };
        (
            $code:ident, $op:ident, [($ai:literal $a:ident) $($firsts:tt)*],
            [$(($bi:literal $b:ident))*], $longer:tt $($arms:tt)*
        ) => {
            dispatch!(
                $code, $op, [$($firsts)*], [$(($bi $b))*], $longer $($arms)*
                $(Pair::<$ai, $bi>::CODE => run!($op $a $b),)*
            )
        };
        (@match $code:ident, $op:ident, {$($arms:tt)*}) => {
            dispatch!(@singles $code, $op, {$($arms)*},
                Lui Auipc Beq Bne Blt Bge Bltu Bgeu Lb Lh Lw Ld Lbu Lhu Lwu Sb Sh Sw Sd
                Addi Slti Sltiu Xori Ori Andi Slli Srli Srai
                Add Sub Sll Slt Sltu Xor Srl Sra Or And
                Addiw Slliw Srliw Sraiw Addw Subw Sllw Srlw Sraw
                Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Mulw Divw Divuw Remw Remuw
            )
        };
        (@singles $code:ident, $op:ident, {$($arms:tt)*}, $($single:ident)*) => {
            match $code {
                $($arms)*
                $(code::$single => run!($op $single),)*
                code::Jal => {
                    let from = at;
                    let link = base + 4 * at as u64 + 4;
                    register!(field!($op.rd)) = link;
                    if !R::ON || field!($op.rs1) == kind::WITHIN {
                        target!($op)
                    } else {
                        go!(target!($op));
                        if field!($op.rs1) == kind::CALL {
                            recorder.call(from, machine.landing(at), link, register!(SP), || {
                                machine.entered()
                            });
                        } else {
                            recorder.leave(from, machine.landing(at), register!(SP), || {
                                machine.entered()
                            });
                        }
                        settle!()
                    }
                }
                code::Jalr => {
                    let from = at;
                    let target = register!(field!($op.rs1)).wrapping_add(immediate!($op)) & !1;
                    let index = target.wrapping_sub(base).rotate_right(2);
                    if index >= count as u64 {
                        break;
                    }
                    let link = base + 4 * at as u64 + 4;
                    register!(field!($op.rd)) = link;
                    if !R::ON {
                        index as usize
                    } else {
                        go!(index as usize);
                        let to = machine.landing(at);
                        match field!($op.rs2()) {
                            kind::CALL if to.is_entered_from(program.function_of[from]) => {
                                recorder.call(from, to, link, register!(SP), || machine.entered())
                            }
                            kind::RETURN => recorder.ret(from, to, register!(SP), || machine.entered()),
                            _ => recorder.leave(from, to, register!(SP), || machine.entered()),
                        }
                        settle!()
                    }
                }
                code::LeavingBranch..=code::Boundary => break,
                // SAFETY: `fuse` and `decode` give the codes above, and nothing else.
                _ => unsafe { std::hint::unreachable_unchecked() },
            }
        };
    }

    loop {
        let to = if ONE || R::UNDO {
            dispatch!(code, op, [], [], [])
        } else {
            with_sequences!(dispatch, code, op,)
        };
        go!(to);
        settle!();
    }
    *place = Place { start, at, code };
}
