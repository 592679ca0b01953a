//! `zkperf report`: a profile, or the difference of two, as one HTML file.

use super::labels;
use crate::cli::{Global, ReportArgs};
use crate::program_file::ProgramFile;
use crate::sources::Sources;
use crate::{files, report};
use anyhow::{Context, Result};
use std::path::Path;
use zkperf_profile::{Profile, Run, Table};
use zkperf_report::html::{html, html_difference, Html, HtmlOptions};
use zkperf_report::Code;

/// Runs the command.
///
/// # Errors
/// A profile that cannot be read; two of which no difference can be drawn; an output that cannot be written.
pub fn run(global: &Global, args: &ReportArgs) -> Result<()> {
    files::probe(&args.out)?;
    let made = match &args.head {
        None => one(args)?,
        Some(head) => difference(args, head)?,
    };
    if !made.data.inlined && !global.quiet {
        eprintln!(
            "note: there are no source lines to show; the page has functions of the ELF only"
        );
    }
    files::write(&args.out, made.page.as_bytes())?;
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-report/1",
            "file": args.out,
            "bytes": made.page.len(),
            "profiles": made.data.sides.len(),
            "inlined": made.data.inlined,
        }));
    }
    report::text_out(&format!("{}\n", args.out.display()))
}

fn one(args: &ReportArgs) -> Result<Html> {
    let sources = Sources::new(&args.roots.source)?;
    let (profile, tables) = load(&args.profile)?;
    let file = program(args, &profile.run)?;
    let code = file.as_ref().map(ProgramFile::code).transpose()?;
    let instruction = |address| Some(code.as_ref()?.instruction(address)?.text);
    Ok(html(
        &profile,
        &HtmlOptions {
            source: &|path, line| sources.line(path, line),
            instruction: code.is_some().then_some(&instruction),
            findings: &[],
            tables: &[tables],
        },
    )?)
}

fn difference(args: &ReportArgs, head: &Path) -> Result<Html> {
    let sources = Sources::new(&args.roots.source)?;
    let (before, before_tables) = load(&args.profile)?;
    let (after, after_tables) = load(head)?;
    let options = HtmlOptions {
        source: &|path, line| sources.line(path, line),
        instruction: None,
        findings: &[],
        tables: &[before_tables, after_tables],
    };
    html_difference(&before, &after, &options)
        .with_context(|| format!("{} and {}", args.profile.display(), head.display()))
}

/// A profile without labels, and what they divide it into.
fn load(path: &Path) -> Result<(Profile, Vec<Table>)> {
    let profile = Profile::load(path)?;
    let tables = labels::tables(&profile);
    Ok((profile.without_labels(), tables))
}

/// The program's file: the one that was named, else the one that ran, if it is found.
fn program(args: &ReportArgs, run: &Run) -> Result<Option<ProgramFile>> {
    match args.elf.as_deref() {
        Some(path) => ProgramFile::find(&args.profile, run, Some(path), false).map(Some),
        // A page without instructions is a page.
        None => Ok(ProgramFile::find(&args.profile, run, None, false).ok()),
    }
}
