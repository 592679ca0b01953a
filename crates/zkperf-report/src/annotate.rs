//! A function line by line: what its own code costs, what was inlined there, what it calls from there.

use std::collections::BTreeMap;

use serde::Serialize;
use zkperf_profile::{thousands, Entry, FunctionId, Position};

use crate::about::{
    choose_measure, functions_text, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo,
};
use crate::error::ReportError;
use crate::find::find_functions;
use crate::grid::Grid;
use crate::inlined::Opened;
use crate::names::elide;
use crate::paths::{place_text, SourceText};
use crate::style::{percent, percent_text, Style};

/// What to annotate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AnnotateOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// Take all functions that match as one, such as the many copies of one generic function.
    pub all: bool,
}

/// A function line by line: `zkperf-annotate/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Annotated {
    /// `zkperf-annotate/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What was asked for.
    pub pattern: String,
    /// The function, or all functions taken as one; dearest first.
    pub functions: Vec<FunctionInfo>,
    /// What they cost with everything they call, recursion counted once.
    pub inclusive: u64,
    /// The same in `measure.unit`, rounded.
    pub inclusive_in_unit: f64,
    /// The same in per cent of the run.
    pub inclusive_percent: f64,
    /// Every line that costs something, in the order of the source. `own`, `inlined` and `calls` of all lines
    /// add up to `inclusive`.
    pub lines: Vec<AnnotatedLine>,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// One line of the function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AnnotatedLine {
    /// Path as the compiler wrote it; nothing for code without debug information.
    pub file: Option<String>,
    /// Line, from 1; 0 where the compiler gave none.
    pub line: u32,
    /// The line's text, where the source was to be had.
    pub text: Option<String>,
    /// RISC-V instructions of the function's own code at this line that were executed.
    pub instructions: u64,
    /// What those cost.
    pub own: u64,
    /// What code cost that was inlined here.
    pub inlined: u64,
    /// What calls cost that are made here, or in code inlined here; what comes back into the function counts
    /// where it is spent.
    pub calls: u64,
    /// `own + inlined + calls` in `measure.unit`, rounded.
    pub all_in_unit: f64,
    /// The same in per cent of `inclusive`.
    pub percent: f64,
}

/// What a line costs.
#[derive(Clone, Copy, Default)]
struct Sum {
    instructions: u64,
    own: u64,
    inlined: u64,
    calls: u64,
}

/// On which line's account a context runs.
#[derive(Clone, Copy)]
enum Share {
    Outside,
    Own,
    Inlined(Position),
    Calls(Position),
}

/// Annotates the functions that `pattern` means, inlined ones among them. `text` gives the source where it is to
/// be had.
///
/// # Errors
/// An unknown measure; an unknown or ambiguous function.
pub fn annotate(
    opened: &Opened,
    pattern: &str,
    options: &AnnotateOptions,
    text: SourceText<'_>,
) -> Result<Annotated, ReportError> {
    let profile = &opened.profile;
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let functions = find_functions(profile, pattern, measure, options.all)?;
    let info = MeasureInfo::of(profile, measure);
    let sums = sums(opened, &functions, measure);
    let all = |sum: &Sum| sum.own + sum.inlined + sum.calls;
    let inclusive = sums.values().map(all).sum();
    let files = &profile.source.files;
    let mut lines: Vec<AnnotatedLine> = sums
        .iter()
        .map(|(&(file, line), sum)| {
            let file = file.map(|file| files[file as usize].clone());
            AnnotatedLine {
                text: file
                    .as_deref()
                    .filter(|_| line > 0)
                    .and_then(|file| text(file, line)),
                file,
                line,
                instructions: sum.instructions,
                own: sum.own,
                inlined: sum.inlined,
                calls: sum.calls,
                all_in_unit: info.in_unit(all(sum)),
                percent: percent(all(sum), inclusive),
            }
        })
        .collect();
    lines.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    Ok(Annotated {
        schema: "zkperf-annotate/1",
        run: RunInfo::of(profile),
        pattern: pattern.to_owned(),
        functions: functions
            .iter()
            .map(|&f| FunctionInfo::of(profile, f))
            .collect(),
        inclusive,
        inclusive_in_unit: info.in_unit(inclusive),
        inclusive_percent: percent(inclusive, info.sum),
        lines,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

/// Sums by (file, line).
fn sums(
    opened: &Opened,
    functions: &[FunctionId],
    measure: zkperf_profile::MeasureId,
) -> BTreeMap<(Option<u32>, u32), Sum> {
    let profile = &opened.profile;
    let mut member = vec![false; profile.functions.len()];
    functions.iter().for_each(|f| member[f.0 as usize] = true);
    let mut sums: BTreeMap<(Option<u32>, u32), Sum> = BTreeMap::new();
    let pc_values = profile.pc_column(measure);
    for (at, pc) in profile.pcs.iter().enumerate() {
        if member[pc.function.0 as usize] {
            let place = profile.source.places.get(at).copied().unwrap_or_default();
            let sum = sums
                .entry((place.position.file, place.position.line))
                .or_default();
            sum.own += pc_values[at];
            sum.instructions += pc.count;
        }
    }
    let values = profile.node_column(measure);
    let mut shares: Vec<Share> = Vec::with_capacity(profile.nodes.len());
    for (at, node) in profile.nodes.iter().enumerate() {
        let above = match at {
            0 => Share::Outside,
            _ => shares[node.parent.0 as usize],
        };
        let is_inlined = node.entry == Entry::Inlined;
        let called_at = opened.called_at[at];
        let share = match above {
            _ if member[node.function.0 as usize] => Share::Own,
            Share::Own if is_inlined => Share::Inlined(called_at),
            Share::Own => Share::Calls(called_at),
            Share::Inlined(line) if !is_inlined => Share::Calls(line),
            above => above,
        };
        shares.push(share);
        let key = |line: Position| (line.file, line.line);
        match share {
            Share::Inlined(line) => sums.entry(key(line)).or_default().inlined += values[at],
            Share::Calls(line) => sums.entry(key(line)).or_default().calls += values[at],
            Share::Outside | Share::Own => {}
        }
    }
    sums.retain(|_, sum| sum.instructions + sum.own + sum.inlined + sum.calls > 0);
    sums
}

impl Annotated {
    /// The lines as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        let name = functions_text(&self.functions, &self.pattern);
        out += &style.wrap(&format!(
            "{name}: {} {} inclusive ({} of the run), by line of its source",
            self.measure.text(self.inclusive),
            self.measure.shown_unit,
            percent_text(self.inclusive, self.measure.sum),
        ));
        out.push('\n');
        let unit = &self.measure.shown_unit;
        let own = format!("own {unit}");
        let mut grid = Grid::new(&["%", &own, "inlined", "calls", "instructions", "line"]);
        let blank = |value: u64| match value {
            0 => String::new(),
            value => self.measure.text(value),
        };
        let mut names = Vec::new();
        let mut last_file = None;
        for line in &self.lines {
            if last_file != Some(&line.file) {
                last_file = Some(&line.file);
                grid.row(vec![String::new(); 5]);
                names.push(match &line.file {
                    Some(file) => format!("--- {}", crate::paths::short_path(file)),
                    None => "--- (no debug information)".to_owned(),
                });
            }
            grid.row(vec![
                percent_text(line.own + line.inlined + line.calls, self.inclusive),
                blank(line.own),
                blank(line.inlined),
                blank(line.calls),
                match line.instructions {
                    0 => String::new(),
                    count => thousands(count),
                },
            ]);
            let text = line.text.as_deref().unwrap_or_default();
            let clean = |c: char| if c == '\t' { ' ' } else { c };
            let text: String = text
                .chars()
                .map(clean)
                .filter(|c| !c.is_control())
                .collect();
            names.push(match line.line {
                0 => "   ? (the compiler gave no line)".to_owned(),
                number => format!("{number:>5} {text}").trim_end().to_owned(),
            });
        }
        let room = grid.room(style).max(24);
        let names = names.iter().map(|name| elide(name, room)).collect();
        out += &grid.render(names, style);
        out.push('\n');
        if self.lines.iter().all(|line| line.text.is_none()) {
            let example = self.lines.iter().find(|line| line.file.is_some());
            if let Some(line) = example {
                out += &style.wrap(&format!(
                    "The source of {} was not found; give --source FROM=TO to say where it lies.",
                    place_text(line.file.as_deref(), line.line)
                ));
            }
        }
        out += &self.measure.note_text(style);
        out + &self.unattributed.text(style)
    }
}
