//! What needs RISC Zero's official executor, in an xtask that was built without it: builds one that
//! has it, and hands the command line on.

use std::process::Command;

use anyhow::{Context, Result};

use crate::cli::What;
use crate::source::{root, Files};

/// Whether the official executor is built in.
pub const HAS_EXECUTOR: bool = false;

/// As in the other xtask.
pub fn verify(_: &What) -> Result<bool> {
    rerun()
}

/// As in the other xtask.
pub fn official_run(_: &Files, _: u32) -> Result<bool> {
    rerun()
}

/// Runs this command line in an xtask with the feature `risc0`; whether it succeeded.
pub fn rerun() -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .args(["run", "--release", "--quiet", "--package", "xtask"])
        .arg("--manifest-path")
        .arg(root().join("Cargo.toml"))
        .args(["--features", "risc0", "--"])
        .args(std::env::args_os().skip(1))
        .status()
        .context("cannot run cargo")?;
    Ok(status.success())
}
