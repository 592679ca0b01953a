//! Exit codes, and the one place that prints an error.

use crate::report;
use std::process::ExitCode;
use zkperf_exec::ExecError;

/// An error with an exit code of its own.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Coded {
    /// What went wrong.
    pub message: String,
    /// The exit code.
    pub code: u8,
}

/// A command line that cannot be carried out: exit code 2, as for what the parser refuses.
pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Coded {
        message: message.into(),
        code: 2,
    }
    .into()
}

/// Exit code 1 with what failed, a line each; nothing if nothing did.
///
/// # Errors
/// Something failed.
pub fn failed(what: &[String]) -> anyhow::Result<()> {
    if what.is_empty() {
        return Ok(());
    }
    Err(Coded {
        message: what.join("\n"),
        code: 1,
    }
    .into())
}

/// Shows what the parser says of a command line that it cannot read, or the help that was asked for.
pub fn unparsed(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    let code = u8::try_from(error.exit_code()).unwrap_or(2);
    if code != 0 && std::env::args_os().any(|argument| argument == "--json") {
        let text = error.to_string();
        let said = text.lines().map(str::trim);
        let said = said.take_while(|line| !line.starts_with("Usage:"));
        let said: Vec<&str> = said.filter(|line| !line.is_empty()).collect();
        report::json_error(said.join(" ").trim_start_matches("error: "), code);
    }
    ExitCode::from(code)
}

/// Nobody said for which zkVM.
pub fn which_zkvm() -> anyhow::Error {
    usage(
        "which zkVM? give --zkvm zisk, sp1, risc0 or all, or name guests in a zkperf.toml (`zkperf init` writes one)",
    )
}

/// Turns a command's result into the process's exit code, printing the error chain if there is one; with `json` also on
/// stdout, if nothing else is there.
pub fn code(result: anyhow::Result<()>, json: bool) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    if is_broken_pipe(&error) {
        return ExitCode::SUCCESS;
    }
    let told = chain(&error);
    eprintln!("error: {}", zkperf_report::printable(&told));
    let code = code_of(&error);
    if json {
        report::json_error(&told, code);
    }
    ExitCode::from(code)
}

/// The exit code that an error asks for: 2 where another command line would help.
fn code_of(error: &anyhow::Error) -> u8 {
    use zkperf_block::BlockError;
    use zkperf_build::BuildError;
    use zkperf_config::ConfigError;
    use zkperf_report::ReportError;
    if let Some(coded) = error.downcast_ref::<Coded>() {
        return coded.code;
    }
    if let Some(lab) = error.downcast_ref::<zkperf_lab::LabError>() {
        return lab.exit_code();
    }
    if let Some(zkperf_sweep::SweepError::Workbench { source, .. }) = error.downcast_ref() {
        // What stopped it has an exit code of its own, if it is one of ours.
        let source = source.downcast_ref::<crate::commands::sweep::Stopped>();
        return source.map_or(1, |stopped| code_of(&stopped.0));
    }
    let is_usage = matches!(
        error.downcast_ref(),
        Some(
            ReportError::UnknownMeasure { .. }
                | ReportError::NoProvingCost { .. }
                | ReportError::Pattern { .. }
        )
    ) || matches!(error.downcast_ref(), Some(ExecError::Option(_)))
        || error
            .downcast_ref::<zkperf_sweep::SweepError>()
            .is_some_and(zkperf_sweep::SweepError::is_usage)
        || matches!(
            error.downcast_ref(),
            Some(
                BuildError::UnknownZkvm { .. }
                    | BuildError::UnknownVariant { .. }
                    | BuildError::NotAGuest { .. }
            )
        )
        || matches!(
            error.downcast_ref(),
            Some(
                ConfigError::Syntax { .. }
                    | ConfigError::UnknownKey { .. }
                    | ConfigError::Value { .. }
                    | ConfigError::Missing { .. }
                    | ConfigError::Pattern { .. }
            )
        )
        || matches!(
            error.downcast_ref(),
            Some(BlockError::BadUrl { .. } | BlockError::NoBlockNumber)
        );
    if is_usage {
        2
    } else {
        1
    }
}

/// The error and its causes on one line, without those whose text their successor's already has.
fn chain(error: &anyhow::Error) -> String {
    let mut line = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if line.is_empty() {
            line = cause;
        } else if !line.contains(&cause) {
            line += ": ";
            line += &cause;
        }
    }
    line
}

/// A reader that went away (`zkperf top … | head`) is not an error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause
            .downcast_ref::<std::io::Error>()
            .is_some_and(|io| io.kind() == std::io::ErrorKind::BrokenPipe)
    })
}

#[cfg(test)]
mod tests {
    use super::chain;

    #[test]
    fn a_cause_that_was_said_is_not_said_again() {
        let io = std::io::Error::other("disk on fire");
        let error = anyhow::Error::new(io).context("cannot read p.zkp: disk on fire");
        assert_eq!(chain(&error), "cannot read p.zkp: disk on fire");
        let error = anyhow::anyhow!("the cause").context("the step");
        assert_eq!(chain(&error), "the step: the cause");
    }
}
