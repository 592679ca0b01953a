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
//! | [`parts()`] | Which transactions, EVM opcodes, contracts cost most? |
//! | [`lines()`] | Which source lines or files cost most? |
//! | [`annotate()`] | What does each line of a function cost, with what was inlined into it and what it calls? |
//! | [`instructions()`] | What does each machine instruction of a function cost? |
//! | [`stacks()`] | Which stacks reach a function, how often, moving how many bytes? |
//! | [`tree()`] | Where does the cost go, from the root down? |
//! | [`comparison()`] | What did a change do: to which runs, and to which code, row by row of the bill? |
//! | [`html::html()`], [`html::html_difference()`] | All of that on one page, or the difference of two profiles |
//! | [`callers()`], [`callees()`] | Who calls this function, whom does it call, and what does each cost? |
//!
//! Values are in node units of the measure (`sum` = `total * scale + remainder` of them make up the
//! run); the scale is 1 for most measures. `percent` and `…_in_unit` fields are rounded for reading; the
//! integers beside them are exact and add up. The text shows official units, rounded down, and says how
//! they make up the official integer.

mod about;
mod annotate;
mod calls;
mod chains;
mod compare;
mod error;
pub mod export;
mod find;
mod grid;
mod groups;
pub mod html;
mod inlined;
mod instructions;
mod labels;
mod lines;
mod listed;
mod matching;
mod names;
mod paths;
mod stacks;
mod style;
mod summary;
mod top;
mod tree;

pub use about::{
    choose_measure, CodePlaceInfo, FunctionInfo, MeasureInfo, ResyncInfo, RunInfo,
    UnattributedInfo, UnattributedShare,
};
pub use annotate::{annotate, AnnotateOptions, Annotated, AnnotatedLine};
pub use calls::{callees, callers, Calls, CallsOptions, CallsRest, CallsRow, Direction};
pub use compare::{
    comparison, By, Change, CompareOptions, Comparison, Coverage, Covered, Delta, Divide,
    DivisionDelta, ExceededDelta, Form, Kinds, Known, LabelParts, MarkdownOptions, OneSided, Pair,
    PairDelta, PartDelta, Prepared, RestDelta, State, SumChange, Unpaired, ZkvmDelta, MARKER,
};
pub use error::ReportError;
pub use find::find_functions;
pub use groups::{groups, GroupBy, GroupRest, GroupRow, Groups};
pub use inlined::{open, Frames, Opened};
pub use instructions::{
    instructions, CalledFrom, ChargedBeside, Code, CodeFile, InstructionReader, InstructionRow,
    Instructions, InstructionsOptions, InstructionsTotal, ListedFrame, Listing, MachineCode,
    Target,
};
pub use labels::{parts, Division, PartCost, PartRow, Parts, PartsOptions, PartsRest};
pub use lines::{lines, no_lines, LineRow, Lines, LinesBy, LinesOptions, LinesRest};
pub use listed::{Order, RestCost, RowCost};
pub use matching::Rule;
pub use names::{fit_names, printable};
pub use paths::{short_path, SourceText};
pub use stacks::{stacks, SizeCount, StackFrame, StackRow, Stacks, StacksOptions, StacksRest};
pub use style::{percent, Style};
pub use summary::{summary, Summary, SummaryMeasure};
pub use top::{top, Top, TopOptions, TopRest, TopRow};
pub use tree::{tree, Tree, TreeOptions, TreeRow};
pub use zkperf_profile::{thousands, verdict::Verdict};
