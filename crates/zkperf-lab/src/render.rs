//! The ledger for people: a logbook, and a report of each attempt. The same ledger gives the same bytes.

use std::fmt::Write;
use zkperf_profile::verdict::{Case, Role};
use zkperf_profile::{signed, thousands};

use crate::chain::Chain;
use crate::config::{is_number, LabConfig};
use crate::expectation::percent;
use crate::history::{attempts, changes, estimates, score, Change, Fate, Record, Score};
use crate::row::{Baseline, CheckOutcome, Event, GateState, Validation};
use crate::verify::{segments, Segment};

/// Between these the logbook is the lab's; what is around them is whoever's.
const BEGIN: &str =
    "<!-- zkperf lab: from here to the end mark, all is rendered from the ledger -->\n";
const END: &str = "<!-- zkperf lab: end -->\n";
/// The row that a logbook ends with.
const LAST_ROW: &str = "Last row: `";
/// Its stand-in, where the ledger has none.
const NOTHING_YET: &str = "nothing yet";

/// The files that a ledger renders to: path and text. `there` gives a file as it is, if it is: what a logbook has
/// outside of the lab's part stays.
///
/// # Errors
/// What `there` gives.
pub fn files<E>(
    config: &LabConfig,
    chain: &Chain,
    mut there: impl FnMut(&str) -> Result<Option<Vec<u8>>, E>,
) -> Result<Vec<(String, String)>, E> {
    let records = attempts(chain);
    let names = names(&records);
    let path = config.logbook();
    let before = there(&path)?.unwrap_or_default();
    let part = logbook(config, chain, &records, &names);
    let whole = within(&String::from_utf8_lossy(&before), &part);
    let mut files = vec![(path, whole)];
    // An open attempt's report comes when it is closed: until then its rows are on no branch.
    for (record, name) in records.iter().zip(&names) {
        if !matches!(record.fate, Fate::Open) {
            files.push((config.report(name), report(chain, record)));
        }
    }
    Ok(files)
}

/// The rows that a logbook says it ends with: one, or several where a merge put two logbooks together. None without the lab's
/// part.
pub fn last_rows(logbook: &str) -> Vec<String> {
    let part = logbook.find(BEGIN).map_or("", |begin| &logbook[begin..]);
    let lines = part
        .lines()
        .filter_map(|line| line.strip_prefix(LAST_ROW)?.strip_suffix('`'));
    let rows = lines.filter(|row| *row != NOTHING_YET);
    rows.map(str::to_owned).collect()
}

/// Whether a text begins as the report of an attempt does.
pub fn is_report(text: &str) -> bool {
    let rest = text.strip_prefix("# ").unwrap_or_default();
    let number = rest.split('.').next().unwrap_or_default();
    is_number(number) && text.contains("\n- Opened: ") && text.contains("\n- Base: commit `")
}

/// A logbook with another part of the lab's in it.
fn within(logbook: &str, part: &str) -> String {
    let part = format!("{BEGIN}{part}{END}");
    if logbook.trim().is_empty() {
        return format!("# Logbook\n\n{part}");
    }
    let begin = logbook.find(BEGIN);
    let end = begin.and_then(|begin| Some(begin + logbook[begin..].find(END)? + END.len()));
    match (begin, end) {
        (Some(begin), Some(end)) => format!("{}{part}{}", &logbook[..begin], &logbook[end..]),
        _ => format!("{}\n\n{part}", logbook.trim_end()),
    }
}

/// A file name for each attempt. Attempts of two branches may have the same number and words: the later one in the file
/// gets its row's hash, too.
fn names(records: &[Record<'_>]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for record in records {
        let name = record.name();
        match names.contains(&name) {
            true => names.push(format!("{name}-{}", record.row.hash)),
            false => names.push(name),
        }
    }
    names
}

fn logbook(config: &LabConfig, chain: &Chain, records: &[Record<'_>], names: &[String]) -> String {
    let ledger = config.ledger.rsplit('/').next().unwrap_or_default();
    let mut out = format!(
        "\nWritten by `zkperf lab` from `{ledger}`: change nothing here, `zkperf lab verify` compares the two.\n"
    );
    let head = chain.head();
    let head = head.map_or(NOTHING_YET.to_owned(), |row| row.hash.0.clone());
    let _ = write!(out, "\n{LAST_ROW}{head}`\n");
    if !records.is_empty() {
        out += "\n## Attempts\n\n| Nr | Date | Hypothesis | Expected | Result | Verdict | |\n|---|---|---|---|---|---|---|\n";
        for (record, name) in records.iter().zip(names) {
            out += &table_row(record, name);
        }
    }
    out += &told_score(&score(records));
    for (at, segment) in segments(chain).iter().enumerate() {
        out += &told_segment(at + 1, segment);
    }
    for (record, name) in records.iter().zip(names).rev() {
        out += &entry(record, name);
    }
    out
}

fn table_row(record: &Record<'_>, name: &str) -> String {
    let expected = record.attempt.expect.as_ref();
    let number = match record.fate {
        Fate::Open => format!("{:03}", record.attempt.number),
        _ => format!("[{:03}](reports/{name}.md)", record.attempt.number),
    };
    format!(
        "| {number} | {} | {} | {} | {} | {} | {} |\n",
        date(record.row.body.time_unix),
        markdown(&record.attempt.hypothesis),
        expected.map_or("-".to_owned(), ToString::to_string),
        short_changes(&record.changes()),
        record.verdict(),
        record.fate.text(),
    )
}

/// `zisk -0.15%, sp1 -0.20%`
pub fn short_changes(changes: &[Change]) -> String {
    let told = changes.iter().map(|change| {
        let share = change.millionths.map_or("new".to_owned(), percent);
        format!("{} {share}", change.zkvm)
    });
    let told: Vec<String> = told.collect();
    match told.is_empty() {
        true => "-".to_owned(),
        false => told.join(", "),
    }
}

/// The score in one sentence; empty if nothing was expected.
pub fn told_score(score: &Score) -> String {
    let Some(median) = score.median_error_millionths else {
        return String::new();
    };
    format!(
        "\nExpectations: {} of {} had the sign right; half of them are within {} points of the result.\n",
        score.right_sign,
        score.scored,
        points(median)
    )
}

/// A distance between two shares.
fn points(millionths: i64) -> String {
    let text = percent(millionths.abs());
    text.trim_matches(['+', '%']).to_owned()
}

fn told_segment(number: usize, segment: &Segment) -> String {
    let baseline = segment.baseline;
    let mut out = format!(
        "\n## Baseline {number}\n\n{}, branch {}, commit `{}`{}\n\n| | Measure | First | Last | Difference | Sum of {} kept | |\n|---|---|---:|---:|---:|---:|---|\n",
        date(segment.row.body.time_unix),
        markdown(&baseline.branch),
        baseline.commit,
        because(baseline),
        segment.kept.len(),
    );
    for sum in segment.sums.iter().filter(|sum| sum.judged) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            markdown(&sum.name),
            markdown(&sum.measure),
            thousands(sum.first),
            thousands(sum.last),
            signed(sum.difference()),
            signed(sum.kept),
            sum.millionths().map_or(String::new(), percent),
        );
    }
    out
}

fn because(baseline: &Baseline) -> String {
    match baseline.reason.as_str() {
        "" => String::new(),
        reason => format!(": {}", markdown(reason)),
    }
}

fn entry(record: &Record<'_>, name: &str) -> String {
    let attempt = record.attempt;
    let mut out = format!(
        "\n### {:03}. {}\n\n",
        attempt.number,
        markdown(&attempt.hypothesis)
    );
    if let Some(expect) = &attempt.expect {
        let _ = writeln!(out, "- Expected: {expect}");
    }
    let _ = writeln!(
        out,
        "- Result: {} ({})",
        short_changes(&record.changes()),
        record.verdict()
    );
    if let Some((_, result)) = record.result {
        out += &told_unsound(result);
    }
    for estimate in estimates(record) {
        let _ = writeln!(
            out,
            "- Estimate: {} {} expected, {} found, {} points off",
            estimate.zkvm,
            percent(estimate.expected),
            percent(estimate.found),
            points(estimate.found - estimate.expected)
        );
    }
    if !attempt.functions.is_empty() {
        let _ = writeln!(out, "- Functions: {}", listed(&attempt.functions));
    }
    out += &told_fate(record);
    if !matches!(record.fate, Fate::Open) {
        let _ = writeln!(out, "- Report: [reports/{name}.md](reports/{name}.md)");
    }
    out
}

/// The first reason why a result is not sound; its report has all.
fn told_unsound(result: &Validation) -> String {
    let reasons = &result.gate.reasons;
    match (result.gate.state, reasons.as_slice()) {
        (GateState::NotSound, [first, rest @ ..]) => {
            let more = match rest.len() {
                0 => String::new(),
                count => format!(" (and {count} more)"),
            };
            format!("- Not sound: {}{more}\n", markdown(first))
        }
        _ => String::new(),
    }
}

fn told_fate(record: &Record<'_>) -> String {
    let mut out = String::new();
    match record.fate {
        Fate::Open => out += "- Open\n",
        Fate::Reverted(_, revert) => {
            let _ = writeln!(out, "- Reverted: {}", markdown(&revert.reason));
            let _ = writeln!(
                out,
                "- Work: branch {}, commit `{}`",
                markdown(&revert.branch),
                revert.head_commit
            );
        }
        Fate::Kept(_, keep) => {
            let _ = writeln!(
                out,
                "- Kept, as commit `{}` of branch {}",
                keep.head_commit,
                markdown(&record.attempt.branch)
            );
            for (what, said) in [
                ("Mixed, and kept because", &keep.accepted_mixed),
                ("Acknowledged", &keep.acknowledged),
            ] {
                if let Some(said) = said {
                    let _ = writeln!(out, "- {what}: {}", markdown(said));
                }
            }
        }
    }
    out
}

fn report(chain: &Chain, record: &Record<'_>) -> String {
    let attempt = record.attempt;
    let mut out = format!(
        "# {:03}. {}\n\n",
        attempt.number,
        markdown(&attempt.hypothesis)
    );
    let _ = writeln!(out, "- Opened: {}", date(record.row.body.time_unix));
    let _ = writeln!(out, "- Base: commit `{}`", attempt.base_commit);
    if let Some(expect) = &attempt.expect {
        let _ = writeln!(out, "- Expected: {expect}");
    }
    if !attempt.functions.is_empty() {
        let _ = writeln!(out, "- Functions: {}", listed(&attempt.functions));
    }
    out += &told_fate(record);
    let results = chain.rows().iter().filter_map(|row| match &row.body.event {
        Event::Result(result) if result.attempt == record.row.hash => Some((row, result)),
        _ => None,
    });
    for (row, result) in results {
        let _ = write!(
            out,
            "\n## Result {} of {}\n\n",
            row.hash,
            date(row.body.time_unix)
        );
        out += &told_result(result);
    }
    if record.results == 0 {
        out += "\nIt was never measured.\n";
    }
    out
}

fn told_result(result: &Validation) -> String {
    let mut out = format!("- Verdict: {}\n", result.verdict);
    for reason in result.because.iter().chain(&result.exceeded) {
        let _ = writeln!(out, "  - {}", markdown(reason));
    }
    let _ = writeln!(out, "- Commit: `{}`", result.head_commit);
    let _ = writeln!(out, "- Proving cost: {}", short_changes(&changes(result)));
    let _ = writeln!(out, "- Changed: {}", listed(&result.files));
    out += &told_gate(result);
    let _ = writeln!(out, "- Tests: {}", told_check(&result.check));
    out += "\n| zkVM | Block | Measure | Before | After | Difference |\n|---|---|---|---:|---:|---:|\n";
    for case in &result.cases {
        out += &told_case(case);
    }
    if !result.movers.is_empty() {
        out += "\n| zkVM | Function, own cost | Before | After | Difference |\n|---|---|---:|---:|---:|\n";
    }
    for mover in &result.movers {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} |",
            markdown(&mover.zkvm),
            markdown(&mover.function),
            thousands(mover.before),
            thousands(mover.after),
            signed(i128::from(mover.after) - i128::from(mover.before))
        );
    }
    out
}

fn told_gate(result: &Validation) -> String {
    let gate = &result.gate;
    let state = match gate.state {
        GateState::Sound => "sound",
        GateState::NotSound => "NOT SOUND",
        GateState::NotGated => "not gated",
    };
    let mut out = format!("- Soundness: {state}, {} checks\n", gate.checks);
    for reason in &gate.reasons {
        let _ = writeln!(out, "  - {}", markdown(reason));
    }
    for lint in &gate.lints {
        let place = markdown(&lint.place);
        let _ = writeln!(
            out,
            "  - {place}: {} ({})",
            markdown(&lint.reason),
            markdown(&lint.id)
        );
    }
    out
}

fn told_check(check: &CheckOutcome) -> String {
    match check {
        CheckOutcome::NotConfigured => "none configured".to_owned(),
        CheckOutcome::Passed { command } => format!("{} passed", markdown(command)),
        CheckOutcome::Failed { command, how } => {
            format!("{} FAILED: {}", markdown(command), markdown(how))
        }
    }
}

fn told_case(case: &Case) -> String {
    let mut out = String::new();
    for measure in &case.measures {
        let number = |value: Option<u64>| value.map_or("-".to_owned(), thousands);
        let name = match measure.role {
            Role::ProvingCost => format!("**{}**", markdown(&measure.name)),
            _ => markdown(&measure.name),
        };
        let _ = writeln!(
            out,
            "| {} | {} | {name} | {} | {} | {} |",
            markdown(&case.before.zkvm),
            markdown(&case.subject.to_string()),
            number(measure.before),
            number(measure.after),
            signed(measure.delta())
        );
    }
    out
}

fn listed(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| markdown(name)).collect();
    names.join(", ")
}

/// `2026-01-20`, in UTC, so that every machine renders the same.
pub fn date(time_unix: u64) -> String {
    let time = i64::try_from(time_unix).ok();
    let time = time.and_then(|time| jiff::Timestamp::from_second(time).ok());
    time.map_or_else(
        || time_unix.to_string(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}

/// Text that means nothing to Markdown: on one line, with what it would read escaped.
fn markdown(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '#' | '|' | '~' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '&' => out += "&amp;",
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_the_labs_part_stays() {
        let new = within("", "one\n");
        assert_eq!(new, format!("# Logbook\n\n{BEGIN}one\n{END}"));
        assert_eq!(within(&new, "one\n"), new);
        let by_hand = within("# By hand\n\nrow\n", "one\n");
        assert_eq!(by_hand, format!("# By hand\n\nrow\n\n{BEGIN}one\n{END}"));
        let both = within(&format!("{by_hand}after\n"), "two\n");
        assert_eq!(
            both,
            format!("# By hand\n\nrow\n\n{BEGIN}two\n{END}after\n")
        );
        // Without its end, the lab's part is not found, and comes anew.
        assert!(within(BEGIN, "one\n").ends_with(&format!("{BEGIN}one\n{END}")));
    }

    #[test]
    fn text_stays_text() {
        assert_eq!(
            markdown("a|b\n# <img src=x> `c` [d](e)"),
            "a\\|b \\# &lt;img src=x&gt; \\`c\\` \\[d\\](e)"
        );
        assert_eq!(date(1_768_867_200), "2026-01-20");
    }
}
