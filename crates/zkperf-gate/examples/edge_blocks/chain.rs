//! The smallest chain that a block can stand on: a genesis state of one rich account and the system contracts, its
//! header, and one block.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use ethrex_common::constants::{DEFAULT_OMMERS_HASH, DEFAULT_REQUESTS_HASH};
use ethrex_common::types::block_execution_witness::GuestProgramState;
use ethrex_common::types::requests::{compute_requests_hash, EncodedRequests};
use ethrex_common::types::{
    calculate_base_fee_per_gas, compute_receipts_root_and_logs_bloom, compute_transactions_root,
    compute_withdrawals_root, AccountState, AccountUpdate, Block, BlockBody, BlockHeader,
    ChainConfig, Code, CodeMetadata, Receipt, Transaction, ELASTICITY_MULTIPLIER,
};
use ethrex_common::{Address, H160, H256, U256};
use ethrex_crypto::Crypto;
use ethrex_rlp::decode::RLPDecode;
use ethrex_rlp::encode::RLPEncode;
use ethrex_trie::{FxHashMap, Node, Trie, EMPTY_TRIE_HASH};
use ethrex_vm::{Evm, EvmError, VmDatabase};
use zkperf_block::{Recorded, Witness};
use zkperf_guest_core::PortableCrypto;

use crate::edge::Error;

/// Of no public network; the demo's block has it as well.
pub const CHAIN_ID: u64 = 1337;
/// Of every block.
const GAS_LIMIT: u64 = 60_000_000;
/// 2026-01-01 00:00 UTC.
const GENESIS_TIME: u64 = 1_767_225_600;
const KEY_NIBBLES: usize = 64;
/// Code of the four system contracts, as the EIPs publish it.
const SYSTEM_CONTRACTS: &str =
    include_str!("../../../../fixtures/demo-block/src/system-contracts.json");

#[derive(serde::Deserialize)]
struct SystemContract {
    address: Address,
    code: String,
}

/// The genesis state and its header.
pub struct Genesis {
    nodes: Vec<Vec<u8>>,
    codes: Vec<Vec<u8>>,
    header: BlockHeader,
}

/// A block with what executing it gave.
pub struct Executed {
    /// The block with its witness.
    pub recorded: Recorded,
    /// Its receipts.
    pub receipts: Vec<Receipt>,
    /// Gas used.
    pub gas: u64,
}

/// The rules: every fork up to BPO2, from genesis on.
fn config() -> ChainConfig {
    let block = Some(0);
    ChainConfig {
        chain_id: CHAIN_ID,
        homestead_block: block,
        eip150_block: block,
        eip155_block: block,
        eip158_block: block,
        byzantium_block: block,
        constantinople_block: block,
        petersburg_block: block,
        istanbul_block: block,
        muir_glacier_block: block,
        berlin_block: block,
        london_block: block,
        arrow_glacier_block: block,
        gray_glacier_block: block,
        merge_netsplit_block: block,
        shanghai_time: block,
        cancun_time: block,
        prague_time: block,
        osaka_time: block,
        bpo1_time: block,
        bpo2_time: block,
        terminal_total_difficulty: Some(0),
        terminal_total_difficulty_passed: true,
        deposit_contract_address: H160([0xde; 20]),
        ..ChainConfig::default()
    }
}

impl Genesis {
    /// The state with `rich`, who can pay for anything.
    ///
    /// # Errors
    /// The system contracts' file cannot be read.
    pub fn new(rich: Address) -> Result<Self, Error> {
        let crypto = PortableCrypto::default();
        let contracts: Vec<SystemContract> = serde_json::from_str(SYSTEM_CONTRACTS)?;
        let mut trie = Trie::new_temp();
        let mut put = |address: Address, nonce, balance, code: &[u8]| -> Result<(), Error> {
            let account = AccountState {
                nonce,
                balance,
                storage_root: EMPTY_TRIE_HASH,
                code_hash: H256(crypto.keccak256(code)),
            };
            let key = crypto.keccak256(address.as_bytes()).to_vec();
            Ok(trie.insert(key, account.encode_to_vec())?)
        };
        put(rich, 0, U256::exp10(24), &[])?;
        let mut codes = Vec::new();
        for contract in &contracts {
            let code = hex::decode(contract.code.trim_start_matches("0x"))?;
            put(contract.address, 1, U256::zero(), &code)?;
            codes.push(code);
        }
        let nodes = trie.commit_without_storing(&crypto);
        let header = BlockHeader {
            ommers_hash: *DEFAULT_OMMERS_HASH,
            state_root: trie.hash_no_commit(&crypto),
            transactions_root: EMPTY_TRIE_HASH,
            receipts_root: EMPTY_TRIE_HASH,
            gas_limit: GAS_LIMIT,
            timestamp: GENESIS_TIME,
            base_fee_per_gas: Some(1_000_000_000),
            withdrawals_root: Some(EMPTY_TRIE_HASH),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(H256::zero()),
            requests_hash: Some(*DEFAULT_REQUESTS_HASH),
            ..BlockHeader::default()
        };
        Ok(Self {
            // Values are listed beside the nodes that hold them.
            nodes: nodes
                .into_iter()
                .map(|(_, rlp)| rlp)
                .filter(|rlp| Node::decode(rlp).is_ok())
                .collect(),
            codes,
            header,
        })
    }

    /// The block after genesis with these transactions: executed, and its header filled in.
    ///
    /// # Errors
    /// The EVM refuses it.
    pub fn extend(&self, transactions: Vec<Transaction>) -> Result<Executed, Error> {
        let crypto = PortableCrypto::default();
        let mut block = self.unexecuted(transactions, &crypto)?;
        let db = Db::new(self.state()?);
        let shared: Arc<dyn Crypto> = Arc::new(crypto);
        let mut evm = Evm::new_for_l1(db.clone(), shared.clone());
        let (result, _) = evm.execute_block(&block)?;
        let updates = evm.get_state_transitions()?;
        let requests: Vec<EncodedRequests> = result
            .requests
            .iter()
            .map(|request| request.encode())
            .collect();
        let header = &mut block.header;
        header.gas_used = result.block_gas_used;
        (header.receipts_root, header.logs_bloom) =
            compute_receipts_root_and_logs_bloom(&result.receipts, &crypto);
        header.requests_hash = Some(compute_requests_hash(&requests));
        header.state_root = db.apply(&updates)?;
        let recorded = Recorded {
            chain_id: CHAIN_ID,
            block_number: block.header.number,
            raw_block: block.encode_to_vec(),
            witness: Witness {
                state: self.nodes.clone(),
                codes: self.codes.clone(),
                keys: Vec::new(),
                headers: vec![self.header.encode_to_vec()],
            },
            chain_config: Some(config()),
        };
        Ok(Executed {
            recorded,
            gas: result.block_gas_used,
            receipts: result.receipts,
        })
    }

    fn unexecuted(
        &self,
        transactions: Vec<Transaction>,
        crypto: &dyn Crypto,
    ) -> Result<Block, Error> {
        let parent = &self.header;
        let fee = calculate_base_fee_per_gas(
            GAS_LIMIT,
            parent.gas_limit,
            parent.gas_used,
            parent.base_fee_per_gas.unwrap_or_default(),
            ELASTICITY_MULTIPLIER,
        );
        let header = BlockHeader {
            parent_hash: H256(crypto.keccak256(&parent.encode_to_vec())),
            ommers_hash: *DEFAULT_OMMERS_HASH,
            coinbase: H160([0xc0; 20]),
            transactions_root: compute_transactions_root(&transactions, crypto),
            number: 1,
            gas_limit: GAS_LIMIT,
            timestamp: GENESIS_TIME + 12,
            extra_data: Bytes::from_static(b"zkperf edge block"),
            base_fee_per_gas: fee,
            withdrawals_root: Some(compute_withdrawals_root(&[], crypto)),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(0),
            parent_beacon_block_root: Some(H256([0xbe; 32])),
            requests_hash: Some(*DEFAULT_REQUESTS_HASH),
            ..BlockHeader::default()
        };
        let body = BlockBody {
            transactions,
            ommers: Vec::new(),
            withdrawals: Some(Vec::new()),
        };
        Ok(Block { header, body })
    }

    /// The state as an execution reads it.
    fn state(&self) -> Result<GuestProgramState, Error> {
        let crypto = PortableCrypto::default();
        let mut nodes: FxHashMap<H256, Node> = FxHashMap::default();
        for rlp in &self.nodes {
            nodes.insert(H256(crypto.keccak256(rlp)), Node::decode(rlp)?);
        }
        let root = self.header.state_root;
        let root = Trie::get_embedded_root_committed(&nodes, root, &crypto, KEY_NIBBLES)?;
        let codes = self.codes.iter().map(|code| {
            let code = Code::from_bytecode(Bytes::copy_from_slice(code), &crypto);
            (code.hash, code)
        });
        Ok(GuestProgramState {
            codes_hashed: codes.collect(),
            state_trie: Trie::new_temp_with_root(root),
            storage_tries: Default::default(),
            block_headers: [(0, self.header.clone())].into(),
            parent_block_header: self.header.clone(),
            first_block_number: 1,
            chain_config: config(),
            account_hashes_by_address: Default::default(),
            verified_storage_roots: Default::default(),
        })
    }
}

/// The EVM's view of the state.
#[derive(Clone)]
struct Db(Arc<Mutex<GuestProgramState>>);

impl Db {
    fn new(state: GuestProgramState) -> Self {
        Self(Arc::new(Mutex::new(state)))
    }

    fn with<T, E: std::fmt::Display>(
        &self,
        read: impl FnOnce(&mut GuestProgramState, &dyn Crypto) -> Result<T, E>,
    ) -> Result<T, EvmError> {
        let state = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        read(state, &PortableCrypto::default()).map_err(|error| EvmError::DB(error.to_string()))
    }

    /// The state root after the block.
    fn apply(&self, updates: &[AccountUpdate]) -> Result<H256, EvmError> {
        self.with(|state, crypto| {
            state.apply_account_updates(updates, crypto)?;
            state.state_trie_root(crypto)
        })
    }
}

impl VmDatabase for Db {
    fn get_account_state(&self, address: Address) -> Result<Option<AccountState>, EvmError> {
        self.with(|state, crypto| state.get_account_state(address, crypto))
    }

    fn get_storage_slot(&self, address: Address, key: H256) -> Result<Option<U256>, EvmError> {
        self.with(|state, crypto| state.get_storage_slot(address, key, crypto))
    }

    fn get_block_hash(&self, block_number: u64) -> Result<H256, EvmError> {
        self.with(|state, crypto| state.get_block_hash(block_number, crypto))
    }

    fn get_chain_config(&self) -> Result<ChainConfig, EvmError> {
        Ok(config())
    }

    fn get_account_code(&self, code_hash: H256) -> Result<Code, EvmError> {
        self.with(|state, _| state.get_account_code(code_hash))
    }

    fn get_code_metadata(&self, code_hash: H256) -> Result<CodeMetadata, EvmError> {
        self.with(|state, _| state.get_code_metadata(code_hash))
    }
}
