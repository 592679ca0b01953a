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
//! A jump back into the middle of such a function goes on in its node and is no new entry.
//!
//! What is a return is decided by where control lands, not by the register: at the top frame's return
//! address with the stack pointer of its call. One of the two may differ in the top frame if its caller is
//! the function that control lands in. Everything else that ends frames is a re-synchronisation.
//!
//! What a re-synchronisation takes off the stack is kept for a while: if it was a switch to another stack (a
//! coroutine), control comes back to the top of it, and the frames go on where they stopped, below who
//! started them.
//!
//! After each event the running context is one of the function that control landed in.

mod probed;

use crate::probe::Prober;
use crate::repeats::Repeats;
use rustc_hash::FxHashMap;
use zkperf_profile::Entry;

/// Index of a function in the engine's own function list.
pub type FunctionIndex = u32;

/// What a guest with unbounded recursion, or with calls that never return, cannot exceed on the host.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Contexts; further ones are folded into one node a function (child of the root).
    pub nodes: usize,
    /// Frames; past them the outer half is forgotten, and a return to it is a re-synchronisation.
    pub frames: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            nodes: 4 << 20,
            frames: 4 << 20,
        }
    }
}

/// Stacks that may go on later (see [`CallTree`]), and their frames together.
const MOST_SUSPENDED: usize = 64;
const MOST_SUSPENDED_FRAMES: usize = 1 << 16;

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

impl Landing {
    /// Whether a linking jump from a function to here is a call: it enters another function, or its own from
    /// the top. Otherwise it is a subroutine inside its function.
    #[inline]
    pub fn is_entered_from(self, function: FunctionIndex) -> bool {
        self.function != function || self.at_entry
    }
}

/// A place where the stack re-synchronised: (engine's index of the jump, target address).
pub type ResyncPlace = (u32, u64);

#[derive(Debug, Clone, Copy)]
struct Frame {
    /// Node to go back to.
    caller: u32,
    /// Its function.
    function: FunctionIndex,
    /// Address the callee returns to.
    return_address: u64,
    /// Stack pointer at the call.
    stack_pointer: u64,
    /// Number of the call in [`Repeats`], or 0.
    watch: u64,
}

impl Frame {
    /// Whether control that goes to `address` with this stack pointer is the frame's return.
    #[inline]
    fn is_left_by(&self, address: u64, stack_pointer: u64) -> bool {
        self.return_address == address && self.stack_pointer == stack_pointer
    }
}

/// Whether a stack's top frame is left by going to `address` with this stack pointer.
fn is_top(frames: &[Frame], address: u64, stack_pointer: u64) -> bool {
    frames
        .last()
        .is_some_and(|top| top.is_left_by(address, stack_pointer))
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
    /// What unwinds took off the stack, the oldest first; none is empty. If it was no unwind but a switch
    /// to another stack, control comes back to a top frame of these.
    suspended: Vec<Vec<Frame>>,
    current: u32,
    /// Function of `current`.
    function: FunctionIndex,
    charged: [u64; N],
    resyncs: FxHashMap<ResyncPlace, u64>,
    limits: Limits,
    prober: Prober,
    pub(crate) repeats: Repeats<N>,
}

impl<const N: usize> CallTree<N> {
    /// A tree whose root is `function`, for an engine with `sites` instruction indices.
    pub fn new(function: FunctionIndex, sites: usize) -> Self {
        Self::limited(function, sites, Limits::default())
    }

    /// The same with other limits.
    pub fn limited(function: FunctionIndex, sites: usize, limits: Limits) -> Self {
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
            suspended: Vec::new(),
            current: 0,
            function,
            charged: [0; N],
            resyncs: FxHashMap::default(),
            limits,
            prober: Prober::default(),
            repeats: Repeats::none(),
        }
    }

    /// The running context.
    #[inline]
    pub fn current(&self) -> u32 {
        self.current
    }

    /// Function of the running context.
    #[inline]
    pub fn current_function(&self) -> FunctionIndex {
        self.function
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
        self.push_frame(return_address, stack_pointer);
        self.current = self.child(site, function, Entry::Call);
        self.function = function;
        self.nodes[self.current as usize].calls += 1;
    }

    #[inline]
    fn push_frame(&mut self, return_address: u64, stack_pointer: u64) {
        if self.stack.len() == self.stack.capacity() {
            self.make_room();
        }
        self.stack.push(Frame {
            caller: self.current,
            function: self.function,
            return_address,
            stack_pointer,
            watch: 0,
        });
    }

    #[cold]
    #[inline(never)]
    fn make_room(&mut self) {
        if self.stack.len() >= self.limits.frames {
            self.stack.drain(..self.limits.frames / 2);
        } else {
            self.stack.reserve(64);
        }
    }

    /// A return at `site`.
    #[inline]
    pub fn ret(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        if let Some(&top) = self.stack.last() {
            if top.is_left_by(to.address, stack_pointer) && top.function == to.function {
                self.charge(counted);
                self.current = top.caller;
                self.function = top.function;
                self.stack.pop();
                return;
            }
        }
        self.ret_unmatched(site, to, stack_pointer, counted);
    }

    /// A return that is not simply the top frame's. What fits in full goes first: a frame further down (its
    /// callees were unwound), then a suspended stack.
    #[cold]
    #[inline(never)]
    fn ret_unmatched(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        let last = self.stack.len().wrapping_sub(1);
        if let Some(depth) = self.frame_left(to.address, stack_pointer) {
            if depth != last {
                self.note_resync(site, to.address);
            }
            self.unwind_to(depth, counted);
        } else if self.resume(to.address, stack_pointer, counted) {
            self.note_resync(site, to.address);
        } else if let Some(depth) = self.frame_nearly_left(to, stack_pointer) {
            if depth != last {
                self.note_resync(site, to.address);
            }
            self.unwind_to(depth, counted);
        }
        // Nothing fitted, or it was a call that ended its function and returns into the next one.
        if to.function != self.function {
            self.leave_function(site, to, stack_pointer, counted);
        }
    }

    /// The innermost frame that a return ends by address and stack pointer.
    fn frame_left(&self, address: u64, stack_pointer: u64) -> Option<usize> {
        let mut frames = self.stack.iter();
        frames.rposition(|frame| frame.is_left_by(address, stack_pointer))
    }

    /// The frame that a return ends by part of the signs: of the top frame, its caller and stack pointer (it
    /// returned to another instruction of its caller) or its address (it moved the stack pointer on
    /// purpose, as start-up code and millicode do); further down, the address.
    fn frame_nearly_left(&self, to: Landing, stack_pointer: u64) -> Option<usize> {
        let top = self.stack.last()?;
        // A tail caller of that function is nearer than the frame's (a call linked by hand).
        let to_tail_caller =
            to.function != self.function && self.earlier_in_chain(to.function).is_some();
        let to_caller = top.stack_pointer == stack_pointer && top.function == to.function;
        if to_caller && !to_tail_caller && !to.at_entry {
            return Some(self.stack.len() - 1);
        }
        let mut frames = self.stack.iter();
        frames.rposition(|frame| frame.return_address == to.address)
    }

    /// A jump (or fall-through) at `site` that may leave the running function.
    #[inline]
    pub fn leave(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        if let Some(&top) = self.stack.last() {
            // A return, through whatever register.
            if top.is_left_by(to.address, stack_pointer) {
                return self.ret(site, to, stack_pointer, counted);
            }
        }
        if to.function != self.function {
            self.leave_function(site, to, stack_pointer, counted);
        }
    }

    fn leave_function(&mut self, site: u32, to: Landing, stack_pointer: u64, counted: &[u64; N]) {
        if !self.suspended.is_empty() && self.resume(to.address, stack_pointer, counted) {
            self.note_resync(site, to.address);
            return;
        }
        let earlier = self.earlier_in_chain(to.function);
        if !to.at_entry {
            // Back to where a tail call came from: a cold part of the function, or a call without link.
            if let Some(node) = earlier {
                self.charge(counted);
                self.go_to(node);
                return;
            }
            self.note_resync(site, to.address);
            if let Some(depth) = self.frame_unwound(to.function, stack_pointer) {
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
        let node = match earlier {
            Some(node) => node,
            None => self.child(site, to.function, entry),
        };
        self.go_to(node);
        self.nodes[self.current as usize].calls += 1;
    }

    /// The frame whose caller goes on after an unwind into the middle of `function`: the innermost with
    /// the stack pointer as it was at the call, or, should the caller have moved it since, the
    /// innermost whose callee's stack is gone.
    fn frame_unwound(&self, function: FunctionIndex, stack_pointer: u64) -> Option<usize> {
        let exact = self
            .stack
            .iter()
            .rposition(|frame| frame.stack_pointer == stack_pointer && frame.function == function);
        let gone = || {
            self.stack.iter().rposition(|frame| {
                frame.stack_pointer < stack_pointer && frame.function == function
            })
        };
        exact.or_else(gone)
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
        self.go_to(self.stack[depth].caller);
        if depth + 1 < self.stack.len() {
            let frames = self.stack.split_off(depth + 1);
            self.suspend(frames);
        }
        self.stack.truncate(depth);
    }

    fn suspend(&mut self, frames: Vec<Frame>) {
        let top = frames[frames.len() - 1];
        self.suspended
            .retain(|other| !is_top(other, top.return_address, top.stack_pointer));
        self.suspended.push(frames);
        let mut held: usize = self.suspended.iter().map(Vec::len).sum();
        while self.suspended.len() > MOST_SUSPENDED || held > MOST_SUSPENDED_FRAMES {
            held -= self.suspended.remove(0).len();
        }
    }

    /// Goes on with a suspended stack on top of the running one, if control comes back to its top frame.
    fn resume(&mut self, address: u64, stack_pointer: u64, counted: &[u64; N]) -> bool {
        let mut suspended = self.suspended.iter();
        let found = suspended.rposition(|frames| is_top(frames, address, stack_pointer));
        let Some(mut frames) = found.map(|at| self.suspended.remove(at)) else {
            return false;
        };
        self.charge(counted);
        if let Some(top) = frames.pop() {
            self.go_to(top.caller);
        }
        self.stack.append(&mut frames);
        true
    }

    fn go_to(&mut self, node: u32) {
        self.current = node;
        self.function = self.nodes[node as usize].function;
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
        if self.nodes.len() >= self.limits.nodes {
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

    /// Nodes that stand for all further contexts of a function, since there were too many.
    pub fn folded_nodes(&self) -> impl Iterator<Item = u32> + '_ {
        self.folded.values().copied()
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
