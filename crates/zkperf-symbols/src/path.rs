//! Which crate and module a function belongs to, read off its demangled name.

use crate::hash_of;

/// The parts of a demangled Rust name.
///
/// Names are all there is: where a name does not tell modules from types, upper case decides (Rust's
/// own naming rule). Methods count for the crate and module of their type; where that is no path
/// (`u8`, `[T]`, a generic parameter), for those of the trait.
///
/// ```
/// use zkperf_symbols::SymbolPath;
///
/// let path = SymbolPath::parse("<alloc::vec::Vec<u8> as core::clone::Clone>::clone");
/// assert_eq!(path.krate.as_deref(), Some("alloc"));
/// assert_eq!(path.module.as_deref(), Some("alloc::vec"));
/// assert_eq!(path.item, "Vec<u8>::clone");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SymbolPath {
    /// The crate; `None` for names without a path, such as `memcpy`.
    pub krate: Option<String>,
    /// The module, crate included; `None` as above.
    pub module: Option<String>,
    /// What is left: type, function, closures.
    pub item: String,
}

impl SymbolPath {
    /// Takes a demangled name apart, with or without hash. Never fails: what is no path is an item.
    pub fn parse(name: &str) -> SymbolPath {
        let hash = hash_of(name).map_or(0, |hash| hash.len() + "::h".len());
        let segments = segments(&name[..name.len() - hash], DEPTH);
        let path: Vec<String> = segments
            .iter()
            .map(|s| undisambiguated(s).to_owned())
            .collect();
        let is_path = path.len() > 1 && is_word(&path[0]);
        if !is_path {
            return SymbolPath {
                krate: None,
                module: None,
                item: path.join("::"),
            };
        }
        // The last segment is the function; types, generics, closures and `impl` blocks end the
        // modules before it, and what has closures or generics of its own (`f::<u8>`) is a function and no
        // module either.
        let mut modules = path.iter().take_while(|s| is_module(s)).count();
        if modules > 1 {
            let of_function = path.get(modules).is_some_and(|s| {
                is_brace(s) && !s.starts_with("{impl") || is_generics(s) && !s.starts_with("<impl ")
            });
            modules -= usize::from(of_function || modules == path.len());
        }
        let modules = modules.max(1);
        SymbolPath {
            krate: Some(path[0].clone()),
            module: Some(path[..modules].join("::")),
            item: path[modules..].join("::"),
        }
    }
}

/// Whether a demangled name says which module its function is in, as a path or as a type's method does; with
/// `line-tables-only`, debug information has last segments only (`push<u8, alloc::alloc::Global>`).
pub fn is_whole_name(name: &str) -> bool {
    name.starts_with('<') || split(name, "::").len() > 1
}

/// How deep types are followed: deeper names are as good as hostile.
const DEPTH: usize = 16;

/// The segments of a path. A leading `<T as Trait>` becomes the segments of `T`, or of `Trait`.
fn segments(name: &str, depth: usize) -> Vec<String> {
    let mut parts = split(name, "::").into_iter();
    let first = parts.next().unwrap_or_default();
    let owner = qualified(first)
        .filter(|_| depth > 0)
        .map(|inner| owner(inner, depth - 1));
    // `<u8>::f` is no path, and stays as it is.
    let is_path = |owner: &Vec<String>| owner.len() > 1 && is_word(undisambiguated(&owner[0]));
    let mut out = owner
        .filter(is_path)
        .unwrap_or_else(|| vec![first.to_owned()]);
    out.extend(parts.filter(|part| !part.is_empty()).map(str::to_owned));
    out
}

/// What stands between the angle brackets of a qualified path.
fn qualified(segment: &str) -> Option<&str> {
    segment.strip_prefix('<')?.strip_suffix('>')
}

/// Segments of the type in `T` or `T as Trait`; of the trait where the type is no path.
fn owner(inner: &str, depth: usize) -> Vec<String> {
    let (own, of_trait) = match split(inner, " as ")[..] {
        [own, of_trait] => (own, Some(of_trait)),
        _ => (inner, None),
    };
    let own = segments(bare(own.strip_prefix("impl ").unwrap_or(own), depth), depth);
    match of_trait {
        Some(of_trait) if own.len() < 2 || !is_word(undisambiguated(&own[0])) => {
            segments(of_trait, depth)
        }
        _ => own,
    }
}

/// A type without references, pointers, `dyn`, and the brackets of slices and tuples.
fn bare(name: &str, depth: usize) -> &str {
    let mut name = name.trim();
    // Each round takes off one layer.
    for _ in 0..depth {
        let start = name;
        for prefix in ["&", "*const ", "*mut ", "mut ", "dyn ", "[", "("] {
            name = name.strip_prefix(prefix).unwrap_or(name).trim_start();
        }
        if name.starts_with('\'') {
            name = name.split_once(' ').map_or(name, |(_, rest)| rest);
        }
        if name == start {
            break;
        }
        for end in [" + ", "; ", ", "] {
            name = split(name, end)[0];
        }
        name = name.strip_suffix([']', ')']).unwrap_or(name);
    }
    name
}

/// Splits at a separator outside of brackets.
fn split<'a>(name: &'a str, separator: &str) -> Vec<&'a str> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    let bytes = name.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'<' | b'(' | b'[' | b'{' => depth += 1,
            // The arrow of `fn() -> T` closes nothing.
            b'>' if at > 0 && bytes[at - 1] == b'-' => {}
            b'>' | b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ if depth == 0 && name[at..].starts_with(separator) => {
                parts.push(&name[start..at]);
                at += separator.len();
                start = at;
                continue;
            }
            _ => {}
        }
        // Separators are ASCII; within a character of several bytes, nothing can match.
        at += 1;
        while !name.is_char_boundary(at) {
            at += 1;
        }
    }
    parts.push(&name[start..]);
    parts
}

/// A crate without v0's disambiguator: `core[8468…]` is `core`.
fn undisambiguated(segment: &str) -> &str {
    match segment.split_once('[') {
        Some((name, rest)) if rest.ends_with(']') && !name.is_empty() => name,
        _ => segment,
    }
}

fn is_brace(segment: &str) -> bool {
    segment.starts_with('{')
}

/// What v0 names have behind `::`: `f::<u8>`.
fn is_generics(segment: &str) -> bool {
    segment.starts_with('<')
}

/// An identifier.
fn is_word(segment: &str) -> bool {
    let first = segment.chars().next();
    first.is_some_and(|c| c.is_alphabetic() || c == '_')
        && segment.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// An identifier in lower case, as modules have (functions as well).
fn is_module(segment: &str) -> bool {
    is_word(segment) && !segment.chars().next().is_some_and(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_fall_into_crate_module_and_item() {
        let cases = [
            ("a::b::c", "a", "a::b", "c"),
            ("a::c", "a", "a", "c"),
            ("a::b::c::h0123456789abcdef", "a", "a::b", "c"),
            ("a::b::Type::f", "a", "a::b", "Type::f"),
            ("a::b::Type<x::Y>::f", "a", "a::b", "Type<x::Y>::f"),
            ("<a::b::Type as x::Trait>::f", "a", "a::b", "Type::f"),
            ("<a::b::Type>::f", "a", "a::b", "Type::f"),
            (
                "<a::Type<T> as core::ops::FnOnce<(x::Y,)>>::call",
                "a",
                "a",
                "Type<T>::call",
            ),
            ("<&mut a::b::Type as x::Trait>::f", "a", "a::b", "Type::f"),
            ("<&'a [a::b::Type] as x::Trait>::f", "a", "a::b", "Type::f"),
            ("<[a::b::Type; 4] as x::Trait>::f", "a", "a::b", "Type::f"),
            (
                "<(a::b::Type, c::D) as x::Trait>::f",
                "a",
                "a::b",
                "Type::f",
            ),
            (
                "<dyn a::b::Type + core::marker::Send as x::Trait>::f",
                "a",
                "a::b",
                "Type::f",
            ),
            ("<u8 as x::y::Trait<Z>>::f", "x", "x::y", "Trait<Z>::f"),
            (
                "<T as core::convert::Into<U>>::into",
                "core",
                "core::convert",
                "Into<U>::into",
            ),
            (
                "<<a::b::T as x::Y>::Out as z::W>::f",
                "a",
                "a::b",
                "T::Out::f",
            ),
            ("a::b::f::{{closure}}", "a", "a::b", "f::{{closure}}"),
            (
                "a::b::f::{closure#0}::{closure#1}",
                "a",
                "a::b",
                "f::{closure#0}::{closure#1}",
            ),
            ("a::b::{impl#3}::f", "a", "a::b", "{impl#3}::f"),
            (
                "core::num::<impl u64>::pow",
                "core",
                "core::num",
                "<impl u64>::pow",
            ),
            (
                "core::ptr::drop_in_place<alloc::string::String>",
                "core",
                "core::ptr",
                "drop_in_place<alloc::string::String>",
            ),
            ("a::b::f::<x::Y>", "a", "a::b", "f::<x::Y>"),
            ("a::f::<u8>", "a", "a", "f::<u8>"),
            (
                "a::b::f::<u8>::{closure#0}",
                "a",
                "a::b",
                "f::<u8>::{closure#0}",
            ),
            (
                "<a::b::Type<u8>>::f::<x::Y>",
                "a",
                "a::b",
                "Type<u8>::f::<x::Y>",
            ),
            (
                "core[846817f741e54dfd]::slice::f",
                "core",
                "core::slice",
                "f",
            ),
            (
                "<fn(a::B) -> c::D as core::ops::Fn<E>>::call",
                "core",
                "core::ops",
                "Fn<E>::call",
            ),
        ];
        for (name, krate, module, item) in cases {
            let path = SymbolPath::parse(name);
            let found = (path.krate.as_deref(), path.module.as_deref(), &*path.item);
            assert_eq!(found, (Some(krate), Some(module), item), "{name}");
        }
        for name in [
            "memcpy",
            "_start",
            "fn_80001234",
            "",
            "[base]",
            "<u8>::f",
            "::",
        ] {
            let path = SymbolPath::parse(name);
            assert_eq!((path.krate, path.module), (None, None), "{name}");
        }
    }

    proptest! {
        #[test]
        fn no_name_is_too_strange(name in "([a-cA-C<>(){}&ü:,;' \\[\\]-]|::| as |::h0123456789abcdef){0,40}") {
            SymbolPath::parse(&name);
        }
    }
}
