//! What can go wrong when building a guest.

use std::path::PathBuf;

/// Why a guest could not be built. Each message says what to do next.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// No recipe has this name.
    #[error("no zkVM is called `{zkvm}`; known: {known}")]
    UnknownZkvm {
        /// As asked for.
        zkvm: String,
        /// What there is, comma-separated.
        known: String,
    },
    /// The reference guest's sources are not here.
    #[error(
        "the reference guest's sources were not found: run inside a checkout of zkperf, or set ZKPERF_GUESTS to its \
         `guests` folder"
    )]
    NoReference,
    /// A folder is not a guest.
    #[error("{}: {problem}", path.display())]
    NotAGuest {
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it and what to do.
        problem: String,
    },
    /// The guest has no such variant.
    #[error("guest `{guest}` has no variant `{variant}`; it has: {known}")]
    UnknownVariant {
        /// The guest's name.
        guest: String,
        /// As asked for.
        variant: String,
        /// What there is, comma-separated.
        known: String,
    },
    /// No usable compiler is installed.
    #[error("no compiler for {zkvm} guests is installed; `zkperf doctor` lists the choices, for example: {install}")]
    NoToolchain {
        /// The zkVM.
        zkvm: &'static str,
        /// A command that would help.
        install: &'static str,
    },
    /// No linker is installed.
    #[error("the linker ld.lld is not installed; for example: apt-get install lld")]
    NoLinker,
    /// A program could not be started.
    #[error("`{program}` cannot be run: {cause}; is it installed and in PATH?")]
    Spawn {
        /// The program.
        program: String,
        /// The system's reason.
        cause: std::io::Error,
    },
    /// Cargo ended with an error.
    #[error("{what} failed:\n{output}")]
    Cargo {
        /// What it was to do.
        what: &'static str,
        /// The last lines of what it said.
        output: String,
    },
    /// A file could not be read or written.
    #[error("{}: {cause}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        cause: std::io::Error,
    },
}

impl BuildError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |cause| Self::File { path, cause }
    }
}
