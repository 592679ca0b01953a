//! Reading and writing files with errors that name them.

use anyhow::{Context, Result};
use std::path::Path;

/// Reads a whole file.
///
/// # Errors
/// Names the file.
pub fn read(path: &Path) -> Result<Vec<u8>> {
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

/// SHA-256 of some bytes, lower-case hex.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    hex::encode(Sha256::digest(bytes))
}
