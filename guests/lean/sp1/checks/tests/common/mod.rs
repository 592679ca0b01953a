//! What the tests share: both implementations, and random numbers.

use zkperf_guest_core::{Portable, PortableCrypto};
use zkperf_guest_lean_sp1_checks::precompiles::Precompiles;

/// SP1's precompiles, over circuits of big integers.
pub type Checked = Precompiles<Portable>;

/// The portable code.
pub const PORTABLE: PortableCrypto = zkperf_guest_core::GuestCrypto(Portable);

/// SP1's precompiles.
pub fn checked() -> Checked {
    Precompiles(PORTABLE)
}

/// Random numbers that are the same every time (splitmix64).
pub struct Random(pub u64);

impl Random {
    /// Eight bytes.
    pub fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }

    /// A number below a limit.
    pub fn below(&mut self, limit: usize) -> usize {
        (self.word() % limit as u64) as usize
    }

    /// As many bytes.
    pub fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.word() as u8).collect()
    }

    /// Likewise.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        self.bytes(N).try_into().expect("as many")
    }

    /// Random, or of few bits, or of many.
    pub fn number<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = self.array();
        self.fill_front(&mut bytes);
        bytes
    }

    /// Puts zeros or ones before some of the bytes, or neither.
    pub fn fill_front(&mut self, bytes: &mut [u8]) {
        let byte = match self.below(4) {
            0 => 0,
            1 => 0xff,
            _ => return,
        };
        let count = self.below(bytes.len() + 1);
        bytes[..count].fill(byte);
    }
}

/// Both give the same, or both refuse. Whether they gave anything.
pub fn same<T: PartialEq + std::fmt::Debug, E: std::fmt::Debug>(
    ours: Result<T, E>,
    theirs: Result<T, E>,
) -> bool {
    let valid = theirs.is_ok();
    assert_eq!(ours.ok(), theirs.ok());
    valid
}
