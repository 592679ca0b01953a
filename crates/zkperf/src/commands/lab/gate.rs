//! The soundness gate, put to the guests of an attempt.

use crate::cli::Global;
use crate::commands::gate::{diff, reference_input};
use crate::guest::{self, Loaded};
use crate::progress;
use crate::project::Project;
use anyhow::{anyhow, Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use zkperf_block::{InputFormat, Recorded};
use zkperf_config::{Config, GuestInput};
use zkperf_gate::{
    run_gate, GateReport, Guest, HonestInput, InputCommand, Outcome, OwnInput, Progress, Subject,
    Thoroughness,
};
use zkperf_lab::{GateOutcome, GateRequest, GateState, Lint, ProfiledRun};
use zkperf_profile::Profile;

/// Runs every check that these guests allow, and the lints on what the attempt changes.
///
/// # Errors
/// The gate cannot do its work: a file that cannot be read, Ctrl-C. What is wrong with a guest is an outcome.
pub fn gate(global: &Global, project: &Project, request: &GateRequest<'_>) -> Result<GateOutcome> {
    let loaded = request
        .guests
        .iter()
        .map(|built| project.load(&built.zkvm, &built.elf, global.quiet))
        .collect::<Result<Vec<_>>>()?;
    let config = &project.config;
    let outputs = baseline_outputs(request)?;
    let subjects = loaded
        .iter()
        .map(|one| subject(config, one, request.runs, &outputs));
    let changes = format!("{}..{}", request.base_commit, request.head_commit);
    let gate = zkperf_gate::GateRequest {
        subjects: subjects.collect::<Result<_>>()?,
        inputs: honest_inputs(request.runs, &outputs)?,
        thoroughness: Thoroughness::Sample,
        skip_suites: false,
        diff: Some(diff(&changes)?),
        cancel: progress::cancel_flag(),
        acknowledged: Vec::new(),
    };
    let _running = progress::Running::begin();
    let spinner = progress::Spinner::new(global.quiet || global.json, "gate");
    let report = run_gate(&gate, &mut |at: Progress| {
        spinner.say(format!("[{}/{}] {}", at.done, at.total, at.what));
    })?;
    Ok(outcome(&report))
}

/// What a baseline committed, by (zkVM, input): known where the attempt commits the same, and then it is what the
/// attempt's profile holds. Where the two differ, the verdict has said so already.
type Outputs = BTreeMap<(String, String), Vec<u8>>;

fn baseline_outputs(request: &GateRequest<'_>) -> Result<Outputs> {
    let mut outputs = Outputs::new();
    for run in request.runs {
        let side = &run.measured.side;
        let same = request.cases.iter().any(|case| {
            case.after.zkvm == side.zkvm
                && case.after.input_sha256 == side.input_sha256
                && case.before.output_sha256 == side.output_sha256
        });
        if same {
            let profile = Profile::load(&run.profile)?;
            let output = hex::decode(&profile.run.output_hex).with_context(|| {
                format!("the public output in {} is no hex", run.profile.display())
            })?;
            outputs.insert(key(run), output);
        }
    }
    Ok(outputs)
}

fn key(run: &ProfiledRun) -> (String, String) {
    let side = &run.measured.side;
    let zkvm = format!("{}@{}", side.zkvm, side.zkvm_version);
    (zkvm, side.input_sha256.clone())
}

fn honest_inputs(runs: &[ProfiledRun], outputs: &Outputs) -> Result<Vec<HonestInput>> {
    let mut by_file: BTreeMap<&Path, Vec<&ProfiledRun>> = BTreeMap::new();
    for run in runs {
        if let Some(recorded) = &run.recorded {
            by_file.entry(recorded).or_default().push(run);
        }
    }
    let mut inputs = Vec::new();
    for (file, runs) in by_file {
        let recorded = Recorded::read(file)?;
        let known = runs.iter().filter_map(|run| {
            let key = key(run);
            let output = outputs.get(&key)?.clone();
            Some((key.0, output))
        });
        let baseline = known.collect();
        inputs.push(reference_input(file, recorded, baseline)?);
    }
    Ok(inputs)
}

fn subject<'a>(
    config: &Config,
    one: &'a Loaded,
    runs: &[ProfiledRun],
    outputs: &Outputs,
) -> Result<Subject<'a>> {
    let zkvm = one.zkvm.id();
    let input = &config.guest(&zkvm)?.input;
    Ok(Subject {
        validator: Box::new(Guest {
            label: format!("{} on {zkvm}", one.elf.display()),
            program: one.guest.program.as_ref(),
            format: InputFormat::from_name(one.zkvm.name()),
            max_steps: None,
            cancel: progress::cancel_flag(),
        }),
        is_reference: false,
        own: match input {
            GuestInput::Own => Vec::new(),
            _ => own_inputs(&zkvm, one.zkvm.name(), runs, outputs)?,
        },
        input_command: match input {
            GuestInput::Command { command } => Some(input_command(config, command, &zkvm, runs)?),
            _ => None,
        },
        zkvm,
    })
}

/// What a guest with a format of its own read, and what it committed.
fn own_inputs(
    zkvm: &str,
    format: &str,
    runs: &[ProfiledRun],
    outputs: &Outputs,
) -> Result<Vec<OwnInput>> {
    let mut own = Vec::new();
    for run in runs {
        let Some(baseline) = outputs.get(&key(run)).filter(|_| key(run).0 == zkvm) else {
            continue;
        };
        let (input, id) = guest::read_input(format, std::slice::from_ref(&run.input))?;
        own.push(OwnInput {
            name: id.name,
            bytes: input.buffers.concat(),
            baseline: baseline.clone(),
        });
    }
    Ok(own)
}

/// The configured command, as the gate runs it on tampered blocks: by `sh`, at the repository's root.
fn input_command(
    config: &Config,
    command: &str,
    zkvm: &str,
    runs: &[ProfiledRun],
) -> Result<InputCommand> {
    let block = runs.iter().find_map(|run| run.measured.subject.block);
    let chain = runs.iter().find_map(|run| run.measured.subject.chain_id);
    let number = |number: Option<u64>| number.map_or_else(String::new, |n| n.to_string());
    let filled = zkperf_config::expand(
        command,
        &[
            ("recorded", zkperf_gate::RECORDED),
            ("out", zkperf_gate::OUTPUT),
            ("block", &number(block)),
            ("chain", &number(chain)),
            ("zkvm", zkvm),
        ],
    )
    .map_err(|problem| anyhow!("{command:?}: {problem}"))?;
    let root = std::path::absolute(config.root())?;
    let at_root = format!(
        "cd {} && {filled}",
        zkperf_config::quote(&root.to_string_lossy())
    );
    InputCommand::words(["sh".to_owned(), "-c".to_owned(), at_root])
        .map_err(|problem| anyhow!("{command:?}: {problem}"))
}

/// What of a report goes into the ledger.
fn outcome(report: &GateReport) -> GateOutcome {
    let (state, reasons) = match &report.outcome {
        Outcome::Sound => (GateState::Sound, Vec::new()),
        Outcome::NotSound { reasons } => (GateState::NotSound, reasons.clone()),
        Outcome::NotGated { reason } => (GateState::NotGated, vec![reason.clone()]),
    };
    let lints = report.unacknowledged().map(|lint| Lint {
        id: lint.id.clone(),
        place: match lint.line {
            0 => lint.file.clone(),
            line => format!("{}:{line}", lint.file),
        },
        reason: lint.reason.clone(),
    });
    GateOutcome {
        state,
        reasons,
        checks: report.checks.len() as u64,
        lints: lints.collect(),
    }
}
