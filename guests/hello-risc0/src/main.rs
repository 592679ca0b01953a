//! Commits the sum of the input's bytes, as a u64; panics if the input starts with `!`, to show how that looks.
#![no_main]

use risc0_zkvm::guest::env;
use std::io::Read;

risc0_zkvm::guest::entry!(main);

fn main() {
    let mut input = Vec::new();
    env::stdin()
        .read_to_end(&mut input)
        .expect("stdin can be read");
    assert!(
        input.first() != Some(&b'!'),
        "the input starts with an exclamation mark"
    );
    let sum: u64 = input.iter().map(|byte| u64::from(*byte)).sum();
    println!("{} bytes add up to {sum}", input.len());
    env::commit_slice(&sum.to_le_bytes());
}
