//! ZisK: an exact and fast executor with the cost model of `ziskemu -X`.
//!
//! The official crates build the program image and carry out precompiles; the step loop and the
//! recorders are ours. `cargo xtask verify zisk` compares every figure with ziskemu's.

mod assemble;
mod cost;
mod csrs;
mod decode;
mod frops;
mod functions;
mod heap;
mod image;
mod layout;
mod loader;
mod memory;
mod micro;
mod official;
mod program;
mod recorder;
mod run;
mod slow;
mod stats;
mod tables;
mod tags;
mod versions;

pub use program::Zisk;
pub use tables::precompiles;
