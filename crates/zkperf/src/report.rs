//! How a command's result reaches the user: text, or `--json`.

use crate::cli::{Color, Global};
use anyhow::Result;
use serde::Serialize;
use std::io::{IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
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

/// Whether a result was printed: a document that says why it is not all well needs no second one.
static PRINTED: AtomicBool = AtomicBool::new(false);

/// Prints an error as JSON, unless a result was printed. Whether that works or not, the error is on stderr as well.
pub fn json_error(error: &str, exit: u8) {
    if !PRINTED.load(Ordering::Relaxed) {
        let _ = json(&serde_json::json!({
            "schema": "zkperf-error/1",
            "error": error,
            "exit": exit,
        }));
    }
}

/// Prints text to stdout as it is.
///
/// # Errors
/// If stdout cannot be written.
pub fn text_out(text: &str) -> Result<()> {
    PRINTED.store(true, Ordering::Relaxed);
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
