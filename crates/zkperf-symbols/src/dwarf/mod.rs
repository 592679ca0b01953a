//! Reading DWARF: every address's line and inlined frames, in one pass over the whole program.
//!
//! `frames` walks the entries of functions and of what was inlined into them, `lines` runs the line programs,
//! `names` follows an inlined function to its name. A damaged unit costs its own functions their lines, and is
//! reported; it never costs the others theirs.

mod fields;
mod frames;
mod lines;
mod names;

use crate::elf::{executable, open};
use crate::error::SymbolError;
use crate::source::{Position, SourceTable, Span};
use crate::table::end_of_part;
use gimli::{DebugInfoOffset, Dwarf, EndianSlice, LittleEndian, Range, Section, Unit, UnitRef};
use names::Names;
use std::collections::BTreeSet;

use object::{File, Object, ObjectSection};

pub use fields::{field_offsets, Field};

pub(crate) type Slice<'a> = EndianSlice<'a, LittleEndian>;

/// What helps where there is nothing to read.
const REMEDY: &str =
    "set `debug = \"line-tables-only\"` (or 1, or 2) and `strip = false` in the guest's \
                      [profile.release]; that changes no instruction";

/// Why a unit could not be read to its end.
#[derive(Debug, thiserror::Error)]
enum Damage {
    #[error(transparent)]
    Dwarf(#[from] gimli::Error),
    #[error("it ends within a unit")]
    CutShort,
    #[error("it names more address ranges than zkperf handles")]
    TooManyRanges,
}

/// A stretch of addresses and what was found of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Found<T> {
    start: u64,
    end: u64,
    what: T,
}

impl SourceTable {
    /// Reads the debug information of a linked RISC-V ELF. Without any the table is empty, and
    /// [`SourceTable::problems`] says why and what helps.
    ///
    /// # Errors
    /// [`SymbolError`] if the bytes are no such ELF. Damaged debug information is no error but a problem.
    pub fn from_elf(bytes: &[u8]) -> Result<SourceTable, SymbolError> {
        Self::read(bytes, None)
    }

    /// As [`SourceTable::from_elf`], but only of functions that hold one of `addresses`, sorted: of those that were
    /// executed, which are few. Of other code the table may or may not know anything.
    ///
    /// # Errors
    /// As [`SourceTable::from_elf`].
    pub fn of_addresses(bytes: &[u8], addresses: &[u64]) -> Result<SourceTable, SymbolError> {
        Self::read(bytes, Some(addresses))
    }

    fn read(bytes: &[u8], wanted: Option<&[u64]>) -> Result<SourceTable, SymbolError> {
        let file = open(bytes)?;
        let mut table = SourceTable::default();
        if let Some(missing) = missing(&file) {
            table.problems.push(missing);
            return Ok(table);
        }
        let section = |id: gimli::SectionId| -> Result<Slice<'_>, gimli::Error> {
            let section = file.section_by_name(id.name());
            let data = section.and_then(|section| section.data().ok());
            Ok(EndianSlice::new(data.unwrap_or_default(), LittleEndian))
        };
        let dwarf = Dwarf::load(section).unwrap_or_default();
        Reader {
            wanted: Wanted::new(executable(&file), wanted),
            table: &mut table,
            damaged: 0,
            first_damage: String::new(),
            split: 0,
        }
        .read(&dwarf);
        Ok(table)
    }
}

/// Why there is nothing to read, if that is so.
fn missing(file: &File<'_>) -> Option<String> {
    let compressed = |name: &str| {
        file.section_by_name(name).is_some_and(|section| {
            section
                .compressed_file_range()
                .is_ok_and(|range| range.format != object::CompressionFormat::None)
        })
    };
    if file.section_by_name(".zdebug_info").is_some() || compressed(".debug_info") {
        return Some(
            "its debug information is compressed, so there are no source lines and inlined frames; link it \
             without --compress-debug-sections"
                .into(),
        );
    }
    if file.section_by_name(".debug_info").is_none() {
        return Some(format!(
            "it has no debug information, so there are no source lines and inlined frames; {REMEDY}"
        ));
    }
    if file.section_by_name(".debug_line").is_none() {
        return Some(format!(
            "its debug information has no line tables, so there are no source lines and inlined frames; {REMEDY}"
        ));
    }
    None
}

/// Of which code anything is wanted.
struct Wanted {
    /// Executable parts of the ELF, sorted and disjoint: debug information of code that the linker dropped, in some
    /// guests most of it, lies outside.
    code: Vec<(u64, u64)>,
    /// Addresses in the code, sorted; all of it if nothing.
    addresses: Option<Vec<u64>>,
}

impl Wanted {
    fn new(code: Vec<(u64, u64)>, addresses: Option<&[u64]>) -> Self {
        // What the linker dropped often begins at address 0, where a zkVM's own code may have been executed.
        let in_code = |address: &u64| end_of_part(&code, *address).is_some();
        let addresses = addresses.map(|all| all.iter().copied().filter(in_code).collect());
        Wanted { code, addresses }
    }

    fn has(&self, range: Range) -> bool {
        if let Some(addresses) = &self.addresses {
            let first = addresses.partition_point(|&address| address < range.begin);
            return addresses
                .get(first)
                .is_some_and(|&address| address < range.end);
        }
        end_of_part(&self.code, range.begin).is_some()
    }

    /// Whether any of a unit's code is wanted; so it is where the unit does not say where its code is.
    fn has_unit(&self, unit: UnitRef<'_, Slice<'_>>) -> bool {
        let Ok(mut ranges) = unit.unit_ranges() else {
            return true;
        };
        let mut any = false;
        loop {
            match ranges.next() {
                Ok(Some(range)) if self.has(range) => return true,
                Ok(Some(_)) => any = true,
                Ok(None) => return !any,
                Err(_) => return true,
            }
        }
    }
}

/// Reading one program.
struct Reader<'t> {
    wanted: Wanted,
    table: &'t mut SourceTable,
    /// Units that could not be read to their end.
    damaged: usize,
    first_damage: String,
    /// Units whose information is in a file of its own.
    split: usize,
}

impl Reader<'_> {
    fn read(mut self, dwarf: &Dwarf<Slice<'_>>) {
        let units = self.units(dwarf);
        let mut names = Names::new(dwarf, &units);
        let mut collector = frames::Collector::default();
        let mut rows = Vec::new();
        let mut files = lines::Files::default();
        let mut roots = BTreeSet::new();
        for (at, unit) in units.iter().enumerate() {
            let unit_ref = UnitRef::new(dwarf, unit);
            roots.extend(names::crate_root(unit));
            if unit.dwo_name().is_ok_and(|name| name.is_some()) {
                self.split += 1;
                continue;
            }
            if !self.wanted.has_unit(unit_ref) {
                continue;
            }
            let read = lines::read(unit_ref, &mut files, &mut rows)
                .map_err(Damage::from)
                .and_then(|unit_files| {
                    collector.read_unit(unit_ref, (at, &unit_files), &mut names, &self.wanted)
                });
            if let Err(damage) = read {
                self.damage(&damage);
            }
        }
        let (frames, found) = collector.finish();
        self.table.frames = frames;
        self.table.names = names.finish();
        self.table.files = files.finish();
        self.table.roots = roots.into_iter().collect();
        let code = &self.wanted.code;
        let frames = disjoint(within(found, code));
        let rows = disjoint(within(rows, code));
        self.table.spans = combine(&frames, &rows);
        self.report();
    }

    /// All units that can be read. A damaged one is passed over by the length that stands in front of it.
    fn units<'a>(&mut self, dwarf: &Dwarf<Slice<'a>>) -> Vec<Unit<Slice<'a>>> {
        let info = dwarf.debug_info.reader().slice();
        let mut units = Vec::new();
        let mut at = 0;
        while let Some(next) = unit_end(info, at) {
            let header = dwarf.debug_info.header_from_offset(DebugInfoOffset(at));
            match header.and_then(|header| dwarf.unit(header)) {
                Ok(unit) => units.push(unit),
                Err(error) => self.damage(&error.into()),
            }
            at = next;
        }
        if at < info.len() {
            self.damage(&Damage::CutShort);
        }
        units
    }

    fn damage(&mut self, damage: &Damage) {
        self.damaged += 1;
        if self.first_damage.is_empty() {
            self.first_damage = damage.to_string();
        }
    }

    fn report(&mut self) {
        let units = |count: usize| match count {
            1 => "1 compilation unit".to_owned(),
            count => format!("{count} compilation units"),
        };
        if self.damaged > 0 {
            self.table.problems.push(format!(
                "the debug information of {} cannot be read ({}), so some code has no source lines; build the \
                 guest again",
                units(self.damaged),
                self.first_damage
            ));
        }
        if self.split > 0 {
            self.table.problems.push(format!(
                "the debug information of {} lies in other files (split DWARF), so that code has no source lines; \
                 set `split-debuginfo = \"off\"` in the guest's profile",
                units(self.split)
            ));
        }
        if self.table.spans.is_empty() && self.table.problems.is_empty() {
            self.table.problems.push(format!(
                "its debug information says nothing of its code, so there are no source lines and inlined frames; \
                 {REMEDY}"
            ));
        }
    }
}

/// Where the unit at `at` ends by the length in front of it (32 bits, or an escape and 64); nothing at the end, or if
/// the unit is cut short.
fn unit_end(info: &[u8], at: usize) -> Option<usize> {
    let rest = info.get(at..)?;
    let (short, rest) = rest.split_first_chunk::<4>()?;
    let (head, length) = match u32::from_le_bytes(*short) {
        u32::MAX => (12, u64::from_le_bytes(*rest.first_chunk()?)),
        length => (4, u64::from(length)),
    };
    let end = at
        .checked_add(head)?
        .checked_add(usize::try_from(length).ok()?)?;
    (end <= info.len()).then_some(end)
}

/// What lies in the program's code.
fn within<T>(mut found: Vec<Found<T>>, code: &[(u64, u64)]) -> Vec<Found<T>> {
    found.retain_mut(|found| {
        found.end = found.end.min(end_of_part(code, found.start).unwrap_or(0));
        found.start < found.end
    });
    found
}

/// Sorts by address. Where two overlap, which only damaged information and code folded by the linker have, the
/// later one gives way.
fn disjoint<T>(mut found: Vec<Found<T>>) -> Vec<Found<T>> {
    found.sort_by_key(|found| found.start);
    let mut end = 0;
    found.retain_mut(|found| {
        found.start = found.start.max(end);
        let keep = found.start < found.end;
        if keep {
            end = found.end;
        }
        keep
    });
    found
}

/// Lines and frames together, cut where either changes.
fn combine(frames: &[Found<u32>], rows: &[Found<Position>]) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(rows.len() + frames.len());
    let (mut frame_at, mut row_at) = (0, 0);
    let mut at = 0u64;
    loop {
        while frames.get(frame_at).is_some_and(|frame| frame.end <= at) {
            frame_at += 1;
        }
        while rows.get(row_at).is_some_and(|row| row.end <= at) {
            row_at += 1;
        }
        let (frame, row) = (frames.get(frame_at), rows.get(row_at));
        let starts = [frame.map(|f| f.start), row.map(|r| r.start)];
        let Some(first) = starts.into_iter().flatten().min() else {
            return spans;
        };
        at = at.max(first);
        let frame = frame.filter(|frame| frame.start <= at);
        let row = row.filter(|row| row.start <= at);
        let ends = [
            frame.map(|frame| frame.end),
            row.map(|row| row.end),
            // What begins later ends this span as well.
            starts[0].filter(|&start| start > at),
            starts[1].filter(|&start| start > at),
        ];
        let end = ends.into_iter().flatten().min().unwrap_or(at + 1);
        let next = Span {
            start: at,
            end,
            frame: frame.map(|frame| frame.what),
            position: row.map_or(Position::default(), |row| row.what),
        };
        match spans.last_mut() {
            Some(last)
                if last.end == at && (last.frame, last.position) == (next.frame, next.position) =>
            {
                last.end = end;
            }
            _ => spans.push(next),
        }
        at = end;
    }
}
