//! SP1: the official executor, built in a workspace of its own (`checks/sp1`), beside our engine.

mod compare;
mod guests;
mod official;
mod ours;
mod self_test;

use std::path::PathBuf;

use anyhow::{bail, Result};

pub use official::{Job, Official};

/// What to compare.
#[derive(Debug, Default)]
pub struct Plan {
    /// One guest and its input buffers.
    pub files: Option<(PathBuf, Vec<PathBuf>)>,
    /// The hand-written guests whose names contain this.
    pub guests: Option<String>,
    /// Seed of the first random program, and how many.
    pub random: Option<(u64, u64)>,
    /// Write the official figures of the hand-written guests here.
    pub golden: Option<PathBuf>,
    /// Plant wrong figures instead; each must be reported.
    pub self_test: bool,
}

/// Compares every figure and prints the JSON line; whether nothing differed.
///
/// # Errors
/// If a side cannot be run at all.
pub fn verify(plan: &Plan) -> Result<bool> {
    let mut official = Official::portable()?;
    if plan.self_test {
        return self_test::run(&mut official);
    }
    if let Some(path) = &plan.golden {
        guests::write_golden(&mut official, path)?;
    }
    let mut verdict = compare::Verdict::default();
    if let Some(only) = &plan.guests {
        verdict.absorb("guests", guests::hand_written(&official, only)?);
    }
    if let Some((seed, count)) = plan.random {
        verdict.absorb("random", guests::random(&official, seed, count)?);
    }
    if let Some((elf, inputs)) = &plan.files {
        // Whole blocks: the native executor is the faster one.
        let mut native = Official::native()?;
        let name = elf.display().to_string();
        verdict.absorb(&name, guests::files(&mut native, elf, inputs)?);
    }
    if verdict.compared == 0 {
        bail!("nothing to verify: pass --elf E --input I, --guests, --random N or --self-test");
    }
    Ok(verdict.print())
}
