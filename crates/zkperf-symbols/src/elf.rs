//! Reading the symbol table of an ELF.

use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};

use object::elf::{SHF_EXECINSTR, STT_FUNC, STT_GNU_IFUNC, STT_NOTYPE};
use object::{
    Architecture, BinaryFormat, File, Object, ObjectKind, ObjectSection, ObjectSegment,
    ObjectSymbol, ObjectSymbolTable, SectionFlags, SegmentFlags, SymbolFlags,
};

use crate::coverage::{self, Interval};
use crate::error::SymbolError;
use crate::name::demangle;
use crate::symbol::{Binding, Origin, Symbol};
use crate::table::SymbolTable;

/// A symbol that may count, before its extent is known.
#[derive(Debug, Clone)]
struct Candidate {
    raw: String,
    start: u64,
    stated_bytes: u64,
    /// First address after it; `start` while unknown.
    end: u64,
    origin: Origin,
    binding: Binding,
}

impl SymbolTable {
    /// Reads the symbols of a linked 32- or 64-bit RISC-V ELF, by the rules on the crate's front
    /// page. Without any (a stripped ELF), the table is empty and says so.
    ///
    /// # Errors
    /// [`SymbolError`] if the bytes are no such ELF.
    pub fn from_elf(bytes: &[u8]) -> Result<SymbolTable, SymbolError> {
        let file = open(bytes)?;
        let mut table = SymbolTable {
            code: executable(&file),
            is_64: file.is_64(),
            ..SymbolTable::default()
        };
        let candidates = candidates(&file, &table)?;
        table.symbols = named(extents(candidates, &table));
        table.stripped = table.symbols.is_empty();
        table.rebuild();
        Ok(table)
    }

    /// Whether [`SymbolTable::from_elf`] would find a name; it stops at the first.
    ///
    /// # Errors
    /// As [`SymbolTable::from_elf`].
    pub fn has_symbols(bytes: &[u8]) -> Result<bool, SymbolError> {
        let file = open(bytes)?;
        let Some(symbols) = file.symbol_table().or_else(|| file.dynamic_symbol_table()) else {
            return Ok(false);
        };
        let code = executable(&file);
        let in_code = |address| {
            let mut parts = code.iter();
            parts.any(|&(start, end)| (start..end).contains(&address))
        };
        let mut symbols = symbols.symbols();
        Ok(symbols.any(|symbol| {
            let named = |origin| {
                let name = String::from_utf8_lossy(symbol.name_bytes().unwrap_or_default());
                !name.is_empty() && (origin == Origin::Function || !is_leftover(&name))
            };
            kind(&symbol).is_some_and(named) && !symbol.is_undefined() && in_code(symbol.address())
        }))
    }
}

/// Whether two ELFs have the same code at the same addresses, whatever their debug information.
///
/// # Errors
/// As [`SymbolTable::from_elf`], for either.
pub fn same_code(one: &[u8], other: &[u8]) -> Result<bool, SymbolError> {
    Ok(executable_parts(one)? == executable_parts(other)?)
}

/// A part of a program: its first address and its bytes.
pub type Part<'e> = (u64, &'e [u8]);

/// Where instructions lie in a linked RISC-V ELF: whether its words have 64 bits, and the parts, sorted by address. What the file lacks of a part is not there.
///
/// # Errors
/// [`SymbolError`] if the bytes are no linked RISC-V ELF.
pub fn executable_parts(elf: &[u8]) -> Result<(bool, Vec<Part<'_>>), SymbolError> {
    let file = open(elf)?;
    let parts = code_parts(&file).into_iter();
    let mut parts: Vec<Part<'_>> = parts
        .map(|(start, size, data)| {
            let size = usize::try_from(size).unwrap_or(usize::MAX);
            (start, &data[..data.len().min(size)])
        })
        .collect();
    parts.sort_by_key(|part| part.0);
    Ok((file.is_64(), parts))
}

/// A linked RISC-V ELF.
pub(crate) fn open(bytes: &[u8]) -> Result<File<'_>, SymbolError> {
    if !bytes.starts_with(b"\x7fELF") {
        return Err(SymbolError::NotElf);
    }
    let file = File::parse(bytes).map_err(damaged)?;
    if file.format() != BinaryFormat::Elf {
        return Err(SymbolError::NotElf);
    }
    match file.architecture() {
        Architecture::Riscv32 | Architecture::Riscv64 => {}
        _ => {
            return Err(SymbolError::NotRiscV {
                found: machine(bytes),
            })
        }
    }
    if file.kind() == ObjectKind::Relocatable {
        return Err(SymbolError::NotLinked);
    }
    Ok(file)
}

fn damaged(error: object::Error) -> SymbolError {
    SymbolError::Damaged {
        what: error.to_string(),
    }
}

/// Name of the processor an ELF is for, as far as guests are likely to be mistaken for it.
fn machine(bytes: &[u8]) -> String {
    let number = match bytes.get(5) {
        Some(2) => bytes.get(18..20).map(|b| u16::from_be_bytes([b[0], b[1]])),
        _ => bytes.get(18..20).map(|b| u16::from_le_bytes([b[0], b[1]])),
    };
    match number {
        Some(object::elf::EM_X86_64) => "x86-64".to_owned(),
        Some(object::elf::EM_AARCH64) => "AArch64".to_owned(),
        Some(object::elf::EM_MIPS) => "MIPS".to_owned(),
        Some(number) => format!("processor number {number}"),
        None => "an unknown processor".to_owned(),
    }
}

/// Executable sections; executable segments where there are no sections: address, size, and what the file has of it.
fn code_parts<'e>(file: &File<'e>) -> Vec<(u64, u64, &'e [u8])> {
    let sections = file.sections().filter(|section| match section.flags() {
        SectionFlags::Elf { sh_flags, .. } => sh_flags & u64::from(SHF_EXECINSTR) != 0,
        _ => false,
    });
    let mut parts: Vec<(u64, u64, &[u8])> = sections
        .map(|part| (part.address(), part.size(), part.data().unwrap_or_default()))
        .collect();
    if parts.is_empty() {
        let segments = file.segments().filter(|segment| match segment.flags() {
            SegmentFlags::Elf { p_flags, .. } => p_flags & object::elf::PF_X != 0,
            _ => false,
        });
        parts = segments
            .map(|part| (part.address(), part.size(), part.data().unwrap_or_default()))
            .collect();
    }
    parts
}

/// Where there is code. Sorted and disjoint.
pub(crate) fn executable(file: &File<'_>) -> Vec<(u64, u64)> {
    let mut parts: Vec<(u64, u64)> = code_parts(file)
        .into_iter()
        .map(|(start, size, _)| (start, start.saturating_add(size)))
        .collect();
    parts.retain(|&(start, end)| start < end);
    parts.sort_unstable();
    // Overlapping sections happen in hostile files only; the later one gives way.
    let mut disjoint: Vec<(u64, u64)> = Vec::with_capacity(parts.len());
    for (start, end) in parts {
        let start = disjoint.last().map_or(start, |last| last.1.max(start));
        if start < end {
            disjoint.push((start, end));
        }
    }
    disjoint
}

/// Everything that may count by rule 1, without looking at the neighbours yet.
fn candidates(file: &File<'_>, table: &SymbolTable) -> Result<Vec<Candidate>, SymbolError> {
    // A linked guest has `.symtab`; the dynamic table is all that is left in some stripped files.
    let Some(symbols) = file.symbol_table().or_else(|| file.dynamic_symbol_table()) else {
        return Ok(Vec::new());
    };
    let mut out = Vec::new();
    for symbol in symbols.symbols() {
        let Some(origin) = kind(&symbol) else {
            continue;
        };
        let start = symbol.address();
        let Some(code_end) = table.code_end(start).filter(|_| !symbol.is_undefined()) else {
            continue;
        };
        let raw = String::from_utf8_lossy(symbol.name_bytes().map_err(damaged)?).into_owned();
        if raw.is_empty() || (origin == Origin::Label && is_leftover(&raw)) {
            continue;
        }
        let binding = match (symbol.is_weak(), symbol.is_local()) {
            (true, _) => Binding::Weak,
            (_, true) => Binding::Local,
            _ => Binding::Global,
        };
        let stated_bytes = symbol.size();
        let end = start.saturating_add(stated_bytes).min(code_end);
        out.push(Candidate {
            raw,
            start,
            stated_bytes,
            end,
            origin,
            binding,
        });
    }
    Ok(out)
}

/// What a symbol is by its type; nothing where it is neither function nor label.
fn kind<'data>(symbol: &impl ObjectSymbol<'data>) -> Option<Origin> {
    let SymbolFlags::Elf { st_info, .. } = symbol.flags() else {
        return None;
    };
    match st_info & 0xf {
        STT_FUNC | STT_GNU_IFUNC => Some(Origin::Function),
        STT_NOTYPE => Some(Origin::Label),
        _ => None,
    }
}

/// Labels that assemblers and linkers leave behind: branch targets and mapping symbols.
fn is_leftover(name: &str) -> bool {
    name.starts_with(".L") || name.starts_with('$') || name.starts_with("L0\u{1}")
}

/// Drops labels that name nothing new (rule 1) and gives every symbol its end (rule 2).
fn extents(candidates: Vec<Candidate>, table: &SymbolTable) -> Vec<Candidate> {
    let (functions, labels): (Vec<_>, Vec<_>) = candidates
        .into_iter()
        .partition(|c| c.origin == Origin::Function);
    let (local, visible): (Vec<_>, Vec<_>) = labels
        .into_iter()
        .partition(|c| c.binding == Binding::Local);
    let mut kept = functions;
    let sized = Held::by(kept.iter().filter(|c| c.stated_bytes > 0));
    let starts: HashSet<u64> = kept.iter().map(|c| c.start).collect();
    let is_new = |c: &Candidate| starts.contains(&c.start) || sized.end(c.start).is_none();
    kept.extend(visible.into_iter().filter(is_new));
    set_ends(&mut kept, table);
    // Local labels are branch targets more often than functions: they split nothing.
    let held = Held::by(kept.iter());
    kept.extend(local.into_iter().filter(|c| held.end(c.start).is_none()));
    set_ends(&mut kept, table);
    kept
}

/// Which addresses some candidates hold, and where the innermost ends.
struct Held {
    ranges: Vec<(u64, u64, usize)>,
    ends: Vec<u64>,
}

impl Held {
    fn by<'a>(candidates: impl Iterator<Item = &'a Candidate>) -> Held {
        let intervals: Vec<Interval> = candidates
            .enumerate()
            .map(|(owner, c)| Interval {
                start: c.start,
                end: c.end,
                rank: 0,
                owner,
            })
            .collect();
        let ends = intervals.iter().map(|i| i.end).collect();
        Held {
            ranges: coverage::resolve(&intervals),
            ends,
        }
    }

    fn end(&self, address: u64) -> Option<u64> {
        let after = self.ranges.partition_point(|range| range.0 <= address);
        let &(_, end, owner) = self.ranges[..after].last()?;
        (address < end).then(|| self.ends[owner])
    }
}

/// Rule 2: where symbols without a size end.
fn set_ends(candidates: &mut [Candidate], table: &SymbolTable) {
    let sized = Held::by(candidates.iter().filter(|c| c.stated_bytes > 0));
    let mut longest: HashMap<u64, u64> = HashMap::new();
    for c in candidates.iter().filter(|c| c.stated_bytes > 0) {
        let end = longest.entry(c.start).or_insert(c.end);
        *end = c.end.max(*end);
    }
    let mut starts: Vec<u64> = candidates.iter().map(|c| c.start).collect();
    starts.sort_unstable();
    starts.dedup();
    for c in candidates.iter_mut().filter(|c| c.stated_bytes == 0) {
        let next = starts.get(starts.partition_point(|&start| start <= c.start));
        let around = [table.code_end(c.start), sized.end(c.start), next.copied()];
        let beside = longest.get(&c.start).copied();
        c.end = beside
            .or(around.into_iter().flatten().min())
            .unwrap_or(c.start);
    }
}

/// Joins aliases (rule 3). The result is sorted by start, outer symbols first.
fn named(mut candidates: Vec<Candidate>) -> Vec<Symbol> {
    let preference = |c: &Candidate| (c.origin == Origin::Label, c.binding, Reverse(c.raw.len()));
    candidates.sort_by(|a, b| {
        let extent = |c: &Candidate| (c.start, Reverse(c.end));
        (extent(a), preference(a), &a.raw).cmp(&(extent(b), preference(b), &b.raw))
    });
    let mut symbols: Vec<Symbol> = Vec::new();
    for c in candidates {
        match symbols.last_mut() {
            Some(last) if (last.start, last.end) == (c.start, c.end) => {
                if last.name.raw != c.raw && !last.aliases.contains(&c.raw) {
                    last.aliases.push(c.raw);
                }
            }
            _ => symbols.push(Symbol {
                name: demangle(&c.raw),
                start: c.start,
                end: c.end,
                stated_bytes: c.stated_bytes,
                origin: c.origin,
                binding: c.binding,
                aliases: Vec::new(),
            }),
        }
    }
    symbols
}
