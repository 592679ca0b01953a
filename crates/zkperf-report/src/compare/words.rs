//! Numbers and headlines of a comparison, in words that text and Markdown share.

use zkperf_profile::{signed, thousands, verdict::Verdict};

use super::division::{share, PartDelta, State};
use super::{Change, Comparison, SumChange, ZkvmDelta};
use crate::matching::Rule;

/// `1,234`.
pub(super) fn digits(value: u128) -> String {
    u64::try_from(value).map_or_else(|_| value.to_string(), thousands)
}

/// The difference in per cent of what it was, to a hundredth; empty where there was nothing.
pub(super) fn percent_of(delta: i128, before: u128) -> String {
    let Some(hundredths) = share(delta, before) else {
        return String::new();
    };
    let size = hundredths.unsigned_abs();
    let text = format!("{}.{:02}%", size / 100, size % 100);
    match (hundredths, delta) {
        (0, 0) => text,
        // A difference is not shown as none.
        (0, delta) => format!("{}0.01%", if delta < 0 { ">-" } else { "<+" }),
        (value, _) if value < 0 => format!("-{text}"),
        _ => format!("+{text}"),
    }
}

/// The same behind a number, in brackets; empty where there was nothing.
pub(super) fn in_brackets(delta: i128, before: u128) -> String {
    match percent_of(delta, before) {
        none if none.is_empty() => none,
        percent => format!(" ({percent})"),
    }
}

/// `cost -1,234 (-0.53%)`.
pub(super) fn sum_text(sum: &SumChange) -> String {
    let percent = percent_of(sum.value.delta, sum.value.before);
    let percent = match percent.is_empty() || sum.value.delta == 0 {
        true => String::new(),
        false => format!(" ({percent})"),
    };
    format!("{} {}{percent}", sum.name, signed(sum.value.delta))
}

/// What the measure of a pair did, without its name.
pub(super) fn change_cells(change: &Change) -> [String; 4] {
    let side = |value: Option<u64>| value.map_or("-".to_owned(), thousands);
    [
        side(change.before),
        side(change.after),
        signed(change.delta),
        percent_of(change.delta, change.before.unwrap_or(0).into()),
    ]
}

impl Comparison {
    /// Verdict and proving cost in one line: `improvement: zisk 1.4.0-alpha cost -1,234 (-0.53%)`.
    pub(super) fn headline(&self) -> String {
        let cost = |zkvm: &ZkvmDelta| -> Option<String> {
            let judged: Vec<String> = zkvm.judged().map(sum_text).collect();
            let text = judged.join(", ");
            let text = (!text.is_empty()).then_some(text)?;
            Some(match self.zkvms.len() {
                1 => text,
                _ => format!("{} {text}", zkvm.name),
            })
        };
        let costs: Vec<String> = self.zkvms.iter().filter_map(cost).collect();
        let word = match self.verdict {
            Verdict::Neutral => "no difference in the proving cost".to_owned(),
            verdict => verdict.to_string(),
        };
        match costs.is_empty() || self.verdict == Verdict::None {
            true => word,
            false => format!("{word}: {}", costs.join("; ")),
        }
    }

    /// All reasons why there is no verdict, or why the outputs differ, each once; with the pair's name if there are several.
    pub(super) fn reasons(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for pair in &self.pairs {
            for reason in &pair.no_verdict_because {
                let text = match self.pairs.len() {
                    1 => reason.clone(),
                    _ => format!("{} {}: {reason}", pair.after.zkvm, pair.subject),
                };
                if !all.contains(&text) {
                    all.push(text);
                }
            }
        }
        all
    }

    /// What is plain about the whole set: identical programs, not one unit of difference.
    pub(super) fn plain_words(&self) -> Option<&'static str> {
        let mut deltas = self.pairs.iter().flat_map(|pair| &pair.measures);
        let zero = !self.pairs.is_empty() && deltas.all(|change| change.delta == 0);
        match (self.identical_elf, zero) {
            (true, true) => {
                Some("Identical ELF: both are the very same program. Every measure: difference 0.")
            }
            (true, false) => Some("Identical ELF: both are the very same program."),
            (false, true) => {
                Some("The programs differ, and every measure is the same: difference 0.")
            }
            (false, false) => None,
        }
    }
}

impl PartDelta {
    /// What is to be said of a part behind its name.
    pub(super) fn mark(&self) -> &'static str {
        match (self.state, self.matched_by) {
            (State::New, _) => " [new]",
            (State::Gone, _) => " [gone]",
            (State::Both, Rule::Name) => "",
            (State::Both, Rule::Generics) => " [other generics]",
            (State::Both, Rule::Numbers) => " [other closure]",
            (State::Both, Rule::Inlining) => " [other inlining]",
        }
    }

    /// What a changed mean price makes of the difference.
    pub(super) fn by_price(&self) -> Option<i128> {
        Some(self.value.delta - self.by_count?)
    }
}

/// What the marks mean.
pub(super) const MARKS: &str = "[new] and [gone] ran on one side only; [other generics], [other closure] and [other inlining] \
     were matched by their path with other type arguments, with other numbers of closures, or compiled on one side and \
     inlined on the other. Whatever is not listed ran and is in the closing row.";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signs_and_shares_read_well() {
        assert_eq!([signed(-1234), signed(0), signed(5)], ["-1,234", "0", "+5"]);
        assert_eq!(percent_of(-1, 3), "-33.33%");
        assert_eq!(percent_of(2, 3), "+66.67%");
        assert_eq!(percent_of(0, 3), "0.00%");
        assert_eq!(percent_of(7, 0), "");
        assert_eq!(in_brackets(7, 0), "");
        assert_eq!(in_brackets(2, 3), " (+66.67%)");
        assert_eq!(percent_of(-1, 1_000_000), ">-0.01%");
        assert_eq!(percent_of(1, 1_000_000), "<+0.01%");
    }
}
