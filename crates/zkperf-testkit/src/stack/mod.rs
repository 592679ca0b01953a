//! Call structures as assembly text, the same for every zkVM, with the calling-context tree that each
//! makes: what a shadow call stack must tell.
//!
//! The trees are written by hand from the text, never from our output. [`text`] says how guests are
//! written, [`tree`] how trees are.

mod jumps;
mod links;
mod machine;
mod recursion;
mod symbols;
mod systems;
mod tails;
mod text;
mod tree;
mod two_stacks;
mod unwinds;

pub use machine::{Machine, MACHINES};
pub use tree::canonical;

use crate::target::ZISK_1_4_0;
use std::collections::BTreeMap;

/// A guest with the truth about it.
#[derive(Debug, Clone)]
pub struct StackGuest {
    /// Unique name.
    pub name: &'static str,
    /// Its functions, `main` among them.
    pub source: String,
    /// The calling contexts from `main` on, in order of their first entry.
    pub tree: String,
    /// Where the shadow stack must re-synchronise, by label, and how often: `jump.out -> main.back x1`.
    pub resyncs: &'static [&'static str],
    /// The zkVMs it is for.
    pub machines: &'static [Machine],
    /// Whether `ziskemu -S` keeps its call stack to the end, so that it has figures for each function.
    pub official: bool,
}

/// A guest as a file.
#[derive(Debug, Clone)]
pub struct Built {
    /// The ELF file.
    pub elf: Vec<u8>,
    /// Addresses of functions (`name`) and of labels in them (`name.label`).
    pub marks: BTreeMap<String, u64>,
    /// Instructions of `_start`, each of which runs once.
    pub start_instructions: u64,
}

impl StackGuest {
    fn new(name: &'static str, source: &str, tree: &str) -> Self {
        Self {
            name,
            source: source.to_owned(),
            tree: tree.to_owned(),
            resyncs: &[],
            machines: &MACHINES,
            official: true,
        }
    }

    /// With re-synchronisations.
    fn resyncs(mut self, places: &'static [&'static str]) -> Self {
        self.resyncs = places;
        self.unofficial()
    }

    /// For one zkVM only.
    fn on(mut self, machines: &'static [Machine]) -> Self {
        self.machines = machines;
        self
    }

    /// With a call structure on which the official emulator gives up.
    fn unofficial(mut self) -> Self {
        self.official = false;
        self
    }

    /// The guest for a zkVM.
    pub fn build(&self, machine: Machine) -> Built {
        machine.build(&self.source)
    }
}

/// Every guest; names are unique.
pub fn stack_guests() -> Vec<StackGuest> {
    [
        recursion::guests(),
        tails::guests(),
        jumps::guests(),
        links::guests(),
        unwinds::guests(),
        two_stacks::guests(),
        symbols::guests(),
        systems::guests(),
    ]
    .concat()
}

/// Those for a zkVM. What is for the newest ZisK only is not for others.
pub fn stack_guests_on(machine: Machine) -> impl Iterator<Item = StackGuest> {
    let is_older = matches!(machine, Machine::Zisk(target) if target != ZISK_1_4_0);
    let fits = move |guest: &StackGuest| match is_older {
        true => guest.machines.len() == MACHINES.len(),
        false => guest.machines.contains(&machine),
    };
    stack_guests().into_iter().filter(fits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn all_build_with_unique_names_and_trees_that_can_be_read() {
        let guests = stack_guests();
        let names: BTreeSet<_> = guests.iter().map(|guest| guest.name).collect();
        assert_eq!(names.len(), guests.len());
        for guest in &guests {
            assert!(
                canonical(&guest.tree).starts_with("main x1 ["),
                "{}",
                guest.name
            );
            for &machine in guest.machines {
                let marks = guest.build(machine).marks;
                for place in guest.resyncs {
                    let (from, rest) = place.split_once(" -> ").expect("a place");
                    let (to, _) = rest.split_once(" x").expect("a count");
                    assert!(marks.contains_key(from), "{}: {from}", guest.name);
                    assert!(marks.contains_key(to), "{}: {to}", guest.name);
                }
            }
        }
    }
}
