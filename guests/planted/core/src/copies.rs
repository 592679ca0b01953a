//! Large values handed over by value.

use crate::fold;

/// Half a kilobyte.
#[derive(Clone, Copy)]
struct Account {
    words: [u64; 64],
}

fn accounts(data: &[u64]) -> Vec<Account> {
    let chunks = data.chunks_exact(64);
    let account = chunks.map(|chunk| {
        let mut words = [0; 64];
        words.copy_from_slice(chunk);
        Account { words }
    });
    account.collect()
}

/// Each call gets an account of its own.
#[inline(never)]
pub(crate) fn bad(data: &[u64], n: u32) -> u64 {
    let accounts = accounts(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, settle(accounts[at as usize % accounts.len()], at));
    }
    digest
}

/// Writes to the account, so that no compiler can spare the copy.
#[inline(never)]
fn settle(mut account: Account, at: u32) -> u64 {
    let (paid, owed) = (at as usize % 64, (at as usize + 1) % 64);
    account.words[paid] = account.words[paid].wrapping_add(u64::from(at));
    account.words[paid] ^ account.words[owed]
}

/// Each call looks at the account where it lies.
#[inline(never)]
pub(crate) fn good(data: &[u64], n: u32) -> u64 {
    let accounts = accounts(data);
    let mut digest = 0;
    for at in 0..n {
        digest = fold(digest, look(&accounts[at as usize % accounts.len()], at));
    }
    digest
}

#[inline(never)]
fn look(account: &Account, at: u32) -> u64 {
    let (paid, owed) = (at as usize % 64, (at as usize + 1) % 64);
    account.words[paid].wrapping_add(u64::from(at)) ^ account.words[owed]
}
