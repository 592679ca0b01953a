//! The source map's bytes: names as postcard, frames and places as columns.

use crate::column;
use crate::file::FormatError;
use crate::source_map::{InlinedFrame, InlinedFunction, Place, Position, SourceMap};
use crate::varint::{self, Reader};
use crate::wire::{at_most, check_rows, corrupt, differences, undifferences, MAX_HEAD};

const SOURCE: &str = "the source lines cannot be read";

/// Appends a source map.
///
/// # Errors
/// [`FormatError::TooLarge`].
pub(crate) fn write(out: &mut Vec<u8>, source: &SourceMap) -> Result<(), FormatError> {
    check_rows(source.frames.len(), 0)?;
    let names = (&source.notes, &source.files, &source.inlined);
    let names = postcard::to_stdvec(&names).map_err(|error| corrupt(&error.to_string()))?;
    at_most(names.len() as u64, MAX_HEAD)?;
    varint::write(out, names.len() as u64);
    out.extend_from_slice(&names);

    let frames = &source.frames;
    varint::write(out, frames.len() as u64);
    let distances: Vec<u64> = frames
        .iter()
        .enumerate()
        .map(|(at, frame)| {
            frame
                .parent
                .map_or(0, |parent| at as u64 - u64::from(parent))
        })
        .collect();
    column::write(out, &distances, &[]);
    let functions = frames.iter().map(|frame| u64::from(frame.function));
    column::write(out, &differences(functions), &[]);
    write_positions(out, frames.iter().map(|frame| frame.call));

    varint::write(out, source.places.len() as u64);
    let innermost = source.places.iter().map(|place| optional(place.frame));
    column::write(out, &differences(innermost), &[]);
    write_positions(out, source.places.iter().map(|place| place.position));
    Ok(())
}

/// Reads what [`write`] appended. `pcs` is how many places there are if there are any.
///
/// # Errors
/// [`FormatError::Corrupt`] or [`FormatError::TooLarge`].
pub(crate) fn read(mut reader: Reader<'_>, pcs: usize) -> Result<SourceMap, FormatError> {
    let cut = || corrupt(SOURCE);
    let length = reader.varint().ok_or_else(cut)?;
    at_most(length, MAX_HEAD)?;
    let names = reader.take(length as usize).ok_or_else(cut)?;
    type Names = (Vec<String>, Vec<String>, Vec<InlinedFunction>);
    let (names, rest): (Names, _) = postcard::take_from_bytes(names).map_err(|_| cut())?;
    if !rest.is_empty() {
        return Err(cut());
    }
    let (notes, files, inlined) = names;
    let rows = reader.varint().and_then(|rows| usize::try_from(rows).ok());
    let rows = rows
        .filter(|&rows| rows <= reader.rest().len())
        .ok_or_else(cut)?;
    check_rows(rows, 0)?;
    let frames = read_frames(&mut reader, rows).ok_or_else(cut)?;
    let places = reader.varint().ok_or_else(cut)?;
    // A column of zeros takes a byte, whatever its length: only the pcs' number is a bound.
    if places != 0 && places != pcs as u64 {
        return Err(cut());
    }
    let places = read_places(&mut reader, places as usize).ok_or_else(cut)?;
    if !reader.rest().is_empty() {
        return Err(cut());
    }
    Ok(SourceMap {
        notes,
        files,
        inlined,
        frames,
        places,
    })
}

fn read_frames(reader: &mut Reader<'_>, rows: usize) -> Option<Vec<InlinedFrame>> {
    let distances = column::read(reader, rows, &[])?;
    let functions = undifferences(column::read(reader, rows, &[])?);
    let calls = read_positions(reader, rows)?;
    let mut frames = Vec::with_capacity(rows);
    for at in 0..rows {
        let parent = match distances[at] {
            0 => None,
            distance => Some(u32::try_from((at as u64).checked_sub(distance)?).ok()?),
        };
        frames.push(InlinedFrame {
            parent,
            function: u32::try_from(functions[at]).ok()?,
            call: calls[at],
        });
    }
    Some(frames)
}

fn read_places(reader: &mut Reader<'_>, rows: usize) -> Option<Vec<Place>> {
    let frames = undifferences(column::read(reader, rows, &[])?);
    let positions = read_positions(reader, rows)?;
    let place = |(frame, position)| {
        Some(Place {
            frame: present(frame)?,
            position,
        })
    };
    frames.into_iter().zip(positions).map(place).collect()
}

fn write_positions(out: &mut Vec<u8>, positions: impl Iterator<Item = Position> + Clone) {
    let files = positions.clone().map(|position| optional(position.file));
    column::write(out, &differences(files), &[]);
    let lines = positions.clone().map(|position| u64::from(position.line));
    column::write(out, &differences(lines), &[]);
    let columns: Vec<u64> = positions
        .map(|position| u64::from(position.column))
        .collect();
    column::write(out, &columns, &[]);
}

fn read_positions(reader: &mut Reader<'_>, rows: usize) -> Option<Vec<Position>> {
    let files = undifferences(column::read(reader, rows, &[])?);
    let lines = undifferences(column::read(reader, rows, &[])?);
    let columns = column::read(reader, rows, &[])?;
    let mut positions = Vec::with_capacity(rows);
    for row in 0..rows {
        positions.push(Position {
            file: present(files[row])?,
            line: u32::try_from(lines[row]).ok()?,
            column: u32::try_from(columns[row]).ok()?,
        });
    }
    Some(positions)
}

/// 0 for nothing, else one more than the index.
fn optional(index: Option<u32>) -> u64 {
    index.map_or(0, |index| u64::from(index) + 1)
}

/// What [`optional`] wrote; nothing if it did not.
fn present(code: u64) -> Option<Option<u32>> {
    match code {
        0 => Some(None),
        code => Some(Some(u32::try_from(code - 1).ok()?)),
    }
}
