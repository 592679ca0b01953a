//! `zkperf profile`: run a guest, write its exact profile.

use crate::cli::{Global, ProfileArgs};
use crate::guest::Loaded;
use crate::session::{current_commit, file_name, Session, Totals, Written};
use crate::{exit, files, guest, progress, report};
use anyhow::Result;
use std::path::{Path, PathBuf};

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early (its partial profile is written).
pub fn run(global: &Global, args: &ProfileArgs) -> Result<()> {
    probe(args)?;
    let mut loaded = guest::for_each_elf(&args.guest.zkvm, &args.guest.elf, global.quiet)?;
    if let Some(path) = &args.debug_elf {
        let [one] = loaded.as_mut_slice() else {
            return Err(exit::usage(
                "--debug-elf is another build of one guest; profile guests one by one",
            ));
        };
        guest::adopt_layout(one.zkvm.as_ref(), &mut one.guest, path)?;
    }
    let mut written = Vec::new();
    for one in &loaded {
        written.push(profile(global, args, one)?);
        if progress::interrupted() {
            break;
        }
    }
    show_all(global, &written)?;
    let faults = written.iter().filter_map(|written| {
        let fault = written.fault.as_ref()?;
        Some(format!(
            "{}\nthe partial profile is {}",
            guest::explain(fault, &args.guest),
            written.path.display()
        ))
    });
    let faults: Vec<String> = faults.collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(exit::Coded {
        message: faults.join("\n"),
        code: 1,
    }
    .into())
}

/// Looks whether the results will have a place, before the guest runs.
fn probe(args: &ProfileArgs) -> Result<()> {
    let Some(out) = &args.out else {
        return files::probe_folder(Path::new("profiles"));
    };
    if args.guest.elf.len() > 1 {
        return Err(exit::usage(format!(
            "-o names one profile, and there are {} guests; leave it out to have them named",
            args.guest.elf.len()
        )));
    }
    files::probe(out)?;
    if args.stats {
        let text = out.with_extension("txt");
        if text == *out {
            return Err(exit::usage(format!(
                "with --stats the text report goes to {}, where -o wants the profile; give -o another name, such \
                 as {}",
                text.display(),
                out.with_extension("zkp").display()
            )));
        }
        files::probe(&text)?;
    }
    Ok(())
}

fn profile(global: &Global, args: &ProfileArgs, one: &Loaded) -> Result<Written> {
    let (input, input_id) = guest::read_inputs(one.zkvm.as_ref(), &args.guest, global.quiet)?;
    let path = args.out.clone().unwrap_or_else(|| {
        PathBuf::from("profiles")
            .join(one.zkvm.name())
            .join(file_name(&args.title, &current_commit()))
    });
    let session = Session {
        zkvm: one.zkvm.as_ref(),
        guest: &one.guest,
        input,
        input_id,
        title: &args.title,
        max_steps: args.guest.max_steps,
        segment_po2: args.guest.po2,
    };
    session.profile(global, &path, args.stats)
}

fn show_all(global: &Global, written: &[Written]) -> Result<()> {
    if global.json {
        let documents = written.iter().map(document).collect();
        return report::json_each("zkperf-profiles-written/1", "profiles", documents);
    }
    written.iter().try_for_each(|written| show(global, written))
}

fn document(written: &Written) -> serde_json::Value {
    let data = written.profile.data();
    serde_json::json!({
            "schema": "zkperf-profile-written/1",
            "profile": written.path,
            "stats": written.stats,
            "zkvm": data.run.zkvm,
            "version": data.run.zkvm_version,
            "elf_sha256": data.run.elf.sha256,
            "input_sha256": data.run.input.sha256,
            "output_sha256": data.run.output_sha256,
            "warnings": written.notes,
            "completeness": data.completeness,
            "totals": Totals::of(&written.profile),
            "resyncs": written.profile.resync_count(),
            "unattributed": data.unattributed,
            "unattributed_unit": zkperf_report::summary(&written.profile).unattributed.unit,
            "touched_bytes": written.touched_bytes,
            "loader_peak_bytes": written.loader_peak_bytes,
            "run_seconds": written.seconds,
    })
}

fn show(global: &Global, written: &Written) -> Result<()> {
    if let Some(text) = &written.stats_text {
        report::text_out(text)?;
    }
    let mut text = zkperf_report::summary(&written.profile).render(&report::style(global));
    text += &format!(
        "\nprofile     {}  ({:.2} s)\n",
        written.path.display(),
        written.seconds
    );
    if let Some(stats) = &written.stats {
        text += &format!("report      {}\n", stats.display());
    }
    text += &format!("next        zkperf top {}\n", written.path.display());
    report::text_out(&text)
}
