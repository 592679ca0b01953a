//! ZisK 1.4.0-alpha.

pub(crate) mod prices;
mod transpile;

use crate::official::Failure;
pub(crate) use transpile::image;
pub(crate) use zisk_core::frops_regions::FROPS_REGIONS;
pub(crate) use zisk_core::ops_core;
use zisk_core::InstContext;
pub(crate) use zisk_core::{is_frop, STACK_GUARD_ADDR, ZISKLIB_ROM_ADDR};

pub(crate) const VERSION: &str = "1.4.0-alpha";
/// For messages.
pub(crate) const ZKVM: &str = "ZisK 1.4.0-alpha";
/// Version of the cost model, as ziskemu's report prints it.
pub(crate) const COSTS_VERSION: Option<u32> = Some(zisk_core::zisk_ops_costs::ZISK_COSTS_VERSION);
/// Whether ziskemu's report has the section ROM REGIONS.
pub(crate) const HAS_ROM_REGIONS: bool = true;
/// What traps, for messages.
pub(crate) const TRAPS: &str = "ebreak, unimp, or not code at all";
/// Opcodes that a later version has; none so far.
#[allow(dead_code)] // imported where an older version takes opcodes from it
pub(crate) trait LaterOps {}

/// Bytes of input that the memory map has room for.
pub(crate) const MAX_INPUT_BYTES: u64 = zisk_core::MAX_STDIN_SIZE;

/// Host randomness of `zkvm_random_u64`. ziskemu draws it anew for each run unless told otherwise;
/// here a run must cost the same every time, so it is what `ziskemu --random-seed 2a` uses.
const RANDOM_SEED: [u64; 4] = [0, 0, 0, 0x2a << 56];

/// Sets what a run's context knows besides memory.
pub(crate) fn prepare(ctx: &mut InstContext, input_bytes: u64) {
    ctx.input_len = input_bytes;
    ctx.random_seed = Some(RANDOM_SEED);
}

/// How the guest failed, if it did.
pub(crate) fn failure(ctx: &InstContext) -> Option<Failure> {
    ctx.error.then_some(Failure {
        pc: Some(ctx.error_pc),
        code: ctx.error_code,
    })
}
