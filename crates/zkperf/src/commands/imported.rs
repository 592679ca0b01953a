//! Views of imported profiles: what their report says of functions, since they have no tree to ask.

use crate::cli::{Global, TopArgs};
use crate::{exit, report};
use anyhow::Result;
use serde::Serialize;
use zkperf_import::FUNCTIONS_TABLE;
use zkperf_profile::{Completeness, Profile, Row};
use zkperf_report::{percent, thousands};

#[derive(Serialize)]
struct Reported<'a> {
    schema: &'static str,
    completeness: &'a Completeness,
    measure: &'a str,
    total: u64,
    rows: Vec<ReportedRow<'a>>,
    other_functions: usize,
    /// Functions of which the report does not say this measure.
    not_reported: usize,
}

#[derive(Serialize)]
struct ReportedRow<'a> {
    function: &'a str,
    inclusive: u64,
    percent: f64,
    calls: u64,
}

/// The rows of an imported profile's table of functions; `None` of any other profile.
fn table(profile: &Profile) -> Option<&[Row]> {
    let imported = matches!(profile.completeness, Completeness::Imported { .. });
    let mut tables = profile.data().tables.iter();
    let found = tables.find(|table| imported && table.name == FUNCTIONS_TABLE)?;
    Some(&found.rows)
}

/// `zkperf top` of an imported profile; false if it is not one, or has no functions.
///
/// # Errors
/// A measure that the report does not rank functions by; a bad pattern.
pub fn top(global: &Global, args: &TopArgs, profile: &Profile) -> Result<bool> {
    let Some(rows) = table(profile).filter(|rows| !rows.is_empty()) else {
        return Ok(false);
    };
    let measure = args.measure.as_deref().unwrap_or("cost");
    let column = match measure {
        "steps" => 0,
        "cost" => 1,
        other => {
            return Err(exit::usage(format!(
                "an imported report tells functions by steps and cost only, not by {other:?}"
            )))
        }
    };
    // Profiles from before it was told apart have no such column: there 0 was what is not known.
    let is_known = |row: &Row| match row.values.get(column + 3) {
        Some(known) => *known != 0,
        None => row.values[column] > 0,
    };
    let filter = args.filter.as_deref().unwrap_or_default();
    let (mut rows, unknown): (Vec<&Row>, Vec<&Row>) = rows
        .iter()
        .filter(|row| row.label.contains(filter))
        .partition(|row| is_known(row));
    rows.sort_by_key(|row| std::cmp::Reverse(row.values[column]));
    let all = rows.len();
    rows.truncate(super::views::limit(args.limit).unwrap_or(all));
    let total = profile.measure(measure).map_or(0, |id| profile.sum(id));
    let view = Reported {
        schema: "zkperf-top-reported/1",
        completeness: &profile.completeness,
        measure,
        total,
        other_functions: all - rows.len(),
        not_reported: unknown.len(),
        rows: rows
            .into_iter()
            .map(|row| ReportedRow {
                function: &row.label,
                inclusive: row.values[column],
                percent: percent(row.values[column], total),
                calls: row.values[2],
            })
            .collect(),
    };
    match global.json {
        true => report::json(&view)?,
        false => report::text_out(&zkperf_report::printable(&text(profile, &view)))?,
    }
    Ok(true)
}

fn text(profile: &Profile, view: &Reported<'_>) -> String {
    let run = &profile.data().run;
    let mut out = format!(
        "{} {}, {}, imported\n{} by function with its callees, as the report has it: rows hold each other and do not add up\n\n\
         {:>18} {:>8} {:>12}  function\n",
        run.zkvm, run.zkvm_version, run.elf.guest, view.measure, view.measure, "%", "calls"
    );
    for row in &view.rows {
        out += &format!(
            "{:>18} {:>7.2}% {:>12}  {}\n",
            thousands(row.inclusive),
            row.percent,
            thousands(row.calls),
            row.function
        );
    }
    if view.other_functions > 0 {
        out += &format!("{:>41}  ({} other functions)\n", "", view.other_functions);
    }
    if view.not_reported > 0 {
        out += &format!(
            "{:>18} {:>8} {:>12}  ({} more functions, whose {} the report does not tell)\n",
            "-", "-", "", view.not_reported, view.measure
        );
    }
    out += &format!(
        "{:>18} {:>7.2}% {:>12}  the run\n",
        thousands(view.total),
        100.0,
        ""
    );
    if let Completeness::Imported { missing } = &profile.completeness {
        out += &format!("\nMissing: {}\n", missing.join("; "));
    }
    out
}
