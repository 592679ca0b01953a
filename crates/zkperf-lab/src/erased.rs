//! Rows that were in the ledger once and are not any more. A row is never taken back: what was tried was tried.

use std::collections::{HashMap, HashSet};

use crate::encode::Row;
use crate::error::LabError;
use crate::lab::{short, Lab};
use crate::row::RowHash;
use crate::verify::Disbelief;

/// The rows of one version of the ledger.
#[derive(Debug, Default)]
struct Version {
    /// The first of them: two ledgers that began apart have different ones.
    first: Option<RowHash>,
    rows: HashSet<RowHash>,
}

/// Reads versions; a line is parsed once, in however many versions it stands.
#[derive(Default)]
struct Reader {
    lines: HashMap<Vec<u8>, Option<RowHash>>,
}

impl Reader {
    fn version(&mut self, bytes: &[u8]) -> Version {
        let mut version = Version::default();
        for line in bytes.split(|byte| *byte == b'\n') {
            if line.is_empty() {
                continue;
            }
            let known = self.lines.get(line).cloned();
            let row = known.unwrap_or_else(|| {
                // A line that cannot be read is no row, and may well be corrected.
                let text = std::str::from_utf8(line).ok();
                let row = text.and_then(|text| Row::parse(text).ok());
                let hash = row.map(|row| row.hash);
                self.lines.insert(line.to_vec(), hash.clone());
                hash
            });
            if let Some(row) = row {
                version.first.get_or_insert_with(|| row.clone());
                version.rows.insert(row);
            }
        }
        version
    }
}

impl Lab<'_> {
    /// Rows that some commit before HEAD has, and that `now`, the ledger in the working tree, has not. A merge may leave out
    /// one of two ledgers that began apart, since they cannot become one.
    ///
    /// # Errors
    /// Git fails.
    pub(crate) fn erased(&self, now: &[u8]) -> Result<Option<Disbelief>, LabError> {
        let ledger = &self.config.ledger;
        let commits = self.repo.versions(ledger)?;
        let mut reader = Reader::default();
        let mut versions: HashMap<String, Version> = HashMap::new();
        for object in commits.iter().filter_map(|commit| commit.object.as_ref()) {
            if !versions.contains_key(object) {
                let version = reader.version(&self.repo.object(object)?);
                versions.insert(object.clone(), version);
            }
        }
        let nothing = Version::default();
        let by_commit: HashMap<&str, &Version> = commits
            .iter()
            .map(|one| {
                let version = one.object.as_ref().and_then(|object| versions.get(object));
                (one.commit.as_str(), version.unwrap_or(&nothing))
            })
            .collect();
        let of = |commit: &str| by_commit.get(commit).copied().unwrap_or(&nothing);
        let now = reader.version(now);
        // Oldest first, so that the last commit to remove a row is the one that is told: its place, and one that has the row.
        let mut removed: HashMap<&RowHash, (usize, &str)> = HashMap::new();
        for (at, one) in commits.iter().enumerate() {
            let after = of(&one.commit);
            for parent in &one.parents {
                let before = of(parent);
                let apart = after.first.is_some() && after.first != before.first;
                if one.parents.len() > 1 && apart {
                    continue;
                }
                let gone = before.rows.difference(&after.rows);
                removed.extend(gone.map(|row| (row, (at, parent.as_str()))));
            }
        }
        if let Some(last) = commits.last() {
            let gone = of(&last.commit).rows.difference(&now.rows);
            removed.extend(gone.map(|row| (row, (commits.len(), last.commit.as_str()))));
        }
        removed.retain(|row, _| !now.rows.contains(*row));
        let Some((at, source)) = removed.values().max().copied() else {
            return Ok(None);
        };
        let place = commits.get(at).map_or_else(
            || "the working tree".to_owned(),
            |one| format!("commit {}", short(&one.commit)),
        );
        Ok(Some(Disbelief::Erased {
            ledger: ledger.clone(),
            rows: removed.len(),
            place,
            revision: short(source).to_owned(),
        }))
    }
}
