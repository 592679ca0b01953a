//! Callgrind's profile format (<https://valgrind.org/docs/manual/cl-format.html>, version 1), for KCachegrind and
//! `callgrind_annotate`.
//!
//! Inlined code is written as that format has it: lines of other files (`fi=`) within the function it was inlined
//! into. So everything is exact, and nothing is apportioned.

use std::collections::BTreeMap;
use std::fmt::Write;

use zkperf_profile::{FunctionId, MeasureId, Profile, Votes};

use super::name;

/// File and line.
type Line = (Option<u32>, u32);

/// The profile in callgrind's format, with every measure as an event. It is of the ELF's own functions: take the
/// profile as it was recorded, without inlined frames.
pub fn callgrind(profile: &Profile) -> String {
    // The first event is what tools sort by.
    let mut order: Vec<MeasureId> = (0..profile.measures.len() as u32).map(MeasureId).collect();
    order.sort_by_key(|id| !profile.measures[id.0 as usize].proving_cost);
    let ids = || order.iter().copied();
    let pc_columns: Vec<_> = ids().map(|id| profile.pc_column(id)).collect();
    let inclusive: Vec<Vec<u64>> = ids().map(|id| profile.inclusive(id)).collect();

    let mut out = String::from("# callgrind format\nversion: 1\n");
    let run = &profile.run;
    let _ = writeln!(out, "creator: zkperf {}", env!("CARGO_PKG_VERSION"));
    let _ = writeln!(
        out,
        "cmd: {} {} {}",
        run.zkvm, run.elf.guest, run.elf.variant
    );
    out += "positions: line\n";
    let other = |c: char| !c.is_ascii_alphanumeric();
    let events = ids().map(|id| profile.measures[id.0 as usize].name.replace(other, "_"));
    let _ = writeln!(out, "events: {}", events.collect::<Vec<_>>().join(" "));
    let totals: Vec<String> = ids().map(|id| profile.sum(id).to_string()).collect();
    let _ = writeln!(out, "summary: {}", totals.join(" "));

    let (own, calls) = (
        own_lines(profile, &pc_columns),
        call_lines(profile, &inclusive),
    );
    let mut names = Names::default();
    for at in 0..profile.functions.len() as u32 {
        let function = FunctionId(at);
        let (own, calls) = (own.get(&function), calls.get(&function));
        if own.is_none() && calls.is_none() {
            continue;
        }
        let home = home_file(own);
        let _ = writeln!(out, "\nfl={}", names.file(profile, home));
        let _ = writeln!(out, "fn={}", names.function(profile, function));
        let mut file = home;
        let mut within = |out: &mut String, names: &mut Names, line: Line| {
            if line.0 != file {
                file = line.0;
                let word = if file == home { "fe" } else { "fi" };
                let _ = writeln!(out, "{word}={}", names.file(profile, file));
            }
        };
        for (line, values) in own.into_iter().flatten() {
            within(&mut out, &mut names, *line);
            let _ = writeln!(out, "{}{}", line.1, numbers(values));
        }
        for ((line, callee), (count, values)) in calls.into_iter().flatten() {
            within(&mut out, &mut names, *line);
            let _ = writeln!(out, "cfn={}", names.function(profile, *callee));
            let _ = writeln!(out, "calls={count} 0");
            let _ = writeln!(out, "{}{}", line.1, numbers(values));
        }
    }
    let _ = writeln!(out, "\ntotals: {}", totals.join(" "));
    out
}

fn numbers(values: &[u64]) -> String {
    values.iter().map(|value| format!(" {value}")).collect()
}

/// The file that most of a function's lines are in.
fn home_file(own: Option<&BTreeMap<Line, Vec<u64>>>) -> Option<u32> {
    let mut votes = Votes::default();
    for (line, _) in own.into_iter().flatten() {
        votes.add(line.0);
    }
    votes.winner().flatten()
}

/// What each function's own instructions cost, by line.
fn own_lines<C: AsRef<[u64]>>(
    profile: &Profile,
    columns: &[C],
) -> BTreeMap<FunctionId, BTreeMap<Line, Vec<u64>>> {
    let mut sums: BTreeMap<FunctionId, BTreeMap<Line, Vec<u64>>> = BTreeMap::new();
    for (at, pc) in profile.pcs.iter().enumerate() {
        let place = profile.source.places.get(at).copied().unwrap_or_default();
        let line = (place.position.file, place.position.line);
        let lines = sums.entry(pc.function).or_default();
        let values = lines.entry(line).or_insert_with(|| vec![0; columns.len()]);
        for (value, column) in values.iter_mut().zip(columns) {
            *value += column.as_ref()[at];
        }
    }
    sums
}

/// Calls of each function by line and callee: how many, and their inclusive cost. A call inside of the same call
/// (recursion) counts, but its cost is the outer one's.
#[allow(clippy::type_complexity)]
fn call_lines(
    profile: &Profile,
    inclusive: &[Vec<u64>],
) -> BTreeMap<FunctionId, BTreeMap<(Line, FunctionId), (u64, Vec<u64>)>> {
    let mut sums: BTreeMap<FunctionId, BTreeMap<(Line, FunctionId), (u64, Vec<u64>)>> =
        BTreeMap::new();
    let outermost = profile.outermost();
    for (at, node) in profile.nodes.iter().enumerate().skip(1) {
        let caller = profile.nodes[node.parent.0 as usize].function;
        let position = profile.call_place(node).position;
        let key = ((position.file, position.line), node.function);
        let edges = sums.entry(caller).or_default();
        let (count, values) = edges
            .entry(key)
            .or_insert_with(|| (0, vec![0; inclusive.len()]));
        *count += node.calls;
        if outermost[at] {
            for (value, column) in values.iter_mut().zip(inclusive) {
                *value += column[at];
            }
        }
    }
    sums
}

/// Names by number, written in full where they stand first.
#[derive(Default)]
struct Names {
    files: BTreeMap<Option<u32>, usize>,
    functions: BTreeMap<FunctionId, usize>,
}

impl Names {
    fn file(&mut self, profile: &Profile, file: Option<u32>) -> String {
        let next = self.files.len() + 1;
        let number = *self.files.entry(file).or_insert(next);
        let path = || match file {
            Some(file) => profile.source.files[file as usize].replace(char::is_control, ""),
            None => "???".to_owned(),
        };
        numbered(number, number == next, path)
    }

    fn function(&mut self, profile: &Profile, function: FunctionId) -> String {
        let next = self.functions.len() + 1;
        let number = *self.functions.entry(function).or_insert(next);
        numbered(number, number == next, || name(profile, function))
    }
}

fn numbered(number: usize, first: bool, name: impl FnOnce() -> String) -> String {
    match first {
        true => format!("({number}) {}", name()),
        false => format!("({number})"),
    }
}
