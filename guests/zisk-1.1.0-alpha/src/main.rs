//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;

use accelerator::Zisk;
use std::sync::Arc;
use zkperf_guest_core::GuestCrypto;

ziskos::entrypoint!(main);

/// Where std's panic handler ends on this target, having written the message to the UART. Ends the run as failed:
/// ZisK 1.1.0-alpha doesn't look at the exit code, a program that exits with 1 ends as one that succeeded. The word
/// that is no instruction stops it with an error (`halt_with_error` in `zisk-riscv`).
#[no_mangle]
extern "C" fn sys_panic(_message: *const u8, _length: usize) -> ! {
    // SAFETY: nothing is executed behind a word of zeros.
    unsafe { core::arch::asm!(".word 0", options(noreturn)) }
}

fn main() {
    let input = ziskos::io::read_slice();
    let (output, reject) = zkperf_guest_core::run(input, Arc::new(GuestCrypto(Zisk)));
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    ziskos::io::commit_slice(&output.to_bytes());
}
