//! What keeps the gate from doing its work. A guest that fails a check is a result, not an error.

use thiserror::Error;
use zkperf_exec::ExecError;

/// The gate could not do its work.
#[derive(Debug, Error)]
pub enum GateError {
    /// An input that was given as honest cannot be read as one of the reference guest.
    #[error("{name} is no input of the reference guest: {cause}; `zkperf input` makes one of a recorded block")]
    NotAnInput {
        /// What the caller calls it.
        name: String,
        /// What is wrong with it.
        cause: String,
    },
    /// An input that was given as honest is rejected by the unmodified code.
    #[error(
        "{name} is not an honest input: the reference guest's code rejects it natively ({cause})"
    )]
    Dishonest {
        /// What the caller calls it.
        name: String,
        /// The reason for the rejection.
        cause: String,
    },
    /// A run could not be started.
    #[error("{subject} cannot be run on {input}")]
    Run {
        /// The guest.
        subject: String,
        /// The input.
        input: String,
        /// Why.
        source: ExecError,
    },
    /// A native validator cannot be started or talked to.
    #[error("the validator `{command}` cannot be run: {cause}; it reads an input on stdin and writes its public output to stdout")]
    Process {
        /// Its command.
        command: String,
        /// The operating system's words.
        cause: std::io::Error,
    },
    /// There is no place for the files that go through a guest's input command.
    #[error("cannot keep files for the guest's input command: {0}")]
    Scratch(std::io::Error),
    /// The caller stopped it.
    #[error("interrupted before the gate was done: nothing is known of this guest's soundness")]
    Cancelled,
    /// There is nothing to check.
    #[error("the gate was given no guest")]
    NoSubject,
    /// The built-in blocks do not fit this build.
    #[error("internal error, please report it: the built-in block {name} cannot be used: {cause}")]
    Fixture {
        /// Which.
        name: &'static str,
        /// Why.
        cause: String,
    },
}
