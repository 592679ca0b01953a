//! Inputs that must be rejected, inside the guest: the prebuilt ZisK guest, run by our engine, commits the same
//! output as the shared code does natively, with the code of the reason. The block is the demo's, so this runs on
//! any machine.

mod support;

use ethrex_common::types::{compute_transactions_root, Block};
use ethrex_rlp::decode::RLPDecode;
use ethrex_rlp::encode::RLPEncode;
use std::sync::Arc;
use support::{guest, repository};
use zkperf_block::{fetch_input, InputFormat, InputRequest, InputSource, Store};
use zkperf_exec::{Control, GuestInput as Buffers, Program, Zkvm};
use zkperf_guest_core::{run, GuestInput, Output, PortableCrypto, STATUS_VALID, WITNESS_SCHEMA};
use zkperf_zisk::Zisk;

/// The demo's input without framing.
fn demo_input() -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let recorded = repository().join("fixtures/demo-block/demo-block.json.zst");
    let store = Store::at(folder.path().join("store"));
    let mut request = InputRequest::new(InputSource::Recorded(recorded), None, store);
    request.format = InputFormat::Sp1; // raw: no framing
    let stored = fetch_input(&request, &mut |_| {}).unwrap();
    std::fs::read(stored.path).unwrap()
}

/// One input and the code it must be rejected with; `None` leaves that to the native run.
struct Case {
    name: String,
    code: Option<u32>,
    input: Vec<u8>,
}

struct Cases<'a> {
    original: GuestInput<'a>,
    all: Vec<Case>,
}

impl Cases<'_> {
    fn bytes(&mut self, name: &str, code: u32, input: Vec<u8>) {
        self.all.push(Case {
            name: name.to_owned(),
            code: Some(code),
            input,
        });
    }

    fn input(&mut self, name: &str, code: u32, change: impl FnOnce(&mut GuestInput<'_>)) {
        let mut changed = self.original.clone();
        change(&mut changed);
        self.bytes(name, code, changed.encode());
    }

    fn block(&mut self, name: &str, code: u32, change: impl FnOnce(&mut Block)) {
        let mut block = Block::decode(self.original.block).unwrap();
        change(&mut block);
        // The header keeps the hash of what it was until it is made anew.
        block.header.hash = Default::default();
        let block = block.encode_to_vec();
        let changed = GuestInput {
            block: &block,
            ..self.original.clone()
        };
        let input = changed.encode();
        self.bytes(name, code, input);
    }
}

/// The list of `guests/core/tests/blocks.rs`, and each way an input can be unreadable.
fn cases(original: &[u8]) -> Vec<Case> {
    let mut cases = Cases {
        original: GuestInput::decode(original).unwrap(),
        all: Vec::new(),
    };
    unreadable(&mut cases, original);
    cases.block("parent hash", 22, |b| b.header.parent_hash.0[0] ^= 1);
    cases.block("state root", 65, |b| b.header.state_root.0[0] ^= 1);
    cases.block("transactions root", 31, |b| {
        b.header.transactions_root.0[0] ^= 1
    });
    cases.block("receipts root", 61, |b| b.header.receipts_root.0[0] ^= 1);
    cases.block("logs bloom", 62, |b| b.header.logs_bloom.0[0] ^= 1);
    cases.block("gas used", 60, |b| b.header.gas_used += 1);
    cases.block("timestamp", 30, |b| b.header.timestamp = 1);
    cases.block("base fee", 30, |b| b.header.base_fee_per_gas = Some(1));
    cases.block("requests", 63, |b| {
        b.header.requests_hash.as_mut().unwrap().0[0] ^= 1;
    });
    cases.block("withdrawals root", 32, |b| {
        b.header.withdrawals_root.as_mut().unwrap().0[0] ^= 1;
    });
    cases.block("transactions swapped", 31, |b| {
        b.body.transactions.swap(0, 1)
    });
    cases.block("transaction dropped, root mended", 60, |b| {
        b.body.transactions.pop();
        b.header.transactions_root =
            compute_transactions_root(&b.body.transactions, &PortableCrypto::default());
    });
    cases.block("transaction twice, root mended", 50, |b| {
        let first = b.body.transactions[0].clone();
        b.body.transactions.push(first);
        b.header.transactions_root =
            compute_transactions_root(&b.body.transactions, &PortableCrypto::default());
    });
    cases.input("no headers", 20, |i| i.headers.clear());
    cases.input("no nodes", 40, |i| i.nodes.clear());
    cases.input("no codes", 42, |i| i.codes.clear());
    forged(&mut cases);
    withheld(&mut cases);
    cases.all
}

fn unreadable(cases: &mut Cases<'_>, original: &[u8]) {
    cases.bytes("empty", 1, Vec::new());
    cases.bytes("zeros", 1, vec![0; 64]);
    cases.bytes("foreign", 2, vec![7; 64]);
    let mut stale = original.to_vec();
    let at = original
        .windows(WITNESS_SCHEMA.len())
        .position(|window| window == WITNESS_SCHEMA.as_bytes())
        .unwrap();
    stale[at + WITNESS_SCHEMA.len() - 1] ^= 1;
    cases.bytes("another schema", 3, stale);
    for (name, keep) in [
        ("cut in the magic", 5),
        ("cut in the schema", 30),
        ("cut in the middle", original.len() / 2),
        ("cut at the end", original.len() - 8),
    ] {
        cases.bytes(name, 4, original[..keep].to_vec());
    }
    let mut longer = original.to_vec();
    longer.extend([1; 8]);
    cases.bytes("bytes after the end", 5, longer);
    cases.input("block is no RLP", 10, |i| i.block = b"\xc1\xc1\xc1");
    cases.input("header is no RLP", 11, |i| i.headers[0] = b"\xc1\xc1\xc1");
}

/// A changed node, code or header has another hash, so the right one is missing.
fn forged(cases: &mut Cases<'_>) {
    let flipped = |items: &[&[u8]]| -> Vec<Vec<u8>> {
        let mut items: Vec<Vec<u8>> = items.iter().map(|item| item.to_vec()).collect();
        for item in &mut items {
            *item.last_mut().unwrap() ^= 1;
        }
        items
    };
    let nodes = flipped(&cases.original.nodes);
    let codes = flipped(&cases.original.codes);
    let headers = flipped(&cases.original.headers);
    fn slices(items: &[Vec<u8>]) -> Vec<&[u8]> {
        items.iter().map(Vec::as_slice).collect()
    }
    let changed = GuestInput {
        nodes: slices(&nodes),
        ..cases.original.clone()
    };
    let input = changed.encode();
    cases.bytes("nodes altered", 40, input);
    let changed = GuestInput {
        codes: slices(&codes),
        ..cases.original.clone()
    };
    let input = changed.encode();
    cases.bytes("codes altered", 42, input);
    let mut one = cases.original.clone();
    let last = one.headers.len() - 1;
    one.headers[last] = &headers[last];
    let input = one.encode();
    cases.bytes("parent altered", 22, input);
}

/// Not every node of a witness is read; those that are must be missed. The native run says which.
fn withheld(cases: &mut Cases<'_>) {
    let nodes = cases.original.nodes.len();
    for index in (0..nodes).step_by((nodes / 6).max(1)) {
        let mut changed = cases.original.clone();
        changed.nodes.remove(index);
        cases.all.push(Case {
            name: format!("node {index} withheld"),
            code: None,
            input: changed.encode(),
        });
    }
    for index in 0..cases.original.codes.len().min(3) {
        let mut changed = cases.original.clone();
        changed.codes.remove(index);
        cases.all.push(Case {
            name: format!("code {index} withheld"),
            code: None,
            input: changed.encode(),
        });
    }
}

/// What the guest commits: the start of the 256 bytes of public output.
fn commits(program: &dyn Program, input: &[u8], name: &str) -> Output {
    let input = Buffers {
        buffers: vec![InputFormat::Zisk.frame(input)],
        ..Buffers::default()
    };
    let outcome = program.run(&input, &mut Control::default()).unwrap();
    assert!(outcome.fault.is_none(), "{name}: {:?}", outcome.fault);
    Output::from_bytes(&outcome.output).unwrap_or_else(|| panic!("{name}: no output"))
}

fn check(variant: &str, wanted: impl Fn(&Case) -> bool) -> usize {
    let folder = tempfile::tempdir().unwrap();
    let elf = std::fs::read(guest(folder.path(), variant)).unwrap();
    let program = Zisk.load(&elf).unwrap();
    let original = demo_input();
    let accepted = commits(program.as_ref(), &original, "the block itself");
    assert_eq!(accepted.status, STATUS_VALID);
    let mut rejected = 0;
    for case in cases(&original).iter().filter(|case| wanted(case)) {
        let (native, reason) = run(&case.input, Arc::new(PortableCrypto::default()));
        let inside = commits(program.as_ref(), &case.input, &case.name);
        let reason = reason.map_or("accepted".to_owned(), |reason| reason.to_string());
        println!("{variant}, {}: {} ({reason})", case.name, inside.status);
        assert_eq!(inside, native, "{}: {reason}", case.name);
        if let Some(code) = case.code {
            assert_eq!(native.status, code, "{}: {reason}", case.name);
        }
        rejected += usize::from(inside.status != STATUS_VALID);
    }
    rejected
}

#[test]
fn the_accelerated_guest_rejects_what_must_be_rejected() {
    let rejected = check("accelerated", |_| true);
    assert!(rejected >= 36, "{rejected}");
}

/// The same code without accelerators; the cases that run the whole block take longer, so one of each kind.
#[test]
fn the_unpatched_guest_rejects_what_must_be_rejected() {
    let names = [
        "cut in the middle",
        "parent hash",
        "state root",
        "gas used",
        "receipts root",
        "nodes altered",
        "codes altered",
    ];
    let rejected = check("unpatched", |case| names.contains(&case.name.as_str()));
    assert_eq!(rejected, names.len());
}
