//! The order in which instructions are laid out: one flat list in which falling through means
//! going to the next index.
//!
//! RISC-V code stands in address order; the extra micro-instructions of a RISC-V instruction
//! (which the transpiler puts at odd addresses) stand right behind it.

use crate::image::Inst;
use crate::official::{FLOAT_LIB_ROM_ADDR, ROM_ADDR, ROM_ENTRY, ROM_SIZE};
use rustc_hash::FxHashMap;

/// "No instruction here."
const NONE: u32 = u32::MAX;

/// Flat order of a program's instructions and the way back from an address.
pub(crate) struct Layout {
    /// Address of each instruction.
    pub(crate) pcs: Vec<u32>,
    bios: Vec<u32>,
    program: Vec<u32>,
    others: FxHashMap<u64, u32>,
}

impl Layout {
    /// Lays a program out: index `n` is the `n`th instruction.
    pub(crate) fn new(insts: &[Inst]) -> Self {
        let mut layout = Layout {
            pcs: Vec::with_capacity(insts.len()),
            bios: Vec::new(),
            program: Vec::new(),
            others: FxHashMap::default(),
        };
        for inst in insts {
            layout.place(inst.pc());
        }
        layout
    }

    fn place(&mut self, pc: u64) {
        let index = self.pcs.len() as u32;
        self.pcs.push(pc as u32);
        match slot(pc) {
            Slot::Bios(at) => put(&mut self.bios, at, index),
            Slot::Program(at) => put(&mut self.program, at, index),
            Slot::Other => {
                self.others.insert(pc, index);
            }
        }
    }

    /// Index of the instruction at an address.
    #[inline]
    pub(crate) fn index_of(&self, pc: u64) -> Option<u32> {
        let index = match slot(pc) {
            Slot::Program(at) => self.program.get(at).copied(),
            Slot::Bios(at) => self.bios.get(at).copied(),
            Slot::Other => self.others.get(&pc).copied(),
        };
        index.filter(|index| *index != NONE)
    }
}

enum Slot {
    Bios(usize),
    Program(usize),
    Other,
}

#[inline]
fn slot(pc: u64) -> Slot {
    if pc & 3 != 0 {
        Slot::Other
    } else if pc.wrapping_sub(ROM_ADDR) < ROM_SIZE {
        // The library's window lies 126 MiB in; a dense table up to there would be large.
        if pc < FLOAT_LIB_ROM_ADDR - (1 << 20) {
            Slot::Program(((pc - ROM_ADDR) >> 2) as usize)
        } else {
            Slot::Other
        }
    } else if pc.wrapping_sub(ROM_ENTRY) < 1 << 20 {
        Slot::Bios(((pc - ROM_ENTRY) >> 2) as usize)
    } else {
        Slot::Other
    }
}

fn put(table: &mut Vec<u32>, at: usize, index: u32) {
    if table.len() <= at {
        table.resize(at + 1, NONE);
    }
    table[at] = index;
}
