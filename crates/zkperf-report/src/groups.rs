//! Which crates or modules cost most.

use std::collections::HashMap;

use serde::Serialize;
use zkperf_profile::{thousands, Function, Origin, Profile};
use zkperf_symbols::SymbolPath;

use crate::about::{choose_measure, MeasureInfo, RunInfo, UnattributedInfo};
use crate::error::ReportError;
use crate::grid::Grid;
use crate::listed::{own_cells, Order, RestCost, RowCost};
use crate::style::{counted, Style};
use crate::top::{name_filter, TopOptions};

/// What makes functions one group. Inlined code counts where it was inlined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupBy {
    /// The crate that a function's name begins with. Versions of one crate count together.
    Crate,
    /// The module that a function's name names.
    Module,
}

/// What groups of functions cost: `zkperf-groups/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Groups {
    /// `zkperf-groups/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// What is counted.
    pub measure: MeasureInfo,
    /// What makes a group.
    pub by: GroupBy,
    /// What stands first.
    pub order: Order,
    /// The filter, if any.
    pub filter: Option<String>,
    /// Groups that were entered or cost anything.
    pub groups: usize,
    /// Those of them that the filter lets through.
    pub matching: usize,
    /// The list. Its `self_value`s and those of `rest` add up to `measure.sum`.
    pub rows: Vec<GroupRow>,
    /// Everything not listed.
    pub rest: GroupRest,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// One group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRow {
    /// A crate or module; in brackets what has none.
    pub name: String,
    /// How many of its functions were entered or cost anything.
    pub functions: usize,
    /// What they cost; calls from within the group count once.
    #[serde(flatten)]
    pub cost: RowCost,
    /// How often it was entered from outside.
    pub entries: u64,
}

/// What a list leaves out.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupRest {
    /// How many groups.
    pub groups: usize,
    /// What they cost.
    #[serde(flatten)]
    pub cost: RestCost,
}

/// Lists crates or modules by cost.
///
/// # Errors
/// A measure that is not there, or a filter that is no regular expression.
pub fn groups(profile: &Profile, by: GroupBy, options: &TopOptions) -> Result<Groups, ReportError> {
    let measure = choose_measure(profile, options.measure.as_deref())?;
    let filter = name_filter(options.filter.as_deref())?;
    let sum = profile.sum(measure);
    let info = MeasureInfo::of(profile, measure);
    let (names, group_of) = sorted_into_groups(profile, by);
    let totals = profile.by_group(measure, &group_of, names.len());

    let mut listed: Vec<usize> = (0..names.len())
        .filter(|&at| totals[at].functions > 0)
        .collect();
    let groups = listed.len();
    listed.retain(|&at| filter.as_ref().is_none_or(|f| f.is_match(&names[at])));
    let matching = listed.len();
    let key = |at: usize| {
        options
            .order
            .key(totals[at].self_value, totals[at].inclusive)
    };
    listed.sort_by(|&a, &b| key(b).cmp(&key(a)).then_with(|| names[a].cmp(&names[b])));
    listed.truncate(options.limit.unwrap_or(usize::MAX));

    let rows: Vec<GroupRow> = listed
        .into_iter()
        .map(|at| GroupRow {
            name: names[at].clone(),
            functions: totals[at].functions,
            cost: RowCost::of(&info, totals[at].self_value, totals[at].inclusive),
            entries: totals[at].entries,
        })
        .collect();
    let left = sum - rows.iter().map(|row| row.cost.self_value).sum::<u64>();
    Ok(Groups {
        schema: "zkperf-groups/1",
        run: RunInfo::of(profile),
        by,
        order: options.order,
        filter: options.filter.clone(),
        groups,
        matching,
        rest: GroupRest {
            groups: groups - rows.len(),
            cost: RestCost::of(&info, left),
        },
        rows,
        measure: info,
        unattributed: UnattributedInfo::of(profile),
    })
}

/// The names of all groups, and the group of each function.
fn sorted_into_groups(profile: &Profile, by: GroupBy) -> (Vec<String>, Vec<usize>) {
    let mut names: Vec<String> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    let mut group = |name: String| {
        *known.entry(name).or_insert_with_key(|name| {
            names.push(name.clone());
            names.len() - 1
        })
    };
    let of = profile.functions.iter();
    let group_of = of.map(|function| group(group_name(function, by))).collect();
    (names, group_of)
}

/// The group of a function. Names without a path belong to no crate that anything tells.
pub(crate) fn group_name(function: &Function, by: GroupBy) -> String {
    let path = SymbolPath::parse(&function.name);
    let named = match by {
        GroupBy::Crate => path.krate,
        GroupBy::Module => path.module,
    };
    let other = match function.origin {
        Origin::Pseudo => return function.name.clone(),
        Origin::Guest | Origin::Inlined => "[guest: no crate in the name]",
        Origin::Library => "[the zkVM's library]",
        Origin::System => "[the zkVM's own code]",
        Origin::Unknown => "[no symbol]",
    };
    named.unwrap_or_else(|| other.to_owned())
}

impl Groups {
    /// The list as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out += &style.wrap(&self.heading());
        out.push('\n');

        let (unit, sum) = (&self.measure.shown_unit, self.measure.sum);
        let (own, inclusive) = (format!("self {unit}"), format!("incl. {unit}"));
        let (one, many) = self.nouns();
        let mut grid = Grid::new(&[&own, "%", &inclusive, "%", "entries", "functions", one]);
        for row in &self.rows {
            let mut cells = row.cost.cells(&self.measure);
            cells.push(thousands(row.entries));
            cells.push(thousands(row.functions as u64));
            grid.row(cells);
        }
        let mut names: Vec<String> = self.rows.iter().map(|row| row.name.clone()).collect();
        let mut last = |value: u64, name: String| {
            let mut cells = own_cells(&self.measure, value);
            cells.resize(6, String::new());
            grid.row(cells);
            names.push(name);
        };
        if self.rest.groups > 0 {
            let others = counted(
                self.rest.groups as u64,
                &format!("other {one}"),
                &format!("other {many}"),
            );
            last(self.rest.cost.self_value, format!("({others})"));
        } else if self.rest.cost.self_value > 0 {
            let nowhere = format!("(in no {one} of the imported report)");
            last(self.rest.cost.self_value, nowhere);
        }
        last(sum, "total".to_owned());
        out += &grid.render(names, style);
        out.push('\n');
        out += &style.wrap(&format!(
            "Inlined code counts for the {one} that it was inlined into."
        ));
        out += &self.measure.note_text(style);
        // The shares are in the proving cost, whatever the list is in.
        out + &self.unattributed.text(style)
    }

    fn nouns(&self) -> (&'static str, &'static str) {
        match self.by {
            GroupBy::Crate => ("crate", "crates"),
            GroupBy::Module => ("module", "modules"),
        }
    }

    fn heading(&self) -> String {
        let order = self.order.word();
        let (one, many) = self.nouns();
        let mut line = format!(
            "{} by {one}, largest {order} value first",
            self.measure.name
        );
        if let Some(filter) = &self.filter {
            let matching = counted(self.matching as u64, one, many);
            line += &format!("; {matching} of {} match /{filter}/", self.groups);
        }
        line
    }
}
