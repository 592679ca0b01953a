//! One pair of runs: what is judged.

use serde::{Deserialize, Serialize};
use std::fmt;

use crate::model::{Completeness, CostModel, Measure, Run};
use crate::profile::Profile;

/// Work that is proven outside of the proving-cost measure, as a row of a table: (table, row, column, unit).
///
/// RISC Zero's Keccak permutations go to a circuit of their own, which no cycle count contains: fewer cycles bought with
/// more permutations are not simply fewer.
const BESIDE: [(&str, &str, &str, &str); 1] = [("keccak", "permutations", "count", "permutations")];

/// A pair of runs, before a change and after it. Plain data: it can be stored and judged again without the profiles.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// What both ran on.
    pub subject: Subject,
    /// The run before the change.
    pub before: CaseSide,
    /// The run after it.
    pub after: CaseSide,
    /// Every measure that either run has, the proving cost among them.
    pub measures: Vec<CaseMeasure>,
}

/// The work of a pair, as people name it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subject {
    /// Block number, where the input is a block.
    pub block: Option<u64>,
    /// Chain id, where the input is a block.
    pub chain_id: Option<u64>,
    /// Name of the input, or empty.
    pub input: String,
    /// SHA-256 of the input, lower-case hex; of the first run, if the two differ.
    pub input_sha256: String,
}

/// One run of a pair: all that decides its figures, and what came out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseSide {
    /// zkVM family.
    pub zkvm: String,
    /// Exact version of its crates.
    pub zkvm_version: String,
    /// Rules and prices.
    pub cost_model: CostModel,
    /// SHA-256 of the ELF, lower-case hex; empty where unknown.
    pub elf_sha256: String,
    /// SHA-256 of the input, lower-case hex; empty where unknown.
    pub input_sha256: String,
    /// SHA-256 of the public output, lower-case hex; empty where unknown.
    pub output_sha256: String,
    /// How the guest ended.
    pub exit: String,
    /// Whether the figures cover the whole run.
    pub completeness: Completeness,
}

/// What a measure means for a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It is the proving cost.
    ProvingCost,
    /// It counts work that the proving cost does not contain, and is judged beside it.
    Beside,
    /// It decides nothing.
    Informative,
}

/// A measure of a pair, in official integers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CaseMeasure {
    /// Its name.
    pub name: String,
    /// Unit of both integers.
    pub unit: String,
    /// What it means for the verdict.
    pub role: Role,
    /// The official integer before, if that run has the measure.
    pub before: Option<u64>,
    /// The official integer after, if that run has it.
    pub after: Option<u64>,
}

impl Case {
    /// The pair of two profiles.
    pub fn of(before: &Profile, after: &Profile) -> Case {
        let input = &before.run.input;
        Case {
            subject: Subject {
                block: input.block,
                chain_id: input.chain_id,
                input: input.name.clone(),
                input_sha256: input.sha256.clone(),
            },
            before: CaseSide::of(before),
            after: CaseSide::of(after),
            measures: measures(before, after),
        }
    }

    /// Whether both runs are of the very same program.
    pub fn is_identical_elf(&self) -> bool {
        !self.before.elf_sha256.is_empty() && self.before.elf_sha256 == self.after.elf_sha256
    }

    /// The proving cost, if both runs name the same measure so.
    pub fn proving_cost(&self) -> Option<&CaseMeasure> {
        let mut all = self.measures.iter();
        all.find(|measure| measure.role == Role::ProvingCost)
    }

    /// What the verdict looks at: the proving cost first, then what is proven beside it.
    pub fn judged(&self) -> impl Iterator<Item = &CaseMeasure> {
        let beside = self.measures.iter();
        let beside = beside.filter(|measure| measure.role == Role::Beside);
        self.proving_cost().into_iter().chain(beside)
    }
}

impl CaseSide {
    fn of(profile: &Profile) -> CaseSide {
        let Run {
            zkvm,
            zkvm_version,
            cost_model,
            exit,
            output_sha256,
            ..
        } = profile.run.clone();
        CaseSide {
            zkvm,
            zkvm_version,
            cost_model,
            elf_sha256: profile.run.elf.sha256.clone(),
            input_sha256: profile.run.input.sha256.clone(),
            output_sha256,
            exit,
            completeness: profile.completeness.clone(),
        }
    }
}

impl CaseMeasure {
    /// `after - before`; a missing one counts as 0.
    pub fn delta(&self) -> i128 {
        i128::from(self.after.unwrap_or(0)) - i128::from(self.before.unwrap_or(0))
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.block, self.input.as_str()) {
            (Some(block), _) => write!(f, "block {block}"),
            (None, "") => match self.input_sha256.get(..12) {
                Some(start) => write!(f, "input {start}"),
                None => f.write_str("input"),
            },
            (None, name) => f.write_str(name),
        }
    }
}

fn measures(before: &Profile, after: &Profile) -> Vec<CaseMeasure> {
    let known = |profile: &Profile, name: &str| -> Option<Measure> {
        let id = profile.measure(name)?;
        Some(profile.measures[id.0 as usize].clone())
    };
    let new = after.measures.iter();
    let new = new.filter(|measure| before.measure(&measure.name).is_none());
    let mut all: Vec<CaseMeasure> = before
        .measures
        .iter()
        .chain(new)
        .map(|measure| {
            let (first, second) = (known(before, &measure.name), known(after, &measure.name));
            let is_cost = |side: &Option<Measure>| side.as_ref().is_some_and(|m| m.proving_cost);
            CaseMeasure {
                name: measure.name.clone(),
                unit: measure.unit.clone(),
                role: match is_cost(&first) && is_cost(&second) {
                    true => Role::ProvingCost,
                    false => Role::Informative,
                },
                before: first.map(|measure| measure.total),
                after: second.map(|measure| measure.total),
            }
        })
        .collect();
    all.extend(BESIDE.iter().filter_map(|row| beside(before, after, row)));
    all
}

fn beside(
    before: &Profile,
    after: &Profile,
    (table, row, column, unit): &(&str, &str, &str, &str),
) -> Option<CaseMeasure> {
    let cell = |profile: &Profile| -> Option<u64> {
        let table = profile.tables.iter().find(|known| known.name == *table)?;
        let column = table.columns.iter().position(|known| known == column)?;
        let row = table.rows.iter().find(|known| known.label == *row)?;
        row.values.get(column).copied()
    };
    let (first, second) = (cell(before), cell(after));
    if first.is_none() && second.is_none() {
        return None;
    }
    Some(CaseMeasure {
        name: format!("{table}_{row}"),
        unit: (*unit).to_owned(),
        role: Role::Beside,
        before: first,
        after: second,
    })
}
