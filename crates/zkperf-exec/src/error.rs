//! What can go wrong between an ELF and a profile, and whose fault it is.

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The program cannot be loaded. Repeating the call gives the same answer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum LoadError {
    /// Not an ELF at all, or one that ends too early.
    #[error("not a complete ELF file: {0}; build the guest again, or pass the ELF itself (not an archive of it)")]
    NotAnElf(String),
    /// An ELF for some other machine or zkVM.
    #[error("this ELF is not a guest for {zkvm}: {reason}; {}", next_step(zkvm, *owner))]
    WrongTarget {
        /// The zkVM that was asked to load it, and its version.
        zkvm: &'static str,
        /// What does not fit.
        reason: String,
        /// The zkVM it seems to be for, by its name on the command line, if that can be told.
        owner: Option<&'static str>,
    },
    /// An engine in another process refuses it, or does not work; its own words.
    #[error("{0}")]
    Engine(String),
    /// The official loader refused it.
    #[error("{zkvm}'s official loader refuses this ELF: {reason}; build the guest with {zkvm}'s own toolchain and linker script (`zkperf doctor` says what that needs)")]
    Refused {
        /// The zkVM that was asked to load it, and its version.
        zkvm: &'static str,
        /// The loader's own words.
        reason: String,
    },
}

/// What to do with a guest that is for something else.
fn next_step(zkvm: &str, owner: Option<&str>) -> String {
    match owner {
        Some(owner) => format!("give --zkvm {owner}, or build the guest for {zkvm}"),
        None => format!("build the guest for {zkvm}, or give --zkvm of the zkVM it was built for"),
    }
}

/// The guest did something that ends a run: an error exit, an access outside memory, ...
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// Address of the instruction that ended the run.
    pub pc: u64,
    /// Function that holds it, or empty.
    pub function: String,
    /// Steps executed, the faulting one included.
    pub steps: u64,
    /// What happened, in one clause.
    pub cause: String,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "guest stopped at pc 0x{:x}", self.pc)?;
        if !self.function.is_empty() {
            write!(f, " in {}", self.function)?;
        }
        write!(f, " after {} steps: {}", self.steps, self.cause)
    }
}

/// A run could not be started, or its result could not be put together.
#[derive(Debug, Error, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExecError {
    /// The run asks for something that this zkVM does not have, or has within other limits.
    #[error("{0}")]
    Option(String),
    /// The input does not have the form this zkVM demands.
    #[error("the input does not fit: {0}")]
    Input(String),
    /// Our own bookkeeping does not add up. Never expected: please report it.
    #[error("internal error, please report it: {0}")]
    Internal(String),
}
