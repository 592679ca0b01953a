//! Where fields lie, from a guest with types in its debug information (`fixtures/debug2`) and from one without.

use std::path::Path;
use zkperf_symbols::{field_offsets, same_code};

fn fixture(name: &str) -> Vec<u8> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures")
        .join(name);
    zstd::decode_all(&std::fs::read(path).expect("fixture")[..]).expect("zstd")
}

const BRANCH: &str = "debug2::trie::node::Branch<debug2::trie::node::Leaf>";

#[test]
fn fields_are_found_by_type_and_name() {
    let elf = fixture("debug2/v0.elf.zst");
    let fields = [
        (BRANCH, "__0"),
        (BRANCH, "__1"),
        ("debug2::trie::node::Leaf", "__0"),
    ];
    let found = field_offsets(&elf, &fields).unwrap();
    let expected = [0, 8, 0].into_iter().zip(fields);
    for (offset, (owner, field)) in expected {
        assert_eq!(found[&format!("{owner}.{field}")], offset);
    }
    // A type of that name elsewhere, or a field that is not there, is not guessed.
    for other in [("debug2::Leaf", "__0"), ("debug2::trie::node::Leaf", "__1")] {
        let found = field_offsets(&elf, &[fields[0], other]).unwrap();
        assert_eq!(found.len(), 1, "{other:?}");
    }
}

#[test]
fn line_tables_have_no_types_and_damage_is_no_panic() {
    let plain = fixture("guests/hello-sp1-plain.elf.zst");
    assert!(field_offsets(&plain, &[(BRANCH, "__0")])
        .unwrap()
        .is_empty());
    let mut elf = fixture("debug2/v0.elf.zst");
    for at in (0x100..elf.len()).step_by(7) {
        elf[at] ^= 0x5a;
        let _ = field_offsets(&elf, &[(BRANCH, "__1")]);
        elf[at] ^= 0x5a;
    }
    assert!(field_offsets(b"no ELF", &[]).is_err());
}

#[test]
fn code_is_compared_without_what_describes_it() {
    let v0 = fixture("debug2/v0.elf.zst");
    let plain = fixture("guests/hello-sp1-plain.elf.zst");
    // The manglings differ in symbols and debug information only.
    assert!(same_code(&v0, &fixture("debug2/legacy.elf.zst")).unwrap());
    assert!(!same_code(&v0, &plain).unwrap());
}
