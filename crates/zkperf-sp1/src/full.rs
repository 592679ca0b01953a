//! The exact profile of a run, as it is recorded.
//!
//! Gas rules: `src/vm/gas.rs`, `src/estimating.rs` and `src/vm.rs` of `sp1-core-executor` 6.10.0.

use crate::decode::Decoded;
use crate::memory::Memory;
use crate::op::{code, Code, Op};
use crate::recorder::{counter, gas, Counters, EcallBill, Recorder};
use crate::shadow::{Known, Shadow};
use crate::shards::{Cause, Now, Shards};
use crate::syscall::SYSCALLS;
use crate::tracker::{Mark, Tracker};
use crate::weights::{MEMORY_BUMP, MEMORY_BUMP_ROWS, STATE_BUMP, TOUCH_WEIGHT};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use zkperf_exec::{
    CallTree, CodeBytes, Entered, ExecError, Executions, Landing, Probe, ShardLimits, Track,
};

/// Clock ticks of an instruction, and what an `ecall` adds (`CLK_INC`, `src/lib.rs`).
const CLOCK: u64 = 8;
const ECALL_CLOCK: u64 = 256;
/// The clock's lower part wraps here.
const CLOCK_WRAP: u64 = 1 << 24;
/// A state bump comes when the clock, this much further, wraps.
const LOOK_AHEAD: u64 = 2 * CLOCK;

/// What syscalls cost at one instruction; few instructions have any.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct PcSyscalls {
    pub(crate) precompile_calls: u64,
    pub(crate) weight: u64,
    pub(crate) entries: u64,
    pub(crate) read: u64,
    pub(crate) written: u64,
}

/// One trace chunk.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chunk {
    /// Recorded memory entries.
    pub(crate) entries: u64,
    pub(crate) cycles: u64,
    /// Gas numerators.
    pub(crate) numerators: u64,
}

/// The exact profile.
pub(crate) struct FullRecorder<'p> {
    program: &'p Decoded,
    pub(crate) counted: Counters,
    /// Of each instruction, and of the one past the last.
    executions: Executions,
    /// First touches billed at each instruction.
    pub(crate) touches: Vec<u32>,
    /// Gas numerators of bumps at an instruction; few have any.
    pub(crate) bumps: FxHashMap<usize, u64>,
    pub(crate) bump_rows: u64,
    pub(crate) state_bumps: u64,
    pub(crate) syscalls: FxHashMap<usize, PcSyscalls>,
    /// Calls of each syscall.
    pub(crate) syscall_counts: Vec<u64>,
    pub(crate) tree: CallTree<{ counter::COUNT }>,
    pub(crate) tracker: Tracker,
    pub(crate) track: Track,
    pub(crate) chunks: Vec<Chunk>,
    /// Cycles at which the track's bucket closes; polls can come more often.
    bucket_end: u64,
    pub(crate) shards: Shards<'p>,
    shadow: Shadow,
    /// Registers not yet touched in this chunk, as bits.
    untouched: u32,
    /// What the clock is ahead of the instructions' own ticks.
    clock_ahead: u64,
    /// Cycles from which on a straight run may have bumped the state.
    next_bump: u64,
    /// Entries that fill a chunk.
    chunk_entries: u64,
    chunk_start: Counters,
    /// Touches billed before the running instruction.
    marked_touches: u64,
}

/// Where a run stands before the instruction at `at`.
fn now<'a>(counted: &Counters, clock: u64, executions: &'a Executions, at: usize) -> Now<'a> {
    Now {
        at,
        cycles: counted[counter::CYCLES],
        entries: counted[counter::ENTRIES],
        clock,
        executions,
    }
}

impl<'p> FullRecorder<'p> {
    /// A recorder for a run from the program's entry, whose gas chunks end at `chunk_entries`.
    ///
    /// # Errors
    /// If the system does not give the address space.
    pub(crate) fn new(
        program: &'p Decoded,
        chunk_entries: u64,
        shards: ShardLimits,
        probes: &[Probe],
        code: &Arc<CodeBytes>,
    ) -> Result<Self, ExecError> {
        let count = program.len();
        let mut executions = Executions::new(count + 1);
        executions.enter(program.entry);
        Ok(Self {
            program,
            counted: [0; counter::COUNT],
            executions,
            touches: vec![0; count + 1],
            bumps: FxHashMap::default(),
            bump_rows: 0,
            state_bumps: 0,
            syscalls: FxHashMap::default(),
            syscall_counts: vec![0; SYSCALLS.len()],
            tree: CallTree::new(program.function_of[program.entry], count + 1)
                .with_probes(probes, program.functions.functions())
                .with_repeats(code, program.functions.functions(), counter::CYCLES),
            tracker: Tracker::default(),
            track: Track::default(),
            chunks: Vec::new(),
            bucket_end: Track::default().bucket,
            shards: Shards::new(program, shards),
            shadow: Shadow::new()?,
            untouched: u32::MAX,
            clock_ahead: 1,
            next_bump: 0,
            chunk_entries,
            chunk_start: [0; counter::COUNT],
            marked_touches: 0,
        })
    }

    /// Executions of each instruction.
    pub(crate) fn executions(&self) -> Vec<u64> {
        let mut counts = self.executions.counts();
        counts.truncate(self.program.len());
        counts
    }

    /// Charges what is still uncharged to the running context, and closes the last chunk and shard.
    pub(crate) fn finish(&mut self, halted: bool) {
        self.tree.charge(&self.counted);
        self.close_chunk();
        let cause = if halted {
            Cause::Halted
        } else {
            Cause::Stopped
        };
        let now = now(&self.counted, self.clock(), &self.executions, 0);
        self.shards.close(cause, now);
    }

    fn close_chunk(&mut self) {
        let since = |at: usize| self.counted[at] - self.chunk_start[at];
        let chunk = Chunk {
            entries: since(counter::ENTRIES),
            cycles: since(counter::CYCLES),
            numerators: gas(&self.counted) - gas(&self.chunk_start),
        };
        if chunk.cycles > 0 {
            self.chunks.push(chunk);
        }
        self.chunk_start = self.counted;
    }

    fn end_chunk(&mut self, at: usize, ops: &mut [Op]) {
        if (Code::Lb..=Code::Sd).contains(&self.program.codes[at]) {
            // A load's or store's touches are billed with the next instruction, which this chunk
            // does not have any more.
            let lost = self.counted[counter::TOUCH_GAS] - self.marked_touches;
            self.counted[counter::TOUCH_GAS] -= lost;
            self.touches[at] -= (lost / TOUCH_WEIGHT) as u32;
        }
        self.close_chunk();
        self.shadow.next_chunk();
        self.untouched = u32::MAX;
        for op in ops {
            op.code = code::FirstVisit;
        }
    }

    #[inline(always)]
    fn add_touch(&mut self, at: usize, count: u32) {
        self.counted[counter::TOUCH_GAS] += u64::from(count) * TOUCH_WEIGHT;
        // SAFETY: engine indices are below `len() + 1`, and `touches` is as long.
        unsafe { *self.touches.get_unchecked_mut(at) += count };
    }

    /// Entries by which to be careful in time: a straight run adds at most its length, and it is
    /// looked at when it ends, which may be a whole run after the poll was due.
    fn margin(&self) -> u64 {
        2 * self.program.longest_run
    }

    fn chunk_entries_so_far(&self) -> u64 {
        self.counted[counter::ENTRIES] - self.chunk_start[counter::ENTRIES]
    }

    /// Bills what an instruction bumps whose clock is `clock` and whose successor's is `next`.
    /// `crosses`: whether its successor lies in another 64 KiB; `billed`: and that is billed already.
    fn bump(&mut self, at: usize, clock: u64, next: u64, crosses: bool, billed: bool) {
        let mut weight = 0;
        if clock >> 24 != next >> 24 {
            weight += MEMORY_BUMP_ROWS * MEMORY_BUMP.weight();
            self.bump_rows += MEMORY_BUMP_ROWS;
            self.shards.bumped(MEMORY_BUMP_ROWS, 0);
        }
        // One state bump at most, whatever the reasons.
        let wraps = clock % CLOCK_WRAP + (next + CLOCK - clock) >= CLOCK_WRAP;
        if (wraps || crosses) && !billed {
            weight += STATE_BUMP.weight();
            self.state_bumps += 1;
            self.shards.bumped(0, 1);
        }
        if weight > 0 {
            self.counted[counter::BUMP_GAS] += weight;
            *self.bumps.entry(at).or_default() += weight;
        }
    }

    #[cold]
    #[inline(never)]
    fn bumps_in_run(&mut self, start: usize, end: usize) {
        let clock = self.clock() - CLOCK * (end + 1 - start) as u64;
        for at in start..=end {
            let now = clock + CLOCK * (at - start) as u64;
            let billed = self.program.crosses(at);
            self.bump(at, now, now + CLOCK, billed, billed);
        }
        self.set_next_bump();
    }

    /// The clock before the next instruction.
    fn clock(&self) -> u64 {
        self.clock_ahead + CLOCK * self.counted[counter::CYCLES]
    }

    fn set_next_bump(&mut self) {
        let clock = (self.clock() / CLOCK_WRAP + 1) * CLOCK_WRAP - LOOK_AHEAD;
        // The last instruction of a run begins one tick before the clock that the run leaves.
        let left = (clock + CLOCK).saturating_sub(self.clock_ahead);
        self.next_bump = left.div_ceil(CLOCK);
    }

    #[inline(always)]
    fn count_statics(&mut self, start: usize, end: usize, to: Option<usize>) {
        // SAFETY: `statics` and `executions` are longer than the instructions, and end is one.
        let (before, after) = unsafe {
            (
                self.program.statics.get_unchecked(start),
                self.program.statics.get_unchecked(end + 1),
            )
        };
        let counted = before.counted.iter().zip(&after.counted);
        for (counter, (before, after)) in self.counted.iter_mut().zip(counted) {
            *counter += after - before;
        }
        self.shards.area += after.area - before.area;
        self.counted[counter::CYCLES] += (end + 1 - start) as u64;
        // SAFETY: as above; `to` is an instruction's index or the one past the last.
        unsafe {
            self.executions.leave_unchecked(end);
            if let Some(to) = to {
                self.executions.enter_unchecked(to);
            }
        }
    }
}

impl Recorder for FullRecorder<'_> {
    const ON: bool = true;

    fn needs_care(&mut self, at: usize) -> bool {
        let near_chunk_end = self.chunk_entries_so_far() + self.margin() >= self.chunk_entries;
        let now = now(&self.counted, self.clock(), &self.executions, at);
        near_chunk_end || self.shards.is_near(now)
    }

    fn poll_interval(&self, at: usize) -> u64 {
        let left = self
            .chunk_entries
            .saturating_sub(self.chunk_entries_so_far());
        let until_chunk_end = left.saturating_sub(self.margin());
        let now = now(&self.counted, self.clock(), &self.executions, at);
        // The loop looks up at a jump, which may be a whole straight run too late.
        let quiet = self.shards.quiet(now);
        let until_shard_end = quiet.saturating_sub(self.program.longest_run);
        let due = until_chunk_end.min(until_shard_end).max(1);
        self.track.bucket.min(due)
    }

    fn mark(&mut self) {
        self.marked_touches = self.counted[counter::TOUCH_GAS];
    }

    fn boundary(&mut self, from: usize, to: usize, ops: &mut [Op]) -> bool {
        let is_chunk_full = self.chunk_entries_so_far() >= self.chunk_entries;
        if is_chunk_full {
            self.end_chunk(from, ops);
        }
        let now = now(&self.counted, self.clock(), &self.executions, to);
        let is_shard_full = self.shards.cut(now);
        if is_shard_full {
            self.shadow.next_shard();
        }
        is_chunk_full || is_shard_full
    }

    #[cold]
    #[inline(never)]
    fn first_visit(&mut self, at: usize) {
        self.shards.visited(at);
        let new = self.program.registers.get(at).copied().unwrap_or(0) & self.untouched;
        if new != 0 {
            self.untouched &= !new;
            self.add_touch(at, new.count_ones());
        }
    }

    fn known_words(&self) -> Known {
        self.shadow.known()
    }

    fn access(&mut self, at: usize, address: u64) {
        let touch = self.shadow.touch(address, self.shards.external);
        if touch.in_chunk {
            self.add_touch(at, 1);
        }
        if touch.in_shard {
            self.shards.touched();
        }
    }

    fn words(&mut self, at: usize, address: u64, count: usize) {
        for word in 0..count as u64 {
            self.access(at, address + 8 * word);
        }
    }

    fn register(&mut self, at: usize, register: u8) {
        if self.untouched & (1 << register) != 0 {
            self.untouched &= !(1 << register);
            self.add_touch(at, 1);
        }
    }

    fn hint(&mut self, address: u64, words: u64) {
        self.shadow.forget(address, words);
    }

    #[inline(always)]
    fn ran(&mut self, start: usize, end: usize, to: Option<usize>) {
        self.count_statics(start, end, to);
        if self.counted[counter::CYCLES] >= self.next_bump {
            self.bumps_in_run(start, end);
        }
    }

    fn handles(&mut self, deferred: bool) {
        self.shards.external = deferred;
    }

    fn ecall(&mut self, at: usize, bill: EcallBill) {
        let clock = self.clock();
        self.count_statics(at, at, Some(at + 1));
        self.shards.called(&SYSCALLS[bill.syscall]);
        let next = clock + CLOCK + ECALL_CLOCK;
        let crosses = self.program.pc(at) & 0xffff == 0xfffc && !bill.halts;
        self.bump(at, clock, next, crosses, false);
        self.clock_ahead += ECALL_CLOCK;
        self.set_next_bump();
        // Its own registers x5, x10 and x11 get new timestamps without being billed.
        self.untouched &= !((1 << 5) | (1 << 10) | (1 << 11));
        self.counted[counter::PRECOMPILE_CALLS] += u64::from(bill.is_precompile);
        self.counted[counter::PRECOMPILE_GAS] += bill.weight;
        self.counted[counter::ENTRIES] += bill.entries;
        self.counted[counter::BYTES_READ] += bill.read;
        self.counted[counter::BYTES_WRITTEN] += bill.written;
        self.syscall_counts[bill.syscall] += 1;
        let at = self.syscalls.entry(at).or_default();
        at.precompile_calls += u64::from(bill.is_precompile);
        at.weight += bill.weight;
        at.entries += bill.entries;
        at.read += bill.read;
        at.written += bill.written;
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
        self.tree
            .probed_leave(site as u32, to, stack_pointer, &self.counted, entered);
    }

    fn region(&mut self, mark: Mark, name: &str) {
        self.tracker.mark(mark, name, &self.counted);
    }

    fn tick(&mut self) {
        if self.counted[counter::CYCLES] >= self.bucket_end {
            self.track.push(self.tree.current());
            self.bucket_end = self.counted[counter::CYCLES] + self.track.bucket;
        }
    }
}
