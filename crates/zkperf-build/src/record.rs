//! What made an ELF.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

/// Written beside every ELF, as JSON. It holds no path and no time: the same build gives the same record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BuildRecord {
    /// Version of this structure.
    pub format: u32,
    /// The zkVM.
    pub zkvm: String,
    /// Its version.
    pub zkvm_version: String,
    /// Version of the recipe.
    pub recipe: u32,
    /// The guest's name.
    pub guest: String,
    /// The variant, if one was asked for.
    pub variant: Option<String>,
    /// Its cargo features.
    pub features: Vec<String>,
    /// Which of the recipe's compilers it was.
    pub toolchain: String,
    /// What `rustc -vV` says, line by line.
    pub compiler: Vec<String>,
    /// What the linker says about its version.
    pub linker: String,
    /// What `cargo --version` says.
    pub cargo: String,
    /// The compiler's flags, without those that only remap paths.
    pub flags: Vec<String>,
    /// Names that stand for folders in the ELF.
    pub remapped: BTreeSet<String>,
    /// Packages outside the guest's workspace. If there are any, another folder gives another ELF.
    pub place_dependent: Vec<String>,
    /// Variables that the recipe sets for the compilation, as `NAME=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub environment: Vec<String>,
    /// Lines that the build had in place of the manifest's, as `profile.release.lto = "fat"`: those of a setting of
    /// `zkperf sweep`. Its flags are among [`Self::flags`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub overrides: Vec<String>,
    /// The values that the release profile had, set or by default: `opt-level`, `lto`, `codegen-units`, `panic`. Empty in
    /// records from before they were written down.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub profile: BTreeMap<String, String>,
    /// SHA-256 of the target's specification, in hexadecimal; `None` if the compiler brings the target.
    pub target_sha256: Option<String>,
    /// SHA-256 of the linker script, in hexadecimal.
    pub linker_script_sha256: Option<String>,
    /// SHA-256 of the guest's `Cargo.lock`, in hexadecimal.
    pub lock_sha256: String,
    /// The state of the guest's repository; `None` if it isn't in one.
    pub git: Option<GitState>,
    /// SHA-256 of the ELF, in hexadecimal.
    pub elf_sha256: String,
    /// Size of the ELF, in bytes.
    pub elf_bytes: u64,
    /// Offsets of fields in its types, in bytes, by `type.field`: those that zkperf's probes read, as a build with
    /// `debug = 2` and the same code tells them.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub layout: BTreeMap<String, u64>,
}

impl BuildRecord {
    /// The current value of [`BuildRecord::format`].
    pub const FORMAT: u32 = 1;
}

/// The state of a guest's repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GitState {
    /// The commit that is checked out.
    pub commit: String,
    /// True if the guest's own files differ from that commit.
    pub dirty: bool,
}

impl GitState {
    /// The state of the repository around `folder`, looking for changes below `own` only.
    pub(crate) fn of<'a>(folder: &Path, own: impl Iterator<Item = &'a Path>) -> Option<Self> {
        let commit = git(folder, &["rev-parse".as_ref(), "HEAD".as_ref()])?;
        let mut status: Vec<&std::ffi::OsStr> =
            vec!["status".as_ref(), "--porcelain".as_ref(), "--".as_ref()];
        // links lead out of a repository's index: ask for what they point at
        let own: Vec<_> = own
            .map(|path| path.canonicalize().unwrap_or_else(|_| path.into()))
            .collect();
        status.extend(own.iter().map(|path| path.as_os_str()));
        let changes = git(folder, &status)?;
        Some(Self {
            commit: commit.trim().into(),
            dirty: !changes.trim().is_empty(),
        })
    }
}

fn git(folder: &Path, args: &[&std::ffi::OsStr]) -> Option<String> {
    let output = Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(args)
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
