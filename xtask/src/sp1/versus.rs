//! Our speed and memory against the official executors', alternating in one run.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, Context, Result};
use serde_json::{json, Value};

use crate::sp1::official::{Job, Official};
use crate::versus::{find, median, run, Plan, Sample};

/// What is measured, in this order.
const NAMES: [&str; 5] = [
    "TRACE_FILE, rate 1000",
    "official gas run",
    "official plain (JIT)",
    "zkperf profile",
    "zkperf run",
];
const OUR_PROFILE: usize = 3;

/// Runs every contender in turn; the medians as one JSON object.
///
/// # Errors
/// A contender that fails.
pub fn measure(plan: &Plan) -> Result<Value> {
    if plan.pairs == 0 {
        bail!("--pairs must be at least 1");
    }
    let (portable, native) = (Official::portable()?, Official::native()?);
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let profile = folder.path().join("profile.zkp");
    let mut samples: [Vec<Sample>; 5] = Default::default();
    let mut facts = Value::Null;
    for round in 0..plan.pairs {
        let contenders = [
            traced(&portable, plan, folder.path()),
            official(&native, plan, true),
            official(&native, plan, false),
            ours(plan, "profile", Some(&profile)),
            ours(plan, "run", None),
        ];
        for (index, command) in contenders.into_iter().enumerate() {
            let (sample, stdout) = run(command)?;
            if stdout.starts_with("{\"error\"") {
                bail!("{} failed: {stdout}", NAMES[index]);
            }
            eprintln!(
                "round {}: {:<22} {:8.3} s {:8.1} MB",
                round + 1,
                NAMES[index],
                sample.seconds,
                sample.peak_rss_bytes as f64 / 1e6
            );
            samples[index].push(sample);
            if index == OUR_PROFILE {
                facts = serde_json::from_str(&stdout).unwrap_or(Value::Null);
            }
        }
    }
    let bytes = std::fs::metadata(&profile)
        .with_context(|| format!("our profile run wrote no {}", profile.display()))?
        .len();
    Ok(report(plan, &samples, &facts, bytes))
}

/// The same keys as for ZisK; the official profile is the faster of the two that there are.
fn report(plan: &Plan, samples: &[Vec<Sample>; 5], facts: &Value, profile_bytes: u64) -> Value {
    let time = |index: usize| median(samples[index].iter().map(|s| s.seconds).collect());
    let memory = |index: usize| {
        let peaks = samples[index].iter().map(|s| s.peak_rss_bytes);
        peaks.max().unwrap_or(0)
    };
    let (traced, gas, plain) = (time(0), time(1), time(2));
    let (our_profile, our_plain) = (time(OUR_PROFILE), time(4));
    json!({
        "profile_ratio": traced.min(gas) / our_profile,
        "plain_ratio": plain / our_plain,
        "official_plain_over_our_profile": plain / our_profile,
        "profile_over_plain": our_profile / our_plain,
        "peak_rss_bytes": memory(OUR_PROFILE),
        "touched_bytes": find(facts, "touched_bytes"),
        "loader_peak_bytes": find(facts, "loader_peak_bytes"),
        "profile_bytes": profile_bytes,
        "seconds": {
            "official_profile": traced.min(gas),
            "official_traced": traced,
            "official_gas": gas,
            "official_plain": plain,
            "our_profile": our_profile,
            "our_plain": our_plain,
        },
        "official_peak_rss_bytes": memory(1),
        "pairs": plan.pairs,
    })
}

fn official(official: &Official, plan: &Plan, gas: bool) -> Command {
    let inputs: [PathBuf; 1] = [plan.input.clone()];
    let job = Job {
        elf: &plan.elf,
        inputs: &inputs,
        chunk_entries: None,
        gas,
    };
    let mut command = Command::new(official.binary());
    command.arg(job.line());
    command
}

fn traced(portable: &Official, plan: &Plan, folder: &Path) -> Command {
    let mut command = official(portable, plan, false);
    command
        .env("TRACE_FILE", folder.join("trace.json"))
        .env("TRACE_SAMPLE_RATE", "1000");
    command
}

fn ours(plan: &Plan, verb: &str, profile: Option<&Path>) -> Command {
    let mut command = Command::new(&plan.zkperf);
    command
        .args([verb, "--json", "--quiet", "--zkvm", "sp1", "--elf"])
        .arg(&plan.elf)
        .arg("--input")
        .arg(&plan.input);
    if let Some(path) = profile {
        command.arg("-o").arg(path);
    }
    command
}
