//! An installed `ziskemu`, of whatever version.

use crate::error::ImportError;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// An installed emulator.
#[derive(Debug, Clone)]
pub struct Emulator {
    program: PathBuf,
    version: String,
}

/// What a run printed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmulatorRun {
    /// Its standard output: the report, and what the guest printed.
    pub stdout: String,
    /// The public output, if the run succeeded.
    pub output: Option<Vec<u8>>,
}

impl Emulator {
    /// The one of an installation prefix (`PREFIX/bin/ziskemu`), or on `PATH`.
    ///
    /// # Errors
    /// [`ImportError::Spawn`] if there is none.
    pub fn find(prefix: Option<&Path>) -> Result<Self, ImportError> {
        let program = match prefix {
            Some(prefix) => prefix.join("bin/ziskemu"),
            None => PathBuf::from("ziskemu"),
        };
        let answer = Command::new(&program).arg("--version").output();
        let answer = answer.map_err(|cause| ImportError::Spawn {
            program: program.clone(),
            cause,
        })?;
        let text = String::from_utf8_lossy(&answer.stdout);
        let version = text
            .split_whitespace()
            .nth(1)
            .unwrap_or_default()
            .to_owned();
        Ok(Self { program, version })
    }

    /// Its version, as it says; empty if it says none.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Runs a guest with all statistics. `rows` is how many functions it lists.
    ///
    /// # Errors
    /// It cannot be run, or makes no report.
    pub fn run(
        &self,
        elf: &Path,
        input: Option<&Path>,
        rows: usize,
    ) -> Result<EmulatorRun, ImportError> {
        let output =
            std::env::temp_dir().join(format!("zkperf-ziskemu-{}.out", std::process::id()));
        let mut command = Command::new(&self.program);
        command.arg("-e").arg(elf);
        if let Some(input) = input {
            command.arg("-i").arg(input);
        }
        command.args(["-X", "-S", "-D", "-T"]).arg(rows.to_string());
        command.args([OsStr::new("-o"), output.as_os_str()]);
        command.stdin(Stdio::null()).env("RUST_BACKTRACE", "0");
        let answer = command.output().map_err(|cause| ImportError::Spawn {
            program: self.program.clone(),
            cause,
        })?;
        let written = std::fs::read(&output).ok();
        let _ = std::fs::remove_file(&output);
        let stdout = String::from_utf8_lossy(&answer.stdout).into_owned();
        if !stdout.lines().any(|line| line.starts_with("REPORT")) {
            let stderr = String::from_utf8_lossy(&answer.stderr);
            let lines = stderr.lines().filter(|line| !line.trim().is_empty());
            let words: Vec<&str> = lines.take(3).collect();
            return Err(ImportError::NoReport {
                program: self.program.clone(),
                words: words.join(" | "),
            });
        }
        Ok(EmulatorRun {
            stdout,
            output: written.filter(|_| answer.status.success()),
        })
    }
}
