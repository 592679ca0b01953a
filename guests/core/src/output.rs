//! What the guest publishes.

/// Length of [`Output::to_bytes`], in bytes. ZisK's public output holds 256.
pub const OUTPUT_BYTES: usize = 160;

/// [`Output::status`] of an accepted block; every other value is a [`Reject::code`](crate::Reject::code).
pub const STATUS_VALID: u32 = 0;

/// Version of the layout of [`Output::to_bytes`].
const LAYOUT: u32 = 1;

/// The public output, of a fixed size for accepted and rejected blocks alike.
///
/// Byte layout (integers little-endian): status 0..4, layout version 4..8, chain id 8..16, block number 16..24,
/// gas used 24..32, block hash 32..64, state root before 64..96, state root after 96..128, config digest 128..160.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Output {
    /// [`STATUS_VALID`], or the code of the reason for the rejection.
    pub status: u32,
    /// The chain's id.
    pub chain_id: u64,
    /// The block's number; 0 if the block could not be decoded.
    pub block_number: u64,
    /// Gas used by the block; 0 unless it was accepted.
    pub gas_used: u64,
    /// Keccak-256 of the block's header; zeros if the block could not be decoded.
    pub block_hash: [u8; 32],
    /// State root of the parent; zeros unless the block was accepted.
    pub state_root_before: [u8; 32],
    /// State root after the block; zeros unless the block was accepted.
    pub state_root_after: [u8; 32],
    /// Keccak-256 of the chain config the input brought along; zeros for mainnet, whose rules are built in.
    pub config_digest: [u8; 32],
}

impl Output {
    /// True if the block was accepted.
    pub fn is_valid(&self) -> bool {
        self.status == STATUS_VALID
    }

    /// The bytes that are committed.
    pub fn to_bytes(&self) -> [u8; OUTPUT_BYTES] {
        let mut out = [0; OUTPUT_BYTES];
        out[0..4].copy_from_slice(&self.status.to_le_bytes());
        out[4..8].copy_from_slice(&LAYOUT.to_le_bytes());
        out[8..16].copy_from_slice(&self.chain_id.to_le_bytes());
        out[16..24].copy_from_slice(&self.block_number.to_le_bytes());
        out[24..32].copy_from_slice(&self.gas_used.to_le_bytes());
        out[32..64].copy_from_slice(&self.block_hash);
        out[64..96].copy_from_slice(&self.state_root_before);
        out[96..128].copy_from_slice(&self.state_root_after);
        out[128..160].copy_from_slice(&self.config_digest);
        out
    }

    /// Reads a public output back; `None` if it is shorter than [`OUTPUT_BYTES`] or has another layout. Bytes
    /// beyond it are ignored: a zkVM's output area may be larger.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; OUTPUT_BYTES] = bytes.first_chunk()?;
        let hash = |at: usize| -> [u8; 32] { core::array::from_fn(|i| bytes[at + i]) };
        let word = |at: usize| u64::from_le_bytes(core::array::from_fn(|i| bytes[at + i]));
        let half = |at: usize| u32::from_le_bytes(core::array::from_fn(|i| bytes[at + i]));
        (half(4) == LAYOUT).then(|| Self {
            status: half(0),
            chain_id: word(8),
            block_number: word(16),
            gas_used: word(24),
            block_hash: hash(32),
            state_root_before: hash(64),
            state_root_after: hash(96),
            config_digest: hash(128),
        })
    }
}
