//! What a set of blocks exercises, and what of all that is known it does not: a verdict reaches no further.

use std::collections::BTreeMap;

use serde::Serialize;
use zkperf_profile::verdict::Role;

use super::pair::Pair;
use super::CompareOptions;

/// Something a run can exercise, such as the precompiles of a version of a zkVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The division whose parts they are: `precompile`, `evm-opcode`, `evm-precompile`.
    pub by: &'static str,
    /// zkVM and version, or nothing if it is the same on all.
    pub zkvm: Option<(String, String)>,
    /// The names of all of them, as the division has them.
    pub names: Vec<String>,
}

/// The kinds of transactions in the blocks of a set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kinds {
    /// How many of each kind, every kind that is known among them.
    pub counts: BTreeMap<String, u64>,
    /// Blocks whose transactions are not known, and why; nothing if all are.
    pub unknown: Option<String>,
}

/// What a set exercises of one thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// Of what: `precompile`, `evm-opcode`, `evm-precompile`, `transaction-kind`.
    pub of: &'static str,
    /// zkVM and version, or nothing if it is the same on all.
    pub zkvm: Option<String>,
    /// What ran before or after, and how often, most often first.
    pub exercised: Vec<Covered>,
    /// What is known, and did not run.
    pub not_exercised: Vec<String>,
    /// Why it is not known, or not of all pairs.
    pub unknown: Option<String>,
}

/// Something that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Covered {
    /// Its name.
    pub name: String,
    /// How often, over all pairs: the larger number of before and after.
    pub count: u128,
}

/// Divisions that say what of the EVM ran.
const EVM: [&str; 2] = ["evm-opcode", "evm-precompile"];

/// The coverage of a set: the precompiles of each zkVM, and, of blocks, what of the EVM.
pub(super) fn of(pairs: &[Pair], options: &CompareOptions) -> Vec<Coverage> {
    let mut all = Vec::new();
    let mut zkvms: Vec<(&str, &str)> = Vec::new();
    for pair in pairs {
        let zkvm = zkvm(pair);
        if !zkvms.contains(&zkvm) {
            zkvms.push(zkvm);
        }
    }
    for zkvm in zkvms {
        let of_zkvm: Vec<&Pair> = pairs
            .iter()
            .filter(|pair| self::zkvm(pair) == zkvm)
            .collect();
        all.extend(of_division("precompile", Some(zkvm), &of_zkvm, options));
    }
    let blocks: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| pair.case.subject.block.is_some())
        .collect();
    if blocks.is_empty() {
        return all;
    }
    all.extend(
        EVM.iter()
            .filter_map(|by| of_division(by, None, &blocks, options)),
    );
    all.push(kinds(&options.kinds));
    all
}

/// zkVM and version of the run after, whose coverage matters.
fn zkvm(pair: &Pair) -> (&str, &str) {
    let side = &pair.case.after;
    (&side.zkvm, &side.zkvm_version)
}

fn of_division(
    by: &'static str,
    zkvm: Option<(&str, &str)>,
    pairs: &[&Pair],
    options: &CompareOptions,
) -> Option<Coverage> {
    // Name, and how often before and after.
    let mut ran: BTreeMap<&str, [u128; 2]> = BTreeMap::new();
    let mut without = 0;
    for pair in pairs {
        let Some(tally) = pair.tallies.iter().find(|tally| tally.by.key == by) else {
            without += 1;
            continue;
        };
        // `(interpreter)` and its like are no opcodes.
        let rows = tally.rows.iter().filter(|row| !row.name.starts_with('('));
        for row in rows {
            let sum = ran.entry(&row.name).or_default();
            let count = row.count.unwrap_or(row.ran.map(u128::from));
            for side in 0..2 {
                sum[side] += if row.ran[side] { count[side] } else { 0 };
            }
        }
    }
    if by == "precompile" {
        // Work of another circuit is no row of the bill.
        for measure in pairs.iter().flat_map(|pair| &pair.case.measures) {
            if measure.role == Role::Beside {
                let sum = ran.entry(&measure.name).or_default();
                sum[0] += u128::from(measure.before.unwrap_or(0));
                sum[1] += u128::from(measure.after.unwrap_or(0));
            }
        }
    }
    let known = options.known.iter().filter(|known| {
        let of_zkvm = known
            .zkvm
            .as_ref()
            .map(|(name, version)| (name.as_str(), version.as_str()));
        known.by == by && of_zkvm == zkvm
    });
    let known: Vec<&String> = known.flat_map(|known| &known.names).collect();
    // What is in no list, such as a system call that only moves data, is none of them.
    if !known.is_empty() {
        ran.retain(|name, _| known.iter().any(|known| known == name));
    }
    if ran.is_empty() && known.is_empty() {
        return None;
    }
    // Where no pair says what ran, nothing is known not to have.
    if without < pairs.len() {
        for name in &known {
            ran.entry(name).or_default();
        }
    }
    let (exercised, not): (Vec<_>, Vec<_>) =
        ran.into_iter().partition(|(_, counts)| *counts != [0; 2]);
    let mut exercised: Vec<Covered> = exercised
        .into_iter()
        .map(|(name, counts)| Covered {
            name: name.to_owned(),
            count: counts[0].max(counts[1]),
        })
        .collect();
    exercised.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    let listed = match known.is_empty() {
        true => Some("there is no list of all of them for this version".to_owned()),
        false => None,
    };
    Some(Coverage {
        of: by,
        zkvm: zkvm.map(|(name, version)| format!("{name} {version}")),
        exercised,
        not_exercised: not.into_iter().map(|(name, _)| name.to_owned()).collect(),
        unknown: match without {
            0 => listed,
            all if all == pairs.len() => Some("no pair says which ran".to_owned()),
            some => Some(format!(
                "{some} of {} pairs do not say which ran",
                pairs.len()
            )),
        },
    })
}

fn kinds(kinds: &Kinds) -> Coverage {
    let (some, none): (Vec<_>, Vec<_>) = kinds.counts.iter().partition(|(_, count)| **count > 0);
    let mut exercised: Vec<Covered> = some
        .into_iter()
        .map(|(name, count)| Covered {
            name: name.clone(),
            count: u128::from(*count),
        })
        .collect();
    exercised.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.name.cmp(&b.name)));
    Coverage {
        of: "transaction-kind",
        zkvm: None,
        exercised,
        not_exercised: none.into_iter().map(|(name, _)| name.clone()).collect(),
        unknown: kinds.unknown.clone(),
    }
}

impl Coverage {
    /// What it is about, as a heading: `precompiles of zisk 1.4.0-alpha`.
    pub(super) fn heading(&self) -> String {
        let what = match self.of {
            "precompile" => "precompiles",
            "evm-opcode" => "EVM opcodes",
            "evm-precompile" => "EVM precompiles",
            _ => "kinds of transactions",
        };
        match &self.zkvm {
            Some(zkvm) => format!("{what} of {zkvm}"),
            None => what.to_owned(),
        }
    }

    /// How much of it: `7 of 35`.
    pub(super) fn share(&self) -> String {
        let ran = self.exercised.len();
        match self.not_exercised.is_empty() && self.unknown.is_some() {
            true => ran.to_string(),
            false => format!("{ran} of {}", ran + self.not_exercised.len()),
        }
    }
}
