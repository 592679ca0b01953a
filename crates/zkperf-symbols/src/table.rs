//! The symbols of a program, found by address.

use crate::coverage::{self, Interval};
use crate::name::{demangle, Name};
use crate::symbol::{Binding, Origin, Symbol, SymbolId};

/// A stretch of addresses held by one symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// Who holds it.
    pub symbol: SymbolId,
}

/// Code that is not in the ELF's symbol table: what a zkVM links in or brings along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExtraRange {
    /// Its name; Rust names may be mangled.
    pub name: String,
    /// First address.
    pub start: u64,
    /// First address after it.
    pub end: u64,
    /// [`Origin::Library`] or [`Origin::System`], as a rule.
    pub origin: Origin,
}

/// The symbols of a program and the addresses they hold. The crate's front page has the rules.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SymbolTable {
    pub(crate) symbols: Vec<Symbol>,
    /// Executable code, sorted and disjoint: `(start, end)`.
    pub(crate) code: Vec<(u64, u64)>,
    pub(crate) ranges: Vec<Range>,
    pub(crate) stripped: bool,
    pub(crate) is_64: bool,
}

impl SymbolTable {
    /// Whether the ELF names none of its code. Profiles then go by address, or by functions guessed
    /// from calls ([`SymbolTable::add_call_targets`]).
    pub fn is_stripped(&self) -> bool {
        self.stripped
    }

    /// Whether the ELF is for 64-bit RISC-V; 32-bit otherwise.
    pub fn is_64(&self) -> bool {
        self.is_64
    }

    /// All symbols. Those of the ELF are sorted by address; added ones follow in order of addition.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Ids of all symbols, in the order of [`SymbolTable::symbols`].
    pub fn ids(&self) -> impl Iterator<Item = SymbolId> + '_ {
        (0..self.symbols.len()).filter_map(SymbolId::new)
    }

    /// One symbol.
    ///
    /// # Panics
    /// If the id is of another table.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }

    /// The symbol that holds an address.
    pub fn lookup(&self, address: u64) -> Option<SymbolId> {
        let after = self.ranges.partition_point(|range| range.start <= address);
        let range = self.ranges[..after].last()?;
        (address < range.end).then_some(range.symbol)
    }

    /// Symbols of that name: raw, full, short or an alias.
    pub fn find<'a>(&'a self, name: &'a str) -> impl Iterator<Item = SymbolId> + 'a {
        self.ids().filter(move |&id| {
            let symbol = self.symbol(id);
            let Name { raw, full, short } = &symbol.name;
            [raw, full, short]
                .into_iter()
                .chain(&symbol.aliases)
                .any(|known| known == name)
        })
    }

    /// Who holds which addresses: sorted and disjoint. Gaps are held by nobody.
    pub fn ranges(&self) -> &[Range] {
        &self.ranges
    }

    /// Executable parts of the ELF, sorted and disjoint: (first address, first address after).
    pub fn code(&self) -> &[(u64, u64)] {
        &self.code
    }

    /// One entry for each of `slots` addresses `start`, `start + stride`, ...: for engines that
    /// look up every instruction. An entry takes four bytes.
    pub fn dense(&self, start: u64, slots: usize, stride: u64) -> Vec<Option<SymbolId>> {
        let mut table = vec![None; slots];
        let mut at = self.ranges.partition_point(|range| range.end <= start);
        let mut address = Some(start);
        for slot in &mut table {
            let Some(here) = address else { break };
            while self.ranges.get(at).is_some_and(|range| range.end <= here) {
                at += 1;
            }
            *slot = self
                .ranges
                .get(at)
                .filter(|range| range.start <= here)
                .map(|r| r.symbol);
            address = here.checked_add(stride);
        }
        table
    }

    /// Adds code that the ELF does not name. Empty ranges are left out.
    pub fn add_ranges(&mut self, extra: impl IntoIterator<Item = ExtraRange>) {
        for ExtraRange {
            name,
            start,
            end,
            origin,
        } in extra
        {
            if start < end {
                self.symbols.push(Symbol {
                    name: demangle(&name),
                    start,
                    end,
                    stated_bytes: end - start,
                    origin,
                    binding: Binding::Global,
                    aliases: Vec::new(),
                });
            }
        }
        self.rebuild();
    }

    /// Names the code at addresses that were seen to be called and that no symbol holds, as
    /// `fn_80001234`. Each reaches to the next symbol or target, or to the end of its section.
    /// Addresses outside of the ELF's code are left out.
    pub fn add_call_targets(&mut self, targets: impl IntoIterator<Item = u64>) {
        let mut targets: Vec<u64> = targets
            .into_iter()
            .filter(|&target| self.lookup(target).is_none() && self.code_end(target).is_some())
            .collect();
        targets.sort_unstable();
        targets.dedup();
        for (index, &start) in targets.iter().enumerate() {
            let next_range = self.ranges.partition_point(|range| range.start <= start);
            let ends = [
                self.code_end(start),
                targets.get(index + 1).copied(),
                self.ranges.get(next_range).map(|range| range.start),
            ];
            let end = ends.into_iter().flatten().min().unwrap_or(start);
            let name = format!("fn_{start:x}");
            self.symbols.push(Symbol {
                name: Name {
                    raw: String::new(),
                    full: name.clone(),
                    short: name,
                },
                start,
                end,
                stated_bytes: 0,
                origin: Origin::Guessed,
                binding: Binding::Local,
                aliases: Vec::new(),
            });
        }
        self.rebuild();
    }

    /// End of the executable part that holds an address.
    pub(crate) fn code_end(&self, address: u64) -> Option<u64> {
        end_of_part(&self.code, address)
    }

    /// Works out again who holds what. Guessed functions come last, whatever their size.
    pub(crate) fn rebuild(&mut self) {
        let intervals: Vec<Interval> = self
            .symbols
            .iter()
            .enumerate()
            .map(|(owner, symbol)| Interval {
                start: symbol.start,
                end: symbol.end,
                rank: u8::from(symbol.origin == Origin::Guessed),
                owner,
            })
            .collect();
        let held = coverage::resolve(&intervals).into_iter();
        self.ranges = held
            .filter_map(|(start, end, owner)| {
                Some(Range {
                    start,
                    end,
                    symbol: SymbolId::new(owner)?,
                })
            })
            .collect();
    }
}

/// End of the part that holds an address; `parts` are (start, end), sorted and disjoint.
pub(crate) fn end_of_part(parts: &[(u64, u64)], address: u64) -> Option<u64> {
    let after = parts.partition_point(|&(start, _)| start <= address);
    let &(_, end) = parts[..after].last()?;
    (address < end).then_some(end)
}
