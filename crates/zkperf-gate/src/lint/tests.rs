use super::*;

/// A diff of one file out of lines with their signs.
fn diff(path: &str, lines: &[&str]) -> String {
    let count = |sign: char| lines.iter().filter(|line| !line.starts_with(sign)).count();
    format!(
        "diff --git a/{path} b/{path}\n--- a/{path}\n+++ b/{path}\n@@ -10,{} +10,{} @@\n{}\n",
        count('+'),
        count('-'),
        lines.join("\n")
    )
}

fn ids(path: &str, lines: &[&str]) -> Vec<String> {
    let found = lint(&diff(path, lines), &[]);
    found
        .iter()
        .map(|lint| format!("{}:{}", lint.id, lint.line))
        .collect()
}

#[test]
fn a_text_without_a_diff_is_none() {
    for text in ["", "\n", &diff(SOURCE, &["+    let x = 1;"])] {
        assert!(crate::is_diff(text), "{text}");
    }
    for text in [
        "hello",
        "# Notes\n\n---\nmore\n",
        "@@ -1 +1 @@\n",
        "+ a\n- b\n",
    ] {
        assert!(!crate::is_diff(text), "{text}");
    }
}

#[test]
fn every_lint_has_its_name_once() {
    let ids = lint_ids();
    for id in [
        "unsafe-added",
        "constant-changed",
        "question-mark-removed",
        "lock-changed",
    ] {
        assert_eq!(ids.iter().filter(|known| **known == id).count(), 1, "{id}");
    }
}

const SOURCE: &str = "guest/src/validate.rs";

#[test]
fn what_comes_is_seen() {
    let cases: &[(&str, &str)] = &[
        ("+    unsafe { *p }", "unsafe-added:10"),
        ("+    let x = items.get_unchecked(5);", "unchecked-added:10"),
        (
            "+    let c = rkyv::access_unchecked::<C>(b);",
            "unchecked-added:10",
        ),
        (
            "+    let s = std::str::from_utf8_unchecked(b);",
            "unchecked-added:10",
        ),
        (
            "+    let f: f32 = core::mem::transmute(x);",
            "raw-memory-added:10",
        ),
        ("+#[allow(unused)]", "allow-added:10"),
        ("+#[cfg(target_os = \"zkvm\")]", "cfg-added:10"),
        (
            "+    let h: [u8; 32] = sp1_zkvm::io::read();",
            "hint-added:10",
        ),
        ("+    debug_assert!(a == b);", "debug-assert-added:10"),
        (
            "+    let v = get(k).unwrap_or_default();",
            "error-swallowed:10",
        ),
    ];
    for (line, wanted) in cases {
        assert_eq!(ids(SOURCE, &[line]), [*wanted], "{line}");
    }
}

#[test]
fn what_goes_is_seen() {
    let cases: &[(&[&str], &[&str])] = &[
        (&["-    assert_eq!(a, b);"], &["check-removed:10"]),
        (
            &["-    validate_gas_used(gas, header);"],
            &["check-removed:10"],
        ),
        (
            &["-    let x = read(y)?;", "+    let x = read(y);"],
            &["question-mark-removed:10"],
        ),
        (
            &["-const LIMIT: u64 = 5;", "+const LIMIT: u64 = 6;"],
            &["constant-changed:10"],
        ),
        (
            &["-        0x7f, 0xff,", "+        0x7f, 0xfe,"],
            &["constant-changed:10"],
        ),
        (&["-    let h = keccak256(code);"], &["hash-removed:10"]),
    ];
    for (lines, wanted) in cases {
        assert_eq!(ids(SOURCE, lines), *wanted, "{lines:?}");
    }
    let gone = ids(SOURCE, &["-        return Err(Reject::ParentHash);"]);
    assert!(gone.contains(&"check-removed:10".to_owned()), "{gone:?}");
}

#[test]
fn what_moves_or_is_said_in_a_comment_is_not() {
    let quiet: &[&[&str]] = &[
        &["-    assert!(a);", "+        assert!(a);"],
        &["-    validate_gas(a)?;", " kept", "+    validate_gas(a)?;"],
        &["-    check(a, b)?;", "+    check(a, b, c)?;"],
        &["+    // no unsafe here"],
        &["+    let unsafely = 1;"],
        &["-    // assert!(x)"],
        &[
            "+    let mut out = Vec::with_capacity(9);",
            "-    let mut out = Vec::new();",
        ],
    ];
    for lines in quiet {
        assert!(
            ids(SOURCE, lines).is_empty(),
            "{lines:?}: {:?}",
            ids(SOURCE, lines)
        );
    }
}

#[test]
fn a_check_that_moved_to_another_file_is_still_there() {
    let both =
        diff("a.rs", &["-    validate_body(x)?;"]) + &diff("b.rs", &["+    validate_body(y)?;"]);
    let found = lint(&both, &[]);
    let found: Vec<&str> = found.iter().map(|lint| lint.id.as_str()).collect();
    assert_eq!(found, ["question-mark-removed"]);
}

#[test]
fn files_are_seen_as_a_whole() {
    assert_eq!(ids("guest/Cargo.lock", &["+x"]), ["lock-changed:0"]);
    assert_eq!(
        ids(
            "guest/Cargo.toml",
            &["+x = { version = \"1\", features = [\"y\"] }"]
        ),
        ["features-changed:0"]
    );
    assert_eq!(
        ids("guest/tests/blocks.rs", &["-    assert!(x);"]),
        ["test-changed:0"]
    );
    assert!(ids("guest/tests/blocks.rs", &["+    assert!(x);"]).is_empty());
    assert_eq!(ids("guest/build.rs", &["+x"]), ["build-changed:0"]);
    assert_eq!(ids("guest/src/add.s", &["+x"]), ["foreign-code-changed:0"]);
    assert!(ids("README.md", &["-we assert!(x)", "+unsafe"]).is_empty());
}

#[test]
fn work_that_moved_to_the_host_weighs_more() {
    let lines = ["-    let hash = keccak256(code);"];
    assert!(!lint(&diff("src/witness.rs", &lines), &[])[0].wants_acknowledgement());
    let lines = [
        "+    pub code_hashes: Vec<[u8; 32]>,",
        "-    let hash = keccak256(code);",
    ];
    let found = lint(&diff("src/witness.rs", &lines), &[]);
    assert!(found.iter().all(Lint::wants_acknowledgement), "{found:?}");
    assert_eq!(found.len(), 2);
}

#[test]
fn an_acknowledgement_names_a_lint_a_file_or_a_line() {
    let text = diff(SOURCE, &["+    unsafe { a() }", "+    unsafe { b() }"]);
    let by = |lint: &str| {
        let reason = "the pointer is checked two lines above".to_owned();
        [Acknowledgement {
            lint: lint.to_owned(),
            reason,
        }]
    };
    let left = |name: &str| {
        let lints = lint(&text, &by(name));
        lints
            .iter()
            .filter(|lint| lint.wants_acknowledgement())
            .count()
    };
    assert_eq!(left("unsafe-added"), 0);
    assert_eq!(left("unsafe-added@guest/src/validate.rs"), 0);
    assert_eq!(left("unsafe-added@guest/src/validate.rs:11"), 1);
    assert_eq!(left("unchecked-added"), 2);
    assert_eq!(
        lint(&text, &[])[0].name(),
        "unsafe-added@guest/src/validate.rs:10"
    );
}
