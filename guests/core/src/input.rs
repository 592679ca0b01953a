//! The guest's input: one block and what is needed to validate it, in a format that costs a guest next to nothing.
//!
//! Layout, all integers u64 little-endian, every item padded with zeros to 8 bytes (a zkVM bills unaligned reads
//! several times over, and the tries are hashed straight out of this buffer):
//!
//! | Part | Form |
//! |---|---|
//! | magic | 8 bytes `zkpinput` |
//! | schema | item: [`WITNESS_SCHEMA`] |
//! | chain | item: empty for mainnet, else the chain config in ethrex's rkyv form |
//! | block | item: RLP of header and body, as `debug_getRawBlock` answers |
//! | nodes, codes, headers | count, then that many items |
//!
//! An item is its length followed by its bytes. Nothing may follow the last item but zero padding.

use crate::chain::{ChainSpec, MAINNET_ID};
use ethrex_common::types::{BlockHeader, ChainConfig};
use ethrex_rlp::decode::RLPDecode;

/// Names the format and the meaning of an encoded [`GuestInput`]; it is written into every input. It changes with
/// the layout and with the ethrex version whose chain config is embedded, so a stale input is recognised.
pub const WITNESS_SCHEMA: &str = "zkperf/ethrex-31.0.0/1";

const MAGIC: &[u8; 8] = b"zkpinput";
const WORD: usize = 8;
/// RLP of an empty trie node; some nodes list it among the witness's trie nodes, where it means nothing.
const NULL_NODE: &[u8] = &[0x80];

/// Why bytes are not a usable [`GuestInput`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InputError {
    /// There are no bytes at all, or nothing but zeros.
    #[error("the input is empty")]
    Empty,
    /// The bytes don't start as an input of this guest does.
    #[error("not an input of the reference guest (it does not start with `zkpinput`)")]
    Foreign,
    /// The input was written for another guest or another version of it.
    #[error("the input has witness schema `{found}`, this guest reads `{WITNESS_SCHEMA}`: create it anew")]
    OtherSchema {
        /// The schema the input names.
        found: String,
    },
    /// The bytes end before the input does.
    #[error("the input is truncated: {wanted} bytes expected from offset {offset}, {left} left")]
    Truncated {
        /// Where the unreadable part starts, in bytes.
        offset: usize,
        /// Its length, in bytes.
        wanted: u64,
        /// What is left, in bytes.
        left: usize,
    },
    /// The structure is there but its content is not.
    #[error("the input is malformed: {0}")]
    Malformed(&'static str),
}

/// One block with its witness. Borrows its parts, so that a guest decodes without copying.
#[derive(Debug, Clone, PartialEq)]
pub struct GuestInput<'a> {
    /// The chain, hence the rules.
    pub chain: ChainSpec,
    /// RLP of the block: header, transactions, ommers, withdrawals.
    pub block: &'a [u8],
    /// RLP of the state's and the storages' trie nodes that executing the block touches; the order is free.
    pub nodes: Vec<&'a [u8]>,
    /// Byte code of the contracts that executing the block touches; the order is free.
    pub codes: Vec<&'a [u8]>,
    /// RLP of consecutive headers in ascending order, the last of them the block's parent.
    pub headers: Vec<&'a [u8]>,
}

impl<'a> GuestInput<'a> {
    /// Puts an input together from a raw block and the parts of an execution witness, in a canonical form: trie
    /// nodes and codes sorted and without duplicates or the empty node, headers ascending by number, without
    /// duplicates and none at or above the block itself. Two nodes that list the same witness in another order
    /// thus give the same bytes. Headers that don't decode are dropped; a block that doesn't keeps all headers,
    /// for the validation to say what is wrong.
    pub fn from_witness<S: AsRef<[u8]>>(
        chain: ChainSpec,
        block: &'a [u8],
        state: &'a [S],
        codes: &'a [S],
        headers: &'a [S],
    ) -> Self {
        let mut nodes: Vec<&[u8]> = state
            .iter()
            .map(AsRef::as_ref)
            .filter(|node| *node != NULL_NODE)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        let mut codes: Vec<&[u8]> = codes
            .iter()
            .map(AsRef::as_ref)
            .filter(|code| !code.is_empty())
            .collect();
        codes.sort_unstable();
        codes.dedup();
        let limit = ethrex_common::types::Block::decode(block)
            .map_or(u64::MAX, |block| block.header.number);
        let mut numbered: Vec<(u64, &[u8])> = headers
            .iter()
            .map(AsRef::as_ref)
            .filter_map(|rlp| {
                BlockHeader::decode(rlp)
                    .ok()
                    .map(|header| (header.number, rlp))
            })
            .filter(|(number, _)| *number < limit)
            .collect();
        numbered.sort_unstable();
        numbered.dedup();
        Self {
            chain,
            block,
            nodes,
            codes,
            headers: numbered.into_iter().map(|(_, rlp)| rlp).collect(),
        }
    }

    /// The bytes to hand to a guest (before a zkVM's own framing).
    pub fn encode(&self) -> Vec<u8> {
        let lists = [&self.nodes, &self.codes, &self.headers];
        let items = lists.iter().flat_map(|list| list.iter());
        let size: usize =
            items.map(|item| item.len() + 2 * WORD).sum::<usize>() + self.block.len() + 4096;
        let mut out = Vec::with_capacity(size);
        out.extend_from_slice(MAGIC);
        put_item(&mut out, WITNESS_SCHEMA.as_bytes());
        put_item(&mut out, &self.chain_bytes());
        put_item(&mut out, self.block);
        for list in lists {
            put_word(&mut out, list.len());
            for item in list.iter() {
                put_item(&mut out, item);
            }
        }
        out
    }

    /// Reads what [`GuestInput::encode`] wrote. Zero padding after the end is accepted.
    ///
    /// # Errors
    /// [`InputError`], which tells an empty, a foreign, a truncated and an outdated input apart.
    pub fn decode(bytes: &'a [u8]) -> Result<Self, InputError> {
        let mut reader = Reader { bytes, offset: 0 };
        match bytes.get(..WORD) {
            Some(start) if start == MAGIC => reader.offset = WORD,
            _ if is_zero(bytes) => return Err(InputError::Empty),
            // too short to tell: a prefix of an input is a truncated one
            None if MAGIC.starts_with(bytes) => return Err(reader.truncated(WORD as u64)),
            _ => return Err(InputError::Foreign),
        }
        let schema = reader.item()?;
        if schema != WITNESS_SCHEMA.as_bytes() {
            return Err(InputError::OtherSchema {
                found: String::from_utf8_lossy(schema).into_owned(),
            });
        }
        let chain = decode_chain(reader.item()?)?;
        let block = reader.item()?;
        let (nodes, codes, headers) = (reader.list()?, reader.list()?, reader.list()?);
        if !is_zero(&bytes[reader.offset..]) {
            return Err(InputError::Malformed("bytes follow the last header"));
        }
        Ok(Self {
            chain,
            block,
            nodes,
            codes,
            headers,
        })
    }

    /// The chain config as it is written into the input: empty for mainnet.
    pub(crate) fn chain_bytes(&self) -> Vec<u8> {
        match &self.chain {
            ChainSpec::Mainnet => Vec::new(),
            // serialising plain integers into memory has no way to fail; an empty item would be mainnet, and
            // the guest would then reject every transaction of another chain
            ChainSpec::Custom(config) => rkyv::to_bytes::<rkyv::rancor::Error>(config.as_ref())
                .map_or_else(|_| Vec::new(), |b| b.to_vec()),
        }
    }
}

fn decode_chain(bytes: &[u8]) -> Result<ChainSpec, InputError> {
    if bytes.is_empty() {
        return Ok(ChainSpec::Mainnet);
    }
    let config = rkyv::from_bytes::<ChainConfig, rkyv::rancor::Error>(bytes)
        .map_err(|_| InputError::Malformed("the chain config cannot be read"))?;
    if config.chain_id == MAINNET_ID {
        return Err(InputError::Malformed(
            "a chain config of its own may not claim mainnet's id",
        ));
    }
    Ok(ChainSpec::Custom(Box::new(config)))
}

fn is_zero(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| *byte == 0)
}

fn put_word(out: &mut Vec<u8>, value: usize) {
    out.extend_from_slice(&(value as u64).to_le_bytes());
}

fn put_item(out: &mut Vec<u8>, item: &[u8]) {
    put_word(out, item.len());
    out.extend_from_slice(item);
    out.resize(out.len().next_multiple_of(WORD), 0);
}

/// Walks over an encoded input.
struct Reader<'a> {
    bytes: &'a [u8],
    offset: usize,
}

impl<'a> Reader<'a> {
    fn truncated(&self, wanted: u64) -> InputError {
        InputError::Truncated {
            offset: self.offset,
            wanted,
            left: self.bytes.len().saturating_sub(self.offset),
        }
    }

    fn word(&mut self) -> Result<u64, InputError> {
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let word = rest
            .first_chunk::<WORD>()
            .ok_or_else(|| self.truncated(WORD as u64))?;
        self.offset += WORD;
        Ok(u64::from_le_bytes(*word))
    }

    fn item(&mut self) -> Result<&'a [u8], InputError> {
        let length = self.word()?;
        let rest = self.bytes.get(self.offset..).unwrap_or_default();
        let item = usize::try_from(length)
            .ok()
            .and_then(|length| rest.get(..length));
        let item = item.ok_or_else(|| self.truncated(length))?;
        // the zeros that pad the very last item may be missing: framing formats pad on their own
        self.offset = (self.offset + item.len().next_multiple_of(WORD)).min(self.bytes.len());
        Ok(item)
    }

    fn list(&mut self) -> Result<Vec<&'a [u8]>, InputError> {
        let count = self.word()?;
        // every item takes a word at least: a wild count must not allocate
        if count > (self.bytes.len() / WORD) as u64 {
            return Err(self.truncated(count.saturating_mul(WORD as u64)));
        }
        (0..count).map(|_| self.item()).collect()
    }
}
