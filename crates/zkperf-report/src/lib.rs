//! Views of a profile for people at a terminal and for programs.
//!
//! A view is a pure function from a [`zkperf_profile::Profile`] to a value: nothing here reads files,
//! asks the terminal, or knows where a profile came from. Each value is serialisable, with a `schema`
//! such as `zkperf-top/1` in front (the number goes up when a reader of the old form would be
//! misled), and has a `render` that gives it as text for a [`Style`].
//!
//! | View | Question |
//! |---|---|
//! | [`summary()`] | What ran, what did it cost, is it all there? |
//! | [`top()`] | Which functions cost most? |
//! | [`groups()`] | Which crates or modules cost most? |
//! | [`compare()`] | What did each measure and each row of the bill do between two runs? |
//! | [`callers()`], [`callees()`] | Who calls this function, whom does it call, and what does each cost? |
//!
//! Values are in node units of the measure (`sum` = `total * scale + remainder` of them make up the
//! run); the scale is 1 for most measures. `percent` and `…_in_unit` fields are rounded for reading; the
//! integers beside them are exact and add up. The text shows official units, rounded down, and says how
//! they make up the official integer.

mod about;
mod calls;
mod compare;
mod error;
mod find;
mod grid;
mod groups;
mod listed;
mod names;
mod style;
mod summary;
mod top;

pub use about::{FunctionInfo, MeasureInfo, RunInfo, UnattributedInfo, UnattributedShare};
pub use calls::{callees, callers, Calls, CallsOptions, CallsRest, CallsRow, Direction};
pub use compare::{compare, Change, Comparison, RowChange, TableChange, Verdict};
pub use error::ReportError;
pub use find::find_functions;
pub use groups::{groups, GroupBy, GroupRest, GroupRow, Groups};
pub use listed::{Order, RestCost, RowCost};
pub use names::fit_names;
pub use style::{percent, Style};
pub use summary::{summary, Summary, SummaryMeasure};
pub use top::{top, Top, TopOptions, TopRest, TopRow};
pub use zkperf_profile::thousands;
