//! Carries out the order in the input and commits its digest.
#![no_main]

use planted_core::{Circuits, Order};

sp1_zkvm::entrypoint!(main);

struct Sp1;

impl Circuits for Sp1 {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::keccak256(input, |state| {
            // SAFETY: the circuit reads and writes these 25 words.
            unsafe { sp1_zkvm::lib::syscall_keccak_permute(state) }
        })
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::sha256(input, |state, block| {
            let mut schedule = [0; 64];
            schedule[..16].copy_from_slice(block);
            // SAFETY: the circuits read and write the 64 words of the schedule and the 8 of the state.
            unsafe {
                sp1_zkvm::lib::syscall_sha256_extend(&mut schedule);
                sp1_zkvm::lib::syscall_sha256_compress(&mut schedule, state);
            }
        })
    }
}

fn main() {
    let order = Order::parse(&sp1_zkvm::io::read_vec()).expect("an order");
    sp1_zkvm::io::commit_slice(&planted_core::run(&order, &Sp1).to_le_bytes());
}
