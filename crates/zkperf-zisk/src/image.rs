//! A program image as the engine reads it: instructions in the order in which they are laid out, and
//! the data that is in memory before the first step.
//!
//! This is the seam between a ZisK version's official loader ([`crate::loader`]) and the engine.

use crate::official::{
    DataSection64, InstContext, ZiskInst, ZiskInstBuilder, ZiskOp, ROM_ADDR, SRC_C, SRC_IMM,
    SRC_IND, SRC_MEM, SRC_REG, SRC_STEP, STORE_IND, STORE_MEM, STORE_REG, ZISKLIB_ROM_ADDR,
};
use std::collections::{BTreeMap, BTreeSet};

/// Where an operand comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operand {
    LastC,
    Register(u8),
    Immediate(u64),
    Memory(u64),
    Step,
    /// `mem[a + offset]`, only for b.
    Indirect(i64),
    /// Not a source this instruction set has; running it is a fault.
    Invalid,
}

/// Where a result goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Nothing,
    Register(u8),
    Memory(u64),
    Indirect(i64),
}

/// One ZisK instruction: the official one without its strings, which make it 800 bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Inst {
    /// Address. The official memory map ends below 2^32 (`RAM_ADDR + RAM_SIZE`).
    pub(crate) pc: u32,
    /// Address of the RISC-V instruction it belongs to, or its own.
    pub(crate) source: u32,
    pub(crate) op: u8,
    /// Width of an indirect access, in bytes.
    pub(crate) width: u8,
    /// RISC-V instructions that retire with this one; 0 for micro-instructions and for code that is
    /// not RISC-V.
    pub(crate) instructions: u8,
    pub(crate) store_pc: bool,
    pub(crate) set_pc: bool,
    pub(crate) end: bool,
    pub(crate) precompile: bool,
    /// Link and base register of a RISC-V jump, where the transpiler noted them.
    pub(crate) rd: Option<u8>,
    pub(crate) rs1: Option<u8>,
    pub(crate) a: Operand,
    pub(crate) b: Operand,
    pub(crate) store: Target,
    pub(crate) jump_set: i64,
    pub(crate) jump_unset: i64,
    pub(crate) run: fn(&mut InstContext),
}

/// A program before it is decoded.
#[derive(Debug, Default)]
pub(crate) struct Image {
    /// In layout order: by address, the micro-instructions of a RISC-V instruction (which the
    /// transpiler puts at odd addresses) right behind it.
    pub(crate) insts: Vec<Inst>,
    pub(crate) data: InitialData,
    /// Shortest label of each address of the ZisK library, if the program uses it.
    pub(crate) library_labels: BTreeMap<u64, String>,
}

/// Data that a program image puts into memory before the first step.
#[derive(Debug, Clone, Default)]
pub(crate) struct InitialData {
    pub(crate) read_only: Vec<DataSection64>,
    pub(crate) writable: Vec<DataSection64>,
}

impl InitialData {
    /// Words of read-only data.
    pub(crate) fn rom_words(&self) -> u64 {
        words(&self.read_only)
    }

    /// Words of RAM that are not zero-filled.
    pub(crate) fn ram_words(&self) -> u64 {
        words(&self.writable)
    }
}

impl Inst {
    /// The official instruction. `use_sp` flags are not looked at: no instruction sets the machine's
    /// own stack pointer, so it stays 0.
    pub(crate) fn of(pc: u64, inst: &ZiskInst) -> Self {
        Self {
            pc: pc as u32,
            source: inst.external_ref_addr.unwrap_or(pc) as u32,
            op: inst.op,
            width: inst.ind_width as u8,
            instructions: 0,
            store_pc: inst.store_pc,
            set_pc: inst.set_pc,
            end: inst.end,
            precompile: inst.input_size > 0,
            rd: inst.meta_rd,
            rs1: inst.meta_rs1,
            a: operand(inst.a_src, inst.a_offset_imm0, inst.a_use_sp_imm1, false),
            b: operand(inst.b_src, inst.b_offset_imm0, inst.b_use_sp_imm1, true),
            store: match inst.store {
                STORE_REG => Target::Register(inst.store_offset as u8),
                STORE_MEM => Target::Memory(inst.store_offset as u64),
                STORE_IND => Target::Indirect(inst.store_offset),
                _ => Target::Nothing,
            },
            jump_set: inst.jmp_offset1,
            jump_unset: inst.jmp_offset2,
            run: inst.func,
        }
    }

    /// Its address.
    pub(crate) fn pc(&self) -> u64 {
        u64::from(self.pc)
    }

    /// Address an instruction goes to when its flag is not set.
    pub(crate) fn fall_through(&self) -> u64 {
        self.pc().wrapping_add_signed(self.jump_unset)
    }

    /// Address an instruction goes to when its flag is set.
    pub(crate) fn flag_target(&self) -> u64 {
        self.pc().wrapping_add_signed(self.jump_set)
    }

    /// Target of `copyb imm` with `set_pc`.
    pub(crate) fn static_jump_target(&self) -> Option<u64> {
        match self.b {
            Operand::Immediate(base) => Some(base.wrapping_add_signed(self.jump_set)),
            _ => None,
        }
    }

    /// Whether it stands behind another as a part of the same RISC-V instruction.
    pub(crate) fn is_micro(&self) -> bool {
        self.pc & 1 == 1
    }
}

fn operand(source: u64, low: u64, high: u64, is_b: bool) -> Operand {
    match source {
        SRC_C => Operand::LastC,
        SRC_REG => Operand::Register(low as u8),
        SRC_MEM => Operand::Memory(low),
        SRC_IMM => Operand::Immediate(low | (high << 32)),
        SRC_STEP if !is_b => Operand::Step,
        SRC_IND if is_b => Operand::Indirect(low as i64),
        _ => Operand::Invalid,
    }
}

impl Image {
    /// Adds official instructions in layout order, and counts the RISC-V instructions they retire.
    pub(crate) fn append(&mut self, insts: &BTreeMap<u64, ZiskInstBuilder>) {
        let mut placed = BTreeSet::new();
        for (&pc, builder) in insts.iter().filter(|(pc, _)| **pc & 1 == 0) {
            let first = self.insts.len();
            self.insts.push(Inst::of(pc, &builder.i));
            let mut next = self.insts[first].fall_through();
            while next & 1 == 1 && placed.insert(next) {
                let Some(builder) = insts.get(&next) else {
                    break;
                };
                let inst = Inst::of(next, &builder.i);
                next = inst.fall_through();
                self.insts.push(inst);
            }
            self.insts[first].instructions = riscv_instructions(&self.insts[first], next);
        }
        // What nothing falls through to: reached by jumps only.
        for (&pc, builder) in insts.iter().filter(|(pc, _)| **pc & 1 == 1) {
            if placed.insert(pc) {
                self.insts.push(Inst::of(pc, &builder.i));
            }
        }
    }
}

fn words(sections: &[DataSection64]) -> u64 {
    sections
        .iter()
        .map(|section| section.data.len() as u64)
        .sum()
}

/// How many RISC-V instructions retire with this one: those from its address up to `end`, where its
/// micro-instructions fall through to.
fn riscv_instructions(inst: &Inst, end: u64) -> u8 {
    if !(ROM_ADDR..ZISKLIB_ROM_ADDR).contains(&inst.pc()) {
        return 0;
    }
    if inst.is_fused_call() {
        return 2;
    }
    if inst.is_branch() {
        return 1;
    }
    match end.wrapping_sub(inst.pc()) {
        8 => 2,
        12 => 3,
        _ => 1,
    }
}

impl Inst {
    /// auipc + jalr in one step: the only copyb that carries the link register's number.
    fn is_fused_call(&self) -> bool {
        self.op == ZiskOp::COPYB && !self.set_pc && self.rd.is_some()
    }

    /// A conditional branch. Of some (`bne`, `bge`, `bgeu`) the flag means that it is *not* taken, and what
    /// they fall through to without it is the target.
    fn is_branch(&self) -> bool {
        matches!(self.op, ZiskOp::EQ | ZiskOp::LTU | ZiskOp::LT)
            && !self.set_pc
            && self.store == Target::Nothing
    }
}
