//! The text report in `ziskemu -X`'s own layout, so that a line-by-line comparison with ziskemu's is
//! empty in the sections both have (`ziskemu/src/stats/stats_report.rs`, 1.4.0-alpha).
//!
//! Percentages are computed with the same floating-point expressions as there, since a different
//! order of operations can round differently.

use crate::official::{COSTS_VERSION, HAS_ROM_REGIONS};
use std::fmt::Write;
use zkperf_profile::{thousands, Origin, Profile, Row, Table};

/// Functions listed in each ranking, as many as ziskemu lists by default.
const TOP_FUNCTIONS: usize = 25;
/// Places of re-synchronisations listed.
const RESYNC_LINES: usize = 20;

/// The report of a profile made by this crate.
pub(crate) fn text(profile: &Profile) -> String {
    let mut report = Report {
        out: String::new(),
        profile,
    };
    if let Some(line) = zkperf_exec::partial_line(profile) {
        report.line(format_args!("{line}"));
    }
    report.heading();
    report.cost_distribution();
    if HAS_ROM_REGIONS {
        report.rom_regions();
    }
    report.opcodes("COST BY BASE OPCODE", "opcodes");
    report.opcodes("COST BY PRECOMPILED OPCODE", "precompiles");
    report.frops();
    report.top_functions(
        "steps",
        "TOP STEP FUNCTIONS (STEPS, % STEPS, CALLS, STEPS/CALL, FUNCTION)",
    );
    report.top_functions(
        "cost",
        "TOP COST FUNCTIONS (COST, % VARIABLE COST, CALLS, COST/CALL, FUNCTION)",
    );
    report.call_stack();
    report.tags(
        "PROFILE TAGS STEPS (STEPS, % STEPS, CALLS, AVG, MIN, MAX)",
        0,
        8,
    );
    report.tags(
        "PROFILE TAGS COST (COST, % COST, CALLS, AVG, MIN, MAX)",
        4,
        9,
    );
    report.out
}

struct Report<'a> {
    out: String,
    profile: &'a Profile,
}

impl Report<'_> {
    fn line(&mut self, line: std::fmt::Arguments) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.out, "{line}");
    }

    fn title(&mut self, title: &str) {
        self.line(format_args!("\n{title}\n{}", "-".repeat(title.len())));
    }

    fn table(&self, name: &str) -> Option<&Table> {
        self.profile
            .data()
            .tables
            .iter()
            .find(|table| table.name == name)
    }

    fn rows(&self, name: &str) -> Vec<Row> {
        self.table(name)
            .map_or(Vec::new(), |table| table.rows.clone())
    }

    fn cell(&self, name: &str, label: &str) -> u64 {
        self.rows(name)
            .iter()
            .find(|row| row.label == label)
            .map_or(0, |row| row.values[0])
    }

    fn total(&self, measure: &str) -> u64 {
        let measures = &self.profile.data().measures;
        measures
            .iter()
            .find(|m| m.name == measure)
            .map_or(0, |m| m.total)
    }

    /// Cost without base: what percentages after the first section are relative to.
    fn variable(&self) -> u64 {
        self.cell("cost_distribution", "VARIABLE")
    }

    fn heading(&mut self) {
        let heading = match COSTS_VERSION {
            None => "REPORT".to_owned(),
            Some(version) => format!("REPORT (cost version {version})"),
        };
        self.title(&format!("{heading:<24} {:>15}", ""));
        let steps = self.total("steps");
        self.line(format_args!("{:<24} {:>15}", "STEPS", thousands(steps)));
    }

    /// A row whose share is a division by a precomputed hundredth.
    fn row_by_divisor(&mut self, label: &str, value: u64, total: u64) {
        let share = value as f64 / (total as f64 / 100.0);
        self.line(format_args!(
            "{label:<24} {:>15} {share:6.2}%",
            thousands(value)
        ));
    }

    /// A row whose share is multiplied before it is divided.
    fn row_of(&mut self, label: &str, value: u64, total: u64) {
        let share = (value as f64 * 100.0) / total as f64;
        self.line(format_args!(
            "{label:<24} {:>15} {share:6.2}%",
            thousands(value)
        ));
    }

    fn separator(&mut self) {
        self.line(format_args!("{}{}", " ".repeat(24), "-".repeat(24)));
    }

    fn cost_distribution(&mut self) {
        self.title(&format!(
            "{:<24} {:>15}       %",
            "COST DISTRIBUTION", "COST"
        ));
        let total = self.cell("cost_distribution", "TOTAL");
        for label in ["MAIN", "OPCODES", "PRECOMPILES", "MEMORY"] {
            self.row_by_divisor(label, self.cell("cost_distribution", label), total);
        }
        self.separator();
        for label in ["VARIABLE", "BASE"] {
            self.row_by_divisor(label, self.cell("cost_distribution", label), total);
        }
        self.separator();
        self.row_by_divisor("TOTAL", total, total);
        self.line(format_args!(""));
        self.row_by_divisor(
            "FROPS",
            self.cell("cost_distribution", "FROPS"),
            self.variable(),
        );
        let size = self.cell("ram_usage", "SIZE");
        if size > 0 {
            self.row_of("RAM USAGE", self.cell("ram_usage", "USED"), size);
        }
        self.row_of(
            "ROM USAGE",
            self.cell("rom_usage", "USED"),
            self.cell("rom_usage", "SIZE"),
        );
    }

    fn rom_regions(&mut self) {
        self.title(&format!("{:<24} {:>15}       %", "ROM REGIONS", "STEPS"));
        let rows = self.rows("rom_regions");
        let all: u64 = rows.iter().map(|row| row.values[0]).sum();
        for row in rows {
            if row.values[0] > 0 || row.label != "OTHER" {
                self.row_of(&row.label, row.values[0], all.max(1));
            }
        }
    }

    fn opcodes(&mut self, title: &str, table: &str) {
        self.title(&format!(
            "{title:<24} {:>15}       % {:>15}       %",
            "COUNT", "COST"
        ));
        let (steps, variable) = (self.total("steps"), self.variable());
        for row in by_cost(self.rows(table)) {
            let (count, cost) = (row.values[0], row.values[1]);
            let of_steps = count as f64 / (steps as f64 / 100.0);
            let of_cost = cost as f64 / (variable as f64 / 100.0);
            let label = format!("OP {}", row.label);
            self.line(format_args!(
                "{label:<24} {:>15} {of_steps:6.2}% {:>15} {of_cost:6.2}%",
                thousands(count),
                thousands(cost)
            ));
        }
    }

    fn frops(&mut self) {
        self.title(&format!(
            "{:<24} {:>15} {:>6} {:>15}       %",
            "FROPS BY OPCODE", "COUNT", "HIT", "COST"
        ));
        let variable = self.variable();
        let opcodes = self.rows("opcodes");
        for row in by_cost(self.rows("frops")) {
            let (count, cost) = (row.values[0], row.values[1]);
            let others = opcodes.iter().find(|other| other.label == row.label);
            let all = count + others.map_or(0, |other| other.values[0]);
            let hits = (count as f64 * 100.0) / all as f64;
            let of_cost = cost as f64 / (variable as f64 / 100.0);
            let label = format!("FROP {}", row.label);
            self.line(format_args!(
                "{label:<24} {:>15} {hits:6.2}% {:>15} {of_cost:6.2}%",
                thousands(count),
                thousands(cost)
            ));
        }
    }

    fn top_functions(&mut self, measure: &str, title: &str) {
        self.title(title);
        let profile = self.profile;
        let Some(id) = profile.measure(measure) else {
            return;
        };
        let inclusive = profile.inclusive_by_function(id);
        let calls = profile.calls_by_function();
        let total = if measure == "cost" {
            self.variable()
        } else {
            self.total(measure)
        };
        let functions = &profile.data().functions;
        let mut order: Vec<usize> = (0..functions.len())
            .filter(|&at| functions[at].origin != Origin::Pseudo && inclusive[at] > 0)
            .collect();
        order.sort_by_key(|&at| std::cmp::Reverse(inclusive[at]));
        for at in order.into_iter().take(TOP_FUNCTIONS) {
            let share = inclusive[at] as f64 / (total as f64 / 100.0);
            let each = inclusive[at] / calls[at].max(1);
            self.line(format_args!(
                "{:>15} {share:6.2}% {:>10} {:>15} {}",
                thousands(inclusive[at]),
                thousands(calls[at]),
                thousands(each),
                functions[at].name
            ));
        }
    }

    fn tags(&mut self, title: &str, first: usize, reported: usize) {
        let mut rows = self.rows("profile_tags");
        rows.retain(|row| row.values[reported] > 0 && row.values[first + 1] > 0);
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.values[first]));
        self.line(format_args!("\n\n{title}\n{}", "-".repeat(82)));
        let total = if first == 0 {
            self.total("steps")
        } else {
            self.variable()
        };
        for row in rows {
            let (sum, calls) = (row.values[first], row.values[first + 1]);
            let share = sum as f64 / (total as f64 / 100.0);
            self.line(format_args!(
                "{:>15} {share:6.2}% {:>10} {:>15} {:>15} {:>15} {}",
                thousands(sum),
                thousands(calls),
                thousands(sum / calls),
                thousands(row.values[first + 2]),
                thousands(row.values[first + 3]),
                row.label
            ));
        }
    }

    /// What ziskemu has no line for: how sure the attribution is.
    fn call_stack(&mut self) {
        let data = self.profile.data();
        let resyncs = self.profile.resync_count();
        let unattributed: u64 = data.unattributed.iter().map(|part| part.value).sum();
        let (nodes, reasons) = (data.nodes.len() as u64, data.unattributed.clone());
        self.title("ATTRIBUTION");
        self.line(format_args!(
            "{:<24} {:>15}",
            "CALLING CONTEXTS",
            thousands(nodes)
        ));
        self.line(format_args!(
            "{:<24} {:>15}",
            "RE-SYNCHRONISATIONS",
            thousands(resyncs)
        ));
        for line in self.profile.resync_lines(RESYNC_LINES) {
            self.line(format_args!("{:<24} {line}", ""));
        }
        self.row_by_divisor("UNATTRIBUTED COST", unattributed, self.variable());
        for part in reasons {
            self.line(format_args!(
                "{:<24} {:>15} {}",
                "",
                thousands(part.value),
                part.reason
            ));
        }
    }
}

/// Dearest first, then most frequent; ties in opcode order, in which the rows come.
fn by_cost(mut rows: Vec<Row>) -> Vec<Row> {
    rows.sort_by_key(|row| std::cmp::Reverse((row.values[1], row.values[0])));
    rows
}
