//! Pieces of Markdown: tables, and text that is folded.

use std::fmt::Write;

use super::escape::sentence;

/// A Markdown table. Cells are escaped by whoever makes them.
pub(super) struct Table {
    text: String,
    rows: usize,
}

impl Table {
    /// `words` is how many columns from the left hold text; those after them are numbers.
    pub fn new(header: &[&str], words: usize) -> Table {
        let mut text = format!("| {} |\n|", header.join(" | "));
        for (at, name) in header.iter().enumerate() {
            let is_text = at < words || *name == "verdict";
            text += if is_text { ":--|" } else { "--:|" };
        }
        text.push('\n');
        Table { text, rows: 0 }
    }

    pub fn row(&mut self, cells: &[String]) {
        self.rows += 1;
        let _ = writeln!(self.text, "| {} |", cells.join(" | "));
    }

    /// The table, or nothing if it has no rows.
    pub fn finish(self) -> String {
        match self.rows {
            0 => String::new(),
            _ => self.text + "\n",
        }
    }
}

/// Text that opens on a click. Markdown in it needs the empty lines.
pub(super) fn folded(title: &str, text: &str) -> String {
    format!(
        "<details><summary>{}</summary>\n\n{}\n\n</details>\n\n",
        sentence(title),
        text.trim_end()
    )
}
