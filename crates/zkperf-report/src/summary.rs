//! What ran, what it cost, and whether it is all there.

use serde::Serialize;
use zkperf_profile::{thousands, MeasureId, Profile, Run};

use crate::about::{MeasureInfo, ResyncInfo, RunInfo, UnattributedInfo};
use crate::grid::Grid;
use crate::names::elide;
use crate::style::{counted, percent, percent_text, Style};

/// Places of re-synchronisations that the text lists.
const RESYNC_ROWS: usize = 20;

/// Width of the labels on the left.
const LABEL: usize = 11;

/// A profile in one page: `zkperf-summary/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// `zkperf-summary/1`.
    pub schema: &'static str,
    /// Which run, in short.
    pub run: RunInfo,
    /// Everything that identifies the run, as the profile has it.
    pub identity: Run,
    /// Every measure, in the profile's order.
    pub measures: Vec<SummaryMeasure>,
    /// Functions that the profile names.
    pub functions: usize,
    /// Calling contexts.
    pub nodes: usize,
    /// Executed instruction addresses, and named places for costs without one.
    pub pcs: usize,
    /// Names of the zkVM's own tables in the profile.
    pub tables: Vec<String>,
    /// Regions the guest marked itself.
    pub scopes: Vec<String>,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
    /// Every place where the call stack re-synchronised, most often first.
    pub resyncs: Vec<ResyncInfo>,
}

/// One measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SummaryMeasure {
    /// The measure.
    #[serde(flatten)]
    pub measure: MeasureInfo,
    /// Its part of the proving cost, for measures in the proving cost's unit.
    pub cost_percent: Option<f64>,
}

/// Sums a profile up.
pub fn summary(profile: &Profile) -> Summary {
    let infos: Vec<MeasureInfo> = (0..profile.measures.len() as u32)
        .map(|id| MeasureInfo::of(profile, MeasureId(id)))
        .collect();
    let cost = infos.iter().find(|info| info.proving_cost).cloned();
    let measures = infos.into_iter().map(|measure| {
        let same = cost
            .as_ref()
            .filter(|cost| cost.node_unit == measure.node_unit);
        let cost_percent = same.map(|cost| percent(measure.sum, cost.sum));
        SummaryMeasure {
            measure,
            cost_percent,
        }
    });
    Summary {
        schema: "zkperf-summary/1",
        run: RunInfo::of(profile),
        identity: profile.run.clone(),
        measures: measures.collect(),
        functions: profile.functions.len(),
        nodes: profile.nodes.len(),
        pcs: profile.pcs.len(),
        tables: profile
            .tables
            .iter()
            .map(|table| table.name.clone())
            .collect(),
        scopes: profile
            .scopes
            .iter()
            .map(|scope| scope.name.clone())
            .collect(),
        unattributed: UnattributedInfo::of(profile),
        resyncs: ResyncInfo::all(profile),
    }
}

impl Summary {
    /// The page as text.
    pub fn render(&self, style: &Style) -> String {
        let mut out = style.wrap(&self.run.line());
        out += &self.run.warning(style);
        out.push('\n');
        for (label, text) in self.facts() {
            out += &style.bold(&format!("{label:<LABEL$}"));
            out += &style.wrap_hanging(LABEL, &text);
        }
        out.push('\n');

        let cost = self
            .measures
            .iter()
            .map(|m| &m.measure)
            .find(|m| m.proving_cost);
        let mut grid = Grid::new(&["total", "unit", "% of cost", "measure"]);
        let mut names = Vec::new();
        for SummaryMeasure {
            measure,
            cost_percent,
        } in &self.measures
        {
            let share = match (cost_percent, cost) {
                (Some(_), Some(cost)) => percent_text(measure.sum, cost.sum),
                _ => String::new(),
            };
            grid.row(vec![
                measure.text(measure.sum),
                measure.shown_unit.clone(),
                share,
            ]);
            let mark = if measure.proving_cost {
                " (the proving cost)"
            } else {
                ""
            };
            names.push(format!("{}{mark}: {}", measure.name, measure.about));
        }
        let room = grid.room(style);
        let names = names.into_iter().map(|name| elide(&name, room)).collect();
        out += &grid.render(names, style);
        out.push('\n');
        let scaled = self.measures.iter().filter(|m| m.measure.scale > 1);
        scaled.for_each(|m| out += &m.measure.note_text(style));
        out += &style.wrap(&format!(
            "{}, {}, {}.",
            counted(self.functions as u64, "function", "functions"),
            counted(self.nodes as u64, "calling context", "calling contexts"),
            counted(
                self.pcs as u64,
                "instruction address",
                "instruction addresses"
            ),
        ));
        out += &self.unattributed.text(style);
        out + &self.resyncs_text(style)
    }

    /// Where the call stack re-synchronised; nothing if it never did.
    fn resyncs_text(&self, style: &Style) -> String {
        if self.resyncs.is_empty() {
            return String::new();
        }
        let mut out = style.wrap(&self.unattributed.resyncs_text());
        out.push('\n');
        let mut grid = Grid::new(&["times", "from -> to"]);
        let mut names = Vec::new();
        for place in self.resyncs.iter().take(RESYNC_ROWS) {
            grid.row(vec![thousands(place.count)]);
            names.push(format!("{} -> {}", place.from.text, place.to.text));
        }
        let rest = self.resyncs.iter().skip(RESYNC_ROWS);
        let (places, times) = rest.fold((0, 0), |(n, sum), place| (n + 1, sum + place.count));
        if places > 0 {
            grid.row(vec![thousands(times)]);
            let places = counted(places, "other place", "other places");
            names.push(format!("({places}; --json has all)"));
        }
        // Addresses stand at the end of names: these lines are never cut.
        out + &grid.render(names, style)
    }

    /// What identifies the run, one line each; what is unknown has none.
    pub(crate) fn facts(&self) -> Vec<(&'static str, String)> {
        let run = &self.identity;
        let hashed = |sha256: &str| match sha256.get(..16).unwrap_or(sha256) {
            "" => "sha256 not known".to_owned(),
            start => format!("sha256 {start}"),
        };
        let joined = |parts: &[String]| -> String {
            let said: Vec<&str> = parts
                .iter()
                .map(String::as_str)
                .filter(|part| !part.is_empty())
                .collect();
            said.join(", ")
        };
        let commit = match (&*run.elf.git_commit, run.elf.git_dirty) {
            ("", _) => String::new(),
            (commit, dirty) => {
                let short = commit.get(..12).unwrap_or(commit);
                let state = if dirty {
                    " with uncommitted changes"
                } else {
                    ""
                };
                format!("commit {short}{state}")
            }
        };
        // Without a hash, the file was never seen.
        let bytes = |count: u64, sha256: &str| match sha256 {
            "" => String::new(),
            _ => format!("{} bytes", thousands(count)),
        };
        let chain = |id: u64| format!("chain {id}");
        let facts = [
            ("zkVM", format!("{} {}", run.zkvm, run.zkvm_version)),
            (
                "cost model",
                joined(&[
                    self.run.cost_model.clone(),
                    format!("tables {}", hashed(&run.cost_model.tables_sha256)),
                ]),
            ),
            (
                "ELF",
                joined(&[
                    hashed(&run.elf.sha256),
                    bytes(run.elf.bytes, &run.elf.sha256),
                    run.elf.compiler.clone(),
                    commit,
                ]),
            ),
            (
                "input",
                joined(&[
                    run.input.name.clone(),
                    hashed(&run.input.sha256),
                    bytes(run.input.bytes, &run.input.sha256),
                    run.input.chain_id.map(chain).unwrap_or_default(),
                    run.input.schema.clone(),
                ]),
            ),
            ("exit", run.exit.clone()),
            (
                "output",
                joined(&[
                    hashed(&run.output_sha256),
                    bytes(run.output_hex.len() as u64 / 2, &run.output_sha256),
                ]),
            ),
            ("made by", format!("zkperf {}", run.zkperf_version)),
        ];
        facts
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }
}
