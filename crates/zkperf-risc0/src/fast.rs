//! The step loop: decoded code, executed a run at a time.
//!
//! A *run* is a stretch of instructions that follow each other within a page. While one is under way
//! nothing is counted; its length is added when control leaves it. Whatever could page, trap, enter or
//! leave the kernel is handed to the careful step instead, and so is everything when fewer cycles than
//! the longest run are left before a segment's end: within the loop no step can need a split. Where a
//! run has machine code (see `native`), the loop only does what ends it.

use crate::code::{Area, NOWHERE, PAGE_SLOTS};
use crate::decode::{alu, Inst, Kind};
use crate::fuse::{Pair, NATIVE};
use crate::machine::{Machine, Registers, Stop};
use crate::native::Cause;
use crate::pager::{access_bits, bit, AccessBits};
use crate::recorder::Recorder;
use crate::rules::{MACHINE_REGISTERS, PAGE_BYTES};
use crate::window::move_system_word;
use zkperf_exec::{Control, Entered};

/// Cycles that a run can take at most.
pub(crate) const LONGEST_RUN: u64 = PAGE_BYTES as u64 / 4;

const SP: usize = 2;
const PAGE_SHIFT: u32 = PAGE_BYTES.trailing_zeros();

impl Machine<'_> {
    /// Runs until the guest terminates, something goes wrong, or a limit is reached.
    pub(crate) fn run<R: Recorder>(&mut self, recorder: &mut R, control: &mut Control) -> Stop {
        self.set_limits(recorder, control);
        let entry = self.code.slot(self.pc);
        recorder.enter(entry);
        loop {
            if let Err(stop) = self.between_steps(recorder, control) {
                let slot = self.code.slot(self.pc);
                recorder.not_executed(slot);
                return stop;
            }
            if let Some(slot) = self.fast_slot(recorder) {
                let undecoded = self.run_fast(slot, recorder);
                if undecoded || self.budget() < LONGEST_RUN as i64 {
                    continue;
                }
            }
            let stepped = self.step(recorder);
            let printed = self.host.take_printed();
            if !printed.is_empty() {
                control.print(&printed);
            }
            if let Err(stop) = stepped {
                return stop;
            }
        }
    }

    /// Where the step loop can go on, if it can: enough cycles are left, and the code's page is loaded.
    fn fast_slot<R: Recorder>(&mut self, recorder: &mut R) -> Option<usize> {
        if self.budget() < LONGEST_RUN as i64 {
            return None;
        }
        let slot = self.code.area(self.machine_mode).slot(self.pc)?;
        let page = (self.pc >> PAGE_SHIFT) as usize;
        if self.pager.pages[page] & access_bits(self.machine_mode).load == 0 {
            return None;
        }
        self.decode_if_needed(slot, recorder);
        Some(slot)
    }

    /// Decodes the instruction about to run at a slot of an area.
    pub(crate) fn decode_if_needed<R: Recorder>(&mut self, slot: usize, recorder: &mut R) {
        if self.code.insts[slot].kind != Kind::Undecoded {
            return;
        }
        let (page, former) = self.code.decode(slot, &self.memory);
        self.pager.mark_code(page);
        if let Some(former) = former {
            recorder.rewritten(slot, former);
        }
    }

    /// The loop. Leaves with `pc` at the next instruction, which it could not or need not do. Says
    /// whether that is only for want of decoding.
    // Inlined, it would share registers with the caller's loop, which costs a third of the speed.
    #[inline(never)]
    fn run_fast<R: Recorder>(&mut self, slot: usize, recorder: &mut R) -> bool {
        let machine = self.machine_mode;
        let area: Area = self.code.area(machine);
        let AccessBits {
            load: may_load,
            store: may_store,
        } = access_bits(machine);
        let budget_before = self.budget();
        let mut budget = budget_before;
        let memory = self.memory.as_mut_ptr();
        let files = &raw mut self.registers;
        // SAFETY: it is the running mode's of the two.
        let registers: *mut u32 = unsafe { files.cast::<Registers>().add(machine.into()).cast() };
        let insts: &[Inst] = &self.code.insts;
        let codes: &[u16] = &self.code.codes;
        let traffic: &[u64] = &self.code.traffic;
        let entries = self.code.native.entries();
        let pages: &[u8] = &self.pager.pages;
        let map = self.code.map;
        let mut at = slot;
        let mut start = slot;

        // SAFETY of all accesses below. Register numbers are below 33 by construction of `Inst`, files
        // have 64. Slots stay below `insts.len()`: a run ends at its page's `PageEnd`, and jumps go to
        // what `Area::slot` gives. `pages` has an entry for every page of 32-bit addresses, and memory a
        // byte for every address; no aligned access crosses its end.
        macro_rules! get {
            ($register:expr) => {
                unsafe { *registers.add($register as usize) }
            };
        }
        macro_rules! set {
            ($inst:ident, $value:expr) => {{
                let value = $value;
                unsafe { *registers.add($inst.rd as usize) = value };
            }};
        }
        // The guest where a function begins, for a probe.
        macro_rules! entered {
            () => {
                || {
                    Entered::new(
                        unsafe { std::slice::from_raw_parts(registers, 32) },
                        &self.memory,
                    )
                }
            };
        }
        macro_rules! page {
            ($address:expr) => {
                unsafe { *pages.get_unchecked(($address >> PAGE_SHIFT) as usize) }
            };
        }
        // The instruction at `at` is the last of its run.
        macro_rules! close_run {
            () => {
                budget -= (at + 1 - start) as i64;
                if R::ON {
                    let moved = unsafe {
                        traffic
                            .get_unchecked(at + 1)
                            .wrapping_sub(*traffic.get_unchecked(start))
                    };
                    recorder.ran(start, at, moved);
                }
            };
        }
        // Goes on at a slot whose address is known.
        macro_rules! go {
            ($target:expr, $target_slot:expr) => {{
                at = $target_slot;
                start = at;
                if page!($target) & may_load == 0 || budget < LONGEST_RUN as i64 {
                    break;
                }
            }};
        }
        macro_rules! static_slot {
            ($address:expr) => {{
                let offset = $address.wrapping_sub(area.base);
                area.first_slot + (offset / 4 + offset / PAGE_BYTES) as usize
            }};
        }
        macro_rules! take_branch {
            ($inst:ident) => {
                close_run!();
                let target = static_slot!($inst.imm);
                recorder.enter(target);
                if R::ON && $inst.rd != 0 {
                    let to = map.landing($inst.imm, target);
                    recorder.leave(at, to, u64::from(get!(SP)), entered!());
                }
                go!($inst.imm, target);
            };
        }
        macro_rules! branch {
            ($inst:ident, $taken:expr) => {
                if $taken {
                    take_branch!($inst);
                } else {
                    at += 1;
                }
            };
        }
        macro_rules! load {
            ($inst:ident, $type:ty, $convert:expr) => {{
                let address = get!($inst.rs1).wrapping_add($inst.imm);
                if page!(address) & may_load == 0
                    || address as usize & (size_of::<$type>() - 1) != 0
                {
                    break;
                }
                let value = unsafe { memory.add(address as usize).cast::<$type>().read() };
                set!($inst, $convert(<$type>::from_le(value)));
            }};
        }
        macro_rules! store {
            ($inst:ident, $type:ty) => {{
                let address = get!($inst.rs1).wrapping_add($inst.imm);
                if page!(address) & may_store == 0
                    || address as usize & (size_of::<$type>() - 1) != 0
                {
                    break;
                }
                let value = (get!($inst.rs2) as $type).to_le();
                unsafe { memory.add(address as usize).cast::<$type>().write(value) };
            }};
        }

        // What an instruction does that neither jumps nor ends a run. Leaves the loop where it cannot.
        macro_rules! execute {
            (Add $i:ident) => {
                set!($i, get!($i.rs1).wrapping_add(get!($i.rs2)))
            };
            (Sub $i:ident) => {
                set!($i, get!($i.rs1).wrapping_sub(get!($i.rs2)))
            };
            (Xor $i:ident) => {
                set!($i, get!($i.rs1) ^ get!($i.rs2))
            };
            (Or $i:ident) => {
                set!($i, get!($i.rs1) | get!($i.rs2))
            };
            (And $i:ident) => {
                set!($i, get!($i.rs1) & get!($i.rs2))
            };
            (Sll $i:ident) => {
                set!($i, get!($i.rs1) << (get!($i.rs2) & 31))
            };
            (Srl $i:ident) => {
                set!($i, get!($i.rs1) >> (get!($i.rs2) & 31))
            };
            (Sra $i:ident) => {
                set!($i, (get!($i.rs1) as i32 >> (get!($i.rs2) & 31)) as u32)
            };
            (Slt $i:ident) => {
                set!($i, u32::from((get!($i.rs1) as i32) < get!($i.rs2) as i32))
            };
            (Sltu $i:ident) => {
                set!($i, u32::from(get!($i.rs1) < get!($i.rs2)))
            };
            (Addi $i:ident) => {
                set!($i, get!($i.rs1).wrapping_add($i.imm))
            };
            (Xori $i:ident) => {
                set!($i, get!($i.rs1) ^ $i.imm)
            };
            (Ori $i:ident) => {
                set!($i, get!($i.rs1) | $i.imm)
            };
            (Andi $i:ident) => {
                set!($i, get!($i.rs1) & $i.imm)
            };
            (Slli $i:ident) => {
                set!($i, get!($i.rs1) << ($i.imm & 31))
            };
            (Srli $i:ident) => {
                set!($i, get!($i.rs1) >> ($i.imm & 31))
            };
            (Srai $i:ident) => {
                set!($i, (get!($i.rs1) as i32 >> ($i.imm & 31)) as u32)
            };
            (Slti $i:ident) => {
                set!($i, u32::from((get!($i.rs1) as i32) < $i.imm as i32))
            };
            (Sltiu $i:ident) => {
                set!($i, u32::from(get!($i.rs1) < $i.imm))
            };
            (Lui $i:ident) => {
                set!($i, $i.imm)
            };
            (Auipc $i:ident) => {
                set!($i, $i.imm)
            };
            (Mul $i:ident) => {
                set!($i, get!($i.rs1).wrapping_mul(get!($i.rs2)))
            };
            (Mulh $i:ident) => {
                set!($i, alu::mulh(get!($i.rs1), get!($i.rs2)))
            };
            (Mulhsu $i:ident) => {
                set!($i, alu::mulhsu(get!($i.rs1), get!($i.rs2)))
            };
            (Mulhu $i:ident) => {
                set!($i, alu::mulhu(get!($i.rs1), get!($i.rs2)))
            };
            (Div $i:ident) => {
                set!($i, alu::div(get!($i.rs1), get!($i.rs2)))
            };
            (Divu $i:ident) => {
                set!($i, alu::divu(get!($i.rs1), get!($i.rs2)))
            };
            (Rem $i:ident) => {
                set!($i, alu::rem(get!($i.rs1), get!($i.rs2)))
            };
            (Remu $i:ident) => {
                set!($i, alu::remu(get!($i.rs1), get!($i.rs2)))
            };
            (Lb $i:ident) => {
                load!($i, u8, |value| value as i8 as u32)
            };
            (Lbu $i:ident) => {
                load!($i, u8, u32::from)
            };
            (Lh $i:ident) => {
                load!($i, u16, |value| value as i16 as u32)
            };
            (Lhu $i:ident) => {
                load!($i, u16, u32::from)
            };
            (Lw $i:ident) => {
                load!($i, u32, |value| value)
            };
            (Sb $i:ident) => {
                store!($i, u8)
            };
            (Sh $i:ident) => {
                store!($i, u16)
            };
            (Sw $i:ident) => {
                store!($i, u32)
            };
        }
        // An instruction and the way to the next one.
        macro_rules! finish {
            (Beq $i:ident) => { branch!($i, get!($i.rs1) == get!($i.rs2)) };
            (Bne $i:ident) => { branch!($i, get!($i.rs1) != get!($i.rs2)) };
            (Blt $i:ident) => { branch!($i, (get!($i.rs1) as i32) < get!($i.rs2) as i32) };
            (Bge $i:ident) => { branch!($i, get!($i.rs1) as i32 >= get!($i.rs2) as i32) };
            (Bltu $i:ident) => { branch!($i, get!($i.rs1) < get!($i.rs2)) };
            (Bgeu $i:ident) => { branch!($i, get!($i.rs1) >= get!($i.rs2)) };
            ($kind:ident $i:ident) => {{
                execute!($kind $i);
                at += 1;
            }};
        }
        // One arm for each kind of instruction, and one for each pair of kinds that often follow each
        // other: two instructions for one dispatch.
        macro_rules! dispatch {
            ($code:ident $inst:ident, [$($single:ident)*], [], $seconds:tt, {$($arms:tt)*}) => {
                match $code {
                    $($arms)*
                    $(code::$single => finish!($single $inst),)*
                    code::Jal | code::JalCall => {
                        close_run!();
                        let link = slot_address(area, at).wrapping_add(4);
                        unsafe { *registers.add($inst.rd as usize) = link };
                        let target = static_slot!($inst.imm);
                        recorder.enter(target);
                        if R::ON {
                            let to = map.landing($inst.imm, target);
                            if $inst.kind == Kind::JalCall {
                                recorder.call(at, to, u64::from(link), u64::from(get!(SP)), entered!());
                            } else if $inst.rs1 != 0 {
                                recorder.leave(at, to, u64::from(get!(SP)), entered!());
                            }
                        }
                        go!($inst.imm, target);
                    }
                    code::Jalr | code::JalrCall | code::JalrReturn => {
                        let target = get!($inst.rs1).wrapping_add($inst.imm) & !1;
                        let Some(target_slot) = area.slot(target) else {
                            break;
                        };
                        close_run!();
                        if $inst.rd != NOWHERE {
                            let link = slot_address(area, at).wrapping_add(4);
                            unsafe { *registers.add($inst.rd as usize) = link };
                        }
                        recorder.enter(target_slot);
                        if R::ON {
                            let to = map.landing(target, target_slot);
                            let stack = u64::from(get!(SP));
                            match $inst.kind {
                                Kind::JalrReturn => recorder.ret(at, to, stack, entered!()),
                                Kind::JalrCall if to.is_entered_from(map.landing(0, at).function) => {
                                    let link = slot_address(area, at).wrapping_add(4);
                                    recorder.call(at, to, u64::from(link), stack, entered!());
                                }
                                _ => recorder.leave(at, to, stack, entered!()),
                            }
                        }
                        go!(target, target_slot);
                    }
                    code::PageEnd => {
                        at -= 1;
                        close_run!();
                        let next = slot_address(area, at).wrapping_add(4);
                        let Some(next_slot) = area.slot(next) else {
                            // The code goes on where no area is; nothing has been entered there yet.
                            at += 1;
                            start = at;
                            break;
                        };
                        recorder.enter(next_slot);
                        go!(next, next_slot);
                    }
                    code::Undecoded | code::Careful | code::Environment | code::Mret => break,
                    // SAFETY: `fuse::code` gives the kinds and pairs above, and nothing else.
                    _ => unsafe { std::hint::unreachable_unchecked() },
                }
            };
            (
                $code:ident $inst:ident, $singles:tt,
                [($ai:literal $a:ident) $($firsts:tt)*], [$(($bi:literal $b:ident))*], {$($arms:tt)*}
            ) => {
                dispatch!($code $inst, $singles, [$($firsts)*], [$(($bi $b))*], {
                    $($arms)*
                    $(Pair::<$ai, $bi>::CODE => {
                        execute!($a $inst);
                        at += 1;
                        let second = unsafe { *insts.get_unchecked(at) };
                        finish!($b second);
                    })*
                })
            };
        }

        loop {
            let mut code = unsafe { *codes.get_unchecked(at) };
            if code == NATIVE {
                // SAFETY: slots with this code can be entered.
                let entry = unsafe { entries.get_unchecked(at).unwrap_unchecked() };
                let exit = unsafe { entry(registers, memory, pages.as_ptr()) };
                at = exit.slot();
                let inst = unsafe { *insts.get_unchecked(at) };
                match exit.cause() {
                    Cause::EndOfCode => code = unsafe { *codes.get_unchecked(at) },
                    Cause::Taken => {
                        take_branch!(inst);
                        continue;
                    }
                    Cause::Blocked => {
                        let plain = machine && page!(MACHINE_REGISTERS) & bit::CODE == 0;
                        // SAFETY: `registers` is not in use meanwhile.
                        if !plain || !move_system_word(unsafe { &mut *files }, memory, inst) {
                            break;
                        }
                        at += 1;
                        continue;
                    }
                }
            }
            let inst = unsafe { *insts.get_unchecked(at) };
            crate::fuse::with_pairs!(dispatch, code inst, [
                Add Sub Xor Or And Sll Srl Sra Slt Sltu Addi Xori Ori Andi Slli Srli Srai Slti Sltiu
                Lui Auipc Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Lb Lbu Lh Lhu Lw Sb Sh Sw
                Beq Bne Blt Bge Bltu Bgeu
            ]);
        }

        if at > start {
            at -= 1;
            close_run!();
            at += 1;
            recorder.enter(at);
        }
        let pc = slot_address(area, at);
        let kind = insts[at].kind;
        self.note_user((budget_before - budget) as u64);
        self.pc = pc;
        if kind == Kind::PageEnd {
            let stray = self.code.slot(pc);
            recorder.enter(stray);
        }
        kind == Kind::Undecoded && self.pager.pages[(pc >> PAGE_SHIFT) as usize] & may_load != 0
    }
}

/// Address of a slot; of a [`Kind::PageEnd`], the first one behind its page.
fn slot_address(area: Area, slot: usize) -> u32 {
    let at = slot - area.first_slot;
    area.base
        .wrapping_add((at / PAGE_SLOTS) as u32 * PAGE_BYTES)
        .wrapping_add((at % PAGE_SLOTS) as u32 * 4)
}

/// The kinds as numbers that patterns can name.
#[allow(non_upper_case_globals)]
mod code {
    use crate::decode::Kind;

    macro_rules! codes {
        ($($kind:ident)*) => {
            $(pub(super) const $kind: u16 = Kind::$kind as u16;)*
        };
    }

    codes! {
        Add Sub Xor Or And Sll Srl Sra Slt Sltu Addi Xori Ori Andi Slli Srli Srai Slti Sltiu
        Lui Auipc Mul Mulh Mulhsu Mulhu Div Divu Rem Remu Lb Lbu Lh Lhu Lw Sb Sh Sw
        Beq Bne Blt Bge Bltu Bgeu Jal JalCall Jalr JalrCall JalrReturn PageEnd
        Undecoded Careful Environment Mret
    }
}
