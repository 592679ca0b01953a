//! Portable cryptography: pure Rust on every target.

use ethrex_crypto::Crypto;

/// Every operation of the EVM in portable Rust: the guests' variant `unpatched`, and native checks.
#[derive(Debug, Clone, Copy, Default)]
pub struct PortableCrypto;

impl Crypto for PortableCrypto {}
