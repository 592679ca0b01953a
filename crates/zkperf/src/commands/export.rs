//! `zkperf export`: a profile in the format of another viewer.

use crate::cli::{ExportArgs, ExportFormat, Global};
use crate::{exit, files, report};
use anyhow::{Context, Result};
use std::io::Write;
use zkperf_profile::{MeasureId, Profile};
use zkperf_report::{choose_measure, export, Opened, ReportError};

/// Runs the command.
///
/// # Errors
/// A profile that cannot be read, an unknown measure, an output that cannot be written.
pub fn run(global: &Global, args: &ExportArgs) -> Result<()> {
    if let Some(path) = &args.out {
        files::probe(path)?;
    } else if global.json {
        return Err(exit::usage(
            "an export is no JSON document of zkperf's; with --json name its file with -o",
        ));
    }
    let mut profile = Profile::load(&args.profile)?;
    if args.format != ExportFormat::Pprof {
        // No other format has a place for them.
        profile = profile.without_labels();
    }
    let measures = measures(&profile, args)?;
    let known = profile.source.is_known();
    if !known && !global.quiet {
        eprintln!(
            "note: this profile has no source lines: the export has neither lines nor inlined code"
        );
    }
    let inlined = known && !args.physical && args.format != ExportFormat::Callgrind;
    let opened = match zkperf_report::open(profile, inlined) {
        Err(ReportError::TooManyFrames { .. }) => {
            if !global.quiet {
                eprintln!(
                    "note: too many contexts with inlined code and labels: exported without labels; --physical keeps them"
                );
            }
            let profile = Profile::load(&args.profile)?.without_labels();
            zkperf_report::open(profile, inlined)?
        }
        opened => opened?,
    };
    match args.format {
        ExportFormat::Folded => export::check_stacks(&opened.profile, true)?,
        ExportFormat::Pprof | ExportFormat::Speedscope => {
            export::check_stacks(&opened.profile, false)?;
        }
        ExportFormat::Firefox | ExportFormat::Callgrind => {}
    }
    let bytes = bytes(&opened, args.format, &measures)?;
    let Some(path) = &args.out else {
        std::io::stdout().lock().write_all(&bytes)?;
        return Ok(());
    };
    files::write(path, &bytes)?;
    if global.json {
        let name = |id: &MeasureId| opened.profile.measures[id.0 as usize].name.clone();
        return report::json(&serde_json::json!({
            "schema": "zkperf-export/1",
            "file": path,
            "bytes": bytes.len(),
            "measures": measures.iter().map(name).collect::<Vec<_>>(),
            "frames": opened.frames,
        }));
    }
    Ok(())
}

/// The measures of the export: the chosen ones, or all where the format holds all.
fn measures(profile: &Profile, args: &ExportArgs) -> Result<Vec<MeasureId>> {
    let takes_all = matches!(args.format, ExportFormat::Pprof | ExportFormat::Callgrind);
    if takes_all {
        if !args.measure.is_empty() {
            return Err(exit::usage(
                "this format holds every measure; leave out --measure",
            ));
        }
        return Ok((0..profile.measures.len() as u32).map(MeasureId).collect());
    }
    if args.format == ExportFormat::Folded && args.measure.len() > 1 {
        return Err(exit::usage("folded stacks hold one measure; name one"));
    }
    if args.measure.is_empty() {
        return Ok(vec![choose_measure(profile, None)?]);
    }
    let ids = args
        .measure
        .iter()
        .map(|name| choose_measure(profile, Some(name)));
    Ok(ids.collect::<Result<_, _>>()?)
}

fn bytes(opened: &Opened, format: ExportFormat, measures: &[MeasureId]) -> Result<Vec<u8>> {
    let profile = &opened.profile;
    Ok(match format {
        ExportFormat::Pprof => gzip(&export::pprof(profile, &opened.called_at))?,
        ExportFormat::Speedscope => export::speedscope(profile, measures),
        ExportFormat::Firefox => export::firefox(profile, measures),
        ExportFormat::Folded => export::folded(profile, measures[0]).into_bytes(),
        ExportFormat::Callgrind => export::callgrind(profile).into_bytes(),
    })
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder
        .write_all(bytes)
        .and_then(|()| encoder.finish())
        .context("cannot compress the export")
}
