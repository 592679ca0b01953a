//! Reads the snapshot that `ziskemu --save-stats F --csv-separator ';'` writes
//! (ziskemu 1.4.0-alpha, `stats.rs:2547`).

use anyhow::{bail, Context, Result};

use crate::figures::{add, Figures};

/// The cost model all figures here belong to.
pub const COSTS_VERSION: &str = "1";

/// Every figure of a snapshot. Percentages are left out (they are computed from the figures), and so
/// are sums of other rows.
pub fn parse(text: &str) -> Result<Figures> {
    let mut figures = Figures::new();
    let mut version = None;
    for (number, line) in text.lines().enumerate() {
        let fields: Vec<&str> = line.split(';').collect();
        row(&fields, &mut figures, &mut version)
            .with_context(|| format!("snapshot line {}: {line:?}", number + 1))?;
    }
    match version {
        Some(v) if v == COSTS_VERSION => Ok(figures),
        Some(v) => {
            bail!("snapshot of cost version {v}, expected {COSTS_VERSION}; use ziskemu 1.4.0-alpha")
        }
        None => bail!("no COSTS_VERSION line: not a ziskemu snapshot"),
    }
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
