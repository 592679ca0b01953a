//! Rows as lines of text, and their hashes.
//!
//! A line is a JSON object whose first member is `hash`: the SHA-256 of the very same line without that member. So the
//! hash covers bytes, not a reading of them, and two shell commands check it:
//! `sed 's/^{"hash":"[0-9a-f]*",/{/' | tr -d '\n' | sha256sum`.

use sha2::{Digest, Sha256};

use crate::row::{Body, RowHash, SCHEMA};

const BEFORE_HASH: &str = "{\"hash\":\"";
const AFTER_HASH: &str = "\",";
const HASH_DIGITS: usize = 64;

/// A row as it stands in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its hash.
    pub hash: RowHash,
    /// What it says.
    pub body: Body,
    /// The line, without the newline.
    pub line: String,
}

/// Why a line is no row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LineError {
    /// It does not begin as every row does.
    #[error("it does not begin with {{\"hash\":\"… and 64 lower-case hex digits")]
    Form,
    /// A merge left its markers.
    #[error(
        "it is a marker of a merge conflict: keep the rows of both sides, delete the markers, then run \
         `zkperf lab verify --repair`"
    )]
    ConflictMarker,
    /// It was changed after it was written.
    #[error("its content has the hash {found}, not the {written} that it names: it was changed")]
    Changed {
        /// The hash in the line.
        written: RowHash,
        /// The hash of its content.
        found: RowHash,
    },
    /// It is no row of this schema.
    #[error("it is no row of {SCHEMA}: {reason}")]
    Content {
        /// What the parser says.
        reason: String,
    },
}

impl Row {
    /// Gives a body its hash.
    pub fn seal(body: Body) -> Row {
        // Everything in a body has a JSON form; an empty line would not parse back and be noticed.
        let json = serde_json::to_string(&body).unwrap_or_default();
        let hash = hash_of(&json);
        let rest = json.get(1..).unwrap_or_default();
        let line = format!("{BEFORE_HASH}{}{AFTER_HASH}{rest}", hash.0);
        Row { hash, body, line }
    }

    /// Reads a line, checking its hash.
    ///
    /// # Errors
    /// It is none that [`Row::seal`] can have written.
    pub fn parse(line: &str) -> Result<Row, LineError> {
        if ["<<<<<<<", "=======", ">>>>>>>", "|||||||"]
            .iter()
            .any(|marker| line.starts_with(marker))
        {
            return Err(LineError::ConflictMarker);
        }
        let rest = line.strip_prefix(BEFORE_HASH).ok_or(LineError::Form)?;
        let digits = rest.get(..HASH_DIGITS).ok_or(LineError::Form)?;
        if !digits
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
        {
            return Err(LineError::Form);
        }
        let rest = rest[HASH_DIGITS..]
            .strip_prefix(AFTER_HASH)
            .ok_or(LineError::Form)?;
        let json = format!("{{{rest}");
        let written = RowHash(digits.to_owned());
        let found = hash_of(&json);
        if written != found {
            return Err(LineError::Changed { written, found });
        }
        let body: Body = serde_json::from_str(&json).map_err(|error| LineError::Content {
            reason: error.to_string(),
        })?;
        if body.schema != SCHEMA {
            return Err(LineError::Content {
                reason: format!("it says {:?}; a newer zkperf may read it", body.schema),
            });
        }
        Ok(Row {
            hash: written,
            body,
            line: line.to_owned(),
        })
    }
}

fn hash_of(json: &str) -> RowHash {
    RowHash(hex::encode(Sha256::digest(json.as_bytes())))
}
