//! RISC-V guests made in memory, to check zkperf's engines against the official ones.
//!
//! [`guests`] is the table of hand-written guests, one or more for each rule of ZisK's execution and
//! cost model, for the newest version ([`guests_of`] for others); [`random_guest`] makes any number of random ones from a seed. [`sp1`] has both for SP1. Everything is
//! deterministic. Being test code that takes no user input, it panics on a slip of its author (an
//! unknown mnemonic, an immediate out of range).

mod asm;
mod curves;
mod elf;
mod elf32;
mod guest;
mod guests;
pub mod inst;
mod random;
pub mod risc0;
mod rng;
pub mod sp1;
pub mod stack;
mod target;
mod values;

pub use asm::{Asm, Label, OUTPUT_ADDR, RAM_ADDR, STACK_TOP, UART_ADDR};
pub use elf::{Elf, Segment, Symbol};
pub use guest::{program, Ending, Guest};
pub use guests::{guests, guests_of};
pub use random::{random_guest, RandomGuest};
pub use rng::Rng;
pub use target::{Operands, Target, TARGETS, ZISK_1_1_0, ZISK_1_2_0, ZISK_1_4_0};
pub use values::INTERESTING;
