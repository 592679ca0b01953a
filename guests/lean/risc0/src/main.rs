//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;
mod precompiles;

use accelerator::Risc0;
use risc0_zkvm::guest::env;
use std::io::Read;

risc0_zkvm::guest::entry!(main);

/// The compiler's own compares byte by byte, and gives way to this one.
///
/// # Safety
/// That of C's `memcmp`.
#[no_mangle]
unsafe extern "C" fn memcmp(a: *const u8, b: *const u8, length: usize) -> i32 {
    // SAFETY: the caller's; on this zkVM, all memory can be read by whole words.
    unsafe { zkperf_guest_lean::compare(a, b, length) }
}

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
