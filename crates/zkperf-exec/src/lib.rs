//! What engines share: the [`Zkvm`] trait, the shadow call stack with its calling-context tree,
//! limits, progress and cancellation. It does not know which zkVMs exist.

mod call_tree;
mod control;
mod error;
mod zkvm;

pub use call_tree::{CallTree, ContextNode, FunctionIndex, Landing, ResyncPlace};
pub use control::{Control, Interrupt, Progress, ProgressSink, StdoutSink};
pub use error::{ExecError, Fault, LoadError};
pub use zkvm::{GuestInput, Outcome, Program, RunRequest, Zkvm};
