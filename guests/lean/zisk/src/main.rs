//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;
mod precompiles;

use accelerator::Zisk;

ziskos::entrypoint!(main);

/// Where std's panic handler ends on this target, having written the message to the UART. Ends the run as failed: an
/// exit code other than 0 is what a verifier refuses.
#[no_mangle]
extern "C" fn sys_panic(_message: *const u8, _length: usize) -> ! {
    // SAFETY: system call 93 is exit and does not come back.
    unsafe { core::arch::asm!("ecall", in("a7") 93, in("a0") 1, options(noreturn)) }
}

fn main() {
    let input = ziskos::io::read_slice();
    let (output, reject) = zkperf_guest_lean::run(input, Zisk);
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    ziskos::io::commit_slice(&output.to_bytes());
}
