//! The ledger: rows, each linked to the one before, and the state they come to.
//!
//! Every row is checked against the state before it, whether it is about to be written or was read from a file: what
//! [`Chain::draft`] refuses to write, [`Chain::parse`] refuses to read.

use std::collections::{BTreeSet, HashMap};

use crate::encode::{LineError, Row};
use crate::measured::Measured;
use crate::row::{Attempt, Baseline, Body, Event, RowHash, Validation, SCHEMA};
use crate::rules::{self, Refusal};

/// A ledger whose rows are linked and follow the rules.
#[derive(Debug, Clone, Default)]
pub struct Chain {
    rows: Vec<Row>,
    by_hash: HashMap<RowHash, usize>,
    /// The state after each row.
    states: Vec<State>,
    /// Rows that no later row links to.
    heads: BTreeSet<usize>,
}

/// What the rows up to one of them come to. Everything is a place in the list of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    /// The row whose figures attempts are measured against: a `baseline` or `keep`.
    pub baseline: Option<usize>,
    /// The open attempt.
    pub attempt: Option<usize>,
    /// The open attempt's last result.
    pub result: Option<usize>,
    /// The highest number of an attempt so far.
    pub last_number: u64,
}

/// Why a ledger is none.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A line cannot be read.
    #[error("row {row}: {source}")]
    Line {
        /// Line of the file, from 1.
        row: usize,
        /// What is wrong with it.
        source: LineError,
    },
    /// It is not UTF-8.
    #[error("row {row} is not text: it was changed")]
    NotText {
        /// Line of the file, from 1.
        row: usize,
    },
    /// The file ends within a row.
    #[error("row {row} does not end with a newline: the file was cut off or changed")]
    CutOff {
        /// Line of the file, from 1.
        row: usize,
    },
    /// A row is linked to one that is not there.
    #[error(
        "row {row} is linked to {prev}, which is not among the rows above it: a row was removed, or moved"
    )]
    Unlinked {
        /// Line of the file, from 1.
        row: usize,
        /// What it is linked to.
        prev: RowHash,
    },
    /// A second first row.
    #[error(
        "row {row} is linked to nothing, as only the first row is: two ledgers that began apart cannot become one; keep \
         one of them and take a baseline"
    )]
    SecondBeginning {
        /// Line of the file, from 1.
        row: usize,
    },
    /// The same row twice.
    #[error("row {row} stands there a second time")]
    Twice {
        /// Line of the file, from 1.
        row: usize,
    },
    /// A row breaks a rule.
    #[error("row {row} ({kind}) could not have been entered: {refusal}")]
    Rule {
        /// Line of the file, from 1.
        row: usize,
        /// Its kind.
        kind: &'static str,
        /// The rule.
        refusal: Refusal,
    },
    /// Two ledgers side by side.
    #[error(
        "it has {} ends ({}): two branches wrote rows after the same one, and were merged; `zkperf lab verify --repair` \
         joins them",
        heads.len(),
        heads.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
    )]
    Forked {
        /// The last row of each.
        heads: Vec<RowHash>,
    },
}

impl Chain {
    /// Reads a ledger of one end.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse(bytes: &[u8]) -> Result<Chain, Fault> {
        let chain = Chain::parse_forked(bytes)?;
        match chain.heads.len() {
            0 | 1 => Ok(chain),
            _ => Err(Fault::Forked {
                heads: chain.heads(),
            }),
        }
    }

    /// Reads a ledger that may have several ends, as a merge of two branches leaves it.
    ///
    /// # Errors
    /// The first fault, but for the ends.
    pub fn parse_forked(bytes: &[u8]) -> Result<Chain, Fault> {
        let mut chain = Chain::default();
        let mut lines: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        let rest = lines.pop().unwrap_or_default();
        if !rest.is_empty() {
            return Err(Fault::CutOff {
                row: lines.len() + 1,
            });
        }
        for (at, line) in lines.into_iter().enumerate() {
            let row = at + 1;
            let text = std::str::from_utf8(line).map_err(|_| Fault::NotText { row })?;
            let read = Row::parse(text).map_err(|source| Fault::Line { row, source })?;
            chain.push(read)?;
        }
        Ok(chain)
    }

    /// Adds a row that was written for this ledger.
    ///
    /// # Errors
    /// It is not linked to a row of it, or breaks a rule.
    pub fn push(&mut self, row: Row) -> Result<(), Fault> {
        let at = self.rows.len();
        let number = at + 1;
        if self.by_hash.contains_key(&row.hash) {
            return Err(Fault::Twice { row: number });
        }
        let prev = match &row.body.prev {
            None if at == 0 => None,
            None => return Err(Fault::SecondBeginning { row: number }),
            Some(hash) => Some(self.place(hash).ok_or_else(|| Fault::Unlinked {
                row: number,
                prev: hash.clone(),
            })?),
        };
        let state = rules::apply(self, prev, &row.body.event, at);
        let state = state.map_err(|refusal| Fault::Rule {
            row: number,
            kind: row.body.event.kind(),
            refusal,
        })?;
        prev.map(|prev| self.heads.remove(&prev));
        if let Event::Merge(merge) = &row.body.event {
            self.place(&merge.also).map(|also| self.heads.remove(&also));
        }
        self.heads.insert(at);
        self.by_hash.insert(row.hash.clone(), at);
        self.states.push(state);
        self.rows.push(row);
        Ok(())
    }

    /// A row of this event after the last one, if the rules allow it. It is not added.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn draft(&self, event: Event, time_unix: u64) -> Result<Row, Refusal> {
        let last = self.rows.len().checked_sub(1);
        rules::apply(self, last, &event, self.rows.len())?;
        Ok(Row::seal(Body {
            schema: SCHEMA.to_owned(),
            prev: last.map(|last| self.rows[last].hash.clone()),
            time_unix,
            zkperf: env!("CARGO_PKG_VERSION").to_owned(),
            event,
        }))
    }

    /// As [`Chain::draft`], and adds it.
    ///
    /// # Errors
    /// The rule that it breaks.
    pub fn append(&mut self, event: Event, time_unix: u64) -> Result<Row, Refusal> {
        let row = self.draft(event, time_unix)?;
        // A drafted row is linked and follows the rules.
        let _ = self.push(row.clone());
        Ok(row)
    }

    /// The rows, in the order of the file.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// The file's bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let lines = self.rows.iter();
        let text: String = lines.map(|row| format!("{}\n", row.line)).collect();
        text.into_bytes()
    }

    /// The last row.
    pub fn head(&self) -> Option<&Row> {
        self.rows.last()
    }

    /// The rows that no other is linked to.
    pub fn heads(&self) -> Vec<RowHash> {
        let places = self.heads.iter();
        places.map(|at| self.rows[*at].hash.clone()).collect()
    }

    /// Place of a row.
    pub fn place(&self, hash: &RowHash) -> Option<usize> {
        self.by_hash.get(hash).copied()
    }

    /// The row of that hash.
    pub fn row(&self, hash: &RowHash) -> Option<&Row> {
        self.place(hash).map(|at| &self.rows[at])
    }

    /// The state after a row; before the first, if there is none.
    pub fn state_after(&self, at: Option<usize>) -> State {
        at.and_then(|at| self.states.get(at))
            .cloned()
            .unwrap_or_default()
    }

    /// The state after the last row.
    pub fn state(&self) -> State {
        self.state_after(self.rows.len().checked_sub(1))
    }

    /// A row and all that it is linked to, directly or not.
    pub fn ancestors(&self, from: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut open = vec![from];
        while let Some(at) = open.pop() {
            let Some(row) = self.rows.get(at).filter(|_| found.insert(at)) else {
                continue;
            };
            let also = match &row.body.event {
                Event::Merge(merge) => Some(&merge.also),
                _ => None,
            };
            let links = row.body.prev.iter().chain(also);
            open.extend(links.filter_map(|hash| self.place(hash)));
        }
        found
    }

    /// The baseline of now.
    pub fn standing(&self) -> Option<Standing<'_>> {
        self.standing_at(self.state().baseline?)
    }

    /// What a `baseline` or `keep` row establishes; `None` for other rows.
    pub fn standing_at(&self, at: usize) -> Option<Standing<'_>> {
        let row = self.rows.get(at)?;
        let first = self.first_baseline(row)?;
        let (source, figures) = match &row.body.event {
            Event::Keep(keep) => {
                let cases = self.result(&keep.result)?.cases.iter();
                (&keep.source, cases.map(Measured::after).collect())
            }
            _ => (&first.source, first.figures.clone()),
        };
        Some(Standing {
            row,
            first,
            source,
            figures,
        })
    }

    /// The `baseline` row from which kept attempts led to a row.
    fn first_baseline<'c>(&'c self, mut row: &'c Row) -> Option<&'c Baseline> {
        loop {
            match &row.body.event {
                Event::Baseline(baseline) => return Some(baseline),
                // A kept attempt stands after the baseline that it replaces, so this ends.
                Event::Keep(keep) => row = self.row(&keep.baseline)?,
                _ => return None,
            }
        }
    }

    /// The open attempt and its row's hash.
    pub fn open(&self) -> Option<(&RowHash, &Attempt)> {
        let row = self.rows.get(self.state().attempt?)?;
        self.attempt(&row.hash).map(|attempt| (&row.hash, attempt))
    }

    /// The open attempt's last result and its row's hash.
    pub fn last_result(&self) -> Option<(&RowHash, &Validation)> {
        let row = self.rows.get(self.state().result?)?;
        self.result(&row.hash).map(|result| (&row.hash, result))
    }

    /// An attempt by its row.
    pub fn attempt(&self, hash: &RowHash) -> Option<&Attempt> {
        match &self.row(hash)?.body.event {
            Event::Attempt(attempt) => Some(attempt),
            _ => None,
        }
    }

    /// A result by its row.
    pub fn result(&self, hash: &RowHash) -> Option<&Validation> {
        match &self.row(hash)?.body.event {
            Event::Result(result) => Some(result),
            _ => None,
        }
    }
}

/// What attempts are measured against.
#[derive(Debug, Clone)]
pub struct Standing<'c> {
    /// Its row.
    pub row: &'c Row,
    /// The `baseline` row from which kept attempts led here: branch, protected files and environment.
    pub first: &'c Baseline,
    /// Identity of the source.
    pub source: &'c str,
    /// Every zkVM on every block.
    pub figures: Vec<Measured>,
}
