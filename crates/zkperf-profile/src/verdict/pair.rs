//! Why two runs cannot be judged against each other.

use serde::{Deserialize, Serialize};
use std::fmt;

use super::case::{Case, CaseSide};
use crate::model::Completeness;

/// Why there is no verdict on a pair.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// What kind of reason, for programs.
    pub kind: ReasonKind,
    /// The reason as a clause, without capital or full stop.
    pub text: String,
}

/// Kinds of reasons why there is no verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReasonKind {
    /// Of different zkVMs.
    Zkvm,
    /// Different rules or prices, such as those of two versions.
    CostModel,
    /// Different inputs.
    Input,
    /// The public outputs differ.
    Output,
    /// The guests ended differently.
    Ending,
    /// A public output is not known.
    OutputUnknown,
    /// A profile does not cover its whole run.
    Incomplete,
    /// No proving cost that both have.
    NoProvingCost,
    /// Same program, same input, other figures: one of them is wrong.
    NotReproducible,
}

impl Reason {
    /// Whether it is that the two guests do not do the same thing; else figures of the two cannot be held against each other.
    pub fn is_about_the_guest(&self) -> bool {
        matches!(self.kind, ReasonKind::Output | ReasonKind::Ending)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Everything that stands between a pair and a verdict; empty if it can be judged.
pub fn reasons_between(case: &Case) -> Vec<Reason> {
    let (a, b) = (&case.before, &case.after);
    let mut reasons = Reasons(Vec::new());
    let same_zkvm = a.zkvm == b.zkvm;
    reasons.unless(same_zkvm, ReasonKind::Zkvm, || {
        format!(
            "the zkVMs differ ({} and {}): their bills have different units",
            a.zkvm, b.zkvm
        )
    });
    let same_model = a.cost_model == b.cost_model;
    reasons.unless(!same_zkvm || same_model, ReasonKind::CostModel, || {
        format!(
            "the cost models differ ({}; {}): a price that changed is neither a gain nor a loss of the guest",
            model(a),
            model(b)
        )
    });
    let same_input = a.input_sha256 == b.input_sha256 && !a.input_sha256.is_empty();
    reasons.unless(same_input, ReasonKind::Input, || {
        match a.input_sha256.is_empty() || b.input_sha256.is_empty() {
            true => "it is not known whether the inputs are the same".to_owned(),
            false => "the inputs differ: other work is another bill".to_owned(),
        }
    });
    // Of other work, nobody expects the same output.
    if same_input {
        reasons.outputs(a, b);
    }
    for (name, side) in [("first", a), ("second", b)] {
        let complete = side.completeness == Completeness::Complete;
        reasons.unless(complete, ReasonKind::Incomplete, || {
            format!("the {name} profile {}", incomplete(&side.completeness))
        });
    }
    reasons.unless(
        !same_zkvm || case.proving_cost().is_some(),
        ReasonKind::NoProvingCost,
        || "there is no proving cost that both profiles have".to_owned(),
    );
    // Whatever else differs, the very same run gives the very same figures.
    let same_run = reasons.0.iter().all(Reason::is_about_the_guest)
        && case.is_identical_elf()
        && a.zkvm_version == b.zkvm_version;
    let same_figures = case.measures.iter().all(|m| m.before == m.after);
    let contradicted = same_run && (!same_figures || !reasons.0.is_empty());
    reasons.unless(!contradicted, ReasonKind::NotReproducible, || {
        "program and input are identical and the figures are not: one of the profiles is wrong, which is an error of \
         zkperf, please report it"
            .to_owned()
    });
    reasons.0
}

struct Reasons(Vec<Reason>);

impl Reasons {
    fn unless(&mut self, fine: bool, kind: ReasonKind, text: impl FnOnce() -> String) {
        if !fine {
            self.0.push(Reason { kind, text: text() });
        }
    }

    fn outputs(&mut self, a: &CaseSide, b: &CaseSide) {
        let known = !a.output_sha256.is_empty() && !b.output_sha256.is_empty();
        self.unless(known, ReasonKind::OutputUnknown, || {
            "the public output is not known of both runs".to_owned()
        });
        let same = a.output_sha256 == b.output_sha256;
        // What a run that was cut off has put out by then says nothing.
        let is_partial =
            |side: &CaseSide| matches!(side.completeness, Completeness::Partial { .. });
        let partial = is_partial(a) || is_partial(b);
        self.unless(!known || same || partial, ReasonKind::Output, || {
            "the public outputs differ: the two do not do the same thing".to_owned()
        });
        self.unless(a.exit == b.exit, ReasonKind::Ending, || {
            format!(
                "the guests ended differently ({:?} and {:?})",
                a.exit, b.exit
            )
        });
    }
}

fn model(side: &CaseSide) -> String {
    let model = &side.cost_model;
    let tables = model.tables_sha256.get(..12).unwrap_or_default();
    match tables {
        "" => format!("{} {}", model.name, model.version),
        tables => format!("{} {}, tables {tables}", model.name, model.version),
    }
}

fn incomplete(completeness: &Completeness) -> String {
    match completeness {
        Completeness::Complete => "is complete".to_owned(),
        Completeness::Partial { reason, .. } => {
            format!("does not cover its whole run: the guest stopped early ({reason})")
        }
        Completeness::Imported { missing } if missing.is_empty() => {
            "was imported from another tool's report".to_owned()
        }
        Completeness::Imported { missing } => format!(
            "was imported from another tool's report, without {}",
            missing.join(", ")
        ),
    }
}
