//! The rules, as tables.

use super::{is_test, Weight};
use crate::diff::FileDiff;
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Whether a rule looks at what came or at what went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Added,
    Removed,
}

/// A rule on lines of Rust.
pub(super) struct LineRule {
    pub(super) id: &'static str,
    pub(super) side: Side,
    pub(super) weight: Weight,
    pattern: &'static str,
    /// Which files it looks at, beside being guest code.
    pub(super) file: fn(&str) -> bool,
    pub(super) reason: &'static str,
}

/// A rule on files.
pub(super) struct FileRule {
    pub(super) id: &'static str,
    pub(super) weight: Weight,
    pub(super) concerns: fn(&FileDiff) -> bool,
    pub(super) reason: &'static str,
}

/// Every pattern compiled, by its text.
static PATTERNS: LazyLock<BTreeMap<&'static str, Regex>> = LazyLock::new(|| {
    let all = LINE_RULES.iter().map(|rule| rule.pattern);
    // A pattern that does not compile is a bug that the tests of this file find: it must not end the program.
    all.filter_map(|text| Some((text, Regex::new(text).ok()?)))
        .collect()
});

/// Matches nothing.
static NOTHING: LazyLock<Regex> = LazyLock::new(|| {
    #[allow(clippy::expect_used)] // a constant, and compiled in every test
    Regex::new("[^\\s\\S]").expect("the empty set is a pattern")
});

impl LineRule {
    pub(super) fn pattern(&self) -> &'static Regex {
        PATTERNS.get(self.pattern).unwrap_or(&NOTHING)
    }
}

const fn added(
    id: &'static str,
    weight: Weight,
    pattern: &'static str,
    reason: &'static str,
) -> LineRule {
    LineRule {
        id,
        side: Side::Added,
        weight,
        pattern,
        file: |_| true,
        reason,
    }
}

const fn removed(
    id: &'static str,
    weight: Weight,
    pattern: &'static str,
    reason: &'static str,
) -> LineRule {
    LineRule {
        id,
        side: Side::Removed,
        weight,
        pattern,
        file: |_| true,
        reason,
    }
}

/// Files that say what a guest reads, by their names.
fn is_input_code(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    ["input", "witness", "io", "stdin", "hint"]
        .iter()
        .any(|word| name.contains(word))
}

pub(super) const LINE_RULES: &[LineRule] = &[
    added(
        "unsafe-added",
        Weight::Acknowledge,
        r"\bunsafe\b",
        "unsafe code can break rules that the rest relies on, on inputs that no test has",
    ),
    added(
        "unchecked-added",
        Weight::Acknowledge,
        r"\b\w*unchecked\w*\b",
        "what is not checked here is believed: is it checked before, on every path, for input of a liar?",
    ),
    added(
        "raw-memory-added",
        Weight::Acknowledge,
        r"\btransmute\w*\b|\bfrom_raw_parts\w*\b|\bassume_init\w*\b|\bset_len\s*\(|\bread_unaligned\b",
        "memory is given another meaning: sizes, alignment and validity are the writer's to prove",
    ),
    added(
        "allow-added",
        Weight::Acknowledge,
        r"#!?\[\s*(allow|expect)\s*\(",
        "a warning of the compiler is silenced",
    ),
    added(
        "cfg-added",
        Weight::Acknowledge,
        r"#!?\[\s*cfg(_attr)?\s*\(|\bcfg!\s*\(",
        "what runs depends on how it is built: the native checks may not run what is proven",
    ),
    LineRule {
        id: "host-data-added",
        side: Side::Added,
        weight: Weight::Acknowledge,
        pattern: r"^pub(\([a-z ]+\))? \w+ ?: ?[^:].*,$|\breader\.\w+\s*\(|\b\w*(from_bytes|deserialize|access)\w*\s*(::<[^(]*>)?\(",
        file: is_input_code,
        reason: "more is read from the host than before: whatever it says must be checked in the guest",
    },
    added(
        "hint-added",
        Weight::Acknowledge,
        r"\b(unconstrained|\w*hint\w*|env::read\w*|io::read\w*|read_vec|read_slice|fcall\w*)\s*(!|::<[^(]*>)?\s*[({]",
        "the guest asks the host: the answer is a claim, to be checked in the guest",
    ),
    added(
        "error-swallowed",
        Weight::Note,
        r"\.(unwrap_or|unwrap_or_default|unwrap_or_else|or_default)\s*\(|\.ok\(\)|^let _ =|\bor\(Ok\(",
        "an error or an absence is answered with a default: is that what the protocol says?",
    ),
    added(
        "debug-assert-added",
        Weight::Note,
        r"\bdebug_assert\w*!",
        "such a check is not in a release build",
    ),
    removed(
        "check-removed",
        Weight::Acknowledge,
        r"\b(assert|assert_eq|assert_ne|ensure|bail|panic)!|\breturn Err\b|\b\w*(verify|validate|check|ensure|is_valid|is_on_curve|subgroup|canonical)\w*\s*(::<[^(]*>)?\(",
        "a check is no longer there, and did not merely move",
    ),
    removed(
        "rejection-removed",
        Weight::Acknowledge,
        r"\bErr\s*\(|\bok_or(_else)?\s*\(|\bmap_err\s*\(|\bReject::\w+",
        "a way to say no is no longer there, and did not merely move",
    ),
    removed(
        "hash-removed",
        Weight::Note,
        r"\b\w*(keccak|sha256|ripemd|blake2|poseidon|recover|from_bytecode|compute_\w*hash|compute_\w*root)\w*\s*(::<[^(]*>)?\(",
        "a hash or a signer is computed less often than before",
    ),
];

pub(super) const FILE_RULES: &[FileRule] = &[
    FileRule {
        id: "lock-changed",
        weight: Weight::Acknowledge,
        concerns: |file| file.path.ends_with(".lock"),
        reason: "other versions of dependencies are other code: what changed in them?",
    },
    FileRule {
        id: "features-changed",
        weight: Weight::Acknowledge,
        concerns: |file| {
            let words = ["features", "default-features", "git", "path", "[patch", "overflow-checks", "debug-assertions"];
            file.path.ends_with("Cargo.toml") && touches(file, &words)
        },
        reason: "features, patches and build settings choose which code is compiled, without a line of it in this diff",
    },
    FileRule {
        id: "test-changed",
        weight: Weight::Acknowledge,
        concerns: |file| is_test(&file.path) && file.lines().any(|line| !line.added),
        reason: "lines of a test are gone: a test that is made to pass shows nothing",
    },
    FileRule {
        id: "test-ignored",
        weight: Weight::Acknowledge,
        concerns: |file| {
            let ignores = |text: &str| text.trim_start().starts_with("#[ignore");
            file.lines().any(|line| line.added && ignores(&line.text))
        },
        reason: "a test no longer runs",
    },
    FileRule {
        id: "build-changed",
        weight: Weight::Acknowledge,
        concerns: |file| {
            let name = file.path.rsplit('/').next().unwrap_or_default();
            name == "build.rs"
                || name == "rust-toolchain.toml"
                || name == "rust-toolchain"
                || name.ends_with(".ld")
                || file.path.contains(".cargo/config")
        },
        reason: "how the guest is built has changed",
    },
    FileRule {
        id: "foreign-code-changed",
        weight: Weight::Acknowledge,
        concerns: |file| {
            let extension = file.path.rsplit_once('.').map(|(_, extension)| extension);
            matches!(extension, Some("c" | "h" | "cc" | "cpp" | "s" | "S" | "asm" | "zisk" | "ll"))
        },
        reason: "the other lints cannot read this language",
    },
    FileRule {
        id: "binary-changed",
        weight: Weight::Acknowledge,
        concerns: |file| file.binary,
        reason: "nobody can see what is in it",
    },
];

/// Whether a line that came or went has one of the words.
fn touches(file: &FileDiff, words: &[&str]) -> bool {
    let has = |text: &str| words.iter().any(|word| text.contains(word));
    file.lines().any(|line| has(&line.text))
}

/// Whether a line declares a constant, or is a row of one: nothing but numbers.
pub(super) fn is_constant(code: &str) -> bool {
    let declared = code
        .trim_start_matches("pub ")
        .trim_start_matches("(crate) ");
    let declares = declared.starts_with("const ") && !declared.starts_with("const fn")
        || declared.starts_with("static ");
    let digits = code.chars().filter(char::is_ascii_digit).count();
    let is_row = digits > 0
        && code.contains(',')
        && code
            .chars()
            .all(|c| c.is_ascii_hexdigit() || "x_, []()".contains(c));
    declares || is_row
}

/// `?` that pass an error on.
pub(super) fn question_marks(code: &str) -> usize {
    // `?Sized` passes on nothing.
    code.matches('?').count() - code.matches("?Sized").count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles_and_every_id_is_there_once() {
        assert!(!NOTHING.is_match("anything"));
        for rule in LINE_RULES {
            assert!(Regex::new(rule.pattern).is_ok(), "{}", rule.id);
        }
        let ids = LINE_RULES.iter().map(|rule| rule.id);
        let mut ids: Vec<&str> = ids.chain(FILE_RULES.iter().map(|rule| rule.id)).collect();
        ids.sort_unstable();
        let all = ids.len();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn constants_are_told_from_other_lines() {
        for yes in [
            "const LIMIT: u64 = 5;",
            "pub const LIMIT: u64 = 5;",
            "0xff, 0xff, 0x5d,",
            "static TABLE: [u8; 2] = [1, 2];",
        ] {
            assert!(is_constant(yes), "{yes}");
        }
        for no in ["const fn f() {}", "let x = 5;", "}", "f(a, b)", "],"] {
            assert!(!is_constant(no), "{no}");
        }
    }
}
