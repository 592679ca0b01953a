//! The hand-written guests, the random programs, and any guest from files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};
use zkperf_exec::ShardLimits;
use zkperf_sp1::SHARD_LIMITS;
use zkperf_testkit::sp1::{sp1_guests, sp1_random_guest, Sp1Ending, Sp1Guest};

use crate::parallel::{reduced, with_workers};
use crate::sp1::compare::{judge, Verdict};
use crate::sp1::official::{End, Job, Official, OfficialRun};
use crate::sp1::ours::{self, OurRun};

/// Chunk thresholds that every hand-written guest runs with, beside the official one: at each of its
/// instructions some chunk ends.
const THRESHOLDS: [Option<u64>; 7] = [
    None,
    Some(1),
    Some(2),
    Some(3),
    Some(7),
    Some(50),
    Some(1009),
];
/// Chunks a comparison may have: the official gas VM allocates 2 MiB for each.
const MOST_CHUNKS: u64 = 40;

/// Shards a comparison may have where their limits are small, for the same reason.
const MOST_SHARDS: u64 = 60;
/// What the official limits of a shard keep for its last system call: (area, rows).
const HALT: (u64, u64) = (1 << 18, 1 << 10);
/// Rows of the tallest table in a shard that has done nothing: two for each register.
const LEAST_ROWS: u64 = 64;

/// Our run of a guest at a chunk threshold, with the limits of its shards: the official ones, or small
/// ones that cut it for every cause, where the threshold is small.
pub fn ours_at(
    elf: &[u8],
    inputs: &[Vec<u8>],
    threshold: Option<u64>,
) -> Result<(OurRun, ShardLimits)> {
    let mut limits = SHARD_LIMITS;
    let Some(threshold) = threshold else {
        return Ok((ours::run(elf, inputs, None, limits)?, limits));
    };
    let least_area = ours::least_area(elf)?;
    let mut size = threshold;
    loop {
        limits.area = least_area + HALT.0 + 150 * size;
        limits.height = LEAST_ROWS + HALT.1 + 2 * size;
        limits.entries = size;
        // One of the three is left out, so that the others come to bear.
        match threshold % 4 {
            0 => limits.area = u64::MAX,
            1 => limits.height = u64::MAX,
            2 => limits.entries = SHARD_LIMITS.entries,
            _ => {}
        }
        let run = ours::run(elf, inputs, Some(threshold), limits)?;
        if run
            .figures
            .get("shards")
            .is_none_or(|shards| *shards <= MOST_SHARDS)
        {
            return Ok((run, limits));
        }
        size *= 2;
    }
}

/// A guest in a temporary folder.
pub struct Files {
    folder: tempfile::TempDir,
    inputs: Vec<PathBuf>,
}

impl Files {
    /// Writes the ELF and one file a buffer.
    pub fn new(elf: &[u8], inputs: &[Vec<u8>]) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        std::fs::write(folder.path().join("guest.elf"), elf)?;
        let mut paths = Vec::new();
        for (at, input) in inputs.iter().enumerate() {
            let path = folder.path().join(format!("input_{at}.bin"));
            std::fs::write(&path, input)?;
            paths.push(path);
        }
        Ok(Self {
            folder,
            inputs: paths,
        })
    }

    /// The job that runs it.
    pub fn run(
        &self,
        official: &mut Official,
        chunk_entries: Option<u64>,
        shards: ShardLimits,
    ) -> Result<OfficialRun> {
        official.run(&Job {
            elf: &self.folder.path().join("guest.elf"),
            inputs: &self.inputs,
            chunk_entries,
            gas: true,
            shards: Some(shards),
        })
    }
}

/// Every hand-written guest whose name contains `only`, at every chunk threshold.
pub fn hand_written(official: &Official, only: &str) -> Result<Verdict> {
    let guests = sp1_guests().into_iter();
    let guests: Vec<_> = guests.filter(|guest| guest.name.contains(only)).collect();
    let verdicts = with_workers(
        guests.len(),
        || official.another(),
        |official, at| at_every_threshold(official, &guests[at]),
    )?;
    let all = sum(verdicts);
    if all.compared == 0 {
        bail!("no guest's name contains {only:?}");
    }
    Ok(all)
}

/// What was found with each guest or program, in one.
fn sum(verdicts: Vec<Verdict>) -> Verdict {
    let mut all = Verdict::default();
    for verdict in verdicts {
        all.compared += verdict.compared;
        all.different.extend(verdict.different);
    }
    all
}

fn at_every_threshold(official: &mut Official, guest: &Sp1Guest) -> Result<Verdict> {
    let mut all = Verdict::default();
    let files = Files::new(&guest.elf, &guest.inputs)?;
    let mut entries = 0;
    for threshold in THRESHOLDS {
        let too_many = threshold.is_some_and(|threshold| entries / threshold > MOST_CHUNKS);
        if too_many || (threshold.is_some() && !depends_on_chunks(&guest.name)) {
            continue;
        }
        let (run, shards) = ours_at(&guest.elf, &guest.inputs, threshold)?;
        // The official threshold comes first.
        entries = entries.max(run.entries);
        let theirs = files.run(official, threshold, shards)?;
        let mut verdict = judge(&theirs, &run, true);
        if !ends_as_stated(guest.ending, &theirs.end, theirs.figures.get("exit_code")) {
            verdict.different.push(format!(
                "its author says {:?}, official says {:?}",
                guest.ending, theirs.end
            ));
        }
        let name = match threshold {
            Some(entries) => format!("{} (chunks of {entries})", guest.name),
            None => guest.name.clone(),
        };
        all.absorb(&name, verdict);
    }
    Ok(all)
}

/// Whether chunks could matter to a guest; hooks and endings have nothing to do with them.
fn depends_on_chunks(name: &str) -> bool {
    !["hook_", "fault_", "refused_", "exit_"]
        .iter()
        .any(|prefix| name.starts_with(prefix))
}

fn ends_as_stated(stated: Sp1Ending, end: &End, exit_code: Option<&u64>) -> bool {
    match (stated, end) {
        (Sp1Ending::Exit(code), End::Halted) => exit_code == Some(&u64::from(code)),
        (Sp1Ending::Fault, End::Fault(_)) | (Sp1Ending::Refused, End::Refused(_)) => true,
        _ => false,
    }
}

/// Writes what the official executor says of every hand-written guest at its own chunk threshold: the
/// file that zkperf-sp1's tests read, so that they need no official crate.
pub fn write_golden(official: &mut Official, path: &Path) -> Result<()> {
    let mut golden = serde_json::Map::new();
    for guest in sp1_guests() {
        let limits = SHARD_LIMITS;
        let run = Files::new(&guest.elf, &guest.inputs)?.run(official, None, limits)?;
        let said = match run.end {
            End::Halted => serde_json::json!({ "figures": run.figures, "output": run.output }),
            End::Fault(_) => "fault".into(),
            End::Refused(_) => "refused".into(),
        };
        golden.insert(guest.name, said);
    }
    let file = serde_json::json!({
        "made_by": "sp1-core-executor 6.10.0: cargo xtask verify sp1 --guests --write-golden FILE",
        "guests": golden,
    });
    std::fs::write(path, serde_json::to_string_pretty(&file)? + "\n")
        .with_context(|| format!("cannot write {}", path.display()))
}

/// `count` random programs from `seed` on, each at the official threshold and at a small one. For
/// each that differs, the smallest set of fragments that still does is looked for.
pub fn random(official: &Official, seed: u64, count: u64) -> Result<Verdict> {
    let verdicts = with_workers(
        usize::try_from(count)?,
        || official.another(),
        |official, at| {
            let seed = seed + at as u64;
            let mut both = Verdict::default();
            for threshold in [None, Some(1 + seed % 211)] {
                let name = format!("seed {seed}, chunks {threshold:?}");
                both.absorb(&name, random_program(official, seed, threshold)?);
            }
            Ok(both)
        },
    )?;
    Ok(sum(verdicts))
}

fn random_program(official: &mut Official, seed: u64, threshold: Option<u64>) -> Result<Verdict> {
    let mut one = |keep: Option<&BTreeSet<usize>>| -> Result<Verdict> {
        let guest = sp1_random_guest(seed, keep);
        let (run, shards) = ours_at(&guest.elf, &guest.inputs, threshold)?;
        let files = Files::new(&guest.elf, &guest.inputs)?;
        Ok(judge(&files.run(official, threshold, shards)?, &run, true))
    };
    let mut verdict = one(None)?;
    if verdict.different.is_empty() {
        return Ok(verdict);
    }
    let fragments = sp1_random_guest(seed, None).fragments;
    let without = |keep: &BTreeSet<usize>| Ok(one(Some(keep))?.different);
    let keep = reduced(fragments, &mut verdict.different, without)?;
    verdict.different.push(format!(
        "reduced to fragments {keep:?}; again with `cargo xtask verify sp1 --random 1 --seed {seed}`"
    ));
    Ok(verdict)
}

/// One guest from files, at the official chunk threshold.
pub fn files(official: &mut Official, elf: &Path, inputs: &[PathBuf]) -> Result<Verdict> {
    let read = |path: &Path| {
        std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
    };
    let mut buffers = Vec::new();
    for path in inputs {
        buffers.push(read(path)?);
    }
    let limits = SHARD_LIMITS;
    let run = ours::run(&read(elf)?, &buffers, None, limits)?;
    let theirs = official.run(&Job {
        elf,
        inputs,
        chunk_entries: None,
        gas: true,
        shards: Some(limits),
    })?;
    Ok(judge(&theirs, &run, false))
}
