//! Where values lie, and how wide they are.

use crate::fold;

/// Registers of a small machine.
const REGISTERS: usize = 16;

/// A step of the machine: each register takes in its neighbour.
#[inline(never)]
fn step_32(registers: &mut [u32; REGISTERS], word: u32) {
    registers[REGISTERS - 1] ^= word;
    for at in 0..REGISTERS - 1 {
        registers[at] = registers[at].wrapping_mul(5) ^ registers[at + 1];
    }
}

/// Registers of half a word of memory.
#[inline(never)]
pub(crate) fn narrow_bad(data: &[u64], n: u32) -> u64 {
    let mut registers = [0u32; REGISTERS];
    for at in 0..n as usize {
        step_32(&mut registers, data[at % data.len()] as u32);
    }
    registers
        .iter()
        .fold(0, |digest, register| fold(digest, u64::from(*register)))
}

/// The same step, a word of memory for each register.
#[inline(never)]
fn step_64(registers: &mut [u64; REGISTERS], word: u64) {
    registers[REGISTERS - 1] ^= word;
    for at in 0..REGISTERS - 1 {
        registers[at] = registers[at].wrapping_mul(5) ^ registers[at + 1];
    }
}

/// Registers of a word of memory: what is above their 32 bits never comes down.
#[inline(never)]
pub(crate) fn narrow_good(data: &[u64], n: u32) -> u64 {
    let mut registers = [0u64; REGISTERS];
    for at in 0..n as usize {
        step_64(&mut registers, data[at % data.len()]);
    }
    registers.iter().fold(0, |digest, register| {
        fold(digest, u64::from(*register as u32))
    })
}

#[inline(never)]
fn step_8(registers: &mut [u8; REGISTERS], word: u8) {
    registers[REGISTERS - 1] ^= word;
    for at in 0..REGISTERS - 1 {
        registers[at] = registers[at].wrapping_mul(5) ^ registers[at + 1];
    }
}

/// Registers of a byte.
#[inline(never)]
pub(crate) fn bytes_bad(data: &[u64], n: u32) -> u64 {
    let mut registers = [0u8; REGISTERS];
    for at in 0..n as usize {
        step_8(&mut registers, data[at % data.len()] as u8);
    }
    registers
        .iter()
        .fold(0, |digest, register| fold(digest, u64::from(*register)))
}

/// Registers of a word of memory.
#[inline(never)]
pub(crate) fn bytes_good(data: &[u64], n: u32) -> u64 {
    let mut registers = [0u64; REGISTERS];
    for at in 0..n as usize {
        step_64(&mut registers, data[at % data.len()]);
    }
    registers.iter().fold(0, |digest, register| {
        fold(digest, u64::from(*register as u8))
    })
}

/// Words of an account, of which the first is asked for: a page.
const ACCOUNT: usize = 128;

/// Balances stand a page apart.
#[inline(never)]
pub(crate) fn scattered_bad(data: &[u64], n: u32) -> u64 {
    let mut accounts: Vec<Vec<u64>> = Vec::with_capacity(n as usize);
    for at in 0..n as usize {
        let mut account = Vec::with_capacity(ACCOUNT);
        account.push(data[at % data.len()]);
        accounts.push(account);
    }
    accounts
        .iter()
        .fold(0, |digest, account| fold(digest, account[0]))
}

/// Balances stand side by side.
#[inline(never)]
pub(crate) fn scattered_good(data: &[u64], n: u32) -> u64 {
    let mut balances = Vec::with_capacity(n as usize);
    for at in 0..n as usize {
        balances.push(data[at % data.len()]);
    }
    balances
        .iter()
        .fold(0, |digest, balance| fold(digest, *balance))
}

/// Words of a row of a table.
const ROW: usize = 256;

/// A cell from the one above it.
fn cell(above: u64, row: usize, at: usize) -> u64 {
    above ^ (row * ROW + at) as u64
}

/// The row below another.
#[inline(never)]
fn below(above: &[u64], row: usize) -> Vec<u64> {
    let cells = above.iter().enumerate();
    cells.map(|(at, above)| cell(*above, row, at)).collect()
}

/// Keeps every row.
#[inline(never)]
pub(crate) fn sprawl_bad(data: &[u64], n: u32) -> u64 {
    let mut table = Vec::with_capacity(n as usize + 1);
    table.push(data[..ROW].to_vec());
    for row in 1..=n as usize {
        table.push(below(&table[row - 1], row));
    }
    let last = &table[n as usize];
    fold(last[0], last[ROW - 1])
}

/// Writes each row over the one above it.
#[inline(never)]
pub(crate) fn sprawl_good(data: &[u64], n: u32) -> u64 {
    let mut last = data[..ROW].to_vec();
    for row in 1..=n as usize {
        for (at, above) in last.iter_mut().enumerate() {
            *above = cell(*above, row, at);
        }
    }
    fold(last[0], last[ROW - 1])
}

/// Room for the longest item; most are short.
const ITEM: usize = 256;
/// Words of a short item.
const SHORT: usize = 8;

#[inline(never)]
fn fill(scratch: &mut Vec<u64>, data: &[u64], at: usize) {
    for word in &data[at % ITEM..][..SHORT] {
        scratch.push(word ^ at as u64);
    }
}

/// New memory for each item.
#[inline(never)]
pub(crate) fn never_freed_bad(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    for at in 0..n as usize {
        let mut scratch = Vec::with_capacity(ITEM);
        fill(&mut scratch, data, at);
        digest = fold(digest, scratch[at % SHORT]);
    }
    digest
}

/// The same memory for all items.
#[inline(never)]
pub(crate) fn never_freed_good(data: &[u64], n: u32) -> u64 {
    let mut digest = 0;
    let mut scratch = Vec::with_capacity(ITEM);
    for at in 0..n as usize {
        scratch.clear();
        fill(&mut scratch, data, at);
        digest = fold(digest, scratch[at % SHORT]);
    }
    digest
}
