//! Our engine's run, in the official executor's terms.

use anyhow::{Context, Result};
use zkperf_exec::{Control, GuestInput, RunRequest, ShardLimits, Zkvm};
use zkperf_profile::{Profile, Row};
use zkperf_sp1::Sp1;

use crate::figures::Figures;
use crate::sp1::official::ShardEnd;

/// What our engine said of one guest.
#[derive(Debug, Clone)]
pub struct OurRun {
    /// How it ended.
    pub end: End,
    /// Every figure.
    pub figures: Figures,
    /// Public values, lower-case hex.
    pub output: String,
    /// Memory entries recorded.
    pub entries: u64,
    /// The part of our report that repeats the official one.
    pub text: String,
}

/// How our engine ended a guest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// It halted, with whatever exit code.
    Halted,
    /// It stopped, and why.
    Fault(String),
    /// It refused the file, and why.
    Refused(String),
}

/// Trace area of a shard in which one instruction runs; 0 of a guest that cannot be loaded.
///
/// # Errors
/// If the engine fails by itself.
pub fn least_area(elf: &[u8]) -> Result<u64> {
    let Ok(program) = Sp1.load(elf) else {
        return Ok(0);
    };
    let mut control = Control {
        max_steps: 1,
        ..Control::default()
    };
    let outcome = program.profile(RunRequest::default(), &mut control)?;
    let shards = outcome.profile.map(|profile| rows(&profile, "shards"));
    let first = shards.into_iter().flatten().next();
    Ok(first.map_or(0, |row| row.values[1]))
}

/// Profiles a guest.
///
/// # Errors
/// If the engine fails by itself, or its plain run says something else than its profile.
pub fn run(
    elf: &[u8],
    inputs: &[Vec<u8>],
    chunk_entries: Option<u64>,
    shards: ShardLimits,
) -> Result<OurRun> {
    let program = match Sp1.load(elf) {
        Ok(program) => program,
        Err(error) => return Ok(nothing(End::Refused(error.to_string()))),
    };
    let input = GuestInput {
        buffers: inputs.to_vec(),
        ..GuestInput::default()
    };
    let plain = program.run(&input, &mut Control::default())?;
    let request = RunRequest {
        input,
        ..RunRequest::default()
    };
    let mut control = Control {
        chunk_entries,
        shard_limits: Some(shards),
        ..Control::default()
    };
    let outcome = program.profile(request, &mut control)?;
    anyhow::ensure!(
        plain.output == outcome.output
            && plain.steps == outcome.steps
            && plain.fault == outcome.fault,
        "the plain run differs from the profile: {} and {} cycles",
        plain.steps,
        outcome.steps
    );
    let profile = outcome.profile.context("no profile")?;
    let table = |name: &str| rows(&profile, name);
    let halted = outcome
        .fault
        .as_ref()
        .is_none_or(|f| f.cause.contains("exited with code") || f.cause.contains("descriptor"));
    let end = match outcome.fault {
        Some(fault) if !halted => End::Fault(fault.to_string()),
        _ => End::Halted,
    };
    let text = Sp1.stats_text(&profile);
    // The official report says nothing of how the guest ended; ours does first, in a line of its own.
    let whole = zkperf_exec::partial_line(&profile)
        .and_then(|line| text.strip_prefix(&format!("{line}\n\n")))
        .unwrap_or(&text);
    let repeated = whole.split("\nGAS NUMERATORS").next().unwrap_or_default();
    Ok(OurRun {
        end,
        figures: figures(&profile, &table),
        output: hex::encode(&outcome.output),
        entries: table("chunks").iter().map(|row| row.values[0]).sum(),
        text: repeated.to_owned(),
    })
}

fn nothing(end: End) -> OurRun {
    OurRun {
        end,
        figures: Figures::new(),
        output: String::new(),
        entries: 0,
        text: String::new(),
    }
}

fn rows(profile: &Profile, name: &str) -> Vec<Row> {
    let tables = &profile.data().tables;
    let found = tables.iter().find(|table| table.name == name);
    found.map_or(Vec::new(), |table| table.rows.clone())
}

fn figures(profile: &Profile, table: &dyn Fn(&str) -> Vec<Row>) -> Figures {
    let mut figures = Figures::new();
    let measures = &profile.data().measures;
    let total = |name: &str| {
        measures
            .iter()
            .find(|m| m.name == name)
            .map_or(0, |m| m.total)
    };
    figures.insert("cycles".into(), total("cycles"));
    figures.insert("gas".into(), total("prover_gas"));
    for row in table("gas") {
        if matches!(row.label.as_str(), "area" | "complexity") {
            figures.insert(row.label, row.values[0]);
        }
    }
    for row in table("exit") {
        figures.insert("exit_code".into(), row.values[0]);
    }
    for row in table("chunks") {
        figures.insert(format!("chunk.{}.cycles", row.label), row.values[1]);
        figures.insert(format!("chunk.{}.numerators", row.label), row.values[2]);
    }
    let shards = table("shards");
    figures.insert("shards".into(), shards.len() as u64);
    for (at, row) in shards.iter().enumerate() {
        for (name, value) in [
            ("cycles", row.values[0]),
            ("end_clock", row.values[4]),
            ("next_pc", row.values[5]),
            ("cause", shard_end(&row.label) as u64),
        ] {
            figures.insert(format!("shard.{at}.{name}"), value);
        }
    }
    for row in table("public_value_digest") {
        figures.insert(format!("digest.{}", row.label), row.values[0]);
    }
    for row in table("opcodes") {
        figures.insert(format!("opcode.{}", row.label), row.values[0]);
    }
    for row in table("syscalls") {
        if row.values[1] > 0 {
            figures.insert(format!("syscall.{}", row.label), row.values[1]);
        }
    }
    for row in table("cycle_tracker") {
        if row.values[3] > 0 {
            let name = row.label.to_uppercase();
            figures.insert(format!("tracker_cycles.{name}"), row.values[2]);
            figures.insert(format!("tracker_entries.{name}"), row.values[3]);
        }
    }
    figures
}

fn shard_end(label: &str) -> ShardEnd {
    match label.split_once(": ").map_or("", |(_, cause)| cause) {
        cause if cause.starts_with("trace area full") => ShardEnd::Area,
        cause if cause.starts_with("trace chunk full") => ShardEnd::Entries,
        cause if cause.starts_with("table ") => ShardEnd::Height,
        _ => ShardEnd::Halted,
    }
}
