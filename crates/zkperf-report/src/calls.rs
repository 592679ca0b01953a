//! Who calls a function, whom it calls, and what each costs.

use serde::Serialize;
use zkperf_profile::{thousands, Edge, Profile};

use crate::about::{
    choose_measure, functions_text, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo,
};
use crate::error::ReportError;
use crate::find::find_functions;
use crate::grid::Grid;
use crate::names::fit_names;
use crate::style::{counted, percent, percent_text, Style};

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallsOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// Take all functions that match as one, such as the many copies of one generic function.
    pub all: bool,
    /// How many rows at most; all if not given.
    pub limit: Option<usize>,
}

/// Which way a list looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Up: who calls it.
    Callers,
    /// Down: whom it calls.
    Callees,
}

/// Callers or callees of a function: `zkperf-callers/1`, `zkperf-callees/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calls {
    /// `zkperf-callers/1` or `zkperf-callees/1`.
    pub schema: &'static str,
    /// Which way the list looks.
    pub direction: Direction,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What was asked for.
    pub pattern: String,
    /// The function, or all functions taken as one; dearest first.
    pub functions: Vec<FunctionInfo>,
    /// What it cost including everything it called, recursion counted once.
    pub inclusive: u64,
    /// The same in `measure.unit`, rounded.
    pub inclusive_in_unit: f64,
    /// The same in per cent of the run.
    pub inclusive_percent: f64,
    /// What its own instructions cost.
    pub self_value: u64,
    /// The same in `measure.unit`, rounded.
    pub self_in_unit: f64,
    /// The same in per cent of `inclusive`.
    pub self_percent: f64,
    /// How often it was entered.
    pub calls: u64,
    /// The list, dearest first. With `rest`, the values add up to `inclusive`; callees need
    /// `self_value` as well.
    pub rows: Vec<CallsRow>,
    /// Everything not listed.
    pub rest: CallsRest,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// One caller or callee.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsRow {
    /// The caller or callee; `None` for the caller of the root.
    pub function: Option<FunctionInfo>,
    /// How often it called, or was called.
    pub calls: u64,
    /// Callers: the part of `inclusive` on its behalf; a call from within recursion adds none, since
    /// the outermost call carries it. Callees: the part of `inclusive` spent in it and below, until
    /// recursion comes back to the function.
    pub value: u64,
    /// The same in `measure.unit`, rounded.
    pub value_in_unit: f64,
    /// `value` in per cent of `inclusive`.
    pub percent: f64,
    /// `value` in per cent of the run.
    pub run_percent: f64,
}

/// What a list leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallsRest {
    /// How many functions.
    pub functions: usize,
    /// Their calls.
    pub calls: u64,
    /// Their values.
    pub value: u64,
    /// The same in `measure.unit`, rounded.
    pub value_in_unit: f64,
}

/// Who calls the function that `pattern` means (see [`find_functions`]).
///
/// # Errors
/// An unknown measure, an unknown function, or several.
pub fn callers(
    profile: &Profile,
    pattern: &str,
    options: &CallsOptions,
) -> Result<Calls, ReportError> {
    view(profile, pattern, options, Direction::Callers)
}

/// Whom the function that `pattern` means (see [`find_functions`]) calls.
///
/// # Errors
/// An unknown measure, an unknown function, or several.
pub fn callees(
    profile: &Profile,
    pattern: &str,
    options: &CallsOptions,
) -> Result<Calls, ReportError> {
    view(profile, pattern, options, Direction::Callees)
}

fn view(
    profile: &Profile,
    pattern: &str,
    options: &CallsOptions,
    direction: Direction,
) -> Result<Calls, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let functions = find_functions(profile, pattern, measure, options.all)?;
    let (schema, inclusive, self_value, calls, edges) = match direction {
        Direction::Callers => {
            let found = profile.callers(&functions, measure);
            (
                "zkperf-callers/1",
                found.inclusive,
                found.self_value,
                found.calls,
                found.edges,
            )
        }
        Direction::Callees => {
            let found = profile.callees(&functions, measure);
            (
                "zkperf-callees/1",
                found.inclusive,
                found.self_value,
                found.calls,
                found.edges,
            )
        }
    };
    let sum = profile.sum(measure);
    let info = MeasureInfo::of(profile, measure);
    let shown = edges.len().min(options.limit.unwrap_or(usize::MAX));
    let (listed, hidden) = edges.split_at(shown);
    let rest = hidden.iter().map(|edge| edge.value).sum();
    let row = |edge: &Edge| CallsRow {
        function: edge
            .function
            .map(|function| FunctionInfo::of(profile, function)),
        calls: edge.calls,
        value: edge.value,
        value_in_unit: info.in_unit(edge.value),
        percent: percent(edge.value, inclusive),
        run_percent: percent(edge.value, sum),
    };
    Ok(Calls {
        schema,
        direction,
        run: RunInfo::of(profile),
        pattern: pattern.to_owned(),
        functions: functions
            .iter()
            .map(|&f| FunctionInfo::of(profile, f))
            .collect(),
        inclusive,
        inclusive_in_unit: info.in_unit(inclusive),
        inclusive_percent: percent(inclusive, sum),
        self_value,
        self_in_unit: info.in_unit(self_value),
        self_percent: percent(self_value, inclusive),
        calls,
        rows: listed.iter().map(row).collect(),
        rest: CallsRest {
            functions: hidden.len(),
            calls: hidden.iter().map(|edge| edge.calls).sum(),
            value: rest,
            value_in_unit: info.in_unit(rest),
        },
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

impl Calls {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(&self.heading());
        out.push('\n');

        let unit = &self.measure.shown_unit;
        let (whom, all) = match self.direction {
            Direction::Callers => ("caller", "all callers"),
            Direction::Callees => ("callee", "itself and all callees"),
        };
        let share = |value: u64, calls: String| {
            vec![
                self.measure.text(value),
                percent_text(value, self.inclusive),
                calls,
            ]
        };
        let mut grid = Grid::new(&[unit, "%", "calls", whom]);
        if self.direction == Direction::Callees {
            grid.row(share(self.self_value, String::new()));
        }
        for row in &self.rows {
            grid.row(share(row.value, thousands(row.calls)));
        }
        if self.rest.functions > 0 {
            grid.row(share(self.rest.value, thousands(self.rest.calls)));
        }
        let calls = match self.direction {
            Direction::Callers => thousands(self.calls),
            Direction::Callees => String::new(),
        };
        grid.row(share(self.inclusive, calls));

        let mut names = Vec::new();
        if self.direction == Direction::Callees {
            names.push("(itself)".to_owned());
        }
        let functions: Vec<(&str, Option<u64>)> = self
            .rows
            .iter()
            .map(|row| {
                row.function
                    .as_ref()
                    .map_or(("(nobody)", None), |f| (&*f.name, f.address))
            })
            .collect();
        names.extend(fit_names(&functions, grid.room(style)));
        if self.rest.functions > 0 {
            let count = self.rest.functions as u64;
            names.push(format!(
                "({})",
                counted(count, "other function", "other functions")
            ));
        }
        names.push(all.to_owned());
        out += &grid.render(names, style);
        out.push('\n');
        out += &self.measure.note_text(style);
        out + &self.unattributed.text(style)
    }

    /// `callers of guest::hash: 8,460 steps inclusive (74.98% of the run), 7,500 self, 15 calls`
    fn heading(&self) -> String {
        let whom = match self.direction {
            Direction::Callers => "callers",
            Direction::Callees => "callees",
        };
        let name = functions_text(&self.functions, &self.pattern);
        format!(
            "{whom} of {name}: {} {} inclusive ({} of the run), {} self, {}",
            self.measure.text(self.inclusive),
            self.measure.shown_unit,
            percent_text(self.inclusive, self.measure.sum),
            self.measure.text(self.self_value),
            counted(self.calls, "call", "calls"),
        )
    }
}
