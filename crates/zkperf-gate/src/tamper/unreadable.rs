//! Inputs that cannot be read.

use super::{bytes, parts, Original, Parts, Reach::Early, Tampering};
use zkperf_guest_core::{ChainSpec, GuestInput, WITNESS_SCHEMA};

const WORD: usize = 8;
/// Where the schema item's length stands: behind the magic.
const SCHEMA_LENGTH: usize = WORD;
/// RLP lists that promise more than follows.
const NO_RLP: &[u8] = b"\xc1\xc1\xc1";

pub(super) const LIST: &[Tampering] = &[
    bytes("empty", &[1], "no bytes at all", |_| Some(Vec::new())),
    bytes("zeros", &[1], "nothing but zeros", |_| Some(vec![0; 64])),
    bytes("foreign", &[2], "does not start as an input does", |o| {
        let mut input = o.bytes().to_vec();
        input[0] ^= 1;
        Some(input)
    }),
    bytes(
        "foreign-schema",
        &[3],
        "names another witness schema",
        |o| {
            let mut input = o.bytes().to_vec();
            input[SCHEMA_LENGTH + WORD + WITNESS_SCHEMA.len() - 1] ^= 1;
            Some(input)
        },
    ),
    bytes("cut-in-magic", &[4], "ends after 5 bytes", |o| cut(o, 5)),
    bytes(
        "cut-in-schema",
        &[4],
        "ends within the schema's name",
        |o| cut(o, 30),
    ),
    bytes("cut-in-middle", &[4], "its second half is missing", |o| {
        cut(o, o.bytes().len() / 2)
    }),
    bytes("cut-at-end", &[4], "its last 8 bytes are missing", |o| {
        cut(o, o.bytes().len() - WORD)
    }),
    bytes("trailing-bytes", &[5], "bytes follow its end", |o| {
        let mut input = o.bytes().to_vec();
        input.extend([1; WORD]);
        Some(input)
    }),
    bytes(
        "unaligned",
        // The word that now stands for the schema's length is 256 times as large: a large input goes that far.
        &[3, 4],
        "one byte was slipped in behind the magic",
        |o| {
            let mut input = o.bytes().to_vec();
            input.insert(WORD, 0);
            Some(input)
        },
    ),
    bytes("wild-length", &[4], "an item claims 2^64 - 1 bytes", |o| {
        let mut input = o.bytes().to_vec();
        input[SCHEMA_LENGTH..SCHEMA_LENGTH + WORD].fill(0xff);
        Some(input)
    }),
    bytes(
        "wild-count",
        &[4],
        "the list of nodes claims 2^63 items",
        |o| {
            let at = o.bytes().len() - lists_size(o);
            let mut input = o.bytes().to_vec();
            input[at + WORD - 1] = 0x80;
            Some(input)
        },
    ),
    bytes(
        "corrupt-archive",
        &[5],
        "the chain's rules are no archive",
        |o| {
            let mut input = o.bytes()[..chain_item(o)].to_vec();
            input.extend(64u64.to_le_bytes());
            input.extend([0xff; 64]);
            input.extend(&o.bytes()[chain_item(o) + chain_size(o)..]);
            Some(input)
        },
    ),
    bytes(
        "cut-archive",
        &[5],
        "the archive of the chain's rules is cut",
        |o| {
            let size = chain_size(o).checked_sub(WORD).filter(|size| *size > 16)?;
            let keep = size - 16;
            let at = chain_item(o);
            let mut input = o.bytes()[..at].to_vec();
            input.extend((keep as u64).to_le_bytes());
            input.extend(&o.bytes()[at + WORD..at + WORD + keep]);
            input.resize(input.len().next_multiple_of(WORD), 0);
            input.extend(&o.bytes()[at + chain_size(o)..]);
            Some(input)
        },
    ),
    bytes(
        "mainnet-claimed",
        &[5],
        "own rules under mainnet's chain id",
        |o| {
            let mut config = o.chain.config();
            config.chain_id = 1;
            let mut input = GuestInput::decode(o.bytes()).ok()?;
            input.chain = ChainSpec::Custom(Box::new(config));
            Some(input.encode())
        },
    ),
    parts(
        "block-no-rlp",
        &[10],
        Early,
        "the block is no RLP",
        |_, p| {
            p.block = NO_RLP.to_vec();
            Some(())
        },
    ),
    parts(
        "block-cut",
        &[10],
        Early,
        "the block's last byte is missing",
        |_, p| p.block.pop().map(|_| ()),
    ),
    parts(
        "header-no-rlp",
        &[11],
        Early,
        "the oldest header is no RLP",
        |_, p| {
            *p.headers.first_mut()? = NO_RLP.to_vec();
            Some(())
        },
    ),
];

fn cut(original: &Original, keep: usize) -> Option<Vec<u8>> {
    Some(original.bytes().get(..keep)?.to_vec())
}

/// Bytes of an item with its length and padding.
fn item_size(length: usize) -> usize {
    WORD + length.next_multiple_of(WORD)
}

/// Where the chain's item begins.
fn chain_item(_: &Original) -> usize {
    WORD + item_size(WITNESS_SCHEMA.len())
}

/// Its size with length and padding: what is left of the input beside the other parts.
fn chain_size(original: &Original) -> usize {
    original.bytes().len()
        - chain_item(original)
        - item_size(original.parts.block.len())
        - lists_size(original)
}

fn lists_size(original: &Original) -> usize {
    let Parts {
        nodes,
        codes,
        headers,
        ..
    } = &original.parts;
    [nodes, codes, headers]
        .into_iter()
        .map(|list| WORD + list.iter().map(|item| item_size(item.len())).sum::<usize>())
        .sum()
}
