//! `zkperf lab`: the optimisation loop, over `zkperf-lab`.

mod bench;
mod build;
mod gate;
mod init;
mod text;

use crate::cli::{Global, LabArgs, LabCommand, LabLogArgs, LabTryArgs, LabVerifyArgs};
use crate::{exit, files, report};
use anyhow::{anyhow, Context, Result};
use bench::Bench;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};
use zkperf_config::Config;
use zkperf_lab::{
    attempts, obstacles, score, Did, Disbelief, Event, Found, Grounds, Hooks, Hypothesis, Index,
    Lab, LabConfig, LabKeys, Repo, Row, Score, Search,
};

/// Runs the command.
///
/// # Errors
/// Whatever keeps it from being done; for `validate`, also a result that cannot be kept as it is.
pub fn run(global: &Global, args: &LabArgs) -> Result<()> {
    if let LabCommand::Verify(LabVerifyArgs {
        file: Some(file), ..
    }) = &args.command
    {
        return verify_file(global, file);
    }
    if let LabCommand::Init = &args.command {
        return init::run(global);
    }
    let config = load_config()?;
    let hooks = Terminal::new(global);
    let lab = Lab::open(config.root(), rules(&config)?, &hooks)?;
    let mut bench = Bench::new(global, &config.path, &lab)?;
    match &args.command {
        LabCommand::Init => Ok(()),
        LabCommand::Baseline(args) => {
            let reason = bench.hide(&args.reason);
            let did = lab.baseline(&mut bench, &reason)?;
            done(global, "zkperf-lab-baseline/1", &did, text::baseline)
        }
        LabCommand::Try(args) => open(global, &lab, &bench, args),
        LabCommand::Validate => validate(global, &lab, &lab.validate(&mut bench)?),
        LabCommand::Keep(args) => {
            let did = lab.keep(&Grounds {
                accept_mixed: args.accept_mixed.as_deref().map(|said| bench.hide(said)),
                acknowledge: args.acknowledge.as_deref().map(|said| bench.hide(said)),
            })?;
            done(global, "zkperf-lab-keep/1", &did, text::keep)
        }
        LabCommand::Revert(args) => {
            let did = lab.revert(&bench.hide(&args.reason))?;
            done(global, "zkperf-lab-revert/1", &did, text::revert)
        }
        LabCommand::Status => {
            let status = lab.status()?;
            report::view(global, &status, |style| text::status(&status, style))
        }
        LabCommand::Log(args) => log(global, &lab, args),
        LabCommand::Verify(args) => verify(global, &lab, args.repair),
        LabCommand::Render => {
            let written = lab.render()?;
            let document =
                serde_json::json!({ "schema": "zkperf-lab-render/1", "written": written });
            report::view(global, &document, |_| text::rendered(&written))
        }
    }
}

/// The `zkperf.toml` of this repository.
fn load_config() -> Result<Config> {
    let here = std::env::current_dir().context("cannot tell the working directory")?;
    Config::find(&here)?.ok_or_else(|| {
        anyhow!("there is no zkperf.toml here or above; `zkperf lab init` writes one")
    })
}

/// The lab's rules out of the configuration.
fn rules(config: &Config) -> Result<LabConfig> {
    let repo = Repo::find(config.root())?;
    let root = std::path::absolute(config.root())?;
    let root = root.canonicalize().unwrap_or(root);
    let folder = root.strip_prefix(repo.root()).unwrap_or(Path::new(""));
    let limits = config.limits.iter();
    let limits = limits.map(|(measure, limit)| format!("{measure}:{limit}").parse());
    Ok(LabConfig::new(LabKeys {
        folder: folder.to_string_lossy().replace('\\', "/"),
        may_change: config.lab.may_change.clone(),
        protected: config.lab.protected.clone(),
        ledger: config.lab.ledger.clone(),
        limits: limits.collect::<Result<_, _>>()?,
    })?)
}

/// What a command that enters a row prints with `--json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'a str,
    /// What had been interrupted and was finished first.
    resumed: Option<&'a str>,
    /// The row; absent if nothing had changed.
    row: Option<RowDocument<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacles: Option<Vec<zkperf_lab::Obstacle>>,
    /// Profiles of each pair, before and after, for `compare` and `report`.
    #[serde(skip_serializing_if = "Option::is_none")]
    profiles: Option<&'a [[PathBuf; 2]]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    earlier: Option<&'a [zkperf_lab::Earlier]>,
    next: &'a str,
}

/// A row of the ledger as data.
#[derive(Serialize)]
struct RowDocument<'a> {
    hash: &'a str,
    #[serde(flatten)]
    body: &'a zkperf_lab::Body,
}

impl<'a> RowDocument<'a> {
    fn of(row: &'a Row) -> Self {
        Self {
            hash: &row.hash.0,
            body: &row.body,
        }
    }
}

fn document<'a>(schema: &'a str, did: &'a Did, next: &'a str) -> Document<'a> {
    Document {
        schema,
        resumed: did.resumed.as_ref().map(|resumed| resumed.told.as_str()),
        row: did.row.as_ref().map(RowDocument::of),
        obstacles: None,
        profiles: None,
        earlier: None,
        next,
    }
}

fn done(global: &Global, schema: &str, did: &Did, render: fn(&Did) -> String) -> Result<()> {
    let next = "zkperf lab try \"HYPOTHESIS\" --expect -1%";
    report::view(global, &document(schema, did, next), |_| render(did))
}

fn open(global: &Global, lab: &Lab<'_>, bench: &Bench<'_>, args: &LabTryArgs) -> Result<()> {
    let hypothesis = bench.hide(&args.hypothesis);
    let view = lab.view()?;
    let index = Index::open(&lab.store().file("index.sqlite"), &view.chain)?;
    let functions: Vec<String> = args.function.iter().map(|name| bench.hide(name)).collect();
    let search = Search {
        words: hypothesis.clone(),
        functions: functions.clone(),
    };
    let earlier = index.search(&view.chain, &search)?;
    if !global.json {
        // Before the branch is made: whoever reads this may think again.
        report::text_out(&text::earlier(&earlier))?;
    }
    let did = lab.attempt(&Hypothesis {
        text: hypothesis,
        expect: args.expect.clone(),
        functions,
    })?;
    let mut document = document("zkperf-lab-try/1", &did, "zkperf lab validate");
    document.earlier = Some(&earlier);
    report::view(global, &document, |_| text::opened(&did))
}

/// Shows a result; what stands in the way of keeping it decides the exit code.
fn validate(global: &Global, lab: &Lab<'_>, did: &Did) -> Result<()> {
    let result = did.row.as_ref().and_then(|row| match &row.body.event {
        Event::Result(result) => Some(result),
        _ => None,
    });
    let result = result.ok_or_else(|| anyhow!("there is no result"))?;
    let found = obstacles(result);
    let next = zkperf_lab::next_of(&found);
    let mut document = document("zkperf-lab-validate/1", did, next);
    document.obstacles = Some(found.clone());
    let profiles = lab.profiles(result);
    document.profiles = Some(&profiles);
    report::view(global, &document, |_| text::result(result, &profiles, next))?;
    if found.is_empty() {
        return Ok(());
    }
    let told: Vec<String> = found.iter().map(ToString::to_string).collect();
    Err(exit::Coded {
        message: format!("it cannot be kept as it is: {}", told.join("\n")),
        code: zkperf_lab::exit_code(&found),
    }
    .into())
}

/// `zkperf lab log` as data.
#[derive(Serialize)]
struct LogDocument<'a> {
    schema: &'a str,
    attempts: Vec<zkperf_lab::Earlier>,
    score: Score,
}

fn log(global: &Global, lab: &Lab<'_>, args: &LabLogArgs) -> Result<()> {
    let view = lab.view()?;
    let index = Index::open(&lab.store().file("index.sqlite"), &view.chain)?;
    let search = Search {
        words: args.search.clone(),
        functions: args.function.clone(),
    };
    let mut found = index.search(&view.chain, &search)?;
    if args.function.is_empty() && args.search.trim().is_empty() {
        // Nothing is looked for: in order.
        found.sort_by_key(|earlier| earlier.number);
    }
    let document = LogDocument {
        schema: "zkperf-lab-log/1",
        attempts: found,
        score: score(&attempts(&view.chain)),
    };
    report::view(global, &document, |_| {
        text::log(&document.attempts, &document.score)
    })
}

fn verify(global: &Global, lab: &Lab<'_>, repair: bool) -> Result<()> {
    let repaired = match repair {
        true => lab.repair()?.row,
        false => None,
    };
    match lab.verify()? {
        Found::Good(verified) => {
            let mismatches = lab.mismatches()?;
            let document = serde_json::json!({
                "schema": "zkperf-lab-verify/1",
                "verified": verified,
                "joined": repaired.as_ref().map(RowDocument::of),
                "mismatches": mismatches,
            });
            let notes: String = mismatches
                .iter()
                .map(|one| format!("note: {}\n", one.note))
                .collect();
            report::view(global, &document, |_| text::verified(&verified) + &notes)
        }
        Found::Bad { place, disbelief } => Err(disbelieved(&place, &disbelief)),
    }
}

fn verify_file(global: &Global, file: &Path) -> Result<()> {
    match zkperf_lab::verify(&files::read(file)?) {
        Ok(verified) => {
            let document =
                serde_json::json!({ "schema": "zkperf-lab-verify/1", "verified": verified });
            report::view(global, &document, |_| text::verified(&verified))
        }
        Err(disbelief) => Err(disbelieved(&file.display().to_string(), &disbelief)),
    }
}

fn disbelieved(place: &str, disbelief: &Disbelief) -> anyhow::Error {
    match disbelief {
        Disbelief::Rendering { .. } | Disbelief::Stray { .. } | Disbelief::Lost { .. } => {
            anyhow!("{disbelief}")
        }
        _ => anyhow!("{place} cannot be believed: {disbelief}"),
    }
}

/// Time and words of a command; and, for the tests, where it dies.
struct Terminal {
    quiet: bool,
    /// `ZKPERF_LAB_DIE_AT`: the step at which the process ends as if it had been killed.
    die_at: Option<String>,
}

impl Terminal {
    fn new(global: &Global) -> Self {
        Self {
            quiet: global.quiet || global.json,
            die_at: std::env::var("ZKPERF_LAB_DIE_AT").ok(),
        }
    }
}

impl Hooks for Terminal {
    fn now(&self) -> u64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        now.map_or(0, |now| now.as_secs())
    }

    fn step(&self, name: &str) -> Result<(), String> {
        if self.die_at.as_deref() == Some(name) {
            // No clean-up, no flushing: as a power cut would have it.
            std::process::abort();
        }
        Ok(())
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            eprintln!("{text}");
        }
    }
}
