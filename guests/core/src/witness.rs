//! From the witness's flat lists to the state that execution reads.
//!
//! Nothing in a witness is believed: trie nodes and codes are filed under the hash of their own bytes, the tries
//! are grown from the parent's state root, and the headers must chain up to the block. What is missing or wrong
//! therefore shows up as absent, never as other content.

use crate::input::GuestInput;
use crate::reject::Reject;
use bytes::Bytes;
use ethrex_common::types::block_execution_witness::{
    collect_accounts_from_embedded_trie, GuestProgramState,
};
use ethrex_common::types::{Block, BlockHeader, ChainConfig, Code};
use ethrex_common::H256;
use ethrex_crypto::Crypto;
use ethrex_rlp::decode::RLPDecode;
use ethrex_trie::{FxHashMap, Node, NodeRef, Trie, TrieError, EMPTY_TRIE_HASH};
use std::collections::BTreeMap;

/// Nibbles in a trie key: every key is the Keccak-256 of an address or of a slot.
const KEY_NIBBLES: usize = 64;

/// Builds the state before `block` out of `input`, having checked the ancestors' headers.
pub(crate) fn load(
    input: &GuestInput<'_>,
    block: &Block,
    chain_config: ChainConfig,
    crypto: &dyn Crypto,
) -> Result<GuestProgramState, Reject> {
    let headers = ancestors(&input.headers, block, crypto)?;
    let parent = headers
        .last()
        .ok_or(Reject::NoParent(block.header.number.saturating_sub(1)))?
        .clone();
    let nodes = nodes_by_hash(&input.nodes, crypto);
    let state_root = embed(&nodes, parent.state_root, crypto)?;
    let mut storage_tries = BTreeMap::new();
    if let NodeRef::Node(root, _) = &state_root {
        for (account, storage_root) in collect_accounts_from_embedded_trie(root, &nodes, crypto) {
            // an untouched account's storage is not part of the witness; if it is touched after all, reading it
            // fails then
            if storage_root != EMPTY_TRIE_HASH && nodes.contains_key(&storage_root) {
                let storage = embed(&nodes, storage_root, crypto)?;
                storage_tries.insert(account, Trie::new_temp_with_root(storage));
            }
        }
    }
    let codes_hashed = input.codes.iter().map(|code| {
        let code = Code::from_bytecode(Bytes::copy_from_slice(code), crypto);
        (code.hash, code)
    });
    Ok(GuestProgramState {
        codes_hashed: codes_hashed.collect(),
        state_trie: Trie::new_temp_with_root(state_root),
        storage_tries,
        block_headers: headers
            .into_iter()
            .map(|header| (header.number, header))
            .collect(),
        parent_block_header: parent,
        first_block_number: block.header.number,
        chain_config,
        account_hashes_by_address: BTreeMap::new(),
        verified_storage_roots: BTreeMap::new(),
    })
}

/// Decodes the headers and checks that each is the parent of the next and the last that of `block`. Their hashes
/// are computed once, by the given `crypto`, and kept in the headers.
fn ancestors(
    encoded: &[&[u8]],
    block: &Block,
    crypto: &dyn Crypto,
) -> Result<Vec<BlockHeader>, Reject> {
    let mut headers: Vec<BlockHeader> = Vec::with_capacity(encoded.len());
    for (index, rlp) in encoded.iter().enumerate() {
        let header = BlockHeader::decode(rlp).map_err(|cause| Reject::HeaderRlp {
            index,
            cause: cause.to_string(),
        })?;
        if let Some(previous) = headers.last() {
            let chained = previous.number.checked_add(1) == Some(header.number)
                && header.parent_hash == previous.hash();
            if !chained {
                return Err(Reject::HeaderChain(index - 1));
            }
        }
        // decoding leaves the hash unset, so this always takes effect
        let _ = header.hash.set(H256(crypto.keccak256(rlp)));
        headers.push(header);
    }
    let wanted = block.header.number.wrapping_sub(1);
    match headers.last() {
        Some(parent) if parent.number != wanted => Err(Reject::NoParent(wanted)),
        Some(parent) if parent.hash() != block.header.parent_hash => Err(Reject::ParentHash),
        Some(_) => Ok(headers),
        None => Err(Reject::NoParent(wanted)),
    }
}

/// Files each node under the hash of its bytes. Bytes that aren't a trie node are left out, which at worst makes a
/// node missing.
fn nodes_by_hash(encoded: &[&[u8]], crypto: &dyn Crypto) -> FxHashMap<H256, Node> {
    let mut nodes = FxHashMap::with_capacity_and_hasher(encoded.len(), Default::default());
    for rlp in encoded {
        if let Ok(node) = Node::decode(rlp) {
            nodes.insert(H256(crypto.keccak256(rlp)), node);
        }
    }
    nodes
}

fn embed(
    nodes: &FxHashMap<H256, Node>,
    root: H256,
    crypto: &dyn Crypto,
) -> Result<NodeRef, Reject> {
    Trie::get_embedded_root_committed(nodes, root, crypto, KEY_NIBBLES).map_err(|error| match error
    {
        TrieError::InconsistentTree(_) => Reject::NoStateRoot(root),
        other => Reject::TrieNode(other.to_string()),
    })
}
