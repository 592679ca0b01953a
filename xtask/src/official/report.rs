//! Reads the text report of `ziskemu -X` (1.4.0-alpha, `stats.rs:2826`; 1.1.0-alpha's names no cost version
//! and has no ROM regions).

use anyhow::{bail, Context, Result};

use crate::figures::{add, Figures};

/// First words of the sections whose text is a contract between ziskemu and `zkperf --stats`.
pub const CONTRACT: &[&str] = &[
    "REPORT ",
    "COST DISTRIBUTION",
    "ROM REGIONS",
    "COST BY BASE OPCODE",
    "COST BY PRECOMPILED OPCODE",
    "FROPS BY OPCODE",
    "PROFILE TAGS STEPS",
    "PROFILE TAGS COST",
];

const OTHER_TITLES: &[&str] = &[
    "TOP STEP FUNCTIONS",
    "TOP COST FUNCTIONS",
    "DETAIL FUNCTION ",
    "Stats snapshot saved to",
];

/// What a report says beyond the snapshot, and the report itself.
#[derive(Debug, Default)]
pub struct Report {
    /// Figures that only the text has: ROM regions, functions, tags.
    pub figures: Figures,
    /// The text from its title on.
    pub text: String,
    /// Whether ziskemu gave its call stack up, so that there are no functions.
    pub call_stack_lost: bool,
}

/// A section of the text: title and its lines without trailing blanks, from the title up to the next.
pub fn sections(text: &str) -> Vec<(String, Vec<String>)> {
    let mut sections: Vec<(String, Vec<String>)> = Vec::new();
    for line in text.lines() {
        let known = CONTRACT
            .iter()
            .chain(OTHER_TITLES)
            .find(|title| line.starts_with(**title));
        if let Some(title) = known {
            sections.push(((*title).to_owned(), Vec::new()));
        }
        if let Some((_, lines)) = sections.last_mut() {
            lines.push(line.trim_end().to_owned());
        }
    }
    for (_, lines) in &mut sections {
        while lines.last().is_some_and(String::is_empty) {
            lines.pop();
        }
    }
    sections
}

/// The lines of a contract section that differ, as (section, official line, our line).
pub fn text_differences(official: &str, ours: &str) -> Vec<(String, String, String)> {
    let (official, ours) = (sections(official), sections(ours));
    let find = |side: &[(String, Vec<String>)], title: &str| -> Vec<String> {
        side.iter()
            .filter(|(t, _)| t == title)
            .flat_map(|(_, lines)| lines.clone())
            .collect()
    };
    let mut differences = Vec::new();
    for title in CONTRACT {
        let (a, b) = (find(&official, title), find(&ours, title));
        for index in 0..a.len().max(b.len()) {
            let line = |side: &[String]| {
                side.get(index)
                    .cloned()
                    .unwrap_or_else(|| "(no line)".into())
            };
            if line(&a) != line(&b) {
                differences.push(((*title).to_owned(), line(&a), line(&b)));
            }
        }
    }
    differences
}

/// How a report begins, behind the line that precedes it.
pub const TITLE: &str = "\nREPORT ";

/// Reads everything ziskemu wrote to its standard output. `costs_version` is the cost model that the report
/// must name, or that it must not name one.
pub fn parse(stdout: &str, costs_version: Option<&str>) -> Result<Report> {
    let mut report = Report {
        call_stack_lost: stdout.contains("CALL_STACK_ERROR"),
        ..Report::default()
    };
    let Some(start) = stdout.find(TITLE) else {
        bail!("no report in ziskemu's output; was it run with -X?");
    };
    report.text = stdout[start + 1..].to_owned();
    let title = report.text.lines().next().unwrap_or_default().trim_end();
    let wanted = match costs_version {
        Some(version) => format!("REPORT (cost version {version})"),
        None => "REPORT".to_owned(),
    };
    if title != wanted {
        bail!("report of another cost version: {title:?}, expected {wanted:?}");
    }
    printed_tags(&stdout[..start], &mut report.figures)?;
    for (title, lines) in sections(&report.text) {
        // Title and rule come first.
        for line in lines.iter().skip(2).filter(|l| !l.is_empty()) {
            section_row(&title, &lines[0], line, &mut report.figures)
                .with_context(|| format!("report, section {:?}: {line:?}", lines[0]))?;
        }
    }
    Ok(report)
}

/// `[tag] N` lines, which an unreported tag prints when it ends.
fn printed_tags(before: &str, figures: &mut Figures) -> Result<()> {
    for line in before.lines() {
        if let Some((tag, value)) = line.strip_prefix('[').and_then(|l| l.rsplit_once("] ")) {
            if let Ok(value) = value.parse() {
                add(figures, format!("tag.{tag}.printed"), value);
            }
        }
    }
    Ok(())
}

fn number(text: &str) -> Result<u64> {
    text.replace(',', "")
        .parse()
        .with_context(|| format!("{text:?} is not a number"))
}

/// Splits off `count` words; the rest is a name that may hold blanks.
fn words(line: &str, count: usize) -> Result<(Vec<&str>, &str)> {
    let mut rest = line.trim_start();
    let mut words = Vec::with_capacity(count);
    for _ in 0..count {
        let end = rest.find(' ').unwrap_or(rest.len());
        if end == 0 {
            bail!("fewer than {count} columns");
        }
        words.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    Ok((words, rest))
}

fn section_row(title: &str, heading: &str, line: &str, figures: &mut Figures) -> Result<()> {
    match title {
        "ROM REGIONS" => {
            let (label, values) = split_label(line)?;
            add(
                figures,
                format!("rom_region.{label}.steps"),
                number(values[0])?,
            );
        }
        "TOP STEP FUNCTIONS" => {
            let (columns, name) = words(line, 4)?;
            add(
                figures,
                format!("function.{name}.steps"),
                number(columns[0])?,
            );
        }
        "TOP COST FUNCTIONS" => {
            let (columns, name) = words(line, 4)?;
            add(
                figures,
                format!("function.{name}.cost"),
                number(columns[0])?,
            );
            add(
                figures,
                format!("function.{name}.calls"),
                number(columns[2])?,
            );
        }
        "DETAIL FUNCTION " => {
            let name = &heading["DETAIL FUNCTION ".len()..];
            let row = line.trim_start_matches('|').trim_start();
            for (label, key) in [
                ("OPCODES COST", "opcodes"),
                ("PRECOMPILES COST", "precompiles"),
                ("MEMORY COST", "memory"),
            ] {
                if let Some(rest) = row.strip_prefix(label) {
                    let (columns, _) = words(rest, 1)?;
                    add(
                        figures,
                        format!("function.{name}.{key}"),
                        number(columns[0])?,
                    );
                }
            }
        }
        "PROFILE TAGS STEPS" | "PROFILE TAGS COST" => {
            let kind = if title.ends_with("COST") {
                "cost"
            } else {
                "steps"
            };
            let (columns, tag) = words(line, 6)?;
            add(figures, format!("tag.{tag}.{kind}"), number(columns[0])?);
            add(
                figures,
                format!("tag.{tag}.{kind}_calls"),
                number(columns[2])?,
            );
            add(
                figures,
                format!("tag.{tag}.{kind}_min"),
                number(columns[4])?,
            );
            add(
                figures,
                format!("tag.{tag}.{kind}_max"),
                number(columns[5])?,
            );
        }
        // The snapshot has the rest, without rounding and without separators.
        _ => {}
    }
    Ok(())
}

/// A label of the first 24 columns, then values.
fn split_label(line: &str) -> Result<(String, Vec<&str>)> {
    let (label, rest) = line
        .split_at_checked(24)
        .context("row is shorter than its label column")?;
    let values: Vec<&str> = rest.split_whitespace().collect();
    if values.is_empty() {
        bail!("row without a value");
    }
    Ok((label.trim().to_owned(), values))
}
