//! `zkperf demo`: the embedded guest on the embedded block, nothing else needed.

use crate::cli::{DemoArgs, Global};
use crate::session::{Session, Totals, Written};
use crate::{exit, files, guest, report, zkvms};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use zkperf_block::{fetch_input, InputFormat, InputRequest, InputSource, Store};
use zkperf_exec::GuestInput;
use zkperf_profile::InputId;

/// The accelerated reference guest for ZisK (`fixtures/guests/README.md`).
const GUEST: &[u8] =
    include_bytes!("../../../../fixtures/guests/reference-zisk-accelerated.elf.zst");
/// What made it.
const RECORD: &[u8] = include_bytes!("../../../../fixtures/guests/reference-zisk-accelerated.json");
/// The synthetic block as a node's recorded answer (`fixtures/demo-block/README.md`).
const BLOCK: &[u8] = include_bytes!("../../../../fixtures/demo-block/demo-block.json.zst");

/// Runs the command.
///
/// # Errors
/// A folder that cannot be written; an embedded fixture that does not fit this build.
pub fn run(global: &Global, args: &DemoArgs) -> Result<()> {
    let zkvm = zkvms::by_name("zisk")?;
    let elf = zstd::decode_all(GUEST).context("the embedded guest is damaged")?;
    let mut loaded = guest::from_bytes(zkvm.as_ref(), &elf, "reference")?;
    let record = serde_json::from_slice(RECORD).context("the embedded build record is damaged")?;
    guest::adopt(&mut loaded.id, &record);
    let (input, input_id) = input()?;
    let kept = if args.keep_inputs {
        Some(keep(&args.out, &elf, &input)?)
    } else {
        None
    };
    let session = Session {
        zkvm: zkvm.as_ref(),
        guest: &loaded,
        input,
        input_id,
        title: "demo",
        max_steps: None,
    };
    let path = args.out.join("demo-zisk.zkp");
    let written = session.profile(global, &path, true)?;
    if let Some(fault) = &written.fault {
        return Err(exit::Coded {
            message: fault.to_string(),
            code: 1,
        }
        .into());
    }
    show(global, &written, kept)
}

/// The embedded block, taken the same way as any recorded block: checked natively, then framed.
fn input() -> Result<(GuestInput, InputId)> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let recorded = folder.path().join("demo-block.json.zst");
    files::write(&recorded, BLOCK)?;
    let store = Store::at(folder.path().join("store"));
    let mut request = InputRequest::new(InputSource::Recorded(recorded), None, store);
    request.format = InputFormat::Zisk;
    let stored = fetch_input(&request, &mut |_| {})?;
    let bytes = files::read(&stored.path)?;
    if bytes.is_empty() {
        bail!("the embedded block gave an empty input");
    }
    guest::input_from_bytes(bytes, "demo-block")
}

/// Writes the embedded guest and input; returns their paths.
fn keep(folder: &Path, elf: &[u8], input: &GuestInput) -> Result<(PathBuf, PathBuf)> {
    let paths = (folder.join("demo-zisk.elf"), folder.join("demo-zisk.bin"));
    files::write(&paths.0, elf)?;
    files::write(&paths.1, &input.buffers.concat())?;
    Ok(paths)
}

fn show(global: &Global, written: &Written, kept: Option<(PathBuf, PathBuf)>) -> Result<()> {
    let data = written.profile.data();
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-demo/1",
            "runs": [{
                "zkvm": data.run.zkvm,
                "version": data.run.zkvm_version,
                "variant": data.run.elf.variant,
                "block": data.run.input.block,
                "elf": kept.as_ref().map(|kept| &kept.0),
                "input": kept.as_ref().map(|kept| &kept.1),
                "profile": written.path,
                "stats": written.stats,
                "output_sha256": data.run.output_sha256,
                "totals": Totals::of(&written.profile),
                "run_seconds": written.seconds,
            }],
            "next": [format!("zkperf top {}", written.path.display())],
        }));
    }
    let style = report::style(global);
    let options = zkperf_report::TopOptions {
        limit: Some(10),
        ..Default::default()
    };
    let mut text = zkperf_report::summary(&written.profile).render(&style);
    text += "\n";
    text += &zkperf_report::top(&written.profile, &options)?.render(&style);
    let path = written.path.display();
    text += &format!(
        "\nprofiled in {:.2} s\nprofile   {path}\n{}next      zkperf callers {path} memcpy\n          zkperf top {path} --inclusive\n          zkperf stats {path}\n",
        written.seconds,
        written.stats.as_ref().map_or(String::new(), |stats| format!("report    {}\n", stats.display())),
    );
    report::text_out(&text)
}
