//! The sweep's workbench: guests built with zkperf's recipes or the repository's own commands, run on our engines.

use crate::aside::Aside;
use crate::cli::{Global, SourceArgs, SweepArgs};
use crate::commands::build;
use crate::guest::{self, Loaded};
use crate::inputs::{self, Making, ReadyInput};
use crate::project::{build_command, Project};
use crate::session::{proving_cost, Session};
use crate::{exit, files, progress, zkvms};
use anyhow::{bail, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_build::{identity, BuildError, BuildRequest, Guest, Overrides, Recipe};
use zkperf_config::{GuestBuild, GuestInput};
use zkperf_exec::Zkvm;
use zkperf_profile::verdict::{Case, Role};
use zkperf_profile::Profile;
use zkperf_sweep::{
    Build, Done, Exclusion, Figures, Input, Report, RunRequest, Setting, Store, Target, Workbench,
};

/// Lines of a failed build that are kept as its reason.
const TAIL: usize = 12;

/// Why the workbench stopped, with the exit code that it asks for.
#[derive(Debug)]
pub struct Stopped(pub anyhow::Error);

impl std::fmt::Display for Stopped {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:#}", self.0)
    }
}

impl std::error::Error for Stopped {}

fn done<T>(result: Result<T>) -> Done<T> {
    result.map_err(|error| Stopped(error).into())
}

/// Builds and runs the guests of a sweep.
pub struct Bench<'a> {
    global: &'a Global,
    args: &'a SweepArgs,
    /// The repository, if its zkperf.toml names the guests.
    project: Option<Project>,
    /// The repository, whatever guest is swept: blocks and the node's variable are its.
    any: Option<Project>,
    /// The sweep's folder.
    folder: PathBuf,
    /// The guest that ran last, by its file.
    loaded: Option<(PathBuf, Loaded)>,
    /// What is known of each zkVM's guest: the plan and the sweep both ask, and hashing sources takes long.
    targets: BTreeMap<String, Target>,
    /// The checkout's files and its compiler, the same for every own command.
    checkout: Option<[String; 2]>,
    /// The inputs, by their files.
    ready: BTreeMap<PathBuf, ReadyInput>,
}

/// How a zkVM's guest is built.
enum How {
    /// By zkperf's recipe.
    Recipe {
        guest: Guest,
        variant: Option<String>,
    },
    /// By a command of the repository's own.
    Command {
        what: String,
        command: String,
        elf: PathBuf,
    },
}

impl<'a> Bench<'a> {
    /// The workbench of a sweep.
    pub fn new(
        global: &'a Global,
        args: &'a SweepArgs,
        project: Option<Project>,
        any: Option<Project>,
        folder: &Path,
    ) -> Self {
        Self {
            global,
            args,
            project,
            any,
            folder: folder.to_owned(),
            loaded: None,
            targets: BTreeMap::new(),
            checkout: None,
            ready: BTreeMap::new(),
        }
    }

    fn how(&self, zkvm: &str) -> Result<How> {
        let asked = self.args.variant.clone();
        let Some(project) = &self.project else {
            let guest = build::guest_of(self.args.guest.as_deref());
            let variant = asked;
            return Ok(How::Recipe { guest, variant });
        };
        let guest = project.guest(zkvm)?;
        let variant = asked.or_else(|| guest.variant.clone());
        match &guest.build {
            GuestBuild::Package { package } => {
                let guest = match package.as_str() {
                    "reference" => Guest::Reference,
                    folder => Guest::Dir(project.checkout.join(folder)),
                };
                Ok(How::Recipe { guest, variant })
            }
            GuestBuild::Command { command, elf } => {
                let (what, command) = build_command(zkvm, command, variant.as_deref())?;
                let elf = project.checkout.join(elf);
                Ok(How::Command { what, command, elf })
            }
            GuestBuild::Prebuilt { elf } => Err(exit::usage(format!(
                "{}: the guest for {zkvm} is a prebuilt file ({elf}), which no setting changes; say in [guest.{zkvm}] \
                 how it is built, with `package` or `build`",
                project.config.path.display()
            ))),
        }
    }

    fn describe(&mut self, zkvm: &str) -> Result<Target> {
        let not_swept = Recipe::find(zkvm).map_or(&[][..], |recipe| recipe.not_swept);
        let excluded = not_swept.iter().map(|one| Exclusion {
            setting: one.setting.into(),
            why: one.why.into(),
        });
        let mut target = Target {
            zkvm: zkvm.to_owned(),
            source: String::new(),
            known: Setting::baseline(),
            excluded: excluded.collect(),
            profile_place: String::new(),
            flags_place: String::new(),
        };
        match self.how(zkvm)? {
            How::Recipe { guest, variant } => {
                let found = identity(zkvm, &guest, variant.as_deref())?;
                target.source = found.sha256;
                for (key, value) in found.profile {
                    // A value that no setting can have is no setting's.
                    let read = zkperf_sweep::overrides(&format!("{key}={value}"));
                    let one = read.unwrap_or_default().into_iter().next();
                    target.known = one.into_iter().fold(target.known, Setting::with);
                }
                target.profile_place = found.profile_manifest.display().to_string();
                target.flags_place = format!(
                    "`rustflags` of [package.metadata.zkperf] in {}",
                    found.package_manifest.display()
                );
            }
            How::Command { what, command, .. } => {
                target.source = self.own_source(&command)?;
                target.profile_place = "the Cargo.toml of the guest's workspace".into();
                target.flags_place = format!("RUSTFLAGS in {what}");
            }
        }
        Ok(target)
    }

    /// Identity of what an own command builds: the checkout's files but for the ELFs that are left there, the command, the
    /// compiler.
    fn own_source(&mut self, command: &str) -> Result<String> {
        let [files, rustc] = match &self.checkout {
            Some(known) => known.clone(),
            None => self.checkout.insert(self.read_checkout()?).clone(),
        };
        Ok(files::sha256(
            [files, command.to_owned(), rustc].join("\0").as_bytes(),
        ))
    }

    /// SHA-256 over the checkout's files, and what its compiler says of itself.
    fn read_checkout(&self) -> Result<[String; 2]> {
        let Some(project) = &self.project else {
            bail!("an own command is a project's");
        };
        let guests = project.config.guest.zkvms.values();
        let elves = guests.filter_map(|guest| match &guest.build {
            GuestBuild::Command { elf, .. } => Some(project.checkout.join(elf)),
            _ => None,
        });
        let skip: Vec<PathBuf> = elves
            .chain([
                project.config.path.clone(),
                project.checkout.join("zkperf.toml"),
            ])
            .collect();
        let files = zkperf_build::sources_sha256(std::slice::from_ref(&project.checkout), &skip)?;
        let mut rustc = Command::new("rustc");
        let asked = rustc.arg("-vV").current_dir(&project.checkout).output();
        let rustc = asked.map_or(String::new(), |said| {
            String::from_utf8_lossy(&said.stdout).into_owned()
        });
        Ok([files, rustc])
    }

    fn build_now(&self, zkvm: &str, setting: &Setting) -> Result<Build> {
        match self.how(zkvm)? {
            How::Recipe { guest, variant } => {
                let request = BuildRequest {
                    zkvm: zkvm.to_owned(),
                    guest,
                    variant,
                    out_dir: self.folder.join("build"),
                    target_dir: None,
                    fields: zkperf_labels::FIELDS.to_vec(),
                    overrides: Overrides {
                        profile: setting.cargo_profile(),
                        flags: setting.rustflags(),
                    },
                };
                let failed = match build::build_request(self.global, &request) {
                    Ok(built) => {
                        return Ok(Build::Built {
                            elf: built.elf_path,
                        })
                    }
                    Err(error) => error,
                };
                match failed.downcast_ref() {
                    Some(BuildError::Cargo {
                        what: zkperf_build::BUILDING,
                        output,
                    }) => Ok(failed_by_itself(self.hide(&tail(output)))),
                    _ => Err(failed),
                }
            }
            How::Command { what, command, elf } => {
                let Some(project) = &self.project else {
                    bail!("{what} is a project's");
                };
                let spinner =
                    progress::Spinner::new(self.global.quiet, format!("{zkvm}: {setting}: {what}"));
                // What another setting left there must not be taken for this one's.
                let aside = Aside::put(&elf, &self.folder)?;
                let ran = project.output(&what, &command, &setting.environment());
                drop(spinner);
                let is_new = elf.is_file();
                if let Some(aside) = aside {
                    aside.end()?;
                }
                let (status, said) = ran?;
                match status.code() {
                    Some(0) if is_new => Ok(Build::Built { elf }),
                    Some(0) => Ok(Build::Failed {
                        reason: format!("{what} did not leave {}", elf.display()),
                    }),
                    Some(code) => Ok(failed_by_itself(format!(
                        "{what} ended with {code}: {}",
                        tail(&said)
                    ))),
                    // That is not the setting's fault.
                    None => bail!("{what} was killed ({status})"),
                }
            }
        }
    }

    /// A text for a file, without the node's URL.
    fn hide(&self, text: &str) -> String {
        let any = self.any.as_ref();
        any.map_or_else(|| text.to_owned(), |any| any.hide(text))
    }

    fn inputs_of(&self, zkvm: &str) -> Result<Vec<ReadyInput>> {
        if !self.args.input.is_empty() {
            let ready = |path: &PathBuf| ReadyInput {
                path: path.clone(),
                block: None,
                chain_id: None,
            };
            return Ok(self.args.input.iter().map(ready).collect());
        }
        if let Some(project) = &self.project {
            if let GuestInput::File { file } = &project.guest(zkvm)?.input {
                return Ok(vec![inputs::fixed(project, file)?]);
            }
        }
        let config = self.any.as_ref().map(|any| &any.config);
        let wanted = inputs::wanted(&self.args.block, &self.args.source, config)?;
        let out = self.folder.join("inputs").join(zkvm.replace('@', "-"));
        let make = |wanted: inputs::Wanted| {
            let source: SourceArgs = match wanted.recorded {
                Some(_) => self.args.source.clone(),
                None => inputs::source_of(&self.args.source, config),
            };
            let making = Making {
                source: &source,
                project: self.project.as_ref(),
                zkvm,
                out: Some(&out),
            };
            making.make(self.global, &wanted)
        };
        wanted.into_iter().map(make).collect()
    }

    fn input(&self, zkvm: &str, ready: &ReadyInput) -> Result<Input> {
        let family = zkvm.split('@').next().unwrap_or(zkvm);
        let (_, id) = ready.read(family)?;
        Ok(Input {
            name: id.block.map_or(id.name, |block| format!("block {block}")),
            block: id.block,
            path: ready.path.clone(),
            sha256: id.sha256,
        })
    }

    fn run_now(&mut self, run: &RunRequest<'_>) -> Result<Result<Figures, String>> {
        if self.loaded.as_ref().is_none_or(|(path, _)| path != run.elf) {
            let quiet = self.global.quiet || self.global.json;
            let loaded = match &self.project {
                Some(project) => project.load(run.zkvm, run.elf, quiet),
                None => guest::load_for(run.zkvm, run.elf, quiet),
            };
            match loaded {
                Ok(loaded) => self.loaded = Some((run.elf.to_owned(), loaded)),
                Err(error) => return Ok(Err(format!("{error:#}"))),
            }
        }
        let Some((_, loaded)) = &self.loaded else {
            bail!("no guest is loaded");
        };
        let zkvm = loaded.zkvm.as_ref();
        let Some(ready) = self.ready.get(&run.input.path) else {
            bail!("{} is no input of this sweep", run.input.path.display());
        };
        let (input, input_id) = ready.read(zkvm.name())?;
        if input_id.sha256 != run.input.sha256 {
            bail!("{} was changed meanwhile", run.input.path.display());
        }
        let session = Session {
            zkvm,
            guest: &loaded.guest,
            input,
            input_id,
            title: run.title,
            max_steps: None,
            segment_po2: None,
            top: None,
        };
        let written = session.profile(self.global, run.profile, false)?;
        if progress::interrupted() {
            // What there is of it is no result, and must not be taken for one.
            let _ = std::fs::remove_file(run.profile);
            bail!("interrupted; the same command goes on from here");
        }
        let stopped = written.fault.as_ref().map(ToString::to_string);
        Ok(Ok(figures(&written.profile, stopped)))
    }

    /// Puts the baseline's ELF back where an own build command leaves it: what is there belongs to the last setting.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn restore(&self, report: &Report, store: &Store) -> Result<()> {
        let baseline = report.settings.first();
        for cell in baseline.iter().flat_map(|row| &row.cells) {
            if let (How::Command { elf, .. }, Some(sha256)) =
                (self.how(&cell.zkvm)?, &cell.elf_sha256)
            {
                let is_there =
                    files::read(&elf).is_ok_and(|there| files::sha256(&there) == *sha256);
                if !is_there {
                    files::write(&elf, &files::read(&store.elf(sha256))?)?;
                }
            }
        }
        Ok(())
    }
}

/// A failure that is a setting's, unless Ctrl-C ended the compiler: then this process ends, too, before anything is recorded.
fn failed_by_itself(reason: String) -> Build {
    progress::wait_if_ending();
    Build::Failed { reason }
}

/// The version that an ELF runs on, by name or by its headers. The inner error says why it runs on none.
fn zkvm_of(zkvm: &str, elf: &[u8]) -> Result<Result<Box<dyn Zkvm>, String>> {
    if !zkvm.contains('@') {
        match zkvms::of_elf(elf) {
            Ok((found, _)) if found.name() == zkvm => return Ok(Ok(found)),
            Ok((found, _)) => return Ok(Err(format!("it is for {}", found.id()))),
            Err(_) => {}
        }
    }
    zkvms::by_name(zkvm).map(Ok)
}

fn figures(profile: &Profile, stopped: Option<String>) -> Figures {
    let (measure, cost) = proving_cost(profile);
    let measures = profile.data().measures.iter();
    let beside = Case::of(profile, profile).measures.into_iter();
    let beside = beside.filter(|measure| measure.role == Role::Beside);
    Figures {
        unit: measures
            .clone()
            .find(|one| one.name == measure)
            .map_or(String::new(), |one| one.unit.clone()),
        totals: measures.map(|one| (one.name.clone(), one.total)).collect(),
        beside: beside
            .filter_map(|measure| Some((measure.name, measure.after?)))
            .collect(),
        output_sha256: profile.data().run.output_sha256.clone(),
        measure,
        cost,
        stopped,
        profile: String::new(),
    }
}

/// The end of what a build said.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    // What the compiler calls an error says more than what comes last.
    let first = lines
        .iter()
        .position(|line| line.trim_start().starts_with("error"));
    let from = first.unwrap_or(lines.len().saturating_sub(TAIL));
    let shown: Vec<&str> = lines.into_iter().skip(from).take(TAIL).collect();
    shown.join("\n")
}

impl Workbench for Bench<'_> {
    fn target(&mut self, zkvm: &str) -> Done<Target> {
        if let Some(known) = self.targets.get(zkvm) {
            return Ok(known.clone());
        }
        let target = done(self.describe(zkvm))?;
        self.targets.insert(zkvm.to_owned(), target.clone());
        Ok(target)
    }

    fn inputs(&mut self, zkvm: &str) -> Done<Vec<Input>> {
        let ready = done(self.inputs_of(zkvm))?;
        let all = ready.iter().map(|ready| self.input(zkvm, ready));
        let inputs = done(all.collect())?;
        let by_file = ready.into_iter().map(|ready| (ready.path.clone(), ready));
        self.ready.extend(by_file);
        Ok(inputs)
    }

    fn build(&mut self, zkvm: &str, setting: &Setting) -> Done<Build> {
        done(self.build_now(zkvm, setting))
    }

    fn engine(&mut self, zkvm: &str, elf: &Path) -> Done<Result<String, String>> {
        let found = done(files::read(elf).and_then(|bytes| zkvm_of(zkvm, &bytes)))?;
        let identity = |zkvm: Box<dyn Zkvm>| {
            let tables = zkvm.cost_model().tables_sha256;
            let tables = tables.get(..12).unwrap_or(&tables).to_owned();
            format!(
                "{}, tables {tables}, zkperf {}",
                zkvm.id(),
                env!("CARGO_PKG_VERSION")
            )
        };
        Ok(found.map(identity))
    }

    fn run(&mut self, run: &RunRequest<'_>) -> Done<Result<Figures, String>> {
        done(self.run_now(run))
    }

    fn say(&self, text: &str) {
        if !self.global.quiet && !self.global.json {
            eprintln!("{}", zkperf_report::printable(text));
        }
    }
}
