//! How a command's result reaches the user: text, or `--json`.

use anyhow::Result;
use serde::Serialize;
use std::io::Write;

/// Prints JSON to stdout, one document, newline at the end.
///
/// # Errors
/// If stdout cannot be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    text_out(&text)
}

/// Prints text to stdout as it is.
///
/// # Errors
/// If stdout cannot be written.
pub fn text_out(text: &str) -> Result<()> {
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()?;
    Ok(())
}

/// A number with `,` between thousands.
pub fn group(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&str> =
        digits.as_bytes().rchunks(3).rev().filter_map(|group| std::str::from_utf8(group).ok()).collect();
    groups.join(",")
}
