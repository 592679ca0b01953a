//! Reading an input file back: what it is, or why it can't be used.

use crate::atomic;
use crate::chain::chain_name;
use crate::check::decode_block;
use crate::error::{BlockError, InputFileError};
use crate::format::{Framing, FramingError, InputFormat};
use crate::store::sha256;
use serde::Serialize;
use std::path::Path;
use zkperf_guest_core::{GuestInput, InputError, WITNESS_SCHEMA};

/// How an encoded [`GuestInput`] starts.
const MAGIC: &[u8] = b"zkpinput";

/// What an input of the reference guest holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InputInfo {
    /// How the buffer is framed in the file.
    pub framing: Framing,
    /// Witness schema.
    pub schema: String,
    /// The chain's id.
    pub chain_id: u64,
    /// The chain's name, or its id.
    pub chain: String,
    /// The block's number.
    pub block: u64,
    /// The block's hash, lower-case hex.
    pub block_hash: String,
    /// Transactions in the block.
    pub transactions: u64,
    /// Gas used, as the header says.
    pub gas_used: u64,
    /// Trie nodes in the witness.
    pub nodes: u64,
    /// Byte codes in the witness.
    pub codes: u64,
    /// Headers in the witness.
    pub headers: u64,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
}

/// Reads the input file `path`. With `wanted`, it must be framed for that zkVM; without, any framing will do.
///
/// # Errors
/// [`BlockError::File`] if it can't be read, [`BlockError::InputFile`] if it is no usable input of the reference
/// guest: empty, truncated, misframed, foreign, of another witness schema, or damaged. Whether the witness proves
/// the block is not checked here: that was done before it was stored, and the guest does it again.
pub fn inspect_input(path: &Path, wanted: Option<InputFormat>) -> Result<InputInfo, BlockError> {
    inspect_bytes(&atomic::read(path)?, wanted).map_err(|cause| BlockError::InputFile {
        path: path.to_path_buf(),
        cause,
    })
}

/// As [`inspect_input`], of a file's content.
///
/// # Errors
/// [`InputFileError`].
pub fn inspect_bytes(
    file: &[u8],
    wanted: Option<InputFormat>,
) -> Result<InputInfo, InputFileError> {
    let (framing, input) = read_input(file, wanted)?;
    let block = decode_block(input.block).map_err(InputFileError::Malformed)?;
    let chain_id = input.chain.chain_id();
    Ok(InputInfo {
        framing,
        schema: WITNESS_SCHEMA.to_string(),
        chain_id,
        chain: chain_name(chain_id),
        block: block.header.number,
        block_hash: hex::encode(block.header.hash()),
        transactions: block.body.transactions.len() as u64,
        gas_used: block.header.gas_used,
        nodes: input.nodes.len() as u64,
        codes: input.codes.len() as u64,
        headers: input.headers.len() as u64,
        bytes: file.len() as u64,
        sha256: sha256(file),
    })
}

/// What an input file holds, and how it is framed.
pub(crate) fn read_input(
    file: &[u8],
    wanted: Option<InputFormat>,
) -> Result<(Framing, GuestInput<'_>), InputFileError> {
    let framing = framing_of(file)?;
    if let Some(wanted) = wanted {
        let found = match framing {
            Framing::Raw => "it is a bare buffer".to_string(),
            Framing::LengthPrefixed => "its buffer has a length in front".to_string(),
        };
        if wanted.spec().framing != framing {
            return Err(InputFileError::Misframed {
                wanted: wanted.spec().name,
                found,
            });
        }
    }
    let misframed = |found| InputFileError::Misframed {
        wanted: InputFormat::Zisk.spec().name,
        found,
    };
    let data = framing.unframe(file).map_err(|error| match error {
        FramingError::Truncated { wanted, got } => InputFileError::Truncated { wanted, got },
        FramingError::TrailingBytes { extra } => {
            misframed(format!("{extra} bytes follow its buffer"))
        }
        FramingError::Padding => misframed("its padding is not zero".to_string()),
    })?;
    let input = GuestInput::decode(data).map_err(|error| match error {
        InputError::Empty => InputFileError::Empty,
        InputError::Foreign => InputFileError::Foreign,
        InputError::OtherSchema { found } => InputFileError::StaleSchema {
            found: shorten(&found),
        },
        InputError::Truncated { offset, wanted, .. } => {
            let start = (offset_of_data(framing) + offset) as u64;
            InputFileError::Truncated {
                wanted: wanted.saturating_add(start),
                got: file.len() as u64,
            }
        }
        InputError::Malformed(what) => InputFileError::Malformed(what.to_string()),
    })?;
    Ok((framing, input))
}

/// Which framing a file has, by where the buffer's magic stands.
fn framing_of(file: &[u8]) -> Result<Framing, InputFileError> {
    let (_, rest) = file.split_at(file.len().min(8));
    if file.iter().all(|byte| *byte == 0) {
        Err(InputFileError::Empty)
    } else if file.starts_with(MAGIC) {
        Ok(Framing::Raw)
    } else if rest.starts_with(MAGIC) {
        Ok(Framing::LengthPrefixed)
    } else if rest.is_empty() || MAGIC.starts_with(rest) {
        // too short to tell from one that was cut
        Err(InputFileError::Truncated {
            wanted: 16,
            got: file.len() as u64,
        })
    } else {
        Err(InputFileError::Foreign)
    }
}

fn offset_of_data(framing: Framing) -> usize {
    match framing {
        Framing::Raw => 0,
        Framing::LengthPrefixed => 8,
    }
}

/// A foreign text, fit for one line.
fn shorten(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(80).collect()
}
