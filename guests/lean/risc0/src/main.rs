//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;

use accelerator::Risc0;
use risc0_zkvm::guest::env;
use std::io::Read;

risc0_zkvm::guest::entry!(main);

fn main() {
    let mut input = Vec::new();
    env::stdin()
        .read_to_end(&mut input)
        .expect("stdin can be read");
    let (output, reject) = zkperf_guest_lean::run(input.leak(), Risc0);
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    env::commit_slice(&output.to_bytes());
}
