//! The soundness gate, put to the guests of an attempt.

use crate::cli::Global;
use crate::commands::gate::{diff, reference_input};
use crate::guest::{self, Loaded};
use crate::inputs::{Block, Filled};
use crate::progress;
use crate::project::Project;
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::path::Path;
use zkperf_block::{InputFormat, Recorded};
use zkperf_config::GuestInput;
use zkperf_gate::{
    run_gate, GateReport, Guest, HonestInput, MakeInput, Outcome, OwnInput, Progress, Subject,
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
    let outputs = baseline_outputs(request)?;
    let subjects = request
        .guests
        .iter()
        .zip(&loaded)
        .map(|(built, one)| subject(project, &built.zkvm, one, request.runs, &outputs));
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

/// A guest to be checked; `named` is its zkVM as zkperf.toml has it.
fn subject<'a>(
    project: &'a Project,
    named: &'a str,
    one: &'a Loaded,
    runs: &[ProfiledRun],
    outputs: &Outputs,
) -> Result<Subject<'a>> {
    let zkvm = one.zkvm.id();
    let input = &project.guest(named)?.input;
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
            GuestInput::Command { command } => Some(Box::new(OwnCommand {
                project,
                zkvm: named,
                command,
            })),
            _ => None,
        },
        zkvm,
    })
}

/// What a guest with a format of its own read, and what it committed. Recorded blocks are not among them: those go through
/// its input command, and what is committed on them is compared there.
fn own_inputs(
    zkvm: &str,
    format: &str,
    runs: &[ProfiledRun],
    outputs: &Outputs,
) -> Result<Vec<OwnInput>> {
    let mut own = Vec::new();
    for run in runs.iter().filter(|run| run.recorded.is_none()) {
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

/// A guest's own input command, put to tampered blocks.
struct OwnCommand<'a> {
    project: &'a Project,
    /// The zkVM as zkperf.toml names it.
    zkvm: &'a str,
    command: &'a str,
}

impl MakeInput for OwnCommand<'_> {
    fn make(&self, recorded: &Recorded, file: &Path) -> Result<Vec<u8>, String> {
        if !self.command.contains("{recorded}") {
            return Err(
                "its input command takes no {recorded}, so no tampered block can be given to it"
                    .to_owned(),
            );
        }
        let block = Block {
            chain_id: recorded.chain_id,
            number: recorded.block_number,
        };
        // What it says of a block that was tampered with is nobody's concern but for the end of it.
        let made = || {
            let filled = Filled::new((self.zkvm, self.command), block, file)?;
            let said = self.project.output(&filled.what, &filled.command, &[])?;
            anyhow::Ok((filled, said))
        };
        let (filled, (status, said)) =
            made().map_err(|error| format!("its input command makes none: {error:#}"))?;
        if !status.success() {
            let last = said.lines().last().unwrap_or_default();
            return Err(format!("its input command refuses it ({status}): {last}"));
        }
        let wrote = filled.written();
        wrote.ok_or_else(|| "its input command wrote no input".to_owned())
    }
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
