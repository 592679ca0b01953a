//! Who has claimed which unit of cost: nothing is counted in two findings, because what is claimed is gone.
//!
//! The proving cost of a context is made up of stored measures times factors. A rule takes a context's whole remaining
//! cost, one measure of it, or so many units of one measure; a later rule finds what is left.

use zkperf_profile::{MeasureId, Profile};

/// What is left of every context's own cost.
pub(crate) struct Ledger {
    columns: Vec<Column>,
    /// Place in `columns` by name of the measure.
    names: Vec<String>,
    /// Contexts that a rule has taken whole.
    taken: Vec<bool>,
}

struct Column {
    factor: u64,
    left: Vec<u64>,
}

impl Ledger {
    /// Everything is left.
    pub fn new(profile: &Profile, cost: MeasureId) -> Ledger {
        let stored: Vec<&str> = profile
            .measures
            .iter()
            .filter(|measure| measure.source == zkperf_profile::Source::Stored)
            .map(|measure| measure.name.as_str())
            .collect();
        let formula = profile.formula(cost);
        let columns = formula.iter().map(|&(column, factor)| Column {
            factor,
            left: profile.node_values[column].clone(),
        });
        Ledger {
            columns: columns.collect(),
            names: formula
                .iter()
                .map(|&(column, _)| stored.get(column).copied().unwrap_or_default().to_owned())
                .collect(),
            taken: vec![false; profile.nodes.len()],
        }
    }

    /// Takes all that is left of a context.
    pub fn take(&mut self, node: usize) -> u64 {
        self.taken[node] = true;
        let columns = self.columns.iter_mut();
        columns
            .map(|column| column.factor * std::mem::take(&mut column.left[node]))
            .sum()
    }

    /// Takes what is left of one measure of a context; nothing if the measure is no part of the cost.
    pub fn take_measure(&mut self, node: usize, measure: &str) -> u64 {
        self.take_part(node, measure, u64::MAX)
    }

    /// Takes at most `most` units of one measure of a context.
    pub fn take_part(&mut self, node: usize, measure: &str, most: u64) -> u64 {
        let Some(at) = self.names.iter().position(|name| name == measure) else {
            return 0;
        };
        let column = &mut self.columns[at];
        let taken = column.left[node].min(most);
        column.left[node] -= taken;
        column.factor * taken
    }

    /// Takes a share of all that is left of a context: `part` of `whole`, rounded down measure by measure.
    pub fn take_share(&mut self, node: usize, part: u64, whole: u64) -> u64 {
        let mut taken = 0;
        for column in &mut self.columns {
            let left = column.left[node];
            let share = u128::from(left) * u128::from(part.min(whole)) / u128::from(whole.max(1));
            let share = u64::try_from(share).unwrap_or(left);
            column.left[node] -= share;
            taken += column.factor * share;
        }
        taken
    }

    /// Whether a rule took all that was left of a context: its calls and bytes are that rule's as well. That nothing is left
    /// does not tell: a function all of whose code is inlined has calls and no cost.
    pub fn is_taken(&self, node: usize) -> bool {
        self.taken[node]
    }

    /// What is left of a context.
    pub fn left(&self, node: usize) -> u64 {
        let columns = self.columns.iter();
        columns
            .map(|column| column.factor * column.left[node])
            .sum()
    }

    /// What is left of one measure of a context.
    pub fn left_of(&self, node: usize, measure: &str) -> u64 {
        let at = self.names.iter().position(|name| name == measure);
        at.map_or(0, |at| {
            self.columns[at].factor * self.columns[at].left[node]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_is_gone() {
        let profile = Profile::new(zkperf_profile::example::small()).unwrap();
        let cost = profile.proving_cost().unwrap();
        let nodes = profile.nodes.len();
        let mut ledger = Ledger::new(&profile, cost);
        let whole: u64 = (0..nodes).map(|node| ledger.left(node)).sum();
        assert_eq!(whole, profile.sum(cost));
        let column = profile.node_column(cost);
        let dearest = (0..nodes).max_by_key(|&node| column[node]).unwrap();
        let name = ledger.names[0].clone();
        let part = ledger.take_part(dearest, &name, 1);
        assert_eq!(part, ledger.columns[0].factor);
        let share = ledger.take_share(dearest, 1, 3);
        assert!(share <= column[dearest] / 3);
        assert_eq!(ledger.take_share(dearest, 1, 0), 0);
        let before = ledger.left(dearest);
        let measure = ledger.take_measure(dearest, &name);
        assert!(!ledger.is_taken(dearest));
        let rest = ledger.take(dearest);
        assert_eq!(measure + rest, before);
        assert!(ledger.is_taken(dearest));
        assert!(part + share + before <= column[dearest]);
        assert_eq!(ledger.take(dearest), 0);
        assert_eq!(ledger.take_measure(dearest, "no such measure"), 0);
        let left: u64 = (0..nodes).map(|node| ledger.left(node)).sum();
        assert_eq!(left + column[dearest], whole);
    }
}
