//! Commits the sum of the input's bytes, as a u64; panics if the input starts with `!`, to show how that looks.
#![no_main]

sp1_zkvm::entrypoint!(main);

fn main() {
    let input = sp1_zkvm::io::read_vec();
    assert!(
        input.first() != Some(&b'!'),
        "the input starts with an exclamation mark"
    );
    let sum: u64 = input.iter().map(|byte| u64::from(*byte)).sum();
    println!("{} bytes add up to {sum}", input.len());
    sp1_zkvm::io::commit_slice(&sum.to_le_bytes());
}
