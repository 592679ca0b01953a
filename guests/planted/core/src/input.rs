//! Reading the input in parts that are too small.

use crate::{fold, Circuits};

/// A call of the host for each byte.
#[inline(never)]
pub(crate) fn bad(n: u32, host: &impl Circuits) -> u64 {
    let mut digest = 0;
    for _ in 0..n {
        let mut byte = [0];
        host.read(&mut byte);
        digest = fold(digest, u64::from(byte[0]));
    }
    digest
}

/// One call for all.
#[inline(never)]
pub(crate) fn good(n: u32, host: &impl Circuits) -> u64 {
    let mut bytes = vec![0; n as usize];
    host.read(&mut bytes);
    bytes
        .iter()
        .fold(0, |digest, byte| fold(digest, u64::from(*byte)))
}
