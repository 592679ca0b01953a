//! Carries out the order in the input and commits its digest.
#![no_main]

use planted_core::{Circuits, Order};

ziskos::entrypoint!(main);

/// Where std's panic handler ends on this target, having written the message to the UART. Ends the run as failed.
#[no_mangle]
extern "C" fn sys_panic(_message: *const u8, _length: usize) -> ! {
    // SAFETY: system call 93 is exit and does not come back.
    unsafe { core::arch::asm!("ecall", in("a7") 93, in("a0") 1, options(noreturn)) }
}

struct Zisk;

impl Circuits for Zisk {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        ziskos::zisklib::keccak256(input)
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        ziskos::zisklib::sha256(input)
    }
}

fn main() {
    let order = Order::parse(ziskos::io::read_slice()).expect("an order");
    ziskos::io::commit_slice(&planted_core::run(&order, &Zisk).to_le_bytes());
}
