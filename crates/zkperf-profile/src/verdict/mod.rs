//! Whether a change made a guest cheaper to prove: pairs of runs judged alone, by zkVM, and all together.
//!
//! The figures are exact, so there is no noise to allow for: a difference of one unit is a difference. What is judged is
//! the proving cost, and beside it the work that another circuit proves (RISC Zero's Keccak permutations, which its cycle
//! count does not contain). Steps, cycles and all other measures are shown and can be limited, but decide nothing.
//!
//! A pair is judged only if both runs did the same work under the same prices, to their ends. Otherwise there is no verdict,
//! and the reasons are said; a public output that changed is a result of its own, whatever the cost did.

mod case;
mod judge;
mod limit;
mod pair;

pub use case::{Case, CaseMeasure, CaseSide, Role, Subject};
pub use judge::{
    judge, CaseJudgement, Exceeded, Gate, GroupJudgement, Judgement, MeasureSum, Verdict,
};
pub use limit::{Limit, LimitError};
pub use pair::{reasons_between, Reason, ReasonKind};
