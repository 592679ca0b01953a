//! The whole way from a request to an input file.

use crate::atomic;
use crate::chain::chain_name;
use crate::check::check;
use crate::endpoint::Endpoint;
use crate::error::BlockError;
use crate::node::Node;
use crate::progress::Progress;
use crate::recorded::Recorded;
use crate::request::{InputRequest, InputSource, StoredInput};
use crate::rpc::Rpc;
use crate::store::{sha256, IndexEntry};
use crate::transport::Transport;
use std::path::Path;

/// An input and where it came from.
struct Found {
    entry: IndexEntry,
    /// The input without framing.
    bytes: Vec<u8>,
    /// What it was made of, where a copy was asked for.
    recorded: Option<Recorded>,
    from_store: bool,
}

/// Gets the input file of a block: from the store, else from the request's source, checked natively before anything
/// is stored. A recorded file is always read and checked, even if the store has its block.
///
/// Files appear in full or not at all.
///
/// # Errors
/// [`BlockError`]; each says what to do next, and none holds more of a URL than its host.
pub fn fetch_input(
    request: &InputRequest,
    progress: &mut dyn FnMut(Progress),
) -> Result<StoredInput, BlockError> {
    let commit = request.commit()?;
    let found = match &request.source {
        InputSource::Node(endpoint) => from_node(request, endpoint, progress)?,
        InputSource::Recorded(path) => {
            let recorded = Recorded::read(path)?;
            let origin = path.display().to_string();
            expect_chain(request.chain_id, recorded.chain_id, &origin)?;
            if let Some(expected) = request
                .block
                .filter(|expected| *expected != recorded.block_number)
            {
                return Err(BlockError::WrongBlock {
                    origin,
                    expected,
                    actual: recorded.block_number,
                });
            }
            store(request, recorded, &origin, progress)?
        }
        InputSource::StoreOnly => {
            let block = request.block.ok_or(BlockError::NoBlockNumber)?;
            let chain_id = request.chain_id.unwrap_or(1);
            from_store(request, chain_id, block, progress)?.ok_or_else(|| {
                BlockError::NotStored {
                    store: request.store.root().to_path_buf(),
                    chain: chain_name(chain_id),
                    block,
                }
            })?
        }
    };
    finish(request, commit, found)
}

fn from_node(
    request: &InputRequest,
    endpoint: &Endpoint,
    progress: &mut dyn FnMut(Progress),
) -> Result<Found, BlockError> {
    let block = request.block.ok_or(BlockError::NoBlockNumber)?;
    let believed = request
        .chain_id
        .or_else(|| request.store.recall(endpoint, block));
    if let Some(chain_id) = believed.filter(|_| !request.refetch) {
        if let Some(found) = from_store(request, chain_id, block, progress)? {
            return Ok(found);
        }
    }
    let transport = Transport::new(
        endpoint.clone(),
        request.limits.clone(),
        request.trusted.as_deref(),
    )?;
    let mut node = Node {
        rpc: Rpc::new(transport, request.retry.clone()),
        progress,
    };
    let chain_id = node.chain_id()?;
    let origin = endpoint.to_string();
    expect_chain(request.chain_id, chain_id, &origin)?;
    if believed != Some(chain_id) && !request.refetch {
        if let Some(found) = from_store(request, chain_id, block, node.progress)? {
            request.store.remember(endpoint, block, chain_id);
            return Ok(found);
        }
    }
    // Asking takes longer than anything else here: not before there is room for the answer.
    request.store.probe()?;
    let recorded = node.block(chain_id, block)?;
    let found = store(request, recorded, &origin, progress)?;
    request.store.remember(endpoint, block, chain_id);
    Ok(found)
}

/// The block from the store: its input, or else its recording, converted for this version's witness schema.
fn from_store(
    request: &InputRequest,
    chain_id: u64,
    block: u64,
    progress: &mut dyn FnMut(Progress),
) -> Result<Option<Found>, BlockError> {
    let stored = request.store.input(chain_id, block)?;
    if request.save_recorded.is_none() {
        if let Some((entry, bytes)) = stored {
            progress(Progress::FromStore { block });
            return Ok(Some(Found {
                entry,
                bytes,
                recorded: None,
                from_store: true,
            }));
        }
    }
    let Some(recorded) = request.store.recorded(chain_id, block)? else {
        return Ok(None);
    };
    progress(Progress::FromStore { block });
    let found = match stored {
        Some((entry, bytes)) => Found {
            entry,
            bytes,
            recorded: Some(recorded),
            from_store: true,
        },
        None => Found {
            from_store: true,
            ..store(request, recorded, "the stored recording", progress)?
        },
    };
    Ok(Some(found))
}

fn store(
    request: &InputRequest,
    recorded: Recorded,
    origin: &str,
    progress: &mut dyn FnMut(Progress),
) -> Result<Found, BlockError> {
    request.store.probe()?;
    progress(Progress::Checking {
        block: recorded.block_number,
    });
    let checked = check(&recorded, origin)?;
    progress(Progress::Storing {
        bytes: checked.bytes.len() as u64,
    });
    let entry = request.store.put(&recorded, &checked)?;
    Ok(Found {
        entry,
        bytes: checked.bytes,
        recorded: Some(recorded),
        from_store: false,
    })
}

fn expect_chain(expected: Option<u64>, actual: u64, origin: &str) -> Result<(), BlockError> {
    match expected {
        Some(expected) if expected != actual => Err(BlockError::WrongChain {
            origin: origin.to_string(),
            expected: chain_name(expected),
            actual: chain_name(actual),
        }),
        _ => Ok(()),
    }
}

/// Writes the framed file and the recording.
fn finish(request: &InputRequest, commit: &str, found: Found) -> Result<StoredInput, BlockError> {
    let Found {
        entry,
        bytes,
        recorded,
        from_store,
    } = found;
    let format = request.format;
    let folder = match &request.output_dir {
        Some(folder) => folder.clone(),
        None => request.store.root().join("files").join(format.spec().name),
    };
    let chain = chain_name(entry.chain_id);
    let path = folder.join(format!("ethrex_{chain}_{}_{commit}_input.bin", entry.block));
    let file = format.frame(&bytes);
    let linked = || {
        // A file that the user asked for is the user's alone, to do with as they like.
        request.output_dir.is_none()
            && link_to_twin(&path, &format!("ethrex_{chain}_{}_", entry.block), &file)
    };
    if !atomic::holds(&path, &file) && !linked() {
        atomic::write(&path, &file)?;
    }
    let recorded = match (&request.save_recorded, recorded) {
        (Some(path), Some(recorded)) => {
            recorded.save(path)?;
            Some(path.clone())
        }
        _ => None,
    };
    Ok(StoredInput {
        path,
        format,
        sha256: sha256(&file),
        bytes: file.len() as u64,
        object: entry.object,
        chain_id: entry.chain_id,
        chain,
        block: entry.block,
        block_hash: entry.block_hash,
        schema: entry.schema,
        transactions: entry.transactions,
        gas_used: entry.gas_used,
        from_store,
        recorded,
    })
}

/// Gives a file of the store another name, if the same bytes are there under another commit's; whether it did.
fn link_to_twin(path: &Path, begins: &str, bytes: &[u8]) -> bool {
    let siblings = std::fs::read_dir(zkperf_files::folder_of(path));
    let mut siblings = siblings.into_iter().flatten().flatten();
    siblings.any(|sibling| {
        sibling.file_name().to_string_lossy().starts_with(begins)
            && atomic::holds(&sibling.path(), bytes)
            // Fails where `path` is taken by something damaged, or links are not known: it is written then.
            && std::fs::hard_link(sibling.path(), path).is_ok()
    })
}
