//! What several views say alike: the run, the measure, a function, what is not attributed.

use serde::Serialize;
use zkperf_profile::{
    thousands, CodePlace, Completeness, FunctionId, Measure, MeasureId, Origin, Profile, Source,
};

use crate::error::ReportError;
use crate::names::{in_sentence, without_hash};
use crate::style::{counted, percent, percent_text, Style};

/// Which run a view is about.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunInfo {
    /// zkVM family.
    pub zkvm: String,
    /// Exact version of the zkVM.
    pub zkvm_version: String,
    /// Cost model and its version.
    pub cost_model: String,
    /// Guest name.
    pub guest: String,
    /// Guest variant, or empty.
    pub variant: String,
    /// Block number, where the input is a block.
    pub block: Option<u64>,
    /// SHA-256 of the ELF.
    pub elf_sha256: String,
    /// SHA-256 of the input.
    pub input_sha256: String,
    /// Title given by the user, or empty.
    pub title: String,
    /// Whether the profile covers the whole run.
    pub completeness: Completeness,
}

impl RunInfo {
    /// What a profile says of its run.
    pub fn of(profile: &Profile) -> RunInfo {
        let run = &profile.run;
        RunInfo {
            zkvm: run.zkvm.clone(),
            zkvm_version: run.zkvm_version.clone(),
            cost_model: format!("{} {}", run.cost_model.name, run.cost_model.version),
            guest: run.elf.guest.clone(),
            variant: run.elf.variant.clone(),
            block: run.input.block,
            elf_sha256: run.elf.sha256.clone(),
            input_sha256: run.input.sha256.clone(),
            title: run.title.clone(),
            completeness: profile.completeness.clone(),
        }
    }

    /// The line above every view: `zisk 1.4.0-alpha, reference (unpatched), block 24628607`.
    pub fn line(&self) -> String {
        let guest = in_sentence(&self.guest);
        let mut line = format!("{} {}, {guest}", self.zkvm, self.zkvm_version);
        if !self.variant.is_empty() {
            line += &format!(" ({})", in_sentence(&self.variant));
        }
        if let Some(block) = self.block {
            line += &format!(", block {block}");
        }
        if !self.title.is_empty() {
            line += &format!(", {:?}", self.title);
        }
        line
    }

    /// A warning unless the profile covers the whole run.
    pub fn warning(&self, style: &Style) -> String {
        let text = match &self.completeness {
            Completeness::Complete => return String::new(),
            Completeness::Partial {
                reason,
                pc,
                function,
            } => {
                let mut text = format!("PARTIAL: the guest stopped early ({reason})");
                if let Some(pc) = pc {
                    text += &format!(" at 0x{pc:x}");
                }
                if !function.is_empty() {
                    text += &format!(" in {}", in_sentence(function));
                }
                text + "; the figures cover what ran until then"
            }
            Completeness::Imported { missing } => match missing.is_empty() {
                true => "IMPORTED from another tool's report".to_owned(),
                false => {
                    format!(
                        "IMPORTED from another tool's report; missing: {}",
                        missing.join(", ")
                    )
                }
            },
        };
        style
            .wrap(&text)
            .lines()
            .map(|line| style.warning(line) + "\n")
            .collect()
    }
}

/// Which measure a view counts in.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MeasureInfo {
    /// Its name.
    pub name: String,
    /// The unit of `total`, and of every `…_in_unit`.
    pub unit: String,
    /// The unit of `sum` and of all other values of the view: `gas/191` where 191 of them make one `unit`.
    pub node_unit: String,
    /// One line of meaning.
    pub about: String,
    /// How values and the official integer belong together, in a sentence; empty where they are the same.
    pub note: String,
    /// The official integer.
    pub total: u64,
    /// Node units in one official unit.
    pub scale: u64,
    /// Node units that the official rounding leaves over.
    pub remainder: u64,
    /// `total * scale + remainder`: what all values of the view are parts of.
    pub sum: u64,
    /// `exact` if counted, `derived` if computed from counted measures.
    pub kind: &'static str,
    /// Whether verdicts are made on it.
    pub proving_cost: bool,
    /// The unit that people are shown: that of the official integer these values make up.
    #[serde(skip)]
    pub shown_unit: String,
    /// Node units in one `shown_unit`.
    #[serde(skip)]
    pub(crate) shown_scale: u64,
}

impl MeasureInfo {
    /// What a profile's measure is.
    ///
    /// # Panics
    /// If the id is of another profile.
    pub fn of(profile: &Profile, id: MeasureId) -> MeasureInfo {
        let measure = &profile.measures[id.0 as usize];
        let whole = makes_up(profile, measure);
        MeasureInfo {
            name: measure.name.clone(),
            unit: measure.unit.clone(),
            node_unit: node_unit(measure),
            about: measure.about.clone(),
            note: whole.map_or(String::new(), note),
            total: measure.total,
            scale: measure.scale,
            remainder: measure.remainder,
            sum: profile.sum(id),
            kind: if measure.source == Source::Stored {
                "exact"
            } else {
                "derived"
            },
            proving_cost: measure.proving_cost,
            shown_unit: whole.unwrap_or(measure).unit.clone(),
            shown_scale: whole.map_or(1, |whole| whole.scale),
        }
    }

    /// A value for people: in `shown_unit`, rounded down; the whole run's is the official integer.
    pub fn text(&self, value: u64) -> String {
        match self.scale > 1 && value == self.sum {
            true => thousands(self.total),
            false => in_whole_units(value, self.shown_scale),
        }
    }

    /// A value in the official unit, rounded to a thousandth.
    pub(crate) fn in_unit(&self, value: u64) -> f64 {
        (value as f64 / self.scale as f64 * 1e3).round() / 1e3
    }

    /// `note` as a paragraph.
    pub fn note_text(&self, style: &Style) -> String {
        match self.note.as_str() {
            "" => String::new(),
            note => style.wrap(note) + "\n",
        }
    }
}

/// The unit of node values: `gas/191` where 191 of them make one gas.
fn node_unit(measure: &Measure) -> String {
    match measure.scale {
        1 => measure.unit.clone(),
        scale => format!("{}/{scale}", measure.unit),
    }
}

/// `value` node units in official units, rounded down; what is less than one is not shown as nothing.
fn in_whole_units(value: u64, scale: u64) -> String {
    match value / scale.max(1) {
        0 if value > 0 => "<1".to_owned(),
        whole => thousands(whole),
    }
}

/// The scaled measure that a measure's values make up: itself, or the one that is counted in its unit, as
/// SP1's gas is in the units of its parts.
fn makes_up<'a>(profile: &'a Profile, measure: &'a Measure) -> Option<&'a Measure> {
    let mut scaled = profile.measures.iter().filter(|whole| whole.scale > 1);
    match measure.scale {
        1 => scaled.find(|whole| node_unit(whole) == measure.unit),
        _ => Some(measure),
    }
}

/// Says how a scaled measure's values make up its official integer.
fn note(whole: &Measure) -> String {
    let sum = u128::from(whole.total) * u128::from(whole.scale) + u128::from(whole.remainder);
    format!(
        "Values are counted in {}, {} of which make one {unit}, and shown in {unit}, rounded down; the official \
         {} {} = ({} - {dropped}) / {}, where {dropped} is what the official rounding drops.",
        node_unit(whole),
        whole.scale,
        whole.name,
        thousands(whole.total),
        u64::try_from(sum).map_or_else(|_| sum.to_string(), thousands),
        whole.scale,
        unit = whole.unit,
        dropped = thousands(whole.remainder),
    )
}

/// The measure of that name; the proving cost if no name is given.
///
/// # Errors
/// No measure of that name; none named and no proving cost.
pub fn choose_measure(profile: &Profile, name: Option<&str>) -> Result<MeasureId, ReportError> {
    let known = || profile.measures.iter().map(|m| m.name.clone()).collect();
    match name {
        Some(name) => profile
            .measure(name)
            .ok_or_else(|| ReportError::UnknownMeasure {
                name: name.to_owned(),
                known: known(),
            }),
        None => profile
            .proving_cost()
            .ok_or_else(|| ReportError::NoProvingCost { known: known() }),
    }
}

/// A function, named in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FunctionInfo {
    /// Index in the profile's functions.
    pub id: u32,
    /// Demangled name, with its hash if it has one.
    pub name: String,
    /// The same without hash: equal in every build.
    pub short: String,
    /// The symbol in the ELF, or empty.
    pub symbol: String,
    /// First address, where it has one.
    pub address: Option<u64>,
    /// Whose code it is.
    pub origin: Origin,
}

impl FunctionInfo {
    pub(crate) fn of(profile: &Profile, id: FunctionId) -> FunctionInfo {
        let function = &profile.functions[id.0 as usize];
        FunctionInfo {
            id: id.0,
            name: function.name.clone(),
            short: without_hash(&function.name).into_owned(),
            symbol: function.symbol.clone(),
            address: function.address,
            origin: function.origin,
        }
    }
}

/// A view's functions in its heading: the only one, or how many a pattern means.
pub(crate) fn functions_text(functions: &[FunctionInfo], pattern: &str) -> String {
    match functions {
        [only] => in_sentence(&only.short),
        several => format!("{} functions that match {pattern:?}", several.len()),
    }
}

/// What no function of the guest carries, in the proving-cost measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnattributedInfo {
    /// Sum over all reasons.
    pub value: u64,
    /// The proving cost of the whole run, of which it is a part; 0 if the profile names none.
    pub of: u64,
    /// Share of the proving cost.
    pub percent: f64,
    /// Unit of the values: the proving cost's `node_unit`.
    pub unit: String,
    /// The proving cost's official unit, in which the text shows them.
    pub official_unit: String,
    /// Node units in one official unit.
    pub scale: u64,
    /// Each reason.
    pub reasons: Vec<UnattributedShare>,
    /// How often the shadow call stack re-synchronised.
    pub resyncs: u64,
    /// At how many places in the code.
    pub resync_places: usize,
    /// Proving cost of contexts entered by a re-synchronisation, calls included: their functions are certain,
    /// their callers a guess.
    pub after_resyncs: u64,
    /// Its share of the proving cost.
    pub after_resyncs_percent: f64,
}

/// A place where the shadow call stack re-synchronised.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ResyncInfo {
    /// How often.
    pub count: u64,
    /// The jump or return that did not fit.
    pub from: CodePlaceInfo,
    /// Where it went.
    pub to: CodePlaceInfo,
}

/// An address and the function that holds it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodePlaceInfo {
    /// The address.
    pub address: u64,
    /// The function, if one is known there.
    pub function: Option<FunctionInfo>,
    /// `function+0x1c (0x90000a1c)`.
    pub text: String,
}

impl ResyncInfo {
    /// All of a profile, most often first.
    pub(crate) fn all(profile: &Profile) -> Vec<ResyncInfo> {
        let end = |place: &CodePlace| CodePlaceInfo {
            address: place.address,
            function: place.function.map(|id| FunctionInfo::of(profile, id)),
            text: profile.code_place_text(place),
        };
        let places = profile.resync_places().into_iter();
        places
            .map(|place| ResyncInfo {
                count: place.count,
                from: end(&place.from),
                to: end(&place.to),
            })
            .collect()
    }
}

/// One reason why cost is not attributed.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UnattributedShare {
    /// Why.
    pub reason: String,
    /// How much.
    pub value: u64,
    /// Share of the proving cost.
    pub percent: f64,
}

impl UnattributedInfo {
    /// What a profile says of it.
    pub fn of(profile: &Profile) -> UnattributedInfo {
        let cost = profile.proving_cost();
        let sum = cost.map_or(0, |cost| profile.sum(cost));
        let measure = cost.map(|cost| &profile.measures[cost.0 as usize]);
        let after = cost.map_or(0, |cost| profile.after_resyncs(cost));
        // Without a proving cost (imported), nothing bounds the shares.
        let value = profile
            .unattributed
            .iter()
            .fold(0u64, |sum, s| sum.saturating_add(s.value));
        UnattributedInfo {
            value,
            of: sum,
            percent: percent(value, sum),
            unit: measure.map_or(String::new(), node_unit),
            official_unit: measure.map_or(String::new(), |measure| measure.unit.clone()),
            scale: measure.map_or(1, |measure| measure.scale),
            reasons: profile
                .unattributed
                .iter()
                .map(|share| UnattributedShare {
                    reason: share.reason.clone(),
                    value: share.value,
                    percent: percent(share.value, sum),
                })
                .collect(),
            resyncs: profile.resync_count(),
            resync_places: profile.resyncs.len(),
            after_resyncs: after,
            after_resyncs_percent: percent(after, sum),
        }
    }

    /// `241 cost (0.02%)`
    fn share_text(&self, value: u64) -> String {
        let percent = percent_text(value, self.of);
        let value = in_whole_units(value, self.scale);
        format!("{value} {} ({percent})", self.official_unit)
    }

    /// `241 cost (0.02%) attributed after 1 re-synchronisation: …`; nothing if there was none.
    pub(crate) fn resyncs_text(&self) -> String {
        let meaning = match (self.resyncs, self.after_resyncs) {
            (0, _) => return String::new(),
            (_, 0) => "each led back to a known context",
            _ => "to contexts whose function is certain and whose caller is a guess",
        };
        format!(
            "{} attributed after {}: {meaning}.",
            self.share_text(self.after_resyncs),
            counted(self.resyncs, "re-synchronisation", "re-synchronisations"),
        )
    }

    /// `Unattributed: 241 cost (0.02%): after a re-synchronisation. …`
    pub(crate) fn text(&self, style: &Style) -> String {
        let share = |value: u64| self.share_text(value);
        let mut text = format!("Unattributed: {}", share(self.value));
        match &self.reasons[..] {
            [] => {}
            [only] => text += &format!(": {}", only.reason),
            several => {
                let each: Vec<String> = several
                    .iter()
                    .map(|s| format!("{} {}", share(s.value), s.reason))
                    .collect();
                text += &format!(": {}", each.join("; "));
            }
        }
        text += ". ";
        text += &match self.resyncs {
            0 => "The call stack never lost its footing.".to_owned(),
            count => format!(
                "The call stack re-synchronised {} at {}.",
                counted(count, "time", "times"),
                counted(self.resync_places as u64, "place", "places")
            ),
        };
        style.wrap(&text)
    }
}
