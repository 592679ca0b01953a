//! What a run records. The step loop is generic over [`Recorder`], so a plain run pays for none of
//! it; [`FullRecorder`] is the exact profile.

use crate::cost::{CLASSES, CLASS_COST};
use crate::decode::{Decoded, StaticSum};
use crate::tags::TagRecorder;
use std::sync::Arc;
use zkperf_exec::{CallTree, CodeBytes, Entered, Executions, Landing, Probe, Track};

use crate::memory::Memory;

/// Indices of the counters that the call tree keeps a node. The first eight stand in the order of
/// `StaticSum`, so that a straight run is one vector addition.
pub(crate) mod counter {
    pub(crate) const OPCODES: usize = 0;
    pub(crate) const INSTRUCTIONS: usize = 1;
    pub(crate) const BYTES_READ: usize = 2;
    pub(crate) const BYTES_WRITTEN: usize = 3;
    pub(crate) const STEPS: usize = 4;
    pub(crate) const MEMORY: usize = 5;
    pub(crate) const FROPS: usize = 6;
    pub(crate) const PRECOMPILES: usize = 7;
    pub(crate) const PRECOMPILE_CALLS: usize = 8;
    pub(crate) const COUNT: usize = 9;
}

/// Counters of a node or pc, in the order of [`counter`].
pub(crate) type Counters = [u64; counter::COUNT];

/// Observes a run.
pub(crate) trait Recorder {
    /// Whether operand values matter: a plain run does not even test for frequent operations.
    const ON: bool;
    /// Steps between two looks at limits and cancellation.
    fn poll_interval(&self) -> u64;
    /// A frequent operation: `cost` is saved.
    fn frequent(&mut self, index: usize, cost: u64);
    /// An `add` at the reduced price; `saved` is what it costs less.
    fn cheap_add(&mut self, index: usize, saved: u64);
    /// A memory access of a class (see `cost::class`) by a slow instruction.
    fn access(&mut self, index: usize, class: usize);
    /// A memory access of a class by a load or store whose straight run is charged `expected`.
    fn expected_access(&mut self, index: usize, class: usize, expected: u64);
    /// A load or store that faulted: its access does not count, though its straight run is charged
    /// `expected`.
    fn faulted_access(&mut self, index: usize, expected: u64);
    /// A word read or written by a precompile.
    fn word(&mut self, index: usize, class: usize, written: bool);
    /// A precompile and its whole price.
    fn precompile(&mut self, index: usize, cost: u64);
    /// Instructions `start..=end` ran one after the other, and control went from `end` to `to`.
    fn ran(&mut self, start: usize, end: usize, to: Option<usize>);
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
    /// A profile tag command.
    fn tag(&mut self, name: &str, command: u8);
    /// Called at every poll.
    fn tick(&mut self, steps: u64);
}

/// Records nothing.
pub(crate) struct PlainRecorder;

impl Recorder for PlainRecorder {
    const ON: bool = false;
    fn poll_interval(&self) -> u64 {
        1 << 20
    }
    fn frequent(&mut self, _: usize, _: u64) {}
    fn cheap_add(&mut self, _: usize, _: u64) {}
    fn access(&mut self, _: usize, _: usize) {}
    fn expected_access(&mut self, _: usize, _: usize, _: u64) {}
    fn faulted_access(&mut self, _: usize, _: u64) {}
    fn word(&mut self, _: usize, _: usize, _: bool) {}
    fn precompile(&mut self, _: usize, _: u64) {}
    fn ran(&mut self, _: usize, _: usize, _: Option<usize>) {}
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
    fn ret<'m>(&mut self, _: usize, _: Landing, _: u64, _: impl FnOnce() -> Entered<'m, Memory>) {}
    fn leave<'m>(&mut self, _: usize, _: Landing, _: u64, _: impl FnOnce() -> Entered<'m, Memory>) {
    }
    fn tag(&mut self, _: &str, _: u8) {}
    fn tick(&mut self, _: u64) {}
}

/// What is counted at one instruction beside its executions. Memory cost is what differs from
/// `Code::expected_memory_cost` (it wraps).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PcCounts {
    pub(crate) frequent: u64,
    pub(crate) cheap_adds: u64,
    pub(crate) memory_cost: u64,
    pub(crate) precompile_cost: u64,
}

/// What precompiles do, by instruction; few instructions have any. An instruction can be executed
/// without its precompile being carried out: the run ends there.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PrecompileCounts {
    pub(crate) calls: u64,
    pub(crate) read: u64,
    pub(crate) written: u64,
}

/// Steps between two looks at the world at most: what the narrow counters of [`FullRecorder`] hold
/// without overflow, whatever the steps cost.
const MOST_STEPS_A_POLL: u64 = 1 << 20;

/// The exact profile.
pub(crate) struct FullRecorder<'p> {
    program: &'p Decoded,
    /// Everything counted, up to the last [`FullRecorder::settle`].
    pub(crate) counted: Counters,
    /// What has been counted since: narrow, so that a straight run is one addition of eight lanes.
    /// Wraps below 0 in between, since savings are noted before the run that they belong to.
    recent: [u32; StaticSum::LANES],
    next_bucket: u64,
    pub(crate) executions: Executions,
    pub(crate) pcs: Vec<PcCounts>,
    pub(crate) precompiles: rustc_hash::FxHashMap<usize, PrecompileCounts>,
    pub(crate) accesses: [u64; CLASSES],
    pub(crate) tree: CallTree<{ counter::COUNT }>,
    pub(crate) tags: TagRecorder,
    pub(crate) track: Track,
}

impl<'p> FullRecorder<'p> {
    /// A recorder for a run that begins at index `entry`.
    pub(crate) fn new(
        program: &'p Decoded,
        entry: usize,
        probes: &[Probe],
        code: &Arc<CodeBytes>,
    ) -> Self {
        let count = program.ops.len();
        let mut executions = Executions::new(count);
        executions.enter(entry);
        Self {
            program,
            counted: [0; counter::COUNT],
            recent: [0; StaticSum::LANES],
            next_bucket: 0,
            executions,
            pcs: vec![PcCounts::default(); count],
            precompiles: Default::default(),
            accesses: [0; CLASSES],
            tree: CallTree::new(program.function_of[entry], count)
                .with_probes(probes, &program.functions.functions)
                .with_repeats(code, &program.functions.functions, counter::STEPS),
            tags: TagRecorder::default(),
            track: Track::default(),
        }
    }

    /// Takes the recent counts over.
    #[inline]
    fn settle(&mut self) {
        for (counted, recent) in self.counted.iter_mut().zip(&mut self.recent) {
            *counted += u64::from(std::mem::take(recent));
        }
    }

    /// Charges what is still uncharged to the running context.
    pub(crate) fn finish(&mut self) {
        self.settle();
        self.tree.charge(&self.counted);
    }
}

impl Recorder for FullRecorder<'_> {
    const ON: bool = true;

    fn poll_interval(&self) -> u64 {
        self.track.bucket.min(MOST_STEPS_A_POLL)
    }

    #[inline(always)]
    fn frequent(&mut self, index: usize, cost: u64) {
        // SAFETY: engine indices are below `ops.len()`, and `pcs` is as long.
        unsafe { self.pcs.get_unchecked_mut(index).frequent += 1 };
        let recent = &mut self.recent;
        recent[counter::OPCODES] = recent[counter::OPCODES].wrapping_sub(cost as u32);
        recent[counter::FROPS] += cost as u32;
    }

    #[inline(always)]
    fn cheap_add(&mut self, index: usize, saved: u64) {
        // SAFETY: as in `frequent`.
        unsafe { self.pcs.get_unchecked_mut(index).cheap_adds += 1 };
        let recent = &mut self.recent;
        recent[counter::OPCODES] = recent[counter::OPCODES].wrapping_sub(saved as u32);
    }

    fn access(&mut self, index: usize, class: usize) {
        let cost = CLASS_COST[class];
        self.accesses[class] += 1;
        self.counted[counter::MEMORY] += cost;
        let memory_cost = &mut self.pcs[index].memory_cost;
        *memory_cost = memory_cost.wrapping_add(cost);
    }

    #[inline(always)]
    fn expected_access(&mut self, index: usize, class: usize, expected: u64) {
        self.accesses[class] += 1;
        let cost = CLASS_COST[class];
        if cost != expected {
            let more = cost.wrapping_sub(expected);
            let memory = &mut self.recent[counter::MEMORY];
            *memory = memory.wrapping_add(more as u32);
            // SAFETY: as in `frequent`.
            let counts = unsafe { self.pcs.get_unchecked_mut(index) };
            counts.memory_cost = counts.memory_cost.wrapping_add(more);
        }
    }

    #[cold]
    fn faulted_access(&mut self, index: usize, expected: u64) {
        let memory = &mut self.recent[counter::MEMORY];
        *memory = memory.wrapping_sub(expected as u32);
        let memory_cost = &mut self.pcs[index].memory_cost;
        *memory_cost = memory_cost.wrapping_sub(expected);
    }

    fn word(&mut self, index: usize, class: usize, written: bool) {
        self.access(index, class);
        let bytes = self.precompiles.entry(index).or_default();
        if written {
            bytes.written += 8;
            self.counted[counter::BYTES_WRITTEN] += 8;
        } else {
            bytes.read += 8;
            self.counted[counter::BYTES_READ] += 8;
        }
    }

    fn precompile(&mut self, index: usize, cost: u64) {
        self.counted[counter::PRECOMPILES] += cost;
        self.counted[counter::PRECOMPILE_CALLS] += 1;
        self.pcs[index].precompile_cost += cost;
        self.precompiles.entry(index).or_default().calls += 1;
    }

    #[inline(always)]
    fn ran(&mut self, start: usize, end: usize, to: Option<usize>) {
        // SAFETY: `statics` and `executions` are one longer than `ops`, and end < ops.len().
        let (before, after) = unsafe {
            (
                self.program.statics.get_unchecked(start),
                self.program.statics.get_unchecked(end + 1),
            )
        };
        for (recent, added) in self.recent.iter_mut().zip(before.until(after)) {
            *recent = recent.wrapping_add(added);
        }
        // SAFETY: as above; `to` is an instruction's index.
        unsafe {
            self.executions.leave_unchecked(end);
            if let Some(to) = to {
                self.executions.enter_unchecked(to);
            }
        }
    }

    fn not_entered(&mut self, to: usize) {
        self.executions.not_entered(to);
    }

    #[inline]
    fn call<'m>(
        &mut self,
        site: usize,
        to: Landing,
        return_address: u64,
        stack_pointer: u64,
        entered: impl FnOnce() -> Entered<'m, Memory>,
    ) {
        self.settle();
        self.tree.probed_call(
            site as u32,
            to,
            return_address,
            stack_pointer,
            &self.counted,
            entered,
        );
    }

    #[inline]
    fn ret<'m>(
        &mut self,
        site: usize,
        to: Landing,
        stack_pointer: u64,
        returned: impl FnOnce() -> Entered<'m, Memory>,
    ) {
        self.settle();
        self.tree
            .probed_ret(site as u32, to, stack_pointer, &self.counted, returned);
    }

    #[inline]
    fn leave<'m>(
        &mut self,
        site: usize,
        to: Landing,
        stack_pointer: u64,
        entered: impl FnOnce() -> Entered<'m, Memory>,
    ) {
        self.settle();
        self.tree
            .probed_leave(site as u32, to, stack_pointer, &self.counted, entered);
    }

    fn tag(&mut self, name: &str, command: u8) {
        self.settle();
        self.tags.command(name, command, &self.counted);
    }

    fn tick(&mut self, steps: u64) {
        self.settle();
        if steps >= self.next_bucket {
            self.track.push(self.tree.current());
            self.next_bucket = steps + self.track.bucket;
        }
    }
}
