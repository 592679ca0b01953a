//! Profiles from what official emulators print: for versions that zkperf has no engine of, and for reports that others made.
//!
//! [`Report::parse`] reads `ziskemu -X [-S -D]` (the layout of 1.4.0-alpha and those before), checks that it adds up, and
//! refuses what is cut off or something else. [`profile_data`] makes a profile of it, marked *imported*: totals, opcodes
//! and what the report says of functions are there; what it does not attribute stands in one named node; what is missing
//! is listed. [`Emulator`] runs an installed `ziskemu`.

mod emulator;
mod error;
mod profile;
mod report;

pub use emulator::{Emulator, EmulatorRun};
pub use error::ImportError;
pub use profile::{profile_data, Origin, FUNCTIONS_TABLE, NOT_ATTRIBUTED, UNKNOWN_VERSION};
pub use report::{Function, Opcode, Report};
