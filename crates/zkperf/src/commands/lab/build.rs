//! Guests for the lab: only what the commit that is checked out makes is measured.

use crate::cli::{Global, GuestSource};
use crate::project::Project;
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_config::GuestBuild;

/// Builds a zkVM's guest as zkperf.toml says, and gives its ELF. One that was there before is nobody's: a command has to make
/// it anew, and one that is not built must be a file of the commit. `scratch` is a folder for the old one meanwhile.
///
/// # Errors
/// The build fails or leaves no ELF, and then the one from before is where it was; git does not track a prebuilt one.
pub fn of_commit(
    global: &Global,
    project: &Project,
    zkvm: &str,
    scratch: &Path,
) -> Result<PathBuf> {
    let asked = GuestSource {
        guest: None,
        variant: None,
        layout: false,
    };
    let build = || project.build(global, zkvm, &asked, None);
    match &project.guest(zkvm)?.build {
        GuestBuild::Package { .. } => build(),
        GuestBuild::Command { elf, .. } => {
            let aside = Aside::put(&project.checkout.join(elf), scratch)?;
            let built = build();
            match (built, aside) {
                (Ok(built), _) => Ok(built),
                (Err(error), None) => Err(error),
                (Err(error), Some(aside)) => {
                    aside.back()?;
                    Err(error.context(
                        "in the lab a build makes the ELF anew: the one from before was moved aside, and is back",
                    ))
                }
            }
        }
        GuestBuild::Prebuilt { elf } => {
            if !is_tracked(&project.checkout, elf)? {
                bail!(
                    "the guest for {zkvm} is {elf}, which git does not track: nobody knows which commit it is of; name its \
                     `build` command in zkperf.toml, or commit the ELF"
                );
            }
            build()
        }
    }
}

/// An ELF that was there before the build.
struct Aside {
    place: PathBuf,
    aside: PathBuf,
}

impl Aside {
    /// Moves a file away; `None` if there is none. A link stays, and what it points to goes.
    fn put(path: &Path, scratch: &Path) -> Result<Option<Self>> {
        let Ok(place) = path.canonicalize() else {
            return Ok(None);
        };
        let aside = scratch.join("guest-before.elf");
        std::fs::create_dir_all(scratch)
            .with_context(|| format!("cannot make {}", scratch.display()))?;
        shift(&place, &aside)?;
        Ok(Some(Self { place, aside }))
    }

    fn back(self) -> Result<()> {
        match self.place.exists() {
            true => Ok(()),
            false => shift(&self.aside, &self.place),
        }
    }
}

/// Renames a file, or copies it where the two places are on two file systems.
fn shift(from: &Path, to: &Path) -> Result<()> {
    let moved = std::fs::rename(from, to)
        .or_else(|_| std::fs::copy(from, to).and_then(|_| std::fs::remove_file(from)));
    moved.with_context(|| format!("cannot move {} to {}", from.display(), to.display()))
}

/// Whether git tracks a file: then a clean working tree has it as the commit does.
fn is_tracked(checkout: &Path, file: &str) -> Result<bool> {
    let mut git = Command::new("git");
    git.arg("-C").arg(checkout);
    git.args([
        "--literal-pathspecs",
        "ls-files",
        "--error-unmatch",
        "--",
        file,
    ]);
    let output = git.output().context("cannot run git")?;
    Ok(output.status.success())
}
