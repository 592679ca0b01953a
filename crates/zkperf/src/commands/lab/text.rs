//! The lab's answers as text. What a ledger says came from somewhere: it cannot command a terminal.

use std::fmt::Write;
use std::path::PathBuf;
use zkperf_config::quote;
use zkperf_lab::{
    changes, percent, short_changes, told_score, CheckOutcome, Did, Earlier, Event, GateState,
    Measured, Score, Status, Validation, Verified,
};
use zkperf_profile::signed;
use zkperf_profile::verdict::Role;
use zkperf_report::{printable, thousands, Style};

/// What was finished first, if anything.
fn resumed(did: &Did) -> String {
    let told = did.resumed.as_ref();
    told.map_or(String::new(), |resumed| {
        format!("finished what was interrupted: {}\n", resumed.told)
    })
}

/// What each zkVM costs on each block.
fn proving_costs(figures: &[Measured]) -> String {
    let mut out = String::new();
    for one in figures {
        if let Some(cost) = one.proving_cost() {
            let _ = writeln!(
                out,
                "  {:<28} {:>18} {}",
                one.name(),
                thousands(cost.total),
                cost.unit
            );
        }
    }
    out
}

/// `baseline`.
pub fn baseline(did: &Did) -> String {
    let mut out = resumed(did);
    let Some(row) = &did.row else {
        return out + "the baseline is current: same source, same figures, nothing to enter\n";
    };
    if let Event::Baseline(baseline) = &row.body.event {
        let _ = writeln!(out, "baseline {} on {}", row.hash, baseline.branch);
        out += &proving_costs(&baseline.figures);
    }
    printable(&out) + "next  zkperf lab try \"HYPOTHESIS\" --expect -1%\n"
}

/// Earlier attempts, before an attempt is opened.
pub fn earlier(earlier: &[Earlier]) -> String {
    if earlier.is_empty() {
        return "no earlier attempt is about this\n\n".to_owned();
    }
    let mut out = "earlier attempts about this, failures first:\n".to_owned();
    earlier
        .iter()
        .take(8)
        .for_each(|one| out += &one_earlier(one));
    if earlier.len() > 8 {
        let _ = writeln!(
            out,
            "  and {} more: zkperf lab log --search WORDS",
            earlier.len() - 8
        );
    }
    printable(&out) + "\n"
}

fn one_earlier(one: &Earlier) -> String {
    let mut out = format!(
        "  {:03} {:<9} {:<14} {}\n      {}\n",
        one.number,
        one.fate,
        one.verdict,
        short_changes(&one.changes),
        one.hypothesis
    );
    if !one.reason.is_empty() {
        let _ = writeln!(out, "      because: {}", one.reason);
    }
    if !one.functions.is_empty() {
        let _ = writeln!(out, "      functions: {}", one.functions.join(", "));
    }
    out
}

/// `try`.
pub fn opened(did: &Did) -> String {
    let mut out = resumed(did);
    if let Some(Event::Attempt(attempt)) = did.row.as_ref().map(|row| &row.body.event) {
        let _ = writeln!(
            out,
            "attempt {:03} is open on {}",
            attempt.number, attempt.branch
        );
    }
    printable(&out) + "next  change something, commit it, then: zkperf lab validate\n"
}

/// `validate`.
pub fn result(result: &Validation, profiles: &[[PathBuf; 2]], next: &str) -> String {
    let mut out = format!("{}\n", result.verdict);
    for reason in result.because.iter().chain(&result.exceeded) {
        let _ = writeln!(out, "  {reason}");
    }
    for case in &result.cases {
        let identical = if case.is_identical_elf() {
            "  identical ELF"
        } else {
            ""
        };
        for measure in case.measures.iter().filter(|m| m.role != Role::Informative) {
            let number = |value: Option<u64>| value.map_or("-".to_owned(), thousands);
            let _ = writeln!(
                out,
                "  {:<28} {:>16} {:>16} {:>14} {}{identical}",
                format!("{}, {}", case.before.zkvm, case.subject),
                number(measure.before),
                number(measure.after),
                signed(measure.delta()),
                measure.name,
            );
        }
    }
    let _ = writeln!(out, "  in total: {}", short_changes(&changes(result)));
    // The ledger has more of them; here, the first of each zkVM.
    let mut shown: Vec<&str> = Vec::new();
    for mover in &result.movers {
        shown.push(&mover.zkvm);
        if shown.iter().filter(|zkvm| **zkvm == mover.zkvm).count() > 3 {
            continue;
        }
        let delta = i128::from(mover.after) - i128::from(mover.before);
        let _ = writeln!(
            out,
            "  {:>16}  {} ({})",
            signed(delta),
            mover.function,
            mover.zkvm
        );
    }
    let state = match result.gate.state {
        GateState::Sound => "sound",
        GateState::NotSound => "NOT SOUND",
        GateState::NotGated => "not gated",
    };
    let _ = writeln!(out, "gate  {state}, {} checks", result.gate.checks);
    let check = match &result.check {
        CheckOutcome::NotConfigured => "none configured ([lab] check in zkperf.toml)".to_owned(),
        CheckOutcome::Passed { command } => format!("{command}: passed"),
        CheckOutcome::Failed { command, .. } => format!("{command}: FAILED"),
    };
    let _ = writeln!(out, "tests {check}");
    for [before, after] in profiles {
        let _ = writeln!(
            out,
            "see   zkperf compare {} {}",
            quote(&before.display().to_string()),
            quote(&after.display().to_string())
        );
    }
    printable(&out) + &format!("next  {next}\n")
}

/// `keep`.
pub fn keep(did: &Did) -> String {
    let mut out = resumed(did);
    let Some(Event::Keep(keep)) = did.row.as_ref().map(|row| &row.body.event) else {
        return out;
    };
    let attempt = did.chain.attempt(&keep.attempt);
    let result = did.chain.result(&keep.result);
    if let (Some(attempt), Some(result)) = (attempt, result) {
        let branch = did
            .chain
            .standing()
            .map_or("", |standing| &standing.first.branch)
            .to_owned();
        let _ = writeln!(
            out,
            "attempt {:03} is kept, as one commit on {branch}: {}",
            attempt.number,
            short_changes(&changes(result))
        );
    }
    printable(&out) + "next  zkperf lab try \"HYPOTHESIS\" --expect -1%\n"
}

/// `revert`.
pub fn revert(did: &Did) -> String {
    let mut out = resumed(did);
    if let Some(Event::Revert(revert)) = did.row.as_ref().map(|row| &row.body.event) {
        let number = did
            .chain
            .attempt(&revert.attempt)
            .map_or(0, |attempt| attempt.number);
        let _ = writeln!(
            out,
            "attempt {number:03} is reverted; its work is on {}",
            revert.branch
        );
    }
    printable(&out) + "next  zkperf lab try \"HYPOTHESIS\" --expect -1%\n"
}

/// `status`.
pub fn status(status: &Status, _style: &Style) -> String {
    let none = || "none (HEAD is detached)".to_owned();
    let mut out = format!(
        "branch    {}\nledger    on {}, {} rows, {} of them of the open attempt\n",
        status.head_branch.clone().unwrap_or_else(none),
        status.base_branch.clone().unwrap_or_else(none),
        status.rows[0] + status.rows[1],
        status.rows[1],
    );
    if status.ledger_differs {
        out += "the ledger in this folder is not the committed one, which all of this is of; `zkperf lab verify` says more\n";
    }
    if let Some(told) = &status.interrupted {
        let _ = writeln!(
            out,
            "interrupted: {told}; the next command that changes something finishes it"
        );
    }
    match &status.baseline {
        None => out += "baseline  none\n",
        Some(baseline) => {
            let _ = writeln!(out, "baseline  {}", baseline.row);
            out += &proving_costs(&baseline.figures);
            if let Some(stale) = &baseline.stale {
                let _ = writeln!(out, "  {stale}");
            }
        }
    }
    if let Some(attempt) = &status.attempt {
        let _ = writeln!(
            out,
            "attempt   {:03} {}\n  on {}",
            attempt.number, attempt.hypothesis, attempt.branch
        );
        if let Some(expect) = &attempt.expect {
            let _ = writeln!(out, "  expected {expect}");
        }
        if let Some(result) = &attempt.result {
            let moved = if result.current {
                ""
            } else {
                ", but the branch has moved since"
            };
            let _ = writeln!(
                out,
                "  result {}: {}{moved}",
                result.verdict,
                short_changes(&result.changes)
            );
            for obstacle in &result.obstacles {
                let _ = writeln!(out, "  {obstacle}");
            }
        }
    }
    printable(&out) + &format!("next      {}\n", status.next)
}

/// `log`.
pub fn log(found: &[Earlier], score: &Score) -> String {
    let mut out = String::new();
    found.iter().for_each(|one| out += &one_earlier(one));
    if found.is_empty() {
        out += "no attempt\n";
    }
    printable(&out) + &told_score(score)
}

/// `verify`.
pub fn verified(verified: &Verified) -> String {
    let head = verified.head.as_ref().map_or("no row", |head| head.short());
    let mut out = format!(
        "{} rows up to {head}: {} attempts, {} kept, {} reverted; hashes, links and rules hold\n",
        verified.rows, verified.attempts, verified.kept, verified.reverted
    );
    for (at, segment) in verified.baselines.iter().enumerate() {
        let _ = writeln!(
            out,
            "baseline {} ({}, {}), {} kept",
            at + 1,
            segment.row,
            segment.branch,
            segment.kept
        );
        for sum in segment.sums.iter().filter(|sum| sum.judged) {
            let share = sum.millionths().map_or(String::new(), percent);
            let _ = writeln!(
                out,
                "  {:<28} {:<14} {:>16} to {:>16}: {} = the kept ones' sum {} {share}",
                sum.name,
                sum.measure,
                thousands(sum.first),
                thousands(sum.last),
                signed(sum.difference()),
                signed(sum.kept),
            );
        }
    }
    printable(&out)
}

/// `render`.
pub fn rendered(written: &[String]) -> String {
    match written.is_empty() {
        true => "logbook and reports are what the ledger renders to\n".to_owned(),
        false => written
            .iter()
            .map(|path| format!("wrote {path}\n"))
            .collect(),
    }
}
