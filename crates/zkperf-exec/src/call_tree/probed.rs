//! The call tree with probes: what they see labels contexts.
//!
//! Contexts that differ in their label are different nodes. A label holds for everything below its node.

use super::{is_top, CallTree, ContextNode, FunctionIndex, Landing};
use crate::probe::{Entered, GuestMemory, Mark, Probe, Prober};
use zkperf_profile::{Entry, Function, Label};

impl<const N: usize> CallTree<N> {
    /// The tree with probes at `functions`, which its function indices mean.
    pub fn with_probes(mut self, probes: &[Probe], functions: &[Function]) -> Self {
        self.prober = Prober::new(probes, functions);
        self
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
        self.push_frame(return_address, stack_pointer);
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
        let returns = || is_top(&self.stack, to.address, stack_pointer);
        if !watched || to.function == self.function || returns() {
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
        let child = self.find_child((self.current, site), function, entry, mark.entered);
        self.go_to(child);
        self.nodes[child as usize].calls += 1;
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

    /// The label sets of the contexts.
    pub fn labels(&self) -> &[Label] {
        self.prober.labels()
    }
}
