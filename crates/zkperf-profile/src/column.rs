//! Columns of integers, small on disk.
//!
//! What an instruction costs is mostly a fixed price, so the cost column of the pcs is mostly a
//! multiple of their execution counts, and one cost column of the tree a multiple of another. A
//! column is therefore written either as it is or *against a base*: `value = quotient * base +
//! rest`, first all quotients, then all rests. Fixed prices make every rest 0: then only the
//! quotients are written, and the general compressor that comes afterwards makes little of them.

use crate::varint::{self, Reader};

const ZEROS: u8 = 0;
const PLAIN: u8 = 1;
const AGAINST: u8 = 2;
const EXACTLY_AGAINST: u8 = 3;

/// How many rows are looked at to choose a base: enough to be right, few enough to be quick.
const SAMPLE: usize = 4096;

/// Appends `values`, choosing the best of `bases` (each as long as `values`).
pub(crate) fn write(out: &mut Vec<u8>, values: &[u64], bases: &[&[u64]]) {
    if values.iter().all(|&value| value == 0) {
        out.push(ZEROS);
        return;
    }
    let step = values.len().div_ceil(SAMPLE);
    let plain: u64 = values
        .iter()
        .step_by(step)
        .map(|&value| varint::len(value))
        .sum();
    let best = bases
        .iter()
        .enumerate()
        .map(|(index, base)| (sampled_size(values, base, step), index))
        .min()
        .filter(|&(size, _)| size < plain);
    let Some((_, index)) = best else {
        out.push(PLAIN);
        values.iter().for_each(|&value| varint::write(out, value));
        return;
    };
    let base = bases[index];
    let parts = || {
        values
            .iter()
            .zip(base)
            .map(|(&value, &base)| split(value, base))
    };
    let exactly = parts().all(|(_, rest)| rest == 0);
    out.push(if exactly { EXACTLY_AGAINST } else { AGAINST });
    varint::write(out, index as u64);
    parts().for_each(|(quotient, _)| varint::write(out, quotient));
    if !exactly {
        parts().for_each(|(_, rest)| varint::write(out, rest));
    }
}

/// Reads what [`write`] appended; `None` if that is not what the bytes are.
pub(crate) fn read(reader: &mut Reader<'_>, rows: usize, bases: &[&[u64]]) -> Option<Vec<u64>> {
    match reader.byte()? {
        ZEROS => Some(vec![0; rows]),
        PLAIN => plain(reader, rows),
        tag @ (AGAINST | EXACTLY_AGAINST) => {
            let base = *bases.get(usize::try_from(reader.varint()?).ok()?)?;
            let mut values = plain(reader, rows)?;
            for (value, &base) in values.iter_mut().zip(base) {
                *value = value.checked_mul(base)?;
            }
            if tag == AGAINST {
                for value in &mut values {
                    *value = value.checked_add(reader.varint()?)?;
                }
            }
            Some(values)
        }
        _ => None,
    }
}

fn plain(reader: &mut Reader<'_>, rows: usize) -> Option<Vec<u64>> {
    // Each value takes a byte at least: a count that cannot be true is not made room for.
    if rows > reader.rest().len() {
        return None;
    }
    let mut values = Vec::with_capacity(rows);
    for _ in 0..rows {
        values.push(reader.varint()?);
    }
    Some(values)
}

/// Quotient and rest; everything is rest where the base is 0.
fn split(value: u64, base: u64) -> (u64, u64) {
    match value.checked_div(base) {
        Some(quotient) => (quotient, value % base),
        None => (0, value),
    }
}

/// Estimated size against a base. A zero counts less than a byte: runs of them cost next to nothing
/// after compression.
fn sampled_size(values: &[u64], base: &[u64], step: usize) -> u64 {
    let size = |value: u64| if value == 0 { 0 } else { varint::len(value) };
    let pairs = values.iter().zip(base).step_by(step);
    pairs
        .map(|(&value, &base)| {
            let (quotient, rest) = split(value, base);
            size(quotient) + size(rest)
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_come_back(
            rows in proptest::collection::vec((any::<u64>(), 0u64..9, 0u64..5, any::<bool>()), 0..200)
        ) {
            let base: Vec<u64> = rows.iter().map(|row| row.1).collect();
            let values: Vec<u64> = rows
                .iter()
                .map(|&(wild, base, factor, tame)| if tame { base * factor } else { wild })
                .collect();
            let mut bytes = Vec::new();
            write(&mut bytes, &values, &[&base]);
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(read(&mut reader, values.len(), &[&base]), Some(values));
            prop_assert!(reader.rest().is_empty());
        }
    }

    #[test]
    fn fixed_prices_leave_only_the_price() {
        let base: Vec<u64> = (1..1000).map(|row| row * row * 977).collect();
        let values: Vec<u64> = base.iter().map(|count| count * 62).collect();
        let mut bytes = Vec::new();
        write(&mut bytes, &values, &[&vec![1; base.len()], &base]);
        assert_eq!(bytes[..2], [EXACTLY_AGAINST, 1]);
        assert_eq!(bytes.len(), 2 + base.len(), "a byte of price a row");
    }

    #[test]
    fn nonsense_is_refused() {
        for bytes in [
            &[][..],
            &[9],
            &[PLAIN, 1],
            &[PLAIN, 1, 0x80],
            &[AGAINST, 1, 1, 1, 1, 1],
        ] {
            assert_eq!(
                read(&mut Reader::new(bytes), 2, &[&[1, 1]]),
                None,
                "{bytes:?}"
            );
        }
        // A product that does not fit.
        let mut bytes = vec![AGAINST, 0];
        for value in [2, 2, 0, 0] {
            varint::write(&mut bytes, value);
        }
        assert_eq!(read(&mut Reader::new(&bytes), 2, &[&[u64::MAX, 1]]), None);
    }
}
