//! Which functions of two profiles are the same one.
//!
//! The rule is here, and nowhere else, so that all views of a difference agree: two functions are the same if their
//! names are, without what only makes a symbol unique (`::h0123456789abcdef`, `[0123456789abcdef]`), and if both are
//! compiled functions or both inlined code. Functions of one name in one profile, such as the copies of a generic
//! function, are then one. Where both profiles are of the very same ELF, nothing is guessed: name in full and address
//! decide.

use std::collections::HashMap;

use zkperf_profile::{Function, FunctionId, Origin, Profile};

use crate::names::without_hash;

/// The functions of one or two profiles as one list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Matching {
    /// Each function, as one of the profiles has it: (profile, id in it).
    pub functions: Vec<(usize, FunctionId)>,
    /// For each profile and each of its functions, the index in `functions`.
    pub index: Vec<Vec<u32>>,
}

impl Matching {
    /// One profile's functions, as they are.
    pub fn identity(profile: &Profile) -> Matching {
        let all = 0..profile.functions.len() as u32;
        Matching {
            functions: all.clone().map(|at| (0, FunctionId(at))).collect(),
            index: vec![all.collect()],
        }
    }

    /// The functions of two profiles, matched.
    pub fn of(base: &Profile, head: &Profile) -> Matching {
        let same_elf = is_same_elf(base, head);
        let mut functions = Vec::new();
        let mut known: HashMap<Key<'_>, u32> = HashMap::new();
        let mut index = Vec::new();
        for (side, profile) in [base, head].into_iter().enumerate() {
            let of_side = profile.functions.iter().enumerate().map(|(at, function)| {
                *known.entry(key(function, same_elf)).or_insert_with(|| {
                    functions.push((side, FunctionId(at as u32)));
                    functions.len() as u32 - 1
                })
            });
            index.push(of_side.collect());
        }
        Matching { functions, index }
    }
}

/// Whether two profiles are of the very same program.
pub(crate) fn is_same_elf(base: &Profile, head: &Profile) -> bool {
    let (a, b) = (&base.run.elf.sha256, &head.run.elf.sha256);
    !a.is_empty() && a == b
}

/// Name, whether inlined, and the address where the ELF is the same.
type Key<'p> = (std::borrow::Cow<'p, str>, bool, Option<u64>);

fn key(function: &Function, same_elf: bool) -> Key<'_> {
    let inlined = function.origin == Origin::Inlined;
    match same_elf {
        true => (function.name.as_str().into(), inlined, function.address),
        false => (without_hash(&function.name), inlined, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use zkperf_profile::example;

    fn renamed(elf: &str, rename: impl Fn(&str) -> String) -> Profile {
        let mut data = example::small();
        data.run.elf.sha256 = elf.to_owned();
        for function in &mut data.functions {
            function.name = rename(&function.name);
        }
        Profile::new(data).unwrap()
    }

    #[test]
    fn hashes_do_not_tell_functions_of_two_builds_apart() {
        let base = renamed("aa", str::to_owned);
        let head = renamed("bb", |name| {
            name.replace("h1111111111111111", "haaaaaaaaaaaaaaaa")
                .replace("memcpy", "memmove")
        });
        let matching = Matching::of(&base, &head);
        assert_eq!(matching.functions.len(), base.functions.len() + 1);
        assert_eq!(matching.index[0][3], matching.index[1][3]);
        assert_ne!(matching.index[0][5], matching.index[1][5]);
        assert_eq!(matching.functions.last(), Some(&(1, FunctionId(5))));
    }

    #[test]
    fn of_one_elf_only_the_same_function_is_the_same() {
        let one_name = |name: &str| match name.ends_with(']') {
            true => name.to_owned(),
            false => "generic".to_owned(),
        };
        let of = |a: &str, b: &str| {
            Matching::of(&renamed(a, one_name), &renamed(b, one_name))
                .functions
                .len()
        };
        assert_eq!(of("aa", "aa"), example::small().functions.len());
        assert_eq!(of("aa", "bb"), 4, "three pseudo-functions and `generic`");
    }
}
