//! Does the comparison see errors? Plants one wrong figure of each kind and demands that each is
//! reported, alone.

use std::collections::BTreeMap;

use anyhow::{bail, Result};

use crate::figures::{kind, Figures};
use crate::official::functions::FunctionFigures;
use crate::official::{End, OfficialRun};
use crate::ours::OurRun;
use crate::verify::{judge, Verdict};

/// Takes an official run as both sides, plants errors on our side one by one.
pub fn run(official: &OfficialRun) -> Result<usize> {
    let honest = mirror(official);
    let clean = judge(official, &Ok(mirror(official)), true);
    if !clean.different.is_empty() {
        bail!("equal runs differ: {:?}", clean.different);
    }
    let mut planted = 0;
    let mut missed = Vec::new();
    let mut check = |what: String, ours: OurRun| {
        planted += 1;
        let verdict = judge(official, &Ok(ours), true);
        if !caught(&verdict) {
            missed.push(format!("{what}: {:?}", verdict.different));
        }
    };
    for (kind, key) in one_of_each_kind(&official.figures) {
        let value = official.figures[&key];
        let mut ours = mirror(official);
        place(&mut ours, &key).insert(key.clone(), value + 1);
        check(format!("wrong {kind} ({key})"), ours);
        if value != 0 {
            let mut ours = mirror(official);
            place(&mut ours, &key).remove(&key);
            check(format!("missing {kind} ({key})"), ours);
        }
        if key.starts_with("function.") {
            // A range that the official figure is not in.
            let mut ours = mirror(official);
            place(&mut ours, &key).remove(&key);
            let range = value + 1..=value + 9;
            ours.functions.within.insert(key.clone(), range);
            check(format!("wrong range of {kind} ({key})"), ours);
        }
        if let Some((family, rest)) = key.split_once('.') {
            if rest.contains('.') && family != "function" {
                let last = key.rsplit('.').next().unwrap_or_default();
                let mut ours = mirror(official);
                ours.figures.insert(format!("{family}.planted.{last}"), 1);
                check(format!("superfluous {kind}"), ours);
            }
        }
    }
    for (index, byte) in [(0usize, 1u8), (255, 0x80)] {
        let mut ours = mirror(official);
        ours.output[index] ^= byte;
        check(format!("output byte {index}"), ours);
    }
    let mut ours = mirror(official);
    ours.fault = Some("planted".into());
    check("ending".into(), ours);
    for title in crate::official::report::CONTRACT {
        if let Some(text) = spoil_section(&honest.text, title) {
            let mut ours = mirror(official);
            ours.text = text;
            check(format!("text of {title}"), ours);
        }
    }
    let mut ours = mirror(official);
    ours.text = String::new();
    planted += 1;
    if judge(official, &Ok(ours), true).different.is_empty() {
        missed.push("no text at all".into());
    }
    if !missed.is_empty() {
        bail!("planted errors were not reported:\n{}", missed.join("\n"));
    }
    Ok(planted)
}

/// A planted error shows as exactly one difference.
fn caught(verdict: &Verdict) -> bool {
    verdict.different.len() == 1
}

/// Where our side keeps a figure.
fn place<'a>(ours: &'a mut OurRun, key: &str) -> &'a mut Figures {
    if key.starts_with("function.") {
        &mut ours.functions.exact
    } else {
        &mut ours.figures
    }
}

fn mirror(official: &OfficialRun) -> OurRun {
    let (functions, figures) = official
        .figures
        .clone()
        .into_iter()
        .partition(|(key, _)| key.starts_with("function."));
    OurRun {
        figures,
        text: official.text.clone(),
        output: official.output.clone().unwrap_or_default(),
        fault: match &official.end {
            End::Success => None,
            other => Some(format!("{other:?}")),
        },
        functions: FunctionFigures {
            exact: functions,
            ..FunctionFigures::default()
        },
    }
}

/// One key for each kind of figure; not a zero one where the kind has others.
fn one_of_each_kind(figures: &Figures) -> BTreeMap<String, String> {
    let mut kinds: BTreeMap<String, String> = BTreeMap::new();
    for (key, value) in figures {
        let entry = kinds.entry(kind(key)).or_insert_with(|| key.clone());
        if figures[entry.as_str()] == 0 && *value != 0 {
            *entry = key.clone();
        }
    }
    kinds
}

/// Changes one digit in the last row of a section.
fn spoil_section(text: &str, title: &str) -> Option<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let start = lines.iter().position(|l| l.starts_with(title))?;
    // The last row; a section without rows loses a dash of its rule.
    let row = (start..lines.len())
        .skip(2)
        .take_while(|&i| !lines[i].is_empty())
        .last()
        .unwrap_or(start + 1);
    let line = lines.get(row)?;
    let at = line
        .rfind(|c: char| c.is_ascii_digit())
        .or_else(|| line.rfind('-'))?;
    let other = if line.as_bytes()[at] == b'7' {
        "8"
    } else {
        "7"
    };
    let spoiled = format!("{}{other}{}", &line[..at], &line[at + 1..]);
    lines[row] = spoiled;
    Some(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use crate::official::tests::golden;

    /// Every kind of figure that ziskemu has, planted wrong, is reported.
    #[test]
    fn every_planted_error_is_reported() {
        for name in [
            "calls_nested",
            "tags_nested",
            "precompile_sha256_zones",
            "layout_heap_symbols",
        ] {
            let planted = super::run(&golden(name)).unwrap();
            assert!(planted > 40, "{name}: {planted}");
        }
    }
}
