//! All rules over one profile, ranked.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use zkperf_profile::{Origin, Profile};
use zkperf_report::{percent, MeasureInfo, RunInfo, UnattributedInfo};
use zkperf_symbols::Check;

use crate::error::AdviseError;
use crate::finding::{Finding, Share};
use crate::ledger::Ledger;
use crate::rules::{short_name, Ground, RULES};
use crate::view::View;
use crate::zkvm::Facts;

/// What to look for, and how to speak of it.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdviseOptions<'a> {
    /// The profile's file, for the commands in the answer.
    pub file: &'a str,
    /// Key of the label that says how many bytes a call was asked for.
    pub size_label: &'a str,
    /// Branches of the guest that only lead to panics ([`zkperf_symbols::checks`] of its ELF); nothing where that is not
    /// there.
    pub checks: Option<&'a [Check]>,
    /// `opt-level`, `lto`, `codegen-units`, `panic` of its release profile; nothing where they are not known.
    pub built: Option<&'a BTreeMap<String, String>>,
    /// Extensions that its code was compiled for ([`zkperf_symbols::extensions`] of its ELF); nothing where they are not
    /// known.
    pub compiled_for: Option<&'a [String]>,
}

/// Findings, ranked: `zkperf-advise/1`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// `zkperf-advise/1`.
    pub schema: &'static str,
    /// Which run.
    pub run: RunInfo,
    /// The proving cost: all values are parts of its `sum`.
    pub measure: MeasureInfo,
    /// First what is worth most ([`Finding::worth`]). Then by orders of size, counted from it in factors of [`STEP`]; within
    /// one by decision framework (patches, algorithm, memory, micro), then by worth, then by share.
    pub findings: Vec<Finding>,
    /// Cost that no finding claims: with the findings' shares it is the whole run.
    pub rest: Rest,
    /// The rule of overlap, in a sentence.
    pub overlap: &'static str,
    /// Rules that were applied, in the order in which they claim: name and what they look for.
    pub rules: Vec<(&'static str, &'static str)>,
    /// What was not judged, and why.
    pub not_judged: Vec<String>,
    /// Own cost, in node units, of functions that run in several contexts and contain inlined code: within a context it is
    /// split among inlined frames as over the whole run.
    pub apportioned: u64,
    /// What the profile does not say, a sentence each.
    pub notes: Vec<String>,
    /// What no function of the guest carries.
    pub unattributed: UnattributedInfo,
}

/// Cost without a finding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rest {
    /// All of it.
    pub all: Share,
    /// Of that, what belongs to no code: the zkVM's fixed costs.
    pub fixed: Share,
    /// Of that, functions too small to be findings.
    pub small: Share,
}

const OVERLAP: &str = "Each context's own cost belongs to one finding at most: the first rule that claims it, in the order \
                       of `rules`. Shares and the rest add up to the run.";

/// Looks for what to do next.
///
/// # Errors
/// A profile without a call tree or proving cost.
pub fn advise(profile: &Profile, options: &AdviseOptions<'_>) -> Result<Advice, AdviseError> {
    let view = View::of(profile, &[options.size_label])?;
    let ground = Ground::new(&view, options);
    let mut ledger = Ledger::new(&view.profile, view.cost);
    let mut findings: Vec<Finding> = Vec::new();
    for rule in RULES {
        findings.extend((rule.find)(&ground, &mut ledger));
    }
    findings.retain(|finding| finding.share.value > 0);
    rank(&mut findings);
    Ok(Advice {
        schema: "zkperf-advise/1",
        run: RunInfo::of(&view.profile),
        measure: MeasureInfo::of(&view.profile, view.cost),
        rest: rest(&view, &ledger),
        findings,
        overlap: OVERLAP,
        rules: RULES.iter().map(|rule| (rule.name, rule.about)).collect(),
        not_judged: not_judged(profile, &view, options),
        apportioned: view.apportioned,
        notes: notes(&view, options),
        unattributed: UnattributedInfo::of(&view.profile),
    })
}

/// Findings worth no less than the greatest over this are of one order of size, then those worth no less than it over the
/// square of this, and so on: of a larger order comes first, whatever the class.
pub const STEP: u64 = 4;

/// Orders of size by which a finding is below the greatest, which is alone in its own.
fn steps_below(greatest: u64, worth: u64) -> u32 {
    (0..u64::BITS)
        .find(|steps| {
            worth
                >= greatest
                    .checked_div(STEP.saturating_pow(*steps))
                    .unwrap_or(0)
        })
        .unwrap_or(u64::BITS)
}

fn rank(findings: &mut [Finding]) {
    let greatest = findings.iter().map(Finding::worth).max().unwrap_or(0);
    findings.sort_by_key(|finding| {
        let worth = finding.worth();
        (
            steps_below(greatest, worth),
            finding.class,
            Reverse((worth, finding.share.value)),
        )
    });
}

fn rest(view: &View, ledger: &Ledger) -> Rest {
    let (mut all, mut fixed) = (0, 0);
    for node in 0..view.profile.nodes.len() {
        let left = ledger.left(node);
        all += left;
        if view.function(node).origin == Origin::Pseudo {
            fixed += left;
        }
    }
    let share = |value| Share::of(value, view.total());
    Rest {
        all: share(all),
        fixed: share(fixed),
        small: share(all - fixed),
    }
}

fn not_judged(profile: &Profile, view: &View, options: &AdviseOptions<'_>) -> Vec<String> {
    let mut list = Vec::from_iter(not_compared(profile));
    if options.checks.is_none() {
        list.push(
            "checks that branch to panics: they are read from the guest's ELF, which is neither beside the profile nor in \
             zkperf-guests; name it with --elf"
                .to_owned(),
        );
    }
    if options.built.is_none() {
        list.push(
            "build flags (opt-level, lto, codegen-units): no record of `zkperf build` lies beside the ELF that ran".to_owned(),
        );
    }
    if options.compiled_for.is_none() {
        list.push(
            "build flags (target features): the guest's ELF is not at hand, or does not say what it was compiled for"
                .to_owned(),
        );
    }
    if view.facts.is_none() {
        list.push(format!(
            "circuits: what {} offers is not known",
            view.profile.run.zkvm
        ));
    }
    list
}

/// In how much of the run no call was compared with another, neither the one that it is in nor any that this is a part of.
fn not_compared(profile: &Profile) -> Option<String> {
    let anew = match (profile.repeats(), profile.repeats_compared()) {
        (None, _) => "repeated work: this profile does not say how often a function was given the same; record it anew",
        (_, None) => "how much of the run repeated work was looked for in: this profile does not say; record it anew",
        (Some(_), Some(compared)) => return share_not_compared(profile, &compared.into_iter().collect()),
    };
    Some(anew.to_owned())
}

fn share_not_compared(profile: &Profile, compared: &BTreeSet<&str>) -> Option<String> {
    let cost = profile.proving_cost()?;
    let mut by_function: BTreeMap<&str, u64> = BTreeMap::new();
    let mut is_compared = vec![false; profile.nodes.len()];
    for (at, (node, own)) in profile
        .nodes
        .iter()
        .zip(profile.node_column(cost).iter())
        .enumerate()
    {
        let function = &profile.functions[node.function.0 as usize];
        let name = function.name.as_str();
        is_compared[at] = compared.contains(name) || at > 0 && is_compared[node.parent.0 as usize];
        if !is_compared[at] && function.origin == Origin::Guest {
            *by_function.entry(name).or_default() += own;
        }
    }
    let (dearest, _) = by_function.iter().max_by_key(|(_, own)| **own)?;
    let sum: u64 = by_function.values().sum();
    (sum > 0).then(|| {
        format!(
            "repeated work in {:.2}% of the run, {} first: no call there was compared with others; what is called may change \
             more than its result, is jumped to, does not return, or is memory's or text's, which have rules of their own",
            percent(sum, profile.sum(cost)),
            short_name(dearest)
        )
    })
}

fn notes(view: &View, options: &AdviseOptions<'_>) -> Vec<String> {
    let mut notes = Vec::new();
    if let Some(built) = options.built {
        let values: Vec<String> = built
            .iter()
            .map(|(key, value)| format!("{key} = {value}"))
            .collect();
        notes.push(format!(
            "Built with {}; `zkperf sweep` measures others.",
            values.join(", ")
        ));
    }
    if let (Some(compiled_for), Some(facts)) = (options.compiled_for, view.facts) {
        notes.push(target_features(
            compiled_for,
            facts,
            &view.profile.run.zkvm_version,
        ));
    }
    if !view.inlined {
        notes.push(
            "Without source lines, inlined code counts for what it was inlined into; build the guest with debug = \
             \"line-tables-only\"."
                .to_owned(),
        );
    }
    if let Some(facts) = view
        .facts
        .filter(|facts| facts.version != view.profile.run.zkvm_version)
    {
        notes.push(format!(
            "Circuits and prices are those of {} {}; {} ran.",
            facts.zkvm, facts.version, view.profile.run.zkvm_version
        ));
    }
    notes
}

/// What the guest was compiled for, against what its zkVM executes; of other versions than the one whose crates were read,
/// that is not known.
fn target_features(compiled_for: &[String], facts: &Facts, zkvm_version: &str) -> String {
    let lacks = |extension: &str| !compiled_for.iter().any(|one| one == extension);
    let mut said = format!("Compiled for {}", compiled_for.join(" "));
    if lacks("m") {
        said += ": without `m`, every multiplication and division is a loop in software; build for the zkVM's own target";
    }
    let unused: Vec<String> = facts
        .more_extensions
        .iter()
        .filter(|extension| zkvm_version == facts.version && lacks(extension))
        .map(|extension| format!("+{extension}"))
        .collect();
    if unused.is_empty() {
        return said + ".";
    }
    format!(
        "{said}. {} executes instructions that the compiler was not asked to use: `zkperf sweep --set target-feature={}` \
         measures whether they pay.",
        facts.zkvm,
        unused.join(",")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(zkvm: &str, version: &str, compiled_for: &str) -> String {
        let facts = crate::zkvm::ALL.iter().find(|facts| facts.zkvm == zkvm);
        let compiled_for: Vec<String> = compiled_for.split(' ').map(str::to_owned).collect();
        target_features(&compiled_for, facts.unwrap(), version)
    }

    #[test]
    fn only_what_is_executed_and_not_used_is_worth_a_try() {
        let all = said("zisk", "1.4.0-alpha", "rv64i m a");
        assert!(all.contains("target-feature=+zba,+zbb,+zbs`"), "{all}");
        let some = said("zisk", "1.4.0-alpha", "rv64i m a zba zbs");
        assert!(some.contains("target-feature=+zbb`"), "{some}");
        // 1.1.0-alpha does not load Zba's instructions.
        for (zkvm, version, compiled_for) in [
            ("zisk", "1.4.0-alpha", "rv64i m a zba zbb zbs"),
            ("zisk", "1.1.0-alpha", "rv64i m a"),
            ("sp1", "6.10.0", "rv64i m"),
            ("risc0", "3.0.6", "rv32i m zmmul"),
        ] {
            let nothing = said(zkvm, version, compiled_for);
            assert_eq!(nothing, format!("Compiled for {compiled_for}."));
        }
    }

    #[test]
    fn multiplication_in_software_is_told() {
        let without = said("risc0", "3.0.6", "rv32i");
        assert!(without.contains("without `m`"), "{without}");
    }
}
