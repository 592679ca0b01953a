//! `zkperf compare`: what a change did, to one run or to a set of them.

mod coverage;
mod set;

use super::labels;
use crate::cli::{CompareArgs, CompareFormat, Global};
use crate::{exit, files, report};
use anyhow::{anyhow, Context, Result};
use std::path::Path;
use zkperf_profile::verdict::Gate;
use zkperf_profile::Profile;
use zkperf_report::{comparison, CompareOptions, Comparison, MarkdownOptions, Pair, Prepared};

/// Runs the command.
///
/// # Errors
/// A profile that cannot be read, sets without a pair, an unknown measure, an output that cannot be written; a limit that is
/// exceeded (exit code 3), or that cannot be applied since outputs differ or there is no verdict (4).
pub fn run(global: &Global, args: &CompareArgs) -> Result<()> {
    if let Some(path) = &args.out {
        files::probe(path)?;
    }
    let set = set::Set::of(args)?;
    let mut pairs = Vec::new();
    for (before, after) in &set.pairs {
        pairs.push(pair(args, before, after)?);
    }
    let options = CompareOptions {
        limit: super::views::limit(args.limit),
        limits: args.fail_above.clone(),
        by: args.by.map(|by| by.key()),
        kinds: coverage::kinds(&set.pairs, &pairs, &args.inputs),
        known: coverage::known(),
        unpaired: set.unpaired,
    };
    let view = comparison(pairs, &options).map_err(|error| exit::usage(error.to_string()))?;
    if view.zkvms.iter().all(|zkvm| zkvm.divisions.is_empty()) {
        if let Some(by) = &options.by {
            return Err(anyhow!("these profiles cannot be divided by {by}"));
        }
    }
    let text = text(global, args, &view, &options)?;
    match &args.out {
        Some(path) => files::write(path, text.as_bytes())?,
        None => report::text_out(&text)?,
    }
    gate(args, &view)
}

/// Reads and prepares both sides at the same time, and compares them.
fn pair(args: &CompareArgs, before: &Path, after: &Path) -> Result<Pair> {
    let prepare = |path: &Path| -> Result<Prepared> {
        let profile = Profile::load(path)?;
        Prepared::new(profile, args.measure.as_deref(), &labels::divide)
            .with_context(|| format!("cannot compare {}", path.display()))
    };
    let (first, second) = std::thread::scope(|scope| {
        let first = scope.spawn(|| prepare(before));
        let second = prepare(after);
        (first.join(), second)
    });
    let first = first.map_err(|_| anyhow!("comparing {} failed", before.display()))??;
    let names = [before, after].map(|path| path.display().to_string());
    Ok(Pair::of(&first, &second?, names))
}

fn text(
    global: &Global,
    args: &CompareArgs,
    view: &Comparison,
    options: &CompareOptions,
) -> Result<String> {
    let format = if global.json {
        CompareFormat::Json
    } else {
        args.format
    };
    Ok(match format {
        CompareFormat::Json => serde_json::to_string_pretty(view)? + "\n",
        CompareFormat::Text => view.render(options.by.as_deref(), &report::style(global)),
        CompareFormat::Markdown => view.markdown(&MarkdownOptions {
            commands: set::commands(args),
            made_by: format!("zkperf {}", env!("CARGO_PKG_VERSION")),
            by: options.by.clone(),
        }),
    })
}

/// The exit code, if limits were asked for: everything was printed, whatever it says.
fn gate(args: &CompareArgs, view: &Comparison) -> Result<()> {
    let (code, message) = match view.judgement.gate() {
        _ if args.fail_above.is_empty() => return Ok(()),
        // A run that is missing after a change may be one that does not end any more.
        Gate::Passed => match view.unpaired.iter().find(|one| one.side == "before") {
            None => return Ok(()),
            Some(one) => (
                4,
                format!(
                    "no limit can be applied to {}: there is no such profile after",
                    one.file
                ),
            ),
        },
        Gate::Exceeded => {
            let first = &view.exceeded[0];
            let more = match view.exceeded.len() {
                1 => String::new(),
                all => format!(", and {} more", all - 1),
            };
            (
                3,
                format!("limit {} is exceeded: {}{more}", first.limit, first.at),
            )
        }
        Gate::NotSound if view.judgement.only_endings_differ() => (
            4,
            "the guests ended differently: whatever it costs, the guest does something else"
                .to_owned(),
        ),
        Gate::NotSound if view.judgement.outputs_differ() => (
            4,
            "the public outputs differ: whatever it costs, the guest does something else"
                .to_owned(),
        ),
        Gate::NotSound => (
            4,
            "there is no verdict, so that no limit can be applied; the comparison says why"
                .to_owned(),
        ),
    };
    Err(exit::Coded { message, code }.into())
}
