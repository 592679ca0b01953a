//! Figure by figure.

use crate::figures::compare;
use crate::sp1::official::{self, OfficialRun};
use crate::sp1::ours::{self, OurRun};

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Figures compared, output, ending and text included.
    pub compared: usize,
    /// A line for each difference.
    pub different: Vec<String>,
}

impl Verdict {
    /// Adds another guest's findings, each line with the guest's name.
    pub fn absorb(&mut self, name: &str, other: Verdict) {
        self.compared += other.compared;
        let lines = other.different.into_iter();
        self.different
            .extend(lines.map(|line| format!("{name}: {line}")));
    }

    /// Prints every difference, then the JSON line; whether there was none.
    pub fn print(&self) -> bool {
        for line in &self.different {
            println!("{line}");
        }
        println!(
            "{}",
            serde_json::json!({"compared": self.compared, "different": self.different.len()})
        );
        self.different.is_empty() && self.compared > 0
    }
}

/// Compares two runs of one guest. `trackers`: whether the official side knows cycle trackers.
pub fn judge(official: &OfficialRun, ours: &OurRun, trackers: bool) -> Verdict {
    let mut verdict = Verdict {
        compared: 1,
        ..Verdict::default()
    };
    match (&official.end, &ours.end) {
        (official::End::Halted, ours::End::Halted) => {}
        (official::End::Fault(_), ours::End::Fault(_))
        | (official::End::Refused(_), ours::End::Refused(_)) => return verdict,
        (theirs, mine) => {
            verdict.different.push(format!(
                "official ended with {theirs:?}, ours with {mine:?}"
            ));
            return verdict;
        }
    }
    let mut mine = ours.figures.clone();
    if !trackers {
        mine.retain(|key, _| !key.starts_with("tracker_"));
    }
    let keys = mine.keys().chain(official.figures.keys());
    verdict.compared += keys.collect::<std::collections::BTreeSet<_>>().len();
    let differences = compare(&official.figures, &mine);
    verdict.different.extend(
        differences
            .into_iter()
            .map(|difference| difference.to_string()),
    );
    for (what, theirs, mine) in [
        ("output", &official.output, &ours.output),
        ("report", &official.text, &ours.text),
    ] {
        verdict.compared += 1;
        if theirs != mine {
            verdict
                .different
                .push(format!("{what}: official {theirs:?}, ours {mine:?}"));
        }
    }
    verdict
}
