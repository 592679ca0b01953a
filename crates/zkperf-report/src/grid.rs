//! Tables of text: numbers on the left, flush right; one column of names at the end.

use comfy_table::{presets, CellAlignment, ContentArrangement, Table};
use unicode_width::UnicodeWidthStr;

use crate::names::in_cell;
use crate::style::Style;

/// A table under construction. The last column holds text, all others numbers.
pub(crate) struct Grid {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// Between two columns.
const GAP: usize = 2;

impl Grid {
    pub fn new(header: &[&str]) -> Grid {
        Grid {
            header: header.iter().map(|&cell| cell.to_owned()).collect(),
            rows: Vec::new(),
        }
    }

    /// Adds a row of numbers; its name comes later, when it is known how much room is left.
    pub fn row(&mut self, numbers: Vec<String>) {
        self.rows.push(numbers);
    }

    /// Columns left for the names.
    pub fn room(&self, style: &Style) -> usize {
        let numbers = self.header.len() - 1;
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells
                .chain([&self.header[column]])
                .map(|cell| cell.width())
                .max()
                .unwrap_or(0)
        };
        let used: usize = (0..numbers).map(|column| width(column) + GAP).sum();
        style.width.saturating_sub(used)
    }

    /// The text, with a name for every row.
    pub fn render(self, names: Vec<String>, style: &Style) -> String {
        let last = self.header.len() - 1;
        let mut table = Table::new();
        table
            .load_style(presets::NOTHING)
            .set_content_arrangement(ContentArrangement::Disabled);
        table.set_header(self.header);
        for (mut row, name) in self.rows.into_iter().zip(names) {
            row.push(in_cell(&name));
            table.add_row(row);
        }
        for (at, column) in table.column_iter_mut().enumerate() {
            column.set_padding((0, if at == last { 0 } else { GAP as u16 }));
            if at < last {
                column.set_cell_alignment(CellAlignment::Right);
            }
        }
        let text = table.trim_fmt();
        let mut lines = text.lines();
        let header = lines.next().unwrap_or_default();
        let mut out = style.bold(header) + "\n";
        lines.for_each(|line| {
            out.push_str(line);
            out.push('\n');
        });
        out
    }
}
