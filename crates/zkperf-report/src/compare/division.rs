//! A division as it is shown: the parts that moved most, and closing rows that make it add up.

use std::cmp::Reverse;

use serde::Serialize;

use super::tally::{delta, Tally, TallyRow, Two};
use crate::matching::Rule;

/// A number before and after, and the difference.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// Before.
    pub before: u128,
    /// After.
    pub after: u128,
    /// `after - before`.
    pub delta: i128,
}

/// A run divided by one thing, before and after. For each of `before`, `after` and `delta`: the rows, `rest` and `outside`
/// add up to `total`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DivisionDelta {
    /// What divides it, as `--by` takes it.
    pub by: String,
    /// One part, and several.
    #[serde(skip)]
    pub nouns: (&'static str, &'static str),
    /// What a part covers.
    pub about: &'static str,
    /// The measure that is divided.
    pub measure: String,
    /// Unit of all values.
    pub unit: String,
    /// The whole.
    pub total: Delta,
    /// Parts by size of the difference; none without one.
    pub rows: Vec<PartDelta>,
    /// All parts that are not listed.
    pub rest: RestDelta,
    /// What belongs to no part.
    pub outside: Delta,
    /// What `outside` is, in words; nothing where nothing can be outside.
    pub outside_is: Option<String>,
    /// What is counted beside cost.
    pub counted: Option<&'static str>,
    /// Parts that ran before only, and their cost: dearest first.
    pub gone: OneSided,
    /// Parts that ran after only.
    pub new: OneSided,
}

/// A part.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PartDelta {
    /// Its name, without hashes; of a match by another rule than the name's, the one after.
    pub name: String,
    /// What it costs itself.
    pub value: Delta,
    /// The difference in per cent of the whole before, rounded.
    pub percent: f64,
    /// What it costs with everything it calls; what comes back into it counts once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inclusive: Option<Delta>,
    /// What `counted` says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<Delta>,
    /// Of the difference, what more or fewer counts make at the mean price before (after, where there were none before),
    /// rounded down. The rest is what a changed mean price makes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_count: Option<i128>,
    /// Whether it ran before, after, or both. A part that is only not among the dearest any more ran all the same.
    pub state: State,
    /// By what the two sides were taken for the same.
    pub matched_by: Rule,
    /// Names before, where they were not matched by name.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names_before: Vec<String>,
    /// Names after.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names_after: Vec<String>,
}

/// When a part ran.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Before and after.
    Both,
    /// Before only.
    Gone,
    /// After only.
    New,
}

/// Parts that are not listed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RestDelta {
    /// How many.
    pub parts: usize,
    /// How many of them differ.
    pub changed: usize,
    /// What they cost.
    pub value: Delta,
}

/// Parts of one side that have no counterpart.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct OneSided {
    /// How many.
    pub parts: usize,
    /// What they cost together.
    pub value: u128,
    /// The dearest of them: name and cost.
    pub dearest: Vec<(String, u128)>,
}

impl Delta {
    pub(super) fn of(two: Two) -> Delta {
        Delta {
            before: two[0],
            after: two[1],
            delta: delta(two),
        }
    }
}

impl DivisionDelta {
    /// At most `limit` parts; all if `None`.
    pub(super) fn of(tally: Tally, limit: Option<usize>) -> DivisionDelta {
        let limit = limit.unwrap_or(usize::MAX);
        let gone = one_sided(&tally.rows, [true, false], limit);
        let new = one_sided(&tally.rows, [false, true], limit);
        let (outside, outside_is) = outside(&tally);
        let parts = tally.rows.len();
        let (mut rows, unchanged): (Vec<TallyRow>, Vec<TallyRow>) =
            tally.rows.into_iter().partition(|row| row.delta() != 0);
        let changed = rows.len();
        rows.sort_by(|a, b| {
            let size = |row: &TallyRow| Reverse(row.delta().unsigned_abs());
            size(a).cmp(&size(b)).then_with(|| a.name.cmp(&b.name))
        });
        let left = rows.split_off(limit.min(changed));
        let rest = |side: usize| -> u128 {
            let rest = left.iter().chain(&unchanged);
            rest.map(|row| row.value[side]).sum()
        };
        let total = tally.total;
        let counted = tally.by.counted;
        DivisionDelta {
            by: tally.by.key,
            nouns: tally.by.nouns,
            about: tally.by.about,
            measure: tally.measure,
            unit: tally.unit,
            total: Delta::of(total),
            rest: RestDelta {
                parts: parts - rows.len(),
                changed: left.len(),
                value: Delta::of([rest(0), rest(1)]),
            },
            outside: Delta::of(outside),
            outside_is,
            counted,
            gone,
            new,
            rows: rows
                .into_iter()
                .map(|row| PartDelta::of(row, total[0]))
                .collect(),
        }
    }

    /// The same with fewer parts: the rest adds up what is not listed any more.
    pub(super) fn shortened(&self, rows: usize) -> DivisionDelta {
        let mut short = self.clone();
        for row in short.rows.split_off(rows.min(self.rows.len())) {
            let rest = &mut short.rest;
            rest.parts += 1;
            rest.changed += 1;
            rest.value.before += row.value.before;
            rest.value.after += row.value.after;
            rest.value.delta += row.value.delta;
        }
        short.gone.dearest.truncate(rows);
        short.new.dearest.truncate(rows);
        short
    }

    /// What the parts that are not listed are, in words; nothing if all are.
    pub(super) fn rest_text(&self) -> Option<String> {
        let (one, many) = self.nouns;
        let RestDelta { parts, changed, .. } = self.rest;
        let noun = if parts == 1 { one } else { many };
        match (parts, changed) {
            (0, _) => None,
            (parts, 0) if self.rows.is_empty() => Some(format!("(all {parts} {noun})")),
            (parts, 0) => Some(format!("({parts} other {noun}, unchanged)")),
            (parts, changed) if parts == changed => {
                Some(format!("({parts} other {noun}, changed)"))
            }
            (parts, changed) => Some(format!("({parts} other {noun}, {changed} changed)")),
        }
    }

    /// What is outside, if anything can be and is.
    pub(super) fn outside_text(&self) -> Option<&str> {
        let is = self.outside_is.as_deref()?;
        (self.outside != Delta::default()).then_some(is)
    }

    /// Whether nothing in it differs.
    pub fn is_unchanged(&self) -> bool {
        self.rows.is_empty() && self.rest.changed == 0 && self.outside.delta == 0
    }
}

impl PartDelta {
    fn of(row: TallyRow, whole: u128) -> PartDelta {
        let [names_before, names_after] = row.names;
        PartDelta {
            percent: share(delta(row.value), whole).unwrap_or(0) as f64 / 100.0,
            by_count: row.count.and_then(|count| by_count(row.value, count)),
            value: Delta::of(row.value),
            inclusive: row.inclusive.map(Delta::of),
            count: row.count.map(Delta::of),
            state: match row.ran {
                [true, false] => State::Gone,
                [false, true] => State::New,
                _ => State::Both,
            },
            matched_by: row.rule,
            names_before: names_before.into_iter().collect(),
            names_after: names_after.into_iter().collect(),
            name: row.name,
        }
    }
}

/// What is in no part, and what to call it. A report of another tool attributes less than there is; nothing else does.
fn outside(tally: &Tally) -> (Two, Option<String>) {
    let missing = [0, 1].map(|side| {
        let parts: u128 = tally.rows.iter().map(|row| row.value[side]).sum();
        tally.total[side].saturating_sub(parts + tally.outside[side])
    });
    let outside = [0, 1].map(|side| tally.outside[side] + missing[side]);
    let named = tally.by.outside.clone();
    let unnamed = || (missing != [0; 2]).then(|| format!("(in no {})", tally.by.nouns.0));
    (outside, named.or_else(unnamed))
}

/// What the difference of the counts makes at the mean price.
fn by_count(value: Two, count: Two) -> Option<i128> {
    let [value, count] = [value, count].map(|two| two.map(|side| i128::try_from(side).ok()));
    let (cost, of) = match count[0]? {
        0 => (value[1]?, count[1]?),
        _ => (value[0]?, count[0]?),
    };
    let added = (count[1]? - count[0]?).checked_mul(cost)?;
    Some(added.checked_div_euclid(of).unwrap_or(0))
}

/// A difference in hundredths of a per cent of what was, to the nearest; nothing where there was nothing.
pub(super) fn share(delta: i128, before: u128) -> Option<i128> {
    let before = i128::try_from(before).ok().filter(|before| *before > 0)?;
    let doubled = delta.checked_mul(20_000)?.checked_div(before)?;
    Some((doubled + delta.signum()) / 2)
}

fn one_sided(rows: &[TallyRow], ran: [bool; 2], limit: usize) -> OneSided {
    let value = |row: &TallyRow| row.value[0] + row.value[1];
    let mut all: Vec<&TallyRow> = rows.iter().filter(|row| row.ran == ran).collect();
    all.sort_by(|a, b| value(b).cmp(&value(a)).then_with(|| a.name.cmp(&b.name)));
    let dearest = all.iter().take(limit);
    OneSided {
        parts: all.len(),
        value: all.iter().map(|row| value(row)).sum(),
        dearest: dearest.map(|row| (row.name.clone(), value(row))).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_counts_and_prices_and_nothing_else() {
        // (count, cost) before and after -> (delta, by count)
        for (before, after, wanted) in [
            ([10, 100], [10, 120], (20, 0)),
            ([10, 100], [12, 120], (20, 20)),
            ([10, 100], [12, 144], (44, 20)),
            ([0, 0], [3, 33], (33, 33)),
            ([3, 33], [0, 0], (-33, -33)),
            ([3, 10], [2, 7], (-3, -4)),
            ([0, 0], [0, 0], (0, 0)),
        ] {
            let value = [before[1], after[1]];
            let counted = by_count(value, [before[0], after[0]]).unwrap();
            assert_eq!((delta(value), counted), wanted);
        }
        assert_eq!(by_count([u128::MAX, 0], [1, 2]), None);
    }

    #[test]
    fn shares_are_rounded_to_the_nearest_hundredth() {
        assert_eq!(share(-1, 3), Some(-3333));
        assert_eq!(share(2, 3), Some(6667));
        assert_eq!(share(0, 3), Some(0));
        assert_eq!(share(7, 0), None);
    }
}
