//! `zkperf bench`: input, guest and profile in one, over a set of blocks.

use crate::cli::{BenchArgs, Global, SourceArgs};
use crate::commands::{build, GUESTS};
use crate::guest::Loaded;
use crate::inputs::{Making, ReadyInput, Wanted};
use crate::project::Project;
use crate::session::{commit_of, current_commit, new_path, proving_cost, Session, Totals, Written};
use crate::{exit, files, guest, inputs, progress, report, zkvms};
use anyhow::Result;
use serde::Serialize;
use std::path::{Path, PathBuf};
use zkperf_config::{GuestInput, ZkvmGuest};
use zkperf_exec::Zkvm;
use zkperf_report::{percent, thousands};

#[derive(Serialize)]
struct BenchReport {
    schema: &'static str,
    runs: Vec<RunRow>,
}

#[derive(Serialize)]
struct RunRow {
    zkvm: String,
    version: String,
    variant: String,
    block: Option<u64>,
    chain_id: Option<u64>,
    elf: PathBuf,
    elf_sha256: String,
    input: PathBuf,
    input_sha256: String,
    profile: PathBuf,
    stats: Option<PathBuf>,
    output_sha256: String,
    totals: Totals,
    unattributed_percent: f64,
    resyncs: u64,
    run_seconds: f64,
    fault: Option<String>,
    #[serde(skip)]
    proving_cost: (String, u64),
    #[serde(skip)]
    steps: (&'static str, u64),
}

/// Runs the command.
///
/// # Errors
/// Whatever keeps a block from being fetched, the guest from being built, a profile from being
/// written; a guest that stops early.
pub fn run(global: &Global, args: &BenchArgs) -> Result<()> {
    let project = match args.guest.guest.is_none() && args.elf.is_empty() {
        true => Project::with_guests(&args.project, args.checkout.as_ref())?,
        false => None,
    };
    // Blocks and the node's variable are the repository's, whatever guest runs.
    let any = Project::find(&args.project)?;
    let plan = Plan::new(args, project.as_ref(), any.as_ref())?;
    let guests = plan.guests(global)?;
    let mut runs = Vec::new();
    let mut is_complete = true;
    for (zkvm, loaded) in &guests {
        let name = loaded.zkvm.name();
        let folder = match &args.out {
            Some(out) if guests.len() == 1 => out.clone(),
            Some(out) => out.join(name),
            None => Path::new("profiles").join(name),
        };
        is_complete = plan.bench(global, zkvm, loaded, &folder, &mut runs)?;
        if !is_complete {
            break;
        }
    }
    let mut failed: Vec<String> = runs.iter().filter_map(|run| run.fault.clone()).collect();
    if !is_complete && failed.is_empty() {
        failed
            .push("interrupted: what is listed is whole, the runs after it were not begun".into());
    }
    if global.json {
        report::json(&BenchReport {
            schema: "zkperf-bench/1",
            runs,
        })?;
    } else {
        report::text_out(&table(&runs))?;
    }
    exit::failed(&failed)
}

/// What is run: guests, blocks, and where they come from.
struct Plan<'a> {
    args: &'a BenchArgs,
    /// The repository, if its zkperf.toml names the guests.
    project: Option<&'a Project>,
    source: SourceArgs,
    zkvms: Vec<String>,
    wanted: Vec<Wanted>,
}

impl<'a> Plan<'a> {
    /// Finds out what can be known to be wrong before anything is fetched, built or run.
    fn new(
        args: &'a BenchArgs,
        project: Option<&'a Project>,
        any: Option<&Project>,
    ) -> Result<Self> {
        let zkvms = match (project, args.zkvm.as_deref()) {
            (Some(project), asked) => project.zkvms(asked)?,
            (None, Some("all")) => zkvms::all().iter().map(|zkvm| zkvm.name().into()).collect(),
            (None, Some(one)) => vec![one.to_owned()],
            // Each ELF says by itself which it is for.
            (None, None) if !args.elf.is_empty() => Vec::new(),
            (None, None) => return Err(exit::which_zkvm()),
        };
        let selected: Vec<Box<dyn Zkvm>> = zkvms
            .iter()
            .map(|zkvm| zkvms::by_name(zkvm))
            .collect::<Result<_>>()?;
        if args.po2.is_some()
            && !zkvms.is_empty()
            && !selected.iter().any(|zkvm| zkvm.has_segments())
        {
            return Err(exit::usage(format!(
                "--po2 is for zkVMs that split a run into segments; {} does not",
                zkvms.join(", ")
            )));
        }
        let config = any.map(|any| &any.config);
        let mut needs_blocks = project.is_none();
        for zkvm in project.iter().flat_map(|_| &zkvms) {
            let input = project.map(|project| project.guest(zkvm)).transpose()?;
            let fixed = |guest: &ZkvmGuest| matches!(guest.input, GuestInput::File { .. });
            needs_blocks |= !input.is_some_and(fixed);
        }
        let wanted = match needs_blocks {
            true => inputs::wanted(&args.block, &args.source, config)?,
            false => Vec::new(),
        };
        files::probe_folder(args.out.as_deref().unwrap_or(Path::new("profiles")))?;
        if args.elf.is_empty() && project.is_none() {
            files::probe_folder(Path::new(GUESTS))?;
        }
        Ok(Self {
            args,
            project,
            source: inputs::source_of(&args.source, config),
            zkvms,
            wanted,
        })
    }

    /// The guest for each zkVM, by the name it was asked for with: those given, or built now.
    fn guests(&self, global: &Global) -> Result<Vec<(String, Loaded)>> {
        let args = self.args;
        if !args.elf.is_empty() {
            let asked = args.zkvm.as_deref().unwrap_or(guest::AUTO);
            let loaded = guest::for_each_elf(asked, &args.elf, global.quiet)?;
            let named = loaded
                .into_iter()
                .map(|one| (one.zkvm.name().to_owned(), one));
            return Ok(named.collect());
        }
        let mut guests = Vec::new();
        for name in &self.zkvms {
            let loaded = match self.project {
                Some(project) => {
                    let elf = project.build(global, name, &args.guest, None)?;
                    project.load(name, &elf, global.quiet)?
                }
                None => {
                    let zkvm = zkvms::by_name(name)?;
                    let built = build::build(global, &zkvm.id(), &args.guest, Path::new(GUESTS))?;
                    let guest = guest::load(zkvm.as_ref(), &built.elf_path, global.quiet)?;
                    let elf = built.elf_path;
                    Loaded { zkvm, guest, elf }
                }
            };
            guests.push((name.clone(), loaded));
        }
        Ok(guests)
    }

    /// One guest on every block; whether it came to the last one before Ctrl-C.
    fn bench(
        &self,
        global: &Global,
        name: &str,
        loaded: &Loaded,
        folder: &Path,
        runs: &mut Vec<RunRow>,
    ) -> Result<bool> {
        let (args, zkvm) = (self.args, loaded.zkvm.as_ref());
        let commit = match self.project {
            Some(project) => commit_of(&project.checkout),
            None => current_commit(),
        };
        let inputs = self.inputs(global, name)?;
        for ready in &inputs {
            if progress::interrupted() {
                return Ok(false);
            }
            let (input, input_id) = ready.read(zkvm.name())?;
            let title = match ready.block {
                Some(block) if inputs.len() > 1 => format!("{}_{block}", args.title),
                _ => args.title.clone(),
            };
            let session = Session {
                zkvm,
                guest: &loaded.guest,
                input,
                input_id,
                title: &title,
                max_steps: None,
                segment_po2: args.po2,
                top: None,
            };
            let path = new_path(folder, &title, &commit);
            let written = session.profile(global, &path, true)?;
            runs.push(row(zkvm, &loaded.elf, ready, &written));
            if !global.json {
                show(global, args, &written)?;
            }
        }
        Ok(true)
    }

    fn inputs(&self, global: &Global, name: &str) -> Result<Vec<ReadyInput>> {
        if let Some(project) = self.project {
            if let GuestInput::File { file } = &project.guest(name)?.input {
                return Ok(vec![inputs::fixed(project, file)?]);
            }
        }
        let making = Making {
            source: &self.source,
            project: self.project,
            zkvm: name,
            out: None,
        };
        self.wanted
            .iter()
            .map(|wanted| making.make(global, wanted))
            .collect()
    }
}

fn row(zkvm: &dyn Zkvm, elf: &Path, ready: &ReadyInput, written: &Written) -> RunRow {
    let data = written.profile.data();
    let cost = written
        .profile
        .proving_cost()
        .map_or(0, |id| written.profile.sum(id));
    let lost: u64 = data.unattributed.iter().map(|part| part.value).sum();
    RunRow {
        zkvm: zkvm.name().to_owned(),
        version: zkvm.version().to_owned(),
        variant: data.run.elf.variant.clone(),
        block: ready.block,
        chain_id: ready.chain_id,
        elf: elf.to_owned(),
        elf_sha256: data.run.elf.sha256.clone(),
        input: ready.path.clone(),
        input_sha256: data.run.input.sha256.clone(),
        profile: written.path.clone(),
        stats: written.stats.clone(),
        output_sha256: data.run.output_sha256.clone(),
        totals: Totals::of(&written.profile),
        unattributed_percent: percent(lost, cost),
        resyncs: written.profile.resync_count(),
        run_seconds: written.seconds,
        fault: written.fault.as_ref().map(ToString::to_string),
        proving_cost: proving_cost(&written.profile),
        steps: (zkvm.time_unit(), written.steps),
    }
}

fn show(global: &Global, args: &BenchArgs, written: &Written) -> Result<()> {
    let options = zkperf_report::TopOptions {
        limit: Some(args.top).filter(|rows| *rows > 0),
        ..Default::default()
    };
    let top = zkperf_report::top(&written.profile, &options)?;
    report::text_out(&format!("{}\n", top.render(&report::style(global))))
}

fn table(runs: &[RunRow]) -> String {
    let mut out = format!(
        "{:<7} {:<10} {:<12} {:>16} {:<14} {:>15} {:<7} {:>8}  profile\n",
        "zkvm", "block", "variant", "proving cost", "", "time", "", "seconds"
    );
    for run in runs {
        out += &format!(
            "{:<7} {:<10} {:<12} {:>16} {:<14} {:>15} {:<7} {:>8.2}  {}\n",
            run.zkvm,
            run.block.map_or("-".to_owned(), |block| block.to_string()),
            run.variant,
            thousands(run.proving_cost.1),
            run.proving_cost.0,
            thousands(run.steps.1),
            run.steps.0,
            run.run_seconds,
            run.profile.display(),
        );
    }
    out
}
