//! `zkperf demo`: the embedded guests on the embedded block, nothing else needed.

use crate::cli::{DemoArgs, Global};
use crate::session::{proving_cost, Session, Totals, Written};
use crate::{demo_guests, exit, files, guest, progress, report, zkvms};
use anyhow::{anyhow, Context, Result};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use zkperf_block::{fetch_input, InputFormat, InputRequest, InputSource, Store};
use zkperf_exec::Zkvm;
use zkperf_report::thousands;

/// The synthetic block as a node's recorded answer (`fixtures/demo-block/README.md`).
const BLOCK: &[u8] = include_bytes!("../../../../fixtures/demo-block/demo-block.json.zst");

/// One zkVM's part of the demo.
struct Shown {
    time_unit: &'static str,
    written: Written,
    /// Guest and input on disk, if they were asked for.
    kept: Option<(PathBuf, PathBuf)>,
}

/// Runs the command.
///
/// # Errors
/// A folder that cannot be written; an embedded fixture that does not fit this build.
pub fn run(global: &Global, args: &DemoArgs) -> Result<()> {
    files::probe_folder(&args.out)?;
    let mut shown = Vec::new();
    for zkvm in zkvms::selection(&args.zkvm)? {
        shown.push(one(global, args, zkvm.as_ref())?);
        if progress::interrupted() {
            return Err(anyhow!("interrupted"));
        }
    }
    if global.json {
        return report::json(&document(&shown));
    }
    report::text_out(&text(global, &shown)?)
}

fn one(global: &Global, args: &DemoArgs, zkvm: &dyn Zkvm) -> Result<Shown> {
    let embedded = demo_guests::of(zkvm.name())
        .ok_or_else(|| anyhow!("no guest for {} is embedded here", zkvm.name()))?;
    let elf = zstd::decode_all(embedded.elf).context("the embedded guest is damaged")?;
    let mut loaded = guest::from_bytes(zkvm, Arc::new(elf), "reference")?;
    let record =
        serde_json::from_slice(embedded.record).context("the embedded build record is damaged")?;
    guest::adopt(&mut loaded, &record);
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let path = input(folder.path(), zkvm.name())?;
    let (input, mut input_id) = guest::read_input(zkvm.name(), std::slice::from_ref(&path))?;
    input_id.name = "demo-block".into();
    let kept = if args.keep_inputs {
        Some(keep(&args.out, zkvm.name(), &loaded.file, &path)?)
    } else {
        None
    };
    let session = Session {
        zkvm,
        guest: &loaded,
        input,
        input_id,
        title: "demo",
        max_steps: None,
        segment_po2: None,
        top: None,
    };
    let path = args.out.join(format!("demo-{}.zkp", zkvm.name()));
    let written = session.profile(global, &path, true)?;
    if let Some(fault) = &written.fault {
        return Err(exit::Coded {
            message: fault.to_string(),
            code: 1,
        }
        .into());
    }
    Ok(Shown {
        time_unit: zkvm.time_unit(),
        written,
        kept,
    })
}

/// The embedded block, taken the same way as any recorded block: checked natively, then framed.
fn input(folder: &Path, zkvm: &str) -> Result<PathBuf> {
    let recorded = folder.join("demo-block.json.zst");
    files::write(&recorded, BLOCK)?;
    let store = Store::at(folder.join("store"));
    let mut request = InputRequest::new(InputSource::Recorded(recorded), None, store);
    request.format = InputFormat::from_name(zkvm)
        .ok_or_else(|| anyhow!("inputs for {zkvm} have no known format"))?;
    Ok(fetch_input(&request, &mut |_| {})?.path)
}

/// Writes the embedded guest and its input; returns their paths.
fn keep(folder: &Path, zkvm: &str, elf: &[u8], input: &Path) -> Result<(PathBuf, PathBuf)> {
    let paths = (
        folder.join(format!("demo-{zkvm}.elf")),
        folder.join(format!("demo-{zkvm}.bin")),
    );
    files::write(&paths.0, elf)?;
    files::write(&paths.1, &files::read(input)?)?;
    Ok(paths)
}

fn document(shown: &[Shown]) -> serde_json::Value {
    let run = |shown: &Shown| {
        let data = shown.written.profile.data();
        serde_json::json!({
            "zkvm": data.run.zkvm,
            "version": data.run.zkvm_version,
            "variant": data.run.elf.variant,
            "block": data.run.input.block,
            "elf": shown.kept.as_ref().map(|kept| &kept.0),
            "input": shown.kept.as_ref().map(|kept| &kept.1),
            "profile": shown.written.path,
            "stats": shown.written.stats,
            "output_sha256": data.run.output_sha256,
            "totals": Totals::of(&shown.written.profile),
            "run_seconds": shown.written.seconds,
        })
    };
    let next = |shown: &Shown| format!("zkperf top {}", shown.written.path.display());
    serde_json::json!({
        "schema": "zkperf-demo/1",
        "runs": shown.iter().map(run).collect::<Vec<_>>(),
        "next": shown.iter().map(next).collect::<Vec<_>>(),
    })
}

fn text(global: &Global, shown: &[Shown]) -> Result<String> {
    let style = report::style(global);
    let options = zkperf_report::TopOptions {
        limit: Some(10),
        ..Default::default()
    };
    let mut text = String::new();
    for one in shown {
        let profile = &one.written.profile;
        text += &zkperf_report::summary(profile).render(&style);
        text += "\n";
        text += &zkperf_report::top(profile, &options)?.render(&style);
        text += "\n";
    }
    text += &side_by_side(shown);
    let Some(first) = shown.first() else {
        return Ok(text);
    };
    let path = first.written.path.display();
    text += &format!(
        "\nnext      zkperf callers {path} memcpy\n          zkperf top {path} --inclusive\n          zkperf stats {path}\n"
    );
    Ok(text)
}

/// The zkVMs beside one another. Their costs are of different kinds and must not be added or compared.
fn side_by_side(shown: &[Shown]) -> String {
    let mut out = format!(
        "{:<24} {:>18} {:<14} {:>15} {:<7} {:>8}  profile\n",
        "the same block on", "proving cost", "", "time", "", "seconds"
    );
    for one in shown {
        let run = &one.written.profile.data().run;
        let (measure, cost) = proving_cost(&one.written.profile);
        out += &format!(
            "{:<24} {:>18} {measure:<14} {:>15} {:<7} {:>8.2}  {}\n",
            format!("{} {}", run.zkvm, run.zkvm_version),
            thousands(cost),
            thousands(one.written.steps),
            one.time_unit,
            one.written.seconds,
            one.written.path.display(),
        );
    }
    out
}
