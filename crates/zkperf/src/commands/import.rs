//! `zkperf import`: a profile from an official emulator's text report.

use crate::cli::{Global, ImportArgs};
use crate::session::{current_commit, new_path, Totals};
use crate::{exit, files, guest, progress, report, zkvms};
use anyhow::{bail, Context, Result};
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};
use zkperf_import::{profile_data, Emulator, Origin, Report};
use zkperf_profile::{Profile, Run};

/// What is imported: the text, where it came from, the public output if it is known.
struct Imported {
    text: String,
    from: String,
    /// The zkVM's version, where it is known.
    version: String,
    output: Option<Vec<u8>>,
}

/// Runs the command.
///
/// # Errors
/// A report that cannot be read, is cut off or is something else; an emulator that cannot be run.
pub fn run(global: &Global, args: &ImportArgs) -> Result<()> {
    let out = args.out.clone().unwrap_or_else(|| {
        let folder = Path::new("profiles").join("zisk");
        new_path(&folder, &args.title, &current_commit())
    });
    files::probe(&out)?;
    let imported = match &args.report {
        Some(path) => read(args, path)?,
        None => run_official(global, args)?,
    };
    let report = Report::parse(&imported.text)
        .with_context(|| format!("cannot import {}", imported.from))?;
    let run = run_of(args, &imported, &report)?;
    let from = imported.from.clone();
    let profile = Profile::new(profile_data(&report, Origin { run, from }))?;
    if let Some(folder) = out.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    }
    profile.save(&out)?;
    // The text stands beside the profile, as it does for zkperf's own.
    let stats = out.with_extension("txt");
    if args.report.as_ref() != Some(&stats) {
        files::write(&stats, imported.text.as_bytes())?;
    }
    let data = profile.data();
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-import/1",
            "profile": out,
            "stats": stats,
            "run": data.run,
            "completeness": data.completeness,
            "totals": Totals::of(&profile),
            "functions": report.functions.len(),
        }));
    }
    let summary = zkperf_report::summary(&profile).render(&report::style(global));
    report::text_out(&format!(
        "{summary}\nprofile     {}\nnext        zkperf compare {} OTHER.zkp\n",
        out.display(),
        out.display()
    ))
}

fn read(args: &ImportArgs, path: &Path) -> Result<Imported> {
    let version = args
        .zkvm
        .as_deref()
        .and_then(|zkvm| zkvm.strip_prefix("zisk@"));
    if args.zkvm.is_some() && version.is_none() {
        return Err(exit::usage(
            "--zkvm says which version of ZisK the report is of, as in zisk@1.4.0-alpha; reports of other zkVMs are not read",
        ));
    }
    Ok(Imported {
        text: String::from_utf8_lossy(&files::read(path)?).into_owned(),
        from: path.display().to_string(),
        version: version.unwrap_or_default().to_owned(),
        output: None,
    })
}

fn run_official(global: &Global, args: &ImportArgs) -> Result<Imported> {
    let Some(elf) = &args.elf else {
        return Err(exit::usage(
            "which report? name a FILE, or --engine official with --elf",
        ));
    };
    let emulator = Emulator::find(args.official.as_deref())?;
    let from = format!("ziskemu {}", emulator.version());
    let _spinner = progress::Spinner::new(global.quiet, format!("running {from}"));
    let run = emulator.run(elf, args.input.as_deref(), args.top)?;
    Ok(Imported {
        text: run.stdout,
        from,
        version: emulator.version().to_owned(),
        output: run.output,
    })
}

/// Refuses a file that no ziskemu can have run. A version of ZisK that zkperf does not know is none of these.
fn is_of_zisk(elf: &[u8]) -> Result<()> {
    zkperf_exec::check_elf(elf, "zisk")?;
    match zkvms::of_elf(elf) {
        Ok((zkvm, _)) if zkvm.name() != "zisk" => bail!("it is for {}", zkvm.id()),
        _ => Ok(()),
    }
}

/// The identity of the run, as far as files and versions tell it.
fn run_of(args: &ImportArgs, imported: &Imported, report: &Report) -> Result<Run> {
    let mut run = Run {
        zkvm_version: imported.version.clone(),
        title: args.title.clone(),
        zkperf_version: env!("CARGO_PKG_VERSION").to_owned(),
        created_unix: SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs()),
        ..Run::default()
    };
    if let Some(elf) = &args.elf {
        let bytes = files::read(elf)?;
        is_of_zisk(&bytes)
            .with_context(|| format!("--elf {} is not what the report is of", elf.display()))?;
        run.elf.sha256 = files::sha256(&bytes);
        run.elf.bytes = bytes.len() as u64;
        run.elf.guest = elf
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
    }
    if let Some(input) = &args.input {
        let (_, id) = guest::read_input("zisk", std::slice::from_ref(input))?;
        run.input = id;
    }
    if let Some(output) = &imported.output {
        run.output_hex = hex::encode(output);
        run.output_sha256 = files::sha256(output);
        // The emulator succeeded, or there would be no output; of a text alone that is not known.
        run.exit = "exited".to_owned();
    }
    // Prices that zkperf has itself make the profile one of the same cost model; the report must agree with them.
    let known = zkvms::by_name(&format!("zisk@{}", imported.version)).ok();
    if let Some(model) = known.map(|zkvm| zkvm.cost_model()) {
        if report
            .cost_version
            .as_ref()
            .is_none_or(|version| *version == model.version)
        {
            run.cost_model = model;
        }
    }
    Ok(run)
}
