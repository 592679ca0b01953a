//! Our speed and memory against the official executor's, alternating in one run.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{bail, Context, Result};
use serde_json::{json, Value};

use crate::official::Ziskemu;
use crate::source::Files;
use crate::sp1;

/// What to measure.
#[derive(Debug)]
pub struct Plan {
    /// The zkVM, as `--zkvm` takes it.
    pub zkvm: &'static str,
    /// The guest and its inputs.
    pub files: Files,
    /// Alternating rounds; odd numbers give true medians.
    pub pairs: usize,
    /// Our command-line tool, built in release mode.
    pub zkperf: PathBuf,
}

/// One command that is run in every round.
struct Contender {
    name: &'static str,
    role: Role,
    command: Box<dyn Fn() -> Result<Command>>,
}

/// What a contender's time is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// An official way to a profile; of several, the faster counts.
    OfficialProfile,
    /// The official executor's plain run.
    OfficialPlain,
    OurProfile,
    OurPlain,
}

/// One child process, from start to end.
#[derive(Debug, Clone, Copy)]
struct Sample {
    seconds: f64,
    peak_rss_bytes: u64,
}

/// ZisK: `ziskemu -X -S -D` and plain.
pub fn zisk(official: &Ziskemu, plan: &Plan) -> Result<Value> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let emulator = |more: Vec<PathBuf>| -> Box<dyn Fn() -> Result<Command>> {
        let (binary, files) = (official.binary().to_owned(), plan.files.clone());
        Box::new(move || {
            let mut command = Command::new(&binary);
            command.arg("-e").arg(&files.elf);
            command.arg("-i").arg(files.input()?).args(&more);
            Ok(command)
        })
    };
    let output = folder.path().join("official.out");
    let flags = ["-X", "-S", "-D", "-o"].map(PathBuf::from);
    let profile = flags.into_iter().chain([output]).collect();
    let contenders = vec![
        Contender {
            name: "ziskemu -X -S -D",
            role: Role::OfficialProfile,
            command: emulator(profile),
        },
        Contender {
            name: "ziskemu",
            role: Role::OfficialPlain,
            command: emulator(Vec::new()),
        },
    ];
    measure(plan, contenders)
}

/// SP1: the gas run of its native executor, the portable one's `TRACE_FILE` at one sample in 1,000
/// cycles, and the native one plain.
pub fn sp1(plan: &Plan) -> Result<Value> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let (native, portable) = (sp1::Official::native()?, sp1::Official::portable()?);
    let job = |gas: bool| -> Result<PathBuf> {
        let path = folder.path().join(format!("job-gas-{gas}.json"));
        let job = sp1::Job {
            elf: &plan.files.elf,
            inputs: &plan.files.inputs,
            chunk_entries: None,
            shards: None,
            gas,
        };
        std::fs::write(&path, format!("{}\n", job.to_json()))?;
        Ok(path)
    };
    let executor = |binary: &Path, job: PathBuf, trace: Option<PathBuf>| {
        let binary = binary.to_owned();
        let command = move || {
            let mut command = Command::new(&binary);
            command.stdin(File::open(&job)?);
            if let Some(trace) = &trace {
                command.env("TRACE_FILE", trace);
                command.env("TRACE_SAMPLE_RATE", "1000");
            }
            Ok(command)
        };
        Box::new(command) as Box<dyn Fn() -> Result<Command>>
    };
    let trace = folder.path().join("trace.json");
    let contenders = vec![
        Contender {
            name: "sp1 gas run",
            role: Role::OfficialProfile,
            command: executor(native.binary(), job(true)?, None),
        },
        Contender {
            name: "sp1 TRACE_FILE 1:1000",
            role: Role::OfficialProfile,
            command: executor(portable.binary(), job(false)?, Some(trace)),
        },
        Contender {
            name: "sp1 native, plain",
            role: Role::OfficialPlain,
            command: executor(native.binary(), job(false)?, None),
        },
    ];
    measure(plan, contenders)
}

/// RISC Zero: the official executor's plain run, which is also what our profile is held against.
pub fn risc0(plan: &Plan) -> Result<Value> {
    let own = std::env::current_exe().context("cannot find xtask itself")?;
    let files = plan.files.clone();
    let command = move || {
        let mut command = Command::new(&own);
        command
            .args(["official-run", "risc0", "--elf"])
            .arg(&files.elf);
        command.arg("--input").arg(files.input()?);
        Ok(command)
    };
    let contenders = vec![Contender {
        name: "risc0 executor, plain",
        role: Role::OfficialPlain,
        command: Box::new(command),
    }];
    measure(plan, contenders)
}

/// Runs every contender and ourselves `pairs` times in turn; the medians as one JSON object.
fn measure(plan: &Plan, mut contenders: Vec<Contender>) -> Result<Value> {
    if plan.pairs == 0 {
        bail!("--pairs must be at least 1");
    }
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let profile = folder.path().join("profile.zkp");
    contenders.extend(ourselves(plan, &profile));
    let mut samples: Vec<Vec<Sample>> = vec![Vec::new(); contenders.len()];
    let mut facts = Value::Null;
    for round in 1..=plan.pairs {
        for (contender, samples) in contenders.iter().zip(&mut samples) {
            let (sample, stdout) = run((contender.command)()?)?;
            // SP1's executor answers with an error instead of failing.
            if stdout.starts_with("{\"error\"") {
                bail!("{} failed: {}", contender.name, stdout.trim());
            }
            eprintln!(
                "round {round}: {:<22} {:8.3} s {:8.1} MB",
                contender.name,
                sample.seconds,
                sample.peak_rss_bytes as f64 / 1e6
            );
            samples.push(sample);
            if contender.role == Role::OurProfile {
                facts = serde_json::from_str(&stdout).unwrap_or(Value::Null);
            }
        }
    }
    let of = |role: Role| {
        let all = contenders.iter().zip(&samples);
        all.filter(move |(contender, _)| contender.role == role)
            .map(|(_, samples)| samples)
    };
    // The fastest official way is the one to beat.
    let time = |role: Role| {
        let medians = of(role).map(|samples| median(samples.iter().map(|s| s.seconds).collect()));
        medians.reduce(f64::min)
    };
    let memory = |role: Role| {
        let peaks = of(role).flatten().map(|sample| sample.peak_rss_bytes);
        peaks.max().unwrap_or(0)
    };
    let needed = |role: Role| time(role).context("a contender is missing");
    let their_plain = needed(Role::OfficialPlain)?;
    let their_profile = time(Role::OfficialProfile).unwrap_or(their_plain);
    let (our_profile, our_plain) = (needed(Role::OurProfile)?, needed(Role::OurPlain)?);
    let bytes = std::fs::metadata(&profile)
        .with_context(|| format!("our profile run wrote no {}", profile.display()))?
        .len();
    let seconds: serde_json::Map<String, Value> = contenders
        .iter()
        .zip(&samples)
        .map(|(contender, samples)| {
            let median = median(samples.iter().map(|s| s.seconds).collect());
            (contender.name.to_owned(), median.into())
        })
        .collect();
    Ok(json!({
        "profile_ratio": their_profile / our_profile,
        "plain_ratio": their_plain / our_plain,
        "official_plain_over_our_profile": their_plain / our_profile,
        "profile_over_plain": our_profile / our_plain,
        "peak_rss_bytes": memory(Role::OurProfile),
        "touched_bytes": find(&facts, "touched_bytes"),
        "loader_peak_bytes": find(&facts, "loader_peak_bytes"),
        "profile_bytes": bytes,
        "seconds": seconds,
        "official_peak_rss_bytes": memory(Role::OfficialProfile).max(memory(Role::OfficialPlain)),
        "pairs": plan.pairs,
    }))
}

/// `zkperf profile` and `zkperf run`.
fn ourselves(plan: &Plan, profile: &Path) -> [Contender; 2] {
    let ours = |verb: &'static str, out: Option<PathBuf>| {
        let (zkperf, zkvm, files) = (plan.zkperf.clone(), plan.zkvm, plan.files.clone());
        let command = move || {
            let mut command = Command::new(&zkperf);
            command.args([verb, "--json", "--quiet", "--zkvm", zkvm, "--elf"]);
            command.arg(&files.elf);
            for input in &files.inputs {
                command.arg("--input").arg(input);
            }
            if let Some(out) = &out {
                command.arg("-o").arg(out);
            }
            Ok(command)
        };
        Box::new(command) as Box<dyn Fn() -> Result<Command>>
    };
    [
        Contender {
            name: "zkperf profile",
            role: Role::OurProfile,
            command: ours("profile", Some(profile.to_owned())),
        },
        Contender {
            name: "zkperf run",
            role: Role::OurPlain,
            command: ours("run", None),
        },
    ]
}

/// Runs a child to its end; its time on the clock, its peak memory, its standard output.
fn run(mut command: Command) -> Result<(Sample, String)> {
    let stdout = tempfile::tempfile().context("cannot make a temporary file")?;
    let reader = stdout.try_clone()?;
    command.stdout(stdout).stderr(Stdio::null());
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
fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

/// A key anywhere in a JSON value.
fn find(value: &Value, key: &str) -> Value {
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
