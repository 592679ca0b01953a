//! Our engine's figures, from the profile it makes.

use std::collections::BTreeMap;

use anyhow::{anyhow, bail, ensure, Context, Result};
use zkperf_exec::{Control, GuestInput, Outcome, Program, RunRequest, Zkvm};
use zkperf_profile::{Profile, Row};
use zkperf_risc0::Risc0;

use super::facts::{End, Facts, SegmentFacts};

/// Loads a guest.
pub fn load(file: &[u8]) -> Result<Box<dyn Program>> {
    Ok(Risc0.load(file)?)
}

/// Profiles a guest, runs it plainly as well, and demands that both agree.
pub fn run(program: &dyn Program, input: &GuestInput, po2: u32) -> Result<Facts> {
    let mut printed = Vec::new();
    let outcome = {
        let mut control = control(po2);
        control.stdout = Some(Box::new(|bytes| printed.extend_from_slice(bytes)));
        let request = RunRequest {
            input: input.clone(),
            ..RunRequest::default()
        };
        program.profile(request, &mut control)?
    };
    let plain = program.run(input, &mut control(po2))?;
    ensure!(
        (plain.steps, &plain.output, &plain.fault)
            == (outcome.steps, &outcome.output, &outcome.fault),
        "plain run and profile differ: {} and {} cycles, {:?} and {:?}",
        plain.steps,
        outcome.steps,
        plain.fault,
        outcome.fault
    );
    facts(&outcome, printed)
}

/// Profiles a guest.
pub fn profile(program: &dyn Program, input: &GuestInput, po2: u32) -> Result<Outcome> {
    let request = RunRequest {
        input: input.clone(),
        ..RunRequest::default()
    };
    Ok(program.profile(request, &mut control(po2))?)
}

/// No limits, and segments of a size.
pub fn control<'a>(po2: u32) -> Control<'a> {
    Control {
        segment_po2: Some(po2),
        max_steps: 1 << 40,
        ..Control::default()
    }
}

fn facts(outcome: &Outcome, printed: Vec<u8>) -> Result<Facts> {
    let profile = outcome.profile.as_ref().context("no profile")?;
    let total = |name: &str| -> Result<u64> {
        let measures = profile.data().measures.iter();
        let measure = measures.clone().find(|m| m.name == name);
        Ok(measure.ok_or_else(|| anyhow!("no measure {name}"))?.total)
    };
    let segment = |row: Row| SegmentFacts {
        po2: row.values[0] as u32,
        user: row.values[1],
        paging: row.values[2],
    };
    let two = |row: Row| (row.label.clone(), (row.values[0], row.values[1]));
    let one = |row: Row| (row.label.clone(), row.values[0]);
    let keccak: BTreeMap<String, u64> = rows(profile, "keccak")?.into_iter().map(one).collect();
    ensure!(
        total("user_cycles")? == outcome.steps,
        "user cycles are not the steps"
    );
    let opcodes: BTreeMap<String, u64> = rows(profile, "opcodes")?.into_iter().map(one).collect();
    let ecalls: BTreeMap<String, (u64, u64)> =
        rows(profile, "ecalls")?.into_iter().map(two).collect();
    let retired: u64 = opcodes.values().sum::<u64>() + ecalls.values().map(|(n, _)| n).sum::<u64>();
    ensure!(
        retired == total("instructions")?,
        "{retired} instructions in the tables, {} in the measure",
        total("instructions")?
    );
    Ok(Facts {
        end: end(outcome)?,
        user: total("user_cycles")?,
        paging: total("paging_cycles")?,
        reserved: total("reserved_cycles")?,
        total: total("total_cycles")?,
        segments: rows(profile, "segments")?
            .into_iter()
            .map(segment)
            .collect(),
        ecalls,
        opcodes: Some(opcodes),
        keccaks: keccak.get("permutations").copied().unwrap_or(0),
        journal: outcome.output.clone(),
        printed,
    })
}

fn rows(profile: &Profile, name: &str) -> Result<Vec<Row>> {
    let mut tables = profile.data().tables.iter();
    let table = tables.find(|table| table.name == name);
    Ok(table
        .ok_or_else(|| anyhow!("no table {name}"))?
        .rows
        .clone())
}

/// The ending, from what the fault says of exit codes.
fn end(outcome: &Outcome) -> Result<End> {
    let Some(fault) = &outcome.fault else {
        return Ok(End::Terminated(0));
    };
    let number = |text: &str| -> Result<u32> {
        let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
        Ok(digits.parse()?)
    };
    for (prefix, halt_type) in [
        ("the guest halted with exit code ", 0),
        ("the guest paused with exit code ", 1),
    ] {
        if let Some(code) = fault.cause.strip_prefix(prefix) {
            return Ok(End::Terminated(number(code)? << 16 | halt_type));
        }
    }
    if fault.cause.starts_with("the guest ended with halt type") {
        bail!("unexpected halt type: {}", fault.cause);
    }
    Ok(End::Failed(fault.to_string()))
}
