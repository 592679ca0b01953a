//! Our side: an engine's profile in the common form.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{bail, Context, Result};
use zkperf_exec::{Control, GuestInput, RunRequest, Zkvm};
use zkperf_profile::{Entry, NodeId, ProfileData, Source};

use crate::figures::{add, Figures};

/// One run of our engine.
#[derive(Debug)]
pub struct OurRun {
    /// Every figure, with the same keys as the official ones.
    pub figures: Figures,
    /// The text report.
    pub text: String,
    /// Public output.
    pub output: Vec<u8>,
    /// Why the guest stopped early, or nothing.
    pub fault: Option<String>,
    /// For each function, the memory cost of the instructions at the edges of its calls: the most that
    /// ziskemu's off-by-one can move.
    pub boundary_memory: BTreeMap<String, u64>,
    /// Functions that take part in a tail call: the official emulator counts those otherwise.
    pub tail_called: BTreeSet<String>,
}

/// Why there is no run.
#[derive(Debug)]
pub enum NoRun {
    /// The file was refused.
    Refused(String),
    /// The engine could not run it.
    Failed(String),
}

/// Runs a guest on an engine and reads the profile.
pub fn run(
    engine: &dyn Zkvm,
    elf: &[u8],
    input: &[u8],
    max_steps: Option<u64>,
) -> Result<std::result::Result<OurRun, NoRun>> {
    let program = match engine.load(elf) {
        Ok(program) => program,
        Err(refusal) => return Ok(Err(NoRun::Refused(refusal.to_string()))),
    };
    let request = RunRequest {
        input: GuestInput {
            buffers: vec![input.to_vec()],
            ..GuestInput::default()
        },
        ..RunRequest::default()
    };
    let mut control = Control::default();
    if let Some(limit) = max_steps {
        control.max_steps = limit;
    }
    let outcome = match program.profile(request, &mut control) {
        Ok(outcome) => outcome,
        Err(error) => return Ok(Err(NoRun::Failed(error.to_string()))),
    };
    let profile = outcome
        .profile
        .context("the engine gave no profile although one was asked for")?;
    let text = engine.stats_text(&profile);
    let data = profile.data();
    Ok(Ok(OurRun {
        figures: figures(data)?,
        text,
        output: outcome.output,
        fault: outcome.fault.map(|f| f.to_string()),
        boundary_memory: boundary_memory(data),
        tail_called: tail_called(data),
    }))
}

/// See [`OurRun::boundary_memory`].
fn boundary_memory(data: &ProfileData) -> BTreeMap<String, u64> {
    let stored = data.measures.iter().filter(|m| m.source == Source::Stored);
    let Some(column) = stored.into_iter().position(|m| m.name == "memory") else {
        return BTreeMap::new();
    };
    // Memory cost of one execution, rounded up: an instruction's executions need not cost the same.
    let once: BTreeMap<u64, u64> = data
        .pcs
        .iter()
        .zip(&data.pc_values[column])
        .filter_map(|(pc, memory)| Some((pc.address?, memory.div_ceil(pc.count.max(1)))))
        .collect();
    let at = |address: u64| once.get(&address).copied().unwrap_or(0);
    let mut out = BTreeMap::new();
    for node in &data.nodes {
        let function = &data.functions[node.function.0 as usize];
        let first = function.address.map_or(0, at);
        // A call is one or two instructions long.
        let after = at(node.call_site + 4).max(at(node.call_site + 8));
        *out.entry(bare_name(&function.name)).or_insert(0) += node.calls * (first + after);
    }
    out
}

/// Every figure of a profile; the tables are described in docs/zisk-tables.md.
pub fn figures(data: &ProfileData) -> Result<Figures> {
    let mut out = Figures::new();
    let steps = data
        .measures
        .iter()
        .find(|m| m.name == "steps")
        .context("the profile has no measure `steps`")?;
    add(&mut out, "steps".into(), steps.total);
    for (label, values) in table(data, "cost_distribution", &["cost"])? {
        add(
            &mut out,
            format!("cost.{}", label.to_lowercase()),
            values[0],
        );
    }
    for (name, family) in [
        ("opcodes", "opcode"),
        ("precompiles", "precompile"),
        ("frops", "frops"),
        ("memory", "memory"),
        ("memory_detail", "memory_detail"),
    ] {
        for (label, values) in table(data, name, &["count", "cost"])? {
            add(&mut out, format!("{family}.{label}.count"), values[0]);
            add(&mut out, format!("{family}.{label}.cost"), values[1]);
        }
    }
    let ram: BTreeMap<_, _> = table(data, "ram_usage", &["bytes"])?.into_iter().collect();
    if ram.get("SIZE").is_some_and(|v| v[0] > 0) {
        let used = ram.get("USED").context("table ram_usage has no row USED")?;
        add(&mut out, "ram.used".into(), used[0]);
    }
    for (label, values) in table(data, "rom_usage", &["rows"])? {
        if label == "USED" {
            add(&mut out, "rom.used".into(), values[0]);
        }
    }
    for (label, values) in table(data, "rom_regions", &["steps"])? {
        add(&mut out, format!("rom_region.{label}.steps"), values[0]);
    }
    let offsets = ["0", "1", "2", "3", "4", "5", "6", "7"];
    for (label, values) in table(data, "byte_offsets", &offsets)? {
        for (offset, value) in values.iter().enumerate() {
            add(&mut out, format!("byte_offset.{label}.{offset}"), *value);
        }
    }
    tags(data, &mut out)?;
    functions(data, &mut out);
    Ok(out)
}

/// A table's rows with the columns asked for, in that order.
fn table<'a>(
    data: &'a ProfileData,
    name: &str,
    columns: &[&str],
) -> Result<Vec<(&'a str, Vec<u64>)>> {
    let table = data
        .tables
        .iter()
        .find(|t| t.name == name)
        .with_context(|| format!("the profile has no table `{name}` (docs/zisk-tables.md)"))?;
    let places: Vec<usize> = columns
        .iter()
        .map(|column| {
            table
                .columns
                .iter()
                .position(|c| c == column)
                .with_context(|| format!("table `{name}` has no column `{column}`"))
        })
        .collect::<Result<_>>()?;
    table
        .rows
        .iter()
        .map(|row| {
            if row.values.len() != table.columns.len() {
                bail!(
                    "table `{name}`, row `{}`: wrong number of values",
                    row.label
                );
            }
            Ok((
                row.label.as_str(),
                places.iter().map(|&p| row.values[p]).collect(),
            ))
        })
        .collect()
}

/// Reported tags have rows in ziskemu's report, the others were printed when they ended.
fn tags(data: &ProfileData, out: &mut Figures) -> Result<()> {
    let columns = [
        "steps",
        "steps_calls",
        "steps_min",
        "steps_max",
        "cost",
        "cost_calls",
        "cost_min",
        "cost_max",
        "report_steps",
        "report_cost",
    ];
    for (label, v) in table(data, "profile_tags", &columns)? {
        let (by_steps, by_cost) = (v[8] != 0, v[9] != 0);
        for (reported, kind, at) in [(by_steps, "steps", 0), (by_cost, "cost", 4)] {
            if reported {
                for (suffix, offset) in [("", 0), ("_calls", 1), ("_min", 2), ("_max", 3)] {
                    add(out, format!("tag.{label}.{kind}{suffix}"), v[at + offset]);
                }
            }
        }
        let printed = u64::from(!by_steps) * v[0] + u64::from(!by_cost) * v[4];
        if printed > 0 {
            add(out, format!("tag.{label}.printed"), printed);
        }
    }
    Ok(())
}

/// The name ziskemu would show: its demangler leaves out hashes and crate disambiguators.
pub fn bare_name(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut rest = name;
    while let Some(open) = rest.find('[') {
        let close = rest[open..].find(']').map(|c| open + c);
        match close {
            Some(close) if is_hash(&rest[open + 1..close]) => out.push_str(&rest[..open]),
            Some(close) => out.push_str(&rest[..=close]),
            None => break,
        }
        rest = &rest[close.map_or(rest.len(), |c| c + 1)..];
    }
    out.push_str(rest);
    match out.rsplit_once("::h") {
        Some((bare, hash)) if hash.len() == 16 && is_hash(hash) => bare.to_owned(),
        _ => out,
    }
}

fn is_hash(text: &str) -> bool {
    text.len() >= 8 && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Measures that functions are compared by: our name and the key's last part.
const FUNCTION_MEASURES: &[(&str, &str)] = &[
    ("steps", "steps"),
    ("cost", "cost"),
    ("opcodes", "opcodes"),
    ("precompiles", "precompiles"),
    ("memory", "memory"),
];

/// Inclusive values and calls by function name. A recursive function counts once an outermost call.
fn functions(data: &ProfileData, out: &mut Figures) {
    let names: Vec<String> = data.functions.iter().map(|f| bare_name(&f.name)).collect();
    for node in &data.nodes {
        let name = &names[node.function.0 as usize];
        add(out, format!("function.{name}.calls"), node.calls);
    }
    let outermost = outermost_nodes(data);
    for (measure, key) in FUNCTION_MEASURES {
        let Some(own) = self_values(data, measure) else {
            continue;
        };
        let mut inclusive = own;
        // A parent stands before its children.
        for index in (1..data.nodes.len()).rev() {
            let parent = data.nodes[index].parent.0 as usize;
            inclusive[parent] += inclusive[index];
        }
        for (index, node) in data.nodes.iter().enumerate() {
            if outermost[index] {
                let name = &names[node.function.0 as usize];
                add(out, format!("function.{name}.{key}"), inclusive[index]);
            }
        }
    }
}

/// Whether no ancestor of a node runs the same function.
fn outermost_nodes(data: &ProfileData) -> Vec<bool> {
    (0..data.nodes.len())
        .map(|index| {
            let mut at = index;
            while at != NodeId::ROOT.0 as usize {
                at = data.nodes[at].parent.0 as usize;
                if data.nodes[at].function == data.nodes[index].function {
                    return false;
                }
            }
            true
        })
        .collect()
}

/// Self values of a measure for every node, computed where it isn't stored.
fn self_values(data: &ProfileData, name: &str) -> Option<Vec<u64>> {
    let index = data.measures.iter().position(|m| m.name == name)?;
    Some(values_at(data, index))
}

fn values_at(data: &ProfileData, index: usize) -> Vec<u64> {
    match &data.measures[index].source {
        Source::Stored => {
            let column = data.measures[..index]
                .iter()
                .filter(|m| m.source == Source::Stored)
                .count();
            data.node_values[column].clone()
        }
        Source::Sum { of } => {
            let mut sum = vec![0; data.nodes.len()];
            for id in of {
                for (total, value) in sum.iter_mut().zip(values_at(data, id.0 as usize)) {
                    *total += value;
                }
            }
            sum
        }
        Source::Multiple { of, by } => values_at(data, of.0 as usize)
            .into_iter()
            .map(|v| v * by)
            .collect(),
    }
}

/// Functions entered by a tail call, and everything that shares a parent with one.
fn tail_called(data: &ProfileData) -> BTreeSet<String> {
    let parents: BTreeSet<NodeId> = data
        .nodes
        .iter()
        .filter(|n| matches!(n.entry, Entry::Tail | Entry::Resync))
        .map(|n| n.parent)
        .collect();
    data.nodes
        .iter()
        .filter(|n| n.entry != Entry::Root && parents.contains(&n.parent))
        .map(|n| bare_name(&data.functions[n.function.0 as usize].name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::bare_name;

    #[test]
    fn names_lose_only_their_hashes() {
        assert_eq!(bare_name("a::b::h0123456789abcdef"), "a::b");
        assert_eq!(bare_name("a::heap"), "a::heap");
        assert_eq!(
            bare_name("core[8f1d2c3b4a596877]::fmt::write"),
            "core::fmt::write"
        );
        assert_eq!(bare_name("<[u8]>::to_vec"), "<[u8]>::to_vec");
    }
}
