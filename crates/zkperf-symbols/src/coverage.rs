//! Overlapping intervals to disjoint ones.

use std::cmp::Reverse;
use std::collections::BTreeSet;

/// An interval that wants to hold its addresses.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interval {
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Lower holds against higher, whatever the sizes.
    pub rank: u8,
    /// Index of the symbol.
    pub owner: usize,
}

/// Who holds which addresses: `(start, end, owner)`, sorted, disjoint, neighbours of one owner
/// joined. Of the intervals that cover an address, the one of the lowest rank holds it, then the
/// smallest, then the one that starts last, then the one with the lowest owner.
pub(crate) fn resolve(intervals: &[Interval]) -> Vec<(u64, u64, usize)> {
    let mut starts: Vec<&Interval> = intervals.iter().filter(|i| i.start < i.end).collect();
    let mut ends = starts.clone();
    starts.sort_unstable_by_key(|i| i.start);
    ends.sort_unstable_by_key(|i| i.end);
    let key = |i: &Interval| (i.rank, i.end - i.start, Reverse(i.start), i.owner);

    let mut out: Vec<(u64, u64, usize)> = Vec::with_capacity(intervals.len());
    let mut open = BTreeSet::new();
    let (mut started, mut ended) = (0, 0);
    while ended < ends.len() {
        let next_start = starts.get(started).map_or(u64::MAX, |i| i.start);
        let here = ends[ended].end.min(next_start);
        while ended < ends.len() && ends[ended].end == here {
            open.remove(&key(ends[ended]));
            ended += 1;
        }
        while started < starts.len() && starts[started].start == here {
            open.insert(key(starts[started]));
            started += 1;
        }
        let Some(&(_, _, _, owner)) = open.first() else {
            continue;
        };
        // Something is open, so something ends later.
        let next_start = starts.get(started).map_or(u64::MAX, |i| i.start);
        let next = ends[ended].end.min(next_start);
        match out.last_mut() {
            Some(last) if last.1 == here && last.2 == owner => last.1 = next,
            _ => out.push((here, next, owner)),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by looking at every address.
    fn slowly(intervals: &[Interval]) -> Vec<Option<usize>> {
        (0..64u64)
            .map(|address| {
                intervals
                    .iter()
                    .filter(|i| i.start <= address && address < i.end)
                    .min_by_key(|i| (i.rank, i.end - i.start, Reverse(i.start), i.owner))
                    .map(|i| i.owner)
            })
            .collect()
    }

    proptest! {
        #[test]
        fn the_rule_holds_at_every_address(
            raw in proptest::collection::vec((0u64..64, 0u64..64, 0u8..2), 0..12)
        ) {
            let intervals: Vec<Interval> = raw
                .iter()
                .enumerate()
                .map(|(owner, &(start, end, rank))| Interval { start, end, rank, owner })
                .collect();
            let ranges = resolve(&intervals);
            let mut found = vec![None; 64];
            for &(start, end, owner) in &ranges {
                prop_assert!(start < end);
                (start..end).for_each(|address| found[address as usize] = Some(owner));
            }
            prop_assert_eq!(found, slowly(&intervals));
            for pair in ranges.windows(2) {
                prop_assert!(pair[0].1 <= pair[1].0, "sorted and disjoint");
                prop_assert!(pair[0].1 < pair[1].0 || pair[0].2 != pair[1].2, "joined");
            }
        }
    }

    #[test]
    fn the_last_addresses_are_no_exception() {
        let whole = Interval {
            start: 0,
            end: u64::MAX,
            rank: 0,
            owner: 0,
        };
        let last = Interval {
            start: u64::MAX - 1,
            end: u64::MAX,
            rank: 0,
            owner: 1,
        };
        let expected = vec![(0, u64::MAX - 1, 0), (u64::MAX - 1, u64::MAX, 1)];
        assert_eq!(resolve(&[whole, last]), expected);
    }
}
