//! Regions that the guest marks by printing `cycle-tracker-start: NAME` and its kin
//! (`src/minimal/write.rs` and `cycle_tracker_*` of `sp1-core-executor` 6.10.0).
//!
//! The cycles of a region reach from the `WRITE` call of its start to that of its end, the first
//! included. A second start of the same name replaces the first.

use crate::recorder::{counter, Counters};

/// What a printed line asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    Start,
    End,
    /// An end that goes into the official report.
    ReportEnd,
}

/// The mark and name in a line, if it is one.
pub(crate) fn parse(line: &str) -> Option<(Mark, &str)> {
    let marks = [
        ("cycle-tracker-report-start:", Mark::Start),
        ("cycle-tracker-report-end:", Mark::ReportEnd),
        ("cycle-tracker-start:", Mark::Start),
        ("cycle-tracker-end:", Mark::End),
    ];
    marks.into_iter().find_map(|(prefix, mark)| {
        let name = line.strip_prefix(prefix)?;
        Some((mark, name.trim()))
    })
}

/// A region and all it covered.
#[derive(Debug, Clone)]
pub(crate) struct Region {
    pub(crate) name: String,
    /// How often it ended.
    pub(crate) entries: u64,
    /// How often it ended with the report variant, and the cycles of those.
    pub(crate) reported: u64,
    pub(crate) reported_cycles: u64,
    pub(crate) covered: Counters,
}

/// Collects regions during a run.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    pub(crate) regions: Vec<Region>,
    open: Vec<(String, Counters)>,
    /// Ends that no start fits.
    pub(crate) unmatched: u64,
}

impl Tracker {
    /// Starts whose end never came.
    pub(crate) fn still_open(&self) -> u64 {
        self.open.len() as u64
    }

    pub(crate) fn mark(&mut self, mark: Mark, name: &str, counted: &Counters) {
        let open = self.open.iter().position(|(open, _)| open == name);
        if mark == Mark::Start {
            match open {
                Some(at) => self.open[at].1 = *counted,
                None => self.open.push((name.to_owned(), *counted)),
            }
            return;
        }
        let Some(at) = open else {
            self.unmatched += 1;
            return;
        };
        let (_, from) = self.open.remove(at);
        let region = self.region(name);
        region.entries += 1;
        for ((sum, now), before) in region.covered.iter_mut().zip(counted).zip(from) {
            *sum += now - before;
        }
        if mark == Mark::ReportEnd {
            region.reported += 1;
            region.reported_cycles += counted[counter::CYCLES] - from[counter::CYCLES];
        }
    }

    fn region(&mut self, name: &str) -> &mut Region {
        let at = self.regions.iter().position(|region| region.name == name);
        let at = at.unwrap_or_else(|| {
            self.regions.push(Region {
                name: name.to_owned(),
                entries: 0,
                reported: 0,
                reported_cycles: 0,
                covered: [0; counter::COUNT],
            });
            self.regions.len() - 1
        });
        &mut self.regions[at]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_parsed_as_the_official_executor_does() {
        assert_eq!(
            parse("cycle-tracker-start: load "),
            Some((Mark::Start, "load"))
        );
        assert_eq!(
            parse("cycle-tracker-report-end:x"),
            Some((Mark::ReportEnd, "x"))
        );
        assert_eq!(parse(" cycle-tracker-end: x"), None);
        assert_eq!(parse("hello"), None);
    }

    #[test]
    fn a_second_start_replaces_the_first() {
        let at = |cycles| {
            let mut counted = [0; counter::COUNT];
            counted[counter::CYCLES] = cycles;
            counted
        };
        let mut tracker = Tracker::default();
        tracker.mark(Mark::Start, "a", &at(10));
        tracker.mark(Mark::Start, "a", &at(15));
        tracker.mark(Mark::ReportEnd, "a", &at(20));
        tracker.mark(Mark::End, "a", &at(30));
        assert_eq!(tracker.regions[0].reported_cycles, 5);
        assert_eq!(tracker.regions[0].entries, 1);
        assert_eq!(tracker.unmatched, 1);
        assert_eq!(tracker.still_open(), 0);
    }
}
