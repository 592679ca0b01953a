//! Commits the sum of the input's bytes, as a u64; panics if the input starts with `!`, to show how that looks.
#![no_main]

ziskos::entrypoint!(main);

extern "C" {
    /// Writes to the UART, which the emulators pass through; defined by `ziskos`.
    fn sys_write(fd: u32, bytes: *const u8, length: usize);
}

/// Where std's panic handler ends on this target, with the whole message.
#[no_mangle]
extern "C" fn sys_panic(message: *const u8, length: usize) -> ! {
    // SAFETY: std passes a message of that length; system call 93 is exit and does not come back.
    unsafe {
        sys_write(2, message, length);
        sys_write(2, b"\n".as_ptr(), 1);
        core::arch::asm!("ecall", in("a7") 93, in("a0") 1, options(noreturn))
    }
}

fn main() {
    let input = ziskos::io::read_slice();
    assert!(
        input.first() != Some(&b'!'),
        "the input starts with an exclamation mark"
    );
    let sum: u64 = input.iter().map(|byte| u64::from(*byte)).sum();
    println!("{} bytes add up to {sum}", input.len());
    ziskos::io::commit_slice(&sum.to_le_bytes());
}
