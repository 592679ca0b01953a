//! `zkperf doctor`: what building guests needs.

use crate::cli::{DoctorArgs, Global};
use crate::report;
use anyhow::Result;
use zkperf_build::{doctor, DoctorReport, Need, Recipe};

/// Runs the command.
///
/// # Errors
/// An unknown zkVM.
pub fn run(global: &Global, args: &DoctorArgs) -> Result<()> {
    let names: Vec<&str> = match args.zkvm.as_deref() {
        Some(name) if name != "all" => vec![name],
        _ => Recipe::all().iter().map(|recipe| recipe.zkvm).collect(),
    };
    let reports = names
        .into_iter()
        .map(doctor)
        .collect::<Result<Vec<_>, _>>()?;
    if global.json {
        return report::json(&serde_json::json!({ "schema": "zkperf-doctor/1", "zkvms": reports }));
    }
    let text: String = reports.iter().map(text).collect();
    report::text_out(&text)
}

fn text(report: &DoctorReport) -> String {
    let verdict = if report.ready {
        "guests can be built"
    } else {
        "guests cannot be built yet"
    };
    let mut out = format!("{} {}: {verdict}\n", report.zkvm, report.zkvm_version);
    let names = report.checks.iter().map(|check| check.name.len());
    let width = names.max().unwrap_or(0);
    for check in &report.checks {
        let (mark, what) = match (&check.found, check.need) {
            (Some(found), _) => ("ok     ", found.clone()),
            (None, Need::Required) => ("MISSING", format!("install: {}", check.install)),
            (None, Need::OneOf) => ("absent ", format!("install: {}", check.install)),
            (None, Need::Advised) => (
                "absent ",
                format!("if a build asks for it: {}", check.install),
            ),
        };
        out += &format!("  {mark} {:<width$}  {what}\n", check.name);
    }
    match &report.reference {
        Some(place) => out += &format!("  reference guest: {}\n", place.display()),
        None => out +=
            "  reference guest: not found; run inside a checkout of zkperf, or set ZKPERF_GUESTS\n",
    }
    out
}
