//! Messages for errors that do not happen.

use crate::fold;

/// The message is made before it is known whether anybody reads it.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let word = checked(data, at).ok_or(format!("item {at} of {n} is not there"));
        digest = fold(digest, word.unwrap_or_else(|message| message.len() as u64));
    }
    digest
}

/// The message is made when it is read.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n {
        let word = checked(data, at).ok_or_else(|| format!("item {at} of {n} is not there"));
        digest = fold(digest, word.unwrap_or_else(|message| message.len() as u64));
    }
    digest
}

#[inline(never)]
fn checked(data: &[u64], at: u32) -> Option<u64> {
    data.get(at as usize % data.len()).copied()
}
