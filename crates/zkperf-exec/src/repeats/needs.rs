//! What a function may read and write through its arguments, from its code.
//!
//! A forward walk over the instructions follows each argument through moves, sums and spills. An argument is needed if
//! something is computed from it, branched on, or loaded through it. Offsets of loads and stores are kept where they
//! are certain, and so are the words at such offsets through which memory is read in turn. Calls count as what the callee
//! does with its own arguments; what does not return (panics) counts for nothing.
//!
//! A function that writes through what it loaded, changes what lies at a fixed address or calls what is not known has
//! *effects*: that it is given the same does not make it needless. One that reads further than the walk follows *reads on*:
//! its arguments do not tell all of what it is given.

use super::code::{CodeBytes, Offsets};
use super::state::State;
use super::walk::Walk;
use crate::FunctionIndex;
use std::collections::BTreeMap;
use std::sync::Arc;
use zkperf_profile::Function;
use zkperf_symbols::without_hash;

/// What becomes of one argument.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Need {
    /// Whether anything depends on it.
    pub(super) live: bool,
    /// Read at these offsets.
    pub(super) read: Offsets,
    /// Read at others, too.
    pub(super) read_open: bool,
    /// Written at these offsets.
    pub(super) written: Offsets,
    /// Written at others, too.
    pub(super) written_open: bool,
    /// Offsets of the words that lead to more that is read.
    pub(super) through: Offsets,
    /// Bytes of the widest load at offsets that are not known.
    pub(super) width: u8,
}

impl Need {
    pub(super) fn used(&mut self) {
        self.live = true;
        self.read_open = true;
        self.written_open = true;
    }

    pub(super) fn is_read(&self) -> bool {
        self.read_open || !self.read.is_empty()
    }

    pub(super) fn is_written(&self) -> bool {
        self.written_open || !self.written.is_empty()
    }
}

/// What a function does with its arguments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Of a0 to a7.
    pub(super) of: [Need; 8],
    /// Whether it may change more than its result.
    pub(super) effects: bool,
    /// Whether it reads more than its arguments tell.
    pub(super) reads_on: bool,
    /// Whether it ever returns.
    pub(super) returns: bool,
}

impl Needs {
    fn unknown() -> Needs {
        Needs {
            effects: true,
            returns: true,
            ..Needs::default()
        }
    }
}

/// How deep calls are followed.
const MOST_DEPTH: usize = 64;

/// Functions with more instructions are not walked through.
const MOST_INSTRUCTIONS: usize = 1 << 15;

/// The needs of a program's functions, found when asked for.
#[derive(Debug)]
pub(super) struct Analysis {
    pub(super) code: Arc<CodeBytes>,
    pub(super) functions: Vec<Function>,
    by_address: BTreeMap<u64, FunctionIndex>,
    known: Vec<Option<Box<Needs>>>,
    /// Functions that are being walked through, each called by the one before.
    unfinished: Vec<FunctionIndex>,
}

impl Analysis {
    pub(super) fn new(code: Arc<CodeBytes>, functions: &[Function]) -> Self {
        let entries = functions.iter().enumerate();
        let entries = entries.filter_map(|(at, function)| Some((function.address?, at as u32)));
        Self {
            code,
            by_address: entries.collect(),
            known: vec![None; functions.len()],
            functions: functions.to_vec(),
            unfinished: Vec::new(),
        }
    }

    pub(super) fn word_bytes(&self) -> usize {
        self.code.word_bytes()
    }

    /// What a function needs.
    pub(super) fn needs(&mut self, function: FunctionIndex) -> Needs {
        let at = function as usize;
        // Of two functions that call each other, the inner one sees an unfinished answer of the outer.
        let is_unfinished = self
            .unfinished
            .iter()
            .rev()
            .skip(1)
            .any(|known| *known == function);
        if is_unfinished {
            return Needs::unknown();
        }
        if let Some(known) = &self.known[at] {
            return **known;
        }
        if let Some(needs) = of_known_function(&self.functions[at]) {
            self.known[at] = Some(Box::new(needs));
            return needs;
        }
        let words = self.code.words(&self.functions[at]);
        let words = words.filter(|words| words.len() <= MOST_INSTRUCTIONS);
        let (Some(words), true) = (words, self.unfinished.len() < MOST_DEPTH) else {
            return Needs::unknown();
        };
        // A recursive call adds what is known so far; a second round brings that to where it is handed on.
        let mut needs = Needs {
            returns: true,
            ..Needs::default()
        };
        self.known[at] = Some(Box::new(needs));
        self.unfinished.push(function);
        for round in 0..2 {
            let mut walk = Walk {
                start: self.functions[at].address.unwrap_or(0),
                words: &words,
                needs: Needs {
                    returns: round > 0 && needs.returns,
                    ..needs
                },
                analysis: self,
                states: vec![None; words.len()],
                todo: vec![0],
            };
            walk.states[0] = Some(State::entry());
            walk.run();
            let is_same = walk.needs == needs;
            needs = walk.needs;
            self.known[at] = Some(Box::new(needs));
            if is_same {
                break;
            }
        }
        self.unfinished.pop();
        needs
    }

    pub(super) fn at(&self, address: u64) -> Option<FunctionIndex> {
        self.by_address.get(&address).copied()
    }
}

/// Functions whose arguments say all, whatever their code looks like: a loop over as many bytes as one of them says, a
/// circuit's, the allocator's; hashes, which keep nothing.
fn of_known_function(function: &Function) -> Option<Needs> {
    let number = Need {
        live: true,
        ..Need::default()
    };
    let read = Need {
        read_open: true,
        width: 1,
        ..number
    };
    let written = Need {
        written_open: true,
        ..Need::default()
    };
    let digest = Need {
        written: Offsets::first(DIGEST_BYTES),
        ..Need::default()
    };
    let first: [Need; 4] = match function.name.as_str() {
        // The digest's place, `&self`, address and length of what is hashed.
        name if is_hash(name) => [digest, Need::default(), read, number],
        "memcpy" | "memmove" => [written, read, number, Need::default()],
        "memset" => [written, number, number, Need::default()],
        "memcmp" | "bcmp" => [read, read, number, Need::default()],
        name if is_allocator(name) => [number; 4],
        _ => return None,
    };
    let mut of = <[Need; 8]>::default();
    of[..4].copy_from_slice(&first);
    Some(Needs {
        of,
        returns: true,
        ..Needs::default()
    })
}

/// Bytes of a hash of Keccak-256 or SHA-256.
const DIGEST_BYTES: usize = 32;

/// Whether a function is a hash of ethrex's seam for cryptography, `fn(&self, &[u8]) -> [u8; 32]` of the trait `Crypto`. How
/// it comes by the digest (a circuit, a sponge behind `self`) is no effect that anybody could see.
pub(super) fn is_hash(name: &str) -> bool {
    let name = without_hash(name);
    let of_trait = name.rsplit_once(" as ethrex_crypto::").map(|(_, of)| of);
    of_trait
        .is_some_and(|of| of.ends_with("::Crypto>::keccak256") || of.ends_with("::Crypto>::sha256"))
}

/// The allocator's interface, as all code calls it.
pub(super) fn is_allocator(name: &str) -> bool {
    matches!(
        name.rsplit("::").next().unwrap_or(name),
        "__rust_alloc" | "__rust_alloc_zeroed" | "__rust_dealloc" | "__rust_realloc"
    )
}

/// Whether a function handles as many bytes as its third argument says.
pub(super) fn counts_bytes(name: &str) -> bool {
    matches!(name, "memcpy" | "memmove" | "memset" | "memcmp" | "bcmp")
}
