//! Validates the block in the input and commits the result, whether it was accepted or not.
#![no_main]

mod accelerator;

use accelerator::Zisk;
use std::sync::Arc;
use zkperf_guest_core::GuestCrypto;
ziskos::entrypoint!(main);

extern "C" {
    /// Writes to the UART, which the emulators pass through; defined by `ziskos`.
    fn sys_write(fd: u32, bytes: *const u8, length: usize);
}

/// Where std's panic handler ends on this target, with the whole message.
#[no_mangle]
extern "C" fn sys_panic(message: *const u8, length: usize) -> ! {
    // SAFETY: std passes a message of that length; the UART takes any bytes.
    unsafe {
        sys_write(2, message, length);
        sys_write(2, b"\n".as_ptr(), 1);
    }
    halt()
}

/// Ends the run as failed: an exit code other than 0 is what a verifier refuses.
fn halt() -> ! {
    // SAFETY: system call 93 is exit and does not come back.
    unsafe { core::arch::asm!("ecall", in("a7") 93, in("a0") 1, options(noreturn)) }
}

fn main() {
    let input = ziskos::io::read_slice();
    let (output, reject) = zkperf_guest_core::run(input, Arc::new(GuestCrypto(Zisk)));
    if let Some(reject) = reject {
        println!("rejected with code {}: {reject}", output.status);
    }
    ziskos::io::commit_slice(&output.to_bytes());
}
