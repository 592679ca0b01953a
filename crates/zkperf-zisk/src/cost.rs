//! What things cost, as `ziskemu -X` charges them.
//!
//! Opcode prices come from `ZiskOp::cost`, the others from [`prices`]; how they combine is that of
//! `ziskemu/src/stats/mem_operations_stats.rs` (1.1.0-alpha and 1.4.0-alpha alike). Every figure made
//! from them is compared with ziskemu's by `cargo xtask verify zisk`.

use crate::official::{
    prices, zisk_ops_costs as dma, ZiskOp, FROPS_REGIONS, INPUT_ADDR, MAX_INPUT_SIZE, RAM_ADDR,
    RAM_SIZE, ROM_ADDR, ROM_ADDR_MAX, STACK_SIZE,
};

/// Cost of one step in the main state machine.
pub(crate) const MAIN_COST: u64 = prices::MAIN;
/// Cost that every execution pays: the program ROM and the lookup tables.
pub(crate) const BASE_COST: u64 = prices::BASE;
/// Cost of one initialised word of read-only data.
pub(crate) const ROM_INIT_COST: u64 = prices::ROM_READ;
/// Cost of one initialised word of RAM.
pub(crate) const RAM_INIT_COST: u64 = prices::WRITE;
/// Cost of an `add` whose upper halves are trivial (ziskemu's `add_hi`).
pub(crate) const CHEAP_ADD_COST: u64 = prices::CHEAP_ADD;
/// Rows of the program ROM's table.
pub(crate) const ROM_ROWS: u64 = prices::ROM_ROWS;

const READ: u64 = prices::READ;
const WRITE: u64 = prices::WRITE;
const READ_ONE_WORD: u64 = 2 * prices::ALIGN;
const READ_TWO_WORDS: u64 = 3 * prices::ALIGN;
const WRITE_ONE_WORD: u64 = 3 * prices::ALIGN;
const WRITE_TWO_WORDS: u64 = 5 * prices::ALIGN;

/// Where an access lands. The order is that of ziskemu's detailed memory report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Zone {
    Stack = 0,
    Ram = 1,
    Rom = 2,
    Input = 3,
}

pub(crate) const ZONES: usize = 4;

impl Zone {
    /// The zone of an address, decided by its first byte; `None` outside memory.
    pub(crate) fn of(address: u64) -> Option<Zone> {
        if address.wrapping_sub(RAM_ADDR) < RAM_SIZE {
            Some(if address - RAM_ADDR < STACK_SIZE {
                Zone::Stack
            } else {
                Zone::Ram
            })
        } else if (ROM_ADDR..=ROM_ADDR_MAX).contains(&address) {
            Some(Zone::Rom)
        } else if address.wrapping_sub(INPUT_ADDR) < MAX_INPUT_SIZE {
            Some(Zone::Input)
        } else {
            None
        }
    }
}

/// What an access does: direction, width, and for stores whether the register holds more than is
/// stored ("dirty").
pub(crate) mod shape {
    pub(crate) const READ_1: usize = 0;
    pub(crate) const READ_2: usize = 1;
    pub(crate) const READ_4: usize = 2;
    pub(crate) const READ_8: usize = 3;
    pub(crate) const WRITE_1: usize = 4;
    pub(crate) const WRITE_1_DIRTY: usize = 5;
    pub(crate) const WRITE_2: usize = 6;
    pub(crate) const WRITE_4: usize = 7;
    pub(crate) const WRITE_4_DIRTY: usize = 8;
    pub(crate) const WRITE_8: usize = 9;
    pub(crate) const COUNT: usize = 10;
    /// Width of each shape in bytes.
    pub(crate) const BYTES: [u64; COUNT] = [1, 2, 4, 8, 1, 1, 2, 4, 4, 8];
}

/// Number of memory classes: a zone, a shape and an offset in the 8-byte word.
pub(crate) const CLASSES: usize = ZONES * shape::COUNT * 8;

/// The class of an access: index into the histogram and the price list.
#[inline(always)]
pub(crate) const fn class(zone: Zone, shape: usize, address: u64) -> usize {
    (zone as usize * shape::COUNT + shape) * 8 + (address & 7) as usize
}

/// Shape of a read of `WIDTH` bytes.
pub(crate) const fn read_shape(width: usize) -> usize {
    match width {
        1 => shape::READ_1,
        2 => shape::READ_2,
        4 => shape::READ_4,
        _ => shape::READ_8,
    }
}

/// Shape of a write of `width` bytes of the register value `value`.
#[inline(always)]
pub(crate) const fn write_shape(width: usize, value: u64) -> usize {
    match width {
        1 => shape::WRITE_1 + (value > 0xff) as usize,
        2 => shape::WRITE_2,
        4 => shape::WRITE_4 + (value > 0xffff_ffff) as usize,
        _ => shape::WRITE_8,
    }
}

/// Whether an access of this shape at this offset touches two 8-byte words.
pub(crate) const fn crosses(shape: usize, offset: usize) -> bool {
    offset as u64 + shape::BYTES[shape] > 8
}

const fn price(zone: usize, shape: usize, offset: usize) -> u64 {
    const INPUT: usize = Zone::Input as usize;
    const ROM: usize = Zone::Rom as usize;
    let read = match zone {
        INPUT => prices::INPUT_READ,
        ROM => prices::ROM_READ,
        _ => READ,
    };
    let both = READ + WRITE;
    match (shape, crosses(shape, offset)) {
        (shape::READ_8, false) => read,
        (shape::READ_1, _) => prices::READ_BYTE + read,
        (shape::READ_2 | shape::READ_4, false) => READ_ONE_WORD + read,
        (shape::READ_2 | shape::READ_4 | shape::READ_8, true) => READ_TWO_WORDS + 2 * read,
        (shape::WRITE_8, false) => WRITE,
        (shape::WRITE_1, _) => prices::WRITE_BYTE + both,
        (_, false) => WRITE_ONE_WORD + both,
        (_, true) => WRITE_TWO_WORDS + 2 * both,
    }
}

/// What a load or store is expected to cost: in RAM, aligned, and not dirty. The step loop only
/// records what costs otherwise.
pub(crate) const fn expected_cost(shape: usize) -> u64 {
    price(Zone::Ram as usize, shape, 0)
}

/// Price of every memory class.
pub(crate) static CLASS_COST: [u64; CLASSES] = {
    let mut costs = [0; CLASSES];
    let mut index = 0;
    while index < CLASSES {
        costs[index] = price(
            index / 8 / shape::COUNT,
            index / 8 % shape::COUNT,
            index % 8,
        );
        index += 1;
    }
    costs
};

/// Fixed cost of an opcode that is not a precompile; what a frequent operation saves.
pub(crate) const fn opcode_cost(op: u8) -> u64 {
    match ZiskOp::try_from_code(op) {
        Ok(op) if op.input_size() == 0 => op.cost(),
        _ => 0,
    }
}

/// What an `add` of the cheap shape costs less than another.
pub(crate) const CHEAP_ADD_SAVES: u64 = opcode_cost(ZiskOp::ADD) - CHEAP_ADD_COST;

/// SHA-256 over every price and table that decides a cost, as lower-case hex.
pub(crate) fn tables_sha256() -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let mut put = |value: u64| hash.update(value.to_le_bytes());
    for value in [
        MAIN_COST,
        BASE_COST,
        ROM_INIT_COST,
        RAM_INIT_COST,
        CHEAP_ADD_COST,
        ROM_ROWS,
    ] {
        put(value);
    }
    CLASS_COST.iter().for_each(|cost| put(*cost));
    for code in 0..=u8::MAX {
        if let Ok(op) = ZiskOp::try_from_code(code) {
            put(u64::from(code));
            put(op.cost());
            put(op.input_size());
        }
        for region in FROPS_REGIONS[code as usize] {
            for value in [
                region.a_lo,
                region.a_count,
                region.a_stride,
                region.b_lo,
                region.b_count,
            ] {
                put(value);
            }
        }
    }
    for value in [
        dma::DMA_PRE_POST_MEMCPY_COST,
        dma::DMA_64_ALIGNED_MEMCPY_COST,
        dma::DMA_64_ALIGNED_MEMCPY_DIVISOR,
        dma::DMA_UNALIGNED_MEMCPY_COST,
        dma::DMA_PRE_POST_INPUTCPY_COST,
        dma::DMA_64_ALIGNED_INPUTCPY_COST,
        dma::DMA_64_ALIGNED_INPUTCPY_DIVISOR,
    ] {
        put(value);
    }
    hex::encode(hash.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_are_those_of_the_documented_table() {
        assert_eq!(MAIN_COST, 62);
        assert_eq!(BASE_COST, 285_212_672);
        let stack = |shape, address| CLASS_COST[class(Zone::Stack, shape, address)];
        assert_eq!(stack(shape::READ_8, 0), 11);
        assert_eq!(stack(shape::READ_8, 1), 172);
        assert_eq!(stack(shape::READ_1, 7), 36);
        assert_eq!(stack(shape::READ_4, 4), 111);
        assert_eq!(stack(shape::READ_4, 5), 172);
        assert_eq!(stack(shape::WRITE_1, 3), 61);
        assert_eq!(stack(write_shape(1, 0x100), 3), 179);
        assert_eq!(stack(shape::WRITE_2, 6), 179);
        assert_eq!(stack(shape::WRITE_2, 7), 308);
        assert_eq!(stack(shape::WRITE_8, 0), 18);
        assert_eq!(stack(shape::WRITE_8, 4), 308);
        assert_eq!(CLASS_COST[class(Zone::Input, shape::READ_8, 0)], 29);
    }

    #[test]
    fn zones_meet_where_the_memory_map_says() {
        assert_eq!(Zone::of(RAM_ADDR), Some(Zone::Stack));
        assert_eq!(Zone::of(RAM_ADDR + STACK_SIZE), Some(Zone::Ram));
        assert_eq!(Zone::of(RAM_ADDR + RAM_SIZE), None);
        assert_eq!(Zone::of(INPUT_ADDR - 1), None);
        // The input region reaches right up to the program ROM.
        assert_eq!(Zone::of(ROM_ADDR - 1), Some(Zone::Input));
        assert_eq!(Zone::of(ROM_ADDR), Some(Zone::Rom));
        assert_eq!(Zone::of(INPUT_ADDR), Some(Zone::Input));
    }
}
