//! One run's figures, without the profile: half of a [`Case`].

use serde::{Deserialize, Serialize};
use zkperf_profile::verdict::{Case, CaseMeasure, CaseSide, Role, Subject};
use zkperf_profile::Profile;

/// What one zkVM made of one block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Measured {
    /// The block.
    pub subject: Subject,
    /// All that decides the figures, and what came out.
    pub side: CaseSide,
    /// The figures.
    pub measures: Vec<Total>,
}

/// A measure's official integer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Total {
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// What it means for a verdict.
    pub role: Role,
    /// The official integer.
    pub total: u64,
}

impl Measured {
    /// The figures of a profile.
    pub fn of(profile: &Profile) -> Measured {
        Measured::after(&Case::of(profile, profile))
    }

    /// What a case says of the time before the change.
    pub fn before(case: &Case) -> Measured {
        Measured::half(case, &case.before, |measure| measure.before)
    }

    /// What a case says of the time after it.
    pub fn after(case: &Case) -> Measured {
        Measured::half(case, &case.after, |measure| measure.after)
    }

    fn half(case: &Case, side: &CaseSide, of: fn(&CaseMeasure) -> Option<u64>) -> Measured {
        let total = |measure: &CaseMeasure| {
            Some(Total {
                name: measure.name.clone(),
                unit: measure.unit.clone(),
                role: measure.role,
                total: of(measure)?,
            })
        };
        Measured {
            subject: Subject {
                input_sha256: side.input_sha256.clone(),
                ..case.subject.clone()
            },
            side: side.clone(),
            measures: case.measures.iter().filter_map(total).collect(),
        }
    }

    /// The case of two runs: the same as [`Case::of`] of their profiles.
    pub fn case(before: &Measured, after: &Measured) -> Case {
        let find = |of: &Measured, name: &str| -> Option<Total> {
            of.measures.iter().find(|total| total.name == name).cloned()
        };
        let new = after.measures.iter();
        let new = new.filter(|total| find(before, &total.name).is_none());
        let join = |total: &Total| {
            let (first, second) = (find(before, &total.name), find(after, &total.name));
            let is = |side: &Option<Total>, role| side.as_ref().is_some_and(|t| t.role == role);
            let cost = is(&first, Role::ProvingCost) && is(&second, Role::ProvingCost);
            let role = match (cost, total.role) {
                (true, _) => Role::ProvingCost,
                (false, Role::Beside) => Role::Beside,
                (false, _) => Role::Informative,
            };
            CaseMeasure {
                name: total.name.clone(),
                unit: total.unit.clone(),
                role,
                before: first.map(|total| total.total),
                after: second.map(|total| total.total),
            }
        };
        Case {
            subject: before.subject.clone(),
            before: before.side.clone(),
            after: after.side.clone(),
            measures: before.measures.iter().chain(new).map(join).collect(),
        }
    }

    /// The measure that verdicts are made on, if it has one.
    pub fn proving_cost(&self) -> Option<&Total> {
        let mut all = self.measures.iter();
        all.find(|total| total.role == Role::ProvingCost)
    }

    /// Which zkVM and which input: what pairs two runs.
    pub fn key(&self) -> (&str, &str) {
        (&self.side.zkvm, &self.side.input_sha256)
    }

    /// `zisk, block 24628607`.
    pub fn name(&self) -> String {
        format!("{}, {}", self.side.zkvm, self.subject)
    }
}
