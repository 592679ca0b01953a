//! The zkVMs, as far as a call structure sees them: where code stands, what starts and ends a run.

use super::text::Source;
use super::Built;
use crate::asm::{Asm, RAM_ADDR, STACK_TOP};
use crate::inst::{Reg, GP, SP};
use crate::risc0::frame as risc0;
use crate::sp1::frame as sp1;
use crate::target::{Target, ZISK_1_4_0};

/// A zkVM that guests are made for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// ZisK, 64 bits, at a version.
    Zisk(Target),
    /// SP1, 64 bits.
    Sp1,
    /// RISC Zero, 32 bits.
    Risc0,
}

/// The newest version of each.
pub const MACHINES: [Machine; 3] = [Machine::Zisk(ZISK_1_4_0), Machine::Sp1, Machine::Risc0];

impl Machine {
    /// `_start` sets stack pointer and `gp` (scratch memory), calls `main`, and ends the run.
    pub(super) fn build(self, source: &str) -> Built {
        let mut a = match self {
            Machine::Zisk(target) => Asm::on(target),
            Machine::Sp1 => Asm::at(sp1::CODE),
            Machine::Risc0 => Asm::at(risc0::CODE),
        };
        let mut source = Source::new(source, self);
        let start = a.here();
        a.func("_start");
        match self {
            Machine::Zisk(_) => {
                a.li(SP, STACK_TOP);
                a.li(GP, RAM_ADDR);
                source.call_main(&mut a);
                a.exit(0);
            }
            Machine::Sp1 => {
                a.li(SP, sp1::CODE);
                a.li(GP, sp1::SCRATCH);
                source.call_main(&mut a);
                sp1::halt(&mut a, 0);
            }
            Machine::Risc0 => {
                a.li32(SP, risc0::STACK);
                a.li32(GP, risc0::DATA);
                source.call_main(&mut a);
                risc0::halt(&mut a, 0, 0);
            }
        }
        let start_instructions = (a.here() - start) / 4;
        let marks = source.assemble(&mut a);
        let elf = match self {
            Machine::Zisk(_) => a.elf(),
            Machine::Sp1 => {
                a.readable_code();
                a.elf()
            }
            Machine::Risc0 => {
                a.rw(u64::from(risc0::DATA), vec![0; 4], 64 << 10);
                a.ro(risc0::NAMES, vec![1; 64]);
                a.elf32()
            }
        };
        Built {
            elf,
            marks,
            start_instructions,
        }
    }

    /// Whether ISA registers have 64 bits.
    fn is_wide(self) -> bool {
        self != Machine::Risc0
    }

    /// Loads a register from memory.
    pub(super) fn load(self, a: &mut Asm, rd: Reg, base: Reg, offset: i32) {
        a.load(if self.is_wide() { "ld" } else { "lw" }, rd, base, offset);
    }

    /// Stores a register to memory.
    pub(super) fn store(self, a: &mut Asm, rs: Reg, base: Reg, offset: i32) {
        a.store(if self.is_wide() { "sd" } else { "sw" }, rs, base, offset);
    }
}
