//! From the official program image to the compact form the step loop runs.

use crate::cost;
use crate::functions::{static_jump_target, FunctionMap};
use crate::layout::{fall_through, Layout};
use crate::micro::{alu_code, Code, MicroOp, SINK};
use std::collections::BTreeMap;
use zisk_core::zisk_ops::ZiskOp;
use zisk_core::{
    InstContext, ZiskInst, ZiskInstBuilder, ROM_ADDR, SRC_C, SRC_IMM, SRC_IND, SRC_MEM, SRC_REG,
    SRC_STEP, STORE_IND, STORE_MEM, STORE_NONE, STORE_REG, ZISKLIB_ROM_ADDR,
};

/// What the transpiler makes of `jalr`: the target with bit 0 cleared.
pub(crate) const JALR_MASK: u64 = !1;

/// Where an operand of a slow instruction comes from.
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

/// Where the result of a slow instruction goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Nothing,
    Register(u8),
    Memory(u64),
    Indirect(i64),
}

/// What a slow instruction means to the shadow call stack when it does not fall through.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Transfer {
    /// A jump: leaves the function if its target is in another.
    Jump,
    Call,
    Return,
}

/// An instruction kept in its official form, without its strings.
#[derive(Clone, Copy)]
pub(crate) struct SlowInst {
    pub(crate) op: u8,
    pub(crate) a: Operand,
    pub(crate) b: Operand,
    pub(crate) store: Target,
    pub(crate) width: u8,
    pub(crate) store_pc: bool,
    pub(crate) set_pc: bool,
    pub(crate) end: bool,
    pub(crate) precompile: bool,
    pub(crate) transfer: Transfer,
    pub(crate) jump_set: i64,
    pub(crate) jump_unset: i64,
    pub(crate) run: fn(&mut InstContext),
}

/// Sums over all instructions before an index, so that a straight run costs one subtraction.
/// They wrap; differences over a run are exact.
///
/// In order: opcode cost (as if no operation were frequent), RISC-V instructions, bytes read and bytes
/// written by instructions that are not precompiles; the order of `recorder::counter`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(16))]
pub(crate) struct StaticSum(pub(crate) [u32; 4]);

impl StaticSum {
    /// What lies between `self` and a later sum.
    pub(crate) fn until(&self, later: &StaticSum) -> [u64; 4] {
        std::array::from_fn(|at| u64::from(later.0[at].wrapping_sub(self.0[at])))
    }
}

/// A program in compact form.
pub(crate) struct Decoded {
    pub(crate) ops: Vec<MicroOp>,
    pub(crate) slow: Vec<SlowInst>,
    pub(crate) layout: Layout,
    pub(crate) functions: FunctionMap,
    /// Function of each instruction.
    pub(crate) function_of: Vec<u32>,
    /// One longer than `ops`.
    pub(crate) statics: Vec<StaticSum>,
    /// Official opcode of each instruction.
    pub(crate) opcodes: Vec<u8>,
    /// Address of the RISC-V instruction each instruction belongs to, or its own.
    pub(crate) source_pcs: Vec<u32>,
    /// No stretch without an unconditional jump is longer, in instructions.
    pub(crate) longest_run: u64,
}

/// Decodes a program; `functions` must cover every instruction.
pub(crate) fn decode(insts: &BTreeMap<u64, ZiskInstBuilder>, functions: FunctionMap) -> Decoded {
    let layout = Layout::new(insts);
    let in_order = in_layout_order(&layout, insts);
    let source_pcs: Vec<u32> = in_order
        .iter()
        .zip(&layout.pcs)
        .map(|(inst, &pc)| inst.external_ref_addr.map_or(pc, |source| source as u32))
        .collect();
    let function_of = functions.of_each(&source_pcs);
    let mut decoded = Decoded {
        ops: Vec::with_capacity(layout.len()),
        slow: Vec::new(),
        statics: Vec::with_capacity(layout.len() + 1),
        opcodes: Vec::with_capacity(layout.len()),
        layout,
        functions,
        function_of,
        source_pcs,
        longest_run: 0,
    };
    let mut run = 0;
    let mut sum = StaticSum::default();
    for (index, inst) in in_order.into_iter().enumerate() {
        let pc = u64::from(decoded.layout.pcs[index]);
        decoded.statics.push(sum);
        sum = add_static(sum, inst, riscv_instructions(insts, pc, inst));
        decoded.opcodes.push(inst.op);
        let op = decoded.micro_op(index as u32, pc, inst);
        run = if op.code.always_jumps() { 0 } else { run + 1 };
        decoded.longest_run = decoded.longest_run.max(run + 1);
        decoded.ops.push(op);
    }
    decoded.statics.push(sum);
    decoded
}

/// The instructions by index. One pass in address order: looking each up in the map costs more than
/// everything else here.
fn in_layout_order<'a>(
    layout: &Layout,
    insts: &'a BTreeMap<u64, ZiskInstBuilder>,
) -> Vec<&'a ZiskInst> {
    let Some(any) = insts.values().next() else {
        return Vec::new();
    };
    let mut in_order = vec![&any.i; layout.len()];
    for (&pc, builder) in insts {
        if let Some(index) = layout.index_of(pc) {
            in_order[index as usize] = &builder.i;
        }
    }
    in_order
}

fn add_static(sum: StaticSum, inst: &ZiskInst, instructions: u32) -> StaticSum {
    let mut read = 0;
    let mut written = 0;
    if inst.a_src == SRC_MEM {
        read += 8;
    }
    match inst.b_src {
        SRC_MEM => read += 8,
        SRC_IND => read += inst.ind_width as u32,
        _ => {}
    }
    match inst.store {
        STORE_MEM => written += 8,
        STORE_IND => written += inst.ind_width as u32,
        _ => {}
    }
    let added = [
        cost::opcode_cost(inst.op) as u32,
        instructions,
        read,
        written,
    ];
    StaticSum(std::array::from_fn(|at| sum.0[at].wrapping_add(added[at])))
}

/// How many RISC-V instructions retire with this one: those from its address up to where its
/// micro-instructions fall through to. 0 for micro-instructions and for code that isn't RISC-V.
fn riscv_instructions(insts: &BTreeMap<u64, ZiskInstBuilder>, pc: u64, inst: &ZiskInst) -> u32 {
    if pc & 1 == 1 || !(ROM_ADDR..ZISKLIB_ROM_ADDR).contains(&pc) {
        return 0;
    }
    // auipc + jalr in one step: the only copyb that carries the link register's number.
    if inst.op == ZiskOp::COPYB && !inst.set_pc && inst.meta_rd.is_some() {
        return 2;
    }
    let mut end = fall_through(pc, inst);
    for _ in 0..64 {
        match insts.get(&end) {
            Some(builder) if end & 1 == 1 => end = fall_through(end, &builder.i),
            _ => break,
        }
    }
    match end.wrapping_sub(pc) {
        8 => 2,
        12 => 3,
        _ => 1,
    }
}

impl Decoded {
    fn micro_op(&mut self, index: u32, pc: u64, inst: &ZiskInst) -> MicroOp {
        let fast = self
            .alu(index, pc, inst)
            .or_else(|| self.memory(index, pc, inst))
            .or_else(|| self.branch(index, pc, inst))
            .or_else(|| self.jump(index, pc, inst));
        match fast {
            Some(op) => op,
            None => {
                let target = self.slow.len() as u32;
                let slow = self.slow_inst(index, pc, inst);
                self.slow.push(slow);
                MicroOp {
                    code: Code::Slow,
                    rd: SINK,
                    ra: 0,
                    rb: 0,
                    target,
                    imm: 0,
                }
            }
        }
    }

    /// Whether an instruction always goes on to the next index, inside its function.
    fn is_sequential(&self, index: u32, pc: u64, inst: &ZiskInst) -> bool {
        !inst.set_pc
            && !inst.end
            && inst.jmp_offset1 == inst.jmp_offset2
            && self.goes_on(index, fall_through(pc, inst))
    }

    /// Whether `to` is the next index and in the same function.
    fn goes_on(&self, index: u32, to: u64) -> bool {
        self.layout.index_of(to) == Some(index + 1) && self.same_function(index, index + 1)
    }

    fn same_function(&self, one: u32, other: u32) -> bool {
        self.function_of[one as usize] == self.function_of[other as usize]
    }

    fn alu(&self, index: u32, pc: u64, inst: &ZiskInst) -> Option<MicroOp> {
        let code = alu_code(inst.op)?;
        if !self.is_sequential(index, pc, inst) || inst.store_pc {
            return None;
        }
        let rd = register_target(inst)?;
        // copyb never looks at a, whatever it is (but a read from memory costs).
        let ra = if inst.op == ZiskOp::COPYB && matches!(inst.a_src, SRC_C | SRC_IMM | SRC_STEP) {
            0
        } else {
            register_or_zero(inst.a_src, inst.a_offset_imm0, inst.a_use_sp_imm1)?
        };
        let (rb, imm) = register_or_immediate(inst)?;
        Some(MicroOp {
            code,
            rd,
            ra,
            rb,
            target: 0,
            imm,
        })
    }

    fn memory(&self, index: u32, pc: u64, inst: &ZiskInst) -> Option<MicroOp> {
        if !self.is_sequential(index, pc, inst) || inst.store_pc || inst.a_src != SRC_REG {
            return None;
        }
        let ra = inst.a_offset_imm0 as u8;
        if inst.b_src == SRC_IND && inst.b_use_sp_imm1 == 0 {
            let code = match (inst.op, inst.ind_width) {
                (ZiskOp::COPYB, 1) => Code::Load1,
                (ZiskOp::COPYB, 2) => Code::Load2,
                (ZiskOp::COPYB, 4) => Code::Load4,
                (ZiskOp::COPYB, 8) => Code::Load8,
                (ZiskOp::SIGNEXTEND_B, 1) => Code::LoadSigned1,
                (ZiskOp::SIGNEXTEND_H, 2) => Code::LoadSigned2,
                (ZiskOp::SIGNEXTEND_W, 4) => Code::LoadSigned4,
                _ => return None,
            };
            let rd = register_target(inst)?;
            return Some(MicroOp {
                code,
                rd,
                ra,
                rb: 0,
                target: 0,
                imm: inst.b_offset_imm0,
            });
        }
        if inst.store == STORE_IND && !inst.store_use_sp && inst.op == ZiskOp::COPYB {
            let rb = register_or_zero(inst.b_src, inst.b_offset_imm0, inst.b_use_sp_imm1)?;
            let code = match inst.ind_width {
                1 => Code::Store1,
                2 => Code::Store2,
                4 => Code::Store4,
                8 => Code::Store8,
                _ => return None,
            };
            let imm = inst.store_offset as u64;
            return Some(MicroOp {
                code,
                rd: SINK,
                ra,
                rb,
                target: 0,
                imm,
            });
        }
        None
    }

    fn branch(&self, index: u32, pc: u64, inst: &ZiskInst) -> Option<MicroOp> {
        if inst.set_pc || inst.end || inst.store != STORE_NONE {
            return None;
        }
        let (if_set, if_unset) = match inst.op {
            ZiskOp::EQ => (Code::BranchEq, Code::BranchNe),
            ZiskOp::LTU => (Code::BranchLtu, Code::BranchGeu),
            ZiskOp::LT => (Code::BranchLt, Code::BranchGe),
            _ => return None,
        };
        let set = pc.wrapping_add_signed(inst.jmp_offset1);
        let unset = pc.wrapping_add_signed(inst.jmp_offset2);
        let (code, to) = if self.goes_on(index, unset) {
            (if_set, set)
        } else if self.goes_on(index, set) {
            (if_unset, unset)
        } else {
            return None;
        };
        let target = self
            .layout
            .index_of(to)
            .filter(|to| self.same_function(index, *to))?;
        let ra = register_or_zero(inst.a_src, inst.a_offset_imm0, inst.a_use_sp_imm1)?;
        let (rb, imm) = register_or_immediate(inst)?;
        Some(MicroOp {
            code,
            rd: SINK,
            ra,
            rb,
            target,
            imm,
        })
    }

    fn jump(&self, index: u32, pc: u64, inst: &ZiskInst) -> Option<MicroOp> {
        if inst.end || matches!(inst.a_src, SRC_MEM) {
            return None;
        }
        match inst.op {
            ZiskOp::FLAG if !inst.set_pc && inst.b_src == SRC_IMM => {
                let target = self
                    .layout
                    .index_of(pc.wrapping_add_signed(inst.jmp_offset1))?;
                self.static_transfer(index, inst, target, fall_through(pc, inst), 0)
            }
            ZiskOp::COPYB if inst.b_src == SRC_IMM && inst.set_pc && inst.store == STORE_NONE => {
                let target = self.layout.index_of(static_jump_target(inst))?;
                let c = inst.b_offset_imm0 | (inst.b_use_sp_imm1 << 32);
                let op = MicroOp {
                    code: Code::Jump,
                    rd: SINK,
                    ra: 0,
                    rb: 0,
                    target,
                    imm: c,
                };
                self.same_function(index, target).then_some(op)
            }
            ZiskOp::COPYB if inst.b_src == SRC_IMM && !inst.set_pc && !inst.store_pc => {
                let links = inst.meta_rd.is_some_and(|rd| rd != 0) && inst.store == STORE_REG;
                let target = self.layout.index_of(fall_through(pc, inst))?;
                let link = inst.b_offset_imm0 | (inst.b_use_sp_imm1 << 32);
                let op = MicroOp {
                    code: Code::CallFused,
                    rd: inst.store_offset as u8,
                    ra: 0,
                    rb: 0,
                    target,
                    imm: link,
                };
                (links && self.is_call(index, target)).then_some(op)
            }
            ZiskOp::AND => self.indirect(pc, inst),
            _ => None,
        }
    }

    fn static_transfer(
        &self,
        index: u32,
        inst: &ZiskInst,
        target: u32,
        link: u64,
        c: u64,
    ) -> Option<MicroOp> {
        if inst.store == STORE_NONE {
            let op = MicroOp {
                code: Code::Jump,
                rd: SINK,
                ra: 0,
                rb: 0,
                target,
                imm: c,
            };
            return self.same_function(index, target).then_some(op);
        }
        if !inst.store_pc || inst.store != STORE_REG || !self.is_call(index, target) {
            return None;
        }
        let rd = inst.store_offset as u8;
        Some(MicroOp {
            code: Code::Call,
            rd,
            ra: 0,
            rb: 0,
            target,
            imm: link,
        })
    }

    /// A linking jump is a call if it enters a function: another one, or its own from the top.
    pub(crate) fn is_call(&self, from: u32, to: u32) -> bool {
        !self.same_function(from, to) || self.at_entry(to)
    }

    /// Whether an instruction is the first of its function.
    pub(crate) fn at_entry(&self, index: u32) -> bool {
        let function = self.function_of[index as usize] as usize;
        self.functions.functions[function].address
            == Some(u64::from(self.layout.pcs[index as usize]))
    }

    fn indirect(&self, pc: u64, inst: &ZiskInst) -> Option<MicroOp> {
        let mask = inst.a_offset_imm0 | (inst.a_use_sp_imm1 << 32);
        let is_jalr = inst.set_pc && inst.a_src == SRC_IMM && mask == JALR_MASK;
        if !is_jalr || inst.b_src != SRC_REG {
            return None;
        }
        let rb = inst.b_offset_imm0 as u8;
        let imm = inst.jmp_offset1 as u64;
        let (code, rd) = match inst.store {
            STORE_REG if inst.store_pc => (Code::CallIndirect, inst.store_offset as u8),
            STORE_NONE if returns(inst) => (Code::Return, SINK),
            STORE_NONE => (Code::JumpIndirect, SINK),
            _ => return None,
        };
        let target = fall_through(pc, inst) as u32;
        Some(MicroOp {
            code,
            rd,
            ra: 0,
            rb,
            target,
            imm,
        })
    }

    fn slow_inst(&self, index: u32, pc: u64, inst: &ZiskInst) -> SlowInst {
        let a_imm = inst.a_offset_imm0 | (inst.a_use_sp_imm1 << 32);
        let b_imm = inst.b_offset_imm0 | (inst.b_use_sp_imm1 << 32);
        // `use_sp` flags are not looked at: no instruction sets the machine's own stack pointer, so it
        // stays 0.
        SlowInst {
            op: inst.op,
            a: match inst.a_src {
                SRC_C => Operand::LastC,
                SRC_REG => Operand::Register(inst.a_offset_imm0 as u8),
                SRC_MEM => Operand::Memory(inst.a_offset_imm0),
                SRC_IMM => Operand::Immediate(a_imm),
                SRC_STEP => Operand::Step,
                _ => Operand::Invalid,
            },
            b: match inst.b_src {
                SRC_C => Operand::LastC,
                SRC_REG => Operand::Register(inst.b_offset_imm0 as u8),
                SRC_MEM => Operand::Memory(inst.b_offset_imm0),
                SRC_IMM => Operand::Immediate(b_imm),
                SRC_IND => Operand::Indirect(inst.b_offset_imm0 as i64),
                _ => Operand::Invalid,
            },
            store: match inst.store {
                STORE_REG => Target::Register(inst.store_offset as u8),
                STORE_MEM => Target::Memory(inst.store_offset as u64),
                STORE_IND => Target::Indirect(inst.store_offset),
                _ => Target::Nothing,
            },
            width: inst.ind_width as u8,
            store_pc: inst.store_pc,
            set_pc: inst.set_pc,
            end: inst.end,
            precompile: inst.input_size > 0,
            transfer: self.transfer(index, pc, inst),
            jump_set: inst.jmp_offset1,
            jump_unset: inst.jmp_offset2,
            run: inst.func,
        }
    }

    fn transfer(&self, index: u32, pc: u64, inst: &ZiskInst) -> Transfer {
        let links = inst.store == STORE_REG && inst.store_pc;
        let link_in_b = inst.op == ZiskOp::COPYB && inst.meta_rd.is_some_and(|rd| rd != 0);
        if links || (link_in_b && !inst.set_pc) {
            let to = if inst.set_pc {
                static_jump_target(inst)
            } else {
                pc.wrapping_add_signed(inst.jmp_offset1)
            };
            // A computed target is judged when it is known; a static one that stays inside its
            // function is a jump.
            let inside = inst.op != ZiskOp::AND
                && self
                    .layout
                    .index_of(to)
                    .is_some_and(|to| !self.is_call(index, to));
            if !inside {
                return Transfer::Call;
            }
        }
        if inst.op == ZiskOp::AND && inst.set_pc && returns(inst) {
            return Transfer::Return;
        }
        Transfer::Jump
    }
}

/// `jalr x0` through x1 or x5 is a return (RISC-V calling convention's link registers).
fn returns(inst: &ZiskInst) -> bool {
    inst.meta_rd.is_none_or(|rd| rd == 0) && matches!(inst.meta_rs1, Some(1 | 5))
}

fn register_target(inst: &ZiskInst) -> Option<u8> {
    match inst.store {
        STORE_NONE => Some(SINK),
        STORE_REG => Some(inst.store_offset as u8),
        _ => None,
    }
}

fn register_or_zero(source: u64, offset: u64, high: u64) -> Option<u8> {
    match source {
        SRC_REG => Some(offset as u8),
        SRC_IMM if offset == 0 && high == 0 => Some(0),
        _ => None,
    }
}

fn register_or_immediate(inst: &ZiskInst) -> Option<(u8, u64)> {
    match inst.b_src {
        SRC_REG => Some((inst.b_offset_imm0 as u8, 0)),
        SRC_IMM => Some((0, inst.b_offset_imm0 | (inst.b_use_sp_imm1 << 32))),
        _ => None,
    }
}
