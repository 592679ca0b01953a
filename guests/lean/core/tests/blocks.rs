//! The lean core says of real blocks, whole and spoilt, what the reference says.

#[path = "../reference/tests/support/mod.rs"]
mod support;

use std::sync::Arc;
use support::mainnet;
use zkperf_guest_core::{GuestInput, Output, Portable, PortableCrypto, STATUS_VALID};

const BLOCKS: [u64; 2] = [24628607, 25229957];

fn both(input: &GuestInput) -> (Output, Output) {
    let bytes: &'static [u8] = input.encode().leak();
    let (reference, _) = zkperf_guest_core::run(bytes, Arc::new(PortableCrypto::default()));
    let (lean, reject) = zkperf_guest_lean::run(bytes, Portable);
    if let Some(reject) = reject {
        println!("{}: {reject}", lean.status);
    }
    (reference, lean)
}

#[test]
fn real_blocks_are_accepted() {
    for block in BLOCKS {
        let Some(recorded) = mainnet(block) else {
            continue;
        };
        let (reference, lean) = both(&recorded.input());
        assert_eq!(lean.status, STATUS_VALID);
        assert_eq!(lean.to_bytes(), reference.to_bytes());
    }
}

/// One witness part less, a few of each: what is missing is missed, or was never needed, by both.
#[test]
fn what_is_missing_is_missed_as_by_the_reference() {
    let Some(recorded) = mainnet(BLOCKS[0]) else {
        return;
    };
    let whole = recorded.input();
    let mut rejected = 0;
    let mut check = |input: GuestInput| {
        let (reference, lean) = both(&input);
        assert_eq!(lean.to_bytes(), reference.to_bytes());
        rejected += usize::from(lean.status != STATUS_VALID);
    };
    for at in (0..whole.nodes.len()).step_by(97) {
        let mut input = whole.clone();
        input.nodes.remove(at);
        check(input);
    }
    for at in (0..whole.codes.len()).step_by(17) {
        let mut input = whole.clone();
        input.codes.remove(at);
        check(input);
    }
    for at in 0..whole.headers.len() {
        let mut input = whole.clone();
        input.headers.remove(at);
        check(input);
    }
    assert!(rejected > 40, "{rejected} were rejected");
}
