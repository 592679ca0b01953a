//! From the witness's flat lists to the state that execution reads.

use crate::circuits::JumpDestinations;
use crate::node_index::NodeIndex;
use crate::state::State;
use ethrex_common::types::{Block, BlockHeader};
use ethrex_common::H256;
use ethrex_rlp::decode::RLPDecode;
use ethrex_trie::EMPTY_TRIE_HASH;
use std::sync::Arc;
use zkperf_guest_core::{Crypto, GuestInput, Reject};

/// Builds the state before `block` out of `input`, having checked the ancestors' headers. The second value is the
/// parent's header.
///
/// Nothing in a witness is believed: nodes and codes are filed under the hash of their own bytes, reads begin at the
/// parent's state root, and the headers must chain up to the block. What is missing or wrong therefore shows up as
/// absent, never as other content.
pub(crate) fn load(
    input: &GuestInput<'static>,
    block: &Block,
    crypto: Arc<dyn Crypto>,
    jump_destinations: JumpDestinations,
) -> Result<(State, BlockHeader), Reject> {
    let headers = ancestors(input, block, crypto.as_ref())?;
    let nodes = NodeIndex::new(&input.nodes, crypto.as_ref());
    let hashes = headers.iter().map(|header| (header.number, header.hash()));
    let hashes = hashes.collect();
    let parent = headers.into_iter().next_back();
    let parent = parent.ok_or_else(|| no_parent(block))?;
    let root = parent.state_root;
    if root != EMPTY_TRIE_HASH && nodes.get(&root.0).is_none() {
        return Err(Reject::NoStateRoot(root));
    }
    let state = State::new(nodes, input, root, hashes, crypto, jump_destinations);
    Ok((state, parent))
}

fn no_parent(block: &Block) -> Reject {
    Reject::NoParent(block.header.number.wrapping_sub(1))
}

/// Decodes the headers and checks that each is the parent of the next and the last that of `block`. Their hashes
/// are computed once, by the given `crypto`, and kept in the headers.
fn ancestors(
    input: &GuestInput<'static>,
    block: &Block,
    crypto: &dyn Crypto,
) -> Result<Vec<BlockHeader>, Reject> {
    let mut headers: Vec<BlockHeader> = Vec::with_capacity(input.headers.len());
    for (index, rlp) in input.headers.iter().enumerate() {
        let header = BlockHeader::decode(rlp).map_err(|cause| Reject::HeaderRlp {
            index,
            cause: cause.to_string(),
        })?;
        if let Some(previous) = headers.last() {
            let follows = previous.number.checked_add(1) == Some(header.number);
            if !follows || header.parent_hash != previous.hash() {
                return Err(Reject::HeaderChain(index - 1));
            }
        }
        // decoding leaves the hash unset, so this always takes effect
        let _ = header.hash.set(H256(crypto.keccak256(rlp)));
        headers.push(header);
    }
    let parent = headers.last().ok_or_else(|| no_parent(block))?;
    if parent.number != block.header.number.wrapping_sub(1) {
        return Err(no_parent(block));
    }
    match parent.hash() == block.header.parent_hash {
        true => Ok(headers),
        false => Err(Reject::ParentHash),
    }
}
