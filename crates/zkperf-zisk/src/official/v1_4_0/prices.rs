//! Prices of ZisK 1.4.0-alpha that no crate light enough to depend on exports:
//! `ziskemu/src/emu_costs.rs`, cost version 1.

/// A step in the main state machine.
pub(crate) const MAIN: u64 = 245_u64.div_ceil(4);
/// What every execution pays: the program ROM and the lookup tables.
pub(crate) const BASE: u64 = (16 << 22) + ((65 + 39) << 21);
/// A word of initial read-only data, and a read of one.
pub(crate) const ROM_READ: u64 = 22_u64.div_ceil(2);
/// An `add` whose upper halves are trivial (ziskemu's `add_hi`).
pub(crate) const CHEAP_ADD: u64 = 93_u64.div_ceil(8);
/// Rows of the program ROM's table (`zisk-pil`, `RomRomTrace::NUM_ROWS`).
pub(crate) const ROM_ROWS: u64 = 4_194_304;

/// Half of a dual access to RAM, 22 columns.
pub(crate) const READ: u64 = 11;
/// Eight tenths of it.
pub(crate) const WRITE: u64 = 18;
pub(crate) const INPUT_READ: u64 = 29;
pub(crate) const READ_BYTE: u64 = 25;
pub(crate) const WRITE_BYTE: u64 = 32;
/// A row of the alignment machine; an unaligned access takes two to five.
pub(crate) const ALIGN: u64 = 50;
