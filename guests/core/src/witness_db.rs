//! The EVM's view of the witness.

use crate::reject::Reject;
use ethrex_common::types::block_execution_witness::{GuestProgramState, GuestProgramStateError};
use ethrex_common::types::{AccountState, AccountUpdate, ChainConfig, Code, CodeMetadata};
use ethrex_common::{Address, H256, U256};
use ethrex_crypto::Crypto;
use ethrex_vm::{EvmError, VmDatabase};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A database over the witness that remembers the first thing it could not answer. The EVM passes errors on as
/// text; the reject code needs the reason itself.
#[derive(Clone)]
pub(crate) struct WitnessDb {
    shared: Arc<Mutex<Shared>>,
    crypto: Arc<dyn Crypto>,
}

struct Shared {
    state: GuestProgramState,
    fault: Option<Reject>,
}

impl WitnessDb {
    pub(crate) fn new(state: GuestProgramState, crypto: Arc<dyn Crypto>) -> Self {
        Self {
            shared: Arc::new(Mutex::new(Shared { state, fault: None })),
            crypto,
        }
    }

    /// The first read that the witness could not serve.
    pub(crate) fn fault(&self) -> Option<Reject> {
        self.shared().fault.clone()
    }

    /// Brings the tries to the state after the block and returns the new state root.
    pub(crate) fn apply(&self, updates: &[AccountUpdate]) -> Result<H256, Reject> {
        let state = &mut self.shared().state;
        state
            .apply_account_updates(updates, self.crypto.as_ref())
            .map_err(reject)?;
        state.state_trie_root(self.crypto.as_ref()).map_err(reject)
    }

    /// A panic while the lock is held ends the guest; natively the state is only read again, so a poisoned lock is
    /// no reason to panic a second time.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(
        &self,
        read: impl FnOnce(&mut GuestProgramState, &dyn Crypto) -> Result<T, GuestProgramStateError>,
        reject: impl FnOnce(GuestProgramStateError) -> Reject,
    ) -> Result<T, EvmError> {
        let shared = &mut *self.shared();
        read(&mut shared.state, self.crypto.as_ref()).map_err(|error| {
            let fault = reject(error);
            let text = fault.to_string();
            shared.fault.get_or_insert(fault);
            EvmError::DB(text)
        })
    }
}

fn reject(error: GuestProgramStateError) -> Reject {
    match error {
        GuestProgramStateError::MissingBytecode(hash) => Reject::Code(hash),
        other => Reject::TrieNode(other.to_string()),
    }
}

impl VmDatabase for WitnessDb {
    fn get_account_state(&self, address: Address) -> Result<Option<AccountState>, EvmError> {
        self.read(
            |state, crypto| state.get_account_state(address, crypto),
            reject,
        )
    }

    fn get_storage_slot(&self, address: Address, key: H256) -> Result<Option<U256>, EvmError> {
        self.read(
            |state, crypto| state.get_storage_slot(address, key, crypto),
            reject,
        )
    }

    fn get_block_hash(&self, block_number: u64) -> Result<H256, EvmError> {
        self.read(
            |state, crypto| state.get_block_hash(block_number, crypto),
            |_| Reject::AncestorHeader(block_number),
        )
    }

    fn get_chain_config(&self) -> Result<ChainConfig, EvmError> {
        Ok(self.shared().state.chain_config)
    }

    fn get_account_code(&self, code_hash: H256) -> Result<Code, EvmError> {
        self.read(|state, _| state.get_account_code(code_hash), reject)
    }

    fn get_code_metadata(&self, code_hash: H256) -> Result<CodeMetadata, EvmError> {
        self.read(|state, _| state.get_code_metadata(code_hash), reject)
    }
}
