//! The bytes inside a `.zkp` file, after decompression.
//!
//! First everything that is not a long list of integers, as [postcard]; then the tree, the program
//! counters and their values, column by column (see [`crate::column`]). The bytes carry no names:
//! **any change to the types in `model.rs` or to this file is a new format version**
//! ([`crate::FORMAT_VERSION`]); `tests/golden.rs` fails if that is forgotten.
//!
//! [postcard]: https://docs.rs/postcard

use serde::{Deserialize, Serialize};

use crate::column;
use crate::file::FormatError;
use crate::model::{
    Completeness, Entry, Function, FunctionId, Label, Measure, MeasureId, Node, NodeId, Pc,
    ProfileData, Resync, Run, Scope, Source, Table, Timeline, Unattributed,
};
use crate::source_map::SourceMap;
use crate::varint::{self, unzigzag, zigzag, Reader};
use crate::wire_source;

/// [`Completeness`] as numbered variants: postcard has no names, which the tagged form needs.
#[derive(Serialize, Deserialize)]
enum WireCompleteness {
    Complete,
    Partial(String, Option<u64>, String),
    Imported(Vec<String>),
}

/// [`Measure`], with [`Source`] as numbered variants.
#[derive(Serialize, Deserialize)]
struct WireMeasure {
    name: String,
    unit: String,
    about: String,
    source: WireSource,
    total: u64,
    scale: u64,
    remainder: u64,
    proving_cost: bool,
}

#[derive(Serialize, Deserialize)]
enum WireSource {
    Stored,
    Sum(Vec<MeasureId>),
    Multiple(MeasureId, u64),
}

/// Everything but the long columns, borrowed for writing. Must list the same as [`Head`].
type HeadRef<'a> = (
    &'a Run,
    WireCompleteness,
    Vec<WireMeasure>,
    &'a [Function],
    &'a [Table],
    &'a [Scope],
    &'a [Label],
    &'a Timeline,
    &'a [Resync],
    &'a [Unattributed],
);

/// Everything but the long columns, owned after reading.
type Head = (
    Run,
    WireCompleteness,
    Vec<WireMeasure>,
    Vec<Function>,
    Vec<Table>,
    Vec<Scope>,
    Vec<Label>,
    Timeline,
    Vec<Resync>,
    Vec<Unattributed>,
);

/// The longest head, in bytes. A byte of it can ask for some twenty in memory (an empty table row).
pub(crate) const MAX_HEAD: u64 = 64 << 20;

/// The most bytes that the value columns may take in memory: a column of zeros takes one byte in the
/// file, whatever its length.
const MAX_COLUMNS: u64 = 1 << 30;

/// Refuses more rows than can be true or can be handled. The same rule for writing and reading, so
/// that nothing is written that cannot be read.
pub(crate) fn check_rows(rows: usize, stored: usize) -> Result<(), FormatError> {
    // Next to the values stand six columns of a node.
    let bytes = (rows as u64).saturating_mul(8 * (stored as u64 + 6));
    at_most(bytes, MAX_COLUMNS)
}

pub(crate) fn at_most(bytes: u64, limit: u64) -> Result<(), FormatError> {
    match bytes > limit {
        true => Err(FormatError::TooLarge { bytes, limit }),
        false => Ok(()),
    }
}

pub(crate) fn corrupt(what: &str) -> FormatError {
    let what = what.to_owned();
    FormatError::Corrupt { what }
}

/// Writes `data`, whose shape was checked.
///
/// # Errors
/// [`FormatError::TooLarge`].
pub(crate) fn encode(data: &ProfileData) -> Result<Vec<u8>, FormatError> {
    check_rows(data.nodes.len(), data.node_values.len())?;
    check_rows(data.pcs.len(), data.pc_values.len())?;
    let head: HeadRef<'_> = (
        &data.run,
        wire_completeness(&data.completeness),
        data.measures.iter().map(wire_measure).collect(),
        &data.functions,
        &data.tables,
        &data.scopes,
        &data.labels,
        &data.timeline,
        &data.resyncs,
        &data.unattributed,
    );
    let head = postcard::to_stdvec(&head).map_err(|error| corrupt(&error.to_string()))?;
    at_most(head.len() as u64, MAX_HEAD)?;
    let mut out = Vec::with_capacity(head.len() + 32 * (data.nodes.len() + data.pcs.len()));
    varint::write(&mut out, head.len() as u64);
    out.extend_from_slice(&head);
    let mut nodes = Vec::with_capacity(16 * data.nodes.len());
    write_nodes(&mut nodes, data);
    varint::write(&mut out, nodes.len() as u64);
    out.extend_from_slice(&nodes);
    let mut pcs = Vec::with_capacity(16 * data.pcs.len());
    write_pcs(&mut pcs, data);
    varint::write(&mut out, pcs.len() as u64);
    out.extend_from_slice(&pcs);
    wire_source::write(&mut out, &data.source)?;
    Ok(out)
}

/// Reads what [`encode`] wrote. The result is not checked yet.
///
/// # Errors
/// [`FormatError::Corrupt`] or [`FormatError::TooLarge`].
pub(crate) fn decode(bytes: &[u8], version: u32) -> Result<ProfileData, FormatError> {
    let mut reader = Reader::new(bytes);
    let length = reader.varint().ok_or_else(|| corrupt("it is empty"))?;
    at_most(length, MAX_HEAD)?;
    let head = reader
        .take(length as usize)
        .ok_or_else(|| corrupt("the head is cut short"))?;
    let (head, rest): (Head, _) =
        postcard::take_from_bytes(head).map_err(|_| corrupt("the head cannot be read"))?;
    if !rest.is_empty() {
        return Err(corrupt("the head is longer than what it holds"));
    }
    let (
        run,
        completeness,
        measures,
        functions,
        tables,
        scopes,
        labels,
        timeline,
        resyncs,
        unattributed,
    ) = head;
    let mut data = ProfileData {
        run,
        completeness: completeness_of(completeness),
        measures: measures.into_iter().map(measure_of).collect(),
        functions,
        nodes: Vec::new(),
        node_values: Vec::new(),
        pcs: Vec::new(),
        pc_values: Vec::new(),
        tables,
        scopes,
        labels,
        timeline,
        resyncs,
        unattributed,
        source: SourceMap::default(),
    };
    let stored = data
        .measures
        .iter()
        .filter(|m| m.source == Source::Stored)
        .count();
    let nodes = part(&mut reader).ok_or_else(|| corrupt("the call tree is cut short"))?;
    let pcs = match version {
        1 => std::mem::replace(&mut reader, Reader::new(&[])).rest(),
        _ => part(&mut reader).ok_or_else(|| corrupt("the program counters are cut short"))?,
    };
    // Both are long; side by side, a profile opens in little more than half the time.
    let functions = &data.functions;
    let (nodes, pcs) = std::thread::scope(|scope| {
        let thread =
            std::thread::Builder::new().spawn_scoped(scope, || read_pcs(Reader::new(pcs), stored));
        let nodes = read_nodes(Reader::new(nodes), functions, stored);
        let pcs = match thread {
            Ok(thread) => thread.join().unwrap_or_else(|_| Err(corrupt(PCS))),
            // No thread to be had: one after the other.
            Err(_) => read_pcs(Reader::new(pcs), stored),
        };
        (nodes, pcs)
    });
    (data.nodes, data.node_values) = nodes?;
    (data.pcs, data.pc_values) = pcs?;
    if version > 1 {
        data.source = wire_source::read(reader, data.pcs.len())?;
    }
    Ok(data)
}

/// Bytes with their length in front.
fn part<'a>(reader: &mut Reader<'a>) -> Option<&'a [u8]> {
    let length = reader.varint()?;
    reader.take(usize::try_from(length).ok()?)
}

const NODES: &str = "the call tree cannot be read";
const PCS: &str = "the program counters cannot be read";

/// Rows and their value columns.
type Rows<T> = (Vec<T>, Vec<Vec<u64>>);

fn read_nodes(
    mut reader: Reader<'_>,
    functions: &[Function],
    stored: usize,
) -> Result<Rows<Node>, FormatError> {
    let rows = read_rows(&mut reader, stored)?;
    let read = node_rows(&mut reader, functions, rows, stored);
    read.filter(|_| reader.rest().is_empty())
        .ok_or_else(|| corrupt(NODES))
}

fn read_pcs(mut reader: Reader<'_>, stored: usize) -> Result<Rows<Pc>, FormatError> {
    let rows = read_rows(&mut reader, stored)?;
    let read = pc_rows(&mut reader, rows, stored);
    read.filter(|_| reader.rest().is_empty())
        .ok_or_else(|| corrupt(PCS))
}

/// How many nodes or pcs follow. Each takes a byte at least, in one column or another.
fn read_rows(reader: &mut Reader<'_>, stored: usize) -> Result<usize, FormatError> {
    let rows = reader.varint().and_then(|rows| usize::try_from(rows).ok());
    let rows = rows
        .filter(|&rows| rows <= reader.rest().len())
        .ok_or_else(|| corrupt("there are more rows than bytes"))?;
    check_rows(rows, stored)?;
    Ok(rows)
}

/// The parent as a distance, 0 for the root; call sites as the distance from the caller's start.
fn write_nodes(out: &mut Vec<u8>, data: &ProfileData) {
    let nodes = &data.nodes;
    let column_of = |value: &dyn Fn(usize, &Node) -> u64| -> Vec<u64> {
        nodes
            .iter()
            .enumerate()
            .map(|(index, node)| value(index, node))
            .collect()
    };
    varint::write(out, nodes.len() as u64);
    column::write(
        out,
        &column_of(&|index, node| index as u64 - u64::from(node.parent.0)),
        &[],
    );
    column::write(out, &column_of(&|_, node| u64::from(node.function.0)), &[]);
    let start = |node: &Node| start_of(&data.functions, nodes[node.parent.0 as usize].function);
    let site = |node: &Node| zigzag(node.call_site.wrapping_sub(start(node)) as i64);
    column::write(out, &column_of(&|_, node| site(node)), &[]);
    let calls = column_of(&|_, node| node.calls);
    column::write(out, &calls, &[]);
    column::write(out, &column_of(&|_, node| entry_code(node.entry)), &[]);
    column::write(
        out,
        &column_of(&|_, node| node.label.map_or(0, |l| u64::from(l) + 1)),
        &[],
    );
    write_values(out, &data.node_values, &calls);
}

fn node_rows(
    reader: &mut Reader<'_>,
    known: &[Function],
    rows: usize,
    stored: usize,
) -> Option<Rows<Node>> {
    let parents = column::read(reader, rows, &[])?;
    let functions = column::read(reader, rows, &[])?;
    let sites = column::read(reader, rows, &[])?;
    let calls = column::read(reader, rows, &[])?;
    let entries = column::read(reader, rows, &[])?;
    let labels = column::read(reader, rows, &[])?;
    let mut nodes: Vec<Node> = Vec::with_capacity(rows);
    for index in 0..rows {
        let parent = index.checked_sub(usize::try_from(parents[index]).ok()?)?;
        let function = FunctionId(u32::try_from(functions[index]).ok()?);
        let caller = if parent == index {
            function
        } else {
            nodes.get(parent)?.function
        };
        let start = start_of(known, caller);
        let label = match labels[index] {
            0 => None,
            label => Some(u32::try_from(label - 1).ok()?),
        };
        nodes.push(Node {
            parent: NodeId(u32::try_from(parent).ok()?),
            function,
            call_site: start.wrapping_add(unzigzag(sites[index]) as u64),
            calls: calls[index],
            entry: entry_of(entries[index])?,
            label,
        });
    }
    Some((nodes, read_values(reader, rows, stored, &calls)?))
}

/// Addresses and counts as differences from the row before: code runs on, in blocks that are
/// executed equally often.
fn write_pcs(out: &mut Vec<u8>, data: &ProfileData) {
    let pcs = &data.pcs;
    let no_address = pcs.iter().take_while(|pc| pc.address.is_none()).count();
    varint::write(out, pcs.len() as u64);
    varint::write(out, no_address as u64);
    let addresses = pcs.iter().map(|pc| pc.address.unwrap_or(0));
    column::write(out, &differences(addresses), &[]);
    column::write(
        out,
        &differences(pcs.iter().map(|pc| u64::from(pc.function.0))),
        &[],
    );
    let counts: Vec<u64> = pcs.iter().map(|pc| pc.count).collect();
    column::write(out, &differences(counts.iter().copied()), &[]);
    write_values(out, &data.pc_values, &counts);
}

fn pc_rows(reader: &mut Reader<'_>, rows: usize, stored: usize) -> Option<Rows<Pc>> {
    let no_address = usize::try_from(reader.varint()?).ok()?;
    let addresses = undifferences(column::read(reader, rows, &[])?);
    let functions = undifferences(column::read(reader, rows, &[])?);
    let counts = undifferences(column::read(reader, rows, &[])?);
    let mut pcs = Vec::with_capacity(rows);
    for row in 0..rows {
        pcs.push(Pc {
            address: (row >= no_address).then_some(addresses[row]),
            function: FunctionId(u32::try_from(functions[row]).ok()?),
            count: counts[row],
        });
    }
    Some((pcs, read_values(reader, rows, stored, &counts)?))
}

/// Value columns, each against the counts or any column before it.
fn write_values(out: &mut Vec<u8>, columns: &[Vec<u64>], counts: &[u64]) {
    let mut bases = vec![counts];
    for column in columns {
        column::write(out, column, &bases);
        bases.push(column);
    }
}

fn read_values(
    reader: &mut Reader<'_>,
    rows: usize,
    stored: usize,
    counts: &[u64],
) -> Option<Vec<Vec<u64>>> {
    let mut columns: Vec<Vec<u64>> = Vec::new();
    for _ in 0..stored {
        let mut bases = vec![counts];
        bases.extend(columns.iter().map(Vec::as_slice));
        let column = column::read(reader, rows, &bases)?;
        columns.push(column);
    }
    Some(columns)
}

pub(crate) fn differences(values: impl Iterator<Item = u64>) -> Vec<u64> {
    let mut last = 0u64;
    values
        .map(|value| zigzag(value.wrapping_sub(std::mem::replace(&mut last, value)) as i64))
        .collect()
}

pub(crate) fn undifferences(mut values: Vec<u64>) -> Vec<u64> {
    let mut last = 0u64;
    for value in &mut values {
        last = last.wrapping_add(unzigzag(*value) as u64);
        *value = last;
    }
    values
}

/// First address of a function; 0 where there is none.
fn start_of(functions: &[Function], function: FunctionId) -> u64 {
    functions
        .get(function.0 as usize)
        .and_then(|f| f.address)
        .unwrap_or(0)
}

fn entry_code(entry: Entry) -> u64 {
    match entry {
        Entry::Root => 0,
        Entry::Call => 1,
        Entry::Tail => 2,
        Entry::Resync => 3,
        Entry::Inlined => 4,
    }
}

fn entry_of(code: u64) -> Option<Entry> {
    let entries = [
        Entry::Root,
        Entry::Call,
        Entry::Tail,
        Entry::Resync,
        Entry::Inlined,
    ];
    entries.get(usize::try_from(code).ok()?).copied()
}

fn wire_completeness(completeness: &Completeness) -> WireCompleteness {
    match completeness.clone() {
        Completeness::Complete => WireCompleteness::Complete,
        Completeness::Partial {
            reason,
            pc,
            function,
        } => WireCompleteness::Partial(reason, pc, function),
        Completeness::Imported { missing } => WireCompleteness::Imported(missing),
    }
}

fn completeness_of(wire: WireCompleteness) -> Completeness {
    match wire {
        WireCompleteness::Complete => Completeness::Complete,
        WireCompleteness::Partial(reason, pc, function) => Completeness::Partial {
            reason,
            pc,
            function,
        },
        WireCompleteness::Imported(missing) => Completeness::Imported { missing },
    }
}

fn wire_measure(measure: &Measure) -> WireMeasure {
    let measure = measure.clone();
    WireMeasure {
        name: measure.name,
        unit: measure.unit,
        about: measure.about,
        source: match measure.source {
            Source::Stored => WireSource::Stored,
            Source::Sum { of } => WireSource::Sum(of),
            Source::Multiple { of, by } => WireSource::Multiple(of, by),
        },
        total: measure.total,
        scale: measure.scale,
        remainder: measure.remainder,
        proving_cost: measure.proving_cost,
    }
}

fn measure_of(wire: WireMeasure) -> Measure {
    Measure {
        name: wire.name,
        unit: wire.unit,
        about: wire.about,
        source: match wire.source {
            WireSource::Stored => Source::Stored,
            WireSource::Sum(of) => Source::Sum { of },
            WireSource::Multiple(of, by) => Source::Multiple { of, by },
        },
        total: wire.total,
        scale: wire.scale,
        remainder: wire.remainder,
        proving_cost: wire.proving_cost,
    }
}
