//! The order in which instructions are laid out: one flat list in which falling through means
//! going to the next index.
//!
//! RISC-V code stands in address order; the extra micro-instructions of a RISC-V instruction
//! (which the transpiler puts at odd addresses) stand right behind it.

use rustc_hash::FxHashMap;
use std::collections::BTreeMap;
use zisk_core::{ZiskInst, ZiskInstBuilder, FLOAT_LIB_ROM_ADDR, ROM_ADDR, ROM_ENTRY, ROM_SIZE};

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
    /// Lays a program out.
    pub(crate) fn new(insts: &BTreeMap<u64, ZiskInstBuilder>) -> Self {
        let mut layout = Layout {
            pcs: Vec::with_capacity(insts.len()),
            bios: Vec::new(),
            program: Vec::new(),
            others: FxHashMap::default(),
        };
        for (&pc, builder) in insts {
            if pc & 1 == 1 {
                continue;
            }
            layout.place(pc);
            let mut next = fall_through(pc, &builder.i);
            while next & 1 == 1 && layout.index_of(next).is_none() {
                let Some(builder) = insts.get(&next) else {
                    break;
                };
                layout.place(next);
                next = fall_through(next, &builder.i);
            }
        }
        for &pc in insts.keys() {
            if layout.index_of(pc).is_none() {
                layout.place(pc);
            }
        }
        layout
    }

    fn place(&mut self, pc: u64) {
        let index = self.pcs.len() as u32;
        // The official memory map ends below 2^32 (zisk_core::RAM_ADDR + RAM_SIZE).
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

    /// Number of instructions.
    pub(crate) fn len(&self) -> usize {
        self.pcs.len()
    }
}

/// Address an instruction goes to when its flag is not set.
pub(crate) fn fall_through(pc: u64, inst: &ZiskInst) -> u64 {
    pc.wrapping_add_signed(inst.jmp_offset2)
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
