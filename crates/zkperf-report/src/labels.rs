//! What the parts of a run cost: transactions, EVM opcodes, whatever labels or rules divide it into.

use serde::Serialize;
use zkperf_profile::{thousands, Partition, Profile};

use crate::about::{choose_measure, MeasureInfo, RunInfo};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::listed::own_cells;
use crate::style::{counted, percent, Style};
use crate::top::name_filter;

/// What a run is divided by, as a view shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Division {
    /// Its key, such as `evm-opcode`.
    pub key: String,
    /// One part, and several.
    #[serde(skip)]
    pub nouns: (&'static str, &'static str),
    /// What a part covers.
    pub about: &'static str,
    /// What is counted beside cost, if anything: `executions`.
    pub counted: Option<&'static str>,
}

/// What to show of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PartsOptions {
    /// Measure; the proving cost if `None`.
    pub measure: Option<String>,
    /// Regular expression that names must match.
    pub filter: Option<String>,
    /// How many rows; all if `None`.
    pub limit: Option<usize>,
    /// What is missing of the profile, so that parts may be: a sentence each.
    pub notes: Vec<String>,
}

/// The parts of a run: `zkperf-parts/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Parts {
    /// `zkperf-parts/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is measured.
    pub measure: MeasureInfo,
    /// What divides it.
    pub by: Division,
    /// The filter, if any.
    pub filter: Option<String>,
    /// How many parts there are.
    pub parts: usize,
    /// Those of them that the filter lets through.
    pub matching: usize,
    /// The parts, dearest first. With `rest` and `outside` they add up to `measure.sum`.
    pub rows: Vec<PartRow>,
    /// Parts that are not listed.
    pub rest: PartsRest,
    /// What belongs to no part.
    pub outside: PartCost,
    /// What is missing of the profile, so that parts may be: a sentence each.
    pub notes: Vec<String>,
    /// Proving cost whose split among parts follows the whole run, for the run does not record it; else all is exact.
    pub apportioned: PartCost,
}

/// One part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartRow {
    /// A transaction's number, an opcode's name ….
    pub name: String,
    /// What it costs.
    #[serde(flatten)]
    pub cost: PartCost,
    /// What `by.counted` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u64>,
}

/// What is not listed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartsRest {
    /// How many parts.
    pub parts: usize,
    /// What they cost.
    #[serde(flatten)]
    pub cost: PartCost,
}

/// A value and its share of the run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct PartCost {
    /// In node units.
    pub value: u64,
    /// In `measure.unit`, rounded.
    pub in_unit: f64,
    /// In per cent of the run.
    pub percent: f64,
}

impl PartCost {
    fn of(measure: &MeasureInfo, value: u64) -> Self {
        Self {
            value,
            in_unit: measure.in_unit(value),
            percent: percent(value, measure.sum),
        }
    }
}

/// Lists the parts of a run by cost. `counts` are what `by.counted` says of each node, `apportioned` is the
/// proving cost that is not exactly divided.
///
/// # Errors
/// A measure that is not there, or a filter that is no regular expression.
pub fn parts(
    profile: &Profile,
    partition: &Partition,
    by: Division,
    (counts, apportioned): (&[u64], u64),
    options: &PartsOptions,
) -> Result<Parts, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let filter = name_filter(options.filter.as_deref())?;
    let info = MeasureInfo::of(profile, measure);
    let (totals, outside) = partition.totals(profile, measure);
    let count_of = partition.sums(counts);

    let names = &partition.values;
    let mut listed: Vec<usize> = (0..names.len()).collect();
    listed.retain(|&at| filter.as_ref().is_none_or(|f| f.is_match(&names[at])));
    let matching = listed.len();
    listed.sort_by_key(|&at| (std::cmp::Reverse(totals[at]), at));
    listed.truncate(options.limit.unwrap_or(usize::MAX));
    let rows: Vec<PartRow> = listed
        .into_iter()
        .map(|at| PartRow {
            name: names[at].clone(),
            cost: PartCost::of(&info, totals[at]),
            count: by.counted.map(|_| count_of[at]),
        })
        .collect();
    let shown: u64 = rows.iter().map(|row| row.cost.value).sum();
    Ok(Parts {
        schema: "zkperf-parts/1",
        run: RunInfo::of(profile),
        by,
        filter: options.filter.clone(),
        parts: names.len(),
        matching,
        rest: PartsRest {
            parts: names.len() - rows.len(),
            cost: PartCost::of(&info, info.sum - shown - outside),
        },
        rows,
        outside: PartCost::of(&info, outside),
        notes: options.notes.clone(),
        apportioned: apportioned_cost(profile, apportioned),
        measure: info,
    })
}

fn apportioned_cost(profile: &Profile, value: u64) -> PartCost {
    let cost = profile.proving_cost();
    let info = cost.map(|cost| MeasureInfo::of(profile, cost));
    info.map_or(PartCost::default(), |info| PartCost::of(&info, value))
}

impl Parts {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(&self.heading());
        out.push('\n');
        let (one, many) = self.by.nouns;
        let unit = &self.measure.shown_unit;
        let each = self.by.counted.map(|_| format!("{unit} each"));
        let mut header: Vec<&str> = vec![unit, "%"];
        header.extend(self.by.counted);
        header.extend(each.as_deref());
        header.push(one);
        let numbers = header.len() - 1;
        let mut grid = Grid::new(&header);
        let mut names = Vec::new();
        let mut line = |value: u64, count: Option<u64>, name: String| {
            let mut cells = own_cells(&self.measure, value);
            if let Some(count) = count.filter(|count| *count > 0) {
                cells.push(thousands(count));
                cells.push(self.measure.text(value / count));
            }
            cells.resize(numbers, String::new());
            grid.row(cells);
            names.push(name);
        };
        for row in &self.rows {
            line(row.cost.value, row.count, row.name.clone());
        }
        if self.rest.parts > 0 {
            let others = counted(
                self.rest.parts as u64,
                &format!("other {one}"),
                &format!("other {many}"),
            );
            line(self.rest.cost.value, None, format!("({others})"));
        }
        line(self.outside.value, None, format!("(in no {one})"));
        line(self.measure.sum, None, "total".to_owned());
        out += &grid.render(names, style);
        out.push('\n');
        out += &style.wrap(self.by.about);
        for note in &self.notes {
            out += &style.wrap(note);
        }
        if self.apportioned.value > 0 {
            out += &style.wrap(&format!(
                "All is exact but for inlined code that is {:.2}% of the proving cost: it stands in functions that run \
                 for several of these, and is split among them as over the whole run.",
                self.apportioned.percent
            ));
        }
        out + &self.measure.note_text(style)
    }

    fn heading(&self) -> String {
        let (one, many) = self.by.nouns;
        let mut line = format!("{} by {one}, dearest first", self.measure.name);
        if let Some(filter) = &self.filter {
            let matching = counted(self.matching as u64, one, many);
            line += &format!("; {matching} of {} match /{filter}/", self.parts);
        }
        line
    }
}
