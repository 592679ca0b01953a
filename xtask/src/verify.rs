//! One guest on both executors: figures, output, ending, text contract.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result};
use zkperf_exec::Zkvm;

use crate::figures::{compare, Figures};
use crate::official::functions::FunctionFigures;
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
    /// Figures of functions compared with a range only, since an instruction at their edges reads at more
    /// than one price.
    pub within_range: Vec<String>,
    /// Figures of functions that tail calls of one frame came back to: see `official::functions`.
    pub skipped: usize,
}

impl Verdict {
    /// Adds another guest's findings, each line with the guest's name.
    pub fn absorb(&mut self, name: &str, other: Verdict) {
        self.compared += other.compared;
        self.skipped += other.skipped;
        let named = |lines: Vec<String>| lines.into_iter().map(move |l| format!("{name}: {l}"));
        self.different.extend(named(other.different));
        self.within_range.extend(named(other.within_range));
    }

    /// Prints every difference, then the JSON line; whether there was none.
    pub fn print(&self) -> bool {
        for line in &self.different {
            println!("{line}");
        }
        for line in &self.within_range {
            println!("{line}");
        }
        if !self.within_range.is_empty() || self.skipped > 0 {
            println!(
                "{} figures of functions compared with a range; {} of functions that a frame came back to not comparable",
                self.within_range.len(),
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
    let run = ours::run(
        engine,
        official.version(),
        &read(elf)?,
        &read(input)?,
        options,
    )?;
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
    let (theirs, other): (Figures, Figures) = official
        .clone()
        .into_iter()
        .partition(|(key, _)| function_of(key).is_some());
    compare_all(other, ours.figures.clone(), verdict);
    if functions {
        compare_functions(theirs, &ours.functions, verdict);
    }
}

fn compare_all(mut official: Figures, mut ours: Figures, verdict: &mut Verdict) {
    for figures in [&mut official, &mut ours] {
        figures.retain(|key, value| {
            *value != 0 || !ZERO_MAY_BE_MISSING.iter().any(|f| key.starts_with(f))
        });
    }
    let only_ours = ours.keys().filter(|key| !official.contains_key(*key));
    verdict.compared += official.len() + only_ours.count();
    let differences = compare(&official, &ours);
    verdict
        .different
        .extend(differences.iter().map(ToString::to_string));
}

/// Only functions that ziskemu lists: it has no figures for those that never returned.
fn compare_functions(official: Figures, ours: &FunctionFigures, verdict: &mut Verdict) {
    let mut official: Figures = official
        .into_iter()
        .map(|(key, value)| (in_our_words(key, ours), value))
        .collect();
    let before = official.len();
    official.retain(|key, _| function_of(key).is_none_or(|n| !ours.not_comparable.contains(n)));
    verdict.skipped += before - official.len();
    let listed: BTreeSet<String> = official
        .keys()
        .filter_map(|key| function_of(key).map(str::to_owned))
        .collect();
    let is_listed = |key: &str| function_of(key).is_some_and(|name| listed.contains(name));
    for (key, range) in ours.within.iter().filter(|(key, _)| is_listed(key)) {
        verdict.compared += 1;
        let theirs = official.remove(key).unwrap_or(0);
        let line = format!("{key}: official {theirs}, ours within {range:?}");
        if range.contains(&theirs) {
            verdict.within_range.push(line);
        } else {
            verdict.different.push(line);
        }
    }
    let mut exact = ours.exact.clone();
    exact.retain(|key, _| is_listed(key));
    compare_all(official, exact, verdict);
}

/// A function's key under the name that we chose among those of the same code.
fn in_our_words(key: String, ours: &FunctionFigures) -> String {
    if ours.exact.contains_key(&key) || ours.within.contains_key(&key) {
        return key;
    }
    let renamed = function_of(&key).and_then(|name| {
        let known = ours.aliases.get(name)?;
        let measure = key.rsplit_once('.')?.1;
        Some(format!("function.{known}.{measure}"))
    });
    renamed.unwrap_or(key)
}

fn function_of(key: &str) -> Option<&str> {
    let rest = key.strip_prefix("function.")?;
    rest.rsplit_once('.').map(|(name, _)| name)
}
