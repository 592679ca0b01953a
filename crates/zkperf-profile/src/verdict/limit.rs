//! What a change may cost at most.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

use super::case::{Case, CaseMeasure, Role};

/// How much more a measure may be after a change: `cost:1000`, `steps:0`, `cost:0.1%`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Limit {
    measure: String,
    amount: Amount,
    text: String,
}

/// The amount of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    /// In units of the official integer.
    Absolute(u64),
    /// In millionths of a per cent of what it was before: exact, as typed.
    Share(u64),
}

/// Millionths of a per cent in a whole.
const WHOLE: i128 = 100 * MILLION as i128;
const MILLION: u64 = 1_000_000;

/// The name that stands for the proving cost of every zkVM, whatever it is called there.
const PROVING_COST: &str = "cost";

/// A limit that cannot be applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// Not of the form MEASURE:LIMIT.
    #[error("{text:?} is no limit; write MEASURE:LIMIT, such as cost:1000 (units) or cost:0.1% (at most 6 decimals)")]
    Form {
        /// What was typed.
        text: String,
    },
    /// A measure that no profile has.
    #[error("no profile has a measure named {name:?}; there are {}", known.join(", "))]
    UnknownMeasure {
        /// What was typed.
        name: String,
        /// The measures there are.
        known: Vec<String>,
    },
}

impl Limit {
    /// Whether it limits this measure. `cost` is the proving cost of every zkVM, whatever its name.
    pub(super) fn is_on(&self, name: &str, role: Role) -> bool {
        self.measure == name || (self.measure == PROVING_COST && role == Role::ProvingCost)
    }

    /// Refuses a limit on a measure that none of the cases has.
    pub(super) fn check(&self, cases: &[Case]) -> Result<(), LimitError> {
        let all = || cases.iter().flat_map(|case| &case.measures);
        let is_there = |measure: &CaseMeasure| self.is_on(&measure.name, measure.role);
        if all().any(is_there) {
            return Ok(());
        }
        let mut known: Vec<String> = Vec::new();
        for measure in all() {
            if !known.contains(&measure.name) {
                known.push(measure.name.clone());
            }
        }
        Err(LimitError::UnknownMeasure {
            name: self.measure.clone(),
            known,
        })
    }

    /// Whether a difference is above it. Of nothing, any share is nothing.
    pub(super) fn is_exceeded(&self, before: u128, delta: i128) -> bool {
        match self.amount {
            Amount::Absolute(most) => delta > i128::from(most),
            // Sums of profiles are far below 2^90, so that nothing here overflows.
            Amount::Share(millionths) => {
                delta > 0
                    && delta.saturating_mul(WHOLE)
                        > (before as i128).saturating_mul(i128::from(millionths))
            }
        }
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl From<Limit> for String {
    fn from(limit: Limit) -> String {
        limit.text
    }
}

impl TryFrom<String> for Limit {
    type Error = LimitError;

    fn try_from(text: String) -> Result<Self, LimitError> {
        text.parse()
    }
}

impl FromStr for Limit {
    type Err = LimitError;

    fn from_str(text: &str) -> Result<Self, LimitError> {
        let form = || LimitError::Form {
            text: text.to_owned(),
        };
        let (measure, amount) = text.rsplit_once(':').ok_or_else(form)?;
        if measure.is_empty() {
            return Err(form());
        }
        let amount = match amount.strip_suffix('%') {
            Some(share) => millionths(share).map(Amount::Share),
            None => digits(amount).map(Amount::Absolute),
        };
        Ok(Limit {
            measure: measure.to_owned(),
            amount: amount.ok_or_else(form)?,
            text: text.to_owned(),
        })
    }
}

/// A number of digits only, `_` and `,` between them allowed; signs, blanks and exponents are not.
fn digits(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(|c| !matches!(c, '_' | ',')).collect();
    let is_number = !plain.is_empty() && plain.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| plain.parse().ok()).flatten()
}

/// `0.1` as 100,000 millionths.
fn millionths(text: &str) -> Option<u64> {
    let (whole, part) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = part.bytes().all(|byte| byte.is_ascii_digit());
    if part.is_empty() || part.len() > 6 || !is_number {
        return None;
    }
    let part = digits(part)? * 10u64.pow(6 - part.len() as u32);
    digits(whole)?.checked_mul(MILLION)?.checked_add(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_exact_to_the_last_unit() {
        let exceeded = |limit: &str, before: u128, delta: i128| {
            limit.parse::<Limit>().unwrap().is_exceeded(before, delta)
        };
        assert!(!exceeded("cost:1000", 0, 1_000) && exceeded("cost:1000", 0, 1_001));
        assert!(!exceeded("cost:1_000", 5, -9_999_999));
        // 0.1 % of a million is a thousand.
        assert!(
            !exceeded("cost:0.1%", 1_000_000, 1_000) && exceeded("cost:0.1%", 1_000_000, 1_001)
        );
        assert!(!exceeded("cost:0%", 10, 0) && exceeded("cost:0%", 10, 1));
        assert!(
            exceeded("cost:50%", 0, 1),
            "of nothing, any share is nothing"
        );
        assert!(!exceeded("cost:100%", 7, 7) && exceeded("cost:99.999999%", 7, 7));
        // Neither side overflows at the widest.
        assert!(exceeded("a:b:0.000001%", u64::MAX.into(), u64::MAX.into()));
    }

    #[test]
    fn what_is_no_limit_is_refused() {
        for text in [
            "",
            "cost",
            "cost:",
            ":5",
            "cost:-1",
            "cost:+1",
            "cost:1e3",
            "cost: 1",
            "cost:1.5",
            "cost:%",
            "cost:.5%",
            "cost:1.%",
            "cost:0.1234567%",
            "cost:0.1_0%",
            "cost:1 %",
            "cost:99999999999999999999",
        ] {
            let refused = text.parse::<Limit>();
            assert_eq!(
                refused,
                Err(LimitError::Form { text: text.into() }),
                "{text:?}"
            );
        }
    }
}
