//! Reads the snapshot that `ziskemu --save-stats F --csv-separator ';'` writes
//! (ziskemu 1.4.0-alpha, `stats.rs:2547`; 1.1.0-alpha's has no `COSTS_VERSION`).

use anyhow::{bail, Context, Result};

use crate::figures::{add, Figures};

/// Every figure of a snapshot. Percentages are left out (they are computed from the figures), and so
/// are sums of other rows. `costs_version` is the cost model that the snapshot must name, or that it must not name one.
pub fn parse(text: &str, costs_version: Option<&str>) -> Result<Figures> {
    let mut figures = Figures::new();
    let mut version = None;
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split(';').collect();
        row(&fields, &mut figures, &mut version)
            .with_context(|| format!("snapshot line {}: {line:?}", number + 1))?;
    }
    if version.as_deref() != costs_version {
        bail!("snapshot of cost version {version:?}, expected {costs_version:?}");
    }
    if !figures.contains_key("steps") {
        bail!("no STEPS line: not a ziskemu snapshot");
    }
    Ok(figures)
}

fn row(fields: &[&str], figures: &mut Figures, version: &mut Option<String>) -> Result<()> {
    match *fields {
        ["" | "MEM", "COST BY TYPE", ..]
        | ["COST", "COST DISTRIBUTION", ..]
        | ["DETAILED_MEM", "TYPE", ..]
        | ["OP_BASE", "OPCODE", ..]
        | ["MEM_OFFSETS", "offset", ..]
        | ["DETAILED_MEM FULL", ..]
        | [""] => {}
        ["COSTS_VERSION", v] => *version = Some(v.to_owned()),
        ["STEPS", n] => add(figures, "steps".into(), n.parse()?),
        ["COST", label, cost, _] => {
            add(
                figures,
                format!("cost.{}", label.to_lowercase()),
                cost.parse()?,
            );
        }
        ["RAM USAGE", used, _] => add(figures, "ram.used".into(), used.parse()?),
        ["ROM USAGE", used, _] => add(figures, "rom.used".into(), used.parse()?),
        ["MEM", label, ..] if label.starts_with("TOTAL ") => {}
        ["MEM", label, count, _, cost, _] => pair(figures, "memory", label, count, cost)?,
        ["DETAILED_MEM", label, count, _, cost, _] => {
            pair(figures, "memory_detail", label, count, cost)?;
        }
        ["MEM_OFFSETS", label, ref counts @ ..] => {
            for (offset, count) in counts.iter().take(8).enumerate() {
                let count: u64 = count.parse()?;
                if count > 0 {
                    add(figures, format!("byte_offset.{label}.{offset}"), count);
                }
            }
        }
        ["OP_BASE", name, count, _, cost, _] => pair(figures, "opcode", name, count, cost)?,
        ["PRECOMPILES", name, count, _, cost, _] => pair(figures, "precompile", name, count, cost)?,
        ["FROP", name, count, _, cost, _] => pair(figures, "frops", name, count, cost)?,
        _ => bail!("unknown row"),
    }
    Ok(())
}

fn pair(figures: &mut Figures, family: &str, name: &str, count: &str, cost: &str) -> Result<()> {
    add(figures, format!("{family}.{name}.count"), count.parse()?);
    add(figures, format!("{family}.{name}.cost"), cost.parse()?);
    Ok(())
}
