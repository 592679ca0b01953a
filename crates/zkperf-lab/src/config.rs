//! Which paths are whose: what attempts may change, what they may not, what the lab writes itself.

use glob::{MatchOptions, Pattern};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use zkperf_profile::verdict::Limit;

use crate::error::LabError;
use crate::git::Entry;

/// The lab's rules, as `zkperf.toml` gives them. All paths are from the repository's root, with `/`.
#[derive(Debug, Clone)]
pub struct LabConfig {
    /// The configuration file itself.
    pub file: String,
    /// The ledger.
    pub ledger: String,
    /// What no measure may grow by, even where a result is not a regression.
    pub limits: Vec<Limit>,
    may_change: Vec<Pattern>,
    protected: Vec<Pattern>,
}

/// The keys of `[lab]`, relative to the folder of `zkperf.toml`.
#[derive(Debug, Clone, Default)]
pub struct LabKeys {
    /// Folder of `zkperf.toml` from the repository's root; empty for the root.
    pub folder: String,
    /// Patterns of the paths that an attempt may change; empty: all but the protected.
    pub may_change: Vec<String>,
    /// Patterns of the paths that no attempt may change.
    pub protected: Vec<String>,
    /// The ledger.
    pub ledger: String,
    /// Limits.
    pub limits: Vec<Limit>,
}

const MATCHING: MatchOptions = MatchOptions {
    case_sensitive: true,
    require_literal_separator: true,
    require_literal_leading_dot: false,
};

impl LabConfig {
    /// Reads the keys.
    ///
    /// # Errors
    /// A pattern that is none.
    pub fn new(keys: LabKeys) -> Result<LabConfig, LabError> {
        let from_root = |path: &str| match keys.folder.trim_matches('/') {
            "" => path.to_owned(),
            folder => format!("{folder}/{path}"),
        };
        let outside = |part: &str| part == ".." || part == "." || part.is_empty();
        if keys.ledger.split('/').any(outside) || keys.ledger.contains('\\') {
            return Err(LabError::Pattern {
                pattern: keys.ledger.clone(),
                reason: "the ledger is a file of the repository, named from the folder of zkperf.toml with plain /".to_owned(),
            });
        }
        // The folder is no pattern, whatever stands in its name.
        let folder = Pattern::escape(keys.folder.trim_matches('/'));
        let pattern = |text: &String| {
            let whole = match folder.as_str() {
                "" => text.clone(),
                folder => format!("{folder}/{text}"),
            };
            let whole = whole.trim_end_matches('/');
            Pattern::new(whole).map_err(|error| LabError::Pattern {
                pattern: text.clone(),
                reason: error.to_string(),
            })
        };
        let patterns = |texts: &[String]| texts.iter().map(pattern).collect::<Result<_, _>>();
        Ok(LabConfig {
            file: from_root("zkperf.toml"),
            ledger: from_root(&keys.ledger),
            may_change: patterns(&keys.may_change)?,
            protected: patterns(&keys.protected)?,
            limits: keys.limits,
        })
    }

    /// The folder that holds the ledger, with a `/` at its end; empty for the root.
    fn folder(&self) -> &str {
        self.ledger.rfind('/').map_or("", |at| &self.ledger[..=at])
    }

    /// The rendered ledger.
    pub fn logbook(&self) -> String {
        format!("{}logbook.md", self.folder())
    }

    /// The report of an attempt.
    pub fn report(&self, name: &str) -> String {
        format!("{}/{name}.md", self.reports())
    }

    /// The folder of the reports.
    pub fn reports(&self) -> String {
        format!("{}reports", self.folder())
    }

    /// Whether the lab itself writes this file: ledger, logbook, reports of attempts.
    pub fn is_own(&self, path: &str) -> bool {
        let rest = path.strip_prefix(self.folder());
        let report = rest
            .and_then(|rest| rest.strip_prefix("reports/")?.strip_suffix(".md"))
            .and_then(|name| name.split_once('-'));
        let is_report = report.is_some_and(|(number, _)| is_number(number));
        path == self.ledger || path == self.logbook() || is_report
    }

    /// Whether no attempt may change this file. The lab's own files are none of these, even where a pattern covers them:
    /// the lab itself changes them with every attempt.
    pub fn is_protected(&self, path: &str) -> bool {
        path == self.file || (matches(&self.protected, path) && !self.is_own(path))
    }

    /// Whether an attempt may change this file.
    pub fn may_change(&self, path: &str) -> bool {
        let is_allowed = self.may_change.is_empty() || matches(&self.may_change, path);
        is_allowed && !self.is_protected(path) && !self.is_own(path)
    }

    /// What attempts may change, for people.
    pub fn told_may_change(&self) -> String {
        let all: Vec<&str> = self.may_change.iter().map(Pattern::as_str).collect();
        match all.is_empty() {
            true => "all but what is protected".to_owned(),
            false => all.join(", "),
        }
    }

    /// Hashes of the protected files among these: git's, of the content.
    pub fn protected_among(&self, files: &[Entry]) -> BTreeMap<String, String> {
        let files = files.iter().filter(|file| self.is_protected(&file.path));
        let hashes = files.map(|file| (file.path.clone(), file.object.clone()));
        hashes.collect()
    }

    /// Identity of a commit's files but for the lab's own: a SHA-256, lower-case hex. Two commits that differ in their
    /// ledger only have the same.
    pub fn source_id(&self, files: &[Entry]) -> String {
        let mut hash = Sha256::new();
        for file in files.iter().filter(|file| !self.is_own(&file.path)) {
            hash.update(format!("{} {}\t{}\0", file.mode, file.object, file.path));
        }
        hex::encode(hash.finalize())
    }
}

/// Whether this is how an attempt's number is written: three digits or more.
pub(crate) fn is_number(text: &str) -> bool {
    text.len() >= 3 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a pattern names the path, or a folder that holds it.
fn matches(patterns: &[Pattern], path: &str) -> bool {
    let ends = path.match_indices('/').map(|(at, _)| at);
    let mut names = ends.chain([path.len()]).map(|end| &path[..end]);
    names.any(|name| {
        patterns
            .iter()
            .any(|pattern| pattern.matches_with(name, MATCHING))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(folder: &str, may_change: &[&str], protected: &[&str]) -> LabConfig {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        LabConfig::new(LabKeys {
            folder: folder.to_owned(),
            may_change: texts(may_change),
            protected: texts(protected),
            ledger: "lab/ledger.jsonl".to_owned(),
            limits: Vec::new(),
        })
        .unwrap()
    }

    #[test]
    fn paths_are_told_apart() {
        let config = config(
            "",
            &["guests/**", "core/src/*.rs", "shared"],
            &["guests/*/Cargo.lock", "lab/blocks"],
        );
        for (path, may_change) in [
            ("guests/zisk/src/main.rs", true),
            ("guests/zisk/Cargo.lock", false),
            ("guests/zisk/deep/Cargo.lock", true),
            ("core/src/trie.rs", true),
            ("core/src/deep/trie.rs", false),
            ("shared/any/thing", true),
            ("sharedish", false),
            ("zkperf.toml", false),
            ("lab/ledger.jsonl", false),
        ] {
            assert_eq!(config.may_change(path), may_change, "{path}");
        }
        for path in [
            "lab/ledger.jsonl",
            "lab/logbook.md",
            "lab/reports/001-a.md",
            "lab/reports/1000-a.md",
        ] {
            assert!(config.is_own(path), "{path}");
        }
        for path in [
            "lab/reports/notes.md",
            "lab/reports/01-a.md",
            "lab/reports/001-a.txt",
            "logbook.md",
        ] {
            assert!(!config.is_own(path), "{path}");
        }
        assert!(
            config.is_protected("lab/blocks/1.json.zst")
                && !config.may_change("lab/blocks/1.json.zst")
        );
    }

    #[test]
    fn a_pattern_over_the_ledger_does_not_protect_it() {
        let config = config("", &[], &["lab/**"]);
        assert!(config.is_protected("lab/Makefile"));
        assert!(!config.is_protected(&config.ledger) && !config.is_protected(&config.logbook()));
    }

    #[test]
    fn a_ledger_elsewhere_is_refused() {
        for ledger in [
            "",
            "/etc/ledger",
            "../ledger",
            "lab//ledger",
            "lab/./ledger",
            "lab\\ledger",
        ] {
            let keys = LabKeys {
                ledger: ledger.to_owned(),
                ..LabKeys::default()
            };
            assert!(LabConfig::new(keys).is_err(), "{ledger}");
        }
    }

    #[test]
    fn a_configuration_in_a_folder_speaks_of_that_folder() {
        let config = config("bench [1]", &["guest"], &[]);
        assert!(
            config.may_change("bench [1]/guest/main.rs") && !config.may_change("guest/main.rs")
        );
        assert_eq!(config.logbook(), "bench [1]/lab/logbook.md");
        assert!(config.is_protected("bench [1]/zkperf.toml"));
    }
}
