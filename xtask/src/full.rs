//! The long tier of checks: too long for every push, run before a release and for closing notes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::official::Ziskemu;
use crate::source::root;

/// One step: what it shows and the command.
struct Step {
    about: String,
    program: String,
    arguments: Vec<String>,
}

/// The blocks a folder holds.
fn blocks(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .with_context(|| format!("cannot list blocks in {}", folder.display()))?
        .filter_map(|entry| entry.ok().map(|e| e.path()))
        .filter(|path| path.to_string_lossy().ends_with(".json.zst"))
        .collect();
    files.sort();
    Ok(files)
}

/// Builds the list of steps.
struct Plan {
    cargo: String,
    own: String,
    /// Prefix of ZisK's official tools.
    official: String,
    /// Those of older versions', by zkVM and version.
    older: Vec<(String, String)>,
    steps: Vec<Step>,
}

const ZKVMS: [&str; 3] = ["zisk", "sp1", "risc0"];
const VARIANTS: [&str; 2] = ["unpatched", "accelerated"];

impl Plan {
    fn add(&mut self, about: &str, program: &str, arguments: &[&str]) {
        self.steps.push(Step {
            about: about.to_owned(),
            program: program.to_owned(),
            arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
        });
    }

    fn cargo(&mut self, about: &str, arguments: &[&str]) {
        let cargo = self.cargo.clone();
        self.add(about, &cargo, arguments);
    }

    fn test(&mut self, about: &str, manifest: &str) {
        self.cargo(about, &["test", "--release", "--manifest-path", manifest]);
    }

    /// `verify` or `versus` of a zkVM.
    fn task(&mut self, task: &str, zkvm: &str, about: &str, more: &[&str]) {
        let (own, official) = (self.own.clone(), self.official.clone());
        let older = self.older.iter().find(|(id, _)| id == zkvm).cloned();
        let mut arguments = vec![task, zkvm];
        if zkvm == "zisk" {
            arguments.extend(["--official", &official]);
        } else if let Some((_, prefix)) = &older {
            arguments.extend(["--official", prefix]);
        }
        arguments.extend(more);
        self.add(&format!("{zkvm}: {about}"), &own, &arguments);
    }
}

fn steps(official: &Path, older: &[PathBuf], folder: &Path) -> Result<Vec<Step>> {
    let older = older.iter().map(|prefix| {
        let version = Ziskemu::version_at(prefix)?;
        Ok((
            format!("zisk@{version}"),
            prefix.to_string_lossy().into_owned(),
        ))
    });
    let older = older.collect::<Result<Vec<(String, String)>>>()?;
    let checked: Vec<&str> = ZKVMS
        .into_iter()
        .chain(older.iter().map(|(id, _)| id.as_str()))
        .collect();
    let mut plan = Plan {
        cargo: std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()),
        own: std::env::current_exe()
            .context("cannot find xtask itself")?
            .to_string_lossy()
            .into_owned(),
        official: official.to_string_lossy().into_owned(),
        older: older.clone(),
        steps: Vec::new(),
    };
    for engine in ["zisk-1.1.0-alpha", "zisk-1.2.0-alpha"] {
        let manifest = format!("engines/{engine}/Cargo.toml");
        let build = ["build", "--release", "--locked", "--manifest-path"];
        let into = ["--target-dir", "target"];
        let arguments = [&build[..], &[manifest.as_str()], &into[..]].concat();
        plan.cargo(&format!("the engine {engine}"), &arguments);
    }
    let all = ["test", "--release", "--workspace"];
    plan.cargo(
        "all tests, also the long ones (ZKPERF_LONG): guests rebuilt and compared",
        &all,
    );
    plan.test(
        "the guests' shared core, natively",
        "guests/core/Cargo.toml",
    );
    plan.test(
        "what surrounds the circuits in guests, natively",
        "guests/circuits/Cargo.toml",
    );
    plan.test(
        "the lean guests' core beside the reference, natively",
        "guests/lean/core/Cargo.toml",
    );
    plan.test(
        "the planted guests' twins, natively",
        "guests/planted/core/Cargo.toml",
    );
    plan.test(
        "the demo's block, regenerated and compared",
        "fixtures/demo-block/Cargo.toml",
    );
    plan.add(
        "`zkperf input` against a live ethrex node",
        "bash",
        &["fixtures/demo-block/live-test"],
    );
    for &zkvm in &checked {
        let random = ["--random", "10000", "--seed", "1000000"];
        plan.task(
            "verify",
            zkvm,
            "every planted error is reported",
            &["--self-test"],
        );
        plan.task("verify", zkvm, "hand-written guests", &["--guests"]);
        plan.task("verify", zkvm, "random programs", &random);
        plan.task("verify", zkvm, "the demo", &["--demo"]);
    }
    let blocks = blocks(folder)?;
    for block in &blocks {
        let block = block.to_string_lossy().into_owned();
        for &zkvm in &checked {
            for variant in VARIANTS {
                let mut more = vec!["--recorded", &block, "--variant", variant, "--rebuild"];
                if zkvm == "risc0" {
                    more.extend(["--po2", "18,20,22"]);
                }
                plan.task(
                    "verify",
                    zkvm,
                    &format!("{block}, variant {variant}"),
                    &more,
                );
            }
        }
    }
    if let Some(block) = blocks.first() {
        let block = block.to_string_lossy().into_owned();
        for zkvm in ZKVMS {
            let more = ["--recorded", block.as_str(), "--pairs", "3"];
            plan.task("versus", zkvm, "speed and memory on the first block", &more);
        }
    }
    Ok(plan.steps)
}

/// Runs every step, or lists them; goes on after a failure and says at the end which failed.
pub fn run(official: &Path, older: &[PathBuf], folder: &Path, list: bool) -> Result<bool> {
    let mut failed = Vec::new();
    let steps = steps(official, older, folder)?;
    for (index, step) in steps.iter().enumerate() {
        println!("[{}/{}] {}", index + 1, steps.len(), step.about);
        println!("      {} {}", step.program, step.arguments.join(" "));
        if list {
            continue;
        }
        let status = Command::new(&step.program)
            .args(&step.arguments)
            .current_dir(root())
            .env("ZKPERF_LONG", "1")
            .status()
            .with_context(|| format!("cannot run {}", step.program))?;
        if !status.success() {
            failed.push(step.about.as_str());
        }
    }
    if !failed.is_empty() {
        println!("failed: {}", failed.join("; "));
    }
    Ok(failed.is_empty())
}
