//! Stateless validation of one Ethereum block: the work of the reference guest.
//!
//! The same code runs natively and in every zkVM guest; only the [`Crypto`] implementation differs between
//! variants. A guest hands the bytes of its input to [`run`] and commits [`Output::to_bytes`], whether the block
//! was accepted or not: a rejected block publishes its [`Reject::code`], so that a must-reject test can check
//! the reason and not only the fact.
//!
//! ```text
//! bytes ──decode──► GuestInput ──► tries, headers, codes ──► execute ──► roots compared ──► Output
//! ```

mod bls;
mod chain;
mod crypto;
mod input;
mod output;
mod reject;
mod validate;
mod witness;
mod witness_db;

pub use chain::{mainnet, ChainSpec};
pub use crypto::{Accelerator, GuestCrypto, Portable, PortableCrypto};
pub use ethrex_common::types::ChainConfig;
pub use ethrex_crypto::{Crypto, CryptoError};
pub use input::{GuestInput, InputError, WITNESS_SCHEMA};
pub use output::{Output, OUTPUT_BYTES, STATUS_VALID};
pub use reject::Reject;
pub use validate::{run, validate};
