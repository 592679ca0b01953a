//! Our engines by name.

use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{bail, Context, Result};
use zkperf_engine::{executable_name, Remote};
use zkperf_exec::Zkvm;

use crate::source::root;

/// The engine of a zkVM.
pub fn engine(zkvm: &str) -> Result<Box<dyn Zkvm>> {
    match zkvm {
        "zisk" => Ok(Box::new(zkperf_zisk::Zisk)),
        "sp1" => Ok(Box::new(zkperf_sp1::Sp1)),
        other => bail!("no engine for {other}; there are zisk and sp1"),
    }
}

/// The engine of a version of ZisK: the one that is linked in, or a process of its own, built first.
pub fn zisk(version: &str) -> Result<Box<dyn Zkvm>> {
    if version == zkperf_zisk::Zisk.version() {
        return engine("zisk");
    }
    let path = build(version)?.join(executable_name("zisk", version));
    Ok(Box::new(Remote::new(&path, "zisk", version)?))
}

/// The program that prints the official image of a guest for another version of ZisK.
pub fn official_image(version: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<std::result::Result<PathBuf, String>> = OnceLock::new();
    let built = BUILT.get_or_init(|| build(version).map_err(|error| format!("{error:#}")));
    let folder = built.as_ref().map_err(|error| anyhow::anyhow!("{error}"))?;
    Ok(folder.join("examples/official-image"))
}

/// Brings the workspace of a version of ZisK up to date; where its executables are.
fn build(version: &str) -> Result<PathBuf> {
    let target = root().join("target");
    let manifest = root().join(format!("engines/zisk-{version}/Cargo.toml"));
    if !manifest.is_file() {
        bail!(
            "there is no engine for ZisK {version}: no {}",
            manifest.display()
        );
    }
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args([
            "build",
            "--release",
            "--quiet",
            "--locked",
            "--bins",
            "--examples",
        ])
        .arg("--manifest-path")
        .arg(&manifest)
        .arg("--target-dir")
        .arg(&target)
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("building the engine for ZisK {version} failed");
    }
    Ok(target.join("release"))
}
