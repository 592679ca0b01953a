//! Carries a sweep out.

use crate::announce::{all_settings, excluded, targets};
use crate::combine::{combinations, Tried};
use crate::conclude;
use crate::error::SweepError;
use crate::plan::{Factors, Strategy};
use crate::record::{BuildLine, BuildOutcome, Figures, RunLine};
use crate::report::{
    difference, BuildCount, Cell, CellState, Origin, Report, Row, RunCell, SCHEMA,
};
use crate::setting::Setting;
use crate::store::Store;
use crate::target::{Effective, Target};
use crate::workbench::{Build, Input, RunRequest, Workbench};
use std::collections::HashSet;
use std::time::Instant;

/// What is to be swept.
#[derive(Debug, Clone)]
pub struct Request {
    /// The zkVMs, as the workbench knows them; each is an axis.
    pub zkvms: Vec<String>,
    /// What is set.
    pub factors: Factors,
    /// In which combinations.
    pub strategy: Strategy,
    /// Builds that may be made now; `None` for as many as it takes.
    pub budget: Option<u64>,
    /// Whether settings are built again that could not be built before.
    pub retry_failed: bool,
}

/// Builds and runs what is wanted, and says what came out. What is recorded is not done again.
///
/// # Errors
/// Whatever keeps the baseline from being built and run, or the workbench from working; files that cannot be written.
/// All that was finished is recorded.
pub fn sweep(
    request: &Request,
    store: &mut Store,
    bench: &mut dyn Workbench,
) -> Result<Report, SweepError> {
    let settings = all_settings(request)?;
    let targets = targets(request, bench)?;
    let mut lanes = Vec::new();
    for target in targets.clone() {
        let what = format!("the inputs for {} cannot be had", target.zkvm);
        let inputs = bench
            .inputs(&target.zkvm)
            .map_err(SweepError::workbench(what))?;
        if inputs.is_empty() {
            return Err(SweepError::NoInput { zkvm: target.zkvm });
        }
        lanes.push(Lane {
            target,
            inputs,
            baseline: Vec::new(),
            engine: String::new(),
        });
    }
    let mut driver = Driver {
        request,
        store,
        bench,
        lanes,
        rows: Vec::new(),
        count: BuildCount::default(),
        seen: HashSet::new(),
        pending: HashSet::new(),
        total: settings.len(),
    };
    for setting in settings {
        let origin = match (setting.is_baseline(), request.strategy) {
            (true, _) => Origin::Baseline,
            (_, Strategy::OneFactor) => Origin::Alone,
            (_, Strategy::Grid) => Origin::Grid,
        };
        driver.row(setting, origin, &targets)?;
        if origin == Origin::Baseline && driver.count.pending > 0 {
            let needed = driver.count.made + driver.count.pending;
            return Err(SweepError::Budget { needed });
        }
    }
    let mut complete = driver.count.pending == 0;
    if request.strategy == Strategy::OneFactor && complete {
        let combined = driver.combined();
        driver.total += combined.len();
        for setting in combined {
            driver.row(setting, Origin::Combined, &targets)?;
        }
        complete = driver.count.pending == 0;
    }
    let baseline = driver.baseline();
    let Driver {
        mut rows,
        lanes,
        store,
        count,
        ..
    } = driver;
    conclude::rate(&mut rows, &baseline);
    let stale = lanes
        .iter()
        .map(|lane| store.builds_of_others(&lane.target.zkvm, &lane.target.source));
    Ok(Report {
        schema: SCHEMA,
        strategy: request.strategy,
        complete,
        axes: conclude::axes(&lanes, &baseline),
        front: rows
            .iter()
            .filter(|row| row.front)
            .map(|row| row.name.clone())
            .collect(),
        best: conclude::best(&rows, &lanes, &baseline),
        ignored: conclude::ignored(&rows, &lanes),
        builds: count,
        stale_builds: stale.sum(),
        folder: store.folder().to_owned(),
        settings: rows,
    })
}

/// One zkVM's guest.
pub(crate) struct Lane {
    pub(crate) target: Target,
    pub(crate) inputs: Vec<Input>,
    /// The baseline's figures, in the order of the inputs.
    pub(crate) baseline: Vec<Figures>,
    /// What ran the baseline.
    pub(crate) engine: String,
}

struct Driver<'a> {
    request: &'a Request,
    store: &'a mut Store,
    bench: &'a mut dyn Workbench,
    lanes: Vec<Lane>,
    rows: Vec<Row>,
    count: BuildCount,
    /// Builds that were made or looked up: (zkVM, what was built).
    seen: HashSet<(String, Setting)>,
    /// Builds that were not made, for want of budget.
    pending: HashSet<(String, Setting)>,
    /// Settings that are known by now.
    total: usize,
}

impl Driver<'_> {
    /// Tries a setting on every zkVM.
    fn row(
        &mut self,
        setting: Setting,
        origin: Origin,
        targets: &[Target],
    ) -> Result<(), SweepError> {
        let name = setting.to_string();
        let left_out = excluded(&setting, targets);
        let mut cells = Vec::new();
        if left_out.is_empty() {
            for at in 0..self.lanes.len() {
                cells.push(self.cell(at, &setting, &name)?);
            }
        }
        let worst = cells.iter().map(|cell| cell.state).max();
        self.rows.push(Row {
            name,
            overrides: setting,
            origin,
            state: worst.unwrap_or(CellState::Excluded),
            front: false,
            ratio: None,
            cells,
            left_out,
        });
        Ok(())
    }

    /// Tries a setting on one zkVM.
    fn cell(&mut self, at: usize, setting: &Setting, name: &str) -> Result<Cell, SweepError> {
        let Effective {
            setting: built,
            left_out,
        } = self.lanes[at].target.effective(setting);
        let mut cell = Cell {
            zkvm: self.lanes[at].target.zkvm.clone(),
            built,
            left_out,
            state: CellState::Measured,
            why: None,
            elf_sha256: None,
            elf_bytes: None,
            build_seconds: None,
            same_elf_as: None,
            runs: Vec::new(),
            cost: None,
            delta: None,
            notes: Vec::new(),
        };
        let (sha256, bytes, seconds) = match self.outcome(at, &cell.built, name)? {
            Some(BuildOutcome::Built {
                elf_sha256,
                elf_bytes,
                seconds,
            }) => (elf_sha256, elf_bytes, seconds),
            Some(BuildOutcome::Failed { reason }) => {
                (cell.state, cell.why) = (CellState::Failed, Some(reason));
                return Ok(cell);
            }
            None => {
                cell.state = CellState::Pending;
                return Ok(cell);
            }
        };
        cell.elf_bytes = Some(bytes);
        cell.build_seconds = Some(seconds);
        cell.same_elf_as = self.same_elf(at, &sha256);
        let wrong = self.runs(at, &sha256, name, &mut cell)?;
        cell.elf_sha256 = Some(sha256);
        if let Some(why) = wrong {
            (cell.state, cell.why) = (CellState::Wrong, Some(why));
            return Ok(cell);
        }
        let sum = |costs: &mut dyn Iterator<Item = u64>| costs.fold(0, u64::saturating_add);
        let cost = sum(&mut cell.runs.iter().map(|run| run.cost));
        let baseline = sum(&mut self.lanes[at].baseline.iter().map(|run| run.cost));
        cell.cost = Some(cost);
        cell.delta = Some(difference(cost, baseline));
        Ok(cell)
    }

    /// The first setting with this ELF on this zkVM.
    fn same_elf(&self, at: usize, sha256: &str) -> Option<String> {
        let has_it = |row: &&Row| {
            let cell = row.cells.get(at);
            cell.is_some_and(|cell| cell.elf_sha256.as_deref() == Some(sha256))
        };
        self.rows.iter().find(has_it).map(|row| row.name.clone())
    }

    /// What comes of building a setting: recorded, or built now; `None` if no more may be built.
    fn outcome(
        &mut self,
        at: usize,
        built: &Setting,
        name: &str,
    ) -> Result<Option<BuildOutcome>, SweepError> {
        let (zkvm, source) = {
            let target = &self.lanes[at].target;
            (target.zkvm.clone(), target.source.clone())
        };
        let is_new = self.seen.insert((zkvm.clone(), built.clone()));
        let recorded = self.store.build(&zkvm, &source, built);
        let is_failed = matches!(recorded, Some(BuildOutcome::Failed { .. }));
        // Once is enough: a setting that failed now is not built again for the next row.
        let again = is_failed && is_new && self.request.retry_failed;
        if let Some(outcome) = recorded.filter(|_| !again) {
            self.count.recorded += u64::from(is_new);
            return Ok(Some(outcome));
        }
        if self
            .request
            .budget
            .is_some_and(|limit| self.count.made >= limit)
        {
            let wanted = (zkvm, built.clone());
            self.seen.remove(&wanted);
            self.count.pending += u64::from(self.pending.insert(wanted));
            return Ok(None);
        }
        self.say(&zkvm, name, "building");
        let begun = Instant::now();
        let made = self
            .bench
            .build(&zkvm, built)
            .map_err(SweepError::workbench(format!(
                "{zkvm}: the guest cannot be built"
            )))?;
        self.count.made += 1;
        let outcome = match made {
            Build::Built { elf } => {
                let (elf_sha256, elf_bytes) = self.store.keep_elf(&elf)?;
                BuildOutcome::Built {
                    elf_sha256,
                    elf_bytes,
                    seconds: begun.elapsed().as_secs_f64(),
                }
            }
            // Not recorded: the next sweep tries again.
            Build::Failed { reason } if built.is_baseline() => {
                let problem = format!("cannot be built: {reason}");
                return Err(SweepError::Baseline { zkvm, problem });
            }
            Build::Failed { reason } => {
                self.say(&zkvm, name, "cannot be built");
                BuildOutcome::Failed { reason }
            }
        };
        self.store.record_build(BuildLine {
            zkvm,
            source,
            setting: built.clone(),
            outcome: outcome.clone(),
        })?;
        Ok(Some(outcome))
    }

    /// Runs an ELF on every input, up to the first on which it is wrong; what is wrong, if anything is.
    fn runs(
        &mut self,
        at: usize,
        sha256: &str,
        name: &str,
        cell: &mut Cell,
    ) -> Result<Option<String>, SweepError> {
        let zkvm = cell.zkvm.clone();
        let is_baseline = self.lanes[at].baseline.is_empty();
        let path = self.store.elf(sha256);
        let engine = self
            .bench
            .engine(&zkvm, &path)
            .map_err(SweepError::workbench(format!("{zkvm}: {name}")))?;
        let refused = |why: String| format!("is refused by the zkVM: {why}");
        let baseline_fails = |problem: String| SweepError::Baseline {
            zkvm: zkvm.clone(),
            problem,
        };
        let engine = match engine {
            Ok(engine) => engine,
            Err(why) if is_baseline => return Err(baseline_fails(refused(why))),
            Err(why) => return Ok(Some(refused(why))),
        };
        if is_baseline {
            self.lanes[at].engine.clone_from(&engine);
        } else if self.lanes[at].engine != engine {
            return Ok(Some(format!(
                "is for {engine}, the baseline for {}",
                self.lanes[at].engine
            )));
        }
        let mut figures_of_all = Vec::new();
        for (number, input) in self.lanes[at].inputs.clone().into_iter().enumerate() {
            let figures = match self.figures(&zkvm, &engine, sha256, &input, name)? {
                Ok(figures) => figures,
                Err(why) if is_baseline => return Err(baseline_fails(refused(why))),
                Err(why) => return Ok(Some(refused(why))),
            };
            if let Some(stopped) = &figures.stopped {
                let problem = format!("does not come to its end on {}: {stopped}", input.name);
                match is_baseline {
                    true => return Err(baseline_fails(problem)),
                    false => return Ok(Some(problem)),
                }
            }
            let base = match is_baseline {
                true => &figures,
                false => &self.lanes[at].baseline[number],
            };
            if base.output_sha256 != figures.output_sha256 {
                return Ok(Some(format!(
                    "has another public output than the baseline on {}",
                    input.name
                )));
            }
            cell.notes
                .extend(beside(base, &figures).map(|note| format!("{}: {note}", input.name)));
            let profile = self.store.profile(&figures.profile);
            cell.runs.push(RunCell {
                input: input.name,
                cost: figures.cost,
                delta: difference(figures.cost, base.cost),
                totals: figures.totals.clone(),
                output_sha256: figures.output_sha256.clone(),
                profile: profile.is_file().then_some(profile),
            });
            figures_of_all.push(figures);
        }
        if is_baseline {
            self.lanes[at].baseline = figures_of_all;
        }
        Ok(None)
    }

    /// The figures of a run: recorded, or run now.
    fn figures(
        &mut self,
        zkvm: &str,
        engine: &str,
        elf_sha256: &str,
        input: &Input,
        name: &str,
    ) -> Result<Result<Figures, String>, SweepError> {
        if let Some(figures) = self.store.run(engine, elf_sha256, &input.sha256) {
            return Ok(Ok(figures.clone()));
        }
        self.say(zkvm, name, &format!("running {}", input.name));
        let short = |hash: &str| hash.get(..12).unwrap_or(hash).to_owned();
        let profile = format!(
            "{}-{}-{}.zkp",
            zkvm.replace('@', "-"),
            short(elf_sha256),
            short(&input.sha256)
        );
        let (elf, path) = (self.store.elf(elf_sha256), self.store.profile(&profile));
        let run = RunRequest {
            zkvm,
            elf: &elf,
            input,
            profile: &path,
            title: name,
        };
        let what = format!("{zkvm}: {name} cannot be run on {}", input.name);
        let ran = self.bench.run(&run).map_err(SweepError::workbench(what))?;
        let figures = match ran {
            Ok(figures) => Figures { profile, ..figures },
            Err(why) => return Ok(Err(why)),
        };
        self.store.record_run(RunLine {
            engine: engine.to_owned(),
            elf_sha256: elf_sha256.to_owned(),
            input_sha256: input.sha256.clone(),
            figures: figures.clone(),
        })?;
        Ok(Ok(figures))
    }

    fn say(&self, zkvm: &str, name: &str, what: &str) {
        let at = self.rows.len() + 1;
        self.bench
            .say(&format!("[{at}/{}] {zkvm}: {name}: {what}", self.total));
    }

    /// The baseline's cost on every zkVM.
    fn baseline(&self) -> Vec<u64> {
        let costs = self.rows.first().and_then(Row::costs);
        costs.unwrap_or_default()
    }

    /// The best combinations of what was tried alone.
    fn combined(&self) -> Vec<Setting> {
        let alone = self.rows.iter().filter(|row| row.origin == Origin::Alone);
        let tried: Vec<Tried<'_>> = alone
            .map(|row| (&row.overrides, row.costs_alone()))
            .collect();
        combinations(self.request.factors.names(), &tried, &self.baseline())
    }
}

/// What is proven outside of the cost, where it changed.
fn beside<'a>(base: &'a Figures, now: &'a Figures) -> impl Iterator<Item = String> + 'a {
    let names: std::collections::BTreeSet<&String> =
        base.beside.keys().chain(now.beside.keys()).collect();
    names.into_iter().filter_map(|name| {
        let of = |figures: &Figures| figures.beside.get(name).copied().unwrap_or_default();
        let (before, after) = (of(base), of(now));
        (before != after).then(|| format!("{name} {before} -> {after}"))
    })
}
