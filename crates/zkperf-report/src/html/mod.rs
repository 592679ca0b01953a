//! One profile, or the difference of two, as one HTML file that needs nothing else.
//!
//! The page is a program (`web/`, compiled ahead into `web/dist`) and its data: [`PageData`] as JSON, then a block of
//! columns of integers. Everything that the page shows is computed in it from exact integers; what Rust does is to put
//! the profile into few bytes.

mod code;
mod columns;
mod model;
mod page;
mod places;
mod strings;
mod tables;
mod tree;

pub use code::InstructionText;
pub use columns::{Coding, Column};
pub use model::{Difference, Finding, PageData, PageMeasure, Side, Totals};
pub use places::File;
pub use tables::{Exact, PageRow, PageTable};

use zkperf_profile::verdict::Verdict;
use zkperf_profile::{Completeness, MeasureId, Profile, Source, Table};

use crate::about::{MeasureInfo, RunInfo, UnattributedInfo};
use crate::compare::verdict_of;
use crate::error::ReportError;
use crate::groups::{group_name, GroupBy};
use crate::inlined::{open, Opened};
use crate::matching::{is_same_elf, Matching};
use crate::names::without_hash;
use crate::paths::SourceText;
use crate::style::Style;
use crate::summary::summary;
use columns::Columns;
use places::Places;
use strings::{shown, Strings};
use tree::Tree;

/// What a page takes besides profiles.
#[derive(Clone, Copy)]
pub struct HtmlOptions<'a> {
    /// Gives the text of source lines; asked for those only that are shown.
    pub source: SourceText<'a>,
    /// Gives the text of instructions, where a disassembly is to be had; not used in a difference.
    pub instruction: Option<InstructionText<'a>>,
    /// Advice to show.
    pub findings: &'a [Finding],
    /// For each profile further tables to show, such as its cost by transaction.
    pub tables: &'a [Vec<Table>],
}

/// A page, and its parts for programs and tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Html {
    /// The file.
    pub page: String,
    /// The data in it.
    pub data: PageData,
    /// The block of numbers in it, which `data.columns` describes.
    pub block: Vec<u8>,
}

/// The page of one profile.
///
/// # Errors
/// None for a checked profile, unless inlined frames cannot be made of its source map.
pub fn html(profile: &Profile, options: &HtmlOptions<'_>) -> Result<Html, ReportError> {
    let opened = open(profile.clone(), has_inlined(profile))?;
    let matching = Matching::identity(&opened.profile);
    let mut places = Places::of(&[profile]);
    places.note(0, profile.source.places.iter().map(|place| place.position));
    places.note(0, opened.called_at.iter().copied());
    places.number();
    let mut tree = Tree::default();
    let called_at = |at: usize| opened.called_at.get(at).copied().unwrap_or_default();
    tree.add(&opened.profile, &matching.index[0], |at| {
        places.at(0, called_at(at))
    });
    let mut builder = Builder::new(std::slice::from_ref(&opened), &matching, tree);
    code::pack_pcs(
        profile,
        opened.frames.inlined,
        &places,
        options.instruction,
        &mut builder.strings,
        &mut builder.columns,
    );
    Ok(builder.finish(places, None, options))
}

/// The page of the difference of two profiles.
///
/// # Errors
/// [`ReportError::NotComparable`] if they are of different zkVMs, or have other measures.
pub fn html_difference(
    base: &Profile,
    head: &Profile,
    options: &HtmlOptions<'_>,
) -> Result<Html, ReportError> {
    comparable(base, head)?;
    // Inlined frames on one side only would make everything else look changed.
    let inlined = has_inlined(base) && has_inlined(head);
    let opened = [open(base.clone(), inlined)?, open(head.clone(), inlined)?];
    let matching = Matching::of(&opened[0].profile, &opened[1].profile);
    let profiles = [&opened[0].profile, &opened[1].profile];
    let mut places = Places::of(&profiles);
    let mut tree = Tree::default();
    for (side, profile) in profiles.iter().enumerate() {
        let positions = profile.source.places.iter().map(|place| place.position);
        places.note(side, positions);
        tree.add(profile, &matching.index[side], |_| 0);
    }
    places.number();
    let mut builder = Builder::new(&opened, &matching, tree);
    code::pack_lines(&profiles, &matching, &places, &mut builder.columns);
    let judgement = verdict_of(base, head);
    let reasons = judgement.cases.iter().flat_map(|case| &case.reasons);
    let difference = Difference {
        same_elf: is_same_elf(base, head),
        verdict: match judgement.verdict {
            // The page shows reasons, and no verdict, for whatever cannot be an improvement.
            Verdict::OutputsDiffer => Verdict::None,
            verdict => verdict,
        },
        no_verdict_because: reasons.map(|reason| shown(&reason.text)).collect(),
    };
    Ok(builder.finish(places, Some(difference), options))
}

/// Whether a tree with inlined frames can be made. An imported profile's cannot: its tree and its pcs need not agree.
fn has_inlined(profile: &Profile) -> bool {
    profile.source.is_known() && !is_imported(profile)
}

fn is_imported(profile: &Profile) -> bool {
    matches!(profile.completeness, Completeness::Imported { .. })
}

/// Refuses pairs of which no difference can be drawn.
fn comparable(base: &Profile, head: &Profile) -> Result<(), ReportError> {
    let refuse = |reason: String| Err(ReportError::NotComparable { reason });
    let (a, b) = (&base.run.zkvm, &head.run.zkvm);
    if a != b {
        return refuse(format!(
            "one is of {a}, the other of {b}: their costs have different units"
        ));
    }
    let shapes = |profile: &Profile| -> Vec<String> {
        let each = profile.measures.iter();
        each.map(|m| match m.scale {
            1 => format!("{} ({})", m.name, m.unit),
            scale => format!("{} ({}/{scale})", m.name, m.unit),
        })
        .collect()
    };
    let (a, b) = (shapes(base), shapes(head));
    let formulas = |profile: &Profile| -> Vec<Vec<(usize, u64)>> {
        let ids = (0..profile.measures.len() as u32).map(MeasureId);
        ids.map(|id| profile.formula(id).to_vec()).collect()
    };
    if a == b && formulas(base) == formulas(head) {
        return Ok(());
    }
    let only = |these: &[String], those: &[String]| -> String {
        let only = these.iter().filter(|measure| !those.contains(measure));
        only.cloned().collect::<Vec<_>>().join(", ")
    };
    let parts: Vec<String> = [("first", only(&a, &b)), ("second", only(&b, &a))]
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(which, names)| format!("only the {which} has {names}"))
        .collect();
    refuse(match parts.is_empty() {
        true => "their measures are made up in different ways".to_owned(),
        false => format!("their measures differ: {}", parts.join("; ")),
    })
}

/// Puts together what pages of one profile and of two have alike.
struct Builder<'a> {
    opened: &'a [Opened],
    columns: Columns,
    strings: Strings,
}

impl<'a> Builder<'a> {
    fn new(opened: &'a [Opened], matching: &Matching, tree: Tree) -> Self {
        let mut builder = Builder {
            opened,
            columns: Columns::default(),
            strings: Strings::default(),
        };
        let first = &opened[0].profile;
        let ranking = first.proving_cost().unwrap_or(MeasureId(0));
        let formula = match first.measures.is_empty() {
            true => &[],
            false => first.formula(ranking),
        };
        tree.in_preorder(formula).pack(&mut builder.columns);
        builder.pack_functions(matching);
        builder
    }

    fn pack_functions(&mut self, matching: &Matching) {
        let (mut names, mut crates, mut modules) = (Vec::new(), Vec::new(), Vec::new());
        let (mut origins, mut addresses, mut sizes) = (Vec::new(), Vec::new(), Vec::new());
        for &(side, id) in &matching.functions {
            let function = &self.opened[side].profile.functions[id.0 as usize];
            names.push(self.strings.at(&shown(&without_hash(&function.name))));
            let group = |by| shown(&group_name(function, by));
            crates.push(self.strings.at(&group(GroupBy::Crate)));
            modules.push(self.strings.at(&group(GroupBy::Module)));
            origins.push(model::origin_code(function.origin));
            addresses.push(function.address.map_or(0, |at| at.saturating_add(1)));
            sizes.push(function.bytes);
        }
        self.columns.indices("functions.name", &names);
        self.columns.indices("functions.crate", &crates);
        self.columns.indices("functions.module", &modules);
        self.columns.indices("functions.origin", &origins);
        // Of two builds, an address says nothing.
        if self.opened.len() == 1 {
            self.columns.delta("functions.address", &addresses);
            self.columns.plain("functions.bytes", &sizes);
        }
    }

    fn finish(
        mut self,
        places: Places,
        difference: Option<Difference>,
        options: &HtmlOptions<'_>,
    ) -> Html {
        let profiles: Vec<&Profile> = self.opened.iter().map(|opened| &opened.profile).collect();
        let files = places.pack(&mut self.columns, &mut self.strings, options.source);
        let data = PageData {
            schema: "zkperf-html/1",
            made_by: format!("zkperf {}", env!("CARGO_PKG_VERSION")),
            sides: self.opened.iter().map(side).collect(),
            difference,
            measures: measures(profiles[0]),
            inlined: self.opened.iter().all(|opened| opened.frames.inlined),
            strings: self.strings.list,
            files,
            tables: tables::tables(&profiles, options.tables),
            findings: options.findings.iter().map(shown_finding).collect(),
            columns: self.columns.list,
        };
        let block = self.columns.block;
        Html {
            page: page::page(&data, &block),
            data,
            block,
        }
    }
}

fn side(opened: &Opened) -> Side {
    let profile = &opened.profile;
    let style = Style {
        width: usize::MAX,
        color: false,
    };
    let run = shown_run(RunInfo::of(profile));
    let ids = (0..profile.measures.len() as u32).map(MeasureId);
    let unattributed = UnattributedInfo::of(profile);
    let sentences = opened.frames.text(profile, &style) + &unattributed.text(&style);
    Side {
        warning: shown(run.warning(&style).trim_end()),
        facts: summary(profile)
            .facts()
            .into_iter()
            .map(|(label, text)| (label, shown(&text)))
            .collect(),
        imported: is_imported(profile),
        unattributed: Exact(unattributed.value),
        resyncs: Exact(unattributed.resyncs),
        apportioned: Exact(opened.frames.apportioned),
        totals: ids
            .map(|id| {
                let info = MeasureInfo::of(profile, id);
                Totals {
                    total: Exact(info.total),
                    sum: Exact(info.sum),
                    note: shown(&info.note),
                }
            })
            .collect(),
        notes: sentences.lines().map(shown).collect(),
        run,
    }
}

/// Advice as a page may hold it; its text may have several lines.
fn shown_finding(finding: &Finding) -> Finding {
    let lines: Vec<String> = finding.text.lines().map(shown).collect();
    Finding {
        title: shown(&finding.title),
        text: lines.join("\n"),
        function: finding.function.as_deref().map(shown),
        saves: finding.saves,
    }
}

/// A run's texts as a page may hold them.
fn shown_run(run: RunInfo) -> RunInfo {
    RunInfo {
        zkvm: shown(&run.zkvm),
        zkvm_version: shown(&run.zkvm_version),
        cost_model: shown(&run.cost_model),
        guest: shown(&run.guest),
        variant: shown(&run.variant),
        elf_sha256: shown(&run.elf_sha256),
        input_sha256: shown(&run.input_sha256),
        title: shown(&run.title),
        ..run
    }
}

fn measures(profile: &Profile) -> Vec<PageMeasure> {
    let ids = (0..profile.measures.len() as u32).map(MeasureId);
    ids.map(|id| {
        let info = MeasureInfo::of(profile, id);
        let parts = match &profile.measures[id.0 as usize].source {
            Source::Sum { of } => of.iter().map(|part| part.0).collect(),
            _ => Vec::new(),
        };
        let formula = profile.formula(id).iter();
        PageMeasure {
            name: shown(&info.name),
            about: shown(&info.about),
            unit: shown(&info.shown_unit),
            node_unit: shown(&info.node_unit),
            scale: info.scale,
            shown_scale: info.shown_scale,
            kind: info.kind,
            proving_cost: info.proving_cost,
            parts,
            formula: formula.map(|&(column, by)| (column, Exact(by))).collect(),
        }
    })
    .collect()
}
