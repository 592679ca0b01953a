//! Translates a page of decoded instructions to machine code.

use super::assembler::{Assembler, Condition, Host, ImmOp, Jump, Op, Shift};
use super::Exit;
use crate::code::NOWHERE;
use crate::decode::{Inst, Kind};
use crate::pager::AccessBits;
use crate::rules::PAGE_BYTES;

/// A translated page.
pub(super) struct Translation {
    pub(super) code: Vec<u8>,
    /// Where the code of each slot begins, if it can be entered there.
    pub(super) entries: Vec<Option<usize>>,
}

/// Whether translated code can be entered at an instruction: it computes, loads or stores.
fn can_enter(kind: Kind) -> bool {
    kind.computes() && !matches!(kind, Kind::Div | Kind::Divu | Kind::Rem | Kind::Remu)
        || kind.is_access()
}

/// Translates instructions that follow each other; the first has the slot `first_slot`. The last must be
/// one that cannot be entered.
pub(super) fn translate(insts: &[Inst], first_slot: usize, bits: AccessBits) -> Translation {
    let mut translator = Translator {
        assembler: Assembler::default(),
        bits,
        exits: Vec::new(),
    };
    let mut entries = vec![None; insts.len()];
    // Whether the code so far runs on to what comes next.
    let mut runs_on = false;
    for (at, inst) in insts.iter().enumerate() {
        let slot = first_slot + at;
        if can_enter(inst.kind) {
            entries[at] = Some(translator.assembler.here());
            translator.instruction(*inst, slot);
            runs_on = true;
        } else if runs_on {
            runs_on = inst.kind.is_branch();
            if runs_on {
                translator.branch(*inst, slot);
            } else {
                translator.assembler.return_value(Exit::before(slot).0);
            }
        }
    }
    Translation {
        code: translator.finish(),
        entries,
    }
}

struct Translator {
    assembler: Assembler,
    bits: AccessBits,
    /// Jumps out of the code that the ends of its runs do not belong to.
    exits: Vec<(Jump, Exit)>,
}

impl Translator {
    fn finish(mut self) -> Vec<u8> {
        for (jump, exit) in self.exits {
            self.assembler.land(jump);
            self.assembler.return_value(exit.0);
        }
        self.assembler.bytes().to_vec()
    }

    fn exit_if(&mut self, condition: Condition, exit: Exit) {
        let jump = self.assembler.jump_if(condition);
        self.exits.push((jump, exit));
    }

    fn instruction(&mut self, inst: Inst, slot: usize) {
        match inst.kind {
            Kind::Lb => self.load(inst, slot, 1, &[0x0f, 0xbe]),
            Kind::Lbu => self.load(inst, slot, 1, &[0x0f, 0xb6]),
            Kind::Lh => self.load(inst, slot, 2, &[0x0f, 0xbf]),
            Kind::Lhu => self.load(inst, slot, 2, &[0x0f, 0xb7]),
            Kind::Lw => self.load(inst, slot, 4, &[0x8b]),
            Kind::Sb => self.store(inst, slot, 1, &[0x88]),
            Kind::Sh => self.store(inst, slot, 2, &[0x66, 0x89]),
            Kind::Sw => self.store(inst, slot, 4, &[0x89]),
            // Nothing but `rd` would change.
            _ if inst.rd == NOWHERE => {}
            _ => self.compute(inst),
        }
    }

    fn compute(&mut self, inst: Inst) {
        match inst.kind {
            Kind::Add => self.binary(inst, Op::Add),
            Kind::Sub => self.binary(inst, Op::Sub),
            Kind::Xor => self.binary(inst, Op::Xor),
            Kind::Or => self.binary(inst, Op::Or),
            Kind::And => self.binary(inst, Op::And),
            Kind::Sll => self.shift_by_register(inst, Shift::Left),
            Kind::Srl => self.shift_by_register(inst, Shift::Right),
            Kind::Sra => self.shift_by_register(inst, Shift::RightSigned),
            Kind::Slt => self.set_if(inst, Condition::Less),
            Kind::Sltu => self.set_if(inst, Condition::Below),
            Kind::Addi => self.binary_value(inst, ImmOp::Add),
            Kind::Xori => self.binary_value(inst, ImmOp::Xor),
            Kind::Ori => self.binary_value(inst, ImmOp::Or),
            Kind::Andi => self.binary_value(inst, ImmOp::And),
            Kind::Slli => self.shift(inst, Shift::Left),
            Kind::Srli => self.shift(inst, Shift::Right),
            Kind::Srai => self.shift(inst, Shift::RightSigned),
            Kind::Slti => self.set_if_value(inst, Condition::Less),
            Kind::Sltiu => self.set_if_value(inst, Condition::Below),
            Kind::Lui | Kind::Auipc => self.assembler.put_value(inst.rd, inst.imm),
            Kind::Mul => {
                self.assembler.op(Op::Mov, Host::A, inst.rs1);
                self.assembler.multiply(inst.rs2);
                self.assembler.put(inst.rd, Host::A);
            }
            Kind::Mulh => self.multiply_high(inst, true, true),
            Kind::Mulhsu => self.multiply_high(inst, true, false),
            Kind::Mulhu => self.multiply_high(inst, false, false),
            other => unreachable!("{other:?} does not compute"),
        }
    }

    fn binary(&mut self, inst: Inst, op: Op) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.op(op, Host::A, inst.rs2);
        self.assembler.put(inst.rd, Host::A);
    }

    fn binary_value(&mut self, inst: Inst, op: ImmOp) {
        if inst.rs1 == 0 && op == ImmOp::Add {
            return self.assembler.put_value(inst.rd, inst.imm);
        }
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        if inst.imm != 0 || op == ImmOp::And {
            self.assembler.op_value(op, inst.imm);
        }
        self.assembler.put(inst.rd, Host::A);
    }

    fn shift(&mut self, inst: Inst, shift: Shift) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.shift(shift, inst.imm as u8);
        self.assembler.put(inst.rd, Host::A);
    }

    fn shift_by_register(&mut self, inst: Inst, shift: Shift) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.op(Op::Mov, Host::C, inst.rs2);
        self.assembler.shift_by_c(shift);
        self.assembler.put(inst.rd, Host::A);
    }

    fn set_if(&mut self, inst: Inst, condition: Condition) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.op(Op::Cmp, Host::A, inst.rs2);
        self.assembler.set_c(condition);
        self.assembler.put(inst.rd, Host::C);
    }

    fn set_if_value(&mut self, inst: Inst, condition: Condition) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.op_value(ImmOp::Cmp, inst.imm);
        self.assembler.set_c(condition);
        self.assembler.put(inst.rd, Host::C);
    }

    fn multiply_high(&mut self, inst: Inst, signed1: bool, signed2: bool) {
        for (host, register, signed) in [(Host::A, inst.rs1, signed1), (Host::C, inst.rs2, signed2)]
        {
            if signed {
                self.assembler.get_signed(host, register);
            } else {
                self.assembler.op(Op::Mov, host, register);
            }
        }
        self.assembler.multiply_high();
        self.assembler.put(inst.rd, Host::A);
    }

    /// Leaves the address of an access in eax, or leaves the code if it needs the careful step.
    fn address(&mut self, inst: Inst, slot: usize, size: u8, page_bits: u8) {
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        if inst.imm != 0 {
            self.assembler.op_value(ImmOp::Add, inst.imm);
        }
        let page_shift = PAGE_BYTES.trailing_zeros() as u8;
        self.assembler.test_page(page_shift, page_bits);
        self.exit_if(Condition::Equal, Exit::blocked(slot));
        if size > 1 {
            self.assembler.test_low_bits(size - 1);
            self.exit_if(Condition::NotEqual, Exit::blocked(slot));
        }
    }

    fn load(&mut self, inst: Inst, slot: usize, size: u8, opcode: &[u8]) {
        self.address(inst, slot, size, self.bits.load);
        if inst.rd != NOWHERE {
            self.assembler.load(opcode);
            self.assembler.put(inst.rd, Host::A);
        }
    }

    fn store(&mut self, inst: Inst, slot: usize, size: u8, opcode: &[u8]) {
        self.address(inst, slot, size, self.bits.store);
        self.assembler.op(Op::Mov, Host::C, inst.rs2);
        self.assembler.store(opcode);
    }

    /// Runs on if a branch is not taken; leaves the code before it if it is.
    fn branch(&mut self, inst: Inst, slot: usize) {
        let taken = match inst.kind {
            Kind::Beq => Condition::Equal,
            Kind::Bne => Condition::NotEqual,
            Kind::Blt => Condition::Less,
            Kind::Bge => Condition::NotLess,
            Kind::Bltu => Condition::Below,
            _ => Condition::NotBelow,
        };
        self.assembler.op(Op::Mov, Host::A, inst.rs1);
        self.assembler.op(Op::Cmp, Host::A, inst.rs2);
        self.exit_if(taken, Exit::before(slot));
    }
}
