//! ZisK 1.1.0-alpha.

mod boxes;
mod frops;
pub(crate) mod prices;

use crate::image::Image;
use crate::official::{Failure, Refused};
pub(crate) use frops::{is_frop, FROPS_REGIONS};
use zisk_core::zisk_ops::ZiskOp;
use zisk_core::InstContext;
use zisk_core::{FLOAT_LIB_ROM_ADDR, MAX_INPUT_SIZE, ROM_ADDR, ROM_SIZE};

pub(crate) const VERSION: &str = "1.1.0-alpha";
/// For messages.
pub(crate) const ZKVM: &str = "ZisK 1.1.0-alpha";
/// This version's cost model has no version of its own.
pub(crate) const COSTS_VERSION: Option<u32> = None;
/// Whether ziskemu's report has the section ROM REGIONS.
pub(crate) const HAS_ROM_REGIONS: bool = false;
/// There is no library of routines beside the guest; its window is empty.
pub(crate) const ZISKLIB_ROM_ADDR: u64 = FLOAT_LIB_ROM_ADDR;
/// Nothing is mapped between ROM and RAM.
pub(crate) const STACK_GUARD_ADDR: u64 = ROM_ADDR + ROM_SIZE;
/// Bytes of input that the memory map has room for.
pub(crate) const MAX_INPUT_BYTES: u64 = MAX_INPUT_SIZE - 16;

/// What traps, for messages; `ebreak` does nothing in this version, and `unimp` is a write.
pub(crate) const TRAPS: &str = "not code at all";
/// Opcodes that a later version has. Their codes here are nobody's, so nothing decodes to them.
pub(crate) trait LaterOps {
    const UNAL8: u8 = u8::MAX;
}

impl LaterOps for ZiskOp {}

/// The official operations, and stand-ins for those of later versions.
pub(crate) mod ops_core {
    pub(crate) use zisk_core::ops_core::*;

    pub(crate) const fn op_unal8(_: u64, _: u64) -> (u64, bool) {
        (0, false)
    }
}

/// Sets what a run's context knows besides memory.
pub(crate) fn prepare(ctx: &mut InstContext, input_bytes: u64) {
    ctx.input_len = input_bytes;
}

/// How the guest failed, if it did.
pub(crate) fn failure(ctx: &InstContext) -> Option<Failure> {
    ctx.error.then_some(Failure { pc: None, code: 0 })
}

/// Builds a program's image with the official loader.
///
/// # Errors
/// What it refuses. It panics where that panics.
pub(crate) fn image(elf: &[u8]) -> Result<Image, Refused> {
    let rom = zisk_transpiler_common::elf2rom(elf)?;
    let mut image = Image::default();
    image.append(&rom.insts);
    image.data.read_only = rom.ro_data_64;
    image.data.writable = rom.rw_data_64;
    Ok(image)
}
