//! The shadow call stack and the calling-context tree it grows.
//!
//! The engine reports calls, returns and jumps that leave a function; the tree charges everything
//! counted since the last such event to the context that was running. It never gives up: a return
//! or jump that fits no frame is resolved by return address and stack pointer, counted, and the run
//! goes on.
//!
//! A tail call makes its target a child of the function that jumped (so both keep their inclusive
//! cost) but leaves the stack frame alone: one return ends both. A tail call to a function already
//! in the same chain goes back to that node, so that mutual tail recursion cannot grow the tree.

use crate::probe::{Entered, GuestMemory, Mark, Probe, Prober};
use rustc_hash::FxHashMap;
use zkperf_profile::{Entry, Function, Label};

/// Index of a function in the engine's own function list.
pub type FunctionIndex = u32;

/// Past this many contexts, new ones are folded into one node a function (child of the root), so
/// that a guest with unbounded recursion cannot exhaust the host's memory.
const MAX_NODES: usize = 4 << 20;

/// One calling context.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ContextNode {
    /// The caller's node.
    pub parent: u32,
    /// The function that runs here.
    pub function: FunctionIndex,
    /// Engine's index of the call instruction.
    pub call_site: u32,
    /// How often it was entered.
    pub calls: u64,
    /// How it was entered first.
    pub entry: Entry,
    /// Its label set: one more than its place in [`CallTree::labels`], or 0.
    pub label: u32,
}

/// Where control goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Landing {
    /// Address control goes to.
    pub address: u64,
    /// Function that holds it.
    pub function: FunctionIndex,
    /// Whether it is that function's first instruction.
    pub at_entry: bool,
}

/// A place where the stack re-synchronised: (engine's index of the jump, target address).
pub type ResyncPlace = (u32, u64);

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Node to go back to.
    caller: u32,
    /// Address the callee returns to.
    return_address: u64,
    /// Stack pointer at the call.
    stack_pointer: u64,
}

/// The tree, the shadow stack, and `N` counters a node.
#[derive(Debug)]
pub struct CallTree<const N: usize> {
    nodes: Vec<ContextNode>,
    values: Vec<[u64; N]>,
    /// (parent and site, function, label) → child.
    children: FxHashMap<(u64, FunctionIndex, u32), u32>,
    /// Last child taken at each call site: (parent, function, child). Saves most hash look-ups.
    site_cache: Vec<(u32, u32, u32)>,
    folded: FxHashMap<FunctionIndex, u32>,
    stack: Vec<Frame>,
    current: u32,
    charged: [u64; N],
    resyncs: FxHashMap<ResyncPlace, u64>,
    prober: Prober,
}

impl<const N: usize> CallTree<N> {
    /// A tree whose root is `function`, for an engine with `sites` instruction indices.
    pub fn new(function: FunctionIndex, sites: usize) -> Self {
        let root = ContextNode {
            parent: 0,
            function,
            call_site: 0,
            calls: 1,
            entry: Entry::Root,
            label: 0,
        };
        Self {
            nodes: vec![root],
            values: vec![[0; N]],
            children: FxHashMap::default(),
            site_cache: vec![(u32::MAX, u32::MAX, 0); sites],
            folded: FxHashMap::default(),
            stack: Vec::new(),
            current: 0,
            charged: [0; N],
            resyncs: FxHashMap::default(),
            prober: Prober::default(),
        }
    }

    /// The tree with probes at `functions`, which its function indices mean.
    pub fn with_probes(mut self, probes: &[Probe], functions: &[Function]) -> Self {
        self.prober = Prober::new(probes, functions);
        self
    }

    /// The running context.
    #[inline]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Function of the running context.
    #[inline]
    pub fn current_function(&self) -> FunctionIndex {
        self.nodes[self.current as usize].function
    }

    /// Charges everything counted since the last event to the running context. `counted` only grows.
    #[inline]
    pub fn charge(&mut self, counted: &[u64; N]) {
        let values = &mut self.values[self.current as usize];
        for ((value, now), before) in values.iter_mut().zip(counted).zip(&mut self.charged) {
            *value += now - *before;
            *before = *now;
        }
    }

    /// A call at `site` to the first instruction of a function.
    #[inline]
    pub fn call(
        &mut self,
        site: u32,
        function: FunctionIndex,
        return_address: u64,
        stack_pointer: u64,
        counted: &[u64; N],
    ) {
        self.charge(counted);
        self.stack.push(Frame {
            caller: self.current,
            return_address,
            stack_pointer,
        });
        self.current = self.child(site, function, Entry::Call);
        self.nodes[self.current as usize].calls += 1;
    }

    /// [`Self::call`], with a look at the guest if a probe stands where it goes.
    #[inline]
    pub fn probed_call<'a, M: GuestMemory + 'a>(
        &mut self,
        site: u32,
        to: Landing,
        return_address: u64,
        stack_pointer: u64,
        counted: &[u64; N],
        entered: impl FnOnce() -> Entered<'a, M>,
    ) {
        if !(to.at_entry && self.prober.watches(to.function)) {
            return self.call(site, to.function, return_address, stack_pointer, counted);
        }
        let mark = self
            .prober
            .look(to.function, self.current_function(), &entered());
        self.charge(counted);
        if mark.caller != 0 {
            self.relabel(mark.caller);
        }
        self.stack.push(Frame {
            caller: self.current,
            return_address,
            stack_pointer,
        });
        self.enter_labelled(site, to.function, Entry::Call, mark);
    }

    /// [`Self::leave`], with a look at the guest if a probe stands where it goes.
    #[inline]
    pub fn probed_leave<'a, M: GuestMemory + 'a>(
        &mut self,
        site: u32,
        to: Landing,
        stack_pointer: u64,
        counted: &[u64; N],
        entered: impl FnOnce() -> Entered<'a, M>,
    ) {
        let watched = to.at_entry && self.prober.watches(to.function);
        if !watched || to.function == self.current_function() {
            return self.leave(site, to, stack_pointer, counted);
        }
        // There is no caller left to be labelled.
        let mark = self
            .prober
            .look(to.function, self.current_function(), &entered());
        self.charge(counted);
        self.enter_labelled(site, to.function, Entry::Tail, mark);
    }

    fn enter_labelled(&mut self, site: u32, function: FunctionIndex, entry: Entry, mark: Mark) {
        self.current = self.find_child((self.current, site), function, entry, mark.entered);
        self.nodes[self.current as usize].calls += 1;
    }

    /// The running context goes on under another label. It counts no further call.
    fn relabel(&mut self, label: u32) {
        let ContextNode {
            parent,
            function,
            call_site,
            entry,
            label: before,
            ..
        } = self.nodes[self.current as usize];
        if before != label && entry != Entry::Root {
            self.current = self.find_child((parent, call_site), function, entry, label);
        }
    }

    /// A return at `site`.
    #[inline]
    pub fn ret(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        if let Some(&top) = self.stack.last() {
            if top.return_address == to.address && top.stack_pointer == stack_pointer {
                self.charge(counted);
                self.current = top.caller;
                self.stack.pop();
                return;
            }
        }
        self.ret_unmatched(site, to, stack_pointer, counted);
    }

    /// A return that is not simply the top frame's.
    #[cold]
    #[inline(never)]
    fn ret_unmatched(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        let exact = self.stack.iter().rposition(|frame| {
            frame.return_address == to.address && frame.stack_pointer == stack_pointer
        });
        let by_address = || {
            self.stack
                .iter()
                .rposition(|frame| frame.return_address == to.address)
        };
        match exact.or_else(by_address) {
            Some(depth) => {
                // The top frame with another stack pointer is a callee that moved it on purpose
                // (start-up code sets the stack up): nothing was skipped.
                if depth + 1 != self.stack.len() {
                    self.note_resync(site, to.address);
                }
                self.unwind_to(depth, counted);
            }
            None => self.leave(site, to, stack_pointer, counted),
        }
    }

    /// A jump (or fall-through) at `site` that may leave the running function.
    pub fn leave(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        if to.function == self.current_function() {
            return;
        }
        if !to.at_entry {
            // Landing in the middle of a caller with its stack pointer restored is an unwind.
            let unwound = self.stack.iter().rposition(|frame| {
                frame.stack_pointer == stack_pointer
                    && self.nodes[frame.caller as usize].function == to.function
            });
            if let Some(depth) = unwound {
                self.note_resync(site, to.address);
                self.unwind_to(depth, counted);
                return;
            }
        }
        self.charge(counted);
        let entry = if to.at_entry {
            Entry::Tail
        } else {
            Entry::Resync
        };
        if entry == Entry::Resync {
            self.note_resync(site, to.address);
        }
        self.current = match self.earlier_in_chain(to.function) {
            Some(node) => node,
            None => self.child(site, to.function, entry),
        };
        self.nodes[self.current as usize].calls += 1;
    }

    /// The node for `function` among those the running frame has already passed through.
    fn earlier_in_chain(&self, function: FunctionIndex) -> Option<u32> {
        let mut node = self.current;
        loop {
            let this = &self.nodes[node as usize];
            if this.function == function {
                return Some(node);
            }
            if !matches!(this.entry, Entry::Tail | Entry::Resync) {
                return None;
            }
            node = this.parent;
        }
    }

    fn unwind_to(&mut self, depth: usize, counted: &[u64; N]) {
        self.charge(counted);
        self.current = self.stack[depth].caller;
        self.stack.truncate(depth);
    }

    fn note_resync(&mut self, site: u32, address: u64) {
        *self.resyncs.entry((site, address)).or_default() += 1;
    }

    #[inline]
    fn child(&mut self, site: u32, function: FunctionIndex, entry: Entry) -> u32 {
        let cached = self.site_cache[site as usize];
        if cached.0 == self.current && cached.1 == function {
            return cached.2;
        }
        let child = self.find_child((self.current, site), function, entry, 0);
        self.site_cache[site as usize] = (self.current, function, child);
        child
    }

    /// The child of a context through a call site, under a label.
    fn find_child(
        &mut self,
        (parent, site): (u32, u32),
        function: FunctionIndex,
        entry: Entry,
        label: u32,
    ) -> u32 {
        let from = (u64::from(parent) << 32) | u64::from(site);
        let key = (from, function, label);
        if let Some(&child) = self.children.get(&key) {
            return child;
        }
        if self.nodes.len() >= MAX_NODES {
            return self.folded_node(function);
        }
        let child = self.push_node(parent, function, site, entry);
        self.nodes[child as usize].label = label;
        self.children.insert(key, child);
        child
    }

    #[cold]
    fn folded_node(&mut self, function: FunctionIndex) -> u32 {
        if let Some(&node) = self.folded.get(&function) {
            return node;
        }
        let node = self.push_node(0, function, 0, Entry::Resync);
        self.folded.insert(function, node);
        node
    }

    fn push_node(
        &mut self,
        parent: u32,
        function: FunctionIndex,
        call_site: u32,
        entry: Entry,
    ) -> u32 {
        let node = self.nodes.len() as u32;
        self.nodes.push(ContextNode {
            parent,
            function,
            call_site,
            calls: 0,
            entry,
            label: 0,
        });
        self.values.push([0; N]);
        node
    }

    /// The contexts, parents before children.
    pub fn nodes(&self) -> &[ContextNode] {
        &self.nodes
    }

    /// Self values of the contexts, as long as [`Self::nodes`].
    pub fn values(&self) -> &[[u64; N]] {
        &self.values
    }

    /// The label sets of the contexts.
    pub fn labels(&self) -> &[Label] {
        self.prober.labels()
    }

    /// Functions whose deep contexts were folded together.
    pub fn folded_functions(&self) -> usize {
        self.folded.len()
    }

    /// Where the stack re-synchronised, and how often, in a stable order.
    pub fn resyncs(&self) -> Vec<(ResyncPlace, u64)> {
        let mut places: Vec<_> = self
            .resyncs
            .iter()
            .map(|(place, count)| (*place, *count))
            .collect();
        places.sort_unstable();
        places
    }
}
