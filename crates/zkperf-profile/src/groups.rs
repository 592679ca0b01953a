//! What groups of functions cost: crates, modules, or whatever sorts functions.

use crate::model::MeasureId;
use crate::profile::Profile;

/// What one group of functions costs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupTotals {
    /// Its functions' own values.
    pub self_value: u64,
    /// The same and everything they called; calls from within the group count once.
    pub inclusive: u64,
    /// How often it was entered from a function outside of it.
    pub entries: u64,
    /// How many of its functions were entered or cost anything.
    pub functions: usize,
}

impl Profile {
    /// Adds up groups of functions: `group_of` names one of `groups` for each function. The self values
    /// add up to the measure's sum over all nodes.
    ///
    /// # Panics
    /// If `group_of` is shorter than the functions, or names a group that is not below `groups`.
    pub fn by_group(
        &self,
        measure: MeasureId,
        group_of: &[usize],
        groups: usize,
    ) -> Vec<GroupTotals> {
        let mut totals = vec![GroupTotals::default(); groups];
        let own = self.node_column(measure);
        let inclusive = self.inclusive(measure);
        let outermost = self.outermost_of(group_of);
        let mut ran = vec![false; self.functions.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            let group = group_of[node.function.0 as usize];
            let caller = self.nodes[node.parent.0 as usize].function;
            let totals = &mut totals[group];
            totals.self_value += own[index];
            if outermost[index] {
                totals.inclusive += inclusive[index];
            }
            if group_of[caller.0 as usize] != group {
                totals.entries += node.calls;
            }
            let ran = &mut ran[node.function.0 as usize];
            if !*ran && (node.calls > 0 || inclusive[index] > 0) {
                *ran = true;
                totals.functions += 1;
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::example;

    #[test]
    fn groups_of_one_function_are_the_functions() {
        let profile = Profile::new(example::small()).unwrap();
        let steps = profile.measure("steps").unwrap();
        let each: Vec<usize> = (0..profile.functions.len()).collect();
        let groups = profile.by_group(steps, &each, each.len());
        let own: Vec<u64> = groups.iter().map(|group| group.self_value).collect();
        let inclusive: Vec<u64> = groups.iter().map(|group| group.inclusive).collect();
        assert_eq!(own, profile.self_by_function(steps));
        assert_eq!(inclusive, profile.inclusive_by_function(steps));
        // `visit` calls itself: 4 entries from outside, 6 from within.
        assert_eq!(groups[3].entries, 4);
        assert_eq!(profile.calls_by_function()[3], 10);
    }

    #[test]
    fn what_a_group_calls_of_itself_counts_once() {
        let profile = Profile::new(example::small()).unwrap();
        let steps = profile.measure("steps").unwrap();
        // `main`, `visit` and `hash` are one group, `memcpy` below and `_start` above are none of it.
        let group_of = [0, 0, 1, 1, 1, 0, 0, 0];
        let groups = profile.by_group(steps, &group_of, 2);
        assert_eq!(
            groups[1],
            GroupTotals {
                self_value: 300 + 1_000 + 1_500 + 6_000 + 1_500,
                inclusive: 300 + 1_000 + 1_500 + 6_000 + 1_500 + 960,
                entries: 1,
                functions: 3,
            }
        );
        // The other group holds the root, and so everything.
        assert_eq!(groups[0].inclusive, profile.sum(steps));
        assert_eq!(
            groups[0].self_value + groups[1].self_value,
            profile.sum(steps)
        );
    }
}
