//! The lab's workbench: guests built as `zkperf.toml` says, run on our engines.

use crate::cli::{Global, GuestSource, SourceArgs};
use crate::commands::{build, input};
use crate::guest::{self, Guest};
use crate::session::Session;
use crate::zkvms;
use anyhow::{anyhow, bail, Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_config::{Config, GuestBuild, GuestInput};
use zkperf_exec::Zkvm;
use zkperf_lab::{
    BuiltGuest, CheckOutcome, Done, GateOutcome, GateRequest, GateState, Lab, Measured,
    ProfiledRun, Workbench,
};
use zkperf_profile::Profile;

/// Builds, runs and gates the guests of a repository.
pub struct Bench<'a> {
    global: &'a Global,
    config: &'a Config,
    /// The lab's folder in the common git directory, where ELFs and inputs go.
    folder: PathBuf,
    /// What decides figures besides the source, as far as it was seen.
    environment: BTreeMap<String, String>,
}

/// What a guest reads, and where it came from.
struct Subject {
    input: PathBuf,
    recorded: Option<PathBuf>,
}

/// Lines of a failed test run that go into the ledger.
const TAIL: usize = 12;

impl<'a> Bench<'a> {
    /// The workbench for a lab.
    pub fn new(global: &'a Global, config: &'a Config, lab: &Lab<'_>) -> Self {
        Self {
            global,
            config,
            folder: lab.store().folder().to_owned(),
            environment: BTreeMap::new(),
        }
    }

    fn build_guest(&self, zkvm: &str) -> Result<PathBuf> {
        let guest = self.config.guest(zkvm)?;
        match &guest.build {
            GuestBuild::Prebuilt { elf } => Ok(self.config.resolve(elf)),
            GuestBuild::Package { package } => {
                let source = GuestSource {
                    guest: match package.as_str() {
                        "reference" => package.clone(),
                        folder => self.config.resolve(folder).display().to_string(),
                    },
                    variant: guest.variant.clone(),
                    layout: false,
                };
                let out = self.folder.join("guests");
                Ok(build::build(self.global, zkvm, &source, &out)?.elf_path)
            }
            GuestBuild::Command { command, elf } => {
                let (name, version) = zkvm.split_once('@').unwrap_or((zkvm, ""));
                let variant = guest.variant.clone().unwrap_or_default();
                let values = [("zkvm", name), ("version", version), ("variant", &variant)];
                self.shell(command, &values)?;
                let elf = self.config.resolve(elf);
                if !elf.is_file() {
                    bail!("`{command}` succeeded and left no {}", elf.display());
                }
                Ok(elf)
            }
        }
    }

    /// Runs a command of the repository's own, at its root.
    fn shell(&self, command: &str, values: &[(&str, &str)]) -> Result<()> {
        let filled = zkperf_config::expand(command, values)
            .map_err(|problem| anyhow!("{command:?}: {problem}"))?;
        let output = self.sh(&filled)?;
        if output.status.success() {
            return Ok(());
        }
        bail!("`{filled}` failed ({}): {}", output.status, tail(&output))
    }

    fn sh(&self, command: &str) -> Result<std::process::Output> {
        let mut sh = Command::new("sh");
        sh.args(["-c", command]).current_dir(self.config.root());
        sh.stdin(std::process::Stdio::null());
        sh.output()
            .with_context(|| format!("cannot run `{command}`"))
    }

    fn profile_all(&mut self, built: &BuiltGuest, folder: &Path) -> Result<Vec<ProfiledRun>> {
        let zkvm = zkvms::by_name(&built.zkvm)?;
        let loaded = guest::load(zkvm.as_ref(), &built.elf, self.global.quiet)?;
        self.note(zkvm.as_ref(), &loaded);
        let mut runs = Vec::new();
        for (at, subject) in self
            .subjects(&built.zkvm, zkvm.name())?
            .into_iter()
            .enumerate()
        {
            let path = folder.join(format!("{}-{at}.new.zkp", zkvm.name()));
            let files = std::slice::from_ref(&subject.input);
            let (buffers, input_id) = guest::read_input(zkvm.name(), files)?;
            let session = Session {
                zkvm: zkvm.as_ref(),
                guest: &loaded,
                input: buffers,
                input_id,
                title: "lab",
                max_steps: None,
                segment_po2: None,
            };
            let written = session.profile(self.global, &path, false)?;
            if crate::progress::interrupted() {
                bail!("interrupted");
            }
            runs.push(ProfiledRun {
                measured: Measured::of(&written.profile),
                profile: written.path,
                input: subject.input,
                recorded: subject.recorded,
            });
        }
        Ok(runs)
    }

    /// Remembers what decides the figures of this guest besides its source.
    fn note(&mut self, zkvm: &dyn Zkvm, guest: &Guest) {
        let model = zkvm.cost_model();
        let tables = model.tables_sha256.get(..12).unwrap_or_default();
        let told = format!("{} {}, tables {tables}", model.name, model.version);
        self.environment
            .insert(format!("cost model of {}", zkvm.id()), told);
        if !guest.id.compiler.is_empty() {
            let compiler = guest.id.compiler.clone();
            self.environment
                .insert(format!("compiler for {}", zkvm.id()), compiler);
        }
    }

    /// What the guest for a zkVM reads: every block of the set, or its fixed file.
    fn subjects(&self, zkvm: &str, format: &str) -> Result<Vec<Subject>> {
        let command = match &self.config.guest(zkvm)?.input {
            GuestInput::File { file } => {
                return Ok(vec![Subject {
                    input: self.config.resolve(file),
                    recorded: None,
                }])
            }
            GuestInput::Command { command } => Some(command),
            GuestInput::Own => None,
        };
        let mut subjects = Vec::new();
        let mut known = Vec::new();
        for recorded in self.config.recorded_files()? {
            let (block, subject) = self.subject(zkvm, format, command, None, Some(&recorded))?;
            known.push(block);
            subjects.push(subject);
        }
        let blocks = self.config.bench.blocks.iter();
        for block in blocks.filter(|block| !known.contains(block)) {
            subjects.push(self.subject(zkvm, format, command, Some(*block), None)?.1);
        }
        if subjects.is_empty() {
            bail!(
                "{}: [bench] names no block to measure on; set `recorded` or `blocks`, or `input_file` in [guest.{zkvm}]",
                self.config.path.display()
            );
        }
        Ok(subjects)
    }

    /// A block, checked natively and stored; put through the guest's own input command if it has one.
    fn subject(
        &self,
        zkvm: &str,
        format: &str,
        command: Option<&String>,
        block: Option<u64>,
        recorded: Option<&Path>,
    ) -> Result<(u64, Subject)> {
        let url = std::env::var(&self.config.bench.rpc_url_env).ok();
        let source = SourceArgs {
            rpc_url: url.filter(|_| recorded.is_none()),
            ca_file: std::env::var_os("SSL_CERT_FILE").map(PathBuf::from),
            recorded: Vec::new(),
            chain_id: None,
            store: None,
            refetch: false,
        };
        let mut request = input::request(&source, block, recorded, format)?;
        // The store's own file: the same whatever commit is checked out.
        request.commit = None;
        let stored = input::fetch(self.global, &request)?;
        let Some(command) = command else {
            let subject = Subject {
                input: stored.path,
                recorded: recorded.map(Path::to_owned),
            };
            return Ok((stored.block, subject));
        };
        let recorded = recorded.ok_or_else(|| {
            anyhow!("block {}: a guest with its own input command needs it recorded; name the file in [bench] recorded", stored.block)
        })?;
        let folder = self.folder.join("inputs");
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("cannot make {}", folder.display()))?;
        let out = folder.join(format!("{format}-{}-{}.bin", stored.chain_id, stored.block));
        let _ = std::fs::remove_file(&out);
        let (number, chain) = (stored.block.to_string(), stored.chain_id.to_string());
        self.shell(
            command,
            &[
                ("recorded", &recorded.to_string_lossy()),
                ("block", &number),
                ("chain", &chain),
                ("zkvm", zkvm),
                ("out", &out.to_string_lossy()),
            ],
        )?;
        if !out.is_file() {
            bail!("`{command}` succeeded and left no {}", out.display());
        }
        let recorded = Some(recorded.to_owned());
        Ok((
            stored.block,
            Subject {
                input: out,
                recorded,
            },
        ))
    }
}

impl Workbench for Bench<'_> {
    fn environment(&mut self) -> Done<BTreeMap<String, String>> {
        let mut environment = self.environment.clone();
        environment.insert("zkperf".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
        // What the guest's own build command would find; rust-toolchain.toml decides, so at the root.
        let mut rustc = Command::new("rustc");
        let asked = rustc
            .arg("--version")
            .current_dir(self.config.root())
            .output();
        if let Ok(output) = asked
            .map_err(|_| ())
            .and_then(|o| o.status.success().then_some(o).ok_or(()))
        {
            let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
            environment.insert("rustc".to_owned(), version);
        }
        Ok(environment)
    }

    fn zkvms(&mut self) -> Done<Vec<String>> {
        let zkvms = self.config.bench_zkvms();
        if zkvms.is_empty() {
            let path = self.config.path.display();
            return Err(format!(
                "{path} names no guest; add a table [guest.zisk], [guest.sp1] or [guest.risc0]"
            )
            .into());
        }
        Ok(zkvms)
    }

    fn build(&mut self, zkvm: &str) -> Done<BuiltGuest> {
        let elf = self.build_guest(zkvm)?;
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
            *costs.entry(without_hash(&function.name)).or_insert(0) += cost;
        }
        // In units of the official integer; what is less than one is none.
        costs.values_mut().for_each(|cost| *cost /= scale.max(1));
        Ok(costs)
    }

    /// Public outputs were compared when the verdict was made; the rest is not here yet.
    fn gate(&mut self, request: &GateRequest<'_>) -> Done<GateOutcome> {
        Ok(GateOutcome {
            state: GateState::NotGated,
            reasons: vec![
                "only the public outputs were compared; no input that must be rejected was run"
                    .to_owned(),
            ],
            checks: request.cases.len() as u64,
            lints: Vec::new(),
        })
    }

    fn check(&mut self) -> Done<CheckOutcome> {
        let Some(command) = self.config.lab.check.clone() else {
            return Ok(CheckOutcome::NotConfigured);
        };
        let output = self.sh(&command)?;
        Ok(match output.status.success() {
            true => CheckOutcome::Passed { command },
            false => CheckOutcome::Failed {
                how: format!("{}: {}", output.status, tail(&output)),
                command,
            },
        })
    }
}

/// The end of what a command printed.
fn tail(output: &std::process::Output) -> String {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .collect();
    lines[lines.len().saturating_sub(TAIL)..].join("\n")
}

/// A function's name without what only makes its symbol unique: `::h0123456789abcdef` at its end, `[0123456789abcdef]`.
fn without_hash(name: &str) -> String {
    let is_hash = |text: &str| text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit());
    if let Some((path, hash)) = name.rsplit_once("::h") {
        if is_hash(hash) {
            return path.to_owned();
        }
    }
    let mut out = String::new();
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('[') {
        out += before;
        match after.split_once(']') {
            Some((hash, after)) if is_hash(hash) => rest = after,
            _ => {
                out.push('[');
                rest = after;
            }
        }
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::without_hash;

    #[test]
    fn hashes_are_no_part_of_names() {
        for (name, wanted) in [
            ("core::fmt::write::h0123456789abcdef", "core::fmt::write"),
            ("core[0123456789abcdef]::fmt::write", "core::fmt::write"),
            (
                "<[u8; 32] as a[0123456789abcdef]::B>::c",
                "<[u8; 32] as a::B>::c",
            ),
            ("a::hello", "a::hello"),
            ("memcpy", "memcpy"),
        ] {
            assert_eq!(without_hash(name), wanted);
        }
    }
}
