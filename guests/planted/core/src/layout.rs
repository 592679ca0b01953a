//! Where values lie, and how wide they are.

use crate::fold;

/// Slots of a table of counters.
const SLOTS: usize = 256;

/// Counters narrower than a word of memory.
#[inline(never)]
pub(crate) fn narrow_bad(data: &[u64], n: u32) -> u64 {
    let mut counters = vec![0u32; SLOTS];
    for at in 0..n as usize {
        let word = data[at % data.len()];
        for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
            let slot = &mut counters[(word >> shift) as usize % SLOTS];
            *slot = slot.wrapping_add(1);
        }
    }
    counters.iter().fold(0, |digest, count| fold(digest, u64::from(*count)))
}

/// Counters as wide as a word of memory.
#[inline(never)]
pub(crate) fn narrow_good(data: &[u64], n: u32) -> u64 {
    let mut counters = vec![0u64; SLOTS];
    for at in 0..n as usize {
        let word = data[at % data.len()];
        for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
            let slot = &mut counters[(word >> shift) as usize % SLOTS];
            *slot = slot.wrapping_add(1);
        }
    }
    counters.iter().fold(0, |digest, count| fold(digest, *count))
}

/// Marks kept as numbers of 16 bits.
#[inline(never)]
pub(crate) fn bytes_bad(data: &[u64], n: u32) -> u64 {
    let mut marks = vec![0u16; SLOTS];
    for at in 0..n as usize {
        let word = data[at % data.len()];
        for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
            marks[(word >> shift) as usize % SLOTS] = at as u16;
        }
    }
    marks.iter().fold(0, |digest, mark| fold(digest, u64::from(*mark)))
}

/// Marks kept as words.
#[inline(never)]
pub(crate) fn bytes_good(data: &[u64], n: u32) -> u64 {
    let mut marks = vec![0u64; SLOTS];
    for at in 0..n as usize {
        let word = data[at % data.len()];
        for shift in [0, 8, 16, 24, 32, 40, 48, 56] {
            marks[(word >> shift) as usize % SLOTS] = u64::from(at as u16);
        }
    }
    marks.iter().fold(0, |digest, mark| fold(digest, *mark))
}

/// Bytes of a page.
const PAGE: usize = 1024;

/// An account of a page's size, of which one word is asked for.
struct Account {
    balance: u64,
    _code: [u64; PAGE / 8 - 1],
}

/// Balances stand a page apart.
#[inline(never)]
pub(crate) fn scattered_bad(data: &[u64], n: u32) -> u64 {
    let account = |at: usize| Account {
        balance: data[at % data.len()],
        _code: [0; PAGE / 8 - 1],
    };
    let mut accounts: Vec<Box<[core::mem::MaybeUninit<u64>]>> = Vec::with_capacity(n as usize);
    for at in 0..n as usize {
        let mut room = Box::new_uninit_slice(size_of::<Account>() / 8);
        room[0].write(account(at).balance);
        accounts.push(room);
    }
    let mut digest = 0;
    for room in &accounts {
        // SAFETY: the first word was written above.
        digest = fold(digest, unsafe { room[0].assume_init() });
    }
    digest
}

/// Balances stand side by side.
#[inline(never)]
pub(crate) fn scattered_good(data: &[u64], n: u32) -> u64 {
    let mut balances = Vec::with_capacity(n as usize);
    for at in 0..n as usize {
        balances.push(data[at % data.len()]);
    }
    balances.iter().fold(0, |digest, balance| fold(digest, *balance))
}

/// Words of a row of a table.
const ROW: usize = 256;

/// The row that follows another.
#[inline(never)]
fn next(above: &[u64], row: &mut [u64]) {
    let mut left = 1u64;
    for (above, cell) in above.iter().zip(row) {
        left = left.wrapping_add(*above);
        *cell = left;
    }
}

/// Keeps every row.
#[inline(never)]
pub(crate) fn sprawl_bad(data: &[u64], n: u32) -> u64 {
    let mut table: Vec<Vec<u64>> = Vec::with_capacity(n as usize + 1);
    table.push(data[..ROW].to_vec());
    for at in 0..n as usize {
        let mut row = vec![0; ROW];
        next(&table[at], &mut row);
        table.push(row);
    }
    table.last().map_or(0, |row| fold(row[0], row[ROW - 1]))
}

/// Keeps two rows.
#[inline(never)]
pub(crate) fn sprawl_good(data: &[u64], n: u32) -> u64 {
    let mut above = data[..ROW].to_vec();
    let mut row = vec![0; ROW];
    for _ in 0..n {
        next(&above, &mut row);
        core::mem::swap(&mut above, &mut row);
    }
    fold(above[0], above[ROW - 1])
}

#[inline(never)]
fn fill(scratch: &mut Vec<u64>, data: &[u64], at: usize) {
    for word in &data[at % ROW..][..ROW] {
        scratch.push(word ^ at as u64);
    }
}

/// New memory for each item.
#[inline(never)]
pub(crate) fn never_freed_bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n as usize {
        let mut scratch = Vec::with_capacity(ROW);
        fill(&mut scratch, data, at);
        digest = fold(digest, scratch[at % ROW]);
    }
    digest
}

/// The same memory for all items.
#[inline(never)]
pub(crate) fn never_freed_good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    let mut scratch = Vec::with_capacity(ROW);
    for at in 0..n as usize {
        scratch.clear();
        fill(&mut scratch, data, at);
        digest = fold(digest, scratch[at % ROW]);
    }
    digest
}
