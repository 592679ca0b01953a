//! Functions and what was inlined into them.

use super::lines::UnitFiles;
use super::names::Names;
use super::{Damage, Found, Slice, Wanted};
use crate::source::{InlinedFrame, Position};
use gimli::{AttributeValue, EntriesRaw, Range, UnitRef};
use std::collections::HashMap;

/// Most address ranges that are read: a small hostile file can refer to one long list of them again and again.
/// The reference guest for ZisK, whose DWARF is the largest known, has 2.2 million.
const MOST_RANGES: usize = 1 << 25;

/// Collects inlined frames and where they are.
#[derive(Default)]
pub(super) struct Collector {
    index: HashMap<InlinedFrame, u32>,
    frames: Vec<InlinedFrame>,
    found: Vec<Found<u32>>,
    /// Ranges of the function being read.
    pieces: Vec<Piece>,
    ranges_read: usize,
}

/// A range of an inlined frame.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: u64,
    end: u64,
    /// How many frames it is below the function.
    depth: u32,
    frame: u32,
}

/// An open entry: its children follow.
struct Open {
    /// Depth of the entry in the tree of entries.
    entry_depth: isize,
    frame: Option<u32>,
    inlined_depth: u32,
    /// A function of which nothing is wanted.
    unwanted: bool,
}

/// Attributes of a function or of something inlined.
#[derive(Default)]
struct Attributes<'a> {
    low: Option<u64>,
    high: Option<u64>,
    size: Option<u64>,
    ranges: Option<gimli::RangeListsOffset>,
    origin: Option<AttributeValue<Slice<'a>>>,
    call_file: Option<u64>,
    call_line: u32,
    call_column: u32,
}

impl Collector {
    pub(super) fn finish(self) -> (Vec<InlinedFrame>, Vec<Found<u32>>) {
        (self.frames, self.found)
    }

    /// Reads the functions of a unit.
    pub(super) fn read_unit<'a>(
        &mut self,
        unit: UnitRef<'_, Slice<'a>>,
        unit_files: (usize, &UnitFiles),
        names: &mut Names<'a>,
        wanted: &Wanted,
    ) -> Result<(), Damage> {
        let mut entries = unit.entries_raw(None)?;
        let result = self.read_entries(&mut entries, unit, unit_files, names, wanted);
        // What was read of a damaged unit is as good as any other.
        self.flatten();
        result
    }

    fn read_entries<'a>(
        &mut self,
        entries: &mut EntriesRaw<'_, '_, Slice<'a>>,
        unit: UnitRef<'_, Slice<'a>>,
        (unit_number, files): (usize, &UnitFiles),
        names: &mut Names<'a>,
        wanted: &Wanted,
    ) -> Result<(), Damage> {
        let mut open: Vec<Open> = Vec::new();
        while !entries.is_empty() {
            let entry_depth = entries.next_depth();
            let Some(abbreviation) = entries.read_abbreviation()? else {
                continue;
            };
            while open
                .last()
                .is_some_and(|open| open.entry_depth >= entry_depth)
            {
                open.pop();
            }
            match abbreviation.tag() {
                gimli::DW_TAG_subprogram => {
                    let attributes = read_attributes(entries, abbreviation.attributes(), unit)?;
                    if open.is_empty() {
                        self.flatten();
                    }
                    // A function inside of another one is a function like any other.
                    open.push(Open {
                        entry_depth,
                        frame: None,
                        inlined_depth: 0,
                        unwanted: !self.is_wanted(unit, &attributes, wanted)?,
                    });
                }
                gimli::DW_TAG_inlined_subroutine
                    if open.last().is_none_or(|open| !open.unwanted) =>
                {
                    let attributes = read_attributes(entries, abbreviation.attributes(), unit)?;
                    let (parent, depth) = open
                        .last()
                        .map_or((None, 0), |open| (open.frame, open.inlined_depth));
                    let frame = self.intern(InlinedFrame {
                        parent,
                        name: names.of_origin(unit_number, attributes.origin),
                        call: attributes.call(unit, files),
                    });
                    self.add_ranges(unit, &attributes, depth, frame)?;
                    open.push(Open {
                        entry_depth,
                        frame: Some(frame),
                        inlined_depth: depth + 1,
                        unwanted: false,
                    });
                }
                _ => entries.skip_attributes(abbreviation.attributes())?,
            }
        }
        Ok(())
    }

    /// Whether a function has a wanted address. One without any address is a declaration, or was only inlined.
    fn is_wanted(
        &mut self,
        unit: UnitRef<'_, Slice<'_>>,
        attributes: &Attributes<'_>,
        wanted: &Wanted,
    ) -> Result<bool, Damage> {
        let mut found = false;
        self.each_range(unit, attributes, |range| found |= wanted.has(range))?;
        Ok(found)
    }

    fn intern(&mut self, frame: InlinedFrame) -> u32 {
        let next = self.frames.len() as u32;
        *self.index.entry(frame).or_insert_with(|| {
            self.frames.push(frame);
            next
        })
    }

    fn add_ranges(
        &mut self,
        unit: UnitRef<'_, Slice<'_>>,
        attributes: &Attributes<'_>,
        depth: u32,
        frame: u32,
    ) -> Result<(), Damage> {
        let mut pieces = std::mem::take(&mut self.pieces);
        let read = self.each_range(unit, attributes, |range| {
            pieces.push(Piece {
                start: range.begin,
                end: range.end,
                depth,
                frame,
            });
        });
        self.pieces = pieces;
        read
    }

    fn each_range(
        &mut self,
        unit: UnitRef<'_, Slice<'_>>,
        attributes: &Attributes<'_>,
        mut with: impl FnMut(Range),
    ) -> Result<(), Damage> {
        if let Some(offset) = attributes.ranges {
            let mut ranges = unit.ranges(offset)?;
            while let Some(range) = ranges.next()? {
                self.ranges_read += 1;
                if self.ranges_read > MOST_RANGES {
                    return Err(Damage::TooManyRanges);
                }
                if range.begin < range.end {
                    with(range);
                }
            }
        } else if let Some(begin) = attributes.low {
            let by_size = attributes.size.map(|size| begin.wrapping_add(size));
            let end = by_size.or(attributes.high);
            if let Some(end) = end.filter(|&end| begin < end) {
                with(Range { begin, end });
            }
        }
        Ok(())
    }

    /// Turns the pieces of a function, in which the inner lie over the outer, into a flat list: the innermost
    /// frame of each address.
    fn flatten(&mut self) {
        let pieces = &mut self.pieces;
        // Outer before inner where both begin.
        pieces.sort_unstable_by_key(|piece| (piece.start, piece.depth));
        let found = &mut self.found;
        let mut emit = |start: u64, end: u64, frame: u32| {
            if start >= end {
                return;
            }
            match found.last_mut() {
                Some(last) if last.end == start && last.what == frame => last.end = end,
                _ => found.push(Found {
                    start,
                    end,
                    what: frame,
                }),
            }
        };
        // Pieces around `at`, outer first.
        let mut around: Vec<Piece> = Vec::new();
        let mut at = 0;
        for &piece in pieces.iter() {
            while let Some(inner) = around.last().copied().filter(|p| p.end <= piece.start) {
                emit(at, inner.end, inner.frame);
                at = at.max(inner.end);
                around.pop();
            }
            if let Some(inner) = around.last() {
                emit(at, piece.start, inner.frame);
            }
            at = at.max(piece.start);
            around.push(piece);
        }
        while let Some(inner) = around.pop() {
            emit(at, inner.end, inner.frame);
            at = at.max(inner.end);
        }
        self.pieces.clear();
    }
}

impl Attributes<'_> {
    fn call(&self, unit: UnitRef<'_, Slice<'_>>, files: &UnitFiles) -> Position {
        // Number 0 means no file before DWARF 5, and the unit's own from then on.
        let file = self
            .call_file
            .filter(|&file| file > 0 || unit.header.version() >= 5);
        Position {
            file: file.and_then(|file| files.get(file)),
            line: self.call_line,
            column: self.call_column,
        }
    }
}

fn read_attributes<'a>(
    entries: &mut EntriesRaw<'_, '_, Slice<'a>>,
    list: &[gimli::AttributeSpecification],
    unit: UnitRef<'_, Slice<'a>>,
) -> gimli::Result<Attributes<'a>> {
    let mut found = Attributes::default();
    let small = |value: Option<u64>| {
        value
            .and_then(|value| u32::try_from(value).ok())
            .unwrap_or(0)
    };
    for specification in list {
        let attribute = entries.read_attribute(*specification)?;
        let value = attribute.value();
        match attribute.name() {
            gimli::DW_AT_low_pc => found.low = unit.attr_address(value)?,
            gimli::DW_AT_high_pc => match value {
                AttributeValue::Udata(size) => found.size = Some(size),
                value => found.high = unit.attr_address(value)?,
            },
            gimli::DW_AT_ranges => found.ranges = unit.attr_ranges_offset(value)?,
            gimli::DW_AT_abstract_origin => found.origin = Some(value),
            gimli::DW_AT_call_file => {
                if let AttributeValue::FileIndex(file) = value {
                    found.call_file = Some(file);
                }
            }
            gimli::DW_AT_call_line => found.call_line = small(attribute.udata_value()),
            gimli::DW_AT_call_column => found.call_column = small(attribute.udata_value()),
            _ => {}
        }
    }
    Ok(found)
}
