//! A function instruction by instruction: what each was executed and cost, under its source line and the inlined code
//! it belongs to.

mod rows;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;
use zkperf_profile::{MeasureId, Profile, Source};

use crate::about::{choose_measure, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo};
use crate::error::ReportError;
use crate::find::find_functions;
use crate::inlined::Opened;
use crate::style::percent;
pub use rows::{
    CalledFrom, ChargedBeside, Code, InstructionReader, InstructionRow, ListedFrame, Listing,
    MachineCode, Target,
};

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InstructionsOptions {
    /// Name of the measure that shares are of; the proving cost if none is given.
    pub measure: Option<String>,
    /// Take all functions that match as one.
    pub all: bool,
}

/// The file that instructions are read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CodeFile {
    /// Where it is, or what it is where it is no file.
    pub name: String,
    /// Its SHA-256, lower-case hex.
    pub sha256: String,
    /// The SHA-256 that the profile's run records.
    pub expected_sha256: String,
    /// Whether the two are the same. If not, the text of an instruction need not be what was executed.
    pub matches: bool,
}

/// A function instruction by instruction: `zkperf-annotate-asm/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Instructions {
    /// `zkperf-annotate-asm/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// The file that the instructions are read from.
    pub elf: CodeFile,
    /// The measure that shares are of.
    pub measure: MeasureInfo,
    /// Every measure of the profile: what `values` of the rows and of `total` stand for, in this order.
    pub measures: Vec<MeasureInfo>,
    /// What was asked for.
    pub pattern: String,
    /// The functions, as compiled or inlined; dearest first.
    pub functions: Vec<FunctionInfo>,
    /// Sum over the rows, for each measure: for functions that are nowhere inlined, their own value.
    pub total: InstructionsTotal,
    /// The instructions.
    #[serde(flatten)]
    pub listing: Listing,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
    /// What lies between each row and the next.
    #[serde(skip)]
    gaps: Vec<Gap>,
    /// Which measures make up `measure`, itself first: columns of the text.
    #[serde(skip)]
    shown: Vec<usize>,
}

/// All rows together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct InstructionsTotal {
    /// How many instructions there are.
    pub rows: usize,
    /// How often they were executed, all together.
    pub executions: u64,
    /// What they cost, for each measure, in node units.
    pub values: Vec<u64>,
    /// The rows' `beside`, added up by name.
    pub beside: Vec<ChargedBeside>,
    /// What they cost in `measure.unit`, rounded.
    pub in_unit: f64,
    /// The same in per cent of the run.
    pub percent: f64,
}

/// What lies between a row and the next.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Gap {
    /// Nothing.
    None,
    /// A few instructions without executions, in text.
    Short(Vec<String>),
    /// So many instructions without executions.
    Long(usize),
    /// Something else.
    Other,
}

/// Lists the instructions of the functions that `pattern` means, inlined ones among them. `opened` is the profile with
/// or without inlined frames, whichever names are to be found; `profile` the one it was made of.
///
/// # Errors
/// An unknown measure; an unknown or ambiguous function.
pub fn instructions(
    profile: &Profile,
    opened: &Opened,
    pattern: &str,
    options: &InstructionsOptions,
    code: &dyn Code,
    elf: CodeFile,
) -> Result<Instructions, ReportError> {
    let names = &opened.profile;
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let functions = find_functions(names, pattern, measure, options.all)?;
    let listing = InstructionReader::new(profile).listing(&functions, code);
    let info = MeasureInfo::of(profile, measure);
    let total = total(profile, &listing, measure, &info);
    Ok(Instructions {
        schema: "zkperf-annotate-asm/1",
        run: RunInfo::of(profile),
        elf,
        measures: (0..profile.measures.len() as u32)
            .map(|id| MeasureInfo::of(profile, MeasureId(id)))
            .collect(),
        pattern: pattern.to_owned(),
        functions: functions
            .iter()
            .map(|&function| FunctionInfo::of(names, function))
            .collect(),
        gaps: gaps(profile, &listing, code),
        shown: shown(profile, measure, &total),
        total,
        listing,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

fn total(
    profile: &Profile,
    listing: &Listing,
    measure: MeasureId,
    info: &MeasureInfo,
) -> InstructionsTotal {
    let add = |sums: &mut Vec<u64>, values: &[u64]| {
        let sums = sums.iter_mut().zip(values);
        sums.for_each(|(sum, value)| *sum += value);
    };
    let none = vec![0; profile.measures.len()];
    let mut values = none.clone();
    let mut beside: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for row in &listing.rows {
        add(&mut values, &row.values);
        for place in &row.beside {
            let sums = beside.entry(place.name).or_insert_with(|| none.clone());
            add(sums, &place.values);
        }
    }
    let value = values[measure.0 as usize];
    InstructionsTotal {
        rows: listing.rows.len(),
        // What a file says of counts is not bounded by its sums.
        executions: listing
            .rows
            .iter()
            .fold(0, |sum, row| sum.saturating_add(row.executions)),
        in_unit: info.in_unit(value),
        percent: percent(value, info.sum),
        values,
        beside: beside
            .into_iter()
            .map(|(name, values)| ChargedBeside { name, values })
            .collect(),
    }
}

/// The measure, and what it is the sum of, as far as these instructions have any of it.
fn shown(profile: &Profile, measure: MeasureId, total: &InstructionsTotal) -> Vec<usize> {
    let mut shown = vec![measure.0 as usize];
    if let Source::Sum { of } = &profile.measures[measure.0 as usize].source {
        let columns = || total.beside.iter().map(|place| &place.values);
        let has_any = |part: &usize| columns().chain([&total.values]).any(|sum| sum[*part] > 0);
        let parts = of.iter().map(|part| part.0 as usize);
        shown.extend(parts.filter(has_any));
    }
    shown
}

/// So many instructions without executions are shown in text: a zkVM may execute two as one.
const SHORT_GAP: usize = 2;

/// For each row, what lies between it and the next one.
fn gaps(profile: &Profile, listing: &Listing, code: &dyn Code) -> Vec<Gap> {
    let executed = |from: u64, to: u64| {
        let after = profile.pcs.partition_point(|pc| pc.address < Some(from));
        profile.pcs[after..]
            .first()
            .is_some_and(|pc| pc.address < Some(to))
    };
    let between = |row: &InstructionRow, next: &InstructionRow| {
        let (Some(at), Some(to)) = (row.address, next.address) else {
            return Gap::Other;
        };
        let from = at.saturating_add(u64::from(row.bytes));
        // Without the file, nobody knows how long an instruction is. Two functions can share an address (overlays).
        if from >= to || row.bytes == 0 {
            return Gap::None;
        }
        if executed(from, to) || row.function != next.function {
            return Gap::Other;
        }
        let mut at = from;
        let mut count = 0;
        let mut texts = Vec::new();
        while at < to {
            let Some(skipped) = code.instruction(at) else {
                return Gap::Other;
            };
            if count < SHORT_GAP {
                texts.push(text::at(at, &skipped.text));
            }
            at = at.saturating_add(u64::from(skipped.bytes.max(1)));
            count += 1;
        }
        match count > SHORT_GAP {
            true => Gap::Long(count),
            false => Gap::Short(texts),
        }
    };
    let rows = &listing.rows;
    let mut gaps: Vec<Gap> = rows
        .windows(2)
        .map(|two| between(&two[0], &two[1]))
        .collect();
    gaps.push(Gap::None);
    gaps
}
