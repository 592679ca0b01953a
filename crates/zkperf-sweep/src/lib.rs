//! A search over build flags: which settings make a guest cheaper to prove, on a set of blocks and several zkVMs.
//!
//! A [`Setting`] is what is built differently from the guest's own `Cargo.toml`. [`Factors`] is what may be set; a
//! [`Strategy`] says which settings are built. [`sweep`] builds and runs them through a [`Workbench`], which knows what
//! a zkVM is and how a guest is built, and puts what came out into a [`Store`]: every build and every run is a line of
//! an append-only file, and figures are kept by ELF, input and engine. So a sweep that ends at any point is gone on with
//! by starting it again, and two settings that give one ELF are run once. What comes back is a [`Report`]: figures,
//! differences to the baseline, the Pareto front over the zkVMs, and what would make the winner permanent.

mod announce;
mod combine;
mod conclude;
mod drive;
mod error;
mod pareto;
mod plan;
mod record;
mod report;
mod setting;
mod store;
mod target;
mod workbench;

pub use announce::{announce, Announcement, Planned};
pub use drive::{sweep, Request};
pub use error::{BoxedError, SweepError};
pub use pareto::front;
pub use plan::{Factors, Strategy, DEFAULTS, GRID_LIMIT};
pub use record::{BuildLine, BuildOutcome, Figures, Line, RunLine};
pub use report::{
    Axis, Best, BuildCount, Cell, CellState, Origin, Permanent, Report, Row, RunCell, SCHEMA,
};
pub use setting::{overrides, Factor, Override, Setting, SettingError};
pub use store::Store;
pub use target::{Effective, Exclusion, LeftOut, Target};
pub use workbench::{Build, Done, Input, RunRequest, Workbench};
