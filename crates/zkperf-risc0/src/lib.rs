//! RISC Zero 3.0.6 (circuit rv32im 4.0.5): an exact and fast executor with the circuit's cost model.
//!
//! The official kernel ELF runs beside the guest; loading, step loop, pager, machine ecalls, host
//! syscalls and recorders are ours. `cargo xtask verify risc0` compares every figure with
//! `risc0_circuit_rv32im::execute::Executor`.

mod assemble;
mod bigint;
mod code;
mod decode;
mod ecall;
mod fast;
mod fuse;
mod host;
mod image;
mod keccak;
mod machine;
mod memory;
mod native;
mod pager;
mod poseidon2;
mod poseidon2_tables;
mod program;
mod recorder;
mod rules;
mod sha2;
mod stats;
mod step;
mod tables;
mod window;

pub use program::{initial_memory, Risc0};
