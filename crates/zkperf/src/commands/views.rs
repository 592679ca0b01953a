//! Commands that look into a profile.

use crate::cli::{By, CallsArgs, CompareArgs, Global, ProfileFile, ToJsonArgs, TopArgs};
use crate::session::Totals;
use crate::{files, report, zkvms};
use anyhow::{Context, Result};
use zkperf_profile::Profile;
use zkperf_report::{CallsOptions, GroupBy, Groups, Order, TopOptions};

/// `zkperf top`.
///
/// # Errors
/// A profile that cannot be read; an unknown measure; a bad expression.
pub fn top(global: &Global, args: &TopArgs) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let options = TopOptions {
        measure: args.measure.clone(),
        order: if args.inclusive {
            Order::Inclusive
        } else {
            Order::Own
        },
        filter: args.filter.clone(),
        limit: limit(args.limit),
    };
    let groups = |by| zkperf_report::groups(&profile, by, &options);
    match args.by {
        By::Function => {
            let view = zkperf_report::top(&profile, &options)?;
            report::view(global, &view, |style| view.render(style))
        }
        By::Crate => show_groups(global, groups(GroupBy::Crate)?),
        By::Module => show_groups(global, groups(GroupBy::Module)?),
    }
}

fn show_groups(global: &Global, view: Groups) -> Result<()> {
    report::view(global, &view, |style| view.render(style))
}

/// `zkperf compare`.
///
/// # Errors
/// A profile that cannot be read.
pub fn compare(global: &Global, args: &CompareArgs) -> Result<()> {
    let before = Profile::load(&args.before)?;
    let after = Profile::load(&args.after)?;
    let view = zkperf_report::compare(&before, &after);
    report::view(global, &view, |style| view.render(style))
}

/// `zkperf callers`.
///
/// # Errors
/// As [`top`]; an unknown or ambiguous function.
pub fn callers(global: &Global, args: &CallsArgs) -> Result<()> {
    calls(global, args, zkperf_report::callers)
}

/// `zkperf callees`.
///
/// # Errors
/// As [`callers`].
pub fn callees(global: &Global, args: &CallsArgs) -> Result<()> {
    calls(global, args, zkperf_report::callees)
}

type CallsView =
    fn(&Profile, &str, &CallsOptions) -> Result<zkperf_report::Calls, zkperf_report::ReportError>;

fn calls(global: &Global, args: &CallsArgs, view: CallsView) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let options = CallsOptions {
        measure: args.measure.clone(),
        all: args.all,
        limit: limit(args.limit),
    };
    let calls = view(&profile, &args.function, &options)?;
    report::view(global, &calls, |style| calls.render(style))
}

fn limit(limit: usize) -> Option<usize> {
    Some(limit).filter(|limit| *limit > 0)
}

/// `zkperf summary`.
///
/// # Errors
/// A profile that cannot be read.
pub fn summary(global: &Global, args: &ProfileFile) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let summary = zkperf_report::summary(&profile);
    report::view(global, &summary, |style| summary.render(style))
}

/// `zkperf stats`.
///
/// # Errors
/// A profile that cannot be read, or of a zkVM that this build does not know.
pub fn stats(global: &Global, args: &ProfileFile) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    if global.json {
        let data = profile.data();
        return report::json(&serde_json::json!({
            "schema": "zkperf-stats/1",
            "run": data.run,
            "completeness": data.completeness,
            "totals": Totals::of(&profile),
            "tables": data.tables,
        }));
    }
    let run = &profile.data().run;
    let zkvm = zkvms::by_name(&format!("{}@{}", run.zkvm, run.zkvm_version))
        .with_context(|| format!("cannot make the report of {}", args.profile.display()))?;
    report::text_out(&zkvm.stats_text(&profile))
}

/// `zkperf to-json`.
///
/// # Errors
/// A profile that cannot be read, an output that cannot be written.
pub fn to_json(args: &ToJsonArgs) -> Result<()> {
    if let Some(path) = &args.out {
        files::probe(path)?;
    }
    let profile = Profile::load(&args.profile)?;
    match &args.out {
        Some(path) => files::write(path, profile.to_json().as_bytes()),
        None => {
            use std::io::Write;
            let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
            profile.write_json(&mut stdout)?;
            writeln!(stdout)?;
            Ok(stdout.flush()?)
        }
    }
}

/// `zkperf schema`.
///
/// # Errors
/// If stdout cannot be written.
pub fn schema() -> Result<()> {
    report::text_out(zkperf_profile::JSON_SCHEMA)
}
