//! Inputs that must be rejected, made mechanically out of an honest one.
//!
//! A [`Tampering`] is a row of a table: what is changed, which reject codes are the right reason, and how far a guest
//! gets with it. Choices (which node, which code) follow from the input's hash, so the same input always gives the
//! same lies; where a choice must matter, the unmodified code is asked natively whether it does.

mod body;
mod header;
mod unreadable;
mod witness;

use crate::error::GateError;
use crate::native::native;
use ethrex_common::types::{compute_transactions_root, Block, BlockHeader};
use ethrex_rlp::decode::RLPDecode;
use ethrex_rlp::encode::RLPEncode;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;
use zkperf_guest_core::{ChainSpec, GuestInput, PortableCrypto};

/// Nodes and codes that are tried, at most, to find one that execution needs.
const ATTEMPTS: usize = 24;

/// How far a guest gets with a tampered input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// It stops before the block is executed: a fraction of a run.
    Early,
    /// The block is executed, in part or in full: up to a whole run.
    Execution,
}

/// One way to make an honest input one that must be rejected.
pub struct Tampering {
    /// Name, such as `state-root`.
    pub id: &'static str,
    /// What is changed.
    pub about: &'static str,
    /// Reject codes that are the right reason.
    pub codes: &'static [u32],
    /// How far a guest gets.
    pub reach: Reach,
    change: Change,
}

/// What is changed.
enum Change {
    /// The encoded input itself: only guests that read the reference guest's format know it.
    Bytes(fn(&Original) -> Option<Vec<u8>>),
    /// Block or witness, whatever format they travel in. `None`: this block has nothing to change.
    Parts(fn(&Original, &mut Parts) -> Option<()>),
    /// Their order, which another input command may well put right again: then nothing is wrong any more.
    Order(fn(&Original, &mut Parts) -> Option<()>),
}

/// Block and witness, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub struct Parts {
    /// RLP of the block.
    pub block: Vec<u8>,
    /// RLP of trie nodes.
    pub nodes: Vec<Vec<u8>>,
    /// Byte codes.
    pub codes: Vec<Vec<u8>>,
    /// RLP of headers, ascending, the parent's last.
    pub headers: Vec<Vec<u8>>,
}

/// An honest input.
pub struct Original {
    bytes: Vec<u8>,
    chain: ChainSpec,
    parts: Parts,
    block: Block,
    parent: BlockHeader,
    seed: u64,
    /// What [`Original::needed`] found: it takes native runs, and several tamperings ask for it.
    needed_node: OnceLock<Option<usize>>,
    needed_code: OnceLock<Option<usize>>,
}

/// Every tampering, cheap ones first within a group.
pub fn tamperings() -> impl Iterator<Item = &'static Tampering> {
    [unreadable::LIST, header::LIST, body::LIST, witness::LIST]
        .into_iter()
        .flatten()
}

/// The tampering of that name.
pub fn tampering(id: &str) -> Option<&'static Tampering> {
    tamperings().find(|tampering| tampering.id == id)
}

impl Tampering {
    /// The tampered input, without framing; `None` if the block has nothing of that kind to tamper with.
    pub fn input(&self, original: &Original) -> Option<Vec<u8>> {
        match self.change {
            Change::Bytes(make) => make(original),
            Change::Parts(change) | Change::Order(change) => {
                let mut parts = original.parts.clone();
                change(original, &mut parts)?;
                Some(original.encode(&parts))
            }
        }
    }

    /// The tampered block and witness, for guests that read another format; `None` as for [`Tampering::input`], and
    /// for tamperings with the reference guest's own format and order.
    pub fn parts(&self, original: &Original) -> Option<Parts> {
        match self.change {
            Change::Bytes(_) | Change::Order(_) => None,
            Change::Parts(change) => {
                let mut parts = original.parts.clone();
                change(original, &mut parts)?;
                Some(parts)
            }
        }
    }
}

impl Original {
    /// Takes an input apart (without framing).
    ///
    /// # Errors
    /// [`GateError::NotAnInput`]. Whether it is honest is not looked at here.
    pub fn new(name: &str, bytes: Vec<u8>) -> Result<Self, GateError> {
        let refuse = |cause: String| GateError::NotAnInput {
            name: name.to_owned(),
            cause,
        };
        let input = GuestInput::decode(&bytes).map_err(|cause| refuse(cause.to_string()))?;
        let owned = |items: &[&[u8]]| items.iter().map(|item| item.to_vec()).collect();
        let parts = Parts {
            block: input.block.to_vec(),
            nodes: owned(&input.nodes),
            codes: owned(&input.codes),
            headers: owned(&input.headers),
        };
        let chain = input.chain.clone();
        let block = Block::decode(&parts.block).map_err(|cause| refuse(cause.to_string()))?;
        let parent = parts.headers.last().map(|rlp| BlockHeader::decode(rlp));
        let parent = match parent {
            Some(Ok(parent)) => parent,
            Some(Err(cause)) => return Err(refuse(cause.to_string())),
            None => return Err(refuse("it holds no header of the parent".to_owned())),
        };
        let digest = Sha256::digest(&bytes);
        let seed = u64::from_le_bytes(core::array::from_fn(|i| digest[i]));
        Ok(Self {
            bytes,
            chain,
            parts,
            block,
            parent,
            seed,
            needed_node: OnceLock::new(),
            needed_code: OnceLock::new(),
        })
    }

    /// The input itself, without framing.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The block's number.
    pub fn block_number(&self) -> u64 {
        self.block.header.number
    }

    fn encode(&self, parts: &Parts) -> Vec<u8> {
        fn slices(items: &[Vec<u8>]) -> Vec<&[u8]> {
            items.iter().map(Vec::as_slice).collect()
        }
        GuestInput {
            chain: self.chain.clone(),
            block: &parts.block,
            nodes: slices(&parts.nodes),
            codes: slices(&parts.codes),
            headers: slices(&parts.headers),
        }
        .encode()
    }

    /// The positions of a list of that length in an order that follows from the input, `label` by `label` another one.
    fn order(&self, label: &str, length: usize) -> Vec<usize> {
        let mut state = self.seed;
        for byte in label.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
        }
        let mut order: Vec<usize> = (0..length).collect();
        for at in (1..length).rev() {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            order.swap(at, (state >> 33) as usize % (at + 1));
        }
        order
    }

    /// A trie node, chosen by the input, without which the unmodified code rejects the block for that reason.
    fn needed_node(&self) -> Option<usize> {
        *self
            .needed_node
            .get_or_init(|| self.needed(List::Nodes, 41))
    }

    /// The same of a code.
    fn needed_code(&self) -> Option<usize> {
        *self
            .needed_code
            .get_or_init(|| self.needed(List::Codes, 42))
    }

    fn needed(&self, list: List, code: u32) -> Option<usize> {
        let length = list.of(&self.parts).len();
        let order = self.order(list.label(), length);
        order.into_iter().take(ATTEMPTS).find(|&at| {
            let mut parts = self.parts.clone();
            list.of_mut(&mut parts).remove(at);
            native(&self.encode(&parts)).is_ok_and(|native| native.status == code)
        })
    }
}

/// A list of the witness from which something is withheld.
#[derive(Debug, Clone, Copy)]
enum List {
    Nodes,
    Codes,
}

impl List {
    fn label(self) -> &'static str {
        match self {
            Self::Nodes => "node",
            Self::Codes => "code",
        }
    }

    fn of(self, parts: &Parts) -> &Vec<Vec<u8>> {
        match self {
            Self::Nodes => &parts.nodes,
            Self::Codes => &parts.codes,
        }
    }

    fn of_mut(self, parts: &mut Parts) -> &mut Vec<Vec<u8>> {
        match self {
            Self::Nodes => &mut parts.nodes,
            Self::Codes => &mut parts.codes,
        }
    }
}

/// Puts a changed block in place.
fn with_block(
    original: &Original,
    parts: &mut Parts,
    change: impl FnOnce(&mut Block) -> Option<()>,
) -> Option<()> {
    let mut block = original.block.clone();
    change(&mut block)?;
    // The header keeps the hash of what it was until it is made anew.
    block.header.hash = Default::default();
    parts.block = block.encode_to_vec();
    Some(())
}

/// Has the header agree with the transactions, so that nothing is noticed before they are executed.
fn mend_transactions_root(block: &mut Block) {
    block.header.transactions_root =
        compute_transactions_root(&block.body.transactions, &PortableCrypto::default());
}

const fn bytes(
    id: &'static str,
    codes: &'static [u32],
    about: &'static str,
    make: fn(&Original) -> Option<Vec<u8>>,
) -> Tampering {
    Tampering {
        id,
        about,
        codes,
        reach: Reach::Early,
        change: Change::Bytes(make),
    }
}

const fn parts(
    id: &'static str,
    codes: &'static [u32],
    reach: Reach,
    about: &'static str,
    change: fn(&Original, &mut Parts) -> Option<()>,
) -> Tampering {
    Tampering {
        id,
        about,
        codes,
        reach,
        change: Change::Parts(change),
    }
}
