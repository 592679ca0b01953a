//! Our speed and memory against the official emulator's, alternating in one run.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{bail, Context, Result};
use serde_json::{json, Value};

use crate::official::Ziskemu;

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The guest.
    pub elf: PathBuf,
    /// Its input.
    pub input: PathBuf,
    /// Alternating rounds; odd numbers give true medians.
    pub pairs: usize,
    /// Our command-line tool, built in release mode.
    pub zkperf: PathBuf,
}

/// One child process, from start to end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    pub(crate) seconds: f64,
    pub(crate) peak_rss_bytes: u64,
}

/// Runs every contender `pairs` times in turn; the medians as one JSON object.
pub fn measure(official: &Ziskemu, plan: &Plan) -> Result<Value> {
    if plan.pairs == 0 {
        bail!("--pairs must be at least 1");
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let profile = folder.path().join("profile.zkp");
    let mut samples: [Vec<Sample>; 4] = Default::default();
    let mut facts = Value::Null;
    for round in 0..plan.pairs {
        let contenders = [
            official_profile(official, plan, folder.path()),
            official_plain(official, plan),
            our_profile(plan, &profile),
            our_plain(plan),
        ];
        for (index, command) in contenders.into_iter().enumerate() {
            let (sample, stdout) = run(command)?;
            eprintln!(
                "round {}: {:<18} {:8.3} s {:8.1} MB",
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
    let time = |index: usize| median(samples[index].iter().map(|s| s.seconds).collect());
    let memory = |index: usize| {
        samples[index]
            .iter()
            .map(|s| s.peak_rss_bytes)
            .max()
            .unwrap_or(0)
    };
    let (their_profile, their_plain) = (time(0), time(1));
    let (our_profile, our_plain) = (time(OUR_PROFILE), time(3));
    let bytes = std::fs::metadata(&profile)
        .with_context(|| format!("our profile run wrote no {}", profile.display()))?
        .len();
    Ok(json!({
        "profile_ratio": their_profile / our_profile,
        "plain_ratio": their_plain / our_plain,
        "official_plain_over_our_profile": their_plain / our_profile,
        "profile_over_plain": our_profile / our_plain,
        "peak_rss_bytes": memory(OUR_PROFILE),
        "touched_bytes": find(&facts, "touched_bytes"),
        "loader_peak_bytes": find(&facts, "loader_peak_bytes"),
        "profile_bytes": bytes,
        "seconds": {
            "official_profile": their_profile,
            "official_plain": their_plain,
            "our_profile": our_profile,
            "our_plain": our_plain,
        },
        "official_peak_rss_bytes": memory(0),
        "pairs": plan.pairs,
    }))
}

const NAMES: [&str; 4] = [
    "ziskemu -X -S -D",
    "ziskemu",
    "zkperf profile",
    "zkperf run",
];
const OUR_PROFILE: usize = 2;

fn official_profile(official: &Ziskemu, plan: &Plan, folder: &Path) -> Command {
    let mut command = Command::new(official.binary());
    command
        .arg("-e")
        .arg(&plan.elf)
        .arg("-i")
        .arg(&plan.input)
        .args(["-X", "-S", "-D"])
        .arg("-o")
        .arg(folder.join("official.out"));
    command
}

fn official_plain(official: &Ziskemu, plan: &Plan) -> Command {
    let mut command = Command::new(official.binary());
    command.arg("-e").arg(&plan.elf).arg("-i").arg(&plan.input);
    command
}

fn our_profile(plan: &Plan, profile: &Path) -> Command {
    let mut command = Command::new(&plan.zkperf);
    command
        .args(["profile", "--json", "--quiet", "--zkvm", "zisk", "--elf"])
        .arg(&plan.elf)
        .arg("--input")
        .arg(&plan.input)
        .arg("-o")
        .arg(profile);
    command
}

fn our_plain(plan: &Plan) -> Command {
    let mut command = Command::new(&plan.zkperf);
    command
        .args(["run", "--json", "--quiet", "--zkvm", "zisk", "--elf"])
        .arg(&plan.elf)
        .arg("--input")
        .arg(&plan.input);
    command
}

/// Runs a child to its end; its time on the clock, its peak memory, its standard output.
pub(crate) fn run(mut command: Command) -> Result<(Sample, String)> {
    let stdout = tempfile::tempfile().context("cannot make a temporary file")?;
    let reader = stdout.try_clone()?;
    command
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::null());
    let shown = format!("{command:?}");
    let start = Instant::now();
    let child = command
        .spawn()
        .with_context(|| format!("cannot run {shown}"))?;
    let (status, peak_rss_bytes) = wait(child.id())?;
    let seconds = start.elapsed().as_secs_f64();
    if status != 0 {
        bail!("{shown} failed (wait status {status})");
    }
    let mut text = String::new();
    let mut reader = reader;
    std::io::Seek::rewind(&mut reader)?;
    // Guests may print anything.
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut bytes)?;
    text.push_str(&String::from_utf8_lossy(&bytes));
    Ok((
        Sample {
            seconds,
            peak_rss_bytes,
        },
        text,
    ))
}

/// Waits for a child of ours; its wait status and peak resident memory in bytes.
fn wait(pid: u32) -> Result<(i32, u64)> {
    let mut status = 0;
    let mut usage = std::mem::MaybeUninit::<libc::rusage>::zeroed();
    loop {
        // SAFETY: both pointers are valid for writes; the pid is a child that nobody else waits for
        // (`Child` is dropped without waiting).
        let done = unsafe { libc::wait4(pid as libc::pid_t, &mut status, 0, usage.as_mut_ptr()) };
        if done >= 0 {
            break;
        }
        let error = std::io::Error::last_os_error();
        if error.kind() != std::io::ErrorKind::Interrupted {
            return Err(error).context("waiting for a child failed");
        }
    }
    // SAFETY: zeroed is a valid `rusage`, and wait4 has filled it in.
    let usage = unsafe { usage.assume_init() };
    // Linux counts kilobytes, macOS bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    Ok((status, usage.ru_maxrss as u64 * unit))
}

/// The middle of the values; of two middles, their mean.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// A key anywhere in a JSON value.
pub(crate) fn find(value: &Value, key: &str) -> Value {
    match value {
        Value::Object(map) => map.get(key).cloned().unwrap_or_else(|| {
            map.values()
                .map(|v| find(v, key))
                .find(|v| !v.is_null())
                .unwrap_or(Value::Null)
        }),
        Value::Array(items) => items
            .iter()
            .map(|v| find(v, key))
            .find(|v| !v.is_null())
            .unwrap_or(Value::Null),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
    }

    #[test]
    fn children_are_measured() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo hello"]);
        let (sample, text) = run(command).unwrap();
        assert_eq!(text, "hello\n");
        assert!(sample.seconds > 0.0 && sample.peak_rss_bytes > 100_000);
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3"]);
        assert!(run(command).is_err());
    }
}
