//! From the program image to the compact form the step loop runs.

use crate::cost;
use crate::functions::FunctionMap;
use crate::image::{Inst, Operand, Target};
use crate::layout::Layout;
use crate::micro::{alu_code, Code, MicroOp, SINK};
use crate::official::{InstContext, ZiskOp};

/// What the transpiler makes of `jalr`: the target with bit 0 cleared.
pub(crate) const JALR_MASK: u64 = !1;

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
/// In the order of `recorder::counter`: opcode cost (as if no operation were frequent), RISC-V
/// instructions, bytes read and bytes written by instructions that are not precompiles, steps, the
/// expected cost of loads and stores (`Code::expected_memory_cost`), and two that stay 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(align(32))]
pub(crate) struct StaticSum(pub(crate) [u32; StaticSum::LANES]);

impl StaticSum {
    pub(crate) const LANES: usize = 8;

    /// What lies between `self` and a later sum.
    #[inline(always)]
    pub(crate) fn until(&self, later: &StaticSum) -> [u32; Self::LANES] {
        std::array::from_fn(|at| later.0[at].wrapping_sub(self.0[at]))
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

/// Decodes a program; `layout` and `functions` are of these instructions.
pub(crate) fn decode(insts: &[Inst], layout: Layout, functions: FunctionMap) -> Decoded {
    let source_pcs: Vec<u32> = insts.iter().map(|inst| inst.source).collect();
    let function_of = functions.of_each(&source_pcs);
    let mut decoded = Decoded {
        ops: Vec::with_capacity(insts.len()),
        slow: Vec::new(),
        statics: Vec::with_capacity(insts.len() + 1),
        opcodes: Vec::with_capacity(insts.len()),
        layout,
        functions,
        function_of,
        source_pcs,
        longest_run: 0,
    };
    let mut run = 0;
    let mut sum = StaticSum::default();
    for (index, inst) in insts.iter().enumerate() {
        decoded.opcodes.push(inst.op);
        let op = decoded.micro_op(index as u32, inst);
        decoded.statics.push(sum);
        sum = add_static(sum, inst, op.code);
        run = if op.code.always_jumps() { 0 } else { run + 1 };
        decoded.longest_run = decoded.longest_run.max(run + 1);
        decoded.ops.push(op);
    }
    decoded.statics.push(sum);
    decoded
}

fn add_static(sum: StaticSum, inst: &Inst, code: Code) -> StaticSum {
    let bytes = |operand| match operand {
        Operand::Memory(_) => 8,
        Operand::Indirect(_) => u32::from(inst.width),
        _ => 0,
    };
    let written = match inst.store {
        Target::Memory(_) => 8,
        Target::Indirect(_) => u32::from(inst.width),
        _ => 0,
    };
    let added = [
        cost::opcode_cost(inst.op) as u32,
        u32::from(inst.instructions),
        bytes(inst.a) + bytes(inst.b),
        written,
        1,
        code.expected_memory_cost() as u32,
        0,
        0,
    ];
    StaticSum(std::array::from_fn(|at| sum.0[at].wrapping_add(added[at])))
}

impl MicroOp {
    /// An operation without target and immediate.
    fn new(code: Code, rd: u8, ra: u8, rb: u8) -> Self {
        Self {
            code,
            rd,
            ra,
            rb,
            target: 0,
            imm: 0,
        }
    }

    fn imm(self, imm: u64) -> Self {
        Self { imm, ..self }
    }

    fn target(self, target: u32) -> Self {
        Self { target, ..self }
    }
}

impl Decoded {
    fn micro_op(&mut self, index: u32, inst: &Inst) -> MicroOp {
        let fast = self
            .alu(index, inst)
            .or_else(|| self.memory(index, inst))
            .or_else(|| self.branch(index, inst))
            .or_else(|| self.jump(index, inst));
        fast.unwrap_or_else(|| {
            let slow = self.slow_inst(index, inst);
            self.slow.push(slow);
            MicroOp::new(Code::Slow, SINK, 0, 0).target(self.slow.len() as u32 - 1)
        })
    }

    /// Whether an instruction always goes on to the next index, inside its function.
    fn is_sequential(&self, index: u32, inst: &Inst) -> bool {
        !inst.set_pc
            && !inst.end
            && inst.jump_set == inst.jump_unset
            && self.goes_on(index, inst.fall_through())
    }

    /// Whether `to` is the next index and in the same function.
    fn goes_on(&self, index: u32, to: u64) -> bool {
        self.layout.index_of(to) == Some(index + 1) && self.same_function(index, index + 1)
    }

    fn same_function(&self, one: u32, other: u32) -> bool {
        self.function_of[one as usize] == self.function_of[other as usize]
    }

    fn alu(&self, index: u32, inst: &Inst) -> Option<MicroOp> {
        let code = alu_code(inst.op)?;
        if !self.is_sequential(index, inst) || inst.store_pc {
            return None;
        }
        let rd = register_target(inst)?;
        // copyb never looks at a, whatever it is (but a read from memory costs).
        let ra = match inst.a {
            Operand::LastC | Operand::Immediate(_) | Operand::Step if inst.op == ZiskOp::COPYB => 0,
            a => register_or_zero(a)?,
        };
        let (rb, imm) = register_or_immediate(inst)?;
        Some(MicroOp::new(code, rd, ra, rb).imm(imm))
    }

    fn memory(&self, index: u32, inst: &Inst) -> Option<MicroOp> {
        let Operand::Register(ra) = inst.a else {
            return None;
        };
        if !self.is_sequential(index, inst) || inst.store_pc {
            return None;
        }
        if let Operand::Indirect(offset) = inst.b {
            let code = match (inst.op, inst.width) {
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
            return Some(MicroOp::new(code, rd, ra, 0).imm(offset as u64));
        }
        let Target::Indirect(offset) = inst.store else {
            return None;
        };
        let code = match (inst.op, inst.width) {
            (ZiskOp::COPYB, 1) => Code::Store1,
            (ZiskOp::COPYB, 2) => Code::Store2,
            (ZiskOp::COPYB, 4) => Code::Store4,
            (ZiskOp::COPYB, 8) => Code::Store8,
            _ => return None,
        };
        let rb = register_or_zero(inst.b)?;
        Some(MicroOp::new(code, SINK, ra, rb).imm(offset as u64))
    }

    fn branch(&self, index: u32, inst: &Inst) -> Option<MicroOp> {
        if inst.set_pc || inst.end || inst.store != Target::Nothing {
            return None;
        }
        let (if_set, if_unset) = match inst.op {
            ZiskOp::EQ => (Code::BranchEq, Code::BranchNe),
            ZiskOp::LTU => (Code::BranchLtu, Code::BranchGeu),
            ZiskOp::LT => (Code::BranchLt, Code::BranchGe),
            _ => return None,
        };
        let (set, unset) = (inst.flag_target(), inst.fall_through());
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
        let ra = register_or_zero(inst.a)?;
        let (rb, imm) = register_or_immediate(inst)?;
        Some(MicroOp::new(code, SINK, ra, rb).imm(imm).target(target))
    }

    fn jump(&self, index: u32, inst: &Inst) -> Option<MicroOp> {
        if inst.end || matches!(inst.a, Operand::Memory(_)) {
            return None;
        }
        match (inst.op, inst.b) {
            (ZiskOp::FLAG, Operand::Immediate(_)) if !inst.set_pc => self.jal(index, inst),
            (ZiskOp::COPYB, Operand::Immediate(c))
                if inst.set_pc && inst.store == Target::Nothing =>
            {
                let target = self.layout.index_of(inst.static_jump_target()?)?;
                let op = MicroOp::new(Code::Jump, SINK, 0, 0).imm(c).target(target);
                self.same_function(index, target).then_some(op)
            }
            (ZiskOp::COPYB, Operand::Immediate(link)) if !inst.set_pc && !inst.store_pc => {
                let Target::Register(rd) = inst.store else {
                    return None;
                };
                let target = self.layout.index_of(inst.fall_through())?;
                let op = MicroOp::new(Code::CallFused, rd, 0, 0)
                    .imm(link)
                    .target(target);
                let links = inst.rd.is_some_and(|rd| rd != 0);
                (links && self.is_call(index, target)).then_some(op)
            }
            (ZiskOp::AND, Operand::Register(rb)) => indirect(inst, rb),
            _ => None,
        }
    }

    /// `jal`: a jump inside its function, or a call.
    fn jal(&self, index: u32, inst: &Inst) -> Option<MicroOp> {
        let target = self.layout.index_of(inst.flag_target())?;
        match inst.store {
            Target::Nothing => {
                let op = MicroOp::new(Code::Jump, SINK, 0, 0).target(target);
                self.same_function(index, target).then_some(op)
            }
            Target::Register(rd) if inst.store_pc && self.is_call(index, target) => {
                let op = MicroOp::new(Code::Call, rd, 0, 0).target(target);
                Some(op.imm(inst.fall_through()))
            }
            _ => None,
        }
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

    fn slow_inst(&self, index: u32, inst: &Inst) -> SlowInst {
        SlowInst {
            op: inst.op,
            a: inst.a,
            b: inst.b,
            store: inst.store,
            width: inst.width,
            store_pc: inst.store_pc,
            set_pc: inst.set_pc,
            end: inst.end,
            precompile: inst.precompile,
            transfer: self.transfer(index, inst),
            jump_set: inst.jump_set,
            jump_unset: inst.jump_unset,
            run: inst.run,
        }
    }

    fn transfer(&self, index: u32, inst: &Inst) -> Transfer {
        let links = matches!(inst.store, Target::Register(_)) && inst.store_pc;
        let link_in_b = inst.op == ZiskOp::COPYB && inst.rd.is_some_and(|rd| rd != 0);
        if links || (link_in_b && !inst.set_pc) {
            let to = if inst.set_pc {
                inst.static_jump_target()
            } else {
                Some(inst.flag_target())
            };
            // A computed target is judged when it is known; a static one that stays inside its
            // function is a jump.
            let inside = inst.op != ZiskOp::AND
                && to
                    .and_then(|to| self.layout.index_of(to))
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

/// A jump through register `rb`.
fn indirect(inst: &Inst, rb: u8) -> Option<MicroOp> {
    if !inst.set_pc || inst.a != Operand::Immediate(JALR_MASK) {
        return None;
    }
    let (code, rd) = match inst.store {
        Target::Register(rd) if inst.store_pc => (Code::CallIndirect, rd),
        Target::Nothing if returns(inst) => (Code::Return, SINK),
        Target::Nothing => (Code::JumpIndirect, SINK),
        _ => return None,
    };
    let op = MicroOp::new(code, rd, 0, rb).imm(inst.jump_set as u64);
    Some(op.target(inst.fall_through() as u32))
}

/// `jalr x0` through x1 or x5 is a return (RISC-V calling convention's link registers).
fn returns(inst: &Inst) -> bool {
    inst.rd.is_none_or(|rd| rd == 0) && matches!(inst.rs1, Some(1 | 5))
}

fn register_target(inst: &Inst) -> Option<u8> {
    match inst.store {
        Target::Nothing => Some(SINK),
        Target::Register(rd) => Some(rd),
        _ => None,
    }
}

fn register_or_zero(operand: Operand) -> Option<u8> {
    match operand {
        Operand::Register(register) => Some(register),
        Operand::Immediate(0) => Some(0),
        _ => None,
    }
}

fn register_or_immediate(inst: &Inst) -> Option<(u8, u64)> {
    match inst.b {
        Operand::Register(register) => Some((register, 0)),
        Operand::Immediate(value) => Some((0, value)),
        _ => None,
    }
}
