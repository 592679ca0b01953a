//! One guest on both executors: figures, output, ending, text contract.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result};
use zkperf_exec::Zkvm;

use crate::figures::{compare, Difference, Figures};
use crate::official::report::text_differences;
use crate::official::{End, OfficialRun, Options, Ziskemu};
use crate::ours::{self, NoRun, OurRun};

/// Families whose zero rows either side may leave out.
const ZERO_MAY_BE_MISSING: &[&str] = &[
    "opcode.",
    "precompile.",
    "frops.",
    "memory.",
    "memory_detail.",
    "byte_offset.",
    "rom_region.",
    "tag.",
    "function.",
];

/// What a comparison found.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Figures compared, output and ending included.
    pub compared: usize,
    /// A line for each difference.
    pub different: Vec<String>,
    /// Functions whose memory cost is off only by ziskemu's attribution of operand reads at call
    /// boundaries.
    pub off_by_one: Vec<String>,
    /// Figures of functions in tail calls, which the two sides define otherwise.
    pub skipped: usize,
}

impl Verdict {
    /// Adds another guest's findings, each line with the guest's name.
    pub fn absorb(&mut self, name: &str, other: Verdict) {
        self.compared += other.compared;
        self.skipped += other.skipped;
        let named = |lines: Vec<String>| lines.into_iter().map(move |l| format!("{name}: {l}"));
        self.different.extend(named(other.different));
        self.off_by_one.extend(named(other.off_by_one));
    }

    /// Prints every difference, then the JSON line; whether there was none.
    pub fn print(&self) -> bool {
        for line in &self.different {
            println!("{line}");
        }
        if !self.off_by_one.is_empty() || self.skipped > 0 {
            println!(
                "{} functions agree but for ziskemu's off-by-one in operand reads at calls; {} figures of tail-called functions not comparable",
                self.off_by_one.len(),
                self.skipped
            );
        }
        println!(
            "{}",
            serde_json::json!({"compared": self.compared, "different": self.different.len()})
        );
        self.different.is_empty() && self.compared > 0
    }
}

/// Runs a guest on both sides and compares everything.
pub fn guest(
    official: &Ziskemu,
    engine: &dyn Zkvm,
    elf: &Path,
    input: &Path,
    options: Options,
) -> Result<Verdict> {
    let theirs = official.run(elf, input, options)?;
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let run = ours::run(engine, &read(elf)?, &read(input)?, options.max_steps)?;
    Ok(judge(&theirs, &run, options.functions))
}

/// Compares two runs of one guest.
pub fn judge(
    official: &OfficialRun,
    ours: &std::result::Result<OurRun, NoRun>,
    functions: bool,
) -> Verdict {
    let mut verdict = Verdict {
        compared: 1,
        ..Verdict::default()
    };
    let ours = match (ours, &official.end) {
        (Err(NoRun::Refused(_)), End::Refused(_)) => return verdict,
        (Err(NoRun::Refused(why) | NoRun::Failed(why)), end) => {
            verdict.different.push(format!(
                "official ended with {end:?}, ours did not run: {why}"
            ));
            return verdict;
        }
        (Ok(_), End::Refused(why)) => {
            verdict
                .different
                .push(format!("official refused the file ({why}), ours ran it"));
            return verdict;
        }
        (Ok(run), End::Aborted(why)) => {
            // No official figures; ours must say that it stopped, too.
            if run.fault.is_none() {
                verdict
                    .different
                    .push(format!("official aborted ({why}), ours ended normally"));
            }
            return verdict;
        }
        (Ok(run), _) => run,
    };
    match (&official.end, &ours.fault) {
        (End::Success, Some(fault)) => verdict
            .different
            .push(format!("official succeeded, ours stopped: {fault}")),
        (End::Failed(why), None) => verdict
            .different
            .push(format!("official failed ({why}), ours ended normally")),
        _ => {}
    }
    if let Some(output) = &official.output {
        verdict.compared += 1;
        if *output != ours.output {
            verdict.different.push(format!(
                "output: official {}, ours {}",
                hex::encode(output),
                hex::encode(&ours.output)
            ));
        }
    }
    let functions = functions && !official.call_stack_lost;
    compare_figures(&official.figures, ours, functions, &mut verdict);
    let texts = text_differences(&official.text, &ours.text);
    verdict.compared += 1;
    for (section, a, b) in texts {
        verdict
            .different
            .push(format!("text of {section}: official {a:?}, ours {b:?}"));
    }
    verdict
}

fn compare_figures(official: &Figures, ours: &OurRun, functions: bool, verdict: &mut Verdict) {
    let named: std::collections::BTreeSet<&str> =
        official.keys().filter_map(|k| function_of(k)).collect();
    let mut a = official.clone();
    let mut b = ours.figures.clone();
    // Only functions that ziskemu lists: it has no figures for those that never returned.
    b.retain(|key, _| function_of(key).is_none_or(|name| functions && named.contains(name)));
    a.retain(|key, _| functions || function_of(key).is_none());
    let drop_zeros = |figures: &mut Figures| {
        figures.retain(|key, value| {
            *value != 0 || !ZERO_MAY_BE_MISSING.iter().any(|f| key.starts_with(f))
        });
    };
    drop_zeros(&mut a);
    drop_zeros(&mut b);
    let before = a.len();
    let tail = |key: &String| function_of(key).is_some_and(|n| ours.tail_called.contains(n));
    a.retain(|key, _| !tail(key));
    b.retain(|key, _| !tail(key));
    verdict.skipped += before - a.len();
    let differences = compare(&a, &b);
    verdict.compared += a
        .keys()
        .chain(b.keys().filter(|k| !a.contains_key(*k)))
        .count();
    for difference in differences {
        if is_off_by_one(&difference, &ours.boundary_memory) {
            verdict.off_by_one.push(difference.to_string());
        } else {
            verdict.different.push(difference.to_string());
        }
    }
}

fn function_of(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("function.")?;
    rest.rsplit_once('.').map(|(name, _)| name)
}

/// Whether a function's memory cost (and with it its cost) differs by no more than what ziskemu's
/// off-by-one can move: what is read by the first instructions of its calls, and by those its calls
/// return to (EXECUTORS.md 1.2; `check_roi` runs after those reads are billed).
fn is_off_by_one(difference: &Difference, boundary: &BTreeMap<String, u64>) -> bool {
    let Some(name) = function_of(&difference.key) else {
        return false;
    };
    let memory_only = difference.key.ends_with(".memory") || difference.key.ends_with(".cost");
    // A figure of 0 is left out on either side.
    let (a, b) = (
        difference.official.unwrap_or(0),
        difference.ours.unwrap_or(0),
    );
    memory_only && a.abs_diff(b) <= boundary.get(name).copied().unwrap_or(0)
}
