//! What a node answered about one block, in memory and as a file.

use crate::atomic;
use crate::chain::{chain_spec, read_config};
use crate::error::BlockError;
use crate::hexbytes::{quantity, HexBytes};
use crate::witness::Witness;
use ethrex_common::types::ChainConfig;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::io::Read;
use std::path::Path;
use zkperf_guest_core::GuestInput;

const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
const ZSTD_LEVEL: i32 = 9;
/// Largest recording that is read, in bytes after decompression.
const LARGEST: u64 = 1 << 30;

/// A block, its witness and its chain's rules as a node told them: all that an input can be made of, now or by a later
/// version with another witness schema.
///
/// As a file: `{chainId, blockNumber, responses: {eth_chainId, debug_getRawBlock, debug_executionWitness}}` as JSON,
/// plain or zstd; chains other than mainnet add `debug_chainConfig`. It holds neither URL nor key.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The chain's id.
    pub chain_id: u64,
    /// The block's number.
    pub block_number: u64,
    /// RLP of the block.
    pub raw_block: Vec<u8>,
    /// Its witness.
    pub witness: Witness,
    /// The chain's fork schedule, where the node told it.
    pub chain_config: Option<ChainConfig>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Form<R> {
    chain_id: String,
    block_number: String,
    responses: R,
}

#[derive(Deserialize)]
struct Responses {
    #[serde(rename = "eth_chainId")]
    chain_id: String,
    #[serde(rename = "debug_getRawBlock")]
    raw_block: HexBytes,
    #[serde(rename = "debug_executionWitness")]
    witness: Witness,
    #[serde(rename = "debug_chainConfig")]
    chain_config: Option<Value>,
}

#[derive(Serialize)]
struct ResponsesRef<'a> {
    #[serde(rename = "eth_chainId")]
    chain_id: String,
    #[serde(rename = "debug_getRawBlock")]
    raw_block: HexBytes,
    #[serde(rename = "debug_executionWitness")]
    witness: &'a Witness,
    #[serde(rename = "debug_chainConfig", skip_serializing_if = "Option::is_none")]
    chain_config: Option<&'a ChainConfig>,
}

impl Recorded {
    /// Reads a recording from a file.
    ///
    /// # Errors
    /// [`BlockError::File`] if it can't be read, [`BlockError::BadRecording`] if it isn't one.
    pub fn read(path: &Path) -> Result<Self, BlockError> {
        Self::from_bytes(&atomic::read(path)?).map_err(|cause| BlockError::BadRecording {
            path: path.to_path_buf(),
            cause,
        })
    }

    /// Reads a recording, plain or zstd.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, String> {
        let unpacked;
        let json = match bytes.starts_with(&ZSTD_MAGIC) {
            true => {
                unpacked = unpack(bytes)?;
                &unpacked[..]
            }
            false => bytes,
        };
        if json.is_empty() {
            return Err("it is empty".to_string());
        }
        let form: Form<Responses> =
            serde_json::from_slice(json).map_err(|cause| cause.to_string())?;
        let number =
            |name: &str, text: &str| quantity(text).ok_or_else(|| format!("`{name}` is no number"));
        let chain_id = number("chainId", &form.chain_id)?;
        let answered = number("eth_chainId", &form.responses.chain_id)?;
        if chain_id != answered {
            return Err(format!(
                "`chainId` is {chain_id}, but `eth_chainId` answered {answered}"
            ));
        }
        let config = form
            .responses
            .chain_config
            .filter(|config| !config.is_null());
        let chain_config = config
            .map(|config| read_config(config, chain_id))
            .transpose();
        Ok(Self {
            chain_id,
            block_number: number("blockNumber", &form.block_number)?,
            raw_block: form.responses.raw_block.0,
            witness: form.responses.witness,
            chain_config: chain_config.map_err(|cause| format!("`debug_chainConfig`: {cause}"))?,
        })
    }

    /// The reference guest's input, without framing and unchecked; `None` if the chain's rules are nowhere to be had.
    pub fn guest_input(&self) -> Option<Vec<u8>> {
        let chain = chain_spec(self.chain_id, self.chain_config.as_ref())?;
        let Witness {
            state,
            codes,
            headers,
            ..
        } = &self.witness;
        Some(GuestInput::from_witness(chain, &self.raw_block, state, codes, headers).encode())
    }

    /// The file's content, zstd.
    pub(crate) fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let form = Form {
            chain_id: format!("{:#x}", self.chain_id),
            block_number: format!("{:#x}", self.block_number),
            responses: ResponsesRef {
                chain_id: format!("{:#x}", self.chain_id),
                raw_block: HexBytes(self.raw_block.clone()),
                witness: &self.witness,
                chain_config: self.chain_config.as_ref(),
            },
        };
        let json = serde_json::to_vec(&form).map_err(|cause| cause.to_string())?;
        zstd::bulk::compress(&json, ZSTD_LEVEL).map_err(|cause| cause.to_string())
    }

    /// Writes the recording to a file, zstd, in full or not at all.
    ///
    /// # Errors
    /// [`BlockError::File`] or [`BlockError::DiskFull`].
    pub fn save(&self, path: &Path) -> Result<(), BlockError> {
        let bytes = self
            .to_bytes()
            .map_err(|cause| BlockError::file("write", path, std::io::Error::other(cause)))?;
        atomic::write(path, &bytes)
    }
}

fn unpack(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let broken = |cause: std::io::Error| format!("its zstd data is broken or truncated: {cause}");
    let mut out = Vec::new();
    let decoder = zstd::stream::read::Decoder::new(bytes).map_err(broken)?;
    decoder
        .take(LARGEST + 1)
        .read_to_end(&mut out)
        .map_err(broken)?;
    match out.len() as u64 > LARGEST {
        true => Err(format!("it is larger than {LARGEST} bytes")),
        false => Ok(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> Recorded {
        Recorded {
            chain_id: 1337,
            block_number: 7,
            raw_block: vec![0xc0],
            witness: Witness {
                state: vec![vec![1, 2]],
                codes: vec![vec![3]],
                keys: vec![],
                headers: vec![vec![4]],
            },
            chain_config: Some(ChainConfig {
                chain_id: 1337,
                prague_time: Some(3),
                ..ChainConfig::default()
            }),
        }
    }

    #[test]
    fn round_trips_through_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("block.json.zst");
        sample().save(&path).unwrap();
        assert_eq!(Recorded::read(&path).unwrap(), sample());
        let plain = unpack(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(Recorded::from_bytes(&plain).unwrap(), sample());
    }

    #[test]
    fn says_what_is_wrong() {
        let whole = sample().to_bytes().unwrap();
        let good: Value = serde_json::from_slice(&unpack(&whole).unwrap()).unwrap();
        let with = |path: &str, value: Value| {
            let mut form = good.clone();
            *form.pointer_mut(path).unwrap() = value;
            Recorded::from_bytes(form.to_string().as_bytes()).unwrap_err()
        };
        assert!(Recorded::from_bytes(b"").unwrap_err().contains("empty"));
        assert!(Recorded::from_bytes(&whole[..whole.len() / 2])
            .unwrap_err()
            .contains("truncated"));
        assert!(Recorded::from_bytes(b"{}").unwrap_err().contains("chainId"));
        assert!(with("/chainId", json!("0x1")).contains("answered 1337"));
        assert!(with("/blockNumber", json!("x")).contains("blockNumber"));
        assert!(with("/responses/debug_chainConfig/chainId", json!(1)).contains("chain 1"));
        assert!(with("/responses/debug_getRawBlock", json!("0x0")).contains("odd number"));
    }
}
