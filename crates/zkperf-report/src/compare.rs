//! Two profiles side by side: what each measure and each row of the zkVM's tables did.
//!
//! A verdict is given only where both bills follow the same rules for the same work. Otherwise the
//! comparison is a view: it says why there is no verdict, and how much of each difference comes from
//! counts and how much from prices.

use serde::Serialize;
use zkperf_profile::{thousands, Completeness, MeasureId, Profile, Table};

use crate::about::{MeasureInfo, RunInfo};
use crate::grid::Grid;
use crate::names::elide;
use crate::style::Style;

/// Columns of a table that make its rows a bill: how many, and what they cost.
const BILL: [&str; 2] = ["count", "cost"];

/// Two profiles compared: `zkperf-compare/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// `zkperf-compare/1`.
    pub schema: &'static str,
    /// The first profile.
    pub before: RunInfo,
    /// The second profile.
    pub after: RunInfo,
    /// On the proving cost; `none` if `no_verdict_because` says why not.
    pub verdict: Verdict,
    /// Why the two bills cannot be judged against each other; empty with a verdict.
    pub no_verdict_because: Vec<String>,
    /// Every measure that either profile has.
    pub measures: Vec<Change>,
    /// Every table of counts and costs that either has, rows by size of the difference.
    pub tables: Vec<TableChange>,
}

/// What a comparison comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The second costs less.
    Improvement,
    /// The second costs more.
    Regression,
    /// They cost the same.
    Neutral,
    /// They cannot be judged.
    None,
}

/// A measure in both profiles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// Its name.
    pub name: String,
    /// Unit of the official integer.
    pub unit: String,
    /// Whether verdicts are made on it.
    pub proving_cost: bool,
    /// Official integer of the first profile, if it has the measure.
    pub before: Option<u64>,
    /// Of the second.
    pub after: Option<u64>,
    /// `after - before`, a missing one taken as 0.
    pub delta: i128,
}

/// A table in both profiles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableChange {
    /// Its name.
    pub name: String,
    /// Its rows.
    pub rows: Vec<RowChange>,
}

/// A row of counts and costs in both profiles. `delta = by_count + by_price`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RowChange {
    /// The row's label.
    pub label: String,
    /// Count and cost in the first profile; 0 where it has no such row.
    pub before: [u64; 2],
    /// In the second.
    pub after: [u64; 2],
    /// Difference of the costs.
    pub delta: i128,
    /// What the difference of the counts makes at the first profile's mean price (the second's where
    /// the first has none), rounded down.
    pub by_count: i128,
    /// The rest: what the difference of the mean prices makes.
    pub by_price: i128,
}

/// Compares two profiles.
pub fn compare(before: &Profile, after: &Profile) -> Comparison {
    let no_verdict_because = reasons(before, after);
    let measures = measures(before, after);
    let cost = measures.iter().find(|change| change.proving_cost);
    let verdict = match cost.map(|change| change.delta) {
        _ if !no_verdict_because.is_empty() => Verdict::None,
        None => Verdict::None,
        Some(0) => Verdict::Neutral,
        Some(delta) if delta < 0 => Verdict::Improvement,
        Some(_) => Verdict::Regression,
    };
    Comparison {
        schema: "zkperf-compare/1",
        before: RunInfo::of(before),
        after: RunInfo::of(after),
        verdict,
        no_verdict_because,
        measures,
        tables: tables(before, after),
    }
}

/// Why no verdict can be given.
fn reasons(before: &Profile, after: &Profile) -> Vec<String> {
    let (a, b) = (&before.run, &after.run);
    let mut reasons = Vec::new();
    let mut unless = |same: bool, reason: String| {
        if !same {
            reasons.push(reason);
        }
    };
    unless(
        a.zkvm == b.zkvm,
        format!(
            "the zkVMs differ ({} and {}): their bills have different units",
            a.zkvm, b.zkvm
        ),
    );
    let model = |profile: &Profile| {
        let model = &profile.run.cost_model;
        let tables = model.tables_sha256.get(..12).unwrap_or_default();
        format!("{} {}, tables {tables}", model.name, model.version)
    };
    unless(
        a.zkvm != b.zkvm || a.cost_model == b.cost_model,
        format!(
            "the cost models differ ({}; {}): a price that changed is neither a gain nor a loss of the guest",
            model(before),
            model(after)
        ),
    );
    unless(
        a.input.sha256 == b.input.sha256,
        "the inputs differ: other work is another bill".into(),
    );
    unless(
        a.output_sha256 == b.output_sha256,
        "the public outputs differ: the two do not do the same thing".into(),
    );
    for (name, profile) in [("first", before), ("second", after)] {
        unless(
            matches!(profile.completeness, Completeness::Complete),
            format!("the {name} profile does not cover its whole run"),
        );
    }
    reasons
}

fn measures(before: &Profile, after: &Profile) -> Vec<Change> {
    let infos = |profile: &Profile| -> Vec<MeasureInfo> {
        let ids = (0..profile.measures.len() as u32).map(MeasureId);
        ids.map(|id| MeasureInfo::of(profile, id)).collect()
    };
    let (first, second) = (infos(before), infos(after));
    let new = second
        .iter()
        .filter(|info| first.iter().all(|old| old.name != info.name));
    let change = |info: &MeasureInfo| {
        let total = |infos: &[MeasureInfo]| {
            let found = infos.iter().find(|other| other.name == info.name);
            found.map(|found| found.total)
        };
        let (before, after) = (total(&first), total(&second));
        Change {
            name: info.name.clone(),
            unit: info.unit.clone(),
            proving_cost: info.proving_cost,
            before,
            after,
            delta: i128::from(after.unwrap_or(0)) - i128::from(before.unwrap_or(0)),
        }
    };
    first.iter().chain(new).map(change).collect()
}

/// Tables whose rows are a bill.
fn bills(profile: &Profile) -> impl Iterator<Item = &Table> {
    profile.tables.iter().filter(|table| table.columns == BILL)
}

fn tables<'p>(before: &'p Profile, after: &'p Profile) -> Vec<TableChange> {
    let named = |profile: &'p Profile, name: &str| bills(profile).find(|table| table.name == name);
    let new = bills(after).filter(|table| named(before, &table.name).is_none());
    let pair = |table: &Table| TableChange {
        name: table.name.clone(),
        rows: rows(named(before, &table.name), named(after, &table.name)),
    };
    bills(before).chain(new).map(pair).collect()
}

fn rows(before: Option<&Table>, after: Option<&Table>) -> Vec<RowChange> {
    let cells = |table: Option<&Table>, label: &str| -> Option<[u64; 2]> {
        let row = table?.rows.iter().find(|row| row.label == label)?;
        row.values.clone().try_into().ok()
    };
    let mut labels: Vec<&str> = Vec::new();
    for table in [before, after].into_iter().flatten() {
        for row in &table.rows {
            if !labels.contains(&row.label.as_str()) {
                labels.push(&row.label);
            }
        }
    }
    let change = |label: &str| {
        let before = cells(before, label).unwrap_or_default();
        let after = cells(after, label).unwrap_or_default();
        RowChange::of(label, before, after)
    };
    let mut rows: Vec<RowChange> = labels.into_iter().map(change).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.delta.unsigned_abs()));
    rows
}

impl RowChange {
    fn of(label: &str, before: [u64; 2], after: [u64; 2]) -> RowChange {
        let wide = |values: [u64; 2]| values.map(i128::from);
        let ([old_count, old_cost], [new_count, new_cost]) = (wide(before), wide(after));
        let delta = new_cost - old_cost;
        let (count, cost) = match old_count {
            0 => (new_count, new_cost),
            _ => (old_count, old_cost),
        };
        let added = (new_count - old_count) * cost;
        let by_count = added.checked_div_euclid(count).unwrap_or(0);
        RowChange {
            label: label.to_owned(),
            before,
            after,
            delta,
            by_count,
            by_price: delta - by_count,
        }
    }
}

/// Rows shown of a table.
const SHOWN: usize = 12;

impl Comparison {
    /// The comparison as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&format!("before  {}", self.before.line()));
        out += &style.wrap(&format!("after   {}", self.after.line()));
        out += &self.verdict_text(style);
        out.push('\n');
        let mut grid = Grid::new(&["before", "after", "difference", "", "measure"]);
        for change in &self.measures {
            grid.row(vec![
                change.before.map_or("-".into(), thousands),
                change.after.map_or("-".into(), thousands),
                signed(change.delta),
                share(change.delta, change.before),
            ]);
        }
        let room = grid.room(style);
        let names = self.measures.iter().map(|change| {
            let mark = if change.proving_cost {
                ", the proving cost"
            } else {
                ""
            };
            elide(&format!("{} ({}{mark})", change.name, change.unit), room)
        });
        let names = names.collect();
        out += &grid.render(names, style);
        self.tables
            .iter()
            .for_each(|table| out += &table.render(style));
        out
    }

    fn verdict_text(&self, style: &Style) -> String {
        match self.verdict {
            Verdict::Improvement => style.bold("improvement") + "\n",
            Verdict::Regression => style.bold("regression") + "\n",
            Verdict::Neutral => style.bold("no difference in the proving cost") + "\n",
            Verdict::None => {
                let reasons = self.no_verdict_because.join("; ");
                style.warning(style.wrap(&format!("no verdict: {reasons}")).trim_end()) + "\n"
            }
        }
    }
}

impl TableChange {
    fn render(&self, style: &Style) -> String {
        let changed: Vec<&RowChange> = self.rows.iter().filter(|row| row.delta != 0).collect();
        if changed.is_empty() {
            return String::new();
        }
        let mut grid = Grid::new(&[
            "cost before",
            "cost after",
            "difference",
            "by count",
            "by price",
            &self.name,
        ]);
        let shown = &changed[..changed.len().min(SHOWN)];
        for row in shown {
            grid.row(vec![
                thousands(row.before[1]),
                thousands(row.after[1]),
                signed(row.delta),
                signed(row.by_count),
                signed(row.by_price),
            ]);
        }
        let rest = &changed[shown.len()..];
        let sum = |part: fn(&RowChange) -> i128| signed(rest.iter().map(|row| part(row)).sum());
        let room = grid.room(style);
        let mut names: Vec<String> = shown.iter().map(|row| elide(&row.label, room)).collect();
        if !rest.is_empty() {
            let cost = |of: fn(&RowChange) -> u64| thousands(rest.iter().map(|row| of(row)).sum());
            grid.row(vec![
                cost(|row| row.before[1]),
                cost(|row| row.after[1]),
                sum(|row| row.delta),
                sum(|row| row.by_count),
                sum(|row| row.by_price),
            ]);
            names.push(format!("{} others", rest.len()));
        }
        format!("\n{}", grid.render(names, style))
    }
}

/// `+1,234`, `-5`, `0`.
fn signed(value: i128) -> String {
    let digits = thousands(u64::try_from(value.unsigned_abs()).unwrap_or(u64::MAX));
    match value {
        0 => "0".into(),
        value if value < 0 => format!("-{digits}"),
        _ => format!("+{digits}"),
    }
}

/// The difference in per cent of what it was, to a hundredth; empty where there was nothing.
fn share(delta: i128, before: Option<u64>) -> String {
    let Some(before) = before.filter(|before| *before > 0) else {
        return String::new();
    };
    let hundredths = (delta * 20_000 / i128::from(before) + delta.signum()) / 2;
    let sign = match hundredths {
        0 => "",
        value if value < 0 => "-",
        _ => "+",
    };
    let size = hundredths.unsigned_abs();
    format!("{sign}{}.{:02}%", size / 100, size % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_counts_and_prices_and_nothing_else() {
        // (before, after) -> (delta, by count, by price)
        for (before, after, wanted) in [
            ([10, 100], [10, 120], (20, 0, 20)),
            ([10, 100], [12, 120], (20, 20, 0)),
            ([10, 100], [12, 144], (44, 20, 24)),
            ([0, 0], [3, 33], (33, 33, 0)),
            ([3, 33], [0, 0], (-33, -33, 0)),
            ([3, 10], [2, 7], (-3, -4, 1)),
            ([0, 0], [0, 0], (0, 0, 0)),
        ] {
            let row = RowChange::of("x", before, after);
            assert_eq!((row.delta, row.by_count, row.by_price), wanted);
            assert_eq!(row.delta, row.by_count + row.by_price);
        }
    }

    #[test]
    fn signs_and_shares_read_well() {
        assert_eq!([signed(-1234), signed(0), signed(5)], ["-1,234", "0", "+5"]);
        assert_eq!(share(-1, Some(3)), "-33.33%");
        assert_eq!(share(2, Some(3)), "+66.67%");
        assert_eq!(share(0, Some(3)), "0.00%");
        assert_eq!(share(7, None), "");
    }
}
