//! Which JSON-RPC methods give what, in the order in which they are tried.
//!
//! Clients differ in names and parameters; the rows are what geth, reth, Nethermind, Erigon and ethrex serve.

use crate::hexbytes::encode_hex;
use serde_json::{json, Value};

/// The parameter of a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Param {
    /// None.
    Nothing,
    /// The block's number as `0x…`.
    HexNumber,
    /// The block's number as a JSON number.
    PlainNumber,
    /// The block's hash as `0x…`.
    Hash,
}

/// A method and its parameter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Method {
    pub(crate) name: &'static str,
    pub(crate) param: Param,
}

const fn method(name: &'static str, param: Param) -> Method {
    Method { name, param }
}

/// The chain's id; a network's id equals it on every chain that still matters.
pub(crate) const CHAIN_ID: &[Method] = &[
    method("eth_chainId", Param::Nothing),
    method("net_version", Param::Nothing),
];

/// RLP of a block; the second is what it was called until 2021, and still is in some forks.
pub(crate) const RAW_BLOCK: &[Method] = &[
    method("debug_getRawBlock", Param::HexNumber),
    method("debug_getBlockRlp", Param::PlainNumber),
];

/// The witness: all of them by number; by hash under reth's and ethrex's name, and under old geth's.
pub(crate) const WITNESS: &[Method] = &[
    method("debug_executionWitness", Param::HexNumber),
    method("debug_executionWitnessByBlockHash", Param::Hash),
    method("debug_executionWitnessByHash", Param::Hash),
];

/// RLP of a header, for witnesses that come without their parent's.
pub(crate) const RAW_HEADER: &[Method] = &[method("debug_getRawHeader", Param::HexNumber)];

/// The chain's fork schedule: ethrex, and geth within the answer (`protocols.eth.config`).
pub(crate) const CHAIN_CONFIG: &[Method] = &[
    method("debug_chainConfig", Param::Nothing),
    method("admin_nodeInfo", Param::Nothing),
];

/// The newest block's number.
pub(crate) const NEWEST: &[Method] = &[method("eth_blockNumber", Param::Nothing)];

impl Param {
    /// The parameters for block `number` with hash `hash`; `None` where the hash is needed and not known.
    pub(crate) fn of(self, number: u64, hash: Option<&[u8; 32]>) -> Option<Vec<Value>> {
        Some(match self {
            Self::Nothing => vec![],
            Self::HexNumber => vec![json!(format!("{number:#x}"))],
            Self::PlainNumber => vec![json!(number)],
            Self::Hash => vec![json!(encode_hex(hash?))],
        })
    }
}
