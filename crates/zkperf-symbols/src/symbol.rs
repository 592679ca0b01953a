//! One symbol.

use std::num::NonZeroU32;

use crate::name::Name;

/// A symbol of one [`crate::SymbolTable`]. It stays valid when symbols are added to the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
// One more than the index: `Option<SymbolId>` then takes four bytes in an engine's dense table.
pub struct SymbolId(NonZeroU32);

impl SymbolId {
    /// `None` beyond what 32 bits can number.
    pub(crate) fn new(index: usize) -> Option<SymbolId> {
        NonZeroU32::new(u32::try_from(index).ok()?.checked_add(1)?).map(SymbolId)
    }

    /// Place in [`crate::SymbolTable::symbols`].
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// Where a symbol comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Origin {
    /// A function symbol of the ELF.
    Function,
    /// A label of the ELF without a type: hand-written assembly.
    Label,
    /// Code the zkVM links in, added by its engine (ZisK's zisklib, ...).
    Library,
    /// Start-up, shut-down and kernel code of the zkVM, added by its engine.
    System,
    /// Not named anywhere: something was seen to call this address.
    Guessed,
}

/// How far a symbol of the ELF is visible; decides between aliases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Binding {
    /// Visible everywhere.
    Global,
    /// Visible everywhere unless a global symbol replaces it.
    Weak,
    /// Visible in its own object file.
    Local,
}

/// A named piece of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol {
    /// Its name, raw and demangled.
    pub name: Name,
    /// First address.
    pub start: u64,
    /// First address after it. Parts in between may belong to inner symbols.
    pub end: u64,
    /// Size in bytes as the ELF states it; 0 where it does not.
    pub stated_bytes: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// How far it is visible.
    pub binding: Binding,
    /// Raw names of other symbols with the same extent, in order of preference.
    pub aliases: Vec<String>,
}

impl Symbol {
    /// Size in bytes, holes included.
    pub fn bytes(&self) -> u64 {
        self.end - self.start
    }
}
