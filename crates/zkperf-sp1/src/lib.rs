//! The engine for SP1 6.10.0: exact cycles and prover gas, on every pc and call stack.

mod alu;
mod alu_word;
mod assemble;
mod decode;
mod ecall;
mod elf;
mod full;
mod fuse;
mod hooks;
mod look;
mod machine;
mod memory;
mod op;
mod precompile;
mod program;
mod recorder;
mod shadow;
mod shards;
mod stats;
mod stdin;
mod step;
mod syscall;
mod tables;
mod tracker;
mod trap;
mod weights;

pub use program::Sp1;
pub use shards::SHARD_LIMITS;
pub use syscall::{Arithmetic, Call, Curve, Field, Syscall, SYSCALLS};
pub use weights::{opcode_index, Air, Opcode, AIRS, OPCODES, SHARD_AIRS};
