//! Whether the commits that brought the ledger's rows hold the source that was measured.

use serde::Serialize;
use std::collections::HashSet;

use crate::chain::Chain;
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
        let mut seen: HashSet<RowHash> = HashSet::new();
        let mut found = Vec::new();
        for commit in self.repo.history(&self.config.ledger)? {
            let bytes = self.repo.file(&commit, &self.config.ledger)?;
            // An older ledger that cannot be read is not this one's trouble.
            let Ok(chain) = Chain::parse_forked(&bytes.unwrap_or_default()) else {
                continue;
            };
            let rows = chain.rows().iter();
            let brought = rows.filter(|row| seen.insert(row.hash.clone()));
            // Of several rows in one commit, as in a shallow clone's first, only the last can be of its source.
            let last = brought.filter_map(|row| match &row.body.event {
                Event::Baseline(baseline) => Some((row, "baseline", &baseline.source)),
                Event::Keep(keep) => Some((row, "keep", &keep.source)),
                _ => None,
            });
            let Some((row, kind, source)) = last.last() else {
                continue;
            };
            if self.config.source_id(&self.files_of(&commit)?) != *source {
                found.push(Mismatch {
                    row: row.hash.clone(),
                    kind,
                    note: format!(
                        "commit {} brought the {kind} {}, and its files are not those that were measured: it was \
                         amended, rebased, or squashed with other changes",
                        short(&commit),
                        row.hash
                    ),
                    commit,
                });
            }
        }
        Ok(found)
    }
}
