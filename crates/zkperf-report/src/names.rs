//! Long names in little room, never two functions under one text.

use std::borrow::Cow;
use std::collections::HashMap;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};
use zkperf_symbols::hash_of;
pub(crate) use zkperf_symbols::without_hash;

/// Texts for functions, given by name and address, each at most `width` columns (but `width` counts
/// as 12 at least).
///
/// A name loses its hash, then generic arguments, then the modules in its middle, then all modules,
/// then letters in its middle, until it fits. Functions whose texts would be equal are told apart by
/// the first digits of their hashes, by their addresses, or by number. The same list gives the same
/// texts.
pub fn fit_names(functions: &[(&str, Option<u64>)], width: usize) -> Vec<String> {
    let width = width.max(12);
    let mut texts: Vec<String> = functions
        .iter()
        .map(|(name, _)| fit(&shown(name), width))
        .collect();
    // A tag can make a text equal to one that needed none: go on until nothing changes. From the
    // second round on, tags are numbers; two numbered texts are never equal, so each round leaves
    // fewer without.
    for round in 0.. {
        let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, text) in texts.iter().enumerate() {
            places.entry(text).or_default().push(at);
        }
        let mut shared: Vec<Vec<usize>> = places
            .into_values()
            .filter(|places| places.len() > 1)
            .collect();
        if shared.is_empty() {
            break;
        }
        shared.sort();
        for places in shared {
            for (at, tag) in tags(functions, &places, width, round == 0) {
                let room = width.saturating_sub(tag.width());
                let text = fit(&shown(functions[at].0), room);
                texts[at] = text + &tag;
            }
        }
    }
    texts
}

/// What tells the functions at some places of the list apart.
fn tags(
    functions: &[(&str, Option<u64>)],
    places: &[usize],
    width: usize,
    telling: bool,
) -> Vec<(usize, String)> {
    let usable = |tags: &[Option<String>]| {
        let mut known: Vec<&String> = tags.iter().flatten().collect();
        known.sort();
        known.dedup();
        known.len() == tags.len() && known.iter().all(|tag| tag.width() + 8 <= width)
    };
    let by_hash = |digits: usize| -> Vec<Option<String>> {
        let hash = |at: &usize| hash_of(functions[*at].0).map(|h| format!(" h{}", &h[..digits]));
        places.iter().map(hash).collect()
    };
    let by_address = || {
        places
            .iter()
            .map(|&at| functions[at].1.map(|a| format!(" @{a:x}")))
            .collect()
    };
    let choices = if telling {
        vec![by_hash(4), by_hash(8), by_address()]
    } else {
        vec![]
    };
    let by_number = || {
        places
            .iter()
            .map(|&at| Some(format!(" #{}", at + 1)))
            .collect()
    };
    let chosen = choices
        .into_iter()
        .find(|tags| usable(tags))
        .unwrap_or_else(by_number);
    places
        .iter()
        .copied()
        .zip(chosen.into_iter().flatten())
        .collect()
}

/// A name as a terminal may have it: without hash, and nothing in it that a terminal would obey.
fn shown(name: &str) -> String {
    visible(&without_hash(name)).into_owned()
}

/// Control characters as `\u{1b}`: names come from files, and files from anywhere.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.is_control() {
            true => out.extend(c.escape_unicode()),
            false => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A text of several lines as a terminal may have it.
pub fn printable(text: &str) -> String {
    let lines = text.split('\n').map(visible);
    lines.collect::<Vec<_>>().join("\n")
}

/// Columns of a name where its room does not decide: longer than anyone would read.
const LONGEST: usize = 1000;

/// A name within a sentence: whole, unless it is too long to be read.
pub(crate) fn in_sentence(name: &str) -> String {
    cut(&shown(name), LONGEST)
}

/// A name or word as it stands in a cell or sentence.
pub(crate) fn in_cell(name: &str) -> String {
    cut(&visible(name), LONGEST)
}

/// A name to be typed again: whole, hash and all, unless nobody would type it.
pub(crate) fn candidate(name: &str) -> String {
    const LONGEST: usize = 4000;
    cut(&visible(name), LONGEST)
}

/// The longest form of a name that fits.
fn fit(name: &str, width: usize) -> String {
    if name.width() <= width {
        return name.to_owned();
    }
    let plain = without_generics(name);
    if plain.width() <= width {
        return plain;
    }
    let (krate, tail) = short_path(&plain);
    if let Some(krate) = krate {
        let text = format!("{krate}::…::{tail}");
        if text.width() <= width && text.width() < plain.width() {
            return text;
        }
    }
    cut(&tail, width)
}

/// Generic arguments as `<…>`. The brackets of `<T as Trait>` stay, since they say whose method it is.
pub(crate) fn without_generics(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut depth = 0usize;
    let mut last = None;
    let has_impl = name.contains("<impl ");
    for c in name.chars() {
        // An arrow `->` closes nothing.
        let closes = c == '>' && last != Some('-');
        let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
        if depth > 0 {
            depth += usize::from(c == '<');
            depth -= usize::from(closes);
            if depth == 0 {
                out.push_str("…>");
            }
        } else {
            out.push(c);
            let qualified = last == Some(':') && has_impl;
            if c == '<' && last.is_some_and(is_word) && !qualified {
                depth = 1;
            }
        }
        last = Some(c);
    }
    // Brackets that do not match are no generics.
    if depth == 0 {
        out
    } else {
        name.to_owned()
    }
}

/// The crate of a plain path, where something stands between it and the tail; and the tail: the last
/// two segments, with `<a::T as b::Trait>` as `<T as Trait>`.
fn short_path(name: &str) -> (Option<String>, String) {
    let (head, path) = match name.strip_prefix('<').and_then(split_qualified) {
        Some((inner, path)) => {
            let short: Vec<&str> = inner.split(" as ").map(last_segment).collect();
            (Some(format!("<{}>", short.join(" as "))), path)
        }
        None => (None, name),
    };
    let segments: Vec<&str> = path.split("::").filter(|s| !s.is_empty()).collect();
    let kept = if head.is_some() {
        segments.len()
    } else {
        segments.len().min(2)
    };
    let tail = segments[segments.len() - kept..].join("::");
    match head {
        Some(head) => (None, format!("{head}::{tail}")),
        None => {
            let krate = (segments.len() > kept + 1).then(|| segments[0].to_owned());
            (krate, tail)
        }
    }
}

/// Splits behind the bracket that a leading `<` opened.
fn split_qualified(name: &str) -> Option<(&str, &str)> {
    let mut depth = 1usize;
    let mut last = ' ';
    for (at, c) in name.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if last != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some((&name[..at], &name[at + 1..]));
        }
        last = c;
    }
    None
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// The start of a sentence, as far as it fits; `width` counts as 12 at least.
pub(crate) fn elide(text: &str, width: usize) -> String {
    let width = width.max(12);
    let text = &*visible(text);
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let fits = |c: &char| {
        used += c.width().unwrap_or(0);
        used <= width
    };
    text.chars().take_while(fits).collect::<String>() + "…"
}

/// Takes letters out of the middle; the end says more than the start, and gets more.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let room = width.saturating_sub(1);
    let take = |chars: &mut dyn Iterator<Item = char>, room: usize| -> Vec<char> {
        let mut used = 0;
        chars
            .take_while(|c| {
                used += c.width().unwrap_or(0);
                used <= room
            })
            .collect()
    };
    let head: String = take(&mut text.chars(), room / 3).into_iter().collect();
    let tail = take(&mut text.chars().rev(), room - room / 3);
    head + "…" + &tail.into_iter().rev().collect::<String>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn one(name: &str, width: usize) -> String {
        fit_names(&[(name, None)], width).remove(0)
    }

    #[test]
    fn names_lose_what_says_least_first() {
        let name = "<alloc::vec::Vec<guest::Item, alloc::alloc::Global> as core::clone::Clone>::clone::h0123456789abcdef";
        assert_eq!(
            one(name, 90),
            "<alloc::vec::Vec<guest::Item, alloc::alloc::Global> as core::clone::Clone>::clone"
        );
        assert_eq!(
            one(name, 60),
            "<alloc::vec::Vec<…> as core::clone::Clone>::clone"
        );
        assert_eq!(one(name, 40), "<Vec<…> as Clone>::clone");
        assert_eq!(one(name, 16), "<Vec<…ne>::clone");
        let name = "guest::crypto::keccak::sponge::absorb";
        assert_eq!(one(name, 37), name);
        assert_eq!(one(name, 36), "guest::…::sponge::absorb");
        assert_eq!(one(name, 20), "sponge::absorb");
        assert_eq!(one(name, 12), "spo…::absorb");
        assert_eq!(
            one("core::ptr::drop_in_place<a::B<c::D>>", 30),
            "core::ptr::drop_in_place<…>"
        );
        assert_eq!(
            one("core[846817f741e54dfd]::slice::<impl [T]>::len", 80),
            "core::slice::<impl [T]>::len"
        );
        assert_eq!(one("[base]", 80), "[base]");
    }

    #[test]
    fn sentences_lose_their_end() {
        assert_eq!(
            elide("Instructions executed.", 22),
            "Instructions executed."
        );
        assert_eq!(elide("Instructions executed.", 15), "Instructions e…");
        assert_eq!(elide("漢漢漢漢漢漢漢漢", 12), "漢漢漢漢漢…");
    }

    #[test]
    fn equal_texts_are_told_apart() {
        let a = "guest::f::h1111111111111111";
        let b = "guest::f::h1111222222222222";
        let texts = fit_names(&[(a, None), (b, None), ("guest::g", None)], 40);
        assert_eq!(
            texts,
            ["guest::f h11111111", "guest::f h11112222", "guest::g"]
        );
        let texts = fit_names(&[("init", Some(0x1000)), ("init", Some(0x2000))], 40);
        assert_eq!(texts, ["init @1000", "init @2000"]);
        let texts = fit_names(&[("init", None), ("init", None)], 40);
        assert_eq!(texts, ["init #1", "init #2"]);
        let texts = fit_names(
            &[
                ("one::a::very::long::path::f", Some(1)),
                ("other::equally::long::path::f", Some(2)),
            ],
            14,
        );
        assert_eq!(texts, ["path::f @1", "path::f @2"]);
    }

    proptest! {
        #[test]
        fn texts_fit_and_differ(
            names in proptest::collection::vec("([a-c]|::|<|>| as |->|ü|漢|…|#1| @1|\\[af\\]|::h0123456789abcdef){0,12}", 0..12),
            width in 0usize..40,
        ) {
            let functions: Vec<(&str, Option<u64>)> =
                names.iter().enumerate().map(|(at, n)| (n.as_str(), (at % 3 > 0).then_some(at as u64 / 2))).collect();
            let texts = fit_names(&functions, width);
            prop_assert_eq!(texts.len(), names.len());
            for text in &texts {
                prop_assert!(text.width() <= width.max(12), "{text:?}");
            }
            let mut distinct = texts.clone();
            distinct.sort();
            distinct.dedup();
            prop_assert_eq!(distinct.len(), texts.len(), "{:?}", texts);
        }
    }
}
