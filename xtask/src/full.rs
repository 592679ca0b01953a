//! The long tier of checks: too long for every push, run before a release and for closing notes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

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

fn steps(official: &Path, folder: &Path) -> Result<Vec<Step>> {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    let own = std::env::current_exe()
        .context("cannot find xtask itself")?
        .to_string_lossy()
        .into_owned();
    let official = official.to_string_lossy().into_owned();
    let step = |about: &str, program: &str, arguments: &[&str]| Step {
        about: about.to_owned(),
        program: program.to_owned(),
        arguments: arguments.iter().map(|a| (*a).to_owned()).collect(),
    };
    let verify = |about: &str, more: &[&str]| {
        let mut arguments = vec!["verify", "zisk", "--official", &official];
        arguments.extend(more);
        step(about, &own, &arguments)
    };
    let mut steps = vec![
        step(
            "all tests, also the long ones (ZKPERF_LONG)",
            &cargo,
            &["test", "--release", "--workspace"],
        ),
        step(
            "the guests' shared core, natively",
            &cargo,
            &[
                "test",
                "--release",
                "--manifest-path",
                "guests/core/Cargo.toml",
            ],
        ),
        step(
            "what surrounds the circuits in guests, natively",
            &cargo,
            &[
                "test",
                "--release",
                "--manifest-path",
                "guests/circuits/Cargo.toml",
            ],
        ),
        step(
            "the demo's block, regenerated and compared",
            &cargo,
            &[
                "test",
                "--release",
                "--manifest-path",
                "fixtures/demo-block/Cargo.toml",
            ],
        ),
        step(
            "`zkperf input` against a live ethrex node",
            "bash",
            &["fixtures/demo-block/live-test"],
        ),
        verify(
            "the comparison reports every planted error",
            &["--self-test"],
        ),
        verify("hand-written guests", &["--guests"]),
        verify(
            "random programs",
            &["--random", "10000", "--seed", "1000000"],
        ),
        verify("the demo", &["--demo"]),
    ];
    for zkvm in ["zisk", "sp1", "risc0"] {
        for variant in ["unpatched", "accelerated"] {
            // A clean build from other folders must give the same ELF; `zkperf build` records it.
            steps.push(step(
                &format!("{zkvm} guest rebuilt, variant {variant}"),
                &cargo,
                &[
                    "run",
                    "--release",
                    "--quiet",
                    "--package",
                    "zkperf",
                    "--",
                    "build",
                    "--zkvm",
                    zkvm,
                    "--guest",
                    "reference",
                    "--variant",
                    variant,
                ],
            ));
        }
    }
    let blocks = blocks(folder)?;
    for block in &blocks {
        let block = block.to_string_lossy().into_owned();
        for variant in ["unpatched", "accelerated"] {
            steps.push(verify(
                &format!("{block}, variant {variant}"),
                &["--recorded", &block, "--variant", variant, "--rebuild"],
            ));
        }
    }
    if let Some(block) = blocks.first() {
        let block = block.to_string_lossy().into_owned();
        steps.push(step(
            "speed and memory on the first block",
            &own,
            &[
                "versus",
                "zisk",
                "--official",
                &official,
                "--recorded",
                &block,
                "--pairs",
                "3",
            ],
        ));
    }
    Ok(steps)
}

/// Runs every step, or lists them; goes on after a failure and says at the end which failed.
pub fn run(official: &Path, folder: &Path, list: bool) -> Result<bool> {
    let mut failed = Vec::new();
    let steps = steps(official, folder)?;
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
