//! The zkVMs this binary can run: two lists, and nothing else knows them.

use crate::exit;
use anyhow::{bail, Context, Result};
use zkperf_engine::Remote;
use zkperf_exec::{Recognized, Zkvm};
use zkperf_risc0::Risc0;
use zkperf_sp1::Sp1;
use zkperf_zisk::Zisk;

/// Every zkVM, in display order.
pub fn all() -> Vec<Box<dyn Zkvm>> {
    vec![Box::new(Zisk), Box::new(Sp1), Box::new(Risc0)]
}

/// Versions whose engines are executables of their own, because their official crates and the newest
/// ones cannot stand in one lock file: (zkVM, version). Sources in `engines/<zkVM>-<version>`.
const ENGINES: &[(&str, &str)] = &[("zisk", "1.1.0-alpha"), ("zisk", "1.2.0-alpha")];

/// The names that `--zkvm` takes: `zisk@1.4.0-alpha`, ...
pub fn names() -> Vec<String> {
    let here = all();
    let here = here.iter().map(|zkvm| (zkvm.name(), zkvm.version()));
    let mut names: Vec<String> = here
        .chain(ENGINES.iter().copied())
        .map(|(zkvm, version)| format!("{zkvm}@{version}"))
        .collect();
    names.sort();
    names
}

/// A version, and whether it can be run here.
#[derive(Debug, serde::Serialize)]
pub struct Engine {
    /// zkVM family.
    pub zkvm: String,
    /// Exact version of its official crates.
    pub version: String,
    /// `built-in`, `installed`, `missing` or `broken`.
    pub state: &'static str,
    /// The executable, of an engine that has one.
    pub path: Option<std::path::PathBuf>,
    /// How to get it, or what is wrong with it.
    pub next: Option<String>,
    /// Identity of its cost model, where it can be asked.
    pub cost_model: Option<zkperf_profile::CostModel>,
}

/// Every version there is an engine for.
pub fn engines() -> Vec<Engine> {
    let built_in = all().into_iter().map(|zkvm| Engine {
        zkvm: zkvm.name().into(),
        version: zkvm.version().into(),
        state: "built-in",
        path: None,
        next: None,
        cost_model: Some(zkvm.cost_model()),
    });
    let others = ENGINES.iter().map(|&(zkvm, version)| {
        let path = zkperf_engine::find(zkvm, version);
        let asked = path.as_deref().map(|path| Remote::new(path, zkvm, version));
        let (state, next, cost_model) = match asked {
            None => ("missing", Some(install_command(zkvm, version)), None),
            Some(Err(error)) => ("broken", Some(error.to_string()), None),
            Some(Ok(remote)) => ("installed", None, Some(remote.cost_model())),
        };
        Engine {
            zkvm: zkvm.into(),
            version: version.into(),
            state,
            path,
            next,
            cost_model,
        }
    });
    built_in.chain(others).collect()
}

/// How to get the engine of a version that is not compiled in.
pub fn install_command(zkvm: &str, version: &str) -> String {
    format!("cargo install --path engines/{zkvm}-{version}")
}

/// The engine of a version that is not compiled in; `None` if there is no such version.
fn engine(name: &str, version: &str) -> Option<Result<Box<dyn Zkvm>>> {
    let &(zkvm, version) = ENGINES.iter().find(|engine| **engine == (name, version))?;
    Some(match zkperf_engine::find(zkvm, version) {
        Some(path) => match Remote::new(&path, zkvm, version) {
            Ok(remote) => Ok(Box::new(remote) as Box<dyn Zkvm>),
            Err(error) => Err(error.into()),
        },
        None => Err(anyhow::anyhow!(
            "the engine for {zkvm}@{version} is not installed; in zkperf's checkout run `{}` (or set ZKPERF_ENGINES \
             to the folder that holds {})",
            install_command(zkvm, version),
            zkperf_engine::executable_name(zkvm, version)
        )),
    })
}

/// The zkVM and version that an ELF is a guest of, by its headers.
///
/// # Errors
/// Nothing recognizes it, or the engine for its version is not installed.
pub fn of_elf(elf: &[u8]) -> Result<(Box<dyn Zkvm>, Recognized)> {
    for zkvm in all() {
        if let Some(recognized) = zkvm.recognize(elf) {
            let name = format!("{}@{}", zkvm.name(), recognized.version);
            if !names().contains(&name) {
                bail!(
                    "it is for {} {}, which has no engine here: {}; there are engines for {}: build the guest for \
                     one of them",
                    zkvm.name(),
                    recognized.version,
                    recognized.reason,
                    names().join(", ")
                );
            }
            let found = by_name(&name);
            let found = found.map_err(|error| error.context(recognized.reason.clone()))?;
            return Ok((found, recognized));
        }
    }
    // What is no whole ELF for RISC-V is nobody's.
    zkperf_exec::check_elf(elf, "any zkVM").with_context(|| {
        let names = names().join(", ");
        format!("no zkVM recognizes it by its headers (--zkvm names one of {names})")
    })?;
    bail!(
        "no zkVM recognizes it by its headers; say which it is for with --zkvm (there are: {})",
        names().join(", ")
    )
}

/// The zkVM of that name, with or without `@version`.
///
/// # Errors
/// Names the zkVMs and versions there are.
pub fn by_name(wanted: &str) -> Result<Box<dyn Zkvm>> {
    let (name, version) = match wanted.split_once('@') {
        Some((name, version)) => (name, Some(version)),
        None => (wanted, None),
    };
    let found = all().into_iter().find(|zkvm| {
        zkvm.name() == name && version.is_none_or(|version| version == zkvm.version())
    });
    let engine = || version.and_then(|version| engine(name, version));
    found.map(Ok).or_else(engine).unwrap_or_else(|| {
        Err(exit::usage(format!(
            "no zkVM is called {wanted:?} here; there are: {}",
            names().join(", ")
        )))
    })
}

/// The zkVM of that name, or every one for `all`.
///
/// # Errors
/// As [`by_name`].
pub fn selection(wanted: &str) -> Result<Vec<Box<dyn Zkvm>>> {
    match wanted {
        "all" => Ok(all()),
        name => Ok(vec![by_name(name)?]),
    }
}
