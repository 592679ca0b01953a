//! Ethereum's state before and after a block, read from the witness.

use crate::circuits::JumpDestinations;
use crate::node::{self, Child, TrieFault};
use crate::node_index::NodeIndex;
use crate::tree::Tree;
use crate::Bytes;
use ethrex_common::types::{AccountState, AccountUpdate, ChainConfig, Code};
use ethrex_common::{Address, H256, U256};
use ethrex_rlp::decode::RLPDecode;
use ethrex_rlp::encode::RLPEncode;
use ethrex_trie::{FxHashMap, EMPTY_TRIE_HASH};
use std::collections::hash_map::Entry;
use std::sync::Arc;
use zkperf_guest_core::{Crypto, GuestInput, Reject};

/// The hash of no code at all.
const NO_CODE: H256 = H256([
    0xc5, 0xd2, 0x46, 0x01, 0x86, 0xf7, 0x23, 0x3c, 0x92, 0x7e, 0x7d, 0xb2, 0xdc, 0xc7, 0x03, 0xc0,
    0xe5, 0x00, 0xb6, 0x53, 0xca, 0x82, 0x27, 0x3b, 0x7b, 0xfa, 0xd8, 0x04, 0x5d, 0x85, 0xa4, 0x70,
]);

/// The state before the block.
pub(crate) struct State {
    nodes: NodeIndex,
    root: &'static [u8; 32],
    accounts: FxHashMap<Address, Account>,
    codes: FxHashMap<H256, ContractCode>,
    /// Hashes of the ancestors that the witness has, by number.
    block_hashes: FxHashMap<u64, H256>,
    config: ChainConfig,
    crypto: Arc<dyn Crypto>,
    jump_destinations: JumpDestinations,
}

/// What was read of an account.
struct Account {
    /// Its key in the state trie.
    key: [u8; 32],
    /// `None` if there is no such account.
    state: Option<AccountState>,
    /// The root of its storage; that of the empty trie for no account.
    storage_root: &'static [u8; 32],
}

/// A contract's code, made ready to run when it is asked for.
struct ContractCode {
    bytes: Bytes,
    ready: Option<Code>,
}

impl State {
    pub(crate) fn new(
        nodes: NodeIndex,
        input: &GuestInput<'static>,
        root: H256,
        block_hashes: FxHashMap<u64, H256>,
        crypto: Arc<dyn Crypto>,
        jump_destinations: JumpDestinations,
    ) -> Self {
        let codes = input.codes.iter().map(|bytes| {
            let hash = H256(crypto.keccak256(bytes));
            (hash, ContractCode { bytes, ready: None })
        });
        State {
            codes: codes.collect(),
            nodes,
            root: keep(root),
            accounts: FxHashMap::default(),
            block_hashes,
            config: input.chain.config(),
            crypto,
            jump_destinations,
        }
    }

    pub(crate) fn config(&self) -> ChainConfig {
        self.config
    }

    /// An account before the block.
    pub(crate) fn account(&mut self, address: Address) -> Result<Option<AccountState>, Reject> {
        self.read_account(address).map(|account| account.state)
    }

    /// A storage slot before the block; `None` if it was never set.
    pub(crate) fn slot(&mut self, address: Address, slot: H256) -> Result<Option<U256>, Reject> {
        let storage = Child::root(self.read_account(address)?.storage_root);
        if storage == Child::None {
            return Ok(None);
        }
        let key = self.crypto.keccak256(&slot.0);
        let value = node::get(&self.nodes, storage, &key).map_err(reject)?;
        value
            .map(|rlp| U256::decode(rlp).map_err(|_| reject(TrieFault::Malformed)))
            .transpose()
    }

    /// The hash of an ancestor.
    pub(crate) fn block_hash(&self, number: u64) -> Result<H256, Reject> {
        let hash = self.block_hashes.get(&number).copied();
        hash.ok_or(Reject::AncestorHeader(number))
    }

    /// A contract's code.
    pub(crate) fn code(&mut self, hash: H256) -> Result<Code, Reject> {
        if hash == NO_CODE {
            return Ok(Code::default());
        }
        let code = self.codes.get_mut(&hash).ok_or(Reject::Code(hash))?;
        let ready = code.ready.get_or_insert_with(|| {
            let jump_destinations = (self.jump_destinations)(code.bytes);
            Code::from_parts_unchecked(hash, code.bytes, jump_destinations)
        });
        Ok(ready.clone())
    }

    /// How many bytes a contract's code has.
    pub(crate) fn code_length(&self, hash: H256) -> Result<u64, Reject> {
        if hash == NO_CODE {
            return Ok(0);
        }
        let code = self.codes.get(&hash).ok_or(Reject::Code(hash))?;
        Ok(code.bytes.len() as u64)
    }

    /// The state root after these updates.
    pub(crate) fn root_after(&mut self, updates: &[AccountUpdate]) -> Result<H256, Reject> {
        // In the order of addresses, as whoever recorded the witness did it: a removal that leaves a branch with one
        // child reads that child, so the order decides which nodes the witness has to have.
        let mut updates: Vec<&AccountUpdate> = updates.iter().collect();
        updates.sort_unstable_by_key(|update| update.address);
        for update in &updates {
            self.read_account(update.address)?;
        }
        let mut trie = Tree::new(&self.nodes, self.root);
        for update in updates {
            let account = &self.accounts[&update.address];
            if update.removed {
                trie.remove(&account.key).map_err(reject)?;
            } else {
                let state = self.state_after(account, update)?;
                let encoded = state.encode_to_vec();
                trie.insert(&account.key, encoded).map_err(reject)?;
            }
        }
        Ok(trie.hash(self.crypto.as_ref()))
    }

    fn state_after(
        &self,
        account: &Account,
        update: &AccountUpdate,
    ) -> Result<AccountState, Reject> {
        let mut state = account.state.unwrap_or_default();
        let mut storage_root = account.storage_root;
        if update.removed_storage {
            storage_root = &EMPTY_ROOT;
            state.storage_root = EMPTY_TRIE_HASH;
        }
        if let Some(info) = &update.info {
            state.nonce = info.nonce;
            state.balance = info.balance;
            state.code_hash = info.code_hash;
        }
        if !update.added_storage.is_empty() {
            state.storage_root = self.storage_after(storage_root, update).map_err(reject)?;
        }
        Ok(state)
    }

    /// The root of an account's storage after its update.
    fn storage_after(
        &self,
        root: &'static [u8; 32],
        update: &AccountUpdate,
    ) -> Result<H256, TrieFault> {
        let mut trie = Tree::new(&self.nodes, root);
        let slots = update.added_storage.iter();
        let slots = slots.map(|(slot, value)| (self.crypto.keccak256(&slot.0), value));
        let (removed, set): (Vec<_>, Vec<_>) = slots.partition(|(_, value)| value.is_zero());
        // What is set first may be what keeps a branch from being left with one child, which would have to be read.
        for (key, value) in set {
            trie.insert(&key, value.encode_to_vec())?;
        }
        for (key, _) in removed {
            trie.remove(&key)?;
        }
        Ok(trie.hash(self.crypto.as_ref()))
    }

    fn read_account(&mut self, address: Address) -> Result<&Account, Reject> {
        match self.accounts.entry(address) {
            Entry::Occupied(known) => Ok(known.into_mut()),
            Entry::Vacant(place) => {
                let key = self.crypto.keccak256(&address.0);
                let found = node::get(&self.nodes, Child::root(self.root), &key);
                let account = match found.map_err(reject)? {
                    Some(rlp) => Account::decode(key, rlp)?,
                    None => Account {
                        key,
                        state: None,
                        storage_root: &EMPTY_ROOT,
                    },
                };
                Ok(place.insert(account))
            }
        }
    }
}

static EMPTY_ROOT: [u8; 32] = EMPTY_TRIE_HASH.0;

impl Account {
    fn decode(key: [u8; 32], rlp: Bytes) -> Result<Self, Reject> {
        let state = AccountState::decode(rlp).map_err(|_| reject(TrieFault::Malformed))?;
        Ok(Account {
            key,
            state: Some(state),
            storage_root: keep(state.storage_root),
        })
    }
}

/// A hash that lives as long as the program: a guest frees nothing anyway.
fn keep(hash: H256) -> &'static [u8; 32] {
    match hash.0 == EMPTY_ROOT {
        true => &EMPTY_ROOT,
        false => Box::leak(Box::new(hash.0)),
    }
}

fn reject(fault: TrieFault) -> Reject {
    Reject::TrieNode(fault.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_guest_core::PortableCrypto;

    #[test]
    fn the_hash_of_no_code_is_what_it_says() {
        assert_eq!(NO_CODE.0, PortableCrypto::default().keccak256(&[]));
    }
}
