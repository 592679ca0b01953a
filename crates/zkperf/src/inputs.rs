//! The inputs of a run over blocks: which, from where, in which guest's format.

use crate::cli::{Global, SourceArgs};
use crate::commands::input;
use crate::guest;
use crate::project::{self, Project};
use crate::secret::Secret;
use crate::session::commit_of;
use crate::{exit, files};
use anyhow::{bail, Context, Result};
use serde::Serialize;
use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use zkperf_block::{chain_name, Recorded, Store, StoredInput};
use zkperf_config::{expand, Config, GuestInput};
use zkperf_profile::InputId;

/// An input that is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReadyInput {
    /// The file.
    pub path: PathBuf,
    /// The block, if it is one.
    pub block: Option<u64>,
    /// Its chain.
    pub chain_id: Option<u64>,
}

impl ReadyInput {
    /// What a guest reads of it, and what it is. What the input says of itself comes first; another guest's says nothing.
    ///
    /// # Errors
    /// As [`guest::read_input`].
    pub fn read(&self, zkvm: &str) -> Result<(zkperf_exec::GuestInput, InputId)> {
        let (input, mut id) = guest::read_input(zkvm, std::slice::from_ref(&self.path))?;
        id.block = id.block.or(self.block);
        id.chain_id = id.chain_id.or(self.chain_id);
        Ok((input, id))
    }
}

impl From<&StoredInput> for ReadyInput {
    fn from(stored: &StoredInput) -> Self {
        Self {
            path: stored.path.clone(),
            block: Some(stored.block),
            chain_id: Some(stored.chain_id),
        }
    }
}

/// A block that is asked for, and the file it is recorded in, if it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Its number; a recorded file knows its own.
    pub block: Option<u64>,
    /// The recorded file.
    pub recorded: Option<PathBuf>,
}

/// The blocks to run: those of the command line, else those of zkperf.toml. A block without a source is looked for among
/// the recorded ones of zkperf.toml.
///
/// # Errors
/// None is named; lists that do not pair up; a pattern of zkperf.toml that matches nothing.
pub fn wanted(blocks: &[u64], source: &SourceArgs, config: Option<&Config>) -> Result<Vec<Wanted>> {
    let given = &source.recorded;
    if !given.is_empty() {
        if !blocks.is_empty() && given.len() != blocks.len() {
            return Err(exit::usage(format!(
                "{} --block and {} --recorded do not pair up",
                blocks.len(),
                given.len()
            )));
        }
        let pair = |(at, file): (usize, &PathBuf)| Wanted {
            block: blocks.get(at).copied(),
            recorded: Some(file.clone()),
        };
        return Ok(given.iter().enumerate().map(pair).collect());
    }
    let recorded = match config {
        Some(config) if source.rpc_url.is_none() => recorded_blocks(config)?,
        _ => Vec::new(),
    };
    let all = config.filter(|_| blocks.is_empty());
    let named = match all {
        Some(config) => config.bench.blocks.as_slice(),
        None => blocks,
    };
    let mut wanted: Vec<Wanted> = named
        .iter()
        .map(|&block| Wanted {
            block: Some(block),
            recorded: file_of(&recorded, block),
        })
        .collect();
    if all.is_some() {
        let rest = recorded.iter().filter(|(block, _)| !named.contains(block));
        wanted.extend(rest.map(|(block, file)| Wanted {
            block: Some(*block),
            recorded: Some(file.clone()),
        }));
    }
    if wanted.is_empty() {
        return Err(exit::usage(
            "which block? give --block N (with --rpc-url, or from the store), or --recorded FILE; or name blocks in \
             zkperf.toml's [bench]",
        ));
    }
    Ok(wanted)
}

fn file_of(recorded: &[(u64, PathBuf)], block: u64) -> Option<PathBuf> {
    let found = recorded.iter().find(|(number, _)| *number == block);
    found.map(|(_, file)| file.clone())
}

/// The recorded blocks of a zkperf.toml, by number.
fn recorded_blocks(config: &Config) -> Result<Vec<(u64, PathBuf)>> {
    let files = config.recorded_files()?;
    let number = |file: PathBuf| Ok((Recorded::read(&file)?.block_number, file));
    files.into_iter().map(number).collect()
}

/// The source with zkperf.toml's variable in the place of a URL that was not given.
pub fn source_of(source: &SourceArgs, config: Option<&Config>) -> SourceArgs {
    let mut source = source.clone();
    if source.rpc_url.is_none() {
        let secret = config.and_then(|config| Secret::of(&config.bench.rpc_url_env));
        source.rpc_url = secret.map(|secret| secret.value);
    }
    source
}

/// A block of a chain.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// The chain.
    pub chain_id: u64,
    /// Its number there.
    pub number: u64,
}

/// Where and how an input is made.
pub struct Making<'a> {
    /// Source and store.
    pub source: &'a SourceArgs,
    /// The repository whose guest it is for; `None` for the reference guest.
    pub project: Option<&'a Project>,
    /// The zkVM as asked for.
    pub zkvm: &'a str,
    /// Folder for the file; `None` for the store's.
    pub out: Option<&'a Path>,
}

impl Making<'_> {
    /// Makes the input of a block in the format of the guest that it is for.
    ///
    /// # Errors
    /// Whatever keeps the block from being fetched, or the guest's own command from writing its input.
    pub fn make(&self, global: &Global, wanted: &Wanted) -> Result<ReadyInput> {
        let family = self.zkvm.split('@').next().unwrap_or(self.zkvm);
        let own = match self.project {
            Some(project) => &project.guest(self.zkvm)?.input,
            None => &GuestInput::Own,
        };
        match (own, self.project) {
            (GuestInput::Command { command }, Some(project)) => {
                self.by_command(global, wanted, project, command)
            }
            (GuestInput::File { file }, Some(project)) => fixed(project, file),
            _ => {
                let recorded = wanted.recorded.as_deref();
                let mut request = input::request(self.source, wanted.block, recorded, family)?;
                request.output_dir = self.out.map(Path::to_owned);
                Ok(ReadyInput::from(&input::fetch_from(
                    global,
                    &request,
                    self.source,
                )?))
            }
        }
    }

    /// The guest's own command makes it; the store keeps it.
    fn by_command(
        &self,
        global: &Global,
        wanted: &Wanted,
        project: &Project,
        command: &str,
    ) -> Result<ReadyInput> {
        let store = input::store(self.source.store.as_ref())?;
        let key = own_key(project, self.zkvm, command)?;
        let folder = project::temporary()?;
        let recording = folder.path().join("recorded.json.zst");
        let needs_recording = command.contains("{recorded}");
        let block = match needs_recording {
            true => self.record(global, wanted, &recording)?,
            false => self.unfetched(wanted)?,
        };
        // A command that asks a node by itself is not asked twice: the node may have forgotten the block.
        let kept = match needs_recording || self.source.refetch {
            true => None,
            false => store.own(block.chain_id, block.number, &key)?,
        };
        let bytes = match kept {
            Some(bytes) => {
                if !global.quiet {
                    eprintln!(
                        "block {} for {}: what the input command wrote last, taken from the store; --refetch runs it again",
                        block.number, self.zkvm
                    );
                }
                bytes
            }
            None => {
                let secret = self.source.rpc_url.clone().map(|value| Secret {
                    name: project.config.bench.rpc_url_env.clone(),
                    value,
                });
                let (of, secret) = ((self.zkvm, command), secret.as_ref());
                let bytes = own_input(project, of, block, &recording, secret)?;
                store.put_own(block.chain_id, block.number, &key, &bytes)?;
                bytes
            }
        };
        self.write(&store, project, block, &bytes)
    }

    /// Fetches a block, or takes it from the store, into a file for the guest's command.
    fn record(&self, global: &Global, wanted: &Wanted, recording: &Path) -> Result<Block> {
        let family = self.zkvm.split('@').next().unwrap_or(self.zkvm);
        let recorded = wanted.recorded.as_deref();
        let mut request = input::request(self.source, wanted.block, recorded, family)?;
        request.save_recorded = Some(recording.to_owned());
        request.output_dir = recording.parent().map(Path::to_owned);
        let stored = input::fetch_from(global, &request, self.source)?;
        Ok(Block {
            chain_id: stored.chain_id,
            number: stored.block,
        })
    }

    /// A block of which only the number is known, since the guest's command fetches it by itself; a recorded one says which
    /// it is, and of which chain.
    fn unfetched(&self, wanted: &Wanted) -> Result<Block> {
        if let Some(file) = &wanted.recorded {
            let recorded = Recorded::read(file)?;
            let is = [recorded.block_number, recorded.chain_id];
            let asked = [wanted.block, self.source.chain_id];
            for ((is, asked), what) in is.iter().zip(asked).zip(["block", "chain"]) {
                if let Some(asked) = asked.filter(|asked| asked != is) {
                    bail!("{} holds {what} {is}, not {asked}", file.display());
                }
            }
            return Ok(Block {
                chain_id: recorded.chain_id,
                number: recorded.block_number,
            });
        }
        let number = wanted.block.ok_or_else(|| {
            exit::usage("which block? the guest's own input command wants its number: give it")
        })?;
        Ok(Block {
            chain_id: self.source.chain_id.unwrap_or(1),
            number,
        })
    }

    fn write(
        &self,
        store: &Store,
        project: &Project,
        block: Block,
        bytes: &[u8],
    ) -> Result<ReadyInput> {
        let own = |name: &str| store.root().join("files").join(format!("own-{name}"));
        let folder = match self.out {
            Some(out) => out.to_owned(),
            None => own(&self.zkvm.replace('@', "-")),
        };
        let commit = commit_of(&project.checkout);
        let commit = if commit.is_empty() { "nogit" } else { &commit };
        let (chain, number) = (chain_name(block.chain_id), block.number);
        let path = folder.join(format!("ethrex_{chain}_{number}_{commit}_input.bin"));
        // One that is the same keeps its time, so that what is newest is what changed last.
        if !std::fs::read(&path).is_ok_and(|there| there == bytes) {
            files::write(&path, bytes)?;
        }
        Ok(ReadyInput {
            path,
            block: Some(number),
            chain_id: Some(block.chain_id),
        })
    }
}

/// Under what the store keeps a guest's own input: the repository, the zkVM, and the command as zkperf.toml has it. Names
/// will not do: most repositories call their guest nothing, and a changed command writes something else.
fn own_key(project: &Project, zkvm: &str, command: &str) -> Result<String> {
    let root = project.config.root();
    let root = root
        .canonicalize()
        .with_context(|| format!("cannot tell where {} is", root.display()))?;
    let mut hash = Sha256::new();
    for part in [root.as_os_str().as_encoded_bytes(), command.as_bytes()] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    let name = project.config.guest.name.as_deref().unwrap_or("guest");
    let short = &hash.finalize()[..16];
    Ok(format!("{name}/{zkvm}/{}", hex::encode(short)))
}

/// A guest's own input command, ready to run.
pub struct Filled {
    /// What it is, with the key of zkperf.toml.
    pub what: String,
    /// The command.
    pub command: String,
    /// Where it writes.
    out: PathBuf,
}

impl Filled {
    /// Fills in the places. `of` is the zkVM as zkperf.toml names it and the command; `recording` is the block's file, beside
    /// which it is to write.
    ///
    /// # Errors
    /// The command has a place that nobody can fill in.
    pub fn new(of: (&str, &str), block: Block, recording: &Path) -> Result<Self> {
        let (zkvm, command) = of;
        let what = format!("the input command of [guest.{zkvm}]");
        let out = recording.with_file_name("input.bin");
        let (number, chain) = (block.number.to_string(), chain_name(block.chain_id));
        let values = [
            ("recorded", path_text(recording)?),
            ("out", path_text(&out)?),
            ("block", number.as_str()),
            ("chain", chain.as_str()),
            ("zkvm", zkvm),
        ];
        let command = expand(command, &values)
            .map_err(|problem| exit::usage(format!("{what}: {problem}")))?;
        Ok(Self { what, command, out })
    }

    /// What it wrote, once it ran; `None` for nothing.
    pub fn written(&self) -> Option<Vec<u8>> {
        let bytes = std::fs::read(&self.out).unwrap_or_default();
        (!bytes.is_empty()).then_some(bytes)
    }
}

/// Runs a guest's own input command on a block and gives what it wrote.
fn own_input(
    project: &Project,
    of: (&str, &str),
    block: Block,
    recording: &Path,
    secret: Option<&Secret>,
) -> Result<Vec<u8>> {
    let filled = Filled::new(of, block, recording)?;
    project.run(&filled.what, &filled.command, secret)?;
    let written = filled.written();
    written.with_context(|| format!("{} wrote nothing to {{out}}: `{}`", filled.what, of.1))
}

/// A fixed file of the repository.
///
/// # Errors
/// It is not there.
pub fn fixed(project: &Project, file: &str) -> Result<ReadyInput> {
    let path = project.config.resolve(file);
    if !path.is_file() {
        bail!(
            "{} is not there; {} names it as `input_file`",
            path.display(),
            project.config.path.display()
        );
    }
    Ok(ReadyInput {
        path,
        block: None,
        chain_id: None,
    })
}

fn path_text(path: &Path) -> Result<&str> {
    path.to_str().with_context(|| {
        format!(
            "{} is no text, so no command can be given it",
            path.display()
        )
    })
}
