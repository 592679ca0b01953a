//! The hand-written guests and the random programs on both executors.

use std::collections::BTreeSet;

use anyhow::{anyhow, bail, Context, Result};
use risc0_zkos_v1compat::V1COMPAT_ELF;
use zkperf_exec::GuestInput;
use zkperf_testkit::risc0::{guests, random_guest, Guest};

use super::facts::{compare, End, Facts, SegmentFacts, Verdict};
use super::{official, ours};
use crate::parallel;

/// Segment sizes of guests that have none of their own.
const SIZES: &[u32] = &[13, 15, 20];

/// Every hand-written guest whose name contains `only`.
pub fn verify_all(only: &str, sizes: &[u32]) -> Result<Verdict> {
    let guests: Vec<Guest> = guests()
        .into_iter()
        .filter(|g| g.name.contains(only))
        .collect();
    if guests.is_empty() {
        bail!("no guest's name contains {only:?}");
    }
    let verdicts = in_parallel(guests.len(), |at| {
        let guest = &guests[at];
        let sizes = match (sizes, guest.po2.as_slice()) {
            ([], []) => SIZES,
            ([], own) => own,
            (asked, _) => asked,
        };
        let mut verdict = images_agree(guest)?;
        for &po2 in sizes {
            let found = on_both(guest, po2, Some(guest.fails))?;
            verdict.absorb(&format!("po2 {po2}"), found);
        }
        Ok(verdict)
    })?;
    let mut all = Verdict::default();
    for (guest, verdict) in guests.iter().zip(verdicts) {
        all.absorb(&guest.name, verdict);
    }
    Ok(all)
}

/// Random programs; of one that differs, the fragments that make it differ.
pub fn verify_random(seed: u64, count: u64) -> Result<Verdict> {
    let verdicts = in_parallel(count as usize, |at| {
        let seed = seed + at as u64;
        let random = random_guest(seed, None);
        let po2 = random.guest.po2[0];
        // Now and then one fails: small segments have no room for a large ecall. Then both must.
        let mut verdict = on_both(&random.guest, po2, None)?;
        if !verdict.different.is_empty() {
            let kept = shrink(seed, random.fragments, po2);
            verdict.different.push(format!(
                "the same with only fragments {kept:?} of seed {seed}"
            ));
        }
        Ok(verdict)
    })?;
    let mut all = Verdict::default();
    for (at, verdict) in verdicts.into_iter().enumerate() {
        all.absorb(&format!("seed {}", seed + at as u64), verdict);
    }
    Ok(all)
}

fn shrink(seed: u64, fragments: usize, po2: u32) -> BTreeSet<usize> {
    let mut kept: BTreeSet<usize> = (0..fragments).collect();
    for index in 0..fragments {
        let mut fewer = kept.clone();
        fewer.remove(&index);
        let guest = random_guest(seed, Some(&fewer)).guest;
        if on_both(&guest, po2, None).is_ok_and(|verdict| !verdict.different.is_empty()) {
            kept = fewer;
        }
    }
    kept
}

/// A guest's file; program binaries of the test kit lack the kernel.
fn file(guest: &Guest) -> Vec<u8> {
    let mut file = guest.elf.clone();
    if file.starts_with(b"R0BF") {
        file.extend(V1COMPAT_ELF);
    }
    file
}

fn input(guest: &Guest) -> GuestInput {
    GuestInput {
        buffers: vec![guest.input.clone()],
        args: guest.args.clone(),
        env: guest.env.clone(),
        ..GuestInput::default()
    }
}

/// A guest on both executors; `fails` says how it must end, if that is known.
fn on_both(guest: &Guest, po2: u32, fails: Option<bool>) -> Result<Verdict> {
    let (file, input) = (file(guest), input(guest));
    let theirs = official::run(official::image(&file)?, &input, po2, true);
    let program = ours::load(&file).with_context(|| guest.name.clone())?;
    let mine = ours::run(&*program, &input, po2).with_context(|| guest.name.clone())?;
    let mut verdict = compare(&theirs, &mine);
    if fails.is_some_and(|fails| fails != matches!(theirs.end, End::Failed(_))) {
        verdict.different.push(format!(
            "the guest is not what it should be: {:?}",
            theirs.end
        ));
    }
    if let (true, End::Failed(why)) = (guest.fails, &mine.end) {
        eprintln!(
            "{} po2 {po2}: official {:?}; ours {why}",
            guest.name, theirs.end
        );
    }
    Ok(verdict)
}

/// Whether both loaders give memory the same words.
fn images_agree(guest: &Guest) -> Result<Verdict> {
    let file = file(guest);
    let mut image = official::image(&file)?;
    let mut verdict = Verdict {
        compared: 1,
        ..Verdict::default()
    };
    for page in image.get_page_indexes() {
        let theirs = image.get_page(page)?;
        let mine = zkperf_risc0::initial_memory(&file, page * 1024, 1024)
            .map_err(|error| anyhow!("{}: {error}", guest.name))?;
        if *theirs.data() != mine {
            verdict
                .different
                .push(format!("initial memory of page 0x{page:x}"));
        }
    }
    Ok(verdict)
}

/// A wrong figure: what it is, and what makes it wrong.
type Plant = (&'static str, fn(&mut Facts));

/// Plants one wrong figure of each kind in equal runs; each must be reported.
pub fn self_test() -> Result<usize> {
    let guest = random_guest(7, None).guest;
    let facts = official::run(official::image(&file(&guest))?, &input(&guest), 13, true);
    if !compare(&facts, &facts.clone()).different.is_empty() {
        bail!("equal runs differ");
    }
    let plants: &[Plant] = &[
        ("user", |f| f.user += 1),
        ("paging", |f| f.paging -= 1),
        ("reserved", |f| f.reserved += 1),
        ("total", |f| f.total *= 2),
        ("a segment less", |f| {
            f.segments.truncate(f.segments.len() - 1)
        }),
        ("a segment more", |f| {
            f.segments.push(SegmentFacts {
                po2: 13,
                user: 0,
                paging: 0,
            });
        }),
        ("segment po2", |f| f.segments[0].po2 += 1),
        ("segment user", |f| f.segments[0].user += 1),
        ("segment paging", |f| f.segments[0].paging += 1),
        ("ecall count", |f| {
            f.ecalls.values_mut().for_each(|v| v.0 += 1)
        }),
        ("ecall cycles", |f| {
            f.ecalls.values_mut().for_each(|v| v.1 += 1)
        }),
        ("opcode", |f| {
            let opcodes = f.opcodes.iter_mut().flatten();
            opcodes.take(1).for_each(|(_, count)| *count += 1);
        }),
        ("opcode missing", |f| {
            if let Some(opcodes) = &mut f.opcodes {
                opcodes.pop_first();
            }
        }),
        ("keccaks", |f| f.keccaks += 1),
        ("journal", |f| f.journal[0] ^= 1),
        ("printed", |f| f.printed.push(0)),
        ("exit code", |f| f.end = End::Terminated(1 << 16)),
        ("failure", |f| f.end = End::Failed("planted".into())),
    ];
    for (what, plant) in plants {
        let mut wrong = facts.clone();
        plant(&mut wrong);
        if compare(&facts, &wrong).different.is_empty() {
            bail!("a planted error was not reported: {what}");
        }
    }
    Ok(plants.len())
}

/// Runs `job` on every index, several at a time.
fn in_parallel<T: Send>(count: usize, job: impl Fn(usize) -> Result<T> + Sync) -> Result<Vec<T>> {
    // The official executor panics where a guest is at fault; those panics are caught and compared.
    std::panic::set_hook(Box::new(|_| ()));
    let results = parallel::in_parallel(count, job);
    let _ = std::panic::take_hook();
    results
}
