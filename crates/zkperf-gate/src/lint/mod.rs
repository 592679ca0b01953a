//! Lints on the difference of a guest's sources: they point at what no test can see.
//!
//! They are heuristics over lines, and say so: a lint is no proof of a mistake, and silence none of its absence. Each
//! names a place and a reason, and is acknowledged by its id, with a reason of the reader's own.

mod rules;

use crate::diff::{parse, FileDiff, Line};
use rules::{FileRule, LineRule, Side, FILE_RULES, LINE_RULES};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const CONSTANT_CHANGED: &str = "constant-changed";
const QUESTION_MARK_REMOVED: &str = "question-mark-removed";

/// Something in a diff that a person should have looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lint {
    /// Which lint it is, such as `unsafe-added`.
    pub id: String,
    /// Whether it wants an acknowledgement.
    pub weight: Weight,
    /// The file, as the diff names it.
    pub file: String,
    /// The line: after the change if it came, before it if it went; 0 for the file as a whole.
    pub line: usize,
    /// The line's text, trimmed.
    pub text: String,
    /// Why it is worth a look.
    pub reason: String,
    /// Why it is fine, if somebody said so.
    pub acknowledged: Option<String>,
}

/// What a lint asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// It must be acknowledged before the change is kept.
    Acknowledge,
    /// It is said, no more.
    Note,
}

/// Somebody looked at a lint and says why it is fine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// Which: `ID`, `ID@FILE` or `ID@FILE:LINE`.
    pub lint: String,
    /// Why.
    pub reason: String,
}

impl Lint {
    /// Whether it still wants an acknowledgement.
    pub fn wants_acknowledgement(&self) -> bool {
        self.weight == Weight::Acknowledge && self.acknowledged.is_none()
    }

    /// How it is named in an acknowledgement.
    pub fn name(&self) -> String {
        match self.line {
            0 => format!("{}@{}", self.id, self.file),
            line => format!("{}@{}:{line}", self.id, self.file),
        }
    }

    fn is_named(&self, name: &str) -> bool {
        name == self.id || name == format!("{}@{}", self.id, self.file) || name == self.name()
    }
}

/// Every lint there is, by its id.
pub fn lint_ids() -> Vec<&'static str> {
    let lines = LINE_RULES.iter().map(|rule| rule.id);
    let files = FILE_RULES.iter().map(|rule| rule.id);
    let mut ids: Vec<&str> = lines.chain(files).collect();
    ids.extend([CONSTANT_CHANGED, QUESTION_MARK_REMOVED]);
    ids.sort_unstable();
    ids.dedup();
    ids
}

/// Looks at a unified diff. What is acknowledged is marked so, not left out.
pub fn lint(diff: &str, acknowledged: &[Acknowledgement]) -> Vec<Lint> {
    let files = parse(diff);
    let mut lints = Vec::new();
    for file in &files {
        of_file(file, &mut lints);
    }
    let sources: Vec<&FileDiff> = files
        .iter()
        .filter(|file| is_guest_code(&file.path))
        .collect();
    for rule in LINE_RULES {
        match rule.side {
            Side::Added => came(rule, &sources, &mut lints),
            Side::Removed => went(rule, &sources, &mut lints),
        }
    }
    constants(&sources, &mut lints);
    question_marks(&sources, &mut lints);
    host_moved(&mut lints);
    lints.sort_by(|a, b| (&a.file, a.line, &a.id).cmp(&(&b.file, b.line, &b.id)));
    lints.dedup();
    for lint in &mut lints {
        let by = acknowledged.iter().find(|by| lint.is_named(&by.lint));
        lint.acknowledged = by.map(|by| by.reason.clone());
    }
    lints
}

fn new(id: &str, weight: Weight, file: &str, line: usize, text: &str, reason: &str) -> Lint {
    Lint {
        id: id.to_owned(),
        weight,
        file: file.to_owned(),
        line,
        text: text.trim().chars().take(160).collect(),
        reason: reason.to_owned(),
        acknowledged: None,
    }
}

/// Rust that ends up in a guest, as far as a path can tell.
fn is_guest_code(path: &str) -> bool {
    path.ends_with(".rs") && !is_test(path) && !path.ends_with("build.rs")
}

fn is_test(path: &str) -> bool {
    let mut folders = path.split('/');
    folders.any(|part| matches!(part, "tests" | "benches" | "tests.rs" | "test.rs"))
}

fn of_file(file: &FileDiff, lints: &mut Vec<Lint>) {
    for FileRule {
        id,
        weight,
        concerns,
        reason,
    } in FILE_RULES
    {
        if concerns(file) {
            lints.push(new(id, *weight, &file.path, 0, "", reason));
        }
    }
}

/// A line without its comment, and without what differs by formatting only.
fn code(text: &str) -> String {
    let end = text.find("//").filter(|at| !text[..*at].ends_with(':'));
    let code = &text[..end.unwrap_or(text.len())];
    code.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Lines that came: those that did not merely move.
fn came(rule: &LineRule, files: &[&FileDiff], lints: &mut Vec<Lint>) {
    let mut moved = counted(files, |line| !line.added);
    each(files, |file, line| {
        let text = code(&line.text);
        let hit = line.added && rule.pattern().is_match(&text);
        if hit && !take(&mut moved, &text) && (rule.file)(&file.path) {
            lints.push(new(
                rule.id,
                rule.weight,
                &file.path,
                line.number,
                &line.text,
                rule.reason,
            ));
        }
    });
}

/// What went: calls and macros of which fewer are left than there were, wherever they now stand.
fn went(rule: &LineRule, files: &[&FileDiff], lints: &mut Vec<Lint>) {
    let keys = |text: &str| -> Vec<String> {
        let found = rule.pattern().find_iter(text);
        found.map(|hit| hit.as_str().replace(' ', "")).collect()
    };
    let mut left: BTreeMap<String, usize> = BTreeMap::new();
    each(files, |_, line| {
        if line.added {
            for key in keys(&code(&line.text)) {
                *left.entry(key).or_default() += 1;
            }
        }
    });
    each(files, |file, line| {
        if line.added {
            return;
        }
        for key in keys(&code(&line.text)) {
            if !take(&mut left, &key) {
                lints.push(new(
                    rule.id,
                    rule.weight,
                    &file.path,
                    line.number,
                    &line.text,
                    rule.reason,
                ));
            }
        }
    });
}

fn each(files: &[&FileDiff], mut look: impl FnMut(&FileDiff, &Line)) {
    for file in files {
        for line in file.lines() {
            look(file, line);
        }
    }
}

fn counted(files: &[&FileDiff], wanted: impl Fn(&Line) -> bool) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    each(files, |_, line| {
        if wanted(line) {
            *counts.entry(code(&line.text)).or_default() += 1;
        }
    });
    counts
}

/// Takes one of `key` out of the counts, if there is one.
fn take(counts: &mut BTreeMap<String, usize>, key: &str) -> bool {
    match counts.get_mut(key) {
        Some(left) if *left > 0 => {
            *left -= 1;
            true
        }
        _ => false,
    }
}

/// A constant whose line went, or a line of nothing but numbers, as tables have them.
fn constants(files: &[&FileDiff], lints: &mut Vec<Lint>) {
    let mut moved = counted(files, |line| line.added);
    each(files, |file, line| {
        let text = code(&line.text);
        if line.added || !rules::is_constant(&text) || take(&mut moved, &text) {
            return;
        }
        lints.push(new(
            CONSTANT_CHANGED,
            Weight::Acknowledge,
            &file.path,
            line.number,
            &line.text,
            "a constant is no longer what it was: rules of the protocol, curve parameters and limits are constants",
        ));
    });
}

/// Hunks with fewer `?` than before: an error may no longer be passed on.
fn question_marks(files: &[&FileDiff], lints: &mut Vec<Lint>) {
    for file in files {
        for hunk in &file.hunks {
            let count = |text: &str| rules::question_marks(&code(text));
            let came: usize = hunk
                .iter()
                .filter(|l| l.added)
                .map(|l| count(&l.text))
                .sum();
            let gone: usize = hunk
                .iter()
                .filter(|l| !l.added)
                .map(|l| count(&l.text))
                .sum();
            let first = hunk.iter().find(|l| !l.added && count(&l.text) > 0);
            let Some(line) = first.filter(|_| gone > came) else {
                continue;
            };
            lints.push(new(
                QUESTION_MARK_REMOVED,
                Weight::Acknowledge,
                &file.path,
                line.number,
                &line.text,
                "fewer errors are passed on here than before (`?`)",
            ));
        }
    }
}

/// Work that went from the guest while something more is read from the host: the real precedents of unsound wins are
/// of this kind, so together they weigh more than each alone.
fn host_moved(lints: &mut [Lint]) {
    let has = |lints: &[Lint], id: &str| lints.iter().any(|lint| lint.id == id);
    if has(lints, "host-data-added") {
        for lint in lints.iter_mut().filter(|lint| lint.id == "hash-removed") {
            lint.weight = Weight::Acknowledge;
            lint.reason.push_str(
                "; and more is read from the host than before: was this work moved there, and who checks it?",
            );
        }
    }
}

#[cfg(test)]
mod tests;
