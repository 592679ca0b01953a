//! Line programs: which line each address belongs to.

use super::{Found, Slice};
use crate::source::Position;
use gimli::{ColumnType, LineProgramHeader, UnitRef};
use std::collections::HashMap;

/// The source files of all units, each once.
#[derive(Default)]
pub(super) struct Files {
    index: HashMap<String, u32>,
    list: Vec<String>,
}

impl Files {
    fn id(&mut self, path: String) -> u32 {
        let next = self.list.len() as u32;
        *self.index.entry(path).or_insert_with_key(|path| {
            self.list.push(path.clone());
            next
        })
    }

    pub(super) fn finish(self) -> Vec<String> {
        self.list
    }
}

/// The files of a unit by the numbers it uses for them.
pub(super) struct UnitFiles(Vec<Option<u32>>);

impl UnitFiles {
    pub(super) fn get(&self, number: u64) -> Option<u32> {
        let number = usize::try_from(number).ok()?;
        self.0.get(number).copied().flatten()
    }
}

/// Runs a unit's line program; rows are appended to `rows`.
pub(super) fn read(
    unit: UnitRef<'_, Slice<'_>>,
    files: &mut Files,
    rows: &mut Vec<Found<Position>>,
) -> gimli::Result<UnitFiles> {
    let Some(program) = unit.line_program.clone() else {
        return Ok(UnitFiles(Vec::new()));
    };
    let unit_files = unit_files(unit, program.header(), files)?;
    let mut program = program.rows();
    // Rows of the running sequence, which tells at its end only how far it reaches.
    let mut open: Vec<(u64, Position)> = Vec::new();
    while let Some((_, row)) = program.next_row()? {
        if row.end_sequence() {
            let ends = open.iter().skip(1).map(|row| row.0).chain([row.address()]);
            rows.extend(open.iter().zip(ends).filter_map(|(&(start, what), end)| {
                (start < end).then_some(Found { start, end, what })
            }));
            open.clear();
            continue;
        }
        let line = row.line().map_or(0, |line| line.get() as u32);
        let position = Position {
            file: unit_files.get(row.file_index()),
            line,
            column: match row.column() {
                ColumnType::Column(column) if line > 0 => column.get() as u32,
                _ => 0,
            },
        };
        match open.last_mut() {
            // The last row of an address holds.
            Some(last) if last.0 == row.address() => last.1 = position,
            _ => open.push((row.address(), position)),
        }
    }
    Ok(unit_files)
}

fn unit_files<'a>(
    unit: UnitRef<'_, Slice<'a>>,
    header: &LineProgramHeader<Slice<'a>>,
    files: &mut Files,
) -> gimli::Result<UnitFiles> {
    let mut list = Vec::new();
    // Before DWARF 5 file 0 is no file; from then on it is the unit's own.
    list.push(None);
    if header.version() >= 5 {
        list.clear();
    }
    let mut number = list.len() as u64;
    while let Some(file) = header.file(number) {
        let mut path = Vec::new();
        if let Some(folder) = unit.comp_dir {
            path.extend_from_slice(folder.slice());
        }
        // Folder 0 is the unit's.
        if file.directory_index() != 0 {
            if let Some(folder) = file.directory(header) {
                join(&mut path, unit.attr_string(folder)?.slice());
            }
        }
        join(&mut path, unit.attr_string(file.path_name())?.slice());
        list.push(Some(files.id(String::from_utf8_lossy(&path).into_owned())));
        number += 1;
    }
    Ok(UnitFiles(list))
}

/// Appends a path, unless it stands on its own.
fn join(path: &mut Vec<u8>, part: &[u8]) {
    if part.starts_with(b"/") {
        path.clear();
    } else if !path.is_empty() && !path.ends_with(b"/") {
        path.push(b'/');
    }
    path.extend_from_slice(part);
}
