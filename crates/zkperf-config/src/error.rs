//! What can be wrong with a `zkperf.toml`.

use std::path::PathBuf;

/// Why a configuration cannot be used. Every text names the file; what is wrong inside names line and key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read {path}: {cause}", path = path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is no TOML.
    #[error("{path}:{line}: not TOML: {message}", path = path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser said.
        message: String,
    },
    /// A key that means nothing.
    #[error("{path}:{line}: `{key}` is no setting{meant}; there are: {known}", path = path.display(),
            meant = meant.as_ref().map(|key| format!(" (did you mean `{key}`?)")).unwrap_or_default(),
            known = known.join(", "))]
    UnknownKey {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key with its tables, as in `guest.zisk.pakage`.
        key: String,
        /// The known key nearest to it, if one is near.
        meant: Option<String>,
        /// What could stand there.
        known: Vec<String>,
    },
    /// A value that cannot be one.
    #[error("{path}:{line}: `{key}` {problem}", path = path.display())]
    Value {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// The key with its tables.
        key: String,
        /// What is wrong with it, and what to write instead; continues "`key` …".
        problem: String,
    },
    /// A setting that a command needs and the file does not have.
    #[error("{path} does not say {what}; {next}", path = path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// What is missing.
        what: String,
        /// What to write.
        next: String,
    },
    /// A pattern for files that cannot be one, or matches nothing.
    #[error("{path}: the pattern {pattern:?} of `{key}` {problem}", path = path.display())]
    Pattern {
        /// The file.
        path: PathBuf,
        /// The key with its tables.
        key: String,
        /// The pattern.
        pattern: String,
        /// What is wrong.
        problem: String,
    },
}
