//! From a recording to the guest's input, and the native check that nothing is stored without.

use crate::chain::chain_spec;
use crate::error::BlockError;
use crate::recorded::Recorded;
use ethrex_common::types::Block;
use ethrex_rlp::decode::RLPDecode;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;
use zkperf_guest_core::{validate, GuestCrypto, GuestInput, Portable, Reject};

/// An input that the guests' own code accepts.
pub(crate) struct Checked {
    /// The encoded input, without framing.
    pub(crate) bytes: Vec<u8>,
    pub(crate) block_hash: [u8; 32],
    pub(crate) transactions: u64,
    pub(crate) gas_used: u64,
}

/// Makes the input and validates it as a guest would. `origin` is for errors: a URL without secrets, or a file.
pub(crate) fn check(recorded: &Recorded, origin: &str) -> Result<Checked, BlockError> {
    let Recorded {
        chain_id,
        block_number,
        raw_block,
        witness,
        chain_config,
    } = recorded;
    let block = decode_block(raw_block).map_err(|cause| BlockError::BadAnswer {
        origin: origin.to_string(),
        method: "debug_getRawBlock".to_string(),
        cause,
    })?;
    if block.header.number != *block_number {
        return Err(BlockError::WrongBlock {
            origin: origin.to_string(),
            expected: *block_number,
            actual: block.header.number,
        });
    }
    let no_config = || BlockError::NoChainConfig {
        origin: origin.to_string(),
        chain_id: *chain_id,
    };
    let chain = chain_spec(*chain_id, chain_config.as_ref()).ok_or_else(no_config)?;
    // the crates below are given what a stranger sent: should they panic after all, that is an error like any other
    let outcome = catch_unwind(AssertUnwindSafe(|| {
        let bytes = GuestInput::from_witness(
            chain,
            raw_block,
            &witness.state,
            &witness.codes,
            &witness.headers,
        )
        .encode();
        let output = validate(&bytes, Arc::new(GuestCrypto(Portable)))?;
        Ok::<_, Reject>((bytes, output))
    }));
    let rejected = |reason| BlockError::WitnessMismatch {
        origin: origin.to_string(),
        block: *block_number,
        reason,
    };
    let (bytes, output) = outcome
        .map_err(|panic| BlockError::CheckFailed {
            origin: origin.to_string(),
            block: *block_number,
            cause: panic_text(panic.as_ref()),
        })?
        .map_err(rejected)?;
    Ok(Checked {
        bytes,
        block_hash: output.block_hash,
        transactions: block.body.transactions.len() as u64,
        gas_used: output.gas_used,
    })
}

/// Decodes a block; the error says what is wrong.
pub(crate) fn decode_block(rlp: &[u8]) -> Result<Block, String> {
    Block::decode(rlp).map_err(|cause| format!("it is no RLP of a block: {cause}"))
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| text.to_string());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic".to_string())
}
