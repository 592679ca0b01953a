//! Which values of the factors go together, once each was tried alone.

use crate::setting::{Factor, Setting};
use std::ops::Range;

/// How much dearer or cheaper than the baseline on all zkVMs: the geometric mean of the ratios. 1 is as the baseline; no
/// zkVM's unit of cost weighs more than another's.
pub fn joint_ratio(costs: &[u64], baseline: &[u64]) -> f64 {
    let logs = costs.iter().zip(baseline).map(|(cost, base)| {
        // A cost of 0 has no logarithm; such a guest does nothing.
        let of = |cost: u64| (cost.max(1) as f64).ln();
        of(*cost) - of(*base)
    });
    (logs.sum::<f64>() / baseline.len().max(1) as f64).exp()
}

/// The same on some of the zkVMs, if it has a cost on each of those.
pub(crate) fn ratio_within(
    costs: &[Option<u64>],
    baseline: &[u64],
    zkvms: Range<usize>,
) -> Option<f64> {
    let costs = costs.get(zkvms.clone())?.iter().copied();
    let costs: Vec<u64> = costs.collect::<Option<_>>()?;
    Some(joint_ratio(&costs, baseline.get(zkvms)?))
}

/// A setting tried alone, with its cost on each zkVM; `None` where there is none or it is not right.
pub(crate) type Tried<'a> = (&'a Setting, Vec<Option<u64>>);

/// The best value of each factor together, for each zkVM alone and for all of them, in that order. Only what is cheaper
/// than the baseline is taken; where that is one factor or none, there is nothing to combine. Each combination comes
/// once.
pub(crate) fn combinations<'a>(
    factors: impl Iterator<Item = &'a Factor> + Clone,
    tried: &[Tried<'_>],
    baseline: &[u64],
) -> Vec<Setting> {
    let axes = baseline.len();
    let alone = (0..axes).map(|axis| axis..axis + 1);
    // With one zkVM, all of them is the same.
    let all = (axes > 1).then_some(0..axes);
    let mut found = Vec::new();
    for range in alone.chain(all) {
        let mut together = Setting::baseline();
        for factor in factors.clone() {
            let of_factor = tried.iter().filter_map(|(setting, costs)| {
                setting.get(factor)?;
                Some((*setting, ratio_within(costs, baseline, range.clone())?))
            });
            // Of equals the first: `min_by` keeps it.
            let best = of_factor.min_by(|(_, a), (_, b)| a.total_cmp(b));
            if let Some((setting, _)) = best.filter(|(_, ratio)| *ratio < 1.0) {
                together = setting.overrides().fold(together, Setting::with);
            }
        }
        if together.overrides().count() > 1 && !found.contains(&together) {
            found.push(together);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Factors;

    #[test]
    fn the_best_of_each_factor_goes_together() {
        let factors =
            Factors::parse(&["opt-level=2,s", "lto=thin,fat", "codegen-units=1"]).expect("valid");
        let settings = factors
            .settings(crate::plan::Strategy::OneFactor)
            .expect("settings");
        let costs: [[Option<u64>; 2]; 5] = [
            [Some(90), Some(110)],  // opt-level=2
            [Some(105), Some(50)],  // opt-level=s
            [None, Some(70)],       // lto=thin
            [Some(80), Some(100)],  // lto=fat
            [Some(100), Some(101)], // codegen-units=1
        ];
        let tried: Vec<Tried<'_>> = settings
            .iter()
            .zip(costs)
            .map(|(setting, costs)| (setting, costs.to_vec()))
            .collect();
        let found: Vec<String> = combinations(factors.names(), &tried, &[100, 100])
            .iter()
            .map(ToString::to_string)
            .collect();
        // The first zkVM's; the second's, with what fails on the first; that of both.
        let wanted = [
            "opt-level=2 lto=fat",
            "opt-level=s lto=thin",
            "opt-level=s lto=fat",
        ];
        assert_eq!(found, wanted);
        let first: Vec<Tried<'_>> = tried
            .iter()
            .map(|(setting, costs)| (*setting, vec![costs[0]]))
            .collect();
        let found = combinations(factors.names(), &first, &[100]);
        assert_eq!(found.len(), 1);
    }

    #[test]
    fn no_unit_of_cost_weighs_more_than_another() {
        let ratio = joint_ratio(&[50, 2_000_000], &[100, 1_000_000]);
        assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");
        assert!(joint_ratio(&[99, 1_000_000], &[100, 1_000_000]) < 1.0);
    }
}
