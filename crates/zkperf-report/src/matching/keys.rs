//! What of a function's name the looser rules go by.

use zkperf_symbols::SymbolPath;

use crate::names::{without_generics as with_short_generics, without_hash};

/// The name without type arguments: `Vec<u8>::push` is `Vec::push`, `f::<u8>` is `f`.
pub(super) fn without_generics(name: &str) -> String {
    let short = with_short_generics(&without_hash(name));
    short.replace("::<…>", "").replace("<…>", "")
}

/// The same without the numbers of closures and `impl` blocks: `f::{closure#1}` is `f::{closure#}`.
pub(super) fn without_numbers(name: &str) -> String {
    let name = without_generics(name);
    let mut out = String::with_capacity(name.len());
    let mut counts = false;
    for c in name.chars() {
        counts = c == '#' || (counts && c.is_ascii_digit());
        if !(counts && c.is_ascii_digit()) {
            out.push(c);
        }
    }
    out
}

/// Module and last part of the name; nothing for a name without a module.
pub(super) fn last_part(name: &str) -> Option<(String, String)> {
    let path = SymbolPath::parse(&without_numbers(name));
    let last = path.item.rsplit("::").next()?;
    Some((path.module?, last.to_owned())).filter(|(_, last)| !last.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lose_what_the_rules_do_not_go_by() {
        for (name, generic, numbered) in [
            ("a::f::<u8>", "a::f", "a::f"),
            (
                "<a::Vec<u8>>::push::h0123456789abcdef",
                "<a::Vec>::push",
                "<a::Vec>::push",
            ),
            (
                "<a[12ab]::Vec<u8, x::G> as core::clone::Clone>::clone",
                "<a::Vec as core::clone::Clone>::clone",
                "<a::Vec as core::clone::Clone>::clone",
            ),
            (
                "a::f::<u8>::{closure#12}::{closure#3}",
                "a::f::{closure#12}::{closure#3}",
                "a::f::{closure#}::{closure#}",
            ),
            ("a::f32::to_64", "a::f32::to_64", "a::f32::to_64"),
            ("memcpy", "memcpy", "memcpy"),
        ] {
            assert_eq!(without_generics(name), generic);
            assert_eq!(without_numbers(name), numbered);
        }
    }

    #[test]
    fn compiled_and_inlined_names_end_alike() {
        let part = |name| last_part(name).unwrap();
        let expected = ("ethrex_rlp::structs".to_owned(), "decode_field".to_owned());
        assert_eq!(
            part("<ethrex_rlp::structs::Decoder>::decode_field::<u64>"),
            expected
        );
        assert_eq!(part("ethrex_rlp::structs::decode_field<u64>"), expected);
        let of_trait = ("rlp::decode".to_owned(), "decode".to_owned());
        assert_eq!(part("<u64 as rlp::decode::RLPDecode>::decode"), of_trait);
        assert_eq!(last_part("memcpy"), None);
        assert_eq!(last_part("[base]"), None);
    }
}
