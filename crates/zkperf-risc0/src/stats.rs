//! The text report: what `RISC0_INFO=1` logs after a run (`Session::log`, risc0-zkvm 3.0.6
//! host/server/session.rs), then segments and functions.

use std::fmt::Write;
use zkperf_profile::{Profile, Row};

/// Functions listed in each ranking.
const TOP_FUNCTIONS: usize = 25;
/// Places of re-synchronisations listed.
const RESYNC_LINES: usize = 20;
/// Segments listed at each end of a long run.
const SEGMENT_ROWS: usize = 10;

/// The report of a profile made by this crate.
pub(crate) fn text(profile: &Profile) -> String {
    let mut report = Report {
        out: String::new(),
        profile,
    };
    report.cycles();
    report.calls("ecalls", "ecalls", "cycles");
    report.calls("syscalls", "syscalls", "bytes");
    report.keccak();
    report.segments();
    report.functions("user_cycles", "TOP FUNCTIONS BY USER CYCLES (SELF)");
    report.functions("cost", "TOP FUNCTIONS BY USER + PAGING CYCLES (INCLUSIVE)");
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

    fn rows(&self, name: &str) -> Vec<Row> {
        let mut tables = self.profile.data().tables.iter();
        let table = tables.find(|table| table.name == name);
        table.map_or(Vec::new(), |table| table.rows.clone())
    }

    fn total(&self, measure: &str) -> u64 {
        let mut measures = self.profile.data().measures.iter();
        measures.find(|m| m.name == measure).map_or(0, |m| m.total)
    }

    fn cycles(&mut self) {
        if let Some(line) = zkperf_exec::partial_line(self.profile) {
            self.line(format_args!("{line}\n"));
        }
        let segments = self.rows("segments").len();
        self.line(format_args!("number of segments: {segments}"));
        let total = self.total("total_cycles");
        self.line(format_args!("{total} total cycles"));
        for (name, measure) in [
            ("user", "user_cycles"),
            ("paging", "paging_cycles"),
            ("reserved", "reserved_cycles"),
        ] {
            let value = self.total(measure);
            let share = 100.0 * value as f64 / total.max(1) as f64;
            self.line(format_args!("{value} {name} cycles ({share:.2}%)"));
        }
        for measure in [
            "page_in_cycles",
            "page_out_cycles",
            "pages_in",
            "pages_out",
            "instructions",
        ] {
            let value = self.total(measure);
            self.line(format_args!("{value} {}", measure.replace('_', " ")));
        }
    }

    /// Calls with what they cost or moved, the largest first.
    fn calls(&mut self, title: &str, table: &str, unit: &str) {
        self.line(format_args!("{title}"));
        let mut rows = self.rows(table);
        rows.sort_by(|a, b| {
            b.values[1]
                .cmp(&a.values[1])
                .then_with(|| a.label.cmp(&b.label))
        });
        for row in rows {
            let (count, value) = (row.values[0], row.values[1]);
            let of_total = if unit == "cycles" {
                let share = 100.0 * value as f64 / self.total("total_cycles").max(1) as f64;
                format!(" ({share:.2}%)")
            } else {
                String::new()
            };
            self.line(format_args!(
                "\t{count} {} calls, {value} {unit}{of_total}",
                row.label
            ));
        }
    }

    fn keccak(&mut self) {
        let rows = self.rows("keccak");
        let cell = |name: &str| {
            rows.iter()
                .find(|row| row.label == name)
                .map_or(0, |row| row.values[0])
        };
        let (permutations, batches) = (cell("permutations"), cell("batches"));
        if permutations > 0 {
            self.line(format_args!(
                "keccak circuit (outside the cycles above): {permutations} permutations in {batches} batches"
            ));
        }
    }

    fn segments(&mut self) {
        self.line(format_args!(
            "\n{:>4} {:>12} {:>12} {:>12} {:>9} {:>9}  SEGMENT",
            "PO2", "USER", "PAGING", "RESERVED", "PAGES IN", "PAGES OUT"
        ));
        let rows = self.rows("segments");
        let left_out = rows.len().saturating_sub(2 * SEGMENT_ROWS);
        for (index, row) in rows.iter().enumerate() {
            if left_out > 0 && index == SEGMENT_ROWS {
                self.line(format_args!("     ... {left_out} more ..."));
            }
            if left_out > 0 && (SEGMENT_ROWS..SEGMENT_ROWS + left_out).contains(&index) {
                continue;
            }
            let v = &row.values;
            self.line(format_args!(
                "{:>4} {:>12} {:>12} {:>12} {:>9} {:>9}  {}",
                v[0], v[1], v[2], v[3], v[5], v[6], row.label
            ));
        }
    }

    fn functions(&mut self, measure: &str, title: &str) {
        let profile = self.profile;
        let Some(id) = profile.measure(measure) else {
            return;
        };
        let values = if measure == "cost" {
            profile.inclusive_by_function(id)
        } else {
            profile.self_by_function(id)
        };
        let calls = profile.calls_by_function();
        let mut order: Vec<usize> = (0..values.len()).filter(|&at| values[at] > 0).collect();
        order.sort_by_key(|&at| std::cmp::Reverse(values[at]));
        let total = self.total(measure).max(1);
        self.line(format_args!("\n{title}"));
        for at in order.into_iter().take(TOP_FUNCTIONS) {
            let share = 100.0 * values[at] as f64 / total as f64;
            let name = &profile.data().functions[at].name;
            self.line(format_args!(
                "{:>14} {share:6.2}% {:>10} calls  {name}",
                values[at], calls[at]
            ));
        }
    }

    /// How sure the attribution is.
    fn attribution(&mut self) {
        let data = self.profile.data();
        self.line(format_args!("\nATTRIBUTION"));
        self.line(format_args!("{} calling contexts", data.nodes.len()));
        let count = self.profile.resync_count();
        self.line(format_args!(
            "{count} re-synchronisations of the call stack"
        ));
        for line in self.profile.resync_lines(RESYNC_LINES) {
            self.line(format_args!("\t{line}"));
        }
        for part in &data.unattributed {
            self.line(format_args!("{} cycles: {}", part.value, part.reason));
        }
    }
}
