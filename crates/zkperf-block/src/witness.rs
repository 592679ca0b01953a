//! The execution witness of a block, whatever client it comes from.

use crate::hexbytes::{decode_hex, hex_list, HexBytes};
use ethrex_common::types::BlockHeader;
use ethrex_rlp::decode::RLPDecode;
use ethrex_rlp::encode::RLPEncode;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// What a node answers to `debug_executionWitness`, in one form.
///
/// Clients differ: reth, Nethermind, Erigon and ethrex send headers as RLP, geth as JSON objects; geth sends `null` for
/// `keys`; older reth and op-geth send maps from hash to bytes in place of arrays. All of these are read; RLP in arrays
/// is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// RLP of trie nodes of the state and of storages.
    #[serde(deserialize_with = "hex_list", serialize_with = "write_list")]
    pub state: Vec<Vec<u8>>,
    /// Byte codes.
    #[serde(deserialize_with = "hex_list", serialize_with = "write_list")]
    pub codes: Vec<Vec<u8>>,
    /// Addresses and storage keys, where the client sends them; the guest doesn't need them.
    #[serde(default, deserialize_with = "hex_list", serialize_with = "write_list")]
    pub keys: Vec<Vec<u8>>,
    /// RLP of ancestors' headers, the parent's among them.
    #[serde(default, deserialize_with = "headers", serialize_with = "write_list")]
    pub headers: Vec<Vec<u8>>,
}

impl Witness {
    /// Whether the header of block `number` is there.
    pub(crate) fn has_header(&self, number: u64) -> bool {
        self.headers
            .iter()
            .any(|rlp| BlockHeader::decode(rlp).is_ok_and(|header| header.number == number))
    }
}

fn write_list<S: Serializer>(list: &[Vec<u8>], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(list.iter().map(|bytes| HexBytes(bytes.clone())))
}

fn headers<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Vec<u8>>, D::Error> {
    let items = Option::<Vec<Value>>::deserialize(deserializer)?.unwrap_or_default();
    items
        .into_iter()
        .map(header)
        .collect::<Result<_, _>>()
        .map_err(D::Error::custom)
}

/// RLP of a header given as `0x…` or as a JSON object.
fn header(value: Value) -> Result<Vec<u8>, String> {
    match value {
        Value::String(text) => decode_hex(&text).map_err(|cause| format!("a header: {cause}")),
        Value::Object(mut fields) => {
            // geth's name until May 2026
            if let Some(hash) = fields.remove("balHash") {
                fields.entry("blockAccessListHash").or_insert(hash);
            }
            let claimed = fields.get("hash").and_then(Value::as_str).map(decode_hex);
            let header: BlockHeader = serde_json::from_value(Value::Object(fields))
                .map_err(|cause| format!("a header object: {cause}"))?;
            // an optional field we don't know would go missing without a word
            match claimed {
                Some(Ok(hash)) if hash != header.hash().0 => Err(format!(
                    "the header object of block {} does not have the hash it states",
                    header.number
                )),
                _ => Ok(header.encode_to_vec()),
            }
        }
        _ => Err("a header that is neither RLP nor an object".to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn sample() -> BlockHeader {
        BlockHeader {
            number: 7,
            gas_limit: 30_000_000,
            timestamp: 1_700_000_000,
            extra_data: vec![1u8, 2, 3].into(),
            base_fee_per_gas: Some(7),
            withdrawals_root: Some(Default::default()),
            blob_gas_used: Some(0),
            excess_blob_gas: Some(131_072),
            parent_beacon_block_root: Some(Default::default()),
            requests_hash: Some(Default::default()),
            ..BlockHeader::default()
        }
    }

    #[test]
    fn rlp_and_object_headers_are_the_same() {
        let header = sample();
        let rlp = HexBytes(header.encode_to_vec());
        let mut object = serde_json::to_value(&header).unwrap();
        object["hash"] = json!(format!("{:#x}", header.hash()));
        object["slotNumber"] = Value::Null;
        let witness = |headers: Value| -> Result<Witness, _> {
            serde_json::from_value(
                json!({"state": ["0x80"], "codes": null, "keys": null, "headers": headers}),
            )
        };
        let (a, b) = (
            witness(json!([rlp])).unwrap(),
            witness(json!([object])).unwrap(),
        );
        assert_eq!(a, b);
        assert!(a.has_header(7) && !a.has_header(8));
        object["gasLimit"] = json!("0x1");
        assert!(witness(json!([object]))
            .unwrap_err()
            .to_string()
            .contains("does not have the hash"));
        assert!(witness(json!([5])).is_err());
    }

    #[test]
    fn maps_and_missing_fields() {
        let witness: Witness =
            serde_json::from_value(json!({"state": {"0xaa": "0x01", "0xbb": "0x02"}, "codes": {}}))
                .unwrap();
        assert_eq!(witness.state, [[1], [2]]);
        assert!(witness.codes.is_empty() && witness.keys.is_empty() && witness.headers.is_empty());
        assert!(
            serde_json::from_value::<Witness>(json!({"codes": []})).is_err(),
            "a witness without state is none"
        );
        assert!(serde_json::from_value::<Witness>(json!({"state": ["zz"], "codes": []})).is_err());
    }
}
