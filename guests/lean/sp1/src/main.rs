//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;

use accelerator::Sp1;

sp1_zkvm::entrypoint!(main);

fn main() {
    let input = sp1_zkvm::io::read_vec().leak();
    let (output, reject) = zkperf_guest_lean::run(input, Sp1);
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    sp1_zkvm::io::commit_slice(&output.to_bytes());
}
