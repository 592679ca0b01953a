//! The guest's precompiles over circuits made of big integers, which hold whoever calls them to what SP1's circuits
//! can prove.

// the guest's sources name the crate that has the circuits
extern crate self as sp1_zkvm;

#[path = "circuits.rs"]
pub mod lib;
#[allow(dead_code)]
pub mod precompiles;
