//! Commands that look into a profile at the level of its source: stacks with inlined frames, lines, the tree.

use super::views::{limit, load, show};
use crate::cli::{AnnotateArgs, Global, LinesArgs, TreeArgs, WhereArgs};
use crate::program_file::ProgramFile;
use crate::report;
use crate::sources::Sources;
use anyhow::Result;
use zkperf_profile::Profile;
use zkperf_report::{
    AnnotateOptions, InstructionsOptions, LinesBy, LinesOptions, Opened, ReportError,
    StacksOptions, TreeOptions,
};

/// `zkperf where`.
///
/// # Errors
/// A profile that cannot be read; an unknown measure; an unknown or ambiguous function.
pub fn stacks(global: &Global, args: &WhereArgs) -> Result<()> {
    // Of the labels only the sizes of arguments are shown; contexts that others tell apart would multiply with inlined code.
    let profile = Profile::load(&args.of.profile)?.with_labels_of(&[zkperf_labels::memory::KEY]);
    // Without lines, the stacks of the ELF's functions are still an answer; a note says what is missing.
    let known = profile.source.is_known();
    if !known && !args.physical {
        let why = zkperf_report::no_lines(&profile);
        eprintln!("note: {why}; showing functions of the ELF only");
    }
    let opened = zkperf_report::open(profile, known && !args.physical)?;
    let options = StacksOptions {
        measure: args.of.measure.clone(),
        all: args.of.all,
        limit: limit(args.limit),
        depth: limit(args.depth),
        size_label: zkperf_labels::memory::KEY,
    };
    let Opened {
        profile, called_at, ..
    } = &opened;
    let view = zkperf_report::stacks(profile, called_at, &args.of.function, &options)?;
    show(global, &opened, &view, |style| view.render(style))
}

/// `zkperf annotate`.
///
/// # Errors
/// As [`stacks`]; a profile without lines.
pub fn annotate(global: &Global, args: &AnnotateArgs) -> Result<()> {
    if args.asm {
        return instructions(global, args);
    }
    let opened = load(&args.of.profile, true)?;
    let sources = Sources::new(&args.roots.source)?;
    let options = AnnotateOptions {
        measure: args.of.measure.clone(),
        all: args.of.all,
    };
    let text = |path: &str, line| sources.line(path, line);
    let view = zkperf_report::annotate(&opened, &args.of.function, &options, &text)?;
    show(global, &opened, &view, |style| view.render(style))
}

/// `zkperf annotate --asm`.
fn instructions(global: &Global, args: &AnnotateArgs) -> Result<()> {
    let profile = Profile::load(&args.of.profile)?.without_labels();
    let sources = Sources::new(&args.roots.source)?;
    let elf = args.elf.as_deref();
    let file = ProgramFile::find(&args.of.profile, &profile.run, elf, args.force)?;
    let code = file.code()?;
    // Without lines, instructions of the ELF's functions are still an answer.
    let opened = match zkperf_report::open(profile.clone(), profile.source.is_known()) {
        Err(ReportError::TooManyFrames { .. }) => zkperf_report::open(profile.clone(), false),
        opened => opened,
    }?;
    let options = InstructionsOptions {
        measure: args.of.measure.clone(),
        all: args.of.all,
    };
    let view = zkperf_report::instructions(
        &profile,
        &opened,
        &args.of.function,
        &options,
        &code,
        file.id.clone(),
    )?;
    let text = |path: &str, line| sources.line(path, line);
    report::view(global, &view, |style| view.render(&text, style))
}

/// `zkperf lines`.
///
/// # Errors
/// A profile that cannot be read or has no lines; an unknown measure; a bad expression.
pub fn lines(global: &Global, args: &LinesArgs) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let sources = Sources::new(&args.roots.source)?;
    let options = LinesOptions {
        measure: args.measure.clone(),
        by: LinesBy::Line,
        filter: args.filter.clone(),
        limit: limit(args.limit),
    };
    let view = zkperf_report::lines(&profile, &options, &|path, line| sources.line(path, line))?;
    report::view(global, &view, |style| view.render(style))
}

/// `zkperf tree`.
///
/// # Errors
/// A profile that cannot be read; with `--inlined`, one without lines; an unknown measure.
pub fn tree(global: &Global, args: &TreeArgs) -> Result<()> {
    let opened = load(&args.profile, args.inlined)?;
    let options = TreeOptions {
        measure: args.measure.clone(),
        min_percent: args.min,
        depth: limit(args.depth),
    };
    let view = zkperf_report::tree(&opened.profile, &options)?;
    show(global, &opened, &view, |style| view.render(style))
}
