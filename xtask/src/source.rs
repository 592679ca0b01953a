//! Where a comparison's guest and input come from.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{bail, Context, Result};
use serde_json::Value;
use zkperf_build::Recipe;

/// What the command line asked for.
#[derive(Debug)]
pub struct Wanted {
    /// The zkVM, as `--zkvm` takes it.
    pub zkvm: String,
    /// A recorded block for the reference guest.
    pub recorded: Option<PathBuf>,
    /// Variant of the reference guest.
    pub variant: String,
    /// Whether to build the guest instead of taking the prebuilt one.
    pub rebuild: bool,
    /// A guest, instead of the reference guest.
    pub elf: Option<PathBuf>,
    /// Its input.
    pub input: Option<PathBuf>,
}

/// A guest and its inputs as files.
#[derive(Debug, Clone)]
pub struct Files {
    /// The guest.
    pub elf: PathBuf,
    /// Its input buffers.
    pub inputs: Vec<PathBuf>,
}

impl Files {
    /// The one input.
    ///
    /// # Errors
    /// If there is none.
    pub fn input(&self) -> Result<&Path> {
        self.inputs
            .first()
            .map(PathBuf::as_path)
            .context("an input is needed: pass --input I")
    }
}

/// The repository's root.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Our own command-line tool in release mode, built first. Where xtask is called as a file, as CI does, it is the one that was
/// built with it: cargo would select other features for one package alone, and build half the tree again.
pub fn zkperf() -> Result<PathBuf> {
    if std::env::var_os("CARGO").is_none() {
        let own = std::env::current_exe().context("cannot find xtask itself")?;
        let beside = own.with_file_name("zkperf");
        if beside.is_file() {
            return Ok(beside);
        }
    }
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
pub fn resolve(wanted: &Wanted) -> Result<Files> {
    if let Some(elf) = &wanted.elf {
        return Ok(Files {
            elf: elf.clone(),
            inputs: wanted.input.iter().cloned().collect(),
        });
    }
    let Some(recorded) = &wanted.recorded else {
        bail!("pass --recorded FILE, or --elf E and --input I");
    };
    let zkperf = zkperf()?;
    let recorded = recorded
        .to_str()
        .with_context(|| format!("{} is not UTF-8", recorded.display()))?;
    let family = wanted.zkvm.split('@').next().unwrap_or_default();
    let elf = match wanted.rebuild {
        true => built(&zkperf, wanted)?,
        false => prebuilt(&wanted.zkvm, &wanted.variant)?,
    };
    let arguments = [
        "input",
        "--recorded",
        recorded,
        "--format",
        family,
        "--json",
    ];
    let fetched = json(&zkperf, &arguments)?;
    Ok(Files {
        elf,
        inputs: vec![file(&fetched, &["input", "path"])?],
    })
}

/// The reference guest, built now.
fn built(zkperf: &Path, wanted: &Wanted) -> Result<PathBuf> {
    let (zkvm, variant) = (wanted.zkvm.as_str(), wanted.variant.as_str());
    let arguments = ["build", "--zkvm", zkvm, "--variant", variant, "--json"];
    file(&json(zkperf, &arguments)?, &["elf", "path"])
}

/// The reference guest as it lies in `fixtures/guests`, unpacked under `target`.
fn prebuilt(zkvm: &str, variant: &str) -> Result<PathBuf> {
    let fixtures = root().join("fixtures/guests");
    // Versions whose guests are the same share them.
    let recipe = Recipe::find(zkvm).with_context(|| format!("there is no recipe for {zkvm}"))?;
    let name = format!("reference-{}-{variant}", recipe.reference);
    let packed = fixtures.join(format!("{name}.elf.zst"));
    let bytes = std::fs::read(&packed).with_context(|| {
        format!(
            "there is no prebuilt guest {}; try --rebuild",
            packed.display()
        )
    })?;
    let folder = root().join("target/prebuilt");
    std::fs::create_dir_all(&folder)?;
    let elf = folder.join(format!("{name}.elf"));
    let bytes =
        zstd::decode_all(&bytes[..]).with_context(|| format!("{} is damaged", packed.display()))?;
    std::fs::write(&elf, bytes).with_context(|| format!("cannot write {}", elf.display()))?;
    let record = fixtures.join(format!("{name}.json"));
    std::fs::copy(record, elf.with_extension("json"))?;
    Ok(elf)
}

/// The embedded demo, unpacked by zkperf itself. It has guests of the newest versions; another version's
/// reference guest runs on its block.
pub fn demo(zkvm: &str) -> Result<Files> {
    let family = zkvm.split('@').next().unwrap_or_default();
    let folder = root().join("target/demo");
    let folder = folder
        .to_str()
        .context("the repository's path is not UTF-8")?;
    let answer = json(
        &zkperf()?,
        &[
            "demo",
            "--zkvm",
            family,
            "--json",
            "--keep-inputs",
            "--out",
            folder,
        ],
    )?;
    Ok(Files {
        elf: match family == zkvm {
            true => file(&answer, &["elf"])?,
            false => prebuilt(zkvm, "accelerated")?,
        },
        inputs: vec![file(&answer, &["input"])?],
    })
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
