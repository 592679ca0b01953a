//! Stateless validation of one Ethereum block, at the least proving cost.
//!
//! It accepts what the reference guest (`guests/core`) accepts, rejects what that rejects, with the same reject code,
//! and publishes the same output: `zkperf gate` holds it against the reference on every change. How it came to be
//! cheaper is in `guests/lean/lab`, one attempt after the other.
//!
//! The witness stays the bytes it came in. A read walks from a root to its leaf over the encoded nodes; only the nodes
//! on the way to something that the block changes become a tree in memory, for the state root after it.
//!
//! ```text
//! bytes ──► node index by hash ──► reads while executing ──► sparse tree of what changed ──► state root after
//! ```

mod circuits;
mod compare;
mod jumps;
mod keccak;
mod node;
mod node_index;
mod rlp;
mod state;
mod tree;
mod validate;
mod witness;
mod witness_db;

pub use circuits::Circuits;
pub use compare::compare;
pub use jumps::jump_destinations;
pub use keccak::keccak256;
use zkperf_guest_core::{Output, Reject};

/// What the program borrows from its input for as long as it runs.
pub(crate) type Bytes = &'static [u8];

/// Validates the block in `input` and says in the output how it went.
///
/// The input lives as long as the program: a guest reads it once, and what is decoded borrows from it.
pub fn run<C: Circuits + 'static>(input: Bytes, circuits: C) -> (Output, Option<Reject>) {
    let jump_destinations = C::jump_destinations;
    validate::run(input, circuits.crypto(), jump_destinations)
}
