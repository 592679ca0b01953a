//! As much RLP as trie nodes need, over borrowed bytes.

use crate::Bytes;

/// Bytes that are not the RLP they should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("malformed RLP")]
pub(crate) struct Malformed;

/// An empty string: what stands for an absent child.
pub(crate) const EMPTY: u8 = 0x80;
/// Begins a string of 32 bytes: a hash.
pub(crate) const HASH: u8 = 0xa0;
/// A hash with its first byte.
pub(crate) const HASH_ITEM: usize = 33;

/// An item: a string or a list.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// Whether it is a list.
    pub is_list: bool,
    /// With its prefix.
    pub whole: Bytes,
    /// Without its prefix.
    pub payload: Bytes,
}

/// The first item of `bytes`, and what follows it.
///
/// # Errors
/// [`Malformed`] if the bytes end within it, or before it.
pub(crate) fn split(bytes: Bytes) -> Result<(Item, Bytes), Malformed> {
    let first = *bytes.first().ok_or(Malformed)?;
    let (is_list, prefix, length) = match first {
        0..0x80 => (false, 0, 1),
        0x80..0xb8 => (false, 1, usize::from(first - 0x80)),
        0xb8..0xc0 => long(bytes, usize::from(first - 0xb7), false)?,
        0xc0..0xf8 => (true, 1, usize::from(first - 0xc0)),
        0xf8.. => long(bytes, usize::from(first - 0xf7), true)?,
    };
    let (whole, rest) = bytes.split_at_checked(prefix + length).ok_or(Malformed)?;
    let item = Item {
        is_list,
        whole,
        payload: &whole[prefix..],
    };
    Ok((item, rest))
}

/// The length of an item that says it in `digits` bytes.
fn long(bytes: Bytes, digits: usize, is_list: bool) -> Result<(bool, usize, usize), Malformed> {
    // nothing in a witness takes 16 MiB; what says so is not read
    let length = bytes.get(1..=digits).filter(|_| digits <= 3);
    let length = length.ok_or(Malformed)?;
    let length = length
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    Ok((is_list, 1 + digits, length))
}

/// What follows the first item of `bytes`: as [`split`], quicker for what branches consist of.
#[inline(always)]
pub(crate) fn skip(bytes: Bytes) -> Result<Bytes, Malformed> {
    match bytes.first() {
        Some(&EMPTY) => Ok(&bytes[1..]),
        Some(&HASH) => bytes.get(HASH_ITEM..).ok_or(Malformed),
        _ => split(bytes).map(|(_, rest)| rest),
    }
}

/// How many bytes the prefix of a payload takes that is no single byte.
pub(crate) fn prefix_length(payload: usize) -> usize {
    match payload {
        0..56 => 1,
        56..0x100 => 2,
        _ => 3,
    }
}

/// Writes the prefix of a payload of less than 64 KiB that is no single byte, and returns what of `out` follows it.
/// `short` begins strings (0x80) or lists (0xc0).
pub(crate) fn put_prefix(out: &mut [u8], short: u8, payload: usize) -> &mut [u8] {
    let length = prefix_length(payload);
    let (prefix, rest) = out.split_at_mut(length);
    match prefix {
        [first] => *first = short + payload as u8,
        [first, low] => (*first, *low) = (short + 56, payload as u8),
        [first, high, low] => {
            (*first, *high, *low) = (short + 57, (payload >> 8) as u8, payload as u8);
        }
        _ => unreachable!("a prefix has at most three bytes"),
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leak(bytes: Vec<u8>) -> Bytes {
        bytes.leak()
    }

    #[test]
    fn every_length_is_read_as_it_is_written() {
        for (short, is_list) in [(0x80, false), (0xc0, true)] {
            for length in [0, 1, 2, 55, 56, 57, 255, 256, 532, 65_535] {
                let mut bytes = vec![0; length + 3];
                let left = put_prefix(&mut bytes, short, length).len();
                bytes.truncate(bytes.len() - (left - length));
                bytes.push(7);
                let bytes = leak(bytes);
                let (item, rest) = split(bytes).expect("an item");
                assert_eq!(item.is_list, is_list);
                assert_eq!((item.payload.len(), rest), (length, &[7][..]), "{length}");
                assert_eq!(skip(bytes), Ok(rest));
            }
        }
    }

    #[test]
    fn what_ends_too_early_is_malformed() {
        for bytes in [
            vec![],
            vec![0x81],
            vec![0xa0, 1],
            vec![0xb8],
            vec![0xb8, 3, 1],
            vec![0xc2, 1],
            vec![0xf9, 1],
            vec![0xff; 9],
        ] {
            let bytes = leak(bytes);
            assert_eq!(split(bytes).err(), Some(Malformed), "{bytes:x?}");
            assert_eq!(skip(bytes), Err(Malformed));
        }
    }
}
