//! How to make a comparison again: commands, programs, inputs, versions; all that decides the figures.

use std::fmt::Write;

use zkperf_profile::Completeness;

use super::escape::{code, fenced, sentence};
use super::markdown::MarkdownOptions;
use super::table::{folded, Table};
use super::{Comparison, PairDelta};
use crate::about::RunInfo;

/// Rows of a list at most; the JSON has all of them.
const ROWS: usize = 100;

impl Comparison {
    /// The section of a comment that says so.
    pub(super) fn reproduce(&self, options: &MarkdownOptions) -> String {
        let mut text = String::new();
        if !options.commands.is_empty() {
            text += "```sh\n";
            for command in &options.commands {
                let _ = writeln!(text, "{}", fenced(command));
            }
            text += "```\n\n";
        }
        text += &self.programs();
        text += &self.inputs();
        for note in self.notes() {
            let _ = writeln!(text, "{}\n", sentence(note));
        }
        let made_by = sentence(&options.made_by);
        let _ = writeln!(
            text,
            "Made by {made_by}. Figures are exact: the same program on the same input costs the same to the last unit. Cost is a \
             model of proving, not a time."
        );
        folded("How to reproduce", &text)
    }

    fn runs(&self) -> impl Iterator<Item = (&'static str, &RunInfo, &PairDelta)> {
        self.pairs.iter().flat_map(|pair| {
            let sides = [("before", &pair.before), ("after", &pair.after)];
            sides.map(|(side, run)| (side, run, pair))
        })
    }

    fn programs(&self) -> String {
        let rows = self.runs().map(|(side, run, _)| {
            vec![
                side.to_owned(),
                sentence(&format!("{} {}", run.zkvm, run.zkvm_version)),
                sentence(&run.cost_model),
                code(&guest(run)),
                code(short_hash(&run.elf_sha256)),
            ]
        });
        listed(&["", "zkVM", "cost model", "guest", "ELF SHA-256"], rows)
    }

    fn inputs(&self) -> String {
        let rows = self.runs().map(|(_, run, pair)| {
            vec![
                code(&pair.subject),
                sentence(&run.zkvm),
                code(short_hash(&run.input_sha256)),
            ]
        });
        listed(&["input", "zkVM", "SHA-256"], rows)
    }

    /// Every note of a pair once.
    fn notes(&self) -> Vec<&String> {
        let mut notes: Vec<&String> = Vec::new();
        for note in self.pairs.iter().flat_map(|pair| &pair.notes) {
            if !notes.contains(&note) {
                notes.push(note);
            }
        }
        notes
    }
}

/// Each row once.
fn listed(header: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new(header, header.len());
    let mut known: Vec<Vec<String>> = Vec::new();
    for row in rows {
        if known.len() < ROWS && !known.contains(&row) {
            table.row(&row);
            known.push(row);
        }
    }
    table.finish()
}

fn guest(run: &RunInfo) -> String {
    let variant = match run.variant.as_str() {
        "" => String::new(),
        variant => format!(" ({variant})"),
    };
    let state = match run.completeness {
        Completeness::Complete => "",
        Completeness::Partial { .. } => ", partial",
        Completeness::Imported { .. } => ", imported",
    };
    format!("{}{variant}{state}", run.guest)
}

/// The start of a hash, enough to tell files apart; the JSON has all of it.
fn short_hash(hash: &str) -> &str {
    hash.get(..16).unwrap_or(hash)
}
