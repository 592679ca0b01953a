//! Two profiles compared: everything about the pair, in sums that pairs can be added up by.

use zkperf_profile::verdict::Case;

use super::bills::{bills, labels};
use super::code::Both;
use super::prepared::Prepared;
use super::tally::Tally;
use crate::about::{MeasureInfo, RunInfo};

/// One pair of profiles, compared.
#[derive(Debug, Clone)]
pub struct Pair {
    pub(super) case: Case,
    pub(super) runs: [RunInfo; 2],
    pub(super) files: [String; 2],
    pub(super) tallies: Vec<Tally>,
    pub(super) notes: Vec<String>,
}

impl Pair {
    /// Compares two profiles, named by their files.
    pub fn of(before: &Prepared, after: &Prepared, files: [String; 2]) -> Pair {
        let (profiles, inlined) = Prepared::both(before, after);
        let mut pair = Pair {
            case: Case::of(before.profile(), after.profile()),
            runs: profiles.map(RunInfo::of),
            files,
            tallies: Vec::new(),
            notes: Vec::new(),
        };
        // Of two zkVMs, no figure means the same.
        if pair.case.before.zkvm != pair.case.after.zkvm {
            pair.notes
                .push("What the cost is made of is not compared across zkVMs.".to_owned());
            return pair;
        }
        pair.add_code(before, after, inlined);
        pair.tallies.extend(bills(profiles));
        pair
    }

    fn add_code(&mut self, before: &Prepared, after: &Prepared, inlined: bool) {
        let (Some(first), Some(second)) = (before.measure, after.measure) else {
            let text = "There is no proving cost to divide; name another measure with --measure.";
            self.notes.push(text.to_owned());
            return;
        };
        let (profiles, _) = Prepared::both(before, after);
        let infos = [
            MeasureInfo::of(profiles[0], first),
            MeasureInfo::of(profiles[1], second),
        ];
        if infos[0].name != infos[1].name || infos[0].node_unit != infos[1].node_unit {
            self.notes.push(format!(
                "What the cost is made of is not compared: one counts {} in {}, the other {} in {}.",
                infos[0].name, infos[0].node_unit, infos[1].name, infos[1].node_unit
            ));
            return;
        }
        let both = Both {
            profiles,
            measures: [first, second],
            name: &infos[0].name,
            unit: &infos[0].node_unit,
        };
        self.tallies.extend(both.tallies(inlined));
        let parts = labels(before, after, both.name, both.unit, both.total());
        self.tallies.extend(parts);
        self.add_notes(&infos, inlined);
    }

    fn add_notes(&mut self, infos: &[MeasureInfo; 2], inlined: bool) {
        if !inlined {
            self.notes.push(
                "Source lines are not known of both profiles, so that code which is inlined on one side only looks changed \
                 where it was called."
                    .to_owned(),
            );
        }
        let [before, after] = infos;
        if before.scale > 1 {
            self.notes.push(format!(
                "Values are counted in {}, so that they add up to the last unit: official {} = (values - what the official \
                 rounding drops) / {}; it drops {} before and {} after.",
                before.node_unit, before.name, before.scale, before.remainder, after.remainder
            ));
        }
    }

    /// The pair, as it can be judged.
    pub fn case(&self) -> &Case {
        &self.case
    }
}
