//! Which functions of two profiles are the same one.
//!
//! The rules are here, and nowhere else, so that all views of a difference agree. Names go by without what only makes a
//! symbol unique (`::h0123456789abcdef`, `[0123456789abcdef]`), so that versions of a crate count together; functions of
//! one name in one profile, such as the copies of a generic function, are one, and so are a function and the code of it
//! that was inlined elsewhere. What is then on one side only is tried again by looser [`Rule`]s, one after the other, and
//! every match says by which rule it was made. Where both profiles are of the very same ELF, nothing is guessed: name in
//! full and address decide.

mod groups;
mod keys;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Serialize;
use zkperf_profile::{Function, FunctionId, Origin, Profile};

use crate::names::without_hash;
use groups::Groups;

/// By what two functions were taken for the same one. Later rules are tried on what the earlier ones left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Rule {
    /// The same name, hashes apart, compiled or inlined.
    Name,
    /// The same path with other type arguments.
    Generics,
    /// The same path but for the numbers of closures and `impl` blocks in it.
    Numbers,
    /// Compiled on one side and inlined on the other, under the same module and last part of the name: debug information
    /// often names inlined code no better.
    Inlining,
}

impl Rule {
    /// What was the same, and what was not, in a few words.
    pub fn text(self) -> &'static str {
        match self {
            Rule::Name => "name",
            Rule::Generics => "path, with other type arguments",
            Rule::Numbers => "path, with other numbers of closures",
            Rule::Inlining => "module and name, compiled here and inlined there",
        }
    }
}

/// The functions of one or two profiles as one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matching {
    /// Each function, as one of the profiles has it: (profile, id in it).
    pub functions: Vec<(usize, FunctionId)>,
    /// For each profile and each of its functions, the index in `functions`.
    pub index: Vec<Vec<u32>>,
    /// For each of `functions`, the loosest rule that put it together.
    pub rules: Vec<Rule>,
}

impl Matching {
    /// One profile's functions, as they are.
    pub fn identity(profile: &Profile) -> Matching {
        let all = 0..profile.functions.len() as u32;
        Matching {
            functions: all.clone().map(|at| (0, FunctionId(at))).collect(),
            index: vec![all.collect()],
            rules: vec![Rule::Name; profile.functions.len()],
        }
    }

    /// The functions of two profiles, matched.
    pub fn of(base: &Profile, head: &Profile) -> Matching {
        let same_elf = is_same_elf(base, head);
        let sides = [base, head];
        let mut groups = Groups::default();
        let mut known: HashMap<Key<'_>, u32> = HashMap::new();
        for (side, profile) in sides.into_iter().enumerate() {
            for (at, function) in profile.functions.iter().enumerate() {
                let member = (side, FunctionId(at as u32));
                let group = known.entry(key(function, same_elf));
                let group = *group.or_insert_with(|| groups.open());
                groups.add(group, member);
            }
        }
        if !same_elf {
            let name = |(side, id): (usize, FunctionId)| -> &str { sides[side].function_name(id) };
            groups.join_one_sided(Rule::Generics, |member| {
                keys::without_generics(name(member))
            });
            groups.join_one_sided(Rule::Numbers, |member| keys::without_numbers(name(member)));
            groups.join_inlined(
                |(side, id)| kind(sides[side].functions[id.0 as usize].origin),
                |member| keys::last_part(name(member)),
            );
        }
        groups.finish([base.functions.len(), head.functions.len()])
    }
}

/// Whether two profiles are of the very same program.
pub(crate) fn is_same_elf(base: &Profile, head: &Profile) -> bool {
    let (a, b) = (&base.run.elf.sha256, &head.run.elf.sha256);
    !a.is_empty() && a == b
}

/// How code came to be where it runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Compiled,
    Inlined,
    /// No code that could be the one or the other.
    Neither,
}

fn kind(origin: Origin) -> Kind {
    match origin {
        Origin::Guest | Origin::Library => Kind::Compiled,
        Origin::Inlined => Kind::Inlined,
        Origin::System | Origin::Pseudo | Origin::Unknown => Kind::Neither,
    }
}

/// Name, whether it is a named place without code, and, of one ELF, the address and whether it is inlined.
type Key<'p> = (Cow<'p, str>, bool, Option<(Option<u64>, bool)>);

fn key(function: &Function, same_elf: bool) -> Key<'_> {
    let is_pseudo = function.origin == Origin::Pseudo;
    match same_elf {
        true => {
            let inlined = function.origin == Origin::Inlined;
            let exact = Some((function.address, inlined));
            (function.name.as_str().into(), is_pseudo, exact)
        }
        false => (without_hash(&function.name), is_pseudo, None),
    }
}

#[cfg(test)]
mod tests;
