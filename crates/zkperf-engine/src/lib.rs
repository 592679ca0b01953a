//! Engines in a process of their own.
//!
//! Two versions of a zkVM whose official crates cannot stand in one lock file are two executables.
//! An engine executable is a zkVM's crate and a `main` that calls [`serve`]; zkperf finds it
//! ([`find`]), starts it and uses it through [`Remote`], which is a [`zkperf_exec::Zkvm`] like any
//! other. What they say to each other over the pipes is in [`wire`]. This crate does not know which
//! zkVMs exist.

mod find;
mod remote;
mod serve;
pub mod wire;

pub use find::{executable_name, find, folders};
pub use remote::{EngineError, Remote};
pub use serve::serve;
