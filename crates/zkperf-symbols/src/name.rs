//! Symbol names as people write them.

use std::borrow::Cow;
use std::fmt::Write;

use rustc_demangle::try_demangle;

/// A symbol's name in its three forms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// As it stands in the ELF.
    pub raw: String,
    /// Demangled, with what makes it unique: the hash of legacy symbols (`::h0123456789abcdef`), the
    /// crate's disambiguator of v0 symbols (`core[1234]::…`).
    pub full: String,
    /// Demangled, without hash: the same in every build.
    pub short: String,
}

/// Demangles a Rust symbol, legacy or v0. Any other name stays as it is in all three forms.
pub fn demangle(raw: &str) -> Name {
    let (mut full, mut short) = (String::new(), String::new());
    let demangled = try_demangle(raw).is_ok_and(|name| {
        // Not `to_string`: that panics should the formatter give up on a hostile symbol.
        write!(full, "{name}").is_ok() && write!(short, "{name:#}").is_ok()
    });
    if !demangled || full.is_empty() || short.is_empty() {
        full = raw.to_owned();
        short = raw.to_owned();
    }
    Name {
        raw: raw.to_owned(),
        full,
        short,
    }
}

/// Leaves out what only makes a name unique: the hash of legacy symbols (`::h0123456789abcdef`) and
/// the disambiguators of v0 symbols (`core[846817f741e54dfd]::slice`).
pub fn without_hash(name: &str) -> Cow<'_, str> {
    let name = hash_of(name).map_or(name, |hash| &name[..name.len() - hash.len() - 3]);
    if !name.contains('[') {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let (before, after) = rest.split_at(open);
        out.push_str(before);
        // A disambiguator stands right behind a word; a slice or an array does not. It is a number of 64 bits.
        let word = before
            .chars()
            .next_back()
            .is_some_and(|c| c.is_alphanumeric() || c == '_');
        let digits = after[1..].bytes().take(17);
        let digits = digits.take_while(u8::is_ascii_hexdigit).count();
        let is_number = word && (1..=16).contains(&digits);
        rest = match after[1 + digits..].strip_prefix(']') {
            Some(rest) if is_number => rest,
            _ => {
                out.push('[');
                &after[1..]
            }
        };
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The hash of a legacy symbol, 16 hexadecimal digits.
pub fn hash_of(name: &str) -> Option<&str> {
    let (path, hash) = name.rsplit_once("::h")?;
    let is_hash = hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    (is_hash && !path.is_empty()).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn hashes_are_no_part_of_names() {
        for (name, wanted) in [
            ("core::fmt::write::h0123456789abcdef", "core::fmt::write"),
            ("core[0123456789abcdef]::fmt::write", "core::fmt::write"),
            (
                "<[u8; 32] as a[0123456789abcdef]::B>::c",
                "<[u8; 32] as a::B>::c",
            ),
            ("a::hello", "a::hello"),
            ("memcpy", "memcpy"),
        ] {
            assert_eq!(without_hash(name), wanted);
        }
    }

    #[test]
    fn names_have_three_forms() {
        let cases = [
            (
                "_ZN4core3fmt9Formatter3pad17h0123456789abcdefE",
                "core::fmt::Formatter::pad::h0123456789abcdef",
                "core::fmt::Formatter::pad",
            ),
            (
                "_ZN60_$LT$alloc..string..String$u20$as$u20$core..fmt..Display$GT$3fmt17h0123456789abcdefE",
                "<alloc::string::String as core::fmt::Display>::fmt::h0123456789abcdef",
                "<alloc::string::String as core::fmt::Display>::fmt",
            ),
            (
                "_ZN5guest4main28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE",
                "guest::main::{{closure}}::h0123456789abcdef",
                "guest::main::{{closure}}",
            ),
            ("_RNvCs1234_7mycrate3foo", "mycrate[3c1c0]::foo", "mycrate::foo"),
            ("memcpy", "memcpy", "memcpy"),
            ("_ZN", "_ZN", "_ZN"),
            ("_R", "_R", "_R"),
        ];
        for (raw, full, short) in cases {
            let name = demangle(raw);
            assert_eq!(
                (name.raw.as_str(), &*name.full, &*name.short),
                (raw, full, short)
            );
        }
    }

    proptest! {
        #[test]
        fn any_symbol_has_a_name(raw in "(_ZN|_R|)[ -~]{0,60}") {
            let name = demangle(&raw);
            prop_assert_eq!(name.full.is_empty(), raw.is_empty());
        }
    }
}
