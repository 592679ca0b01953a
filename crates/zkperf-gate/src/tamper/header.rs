//! Blocks whose header says something that is not so.

use super::{parts, with_block, Original, Parts, Reach, Tampering};
use ethrex_common::types::BlockHeader;
use Reach::{Early, Execution};

pub(super) const LIST: &[Tampering] = &[
    parts(
        "parent-hash",
        &[22],
        Early,
        "names another parent",
        |o, p| header(o, p, |h| flip(&mut h.parent_hash.0)),
    ),
    parts(
        "number",
        &[20],
        Early,
        "claims the number after its own",
        |o, p| header(o, p, |h| h.number += 1),
    ),
    parts(
        "timestamp",
        &[30],
        Early,
        "is not later than its parent",
        |o, p| {
            let time = o.parent.timestamp;
            header(o, p, |h| h.timestamp = time)
        },
    ),
    parts(
        "base-fee",
        &[30],
        Early,
        "its base fee does not follow from its parent",
        |o, p| {
            header(o, p, |h| {
                h.base_fee_per_gas = h.base_fee_per_gas.map(|fee| fee + 1);
            })
        },
    ),
    parts("gas-limit", &[30], Early, "its gas limit leaps", |o, p| {
        header(o, p, |h| h.gas_limit *= 2)
    }),
    parts(
        "difficulty",
        &[30],
        Early,
        "has a difficulty after the merge",
        |o, p| header(o, p, |h| h.difficulty = 1.into()),
    ),
    parts(
        "nonce",
        &[30],
        Early,
        "has a nonce after the merge",
        |o, p| header(o, p, |h| h.nonce = 1),
    ),
    parts(
        "extra-data",
        &[30],
        Early,
        "has 33 bytes of extra data",
        |o, p| header(o, p, |h| h.extra_data = vec![7; 33].into()),
    ),
    parts(
        "ommers-hash",
        &[30, 33],
        Early,
        "claims ommers that it has not",
        |o, p| header(o, p, |h| flip(&mut h.ommers_hash.0)),
    ),
    parts(
        "transactions-root",
        &[31],
        Early,
        "commits to other transactions",
        |o, p| header(o, p, |h| flip(&mut h.transactions_root.0)),
    ),
    parts(
        "withdrawals-root",
        &[32],
        Early,
        "commits to other withdrawals",
        |o, p| {
            let mut there = false;
            header(o, p, |h| {
                if let Some(root) = &mut h.withdrawals_root {
                    flip(&mut root.0);
                    there = true;
                }
            })?;
            there.then_some(())
        },
    ),
    parts(
        "excess-blob-gas",
        &[30, 34],
        Early,
        "its excess blob gas does not follow from its parent",
        |o, p| {
            header(o, p, |h| {
                h.excess_blob_gas = h.excess_blob_gas.map(|gas| gas + 131_072);
            })
        },
    ),
    parts(
        "blob-gas-used",
        &[30, 34],
        Early,
        "claims blobs that it has not",
        |o, p| {
            header(o, p, |h| {
                h.blob_gas_used = h.blob_gas_used.map(|gas| gas + 131_072);
            })
        },
    ),
    parts(
        "gas-used-more",
        &[60],
        Execution,
        "claims one gas more than was used",
        |o, p| header(o, p, |h| h.gas_used += 1),
    ),
    parts(
        "gas-used-less",
        &[60],
        Execution,
        "claims one gas less than was used",
        |o, p| {
            (o.block.header.gas_used > 0).then_some(())?;
            header(o, p, |h| h.gas_used -= 1)
        },
    ),
    parts(
        "receipts-root",
        &[61],
        Execution,
        "commits to other receipts",
        |o, p| header(o, p, |h| flip(&mut h.receipts_root.0)),
    ),
    parts(
        "logs-bloom",
        &[62],
        Execution,
        "its bloom filter is not the logs'",
        |o, p| header(o, p, |h| h.logs_bloom.0[0] ^= 1),
    ),
    parts(
        "requests-hash",
        &[63],
        Execution,
        "commits to other requests",
        |o, p| {
            o.block.header.requests_hash?;
            header(o, p, |h| {
                if let Some(hash) = &mut h.requests_hash {
                    flip(&mut hash.0);
                }
            })
        },
    ),
    parts(
        "state-root",
        &[65],
        Execution,
        "commits to another state",
        |o, p| header(o, p, |h| flip(&mut h.state_root.0)),
    ),
    parts(
        "state-root-before",
        &[65],
        Execution,
        "commits to its parent's state",
        |o, p| {
            let before = o.parent.state_root;
            (before != o.block.header.state_root).then_some(())?;
            header(o, p, |h| h.state_root = before)
        },
    ),
    parts(
        "beacon-root",
        &[65],
        Execution,
        "tells its system call another beacon root",
        |o, p| {
            o.block.header.parent_beacon_block_root?;
            header(o, p, |h| {
                if let Some(root) = &mut h.parent_beacon_block_root {
                    flip(&mut root.0);
                }
            })
        },
    ),
    // Where the other account is not in the witness that is noticed first.
    parts(
        "coinbase",
        &[41, 65],
        Execution,
        "has the fees go to someone else",
        |o, p| {
            header(o, p, |h| {
                h.coinbase = h.coinbase.0.map(|byte| byte ^ 1).into()
            })
        },
    ),
];

fn header(
    original: &Original,
    parts: &mut Parts,
    change: impl FnOnce(&mut BlockHeader),
) -> Option<()> {
    with_block(original, parts, |block| {
        change(&mut block.header);
        Some(())
    })
}

fn flip(hash: &mut [u8; 32]) {
    hash[0] ^= 1;
}
