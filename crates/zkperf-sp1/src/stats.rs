//! The text report: first what `ExecutionReport` prints, in its own layout (`src/report.rs` of
//! `sp1-core-executor` 6.10.0), then what only a profile knows.

use std::fmt::Write;
use zkperf_profile::{Origin, Profile, Row};

/// Functions listed in each ranking.
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
        report.line(format_args!("{line}\n"));
    }
    report.execution_report();
    report.gas_distribution();
    report.tables();
    report.chunks();
    report.shards();
    report.cycle_tracker();
    report.top_functions(
        "cycles",
        "TOP CYCLE FUNCTIONS (CYCLES, %, CALLS, CYCLES/CALL, FUNCTION)",
    );
    report.top_functions(
        "prover_gas",
        "TOP GAS FUNCTIONS (GAS, %, CALLS, GAS/CALL, FUNCTION)",
    );
    report.attribution();
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

    fn rows(&self, name: &str) -> Vec<Row> {
        let tables = &self.profile.data().tables;
        let table = tables.iter().find(|table| table.name == name);
        table.map_or(Vec::new(), |table| table.rows.clone())
    }

    fn total(&self, measure: &str) -> u64 {
        let measures = &self.profile.data().measures;
        let found = measures.iter().find(|m| m.name == measure);
        found.map_or(0, |m| m.total)
    }

    /// Line for line what the official report prints.
    fn execution_report(&mut self) {
        self.line(format_args!("gas: {}", self.total("prover_gas")));
        let opcodes = self.rows("opcodes");
        self.line(format_args!(
            "opcode counts ({} total instructions):",
            self.total("cycles")
        ));
        self.counts(opcodes, 0);
        let syscalls = self.rows("syscalls");
        let total: u64 = syscalls.iter().map(|row| row.values[1]).sum();
        self.line(format_args!(
            "syscall counts ({total} total syscall instructions):"
        ));
        self.counts(syscalls, 1);
    }

    /// Most frequent first; ties stay in the official order, in which the rows come.
    fn counts(&mut self, mut rows: Vec<Row>, column: usize) {
        rows.retain(|row| row.values[column] > 0);
        rows.sort_by_key(|row| std::cmp::Reverse(row.values[column]));
        let width = rows
            .first()
            .map_or(0, |row| row.values[column].to_string().len());
        for row in rows {
            self.line(format_args!(
                "    {:>width$} {}",
                row.values[column],
                row.label.to_lowercase()
            ));
        }
    }

    fn share_row(&mut self, label: &str, value: u64, total: u64) {
        let share = percent(value, total);
        self.line(format_args!(
            "{label:<24} {:>18} {share:6.2}%",
            group(value)
        ));
    }

    fn gas_distribution(&mut self) {
        self.title(&format!(
            "{:<24} {:>18}       %",
            "GAS NUMERATORS (/191)", "VALUE"
        ));
        let parts = [
            ("INSTRUCTIONS", "gas_instructions"),
            ("FIRST TOUCHES", "gas_first_touch"),
            ("PRECOMPILES", "gas_precompiles"),
            ("BUMPS", "gas_bumps"),
        ];
        let total: u64 = parts.iter().map(|(_, measure)| self.total(measure)).sum();
        for (label, measure) in parts {
            self.share_row(label, self.total(measure), total);
        }
        self.share_row("TOTAL", total, total);
        let mut measures = self.profile.data().measures.iter();
        if let Some(gas) = measures.find(|measure| measure.name == "prover_gas") {
            let (total, scale, dropped) = (gas.total, gas.scale, gas.remainder);
            let total = group(total);
            self.line(format_args!(
                "{:<24} {total:>18}  = (TOTAL - {dropped}) / {scale}, {dropped} being what the official rounding drops",
                "PROVER GAS"
            ));
        }
    }

    fn tables(&mut self) {
        let mut rows = self.rows("airs");
        rows.sort_by_key(|row| std::cmp::Reverse(row.values[3]));
        let total: u64 = rows.iter().map(|row| row.values[3]).sum();
        self.title(&format!(
            "{:<24} {:>15} {:>18}       %",
            "GAS BY TABLE", "ROWS", "NUMERATORS"
        ));
        for row in rows {
            let share = percent(row.values[3], total);
            self.line(format_args!(
                "{:<24} {:>15} {:>18} {share:6.2}%",
                row.label,
                group(row.values[0]),
                group(row.values[3])
            ));
        }
    }

    fn chunks(&mut self) {
        self.title(&format!(
            "{:<24} {:>15} {:>15} {:>18}",
            "TRACE CHUNK", "ENTRIES", "CYCLES", "NUMERATORS"
        ));
        for row in self.rows("chunks") {
            self.line(format_args!(
                "{:<24} {:>15} {:>15} {:>18}",
                row.label,
                group(row.values[0]),
                group(row.values[1]),
                group(row.values[2])
            ));
        }
    }

    fn shards(&mut self) {
        self.title(&format!(
            "{:>15} {:>15} {:>15} {:>15} SHARD, AND WHY IT ENDED",
            "CYCLES", "AREA", "TOUCHED WORDS", "ENTRIES"
        ));
        for row in self.rows("shards") {
            let [cycles, area, touched, entries] = [0, 1, 2, 3].map(|at| group(row.values[at]));
            self.line(format_args!(
                "{cycles:>15} {area:>15} {touched:>15} {entries:>15} {}",
                row.label
            ));
        }
    }

    fn cycle_tracker(&mut self) {
        let mut rows = self.rows("cycle_tracker");
        if rows.is_empty() {
            return;
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.values[0]));
        self.title("CYCLE TRACKER (CYCLES, %, ENTRIES, CYCLES/ENTRY, NAME)");
        let total = self.total("cycles");
        for row in rows {
            let (cycles, entries) = (row.values[0], row.values[1]);
            self.line(format_args!(
                "{:>15} {:6.2}% {:>10} {:>15} {}",
                group(cycles),
                percent(cycles, total),
                group(entries),
                group(cycles / entries.max(1)),
                row.label
            ));
        }
    }

    fn top_functions(&mut self, measure: &str, title: &str) {
        self.title(title);
        let profile = self.profile;
        let Some(id) = profile.measure(measure) else {
            return;
        };
        let scale = profile.data().measures[id.0 as usize].scale;
        let inclusive = profile.inclusive_by_function(id);
        let calls = profile.calls_by_function();
        let total = profile.sum(id);
        let functions = &profile.data().functions;
        let mut order: Vec<usize> = (0..functions.len())
            .filter(|&at| functions[at].origin != Origin::Pseudo && inclusive[at] > 0)
            .collect();
        order.sort_by_key(|&at| std::cmp::Reverse(inclusive[at]));
        for at in order.into_iter().take(TOP_FUNCTIONS) {
            self.line(format_args!(
                "{:>15} {:6.2}% {:>10} {:>15} {}",
                group(inclusive[at] / scale),
                percent(inclusive[at], total),
                group(calls[at]),
                group(inclusive[at] / scale / calls[at].max(1)),
                functions[at].name
            ));
        }
    }

    /// How sure the attribution is.
    fn attribution(&mut self) {
        let data = self.profile.data();
        let unattributed: u64 = data.unattributed.iter().map(|part| part.value).sum();
        let total = self
            .profile
            .proving_cost()
            .map_or(0, |cost| self.profile.sum(cost));
        self.title("ATTRIBUTION");
        let contexts = group(data.nodes.len() as u64);
        self.line(format_args!("{:<24} {contexts:>18}", "CALLING CONTEXTS"));
        let count = group(self.profile.resync_count());
        self.line(format_args!("{:<24} {count:>18}", "RE-SYNCHRONISATIONS"));
        for line in self.profile.resync_lines(RESYNC_LINES) {
            self.line(format_args!("{:<24} {line}", ""));
        }
        self.share_row("UNATTRIBUTED (/191)", unattributed, total);
        for part in &data.unattributed {
            self.line(format_args!(
                "{:<24} {:>18} {}",
                "",
                group(part.value),
                part.reason
            ));
        }
    }
}

fn percent(value: u64, total: u64) -> f64 {
    value as f64 * 100.0 / total.max(1) as f64
}

/// A number with `,` between thousands.
fn group(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
