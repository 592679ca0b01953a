//! The numbers of a page: columns of integers, packed into one block of bytes.

use serde::Serialize;

/// A column in the block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Column {
    /// What it holds: `nodes.function`, `nodes.value.0.3`.
    pub name: String,
    /// How many numbers.
    pub count: usize,
    /// How many bytes they take.
    pub bytes: usize,
    /// `plain`, or `delta`: each number less the one before it, the sign in the lowest bit (zigzag).
    pub coding: Coding,
}

/// How the numbers of a column are written. Both are LEB128.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Coding {
    /// One after the other.
    Plain,
    /// As differences.
    Delta,
}

/// Columns being packed. One that is all zero is left out: readers take a missing column as zeros.
#[derive(Debug, Default)]
pub(super) struct Columns {
    pub list: Vec<Column>,
    pub block: Vec<u8>,
}

impl Columns {
    /// Adds a column of any numbers.
    pub fn plain(&mut self, name: impl Into<String>, values: &[u64]) {
        self.add(name.into(), Coding::Plain, values, |block, _, value| {
            leb128(block, value);
        });
    }

    /// The same for indices.
    pub fn indices(&mut self, name: impl Into<String>, values: &[u32]) {
        let wide: Vec<u64> = values.iter().map(|&value| value.into()).collect();
        self.plain(name, &wide);
    }

    /// Adds a column of numbers that mostly go up a little.
    pub fn delta(&mut self, name: impl Into<String>, values: &[u64]) {
        self.add(name.into(), Coding::Delta, values, |block, last, value| {
            let difference = value.wrapping_sub(last) as i64;
            leb128(block, ((difference << 1) ^ (difference >> 63)) as u64);
        });
    }

    fn add(
        &mut self,
        name: String,
        coding: Coding,
        values: &[u64],
        write: impl Fn(&mut Vec<u8>, u64, u64),
    ) {
        if values.iter().all(|&value| value == 0) {
            return;
        }
        let start = self.block.len();
        let mut last = 0;
        for &value in values {
            write(&mut self.block, last, value);
            last = value;
        }
        self.list.push(Column {
            name,
            count: values.len(),
            bytes: self.block.len() - start,
            coding,
        });
    }
}

fn leb128(block: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        block.push(value as u8 | 0x80);
        value >>= 7;
    }
    block.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_take_the_bytes_that_they_need() {
        let mut columns = Columns::default();
        columns.plain("a", &[0, 127, 128, u64::MAX]);
        columns.plain("zeros", &[0, 0]);
        columns.delta("b", &[5, 5, 3]);
        assert_eq!(columns.list.len(), 2);
        assert_eq!(columns.list[0].bytes, 1 + 1 + 2 + 10);
        assert_eq!(columns.block[..4], [0, 0x7f, 0x80, 1]);
        assert_eq!(columns.block[14..], [10, 0, 3]);
    }
}
