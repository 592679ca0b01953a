//! The soundness gate: a cheaper guest that accepts a wrong block is worthless.
//!
//! ```text
//! honest input ──tamper──► inputs that must be rejected ─┐
//! honest input, built-in blocks ─────────────────────────┼──► guest on each zkVM ──► GateReport
//! the unmodified code, natively ──► what must come out ──┘        diff ──lints──┘
//! ```
//!
//! [`run_gate`] does all of it. It knows no zkVM: guests come as [`Validator`]s, over `zkperf_exec::Program` or a
//! program on this machine. Nothing here prints.

mod ask;
mod block;
mod diff;
mod error;
mod foreign;
mod gate;
mod lint;
mod native;
mod pool;
mod report;
mod request;
pub mod suite;
mod tamper;
mod validator;
mod words;

pub use diff::is_diff;
pub use error::GateError;
pub use foreign::{InputCommand, MakeInput};
pub use gate::run_gate;
pub use lint::{lint, lint_ids, Acknowledgement, Lint, Weight};
pub use native::{native, Native};
pub use report::{Check, CheckKind, GateReport, Outcome, Skipped, SCHEMA};
pub use request::{GateRequest, HonestInput, OwnInput, Progress, Subject, Thoroughness};
pub use tamper::{tampering, tamperings, Original, Parts, Reach, Tampering};
pub use validator::{Answer, Guest, Process, Validator};
