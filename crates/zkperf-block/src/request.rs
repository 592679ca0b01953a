//! What is asked for and what comes out.

use crate::endpoint::Endpoint;
use crate::error::BlockError;
use crate::format::InputFormat;
use crate::store::Store;
use crate::transport::{Limits, RetryPolicy};
use serde::Serialize;
use std::path::PathBuf;

/// Where a block comes from if the store doesn't have it.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum InputSource {
    /// A node.
    Node(Endpoint),
    /// A recorded file.
    Recorded(PathBuf),
    /// Nowhere: the store or an error.
    StoreOnly,
}

/// A request for an input file.
#[derive(Debug, Clone, Serialize)]
pub struct InputRequest {
    /// The block's number. Needed, except that a recorded file knows its own.
    pub block: Option<u64>,
    /// Where to get it.
    pub source: InputSource,
    /// The chain it must be of; `None` takes the source's (mainnet, if there is only the store).
    pub chain_id: Option<u64>,
    /// The zkVM the file is for.
    pub format: InputFormat,
    /// Short commit of the guest's repository, for the file's name; `None` writes `nogit`.
    pub commit: Option<String>,
    /// Folder for the file; `None` puts it into the store's own.
    pub output_dir: Option<PathBuf>,
    /// The store.
    pub store: Store,
    /// Where to save what the node answered, as a file that [`InputSource::Recorded`] reads.
    pub save_recorded: Option<PathBuf>,
    /// Ask the source even if the store has the block.
    pub refetch: bool,
    /// PEM file of the certificates that an `https://` node's must lead to; `None` takes the bundled ones.
    pub trusted: Option<PathBuf>,
    /// When failed calls are made again.
    pub retry: RetryPolicy,
    /// What one call may take.
    pub limits: Limits,
}

impl InputRequest {
    /// A request with the usual settings: ZisK, the store's own folder, `nogit`.
    pub fn new(source: InputSource, block: Option<u64>, store: Store) -> Self {
        Self {
            block,
            source,
            chain_id: None,
            format: InputFormat::default(),
            commit: None,
            output_dir: None,
            store,
            save_recorded: None,
            refetch: false,
            trusted: None,
            retry: RetryPolicy::default(),
            limits: Limits::default(),
        }
    }

    /// The commit as it stands in the file's name.
    pub(crate) fn commit(&self) -> Result<&str, BlockError> {
        let commit = self.commit.as_deref().unwrap_or("nogit");
        let fine = |c: char| c.is_ascii_alphanumeric() || c == '-';
        match !commit.is_empty() && commit.len() <= 64 && commit.chars().all(fine) {
            true => Ok(commit),
            false => Err(BlockError::BadCommit {
                commit: commit.escape_debug().take(80).collect(),
            }),
        }
    }
}

/// An input file that is there, checked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredInput {
    /// The file: `ethrex_<chain>_<block>_<commit>_input.bin`.
    pub path: PathBuf,
    /// The zkVM it is framed for.
    pub format: InputFormat,
    /// SHA-256 of the file, lower-case hex.
    pub sha256: String,
    /// Size of the file, in bytes.
    pub bytes: u64,
    /// SHA-256 of the input without framing, lower-case hex: the same for every format, and its name in the store.
    pub object: String,
    /// The chain's id.
    pub chain_id: u64,
    /// The chain's name, or its id.
    pub chain: String,
    /// The block's number.
    pub block: u64,
    /// The block's hash, lower-case hex.
    pub block_hash: String,
    /// Witness schema.
    pub schema: String,
    /// Transactions in the block.
    pub transactions: u64,
    /// Gas the block used.
    pub gas_used: u64,
    /// Whether it came from the store, without asking the source.
    pub from_store: bool,
    /// The recording that was saved, if one was asked for.
    pub recorded: Option<PathBuf>,
}
