//! `zkperf sweep`: which build flags make a guest cheaper to prove. What is swept and how is in `zkperf-sweep`; here are
//! arguments and what is shown.

mod bench;
mod text;

use crate::cli::{Global, SweepArgs};
use crate::project::Project;
use crate::{exit, report, zkvms};
use anyhow::Result;
use bench::Bench;
use std::path::PathBuf;
use zkperf_config::{Config, ConfigError};
use zkperf_sweep::{overrides, Factors, Request, Store, Strategy};

pub use bench::Stopped;

/// Where a sweep keeps its files, unless said otherwise.
const FOLDER: &str = "zkperf-sweep";

/// Runs the command.
///
/// # Errors
/// Settings that cannot be; a baseline that cannot be built and run; whatever keeps inputs from being made. A setting that
/// cannot be built, or does not do what the baseline does, is part of the result.
pub fn run(global: &Global, args: &SweepArgs) -> Result<()> {
    let any = Project::find(&args.project)?;
    let project = match args.guest {
        None => Project::with_guests(&args.project, None)?,
        Some(_) => None,
    };
    let request = Request {
        zkvms: selection(args, project.as_ref())?,
        factors: factors(args, any.as_ref().map(|any| &any.config))?,
        strategy: match args.grid {
            true => Strategy::Grid,
            false => Strategy::OneFactor,
        },
        budget: args.budget,
        retry_failed: args.retry_failed,
    };
    let folder = args.out.clone().unwrap_or_else(|| match &project {
        Some(project) => project.checkout.join(FOLDER),
        None => PathBuf::from(FOLDER),
    });
    let mut bench = Bench::new(global, args, project, any, &folder);
    if args.dry_run {
        let mut store = Store::read(&folder)?;
        let plan = zkperf_sweep::announce(&request, &mut store, &mut bench)?;
        return report::view(global, &plan, |_| text::plan(&plan));
    }
    let mut store = Store::open(&folder)?;
    let plan = zkperf_sweep::announce(&request, &mut store, &mut bench)?;
    if !global.quiet && !global.json {
        eprint!("{}", text::counts(&plan));
    }
    let found = zkperf_sweep::sweep(&request, &mut store, &mut bench)?;
    bench.restore(&found, &store)?;
    report::view(global, &found, |style| text::report(&found, style))
}

/// The zkVMs that were asked for, else those of zkperf.toml.
fn selection(args: &SweepArgs, project: Option<&Project>) -> Result<Vec<String>> {
    let mut selected = Vec::new();
    for asked in &args.zkvm {
        match (asked.as_str(), project) {
            ("all", Some(project)) => selected.extend(project.zkvms(Some("all"))?),
            ("all", None) => selected.extend(zkvms::all().iter().map(|z| z.name().to_owned())),
            (one, _) => selected.push(one.to_owned()),
        }
    }
    if let (true, Some(project)) = (args.zkvm.is_empty(), project) {
        selected = project.zkvms(None)?;
    }
    if selected.is_empty() {
        return Err(exit::which_zkvm());
    }
    for name in &selected {
        zkvms::by_name(name)?;
    }
    let mut unique = Vec::new();
    for name in selected {
        if !unique.contains(&name) {
            unique.push(name);
        }
    }
    Ok(unique)
}

/// What is set: what the command line names, else the default values with those of zkperf.toml in their places.
fn factors(args: &SweepArgs, config: Option<&Config>) -> Result<Factors> {
    if !args.set.is_empty() {
        return Factors::parse(&args.set).map_err(|error| exit::usage(error.to_string()));
    }
    let mut factors = Factors::defaults();
    let Some(config) = config else {
        return Ok(factors);
    };
    for factor in &config.sweep.factors {
        let key = &factor.key;
        let mut all = Vec::new();
        for (line, value) in &factor.values {
            let read = overrides(&format!("{key}={value}")).map_err(|error| ConfigError::Value {
                path: config.path.clone(),
                line: *line,
                key: format!("sweep.{key}"),
                problem: format!("cannot be: {error}"),
            });
            all.extend(read?);
        }
        factors = factors.replace(key, all);
    }
    Ok(factors)
}

#[cfg(test)]
mod tests {
    use zkperf_config::Sweep;
    use zkperf_sweep::Factor;

    #[test]
    fn the_keys_of_the_table_are_the_factors() {
        assert_eq!(Sweep::KEYS, Factor::families());
    }
}
