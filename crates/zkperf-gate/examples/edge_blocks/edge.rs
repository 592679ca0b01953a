//! The edge blocks: for each operation of the EVM that guests accelerate, a block whose transactions compute its edge
//! cases. Whoever accepts such a block has computed every one of them as the portable code does, and as is known from
//! elsewhere.

use std::path::{Path, PathBuf};

use ethrex_common::types::{EIP1559Transaction, Transaction, TxKind};
use ethrex_common::{Address, U256};
use ethrex_rlp::encode::PayloadRLPEncode;
use num_bigint::BigUint;
use serde_json::{json, Value};
use zkperf_block::Recorded;

use super::chain::{Genesis, CHAIN_ID};
use super::curve::{secp256k1, Curve};
use super::program::Program;
use super::vector::{keccak_hash, padded, Input, Vector, Work};
use super::{arithmetic, bls, bn254, hashes, signatures};

/// Whatever goes wrong while blocks are made: nobody but the developer sees it.
pub type Error = Box<dyn std::error::Error>;

/// A transaction's limit since Osaka is 2^24 (EIP-7825).
const TRANSACTION_GAS: u64 = 16_700_000;
/// Creation code may have 49,152 bytes (EIP-3860); a vector that would go beyond this opens the next transaction.
const CODE: usize = 40_000;
/// The same for gas; a vector's own is what its call gets and 150,000 for what is around it.
const GAS: u64 = 14_000_000;

type Make = fn() -> Vec<Vector>;

/// Every operation, a block each.
pub const OPERATIONS: &[(&str, Make)] = &[
    ("keccak256", hashes::keccak),
    ("arithmetic", arithmetic::opcodes),
    ("ecrecover", signatures::ecrecover),
    ("sha256", hashes::sha256),
    ("ripemd160", hashes::ripemd160),
    ("identity", hashes::identity),
    ("modexp", arithmetic::modexp),
    ("bn254-add", bn254::add),
    ("bn254-mul", bn254::multiply),
    ("bn254-pairing", bn254::pairing),
    ("blake2f", hashes::blake2f),
    ("kzg-point-evaluation", bls::point_evaluation),
    ("bls12-g1-add", bls::g1_add),
    ("bls12-g1-msm", bls::g1_msm),
    ("bls12-g2-add", bls::g2_add),
    ("bls12-g2-msm", bls::g2_msm),
    ("bls12-pairing", bls::pairing),
    ("bls12-maps", bls::maps),
    ("p256-verify", signatures::p256_verify),
];

/// A block of edge cases.
pub struct Edge {
    /// Name of its operation.
    pub name: &'static str,
    /// The block.
    pub recorded: Recorded,
    /// Its vectors with their answers, for people and other programs.
    pub vectors: Vec<Value>,
    /// Gas used.
    pub gas: u64,
}

/// Who sends the transactions: a key, which is no secret.
struct Sender {
    curve: Curve,
    key: BigUint,
}

impl Sender {
    fn new() -> Self {
        Self {
            curve: secp256k1(),
            key: BigUint::from_bytes_be(&keccak_hash(b"zkperf edge blocks")),
        }
    }

    fn address(&self) -> Address {
        let point = self.curve.multiply(&self.curve.g, &self.key);
        let (x, y) = point.unwrap_or_default();
        Address::from_slice(&keccak_hash(&[padded(&x), padded(&y)].concat())[12..])
    }

    fn create(&self, code: Vec<u8>, nonce: u64) -> Transaction {
        let mut tx = EIP1559Transaction {
            chain_id: CHAIN_ID,
            nonce,
            max_priority_fee_per_gas: 1_000_000_000,
            max_fee_per_gas: 5_000_000_000,
            gas_limit: TRANSACTION_GAS,
            to: TxKind::Create,
            data: code.into(),
            ..EIP1559Transaction::default()
        };
        let message = [vec![2], tx.encode_payload_to_vec()].concat();
        let hash = keccak_hash(&message);
        let nonce = BigUint::from_bytes_be(&keccak_hash(&hash));
        let (r, s, odd) = self
            .curve
            .sign(&self.key, &nonce, &BigUint::from_bytes_be(&hash));
        tx.signature_r = U256::from_big_endian(&padded(&r));
        tx.signature_s = U256::from_big_endian(&padded(&s));
        tx.signature_y_parity = u64::from(odd).into();
        Transaction::EIP1559Transaction(tx)
    }
}

/// Makes every block, each on the same genesis state.
///
/// # Errors
/// As [`block`].
pub fn make() -> Result<Vec<Edge>, Error> {
    OPERATIONS
        .iter()
        .map(|(name, make)| block(name, &make()))
        .collect()
}

/// The block that runs these vectors.
///
/// # Errors
/// It cannot be executed, or an answer is not what is known to be right.
pub fn block(name: &'static str, vectors: &[Vector]) -> Result<Edge, Error> {
    let sender = Sender::new();
    let genesis = Genesis::new(sender.address())?;
    let programs = programs(vectors).into_iter().zip(0..);
    let transactions = programs.map(|(code, nonce)| sender.create(code, nonce));
    let executed = genesis.extend(transactions.collect())?;
    let mut logs: Vec<&[u8]> = Vec::new();
    for (index, receipt) in executed.receipts.iter().enumerate() {
        if !receipt.succeeded {
            return Err(format!(
                "{name}, transaction {index}: an answer is not what is known to be right"
            )
            .into());
        }
        logs.extend(receipt.logs.iter().map(|log| &log.data[..]));
    }
    if logs.len() != vectors.len() {
        return Err(format!("{name}: {} answers to {}", logs.len(), vectors.len()).into());
    }
    let rows = vectors.iter().zip(logs).map(|(v, log)| row(v, log));
    Ok(Edge {
        name,
        vectors: rows.collect(),
        gas: executed.gas,
        recorded: executed.recorded,
    })
}

/// The creation codes that run vectors, several in one.
fn programs(vectors: &[Vector]) -> Vec<Vec<u8>> {
    let mut programs = Vec::new();
    let (mut program, mut gas) = (Program::default(), 0);
    for vector in vectors {
        let mut alone = Program::default();
        alone.add(vector);
        let own = match &vector.work {
            Work::Call { gas, .. } => gas + 150_000,
            Work::Keccak { .. } | Work::Opcode { .. } => 500_000,
        };
        if gas > 0 && (program.len() + alone.len() > CODE || gas + own > GAS) {
            programs.push(std::mem::take(&mut program).finish());
            gas = 0;
        }
        program.add(vector);
        gas += own;
    }
    programs.push(program.finish());
    programs
}

fn row(vector: &Vector, log: &[u8]) -> Value {
    let mut row = json!({
        "name": vector.name,
        "answer_known_from": vector.expected.source(),
    });
    match &vector.work {
        Work::Call { target, input, .. } => {
            let (head, output) = log.split_at(log.len().min(64));
            row["precompile"] = json!(format!("{target:#x}"));
            row["input"] = json!(input_text(input));
            row["success"] = json!(head.get(31) == Some(&1));
            row["output"] = json!(hex::encode(output));
        }
        Work::Keccak { input } => {
            row["opcode"] = json!("0x20");
            row["input"] = json!(input_text(input));
            row["output"] = json!(hex::encode(log));
        }
        Work::Opcode { opcode, operands } => {
            row["opcode"] = json!(format!("{opcode:#x}"));
            row["operand_lists"] = json!(operands.len());
            row["keccak256_of_outputs"] = json!(hex::encode(keccak_hash(log)));
        }
    }
    row
}

fn input_text(input: &Input) -> String {
    match input {
        // The long ones have no pattern anyway; the block holds them.
        Input::Bytes(bytes) if bytes.len() > 1200 => format!(
            "{} bytes, keccak256 {}",
            bytes.len(),
            hex::encode(keccak_hash(bytes))
        ),
        Input::Bytes(bytes) => hex::encode(bytes),
        Input::Zeros(length) => format!("{length} zeros"),
    }
}

/// The file of an operation's block.
pub fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.json.zst"))
}

/// The table of vectors, as JSON.
///
/// # Errors
/// Never.
pub fn table(edges: &[Edge]) -> Result<Vec<u8>, Error> {
    let rows: Vec<Value> = edges
        .iter()
        .map(|edge| json!({ "operation": edge.name, "gas": edge.gas, "vectors": edge.vectors }))
        .collect();
    let mut text = serde_json::to_vec_pretty(&rows)?;
    text.push(b'\n');
    Ok(text)
}
