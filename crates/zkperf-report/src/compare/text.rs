//! A comparison as text.

use zkperf_profile::signed;
use zkperf_profile::verdict::Verdict;

use super::division::DivisionDelta;
use super::words::{change_cells, digits, in_brackets, percent_of, MARKS};
use super::{Comparison, PairDelta, ZkvmDelta};
use crate::grid::Grid;
use crate::names::{elide, fit_names};
use crate::style::Style;

/// Divisions that the text shows by itself; the others on demand.
const SHOWN: [&str; 8] = [
    "part",
    "function",
    "crate",
    "opcode",
    "precompile",
    "memory",
    "phase",
    "evm-opcode",
];

/// Rows of a division but for functions, unless it was asked for.
const FEW: usize = 8;

/// Names of parts that are on one side only, in the line about them.
const NAMED: usize = 4;

impl Comparison {
    /// The comparison as text. `by` is the only division that was asked for, if one was.
    pub fn render(&self, by: Option<&str>, style: &Style) -> String {
        let mut out = self.heading(style);
        out += &self.verdict_text(style);
        // What was left out belongs to what is said of the rest.
        out += &self.unpaired_text(style);
        out += &self.limits_text(style);
        if self.pairs.len() > 1 {
            out += &self.pairs_text(style);
        }
        for zkvm in &self.zkvms {
            out += &zkvm.render(self, by, style);
        }
        if by.is_none() {
            out += &self.coverage_text(style);
        }
        out
    }

    fn heading(&self, style: &Style) -> String {
        match self.pairs.as_slice() {
            [only] => {
                let before = style.wrap(&format!("before  {}", only.before.line()));
                before + &style.wrap(&format!("after   {}", only.after.line()))
            }
            pairs => style.wrap(&format!("{} pairs of runs", pairs.len())),
        }
    }

    fn verdict_text(&self, style: &Style) -> String {
        let mut out = match self.verdict {
            Verdict::None | Verdict::OutputsDiffer => {
                let reasons = [self.reasons(), self.because.clone()].concat();
                let text = match (self.verdict, self.pairs.len()) {
                    (Verdict::None, 1) => format!("no verdict: {}", self.reasons().join("; ")),
                    (Verdict::None, _) => format!("no verdict: {}", reasons.join("; ")),
                    _ => format!("{}; {}", self.headline(), self.reasons().join("; ")),
                };
                style.warning(style.wrap(&text).trim_end()) + "\n"
            }
            _ => style.bold(style.wrap(&self.headline()).trim_end()) + "\n",
        };
        if self.verdict == Verdict::Mixed && self.pairs.len() > 1 {
            out += &style.wrap(&format!("mixed: {}", self.because.join("; ")));
        }
        if let Some(words) = self.plain_words() {
            out += &style.wrap(words);
        }
        out
    }

    fn limits_text(&self, style: &Style) -> String {
        if self.limits.is_empty() {
            return String::new();
        }
        if self.exceeded.is_empty() {
            let limits: Vec<String> = self.limits.iter().map(ToString::to_string).collect();
            return style.wrap(&format!("within the limits: {}", limits.join(", ")));
        }
        let each = self.exceeded.iter().map(|exceeded| {
            let text = format!(
                "limit {} exceeded: {}, {} {}{}",
                exceeded.limit,
                exceeded.at,
                exceeded.measure,
                signed(exceeded.value.delta),
                in_brackets(exceeded.value.delta, exceeded.value.before),
            );
            style.warning(style.wrap(&text).trim_end()) + "\n"
        });
        each.collect()
    }

    fn pairs_text(&self, style: &Style) -> String {
        let mut grid = Grid::new(&["before", "after", "difference", "", "verdict", "pair"]);
        let mut names = Vec::new();
        for pair in &self.pairs {
            let cost = pair.measures.iter().find(|change| change.proving_cost);
            let mut cells = cost
                .map_or([const { String::new() }; 4], change_cells)
                .to_vec();
            cells.push(pair.verdict.to_string());
            grid.row(cells);
            names.push(format!(
                "{} {}, {}",
                pair.after.zkvm, pair.after.zkvm_version, pair.subject
            ));
        }
        let room = grid.room(style);
        let names = names.iter().map(|name| elide(name, room)).collect();
        format!("\n{}", grid.render(names, style))
    }

    fn unpaired_text(&self, style: &Style) -> String {
        let each = self.unpaired.iter().map(|unpaired| {
            let text = format!(
                "not compared, {} only: {} ({})",
                unpaired.side, unpaired.file, unpaired.what
            );
            style.warning(style.wrap(&text).trim_end()) + "\n"
        });
        each.collect()
    }

    fn coverage_text(&self, style: &Style) -> String {
        if self.coverage.is_empty() {
            return String::new();
        }
        let mut out = format!("\n{}\n", style.bold("what the set exercises"));
        for coverage in &self.coverage {
            let ran: Vec<String> = coverage
                .exercised
                .iter()
                .take(12)
                .map(|c| c.name.clone())
                .collect();
            let more = coverage.exercised.len().saturating_sub(ran.len());
            let mut text = format!("{}: {}", coverage.heading(), coverage.share());
            if !ran.is_empty() {
                text += &format!(" ({}{})", ran.join(", "), if more > 0 { ", …" } else { "" });
            }
            if !coverage.not_exercised.is_empty() {
                text += &format!("; not: {}", coverage.not_exercised.join(", "));
            }
            if let Some(why) = &coverage.unknown {
                text += &format!("; {why}");
            }
            out += &style.wrap(&text);
        }
        out
    }
}

impl PairDelta {
    fn notes_text(&self, style: &Style) -> String {
        self.notes.iter().map(|note| style.wrap(note)).collect()
    }
}

impl ZkvmDelta {
    fn render(&self, of: &Comparison, by: Option<&str>, style: &Style) -> String {
        let mut out = String::from("\n");
        if of.zkvms.len() > 1 || self.pairs > 1 {
            let pairs = if self.pairs == 1 { "pair" } else { "pairs" };
            let title = format!(
                "{}: {} over {} {pairs}",
                self.name, self.verdict, self.pairs
            );
            out += &(style.bold(&title) + "\n");
        }
        out += &self.measures_text(of, style);
        let asked =
            |division: &&DivisionDelta| by.is_some() || SHOWN.contains(&division.by.as_str());
        for division in self.divisions.iter().filter(asked) {
            let few = by.is_none() && division.by != "function";
            let rows = if few { FEW } else { usize::MAX };
            out += &division.shortened(rows).render(style);
        }
        let hidden: Vec<&str> = self
            .divisions
            .iter()
            .filter(|division| !asked(division) && !division.is_unchanged())
            .map(|division| division.by.as_str())
            .collect();
        if !hidden.is_empty() {
            out += &format!(
                "\n{}",
                style.wrap(&format!("also --by {}", hidden.join("|")))
            );
        }
        // The notes of one zkVM's pairs are alike.
        let first = of.pairs.iter().find(|pair| {
            let name = format!("{} {}", pair.after.zkvm, pair.after.zkvm_version);
            self.name.ends_with(&name)
        });
        out + &first.map_or(String::new(), |pair| pair.notes_text(style))
    }

    fn measures_text(&self, of: &Comparison, style: &Style) -> String {
        let mut grid = Grid::new(&["before", "after", "difference", "", "measure"]);
        let mut names = Vec::new();
        let mut name = |name: &str, unit: &str, is_cost: bool| {
            let mark = if is_cost { ", the proving cost" } else { "" };
            names.push(format!("{name} ({unit}{mark})"));
        };
        match of.pairs.as_slice() {
            // Of one pair, also what only one side has.
            [only] => {
                for change in &only.measures {
                    grid.row(change_cells(change).to_vec());
                    name(&change.name, &change.unit, change.proving_cost);
                }
            }
            _ => {
                for sum in &self.measures {
                    grid.row(vec![
                        digits(sum.value.before),
                        digits(sum.value.after),
                        signed(sum.value.delta),
                        percent_of(sum.value.delta, sum.value.before),
                    ]);
                    let is_cost = self.cost().is_some_and(|cost| cost.name == sum.name);
                    name(&sum.name, &sum.unit, is_cost);
                }
            }
        }
        let room = grid.room(style);
        let names = names.iter().map(|name| elide(name, room)).collect();
        grid.render(names, style)
    }
}

impl DivisionDelta {
    fn render(&self, style: &Style) -> String {
        if self.is_unchanged() {
            return String::new();
        }
        let has_inclusive = self.rows.iter().any(|row| row.inclusive.is_some());
        let has_prices = !has_inclusive && self.rows.iter().any(|row| row.by_count.is_some());
        let before = format!("{} before", self.unit);
        let mut header = vec![before.as_str(), "after", "difference", "%"];
        if has_inclusive {
            header.push("incl. diff.");
        }
        if has_prices {
            header.extend(["by count", "by price"]);
        }
        header.push(self.nouns.0);
        let columns = header.len() - 1;
        let mut grid = Grid::new(&header);
        let cells = |value: super::Delta| {
            vec![
                digits(value.before),
                digits(value.after),
                signed(value.delta),
                percent_of(value.delta, self.total.before),
            ]
        };
        for row in &self.rows {
            let mut line = cells(row.value);
            if has_inclusive {
                line.push(
                    row.inclusive
                        .map_or(String::new(), |inclusive| signed(inclusive.delta)),
                );
            }
            if has_prices {
                line.push(row.by_count.map_or(String::new(), signed));
                line.push(row.by_price().map_or(String::new(), signed));
            }
            grid.row(line);
        }
        let mut closing = Vec::new();
        let mut close = |value: super::Delta, name: String| {
            let mut line = cells(value);
            line.resize(columns, String::new());
            grid.row(line);
            closing.push(name);
        };
        if let Some(text) = self.rest_text() {
            close(self.rest.value, text);
        }
        if let Some(text) = self.outside_text() {
            close(self.outside, text.to_owned());
        }
        close(self.total, format!("total {}", self.measure));
        let room = grid.room(style);
        let marks: Vec<&str> = self.rows.iter().map(|row| row.mark()).collect();
        let widest = marks.iter().map(|mark| mark.len()).max().unwrap_or(0);
        let named: Vec<(&str, Option<u64>)> = self
            .rows
            .iter()
            .map(|row| (row.name.as_str(), None))
            .collect();
        let fitted = fit_names(&named, room.saturating_sub(widest));
        let mut names: Vec<String> = fitted
            .into_iter()
            .zip(&marks)
            .map(|(name, mark)| name + mark)
            .collect();
        names.extend(closing);
        let mut out = format!("\n{}", grid.render(names, style));
        if self.by == "function" {
            out += &self.one_sided_text(style);
            if marks.iter().any(|mark| !mark.is_empty()) {
                out += &style.wrap(MARKS);
            }
        }
        if !self.about.is_empty() {
            out += &style.wrap(self.about);
        }
        out
    }

    /// The parts that have no counterpart.
    fn one_sided_text(&self, style: &Style) -> String {
        let sides = [("before", &self.gone), ("after", &self.new)];
        let sides = sides.into_iter().filter(|(_, side)| side.parts > 0);
        sides
            .map(|(name, side)| {
                let dearest = side.dearest.iter().take(NAMED);
                let dearest = dearest.map(|(name, value)| format!("{name} ({})", digits(*value)));
                let noun = if side.parts == 1 {
                    self.nouns.0
                } else {
                    self.nouns.1
                };
                style.wrap(&format!(
                    "{} {noun} ran {name} only, {} {}: {}{}",
                    side.parts,
                    digits(side.value),
                    self.unit,
                    dearest.collect::<Vec<_>>().join(", "),
                    if side.parts > NAMED { ", …" } else { "" },
                ))
            })
            .collect()
    }
}
