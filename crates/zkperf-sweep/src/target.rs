//! What is known of a zkVM's guest before it is built, and what that makes of a setting.

use crate::setting::{Override, Setting};
use serde::Serialize;

/// What is known of the guest for one zkVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The zkVM as it was asked for: `zisk`, `zisk@1.1.0-alpha`.
    pub zkvm: String,
    /// Identity of all that decides what a build makes besides the setting: sources, compiler, command. Compared only.
    pub source: String,
    /// Values that the baseline has, as far as they are known: setting them changes nothing.
    pub known: Setting,
    /// What must not or need not be set for this zkVM.
    pub excluded: Vec<Exclusion>,
    /// Where the profile of cargo is kept, for people.
    pub profile_place: String,
    /// Where flags of the compiler are kept, for people.
    pub flags_place: String,
}

/// A setting that is dangerous or means nothing on a zkVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exclusion {
    /// The override, as [`crate::overrides`] reads it; with `*` at its end all that begin so.
    pub setting: String,
    /// Why not.
    pub why: String,
}

/// An override that is not built for a zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// The override.
    pub setting: String,
    /// Why not.
    pub why: String,
}

/// What a setting comes to for one zkVM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// What is built: the setting without what is excluded and without what the baseline has anyway.
    pub setting: Setting,
    /// What is excluded.
    pub left_out: Vec<LeftOut>,
}

impl Target {
    /// Why an override is not built for this zkVM, if it is not.
    pub fn exclusion(&self, one: &Override) -> Option<&str> {
        let text = one.to_string();
        let is_meant = |exclusion: &&Exclusion| match exclusion.setting.strip_suffix('*') {
            Some(begin) => text.starts_with(begin),
            None => text == exclusion.setting,
        };
        let found = self.excluded.iter().find(is_meant);
        found.map(|exclusion| exclusion.why.as_str())
    }

    /// What a setting comes to here.
    pub fn effective(&self, setting: &Setting) -> Effective {
        let mut built = Setting::baseline();
        let mut left_out = Vec::new();
        for one in setting.overrides() {
            if let Some(why) = self.exclusion(&one) {
                left_out.push(LeftOut {
                    setting: one.to_string(),
                    why: why.to_owned(),
                });
            } else if self.known.get(&one.factor) != Some(one.value.as_str()) {
                built = built.with(one);
            }
        }
        Effective {
            setting: built,
            left_out,
        }
    }
}
