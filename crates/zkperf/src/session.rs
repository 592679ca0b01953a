//! Profiling one guest on one input, and where the results go.

use crate::cli::Global;
use crate::guest::Guest;
use crate::{files, progress, source_cache};
use anyhow::{anyhow, Context, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use zkperf_exec::{Fault, GuestInput, RunRequest, Zkvm};
use zkperf_profile::{InputId, Profile, Run};

/// What is to be profiled.
pub struct Session<'a> {
    /// The zkVM.
    pub zkvm: &'a dyn Zkvm,
    /// The guest.
    pub guest: &'a Guest,
    /// Its input.
    pub input: GuestInput,
    /// The input's identity.
    pub input_id: InputId,
    /// Title of the run.
    pub title: &'a str,
    /// Step limit, if not the zkVM's default.
    pub max_steps: Option<u64>,
    /// Segment size, if not the zkVM's default.
    pub segment_po2: Option<u32>,
    /// How many of the dearest functions the text report ends with, besides those of the zkVM's own layout.
    pub top: Option<usize>,
}

/// A profile on disk.
pub struct Written {
    /// The profile.
    pub profile: Profile,
    /// Where it is.
    pub path: PathBuf,
    /// Where the text report is, if one was asked for.
    pub stats: Option<PathBuf>,
    /// The text report.
    pub stats_text: Option<String>,
    /// Why the guest stopped early, if it did; the profile is partial then.
    pub fault: Option<Fault>,
    /// Steps (cycles) executed, in the zkVM's unit of time.
    pub steps: u64,
    /// What its user should know of the guest ([`zkperf_exec::Program::notes`]).
    pub notes: Vec<String>,
    /// Seconds the guest ran.
    pub seconds: f64,
    /// Bytes of guest memory touched.
    pub touched_bytes: u64,
    /// Peak memory when the official loader was done, in bytes.
    pub loader_peak_bytes: u64,
}

/// The official integers of a run, by measure name.
#[derive(Debug, Clone, Serialize)]
pub struct Totals(pub serde_json::Map<String, serde_json::Value>);

impl Totals {
    /// Totals of a profile's measures.
    pub fn of(profile: &Profile) -> Self {
        let measures = profile.data().measures.iter();
        Self(
            measures
                .map(|measure| (measure.name.clone(), measure.total.into()))
                .collect(),
        )
    }
}

/// The measure that verdicts are made on: its name and total.
pub fn proving_cost(profile: &Profile) -> (String, u64) {
    let measure = profile.data().measures.iter().find(|m| m.proving_cost);
    measure.map_or((String::new(), 0), |m| (m.name.clone(), m.total))
}

impl Session<'_> {
    /// Runs, then writes `path` and, with `stats`, the text report beside it.
    ///
    /// # Errors
    /// A run that cannot start, a file that cannot be written. A guest that stops early is not an
    /// error here: see [`Written::fault`].
    pub fn profile(self, global: &Global, path: &Path, stats: bool) -> Result<Written> {
        let _running = progress::Running::begin();
        let what = format!("profiling {}", self.guest.id.guest);
        let mut control =
            progress::control(global.quiet, self.max_steps, what, self.zkvm.time_unit());
        control.segment_po2 = self.segment_po2;
        // What a guest prints while it is profiled is not what was asked for: show it, on stderr.
        control.stdout = Some(Box::new(progress::beside_spinners));
        let run = Run {
            elf: self.guest.id.clone(),
            input: self.input_id,
            title: self.title.to_owned(),
            zkperf_version: env!("CARGO_PKG_VERSION").to_owned(),
            created_unix: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |t| t.as_secs()),
            ..Run::default()
        };
        let begun = Instant::now();
        let request = RunRequest {
            input: self.input,
            run,
            probes: zkperf_labels::probes(&self.guest.layout),
        };
        let outcome = self.guest.program.profile(request, &mut control)?;
        let seconds = begun.elapsed().as_secs_f64();
        drop(control);
        let profile = outcome
            .profile
            .ok_or_else(|| anyhow!("the engine gave no profile"))?;
        let guest = self.guest;
        let profile = source_cache::attach(profile, self.zkvm, &guest.file, &guest.id.sha256);
        if let Some(folder) = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty())
        {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        profile.save(path)?;
        let mut written = Written {
            profile,
            path: path.to_owned(),
            stats: None,
            stats_text: None,
            fault: outcome.fault,
            steps: outcome.steps,
            notes: self.guest.program.notes().to_vec(),
            seconds,
            touched_bytes: outcome.touched_bytes,
            loader_peak_bytes: outcome.loader_peak_bytes,
        };
        if stats {
            let mut text = self.zkvm.stats_text(&written.profile);
            if let Some(rows) = self.top {
                text += &top_text(&written.profile, rows)?;
            }
            let path = path.with_extension("txt");
            files::write(&path, text.as_bytes())?;
            written.stats = Some(path);
            written.stats_text = Some(text);
        }
        Ok(written)
    }
}

/// The dearest functions, as `zkperf top` shows them.
///
/// # Errors
/// The profile has no proving cost.
pub fn top_text(profile: &Profile, rows: usize) -> Result<String> {
    let options = zkperf_report::TopOptions {
        limit: Some(rows).filter(|rows| *rows > 0),
        ..Default::default()
    };
    let style = zkperf_report::Style {
        width: 120,
        color: false,
    };
    let top = zkperf_report::top(profile, &options)?.render(&style);
    let title = "DEAREST FUNCTIONS BY THEMSELVES (zkperf top)";
    Ok(format!("\n{title}\n{}\n{top}", "-".repeat(title.len())))
}

/// A file that is not there yet, for a profile: `stats_<YYYYmmdd_HHMMSS>_<commit>_<title>.zkp`, as ethrex's workflow names
/// them. What would have the name of an earlier one waits for the next second.
pub fn new_path(folder: &Path, title: &str, commit: &str) -> PathBuf {
    loop {
        let path = folder.join(format!("{}.zkp", stem(title, commit)));
        // The text report stands beside it.
        if !path.exists() && !path.with_extension("txt").exists() {
            return path;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn stem(title: &str, commit: &str) -> String {
    let now = jiff::Zoned::now().strftime("%Y%m%d_%H%M%S");
    let commit = match commit {
        "" => "nogit",
        commit => &commit[..commit.len().min(8)],
    };
    let kept = |c: char| match c.is_ascii_alphanumeric() || "-_.".contains(c) {
        true => c,
        false => '_',
    };
    let title: String = title.chars().map(kept).take(80).collect();
    match title.is_empty() {
        true => format!("stats_{now}_{commit}"),
        false => format!("stats_{now}_{commit}_{title}"),
    }
}

/// The short commit of the checkout that holds the working directory, or nothing.
pub fn current_commit() -> String {
    commit_of(Path::new("."))
}

/// The short commit of the checkout that holds a folder, or nothing.
pub fn commit_of(folder: &Path) -> String {
    let output = std::process::Command::new("git")
        .arg("-C")
        .arg(folder)
        .args(["rev-parse", "--short=8", "HEAD"])
        .output();
    match output {
        Ok(output) if output.status.success() => {
            String::from_utf8_lossy(&output.stdout).trim().to_owned()
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::new_path;

    #[test]
    fn a_profile_never_takes_an_earlier_ones_place() {
        let folder = tempfile::tempdir().expect("a folder");
        for _ in 0..2 {
            let path = new_path(folder.path(), "a title: odd", "0123456789abcdef");
            let name = path.file_name().and_then(|name| name.to_str());
            let name = name.expect("a name");
            assert!(name.starts_with("stats_2"), "{name}");
            assert!(name.ends_with("_01234567_a_title__odd.zkp"), "{name}");
            std::fs::File::create_new(&path).expect("nothing was there");
        }
        assert_eq!(std::fs::read_dir(folder.path()).expect("there").count(), 2);
    }
}
