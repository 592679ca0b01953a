//! Exit codes, and the one place that prints an error.

use std::process::ExitCode;

/// An error with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Coded {
    /// What went wrong.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

/// Turns a command's result into the process's exit code, printing the error chain if there is one.
pub fn code(result: anyhow::Result<()>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    eprintln!("error: {error:#}");
    ExitCode::from(error.downcast_ref::<Coded>().map_or(1, |coded| coded.code))
}

/// A reader that went away (`zkperf top … | head`) is not an error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}
