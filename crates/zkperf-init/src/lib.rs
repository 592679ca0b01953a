//! Lays zkperf's workflow down in a repository: `scripts/zkvm-bench` with its Makefile, scripts and guides, and a
//! `zkperf.toml` that names the guests found there.
//!
//! [`recognise`] looks at a checkout; [`Plan::new`] says which files would be written; [`Plan::write`] writes those that
//! are not there. Nothing here prints, runs anything, or knows how a zkVM works: a zkVM is a row of
//! [`recognise`]'s table, the crates that its guests depend on.

mod error;
mod landscape;
mod manifest;
mod plan;
mod recognise;
mod render;

pub use error::InitError;
pub use landscape::{landscape, Operation, OPERATIONS};
pub use plan::{File, Options, Plan, Written, BENCH_DIR};
pub use recognise::{recognise, Candidate, Layout, Recognised, SDKS};
