//! A run divided into parts, before and after: the sums that a division's rows are made of.
//!
//! Tallies of several pairs add up, so that a set of blocks is divided like one.

use std::collections::{BTreeSet, HashMap};

use crate::matching::Rule;

/// A number before and after.
pub(super) type Two = [u128; 2];

/// What divides a run, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct By {
    /// Its key, such as `function` or `evm-opcode`: what `--by` takes.
    pub key: String,
    /// One part, and several.
    pub nouns: (&'static str, &'static str),
    /// What a part covers; empty where that goes without saying.
    pub about: &'static str,
    /// What is counted beside cost, if anything: `calls`.
    pub counted: Option<&'static str>,
    /// What stands outside of all parts, in words, if anything can.
    pub outside: Option<String>,
}

/// A division of pairs of runs in one measure.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub by: By,
    /// Name of the measure, and the unit of all values.
    pub measure: String,
    pub unit: String,
    /// What all values add up to.
    pub total: Two,
    /// What belongs to no part.
    pub outside: Two,
    pub rows: Vec<TallyRow>,
    known: HashMap<String, usize>,
}

/// A part.
#[derive(Debug, Clone)]
pub(super) struct TallyRow {
    pub name: String,
    pub value: Two,
    pub inclusive: Option<Two>,
    pub count: Option<Two>,
    /// Whether it was there at all.
    pub ran: [bool; 2],
    pub rule: Rule,
    /// The names on either side, where a rule other than the name's matched them.
    pub names: [BTreeSet<String>; 2],
}

impl TallyRow {
    pub fn new(name: impl Into<String>) -> TallyRow {
        TallyRow {
            name: name.into(),
            value: [0; 2],
            inclusive: None,
            count: None,
            ran: [false; 2],
            rule: Rule::Name,
            names: Default::default(),
        }
    }

    pub fn delta(&self) -> i128 {
        delta(self.value)
    }

    fn add(&mut self, other: TallyRow) {
        for side in 0..2 {
            self.value[side] += other.value[side];
            self.ran[side] |= other.ran[side];
        }
        self.inclusive = sum(self.inclusive, other.inclusive);
        self.count = sum(self.count, other.count);
        self.rule = self.rule.max(other.rule);
        for (names, more) in self.names.iter_mut().zip(other.names) {
            names.extend(more);
        }
    }
}

/// `after - before`.
pub(super) fn delta(two: Two) -> i128 {
    two[1] as i128 - two[0] as i128
}

fn sum(a: Option<Two>, b: Option<Two>) -> Option<Two> {
    match (a, b) {
        (Some(a), Some(b)) => Some([a[0] + b[0], a[1] + b[1]]),
        (one, None) | (None, one) => one,
    }
}

impl Tally {
    pub fn new(by: By, measure: &str, unit: &str, total: Two) -> Tally {
        Tally {
            by,
            measure: measure.to_owned(),
            unit: unit.to_owned(),
            total,
            outside: [0; 2],
            rows: Vec::new(),
            known: HashMap::new(),
        }
    }

    /// Adds a part, or to the part of that name.
    pub fn add(&mut self, row: TallyRow) {
        match self.known.get(&row.name) {
            Some(&at) => self.rows[at].add(row),
            None => {
                self.known.insert(row.name.clone(), self.rows.len());
                self.rows.push(row);
            }
        }
    }

    /// The part of that name, made if there is none.
    pub fn row(&mut self, name: &str) -> &mut TallyRow {
        let at = match self.known.get(name) {
            Some(&at) => at,
            None => {
                self.add(TallyRow::new(name));
                self.rows.len() - 1
            }
        };
        &mut self.rows[at]
    }

    /// Whether both count the same in the same parts, so that they can be added up.
    pub fn is_like(&self, other: &Tally) -> bool {
        let shape = |tally: &Tally| {
            let Tally {
                by, measure, unit, ..
            } = tally;
            (by.key.clone(), measure.clone(), unit.clone())
        };
        shape(self) == shape(other)
    }

    /// Adds the division of another pair.
    pub fn merge(&mut self, other: Tally) {
        for side in 0..2 {
            self.total[side] += other.total[side];
            self.outside[side] += other.outside[side];
        }
        other.rows.into_iter().for_each(|row| self.add(row));
    }
}
