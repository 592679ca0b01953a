//! Stateless validation of one Ethereum block, at the least proving cost.
//!
//! It accepts what the reference guest (`guests/core`) accepts, rejects what that rejects, with the same reject code,
//! and publishes the same output: `zkperf gate` holds it against the reference on every change. How it came to be
//! cheaper is in `guests/lean/lab`, one attempt after the other.

use std::sync::Arc;
use zkperf_guest_core::{Accelerator, GuestCrypto, Output, Reject};

/// Validates the block in `input` and says in the output how it went.
///
/// The input lives as long as the program: a guest reads it once, and what is decoded borrows from it.
pub fn run<A: Accelerator + 'static>(
    input: &'static [u8],
    accelerator: A,
) -> (Output, Option<Reject>) {
    zkperf_guest_core::run(input, Arc::new(GuestCrypto(accelerator)))
}
