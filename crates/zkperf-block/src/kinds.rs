//! What kinds of transactions a block has: part of what a set of blocks exercises.

use crate::check::decode_block;
use crate::error::InputFileError;
use crate::inspect::read_input;
use ethrex_common::types::{Transaction, TxKind, TxType};
use std::collections::BTreeMap;

/// Every kind that is counted: envelopes first, then what a transaction does. Each transaction has one of both.
pub const TRANSACTION_KINDS: [&str; 8] = [
    "legacy",
    "EIP-2930 access list",
    "EIP-1559 fee market",
    "EIP-4844 blobs",
    "EIP-7702 set code",
    "contract creation",
    "call with data",
    "transfer without data",
];

/// Counts the transactions of an input file of the reference guest by kind. Kinds of other chains (privileged, …) have names
/// that [`TRANSACTION_KINDS`] does not list.
///
/// # Errors
/// [`InputFileError`] if it is no such input.
pub fn transaction_kinds(file: &[u8]) -> Result<BTreeMap<String, u64>, InputFileError> {
    let (_, input) = read_input(file, None)?;
    let block = decode_block(input.block).map_err(InputFileError::Malformed)?;
    let mut counts = BTreeMap::new();
    for transaction in &block.body.transactions {
        for kind in [envelope(transaction), purpose(transaction).to_owned()] {
            *counts.entry(kind).or_default() += 1;
        }
    }
    Ok(counts)
}

fn envelope(transaction: &Transaction) -> String {
    let [legacy, list, market, blobs, code, ..] = TRANSACTION_KINDS;
    match transaction.tx_type() {
        TxType::Legacy => legacy,
        TxType::EIP2930 => list,
        TxType::EIP1559 => market,
        TxType::EIP4844 => blobs,
        TxType::EIP7702 => code,
        other => return format!("type {:#04x}", other as u8),
    }
    .to_owned()
}

fn purpose(transaction: &Transaction) -> &'static str {
    let [.., creation, call, transfer] = TRANSACTION_KINDS;
    match transaction.to() {
        TxKind::Create => creation,
        TxKind::Call(_) if transaction.data().is_empty() => transfer,
        TxKind::Call(_) => call,
    }
}
