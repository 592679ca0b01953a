//! A profile as a view wants it: with inlined code as functions of its own, or without.

use serde::Serialize;
use zkperf_profile::{NoInlinedFrames, Position, Profile};

use crate::error::ReportError;
use crate::lines::no_lines;
use crate::style::{percent, percent_text, Style};

/// What a view's frames are.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Frames {
    /// Whether inlined code stands as functions of its own.
    pub inlined: bool,
    /// Proving cost, in node units, of functions that run in several contexts and contain inlined code. Sums by
    /// function are exact; how this part is split among inlined frames *within a context* follows the split over
    /// the whole run.
    pub apportioned: u64,
    /// The same in per cent of the run.
    pub apportioned_percent: f64,
}

/// A profile with the frames that were asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct Opened {
    /// The profile.
    pub profile: Profile,
    /// For each node the place in its parent that it was called from; empty where lines are not known.
    pub called_at: Vec<Position>,
    /// What its frames are.
    pub frames: Frames,
}

/// The profile with or without inlined frames.
///
/// # Errors
/// If inlined frames are asked for: [`ReportError::NoLines`], [`ReportError::TooManyFrames`].
pub fn open(profile: Profile, inlined: bool) -> Result<Opened, ReportError> {
    if !inlined {
        let called_at = match profile.source.is_known() {
            true => profile
                .nodes
                .iter()
                .map(|node| profile.call_place(node).position)
                .collect(),
            false => Vec::new(),
        };
        return Ok(Opened {
            profile,
            called_at,
            frames: Frames {
                inlined: false,
                apportioned: 0,
                apportioned_percent: 0.0,
            },
        });
    }
    let expanded = profile
        .with_inlined_frames()
        .map_err(|missing| match missing {
            NoInlinedFrames::Unknown => no_lines(&profile),
            NoInlinedFrames::TooMany { limit } => ReportError::TooManyFrames { limit },
        })?;
    let of = profile.proving_cost().map_or(0, |cost| profile.sum(cost));
    Ok(Opened {
        profile: expanded.profile,
        called_at: expanded.called_at,
        frames: Frames {
            inlined: true,
            apportioned: expanded.apportioned,
            apportioned_percent: percent(expanded.apportioned, of),
        },
    })
}

impl Frames {
    /// A sentence on how exact they are; nothing for frames of the ELF.
    pub fn text(&self, profile: &Profile, style: &Style) -> String {
        if !self.inlined {
            return String::new();
        }
        let of = profile.proving_cost().map_or(0, |cost| profile.sum(cost));
        let text = style.wrap(&format!(
            "Inlined code is shown as functions of its own. Sums by function and the place of every call are exact; \
             {} of the proving cost is own cost of functions that run in several contexts, and within each of \
             them it is split among inlined frames as over the whole run.",
            percent_text(self.apportioned, of)
        ));
        text + &notes_text(&profile.source.notes, style)
    }
}

/// What of the source lines is missing, a paragraph each.
pub(crate) fn notes_text(notes: &[String], style: &Style) -> String {
    let each = notes.iter();
    each.map(|note| style.wrap(&format!("Of the ELF: {note}.")))
        .collect()
}
