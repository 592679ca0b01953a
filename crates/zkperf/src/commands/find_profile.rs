//! `zkperf find-profile`: which profile a name, folder or pattern means.

use crate::cli::{FindProfileArgs, Global};
use crate::{profile_file, report};
use anyhow::Result;

/// Runs the command.
///
/// # Errors
/// Nothing is meant.
pub fn run(global: &Global, args: &FindProfileArgs) -> Result<()> {
    let places = match args.places.is_empty() {
        true => profile_file::places(),
        false => args.places.clone(),
    };
    let found = profile_file::find(&args.wanted, &places)?;
    if global.json {
        return report::json(&serde_json::json!({
            "schema": "zkperf-find-profile/1",
            "profile": found.path,
            "note": found.note,
        }));
    }
    if let Some(note) = &found.note {
        eprintln!("note: {}", zkperf_report::printable(note));
    }
    report::text_out(&format!("{}\n", found.path.display()))
}
