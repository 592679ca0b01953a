//! What is set, and in which combinations.

use crate::error::SweepError;
use crate::setting::{overrides, Factor, Override, Setting, SettingError};
use serde::Serialize;

/// What is swept unless somebody says otherwise: values that are worth a build. `opt-level` 0 and 1 are left out (code
/// that nobody proves), and so are options whose best value depends on the guest.
pub const DEFAULTS: &[&str] = &[
    "opt-level=2,3,s,z",
    "lto=off,thin,fat",
    "codegen-units=1,16",
    "panic=abort",
    "llvm=-inline-threshold=50,500",
    "target-feature=+zba,+zbb,+zbs,+unaligned-scalar-mem",
];

/// Settings that a grid may have. A grid beyond this was not meant.
pub const GRID_LIMIT: usize = 10_000;

/// In which combinations factors are set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// Each value alone, then the best of each factor together.
    OneFactor,
    /// Every combination.
    Grid,
}

/// Factors with the values they are given, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Factors(Vec<(Factor, Vec<String>)>);

impl Factors {
    /// Those of [`DEFAULTS`].
    pub fn defaults() -> Self {
        let read = |text: &&str| overrides(text).unwrap_or_default();
        Self::of(DEFAULTS.iter().flat_map(read))
    }

    /// Factors with the values of these overrides, in order; a value given twice counts once.
    pub fn of(all: impl IntoIterator<Item = Override>) -> Self {
        let mut factors: Vec<(Factor, Vec<String>)> = Vec::new();
        for Override { factor, value } in all {
            let at = factors.iter().position(|(known, _)| *known == factor);
            let at = at.unwrap_or_else(|| {
                factors.push((factor, Vec::new()));
                factors.len() - 1
            });
            let (_, values) = &mut factors[at];
            if !values.contains(&value) {
                values.push(value);
            }
        }
        Self(factors)
    }

    /// Factors as texts that [`overrides`] reads.
    ///
    /// # Errors
    /// As [`overrides`].
    pub fn parse<T: AsRef<str>>(texts: &[T]) -> Result<Self, SettingError> {
        let mut all = Vec::new();
        for text in texts {
            all.extend(overrides(text.as_ref())?);
        }
        Ok(Self::of(all))
    }

    /// These, with the factors of one family replaced.
    #[must_use]
    pub fn replace(self, family: &str, with: Vec<Override>) -> Self {
        let kept = self.overrides().filter(|one| one.factor.family() != family);
        let kept: Vec<Override> = kept.collect();
        Self::of(kept.into_iter().chain(with))
    }

    fn overrides(&self) -> impl Iterator<Item = Override> + '_ {
        self.0.iter().flat_map(|(factor, values)| {
            values.iter().map(|value| Override {
                factor: factor.clone(),
                value: value.clone(),
            })
        })
    }

    /// The factors, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &Factor> + Clone {
        self.0.iter().map(|(factor, _)| factor)
    }

    /// The settings that are known before anything is built, without the baseline: each value alone, or every
    /// combination.
    ///
    /// # Errors
    /// No factor at all; a grid of more than [`GRID_LIMIT`].
    pub(crate) fn settings(&self, strategy: Strategy) -> Result<Vec<Setting>, SweepError> {
        if self.0.is_empty() {
            return Err(SweepError::NothingToSet);
        }
        let alone = |one: Override| Setting::baseline().with(one);
        if strategy == Strategy::OneFactor {
            return Ok(self.overrides().map(alone).collect());
        }
        let sizes = self.0.iter().map(|(_, values)| values.len());
        let size = sizes.fold(1usize, usize::saturating_mul);
        if size > GRID_LIMIT {
            return Err(SweepError::GridTooLarge { size });
        }
        let mut grid = vec![Setting::baseline()];
        for (factor, values) in &self.0 {
            let every = |setting: Setting| {
                values.iter().map(move |value| {
                    setting.clone().with(Override {
                        factor: factor.clone(),
                        value: value.clone(),
                    })
                })
            };
            grid = grid.into_iter().flat_map(every).collect();
        }
        Ok(grid)
    }
}
