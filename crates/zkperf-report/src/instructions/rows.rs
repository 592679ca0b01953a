//! The executed instructions of functions, one row each.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use zkperf_profile::{FunctionId, MeasureId, Origin, Position, Profile};

use crate::names::without_hash;

/// The code of the program that a profile is of, as whoever has its file reads it.
pub trait Code {
    /// The instruction at an address, if the file has code there.
    fn instruction(&self, address: u64) -> Option<MachineCode>;
    /// The function that holds an address, and how many bytes into it that is.
    fn symbol(&self, address: u64) -> Option<(String, u64)>;
}

/// One machine instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MachineCode {
    /// How long it is: 2 or 4 on RISC-V.
    pub bytes: u8,
    /// The instruction as it stands in memory.
    pub word: u32,
    /// `addi sp,sp,-16`; `.word 0x…` or `.half 0x…` for what is no instruction. What a zkVM makes of it stands behind
    /// ` # `.
    pub text: String,
    /// Where it branches or jumps to, if the instruction itself says so.
    pub target: Option<u64>,
}

/// Executed instructions. What many of them share stands in a table of its own, and rows have indices into it.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Listing {
    /// Names of functions, without hash.
    pub names: Vec<String>,
    /// Paths of source files, as the compiler wrote them.
    pub files: Vec<String>,
    /// Inlined code within its surroundings; a parent stands before its children.
    pub frames: Vec<ListedFrame>,
    /// The instructions, by address.
    pub rows: Vec<InstructionRow>,
}

/// A function inlined at one place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ListedFrame {
    /// Index into `frames` of what it was inlined into; nothing if that is the compiled function itself.
    pub parent: Option<u32>,
    /// Its name: index into `names`.
    pub name: u32,
    /// File of the call, if known: index into `files`.
    pub file: Option<u32>,
    /// Line of the call; 0 if not known.
    pub line: u32,
}

/// One executed instruction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InstructionRow {
    /// Its address; nothing for a cost that has no pc, such as a zkVM's base.
    pub address: Option<u64>,
    /// The compiled function whose code it is: index into `names`.
    pub function: u32,
    /// How long the instruction is, in bytes; 0 where the program's file has no code: what the zkVM brings along, and
    /// costs without a pc.
    pub bytes: u8,
    /// The instruction as it stands in memory, in hex.
    pub word: Option<String>,
    /// `addi sp,sp,-16`; `.word 0x…` or `.half 0x…` for what is no instruction. What a zkVM makes of it stands behind
    /// ` # `: `csrs 0x813,a1 # dma_memcpy`.
    pub text: Option<String>,
    /// Where it branches or jumps to, if the instruction itself says so.
    pub target: Option<Target>,
    /// How often it was executed.
    pub executions: u64,
    /// What it cost, for each of the profile's measures in their order, in node units.
    pub values: Vec<u64>,
    /// The source file, where known: index into `files`.
    pub file: Option<u32>,
    /// Line, from 1; 0 where there is none.
    pub line: u32,
    /// Column, from 1; 0 where there is none.
    pub column: u32,
    /// The innermost inlined function it belongs to: index into `frames`; nothing if it is the function's own code.
    pub frame: Option<u32>,
    /// The functions that were entered from here, most often entered first.
    pub calls: Vec<CalledFrom>,
    /// What the instruction caused, but is charged to a place beside its function, such as RISC Zero's `[page in]`: not
    /// a part of `values`.
    pub beside: Vec<ChargedBeside>,
}

/// A cost at an instruction's address that another place carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ChargedBeside {
    /// The place's name: index into `names`.
    pub name: u32,
    /// As `values` of the row.
    pub values: Vec<u64>,
}

/// An address that an instruction names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The address.
    pub address: u64,
    /// The function that holds it: index into `names`; nothing if the file names none there.
    pub symbol: Option<u32>,
    /// How many bytes into that function.
    pub offset: u64,
}

/// A function that was called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct CalledFrom {
    /// Its name: index into `names`.
    pub name: u32,
    /// How often.
    pub calls: u64,
}

/// Reads executed instructions out of one profile, for any number of functions.
///
/// The profile is the one that was recorded, not the one with inlined frames as functions.
pub struct InstructionReader<'p> {
    profile: &'p Profile,
    /// Of each function, its pcs.
    pcs: Vec<Vec<u32>>,
    /// By the caller's function and the call's address: how often which function was entered.
    calls: HashMap<(FunctionId, u64), BTreeMap<FunctionId, u64>>,
}

impl<'p> InstructionReader<'p> {
    /// Looks through the profile once.
    pub fn new(profile: &'p Profile) -> Self {
        let mut pcs = vec![Vec::new(); profile.functions.len()];
        for (at, pc) in profile.pcs.iter().enumerate() {
            pcs[pc.function.0 as usize].push(at as u32);
        }
        let mut calls: HashMap<_, BTreeMap<FunctionId, u64>> = HashMap::new();
        for node in profile.nodes.iter().filter(|node| node.call_site != 0) {
            let caller = profile.nodes[node.parent.0 as usize].function;
            let callees = calls.entry((caller, node.call_site)).or_default();
            let calls = callees.entry(node.function).or_default();
            *calls = calls.saturating_add(node.calls);
        }
        InstructionReader {
            profile,
            pcs,
            calls,
        }
    }

    /// The executed instructions of `functions`, by address: those of their compiled code, whatever was inlined into
    /// it included, and those of their copies in other functions. Ids count as in the profile with inlined frames
    /// ([`Profile::with_inlined_frames`]): behind the profile's functions come the inlined ones.
    ///
    /// For a function that is nowhere inlined, each measure's sum over the rows is the function's own value.
    pub fn listing(&self, functions: &[FunctionId], code: &dyn Code) -> Listing {
        let mut writer = Writer::new(self, code);
        for at in self.pcs_of(functions) {
            writer.row(at);
        }
        writer.listing
    }

    /// Indices of pcs, sorted.
    fn pcs_of(&self, functions: &[FunctionId]) -> Vec<usize> {
        let profile = self.profile;
        let compiled = profile.functions.len();
        let mut pcs: Vec<usize> = Vec::new();
        let mut wanted = vec![false; profile.source.inlined.len()];
        for function in functions {
            match (function.0 as usize).checked_sub(compiled) {
                None => pcs.extend(self.pcs[function.0 as usize].iter().map(|&at| at as usize)),
                Some(inlined) => wanted[inlined] = true,
            }
        }
        if wanted.contains(&true) {
            let within = self.frames_within(&wanted);
            let inside = |frame: Option<u32>| frame.is_some_and(|frame| within[frame as usize]);
            let places = profile.source.places.iter().enumerate();
            pcs.extend(
                places
                    .filter(|(_, place)| inside(place.frame))
                    .map(|(at, _)| at),
            );
        }
        pcs.sort_unstable();
        pcs.dedup();
        pcs
    }

    /// For each frame, whether it or one around it is of a wanted inlined function.
    fn frames_within(&self, wanted: &[bool]) -> Vec<bool> {
        let mut within: Vec<bool> = Vec::with_capacity(self.profile.source.frames.len());
        for frame in &self.profile.source.frames {
            let around = frame.parent.is_some_and(|parent| within[parent as usize]);
            within.push(around || wanted[frame.function as usize]);
        }
        within
    }
}

/// Writes a listing, with every name, file and frame in it once.
struct Writer<'r> {
    reader: &'r InstructionReader<'r>,
    code: &'r dyn Code,
    listing: Listing,
    names: HashMap<String, u32>,
    functions: HashMap<FunctionId, u32>,
    /// By the first address of a function that an instruction names.
    symbols: HashMap<u64, u32>,
    /// From the profile's indices to the listing's.
    files: HashMap<u32, u32>,
    frames: HashMap<u32, u32>,
}

impl<'r> Writer<'r> {
    fn new(reader: &'r InstructionReader<'r>, code: &'r dyn Code) -> Self {
        Writer {
            reader,
            code,
            listing: Listing::default(),
            names: HashMap::new(),
            functions: HashMap::new(),
            symbols: HashMap::new(),
            files: HashMap::new(),
            frames: HashMap::new(),
        }
    }

    fn row(&mut self, at: usize) {
        let profile = self.reader.profile;
        let pc = profile.pcs[at];
        let place = profile.source.places.get(at).copied().unwrap_or_default();
        let machine = pc
            .address
            .and_then(|address| self.code.instruction(address));
        let target = machine.as_ref().and_then(|code| code.target);
        let row = InstructionRow {
            address: pc.address,
            function: self.function(pc.function),
            bytes: machine.as_ref().map_or(0, |code| code.bytes),
            word: machine
                .as_ref()
                .map(|code| format!("{:0width$x}", code.word, width = 2 * code.bytes as usize)),
            text: machine.map(|code| code.text),
            target: target.map(|address| self.target(address)),
            executions: pc.count,
            values: self.values(at),
            file: self.file(place.position),
            line: place.position.line,
            column: place.position.column,
            frame: place.frame.map(|frame| self.frame(frame)),
            calls: self.calls(pc.function, pc.address),
            beside: self.beside(at),
        };
        self.listing.rows.push(row);
    }

    fn values(&self, pc: usize) -> Vec<u64> {
        let profile = self.reader.profile;
        let measures = (0..profile.measures.len() as u32).map(MeasureId);
        measures
            .map(|measure| profile.pc_value(measure, pc))
            .collect()
    }

    fn beside(&mut self, at: usize) -> Vec<ChargedBeside> {
        let profile = self.reader.profile;
        let is_place = |pc: usize| {
            let function = profile.pcs[pc].function.0 as usize;
            profile.functions[function].origin == Origin::Pseudo
        };
        let address = profile.pcs[at].address;
        if address.is_none() || is_place(at) {
            return Vec::new();
        }
        // Pcs of one address stand together.
        let first = profile.pcs.partition_point(|pc| pc.address < address);
        let here = first..profile.pcs.len();
        here.take_while(|&pc| profile.pcs[pc].address == address)
            .filter(|&pc| is_place(pc))
            .map(|pc| ChargedBeside {
                name: self.function(profile.pcs[pc].function),
                values: self.values(pc),
            })
            .collect()
    }

    fn name(&mut self, name: &str) -> u32 {
        let name = without_hash(name);
        if let Some(&known) = self.names.get(&*name) {
            return known;
        }
        let new = self.listing.names.len() as u32;
        self.listing.names.push(name.clone().into_owned());
        self.names.insert(name.into_owned(), new);
        new
    }

    fn function(&mut self, id: FunctionId) -> u32 {
        if let Some(&known) = self.functions.get(&id) {
            return known;
        }
        let name = self.name(self.reader.profile.function_name(id));
        self.functions.insert(id, name);
        name
    }

    fn file(&mut self, position: Position) -> Option<u32> {
        let file = position.file?;
        let files = &mut self.listing.files;
        Some(*self.files.entry(file).or_insert_with(|| {
            files.push(self.reader.profile.source.files[file as usize].clone());
            files.len() as u32 - 1
        }))
    }

    fn frame(&mut self, frame: u32) -> u32 {
        let source = &self.reader.profile.source;
        // Outermost first, so that parents stand before their children.
        let known = |(at, _): &(u32, _)| !self.frames.contains_key(at);
        let new: Vec<_> = source.chain(Some(frame)).take_while(known).collect();
        for &(at, frame) in new.iter().rev() {
            let listed = ListedFrame {
                parent: frame.parent.map(|parent| self.frames[&parent]),
                name: self.name(&source.inlined[frame.function as usize].name),
                file: self.file(frame.call),
                line: frame.call.line,
            };
            self.frames.insert(at, self.listing.frames.len() as u32);
            self.listing.frames.push(listed);
        }
        self.frames[&frame]
    }

    fn target(&mut self, address: u64) -> Target {
        let Some((name, offset)) = self.code.symbol(address) else {
            return Target {
                address,
                symbol: None,
                offset: 0,
            };
        };
        // Most branches are to the same few functions: their names are looked up once.
        let start = address.wrapping_sub(offset);
        let known = self.symbols.get(&start).copied();
        let symbol = known.unwrap_or_else(|| self.name(&name));
        self.symbols.insert(start, symbol);
        Target {
            address,
            symbol: Some(symbol),
            offset,
        }
    }

    fn calls(&mut self, caller: FunctionId, address: Option<u64>) -> Vec<CalledFrom> {
        let reader = self.reader;
        let callees = address.and_then(|address| reader.calls.get(&(caller, address)));
        let mut callees: Vec<(FunctionId, u64)> = callees
            .into_iter()
            .flatten()
            .map(|(&callee, &calls)| (callee, calls))
            .collect();
        callees.sort_by_key(|&(callee, calls)| (std::cmp::Reverse(calls), callee));
        let called = |(callee, calls)| CalledFrom {
            name: self.function(callee),
            calls,
        };
        callees.into_iter().map(called).collect()
    }
}
