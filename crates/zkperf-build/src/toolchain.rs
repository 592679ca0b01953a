//! Which of a recipe's compilers are on this machine.

use crate::error::BuildError;
use crate::recipe::{Candidate, Recipe, RustcSource, StdSource};
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A compiler that was found and can build guests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Toolchain {
    /// The candidate's name in the recipe.
    pub name: String,
    /// The compiler.
    pub rustc: PathBuf,
    /// What `rustc -vV` says.
    pub version: String,
    /// Its sysroot.
    pub sysroot: PathBuf,
    /// True if std is built from the sources in the sysroot, false if it ships for the target.
    pub std_from_source: bool,
}

impl Toolchain {
    /// The folder with the sources of the standard library's repository.
    pub(crate) fn std_sources(&self) -> PathBuf {
        self.sysroot.join("lib/rustlib/src/rust")
    }

    /// The host's target triple.
    fn host(&self) -> Option<&str> {
        self.version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
    }
}

/// Looks for `candidate`; `None` if it isn't installed or lacks std for the target.
pub(crate) fn find(recipe: &Recipe, candidate: &Candidate) -> Option<Toolchain> {
    let rustc = match candidate.rustc {
        RustcSource::Env(variable) => PathBuf::from(std::env::var_os(variable)?),
        RustcSource::Rustup(name) => PathBuf::from(output(
            "rustup".as_ref(),
            &["which", "--toolchain", name, "rustc"],
        )?),
        RustcSource::Program(program) => PathBuf::from(program),
    };
    let version = output(&rustc, &["-vV"])?;
    let sysroot = PathBuf::from(output(&rustc, &["--print", "sysroot"])?);
    let std_from_source = candidate.std == StdSource::Source;
    let found = Toolchain {
        name: candidate.name.to_string(),
        rustc,
        version,
        sysroot,
        std_from_source,
    };
    let std = match candidate.std {
        StdSource::Source => found.std_sources().join("library/std/Cargo.toml"),
        StdSource::Prebuilt => found.sysroot.join("lib/rustlib").join(recipe.target),
    };
    std.exists().then_some(found)
}

/// The first of the recipe's candidates that is there.
///
/// # Errors
/// [`BuildError::NoToolchain`] if none is.
pub(crate) fn select(recipe: &Recipe) -> Result<Toolchain, BuildError> {
    let mut candidates = recipe.candidates.iter();
    candidates
        .find_map(|candidate| find(recipe, candidate))
        .ok_or_else(|| BuildError::NoToolchain {
            zkvm: recipe.zkvm,
            install: recipe.candidates.first().map_or("", |one| one.install),
        })
}

/// The linker: `ld.lld` from `PATH`, else the one that ships with rustup's compilers.
pub(crate) fn linker(toolchain: Option<&Toolchain>) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let in_path = std::env::split_paths(&path)
        .map(|folder| folder.join("ld.lld"))
        .find(|file| file.is_file());
    in_path.or_else(|| {
        let toolchain = toolchain?;
        let shipped = toolchain
            .sysroot
            .join("lib/rustlib")
            .join(toolchain.host()?)
            .join("bin/gcc-ld/ld.lld");
        shipped.is_file().then_some(shipped)
    })
}

/// What a program prints on success, without the line's end.
pub(crate) fn output(program: &Path, args: &[&str]) -> Option<String> {
    let output = Command::new(program).args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim_end().to_string())
}
