//! Commands that look into a profile.

use super::{imported, labels};
use crate::cli::{By, CallsArgs, Global, ProfileFile, ToJsonArgs, TopArgs};
use crate::session::Totals;
use crate::{exit, files, report, zkvms};
use anyhow::{Context, Result};
use serde::Serialize;
use std::path::Path;
use zkperf_labels::Dimension;
use zkperf_profile::{Completeness, Profile};
use zkperf_report::{
    CallsOptions, GroupBy, LinesBy, LinesOptions, Opened, Order, Style, TopOptions,
};

/// `zkperf top`.
///
/// # Errors
/// A profile that cannot be read; an unknown measure; a bad expression.
pub fn top(global: &Global, args: &TopArgs) -> Result<()> {
    if let Some(dimension) = dimension(args.by) {
        return labels::top(global, args, dimension);
    }
    let opened = load(&args.profile, args.inlined)?;
    let profile = &opened.profile;
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
    let groups = |by| {
        let view = zkperf_report::groups(profile, by, &options)?;
        show(global, &opened, &view, |style| view.render(style))
    };
    match args.by {
        By::Function => {
            if imported::top(global, args, profile)? {
                return Ok(());
            }
            let view = zkperf_report::top(profile, &options)?;
            show(global, &opened, &view, |style| view.render(style))
        }
        By::Crate => groups(GroupBy::Crate),
        By::Module => groups(GroupBy::Module),
        By::File => files_by_cost(global, profile, options),
        // Answered above.
        By::Phase | By::Tx | By::EvmOpcode | By::EvmPrecompile | By::Contract => Ok(()),
    }
}

/// What divides the run, where rows are no functions or groups of them.
fn dimension(by: By) -> Option<Dimension> {
    match by {
        By::Function | By::Crate | By::Module | By::File => None,
        By::Phase => Some(Dimension::Phase),
        By::Tx => Some(Dimension::Transaction),
        By::EvmOpcode => Some(Dimension::Opcode),
        By::EvmPrecompile => Some(Dimension::Precompile),
        By::Contract => Some(Dimension::Contract),
    }
}

fn files_by_cost(global: &Global, profile: &Profile, options: TopOptions) -> Result<()> {
    if options.order == Order::Inclusive {
        return Err(exit::usage(
            "--by file counts what the lines of a file cost themselves; leave out --inclusive",
        ));
    }
    let options = LinesOptions {
        measure: options.measure,
        by: LinesBy::File,
        filter: options.filter,
        limit: options.limit,
    };
    let view = zkperf_report::lines(profile, &options, &|_, _| None)?;
    report::view(global, &view, |style| view.render(style))
}

/// Reads a profile, for a view with or without inlined frames.
pub fn load(path: &Path, inlined: bool) -> Result<Opened> {
    let profile = Profile::load(path)?.without_labels();
    zkperf_report::open(profile, inlined)
        .with_context(|| format!("cannot show inlined frames of {}", path.display()))
}

/// Prints a view and, if inlined code stands as functions in it, how exact that is.
pub fn show(
    global: &Global,
    opened: &Opened,
    view: &impl Serialize,
    render: impl FnOnce(&Style) -> String,
) -> Result<()> {
    if !global.json {
        let style = report::style(global);
        let text = render(&style) + &opened.frames.text(&opened.profile, &style);
        return report::text_out(&text);
    }
    let mut document = serde_json::to_value(view)?;
    if let Some(fields) = document.as_object_mut() {
        fields.insert("frames".to_owned(), serde_json::to_value(opened.frames)?);
        let notes = &opened.profile.source.notes;
        fields.insert("source_notes".to_owned(), serde_json::to_value(notes)?);
    }
    report::json(&document)
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
    let opened = load(&args.of.profile, args.inlined)?;
    let options = CallsOptions {
        measure: args.of.measure.clone(),
        all: args.of.all,
        limit: limit(args.limit),
    };
    let calls = view(&opened.profile, &args.of.function, &options)?;
    show(global, &opened, &calls, |style| calls.render(style))
}

/// 0 is no limit.
pub fn limit(limit: usize) -> Option<usize> {
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
    if matches!(profile.completeness, Completeness::Imported { .. }) {
        return Err(exit::usage(format!(
            "{} was imported: its report is the text it was made of; `zkperf stats --json` gives its tables",
            args.profile.display()
        )));
    }
    let zkvm = zkvms::by_name(&format!("{}@{}", run.zkvm, run.zkvm_version))
        .with_context(|| format!("cannot make the report of {}", args.profile.display()))?;
    report::text_out(&zkperf_report::printable(&zkvm.stats_text(&profile)))
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
