//! The seam to what a zkVM has circuits for besides the reference guest's operations.

use crate::{jump_destinations, Bytes};
use std::sync::Arc;
use zkperf_guest_core::{Accelerator, Crypto, GuestCrypto, Portable};

/// What a zkVM can take over besides the accelerated operations. Every default is portable Rust, whose results must not be departed from.
pub trait Circuits: Accelerator {
    /// The cryptography of the EVM: the accelerated operations, and whatever else there are circuits for.
    fn crypto(self) -> Arc<dyn Crypto>
    where
        Self: Sized + 'static,
    {
        Arc::new(GuestCrypto(self))
    }

    /// The jump destinations of an EVM contract: a bit for each byte of its code, set where a `JUMPDEST` stands that is
    /// no part of a `PUSH`.
    fn jump_destinations(code: Bytes) -> Arc<[u8]> {
        jump_destinations(&code)
    }
}

impl Circuits for Portable {}

/// [`Circuits::jump_destinations`] of a zkVM.
pub(crate) type JumpDestinations = fn(Bytes) -> Arc<[u8]>;
