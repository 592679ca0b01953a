//! What a machine has and lacks for building guests.

use crate::error::BuildError;
use crate::recipe::{Recipe, RustcSource};
use crate::toolchain::{self, Toolchain};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// How much something is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Need {
    /// Nothing can be built without it.
    Required,
    /// One of those with this need is enough.
    OneOf,
    /// It is usually needed, but it may also be where this check does not look.
    Advised,
}

/// One thing that was looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// What it is.
    pub name: String,
    /// How much it is needed.
    pub need: Need,
    /// Where it is or which version, if it is there.
    pub found: Option<String>,
    /// The command that installs it.
    pub install: String,
}

/// The outcome for one zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoctorReport {
    /// The zkVM.
    pub zkvm: String,
    /// Its version.
    pub zkvm_version: String,
    /// True if guests can be built.
    pub ready: bool,
    /// What was looked for, in order of preference.
    pub checks: Vec<Check>,
    /// The compiler that [`build`](crate::build) would take.
    pub toolchain: Option<Toolchain>,
    /// Where the reference guest's sources are.
    pub reference: Option<PathBuf>,
}

/// Looks for everything that building guests for `zkvm`, a name or `name@version`, takes.
///
/// # Errors
/// [`BuildError::UnknownZkvm`].
pub fn doctor(zkvm: &str) -> Result<DoctorReport, BuildError> {
    let recipe = find_recipe(zkvm)?;
    let mut checks = vec![Check {
        name: "cargo".into(),
        need: Need::Required,
        found: toolchain::output(&cargo(), &["--version"]),
        install: "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh".into(),
    }];
    let mut chosen: Option<Toolchain> = None;
    for candidate in recipe.candidates {
        let found = toolchain::find(recipe, candidate);
        // an environment variable that isn't set is not something a machine lacks
        if found.is_none() && matches!(candidate.rustc, RustcSource::Env(_)) {
            continue;
        }
        let describe = |found: &Toolchain| {
            format!(
                "{} ({})",
                found.version.lines().next().unwrap_or_default(),
                found.rustc.display()
            )
        };
        checks.push(Check {
            name: candidate.name.into(),
            need: Need::OneOf,
            found: found.as_ref().map(describe),
            install: candidate.install.into(),
        });
        chosen = chosen.or(found);
    }
    let linker = toolchain::linker(chosen.as_ref());
    checks.push(Check {
        name: "ld.lld, the linker".into(),
        need: Need::Required,
        found: linker.as_ref().map(|path| path.display().to_string()),
        install: "apt-get install lld".into(),
    });
    if recipe.needs_libclang {
        checks.push(Check {
            name: "libclang, for generating C bindings".into(),
            need: Need::Advised,
            found: libclang().map(|path| path.display().to_string()),
            install: "apt-get install libclang-dev".into(),
        });
    }
    let required = checks
        .iter()
        .filter(|check| check.need == Need::Required)
        .all(|check| check.found.is_some());
    Ok(DoctorReport {
        zkvm: recipe.zkvm.into(),
        zkvm_version: recipe.zkvm_version.into(),
        ready: required && chosen.is_some(),
        checks,
        toolchain: chosen,
        reference: crate::guest::find_guests().map(|guests| guests.join(recipe.reference)),
    })
}

pub(crate) fn find_recipe(zkvm: &str) -> Result<&'static Recipe, BuildError> {
    Recipe::find(zkvm).ok_or_else(|| {
        let known: Vec<_> = Recipe::all().iter().map(Recipe::id).collect();
        BuildError::UnknownZkvm {
            zkvm: zkvm.into(),
            known: known.join(", "),
        }
    })
}

/// Inside `cargo run` and `cargo test` the same cargo, else the one in `PATH`.
pub(crate) fn cargo() -> PathBuf {
    std::env::var_os("CARGO").map_or_else(|| "cargo".into(), PathBuf::from)
}

/// Where bindgen would find libclang: `LIBCLANG_PATH`, else the usual folders.
fn libclang() -> Option<PathBuf> {
    let named = std::env::var_os("LIBCLANG_PATH").map(PathBuf::from);
    let mut folders: Vec<PathBuf> = named.into_iter().collect();
    folders.extend(
        [
            "/usr/lib",
            "/usr/lib64",
            "/usr/local/lib",
            "/opt/homebrew/opt/llvm/lib",
        ]
        .map(PathBuf::from),
    );
    for parent in ["/usr/lib"] {
        let entries = std::fs::read_dir(parent).into_iter().flatten().flatten();
        for entry in entries {
            // /usr/lib/llvm-14/lib on Debian, /usr/lib/x86_64-linux-gnu where it is multiarch
            folders.push(entry.path().join("lib"));
            folders.push(entry.path());
        }
    }
    folders.iter().find_map(|folder| in_folder(folder))
}

fn in_folder(folder: &Path) -> Option<PathBuf> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().map(|entry| entry.path()).find(|path| {
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or_default();
        let library = name.starts_with("libclang.")
            || (name.starts_with("libclang-") && !name.starts_with("libclang-cpp"));
        library && (name.contains(".so") || name.ends_with(".dylib"))
    })
}
