//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;

use accelerator::Sp1;
use std::sync::Arc;
use zkperf_guest_core::GuestCrypto;

sp1_zkvm::entrypoint!(main);

fn main() {
    let input = sp1_zkvm::io::read_vec();
    let (output, reject) = zkperf_guest_core::run(&input, Arc::new(GuestCrypto(Sp1)));
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    sp1_zkvm::io::commit_slice(&output.to_bytes());
}
