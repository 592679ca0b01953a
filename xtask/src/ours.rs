//! Our side: an engine's profile in the common form.

use std::collections::BTreeMap;

use anyhow::{bail, Context, Result};
use zkperf_exec::{Control, GuestInput, LoadError, RunRequest, Zkvm};
use zkperf_profile::ProfileData;

use crate::figures::{add, Figures};
use crate::official::functions::{as_ziskemu, FunctionFigures};
use crate::official::image::Image;
use crate::official::version::Version;
use crate::official::Options;

/// One run of our engine.
#[derive(Debug)]
pub struct OurRun {
    /// Every figure but those of functions, with the same keys as the official ones.
    pub figures: Figures,
    /// The text report.
    pub text: String,
    /// Public output.
    pub output: Vec<u8>,
    /// Why the guest stopped early, or nothing.
    pub fault: Option<String>,
    /// Figures of functions, as ziskemu states them.
    pub functions: FunctionFigures,
}

/// Why there is no run.
#[derive(Debug)]
pub enum NoRun {
    /// The file was refused.
    Refused(String),
    /// The engine could not run it.
    Failed(String),
}

/// Runs a guest on the engine of a version of ZisK and reads the profile.
pub fn run(
    engine: &dyn Zkvm,
    version: &Version,
    elf: &[u8],
    input: &[u8],
    options: Options,
) -> Result<std::result::Result<OurRun, NoRun>> {
    let program = match engine.load(elf) {
        Ok(program) => program,
        // What a remote engine says of itself, not of the guest.
        Err(LoadError::Engine(words)) if words.contains(" does not work: ") => bail!("{words}"),
        Err(refusal) => return Ok(Err(NoRun::Refused(refusal.to_string()))),
    };
    let request = RunRequest {
        input: GuestInput {
            buffers: vec![input.to_vec()],
            ..GuestInput::default()
        },
        ..RunRequest::default()
    };
    let mut control = Control::default();
    if let Some(limit) = options.max_steps {
        control.max_steps = limit;
    }
    let outcome = match program.profile(request, &mut control) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Err(NoRun::Failed(error.to_string()))),
    };
    let profile = outcome
        .profile
        .context("the engine gave no profile although one was asked for")?;
    let text = engine.stats_text(&profile);
    let data = profile.data();
    let functions = match options.functions {
        true => as_ziskemu(data, version, &Image::load(version, elf)?, elf)?,
        false => FunctionFigures::default(),
    };
    Ok(Ok(OurRun {
        figures: figures(data, version)?,
        text,
        output: outcome.output,
        fault: outcome.fault.map(|f| f.to_string()),
        functions,
    }))
}

/// Every figure of a profile but those of functions that the version's ziskemu has, too; the tables are described in docs/zisk-tables.md.
pub fn figures(data: &ProfileData, version: &Version) -> Result<Figures> {
    let mut out = Figures::new();
    let steps = data
        .measures
        .iter()
        .find(|m| m.name == "steps")
        .context("the profile has no measure `steps`")?;
    add(&mut out, "steps".into(), steps.total);
    for (label, values) in table(data, "cost_distribution", &["cost"])? {
        add(
            &mut out,
            format!("cost.{}", label.to_lowercase()),
            values[0],
        );
    }
    for (name, family) in [
        ("opcodes", "opcode"),
        ("precompiles", "precompile"),
        ("frops", "frops"),
        ("memory", "memory"),
        ("memory_detail", "memory_detail"),
    ] {
        for (label, values) in table(data, name, &["count", "cost"])? {
            add(&mut out, format!("{family}.{label}.count"), values[0]);
            add(&mut out, format!("{family}.{label}.cost"), values[1]);
        }
    }
    let ram: BTreeMap<_, _> = table(data, "ram_usage", &["bytes"])?.into_iter().collect();
    if ram.get("SIZE").is_some_and(|v| v[0] > 0) {
        let used = ram.get("USED").context("table ram_usage has no row USED")?;
        add(&mut out, "ram.used".into(), used[0]);
    }
    for (label, values) in table(data, "rom_usage", &["rows"])? {
        if label == "USED" {
            add(&mut out, "rom.used".into(), values[0]);
        }
    }
    if version.rom_regions {
        for (label, values) in table(data, "rom_regions", &["steps"])? {
            add(&mut out, format!("rom_region.{label}.steps"), values[0]);
        }
    }
    let offsets = ["0", "1", "2", "3", "4", "5", "6", "7"];
    for (label, values) in table(data, "byte_offsets", &offsets)? {
        for (offset, value) in values.iter().enumerate() {
            add(&mut out, format!("byte_offset.{label}.{offset}"), *value);
        }
    }
    tags(data, &mut out)?;
    Ok(out)
}

/// A table's rows with the columns asked for, in that order.
fn table<'a>(
    data: &'a ProfileData,
    name: &str,
    columns: &[&str],
) -> Result<Vec<(&'a str, Vec<u64>)>> {
    let table = data
        .tables
        .iter()
        .find(|t| t.name == name)
        .with_context(|| format!("the profile has no table `{name}` (docs/zisk-tables.md)"))?;
    let places: Vec<usize> = columns
        .iter()
        .map(|column| {
            table
                .columns
                .iter()
                .position(|c| c == column)
                .with_context(|| format!("table `{name}` has no column `{column}`"))
        })
        .collect::<Result<_>>()?;
    table
        .rows
        .iter()
        .map(|row| {
            if row.values.len() != table.columns.len() {
                bail!(
                    "table `{name}`, row `{}`: wrong number of values",
                    row.label
                );
            }
            Ok((
                row.label.as_str(),
                places.iter().map(|&p| row.values[p]).collect(),
            ))
        })
        .collect()
}

/// Reported tags have rows in ziskemu's report, the others were printed when they ended.
fn tags(data: &ProfileData, out: &mut Figures) -> Result<()> {
    let columns = [
        "steps",
        "steps_calls",
        "steps_min",
        "steps_max",
        "cost",
        "cost_calls",
        "cost_min",
        "cost_max",
        "report_steps",
        "report_cost",
    ];
    for (label, v) in table(data, "profile_tags", &columns)? {
        let (by_steps, by_cost) = (v[8] != 0, v[9] != 0);
        for (reported, kind, at) in [(by_steps, "steps", 0), (by_cost, "cost", 4)] {
            if reported {
                for (suffix, offset) in [("", 0), ("_calls", 1), ("_min", 2), ("_max", 3)] {
                    add(out, format!("tag.{label}.{kind}{suffix}"), v[at + offset]);
                }
            }
        }
        let printed = u64::from(!by_steps) * v[0] + u64::from(!by_cost) * v[4];
        if printed > 0 {
            add(out, format!("tag.{label}.printed"), printed);
        }
    }
    Ok(())
}
