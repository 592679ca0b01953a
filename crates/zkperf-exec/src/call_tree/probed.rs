//! The call tree with a look at the guest: what probes see labels contexts, and watched calls are compared.
//!
//! Contexts that differ in their label are different nodes. A label holds for everything below its node.

use super::{is_top, CallTree, ContextNode, FunctionIndex, Landing};
use crate::probe::{Entered, GuestMemory, Mark, Probe, Prober};
use crate::repeats::{CodeBytes, Repeats};
use std::sync::Arc;
use zkperf_profile::{Entry, Function, Label};

impl<const N: usize> CallTree<N> {
    /// The tree with probes at `functions`, which its function indices mean.
    pub fn with_probes(mut self, probes: &[Probe], functions: &[Function]) -> Self {
        self.prober = Prober::new(probes, functions);
        self
    }

    /// The tree with its calls compared, to find those that do the same again. `steps` is the counter of steps.
    pub fn with_repeats(
        mut self,
        code: &Arc<CodeBytes>,
        functions: &[Function],
        steps: usize,
    ) -> Self {
        self.repeats = Repeats::new(code.clone(), functions, steps);
        self
    }

    /// [`Self::call`], with a look at the guest if a probe stands where it goes, or calls of it are compared.
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
        let is_probed = to.at_entry && self.prober.watches(to.function);
        let is_watched = to.at_entry && self.repeats.watches(to.function);
        if !is_probed && !is_watched {
            return self.call(site, to.function, return_address, stack_pointer, counted);
        }
        let guest = entered();
        if is_probed {
            let mark = self
                .prober
                .look(to.function, self.current_function(), &guest);
            self.charge(counted);
            if mark.caller != 0 {
                self.relabel(mark.caller);
            }
            self.push_frame(return_address, stack_pointer);
            self.enter_labelled(site, to.function, Entry::Call, mark);
        } else {
            self.call(site, to.function, return_address, stack_pointer, counted);
        }
        if is_watched {
            let at = (self.current, self.stack.len());
            let watch = self.repeats.enter(to.function, at, &guest, counted);
            if let Some(top) = self.stack.last_mut() {
                top.watch = watch;
            }
        }
    }

    /// [`Self::ret`], with a look at the guest if it ends a call that is compared.
    #[inline]
    pub fn probed_ret<'a, M: GuestMemory + 'a>(
        &mut self,
        site: u32,
        to: Landing,
        stack_pointer: u64,
        counted: &[u64; N],
        returned: impl FnOnce() -> Entered<'a, M>,
    ) {
        self.end_watch(to.address, stack_pointer, counted, returned);
        self.ret(site, to, stack_pointer, counted);
    }

    #[inline]
    fn end_watch<'a, M: GuestMemory + 'a>(
        &mut self,
        address: u64,
        stack_pointer: u64,
        counted: &[u64; N],
        returned: impl FnOnce() -> Entered<'a, M>,
    ) {
        if let Some(top) = self.stack.last() {
            if top.watch != 0 && top.is_left_by(address, stack_pointer) {
                self.repeats.leave(top.watch, &returned(), counted);
            }
        }
    }

    /// [`Self::leave`], with a look at the guest if a probe stands where it goes, or it returns from a call that is
    /// compared.
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
        if returns() {
            self.end_watch(to.address, stack_pointer, counted, entered);
            return self.leave(site, to, stack_pointer, counted);
        }
        if !watched || to.function == self.function {
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
