//! Profile tags: regions that the guest marks itself (`ziskos` profile macros, CSR 0x81A).
//!
//! A tag reads the counters inside its own step: after that step's main cost and operand reads,
//! before its store (`Stats::on_op`, ziskemu 1.4.0-alpha). ziskemu panics on tags that do not nest;
//! we close by name and count what never matched.

use crate::cost::MAIN_COST;
use crate::recorder::{counter, Counters};
use zisk_definitions::{
    PROFILE_END_COST_ID, PROFILE_END_STEPS_ID, PROFILE_REPORT_END_COST_ID,
    PROFILE_REPORT_END_STEPS_ID, PROFILE_REPORT_START_COST_ID, PROFILE_REPORT_START_STEPS_ID,
    PROFILE_START_COST_ID, PROFILE_START_STEPS_ID,
};

/// Sub-totals of one tag in one unit.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TagTotal {
    pub(crate) entries: u64,
    pub(crate) total: u64,
    pub(crate) min: u64,
    pub(crate) max: u64,
    /// Whether ziskemu's report lists it.
    pub(crate) reported: bool,
}

impl Default for TagTotal {
    fn default() -> Self {
        Self {
            entries: 0,
            total: 0,
            min: u64::MAX,
            max: 0,
            reported: false,
        }
    }
}

/// A tag and all it covered.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tag {
    pub(crate) name: String,
    pub(crate) steps: TagTotal,
    pub(crate) cost: TagTotal,
    /// Everything counted between start and end, whichever unit the guest asked for.
    pub(crate) covered: Counters,
    pub(crate) entries: u64,
}

#[derive(Debug)]
struct Open {
    tag: usize,
    by_steps: bool,
    at: Counters,
}

/// Collects tags during a run.
#[derive(Debug, Default)]
pub(crate) struct TagRecorder {
    pub(crate) tags: Vec<Tag>,
    open: Vec<Open>,
    /// Ends that no start fits.
    pub(crate) unmatched: u64,
}

impl TagRecorder {
    /// Starts whose end never came.
    pub(crate) fn still_open(&self) -> u64 {
        self.open.len() as u64
    }

    pub(crate) fn command(&mut self, name: &str, command: u8, counted: &Counters) {
        match command {
            PROFILE_START_COST_ID => self.start(name, false, false, counted),
            PROFILE_START_STEPS_ID => self.start(name, true, false, counted),
            PROFILE_REPORT_START_COST_ID => self.start(name, false, true, counted),
            PROFILE_REPORT_START_STEPS_ID => self.start(name, true, true, counted),
            PROFILE_END_COST_ID | PROFILE_REPORT_END_COST_ID => self.end(name, false, counted),
            PROFILE_END_STEPS_ID | PROFILE_REPORT_END_STEPS_ID => self.end(name, true, counted),
            _ => self.unmatched += 1,
        }
    }

    fn start(&mut self, name: &str, by_steps: bool, reported: bool, counted: &Counters) {
        let tag = match self.tags.iter().position(|tag| tag.name == name) {
            Some(tag) => tag,
            None => {
                self.tags.push(Tag {
                    name: name.to_owned(),
                    ..Tag::default()
                });
                self.tags.len() - 1
            }
        };
        let unit = unit(&mut self.tags[tag], by_steps);
        unit.entries += 1;
        unit.reported |= reported;
        self.tags[tag].entries += 1;
        self.open.push(Open {
            tag,
            by_steps,
            at: *counted,
        });
    }

    fn end(&mut self, name: &str, by_steps: bool, counted: &Counters) {
        let fits = |open: &Open| open.by_steps == by_steps && self.tags[open.tag].name == name;
        let Some(at) = self.open.iter().rposition(fits) else {
            self.unmatched += 1;
            return;
        };
        let open = self.open.remove(at);
        let mut covered = [0; counter::COUNT];
        for ((covered, now), before) in covered.iter_mut().zip(counted).zip(&open.at) {
            *covered = now - before;
        }
        let delta = if by_steps {
            covered[counter::STEPS]
        } else {
            cost(&covered)
        };
        let tag = &mut self.tags[open.tag];
        for (sum, part) in tag.covered.iter_mut().zip(&covered) {
            *sum += part;
        }
        let unit = unit(tag, by_steps);
        unit.total += delta;
        unit.min = unit.min.min(delta);
        unit.max = unit.max.max(delta);
    }
}

fn unit(tag: &mut Tag, by_steps: bool) -> &mut TagTotal {
    if by_steps {
        &mut tag.steps
    } else {
        &mut tag.cost
    }
}

/// Cost of what was counted, without base and initial memory.
pub(crate) fn cost(counted: &Counters) -> u64 {
    counted[counter::STEPS] * MAIN_COST
        + counted[counter::OPCODES]
        + counted[counter::PRECOMPILES]
        + counted[counter::MEMORY]
}
