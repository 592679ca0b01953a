//! Earlier attempts, found by function and by word: an SQLite index in the common git directory. It is derived from the
//! ledger and made anew whenever that has another last row; it can be deleted at any time.

use rusqlite::{params, Connection};
use serde::Serialize;
use std::path::Path;

use crate::chain::Chain;
use crate::error::LabError;
use crate::history::{attempts, changes, Change, Fate, Record};

/// Changed with the tables, so that an index of another zkperf is made anew.
const VERSION: &str = "1";

/// An attempt that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Earlier {
    /// Its number.
    pub number: u64,
    /// What was tried.
    pub hypothesis: String,
    /// `open`, `kept` or `reverted`.
    pub fate: String,
    /// The verdict on it.
    pub verdict: String,
    /// Why it was reverted, or what was said for keeping it; empty if nothing was.
    pub reason: String,
    /// What it did to the proving cost.
    pub changes: Vec<Change>,
    /// The functions asked for that it is about, or whose cost it changed.
    pub functions: Vec<String>,
}

/// What is looked for. Attempts that match any of it are found; with nothing asked for, all.
#[derive(Debug, Clone, Default)]
pub struct Search {
    /// Words of hypothesis, reason and changed paths.
    pub words: String,
    /// Parts of function names.
    pub functions: Vec<String>,
}

/// The index.
#[derive(Debug)]
pub struct Index {
    connection: Connection,
}

impl Index {
    /// Opens the index at a path, and makes it that of this ledger. Where the file cannot be used, the index is in memory.
    ///
    /// # Errors
    /// SQLite fails even so.
    pub fn open(path: &Path, chain: &Chain) -> Result<Index, LabError> {
        let on_disk = Connection::open(path).and_then(|connection| {
            connection.busy_timeout(std::time::Duration::from_secs(5))?;
            Index { connection }.refreshed(chain)
        });
        let in_memory = || -> rusqlite::Result<Index> {
            let connection = Connection::open_in_memory()?;
            Index { connection }.refreshed(chain)
        };
        on_disk
            .or_else(|_| in_memory())
            .map_err(|source| LabError::Index {
                path: path.to_owned(),
                source,
            })
    }

    fn refreshed(mut self, chain: &Chain) -> rusqlite::Result<Index> {
        let head = chain.head().map_or("", |row| row.hash.0.as_str());
        let state = format!("{VERSION} {head}");
        if self.state().as_ref() != Ok(&state) {
            self.fill(chain, &state)?;
        }
        Ok(self)
    }

    fn state(&self) -> rusqlite::Result<String> {
        let sql = "SELECT state FROM ledger";
        self.connection.query_row(sql, [], |row| row.get(0))
    }

    fn fill(&mut self, chain: &Chain, state: &str) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(
            "DROP TABLE IF EXISTS ledger; DROP TABLE IF EXISTS attempts; DROP TABLE IF EXISTS functions;
             DROP TABLE IF EXISTS words;
             CREATE TABLE ledger (state TEXT NOT NULL);
             CREATE TABLE attempts (id INTEGER PRIMARY KEY, failed INTEGER NOT NULL);
             CREATE TABLE functions (attempt INTEGER NOT NULL, name TEXT NOT NULL);
             CREATE VIRTUAL TABLE words USING fts5 (text, tokenize = \"unicode61 tokenchars '_'\");",
        )?;
        for (id, record) in attempts(chain).iter().enumerate() {
            let id = id as i64;
            let functions = functions(record);
            let failed = !matches!(record.fate, Fate::Kept(..));
            transaction.execute("INSERT INTO attempts VALUES (?1, ?2)", params![id, failed])?;
            for name in &functions {
                transaction.execute("INSERT INTO functions VALUES (?1, ?2)", params![id, name])?;
            }
            transaction.execute(
                "INSERT INTO words (rowid, text) VALUES (?1, ?2)",
                params![id, words(record, &functions)],
            )?;
        }
        transaction.execute("INSERT INTO ledger VALUES (?1)", [state])?;
        transaction.commit()
    }

    /// The attempts that match, failures first, then the newest.
    ///
    /// # Errors
    /// SQLite fails.
    pub fn search(&self, chain: &Chain, search: &Search) -> Result<Vec<Earlier>, LabError> {
        self.find(chain, search).map_err(|source| LabError::Index {
            path: self.connection.path().unwrap_or_default().into(),
            source,
        })
    }

    fn find(&self, chain: &Chain, search: &Search) -> rusqlite::Result<Vec<Earlier>> {
        let records = attempts(chain);
        let everything = search.functions.is_empty() && search.words.trim().is_empty();
        let mut found: Vec<(i64, Vec<String>)> = Vec::new();
        for part in &search.functions {
            let sql = "SELECT attempt, name FROM functions WHERE instr(lower(name), lower(?1)) > 0";
            let mut query = self.connection.prepare(sql)?;
            let rows = query.query_map([part], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for row in rows {
                let (id, name): (i64, String) = row?;
                add(&mut found, id, Some(name));
            }
        }
        if let Some(expression) = expression(&search.words) {
            let mut query = self
                .connection
                .prepare("SELECT rowid FROM words WHERE words MATCH ?1")?;
            for id in query.query_map([expression], |row| row.get(0))? {
                add(&mut found, id?, None);
            }
        }
        if everything {
            (0..records.len() as i64).for_each(|id| add(&mut found, id, None));
        }
        let failed = |id: i64| -> rusqlite::Result<bool> {
            let sql = "SELECT failed FROM attempts WHERE id = ?1";
            self.connection.query_row(sql, [id], |row| row.get(0))
        };
        let mut ordered = Vec::new();
        for (id, functions) in found {
            ordered.push((!failed(id)?, -id, functions));
        }
        ordered.sort();
        let told = ordered.into_iter().filter_map(|(_, id, functions)| {
            let record = records.get(usize::try_from(-id).ok()?)?;
            Some(Earlier {
                functions,
                ..earlier(record)
            })
        });
        Ok(told.collect())
    }
}

fn add(found: &mut Vec<(i64, Vec<String>)>, id: i64, name: Option<String>) {
    let at = found.iter().position(|(known, _)| *known == id);
    let at = at.unwrap_or_else(|| {
        found.push((id, Vec::new()));
        found.len() - 1
    });
    if let Some(name) = name.filter(|name| !found[at].1.contains(name)) {
        found[at].1.push(name);
    }
}

/// Words that are in every other hypothesis.
const COMMON: &[&str] = &[
    "and", "are", "for", "from", "into", "not", "the", "use", "with", "without", "instead", "that",
    "this", "when", "than",
];

/// What SQLite looks for: any of the words; `None` if there is none.
fn expression(text: &str) -> Option<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    let words = words
        .filter(|word| word.chars().count() > 2 && !COMMON.contains(&word.to_lowercase().as_str()));
    // In quotes a word is only a word, whatever it means to SQLite.
    let words: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
    (!words.is_empty()).then(|| words.join(" OR "))
}

fn functions(record: &Record<'_>) -> Vec<String> {
    let mut names = record.attempt.functions.clone();
    let movers = record.result.iter().flat_map(|(_, result)| &result.movers);
    names.extend(movers.map(|mover| mover.function.clone()));
    names.sort();
    names.dedup();
    names
}

fn words(record: &Record<'_>, functions: &[String]) -> String {
    let files = record.result.iter().flat_map(|(_, result)| &result.files);
    let mut words = vec![record.attempt.hypothesis.clone(), earlier(record).reason];
    words.extend(files.cloned());
    // Only what was named: what moved is found by function.
    words.extend(
        functions
            .iter()
            .filter(|name| record.attempt.functions.contains(name))
            .cloned(),
    );
    words.join("\n")
}

fn earlier(record: &Record<'_>) -> Earlier {
    let reason = match record.fate {
        Fate::Open => String::new(),
        Fate::Reverted(_, revert) => revert.reason.clone(),
        Fate::Kept(_, keep) => {
            let said = [keep.accepted_mixed.clone(), keep.acknowledged.clone()];
            said.into_iter().flatten().collect::<Vec<_>>().join("; ")
        }
    };
    Earlier {
        number: record.attempt.number,
        hypothesis: record.attempt.hypothesis.clone(),
        fate: record.fate.text().to_owned(),
        verdict: record.verdict().to_owned(),
        reason,
        changes: record
            .result
            .map_or(Vec::new(), |(_, result)| changes(result)),
        functions: Vec::new(),
    }
}
