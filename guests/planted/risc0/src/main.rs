//! Carries out the order in the input and commits its digest.
#![no_main]

use planted_core::{Circuits, Order};
use risc0_zkvm::guest::env;

risc0_zkvm::guest::entry!(main);

struct Risc0;

impl Circuits for Risc0 {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        zkperf_guest_circuits::keccak256(input, env::risc0_keccak_update)
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        use risc0_zkvm::sha::{Impl, Sha256};
        let digest = Impl::hash_bytes(input);
        core::array::from_fn(|i| digest.as_bytes()[i])
    }

    fn read(&self, into: &mut [u8]) {
        env::read_slice(into);
    }
}

fn main() {
    let mut input = [0; 20];
    env::read_slice(&mut input);
    let order = Order::parse(&input).expect("an order");
    env::commit_slice(&planted_core::run(&order, &Risc0).to_le_bytes());
}
