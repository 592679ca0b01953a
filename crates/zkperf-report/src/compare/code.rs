//! Cost by code: functions, crates, modules, source files and lines.

use std::collections::HashMap;

use zkperf_profile::{MeasureId, Position, Profile};

use super::tally::{By, Tally, TallyRow, Two};
use crate::groups::{group_name, GroupBy};
use crate::matching::{Matching, Rule};
use crate::names::without_hash;
use crate::paths::{place_text, short_path};

/// Two profiles in one form, and the measure in each.
#[derive(Clone, Copy)]
pub(super) struct Both<'p> {
    pub profiles: [&'p Profile; 2],
    pub measures: [MeasureId; 2],
    pub name: &'p str,
    pub unit: &'p str,
}

impl<'p> Both<'p> {
    fn sides(&self) -> impl Iterator<Item = (usize, &'p Profile, MeasureId)> {
        let sides = self.profiles.into_iter().zip(self.measures);
        let sides = sides.enumerate();
        sides.map(|(side, (profile, measure))| (side, profile, measure))
    }

    /// What the whole runs cost.
    pub fn total(&self) -> Two {
        let mut total = [0; 2];
        for (side, profile, measure) in self.sides() {
            total[side] = profile.sum(measure).into();
        }
        total
    }

    fn tally(&self, key: &str, nouns: (&'static str, &'static str), about: &'static str) -> Tally {
        let by = By {
            key: key.to_owned(),
            nouns,
            about,
            counted: None,
            outside: None,
        };
        Tally::new(by, self.name, self.unit, self.total())
    }

    /// Divides by function.
    pub fn functions(&self, matching: &Matching, inlined: bool) -> Tally {
        let about = match inlined {
            true => "Inlined code counts for the function that it is of, wherever it was inlined.",
            false => "Inlined code counts for the function that it was inlined into: lines are not known of both sides.",
        };
        let mut tally = self.tally("function", ("function", "functions"), about);
        tally.by.counted = Some("calls");
        let mut rows: Vec<TallyRow> = vec![TallyRow::new(""); matching.functions.len()];
        for (side, profile, measure) in self.sides() {
            let index = &matching.index[side];
            let group_of: Vec<usize> = index.iter().map(|&at| at as usize).collect();
            let totals = profile.by_group(measure, &group_of, rows.len());
            for (row, total) in rows.iter_mut().zip(totals) {
                row.value[side] = total.self_value.into();
                let inclusive = row.inclusive.get_or_insert_default();
                inclusive[side] = total.inclusive.into();
                row.ran[side] = total.functions > 0;
            }
            let calls = profile.calls_by_function();
            for ((&at, function), calls) in index.iter().zip(&profile.functions).zip(calls) {
                let row = &mut rows[at as usize];
                row.count.get_or_insert_default()[side] += u128::from(calls);
                let name = without_hash(&function.name);
                if matching.rules[at as usize] != Rule::Name {
                    row.names[side].insert(name.clone().into_owned());
                }
                // The name after, which is the one to look for.
                if side == 1 || row.name.is_empty() {
                    row.name = name.into_owned();
                }
            }
        }
        for (mut row, rule) in rows.into_iter().zip(&matching.rules) {
            row.rule = *rule;
            if row.ran != [false; 2] {
                tally.add(row);
            }
        }
        tally
    }

    /// Divides by crate or module.
    pub fn groups(&self, by: GroupBy) -> Tally {
        let (key, nouns) = match by {
            GroupBy::Crate => ("crate", ("crate", "crates")),
            GroupBy::Module => ("module", ("module", "modules")),
        };
        let about = "By the names of functions; versions of a crate count together.";
        let mut tally = self.tally(key, nouns, about);
        for (side, profile, measure) in self.sides() {
            let mut names: Vec<String> = Vec::new();
            let mut known: HashMap<String, usize> = HashMap::new();
            let group_of: Vec<usize> = profile
                .functions
                .iter()
                .map(|function| {
                    let name = group_name(function, by);
                    *known.entry(name).or_insert_with_key(|name| {
                        names.push(name.clone());
                        names.len() - 1
                    })
                })
                .collect();
            let totals = profile.by_group(measure, &group_of, names.len());
            for (name, total) in names.iter().zip(totals) {
                if total.functions == 0 {
                    continue;
                }
                let row = tally.row(name);
                row.value[side] += u128::from(total.self_value);
                row.inclusive.get_or_insert_default()[side] += u128::from(total.inclusive);
                row.ran[side] = true;
            }
        }
        tally
    }

    /// Divides by source file, or by line; nothing if either side knows no lines.
    pub fn places(&self, by_line: bool) -> Option<Tally> {
        if !self
            .profiles
            .iter()
            .all(|profile| profile.source.is_known())
        {
            return None;
        }
        let (key, nouns, about) = match by_line {
            true => (
                "line",
                ("source line", "source lines"),
                "Lines are matched by number: below an edit they count as gone and new. Inlined code counts for its own line.",
            ),
            false => (
                "file",
                ("source file", "source files"),
                "Inlined code counts for its own file; versions of a crate count together.",
            ),
        };
        let mut tally = self.tally(key, nouns, about);
        tally.by.counted = Some("instructions");
        for (side, profile, measure) in self.sides() {
            for (name, (value, count)) in spots(profile, measure, by_line) {
                let row = tally.row(&name);
                row.value[side] += u128::from(value);
                row.count.get_or_insert_default()[side] += u128::from(count);
                row.ran[side] = true;
            }
        }
        Some(tally)
    }
}

/// What is spent at each line or file of one profile, and how many instructions run there. Code without lines stands under
/// the name of its function.
fn spots(profile: &Profile, measure: MeasureId, by_line: bool) -> Vec<(String, (u64, u64))> {
    let values = profile.pc_column(measure);
    let mut sums: HashMap<(Option<u32>, u32), (u64, u64)> = HashMap::new();
    for (at, pc) in profile.pcs.iter().enumerate() {
        let Position { file, line, .. } = profile.source.places[at].position;
        let spot = match (file, by_line) {
            (Some(file), true) => (Some(file), line),
            (Some(file), false) => (Some(file), 0),
            (None, _) => (None, pc.function.0),
        };
        let sum = sums.entry(spot).or_default();
        sum.0 += values[at];
        sum.1 += pc.count;
    }
    let files: Vec<String> = profile
        .source
        .files
        .iter()
        .map(|path| file_name(path))
        .collect();
    let mut named: Vec<((Option<u32>, u32), (u64, u64))> = sums.into_iter().collect();
    named.sort_unstable();
    let name = |(file, line): (Option<u32>, u32)| match file {
        Some(file) if by_line => place_text(Some(&files[file as usize]), line),
        Some(file) => files[file as usize].clone(),
        None => format!(
            "(no line) {}",
            without_hash(&profile.functions[line as usize].name)
        ),
    };
    named
        .into_iter()
        .map(|(spot, sum)| (name(spot), sum))
        .collect()
}

/// A path as both sides have it: without the folders that builds differ in, and without a crate's version.
fn file_name(path: &str) -> String {
    let short = short_path(path);
    let Some((folder, rest)) = short.split_once('/').filter(|_| short.len() < path.len()) else {
        return short.to_owned();
    };
    format!("{}/{rest}", without_version(folder))
}

/// `k256-0.13.4` as `k256`.
fn without_version(folder: &str) -> &str {
    let dashes = folder.match_indices('-');
    let mut versions = dashes.filter(|(at, _)| is_version(&folder[at + 1..]));
    versions.next().map_or(folder, |(at, _)| &folder[..at])
}

/// Three numbers, and whatever follows.
fn is_version(text: &str) -> bool {
    let mut parts = text.splitn(3, '.');
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let [major, minor, rest] = [parts.next(), parts.next(), parts.next()];
    major.is_some_and(is_number)
        && minor.is_some_and(is_number)
        && rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_two_versions_are_one() {
        for (path, name) in [
            ("/registry/k256-0.13.4/src/lib.rs", "k256/src/lib.rs"),
            (
                "/registry/zisk-core-1.4.0-alpha/src/a-1.2.3/b.rs",
                "zisk-core/src/a-1.2.3/b.rs",
            ),
            ("/rust/library/core/src/fmt/mod.rs", "core/src/fmt/mod.rs"),
            ("/guest/zkvm-2.0/src/main.rs", "/guest/zkvm-2.0/src/main.rs"),
            ("/registry/a-b-c/src/lib.rs", "a-b-c/src/lib.rs"),
            ("src/main.rs", "src/main.rs"),
        ] {
            assert_eq!(file_name(path), name);
        }
    }
}
