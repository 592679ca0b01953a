//! A profile made ready to be compared: what takes time is done once, and both sides can be made at the same time.

use zkperf_profile::{MeasureId, Profile};

use super::tally::By;
use crate::about::choose_measure;
use crate::error::ReportError;

/// What labels or rules divide one run into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LabelParts {
    /// What divides it.
    pub by: By,
    /// Name, cost in node units of the measure, and what `by.counted` says.
    pub parts: Vec<(String, u64, u64)>,
    /// What belongs to no part.
    pub outside: u64,
}

/// Divides a run by labels, in a measure: of the profile in the form that is given.
pub type Divide<'a> = &'a (dyn Fn(&Profile, Form, MeasureId) -> Vec<LabelParts> + Sync);

/// The form of a profile that is divided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As it was made: with its labels, functions of the ELF only.
    Made,
    /// Without labels, inlined code as functions of its own, as far as that is known.
    Opened,
}

/// A profile, with inlined code as functions, and what labels divide it into.
#[derive(Debug, Clone)]
pub struct Prepared {
    /// Without labels, functions of the ELF only.
    plain: Profile,
    /// With inlined code as functions, where that is known.
    opened: Option<Profile>,
    /// The measure; nothing if none was named and there is no proving cost.
    pub(super) measure: Option<MeasureId>,
    pub(super) parts: Vec<LabelParts>,
}

impl Prepared {
    /// Prepares a profile for a comparison in a measure (the proving cost if `None`).
    ///
    /// # Errors
    /// A measure that it does not have.
    pub fn new(
        profile: Profile,
        measure: Option<&str>,
        divide: Divide<'_>,
    ) -> Result<Prepared, ReportError> {
        let measure = match choose_measure(&profile, measure) {
            Err(ReportError::NoProvingCost { .. }) => None,
            chosen => Some(chosen?),
        };
        let made = measure.map(|measure| divide(&profile, Form::Made, measure));
        let mut parts = made.unwrap_or_default();
        let plain = profile.without_labels();
        // Lines are not known, or the tree is too large with inlined frames: compared without.
        let opened = plain.with_inlined_frames().ok();
        let opened = opened.map(|opened| opened.profile);
        if let Some(measure) = measure {
            let form = opened.as_ref().unwrap_or(&plain);
            parts.extend(divide(form, Form::Opened, measure));
        }
        Ok(Prepared {
            plain,
            opened,
            measure,
            parts,
        })
    }

    /// The profile, without labels.
    pub fn profile(&self) -> &Profile {
        &self.plain
    }

    /// Both profiles in one form, and whether inlined code is functions in it: on one side only, it would make everything
    /// look changed.
    pub(super) fn both<'p>(before: &'p Prepared, after: &'p Prepared) -> ([&'p Profile; 2], bool) {
        match (&before.opened, &after.opened) {
            (Some(before), Some(after)) => ([before, after], true),
            _ => ([&before.plain, &after.plain], false),
        }
    }
}
