//! Both twins of every kind give the same digest, natively.

use planted_core::{run, Circuits, Kind, Order, OrderError};
use sha2::Digest;
use tiny_keccak::{Hasher, Keccak};

struct Portable;

impl Circuits for Portable {
    fn keccak256(&self, input: &[u8]) -> [u8; 32] {
        let (mut keccak, mut hash) = (Keccak::v256(), [0; 32]);
        keccak.update(input);
        keccak.finalize(&mut hash);
        hash
    }

    fn sha256(&self, input: &[u8]) -> [u8; 32] {
        sha2::Sha256::digest(input).into()
    }
}

#[test]
fn twins_agree() {
    for kind in Kind::ALL {
        for (amount, seed) in [(0, 1), (1, 2), (777, 3), (3000, 4)] {
            let of = |fixed| {
                let order = Order {
                    kind: *kind,
                    fixed,
                    amount,
                    rounds: 2,
                    seed,
                };
                run(&order, &Portable)
            };
            assert_eq!(of(false), of(true), "{} {amount}", kind.name());
        }
    }
}

#[test]
fn other_input_is_refused() {
    assert_eq!(Order::parse(&[]), Err(OrderError::Length(0)));
    assert_eq!(Order::parse(&[255; 20]), Err(OrderError::Kind(u32::MAX)));
    assert!(Order::parse(&[0; 20]).is_ok());
}
