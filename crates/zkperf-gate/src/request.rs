//! What the gate is asked, and what it says while it works.

use crate::foreign::MakeInput;
use crate::lint::Acknowledgement;
use crate::validator::Validator;
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::Arc;
use zkperf_block::Recorded;

/// What is to be checked.
pub struct GateRequest<'a> {
    /// The guests, one for each zkVM.
    pub subjects: Vec<Subject<'a>>,
    /// Honest blocks beside the built-in ones.
    pub inputs: Vec<HonestInput>,
    /// How much is tried on them.
    pub thoroughness: Thoroughness,
    /// Whether the built-in blocks are left out: then the first of `inputs` takes the whole list.
    pub skip_suites: bool,
    /// A unified diff of the guest's sources, for the lints.
    pub diff: Option<String>,
    /// Lints that were looked at, with the reason why they are fine.
    pub acknowledged: Vec<Acknowledgement>,
    /// Set from anywhere to stop before the next run.
    pub cancel: Arc<AtomicBool>,
}

/// A guest to be checked.
pub struct Subject<'a> {
    /// zkVM and version, or `native`.
    pub zkvm: String,
    /// Answers inputs.
    pub validator: Box<dyn Validator + 'a>,
    /// Whether it is known to be a build of the reference guest (changed or not). `false`: what it commits on a block
    /// decides, and a guest that commits something else is not gated. `true`: then that is a failure.
    pub is_reference: bool,
    /// Inputs in a format of its own, whose public output must stay what it was.
    pub own: Vec<OwnInput>,
    /// How its inputs are made, if it reads another format than the reference guest's. Such a guest must end with an
    /// error on what it rejects: its output cannot be read.
    pub input_command: Option<Box<dyn MakeInput + 'a>>,
}

/// An input in whatever format a guest reads.
pub struct OwnInput {
    /// What it is called.
    pub name: String,
    /// The file's content, framed as the guest wants it.
    pub bytes: Vec<u8>,
    /// The baseline's public output on it.
    pub baseline: Vec<u8>,
}

/// An honest input of the reference guest.
pub struct HonestInput {
    /// What it is called, such as `mainnet 24628607`.
    pub name: String,
    /// The input, without framing.
    pub bytes: Vec<u8>,
    /// The baseline's public output by zkVM and version, where there is one.
    pub baseline: BTreeMap<String, Vec<u8>>,
    /// What it was made of, for guests with an input command.
    pub recorded: Option<Recorded>,
}

/// How much is tried on the caller's blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Thoroughness {
    /// What stops early, and a sample of what takes a whole run.
    #[default]
    Sample,
    /// Everything.
    All,
}

/// How far the gate has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Runs made.
    pub done: usize,
    /// Runs there are to make, as far as is known.
    pub total: usize,
    /// What runs next.
    pub what: String,
}
