//! Translates a page of decoded instructions to machine code.

use super::assembler::{Assembler, Base, Condition, Host, ImmOp, Jump, Op, Shift};
use super::{Cause, Exit};
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

/// Whether translated code can be entered at an instruction: it computes, loads or stores. Divisions are
/// too rare to be worth their corner cases.
fn can_enter(kind: Kind) -> bool {
    (Kind::Add..=Kind::Mulhu).contains(&kind) || (Kind::Lb..=Kind::Sw).contains(&kind)
}

/// Translates instructions that follow each other; the first has the slot `first_slot`. The last must be
/// one that cannot be entered.
pub(super) fn translate(insts: &[Inst], first_slot: usize, bits: AccessBits) -> Translation {
    let mut translator = Translator {
        assembler: Assembler::default(),
        bits,
        held: Held::default(),
        exits: Vec::new(),
        side_entries: Vec::new(),
    };
    let mut entries = vec![None; insts.len()];
    // Whether the code so far runs on to what comes next.
    let mut runs_on = false;
    for (at, inst) in insts.iter().enumerate() {
        let slot = first_slot + at;
        if can_enter(inst.kind) {
            entries[at] = Some(translator.assembler.here());
            translator.note_entry(at);
            translator.instruction(*inst, slot);
            runs_on = true;
        } else if runs_on {
            runs_on = inst.kind.is_branch();
            if runs_on {
                translator.branch(*inst, slot);
            } else {
                translator
                    .assembler
                    .return_value(Exit::at(slot, Cause::EndOfCode).0);
                translator.held = Held::default();
            }
        }
    }
    translator.finish_exits();
    translator.finish_entries(&mut entries);
    Translation {
        code: translator.assembler.into_bytes(),
        entries,
    }
}

/// Guest registers whose values are in host registers, too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Held {
    /// In rax.
    a: Option<u8>,
    /// In r9.
    base: Option<u8>,
}

/// An instruction whose code counts on what is held.
struct SideEntry {
    at: usize,
    held: Held,
    code: usize,
}

struct Translator {
    assembler: Assembler,
    bits: AccessBits,
    held: Held,
    /// Jumps out of the code that the ends of its runs do not belong to.
    exits: Vec<(Jump, Exit)>,
    side_entries: Vec<SideEntry>,
}

impl Translator {
    fn finish_exits(&mut self) {
        for (jump, exit) in self.exits.drain(..) {
            self.assembler.land(jump);
            self.assembler.return_value(exit.0);
        }
    }

    /// Whoever enters where something is held brings it along first.
    fn finish_entries(&mut self, entries: &mut [Option<usize>]) {
        for SideEntry { at, held, code } in self.side_entries.drain(..) {
            entries[at] = Some(self.assembler.here());
            if let Some(register) = held.a {
                self.assembler.op(Op::Mov, Host::A, register);
            }
            if let Some(register) = held.base {
                self.assembler.get_base(register);
            }
            self.assembler.jump_back(code);
        }
    }

    fn note_entry(&mut self, at: usize) {
        if self.held != Held::default() {
            self.side_entries.push(SideEntry {
                at,
                held: self.held,
                code: self.assembler.here(),
            });
        }
    }

    /// Brings a guest register to rax.
    fn get(&mut self, register: u8) {
        if self.held.a != Some(register) {
            self.assembler.op(Op::Mov, Host::A, register);
            self.held.a = Some(register);
        }
    }

    /// Sets a guest register to what is in rax.
    fn put(&mut self, register: u8) {
        self.assembler.put(register, Host::A);
        self.changed(register);
        self.held.a = Some(register);
    }

    /// Forgets a register that was set by other means.
    fn changed(&mut self, register: u8) {
        for held in [&mut self.held.a, &mut self.held.base] {
            *held = held.filter(|held| *held != register);
        }
    }

    /// The operands of an operation that takes them in any order, what is held first.
    fn any_order(&self, inst: Inst) -> (u8, u8) {
        if self.held.a == Some(inst.rs2) {
            (inst.rs2, inst.rs1)
        } else {
            (inst.rs1, inst.rs2)
        }
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
            Kind::Lui | Kind::Auipc => self.put_value(inst),
            Kind::Mul => {
                let (first, second) = self.any_order(inst);
                self.get(first);
                self.assembler.multiply(second);
                self.put(inst.rd);
            }
            Kind::Mulh => self.multiply_high(inst, true, true),
            Kind::Mulhsu => self.multiply_high(inst, true, false),
            Kind::Mulhu => self.multiply_high(inst, false, false),
            other => unreachable!("{other:?} does not compute"),
        }
    }

    fn binary(&mut self, inst: Inst, op: Op) {
        let (first, second) = match op {
            Op::Sub => (inst.rs1, inst.rs2),
            _ => self.any_order(inst),
        };
        self.get(first);
        self.assembler.op(op, Host::A, second);
        self.put(inst.rd);
    }

    fn binary_value(&mut self, inst: Inst, op: ImmOp) {
        if inst.rs1 == 0 && op == ImmOp::Add {
            return self.put_value(inst);
        }
        self.get(inst.rs1);
        if inst.imm != 0 || op == ImmOp::And {
            self.assembler.op_value(op, inst.imm);
        }
        self.put(inst.rd);
    }

    fn put_value(&mut self, inst: Inst) {
        self.assembler.put_value(inst.rd, inst.imm);
        self.changed(inst.rd);
    }

    fn shift(&mut self, inst: Inst, shift: Shift) {
        self.get(inst.rs1);
        self.assembler.shift(shift, inst.imm as u8);
        self.put(inst.rd);
    }

    fn shift_by_register(&mut self, inst: Inst, shift: Shift) {
        self.get(inst.rs1);
        self.assembler.op(Op::Mov, Host::C, inst.rs2);
        self.assembler.shift_by_c(shift);
        self.put(inst.rd);
    }

    fn set_if(&mut self, inst: Inst, condition: Condition) {
        self.get(inst.rs1);
        self.assembler.op(Op::Cmp, Host::A, inst.rs2);
        self.set(inst.rd, condition);
    }

    fn set_if_value(&mut self, inst: Inst, condition: Condition) {
        self.get(inst.rs1);
        self.assembler.op_value(ImmOp::Cmp, inst.imm);
        self.set(inst.rd, condition);
    }

    fn set(&mut self, register: u8, condition: Condition) {
        self.assembler.set_c(condition);
        self.assembler.put(register, Host::C);
        self.changed(register);
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
        self.put(inst.rd);
    }

    /// Leaves the address of an access in ecx, or leaves the code if it needs the careful step.
    fn address(&mut self, inst: Inst, slot: usize, size: u8, page_bits: u8) {
        if self.held.a == Some(inst.rs1) {
            self.assembler.address(Base::A, inst.imm);
        } else {
            if self.held.base != Some(inst.rs1) {
                self.assembler.get_base(inst.rs1);
                self.held.base = Some(inst.rs1);
            }
            self.assembler.address(Base::Held, inst.imm);
        }
        let page_shift = PAGE_BYTES.trailing_zeros() as u8;
        self.assembler.test_page(page_shift, page_bits);
        self.exit_if(Condition::Equal, Exit::at(slot, Cause::Blocked));
        if size > 1 {
            self.assembler.test_low_bits(size - 1);
            self.exit_if(Condition::NotEqual, Exit::at(slot, Cause::Blocked));
        }
    }

    fn load(&mut self, inst: Inst, slot: usize, size: u8, opcode: &[u8]) {
        self.address(inst, slot, size, self.bits.load);
        if inst.rd != NOWHERE {
            self.assembler.access(opcode);
            self.put(inst.rd);
        }
    }

    fn store(&mut self, inst: Inst, slot: usize, size: u8, opcode: &[u8]) {
        self.address(inst, slot, size, self.bits.store);
        self.get(inst.rs2);
        self.assembler.access(opcode);
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
        self.get(inst.rs1);
        self.assembler.op(Op::Cmp, Host::A, inst.rs2);
        self.exit_if(taken, Exit::at(slot, Cause::Taken));
    }
}
