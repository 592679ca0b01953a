//! The official executor as a child process: jobs in, figures out.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{bail, Context, Result};
use serde_json::{json, Value};
use zkperf_exec::ShardLimits;

use crate::figures::Figures;

/// What the official executor said of one guest.
#[derive(Debug, Clone)]
pub struct OfficialRun {
    /// How it ended.
    pub end: End,
    /// Every figure.
    pub figures: Figures,
    /// Public values, lower-case hex.
    pub output: String,
    /// The official report.
    pub text: String,
}

/// How the official executor ended a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It halted.
    Halted,
    /// The executor panicked or gave an error, in its own words.
    Fault(String),
    /// The loader refused the file, in its own words.
    Refused(String),
}

/// A running official executor.
pub struct Official {
    binary: PathBuf,
    process: Option<(Child, ChildStdin, BufReader<ChildStdout>)>,
}

/// What to run.
pub struct Job<'a> {
    /// The guest.
    pub elf: &'a Path,
    /// Its input buffers.
    pub inputs: &'a [PathBuf],
    /// Entries that end a chunk; the official default if absent.
    pub chunk_entries: Option<u64>,
    /// Whether gas is estimated.
    pub gas: bool,
    /// Limits by which to cut the run into shards, if it is to be cut.
    pub shards: Option<ShardLimits>,
}

impl Job<'_> {
    /// The job as `checks/sp1` reads it: one line.
    pub fn to_json(&self) -> Value {
        json!({
            "elf": self.elf,
            "inputs": self.inputs,
            "chunk_entries": self.chunk_entries,
            "gas": self.gas,
            "shards": self.shards.map(|limits| json!({
                "area": limits.area,
                "height": limits.height,
                "entries": limits.entries,
            })),
        })
    }
}

impl Official {
    /// The program itself.
    pub fn binary(&self) -> &Path {
        &self.binary
    }

    /// The portable executor (feature `profiling`).
    pub fn portable() -> Result<Self> {
        Self::build("sp1-portable", &["--features", "profiling"])
    }

    /// The native executor: SP1's JIT.
    pub fn native() -> Result<Self> {
        Self::build("sp1-native", &[])
    }

    /// Another process of the same program.
    pub fn another(&self) -> Self {
        Self {
            binary: self.binary.clone(),
            process: None,
        }
    }

    fn build(name: &str, features: &[&str]) -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        // The workspace's own folder: most of its crates are there already.
        let target = root.join("target");
        eprintln!("building the official SP1 executor ({name}; minutes the first time)");
        let status = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
            .args(["build", "--release", "--quiet"])
            .args(features)
            .arg("--manifest-path")
            .arg(root.join("checks/sp1/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .status()
            .context("cannot run cargo")?;
        if !status.success() {
            bail!("cannot build the official SP1 executor in checks/sp1");
        }
        // The other build will take its place.
        let binary = target.join(name);
        std::fs::copy(target.join("release/sp1-official"), &binary)
            .with_context(|| format!("cannot write {}", binary.display()))?;
        Ok(Self {
            binary,
            process: None,
        })
    }

    /// Runs one job.
    ///
    /// # Errors
    /// If the process cannot be started, or says something that is no answer.
    pub fn run(&mut self, job: &Job) -> Result<OfficialRun> {
        let answer = self.ask(&job.to_json().to_string())?;
        let Some(answer) = answer else {
            // Native code takes the process with it.
            return Ok(ended(End::Fault("the executor's process died".into())));
        };
        let answer: Value = serde_json::from_str(&answer).context("not an answer")?;
        if let Some(error) = answer["error"].as_str() {
            return Ok(ended(match error.strip_prefix("refused: ") {
                Some(why) => End::Refused(why.to_owned()),
                None => End::Fault(error.to_owned()),
            }));
        }
        parse(&answer["figures"])
    }

    fn ask(&mut self, line: &str) -> Result<Option<String>> {
        if self.process.is_none() {
            self.process = Some(start(&self.binary)?);
        }
        let Some((_, input, output)) = &mut self.process else {
            bail!("the official executor did not start");
        };
        writeln!(input, "{line}").and_then(|()| input.flush())?;
        let mut answer = String::new();
        if output.read_line(&mut answer)? == 0 {
            self.stop();
            return Ok(None);
        }
        Ok(Some(answer))
    }

    fn stop(&mut self) {
        if let Some((mut child, input, _)) = self.process.take() {
            drop(input);
            let _ = child.wait();
        }
    }
}

impl Drop for Official {
    fn drop(&mut self) {
        self.stop();
    }
}

fn start(binary: &Path) -> Result<(Child, ChildStdin, BufReader<ChildStdout>)> {
    let mut child = Command::new(binary)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        // It repeats the guest's output.
        .stderr(Stdio::null())
        .spawn()
        .with_context(|| format!("cannot run {}", binary.display()))?;
    let input = child.stdin.take().context("no stdin")?;
    let output = child.stdout.take().context("no stdout")?;
    Ok((child, input, BufReader::new(output)))
}

fn ended(end: End) -> OfficialRun {
    OfficialRun {
        end,
        figures: Figures::new(),
        output: String::new(),
        text: String::new(),
    }
}

fn parse(value: &Value) -> Result<OfficialRun> {
    let number = |value: &Value| value.as_u64().context("a figure is no number");
    let mut figures = Figures::new();
    figures.insert("cycles".into(), number(&value["cycles"])?);
    figures.insert("exit_code".into(), number(&value["exit_code"])?);
    if let Some(gas) = value["gas"].as_u64() {
        figures.insert("gas".into(), gas);
    }
    let (mut area, mut complexity) = (0, 0);
    for (at, chunk) in value["chunks"].as_array().into_iter().flatten().enumerate() {
        let (a, c) = (number(&chunk["area"])?, number(&chunk["complexity"])?);
        area += a;
        complexity += c;
        figures.insert(format!("chunk.{at}.numerators"), 3 * a + c);
        figures.insert(format!("chunk.{at}.cycles"), number(&chunk["cycles"])?);
    }
    shards(&value["shards"], &mut figures)?;
    figures.insert("area".into(), area);
    figures.insert("complexity".into(), complexity);
    for (at, word) in value["digest"].as_array().into_iter().flatten().enumerate() {
        figures.insert(format!("digest.{at}"), number(word)?);
    }
    for (family, prefix) in [
        ("opcodes", "opcode"),
        ("syscalls", "syscall"),
        ("cycle_tracker", "tracker_cycles"),
        ("invocations", "tracker_entries"),
    ] {
        for (name, count) in value[family].as_object().into_iter().flatten() {
            let name = name.to_uppercase();
            figures.insert(format!("{prefix}.{name}"), number(count)?);
        }
    }
    Ok(OfficialRun {
        end: End::Halted,
        figures,
        output: value["output"].as_str().unwrap_or_default().to_owned(),
        text: value["text"].as_str().unwrap_or_default().to_owned(),
    })
}

fn shards(value: &Value, figures: &mut Figures) -> Result<()> {
    let Some(shards) = value.as_array().filter(|shards| !shards.is_empty()) else {
        return Ok(());
    };
    figures.insert("shards".into(), shards.len() as u64);
    for (at, shard) in shards.iter().enumerate() {
        let number = |name: &str| shard[name].as_u64().context("a figure is no number");
        let cause = ShardEnd::parse(shard["cause"].as_str().unwrap_or_default())?;
        let next_pc = match cause {
            ShardEnd::Halted => 0,
            _ => number("next_pc")?,
        };
        for (name, value) in [
            ("cycles", number("cycles")?),
            ("end_clock", number("clock")?),
            ("next_pc", next_pc),
            ("cause", cause as u64),
        ] {
            figures.insert(format!("shard.{at}.{name}"), value);
        }
    }
    Ok(())
}

/// Why a shard ended; as a figure, its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShardEnd {
    /// The guest halted.
    Halted,
    /// The trace area was full.
    Area,
    /// A table was full.
    Height,
    /// The trace chunk was full.
    Entries,
}

impl ShardEnd {
    fn parse(name: &str) -> Result<Self> {
        Ok(match name {
            "halted" => Self::Halted,
            "area" => Self::Area,
            "height" => Self::Height,
            "entries" => Self::Entries,
            other => bail!("no cause is called {other:?}"),
        })
    }
}
