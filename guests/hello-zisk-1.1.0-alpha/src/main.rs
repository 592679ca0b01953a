//! Commits the sum of the input's bytes, as a u64; panics if the input starts with `!`, to show how that looks.
#![no_main]

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
    assert!(
        input.first() != Some(&b'!'),
        "the input starts with an exclamation mark"
    );
    let sum: u64 = input.iter().map(|byte| u64::from(*byte)).sum();
    println!("{} bytes add up to {sum}", input.len());
    ziskos::io::commit_slice(&sum.to_le_bytes());
}
