//! The edge blocks: the committed ones are what the generator makes, the unmodified code accepts them, and what is
//! published elsewhere stands in their table.

#[path = "../examples/edge_blocks/arithmetic.rs"]
mod arithmetic;
#[path = "../examples/edge_blocks/bls.rs"]
mod bls;
#[path = "../examples/edge_blocks/bn254.rs"]
mod bn254;
#[path = "../examples/edge_blocks/chain.rs"]
mod chain;
#[path = "../examples/edge_blocks/curve.rs"]
mod curve;
#[path = "../examples/edge_blocks/edge.rs"]
mod edge;
#[path = "../examples/edge_blocks/hashes.rs"]
mod hashes;
#[path = "../examples/edge_blocks/program.rs"]
mod program;
#[path = "../examples/edge_blocks/signatures.rs"]
mod signatures;
#[path = "../examples/edge_blocks/vector.rs"]
mod vector;

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use zkperf_block::Recorded;
use zkperf_gate::{native, suite};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/edge-block")
}

fn table() -> Vec<Value> {
    serde_json::from_slice(&std::fs::read(folder().join("vectors.json")).unwrap()).unwrap()
}

#[test]
fn the_committed_blocks_are_what_the_generator_makes() {
    let edges = edge::make().unwrap();
    for edge in &edges {
        let file = edge::file(&folder(), edge.name);
        let how =
            "run `cargo run --release -p zkperf-gate --example edge_blocks -- fixtures/edge-block`";
        assert!(
            Recorded::read(&file).unwrap() == edge.recorded,
            "{}: {how}",
            edge.name
        );
    }
    let committed = std::fs::read(folder().join("vectors.json")).unwrap();
    assert!(
        edge::table(&edges).unwrap() == committed,
        "vectors.json differs"
    );
}

#[test]
fn every_block_is_in_the_gate_and_accepted_natively() {
    let made: BTreeSet<&str> = edge::OPERATIONS.iter().map(|(name, _)| *name).collect();
    let gated: BTreeSet<&str> = suite::all().filter_map(|suite| suite.operation).collect();
    assert_eq!(made, gated);
    for suite in suite::all() {
        let answer = native(&suite.input().unwrap()).unwrap();
        assert_eq!((answer.status, answer.reason), (0, None), "{}", suite.name);
    }
}

/// A vector whose known answer is wrong by one bit, or whose outcome is, cannot become a block: so those in the
/// blocks agree.
#[test]
fn a_wrong_answer_makes_no_block() {
    use vector::Expected;
    let wrong = |operation: &str, at: usize| {
        let make = edge::OPERATIONS.iter().find(|(name, _)| *name == operation);
        let mut vectors = make.unwrap().1();
        vectors[at].expected = match &vectors[at].expected {
            Expected::Output(output) if output.is_empty() => Expected::Failure,
            Expected::Output(output) => {
                let mut output = output.clone();
                *output.last_mut().unwrap() ^= 1;
                Expected::Output(output)
            }
            _ => Expected::Output(Vec::new()),
        };
        edge::block("wrong", &vectors).map(|_| ())
    };
    let cases = [
        ("keccak256", 40),
        ("arithmetic", 4),
        ("ecrecover", 0),
        ("ecrecover", 8),
        ("modexp", 20),
        ("bn254-add", 1),
        ("bls12-pairing", 9),
        ("p256-verify", 5),
    ];
    for (operation, at) in cases {
        let error = wrong(operation, at).unwrap_err().to_string();
        assert!(
            error.contains("known to be right"),
            "{operation} {at}: {error}"
        );
    }
}

/// The answer to a vector.
fn answer(operation: &str, name: &str) -> (bool, String) {
    let table = table();
    let of = table
        .iter()
        .find(|row| row["operation"] == operation)
        .unwrap();
    let vectors = of["vectors"].as_array().unwrap();
    let row = vectors.iter().find(|row| row["name"] == name);
    let row = row.unwrap_or_else(|| panic!("{operation}: no vector {name}"));
    let success = row["success"].as_bool().unwrap_or(true);
    (success, row["output"].as_str().unwrap().to_owned())
}

/// Figures from the EIPs and standards, typed in here and not taken from the generator.
#[test]
fn what_is_published_stands_in_the_table() {
    let hash = |operation, name, wanted: &str| {
        assert_eq!(
            answer(operation, name),
            (true, wanted.to_owned()),
            "{operation} {name}"
        );
    };
    // Yellow paper, FIPS 180-4, RIPEMD-160's paper: of nothing.
    hash(
        "keccak256",
        "0 bytes",
        "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470",
    );
    hash(
        "sha256",
        "0 bytes",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    );
    hash(
        "ripemd160",
        "0 bytes",
        "0000000000000000000000009c1185a5c5e9fc54612808977ee8f548b2258d31",
    );
    // RFC 7693, appendix A.
    hash(
        "blake2f",
        "BLAKE2b of abc",
        "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    );
    // EIP-196's addition of the generator to itself.
    hash(
        "bn254-add",
        "P + P",
        "030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd315ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4",
    );
    // EIP-4844: the number of field elements in a blob, and the modulus.
    hash(
        "kzg-point-evaluation",
        "p(x) = x at any point",
        "000000000000000000000000000000000000000000000000000000000000100073eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001",
    );
    // EIP-2537: points off the curve are errors, and so are points outside the subgroup where it matters.
    for (operation, name) in [
        ("bls12-g1-add", "P + a point off the curve"),
        ("bls12-g1-msm", "outside the subgroup"),
        ("bls12-pairing", "Q outside the subgroup"),
        ("bn254-pairing", "Q outside the subgroup"),
        ("blake2f", "flag 2"),
        ("modexp", "a modulus of 1025 bytes"),
        ("kzg-point-evaluation", "another y"),
    ] {
        assert_eq!(
            answer(operation, name),
            (false, String::new()),
            "{operation} {name}"
        );
    }
    // EIP-7951 and the yellow paper: no key and no valid signature are empty answers, not errors.
    for (operation, name) in [("p256-verify", "r = 0"), ("ecrecover", "v = 29")] {
        assert_eq!(
            answer(operation, name),
            (true, String::new()),
            "{operation} {name}"
        );
    }
}

#[test]
fn most_answers_are_known_from_elsewhere() {
    let table = table();
    let vectors: Vec<&Value> = table
        .iter()
        .flat_map(|row| row["vectors"].as_array().unwrap())
        .collect();
    let known = vectors
        .iter()
        .filter(|row| row["answer_known_from"] == "elsewhere");
    let (known, all) = (known.count(), vectors.len());
    println!("{known} of {all}");
    assert!(all >= 400 && known * 10 >= all * 8, "{known} of {all}");
}
