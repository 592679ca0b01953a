//! What engines share: the [`Zkvm`] trait, the shadow call stack with its calling-context tree,
//! calls that do the same again, runs side by side, the map from addresses to functions, the assembly of profiles, limits,
//! progress and cancellation. It does not know which zkVMs exist.

mod assembly;
mod call_tree;
mod control;
mod elf;
mod error;
mod executions;
mod function_map;
mod probe;
mod repeats;
mod side_by_side;
mod source;
mod track;
mod zkvm;

pub use assembly::{
    completeness, evaluate, identify, partial_line, stored_measure, Assembled, Layout, PcRow,
    PseudoCost, ScopeRow,
};
pub use call_tree::{CallTree, ContextNode, FunctionIndex, Landing, Limits, ResyncPlace};
pub use control::{Control, Interrupt, Progress, ProgressSink, ShardLimits, StdoutSink};
pub use elf::{check_elf, symbols_note, ElfHead};
pub use error::{ExecError, Fault, LoadError};
pub use executions::Executions;
pub use function_map::{FunctionMap, FunctionMapBuilder};
pub use probe::{Entered, GuestMemory, Labelled, Probe, ProbeValue};
pub use repeats::CodeBytes;
pub use side_by_side::side_by_side;
pub use source::attach_source;
pub use track::Track;
pub use zkperf_symbols::riscv;
pub use zkvm::{GuestInput, Outcome, Program, Recognized, RunRequest, Zkvm};
