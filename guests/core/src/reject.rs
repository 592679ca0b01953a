//! Why a block is rejected, with a stable number for each reason.

use crate::input::InputError;
use ethrex_common::errors::InvalidBlockError;
use ethrex_common::types::{InvalidBlockBodyError, InvalidBlockHeaderError};
use ethrex_common::H256;

/// The reason for which a block was not accepted. [`Reject::code`] is what the guest publishes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reject {
    /// The input could not be read.
    #[error(transparent)]
    Input(#[from] InputError),
    /// The block's RLP could not be decoded.
    #[error("the block cannot be decoded: {0}")]
    BlockRlp(String),
    /// The block holds a kind of transaction that Ethereum's layer 1 does not have.
    #[error("transaction {index} has type {kind:#x}, which a layer 1 block cannot hold")]
    TransactionType {
        /// Position in the block.
        index: usize,
        /// EIP-2718 type.
        kind: u8,
    },
    /// A header of the witness could not be decoded.
    #[error("header {index} of the witness cannot be decoded: {cause}")]
    HeaderRlp {
        /// Position in the witness.
        index: usize,
        /// What the decoder said.
        cause: String,
    },
    /// The witness holds no header, or its last one isn't the parent's number.
    #[error("the witness does not end with the header of block {0}")]
    NoParent(u64),
    /// Two consecutive headers of the witness are not parent and child.
    #[error("header {0} of the witness is not the parent of the one after it")]
    HeaderChain(usize),
    /// The block names another parent than the witness holds.
    #[error("the block's parent hash is not that of the witness's last header")]
    ParentHash,
    /// The block's header breaks a rule (relative to its parent or by itself).
    #[error("invalid header: {0}")]
    Header(String),
    /// The transactions are not those the header commits to.
    #[error("the transactions root does not match the body")]
    TransactionsRoot,
    /// The withdrawals are not those the header commits to.
    #[error("the withdrawals root does not match the body")]
    WithdrawalsRoot,
    /// The block has ommers, which cannot be since the merge.
    #[error("the block has ommers")]
    Ommers,
    /// The blob gas is over the limit or not what the header says.
    #[error("blob gas: {0}")]
    BlobGas(String),
    /// The witness lacks the root node of the parent's state.
    #[error("the witness lacks the parent's state root {0:#x}")]
    NoStateRoot(H256),
    /// The witness lacks a trie node, or holds one that does not belong where it stands.
    #[error("the witness lacks a trie node or holds a wrong one: {0}")]
    TrieNode(String),
    /// The witness lacks the byte code of a contract.
    #[error("the witness lacks the code with hash {0:#x}")]
    Code(H256),
    /// The witness lacks an ancestor's header that BLOCKHASH asked for.
    #[error("the witness lacks the header of block {0}")]
    AncestorHeader(u64),
    /// A transaction is invalid (nonce, balance, fee, signature, ...).
    #[error("invalid transaction: {0}")]
    Transaction(String),
    /// A system call of the protocol failed.
    #[error("system call: {0}")]
    SystemCall(String),
    /// The EVM gave up for another reason.
    #[error("execution: {0}")]
    Execution(String),
    /// The gas used is not what the header says.
    #[error("gas used is {computed}, the header says {header}")]
    GasUsed {
        /// As executed.
        computed: u64,
        /// As the header claims.
        header: u64,
    },
    /// The receipts are not those the header commits to.
    #[error("the receipts root does not match the header")]
    ReceiptsRoot,
    /// The logs' bloom filter is not the header's.
    #[error("the logs bloom does not match the header")]
    LogsBloom,
    /// The execution layer requests (EIP-7685) are not those the header commits to.
    #[error("the requests hash does not match the header")]
    RequestsHash,
    /// The block access list (EIP-7928) is not the one the header commits to.
    #[error("block access list: {0}")]
    AccessList(String),
    /// The state after the block is not the one the header commits to.
    #[error("the state root after the block is {computed:#x}, the header says {header:#x}")]
    StateRoot {
        /// As executed.
        computed: H256,
        /// As the header claims.
        header: H256,
    },
}

impl Reject {
    /// The number that is published. Numbers are never reused: 1–9 input, 10–19 decoding, 20–29 headers,
    /// 30–39 header and body rules, 40–49 witness, 50–59 execution, 60–69 results.
    pub fn code(&self) -> u32 {
        match self {
            Self::Input(InputError::Empty) => 1,
            Self::Input(InputError::Foreign) => 2,
            Self::Input(InputError::OtherSchema { .. }) => 3,
            Self::Input(InputError::Truncated { .. }) => 4,
            Self::Input(InputError::Malformed(_)) => 5,
            Self::BlockRlp(_) => 10,
            Self::HeaderRlp { .. } => 11,
            Self::TransactionType { .. } => 12,
            Self::NoParent(_) => 20,
            Self::HeaderChain(_) => 21,
            Self::ParentHash => 22,
            Self::Header(_) => 30,
            Self::TransactionsRoot => 31,
            Self::WithdrawalsRoot => 32,
            Self::Ommers => 33,
            Self::BlobGas(_) => 34,
            Self::NoStateRoot(_) => 40,
            Self::TrieNode(_) => 41,
            Self::Code(_) => 42,
            Self::AncestorHeader(_) => 43,
            Self::Transaction(_) => 50,
            Self::SystemCall(_) => 51,
            Self::Execution(_) => 52,
            Self::GasUsed { .. } => 60,
            Self::ReceiptsRoot => 61,
            Self::LogsBloom => 62,
            Self::RequestsHash => 63,
            Self::AccessList(_) => 64,
            Self::StateRoot { .. } => 65,
        }
    }
}

impl From<InvalidBlockError> for Reject {
    fn from(error: InvalidBlockError) -> Self {
        use InvalidBlockError as E;
        match error {
            E::RequestsHashMismatch => Self::RequestsHash,
            E::BlockAccessListHashMismatch
            | E::BlockAccessListIndexOutOfBounds { .. }
            | E::BlockAccessListSizeExceeded { .. }
            | E::BlockAccessListCodeTooLarge { .. } => Self::AccessList(error.to_string()),
            // the caller, who knows both roots, compares them itself
            E::StateRootMismatch => Self::StateRoot {
                computed: H256::zero(),
                header: H256::zero(),
            },
            E::ReceiptsRootMismatch => Self::ReceiptsRoot,
            E::LogsBloomMismatch => Self::LogsBloom,
            E::InvalidHeader(InvalidBlockHeaderError::ParentHashIncorrect) => Self::ParentHash,
            E::InvalidHeader(cause) => Self::Header(cause.to_string()),
            E::InvalidBody(cause) => cause.into(),
            E::ExceededMaxBlobGasPerBlock
            | E::ExceededMaxBlobNumberPerBlock
            | E::BlobGasUsedMismatch => Self::BlobGas(error.to_string()),
            E::GasUsedMismatch(computed, header) => Self::GasUsed { computed, header },
            E::InvalidTransaction(_)
            | E::InvalidTransactionChainId { .. }
            | E::UnsupportedTransactionType(_) => Self::Transaction(error.to_string()),
            E::MaximumRlpSizeExceeded(..) | E::InvalidBlockFork => Self::Header(error.to_string()),
        }
    }
}

impl From<InvalidBlockBodyError> for Reject {
    fn from(error: InvalidBlockBodyError) -> Self {
        match error {
            InvalidBlockBodyError::WithdrawalsRootNotMatch => Self::WithdrawalsRoot,
            InvalidBlockBodyError::TransactionsRootNotMatch => Self::TransactionsRoot,
            InvalidBlockBodyError::OmmersIsNotEmpty => Self::Ommers,
        }
    }
}
