//! The guests of this repository: what zkperf.toml says of them, carried out.

use crate::cli::{ConfigArgs, Global, GuestSource, RPC_URL};
use crate::commands::{build, GUESTS};
use crate::guest::{self, Loaded};
use crate::own_command;
use crate::secret::{without_users, Secret};
use crate::{exit, files, zkvms};
use anyhow::{bail, Context, Result};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus};
use zkperf_config::{expand, Config, GuestBuild, ZkvmGuest};

/// A read zkperf.toml and the checkout its guests are built from.
pub struct Project {
    /// What the file says.
    pub config: Config,
    /// The checkout: the file's own folder, or another one of the same repository.
    pub checkout: PathBuf,
}

impl Project {
    /// The zkperf.toml that was named, or the one that holds here; `None` if there is none.
    ///
    /// # Errors
    /// It cannot be read, or says something that cannot be.
    pub fn find(args: &ConfigArgs) -> Result<Option<Self>> {
        let config = match &args.config {
            Some(path) => Some(Config::load(path)?),
            None => Config::find(Path::new("."))?,
        };
        let Some(config) = config else {
            return Ok(None);
        };
        config.check_zkvms(&known_zkvms())?;
        let checkout = config.root().to_owned();
        Ok(Some(Self { config, checkout }))
    }

    /// As [`Self::find`], if that file names any guest.
    ///
    /// # Errors
    /// As [`Self::find`].
    pub fn with_guests(args: &ConfigArgs, checkout: Option<&PathBuf>) -> Result<Option<Self>> {
        let found = Self::find(args)?.filter(|project| !project.config.guest.zkvms.is_empty());
        match (found, checkout) {
            (Some(project), Some(checkout)) => Ok(Some(Self {
                checkout: checkout.clone(),
                ..project
            })),
            (None, Some(_)) => Err(exit::usage(
                "--checkout is for guests that a zkperf.toml names, and there is none here; `zkperf init` writes one",
            )),
            (found, None) => Ok(found),
        }
    }

    /// The zkVMs to work on: those asked for, else those of the file.
    ///
    /// # Errors
    /// None is asked for, and the file names none.
    pub fn zkvms(&self, asked: Option<&str>) -> Result<Vec<String>> {
        match asked {
            Some("all") | None => {
                let named = match asked {
                    None => self.config.bench_zkvms(),
                    Some(_) => self.config.guest.zkvms.keys().cloned().collect(),
                };
                if named.is_empty() {
                    let path = self.config.path.display();
                    return Err(exit::usage(format!(
                        "{path} names no guest and no zkVM; give --zkvm"
                    )));
                }
                Ok(named)
            }
            Some(one) => Ok(vec![one.to_owned()]),
        }
    }

    /// What the file says of a zkVM's guest.
    ///
    /// # Errors
    /// It says nothing.
    pub fn guest(&self, zkvm: &str) -> Result<&ZkvmGuest> {
        Ok(self.config.guest(zkvm)?)
    }

    /// Builds a zkVM's guest as the file says, and gives its ELF.
    ///
    /// # Errors
    /// The build fails, or leaves no ELF where the file says.
    pub fn build(
        &self,
        global: &Global,
        zkvm: &str,
        asked: &GuestSource,
        out: Option<&Path>,
    ) -> Result<PathBuf> {
        let guest = self.guest(zkvm)?;
        let variant = asked.variant.clone().or_else(|| guest.variant.clone());
        match &guest.build {
            GuestBuild::Package { package } => {
                let source = GuestSource {
                    guest: Some(match package.as_str() {
                        "reference" => package.clone(),
                        folder => self.checkout.join(folder).to_string_lossy().into_owned(),
                    }),
                    variant,
                    layout: asked.layout,
                };
                let folder = self.guests_folder(out)?;
                let built = build::build(global, zkvm, &source, &folder)?;
                self.remember(&folder, zkvm, &built.elf_path)?;
                Ok(built.elf_path)
            }
            GuestBuild::Command { command, elf } => {
                let (what, command) = build_command(zkvm, command, variant.as_deref())?;
                self.run(&what, &command, None)?;
                self.elf_at(elf, &format!("{what} did not leave it"))
            }
            GuestBuild::Prebuilt { elf } => self.elf_at(elf, "it is not built by zkperf"),
        }
    }

    /// The ELF that [`Self::build`] made last, without building.
    ///
    /// # Errors
    /// None was built.
    pub fn built(&self, zkvm: &str) -> Result<PathBuf> {
        let next = format!("build it with `zkperf build --zkvm {zkvm}`");
        match &self.guest(zkvm)?.build {
            GuestBuild::Command { elf, .. } | GuestBuild::Prebuilt { elf } => {
                self.elf_at(elf, &next)
            }
            GuestBuild::Package { package } => {
                let folder = self.checkout.join(GUESTS);
                let name = std::fs::read_to_string(folder.join(marker(zkvm))).unwrap_or_default();
                let elf = folder.join(name.trim());
                match !name.trim().is_empty() && elf.is_file() {
                    true => Ok(elf),
                    false => bail!("the guest in {package} was not built for {zkvm}; {next}"),
                }
            }
        }
    }

    /// Loads an ELF of this repository on the zkVM and version it is for, and names it as the file does.
    ///
    /// # Errors
    /// As loading.
    pub fn load(&self, zkvm: &str, elf: &Path, quiet: bool) -> Result<Loaded> {
        let mut loaded = guest::load_for(zkvm, elf, quiet)?;
        let id = &mut loaded.guest.id;
        if let Some(name) = &self.config.guest.name {
            id.guest.clone_from(name);
        }
        if let Some(variant) = self
            .guest(zkvm)?
            .variant
            .as_ref()
            .filter(|_| id.variant.is_empty())
        {
            id.variant.clone_from(variant);
        }
        if id.git_commit.is_empty() {
            if let Some((commit, dirty)) = git_state(&self.checkout) {
                id.git_commit = commit;
                id.git_dirty = dirty;
            }
        }
        Ok(loaded)
    }

    /// Runs a command of the file's in the checkout; `$ZKPERF_ROOT` is the file's own folder, which is another one where
    /// another checkout is built. Without a secret of the caller's, it is the node's URL that the environment holds: the
    /// command sees that in any case.
    ///
    /// # Errors
    /// As [`own_command::run`].
    pub fn run(&self, what: &str, command: &str, secret: Option<&Secret>) -> Result<()> {
        let inherited = self.secret();
        let secret = secret.or(inherited.as_ref());
        own_command::run(what, command, &self.checkout, &self.root()?, secret)
    }

    /// As [`Self::run`], but what it prints comes back, without the node's URL: it may go into files.
    ///
    /// # Errors
    /// As [`own_command::output`].
    pub fn output(
        &self,
        what: &str,
        command: &str,
        variables: &[(String, String)],
    ) -> Result<(ExitStatus, String)> {
        let root = self.root()?;
        // It inherits the variables with the URL; what it prints of them is hidden here, whichever it is.
        let (status, said) =
            own_command::output(what, command, &self.checkout, &root, None, variables)?;
        Ok((status, self.hide(&said)))
    }

    /// The node's URL, where the variable that the file names for it is set.
    pub fn secret(&self) -> Option<Secret> {
        Secret::of(&self.config.bench.rpc_url_env)
    }

    /// A text that somebody typed, without the node's URL and what in it may be a key, and without user and password of any
    /// other URL: it goes into files.
    pub fn hide(&self, text: &str) -> String {
        let known = [self.config.bench.rpc_url_env.as_str(), RPC_URL];
        let secrets = known.into_iter().filter_map(Secret::of);
        let hidden = secrets.fold(text.to_owned(), |text, secret| secret.hide(&text));
        without_users(&hidden)
    }

    fn root(&self) -> Result<PathBuf> {
        std::path::absolute(self.config.root())
            .with_context(|| format!("cannot tell where {} is", self.config.path.display()))
    }

    fn elf_at(&self, elf: &str, next: &str) -> Result<PathBuf> {
        let path = self.checkout.join(elf);
        match path.is_file() {
            true => Ok(path),
            false => bail!("there is no ELF {}: {next}", path.display()),
        }
    }

    /// The folder for built guests, which keeps itself out of the repository.
    fn guests_folder(&self, out: Option<&Path>) -> Result<PathBuf> {
        if let Some(out) = out {
            return Ok(out.to_owned());
        }
        let folder = self.checkout.join(GUESTS);
        zkperf_files::keep_from_git(&folder)
            .with_context(|| format!("cannot write into {}", folder.display()))?;
        Ok(folder)
    }

    fn remember(&self, folder: &Path, zkvm: &str, elf: &Path) -> Result<()> {
        let name = elf.file_name().unwrap_or_default().to_string_lossy();
        files::write(&folder.join(marker(zkvm)), format!("{name}\n").as_bytes())
    }
}

/// A build command with its places filled in, and what it is for.
///
/// # Errors
/// It has a place that nobody can fill in.
pub fn build_command(zkvm: &str, command: &str, variant: Option<&str>) -> Result<(String, String)> {
    let (name, version) = zkvm.split_once('@').unwrap_or((zkvm, ""));
    let values = [
        ("zkvm", name),
        ("version", version),
        ("variant", variant.unwrap_or_default()),
    ];
    let what = format!("the build command of [guest.{zkvm}]");
    let command =
        expand(command, &values).map_err(|problem| exit::usage(format!("{what}: {problem}")))?;
    Ok((what, command))
}

/// The file that says which ELF was built last for a zkVM.
fn marker(zkvm: &str) -> String {
    format!(".latest-{zkvm}")
}

/// Names that zkperf.toml may use: families, and families with a version.
fn known_zkvms() -> Vec<String> {
    let families = zkvms::all().into_iter().map(|zkvm| zkvm.name().to_owned());
    families.chain(zkvms::names()).collect()
}

/// The commit of a checkout, and whether its files differ from it.
fn git_state(folder: &Path) -> Option<(String, bool)> {
    let git = |args: &[&str]| {
        let output = Command::new("git")
            .arg("-C")
            .arg(folder)
            .args(args)
            .output()
            .ok()?;
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(text)
    };
    let commit = git(&["rev-parse", "HEAD"])?;
    let changes = git(&["status", "--porcelain", "--untracked-files=no"])?;
    Some((commit, !changes.is_empty()))
}

/// A file in `folder` for something that is passed on, in a folder that goes away with the value.
///
/// # Errors
/// No folder can be made.
pub fn temporary() -> Result<tempfile::TempDir> {
    tempfile::tempdir().context("cannot make a temporary folder")
}
