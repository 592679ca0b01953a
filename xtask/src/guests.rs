//! The hand-written guests and the random programs on both executors.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{bail, Context, Result};
use zkperf_exec::Zkvm;
use zkperf_testkit::{guests_of, random_guest, Ending, Guest, Target};

use crate::official::version::Version;
use crate::official::{End, Options, Ziskemu};
use crate::parallel::{in_parallel, reduced};
use crate::verify::{guest as verify_guest, judge, Verdict};
use crate::{ours, self_test as planting};

/// Writes guests as `NAME.elf` and `NAME.bin`.
pub fn write(folder: &Path, random: u64, target: Target) -> Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let save = |name: &str, elf: &[u8], input: &[u8]| -> Result<()> {
        for (suffix, bytes) in [("elf", elf), ("bin", input)] {
            let path = folder.join(format!("{name}.{suffix}"));
            std::fs::write(&path, bytes)
                .with_context(|| format!("cannot write {}", path.display()))?;
        }
        Ok(())
    };
    for guest in guests_of(target) {
        save(&guest.name, &guest.elf, &guest.input)?;
        println!("{} {:?}", guest.name, guest.ending);
    }
    for seed in 0..random {
        let guest = random_guest(seed, None, target);
        save(&format!("random_{seed}"), &guest.elf, &guest.input)?;
    }
    Ok(())
}

/// An ELF and an input in a temporary folder.
struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(elf: &[u8], input: &[u8]) -> Result<Self> {
        let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
        std::fs::write(folder.path().join("guest.elf"), elf)?;
        std::fs::write(folder.path().join("input.bin"), input)?;
        Ok(Self { folder })
    }

    fn elf(&self) -> std::path::PathBuf {
        self.folder.path().join("guest.elf")
    }

    fn input(&self) -> std::path::PathBuf {
        self.folder.path().join("input.bin")
    }
}

/// Whether ziskemu ended a guest as its author says.
fn ends_as_said(said: Ending, end: &End, version: &Version) -> bool {
    let halted = if version.target.traps {
        "Trap"
    } else {
        "finished with error"
    };
    match (said, end) {
        (Ending::Success, End::Success)
        | (Ending::Abort, End::Aborted(_))
        | (Ending::Refused, End::Refused(_)) => true,
        (Ending::ExitCode(code), End::Failed(words)) => {
            words.contains(&format!("exited with code {}", code as i64))
        }
        (Ending::Halt, End::Failed(words)) => words.contains(halted),
        (Ending::Endless(_), End::Failed(words)) => words.contains("NoCompleted"),
        _ => false,
    }
}

fn options(ending: Ending) -> Options {
    Options {
        functions: true,
        max_steps: match ending {
            Ending::Endless(limit) => Some(limit),
            _ => None,
        },
    }
}

/// Every hand-written guest whose name contains `only`.
pub fn verify_all(official: &Ziskemu, engine: &dyn Zkvm, only: &str) -> Result<Verdict> {
    let guests: Vec<Guest> = guests_of(official.version().target)
        .into_iter()
        .filter(|g| g.name.contains(only))
        .collect();
    if guests.is_empty() {
        bail!("no guest's name contains {only:?}");
    }
    let found = in_parallel(guests.len(), |index| {
        let guest = &guests[index];
        let files = Files::new(&guest.elf, &guest.input)?;
        let options = options(guest.ending);
        let theirs = official.run(&files.elf(), &files.input(), options)?;
        let run = ours::run(
            engine,
            official.version(),
            &guest.elf,
            &guest.input,
            options,
        )?;
        let mut verdict = judge(&theirs, &run, guest.functions);
        if !ends_as_said(guest.ending, &theirs.end, official.version()) {
            verdict.different.push(format!(
                "ziskemu ended with {:?}, but the guest is made to end with {:?}",
                theirs.end, guest.ending
            ));
        }
        if guest.functions && theirs.call_stack_lost {
            verdict
                .different
                .push("ziskemu lost the call stack, which this guest must not make it do".into());
        }
        Ok(verdict)
    })?;
    let mut all = Verdict::default();
    for (guest, verdict) in guests.iter().zip(found) {
        all.absorb(&guest.name, verdict);
    }
    Ok(all)
}

/// `count` random programs from `seed` on. For each that differs, the smallest set of fragments that
/// still does is looked for.
pub fn verify_random(
    official: &Ziskemu,
    engine: &dyn Zkvm,
    seed: u64,
    count: u64,
) -> Result<Verdict> {
    let target = official.version().target;
    let one = |seed: u64, keep: Option<&BTreeSet<usize>>| -> Result<Verdict> {
        let guest = random_guest(seed, keep, target);
        let files = Files::new(&guest.elf, &guest.input)?;
        let options = options(Ending::Success);
        let mut verdict = verify_guest(official, engine, &files.elf(), &files.input(), options)?;
        if verdict.compared <= 1 {
            // Nothing but two endings.
            verdict
                .different
                .push("a random program did not end".into());
        }
        Ok(verdict)
    };
    let found = in_parallel(usize::try_from(count)?, |index| {
        one(seed + index as u64, None)
    })?;
    let mut all = Verdict::default();
    for (seed, mut verdict) in (seed..).zip(found) {
        if !verdict.different.is_empty() {
            let fragments = random_guest(seed, None, target).fragments;
            let without = |keep: &BTreeSet<usize>| Ok(one(seed, Some(keep))?.different);
            let keep = reduced(fragments, &mut verdict.different, without)?;
            verdict.different.push(format!(
                "reduced to fragments {keep:?}; again with `cargo xtask verify zisk@{} --random 1 --seed {seed}`",
                target.version
            ));
        }
        all.absorb(&format!("seed {seed}"), verdict);
    }
    Ok(all)
}

/// Plants errors into the figures of guests that together have every kind of figure.
pub fn self_test(official: &Ziskemu) -> Result<bool> {
    let names = [
        "calls_nested",
        "tags_nested",
        "precompile_sha256_zones",
        "layout_heap_symbols",
        "memory_ram",
    ];
    let mut planted = 0;
    let guests = guests_of(official.version().target);
    for guest in guests.iter().filter(|g| names.contains(&g.name.as_str())) {
        let files = Files::new(&guest.elf, &guest.input)?;
        let run = official.run(&files.elf(), &files.input(), options(guest.ending))?;
        planted += planting::run(&run).with_context(|| format!("self-test on {}", guest.name))?;
    }
    println!(
        "{}",
        serde_json::json!({"planted": planted, "reported": planted})
    );
    Ok(planted > 0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::official::version::{V1_1_0, V1_4_0};

    /// Every hand-written guest ends in the ziskemu of its version as its author says, and keeps its call
    /// stack.
    #[test]
    fn guests_end_as_they_say() {
        for official in [&V1_4_0, &V1_1_0]
            .into_iter()
            .filter_map(Ziskemu::for_tests)
        {
            all_end_as_said(&official);
        }
    }

    fn all_end_as_said(official: &Ziskemu) {
        let target = official.version().target;
        let guests = guests_of(target);
        let wrong: Vec<String> = in_parallel(guests.len(), |index| {
            let guest = &guests[index];
            let files = Files::new(&guest.elf, &guest.input)?;
            let run = official.run(&files.elf(), &files.input(), options(guest.ending))?;
            let fits = super::ends_as_said(guest.ending, &run.end, official.version());
            let lost = guest.functions && run.call_stack_lost;
            Ok((!fits || lost).then(|| format!("{}: {:?}, lost {lost}", guest.name, run.end)))
        })
        .unwrap()
        .into_iter()
        .flatten()
        .collect();
        assert!(wrong.is_empty(), "{}: {wrong:#?}", target.version);
    }

    /// The comparison itself, on live figures.
    #[test]
    fn self_test_passes() {
        for official in [&V1_4_0, &V1_1_0]
            .into_iter()
            .filter_map(Ziskemu::for_tests)
        {
            assert!(self_test(&official).unwrap());
        }
    }
}
