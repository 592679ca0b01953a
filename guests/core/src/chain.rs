//! Which rules a block is validated under.

use ethrex_common::types::{BlobSchedule, ChainConfig};
use ethrex_common::{Address, H160};

/// Chain id of Ethereum mainnet.
pub(crate) const MAINNET_ID: u64 = 1;

/// Mainnet's deposit contract (EIP-6110), whose logs become deposit requests.
const MAINNET_DEPOSIT_CONTRACT: Address = H160([
    0x00, 0x00, 0x00, 0x00, 0x21, 0x9a, 0xb5, 0x40, 0x35, 0x6c, 0xbb, 0x83, 0x9c, 0xbe, 0x05, 0x30,
    0x3d, 0x77, 0x05, 0xfa,
]);

/// The chain a [`GuestInput`](crate::GuestInput) belongs to.
///
/// Mainnet's rules are part of the guest. Any other chain brings its own, and the guest publishes their digest:
/// without it, a proof would say nothing about the rules that were applied.
#[derive(Debug, Clone, PartialEq)]
pub enum ChainSpec {
    /// Ethereum mainnet, rules built in (see [`mainnet`]).
    Mainnet,
    /// Another chain (a test net, a synthetic one) with its rules; its id must not be 1.
    Custom(Box<ChainConfig>),
}

impl ChainSpec {
    /// The chain's id (EIP-155).
    pub fn chain_id(&self) -> u64 {
        match self {
            Self::Mainnet => MAINNET_ID,
            Self::Custom(config) => config.chain_id,
        }
    }

    /// The rules themselves.
    pub fn config(&self) -> ChainConfig {
        match self {
            Self::Mainnet => mainnet(),
            Self::Custom(config) => **config,
        }
    }
}

/// Mainnet's fork schedule up to BPO2 (block numbers to London and Gray Glacier, then UNIX timestamps), as
/// published in the EIPs and in the clients' genesis files.
pub fn mainnet() -> ChainConfig {
    ChainConfig {
        chain_id: MAINNET_ID,
        homestead_block: Some(1_150_000),
        dao_fork_block: Some(1_920_000),
        dao_fork_support: true,
        eip150_block: Some(2_463_000),
        eip155_block: Some(2_675_000),
        eip158_block: Some(2_675_000),
        byzantium_block: Some(4_370_000),
        constantinople_block: Some(7_280_000),
        petersburg_block: Some(7_280_000),
        istanbul_block: Some(9_069_000),
        muir_glacier_block: Some(9_200_000),
        berlin_block: Some(12_244_000),
        london_block: Some(12_965_000),
        arrow_glacier_block: Some(13_773_000),
        gray_glacier_block: Some(15_050_000),
        shanghai_time: Some(1_681_338_455),
        cancun_time: Some(1_710_338_135),
        prague_time: Some(1_746_612_311),
        osaka_time: Some(1_764_798_551),
        bpo1_time: Some(1_765_290_071),
        bpo2_time: Some(1_767_747_671),
        terminal_total_difficulty: Some(58_750_000_000_000_000_000_000),
        terminal_total_difficulty_passed: true,
        blob_schedule: BlobSchedule::default(),
        deposit_contract_address: MAINNET_DEPOSIT_CONTRACT,
        ..ChainConfig::default()
    }
}
