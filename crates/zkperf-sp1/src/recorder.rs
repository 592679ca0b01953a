//! What a run can record. The step loop is generic over [`Recorder`], so a plain run pays for none of
//! it; [`crate::full`] is the exact profile.

use crate::memory::Memory;
use crate::op::Op;
use crate::shadow::Known;
use crate::tracker::Mark;
use zkperf_exec::{Entered, Landing};

/// Indices of the counters that the call tree keeps a node. The first four stand in the order of
/// `StaticSum`, so that a straight run is one vector addition. Gas is in numerators.
pub(crate) mod counter {
    pub(crate) const INSTRUCTION_GAS: usize = 0;
    pub(crate) const BYTES_READ: usize = 1;
    pub(crate) const BYTES_WRITTEN: usize = 2;
    pub(crate) const ENTRIES: usize = 3;
    pub(crate) const CYCLES: usize = 4;
    pub(crate) const TOUCH_GAS: usize = 5;
    pub(crate) const PRECOMPILE_GAS: usize = 6;
    pub(crate) const BUMP_GAS: usize = 7;
    pub(crate) const PRECOMPILE_CALLS: usize = 8;
    pub(crate) const COUNT: usize = 9;
}

/// Counters of a node or pc, in the order of [`counter`].
pub(crate) type Counters = [u64; counter::COUNT];

/// Gas numerators in a set of counters.
pub(crate) fn gas(counters: &Counters) -> u64 {
    counters[counter::INSTRUCTION_GAS]
        + counters[counter::TOUCH_GAS]
        + counters[counter::PRECOMPILE_GAS]
        + counters[counter::BUMP_GAS]
}

/// What an `ecall` did, as far as it is billed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct EcallBill {
    /// Place in `SYSCALLS`.
    pub(crate) syscall: usize,
    /// Gas numerators of its rows.
    pub(crate) weight: u64,
    /// Memory entries it records.
    pub(crate) entries: u64,
    /// Bytes of guest memory it reads and writes.
    pub(crate) read: u64,
    pub(crate) written: u64,
    /// Whether it has a table of its own.
    pub(crate) is_precompile: bool,
    /// Whether the run ends with it.
    pub(crate) halts: bool,
}

/// Observes a run.
pub(crate) trait Recorder {
    /// Whether anything is recorded.
    const ON: bool;
    /// Whether stores must be undone: a block that the proof does not constrain.
    const UNDO: bool = false;
    /// Whether a chunk or shard may end in the straight run that begins at `at`: step carefully.
    fn needs_care(&mut self, at: usize) -> bool;
    /// Instructions after which to ask again, seen from `at`.
    fn poll_interval(&self, at: usize) -> u64;
    /// An instruction is about to run in the careful loop.
    fn mark(&mut self);
    /// Ends what is full with the instruction at `from`, a straight run of its own, before `to`; whether
    /// anything is.
    fn boundary(&mut self, from: usize, to: usize, ops: &mut [Op]) -> bool;
    /// An instruction that runs for the first time in this chunk.
    fn first_visit(&mut self, at: usize);
    /// Words whose touch is no news, until a chunk or shard ends.
    fn known_words(&self) -> Known;
    /// A load or store at an address.
    fn access(&mut self, at: usize, address: u64);
    /// Words that a precompile reads or writes.
    fn words(&mut self, at: usize, address: u64, count: usize);
    /// A register that a syscall's handler reads.
    fn register(&mut self, at: usize, register: u8);
    /// Words that a hint has just created.
    fn hint(&mut self, address: u64, words: u64);
    /// Instructions `start..=end` ran one after the other, and control went from `end` to `to`.
    fn ran(&mut self, start: usize, end: usize, to: Option<usize>);
    /// A syscall's handler begins; `deferred`: its rows go to another shard.
    fn handles(&mut self, deferred: bool);
    /// The `ecall` at `at` ran.
    fn ecall(&mut self, at: usize, bill: EcallBill);
    /// The entry at `to` that [`Recorder::ran`] announced did not happen: the run was stopped.
    fn not_entered(&mut self, to: usize);
    fn call<'m>(
        &mut self,
        site: usize,
        to: Landing,
        return_address: u64,
        stack_pointer: u64,
        entered: impl FnOnce() -> Entered<'m, Memory>,
    );
    fn ret<'m>(
        &mut self,
        site: usize,
        to: Landing,
        stack_pointer: u64,
        returned: impl FnOnce() -> Entered<'m, Memory>,
    );
    fn leave<'m>(
        &mut self,
        site: usize,
        to: Landing,
        stack_pointer: u64,
        entered: impl FnOnce() -> Entered<'m, Memory>,
    );
    /// A cycle-tracker line.
    fn region(&mut self, mark: Mark, name: &str);
    /// Called at every poll.
    fn tick(&mut self);
}

macro_rules! record_nothing {
    ($name:ident, $undo:literal) => {
        impl Recorder for $name {
            const ON: bool = false;
            const UNDO: bool = $undo;
            fn needs_care(&mut self, _: usize) -> bool {
                false
            }
            fn poll_interval(&self, _: usize) -> u64 {
                1 << 20
            }
            fn mark(&mut self) {}
            fn boundary(&mut self, _: usize, _: usize, _: &mut [Op]) -> bool {
                false
            }
            fn first_visit(&mut self, _: usize) {}
            fn known_words(&self) -> Known {
                Known::NOTHING
            }
            fn access(&mut self, _: usize, _: u64) {}
            fn words(&mut self, _: usize, _: u64, _: usize) {}
            fn register(&mut self, _: usize, _: u8) {}
            fn hint(&mut self, _: u64, _: u64) {}
            fn ran(&mut self, _: usize, _: usize, _: Option<usize>) {}
            fn handles(&mut self, _: bool) {}
            fn ecall(&mut self, _: usize, _: EcallBill) {}
            fn not_entered(&mut self, _: usize) {}
            fn call<'m>(
                &mut self,
                _: usize,
                _: Landing,
                _: u64,
                _: u64,
                _: impl FnOnce() -> Entered<'m, Memory>,
            ) {
            }
            fn ret<'m>(
                &mut self,
                _: usize,
                _: Landing,
                _: u64,
                _: impl FnOnce() -> Entered<'m, Memory>,
            ) {
            }
            fn leave<'m>(
                &mut self,
                _: usize,
                _: Landing,
                _: u64,
                _: impl FnOnce() -> Entered<'m, Memory>,
            ) {
            }
            fn region(&mut self, _: Mark, _: &str) {}
            fn tick(&mut self) {}
        }
    };
}

/// Records nothing.
pub(crate) struct PlainRecorder;
record_nothing!(PlainRecorder, false);

/// Records nothing, and has stores logged so that they can be undone.
pub(crate) struct UnconstrainedRecorder;
record_nothing!(UnconstrainedRecorder, true);
