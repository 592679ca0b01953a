//! Builds guest programs reproducibly, and says what a machine lacks for doing so.
//!
//! A zkVM is a row of data ([`Recipe`]): target, flags, memory map, and the compilers that can be used, official
//! ones first. [`build`] picks the first that is installed, remaps every path, so that the folder in which a guest is
//! built does not show in its ELF, and writes a [`BuildRecord`] beside the ELF. [`doctor`] reports what is there and
//! what is missing, with the command that installs it. Nothing here prints.
//!
//! A guest's variants are part of its manifest, as lists of cargo features:
//!
//! ```toml
//! [package.metadata.zkperf]
//! name = "reference"
//! [package.metadata.zkperf.variants]
//! unpatched = []
//! accelerated = ["keccak", "sha256", "ecrecover"]
//! ```
//!
//! `rustflags = ["-Cllvm-args=-inline-threshold=50"]` beside `name` gives the compiler flags besides the recipe's.

mod compile;
mod doctor;
mod error;
mod files;
mod guest;
mod paths;
mod profile;
mod recipe;
mod record;
mod sources;
mod steady;
mod toolchain;
mod types;

pub use compile::{build, BuildRequest, BuiltGuest, Overrides, Progress, BUILDING};
pub use doctor::{doctor, Check, DoctorReport, Need};
pub use error::BuildError;
pub use guest::{find_guests, Guest};
pub use profile::{identity, BuildIdentity};
pub use recipe::{Candidate, NotSwept, Recipe, RustcSource, StdSource};
pub use record::{BuildRecord, GitState};
pub use sources::sources_sha256;
pub use toolchain::Toolchain;
pub use types::Field;
