//! Cost by code: functions, crates, modules, source files and lines.

use std::collections::HashMap;

use zkperf_profile::{GroupTotals, MeasureId, Position, Profile};

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

/// What is spent in one of the two, divided. It takes most of a comparison's time, so both are made at once.
struct Side {
    /// By the matching's functions.
    functions: Vec<GroupTotals>,
    /// How often each function of the profile was entered.
    calls: Vec<u64>,
    crates: Vec<(String, GroupTotals)>,
    modules: Vec<(String, GroupTotals)>,
    /// By file and by line; nothing where lines are not known.
    files: Vec<(String, Spent)>,
    lines: Vec<(String, Spent)>,
}

impl Side {
    fn of(profile: &Profile, measure: MeasureId, matching: &Matching, index: &[u32]) -> Side {
        let group_of: Vec<usize> = index.iter().map(|&at| at as usize).collect();
        let known = profile.source.is_known();
        let places = |by_line: bool| match known {
            true => spots(profile, measure, by_line),
            false => Vec::new(),
        };
        Side {
            functions: profile.by_group(measure, &group_of, matching.functions.len()),
            calls: profile.calls_by_function(),
            crates: groups(profile, measure, GroupBy::Crate),
            modules: groups(profile, measure, GroupBy::Module),
            files: places(false),
            lines: places(true),
        }
    }
}

impl Both<'_> {
    /// What the whole runs cost.
    pub fn total(&self) -> Two {
        [0, 1].map(|side| self.profiles[side].sum(self.measures[side]).into())
    }

    /// All divisions by code.
    pub fn tallies(&self, inlined: bool) -> Vec<Tally> {
        let matching = Matching::of(self.profiles[0], self.profiles[1]);
        let of = |side: usize| {
            let (profile, measure) = (self.profiles[side], self.measures[side]);
            Side::of(profile, measure, &matching, &matching.index[side])
        };
        let (first, second) = std::thread::scope(|scope| {
            let first = scope.spawn(|| of(0));
            let second = of(1);
            (first.join(), second)
        });
        // A thread that panicked would have panicked here.
        let first = first.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let sides = [first, second];
        let mut tallies = vec![
            self.functions(&matching, &sides, inlined),
            self.groups(GroupBy::Crate, sides.each_ref().map(|side| &side.crates)),
            self.groups(GroupBy::Module, sides.each_ref().map(|side| &side.modules)),
        ];
        if self
            .profiles
            .iter()
            .all(|profile| profile.source.is_known())
        {
            tallies.push(self.places(false, sides.each_ref().map(|side| &side.files)));
            tallies.push(self.places(true, sides.each_ref().map(|side| &side.lines)));
        }
        tallies
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

    fn functions(&self, matching: &Matching, sides: &[Side; 2], inlined: bool) -> Tally {
        let about = match inlined {
            true => "Inlined code counts for the function that it is of, wherever it was inlined.",
            false => "Inlined code counts for the function that it was inlined into: lines are not known of both sides.",
        };
        let mut tally = self.tally("function", ("function", "functions"), about);
        tally.by.counted = Some("calls");
        let mut rows: Vec<TallyRow> = vec![TallyRow::new(""); matching.functions.len()];
        for (side, sums) in sides.iter().enumerate() {
            for (row, total) in rows.iter_mut().zip(&sums.functions) {
                row.value[side] = total.self_value.into();
                row.inclusive.get_or_insert_default()[side] = total.inclusive.into();
                row.ran[side] = total.functions > 0;
            }
            let functions = self.profiles[side].functions.iter().zip(&sums.calls);
            for (&at, (function, &calls)) in matching.index[side].iter().zip(functions) {
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
            // Code that is only inlined is not called.
            row.count = row.count.filter(|count| *count != [0; 2]);
            if row.ran != [false; 2] {
                tally.add(row);
            }
        }
        tally
    }

    fn groups(&self, by: GroupBy, sides: [&Vec<(String, GroupTotals)>; 2]) -> Tally {
        let (key, nouns) = match by {
            GroupBy::Crate => ("crate", ("crate", "crates")),
            GroupBy::Module => ("module", ("module", "modules")),
        };
        let about = "By the names of functions; versions of a crate count together.";
        let mut tally = self.tally(key, nouns, about);
        for (side, groups) in sides.into_iter().enumerate() {
            for (name, total) in groups.iter().filter(|(_, total)| total.functions > 0) {
                let row = tally.row(name);
                row.value[side] += u128::from(total.self_value);
                row.inclusive.get_or_insert_default()[side] += u128::from(total.inclusive);
                row.ran[side] = true;
            }
        }
        tally
    }

    fn places(&self, by_line: bool, sides: [&Vec<(String, Spent)>; 2]) -> Tally {
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
        for (side, places) in sides.into_iter().enumerate() {
            for (name, (value, count)) in places {
                let row = tally.row(name);
                row.value[side] += u128::from(*value);
                row.count.get_or_insert_default()[side] += u128::from(*count);
                row.ran[side] = true;
            }
        }
        tally
    }
}

/// What each crate or module of one profile costs.
fn groups(profile: &Profile, measure: MeasureId, by: GroupBy) -> Vec<(String, GroupTotals)> {
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
    names.into_iter().zip(totals).collect()
}

/// Value and instructions executed.
type Spent = (u64, u64);

/// A file and a line of it (0 for the whole file), or, without a file, a function.
type Spot = (Option<u32>, u32);

/// What is spent at each line or file of one profile. Code without lines stands under the name of its function.
fn spots(profile: &Profile, measure: MeasureId, by_line: bool) -> Vec<(String, Spent)> {
    let values = profile.pc_column(measure);
    let mut sums: HashMap<Spot, Spent> = HashMap::new();
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
    let files = profile.source.files.iter();
    let files: Vec<String> = files.map(|path| file_name(path)).collect();
    let mut spots: Vec<(Spot, Spent)> = sums.into_iter().collect();
    spots.sort_unstable();
    let name = |(file, line): Spot| match file {
        Some(file) if by_line => place_text(Some(&files[file as usize]), line),
        Some(file) => files[file as usize].clone(),
        None => {
            let function = &profile.functions[line as usize];
            format!("(no line) {}", without_hash(&function.name))
        }
    };
    let named = spots.into_iter();
    named.map(|(spot, sum)| (name(spot), sum)).collect()
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
