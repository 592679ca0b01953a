//! What a run records. The step loop is generic over [`Recorder`], so a plain run pays for none of
//! it; [`FullRecorder`] is the exact profile.

use rustc_hash::FxHashMap;
use std::sync::Arc;
use zkperf_exec::{CallTree, CodeBytes, Entered, Executions, Landing, Probe, Track};
use zkperf_profile::Function;

use crate::code::{traffic, unpacked, Code, Traffic, PAGE_SLOTS};
use crate::decode::Kind;
use crate::memory::Memory;
use crate::pager::Paged;
use crate::rules::Ecall;

/// Indices of the counters that the call tree keeps a node.
pub(crate) mod counter {
    pub(crate) const USER_CYCLES: usize = 0;
    /// User cycles beyond one an instruction: rows of machine ecalls. Instructions are what is left.
    pub(crate) const MORE_ROWS: usize = 1;
    pub(crate) const BYTES_READ: usize = 2;
    pub(crate) const BYTES_WRITTEN: usize = 3;
    pub(crate) const PAGE_IN: usize = 4;
    pub(crate) const PAGE_OUT: usize = 5;
    pub(crate) const PAGES_IN: usize = 6;
    pub(crate) const PAGES_OUT: usize = 7;
    pub(crate) const ECALLS: usize = 8;
    pub(crate) const COUNT: usize = 9;
}

/// Counters of a node or pc, in the order of [`counter`].
pub(crate) type Counters = [u64; counter::COUNT];

/// Observes a run. Places are the slots of [`Code`].
pub(crate) trait Recorder {
    /// Whether anything is recorded.
    const ON: bool;
    /// Cycles between two looks at limits and cancellation.
    fn poll_interval(&self) -> u64;
    /// The run is about to go on at a slot.
    fn enter(&mut self, slot: usize);
    /// The instruction at a slot that was entered did not retire, or retires by other rules.
    fn not_executed(&mut self, slot: usize);
    /// Instructions `start..=end` retired one after the other; they moved these bytes.
    fn ran(&mut self, start: usize, end: usize, traffic: Traffic);
    /// A stray instruction of this kind retired: no area knows it.
    fn ran_stray(&mut self, slot: usize, kind: Kind);
    /// A machine ecall and its rows.
    fn ecall(&mut self, slot: usize, ecall: Ecall, rows: u64);
    /// The instruction at a slot loaded or changed pages.
    fn paged(&mut self, slot: usize, paged: Paged);
    /// The word at a slot is another instruction from now on; it is the one about to run.
    fn rewritten(&mut self, slot: usize, former: Kind);
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
    /// Called at every poll.
    fn tick(&mut self);
}

/// Records nothing.
pub(crate) struct PlainRecorder;

impl Recorder for PlainRecorder {
    const ON: bool = false;
    fn poll_interval(&self) -> u64 {
        1 << 20
    }
    fn enter(&mut self, _: usize) {}
    fn not_executed(&mut self, _: usize) {}
    fn ran(&mut self, _: usize, _: usize, _: Traffic) {}
    fn ran_stray(&mut self, _: usize, _: Kind) {}
    fn ecall(&mut self, _: usize, _: Ecall, _: u64) {}
    fn paged(&mut self, _: usize, _: Paged) {}
    fn rewritten(&mut self, _: usize, _: Kind) {}
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
    fn tick(&mut self) {}
}

/// Machine ecalls at one slot.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct EcallCounts {
    pub(crate) calls: u64,
    pub(crate) rows: u64,
}

/// The exact profile.
pub(crate) struct FullRecorder {
    counted: Counters,
    /// Bytes moved that `counted` lacks still, packed as in [`Traffic`].
    moved: Traffic,
    pub(crate) executions: Executions,
    pub(crate) ecalls: FxHashMap<(usize, &'static str), EcallCounts>,
    pub(crate) paged: FxHashMap<usize, Paged>,
    /// Bytes moved by stray instructions, whose traffic no prefix sum knows: (loaded, stored).
    pub(crate) stray_traffic: FxHashMap<usize, (u64, u64)>,
    pub(crate) stray_kinds: FxHashMap<Kind, u64>,
    /// Executions of words under a former meaning: (slot, kind, count).
    pub(crate) rewritten: Vec<(usize, Kind, u64)>,
    pub(crate) tree: CallTree<{ counter::COUNT }>,
    pub(crate) track: Track,
}

impl FullRecorder {
    /// A recorder for a run that begins at `entry`.
    pub(crate) fn new(
        code: &Code,
        entry: Landing,
        probes: &[Probe],
        functions: &[Function],
        bytes: &Arc<CodeBytes>,
    ) -> Self {
        let slots = code.most_slots();
        Self {
            counted: [0; counter::COUNT],
            moved: 0,
            executions: Executions::new(slots),
            ecalls: FxHashMap::default(),
            paged: FxHashMap::default(),
            stray_traffic: FxHashMap::default(),
            stray_kinds: FxHashMap::default(),
            rewritten: Vec::new(),
            tree: CallTree::new(entry.function, slots)
                .with_probes(probes, functions)
                .with_repeats(bytes, functions, counter::USER_CYCLES),
            track: Track::default(),
        }
    }

    /// Charges what is still uncharged to the running context.
    pub(crate) fn finish(&mut self) {
        self.unpack();
        self.tree.charge(&self.counted);
    }

    /// Brings `counted` up to date. Called before the tree reads it, and at every poll, so that the
    /// packed sums cannot run over.
    #[inline(always)]
    fn unpack(&mut self) {
        let (loaded, stored) = unpacked(self.moved);
        self.counted[counter::BYTES_READ] += loaded;
        self.counted[counter::BYTES_WRITTEN] += stored;
        self.moved = 0;
    }
}

impl Recorder for FullRecorder {
    const ON: bool = true;

    fn poll_interval(&self) -> u64 {
        self.track.bucket
    }

    #[inline(always)]
    fn enter(&mut self, slot: usize) {
        // SAFETY: slots of `Code` are below `most_slots`.
        unsafe { self.executions.enter_unchecked(slot) };
    }

    fn not_executed(&mut self, slot: usize) {
        self.executions.not_entered(slot);
    }

    #[inline(always)]
    fn ran(&mut self, start: usize, end: usize, traffic: Traffic) {
        // SAFETY: as in `enter`.
        unsafe { self.executions.leave_unchecked(end) };
        self.counted[counter::USER_CYCLES] += (end + 1 - start) as u64;
        self.moved += traffic;
    }

    fn ran_stray(&mut self, slot: usize, kind: Kind) {
        *self.stray_kinds.entry(kind).or_default() += 1;
        let (loaded, stored) = unpacked(traffic(kind));
        let moved = self.stray_traffic.entry(slot).or_default();
        moved.0 += loaded;
        moved.1 += stored;
    }

    fn ecall(&mut self, slot: usize, ecall: Ecall, rows: u64) {
        self.counted[counter::USER_CYCLES] += rows;
        self.counted[counter::MORE_ROWS] += rows - 1;
        self.counted[counter::ECALLS] += 1;
        let counts = self.ecalls.entry((slot, ecall.name())).or_default();
        counts.calls += 1;
        counts.rows += rows;
    }

    fn paged(&mut self, slot: usize, paged: Paged) {
        self.counted[counter::PAGE_IN] += paged.in_cycles;
        self.counted[counter::PAGE_OUT] += paged.out_cycles;
        self.counted[counter::PAGES_IN] += paged.pages_in;
        self.counted[counter::PAGES_OUT] += paged.pages_out;
        self.paged.entry(slot).or_default().add(paged);
    }

    fn rewritten(&mut self, slot: usize, former: Kind) {
        // No run of instructions leaves its page, and areas begin at multiples of a page's slots.
        let page = slot / PAGE_SLOTS * PAGE_SLOTS;
        let entered: i64 = self.executions.changes(page..slot + 1).iter().sum();
        // The sum has the coming execution, and what was told of earlier meanings.
        let told = self.rewritten.iter().filter(|(at, _, _)| *at == slot);
        let told: u64 = told.map(|(_, _, count)| count).sum();
        let count = (entered - 1) as u64 - told;
        self.rewritten.push((slot, former, count));
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
        self.unpack();
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
        self.unpack();
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
        self.unpack();
        self.tree
            .probed_leave(site as u32, to, stack_pointer, &self.counted, entered);
    }

    fn tick(&mut self) {
        self.unpack();
        self.track.push(self.tree.current());
    }
}
