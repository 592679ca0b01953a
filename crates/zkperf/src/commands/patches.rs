//! `zkperf patches`: which operations run on circuits and which in software.

use crate::cli::{Global, PatchesArgs};
use crate::program_file::ProgramFile;
use crate::{exit, files, report};
use anyhow::{Context, Result};
use std::path::Path;
use zkperf_advise::{AuditInput, Lock};
use zkperf_profile::Profile;

/// Audits profiles and a lock file.
///
/// # Errors
/// A file that cannot be read or is not what it should be; an ELF that is not the one that ran.
pub fn run(global: &Global, args: &PatchesArgs) -> Result<()> {
    if args.elf.is_some() && args.profiles.len() != 1 {
        return Err(exit::usage(
            "--elf is the guest of one profile; name one, or leave out --elf",
        ));
    }
    let lock = args.lock.as_deref().map(read_lock).transpose()?;
    let load = |path: &std::path::PathBuf| Profile::load(path);
    let profiles = args
        .profiles
        .iter()
        .map(load)
        .collect::<Result<Vec<_>, _>>()?;
    let inputs = args.profiles.iter().zip(&profiles).map(|(path, profile)| {
        Ok(AuditInput {
            profile,
            file: path.display().to_string(),
            symbols: symbols(path, profile, args.elf.as_deref())?,
        })
    });
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    let named = lock.as_ref().map(|(name, lock)| (name.as_str(), lock));
    let audit = zkperf_advise::audit(&inputs, named).context("cannot audit patches")?;
    report::view(global, &audit, |style| audit.render(style))
}

fn read_lock(path: &Path) -> Result<(String, Lock)> {
    let name = path.display().to_string();
    let text = String::from_utf8(files::read(path)?)
        .with_context(|| format!("{name} is no text; name the guest's Cargo.lock"))?;
    let lock = Lock::parse(&text)
        .with_context(|| format!("cannot read {name}; name the guest's Cargo.lock"))?;
    Ok((name, lock))
}

/// Names of all functions of the guest, if its ELF is there; an ELF that was named has to be.
fn symbols(
    profile_path: &Path,
    profile: &Profile,
    elf: Option<&Path>,
) -> Result<Option<Vec<String>>> {
    match ProgramFile::find(profile_path, &profile.run, elf, false) {
        Ok(file) => Ok(Some(file.function_names()?)),
        Err(error) if elf.is_some() => Err(error),
        Err(_) => Ok(None),
    }
}
