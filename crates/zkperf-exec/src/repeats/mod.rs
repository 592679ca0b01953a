//! Work that is done more than once: calls of a function with the same arguments, at the same number of steps, with
//! the same result.
//!
//! Which calls can be compared, a function's code says ([`needs`]): of a function that changes nothing but what it gives
//! back. Where such a function begins, what it is given is hashed ([`contents`]): numbers by themselves, addresses by what
//! lies there, as far as the code says how much is read. Where it returns, what it left is hashed the same way. A call is a
//! *repeat* if the same function was given the same before, took as many steps and left the same. Of repeats within repeats
//! only the outermost counts.
//!
//! Where a function may read more than is compared (through more than one address, or bytes without a length), its calls
//! are counted as seen in part: the same beginning, as many steps and the same result are then all there is to go by. Calls
//! that were given the same and still differ in steps or result are counted, too: they depend on something else after all.

mod code;
mod contents;
mod needs;
mod state;
mod table;
#[cfg(test)]
mod tests;
mod walk;

pub use code::CodeBytes;

use crate::probe::{Entered, GuestMemory};
use crate::FunctionIndex;
use contents::Reader;
use needs::{Analysis, Needs};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use zkperf_profile::{Function, Origin};

/// Steps, on the average, from which a call is worth being watched: a look-up by its arguments costs about as much.
const LEAST_STEPS: u64 = 256;
/// Calls after which that is decided.
const TRIAL_CALLS: u64 = 32;
/// Calls after which a function must have repeated itself …
const LONG_TRIAL_CALLS: u64 = 2048;
/// … in one call of so many.
const LEAST_REPEATS: u64 = 64;
/// Argument sets that are remembered.
const MOST_SETS: usize = 1 << 18;
/// Repeats that are kept in mind until it is clear that they are no part of a greater one.
const MOST_PENDING: usize = 1 << 17;
/// Watched calls that are open at once.
const MOST_OPEN: usize = 4096;

/// What is done about a function's calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Watch {
    /// Nothing.
    Off,
    /// They are compared.
    Calls,
    /// Nothing any more: it may change more than its result.
    Effects,
    /// Nothing any more: they are too cheap, or never alike.
    Dropped,
}

/// What became known of one function.
#[derive(Debug, Clone, Copy, Default)]
struct Trial {
    calls: u64,
    steps: u64,
    repeats: u64,
}

/// What happened in one calling context.
#[derive(Debug, Clone, Copy)]
struct Row<const N: usize> {
    calls: u64,
    different: u64,
    repeats: u64,
    differed: u64,
    /// Calls that may read more than was compared.
    in_part: u64,
    /// Most calls that were given the same, up to here.
    most_alike: u64,
    /// Everything counted in the repeats.
    cost: [u64; N],
}

impl<const N: usize> Default for Row<N> {
    fn default() -> Self {
        Self {
            calls: 0,
            different: 0,
            repeats: 0,
            differed: 0,
            in_part: 0,
            most_alike: 0,
            cost: [0; N],
        }
    }
}

/// What the first call of its kind came to.
#[derive(Debug, Clone, Copy)]
struct Seen {
    steps: u64,
    left: u64,
    count: u64,
}

/// A watched call that has not returned.
#[derive(Debug, Clone, Copy)]
struct Open<const N: usize> {
    id: u64,
    function: FunctionIndex,
    node: u32,
    depth: usize,
    arguments: [u64; 8],
    given: u64,
    in_part: bool,
    /// Whether the same was given before, so that this may be a repeat.
    known: bool,
    counted: [u64; N],
    /// Of [`Repeats::pending`]: repeats within this call.
    pending: usize,
}

/// Watches the calls of a run, of whose `N` counters one counts steps.
#[derive(Debug)]
pub(crate) struct Repeats<const N: usize> {
    watches: Vec<Watch>,
    trials: Vec<Trial>,
    analysis: Analysis,
    /// Which counter counts steps.
    steps: usize,
    open: Vec<Open<N>>,
    last_id: u64,
    /// Open calls that may be repeats.
    known_open: usize,
    /// Repeats within those: (context, cost). They are forgotten if the outer call is a repeat itself.
    pending: Vec<(u32, [u64; N])>,
    seen: FxHashMap<(FunctionIndex, u64), Seen>,
    rows: FxHashMap<u32, Row<N>>,
    /// Argument sets that there was no room for.
    not_remembered: u64,
}

impl<const N: usize> Repeats<N> {
    /// Watches nothing.
    pub(crate) fn none() -> Self {
        Self::new(Arc::default(), &[], 0)
    }

    /// Watches the guest's own functions.
    pub(crate) fn new(code: Arc<CodeBytes>, functions: &[Function], steps: usize) -> Self {
        let watch = |function: &Function| match function.origin {
            Origin::Guest if is_others(&function.name) => Watch::Off,
            Origin::Guest => Watch::Calls,
            _ => Watch::Off,
        };
        Self {
            watches: functions.iter().map(watch).collect(),
            trials: vec![Trial::default(); functions.len()],
            analysis: Analysis::new(code, functions),
            steps,
            open: Vec::new(),
            last_id: 0,
            known_open: 0,
            pending: Vec::new(),
            seen: FxHashMap::default(),
            rows: FxHashMap::default(),
            not_remembered: 0,
        }
    }

    /// Whether calls of a function are to be told.
    #[inline]
    pub(crate) fn watches(&self, function: FunctionIndex) -> bool {
        let watch = self.watches.get(function as usize);
        watch.is_some_and(|watch| *watch == Watch::Calls)
    }

    /// A watched function was called in a context, as frame number `depth` of the stack: a number for its return, or 0.
    pub(crate) fn enter<M: GuestMemory>(
        &mut self,
        function: FunctionIndex,
        (node, depth): (u32, usize),
        guest: &Entered<M>,
        counted: &[u64; N],
    ) -> u64 {
        // Frames as far out as this one were unwound.
        while let Some(gone) = self.open.pop_if(|call| call.depth >= depth) {
            self.known_open -= usize::from(gone.known);
        }
        if self.known_open == 0 {
            self.settle();
        }
        if self.open.len() >= MOST_OPEN {
            return 0;
        }
        let needs = self.analysis.needs(function);
        if needs.effects {
            self.watches[function as usize] = Watch::Effects;
            return 0;
        }
        let reader = self.reader(guest.memory);
        let given = reader.given(function.into(), &guest.arguments, &needs);
        let (given, in_part) = (given.value(), given.in_part);
        let known = self.seen.contains_key(&(function, given));
        self.known_open += usize::from(known);
        self.last_id += 1;
        self.open.push(Open {
            id: self.last_id,
            function,
            node,
            depth,
            arguments: guest.arguments,
            given,
            in_part,
            known,
            counted: *counted,
            pending: self.pending.len(),
        });
        self.last_id
    }

    fn reader<'m, M>(&self, memory: &'m M) -> Reader<'m, M> {
        Reader {
            memory,
            word: self.analysis.word_bytes(),
        }
    }

    /// The call of that number returned, with the guest as it is then.
    pub(crate) fn leave<M: GuestMemory>(
        &mut self,
        id: u64,
        guest: &Entered<M>,
        counted: &[u64; N],
    ) {
        // What lies above was unwound.
        while let Some(call) = self.open.pop_if(|call| call.id >= id) {
            self.known_open -= usize::from(call.known);
            if call.id == id {
                self.returned(call, guest, counted);
            }
            if self.known_open == 0 {
                self.settle();
            }
        }
    }

    fn returned<M: GuestMemory>(&mut self, call: Open<N>, guest: &Entered<M>, counted: &[u64; N]) {
        let mut cost = *counted;
        for (cost, before) in cost.iter_mut().zip(&call.counted) {
            *cost -= before;
        }
        let steps = cost[self.steps];
        let needs: Needs = self.analysis.needs(call.function);
        let results = [guest.arguments[0], guest.arguments[1]];
        let left = self
            .reader(guest.memory)
            .left(&call.arguments, results, &needs);
        let is_full = self.seen.len() >= MOST_SETS;
        let row = self.rows.entry(call.node).or_default();
        row.calls += 1;
        row.in_part += u64::from(call.in_part);
        let mut is_repeat = false;
        match self.seen.get_mut(&(call.function, call.given)) {
            // An inner call may have been the first of its kind; the outer one began before it.
            Some(seen) if call.known => {
                seen.count += 1;
                row.most_alike = row.most_alike.max(seen.count);
                is_repeat = (seen.steps, seen.left) == (steps, left);
                row.differed += u64::from(!is_repeat);
            }
            Some(_) => row.different += 1,
            None => {
                row.different += 1;
                row.most_alike = row.most_alike.max(1);
                if is_full {
                    self.not_remembered += 1;
                } else {
                    let count = 1;
                    self.seen
                        .insert((call.function, call.given), Seen { steps, left, count });
                }
            }
        }
        if is_repeat {
            self.pending.truncate(call.pending);
            if self.pending.len() < MOST_PENDING {
                self.pending.push((call.node, cost));
            }
        }
        self.judge(call.function, steps, is_repeat);
    }

    /// No open call can be a repeat any more: the repeats within them are the outermost.
    fn settle(&mut self) {
        for (node, cost) in self.pending.drain(..) {
            let row = self.rows.entry(node).or_default();
            row.repeats += 1;
            for (sum, cost) in row.cost.iter_mut().zip(cost) {
                *sum += cost;
            }
        }
    }

    /// Stops watching functions that are too cheap, or never do the same twice.
    fn judge(&mut self, function: FunctionIndex, steps: u64, is_repeat: bool) {
        let trial = &mut self.trials[function as usize];
        trial.calls += 1;
        trial.steps += steps;
        trial.repeats += u64::from(is_repeat);
        let is_cheap = trial.calls == TRIAL_CALLS && trial.steps < TRIAL_CALLS * LEAST_STEPS;
        let is_new = trial.calls.is_multiple_of(LONG_TRIAL_CALLS)
            && trial.repeats < trial.calls / LEAST_REPEATS;
        if !is_cheap && !is_new {
            return;
        }
        // What a hash costs may be its circuit's price, which is no steps. And it has one name for many purposes: of all
        // that it is asked, what is asked again may be rare.
        if !needs::is_hash(&self.analysis.functions[function as usize].name) {
            self.watches[function as usize] = Watch::Dropped;
            self.seen.retain(|(of, _), _| *of != function);
        }
    }
}

/// Functions whose repeats are other rules' business: what moves memory, finds it, or makes text.
fn is_others(name: &str) -> bool {
    let starts = [
        "core::fmt",
        "alloc::fmt",
        "core::panicking",
        "core::ptr::drop",
    ];
    let is_start = |start: &&str| name.trim_start_matches('<').starts_with(*start);
    needs::counts_bytes(name) || needs::is_allocator(name) || starts.iter().any(is_start)
}
