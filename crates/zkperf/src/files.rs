//! Reading and writing files with errors that name them.

use anyhow::{bail, Context, Result};
use std::path::Path;

/// Reads a whole file.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
    if path.is_dir() {
        bail!("{} is a folder; name the file in it", path.display());
    }
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

/// Writes a file as a whole or not at all, making its folder.
///
/// # Errors
/// Names the file.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    zkperf_files::write_with_folder(path, bytes)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// Checks, before the work, that a file can be written when it is done; leaves nothing behind.
///
/// # Errors
/// Names the file.
pub fn probe(path: &Path) -> Result<()> {
    zkperf_files::probe(path).with_context(|| unwritable(path))
}

/// The same for files in a folder.
///
/// # Errors
/// Names the folder.
pub fn probe_folder(folder: &Path) -> Result<()> {
    zkperf_files::probe_folder(folder).with_context(|| unwritable(folder))
}

fn unwritable(path: &Path) -> String {
    format!(
        "cannot write to {}, so nothing was begun; name another place, or make this one writable",
        path.display()
    )
}

/// SHA-256 of some bytes, lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
