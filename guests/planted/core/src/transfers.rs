//! RLP of the same values and bytes, again and again.

use alloy_rlp::{Decodable, Encodable, Header};

use crate::fold;

/// Some fields of a transaction.
#[derive(Clone, Default)]
struct Transfer {
    nonce: u64,
    gas_price: u64,
    gas: u64,
    to: u64,
    value: u128,
    tip: u64,
    index: u64,
}

impl Transfer {
    fn payload(&self) -> usize {
        self.nonce.length()
            + self.gas_price.length()
            + self.gas.length()
            + self.to.length()
            + self.value.length()
            + self.tip.length()
            + self.index.length()
    }
}

impl Encodable for Transfer {
    #[inline(never)]
    fn encode(&self, out: &mut dyn alloy_rlp::BufMut) {
        Header {
            list: true,
            payload_length: self.payload(),
        }
        .encode(out);
        self.nonce.encode(out);
        self.gas_price.encode(out);
        self.gas.encode(out);
        self.to.encode(out);
        self.value.encode(out);
        self.tip.encode(out);
        self.index.encode(out);
    }
}

impl Decodable for Transfer {
    #[inline(never)]
    fn decode(input: &mut &[u8]) -> alloy_rlp::Result<Self> {
        let mut payload = Header::decode_bytes(input, true)?;
        let input = &mut payload;
        Ok(Transfer {
            nonce: u64::decode(input)?,
            gas_price: u64::decode(input)?,
            gas: u64::decode(input)?,
            to: u64::decode(input)?,
            value: u128::decode(input)?,
            tip: u64::decode(input)?,
            index: u64::decode(input)?,
        })
    }
}

fn transfers(data: &[u64]) -> Vec<Transfer> {
    let chunks = data.chunks_exact(8).take(16);
    let transfer = chunks.map(|words| Transfer {
        nonce: words[0] >> 40,
        gas_price: words[1] >> 24,
        gas: words[2] >> 44,
        to: words[3],
        value: u128::from(words[4]) << 20,
        tip: words[5] >> 32,
        index: words[6] >> 57,
    });
    transfer.collect()
}

fn encoded(transfers: &[Transfer]) -> Vec<Vec<u8>> {
    transfers.iter().map(alloy_rlp::encode).collect()
}

#[inline(never)]
fn ends(digest: u64, bytes: &[u8]) -> u64 {
    let last = bytes.last().copied().unwrap_or(0);
    fold(digest, bytes.len() as u64 ^ u64::from(last) << 32)
}

/// Encodes for each question.
#[inline(never)]
pub(crate) fn encoding_bad(data: &[u64], n: u32) -> u64 {
    let transfers = transfers(data);
    let mut out = Vec::with_capacity(128);
    let mut digest = 0;
    for at in 0..n {
        out.clear();
        transfers[at as usize % transfers.len()].encode(&mut out);
        digest = ends(digest, &out);
    }
    digest
}

/// Keeps the bytes.
#[inline(never)]
pub(crate) fn encoding_good(data: &[u64], n: u32) -> u64 {
    let encoded = encoded(&transfers(data));
    let mut digest = 0;
    for at in 0..n {
        digest = ends(digest, &encoded[at as usize % encoded.len()]);
    }
    digest
}

#[inline(never)]
fn sum(digest: u64, transfer: &Transfer) -> u64 {
    fold(
        digest,
        transfer.value as u64 ^ transfer.gas ^ transfer.index,
    )
}

/// Decodes for each question.
#[inline(never)]
pub(crate) fn decoding_bad(data: &[u64], n: u32) -> u64 {
    let encoded = encoded(&transfers(data));
    let mut digest = 0;
    for at in 0..n {
        let mut bytes = &encoded[at as usize % encoded.len()][..];
        digest = sum(digest, &Transfer::decode(&mut bytes).unwrap_or_default());
    }
    digest
}

/// Keeps the values.
#[inline(never)]
pub(crate) fn decoding_good(data: &[u64], n: u32) -> u64 {
    let encoded = encoded(&transfers(data));
    let decoded = encoded
        .iter()
        .map(|bytes| Transfer::decode(&mut &bytes[..]).unwrap_or_default());
    let decoded: Vec<Transfer> = decoded.collect();
    let mut digest = 0;
    for at in 0..n {
        digest = sum(digest, &decoded[at as usize % decoded.len()]);
    }
    digest
}
