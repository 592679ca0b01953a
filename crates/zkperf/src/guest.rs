//! Loading a guest and its input from files.

use crate::{files, progress};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use zkperf_build::BuildRecord;
use zkperf_exec::{GuestInput, Program, Zkvm};
use zkperf_profile::{ElfId, InputId};

/// A guest read from a file.
pub struct Guest {
    /// Ready to run.
    pub program: Box<dyn Program>,
    /// Its identity.
    pub id: ElfId,
}

/// Reads and decodes a guest, and the build record beside it if there is one.
///
/// # Errors
/// Names the file.
pub fn load(zkvm: &dyn Zkvm, path: &Path, quiet: bool) -> Result<Guest> {
    let _spinner = progress::Spinner::new(quiet, format!("loading {}", path.display()));
    let bytes = files::read(path)?;
    let mut guest = from_bytes(zkvm, &bytes, &file_name(path))
        .with_context(|| format!("cannot load {}", path.display()))?;
    let record = files::read(&path.with_extension("json")).ok();
    if let Some(record) = record.and_then(|json| serde_json::from_slice(&json).ok()) {
        adopt(&mut guest.id, &record);
    }
    Ok(guest)
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

/// Takes over what a build record says, if it is of this very ELF.
pub fn adopt(id: &mut ElfId, record: &BuildRecord) {
    if record.elf_sha256 != id.sha256 {
        return;
    }
    id.guest = record.guest.clone();
    id.variant = record.variant.clone().unwrap_or_default();
    id.compiler = record.compiler.first().cloned().unwrap_or_default();
    if let Some(git) = &record.git {
        id.git_commit = git.commit.clone();
        id.git_dirty = git.dirty;
    }
}

/// Reads input files, one buffer each.
///
/// # Errors
/// A file that cannot be read, is empty, or is a damaged or outdated input of the reference guest.
pub fn read_input(paths: &[PathBuf]) -> Result<(GuestInput, InputId)> {
    let mut buffers = Vec::new();
    let mut id = InputId::default();
    for path in paths {
        let bytes = files::read(path)?;
        if bytes.is_empty() {
            bail!(
                "{} is empty; `zkperf input` writes input files",
                path.display()
            );
        }
        describe(&mut id, &bytes, path)?;
        buffers.push(bytes);
    }
    if let Some(path) = paths.first() {
        id.name = file_name(path);
    }
    hash(&mut id, &buffers);
    Ok((
        GuestInput {
            buffers,
            ..GuestInput::default()
        },
        id,
    ))
}

/// What the reference guest's inputs say of themselves; other guests' inputs say nothing.
fn describe(id: &mut InputId, bytes: &[u8], path: &Path) -> Result<()> {
    use zkperf_block::InputFileError as Bad;
    match zkperf_block::inspect_bytes(bytes, None) {
        Ok(info) => {
            id.schema = info.schema;
            id.block = Some(info.block);
            id.chain_id = Some(info.chain_id);
            Ok(())
        }
        // Not of the reference guest: any guest may read what it likes.
        Err(Bad::Foreign | Bad::Empty | Bad::Truncated { .. }) if !is_reference_input(bytes) => {
            Ok(())
        }
        Err(bad) => {
            Err(anyhow::Error::new(bad).context(format!("{} cannot be used", path.display())))
        }
    }
}

/// Whether a file begins as an input of the reference guest does, framed or not.
fn is_reference_input(bytes: &[u8]) -> bool {
    const MAGIC: &[u8] = b"zkpinput";
    bytes.starts_with(MAGIC) || bytes.get(8..16) == Some(MAGIC)
}

/// One hash over every buffer; a single buffer keeps the hash that `sha256sum` prints.
fn hash(id: &mut InputId, buffers: &[Vec<u8>]) {
    id.bytes = buffers.iter().map(|buffer| buffer.len() as u64).sum();
    id.sha256 = match buffers {
        [one] => files::sha256(one),
        several => {
            let mut all = Vec::new();
            for buffer in several {
                all.extend((buffer.len() as u64).to_le_bytes());
                all.extend(buffer);
            }
            files::sha256(&all)
        }
    };
}

/// A single buffer that is already in memory.
pub fn input_from_bytes(bytes: Vec<u8>, name: &str) -> Result<(GuestInput, InputId)> {
    let mut id = InputId {
        name: name.to_owned(),
        ..InputId::default()
    };
    describe(&mut id, &bytes, Path::new(name))?;
    let buffers = vec![bytes];
    hash(&mut id, &buffers);
    Ok((
        GuestInput {
            buffers,
            ..GuestInput::default()
        },
        id,
    ))
}

fn file_name(path: &Path) -> String {
    path.file_name()
        .map_or(String::new(), |name| name.to_string_lossy().into_owned())
}
