//! `zkperf gate`: does a changed guest still reject what must be rejected?

use crate::cli::{GateArgs, Global};
use crate::guest::{self, Loaded};
use crate::{exit, files, progress, report};
use anyhow::{anyhow, bail, Context, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use zkperf_block::{chain_name, InputFormat, Recorded};
use zkperf_gate::{
    is_diff, lint, lint_ids, run_gate, tamperings, Acknowledgement, CheckKind, GateReport,
    GateRequest, Guest, HonestInput, InputCommand, Lint, MakeInput, Outcome, OwnInput, Process,
    Progress, Reach, Subject, Thoroughness, Weight, SCHEMA,
};
use zkperf_profile::{Profile, Run};

/// What a native validator is called where zkVMs have a version.
const NATIVE: &str = "native";

/// Runs the command.
///
/// # Errors
/// Exit code 4 if a guest is not sound, 3 if only lints want an acknowledgement, 1 if it could not be gated, or the
/// gate could not do its work.
pub fn run(global: &Global, args: &GateArgs) -> Result<()> {
    if args.list {
        return list(global);
    }
    let acknowledged = acknowledgements(&args.acknowledge)?;
    let diff = args.diff.as_deref().map(diff).transpose()?;
    if args.elf.is_empty() && args.native.is_none() {
        let Some(diff) = diff else {
            return Err(exit::usage(
                "which guest? give --elf FILE (`zkperf build` makes one), --native COMMAND, or --diff BASE..HEAD for \
                 the lints alone",
            ));
        };
        return finish(global, &lints_only(&diff, &acknowledged), true);
    }
    let loaded = match args.elf.is_empty() {
        true => Vec::new(),
        false => guest::for_each_elf(&args.zkvm, &args.elf, global.quiet)?,
    };
    let profiles = args
        .baseline
        .iter()
        .map(|path| baseline(path))
        .collect::<Result<Vec<_>>>()?;
    let inputs = honest_inputs(args, &profiles)?;
    let request = GateRequest {
        subjects: subjects(args, &loaded, &profiles)?,
        inputs,
        thoroughness: match args.all {
            true => Thoroughness::All,
            false => Thoroughness::Sample,
        },
        skip_suites: args.no_builtin,
        diff,
        acknowledged,
        cancel: progress::cancel_flag(),
    };
    every_baseline_is_used(&request, &profiles)?;
    let running = progress::Running::begin();
    let spinner = progress::Spinner::new(global.quiet, "gate");
    let report = run_gate(&request, &mut |at: Progress| {
        spinner.say(format!("[{}/{}] {}", at.done, at.total, at.what));
    })?;
    drop(spinner);
    drop(running);
    finish(global, &report, false)
}

/// A baseline's profile and where it is from.
struct Baseline {
    path: PathBuf,
    run: Run,
    output: Vec<u8>,
}

impl Baseline {
    fn zkvm(&self) -> String {
        format!("{}@{}", self.run.zkvm, self.run.zkvm_version)
    }
}

fn baseline(path: &Path) -> Result<Baseline> {
    let profile = Profile::load(path)?;
    let run = profile.data().run.clone();
    let output = hex::decode(&run.output_hex)
        .with_context(|| format!("the public output in {} is no hex", path.display()))?;
    Ok(Baseline {
        path: path.to_owned(),
        run,
        output,
    })
}

fn honest_inputs(args: &GateArgs, profiles: &[Baseline]) -> Result<Vec<HonestInput>> {
    let mut inputs = Vec::new();
    for path in &args.recorded {
        let recorded = Recorded::read(path)?;
        let of_block = |baseline: &&Baseline| {
            let input = &baseline.run.input;
            input.block == Some(recorded.block_number) && input.chain_id == Some(recorded.chain_id)
        };
        let baseline: BTreeMap<String, Vec<u8>> = profiles
            .iter()
            .filter(of_block)
            .map(|baseline| (baseline.zkvm(), baseline.output.clone()))
            .collect();
        inputs.push(reference_input(path, recorded, baseline)?);
    }
    Ok(inputs)
}

/// A recorded block as an input of the reference guest, with what the baselines committed on it.
///
/// # Errors
/// It is of a chain whose rules are not known.
pub fn reference_input(
    path: &Path,
    recorded: Recorded,
    baseline: BTreeMap<String, Vec<u8>>,
) -> Result<HonestInput> {
    let bytes = recorded.guest_input().ok_or_else(|| {
        anyhow!(
            "{} is of chain {}, whose rules it does not hold; record it anew with `zkperf input --save-recorded`",
            path.display(),
            recorded.chain_id
        )
    })?;
    Ok(HonestInput {
        name: format!(
            "{} {}",
            chain_name(recorded.chain_id),
            recorded.block_number
        ),
        bytes,
        baseline,
        recorded: Some(recorded),
    })
}

fn subjects<'a>(
    args: &GateArgs,
    loaded: &'a [Loaded],
    profiles: &[Baseline],
) -> Result<Vec<Subject<'a>>> {
    let command = args.input_command.as_deref().map(InputCommand::parse);
    let command = command
        .transpose()
        .map_err(|cause| exit::usage(format!("--input-command: {cause}")))?;
    let input_command = || {
        let command = command.clone()?;
        Some(Box::new(command) as Box<dyn MakeInput>)
    };
    let mut subjects = Vec::new();
    for one in loaded {
        let zkvm = one.zkvm.id();
        subjects.push(Subject {
            own: own_inputs(args, one, profiles)?,
            validator: Box::new(Guest {
                label: format!("{} on {zkvm}", one.elf.display()),
                program: one.guest.program.as_ref(),
                format: InputFormat::from_name(one.zkvm.name()),
                max_steps: None,
                cancel: progress::cancel_flag(),
            }),
            zkvm,
            is_reference: args.reference,
            input_command: input_command(),
        });
    }
    if let Some(native) = &args.native {
        subjects.push(Subject {
            zkvm: NATIVE.to_owned(),
            validator: Box::new(Process {
                command: native.split_whitespace().map(str::to_owned).collect(),
            }),
            is_reference: args.reference,
            own: Vec::new(),
            input_command: input_command(),
        });
    }
    Ok(subjects)
}

/// Inputs in a guest's own format, each with the output of a baseline on the same bytes.
fn own_inputs(args: &GateArgs, one: &Loaded, profiles: &[Baseline]) -> Result<Vec<OwnInput>> {
    let mut own = Vec::new();
    for path in &args.input {
        let (input, id) = guest::read_input(one.zkvm.name(), std::slice::from_ref(path))?;
        let zkvm = one.zkvm.id();
        let same = |baseline: &&Baseline| {
            baseline.run.input.sha256 == id.sha256 && baseline.zkvm() == zkvm
        };
        let baseline = profiles.iter().find(same).ok_or_else(|| {
            exit::usage(format!(
                "--input {} needs a --baseline of {zkvm} on the same input (`zkperf profile` makes one)",
                path.display()
            ))
        })?;
        own.push(OwnInput {
            name: id.name,
            bytes: input.buffers.concat(),
            baseline: baseline.output.clone(),
        });
    }
    Ok(own)
}

/// A baseline that nothing is compared with would be a false comfort.
fn every_baseline_is_used(request: &GateRequest<'_>, profiles: &[Baseline]) -> Result<()> {
    for baseline in profiles {
        let zkvm = baseline.zkvm();
        let subject = request.subjects.iter().find(|subject| subject.zkvm == zkvm);
        let used = subject.is_some_and(|subject| {
            let on_block = |input: &HonestInput| input.baseline.contains_key(&zkvm);
            !subject.own.is_empty() || request.inputs.iter().any(on_block)
        });
        if !used {
            return Err(exit::usage(format!(
                "--baseline {} is of {zkvm} on {}, which is not checked here: give that block with --recorded, and a \
                 guest for that zkVM with --elf",
                baseline.path.display(),
                baseline.run.input.name
            )));
        }
    }
    Ok(())
}

fn acknowledgements(given: &[String]) -> Result<Vec<Acknowledgement>> {
    given
        .iter()
        .map(|text| match text.split_once('=') {
            Some((lint, reason)) if !lint.trim().is_empty() && !reason.trim().is_empty() => {
                is_known(lint.trim())?;
                Ok(Acknowledgement {
                    lint: lint.trim().to_owned(),
                    reason: reason.trim().to_owned(),
                })
            }
            _ => Err(exit::usage(format!(
                "--acknowledge takes LINT=REASON, and a reason is what it is for; not {text:?}"
            ))),
        })
        .collect()
}

/// Refuses to acknowledge what no lint is called: it would be no acknowledgement of anything.
fn is_known(name: &str) -> Result<()> {
    let id = name.split('@').next().unwrap_or_default();
    let known = lint_ids();
    match known.contains(&id) {
        true => Ok(()),
        false => Err(exit::usage(format!(
            "--acknowledge: no lint is called {id:?}; there are: {}",
            known.join(", ")
        ))),
    }
}

/// The unified diff that `--diff` names.
///
/// # Errors
/// Git cannot tell, or the file cannot be read, or holds something else.
pub fn diff(named: &str) -> Result<String> {
    let revisions = named.split_once("..");
    let Some((base, head)) = revisions.filter(|_| !Path::new(named).is_file()) else {
        let bytes = files::read(Path::new(named))
            .context("--diff takes BASE..HEAD, or a file that holds a unified diff")?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if !is_diff(&text) {
            bail!("{named} holds no unified diff, so that lints would see nothing; `git diff BASE HEAD > FILE` writes one");
        }
        return Ok(text);
    };
    let mut command = Command::new("git");
    command.args(["diff", "--no-color", "--no-ext-diff", "--unified=3"]);
    let folders = Path::new(base).is_dir() && Path::new(head).is_dir();
    match folders {
        true => command.args(["--no-index", "--", base, head]),
        false => command.args(["--end-of-options", named, "--"]),
    };
    let output = command.output().context("git cannot be run")?;
    match output.status.code() {
        Some(0) => {}
        // How `git diff --no-index` says that there is a difference.
        Some(1) if folders => {}
        _ => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().next().unwrap_or_default();
            return Err(anyhow!(
                "git cannot tell the difference {named}: {first}; give BASE..HEAD of two commits of this repository, or \
                 of two folders"
            ));
        }
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

fn lints_only(diff: &str, acknowledged: &[Acknowledgement]) -> GateReport {
    GateReport {
        schema: SCHEMA.to_owned(),
        outcome: Outcome::NotGated {
            reason: "no guest was given: only the lints ran".to_owned(),
        },
        checks: Vec::new(),
        skipped: Vec::new(),
        lints: lint(diff, acknowledged),
    }
}

/// Prints the report and turns it into an exit code.
fn finish(global: &Global, report: &GateReport, lints_only: bool) -> Result<()> {
    match global.json {
        true => report::json(report)?,
        false => report::text_out(&text(report, lints_only))?,
    }
    let lints = report.unacknowledged().count();
    let coded = |code, message: String| Err(exit::Coded { message, code }.into());
    match &report.outcome {
        Outcome::NotSound { reasons } => coded(
            4,
            format!("not sound: {} checks failed; do not keep this guest", reasons.len()),
        ),
        Outcome::NotGated { reason } if !lints_only => coded(1, format!("not gated: {reason}")),
        _ if lints > 0 => coded(
            3,
            format!(
                "{lints} lints want an acknowledgement: look at each, then --acknowledge 'LINT@FILE:LINE=why it is fine'"
            ),
        ),
        _ => Ok(()),
    }
}

const KINDS: [CheckKind; 5] = [
    CheckKind::HonestAccept,
    CheckKind::NativeAgreement,
    CheckKind::PublicOutput,
    CheckKind::MustReject,
    CheckKind::Parity,
];

fn text(report: &GateReport, lints_only: bool) -> String {
    let mut out = String::new();
    let mut zkvms: Vec<&str> = report.checks.iter().map(|c| c.zkvm.as_str()).collect();
    zkvms.dedup();
    zkvms.sort_unstable();
    zkvms.dedup();
    if !zkvms.is_empty() {
        out += &format!("checked on {}\n", zkvms.join(", "));
    }
    for kind in KINDS {
        let (made, passed) = report.count(kind);
        if made > 0 {
            out += &format!("  {:<18} {passed} of {made} passed\n", kind.name());
        }
    }
    if !report.skipped.is_empty() {
        out += &format!(
            "  {} not tried, for the block has nothing of the kind (--json lists them)\n",
            report.skipped.len()
        );
    }
    for check in report.failures() {
        out += &format!(
            "FAILED {} {} on {}, {}\n  expected {}\n  found    {}\n",
            check.kind.name(),
            check.name,
            check.zkvm,
            check.subject,
            check.expected,
            check.found
        );
    }
    for lint in &report.lints {
        out += &lint_text(lint);
    }
    out += &match &report.outcome {
        Outcome::Sound => "sound: every check passed\n".to_owned(),
        Outcome::NotSound { reasons } => format!("NOT SOUND: {} checks failed\n", reasons.len()),
        Outcome::NotGated { .. } if lints_only => {
            format!("{} lints; no guest was run\n", report.lints.len())
        }
        Outcome::NotGated { reason } => format!("NOT GATED: {reason}\n"),
    };
    zkperf_report::printable(&out)
}

fn lint_text(lint: &Lint) -> String {
    let state = match (&lint.acknowledged, lint.weight) {
        (Some(reason), _) => format!("acknowledged: {reason}"),
        (None, Weight::Acknowledge) => "wants an acknowledgement".to_owned(),
        (None, Weight::Note) => "a note".to_owned(),
    };
    let text = match lint.text.as_str() {
        "" => String::new(),
        text => format!("  | {text}\n"),
    };
    format!("{} ({state})\n{text}  {}\n", lint.name(), lint.reason)
}

/// The tamperings as a table.
fn list(global: &Global) -> Result<()> {
    let reach = |reach| match reach {
        Reach::Early => "early",
        Reach::Execution => "execution",
    };
    if global.json {
        let rows: Vec<serde_json::Value> = tamperings()
            .map(|t| {
                serde_json::json!({ "id": t.id, "about": t.about, "codes": t.codes, "reach": reach(t.reach) })
            })
            .collect();
        return report::json(
            &serde_json::json!({ "schema": "zkperf-gate-list/1", "tamperings": rows }),
        );
    }
    let mut out = String::new();
    for t in tamperings() {
        let codes: Vec<String> = t.codes.iter().map(u32::to_string).collect();
        out += &format!(
            "{:<26} {:<7} {:<10} {}\n",
            t.id,
            codes.join(" "),
            reach(t.reach),
            t.about
        );
    }
    report::text_out(&out)
}
