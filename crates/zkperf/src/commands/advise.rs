//! `zkperf advise`: what to do next about a profile.

use crate::cli::{AdviseArgs, Global};
use crate::program_file::ProgramFile;
use crate::report;
use anyhow::{Context, Result};
use zkperf_advise::AdviseOptions;
use zkperf_profile::Profile;

/// Looks for findings.
///
/// # Errors
/// A profile that cannot be read, or has no call tree or proving cost; an ELF that was named and is not the one that ran.
pub fn run(global: &Global, args: &AdviseArgs) -> Result<()> {
    let profile = Profile::load(&args.profile)?;
    let file = args.profile.display().to_string();
    let program = ProgramFile::find(&args.profile, &profile.run, args.elf.as_deref(), false);
    let program = match (program, &args.elf) {
        (Err(error), Some(_)) => return Err(error),
        (program, _) => program.ok(),
    };
    let checks = program.as_ref().map(ProgramFile::checks).transpose()?;
    let compiled_for = program
        .as_ref()
        .map(ProgramFile::compiled_for)
        .transpose()?
        .flatten();
    let record = program.as_ref().and_then(|program| program.record.as_ref());
    let built = record.map(|record| &record.profile);
    let options = AdviseOptions {
        file: &file,
        size_label: zkperf_labels::memory::KEY,
        checks: checks.as_deref(),
        built: built.filter(|profile| !profile.is_empty()),
        compiled_for: compiled_for.as_deref(),
    };
    let advice = zkperf_advise::advise(&profile, &options)
        .with_context(|| format!("cannot advise on {file}"))?;
    report::view(global, &advice, |style| advice.render(args.all, style))
}
