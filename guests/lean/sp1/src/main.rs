//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;
mod precompiles;

use accelerator::Sp1;

sp1_zkvm::entrypoint!(main);

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
    let input = sp1_zkvm::io::read_vec().leak();
    let (output, reject) = zkperf_guest_lean::run(input, Sp1);
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    sp1_zkvm::io::commit_slice(&output.to_bytes());
}
