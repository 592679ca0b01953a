//! The optimisation loop: attempts on git branches, measured against a baseline, kept or reverted, and a hash-chained
//! ledger of all of them.
//!
//! [`Lab`] works in a repository; a [`Workbench`] builds, runs and gates guests for it, so that nothing here knows what a
//! zkVM is. The ledger is a [`Chain`] of rows, and what it refuses to take it also refuses to read: a result that was not
//! measured against the current baseline has no place in it. [`verify`] recomputes everything.

mod attempt;
mod chain;
mod check;
mod close;
mod config;
mod encode;
mod erased;
mod error;
mod expectation;
mod git;
mod history;
mod index;
mod judged;
mod lab;
mod landed;
mod measure;
mod measured;
mod policy;
mod render;
mod row;
mod rules;
mod status;
mod store;
mod verify;
mod workbench;

pub use attempt::{Did, Hypothesis};
pub use chain::{Chain, Fault, Standing, State};
pub use check::Found;
pub use close::Grounds;
pub use config::{LabConfig, LabKeys};
pub use encode::{LineError, Row};
pub use error::{BoxedError, LabError};
pub use expectation::{percent, share, Expectation, ExpectationError};
pub use git::{Entry, GitError, Repo};
pub use history::{attempts, changes, estimates, score, Change, Estimate, Fate, Record, Score};
pub use index::{Earlier, Index, Search};
pub use lab::{Lab, Resumed, View};
pub use landed::Mismatch;
pub use measured::{Measured, Total};
pub use policy::{exit_code, obstacles, Obstacle};
pub use render::{date, files as rendered, short_changes, told_score};
pub use row::{
    Attempt, Baseline, Body, CheckOutcome, Event, GateOutcome, GateState, Keep, Lint, Merge, Mover,
    Revert, RowHash, Validation, SCHEMA,
};
pub use rules::{OtherBase, Refusal};
pub use status::{next_of, AttemptStatus, BaselineStatus, ResultStatus, Status};
pub use store::{Journal, Landing, Pending, Store};
pub use verify::{verify, verify_chain, Disbelief, Sum, Verified, VerifiedSegment};
pub use workbench::{BuiltGuest, Done, GateRequest, Hooks, ProfiledRun, Workbench};
