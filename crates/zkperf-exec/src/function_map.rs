//! Which function an instruction belongs to: the symbols of one or more ELFs, ranges that the engine
//! names, and names made from addresses where there is nothing else.

use crate::FunctionIndex;
use std::collections::{BTreeMap, BTreeSet};
use zkperf_profile::{Function, Origin};
use zkperf_symbols::{Origin as SymbolOrigin, SymbolTable};

/// All functions of a program, and the code each owns.
#[derive(Debug, Clone, Default)]
pub struct FunctionMap {
    functions: Vec<Function>,
    /// Sorted, disjoint.
    ranges: Vec<OwnedRange>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct OwnedRange {
    start: u64,
    end: u64,
    function: FunctionIndex,
}

/// Collects functions; [`FunctionMapBuilder::finish`] names what is left.
#[derive(Debug, Clone, Default)]
pub struct FunctionMapBuilder {
    map: FunctionMap,
}

impl FunctionMapBuilder {
    /// Adds the functions of an ELF. What was added before must not overlap with it.
    pub fn symbols(mut self, table: &SymbolTable, origin: Origin) -> Self {
        let mut by_symbol = BTreeMap::new();
        for range in table.ranges() {
            let symbol = table.symbol(range.symbol);
            if !matches!(symbol.origin, SymbolOrigin::Function | SymbolOrigin::Label) {
                continue;
            }
            let bytes = range.end - range.start;
            let function = *by_symbol.entry(range.symbol).or_insert_with(|| {
                self.map.functions.push(Function {
                    name: symbol.name.full.clone(),
                    symbol: symbol.name.raw.clone(),
                    address: Some(symbol.start),
                    bytes: 0,
                    origin,
                });
                self.map.functions.len() as FunctionIndex - 1
            });
            // A function can be cut in two by a nested one.
            self.map.functions[function as usize].bytes += bytes;
            self.map.ranges.push(OwnedRange {
                start: range.start,
                end: range.end,
                function,
            });
        }
        self
    }

    /// Adds one function that no symbol names.
    pub fn range(mut self, name: &str, start: u64, end: u64, origin: Origin) -> Self {
        self.push(name, start, end, origin);
        self
    }

    fn push(&mut self, name: &str, start: u64, end: u64, origin: Origin) {
        let function = self.map.functions.len() as FunctionIndex;
        self.map.functions.push(Function {
            name: name.to_owned(),
            symbol: String::new(),
            address: Some(start),
            bytes: end - start,
            origin,
        });
        self.map.ranges.push(OwnedRange {
            start,
            end,
            function,
        });
    }

    /// Names the parts of `code` (start, end) that nothing covers `[no symbol 0x…]`, cut where one of
    /// `targets` (calls, entry points) lands: the best guess at functions in a stripped ELF.
    pub fn finish(
        mut self,
        code: &[(u64, u64)],
        targets: impl IntoIterator<Item = u64>,
    ) -> FunctionMap {
        self.map.ranges.sort_unstable();
        let targets: BTreeSet<u64> = targets.into_iter().collect();
        let covered = self.map.ranges.clone();
        for &(start, end) in code {
            let mut gap = start;
            let first = covered.partition_point(|range| range.end <= start);
            let inside = covered[first..]
                .iter()
                .take_while(|range| range.start < end);
            for range in inside
                .map(|range| (range.start, range.end))
                .chain([(end, end)])
            {
                self.name_gap(gap, range.0, &targets);
                gap = gap.max(range.1);
            }
        }
        self.map.ranges.sort_unstable();
        self.map
    }

    fn name_gap(&mut self, start: u64, end: u64, targets: &BTreeSet<u64>) {
        if start >= end {
            return;
        }
        let mut from = start;
        let inner = targets.range(start + 1..end).copied();
        for to in inner.chain([end]).collect::<Vec<_>>() {
            self.push(
                &format!("[no symbol 0x{from:x}]"),
                from,
                to,
                Origin::Unknown,
            );
            from = to;
        }
    }
}

impl FunctionMap {
    /// Starts a map.
    pub fn builder() -> FunctionMapBuilder {
        FunctionMapBuilder::default()
    }

    /// Every function; a [`FunctionIndex`] indexes this list.
    pub fn functions(&self) -> &[Function] {
        &self.functions
    }

    /// The function that owns an address, and whether it begins there.
    pub fn lookup(&self, address: u64) -> Option<(FunctionIndex, bool)> {
        let after = self.ranges.partition_point(|range| range.start <= address);
        let range = self.ranges[..after].last()?;
        let begins = self.functions[range.function as usize].address == Some(address);
        (address < range.end).then_some((range.function, begins))
    }

    /// Owner of each of `slots` addresses `start`, `start + 4`, ..., and whether it begins there;
    /// `None` where nobody does. For engines that look up every instruction.
    pub fn dense(&self, start: u64, slots: usize) -> Vec<Option<(FunctionIndex, bool)>> {
        let mut at = self.ranges.partition_point(|range| range.end <= start);
        let mut table = Vec::with_capacity(slots);
        for slot in 0..slots as u64 {
            let address = start + 4 * slot;
            while self
                .ranges
                .get(at)
                .is_some_and(|range| range.end <= address)
            {
                at += 1;
            }
            let owner = self.ranges.get(at).filter(|range| range.start <= address);
            table.push(owner.map(|range| {
                let begins = self.functions[range.function as usize].address == Some(address);
                (range.function, begins)
            }));
        }
        table
    }

    /// Name of the function that owns an address, or nothing.
    pub fn name_of(&self, address: u64) -> String {
        self.lookup(address).map_or(String::new(), |(function, _)| {
            self.functions[function as usize].name.clone()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gaps_are_named_and_cut_at_targets() {
        let map = FunctionMap::builder()
            .range("middle", 0x108, 0x110, Origin::System)
            .finish(&[(0x100, 0x120), (0x200, 0x204)], [0x118, 0x108, 0x300]);
        let name = |address| map.name_of(address);
        assert_eq!(name(0xfc), "");
        assert_eq!(name(0x100), "[no symbol 0x100]");
        assert_eq!(name(0x104), "[no symbol 0x100]");
        assert_eq!(name(0x108), "middle");
        assert_eq!(name(0x110), "[no symbol 0x110]");
        assert_eq!(name(0x11c), "[no symbol 0x118]");
        assert_eq!(name(0x120), "");
        assert_eq!(name(0x200), "[no symbol 0x200]");
        assert_eq!(map.lookup(0x118).map(|found| found.1), Some(true));
        assert_eq!(map.lookup(0x10c).map(|found| found.1), Some(false));
        for (slot, found) in map.dense(0xf8, 80).into_iter().enumerate() {
            assert_eq!(found, map.lookup(0xf8 + 4 * slot as u64), "slot {slot}");
        }
    }
}
