//! What a version of ZisK decides: memory map, program image, opcodes and their semantics, prices,
//! frequent operations. The rest of the crate is the same for every version.
//!
//! A version is a folder here. Cargo holds only one pre-release of a major version in a lock file, so
//! the version is chosen when the crate is compiled: this workspace compiles the newest one, and each
//! workspace in `engines/` compiles the same sources with `zisk_version` set and that version's
//! crates.

#[cfg(zisk_version = "1.1.0-alpha")]
mod v1_1_0;
#[cfg(zisk_version = "1.1.0-alpha")]
use v1_1_0 as version;

#[cfg(zisk_version = "1.2.0-alpha")]
#[allow(dead_code)] // its names
mod v1_1_0;
#[cfg(zisk_version = "1.2.0-alpha")]
mod v1_2_0;
#[cfg(zisk_version = "1.2.0-alpha")]
use v1_2_0 as version;

#[cfg(not(any(zisk_version = "1.1.0-alpha", zisk_version = "1.2.0-alpha")))]
mod v1_4_0;
#[cfg(not(any(zisk_version = "1.1.0-alpha", zisk_version = "1.2.0-alpha")))]
use v1_4_0 as version;

pub(crate) use version::{
    failure, image, is_frop, ops_core, prepare, prices, LaterOps, COSTS_VERSION, FROPS_REGIONS,
    HAS_ROM_REGIONS, MAX_INPUT_BYTES, STACK_GUARD_ADDR, TRAPS, VERSION, ZISKLIB_ROM_ADDR, ZKVM,
};
pub(crate) use zisk_core::zisk_ops::{OpStats, ZiskOp};
pub(crate) use zisk_core::{
    zisk_ops_costs, DataSection, DataSection64, InstContext, ZiskInst, ZiskInstBuilder,
    FLOAT_LIB_ROM_ADDR, INPUT_ADDR, MAX_INPUT_SIZE, OUTPUT_ADDR, RAM_ADDR, RAM_SIZE, ROM_ADDR,
    ROM_ADDR_MAX, ROM_ENTRY, ROM_SIZE, SRC_C, SRC_IMM, SRC_IND, SRC_MEM, SRC_REG, SRC_STEP,
    STACK_SIZE, STORE_IND, STORE_MEM, STORE_REG, UART_ADDR,
};

/// Why the official loader refuses a guest.
pub(crate) type Refused = Box<dyn std::error::Error>;

/// How a guest that ended in error says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Failure {
    /// Address of the instruction that failed, where the version keeps it.
    pub(crate) pc: Option<u64>,
    /// Exit code; 0 for a trap, or where the version does not keep it.
    pub(crate) code: u64,
}
