//! `zkperf profile`: run a guest, write its exact profile.

use crate::cli::{Global, ProfileArgs};
use crate::guest::Loaded;
use crate::project::Project;
use crate::session::{current_commit, new_path, top_text, Session, Totals, Written};
use crate::{exit, files, guest, inputs, progress, report};
use anyhow::Result;
use std::path::{Path, PathBuf};
use zkperf_config::GuestInput;

/// Runs the command.
///
/// # Errors
/// A file or guest that cannot be read; a guest that stops early (its partial profile is written).
pub fn run(global: &Global, args: &ProfileArgs) -> Result<()> {
    let mut args = args.clone();
    let project = match args.guest.elf.is_empty() {
        true => Project::with_guests(&args.project, None)?,
        false => None,
    };
    let zkvms = match &project {
        Some(project) => own_zkvms(project, &args.guest.zkvm)?,
        None => Vec::new(),
    };
    probe(&args, args.guest.elf.len().max(zkvms.len()))?;
    let mut loaded = match &project {
        Some(project) => own_guests(global, project, &zkvms)?,
        None => guest::for_each_elf(&args.guest.zkvm, &args.guest.elf, global.quiet)?,
    };
    if let (Some(project), [zkvm]) = (&project, zkvms.as_slice()) {
        take_fixed_input(&mut args, project, zkvm)?;
    }
    let args = &args;
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
        if progress::interrupted() {
            break;
        }
        written.push(profile(global, args, one)?);
    }
    show_all(global, args, &written)?;
    let faults = written.iter().filter_map(|written| {
        let fault = written.fault.as_ref()?;
        Some(format!(
            "{}\nthe partial profile is {}",
            guest::explain(fault, &args.guest),
            written.path.display()
        ))
    });
    let mut faults: Vec<String> = faults.collect();
    if written.len() < loaded.len() && faults.is_empty() {
        faults
            .push("interrupted: what is listed is whole, the guests after it were not run".into());
    }
    exit::failed(&faults)
}

/// The zkVMs whose guests of zkperf.toml are meant.
fn own_zkvms(project: &Project, asked: &str) -> Result<Vec<String>> {
    let named: Vec<String> = project.config.guest.zkvms.keys().cloned().collect();
    match (asked, named.len()) {
        (guest::AUTO, 1) => Ok(named),
        (guest::AUTO, _) => Err(exit::usage(format!(
            "which guest of {}? give --zkvm with one of {} or all, or --elf FILE",
            project.config.path.display(),
            named.join(", ")
        ))),
        ("all", _) => Ok(named),
        (one, _) => Ok(vec![one.to_owned()]),
    }
}

/// The guests that were built last for them.
fn own_guests(global: &Global, project: &Project, zkvms: &[String]) -> Result<Vec<Loaded>> {
    let load = |zkvm: &String| project.load(zkvm, &project.built(zkvm)?, global.quiet);
    zkvms.iter().map(load).collect()
}

/// The input that zkperf.toml names for a guest, where the command line names none.
fn take_fixed_input(args: &mut ProfileArgs, project: &Project, zkvm: &str) -> Result<()> {
    let given = !args.guest.input.is_empty() || args.guest.stdin.is_some();
    if let (GuestInput::File { file }, false) = (&project.guest(zkvm)?.input, given) {
        args.guest.input.push(inputs::fixed(project, file)?.path);
    }
    Ok(())
}

/// Looks whether the results will have a place, before the guest runs.
fn probe(args: &ProfileArgs, guests: usize) -> Result<()> {
    let Some(out) = &args.out else {
        let folder = args.dir.as_deref().unwrap_or(Path::new("profiles"));
        return files::probe_folder(folder);
    };
    if guests > 1 {
        return Err(exit::usage(format!(
            "-o names one profile, and there are {guests} guests; leave it out to have them named"
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
        let own = || PathBuf::from("profiles").join(one.zkvm.name());
        let folder = args.dir.clone().unwrap_or_else(own);
        new_path(&folder, &args.title, &current_commit())
    });
    let session = Session {
        zkvm: one.zkvm.as_ref(),
        guest: &one.guest,
        input,
        input_id,
        title: &args.title,
        max_steps: args.guest.max_steps,
        segment_po2: args.guest.po2,
        top: args.top,
    };
    session.profile(global, &path, args.stats)
}

fn show_all(global: &Global, args: &ProfileArgs, written: &[Written]) -> Result<()> {
    if global.json {
        let documents = written.iter().map(document).collect();
        return report::json_each("zkperf-profiles-written/1", "profiles", documents);
    }
    written
        .iter()
        .try_for_each(|written| show(global, args, written))
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

fn show(global: &Global, args: &ProfileArgs, written: &Written) -> Result<()> {
    // The report ends with the table where both are asked for.
    match (&written.stats_text, args.top) {
        (Some(text), _) => report::text_out(text)?,
        (None, Some(rows)) => report::text_out(&top_text(&written.profile, rows)?)?,
        (None, None) => {}
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
