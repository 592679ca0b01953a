//! Byte strings as nodes write them: `0x…`.

use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use std::fmt;

/// Bytes that read and write as a `0x` hex string.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct HexBytes(pub(crate) Vec<u8>);

/// Decodes `0x…` (the prefix is required), an even number of digits.
pub(crate) fn decode_hex(text: &str) -> Result<Vec<u8>, &'static str> {
    let digits = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .ok_or("no 0x in front")?;
    hex::decode(digits).map_err(|cause| match cause {
        hex::FromHexError::OddLength => "an odd number of hex digits",
        _ => "a character that is no hex digit",
    })
}

pub(crate) fn encode_hex(bytes: &[u8]) -> String {
    let mut out = vec![0; 2 + 2 * bytes.len()];
    out[..2].copy_from_slice(b"0x");
    // lengths agree by construction, and hex digits are UTF-8
    let _ = hex::encode_to_slice(bytes, &mut out[2..]);
    String::from_utf8(out).unwrap_or_default()
}

/// Reads a quantity, `0x1b4` or decimal.
pub(crate) fn quantity(text: &str) -> Option<u64> {
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => text.parse().ok(),
    }
}

impl Serialize for HexBytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&encode_hex(&self.0))
    }
}

impl<'de> Deserialize<'de> for HexBytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text;
        impl Visitor<'_> for Text {
            type Value = HexBytes;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a 0x hex string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<HexBytes, E> {
                decode_hex(text).map(HexBytes).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Text)
    }
}

/// A list of byte strings in any shape a client answers with: an array, a map from hash to bytes (its values count),
/// `null`.
pub(crate) fn hex_list<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Vec<Vec<u8>>, D::Error> {
    struct List;
    impl<'de> Visitor<'de> for List {
        type Value = Vec<Vec<u8>>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an array or a map of 0x hex strings, or null")
        }
        fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
            let mut out = Vec::new();
            while let Some(HexBytes(bytes)) = seq.next_element()? {
                out.push(bytes);
            }
            Ok(out)
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
            let mut out = Vec::new();
            while let Some((_, HexBytes(bytes))) = map.next_entry::<de::IgnoredAny, HexBytes>()? {
                out.push(bytes);
            }
            Ok(out)
        }
        fn visit_unit<E: de::Error>(self) -> Result<Self::Value, E> {
            Ok(Vec::new())
        }
    }
    deserializer.deserialize_any(List)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_says_what_is_wrong() {
        assert_eq!(decode_hex(&encode_hex(&[0, 255, 16])), Ok(vec![0, 255, 16]));
        assert_eq!(decode_hex("0x"), Ok(vec![]));
        assert!(
            decode_hex("00").is_err() && decode_hex("0x0").is_err() && decode_hex("0xzz").is_err()
        );
    }

    #[test]
    fn quantities_in_both_notations() {
        assert_eq!((quantity("0x10"), quantity("16")), (Some(16), Some(16)));
        assert_eq!(
            (
                quantity("0x"),
                quantity("-1"),
                quantity("0x10000000000000000")
            ),
            (None, None, None)
        );
    }
}
