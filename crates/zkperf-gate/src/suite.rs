//! The built-in blocks: small, synthetic, the same on every machine.

use crate::error::GateError;
use zkperf_block::Recorded;

/// The demo's block: every tampering is tried on it.
const DEMO: &[u8] = include_bytes!("../../../fixtures/demo-block/demo-block.json.zst");

/// A built-in block.
pub struct Suite {
    /// What it is called in checks.
    pub name: &'static str,
    /// The operation whose edge cases it runs; `None` for the demo's block.
    pub operation: Option<&'static str>,
    recorded: &'static [u8],
}

/// The demo's block.
pub const DEMO_BLOCK: Suite = Suite {
    name: "demo-block",
    operation: None,
    recorded: DEMO,
};

impl Suite {
    /// Its input for the reference guest, without framing.
    ///
    /// # Errors
    /// [`GateError::Fixture`]: never, in a build that passes its tests.
    pub fn input(&self) -> Result<Vec<u8>, GateError> {
        let broken = |cause: String| GateError::Fixture {
            name: self.name,
            cause,
        };
        let recorded = Recorded::from_bytes(self.recorded).map_err(broken)?;
        recorded
            .guest_input()
            .ok_or_else(|| broken("its chain's rules are missing".to_owned()))
    }
}

/// The edge blocks (`fixtures/edge-block`): one for each of these operations.
macro_rules! edge_blocks {
    ($($operation:literal),* $(,)?) => {
        &[$(Suite {
            name: concat!("edge-block ", $operation),
            operation: Some($operation),
            recorded: include_bytes!(concat!("../../../fixtures/edge-block/", $operation, ".json.zst")),
        }),*]
    };
}

const EDGE_BLOCKS: &[Suite] = edge_blocks![
    "keccak256",
    "arithmetic",
    "ecrecover",
    "sha256",
    "ripemd160",
    "identity",
    "modexp",
    "bn254-add",
    "bn254-mul",
    "bn254-pairing",
    "blake2f",
    "kzg-point-evaluation",
    "bls12-g1-add",
    "bls12-g1-msm",
    "bls12-g2-add",
    "bls12-g2-msm",
    "bls12-pairing",
    "bls12-maps",
    "p256-verify",
];

/// Every built-in block, the demo's first.
pub fn all() -> impl Iterator<Item = &'static Suite> {
    std::iter::once(&DEMO_BLOCK).chain(EDGE_BLOCKS)
}
