//! The audit as text.

use zkperf_profile::thousands;
use zkperf_report::{fit_names, Style};

use super::{Audit, AuditColumn, Cell, Verdict};

impl Verdict {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Verdict::Accelerated => "accelerated",
            Verdict::Partly => "partly",
            Verdict::Unpatched => "unpatched",
            Verdict::Unused => "unused",
            Verdict::NotAvailable => "not available",
            Verdict::Available => "available",
        }
    }
}

impl Audit {
    /// The audit as text: of one run with reasons, of several as a matrix.
    pub fn render(&self, style: &Style) -> String {
        let mut out = match &self.columns[..] {
            [column] => self.one(column, style),
            _ => self.matrix(style),
        };
        for (at, column) in self.columns.iter().enumerate() {
            for note in &column.notes {
                let of = match self.columns.len() {
                    1 => String::new(),
                    _ => format!("{}: ", self.heading(at)),
                };
                out += &style.wrap(&format!("{of}{note}"));
            }
        }
        out + &self.lock_text(style)
    }

    fn heading(&self, at: usize) -> String {
        let column = &self.columns[at];
        format!("{} {}", column.zkvm, column.version)
    }

    fn one(&self, column: &AuditColumn, style: &Style) -> String {
        let mut out = match &column.run {
            Some(run) => style.wrap(&run.line()) + &run.warning(style),
            None => style.wrap(&self.heading(0)),
        };
        out += &style.wrap("which operations run on circuits; cost with all that is called");
        out.push('\n');
        let header = format!(
            "{:<24} {:<13} {:>8} {:>8}  what was seen",
            "operation", "verdict", "circuits", "software"
        );
        out += &style.bold(&header);
        out.push('\n');
        for row in &self.rows {
            let Some(cell) = row.cells.first() else {
                continue;
            };
            let share = |percent: Option<f64>| match percent {
                Some(percent) if percent >= 0.005 => format!("{percent:.2}%"),
                Some(percent) if percent > 0.0 => "<0.01%".to_owned(),
                _ => String::new(),
            };
            let ran = cell.ran.as_ref();
            let circuit = ran.filter(|ran| ran.circuit_cost > 0);
            let portable = ran.filter(|ran| ran.portable_cost > 0);
            let shown = |ran: Option<&super::Ran>, percent: fn(&super::Ran) -> f64| {
                share(ran.map(|ran| percent(ran).max(0.001)))
            };
            let line = format!(
                "{:<24} {:<13} {:>8} {:>8}  ",
                row.name,
                cell.verdict.words(),
                shown(circuit, |ran| ran.circuit_percent),
                shown(portable, |ran| ran.portable_percent),
            );
            let seen = style.wrap_hanging(line.chars().count(), &cell.why);
            out += (line + &seen).trim_end();
            out.push('\n');
        }
        out.push('\n');
        out
    }

    fn matrix(&self, style: &Style) -> String {
        let headings: Vec<String> = self
            .columns
            .iter()
            .enumerate()
            .map(|(at, column)| match &column.run {
                Some(run) => {
                    let block = run.block.map_or(String::new(), |block| format!(" {block}"));
                    let variant = match run.variant.as_str() {
                        "" => run.guest.clone(),
                        variant => variant.to_owned(),
                    };
                    format!("{} {variant}{block}", self.heading(at))
                }
                None => self.heading(at),
            })
            .collect();
        let cells: Vec<Vec<String>> = self
            .rows
            .iter()
            .map(|row| row.cells.iter().map(short).collect())
            .collect();
        let widest = |at: usize| {
            let texts = cells.iter().filter_map(|row| row.get(at));
            texts
                .map(|text| text.chars().count())
                .max()
                .unwrap_or(0)
                .max(13)
        };
        let widths: Vec<usize> = (0..headings.len()).map(widest).collect();
        let mut out = String::new();
        for (at, heading) in headings.iter().enumerate() {
            out += &style.wrap(&format!("[{}] {heading}", at + 1));
        }
        out.push('\n');
        let numbers = widths
            .iter()
            .enumerate()
            .map(|(at, width)| format!("{:<width$}", format!("[{}]", at + 1)));
        let header = format!(
            "{:<24} {}",
            "operation",
            numbers.collect::<Vec<_>>().join("  ")
        );
        out += &style.bold(header.trim_end());
        out.push('\n');
        for (row, texts) in self.rows.iter().zip(&cells) {
            let texts = texts
                .iter()
                .zip(&widths)
                .map(|(text, width)| format!("{text:<width$}"));
            let line = format!("{:<24} {}", row.name, texts.collect::<Vec<_>>().join("  "));
            out += line.trim_end();
            out.push('\n');
        }
        out.push('\n');
        out
    }

    fn lock_text(&self, style: &Style) -> String {
        let Some(lock) = &self.lock else {
            return String::new();
        };
        let name = fit_names(&[(&lock.file, None)], style.width);
        let packages = thousands(lock.packages as u64);
        let mut out = format!("\n{}: {packages} packages\n", name.concat());
        if lock.issues.is_empty() {
            out += "nothing wrong with its patches\n";
        }
        for (zkvm, issue) in &lock.issues {
            let zkvm = if zkvm.is_empty() {
                String::new()
            } else {
                format!("{zkvm}: ")
            };
            out += &style.wrap(&format!("{zkvm}{}: {}", issue.kind, issue.what));
        }
        out
    }
}

/// `unpatched 54.10%`, `accelerated`.
fn short(cell: &Cell) -> String {
    let words = cell.verdict.words();
    match &cell.ran {
        Some(ran) if ran.portable_percent >= 0.005 => {
            format!("{words} {:.2}%", ran.portable_percent)
        }
        _ => words.to_owned(),
    }
}
