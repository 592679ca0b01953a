//! The input format: round trip, canonical form, and one typed error per kind of damage.

use zkperf_guest_core::{
    mainnet, run, ChainConfig, ChainSpec, GuestInput, InputError, PortableCrypto, WITNESS_SCHEMA,
};

fn sample(chain: ChainSpec) -> GuestInput<'static> {
    GuestInput {
        chain,
        block: b"a block",
        nodes: vec![b"node", b"", b"another node"],
        codes: vec![],
        headers: vec![&[7; 64]],
    }
}

fn custom() -> ChainSpec {
    ChainSpec::Custom(Box::new(ChainConfig {
        chain_id: 1337,
        ..mainnet()
    }))
}

#[test]
fn what_is_written_is_read_back() {
    for chain in [ChainSpec::Mainnet, custom()] {
        let input = sample(chain);
        let mut bytes = input.encode();
        assert_eq!(bytes.len() % 8, 0);
        assert_eq!(GuestInput::decode(&bytes), Ok(input.clone()));
        bytes.extend_from_slice(&[0; 16]);
        assert_eq!(GuestInput::decode(&bytes), Ok(input));
    }
}

#[test]
fn every_truncation_is_noticed() {
    let bytes = sample(custom()).encode();
    for length in 1..bytes.len() {
        let result = GuestInput::decode(&bytes[..length]);
        assert!(
            matches!(result, Err(InputError::Truncated { .. })),
            "{length}: {result:?}"
        );
    }
    assert_eq!(GuestInput::decode(&[]), Err(InputError::Empty));
    assert_eq!(GuestInput::decode(&[0; 64]), Err(InputError::Empty));
}

#[test]
fn another_schema_is_named() {
    let mut bytes = sample(ChainSpec::Mainnet).encode();
    let last = 16 + WITNESS_SCHEMA.len() - 1;
    bytes[last] = b'0';
    let Err(InputError::OtherSchema { found }) = GuestInput::decode(&bytes) else {
        panic!("accepted")
    };
    assert!(found.ends_with("/0"), "{found}");
    bytes[0] = b'Z';
    assert_eq!(GuestInput::decode(&bytes), Err(InputError::Foreign));
}

#[test]
fn wild_lengths_neither_allocate_nor_panic() {
    let bytes = sample(custom()).encode();
    for at in (8..bytes.len()).step_by(8) {
        for value in [u64::MAX, u64::MAX / 2, 1 << 40, bytes.len() as u64] {
            let mut wild = bytes.clone();
            wild[at..at + 8].copy_from_slice(&value.to_le_bytes());
            let _ = GuestInput::decode(&wild);
        }
    }
}

#[test]
fn mainnet_rules_cannot_be_replaced() {
    let input = sample(ChainSpec::Custom(Box::new(mainnet())));
    assert!(matches!(
        GuestInput::decode(&input.encode()),
        Err(InputError::Malformed(_))
    ));
}

#[test]
fn bytes_after_the_end_are_refused() {
    let mut bytes = sample(ChainSpec::Mainnet).encode();
    bytes.push(1);
    assert!(matches!(
        GuestInput::decode(&bytes),
        Err(InputError::Malformed(_))
    ));
}

#[test]
fn the_order_of_a_witness_does_not_matter() {
    let state = [b"b".to_vec(), b"a".to_vec(), vec![0x80], b"b".to_vec()];
    let codes = [b"z".to_vec(), vec![], b"y".to_vec()];
    let one = GuestInput::from_witness(ChainSpec::Mainnet, b"block", &state, &codes, &[]);
    let (mut state, mut codes) = (state.to_vec(), codes.to_vec());
    state.reverse();
    codes.reverse();
    let other = GuestInput::from_witness(ChainSpec::Mainnet, b"block", &state, &codes, &[]);
    assert_eq!(one, other);
    assert_eq!(one.nodes, [b"a", b"b"]);
    assert_eq!(one.codes, [b"y", b"z"]);
}

#[test]
fn a_bad_input_is_published_with_its_code() {
    let code = |bytes: &[u8]| {
        run(bytes, std::sync::Arc::new(PortableCrypto::default()))
            .0
            .status
    };
    assert_eq!(code(&[]), 1);
    assert_eq!(code(b"something else"), 2);
    let bytes = sample(ChainSpec::Mainnet).encode();
    assert_eq!(code(&bytes[..40]), 4);
    assert_eq!(code(&bytes), 10);
}
