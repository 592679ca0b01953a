//! `verify risc0`: every figure of the official executor against ours.

mod facts;
mod guests;
mod official;
mod ours;

use std::path::Path;
use std::time::Instant;

use anyhow::{bail, Context, Result};
use zkperf_exec::GuestInput;

use crate::cli::{Family, What};
use crate::source::Files;
use facts::{compare, Verdict};

/// Runs the comparisons; whether all figures were equal.
pub fn verify(what: &What) -> Result<bool> {
    if what.self_test {
        let planted = guests::self_test()?;
        println!(
            "{}",
            serde_json::json!({"planted": planted, "reported": planted})
        );
        return Ok(true);
    }
    let mut verdict = Verdict::default();
    if let Some(files) = what.files(&Family::Risc0.into())? {
        let sizes = if what.po2.is_empty() {
            &[20][..]
        } else {
            &what.po2
        };
        for &po2 in sizes {
            let (file, input) = read_files(&files)?;
            verdict.absorb(&format!("po2 {po2}"), one(&file, &input, po2)?);
        }
    }
    if what.guests {
        verdict.absorb("guests", guests::verify_all(&what.only, &what.po2)?);
    }
    if let Some(count) = what.random {
        verdict.absorb("random", guests::verify_random(what.seed, count)?);
    }
    if verdict.compared == 0 {
        bail!("nothing to verify: pass --elf E [--input I] [--po2 N,...], --guests, --random N or --self-test");
    }
    for line in &verdict.different {
        println!("{line}");
    }
    println!(
        "{}",
        serde_json::json!({"compared": verdict.compared, "different": verdict.different.len()})
    );
    Ok(verdict.different.is_empty())
}

fn read(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
}

fn read_files(files: &Files) -> Result<(Vec<u8>, GuestInput)> {
    let buffers = files.inputs.iter().map(|path| read(path));
    let input = GuestInput {
        buffers: buffers.collect::<Result<_>>()?,
        ..GuestInput::default()
    };
    Ok((read(&files.elf)?, input))
}

/// The official executor's plain run of one guest, with its own figures.
pub fn official_run(files: &Files, po2: u32) -> Result<bool> {
    let (file, input) = read_files(files)?;
    let facts = official::run(official::image(&file)?, &input, po2, false);
    println!(
        "{}",
        serde_json::json!({
            "po2": po2, "user": facts.user, "paging": facts.paging, "reserved": facts.reserved,
            "total": facts.total, "segments": facts.segments.len(),
            "journal": hex::encode(&facts.journal), "end": format!("{:?}", facts.end),
        })
    );
    Ok(true)
}

/// A guest given by files: too large for the official executor's trace.
fn one(file: &[u8], input: &GuestInput, po2: u32) -> Result<Verdict> {
    let program = ours::load(file)?;
    let start = Instant::now();
    let mine = ours::run(&*program, input, po2)?;
    let mid = Instant::now();
    let theirs = official::run(official::image(file)?, input, po2, false);
    eprintln!(
        "po2 {po2}: ours (profile, then plain run) {:.2} s, official {:.2} s: {:?}, {} user, {} paging, {} total, {} segments",
        (mid - start).as_secs_f64(),
        mid.elapsed().as_secs_f64(),
        theirs.end,
        theirs.user,
        theirs.paging,
        theirs.total,
        theirs.segments.len()
    );
    Ok(compare(&theirs, &mine))
}
