//! Which source lines or files cost most.

use std::collections::HashMap;

use serde::Serialize;
use zkperf_profile::{thousands, FunctionId, Profile};

use crate::about::{choose_measure, MeasureInfo, RunInfo, UnattributedInfo};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::inlined::notes_text;
use crate::listed::{own_cells, RestCost};
use crate::names::{elide, without_hash};
use crate::paths::{place_text, short_path, SourceText};
use crate::style::{counted, percent, percent_text, Style};
use crate::top::name_filter;

/// What a row is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LinesBy {
    /// A line of a file.
    #[default]
    Line,
    /// A file.
    File,
}

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LinesOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// What a row is.
    pub by: LinesBy,
    /// Regular expression that paths (`path:line`) must match, in upper or lower case.
    pub filter: Option<String>,
    /// How many rows at most; all if not given.
    pub limit: Option<usize>,
}

/// The source lines or files that cost most: `zkperf-lines/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Lines {
    /// `zkperf-lines/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What a row is.
    pub by: LinesBy,
    /// The filter, if any.
    pub filter: Option<String>,
    /// How many lines or files there are.
    pub places: usize,
    /// Those of them that the filter lets through.
    pub matching: usize,
    /// The list, dearest first. Its `self_value`s and that of `rest` add up to `measure.sum`.
    pub rows: Vec<LineRow>,
    /// Everything not listed.
    pub rest: LinesRest,
    /// What stands at no line, all together.
    pub no_line: RestCost,
    /// What is missing of the source lines and what helps, one sentence each.
    pub source_notes: Vec<String>,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// One line or file. Inlined code counts for its own line, not for where it was inlined.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LineRow {
    /// Path as the compiler wrote it; nothing for what stands at no line.
    pub file: Option<String>,
    /// For what stands at no line, the function: code without debug information, such as assembly and a zkVM's
    /// kernel, or a cost that is not of code.
    pub function: Option<String>,
    /// Line, from 1; 0 for code of the file that the compiler gave no line, and in a list of files.
    pub line: u32,
    /// The line's text, where the source was to be had.
    pub text: Option<String>,
    /// What its instructions cost.
    pub self_value: u64,
    /// The same in `measure.unit`, rounded.
    pub self_in_unit: f64,
    /// The same in per cent of the run.
    pub self_percent: f64,
    /// RISC-V instructions executed.
    pub instructions: u64,
}

/// What a list leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinesRest {
    /// How many lines or files.
    pub places: usize,
    /// What they cost.
    #[serde(flatten)]
    pub cost: RestCost,
}

/// What a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Spot {
    /// A line of a file; line 0 for the whole file.
    Line(u32, u32),
    /// A function whose code has no lines, or that has no code.
    Function(FunctionId),
}

/// Value and instructions.
type Counts = (u64, u64);

/// Lists source lines or files by what their own instructions cost. `text` gives the source where it is to be had.
///
/// # Errors
/// A measure that is not there, a filter that is no regular expression, a profile without lines.
pub fn lines(
    profile: &Profile,
    options: &LinesOptions,
    text: SourceText<'_>,
) -> Result<Lines, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let filter = name_filter(options.filter.as_deref())?;
    if !profile.source.is_known() {
        return Err(no_lines(profile));
    }
    let info = MeasureInfo::of(profile, measure);
    let mut sums: HashMap<Spot, Counts> = HashMap::new();
    let values = profile.pc_column(measure);
    for (at, pc) in profile.pcs.iter().enumerate() {
        let position = profile.source.places[at].position;
        let line = match options.by {
            LinesBy::Line => position.line,
            LinesBy::File => 0,
        };
        let spot = match position.file {
            Some(file) => Spot::Line(file, line),
            None => Spot::Function(pc.function),
        };
        let sum = sums.entry(spot).or_default();
        sum.0 += values[at];
        sum.1 += pc.count;
    }
    let places = sums.len();
    let files = &profile.source.files;
    let name = |spot: &Spot| match *spot {
        Spot::Line(file, line) => (files[file as usize].as_str(), line),
        Spot::Function(function) => (profile.function_name(function), 0),
    };
    let is_function = |spot: &Spot| matches!(spot, Spot::Function(_));
    let mut listed: Vec<(Spot, Counts)> = sums.into_iter().collect();
    let without = listed.iter().filter(|(spot, _)| is_function(spot));
    let no_line = without.map(|(_, sum)| sum.0).sum();
    listed.retain(|(spot, _)| {
        filter.as_ref().is_none_or(|filter| match name(spot) {
            (name, _) if is_function(spot) => filter.is_match(name),
            (path, line) => filter.is_match(&format!("{path}:{line}")),
        })
    });
    let matching = listed.len();
    listed.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| name(&a.0).cmp(&name(&b.0))));
    listed.truncate(options.limit.unwrap_or(usize::MAX));
    let rows: Vec<LineRow> = listed
        .into_iter()
        .map(|(spot, (value, instructions))| {
            let (name, line) = name(&spot);
            let file = (!is_function(&spot)).then(|| name.to_owned());
            LineRow {
                text: file
                    .as_deref()
                    .filter(|_| line > 0)
                    .and_then(|file| text(file, line)),
                function: is_function(&spot).then(|| without_hash(name).into_owned()),
                file,
                line,
                self_value: value,
                self_in_unit: info.in_unit(value),
                self_percent: percent(value, info.sum),
                instructions,
            }
        })
        .collect();
    let shown: u64 = rows.iter().map(|row| row.self_value).sum();
    Ok(Lines {
        schema: "zkperf-lines/1",
        run: RunInfo::of(profile),
        by: options.by,
        filter: options.filter.clone(),
        places,
        matching,
        rest: LinesRest {
            places: places - rows.len(),
            cost: RestCost::of(&info, info.sum - shown),
        },
        no_line: RestCost::of(&info, no_line),
        source_notes: profile.source.notes.clone(),
        rows,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

/// Why a profile has no lines.
pub fn no_lines(profile: &Profile) -> ReportError {
    ReportError::NoLines {
        notes: profile.source.notes.clone(),
    }
}

impl Lines {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        let (one, many) = match self.by {
            LinesBy::Line => ("line", "lines"),
            LinesBy::File => ("file", "files"),
        };
        let mut heading = format!(
            "{} by source {one}, largest self value first",
            self.measure.name
        );
        if let Some(filter) = &self.filter {
            let matching = counted(self.matching as u64, one, many);
            heading += &format!("; {matching} of {} match /{filter}/", self.places);
        }
        out += &style.wrap(&heading);
        out.push('\n');
        let own = format!("self {}", self.measure.shown_unit);
        let mut grid = Grid::new(&[&own, "%", "instructions", one]);
        let mut names = Vec::new();
        for row in &self.rows {
            let mut cells = own_cells(&self.measure, row.self_value);
            cells.push(thousands(row.instructions));
            grid.row(cells);
            names.push(match (&row.file, self.by) {
                (None, _) => {
                    let function = row.function.as_deref().unwrap_or_default();
                    format!("(no line) {function}")
                }
                (Some(file), LinesBy::File) => short_path(file).to_owned(),
                (Some(file), LinesBy::Line) => place_text(Some(file), row.line),
            });
        }
        if self.rest.places > 0 {
            let mut cells = own_cells(&self.measure, self.rest.cost.self_value);
            cells.push(String::new());
            grid.row(cells);
            let others = counted(
                self.rest.places as u64,
                &format!("other {one}"),
                &format!("other {many}"),
            );
            names.push(format!("({others})"));
        }
        let mut cells = own_cells(&self.measure, self.measure.sum);
        cells.push(String::new());
        grid.row(cells);
        names.push("total".to_owned());
        let room = grid.room(style);
        let texts = self.rows.iter().map(|row| row.text.as_deref());
        for (name, text) in names.iter_mut().zip(texts) {
            append_source(name, text, room);
        }
        out += &grid.render(names, style);
        out.push('\n');
        if self.no_line.self_value > 0 {
            out += &style.wrap(&format!(
                "{} of the run stands at no line: code without debug information (assembly, a zkVM's own code), and \
                 costs that are not of code; shown by function.",
                percent_text(self.no_line.self_value, self.measure.sum)
            ));
        }
        out += &notes_text(&self.source_notes, style);
        out += &self.measure.note_text(style);
        out + &self.unattributed.text(style)
    }
}

/// Appends a line's source, as far as there is room.
fn append_source(name: &mut String, text: Option<&str>, room: usize) {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else {
        return;
    };
    let left = room.saturating_sub(name.chars().count() + 2);
    if left < 12 {
        return;
    }
    let text: String = text.chars().filter(|c| !c.is_control()).collect();
    name.push_str("  ");
    name.push_str(&elide(&text, left));
}
