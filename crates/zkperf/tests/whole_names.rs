//! Inlined functions of a guest with full debug information: `fixtures/debug2`, in both manglings.

use std::path::Path;

use zkperf_exec::{attach_source, Control, RunRequest, Zkvm};
use zkperf_profile::{FunctionId, Profile};
use zkperf_report::{groups, open, GroupBy, TopOptions};
use zkperf_sp1::Sp1;

/// Of `main`'s inlined functions.
const MODULES: [&str; 4] = [
    "core::hint",
    "core::slice::iter",
    "debug2",
    "debug2::trie::node",
];

fn profile(mangling: &str) -> Profile {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join(format!("../../fixtures/debug2/{mangling}.elf.zst"));
    let file = std::fs::File::open(&path).expect("the fixture is there");
    let elf = zstd::decode_all(file).expect("zstd");
    let program = Sp1.load(&elf).expect("a guest of SP1");
    let outcome = program
        .profile(RunRequest::default(), &mut Control::default())
        .expect("runs");
    assert_eq!(outcome.fault, None);
    attach_source(outcome.profile.expect("a profile"), &[&elf])
}

/// For each executed instruction of `main`, the names inlined there, outermost first; each list once.
fn chains(profile: &Profile) -> Vec<Vec<String>> {
    let source = &profile.source;
    let in_main = |id: FunctionId| profile.function_name(id) == "main";
    let places = profile.pcs.iter().zip(&source.places);
    let mut all: Vec<Vec<String>> = places
        .filter(|(pc, _)| in_main(pc.function))
        .map(|(_, place)| {
            let chain = source.chain(place.frame);
            let names =
                chain.map(|(_, frame)| source.inlined[frame.function as usize].name.clone());
            let mut names: Vec<String> = names.collect();
            names.reverse();
            names
        })
        .collect();
    all.sort();
    all.dedup();
    all
}

/// The modules in the profile's own tree with inlined code, sorted; without names in brackets.
fn modules(profile: Profile) -> Vec<String> {
    let opened = open(profile, true).expect("lines are known");
    let view = groups(&opened.profile, GroupBy::Module, &TopOptions::default()).expect("modules");
    let names = view.rows.into_iter().map(|row| row.name);
    let mut names: Vec<String> = names.filter(|name| !name.starts_with('[')).collect();
    names.sort();
    names
}

/// Compares with what is inlined into what by the guest's source.
fn assert_chains(profile: &Profile, expected: &[&[&str]]) {
    let mut expected: Vec<Vec<String>> = expected
        .iter()
        .map(|chain| chain.iter().map(ToString::to_string).collect())
        .collect();
    expected.sort();
    assert_eq!(chains(profile), expected);
}

#[test]
fn v0_names_have_paths_types_and_traits() {
    const VISIT: &str =
        "<debug2::trie::node::Branch<debug2::trie::node::Leaf> as debug2::trie::Walk>::visit";
    let closure = format!("{VISIT}::{{closure#0}}");
    let folded = format!("debug2::folded::<{closure}>");
    let fold = format!(
        "<core::slice::iter::Iter<u64> as core::iter::traits::iterator::Iterator>::fold\
         ::<u64, debug2::folded<{closure}>::{{closure#0}}>"
    );
    let in_folded = format!("{folded}::{{closure#0}}");
    let leaf = "<debug2::trie::node::Leaf as debug2::trie::Walk>::visit";
    let leaf_new = "<debug2::trie::node::Leaf>::new";
    let branch_new = "<debug2::trie::node::Branch<debug2::trie::node::Leaf>>::new";
    let black_box = "core::hint::black_box::<u64>";
    let profile = profile("v0");
    assert_chains(
        &profile,
        &[
            &[],
            &[black_box],
            &[leaf_new],
            &[leaf_new, black_box],
            &[
                branch_new,
                "core::hint::black_box::<debug2::trie::node::Leaf>",
            ],
            &[VISIT, leaf],
            &[VISIT, leaf, black_box],
            &[VISIT, &folded, &fold, &in_folded, &closure],
            &[VISIT, &folded, &fold, &in_folded, &closure, black_box],
        ],
    );
    assert_eq!(modules(profile), MODULES);
}

#[test]
fn legacy_names_have_paths_and_no_hashes() {
    const VISIT: &str = "<debug2::trie::node::Branch<T> as debug2::trie::Walk>::visit";
    let closure = format!("{VISIT}::{{{{closure}}}}");
    let fold = "<core::slice::iter::Iter<T> as core::iter::traits::iterator::Iterator>::fold";
    let in_folded = "debug2::folded::{{closure}}";
    let leaf = "<debug2::trie::node::Leaf as debug2::trie::Walk>::visit";
    let leaf_new = "debug2::trie::node::Leaf::new";
    let black_box = "core::hint::black_box";
    let profile = profile("legacy");
    assert_chains(
        &profile,
        &[
            &[],
            &[black_box],
            &[leaf_new],
            &[leaf_new, black_box],
            &["debug2::trie::node::Branch<T>::new", black_box],
            &[VISIT, leaf],
            &[VISIT, leaf, black_box],
            &[VISIT, "debug2::folded", fold, in_folded, &closure],
            &[
                VISIT,
                "debug2::folded",
                fold,
                in_folded,
                &closure,
                black_box,
            ],
        ],
    );
    assert_eq!(modules(profile), MODULES);
}
