//! A comparison as Markdown for a comment on a change: headline, blocks, sums, what moved most; the rest folded.

use std::fmt::Write;

use zkperf_profile::signed;
use zkperf_profile::verdict::{Role, Verdict};

use super::division::{Delta, DivisionDelta, PartDelta};
use super::escape::{code, function, sentence};
use super::table::{folded, Table};
use super::words::{change_cells, digits, in_brackets, percent_of, MARKS};
use super::{Comparison, PairDelta, ZkvmDelta};

/// Stands first in every comment, so that the next one can replace it.
pub const MARKER: &str = "<!-- zkperf-compare -->";

/// GitHub takes 65,536 characters; what follows needs some of them.
const MOST: usize = 60_000;

/// Bytes that the names of parts that are left out take, at most.
const LEFT_OUT: usize = 2_000;

/// Pairs that are listed one by one at most.
const PAIRS: usize = 60;

/// Rows of what moved most, shown unfolded.
const TOP: usize = 10;

/// Divisions that are folded, in order.
const FOLDED: [&str; 12] = [
    "function",
    "crate",
    "file",
    "part",
    "opcode",
    "precompile",
    "memory",
    "air",
    "phase",
    "evm-opcode",
    "evm-precompile",
    "tx",
];

/// What a comment says beside the comparison.
#[derive(Debug, Clone, Default)]
pub struct MarkdownOptions {
    /// Commands that make the same comparison again, a line each.
    pub commands: Vec<String>,
    /// Which zkperf made it.
    pub made_by: String,
    /// The only division that was asked for.
    pub by: Option<String>,
}

impl Comparison {
    /// The comparison as a comment. Every text from a profile is escaped.
    pub fn markdown(&self, options: &MarkdownOptions) -> String {
        let mut out = format!(
            "{MARKER}\n### {} zkperf: {}\n\n",
            icon(self),
            sentence(&self.headline())
        );
        out += &self.verdict_paragraphs();
        out += &self.pairs_table();
        out += &self.sums_table();
        out += &self.movers(options);
        let reproduce = self.reproduce(options);
        let room = MOST.saturating_sub(reproduce.len() + LEFT_OUT);
        let mut left_out = Vec::new();
        for (title, details) in self.details(options) {
            let part = folded(&title, &details);
            // Folded parts are whole or not there.
            match out.len() + part.len() <= room {
                true => out += &part,
                false => left_out.push(title),
            }
        }
        if !left_out.is_empty() {
            let _ = writeln!(
                out,
                "Too long for a comment, and left out: {}.\n",
                left_out.join("; ")
            );
        }
        out + &reproduce
    }

    fn verdict_paragraphs(&self) -> String {
        let mut out = String::new();
        let mut line = |text: &str| {
            let _ = writeln!(out, "{}\n", sentence(text));
        };
        if let Some(words) = self.plain_words() {
            line(words);
        }
        for reason in self.reasons() {
            line(&format!("{}: {reason}.", self.verdict_word()));
        }
        if self.verdict == Verdict::Mixed && self.pairs.len() > 1 {
            line(&format!("Mixed: {}.", self.because.join("; ")));
        }
        for exceeded in &self.exceeded {
            let percent = in_brackets(exceeded.value.delta, exceeded.value.before);
            line(&format!(
                "Limit {} exceeded: {}, {} {}{percent}.",
                exceeded.limit,
                exceeded.at,
                exceeded.measure,
                signed(exceeded.value.delta)
            ));
        }
        if !self.limits.is_empty() && self.exceeded.is_empty() {
            let limits: Vec<String> = self.limits.iter().map(ToString::to_string).collect();
            line(&format!("Within the limits: {}.", limits.join(", ")));
        }
        for unpaired in &self.unpaired {
            let text = format!(
                "Not compared, {} only: {} ({}).",
                unpaired.side, unpaired.file, unpaired.what
            );
            line(&text);
        }
        out
    }

    fn verdict_word(&self) -> &'static str {
        match self.verdict {
            Verdict::OutputsDiffer => "The outputs differ",
            _ => "No verdict",
        }
    }

    fn pairs_table(&self) -> String {
        let mut table = Table::new(
            &[
                "",
                "block",
                "measure",
                "before",
                "after",
                "difference",
                "%",
                "verdict",
            ],
            3,
        );
        for pair in self.listed_pairs() {
            let judged = pair
                .measures
                .iter()
                .filter(|change| change.role != Role::Informative);
            for (at, change) in judged.enumerate() {
                let [before, after, difference, _] = change_cells(change);
                let percent = percent(change.delta, change.before.unwrap_or(0).into());
                let first = |text: String| if at == 0 { text } else { String::new() };
                table.row(&[
                    first(sentence(&format!(
                        "{} {}",
                        pair.after.zkvm, pair.after.zkvm_version
                    ))),
                    first(code(&pair.subject)),
                    code(&change.name),
                    before,
                    after,
                    difference,
                    percent,
                    first(format!("**{}**", sentence(pair.verdict.text()))),
                ]);
            }
        }
        let left = self.pairs.len().saturating_sub(PAIRS);
        match left {
            0 => table.finish(),
            _ => table.finish() + &format!("And {left} other pairs, which are in the sums.\n\n"),
        }
    }

    /// The pairs, or of very many those that matter most, in their order.
    fn listed_pairs(&self) -> Vec<&PairDelta> {
        let weight = |verdict: Verdict| match verdict {
            Verdict::OutputsDiffer | Verdict::None => 0,
            Verdict::Regression => 1,
            Verdict::Mixed => 2,
            Verdict::Improvement => 3,
            Verdict::Neutral => 4,
        };
        let mut places: Vec<usize> = (0..self.pairs.len()).collect();
        places.sort_by_key(|&at| weight(self.pairs[at].verdict));
        places.truncate(PAIRS);
        places.sort_unstable();
        places.into_iter().map(|at| &self.pairs[at]).collect()
    }

    fn sums_table(&self) -> String {
        // Of single pairs, the table above says the same.
        if self.zkvms.iter().all(|zkvm| zkvm.pairs < 2) {
            return String::new();
        }
        let mut table = Table::new(
            &[
                "zkVM",
                "blocks",
                "measure",
                "before",
                "after",
                "difference",
                "%",
                "verdict",
            ],
            3,
        );
        for zkvm in &self.zkvms {
            for (at, sum) in zkvm.judged().enumerate() {
                let first = |text: String| if at == 0 { text } else { String::new() };
                table.row(&[
                    first(sentence(&zkvm.name)),
                    first(zkvm.pairs.to_string()),
                    code(&sum.name),
                    digits(sum.value.before),
                    digits(sum.value.after),
                    signed(sum.value.delta),
                    percent(sum.value.delta, sum.value.before),
                    first(format!("**{}**", sentence(zkvm.verdict.text()))),
                ]);
            }
        }
        format!("In total, by zkVM:\n\n{}", table.finish())
    }

    /// What moved most, in each zkVM: functions, or whatever was asked for.
    fn movers(&self, options: &MarkdownOptions) -> String {
        let by = options.by.as_deref().unwrap_or("function");
        let mut out = String::new();
        for zkvm in &self.zkvms {
            let Some(division) = zkvm.divisions.iter().find(|division| division.by == by) else {
                continue;
            };
            if division.is_unchanged() {
                continue;
            }
            let (_, many) = division.nouns;
            let _ = write!(out, "{}: {many} that moved most\n\n", sentence(&zkvm.name));
            out += &division.shortened(TOP).markdown();
        }
        out
    }

    fn details(&self, options: &MarkdownOptions) -> Vec<(String, String)> {
        // What is short and always worth its room stands first.
        let title = "What the set exercises, and what not";
        let mut all = vec![(title.to_owned(), self.coverage_list())];
        if options.by.is_none() {
            all.push(("Other measures".to_owned(), self.measures()));
            all.extend(self.zkvms.iter().flat_map(ZkvmDelta::details));
        }
        all.retain(|(_, text)| !text.is_empty());
        all
    }

    fn measures(&self) -> String {
        let mut table = Table::new(
            &[
                "zkVM",
                "measure",
                "unit",
                "before",
                "after",
                "difference",
                "%",
            ],
            3,
        );
        for zkvm in &self.zkvms {
            for sum in zkvm
                .measures
                .iter()
                .filter(|sum| sum.role == Role::Informative)
            {
                table.row(&[
                    sentence(&zkvm.name),
                    code(&sum.name),
                    code(&sum.unit),
                    digits(sum.value.before),
                    digits(sum.value.after),
                    signed(sum.value.delta),
                    percent(sum.value.delta, sum.value.before),
                ]);
            }
        }
        table.finish()
    }

    fn coverage_list(&self) -> String {
        let mut out = String::new();
        for coverage in &self.coverage {
            let _ = write!(
                out,
                "- **{}**: {}",
                sentence(&coverage.heading()),
                coverage.share()
            );
            let names = coverage.exercised.iter().map(|covered| code(&covered.name));
            let names: Vec<String> = names.collect();
            if !names.is_empty() {
                let _ = write!(out, ": {}", names.join(" "));
            }
            let not = coverage.not_exercised.iter().map(|name| code(name));
            let not: Vec<String> = not.collect();
            if !not.is_empty() {
                let _ = write!(out, "; not: {}", not.join(" "));
            }
            if let Some(why) = &coverage.unknown {
                let _ = write!(out, "; {}", sentence(why));
            }
            out.push('\n');
        }
        out
    }
}

impl ZkvmDelta {
    fn details(&self) -> Vec<(String, String)> {
        let found = FOLDED.iter().flat_map(|by| {
            let of_kind = self.divisions.iter();
            // What moved most shows all of a short list of functions already.
            of_kind.filter(move |division| {
                division.by == *by && (*by != "function" || division.rows.len() > TOP)
            })
        });
        found
            .map(|division| {
                let title = format!("{}: {}", self.name, division.nouns.1);
                let title = match division.is_unchanged() {
                    true => format!("{title} (no difference)"),
                    false => format!(
                        "{title} ({} of {} changed)",
                        division.changed(),
                        division.parts()
                    ),
                };
                (title, division.markdown())
            })
            .filter(|(_, text)| !text.is_empty())
            .collect()
    }
}

impl DivisionDelta {
    fn parts(&self) -> usize {
        self.rows.len() + self.rest.parts
    }

    fn changed(&self) -> usize {
        self.rows.len() + self.rest.changed
    }

    fn markdown(&self) -> String {
        if self.is_unchanged() {
            return String::new();
        }
        let has_inclusive = self.rows.iter().any(|row| row.inclusive.is_some());
        let mut header = vec![self.nouns.0, "before", "after", "difference", "%"];
        if has_inclusive {
            header.push("incl. difference");
        }
        if let Some(counted) = self.counted {
            header.push(counted);
        }
        let columns = header.len();
        let mut table = Table::new(&header, 1);
        let mut line = |name: String, value: Delta, part: Option<&PartDelta>| {
            let mut cells = vec![
                name,
                digits(value.before),
                digits(value.after),
                signed(value.delta),
                percent(value.delta, self.total.before),
            ];
            let more =
                |value: Option<Delta>| value.map_or(String::new(), |value| signed(value.delta));
            if has_inclusive {
                cells.push(more(part.and_then(|part| part.inclusive)));
            }
            if self.counted.is_some() {
                cells.push(more(part.and_then(|part| part.count)));
            }
            cells.resize(columns, String::new());
            table.row(&cells);
        };
        for row in &self.rows {
            line(function(&row.name) + row.mark(), row.value, Some(row));
        }
        if let Some(text) = self.rest_text() {
            line(sentence(&text), self.rest.value, None);
        }
        if let Some(text) = self.outside_text() {
            line(sentence(text), self.outside, None);
        }
        line(
            format!("**total {}**", sentence(&self.measure)),
            self.total,
            None,
        );
        let mut out = table.finish();
        let mut notes = vec![format!("In {}.", code(&self.unit))];
        if self.rows.iter().any(|row| !row.mark().is_empty()) && self.by == "function" {
            notes.push(MARKS.to_owned());
        }
        notes.push(self.about.to_owned());
        let _ = writeln!(out, "{}\n", notes.join(" ").trim_end());
        out
    }
}

/// The difference in per cent of what it was.
fn percent(delta: i128, before: u128) -> String {
    percent_of(delta, before)
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

fn icon(comparison: &Comparison) -> &'static str {
    if !comparison.exceeded.is_empty() {
        return "❌";
    }
    match comparison.verdict {
        Verdict::Improvement => "🟢",
        Verdict::Regression => "🔴",
        Verdict::Mixed => "🟡",
        Verdict::Neutral => "⚪",
        Verdict::OutputsDiffer => "❌",
        Verdict::None => "⚠️",
    }
}
