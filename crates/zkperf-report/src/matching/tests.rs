//! Rules of matching, on small profiles with chosen names.

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

/// `visit` (function 3) under another name.
fn visit_is(elf: &str, name: &str) -> Profile {
    renamed(elf, |old| match old.contains("visit") {
        true => name.to_owned(),
        false => old.to_owned(),
    })
}

fn rule_of_visit(base: &str, head: &str) -> Option<Rule> {
    let matching = Matching::of(&visit_is("aa", base), &visit_is("bb", head));
    let (a, b) = (matching.index[0][3], matching.index[1][3]);
    (a == b).then(|| matching.rules[a as usize])
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
    assert!(matching.rules.iter().all(|rule| *rule == Rule::Name));
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

#[test]
fn looser_rules_take_what_is_left_over() {
    assert_eq!(rule_of_visit("a[12]::f", "a[34]::f"), Some(Rule::Name));
    assert_eq!(
        rule_of_visit("a::f::<u8>", "a::f::<u16>"),
        Some(Rule::Generics)
    );
    assert_eq!(
        rule_of_visit("<a::T<u8> as b::C>::f", "<a::T<x::Y> as b::C>::f"),
        Some(Rule::Generics)
    );
    assert_eq!(
        rule_of_visit("a::f::{closure#0}", "a::f::{closure#7}"),
        Some(Rule::Numbers)
    );
    // Two compiled functions of one module are not the same because they end alike.
    assert_eq!(rule_of_visit("<a::b::T>::new", "<a::b::U>::new"), None);
    assert_eq!(rule_of_visit("a::f", "a::g"), None);
}

#[test]
fn a_match_by_name_is_not_widened() {
    // `hash` (4) is the same generic function as `visit` (3) was; it stays what it is.
    let of = |elf: &str, visit: &str| {
        renamed(elf, |old| match old {
            old if old.contains("visit") => visit.to_owned(),
            old if old.contains("hash") => "a::f::<u8>".to_owned(),
            old => old.to_owned(),
        })
    };
    let matching = Matching::of(&of("aa", "a::f::<u16>"), &of("bb", "a::g"));
    assert_eq!(matching.index[0][4], matching.index[1][4]);
    assert_ne!(matching.index[0][3], matching.index[0][4]);
    assert_ne!(matching.index[0][3], matching.index[1][3]);
}

/// The example with inlined frames, in which `decode` (8) and `take` (9) are inlined.
fn inlined(elf: &str, rename: impl Fn(&str) -> String) -> Profile {
    let opened = renamed(elf, str::to_owned).with_inlined_frames().unwrap();
    let mut data = opened.profile.into_data();
    for function in &mut data.functions {
        function.name = rename(&function.name);
    }
    Profile::new(data).unwrap()
}

#[test]
fn code_is_followed_into_what_it_is_inlined_into() {
    // Head has `decode` compiled, where base has it inlined only. Its name is whole there.
    let base = inlined("aa", str::to_owned);
    for (compiled, rule) in [
        ("guest::decode", Rule::Name),
        ("<guest::Reader>::decode::<u8>", Rule::Inlining),
    ] {
        let head = visit_is("bb", compiled);
        let matching = Matching::of(&base, &head);
        let at = matching.index[1][3];
        assert_eq!(matching.index[0][8], at, "{compiled}");
        assert_eq!(matching.rules[at as usize], rule);
    }
    // What is inlined on both sides is matched by name, not with a compiled function that ends alike.
    let head = inlined("bb", |name| match name.contains("visit") {
        true => "<guest::Reader>::decode".to_owned(),
        false => name.to_owned(),
    });
    let base = inlined("aa", str::to_owned);
    let matching = Matching::of(&base, &head);
    let at = matching.index[0][8];
    assert_eq!(matching.index[1][8], at);
    // Base inlines all of `decode`, head only some: the compiled one belongs to it.
    assert_eq!(matching.index[1][3], at);
    assert_eq!(matching.rules[at as usize], Rule::Inlining);
}
