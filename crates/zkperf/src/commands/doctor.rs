//! `zkperf doctor`: what building guests needs, and which versions can be run.

use crate::cli::{DoctorArgs, Global};
use crate::{report, zkvms};
use anyhow::Result;
use zkperf_build::{doctor, DoctorReport, Need, Recipe};

/// Runs the command.
///
/// # Errors
/// An unknown zkVM.
pub fn run(global: &Global, args: &DoctorArgs) -> Result<()> {
    let reports = names(args.zkvm.as_deref())
        .iter()
        .map(|name| doctor(name))
        .collect::<Result<Vec<_>, _>>()?;
    let engines = zkvms::engines();
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-doctor/1",
            "zkvms": reports,
            "engines": engines,
        }));
    }
    let mut text: String = reports.iter().map(text).collect();
    text += "engines (versions that `run`, `profile` and `bench` take)\n";
    text.extend(engines.iter().map(engine));
    report::text_out(&text)
}

fn engine(engine: &zkvms::Engine) -> String {
    let name = format!("{}@{}", engine.zkvm, engine.version);
    let mut out = format!("  {name:<20} {}", engine.state);
    if let Some(model) = &engine.cost_model {
        let tables = model.tables_sha256.get(..16).unwrap_or_default();
        out += &format!(
            ", costs of {} {}, tables sha256 {tables}",
            model.name, model.version
        );
    }
    if let Some(path) = &engine.path {
        out += &format!(", {}", path.display());
    }
    if let Some(next) = &engine.next {
        out += &format!(", {next}");
    }
    out + "\n"
}

/// Every version of the zkVM that was asked for, or of all; a name that is not known stays as it was written.
fn names(wanted: Option<&str>) -> Vec<String> {
    let is_wanted = |recipe: &&Recipe| match wanted {
        None | Some("all") => true,
        Some(name) => recipe.zkvm == name,
    };
    let names: Vec<String> = Recipe::all()
        .iter()
        .filter(is_wanted)
        .map(Recipe::id)
        .collect();
    match wanted {
        Some(name) if names.is_empty() => vec![name.into()],
        _ => names,
    }
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
