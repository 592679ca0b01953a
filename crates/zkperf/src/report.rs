//! How a command's result reaches the user: text, or `--json`.

use crate::cli::{Color, Global};
use anyhow::Result;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use zkperf_report::Style;

/// Prints JSON to stdout, one document, newline at the end.
///
/// # Errors
/// If stdout cannot be written.
pub fn json(value: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    text_out(&text)
}

/// Prints a view of a profile: as JSON, or as the text that `render` makes of it.
///
/// # Errors
/// As [`json`].
pub fn view(
    global: &Global,
    value: &impl Serialize,
    render: impl FnOnce(&Style) -> String,
) -> Result<()> {
    match global.json {
        true => json(value),
        false => text_out(&render(&style(global))),
    }
}

/// Prints one document as it is; of several, one that holds them under `key`.
///
/// # Errors
/// As [`json`].
pub fn json_each(schema: &str, key: &str, mut documents: Vec<serde_json::Value>) -> Result<()> {
    match documents.len() {
        1 => json(&documents.remove(0)),
        _ => json(&serde_json::json!({ "schema": schema, key: documents })),
    }
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

/// Width of the terminal and whether it takes colours.
pub fn style(global: &Global) -> Style {
    let terminal = std::io::stdout().is_terminal();
    let width = terminal_size::terminal_size().filter(|_| terminal);
    let color = match global.color {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => terminal && std::env::var_os("NO_COLOR").is_none(),
    };
    Style {
        width: width.map_or(120, |(width, _)| usize::from(width.0)),
        color,
    }
}
