//! Real blocks are accepted; anything changed in them is rejected, with the code of the reason.

mod support;

use std::sync::Arc;
use std::time::Instant;
use support::{mainnet, Recorded};
use zkperf_guest_core::{run, Output, PortableCrypto, Reject, STATUS_VALID};

const SMALL: u64 = 24628607;
const MEDIUM: u64 = 25229957;

fn validate(recorded: &Recorded) -> (Output, Option<Reject>) {
    run(
        &recorded.input().encode(),
        Arc::new(PortableCrypto::default()),
    )
}

fn code(recorded: &Recorded) -> u32 {
    let (output, reject) = validate(recorded);
    println!(
        "{}: {}",
        output.status,
        reject.map_or("accepted".to_string(), |reject| reject.to_string())
    );
    assert_eq!(output.gas_used, 0);
    assert_eq!(output.state_root_after, [0; 32]);
    output.status
}

/// Position of a needle that occurs exactly once.
fn find(haystack: &[u8], needle: &[u8]) -> usize {
    let mut hits = haystack
        .windows(needle.len())
        .enumerate()
        .filter(|(_, window)| *window == needle);
    let (position, _) = hits.next().expect("the needle is there");
    assert!(hits.next().is_none(), "the needle is there once");
    position
}

/// Header fields are found by their place in the RLP: list head (3 bytes), then parent hash, ommers, coinbase, state
/// root, transactions root, receipts root.
fn header_hash_offset(block: &[u8], index: usize) -> usize {
    use ethrex_rlp::decode::RLPDecode;
    let header = ethrex_common::types::Block::decode(block)
        .expect("decodes")
        .header;
    let hash = match index {
        0 => header.parent_hash,
        3 => header.state_root,
        4 => header.transactions_root,
        5 => header.receipts_root,
        _ => unreachable!(),
    };
    find(block, hash.as_bytes())
}

#[test]
fn real_blocks_are_accepted() {
    for (number, gas) in [(SMALL, 7_372_614), (MEDIUM, 9_768_139)] {
        let Some(recorded) = mainnet(number) else {
            continue;
        };
        let started = Instant::now();
        let (output, reject) = validate(&recorded);
        println!("{number}: {:?}, gas {}", started.elapsed(), output.gas_used);
        assert_eq!(reject, None);
        assert_eq!(output.status, STATUS_VALID);
        assert_eq!((output.chain_id, output.block_number), (1, number));
        assert_eq!(output.gas_used, gas);
        assert_eq!(Output::from_bytes(&output.to_bytes()), Some(output));
    }
}

#[test]
fn a_changed_header_is_rejected_for_the_field_that_was_changed() {
    let Some(original) = mainnet(SMALL) else {
        return;
    };
    let flipped = |index: usize| {
        let mut block = original.block.clone();
        block[header_hash_offset(&original.block, index)] ^= 1;
        code(&Recorded {
            block,
            ..clone(&original)
        })
    };
    assert_eq!(flipped(0), 22, "parent hash");
    assert_eq!(flipped(3), 65, "state root");
    assert_eq!(flipped(4), 31, "transactions root");
    assert_eq!(flipped(5), 61, "receipts root");
}

#[test]
fn a_changed_gas_used_is_rejected() {
    use ethrex_rlp::{decode::RLPDecode, encode::RLPEncode};
    let Some(original) = mainnet(SMALL) else {
        return;
    };
    let mut block = ethrex_common::types::Block::decode(&original.block).expect("decodes");
    block.header.gas_used += 1;
    assert_eq!(
        code(&Recorded {
            block: block.encode_to_vec(),
            ..clone(&original)
        }),
        60
    );
}

#[test]
fn a_withheld_witness_is_rejected() {
    let Some(original) = mainnet(SMALL) else {
        return;
    };
    let mut rejected = 0;
    // not every node of a recorded witness is read; those that are must be missed
    for index in (0..original.state.len()).step_by(original.state.len() / 12) {
        let mut recorded = clone(&original);
        recorded.state.remove(index);
        match validate(&recorded).0.status {
            STATUS_VALID => {}
            40 | 41 => rejected += 1,
            other => panic!("node {index}: code {other}"),
        }
    }
    assert!(rejected >= 6, "{rejected}");
    let mut codes = 0;
    for index in (0..original.codes.len()).step_by(original.codes.len() / 6) {
        let mut recorded = clone(&original);
        recorded.codes.remove(index);
        match validate(&recorded).0.status {
            STATUS_VALID => {}
            42 => codes += 1,
            other => panic!("code {index}: code {other}"),
        }
    }
    assert!(codes >= 3, "{codes}");
    let mut recorded = clone(&original);
    recorded.headers.clear();
    assert_eq!(code(&recorded), 20);
}

#[test]
fn a_forged_witness_is_rejected() {
    let Some(original) = mainnet(SMALL) else {
        return;
    };
    // a changed code or node has another hash, so the right one is missing
    let mut recorded = clone(&original);
    for code in &mut recorded.codes {
        if let Some(first) = code.first_mut() {
            *first ^= 1;
        }
    }
    assert_eq!(code(&recorded), 42);
    let mut recorded = clone(&original);
    for node in &mut recorded.state {
        *node.last_mut().expect("bytes") ^= 1;
    }
    assert_eq!(code(&recorded), 40);
    // another parent: its hash no longer is what the block names
    let mut recorded = clone(&original);
    let last = recorded.headers.len() - 1;
    *recorded.headers[last].last_mut().expect("bytes") ^= 1;
    assert_eq!(code(&recorded), 22);
}

#[test]
fn a_changed_transaction_is_rejected() {
    use ethrex_rlp::{decode::RLPDecode, encode::RLPEncode};
    let Some(original) = mainnet(SMALL) else {
        return;
    };
    let mut block = ethrex_common::types::Block::decode(&original.block).expect("decodes");
    block.body.transactions.swap(0, 1);
    assert_eq!(
        code(&Recorded {
            block: block.encode_to_vec(),
            ..clone(&original)
        }),
        31
    );
    // even if the header agrees with the body, the nonces then don't fit the state
    block.header.transactions_root = ethrex_common::types::compute_transactions_root(
        &block.body.transactions,
        &PortableCrypto::default(),
    );
    let status = code(&Recorded {
        block: block.encode_to_vec(),
        ..clone(&original)
    });
    assert!([50, 60, 61, 65].contains(&status), "{status}");
}

fn clone(recorded: &Recorded) -> Recorded {
    Recorded {
        block: recorded.block.clone(),
        state: recorded.state.clone(),
        codes: recorded.codes.clone(),
        headers: recorded.headers.clone(),
    }
}
