//! Runs an SP1 guest plainly and with a profile, and prints both times and the report.
//!
//! `cargo run --release -p zkperf-sp1 --example sp1_run -- ELF [INPUT...]`

use std::time::Instant;
use zkperf_exec::{Control, GuestInput, RunRequest, Zkvm};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let elf = std::fs::read(args.next().ok_or("usage: sp1_run ELF [INPUT...]")?)?;
    let buffers: Result<Vec<_>, _> = args.map(std::fs::read).collect();
    let input = GuestInput {
        buffers: buffers?,
        ..GuestInput::default()
    };
    let start = Instant::now();
    let program = zkperf_sp1::Sp1.load(&elf)?;
    eprintln!("load    {:8.3} s", start.elapsed().as_secs_f64());
    let start = Instant::now();
    let plain = program.run(&input, &mut Control::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let speed = plain.steps as f64 / seconds / 1e6;
    eprintln!("plain   {seconds:8.3} s  {speed:6.0} M cycles/s");
    let start = Instant::now();
    let request = RunRequest {
        input,
        ..RunRequest::default()
    };
    let outcome = program.profile(request, &mut Control::default())?;
    let seconds = start.elapsed().as_secs_f64();
    let speed = outcome.steps as f64 / seconds / 1e6;
    eprintln!("profile {seconds:8.3} s  {speed:6.0} M cycles/s");
    eprintln!("touched {} bytes", outcome.touched_bytes);
    if let Some(fault) = &outcome.fault {
        eprintln!("{fault}");
    }
    if let Some(profile) = &outcome.profile {
        print!("{}", zkperf_sp1::Sp1.stats_text(profile));
    }
    Ok(())
}
