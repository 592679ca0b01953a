//! The lean guest without a zkVM: reads an input (without framing) on stdin and writes the public output to stdout,
//! whether the block is accepted or not. `zkperf gate --native` checks such a program.

use std::io::{Read, Write};
use std::process::ExitCode;
use zkperf_guest_core::Portable;
use zkperf_guest_lean::run;

fn main() -> ExitCode {
    match answer() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> std::io::Result<()> {
    let mut input = Vec::new();
    std::io::stdin().lock().read_to_end(&mut input)?;
    let (output, reject) = run(input.leak(), Portable);
    if let Some(reject) = reject {
        eprintln!("rejected with code {}: {reject}", output.status);
    }
    std::io::stdout().write_all(&output.to_bytes())
}
