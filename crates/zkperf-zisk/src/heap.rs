//! The guest's heap, as `ziskemu -X` reports it under RAM USAGE.

use crate::memory::Memory;
use object::{Object, ObjectSymbol};

/// Addresses of ziskos' heap symbols; 0 where the ELF has none (`ziskemu/src/emu.rs`, 1.4.0-alpha).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HeapSymbols {
    bottom: u64,
    top: u64,
    position: u64,
}

/// Heap in use and in all, in bytes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct HeapUsage {
    pub(crate) used: u64,
    pub(crate) size: u64,
}

impl HeapSymbols {
    pub(crate) fn of(elf: &[u8]) -> Self {
        let mut found = Self::default();
        let Ok(file) = object::File::parse(elf) else {
            return found;
        };
        for symbol in file.symbols() {
            match symbol.name() {
                Ok("_heap_bottom") => found.bottom = symbol.address(),
                Ok("_heap_top") => found.top = symbol.address(),
                Ok("ZISK_BUMP_HEAP_POS") => found.position = symbol.address(),
                _ => {}
            }
        }
        found
    }

    /// Reads the heap's end from the guest's memory after the run.
    pub(crate) fn usage(&self, memory: &Memory) -> HeapUsage {
        let position = if self.position == 0 {
            0
        } else {
            memory.ram_word(self.position)
        };
        let used = if position == 0 {
            0
        } else {
            position.saturating_sub(self.bottom)
        };
        HeapUsage {
            used,
            size: self.top.saturating_sub(self.bottom),
        }
    }
}
