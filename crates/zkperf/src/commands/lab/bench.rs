//! The lab's workbench: guests built as `zkperf.toml` says, run on our engines.

use crate::cli::{ConfigArgs, Global, SourceArgs};
use crate::guest::Loaded;
use crate::inputs::{self, Making, ReadyInput, Wanted};
use crate::progress;
use crate::project::Project;
use crate::session::Session;
use anyhow::{bail, Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_config::GuestInput;
use zkperf_exec::side_by_side;
use zkperf_lab::{
    BuiltGuest, CheckOutcome, Done, GateOutcome, GateRequest, Lab, Measured, ProfiledRun, Workbench,
};
use zkperf_profile::Profile;
use zkperf_symbols::without_hash;

/// Builds, runs and gates the guests of a repository.
pub struct Bench<'a> {
    global: &'a Global,
    project: Project,
    /// Where inputs go: the lab's folder, so that none of them depends on the commit that is checked out.
    folder: PathBuf,
    /// What decides figures besides the source, as far as it was seen.
    environment: BTreeMap<String, String>,
}

/// Profiles at a time, at most: each holds its guest's memory and its contexts, together some gigabytes.
const AT_A_TIME: usize = 4;

/// Lines of a failed test run that go into the ledger.
const TAIL: usize = 12;

impl<'a> Bench<'a> {
    /// The workbench for a lab.
    ///
    /// # Errors
    /// As reading `zkperf.toml`.
    pub fn new(global: &'a Global, config: &Path, lab: &Lab<'_>) -> Result<Self> {
        let named = ConfigArgs {
            config: Some(config.to_owned()),
        };
        let project = Project::find(&named)?;
        Ok(Self {
            global,
            project: project.with_context(|| format!("cannot read {}", config.display()))?,
            folder: lab.store().folder().to_owned(),
            environment: BTreeMap::new(),
        })
    }

    /// A text that somebody typed, without the node's URL and its keys.
    pub fn hide(&self, text: &str) -> String {
        self.project.hide(text)
    }

    fn profile_all(&mut self, built: &BuiltGuest, folder: &Path) -> Result<Vec<ProfiledRun>> {
        let loaded = self
            .project
            .load(&built.zkvm, &built.elf, self.global.quiet)?;
        self.note(&loaded);
        let zkvm = loaded.zkvm.as_ref();
        let inputs = self.inputs(&built.zkvm)?;
        let profiled = |at, (ready, recorded): &(ReadyInput, Option<PathBuf>)| {
            let path = folder.join(format!("{}-{at}.new.zkp", zkvm.name()));
            let (input, input_id) = ready.read(zkvm.name())?;
            let session = Session {
                zkvm,
                guest: &loaded.guest,
                input,
                input_id,
                title: "lab",
                max_steps: None,
                segment_po2: None,
                top: None,
            };
            let written = session.profile(self.global, &path, false)?;
            let mut measured = Measured::of(&written.profile);
            if measured.subject.block.is_some() {
                // The block says which it is; its file's name has the commit in it, which changes with every attempt.
                measured.subject.input.clear();
            }
            anyhow::Ok(ProfiledRun {
                measured,
                profile: written.path,
                input: ready.path.clone(),
                recorded: recorded.clone(),
            })
        };
        let runs = side_by_side(&inputs, AT_A_TIME, progress::interrupted, profiled)?;
        // Of a run that was stopped there is a profile, too.
        if progress::interrupted() {
            bail!("interrupted");
        }
        Ok(runs)
    }

    /// Remembers what decides the figures of this guest besides its source.
    fn note(&mut self, loaded: &Loaded) {
        let (id, model) = (loaded.zkvm.id(), loaded.zkvm.cost_model());
        let tables = model.tables_sha256.get(..12).unwrap_or_default();
        let told = format!("{} {}, tables {tables}", model.name, model.version);
        self.environment.insert(format!("cost model of {id}"), told);
        let compiler = &loaded.guest.id.compiler;
        if !compiler.is_empty() {
            let name = format!("compiler for {id}");
            self.environment.insert(name, compiler.clone());
        }
    }

    /// What the guest for a zkVM reads, and the recorded block it was made of: every block of the set, or its fixed file.
    fn inputs(&self, zkvm: &str) -> Result<Vec<(ReadyInput, Option<PathBuf>)>> {
        let config = &self.project.config;
        if let GuestInput::File { file } = &self.project.guest(zkvm)?.input {
            return Ok(vec![(inputs::fixed(&self.project, file)?, None)]);
        }
        let none = SourceArgs {
            rpc_url: None,
            local_node: false,
            ca_file: std::env::var_os("SSL_CERT_FILE").map(PathBuf::from),
            recorded: Vec::new(),
            chain_id: None,
            store: None,
            refetch: false,
        };
        let wanted = inputs::wanted(&[], &none, Some(config))?;
        let out = self.folder.join("inputs").join(zkvm.replace('@', "-"));
        // Those of the run before: a file a block is enough.
        let _ = std::fs::remove_dir_all(&out);
        let make = |wanted: Wanted| {
            let source = match wanted.recorded {
                Some(_) => none.clone(),
                None => inputs::source_of(&none, Some(config)),
            };
            let making = Making {
                source: &source,
                project: Some(&self.project),
                zkvm,
                out: Some(&out),
            };
            let made = making.make(self.global, &wanted)?;
            Ok((made, wanted.recorded))
        };
        wanted.into_iter().map(make).collect()
    }
}

impl Workbench for Bench<'_> {
    fn environment(&mut self) -> Done<BTreeMap<String, String>> {
        let mut environment = self.environment.clone();
        environment.insert("zkperf".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        // What the guest's own build command would find; rust-toolchain.toml decides, so at the root.
        let mut rustc = Command::new("rustc");
        let asked = rustc.arg("--version").current_dir(&self.project.checkout);
        if let Some(output) = asked.output().ok().filter(|output| output.status.success()) {
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            environment.insert("rustc".to_owned(), version);
        }
        Ok(environment)
    }

    fn zkvms(&mut self) -> Done<Vec<String>> {
        Ok(self.project.zkvms(None)?)
    }

    fn build(&mut self, zkvm: &str) -> Done<BuiltGuest> {
        let elf = super::build::of_commit(self.global, &self.project, zkvm, &self.folder)?;
        let zkvm = zkvm.to_owned();
        Ok(BuiltGuest { zkvm, elf })
    }

    fn profile(&mut self, guest: &BuiltGuest, folder: &Path) -> Done<Vec<ProfiledRun>> {
        Ok(self.profile_all(guest, folder)?)
    }

    fn functions(&mut self, profile: &Path) -> Done<BTreeMap<String, u64>> {
        let profile = Profile::load(profile)?;
        let mut costs = BTreeMap::new();
        let Some(cost) = profile.proving_cost() else {
            return Ok(costs);
        };
        let scale = profile.measures[cost.0 as usize].scale;
        let own = profile.self_by_function(cost);
        for (function, cost) in profile.functions.iter().zip(own) {
            let name = without_hash(&function.name).into_owned();
            *costs.entry(name).or_insert(0) += cost;
        }
        // In units of the official integer; what is less than one is none.
        costs.values_mut().for_each(|cost| *cost /= scale.max(1));
        Ok(costs)
    }

    fn gate(&mut self, request: &GateRequest<'_>) -> Done<GateOutcome> {
        Ok(super::gate::gate(self.global, &self.project, request)?)
    }

    fn check(&mut self) -> Done<CheckOutcome> {
        let Some(command) = self.project.config.lab.check.clone() else {
            return Ok(CheckOutcome::NotConfigured);
        };
        let (status, said) = self.project.output("`check` of [lab]", &command, &[])?;
        if progress::interrupted() {
            return Err(anyhow::anyhow!("interrupted").into());
        }
        Ok(match status.success() {
            true => CheckOutcome::Passed { command },
            false => CheckOutcome::Failed {
                how: format!("{status}: {}", tail(&said)),
                command,
            },
        })
    }
}

/// The end of what a command printed.
fn tail(text: &str) -> String {
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}
