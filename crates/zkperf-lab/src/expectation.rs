//! What an attempt is expected to bring: a share of the proving cost, to be held against the result.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// `-2%`, or `sp1:-0.5%` for one zkVM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Expectation {
    /// The zkVM it is for; without, it is for each of them.
    pub zkvm: Option<String>,
    /// Change of the proving cost over all blocks, in millionths of what it was: -2 % is -20,000.
    pub millionths: i64,
}

/// What was typed is no expectation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no expectation; write a signed share such as -2% or sp1:-0.5% (at most 4 decimals)")]
pub struct ExpectationError {
    text: String,
}

/// Millionths in one per cent.
const PER_CENT: i64 = 10_000;

impl FromStr for Expectation {
    type Err = ExpectationError;

    fn from_str(text: &str) -> Result<Self, ExpectationError> {
        let refused = || ExpectationError {
            text: text.to_owned(),
        };
        let (zkvm, share) = match text.rsplit_once(':') {
            Some(("", _)) => return Err(refused()),
            Some((zkvm, share)) => (Some(zkvm.to_owned()), share),
            None => (None, text),
        };
        let share = share.strip_suffix('%').ok_or_else(refused)?;
        let millionths = millionths(share).ok_or_else(refused)?;
        Ok(Expectation { zkvm, millionths })
    }
}

fn millionths(share: &str) -> Option<i64> {
    let (sign, size) = match (share.strip_prefix('-'), share.strip_prefix('+')) {
        (Some(size), _) => (-1, size),
        (_, Some(size)) => (1, size),
        _ => (1, share),
    };
    let (whole, part) = size.split_once('.').unwrap_or((size, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !is_digits(whole) || !is_digits(part) || whole.len() > 6 || part.len() > 4 {
        return None;
    }
    let part = part.parse::<i64>().ok()? * 10i64.pow(4 - part.len() as u32);
    Some(sign * (whole.parse::<i64>().ok()? * PER_CENT + part))
}

impl TryFrom<String> for Expectation {
    type Error = ExpectationError;

    fn try_from(text: String) -> Result<Self, ExpectationError> {
        text.parse()
    }
}

impl From<Expectation> for String {
    fn from(expectation: Expectation) -> String {
        expectation.to_string()
    }
}

impl fmt::Display for Expectation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(zkvm) = &self.zkvm {
            write!(f, "{zkvm}:")?;
        }
        f.write_str(&percent(self.millionths))
    }
}

/// Millionths as per cent with sign and no more decimals than needed, two at least: `-2.00%`, `+0.0004%`.
pub fn percent(millionths: i64) -> String {
    let sign = match millionths {
        0 => "",
        value if value < 0 => "-",
        _ => "+",
    };
    let size = millionths.unsigned_abs();
    let (whole, part) = (size / PER_CENT as u64, size % PER_CENT as u64);
    let mut part = format!("{part:04}");
    while part.len() > 2 && part.ends_with('0') {
        part.pop();
    }
    format!("{sign}{whole}.{part}%")
}

/// `after` against `before` in millionths, rounded to the nearest; `None` where there was nothing.
pub fn share(before: u128, after: u128) -> Option<i64> {
    if before == 0 {
        return None;
    }
    let delta = after as i128 - before as i128;
    let twice = delta.checked_mul(2_000_000)? / before as i128;
    i64::try_from((twice + twice.signum()) / 2).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_kept() {
        for (text, zkvm, millionths, shown) in [
            ("-2%", None, -20_000, "-2.00%"),
            ("+0.5%", None, 5_000, "+0.50%"),
            ("sp1:-0.0001%", Some("sp1"), -1, "sp1:-0.0001%"),
            (
                "zisk@1.1.0-alpha:-12.5%",
                Some("zisk@1.1.0-alpha"),
                -125_000,
                "zisk@1.1.0-alpha:-12.50%",
            ),
            ("0%", None, 0, "0.00%"),
        ] {
            let read: Expectation = text.parse().unwrap();
            assert_eq!((read.zkvm.as_deref(), read.millionths), (zkvm, millionths));
            assert_eq!(read.to_string(), shown);
            assert_eq!(shown.parse::<Expectation>().unwrap(), read);
        }
    }

    #[test]
    fn what_is_no_share_is_refused() {
        for text in [
            "", "2", "%", "-%", ":-2%", "--2%", "-2.%", "-.5%", "1.00001%", "-2 %", "1e2%",
            "9999999%",
        ] {
            assert!(text.parse::<Expectation>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn shares_are_rounded_to_the_nearest_millionth() {
        assert_eq!(share(501_984_983, 497_037_298), Some(-9_856));
        assert_eq!(share(3, 4), Some(333_333));
        assert_eq!(share(3, 5), Some(666_667));
        assert_eq!(share(0, 5), None);
        assert_eq!(percent(-9_856), "-0.9856%");
    }
}
