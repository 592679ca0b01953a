//! Probes: looks at a guest's arguments and memory where a function begins, to label what it and
//! everything below it costs (a transaction's index, a contract's address) without changing the guest.
//!
//! A probe is data ([`Probe`]), so that it can be handed to an engine in another process. What it
//! reads never reaches the guest, and is read without charging anything.

use crate::FunctionIndex;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use zkperf_profile::{Function, Label};
use zkperf_symbols::without_hash;

/// Most bytes that a probe reads.
pub const MOST_BYTES: usize = 32;

/// Most label sets of a run; what comes after is labelled [`OTHER`].
const MOST_LABELS: usize = 1 << 20;

/// Value of everything past [`MOST_LABELS`] values.
const OTHER: &str = "other";

/// Where to look, at what, and what to label with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// The functions it stands at: demangled names without hash; `*` at the end stands for any rest.
    pub functions: Vec<String>,
    /// Only entries from these functions count; from any if empty.
    #[serde(default)]
    pub callers: Vec<String>,
    /// Key of the label, such as `tx`.
    pub key: String,
    /// Value of the label.
    pub value: ProbeValue,
    /// What is labelled.
    pub on: Labelled,
}

/// What a probe labels with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProbeValue {
    /// The number of entries before this one: 0, 1, 2 …
    Next,
    /// The number that [`ProbeValue::Next`] gave last for the same key.
    Same,
    /// An argument, in decimal.
    Argument {
        /// Which: 0 is a0.
        argument: u8,
    },
    /// Bytes of memory, as `0x…`.
    Bytes {
        /// Which argument points there: 0 is a0.
        argument: u8,
        /// Where from there, in bytes.
        offset: u64,
        /// How many; at most [`MOST_BYTES`].
        count: u8,
    },
}

/// What a probe labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Labelled {
    /// The function entered, with everything below it.
    Entered,
    /// The function that called, from here on until a probe says otherwise or it returns, with
    /// everything below it: for an interpreter's loop, whose handlers are called.
    Caller,
}

/// A guest's memory, to be looked at without consequences.
pub trait GuestMemory {
    /// Reads bytes; false if some are outside memory. Never charges, pages or changes anything.
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool;
}

/// A guest at the first instruction of a function.
#[derive(Debug, Clone, Copy)]
pub struct Entered<'a, M> {
    /// Its arguments: registers a0 to a7.
    pub arguments: [u64; 8],
    /// Its memory.
    pub memory: &'a M,
}

impl<'a, M> Entered<'a, M> {
    /// From a register file, x0 first.
    #[inline]
    pub fn new<T: Copy + Into<u64>>(registers: &[T], memory: &'a M) -> Self {
        Self {
            arguments: std::array::from_fn(|at| registers[10 + at].into()),
            memory,
        }
    }
}

/// What the call tree has to do at an entry. Label sets are counted from 1; 0 is none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Label of the context that was entered.
    pub(crate) entered: u32,
    /// Label of the caller's context from now on; 0 leaves it alone.
    pub(crate) caller: u32,
}

/// The probes of a run, bound to the functions of a program.
#[derive(Debug, Default)]
pub(crate) struct Prober {
    /// For each function 0, or one more than its list in `lists`.
    watched: Vec<u16>,
    /// Different sets of probes that stand at functions.
    lists: Vec<Vec<usize>>,
    probes: Vec<Bound>,
    /// Number of entries so far, by key.
    numbers: FxHashMap<String, u64>,
    labels: Vec<Label>,
    /// (label set, pair of key and value) → the set of both.
    known: FxHashMap<(u32, (String, String)), u32>,
    /// (label set, probe, number) → the set of both: the same without making texts.
    known_numbers: FxHashMap<(u32, usize, u64), u32>,
}

/// A probe in use.
#[derive(Debug)]
struct Bound {
    probe: Probe,
    /// Which functions may call; any if `None`.
    callers: Option<Vec<bool>>,
    /// The label set before, the bytes read last, and the set they gave.
    last: Option<(u32, [u8; MOST_BYTES], u32)>,
}

impl Prober {
    /// Binds probes to a program's functions.
    pub(crate) fn new(probes: &[Probe], functions: &[Function]) -> Self {
        let mut prober = Self::default();
        if probes.is_empty() {
            return prober;
        }
        let names = functions.iter();
        let names: Vec<Cow<'_, str>> = names.map(|function| without_hash(&function.name)).collect();
        let callers = |probe: &Probe| -> Option<Vec<bool>> {
            let matches = |name: &Cow<'_, str>| matches_any(&probe.callers, name);
            (!probe.callers.is_empty()).then(|| names.iter().map(matches).collect())
        };
        prober.probes = probes
            .iter()
            .map(|probe| Bound {
                callers: callers(probe),
                probe: probe.clone(),
                last: None,
            })
            .collect();
        for name in &names {
            let stands = |at: &usize| matches_any(&probes[*at].functions, name);
            let list = (0..probes.len()).filter(stands).collect();
            let watched = prober.list(list);
            prober.watched.push(watched);
        }
        prober
    }

    fn list(&mut self, list: Vec<usize>) -> u16 {
        if list.is_empty() {
            return 0;
        }
        let known = self.lists.iter().position(|known| *known == list);
        let at = known.unwrap_or_else(|| {
            self.lists.push(list);
            self.lists.len() - 1
        });
        u16::try_from(at + 1).unwrap_or(0)
    }

    /// Whether something is to be looked at where this function begins.
    #[inline]
    pub(crate) fn watches(&self, function: FunctionIndex) -> bool {
        let list = self.watched.get(function as usize);
        list.is_some_and(|list| *list != 0)
    }

    /// Looks, where `function`, one that is watched, was entered from `caller`.
    pub(crate) fn look<M: GuestMemory>(
        &mut self,
        function: FunctionIndex,
        caller: FunctionIndex,
        guest: &Entered<M>,
    ) -> Mark {
        let mut mark = Mark::default();
        let list = usize::from(self.watched[function as usize]) - 1;
        for nth in 0..self.lists[list].len() {
            let at = self.lists[list][nth];
            let bound = &self.probes[at];
            let other_caller = |allowed: &Vec<bool>| !allowed[caller as usize];
            if bound.callers.as_ref().is_some_and(other_caller) {
                continue;
            }
            match bound.probe.on {
                Labelled::Entered => mark.entered = self.labelled(at, mark.entered, guest),
                Labelled::Caller => mark.caller = self.labelled(at, mark.caller, guest),
            }
        }
        mark
    }

    /// The label set `set` with what the probe sees; as it is if the probe sees nothing.
    fn labelled<M: GuestMemory>(&mut self, at: usize, set: u32, guest: &Entered<M>) -> u32 {
        match self.probes[at].probe.value {
            ProbeValue::Next => {
                let key = self.probes[at].probe.key.clone();
                let next = self.numbers.entry(key).or_default();
                *next += 1;
                self.numbered(at, set)
            }
            ProbeValue::Same => self.numbered(at, set),
            ProbeValue::Argument { argument } => {
                let value = guest.arguments[usize::from(argument) % 8];
                self.with_number(set, at, value)
            }
            ProbeValue::Bytes {
                argument,
                offset,
                count,
            } => {
                let mut bytes = [0; MOST_BYTES];
                let used = &mut bytes[..usize::from(count).min(MOST_BYTES)];
                let base = guest.arguments[usize::from(argument) % 8];
                if !guest.memory.peek(base.wrapping_add(offset), used) {
                    return set;
                }
                // Nearly always: one contract runs many instructions.
                if let Some((from, last, label)) = self.probes[at].last {
                    if (from, last) == (set, bytes) {
                        return label;
                    }
                }
                let used = &bytes[..usize::from(count).min(MOST_BYTES)];
                let label = self.with_pair(set, at, format!("0x{}", hex::encode(used)));
                self.probes[at].last = Some((set, bytes, label));
                label
            }
        }
    }

    /// `set` with the number given last for the probe's key.
    fn numbered(&mut self, at: usize, set: u32) -> u32 {
        match self.numbers.get(&self.probes[at].probe.key) {
            Some(&number) => self.with_number(set, at, number - 1),
            None => set,
        }
    }

    /// `set` with the pair of the probe's key and a number.
    fn with_number(&mut self, set: u32, at: usize, number: u64) -> u32 {
        if let Some(&label) = self.known_numbers.get(&(set, at, number)) {
            return label;
        }
        let label = self.with_pair(set, at, number.to_string());
        self.known_numbers.insert((set, at, number), label);
        label
    }

    /// `set` with the pair of the probe's key and `value`.
    fn with_pair(&mut self, set: u32, at: usize, value: String) -> u32 {
        let key = &self.probes[at].probe.key;
        let full = self.labels.len() >= MOST_LABELS;
        let value = if full { OTHER.to_owned() } else { value };
        let pair = (key.clone(), value);
        if let Some(&label) = self.known.get(&(set, pair.clone())) {
            return label;
        }
        let mut pairs = match set {
            0 => Vec::new(),
            set => self.labels[set as usize - 1].pairs.clone(),
        };
        pairs.push(pair.clone());
        self.labels.push(Label { pairs });
        let label = self.labels.len() as u32;
        self.known.insert((set, pair), label);
        label
    }

    /// The label sets; the first is number 1 of a [`Mark`].
    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }
}

/// Whether a name, without hash, is one of the patterns'.
fn matches_any(patterns: &[String], name: &str) -> bool {
    patterns
        .iter()
        .any(|pattern| match pattern.strip_suffix('*') {
            Some(start) => name.starts_with(start),
            None => name == pattern,
        })
}
