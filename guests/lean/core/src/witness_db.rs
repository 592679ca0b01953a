//! The EVM's view of the witness.

use crate::state::State;
use ethrex_common::types::{AccountState, AccountUpdate, ChainConfig, Code, CodeMetadata};
use ethrex_common::{Address, H256, U256};
use ethrex_vm::{EvmError, VmDatabase};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use zkperf_guest_core::Reject;

/// A database over the witness that remembers the first thing it could not answer. The EVM passes errors on as
/// text; the reject code needs the reason itself.
#[derive(Clone)]
pub(crate) struct WitnessDb(Arc<Mutex<Shared>>);

struct Shared {
    state: State,
    fault: Option<Reject>,
}

impl WitnessDb {
    pub(crate) fn new(state: State) -> Self {
        Self(Arc::new(Mutex::new(Shared { state, fault: None })))
    }

    /// The first read that the witness could not serve.
    pub(crate) fn fault(&self) -> Option<Reject> {
        self.shared().fault.clone()
    }

    /// The state root after the block.
    pub(crate) fn root_after(&self, updates: &[AccountUpdate]) -> Result<H256, Reject> {
        self.shared().state.root_after(updates)
    }

    /// A panic while the lock is held ends the guest; natively the state is only read again, so a poisoned lock is
    /// no reason to panic a second time.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, read: impl FnOnce(&mut State) -> Result<T, Reject>) -> Result<T, EvmError> {
        let shared = &mut *self.shared();
        read(&mut shared.state).map_err(|fault| {
            let text = fault.to_string();
            shared.fault.get_or_insert(fault);
            EvmError::DB(text)
        })
    }
}

impl VmDatabase for WitnessDb {
    fn get_account_state(&self, address: Address) -> Result<Option<AccountState>, EvmError> {
        self.read(|state| state.account(address))
    }

    fn get_storage_slot(&self, address: Address, key: H256) -> Result<Option<U256>, EvmError> {
        self.read(|state| state.slot(address, key))
    }

    fn get_block_hash(&self, block_number: u64) -> Result<H256, EvmError> {
        self.read(|state| state.block_hash(block_number))
    }

    fn get_chain_config(&self) -> Result<ChainConfig, EvmError> {
        Ok(self.shared().state.config())
    }

    fn get_account_code(&self, code_hash: H256) -> Result<Code, EvmError> {
        self.read(|state| state.code(code_hash))
    }

    fn get_code_metadata(&self, code_hash: H256) -> Result<CodeMetadata, EvmError> {
        self.read(|state| {
            let length = state.code_length(code_hash)?;
            Ok(CodeMetadata { length })
        })
    }
}
