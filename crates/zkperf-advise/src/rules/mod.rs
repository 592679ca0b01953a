//! The rules. Each claims cost from the ledger and says what it found.
//!
//! Overlap: every context's own cost belongs to at most one finding, the first rule of [`RULES`] that claims it.

mod allocation;
mod calls;
mod checks;
mod clones;
mod codec;
mod copies;
mod crypto;
mod dear;
mod glue;
mod growth;
mod narrow;
mod paging;
mod releases;
mod repeated;
mod roles;
mod software;
mod text;

pub(crate) use copies::OTHERS;
pub(crate) use crypto::amount;
pub(crate) use glue::VOLUME;
use std::collections::BTreeMap;

use zkperf_profile::thousands;
use zkperf_report::MeasureInfo;
use zkperf_symbols::Check;

use crate::advise::AdviseOptions;
use crate::finding::Finding;
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;
use crate::usage::{index, usage, Usage};
use crate::view::View;

/// Instructions, at most, to hand over a reference in place of a value: two to compute it, one to move it, one to load
/// through it.
pub(crate) const REFERENCE_INSTRUCTIONS: u64 = 4;

/// What rules look at.
pub(crate) struct Ground<'a> {
    pub view: &'a View,
    pub usage: Vec<Usage>,
    /// What the allocator spends on finding memory.
    pub found: releases::Found,
    /// The profile's file, for commands.
    pub file: &'a str,
    /// Key of the label that says how many bytes a call was asked for.
    pub size_label: &'a str,
    /// Branches of the guest that only lead to panics; nothing where its ELF is not there.
    pub checks: Option<&'a [Check]>,
    /// The release profile that it was built with; nothing where that is not known.
    pub built: Option<&'a BTreeMap<String, String>>,
}

/// A rule.
pub(crate) struct Rule {
    /// Its name.
    pub name: &'static str,
    /// What it looks for, in a line.
    pub about: &'static str,
    /// Claims and finds.
    pub find: fn(&Ground<'_>, &mut Ledger) -> Vec<Finding>,
}

/// In the order in which they claim.
pub(crate) const RULES: &[Rule] = &[
    Rule {
        name: crypto::NAME,
        about: "cryptography in software that the zkVM has a circuit for",
        find: crypto::find,
    },
    Rule {
        name: software::NAME,
        about: "cryptography in software that this version has no circuit for",
        find: software::find,
    },
    Rule {
        name: glue::NAME,
        about: "code round a circuit that costs as much as the circuit",
        find: glue::find,
    },
    Rule {
        name: repeated::NAME,
        about: "the same function, given the same, many times",
        find: repeated::find,
    },
    Rule {
        name: glue::VOLUME,
        about: "work that already runs on circuits: only less of it is cheaper",
        find: glue::volume,
    },
    Rule {
        name: text::NAME,
        about: "text and panic messages",
        find: text::find,
    },
    Rule {
        name: clones::NAME,
        about: "values copied with all they own",
        find: clones::find,
    },
    Rule {
        name: growth::NAME,
        about: "buffers that find other memory because they grow",
        find: growth::find,
    },
    Rule {
        name: paging::PAGING,
        about: "pages loaded and stored",
        find: paging::paging,
    },
    Rule {
        name: paging::FIRST_TOUCH,
        about: "memory touched for the first time",
        find: paging::first_touch,
    },
    Rule {
        name: allocation::NAME,
        about: "finding and releasing memory",
        find: allocation::find,
    },
    Rule {
        name: copies::NAME,
        about: "memcpy, memmove, memset, memcmp, by who calls them",
        find: copies::find,
    },
    Rule {
        name: roles::DIVISION,
        about: "division of 64, 128 or 256 bits without a circuit",
        find: roles::division,
    },
    Rule {
        name: checks::NAME,
        about: "branches that only lead to panics: index bounds, overflow, unwraps",
        find: checks::find,
    },
    Rule {
        name: codec::NAME,
        about: "decoding and encoding",
        find: codec::find,
    },
    Rule {
        name: narrow::NAME,
        about: "memory accesses narrower than a word, or across words",
        find: narrow::find,
    },
    Rule {
        name: roles::MAP,
        about: "hash maps and their hashing",
        find: roles::map,
    },
    Rule {
        name: roles::INPUT,
        about: "start-up and reading the input",
        find: roles::input,
    },
    Rule {
        name: calls::NAME,
        about: "calls of functions so small that they would be inlined by other build flags",
        find: calls::find,
    },
    Rule {
        name: dear::NAME,
        about: "a single function with a large share",
        find: dear::find,
    },
];

impl Ground<'_> {
    pub fn new<'a>(view: &'a View, options: &AdviseOptions<'a>) -> Ground<'a> {
        Ground {
            view,
            usage: usage(view),
            found: releases::found(view),
            file: options.file,
            size_label: options.size_label,
            checks: options.checks,
            built: options.built,
        }
    }

    /// What the run spends on an operation.
    pub fn usage_of(&self, operation: Operation) -> &Usage {
        &self.usage[index(operation)]
    }

    /// All contexts.
    pub fn nodes(&self) -> std::ops::Range<usize> {
        0..self.view.profile.nodes.len()
    }

    /// Calls of a context, and the bytes they asked for, as far as is known.
    pub fn asked(&self, node: usize) -> (u64, u64) {
        let calls = self.view.profile.nodes[node].calls;
        (
            calls,
            self.view.bytes_of(node, self.size_label).unwrap_or(0),
        )
    }

    /// A value as people read it: `1,234 cost`.
    pub fn text(&self, value: u64) -> String {
        let info = MeasureInfo::of(&self.view.profile, self.view.cost);
        format!("{} {}", info.text(value), info.shown_unit)
    }

    /// A command with the profile's file in it.
    pub fn command(&self, verb: &str, rest: &str) -> String {
        format!("zkperf {verb} {} {rest}", quoted(self.file))
            .trim_end()
            .to_owned()
    }
}

/// The own code that most of what was claimed comes from, as it stands in a title.
pub(crate) fn dearest(ground: &Ground<'_>, origins: &Origins) -> String {
    let first = origins.sorted().first().copied();
    first.map_or(String::new(), |origin| {
        short_name(origin.owner(ground.view))
    })
}

/// `1,234 calls`, or nothing.
pub(crate) fn calls_text(calls: u64) -> String {
    match calls {
        0 => String::new(),
        1 => ", 1 call".to_owned(),
        calls => format!(", {} calls", thousands(calls)),
    }
}

/// The name of a function as it stands in a title: last two parts of its path.
pub(crate) fn short_name(name: &str) -> String {
    zkperf_report::fit_names(&[(name, None)], 60).concat()
}

/// A word as a shell takes it: in quotes unless it is plain. Names come from files, so nothing in them may run.
pub(crate) fn quoted(word: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    match !word.is_empty() && !word.starts_with('-') && word.chars().all(is_plain) {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', r"'\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_name_runs_in_a_shell() {
        for (word, expected) in [
            ("out/p.zkp", "out/p.zkp"),
            ("a::b<u8>", "'a::b<u8>'"),
            ("x'; rm y; '", r"'x'\''; rm y; '\'''"),
            ("--all", "'--all'"),
            ("", "''"),
        ] {
            assert_eq!(quoted(word), expected);
        }
    }
}
