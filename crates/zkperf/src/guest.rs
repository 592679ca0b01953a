//! Loading a guest and its input from files.

use crate::files;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use zkperf_exec::{GuestInput, Program, Zkvm};
use zkperf_profile::{ElfId, InputId};

/// A guest read from a file.
pub struct Guest {
    /// Ready to run.
    pub program: Box<dyn Program>,
    /// Its identity.
    pub id: ElfId,
}

/// Reads and decodes a guest.
///
/// # Errors
/// Names the file.
pub fn load(zkvm: &dyn Zkvm, path: &Path) -> Result<Guest> {
    let bytes = files::read(path)?;
    from_bytes(zkvm, &bytes, &file_name(path)).with_context(|| format!("cannot load {}", path.display()))
}

/// Decodes a guest that is already in memory.
///
/// # Errors
/// As the zkVM's loader.
pub fn from_bytes(zkvm: &dyn Zkvm, bytes: &[u8], name: &str) -> Result<Guest> {
    let program = zkvm.load(bytes)?;
    let id = ElfId {
        sha256: files::sha256(bytes),
        bytes: bytes.len() as u64,
        guest: name.to_owned(),
        ..ElfId::default()
    };
    Ok(Guest { program, id })
}

/// Reads input files, one buffer each.
///
/// # Errors
/// Names the file that cannot be read.
pub fn read_input(paths: &[PathBuf]) -> Result<(GuestInput, InputId)> {
    let buffers = paths.iter().map(|path| files::read(path)).collect::<Result<Vec<_>>>()?;
    let name = paths.first().map_or(String::new(), |path| file_name(path));
    let id = input_id(&buffers, name);
    Ok((GuestInput { buffers }, id))
}

/// Identity of an input: one hash over every buffer and its length.
pub fn input_id(buffers: &[Vec<u8>], name: String) -> InputId {
    let mut all = Vec::new();
    // One buffer keeps the hash that `sha256sum` prints.
    let sha256 = match buffers {
        [one] => files::sha256(one),
        several => {
            for buffer in several {
                all.extend((buffer.len() as u64).to_le_bytes());
                all.extend(buffer);
            }
            files::sha256(&all)
        }
    };
    let bytes = buffers.iter().map(|buffer| buffer.len() as u64).sum();
    InputId { sha256, bytes, name, ..InputId::default() }
}

fn file_name(path: &Path) -> String {
    path.file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned())
}
