//! Profiles in the formats of other people's viewers.
//!
//! Every format gets node units (see [`crate::MeasureInfo::node_unit`]), so that what a viewer adds up is
//! `total * scale + remainder` of each measure, to the unit.

mod callgrind;
mod firefox;
mod folded;
mod pprof;
mod speedscope;

pub use callgrind::callgrind;
pub use firefox::firefox;
pub use folded::folded;
pub use pprof::pprof;
pub use speedscope::speedscope;

use std::collections::HashMap;

use zkperf_profile::{FunctionId, Profile};

use crate::error::ReportError;
use crate::names::without_hash;

/// One path of functions from the root, however many call sites it goes through.
struct Path {
    function: FunctionId,
    /// `None` at the root.
    parent: Option<usize>,
    /// Self value, one for each column asked for.
    values: Vec<u64>,
}

/// Merges contexts that differ in call sites only; parents stand before children.
fn paths(profile: &Profile, columns: &[&[u64]]) -> (Vec<Path>, Vec<usize>) {
    let mut paths: Vec<Path> = Vec::new();
    let mut known: HashMap<(Option<usize>, FunctionId), usize> = HashMap::new();
    let mut of_node: Vec<usize> = Vec::with_capacity(profile.nodes.len());
    for (at, node) in profile.nodes.iter().enumerate() {
        let parent = (at > 0).then(|| of_node[node.parent.0 as usize]);
        let path = *known.entry((parent, node.function)).or_insert_with(|| {
            paths.push(Path {
                function: node.function,
                parent,
                values: vec![0; columns.len()],
            });
            paths.len() - 1
        });
        of_node.push(path);
        for (sum, column) in paths[path].values.iter_mut().zip(columns) {
            *sum += column[at];
        }
    }
    (paths, of_node)
}

/// Bytes that names and frames take at most in a format that writes every stack out: of a deep tree, stacks take the
/// square of its depth.
const MOST_STACK_BYTES: u64 = 4 << 30;

/// Checks that a format which writes every stack out (pprof, speedscope, folded) can hold a profile; `names` says that
/// it repeats functions' names as well. callgrind and firefox share what stacks have in common.
///
/// # Errors
/// [`ReportError::StacksTooLong`].
pub fn check_stacks(profile: &Profile, names: bool) -> Result<(), ReportError> {
    let mut lengths: Vec<u64> = Vec::with_capacity(profile.nodes.len());
    let mut sum = 0u64;
    for (at, node) in profile.nodes.iter().enumerate() {
        let above = match at {
            0 => 0,
            _ => lengths[node.parent.0 as usize],
        };
        let own = match names {
            true => profile.function_name(node.function).len() as u64 + 1,
            false => 8,
        };
        let length = own.saturating_add(above);
        lengths.push(length);
        sum = sum.saturating_add(length);
    }
    match sum > MOST_STACK_BYTES {
        true => Err(ReportError::StacksTooLong {
            bytes: sum,
            limit: MOST_STACK_BYTES,
        }),
        false => Ok(()),
    }
}

/// The functions of a path, root first.
fn stack(paths: &[Path], path: usize) -> Vec<FunctionId> {
    let mut stack = Vec::new();
    let mut next = Some(path);
    while let Some(at) = next {
        stack.push(paths[at].function);
        next = paths[at].parent;
    }
    stack.reverse();
    stack
}

/// A function's name for viewers: without hash and without control characters.
fn name(profile: &Profile, function: FunctionId) -> String {
    let name = without_hash(profile.function_name(function)).into_owned();
    match name.chars().any(char::is_control) {
        true => name.chars().filter(|c| !c.is_control()).collect(),
        false => name,
    }
}

/// A name in which type parameters of type parameters are `…`: for formats that repeat names in every stack.
fn abridged(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0usize;
    let mut last = ' ';
    for c in name.chars() {
        // An arrow is no bracket.
        if c == '>' && last != '-' {
            depth = depth.saturating_sub(1);
        }
        if depth < 2 {
            out.push(c);
        }
        if c == '<' {
            depth += 1;
            if depth == 2 {
                out.push('…');
            }
        }
        last = c;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deep_type_parameters_are_left_out() {
        for (name, short) in [
            ("memcpy", "memcpy"),
            ("alloc::vec::push<u8, A>", "alloc::vec::push<u8, A>"),
            (
                "map<Option<Vec<u8>>, fn(A<B>) -> C<D>>",
                "map<Option<…>, fn(A<…>) -> C<…>>",
            ),
            ("<Vec<u8> as Clone>::clone", "<Vec<…> as Clone>::clone"),
        ] {
            assert_eq!(abridged(name), short);
        }
    }
}
