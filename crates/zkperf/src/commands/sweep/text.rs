//! A sweep as text. Reasons come from compilers and commands: they cannot command a terminal.

use std::fmt::Write;
use zkperf_profile::signed;
use zkperf_report::{printable, thousands, Style};
use zkperf_sweep::{
    Announcement, Axis, Best, Cell, CellState, LeftOut, Origin, Permanent, Report, Row,
};

/// How many builds there are to make.
pub fn counts(plan: &Announcement) -> String {
    let mut out = format!(
        "{} settings with the baseline: {} builds to make, {} recorded",
        plan.settings.len(),
        plan.needed,
        plan.recorded
    );
    if plan.combined_at_most > 0 {
        let _ = write!(
            out,
            "; then the best of each factor together: {} builds at most",
            plan.combined_at_most
        );
    }
    out.push('\n');
    out + &stale(plan.stale_builds)
}

fn stale(builds: usize) -> String {
    match builds {
        0 => String::new(),
        builds => format!(
            "note: {builds} recorded builds are of other sources, another compiler or another command, and do not count\n"
        ),
    }
}

/// `--dry-run`.
pub fn plan(plan: &Announcement) -> String {
    let mut out = String::new();
    for setting in &plan.settings {
        let mut parts = Vec::new();
        let mut list = |what: &str, zkvms: &[String]| {
            if !zkvms.is_empty() {
                parts.push(format!("{what} for {}", zkvms.join(", ")));
            }
        };
        list("to build", &setting.needed);
        list("recorded", &setting.recorded);
        for (zkvm, LeftOut { setting, why }) in &setting.left_out {
            parts.push(format!("{setting} left out for {zkvm}: {why}"));
        }
        let is_left_out = |zkvm: &String| setting.left_out.iter().any(|(of, _)| of == zkvm);
        let same = setting
            .same_as
            .iter()
            .filter(|(zkvm, _)| !is_left_out(zkvm));
        for (zkvm, other) in same {
            parts.push(format!("the same as {other} for {zkvm}"));
        }
        let _ = writeln!(out, "{:<40} {}", setting.name, parts.join("; "));
    }
    out + &counts(plan)
}

/// What a sweep found.
pub fn report(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    for (at, axis) in report.axes.iter().enumerate() {
        out += &table(report, at, axis, style);
        out.push('\n');
    }
    out += &front(report, style);
    out += &refused(report, style);
    out += &best(report, style);
    out += &notes(report);
    out
}

/// One zkVM's costs: all inputs together, then each.
fn table(report: &Report, at: usize, axis: &Axis, style: &Style) -> String {
    let inputs: Vec<&str> = axis
        .inputs
        .iter()
        .map(|input| input.name.as_str())
        .collect();
    let mut out = style.bold(&format!(
        "{}: {} on {}",
        axis.zkvm,
        axis.measure,
        printable(&inputs.join(", "))
    ));
    let _ = writeln!(out, " ({})", axis.engine);
    let rows: Vec<(&Row, &Cell)> = report
        .settings
        .iter()
        .filter_map(|row| Some((row, row.cells.get(at)?)))
        .collect();
    let names = rows.iter().map(|(row, _)| row.name.chars().count());
    let width = names.max().unwrap_or(0).max("setting".len());
    let _ = write!(
        out,
        "  {:<width$} {:>18} {:>18} {:>9} {:>12}",
        "setting", axis.measure, "difference", "", "ELF bytes"
    );
    let several = axis.inputs.len() > 1;
    for name in inputs.iter().filter(|_| several) {
        let _ = write!(out, " {:>18}", printable(name));
    }
    out.push('\n');
    for (row, cell) in rows {
        let mark = if row.front { '*' } else { ' ' };
        let bytes = cell.elf_bytes.map_or("-".into(), thousands);
        let _ = write!(out, "{mark} {:<width$}", row.name);
        match (cell.cost, cell.delta) {
            (Some(cost), Some(delta)) => {
                let share = percent(cost, axis.baseline);
                let share = if delta == 0 { String::new() } else { share };
                let delta = signed(delta.into());
                let _ = write!(
                    out,
                    " {:>18} {delta:>18} {share:>9} {bytes:>12}",
                    thousands(cost)
                );
            }
            _ => {
                let _ = write!(
                    out,
                    " {:>18} {:>18} {:>9} {bytes:>12}",
                    word(cell.state),
                    "",
                    ""
                );
            }
        }
        for run in cell.runs.iter().filter(|_| several && cell.cost.is_some()) {
            let _ = write!(out, " {:>18}", thousands(run.cost));
        }
        if let Some(other) = &cell.same_elf_as {
            let _ = write!(out, "  same ELF as {other}");
        }
        for left_out in &cell.left_out {
            let _ = write!(out, "  (without {})", left_out.setting);
        }
        out.push('\n');
    }
    out
}

fn word(state: CellState) -> &'static str {
    match state {
        CellState::Measured => "measured",
        CellState::Pending => "not built",
        CellState::Excluded => "excluded",
        CellState::Failed => "cannot be built",
        CellState::Wrong => "wrong",
    }
}

/// `-1.23%`.
fn percent(now: u64, before: u64) -> String {
    match before {
        0 => "-".into(),
        before => share(now as f64 / before as f64),
    }
}

fn share(ratio: f64) -> String {
    format!("{:+.2}%", (ratio - 1.0) * 100.0)
}

fn front(report: &Report, style: &Style) -> String {
    let several = report.axes.len() > 1;
    let title = match several {
        true => {
            "Pareto front (*): no other setting is at least as good on every zkVM and better on one"
        }
        false => "Cheapest (*)",
    };
    let mut out = style.bold(title);
    out.push('\n');
    for row in report.settings.iter().filter(|row| row.front) {
        let _ = write!(out, "  {}", row.name);
        for (cell, axis) in row.cells.iter().zip(&report.axes).filter(|_| several) {
            let cost = cell.cost.unwrap_or_default();
            let _ = write!(out, "  {} {}", axis.zkvm, percent(cost, axis.baseline));
        }
        if let Some(ratio) = row.ratio {
            let mean = if several { "mean " } else { "" };
            let _ = write!(out, "  {mean}{}", share(ratio));
        }
        out.push('\n');
    }
    out
}

/// What has no cost, and why.
fn refused(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    for row in &report.settings {
        for left_out in &row.left_out {
            let _ = writeln!(out, "  {}: excluded: {}", row.name, left_out.why);
        }
        for cell in &row.cells {
            if let Some(why) = &cell.why {
                let what = word(cell.state);
                let why = printable(why).replace('\n', "\n    ");
                let _ = writeln!(out, "  {}: {}: {what}: {why}", row.name, cell.zkvm);
            }
            for note in &cell.notes {
                let _ = writeln!(out, "  {}: {}: {}", row.name, cell.zkvm, printable(note));
            }
        }
    }
    match out.is_empty() {
        true => out,
        false => format!("{}\n{out}", style.bold("Refused, failed, excluded")),
    }
}

fn best(report: &Report, style: &Style) -> String {
    let mut out = String::new();
    for best in &report.best {
        let of = best.zkvm.as_deref().unwrap_or("all of them");
        if best.setting == "baseline" {
            let _ = writeln!(
                out,
                "{}",
                style.bold(&format!("Best for {of}: the baseline; nothing is cheaper"))
            );
            continue;
        }
        let title = format!("Best for {of}: {} ({})", best.setting, share(best.ratio));
        let _ = writeln!(out, "{}", style.bold(&title));
        if best.zkvm.is_some() {
            best.permanent.iter().for_each(|one| out += &permanent(one));
        } else {
            out += &together(best);
        }
    }
    out
}

/// What is to be written for several guests: the lines once, where they are the same for all.
fn together(best: &Best) -> String {
    let [first, others @ ..] = best.permanent.as_slice() else {
        return String::new();
    };
    let lines = |one: &Permanent| (one.profile_release.clone(), one.rustflags.clone());
    if !others.iter().all(|other| lines(other) == lines(first)) {
        let each = |one: &Permanent| format!("  for {}:\n{}", one.zkvm, permanent(one));
        return best.permanent.iter().map(each).collect();
    }
    let mut out = String::new();
    let zkvms: Vec<&str> = best.permanent.iter().map(|one| one.zkvm.as_str()).collect();
    let _ = writeln!(out, "  in the guests for {}:", zkvms.join(", "));
    out += &settings(first);
    out
}

fn permanent(one: &Permanent) -> String {
    let mut out = String::new();
    if !one.profile_release.is_empty() {
        let _ = writeln!(out, "  in {}:", one.profile_place);
        out += &profile(one);
    }
    if !one.rustflags.is_empty() {
        let _ = writeln!(out, "  in {}:", one.flags_place);
        out += &flags(one);
    }
    out
}

fn settings(one: &Permanent) -> String {
    profile(one) + &flags(one)
}

fn profile(one: &Permanent) -> String {
    match one.profile_release.is_empty() {
        true => String::new(),
        false => format!(
            "    [profile.release]\n    {}\n",
            one.profile_release.join("\n    ")
        ),
    }
}

fn flags(one: &Permanent) -> String {
    match one.rustflags.is_empty() {
        true => String::new(),
        false => format!("    rustflags = {:?}\n", one.rustflags),
    }
}

fn notes(report: &Report) -> String {
    let mut out = String::new();
    for zkvm in &report.ignored {
        let _ = writeln!(
            out,
            "note: {zkvm}: the ELF is the same whatever is set: its build command seems to ignore \
             CARGO_PROFILE_RELEASE_… and ZKPERF_RUSTFLAGS (docs/sweep.md)"
        );
    }
    if !report.complete {
        let rest = match report.settings.iter().any(|row| row.origin == Origin::Grid) {
            true => "",
            false => ", then the best of each factor together",
        };
        let _ = writeln!(
            out,
            "note: {} builds were not made (--budget){rest}; the same command goes on",
            report.builds.pending
        );
    }
    out += &stale(report.stale_builds);
    let _ = writeln!(
        out,
        "{} builds made, {} recorded; profiles and ELFs are in {}",
        report.builds.made,
        report.builds.recorded,
        report.folder.display()
    );
    out
}
