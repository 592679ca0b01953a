//! Files that are either there as a whole or not at all.

use crate::error::BuildError;
use sha2::{Digest, Sha256};
use std::path::Path;

/// Writes `bytes` to `path`, making its folder.
pub(crate) fn write_atomic(path: &Path, bytes: &[u8]) -> Result<(), BuildError> {
    let folder = zkperf_files::folder_of(path);
    std::fs::create_dir_all(folder).map_err(BuildError::file(folder))?;
    zkperf_files::write(path, bytes).map_err(BuildError::file(path))
}

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, BuildError> {
    std::fs::read(path).map_err(BuildError::file(path))
}

/// SHA-256 in hexadecimal.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}
