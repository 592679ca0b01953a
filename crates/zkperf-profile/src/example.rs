//! A small profile, made by hand: for documentation and for the tests of whoever reads profiles.

use crate::model::{
    Completeness, CostModel, ElfId, Entry, Function, FunctionId, InputId, Label, Measure,
    MeasureId, Node, NodeId, Origin, Pc, ProfileData, Resync, Row, Run, Scope, Source, Table,
    Timeline, Unattributed,
};
use crate::source_map::{InlinedFrame, InlinedFunction, Place, Position, SourceMap};

/// A profile with one of everything: recursion, a tail call, a label, a scope, tables, a
/// re-synchronisation, a stored, a summed and a multiplied measure, a cost without a pc, and a
/// share that no function carries.
///
/// It reads: `main` walks a trie (`visit` calls itself), hashes what it finds (`hash` ends in
/// `memcpy` by a tail call), and pays the zkVM's base cost.
pub fn small() -> ProfileData {
    // (parent, function, call site, calls, entry, label), then steps and opcodes of the node itself
    let tree = [
        ((0, 0, 0, 0, Entry::Root, None), [0, 0]),
        ((0, 1, 0, 1, Entry::Call, None), [20, 400]),
        ((1, 2, 0x1008, 1, Entry::Call, Some(0)), [300, 9_000]),
        ((2, 3, 0x2010, 4, Entry::Call, None), [1_000, 30_000]),
        ((3, 3, 0x4020, 6, Entry::Call, None), [1_500, 45_000]),
        ((4, 4, 0x4030, 12, Entry::Call, None), [6_000, 400_000]),
        ((2, 4, 0x2020, 3, Entry::Call, None), [1_500, 100_000]),
        ((5, 5, 0x6040, 12, Entry::Tail, None), [960, 12_345]),
        ((0, 6, 0, 0, Entry::Root, None), [0, 0]),
        ((0, 7, 0, 1, Entry::Resync, None), [3, 55]),
    ];
    let base = 50_000;
    let nodes: Vec<Node> = tree
        .iter()
        .map(
            |&((parent, function, call_site, calls, entry, label), _)| Node {
                parent: NodeId(parent),
                function: FunctionId(function),
                call_site,
                calls,
                entry,
                label,
            },
        )
        .collect();
    let column = |at: usize| -> Vec<u64> { tree.iter().map(|(_, values)| values[at]).collect() };
    let mut bases = vec![0; nodes.len()];
    bases[8] = base;
    let node_values = vec![column(0), column(1), bases];
    let functions = functions();
    let (pcs, pc_values) = pcs(&functions, &nodes, &node_values);
    let source = source(&functions, &pcs);
    let total = |column: usize| node_values[column].iter().sum::<u64>();
    let (steps, opcodes) = (total(0), total(1));
    let measure = |name: &str, unit: &str, about: &str, source, total| Measure {
        name: name.to_owned(),
        unit: unit.to_owned(),
        about: about.to_owned(),
        source,
        total,
        scale: 1,
        remainder: 0,
        proving_cost: name == "cost",
    };
    let main = Source::Multiple {
        of: MeasureId(0),
        by: 62,
    };
    let cost = Source::Sum {
        of: [3, 1, 2].map(MeasureId).to_vec(),
    };
    let all = steps * 62 + opcodes + base;
    ProfileData {
        run: run(),
        completeness: Completeness::Complete,
        measures: vec![
            measure(
                "steps",
                "steps",
                "Instructions executed by the zkVM.",
                Source::Stored,
                steps,
            ),
            measure(
                "opcodes",
                "cost",
                "Operations of the instructions.",
                Source::Stored,
                opcodes,
            ),
            measure(
                "base",
                "cost",
                "The same for every run.",
                Source::Stored,
                base,
            ),
            measure("main", "cost", "62 for every step.", main, steps * 62),
            measure("cost", "cost", "What proving costs.", cost, all),
        ],
        functions,
        nodes,
        node_values,
        pcs,
        pc_values,
        tables: vec![Table {
            name: "opcodes".to_owned(),
            columns: ["unit_cost", "count", "cost"].map(str::to_owned).to_vec(),
            rows: vec![
                Row {
                    label: "add".to_owned(),
                    values: vec![21, 1_000, 21_000],
                },
                Row {
                    label: "keccak".to_owned(),
                    values: vec![41_513, 12, 498_156],
                },
            ],
        }],
        scopes: vec![Scope {
            name: "trie".to_owned(),
            entries: 4,
            values: vec![2_500, 75_000, 0, 155_000, 230_000],
        }],
        labels: vec![Label {
            pairs: vec![("phase".to_owned(), "execution".to_owned())],
        }],
        timeline: Timeline {
            bucket: 4_096,
            unit: "steps".to_owned(),
            nodes: [5, 5, 6].map(NodeId).to_vec(),
        },
        resyncs: vec![Resync {
            pc: 0x4abc,
            target: 0x2abc,
            count: 1,
        }],
        unattributed: vec![Unattributed {
            reason: "after a re-synchronisation".to_owned(),
            value: 3 * 62 + 55,
        }],
        source,
    }
}

fn functions() -> Vec<Function> {
    let function = |name: &str, symbol: &str, address, bytes, origin| Function {
        name: name.to_owned(),
        symbol: symbol.to_owned(),
        address,
        bytes,
        origin,
    };
    let visit = "<guest::trie::Trie as guest::trie::Walk>::visit::h1111111111111111";
    let visit_symbol =
        "_ZN60_$LT$guest..trie..Trie$u20$as$u20$guest..trie..Walk$GT$5visit17h1111111111111111E";
    let hash = "guest::crypto::keccak::hash::h2222222222222222";
    let hash_symbol = "_ZN5guest6crypto6keccak4hash17h2222222222222222E";
    let main = "guest::main::h0000000000000000";
    vec![
        function("[run]", "", None, 0, Origin::Pseudo),
        function("_start", "_start", Some(0x1000), 0x40, Origin::System),
        function(
            main,
            "_ZN5guest4main17h0000000000000000E",
            Some(0x2000),
            0x400,
            Origin::Guest,
        ),
        function(visit, visit_symbol, Some(0x4000), 0x1000, Origin::Guest),
        function(hash, hash_symbol, Some(0x6000), 0x800, Origin::Guest),
        function("memcpy", "memcpy", Some(0x7000), 0x80, Origin::Library),
        function("[base]", "", None, 0, Origin::Pseudo),
        function("[unattributed]", "", None, 0, Origin::Pseudo),
    ]
}

/// Two program counters for each function that cost something, so that both sides agree.
/// The second half of `visit` and of `hash` is inlined code: `decode`, and in it `take`.
fn source(functions: &[Function], pcs: &[Pc]) -> SourceMap {
    let at = |file: u32, line: u32| Position {
        file: Some(file),
        line,
        column: 5,
    };
    let inlined = |name: &str| InlinedFunction {
        name: name.to_owned(),
        file: Some(1),
    };
    let frame = |parent, function, call| InlinedFrame {
        parent,
        function,
        call,
    };
    let place = |pc: &Pc| {
        let function = &functions[pc.function.0 as usize];
        match (function.address, pc.address) {
            (Some(start), Some(address)) => {
                let inner = address > start;
                let (frame, position) = match pc.function.0 {
                    3 if inner => (Some(0), at(1, 20)),
                    4 if inner => (Some(1), at(1, 30)),
                    function => (None, at(0, 10 * function)),
                };
                Place { frame, position }
            }
            _ => Place::default(),
        }
    };
    SourceMap {
        notes: Vec::new(),
        files: vec!["src/trie.rs".to_owned(), "src/decode.rs".to_owned()],
        inlined: vec![inlined("guest::decode"), inlined("guest::take")],
        frames: vec![frame(None, 0, at(0, 31)), frame(Some(0), 1, at(1, 21))],
        places: pcs.iter().map(place).collect(),
    }
}

fn pcs(
    functions: &[Function],
    nodes: &[Node],
    node_values: &[Vec<u64>],
) -> (Vec<Pc>, Vec<Vec<u64>>) {
    let mut rows: Vec<(Pc, Vec<u64>)> = Vec::new();
    for (index, function) in functions.iter().enumerate() {
        let id = FunctionId(index as u32);
        let sums: Vec<u64> = node_values
            .iter()
            .map(|column| {
                let own = nodes
                    .iter()
                    .zip(column)
                    .filter(|(node, _)| node.function == id);
                own.map(|(_, value)| value).sum()
            })
            .collect();
        if sums.iter().all(|&sum| sum == 0) {
            continue;
        }
        let Some(address) = function.address else {
            rows.push((
                Pc {
                    address: None,
                    function: id,
                    count: 0,
                },
                sums,
            ));
            continue;
        };
        let count = sums[0] / 2;
        let half: Vec<u64> = sums.iter().map(|sum| sum / 3).collect();
        let rest = sums
            .iter()
            .zip(&half)
            .map(|(sum, half)| sum - half)
            .collect();
        rows.push((
            Pc {
                address: Some(address),
                function: id,
                count,
            },
            half,
        ));
        rows.push((
            Pc {
                address: Some(address + 4),
                function: id,
                count,
            },
            rest,
        ));
    }
    rows.sort_by_key(|(pc, _)| (pc.address, pc.function));
    let columns = (0..node_values.len())
        .map(|column| rows.iter().map(|(_, values)| values[column]).collect())
        .collect();
    (rows.into_iter().map(|(pc, _)| pc).collect(), columns)
}

fn run() -> Run {
    Run {
        zkvm: "zisk".to_owned(),
        zkvm_version: "1.4.0-alpha".to_owned(),
        cost_model: CostModel {
            name: "ziskemu cost table".to_owned(),
            version: "1".to_owned(),
            tables_sha256: "aa".repeat(32),
        },
        elf: ElfId {
            sha256: "bb".repeat(32),
            bytes: 41_234_567,
            guest: "reference".to_owned(),
            variant: "unpatched".to_owned(),
            compiler: "rustc 1.96.0".to_owned(),
            git_commit: "0123456789abcdef0123456789abcdef01234567".to_owned(),
            git_dirty: false,
        },
        input: InputId {
            sha256: "cc".repeat(32),
            bytes: 1_234_568,
            name: "ethrex_mainnet_24628607_0123456_input.bin".to_owned(),
            schema: "ethrex-31".to_owned(),
            block: Some(24_628_607),
            chain_id: Some(1),
        },
        exit: "exited".to_owned(),
        output_hex: "00ff".to_owned(),
        output_sha256: "dd".repeat(32),
        zkperf_version: "0.1.0".to_owned(),
        title: "example".to_owned(),
        created_unix: 1_790_000_000,
    }
}
