//! What probes see, and which contexts it labels.

use zkperf_exec::{CallTree, Entered, GuestMemory, Labelled, Landing, Probe, ProbeValue};
use zkperf_profile::{Function, Origin};

/// Memory from address 0x1000 on.
struct Memory(Vec<u8>);

impl GuestMemory for Memory {
    fn peek(&self, address: u64, bytes: &mut [u8]) -> bool {
        let start = address.wrapping_sub(0x1000) as usize;
        let found = start
            .checked_add(bytes.len())
            .and_then(|end| self.0.get(start..end));
        found.map(|found| bytes.copy_from_slice(found)).is_some()
    }
}

const MAIN: u32 = 0;
const RUN: u32 = 1;
const HANDLER: u32 = 2;
const COPY: u32 = 3;
const BEGIN: u32 = 4;

fn functions() -> Vec<Function> {
    let names = [
        "main",
        "evm[1f2e3d]::run",
        "<evm[1f2e3d]::Op>::wrap::<evm[1f2e3d]::Add>",
        "memcpy",
        "evm::begin::h0123456789abcdef",
    ];
    let function = |name: &str| Function {
        name: name.to_owned(),
        symbol: String::new(),
        address: Some(0),
        bytes: 4,
        origin: Origin::Guest,
    };
    names.map(function).to_vec()
}

fn probe(functions: &str, callers: &[&str], key: &str, value: ProbeValue, on: Labelled) -> Probe {
    Probe {
        functions: vec![functions.to_owned()],
        callers: callers.iter().map(|name| name.to_string()).collect(),
        key: key.to_owned(),
        value,
        on,
    }
}

/// A run on a tree with probes; every event happens one unit after the last.
struct Run {
    tree: CallTree<1>,
    now: u64,
    memory: Memory,
    arguments: [u64; 8],
}

impl Run {
    fn new(probes: &[Probe]) -> Self {
        Run {
            tree: CallTree::new(MAIN, 100).with_probes(probes, &functions()),
            now: 0,
            memory: Memory((0..64).collect()),
            arguments: [0; 8],
        }
    }

    fn landing(function: u32, at_entry: bool) -> Landing {
        Landing {
            address: u64::from(function) * 0x100 + u64::from(!at_entry),
            function,
            at_entry,
        }
    }

    fn call(&mut self, site: u32, function: u32) {
        self.now += 1;
        let depth = 1000 - u64::from(site);
        let to = Self::landing(function, true);
        let Run {
            tree,
            now,
            memory,
            arguments,
        } = self;
        let arguments = *arguments;
        let memory = &*memory;
        let entered = || Entered { arguments, memory };
        tree.probed_call(site, to, u64::from(site), depth, &[*now], entered);
    }

    fn ret(&mut self, site: u32, function: u32) {
        self.now += 1;
        let to = Landing {
            address: u64::from(site),
            function,
            at_entry: false,
        };
        let depth = 1000 - u64::from(site);
        self.tree.ret(99, to, depth, &[self.now]);
    }

    /// (function, label, calls, own value) of every node, in the order in which they came to be.
    fn nodes(&mut self) -> Vec<(u32, String, u64, u64)> {
        self.tree.charge(&[self.now]);
        let labels = self.tree.labels();
        let text = |label: u32| {
            let pairs = label.checked_sub(1).map(|at| &labels[at as usize].pairs);
            let pairs = pairs.into_iter().flatten();
            let texts: Vec<String> = pairs.map(|(key, value)| format!("{key}={value}")).collect();
            texts.join(",")
        };
        let sum: u64 = self.tree.values().iter().map(|value| value[0]).sum();
        assert_eq!(sum, self.now, "every unit is charged once");
        let nodes = self.tree.nodes().iter().zip(self.tree.values());
        nodes
            .map(|(node, value)| (node.function, text(node.label), node.calls, value[0]))
            .collect()
    }
}

#[test]
fn entries_are_numbered_from_the_right_callers_only() {
    let callers = ["evm::run"];
    let mut run = Run::new(&[
        probe(
            "evm::begin",
            &callers,
            "tx",
            ProbeValue::Next,
            Labelled::Entered,
        ),
        probe(
            "memcpy",
            &callers,
            "tx",
            ProbeValue::Same,
            Labelled::Entered,
        ),
    ]);
    run.call(1, BEGIN);
    run.ret(1, MAIN);
    run.call(2, RUN);
    for _ in 0..2 {
        run.call(3, BEGIN);
        run.ret(3, RUN);
        run.call(4, COPY);
        run.ret(4, RUN);
    }
    let found: Vec<(u32, String, u64)> = run
        .nodes()
        .into_iter()
        .map(|(function, label, calls, _)| (function, label, calls))
        .collect();
    let expected = [
        (MAIN, "", 1),
        (BEGIN, "", 1),
        (RUN, "", 1),
        (BEGIN, "tx=0", 1),
        (COPY, "tx=0", 1),
        (BEGIN, "tx=1", 1),
        (COPY, "tx=1", 1),
    ];
    assert_eq!(
        found,
        expected.map(|(function, label, calls)| (function, label.to_owned(), calls))
    );
}

#[test]
fn a_caller_goes_on_under_another_label() {
    let value = ProbeValue::Bytes {
        argument: 0,
        offset: 4,
        count: 2,
    };
    let probes = [probe(
        "<evm::Op>::wrap::<*",
        &[],
        "contract",
        value,
        Labelled::Caller,
    )];
    let mut run = Run::new(&probes);
    run.call(1, RUN);
    // Two opcodes of one contract, one of another, and one of the first again.
    for address in [0x1000, 0x1000, 0x1010, 0x1000] {
        run.arguments[0] = address;
        run.call(2, HANDLER);
        run.ret(2, RUN);
    }
    // Where nothing is mapped, the label stays.
    run.arguments[0] = 0x9000;
    run.call(2, HANDLER);
    run.ret(2, RUN);
    run.ret(1, MAIN);
    assert_eq!(run.tree.current(), 0);
    let found = run.nodes();
    let of = |function: u32| -> Vec<(String, u64, u64)> {
        let same = found.iter().filter(|node| node.0 == function);
        same.map(|(_, label, calls, value)| (label.clone(), *calls, *value))
            .collect()
    };
    // The loop is entered once. A unit before each call is under the label of then: the first call's under none, the
    // second's, third's and fifth's and the one before the return under the first contract, the fourth's under the other.
    assert_eq!(
        of(RUN),
        [
            (String::new(), 1, 1),
            ("contract=0x0405".to_owned(), 0, 4),
            ("contract=0x1415".to_owned(), 0, 1),
        ]
    );
    assert_eq!(of(HANDLER).iter().map(|node| node.1).sum::<u64>(), 5);
    assert!(run.tree.resyncs().is_empty());
}

#[test]
fn arguments_tell_contexts_apart() {
    let value = ProbeValue::Argument { argument: 2 };
    let mut run = Run::new(&[probe("memcpy", &[], "bytes", value, Labelled::Entered)]);
    for bytes in [32, 32, 7] {
        run.arguments[2] = bytes;
        run.call(1, COPY);
        run.ret(1, MAIN);
    }
    let found = run.nodes();
    assert_eq!(found[1], (COPY, "bytes=32".to_owned(), 2, 2));
    assert_eq!(found[2], (COPY, "bytes=7".to_owned(), 1, 1));
}

#[test]
fn a_tail_call_is_looked_at_too() {
    let value = ProbeValue::Argument { argument: 2 };
    let mut run = Run::new(&[probe("memcpy", &[], "bytes", value, Labelled::Entered)]);
    run.call(1, RUN);
    run.arguments[2] = 5;
    run.now += 1;
    let entered = Entered {
        arguments: run.arguments,
        memory: &run.memory,
    };
    let to = Run::landing(COPY, true);
    run.tree.probed_leave(7, to, 999, &[run.now], || entered);
    run.ret(1, MAIN);
    assert_eq!(run.nodes()[2], (COPY, "bytes=5".to_owned(), 1, 1));
    assert_eq!(run.tree.current(), 0);
}
