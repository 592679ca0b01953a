//! pprof's format (`proto/profile.proto` of github.com/google/pprof): every measure as a sample type, inlined code as
//! lines of one location, labels of the call tree as labels of samples.

use std::collections::HashMap;

use prost::Message;
use zkperf_profile::{FunctionId, MeasureId, NodeId, Origin, Position, Profile, Votes};

use super::name;
use crate::about::MeasureInfo;

#[derive(Clone, PartialEq, Message)]
struct File {
    #[prost(message, repeated, tag = "1")]
    sample_type: Vec<ValueType>,
    #[prost(message, repeated, tag = "2")]
    sample: Vec<Sample>,
    #[prost(message, repeated, tag = "3")]
    mapping: Vec<Mapping>,
    #[prost(message, repeated, tag = "4")]
    location: Vec<Location>,
    #[prost(message, repeated, tag = "5")]
    function: Vec<Function>,
    #[prost(string, repeated, tag = "6")]
    string_table: Vec<String>,
    #[prost(int64, tag = "9")]
    time_nanos: i64,
    #[prost(int64, repeated, tag = "13")]
    comment: Vec<i64>,
    #[prost(int64, tag = "14")]
    default_sample_type: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct ValueType {
    #[prost(int64, tag = "1")]
    kind: i64,
    #[prost(int64, tag = "2")]
    unit: i64,
}

#[derive(Clone, PartialEq, Message)]
struct Sample {
    #[prost(uint64, repeated, tag = "1")]
    location_id: Vec<u64>,
    #[prost(int64, repeated, tag = "2")]
    value: Vec<i64>,
    #[prost(message, repeated, tag = "3")]
    label: Vec<Label>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Label {
    #[prost(int64, tag = "1")]
    key: i64,
    #[prost(int64, tag = "2")]
    text: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Mapping {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    memory_start: u64,
    #[prost(uint64, tag = "3")]
    memory_limit: u64,
    #[prost(int64, tag = "5")]
    filename: i64,
    #[prost(int64, tag = "6")]
    build_id: i64,
    #[prost(bool, tag = "7")]
    has_functions: bool,
    #[prost(bool, tag = "8")]
    has_filenames: bool,
    #[prost(bool, tag = "9")]
    has_line_numbers: bool,
    #[prost(bool, tag = "10")]
    has_inline_frames: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Message)]
struct Location {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(uint64, tag = "2")]
    mapping_id: u64,
    #[prost(uint64, tag = "3")]
    address: u64,
    #[prost(message, repeated, tag = "4")]
    line: Vec<Line>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash, Message)]
struct Line {
    #[prost(uint64, tag = "1")]
    function_id: u64,
    #[prost(int64, tag = "2")]
    line: i64,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct Function {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(int64, tag = "2")]
    name: i64,
    #[prost(int64, tag = "3")]
    system_name: i64,
    #[prost(int64, tag = "4")]
    filename: i64,
}

/// The profile in pprof's format, not compressed. `called_at` as for [`crate::stacks()`]. A value beyond 2^63 - 1,
/// which the format cannot hold, becomes that.
pub fn pprof(profile: &Profile, called_at: &[Position]) -> Vec<u8> {
    let mut writer = Writer::new(profile);
    let ids: Vec<MeasureId> = (0..profile.measures.len() as u32).map(MeasureId).collect();
    for &id in &ids {
        let info = MeasureInfo::of(profile, id);
        let (kind, unit) = (writer.string(&info.name), writer.string(&info.node_unit));
        writer.file.sample_type.push(ValueType { kind, unit });
        if info.proving_cost {
            writer.file.default_sample_type = kind;
        }
    }
    writer.mapping();
    writer.functions();
    let columns: Vec<_> = ids.iter().map(|&id| profile.node_column(id)).collect();
    let (lists, labels) = profile.labels_of_nodes();
    // Samples of one stack with the same labels are one sample.
    let mut samples: HashMap<(Vec<u64>, u32), usize> = HashMap::new();
    for at in 0..profile.nodes.len() {
        if columns.iter().all(|column| column[at] == 0) {
            continue;
        }
        let stack = writer.stack(NodeId(at as u32), called_at);
        let key = (stack, labels[at]);
        let sample = *samples.entry(key).or_insert_with_key(|(stack, list)| {
            let label = writer.labels(&lists[*list as usize]);
            writer.file.sample.push(Sample {
                location_id: stack.clone(),
                value: vec![0; columns.len()],
                label,
            });
            writer.file.sample.len() - 1
        });
        let values = &mut writer.file.sample[sample].value;
        for (value, column) in values.iter_mut().zip(&columns) {
            *value = value.saturating_add(i64::try_from(column[at]).unwrap_or(i64::MAX));
        }
    }
    writer.file.encode_to_vec()
}

struct Writer<'p> {
    profile: &'p Profile,
    file: File,
    strings: HashMap<String, i64>,
    locations: HashMap<Location, u64>,
}

impl<'p> Writer<'p> {
    fn new(profile: &'p Profile) -> Self {
        let mut writer = Writer {
            profile,
            file: File::default(),
            strings: HashMap::new(),
            locations: HashMap::new(),
        };
        // String 0 is the empty one.
        writer.string("");
        let nanos = profile.run.created_unix.saturating_mul(1_000_000_000);
        writer.file.time_nanos = i64::try_from(nanos).unwrap_or(0);
        let run = &profile.run;
        let comment = format!(
            "{} {}; {} {}; zkperf {}",
            run.zkvm, run.zkvm_version, run.elf.guest, run.elf.variant, run.zkperf_version
        );
        let comment = writer.string(&comment);
        writer.file.comment.push(comment);
        writer
    }

    fn string(&mut self, text: &str) -> i64 {
        if let Some(&known) = self.strings.get(text) {
            return known;
        }
        let index = self.file.string_table.len() as i64;
        self.file.string_table.push(text.to_owned());
        self.strings.insert(text.to_owned(), index);
        index
    }

    fn labels(&mut self, pairs: &[(&str, &str)]) -> Vec<Label> {
        let pairs = pairs.iter();
        pairs
            .map(|(key, text)| Label {
                key: self.string(key),
                text: self.string(text),
            })
            .collect()
    }

    fn mapping(&mut self) {
        let addresses = || {
            self.profile
                .functions
                .iter()
                .filter_map(|f| Some((f.address?, f.bytes)))
        };
        let start = addresses().map(|(start, _)| start).min().unwrap_or(0);
        let end = addresses()
            .map(|(start, bytes)| start.saturating_add(bytes.max(4)))
            .max();
        let known = self.profile.source.is_known();
        let elf = &self.profile.run.elf;
        let (filename, build_id) = (self.string(&elf.guest), self.string(&elf.sha256));
        self.file.mapping.push(Mapping {
            id: 1,
            memory_start: start,
            memory_limit: end.unwrap_or(start),
            filename,
            build_id,
            has_functions: true,
            has_filenames: known,
            has_line_numbers: known,
            has_inline_frames: known,
        });
    }

    fn functions(&mut self) {
        let files = function_files(self.profile);
        for (at, function) in self.profile.functions.iter().enumerate() {
            let file = files[at].map_or("", |file| &self.profile.source.files[file as usize]);
            let name = self.string(&name(self.profile, FunctionId(at as u32)));
            let system_name = self.string(&function.symbol);
            let filename = self.string(file);
            self.file.function.push(Function {
                id: at as u64 + 1,
                name,
                system_name,
                filename,
            });
        }
    }

    /// Locations from the node outwards. Inlined code and what it is in are one location, innermost line first.
    fn stack(&mut self, mut node: NodeId, called_at: &[Position]) -> Vec<u64> {
        let mut stack = Vec::new();
        let mut lines = Vec::new();
        // The line within the running node that the stack goes through; of the innermost none is known.
        let mut line = 0;
        loop {
            let at = self.profile.nodes[node.0 as usize];
            lines.push(Line {
                function_id: u64::from(at.function.0) + 1,
                line,
            });
            let function = &self.profile.functions[at.function.0 as usize];
            if function.origin != Origin::Inlined {
                let lines = std::mem::take(&mut lines);
                stack.push(self.location(function.address, lines));
            }
            if node == NodeId::ROOT {
                return stack;
            }
            let place = called_at.get(node.0 as usize).copied().unwrap_or_default();
            line = i64::from(place.line);
            node = at.parent;
        }
    }

    fn location(&mut self, address: Option<u64>, line: Vec<Line>) -> u64 {
        let next = self.file.location.len() as u64 + 1;
        let location = Location {
            id: 0,
            mapping_id: u64::from(address.is_some()),
            address: address.unwrap_or(0),
            line,
        };
        let file = &mut self.file;
        *self
            .locations
            .entry(location)
            .or_insert_with_key(|location| {
                let location = location.clone();
                file.location.push(Location {
                    id: next,
                    ..location
                });
                next
            })
    }
}

/// The file that most of each function's pcs are in.
fn function_files(profile: &Profile) -> Vec<Option<u32>> {
    let mut votes: Vec<Votes<u32>> = vec![Votes::default(); profile.functions.len()];
    for (pc, place) in profile.pcs.iter().zip(&profile.source.places) {
        if let Some(file) = place.position.file {
            votes[pc.function.0 as usize].add(file);
        }
    }
    votes.iter().map(Votes::winner).collect()
}
