//! The tamperings on real blocks, natively: each brings about one of the reject codes that its row names, nothing is
//! chosen by chance, and what is left out is left out for a reason.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use zkperf_block::Recorded;
use zkperf_gate::{native, suite, tampering, tamperings, Original, Reach};
use zkperf_guest_core::GuestInput;

fn demo() -> Original {
    Original::new("demo", suite::DEMO_BLOCK.input().unwrap()).unwrap()
}

/// A recorded mainnet block, or `None` (said on stdout) on a machine without `../shared`.
fn mainnet(number: u64) -> Option<Original> {
    let shared = std::env::var_os("ZKPERF_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join(format!("blocks/mainnet-{number}.json.zst"));
    if !path.is_file() {
        let required = std::env::var_os("ZKPERF_REQUIRE_ALL").is_some();
        assert!(!required, "{} is missing", path.display());
        println!("skipped: {} missing", path.display());
        return None;
    }
    let recorded = Recorded::read(&path).unwrap();
    Some(Original::new("mainnet", recorded.guest_input().unwrap()).unwrap())
}

/// Which tamperings a block has nothing for; every other one must bring about one of its codes.
fn not_applicable(original: &Original) -> BTreeSet<&'static str> {
    let honest = native(original.bytes()).unwrap();
    assert_eq!((honest.status, honest.reason), (0, None));
    let (mut without, mut wrong) = (BTreeSet::new(), Vec::new());
    for tampering in tamperings() {
        let Some(input) = tampering.input(original) else {
            without.insert(tampering.id);
            continue;
        };
        let answer = native(&input).unwrap();
        let reason = answer.reason.unwrap_or_default();
        println!("{:<26} {:>2} {reason}", tampering.id, answer.status);
        if !tampering.codes.contains(&answer.status) {
            wrong.push(format!("{}: {} {reason}", tampering.id, answer.status));
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
    without
}

#[test]
fn every_tampering_of_the_demo_block_is_rejected_for_its_reason() {
    assert_eq!(not_applicable(&demo()), BTreeSet::new());
}

#[test]
fn so_is_every_one_of_a_mainnet_block() {
    for number in [24_628_607, 25_229_957] {
        let Some(original) = mainnet(number) else {
            return;
        };
        let without = not_applicable(&original);
        println!("{number}: nothing to tamper with for {without:?}");
        // Mainnet's rules are part of the guest, so no archive of them can be cut; not every block asks for an older
        // block's hash.
        for id in without {
            assert!(
                [
                    "cut-archive",
                    "header-ancestor-withheld",
                    "header-ancestor-altered",
                    "header-between-withheld",
                    "headers-swapped"
                ]
                .contains(&id),
                "{number}: {id}"
            );
        }
    }
}

#[test]
fn the_same_block_gives_the_same_lies() {
    let (one, other) = (demo(), demo());
    for tampering in tamperings() {
        assert!(
            tampering.input(&one) == tampering.input(&other),
            "{}",
            tampering.id
        );
    }
}

#[test]
fn every_lie_is_another_one() {
    let original = demo();
    let mut seen = BTreeMap::new();
    for tampering in tamperings() {
        let input = tampering.input(&original).unwrap();
        assert!(
            input != original.bytes(),
            "{} changes nothing",
            tampering.id
        );
        if let Some(other) = seen.insert(input, tampering.id) {
            panic!("{other} and {} are the same", tampering.id);
        }
    }
}

#[test]
fn the_list_is_long_and_its_names_are_distinct() {
    let ids: Vec<&str> = tamperings().map(|tampering| tampering.id).collect();
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len());
    assert!(ids.len() >= 60, "{}", ids.len());
    let early = tamperings().filter(|tampering| tampering.reach == Reach::Early);
    assert!(early.count() >= 30);
    assert!(tampering("state-root").is_some_and(|row| row.codes == [65]));
    assert!(tampering("none such").is_none());
}

#[test]
fn lies_about_block_and_witness_can_be_told_in_another_format() {
    let original = demo();
    let row = tampering("code-forged").unwrap();
    let parts = row.parts(&original).unwrap();
    let encoded = row.input(&original).unwrap();
    let decoded = GuestInput::decode(&encoded).unwrap();
    assert_eq!(
        decoded.codes,
        parts.codes.iter().map(Vec::as_slice).collect::<Vec<_>>()
    );
    // The framing of our own format is no part of them.
    assert!(tampering("cut-at-end").unwrap().parts(&original).is_none());
}

#[test]
fn what_is_no_input_is_refused() {
    for bytes in [Vec::new(), vec![7; 100], b"zkpinput".to_vec()] {
        assert!(Original::new("x", bytes).is_err());
    }
}
