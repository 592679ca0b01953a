//! What a `Cargo.lock` says about patched crates.

use std::collections::BTreeMap;

use serde::Serialize;
use toml_edit::{DocumentMut, TableLike};

use crate::error::AdviseError;
use crate::operation::Operation;
use crate::zkvm::{Facts, PatchedCrate};

/// A package of a lock file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// Where it comes from.
    pub origin: PackageOrigin,
}

/// Where a package comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum PackageOrigin {
    /// A registry.
    Registry,
    /// A git repository, without protocol and revision.
    Git {
        /// Such as `github.com/sp1-patches/tiny-keccak`.
        repository: String,
    },
    /// The workspace itself, or a path.
    Path,
}

/// A lock file, read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lock {
    /// Its packages.
    pub packages: Vec<Package>,
    /// Patches that no dependency uses.
    pub unused_patches: Vec<Package>,
}

impl Lock {
    /// Reads a lock file's text.
    ///
    /// # Errors
    /// It is no TOML, or has no packages in it.
    pub fn parse(text: &str) -> Result<Lock, AdviseError> {
        let wrong = |what: String| AdviseError::Lock { what };
        let document: DocumentMut = text
            .parse()
            .map_err(|error: toml_edit::TomlError| wrong(error.message().to_owned()))?;
        let tables = |item: Option<&toml_edit::Item>| -> Vec<Package> {
            let tables = item.and_then(toml_edit::Item::as_array_of_tables);
            let tables = tables.into_iter().flat_map(|tables| tables.iter());
            tables.filter_map(|table| package(table)).collect()
        };
        let packages = tables(document.get("package"));
        if packages.is_empty() {
            return Err(wrong("it names no packages".to_owned()));
        }
        let patch = document
            .get("patch")
            .and_then(toml_edit::Item::as_table_like);
        Ok(Lock {
            packages,
            unused_patches: tables(patch.and_then(|patch| patch.get("unused"))),
        })
    }
}

fn package(table: &dyn TableLike) -> Option<Package> {
    let text = |key| table.get(key).and_then(|item| item.as_str());
    let origin = match text("source") {
        None => PackageOrigin::Path,
        Some(source) => match source.strip_prefix("git+") {
            Some(url) => PackageOrigin::Git {
                repository: repository(url),
            },
            None => PackageOrigin::Registry,
        },
    };
    Some(Package {
        name: text("name")?.to_owned(),
        version: text("version")?.to_owned(),
        origin,
    })
}

/// `github.com/owner/name` of a git URL: without protocol, credentials, query and revision.
fn repository(url: &str) -> String {
    let url = url.split(['?', '#']).next().unwrap_or_default();
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = url.split('/').next().unwrap_or_default();
    let shown = host.rsplit('@').next().unwrap_or_default();
    let path = &url[host.len()..];
    format!("{shown}{}", path.trim_end_matches(".git"))
}

/// What is wrong with a lock file, for one zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockIssue {
    /// What kind of thing: `unused-patch`, `unpatched-copy`, `version-mismatch`, `not-patched`, `zkvm-version`.
    pub kind: &'static str,
    /// The crate.
    pub name: String,
    /// The operation that it is about, if it is known.
    pub operation: Option<Operation>,
    /// In a sentence.
    pub what: String,
}

/// Looks a lock file over. `version` is the zkVM's that ran, if one did.
pub(crate) fn issues(lock: &Lock, facts: Option<&Facts>, version: Option<&str>) -> Vec<LockIssue> {
    let unused = lock.unused_patches.iter().map(|patch| LockIssue {
        kind: "unused-patch",
        name: patch.name.clone(),
        operation: None,
        what: format!(
            "the patch for {} {} is not used by anything: no dependency asks for a version that it fits",
            patch.name, patch.version
        ),
    });
    let mut found: Vec<LockIssue> = unused.collect();
    let Some(facts) = facts else {
        return found;
    };
    let mut copies: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for package in &lock.packages {
        copies.entry(&package.name).or_default().push(package);
    }
    for patch in facts.patches {
        let known = copies.get(patch.name).map_or(&[][..], Vec::as_slice);
        found.extend(of_patch(patch, known));
    }
    if let Some(ran) = version {
        let own = facts.own_crates.iter();
        let others = own.flat_map(|name| copies.get(name).into_iter().flatten());
        found.extend(
            others
                .filter(|package| package.version != ran)
                .map(|package| LockIssue {
                    kind: "zkvm-version",
                    name: package.name.clone(),
                    operation: None,
                    what: format!(
                        "the lock file has {} {}, the profile is of {} {ran}",
                        package.name, package.version, facts.zkvm
                    ),
                }),
        );
    }
    found
}

fn of_patch(patch: &PatchedCrate, copies: &[&Package]) -> Vec<LockIssue> {
    let is_git = |package: &&&Package| matches!(package.origin, PackageOrigin::Git { .. });
    let patched: Vec<&&Package> = copies.iter().filter(is_git).collect();
    let plain = copies
        .iter()
        .filter(|package| package.origin == PackageOrigin::Registry);
    let issue = |kind, what| LockIssue {
        kind,
        name: patch.name.to_owned(),
        operation: Some(patch.operation),
        what,
    };
    plain
        .map(|package| {
            let named = format!("{} {}", package.name, package.version);
            if let Some(patched) = patched.first() {
                return issue(
                    "unpatched-copy",
                    format!(
                        "{named} from the registry stands beside the patched {}: some dependency asks for another version, \
                         and what it does is not accelerated",
                        patched.version
                    ),
                );
            }
            match compatible(&package.version, patch.version) {
                true => issue(
                    "not-patched",
                    format!(
                        "{named} comes from the registry; {} has a copy of {} that uses the circuits",
                        patch.repository, patch.version
                    ),
                ),
                false => issue(
                    "version-mismatch",
                    format!(
                        "{named} is not the version that {} patches ({}): such a [patch] would not apply",
                        patch.repository, patch.version
                    ),
                ),
            }
        })
        .collect()
}

/// Whether a `[patch]` with one version takes the place of the other: cargo wants semantically compatible versions, and
/// the patch to be at least as new as what is asked for.
fn compatible(wanted: &str, patch: &str) -> bool {
    let parts = |version: &str| -> Vec<u64> {
        let plain = version.split(['-', '+']).next().unwrap_or_default();
        plain
            .split('.')
            .map(|part| part.parse().unwrap_or(0))
            .collect()
    };
    let (wanted, patch) = (parts(wanted), parts(patch));
    let same = match (wanted.first(), patch.first()) {
        (Some(0), Some(0)) => wanted.get(1) == patch.get(1),
        (a, b) => a == b,
    };
    same && patch >= wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "k256"
version = "0.13.4"
source = "git+https://token:secret@github.com/sp1-patches/elliptic-curves?tag=patch-k256#0123abcd"

[[package]]
name = "k256"
version = "0.11.6"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "sha2"
version = "0.10.9"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "substrate-bn"
version = "0.7.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "sp1-zkvm"
version = "6.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "guest"
version = "0.1.0"

[[patch.unused]]
name = "tiny-keccak"
version = "2.0.2"
source = "git+https://github.com/sp1-patches/tiny-keccak?tag=x#1"
"#;

    #[test]
    fn a_lock_file_tells_what_is_not_patched() {
        let lock = Lock::parse(LOCK).unwrap();
        assert_eq!(lock.packages.len(), 6);
        assert_eq!(
            lock.packages[0].origin,
            PackageOrigin::Git {
                repository: "github.com/sp1-patches/elliptic-curves".to_owned()
            }
        );
        let found = issues(&lock, Facts::named("sp1"), Some("6.10.0"));
        let mut kinds: Vec<(&str, &str)> = found
            .iter()
            .map(|issue| (issue.kind, issue.name.as_str()))
            .collect();
        kinds.sort_unstable();
        assert_eq!(
            kinds,
            [
                ("not-patched", "sha2"),
                ("unpatched-copy", "k256"),
                ("unused-patch", "tiny-keccak"),
                ("version-mismatch", "substrate-bn"),
                ("zkvm-version", "sp1-zkvm"),
            ]
        );
        assert!(found.iter().all(|issue| !issue.what.contains("secret")));
    }

    #[test]
    fn other_files_are_refused() {
        for text in ["", "not toml at [[", "[package]\nname = \"x\""] {
            assert!(
                matches!(Lock::parse(text), Err(AdviseError::Lock { .. })),
                "{text:?}"
            );
        }
    }
}
