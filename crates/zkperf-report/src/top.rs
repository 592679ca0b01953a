//! Which functions cost most.

use regex::{Regex, RegexBuilder};
use serde::Serialize;
use zkperf_profile::{thousands, FunctionId, Profile};

use crate::about::{choose_measure, FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::listed::{own_cells, Order, RestCost, RowCost};
use crate::names::fit_names;
use crate::style::{counted, Style};

/// What to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TopOptions {
    /// Name of the measure; the proving cost if none is given.
    pub measure: Option<String>,
    /// What stands first.
    pub order: Order,
    /// Regular expression that names must match, in upper or lower case.
    pub filter: Option<String>,
    /// How many rows at most; all if not given.
    pub limit: Option<usize>,
}

/// The functions that cost most: `zkperf-top/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Top {
    /// `zkperf-top/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What stands first.
    pub order: Order,
    /// The filter, if any.
    pub filter: Option<String>,
    /// Functions that were entered or cost anything.
    pub functions: usize,
    /// Those of them that the filter lets through.
    pub matching: usize,
    /// The list. Its `self_value`s and those of `rest` add up to `measure.sum`.
    pub rows: Vec<TopRow>,
    /// Everything not listed.
    pub rest: TopRest,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// One function.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopRow {
    /// The function.
    pub function: FunctionInfo,
    /// What it costs.
    #[serde(flatten)]
    pub cost: RowCost,
    /// How often it was entered.
    pub calls: u64,
}

/// What a list leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopRest {
    /// How many functions.
    pub functions: usize,
    /// What they cost.
    #[serde(flatten)]
    pub cost: RestCost,
}

/// Lists functions by cost.
///
/// # Errors
/// A measure that is not there, or a filter that is no regular expression.
pub fn top(profile: &Profile, options: &TopOptions) -> Result<Top, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let filter = name_filter(options.filter.as_deref())?;
    let sum = profile.sum(measure);
    let info = MeasureInfo::of(profile, measure);
    let own = profile.self_by_function(measure);
    let inclusive = profile.inclusive_by_function(measure);
    let calls = profile.calls_by_function();

    let mut listed: Vec<usize> = (0..profile.functions.len())
        .filter(|&at| calls[at] > 0 || inclusive[at] > 0)
        .collect();
    let functions = listed.len();
    listed.retain(|&at| {
        filter
            .as_ref()
            .is_none_or(|f| f.is_match(&profile.functions[at].name))
    });
    let matching = listed.len();
    let key = |at: usize| options.order.key(own[at], inclusive[at]);
    // Equal values by name, then by place: the same profile always prints the same list.
    listed.sort_by(|&a, &b| {
        let name = |at: usize| &profile.functions[at].name;
        key(b)
            .cmp(&key(a))
            .then_with(|| name(a).cmp(name(b)))
            .then(a.cmp(&b))
    });
    listed.truncate(options.limit.unwrap_or(usize::MAX));

    let shown: u64 = listed.iter().map(|&at| own[at]).sum();
    let rows: Vec<TopRow> = listed
        .into_iter()
        .map(|at| TopRow {
            function: FunctionInfo::of(profile, FunctionId(at as u32)),
            cost: RowCost::of(&info, own[at], inclusive[at]),
            calls: calls[at],
        })
        .collect();
    Ok(Top {
        schema: "zkperf-top/1",
        run: RunInfo::of(profile),
        order: options.order,
        filter: options.filter.clone(),
        functions,
        matching,
        rest: TopRest {
            functions: functions - rows.len(),
            cost: RestCost::of(&info, sum - shown),
        },
        rows,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

/// The regular expression that names must match, in upper or lower case.
pub(crate) fn name_filter(pattern: Option<&str>) -> Result<Option<Regex>, ReportError> {
    let Some(pattern) = pattern else {
        return Ok(None);
    };
    let filter = RegexBuilder::new(pattern).case_insensitive(true).build();
    filter.map(Some).map_err(|error| ReportError::Pattern {
        pattern: pattern.to_owned(),
        reason: last_line(&error.to_string()),
    })
}

/// The last line of a regular expression's error says what is wrong; the others draw it.
fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

impl Top {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(&self.heading());
        out.push('\n');

        let (unit, sum) = (&self.measure.shown_unit, self.measure.sum);
        let (own, inclusive) = (format!("self {unit}"), format!("incl. {unit}"));
        let mut grid = Grid::new(&[&own, "%", &inclusive, "%", "calls", "function"]);
        for row in &self.rows {
            let mut cells = row.cost.cells(&self.measure);
            cells.push(thousands(row.calls));
            grid.row(cells);
        }
        let blank = || [String::new(), String::new(), String::new()];
        let mut last = |value: u64| {
            let mut cells = own_cells(&self.measure, value);
            cells.extend(blank());
            grid.row(cells);
        };
        let more = self.rest.functions > 0 || self.rest.cost.self_value > 0;
        if more {
            last(self.rest.cost.self_value);
        }
        last(sum);
        let functions: Vec<(&str, Option<u64>)> = self
            .rows
            .iter()
            .map(|row| (&*row.function.name, row.function.address))
            .collect();
        let mut names = fit_names(&functions, grid.room(style));
        if more {
            names.push(match self.rest.functions {
                0 => "(in no function of the imported report)".to_owned(),
                count => format!(
                    "({})",
                    counted(count as u64, "other function", "other functions")
                ),
            });
        }
        names.push("total".to_owned());
        out += &grid.render(names, style);
        out.push('\n');
        out += &self.measure.note_text(style);
        // The shares are in the proving cost, whatever the list is in.
        out + &self.unattributed.text(style)
    }

    fn heading(&self) -> String {
        let mut line = format!(
            "{} by function, largest {} value first",
            self.measure.name,
            self.order.word()
        );
        if let Some(filter) = &self.filter {
            let matching = counted(self.matching as u64, "function", "functions");
            line += &format!("; {matching} of {} match /{filter}/", self.functions);
        }
        line
    }
}
