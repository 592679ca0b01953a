//! The documented text form of a profile: lossless, versioned, for other programs.
//!
//! `docs/profile.md` explains it, [`JSON_SCHEMA`] defines it.

use std::io::Write;

use serde::{Deserialize, Serialize};

use crate::error::ProfileError;
use crate::model::ProfileData;
use crate::profile::Profile;

/// Value of `format` in the text form.
pub const JSON_FORMAT: &str = "zkperf-profile";

/// Value of `version` in the text form. It goes up when a reader of the old form would misread the
/// new one; added fields alone do not change it.
pub const JSON_VERSION: u32 = 1;

/// JSON Schema (draft 2020-12) of the text form.
pub const JSON_SCHEMA: &str = include_str!("../../../docs/profile.schema.json");

/// What is wrong with a profile in text form.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JsonError {
    /// Not JSON, or not of the documented shape.
    #[error("not a zkperf profile in JSON: {0}; compare it with docs/profile.schema.json")]
    Shape(#[from] serde_json::Error),
    /// JSON of something else.
    #[error(
        "JSON of format {found:?}, not {JSON_FORMAT:?}; `zkperf to-json` writes the right one"
    )]
    Format {
        /// Its `format`.
        found: String,
    },
    /// A version that this build does not read.
    #[error("JSON form {found} of a profile, but this zkperf reads form {JSON_VERSION}; use the zkperf that wrote it, or make the profile again")]
    Version {
        /// Its `version`.
        found: u64,
    },
    /// The profile does not add up.
    #[error("not a valid profile: {0}")]
    Invalid(#[from] ProfileError),
}

#[derive(Serialize)]
struct Document<'a> {
    format: &'static str,
    version: u32,
    #[serde(flatten)]
    data: &'a ProfileData,
}

#[derive(Deserialize)]
struct Preamble {
    #[serde(default)]
    format: String,
    #[serde(default)]
    version: u64,
}

impl Profile {
    /// The profile in its text form, on one line.
    pub fn to_json(&self) -> String {
        let mut out = Vec::new();
        // Writing plain data to memory fails neither as JSON nor as I/O.
        let written = self.write_json(&mut out);
        debug_assert!(written.is_ok());
        String::from_utf8(out).unwrap_or_default()
    }

    /// Writes the text form, on one line.
    ///
    /// # Errors
    /// What `out` reports.
    pub fn write_json(&self, out: impl Write) -> std::io::Result<()> {
        let document = Document {
            format: JSON_FORMAT,
            version: JSON_VERSION,
            data: self.data(),
        };
        serde_json::to_writer(out, &document).map_err(std::io::Error::from)
    }

    /// Reads the text form and checks every invariant. Fields it does not know are passed over.
    ///
    /// # Errors
    /// [`JsonError`], with line and column where the text does not fit.
    pub fn from_json(text: &str) -> Result<Profile, JsonError> {
        // Twice over the text, so that a foreign or newer document is named as such and not by the
        // first field it lacks.
        let Preamble { format, version } = serde_json::from_str(text)?;
        if format != JSON_FORMAT {
            return Err(JsonError::Format { found: format });
        }
        if version != u64::from(JSON_VERSION) {
            return Err(JsonError::Version { found: version });
        }
        Ok(Profile::new(serde_json::from_str(text)?)?)
    }
}
