//! The validation itself, check by check as the reference guest does it.

use crate::circuits::JumpDestinations;
use crate::witness;
use crate::witness_db::WitnessDb;
use crate::Bytes;
use ethrex_common::types::{validate_block_body, Block, Transaction, ELASTICITY_MULTIPLIER};
use ethrex_common::validation::{
    validate_block_access_list_hash, validate_block_pre_execution, validate_gas_used,
    validate_receipts_root_and_logs_bloom, validate_requests_hash,
};
use ethrex_common::H256;
use ethrex_rlp::decode::RLPDecode;
use ethrex_vm::{Evm, EvmError};
use std::sync::Arc;
use zkperf_guest_core::{ChainSpec, Crypto, GuestInput, Output, Reject};

/// Validates the block in `input`. The second value is the reason for a rejection, for a guest to print; its code is
/// already in the output.
pub(crate) fn run(
    input: Bytes,
    crypto: Arc<dyn Crypto>,
    jump_destinations: JumpDestinations,
) -> (Output, Option<Reject>) {
    let mut output = Output::default();
    match validate_into(input, crypto, jump_destinations, &mut output) {
        Ok(()) => (output, None),
        Err(reject) => {
            output.status = reject.code();
            (output, Some(reject))
        }
    }
}

/// Fills `output` as far as the validation comes; the roots and the gas only once everything is checked.
fn validate_into(
    bytes: Bytes,
    crypto: Arc<dyn Crypto>,
    jump_destinations: JumpDestinations,
    output: &mut Output,
) -> Result<(), Reject> {
    let input = GuestInput::decode(bytes)?;
    output.chain_id = input.chain.chain_id();
    if let ChainSpec::Custom(config) = &input.chain {
        // writing plain integers into memory has no way to fail; the digest of nothing is no config's
        let config = rkyv::to_bytes::<rkyv::rancor::Error>(config.as_ref());
        output.config_digest = crypto.keccak256(&config.unwrap_or_default());
    }
    let block = Block::decode(input.block).map_err(|cause| Reject::BlockRlp(cause.to_string()))?;
    output.block_number = block.header.number;
    let block_hash = block.header.compute_block_hash(crypto.as_ref());
    output.block_hash = block_hash.0;
    // keeps later users of the hash from computing it again without acceleration
    let _ = block.header.hash.set(block_hash);

    let (before, after) = transition(&input, &block, crypto, jump_destinations)?;
    output.gas_used = block.header.gas_used;
    output.state_root_before = before.0;
    output.state_root_after = after.0;
    Ok(())
}

/// Executes `block` over its witness and compares everything that its header commits to. Returns the state roots
/// before and after.
fn transition(
    input: &GuestInput<'static>,
    block: &Block,
    crypto: Arc<dyn Crypto>,
    jump_destinations: JumpDestinations,
) -> Result<(H256, H256), Reject> {
    let config = input.chain.config();
    let header = &block.header;
    layer_one_only(&block.body.transactions)?;
    validate_block_body(header, &block.body, crypto.as_ref())?;
    let (state, parent) = witness::load(input, block, crypto.clone(), jump_destinations)?;
    validate_block_pre_execution(block, &parent, &config, ELASTICITY_MULTIPLIER)?;

    let db = WitnessDb::new(state);
    let mut evm = Evm::new_for_l1(db.clone(), crypto.clone());
    let executed = evm
        .execute_block(block)
        .and_then(|result| Ok((result, evm.get_state_transitions()?)));
    // a read that failed decides, even where the EVM went on without it
    if let Some(fault) = db.fault() {
        return Err(fault);
    }
    let ((result, access_list), updates) = executed.map_err(execution)?;

    validate_gas_used(result.block_gas_used, header)?;
    validate_receipts_root_and_logs_bloom(header, &result.receipts, crypto.as_ref())?;
    validate_requests_hash(header, &config, &result.requests)?;
    if let Some(list) = &access_list {
        validate_block_access_list_hash(
            header,
            &config,
            list,
            block.body.transactions.len(),
            crypto.as_ref(),
        )?;
    }
    let computed = db.root_after(&updates)?;
    match computed == header.state_root {
        true => Ok((parent.state_root, computed)),
        false => Err(Reject::StateRoot {
            computed,
            header: header.state_root,
        }),
    }
}

/// ethrex decodes its layer 2 transactions everywhere; their sender isn't signed, so here they'd be a forgery.
fn layer_one_only(transactions: &[Transaction]) -> Result<(), Reject> {
    let foreign = |tx: &Transaction| {
        matches!(
            tx,
            Transaction::PrivilegedL2Transaction(_) | Transaction::FeeTokenTransaction(_)
        )
    };
    match transactions.iter().position(foreign) {
        Some(index) => Err(Reject::TransactionType {
            index,
            kind: transactions[index].tx_type() as u8,
        }),
        None => Ok(()),
    }
}

fn execution(error: EvmError) -> Reject {
    match error {
        EvmError::Transaction(_) => Reject::Transaction(error.to_string()),
        EvmError::SystemContractCallFailed(_) | EvmError::InvalidDepositRequest => {
            Reject::SystemCall(error.to_string())
        }
        other => Reject::Execution(other.to_string()),
    }
}
