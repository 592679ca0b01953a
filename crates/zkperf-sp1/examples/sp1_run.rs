//! Runs an SP1 guest plainly and with a profile, and prints both user times and the report.
//!
//! `cargo run --release -p zkperf-sp1 --example sp1_run -- ELF [INPUT...]`

use std::time::Duration;
use zkperf_exec::{Control, GuestInput, RunRequest, Zkvm};

/// User time of this process: on a busy machine it says more than the clock on the wall.
fn user_time() -> Duration {
    // SAFETY: an all-zero rusage is valid, and the call only fills it in.
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::getrusage(libc::RUSAGE_SELF, &mut usage);
        usage
    };
    let time = usage.ru_utime;
    Duration::new(time.tv_sec as u64, time.tv_usec as u32 * 1000)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut args = std::env::args().skip(1);
    let elf = std::fs::read(args.next().ok_or("usage: sp1_run ELF [INPUT...]")?)?;
    let buffers: Result<Vec<_>, _> = args.map(std::fs::read).collect();
    let input = GuestInput {
        buffers: buffers?,
        ..GuestInput::default()
    };
    let start = user_time();
    let program = zkperf_sp1::Sp1.load(&elf)?;
    eprintln!("load    {:8.3} s", (user_time() - start).as_secs_f64());
    let start = user_time();
    let plain = program.run(&input, &mut Control::default())?;
    let seconds = (user_time() - start).as_secs_f64();
    let speed = plain.steps as f64 / seconds / 1e6;
    eprintln!("plain   {seconds:8.3} s  {speed:6.0} M cycles/s");
    let start = user_time();
    let request = RunRequest {
        input,
        ..RunRequest::default()
    };
    let outcome = program.profile(request, &mut Control::default())?;
    let seconds = (user_time() - start).as_secs_f64();
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
