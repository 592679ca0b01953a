//! ZisK 1.2.0-alpha: 1.1.0-alpha with another price of a Keccak permutation, which `zisk-core` exports.
//! Every other source of its crates that matters here is that of 1.1.0-alpha (`ziskemu` and `ziskos` to the byte).

pub(crate) use super::v1_1_0::{
    failure, image, is_frop, ops_core, prepare, prices, LaterOps, COSTS_VERSION, FROPS_REGIONS,
    HAS_ROM_REGIONS, MAX_INPUT_BYTES, STACK_GUARD_ADDR, TRAPS, ZISKLIB_ROM_ADDR,
};

pub(crate) const VERSION: &str = "1.2.0-alpha";
/// For messages.
pub(crate) const ZKVM: &str = "ZisK 1.2.0-alpha";
