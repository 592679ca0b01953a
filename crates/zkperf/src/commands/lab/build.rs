//! Guests for the lab: only what the commit that is checked out makes is measured.

use crate::aside::Aside;
use crate::cli::{Global, GuestSource};
use crate::project::Project;
use anyhow::{bail, Result};
use std::path::{Path, PathBuf};
use zkperf_config::GuestBuild;
use zkperf_lab::Repo;

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
            let Some(aside) = aside else {
                return built;
            };
            let ended = aside.end();
            built.map_err(|error| match ended {
                Ok(()) => error.context(
                    "in the lab a build makes the ELF anew: the one from before was moved aside, and is back",
                ),
                Err(lost) => error.context(format!("{lost:#}")),
            })
        }
        GuestBuild::Prebuilt { elf } => {
            if !Repo::tracks(&project.checkout, elf)? {
                bail!(
                    "the guest for {zkvm} is {elf}, which git does not track: nobody knows which commit it is of; name its \
                     `build` command in zkperf.toml, or commit the ELF"
                );
            }
            build()
        }
    }
}
