//! `verify risc0`: every figure of the official executor against ours.

mod facts;
mod guests;
mod official;
mod ours;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{bail, Context, Result};
use clap::{Args, ValueEnum};
use zkperf_exec::GuestInput;

use facts::{compare, Verdict};

/// What to verify.
#[derive(Args)]
pub struct What {
    /// A guest: ELF or R0BF program binary.
    #[arg(long)]
    elf: Option<PathBuf>,
    /// Its standard input.
    #[arg(long, requires = "elf")]
    input: Option<PathBuf>,
    /// Segment sizes; guests that have none of their own are run at 13, 15 and 20.
    #[arg(long, value_delimiter = ',')]
    po2: Vec<u32>,
    /// All hand-written guests.
    #[arg(long)]
    guests: bool,
    /// Only guests whose name contains this.
    #[arg(long, requires = "guests", default_value = "")]
    only: String,
    /// This many random programs.
    #[arg(long, value_name = "N")]
    random: Option<u64>,
    /// Seed of the first random program; the others follow.
    #[arg(long, requires = "random", default_value_t = 0)]
    seed: u64,
    /// Plant one wrong figure of each kind; each must be reported.
    #[arg(long)]
    self_test: bool,
    /// Compare nothing: time one kind of run of --elf.
    #[arg(long, requires = "elf")]
    time: Option<Timed>,
}

/// A run that can be timed by itself.
#[derive(Clone, Copy, ValueEnum)]
enum Timed {
    /// The official executor's plain run.
    Official,
    /// Our plain run.
    Plain,
    /// Our profile, put together and checked.
    Profile,
}

/// Runs the comparisons; whether all figures were equal.
pub fn verify(what: &What) -> Result<bool> {
    if what.self_test {
        let planted = guests::self_test()?;
        println!("{}", serde_json::json!({"planted": planted, "missed": 0}));
        return Ok(true);
    }
    let mut verdict = Verdict::default();
    if let Some(path) = &what.elf {
        let file = read(path)?;
        let buffers = what
            .input
            .iter()
            .map(|path| read(path))
            .collect::<Result<_>>()?;
        let input = GuestInput {
            buffers,
            ..GuestInput::default()
        };
        let sizes = if what.po2.is_empty() {
            &[20][..]
        } else {
            &what.po2
        };
        for &po2 in sizes {
            match what.time {
                Some(timed) => time(timed, &file, &input, po2)?,
                None => verdict.absorb(&format!("po2 {po2}"), one(&file, &input, po2)?),
            }
        }
        if what.time.is_some() {
            return Ok(true);
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

fn time(timed: Timed, file: &[u8], input: &GuestInput, po2: u32) -> Result<()> {
    let (start, cpu) = (Instant::now(), cpu_seconds());
    let steps = match timed {
        Timed::Official => official::run(official::image(file)?, input, po2, false).user,
        Timed::Plain => ours::load(file)?.run(input, &mut ours::control(po2))?.steps,
        Timed::Profile => ours::profile(&*ours::load(file)?, input, po2)?.steps,
    };
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_seconds() - cpu);
    println!(
        "{}",
        serde_json::json!({"po2": po2, "wall_seconds": wall, "cpu_seconds": cpu, "user_cycles": steps})
    );
    Ok(())
}

/// Processor time of this process so far, all threads.
fn cpu_seconds() -> f64 {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: `time` is a valid place for the answer.
    unsafe { libc::clock_gettime(libc::CLOCK_PROCESS_CPUTIME_ID, &mut time) };
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
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
