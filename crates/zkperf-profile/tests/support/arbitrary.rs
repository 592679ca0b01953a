//! Profiles of every shape, all of them valid.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use zkperf_profile::{
    example, Completeness, Entry, Function, FunctionId, InlinedFrame, InlinedFunction, Label,
    Measure, MeasureId, Node, NodeId, Origin, Pc, Place, Position, ProfileData, Resync, Row, Scope,
    Source, SourceMap, Table, Timeline, Unattributed,
};

/// Mostly small values, sometimes large ones; forty of the largest still fit 64 bits.
fn value() -> impl Strategy<Value = u64> {
    prop_oneof![4 => 0u64..4, 3 => 0u64..100_000, 1 => 0u64..1 << 50]
}

prop_compose! {
    fn function()(
        name in "[a-z:<>ü]{0,12}",
        symbol in "[a-zA-Z_0-9]{0,8}",
        address in option::of(any::<u64>()),
        bytes: u64,
        origin in prop::sample::select(vec![
            Origin::Guest, Origin::Library, Origin::System, Origin::Pseudo, Origin::Unknown,
        ]),
    ) -> Function {
        Function { name, symbol, address, bytes, origin }
    }
}

/// How the rows are filled: everything that does not have to add up.
#[derive(Debug, Clone)]
struct Rows {
    functions: Vec<Function>,
    nodes: Vec<(
        prop::sample::Index,
        prop::sample::Index,
        u64,
        u64,
        Entry,
        bool,
    )>,
    values: Vec<Vec<u64>>,
    counts: Vec<u64>,
    measures: Vec<(u64, u64, bool)>,
    completeness: Completeness,
    label: Vec<(String, String)>,
    buckets: Vec<prop::sample::Index>,
    resyncs: Vec<(u64, u64, u32)>,
    text: String,
}

fn completeness() -> impl Strategy<Value = Completeness> {
    prop_oneof![
        Just(Completeness::Complete),
        ("[a-z ]{0,9}", option::of(any::<u64>()), "[a-z]{0,9}").prop_map(
            |(reason, pc, function)| Completeness::Partial {
                reason,
                pc,
                function
            }
        ),
        vec("[a-z]{0,9}", 0..3).prop_map(|missing| Completeness::Imported { missing }),
    ]
}

fn entry() -> impl Strategy<Value = Entry> {
    prop::sample::select(vec![
        Entry::Root,
        Entry::Call,
        Entry::Tail,
        Entry::Resync,
        Entry::Inlined,
    ])
}

fn rows() -> impl Strategy<Value = Rows> {
    let index = any::<prop::sample::Index>;
    let node = (
        index(),
        index(),
        any::<u64>(),
        value(),
        entry(),
        any::<bool>(),
    );
    (
        vec(function(), 1..6),
        vec(node, 1..20),
        vec(vec(value(), 20), 1..4),
        vec(value(), 40),
        vec((1u64..300, 0u64..500, any::<bool>()), 4),
        completeness(),
        vec(("[a-z]{0,4}", "[a-z]{0,4}"), 0..3),
        vec(index(), 0..4),
        vec(any::<(u64, u64, u32)>(), 0..3),
        "[a-zA-Z ,\"\\\\\n→]{0,12}",
    )
        .prop_map(
            |(
                functions,
                nodes,
                values,
                counts,
                measures,
                completeness,
                label,
                buckets,
                resyncs,
                text,
            )| Rows {
                functions,
                nodes,
                values,
                counts,
                measures,
                completeness,
                label,
                buckets,
                resyncs,
                text,
            },
        )
}

/// Valid profiles: random trees, program counters made to agree with them, stored and derived
/// measures with scales and remainders, and a little of everything else.
pub fn profiles() -> impl Strategy<Value = ProfileData> {
    rows().prop_map(build)
}

fn build(rows: Rows) -> ProfileData {
    let nodes: Vec<Node> = rows
        .nodes
        .iter()
        .enumerate()
        .map(
            |(at, (parent, function, call_site, calls, entry, label))| Node {
                parent: NodeId(if at == 0 { 0 } else { parent.index(at) as u32 }),
                function: FunctionId(function.index(rows.functions.len()) as u32),
                call_site: *call_site,
                calls: *calls,
                entry: if at == 0 { Entry::Root } else { *entry },
                label: label.then_some(0),
            },
        )
        .collect();
    let node_values: Vec<Vec<u64>> = rows
        .values
        .iter()
        .map(|column| column[..nodes.len()].to_vec())
        .collect();
    let (pcs, pc_values) = pcs(&rows, &nodes, &node_values);
    let source = source(&rows, pcs.len());
    let measures = measures(&rows, &node_values);
    let scope = Scope {
        name: rows.text.clone(),
        entries: 3,
        values: vec![7; measures.len()],
    };
    ProfileData {
        completeness: rows.completeness,
        functions: rows.functions,
        node_values,
        pcs,
        pc_values,
        tables: vec![Table {
            name: rows.text.clone(),
            columns: vec!["count".into(), "cost".into()],
            rows: vec![Row {
                label: rows.text.clone(),
                values: vec![rows.counts[0], u64::MAX],
            }],
        }],
        scopes: vec![scope],
        labels: vec![Label { pairs: rows.label }],
        timeline: Timeline {
            bucket: 1,
            unit: "steps".into(),
            nodes: rows
                .buckets
                .iter()
                .map(|b| NodeId(b.index(nodes.len()) as u32))
                .collect(),
        },
        nodes,
        measures,
        resyncs: rows
            .resyncs
            .into_iter()
            .map(|(pc, target, count)| Resync {
                pc,
                target,
                count: count.into(),
            })
            .collect(),
        unattributed: vec![Unattributed {
            reason: rows.text,
            value: 0,
        }],
        source,
        run: example::small().run,
    }
}

/// Files, inlined functions, frames and a place for each pc, of whatever numbers there are; or nothing known.
fn source(rows: &Rows, pcs: usize) -> SourceMap {
    if rows.counts[0].is_multiple_of(4) {
        return SourceMap::default();
    }
    let number = |at: usize| rows.counts[at % rows.counts.len()];
    let file = |at: usize| [None, Some(0), Some(1)][(number(at) % 3) as usize];
    let position = |at: usize| Position {
        file: file(at),
        line: number(at + 1) as u32,
        column: number(at + 2) as u32 % 100,
    };
    let inlined: Vec<InlinedFunction> = (0..3)
        .map(|at| InlinedFunction {
            name: format!("{}{at}", rows.text),
            file: file(at),
        })
        .collect();
    let frames: Vec<InlinedFrame> = (0..8)
        .map(|at| InlinedFrame {
            parent: (at > 0 && number(at) % 2 == 1).then(|| (number(at + 3) % at as u64) as u32),
            function: (number(at + 5) % 3) as u32,
            call: position(at),
        })
        .collect();
    let place = |at: usize| Place {
        frame: (number(at + 7) % 3 > 0).then(|| (number(at + 8) % 8) as u32),
        position: position(at + 9),
    };
    SourceMap {
        notes: vec![rows.text.clone()],
        files: vec!["src/lib.rs".into(), "/ü/x.rs".into()],
        inlined,
        frames,
        places: (0..pcs).map(place).collect(),
    }
}

/// One to three pcs for each function, so that each function costs the same on both sides.
fn pcs(rows: &Rows, nodes: &[Node], node_values: &[Vec<u64>]) -> (Vec<Pc>, Vec<Vec<u64>>) {
    let mut made: Vec<(Pc, Vec<u64>)> = Vec::new();
    for at in 0..rows.functions.len() {
        let function = FunctionId(at as u32);
        let mut left: Vec<u64> = node_values
            .iter()
            .map(|column| {
                let own = nodes
                    .iter()
                    .zip(column)
                    .filter(|(node, _)| node.function == function);
                own.map(|(_, value)| value).sum()
            })
            .collect();
        let parts = 1 + rows.counts[at] % 3;
        for part in 0..parts {
            let last = part + 1 == parts;
            let values: Vec<u64> = left
                .iter()
                .map(|&left| if last { left } else { left / 2 })
                .collect();
            left.iter_mut()
                .zip(&values)
                .for_each(|(left, value)| *left -= value);
            let address =
                (!rows.counts[at + 5].is_multiple_of(5)).then(|| rows.counts[at] + 4 * part);
            let count = rows.counts[at * 3 + part as usize];
            if let Some(known) = made
                .iter_mut()
                .find(|(pc, _)| (pc.address, pc.function) == (address, function))
            {
                known
                    .1
                    .iter_mut()
                    .zip(&values)
                    .for_each(|(sum, value)| *sum += value);
            } else {
                made.push((
                    Pc {
                        address,
                        function,
                        count,
                    },
                    values,
                ));
            }
        }
    }
    made.sort_by_key(|(pc, _)| (pc.address, pc.function));
    let columns = (0..node_values.len())
        .map(|column| made.iter().map(|(_, values)| values[column]).collect())
        .collect();
    (made.into_iter().map(|(pc, _)| pc).collect(), columns)
}

/// The stored measures, a sum of them all and a multiple of the sum.
fn measures(rows: &Rows, node_values: &[Vec<u64>]) -> Vec<Measure> {
    let sums: Vec<u64> = node_values
        .iter()
        .map(|column| column.iter().sum())
        .collect();
    let stored = sums.len() as u32;
    let mut measures = Vec::new();
    let mut push = |source, sum: u64| {
        let at = measures.len();
        let (scale, remainder, closes_later) = rows.measures[at % rows.measures.len()];
        // What does not divide is the remainder, as with SP1's gas.
        let remainder = remainder.min(sum);
        let remainder = if closes_later { remainder } else { 0 };
        let total = (sum - remainder) / scale;
        measures.push(Measure {
            name: format!("m{at}"),
            unit: rows.text.clone(),
            about: String::new(),
            source,
            total,
            scale,
            remainder: sum - total * scale,
            proving_cost: at as u32 == stored,
        });
    };
    sums.iter().for_each(|&sum| push(Source::Stored, sum));
    let all = sums.iter().sum::<u64>();
    push(
        Source::Sum {
            of: (0..stored).map(MeasureId).collect(),
        },
        all,
    );
    push(
        Source::Multiple {
            of: MeasureId(stored),
            by: 3,
        },
        all * 3,
    );
    measures
}
