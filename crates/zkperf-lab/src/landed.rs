//! Whether the commits that brought the ledger's rows hold the source that was measured.

use serde::Serialize;
use std::collections::HashSet;

use crate::encode::Row;
use crate::error::LabError;
use crate::lab::{short, Lab};
use crate::row::{Event, RowHash};

/// A commit whose source is not the one that its row speaks of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Mismatch {
    /// The row.
    pub row: RowHash,
    /// Its kind: `baseline` or `keep`.
    pub kind: &'static str,
    /// The commit that brought it.
    pub commit: String,
    /// What that may mean.
    pub note: String,
}

impl Lab<'_> {
    /// The commits on HEAD whose source is not what was measured: they were amended, rebased, or squashed with others.
    /// The ledger is as true as before; but what it measured is not what stands there.
    ///
    /// # Errors
    /// Git fails.
    pub fn mismatches(&self) -> Result<Vec<Mismatch>, LabError> {
        let mut seen: HashSet<Vec<u8>> = HashSet::new();
        let mut found = Vec::new();
        for commit in self.repo.history(&self.config.ledger)? {
            let bytes = self.repo.file(&commit, &self.config.ledger)?;
            let bytes = bytes.unwrap_or_default();
            // Only what is new is read: the rows before were brought by commits before.
            let lines = bytes.split(|byte| *byte == b'\n');
            let new = lines.filter(|line| !line.is_empty() && seen.insert(line.to_vec()));
            // A line that cannot be read is no row of the ledger that was believed.
            let rows = new.filter_map(|line| Row::parse(std::str::from_utf8(line).ok()?).ok());
            // Of several rows in one commit, as in a shallow clone's first, only the last can be of its source.
            let last = rows.filter_map(|row| match row.body.event {
                Event::Baseline(baseline) => Some((row.hash, "baseline", baseline.source)),
                Event::Keep(keep) => Some((row.hash, "keep", keep.source)),
                _ => None,
            });
            let Some((row, kind, source)) = last.last() else {
                continue;
            };
            if self.config.source_id(&self.files_of(&commit)?) != source {
                found.push(Mismatch {
                    kind,
                    note: format!(
                        "commit {} brought the {kind} {}, and its files are not those that were measured: it was \
                         amended, rebased, or squashed with other changes",
                        short(&commit),
                        row
                    ),
                    row,
                    commit,
                });
            }
        }
        Ok(found)
    }
}
