//! Lines and inlined frames of real guests, address by address against addr2line.

use addr2line::gimli::{Dwarf, EndianSlice, LittleEndian};
use object::{Object, ObjectSection};
use proptest::prelude::*;
use std::path::Path;
use zkperf_symbols::{demangle, Position, SourceTable};

/// A frame as both sides can tell it, innermost first: the inlined function's name (none for the function
/// itself), file, line, column.
type Frame = (Option<String>, Option<String>, u32, u32);

fn guest(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/guests")
        .join(format!("{name}.elf.zst"));
    let file = std::fs::File::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    zstd::decode_all(file).unwrap()
}

fn ours(table: &SourceTable, address: u64) -> Vec<Frame> {
    let Some(span) = table.lookup(address) else {
        return Vec::new();
    };
    let place = |name: Option<u32>, position: Position| -> Frame {
        (
            name.map(|name| table.names()[name as usize].clone()),
            position
                .file
                .map(|file| table.files()[file as usize].clone()),
            position.line,
            position.column,
        )
    };
    let mut frames = Vec::new();
    let (mut frame, mut position) = (span.frame, span.position);
    while let Some(at) = frame {
        let inlined = table.frames()[at as usize];
        frames.push(place(Some(inlined.name), position));
        (frame, position) = (inlined.parent, inlined.call);
    }
    frames.push(place(None, position));
    frames
}

fn theirs(context: &addr2line::Context<EndianSlice<'_, LittleEndian>>, address: u64) -> Vec<Frame> {
    let mut found = context.find_frames(address).skip_all_loads().unwrap();
    let mut frames = Vec::new();
    while let Some(frame) = found.next().unwrap() {
        let name = frame
            .function
            .map(|function| demangle(&function.raw_name().unwrap()).short);
        let location = frame.location;
        let line = location.as_ref().and_then(|l| l.line).unwrap_or(0);
        frames.push((
            name,
            location.as_ref().and_then(|l| l.file).map(str::to_owned),
            line,
            location
                .as_ref()
                .and_then(|l| l.column)
                .filter(|_| line > 0)
                .unwrap_or(0),
        ));
    }
    // The outermost is the function itself, whose name is the symbol table's business.
    if let Some(last) = frames.last_mut() {
        last.0 = None;
    }
    frames
}

/// Compares at every place where ours changes, at the last byte before, and at every fifth instruction.
fn same_as_addr2line(name: &str) -> (usize, usize) {
    let bytes = guest(name);
    let table = SourceTable::from_elf(&bytes).unwrap();
    assert_eq!(table.problems(), &[] as &[String], "{name}");
    let file = object::File::parse(&*bytes).unwrap();
    let section = |id: addr2line::gimli::SectionId| -> Result<_, addr2line::gimli::Error> {
        let data = file.section_by_name(id.name()).and_then(|s| s.data().ok());
        Ok(EndianSlice::new(data.unwrap_or(&[]), LittleEndian))
    };
    let context = addr2line::Context::from_dwarf(Dwarf::load(section).unwrap()).unwrap();
    let mut places: Vec<u64> = table
        .spans()
        .iter()
        .flat_map(|s| [s.start, s.end - 1])
        .collect();
    for section in file
        .sections()
        .filter(|s| s.kind() == object::SectionKind::Text)
    {
        places.extend((section.address()..section.address() + section.size()).step_by(20));
    }
    places.sort_unstable();
    places.dedup();
    let mut deepest = 0;
    for &address in &places {
        let found = ours(&table, address);
        deepest = deepest.max(found.len());
        let expected = theirs(&context, address);
        let nothing = |frames: &[Frame]| frames.iter().all(|f| f.0.is_none() && f.2 == 0);
        if nothing(&found) && nothing(&expected) {
            continue;
        }
        assert_eq!(found, expected, "{name} at 0x{address:x}");
    }
    (places.len(), deepest)
}

#[test]
fn reference_guests_have_the_frames_and_lines_that_addr2line_finds() {
    for name in [
        "reference-zisk-unpatched",
        "reference-sp1-accelerated",
        "reference-risc0-unpatched",
        "hello-zisk-plain",
        "hello-sp1-plain",
        "hello-risc0-plain",
    ] {
        let (places, deepest) = same_as_addr2line(name);
        assert!(
            places > 1_000 && deepest > 5,
            "{name}: {places} places, {deepest} frames deep"
        );
    }
}

/// First byte and length of each debug section.
fn debug_sections(elf: &[u8]) -> Vec<(usize, usize)> {
    let file = object::File::parse(elf).unwrap();
    let sections = file.sections();
    let debug =
        sections.filter(|section| section.name().is_ok_and(|name| name.starts_with(".debug_")));
    let ranges = debug.filter_map(|section| section.file_range());
    ranges
        .map(|(start, length)| (start as usize, length as usize))
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    /// Whatever the debug information says, there is a table and it is in order.
    #[test]
    fn damaged_debug_information_never_stops_anything(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), any::<u8>()), 1..40),
    ) {
        static GUEST: std::sync::OnceLock<Vec<u8>> = std::sync::OnceLock::new();
        let mut elf = GUEST.get_or_init(|| guest("hello-sp1-plain")).clone();
        let sections = debug_sections(&elf);
        for (section, at, with) in changes {
            let (start, length) = sections[section.index(sections.len())];
            elf[start + at.index(length)] = with;
        }
        let table = SourceTable::from_elf(&elf).unwrap();
        prop_assert!(table.spans().windows(2).all(|two| two[0].end <= two[1].start));
        for (at, frame) in table.frames().iter().enumerate() {
            prop_assert!(frame.parent.is_none_or(|parent| (parent as usize) < at));
            prop_assert!((frame.name as usize) < table.names().len());
        }
        for span in table.spans() {
            prop_assert!(span.start < span.end);
            prop_assert!(span.frame.is_none_or(|frame| (frame as usize) < table.frames().len()));
            prop_assert!(span.position.file.is_none_or(|file| (file as usize) < table.files().len()));
        }
    }
}

#[test]
fn what_is_missing_is_said_with_what_helps() {
    let elf = guest("hello-sp1-plain");
    let renamed = |from: &[u8], to: &[u8]| {
        let mut elf = elf.clone();
        let places: Vec<usize> = elf
            .windows(from.len())
            .enumerate()
            .filter(|(_, w)| *w == from)
            .map(|(at, _)| at)
            .collect();
        for at in places {
            elf[at..at + to.len()].copy_from_slice(to);
        }
        SourceTable::from_elf(&elf).unwrap()
    };
    let none = renamed(b".debug_info", b".xebug_info");
    assert!(none.spans().is_empty() && none.problems()[0].contains("debug = \"line-tables-only\""));
    let compressed = renamed(b".debug_info", b".zdebug_inf");
    assert!(compressed.spans().is_empty());
    let no_lines = renamed(b".debug_line", b".xebug_line");
    assert!(no_lines.problems()[0].contains("no line tables"));
    assert!(SourceTable::from_elf(b"no ELF").is_err());
}

/// What is known of an address does not depend on what else was asked for.
#[test]
fn a_table_of_some_addresses_knows_of_them_what_the_whole_one_knows() {
    for name in ["reference-sp1-accelerated", "hello-zisk-plain"] {
        let bytes = guest(name);
        let whole = SourceTable::from_elf(&bytes).unwrap();
        let middle = whole.spans().len() / 2;
        let some: Vec<u64> = whole.spans()[middle..]
            .iter()
            .step_by(997)
            .map(|span| span.start)
            .collect();
        let few = SourceTable::of_addresses(&bytes, &some).unwrap();
        assert!(few.spans().len() < whole.spans().len());
        for &address in &some {
            assert_eq!(
                ours(&few, address),
                ours(&whole, address),
                "{name} at 0x{address:x}"
            );
        }
        let none = SourceTable::of_addresses(&bytes, &[]).unwrap();
        assert!(none.frames().is_empty());
    }
}
