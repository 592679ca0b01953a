//! Commits the sum of the input's bytes, as a u64; panics if the input starts with `!`, to show how that looks.
#![no_main]

ziskos::entrypoint!(main);

/// Where std's panic handler ends on this target, having written the message to the UART. Ends the run as failed.
#[no_mangle]
extern "C" fn sys_panic(_message: *const u8, _length: usize) -> ! {
    // SAFETY: system call 93 is exit and does not come back.
    unsafe { core::arch::asm!("ecall", in("a7") 93, in("a0") 1, options(noreturn)) }
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
