//! Recorded mainnet blocks for tests and examples.

use std::path::PathBuf;
use zkperf_guest_core::{ChainSpec, GuestInput};

/// A block and its witness as a node answered them.
pub struct Recorded {
    pub block: Vec<u8>,
    pub state: Vec<Vec<u8>>,
    pub codes: Vec<Vec<u8>>,
    pub headers: Vec<Vec<u8>>,
}

impl Recorded {
    /// Reads `{chainId, blockNumber, responses}`, zstd-compressed.
    pub fn read(path: &std::path::Path) -> Self {
        let file = std::fs::File::open(path).expect("the recorded block opens");
        let json = zstd::decode_all(file).expect("the recorded block is zstd");
        let json: serde_json::Value =
            serde_json::from_slice(&json).expect("the recorded block is JSON");
        let answer = |method: &str| {
            let answer = &json["responses"][method];
            answer.get("result").unwrap_or(answer).clone()
        };
        let witness = answer("debug_executionWitness");
        let list = |key: &str| {
            witness[key]
                .as_array()
                .expect("a list")
                .iter()
                .map(bytes)
                .collect()
        };
        Self {
            block: bytes(&answer("debug_getRawBlock")),
            state: list("state"),
            codes: list("codes"),
            headers: list("headers"),
        }
    }

    pub fn input(&self) -> GuestInput<'_> {
        GuestInput::from_witness(
            ChainSpec::Mainnet,
            &self.block,
            &self.state,
            &self.codes,
            &self.headers,
        )
    }
}

fn bytes(value: &serde_json::Value) -> Vec<u8> {
    let text = value.as_str().expect("a hex string");
    hex::decode(text.trim_start_matches("0x")).expect("hex digits")
}

/// The recorded mainnet block `number`, or `None` with a note if it isn't on this machine.
pub fn mainnet(number: u64) -> Option<Recorded> {
    let shared = std::env::var_os("ZKPERF_SHARED").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared"),
        PathBuf::from,
    );
    let path = shared.join(format!("blocks/mainnet-{number}.json.zst"));
    if path.exists() {
        return Some(Recorded::read(&path));
    }
    assert!(
        std::env::var_os("ZKPERF_REQUIRE_ALL").is_none(),
        "{} is missing",
        path.display()
    );
    println!("skipped: {} missing", path.display());
    None
}
