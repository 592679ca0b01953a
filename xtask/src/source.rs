//! Where a comparison's guest and input come from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{bail, Context, Result};
use serde_json::Value;

/// What the command line asked for.
#[derive(Debug)]
pub struct Wanted {
    /// A recorded block for the reference guest.
    pub recorded: Option<PathBuf>,
    /// Variant of the reference guest.
    pub variant: String,
    /// An ELF and its input.
    pub files: Option<(PathBuf, PathBuf)>,
}

/// The repository's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Our own command-line tool in release mode, built first.
pub fn zkperf() -> Result<PathBuf> {
    let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
        .args(["build", "--release", "--quiet", "--package", "zkperf"])
        .current_dir(root())
        .status()
        .context("cannot run cargo")?;
    if !status.success() {
        bail!("building zkperf failed");
    }
    let target =
        std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    Ok(target.join("release/zkperf"))
}

/// ELF and input as files.
pub fn resolve(wanted: &Wanted) -> Result<(PathBuf, PathBuf)> {
    match (&wanted.files, &wanted.recorded) {
        (Some((elf, input)), _) => Ok((elf.clone(), input.clone())),
        (None, Some(recorded)) => {
            let zkperf = zkperf()?;
            let recorded = recorded
                .to_str()
                .with_context(|| format!("{} is not UTF-8", recorded.display()))?;
            let built = json(
                &zkperf,
                &[
                    "build",
                    "--zkvm",
                    "zisk",
                    "--guest",
                    "reference",
                    "--variant",
                    &wanted.variant,
                    "--json",
                ],
            )?;
            let fetched = json(&zkperf, &["input", "--recorded", recorded, "--json"])?;
            Ok((
                file(&built, &["elf", "path"])?,
                file(&fetched, &["input", "path"])?,
            ))
        }
        (None, None) => bail!("pass --recorded FILE, or --elf E and --input I"),
    }
}

/// The embedded demo, unpacked by zkperf itself.
pub fn demo() -> Result<(PathBuf, PathBuf)> {
    let answer = json(&zkperf()?, &["demo", "--json"])?;
    Ok((file(&answer, &["elf"])?, file(&answer, &["input"])?))
}

/// Runs zkperf and reads the JSON it prints.
fn json(zkperf: &Path, arguments: &[&str]) -> Result<Value> {
    let answer = Command::new(zkperf)
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot run {}", zkperf.display()))?;
    let shown = format!("zkperf {}", arguments.join(" "));
    if !answer.status.success() {
        bail!("`{shown}` failed");
    }
    serde_json::from_slice(&answer.stdout).with_context(|| format!("`{shown}` printed no JSON"))
}

/// A path under one of the keys, which may hold a string or an object with a `path`.
fn file(answer: &Value, keys: &[&str]) -> Result<PathBuf> {
    fn path(value: &Value) -> Option<PathBuf> {
        match value {
            Value::String(text) => Some(PathBuf::from(text)),
            Value::Object(map) => map.get("path").and_then(path),
            _ => None,
        }
    }
    fn search(value: &Value, key: &str) -> Option<PathBuf> {
        match value {
            Value::Object(map) => map
                .get(key)
                .and_then(path)
                .or_else(|| map.values().find_map(|v| search(v, key))),
            Value::Array(items) => items.iter().find_map(|v| search(v, key)),
            _ => None,
        }
    }
    keys.iter()
        .find_map(|key| search(answer, key))
        .with_context(|| format!("zkperf's answer names no {keys:?}: {answer}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn paths_are_found_in_each_shape() {
        let runs =
            json!({"runs": [{"elf": {"path": "/a.elf", "sha256": "00"}, "input": "/b.bin"}]});
        assert_eq!(file(&runs, &["elf"]).unwrap(), Path::new("/a.elf"));
        assert_eq!(file(&runs, &["x", "input"]).unwrap(), Path::new("/b.bin"));
        assert!(file(&runs, &["x"]).is_err());
    }
}
