//! Each invariant broken once, and the error it gives.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use arbitrary::profiles;
use proptest::prelude::*;
use zkperf_profile::ProfileError as E;
use zkperf_profile::{
    example, Completeness, Entry, FunctionId, MeasureId, NodeId, Profile, ProfileData, Row, Source,
    Table, MAX_MEASURES,
};

fn broken(change: impl FnOnce(&mut ProfileData)) -> E {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).expect_err("the change breaks an invariant")
}

fn imported(data: &mut ProfileData) {
    data.completeness = Completeness::Imported {
        missing: vec!["pcs".into()],
    };
}

#[test]
fn the_example_is_valid() {
    let profile = Profile::new(example::small()).unwrap();
    let names: Vec<_> = profile
        .measures
        .iter()
        .map(|m| (&*m.name, m.total))
        .collect();
    let expected = [
        ("steps", 11_283),
        ("opcodes", 596_800),
        ("base", 50_000),
        ("main", 699_546),
        ("cost", 1_346_346),
    ];
    assert_eq!(names, expected);
}

#[test]
fn measures_are_named_once_and_in_order() {
    assert_eq!(
        broken(|d| d.measures[1].name.clear()),
        E::UnnamedMeasure { index: 1 }
    );
    let twice = broken(|d| d.measures[1].name = "steps".into());
    assert_eq!(
        twice,
        E::DuplicateMeasure {
            name: "steps".into()
        }
    );
    assert_eq!(
        broken(|d| d.measures[0].scale = 0),
        E::ZeroScale {
            measure: "steps".into()
        }
    );
    for of in [3, 4, 99] {
        let later = broken(|d| {
            d.measures[3].source = Source::Sum {
                of: vec![MeasureId(of)],
            }
        });
        assert_eq!(
            later,
            E::MeasureOrder {
                measure: "main".into(),
                of
            }
        );
    }
    let many = broken(|d| d.measures = vec![d.measures[0].clone(); MAX_MEASURES + 1]);
    let count = MAX_MEASURES + 1;
    assert_eq!(
        many,
        E::TooMany {
            what: "measures",
            count,
            limit: MAX_MEASURES
        }
    );
}

#[test]
fn exactly_one_measure_decides() {
    assert_eq!(
        broken(|d| d.measures[4].proving_cost = false),
        E::ProvingCost { count: 0 }
    );
    assert_eq!(
        broken(|d| d.measures[0].proving_cost = true),
        E::ProvingCost { count: 2 }
    );
    let mut none = example::small();
    imported(&mut none);
    none.measures[4].proving_cost = false;
    assert_eq!(Profile::new(none).unwrap().proving_cost(), None);
    let two = broken(|d| {
        imported(d);
        d.measures[0].proving_cost = true;
    });
    assert_eq!(two, E::ProvingCost { count: 2 });
}

#[test]
fn the_tree_is_a_tree() {
    let no_root = broken(|d| {
        d.nodes.clear();
        d.node_values.iter_mut().for_each(Vec::clear);
    });
    assert_eq!(no_root, E::NoRoot);
    assert_eq!(broken(|d| d.nodes[0].entry = Entry::Call), E::BadRoot);
    assert_eq!(broken(|d| d.nodes[0].parent = NodeId(1)), E::BadRoot);
    for parent in [3, 4, u32::MAX] {
        let parent = NodeId(parent);
        let wrong = broken(|d| d.nodes[3].parent = parent);
        assert_eq!(wrong, E::ParentOrder { node: 3, parent });
    }
    let function = FunctionId(8);
    let unknown = broken(|d| d.nodes[2].function = function);
    assert_eq!(
        unknown,
        E::UnknownFunction {
            place: "node",
            index: 2,
            function,
            count: 8
        }
    );
    let label = broken(|d| d.nodes[2].label = Some(1));
    assert_eq!(
        label,
        E::UnknownLabel {
            node: 2,
            label: 1,
            count: 1
        }
    );
}

#[test]
fn pcs_are_sorted_and_unique() {
    let function = FunctionId(8);
    let unknown = broken(|d| d.pcs[1].function = function);
    assert_eq!(
        unknown,
        E::UnknownFunction {
            place: "pc",
            index: 1,
            function,
            count: 8
        }
    );
    assert_eq!(broken(|d| d.pcs.swap(2, 3)), E::PcOrder { index: 3 });
    assert_eq!(broken(|d| d.pcs[3] = d.pcs[2]), E::PcOrder { index: 3 });
}

#[test]
fn columns_are_as_many_and_as_long_as_they_should() {
    let few = broken(|d| d.node_values.truncate(2));
    assert_eq!(
        few,
        E::ColumnCount {
            table: "node_values",
            found: 2,
            expected: 3
        }
    );
    let many = broken(|d| d.pc_values.push(vec![]));
    assert_eq!(
        many,
        E::ColumnCount {
            table: "pc_values",
            found: 4,
            expected: 3
        }
    );
    let length = |table, found, expected| E::ColumnLength {
        table,
        measure: "opcodes".into(),
        found,
        expected,
    };
    let short = broken(|d| d.node_values[1].truncate(9));
    assert_eq!(short, length("node_values", 9, 10));
    let long = broken(|d| d.pc_values[1].push(0));
    assert_eq!(long, length("pc_values", 13, 12));
}

#[test]
fn sums_beyond_64_bits_are_refused() {
    let over = |what, measure: &str| E::Overflow {
        what,
        measure: measure.into(),
    };
    let big = u64::MAX;
    let nodes = broken(|d| d.node_values[1][1..3].fill(big));
    assert_eq!(nodes, over("the node values", "opcodes"));
    let mut data = example::small();
    data.pc_values[1][..2].fill(big);
    assert_eq!(Profile::new(data), Err(over("the pc values", "opcodes")));
    assert_eq!(
        broken(|d| d.nodes[1..3].iter_mut().for_each(|n| n.calls = big)),
        over("the call counts", "nodes")
    );
    assert_eq!(
        broken(|d| d.pcs[2..4].iter_mut().for_each(|p| p.count = big)),
        over("the execution counts", "pcs")
    );
    assert_eq!(
        broken(|d| d.resyncs = vec![
            zkperf_profile::Resync {
                pc: 0,
                target: 0,
                count: big
            };
            2
        ]),
        over("the counts", "resyncs")
    );
    let factor = broken(|d| {
        d.measures[4].source = Source::Multiple {
            of: MeasureId(3),
            by: big,
        };
    });
    assert_eq!(factor, over("the factors", "cost"));
    let derived = broken(|d| {
        d.measures[4].source = Source::Multiple {
            of: MeasureId(0),
            by: big,
        };
    });
    assert_eq!(derived, over("the derived values", "cost"));
    let total = broken(|d| {
        imported(d);
        (d.measures[0].total, d.measures[0].scale) = (big, big);
    });
    assert_eq!(total, over("total * scale + remainder", "steps"));
}

#[test]
fn tree_pcs_and_totals_add_up_to_the_same() {
    let measure = || "opcodes".to_owned();
    let nodes = broken(|d| d.node_values[1][3] += 1);
    assert_eq!(
        nodes,
        E::NodesDoNotClose {
            measure: measure(),
            sum: 596_801,
            expected: 596_800
        }
    );
    let pcs = broken(|d| d.pc_values[1][3] += 1);
    assert_eq!(
        pcs,
        E::PcsDoNotClose {
            measure: measure(),
            sum: 596_801,
            expected: 596_800
        }
    );
    let total = broken(|d| d.measures[1].total -= 1);
    assert_eq!(
        total,
        E::NodesDoNotClose {
            measure: measure(),
            sum: 596_800,
            expected: 596_799
        }
    );
    let remainder = broken(|d| d.measures[1].remainder = 1);
    assert!(matches!(remainder, E::NodesDoNotClose { .. }));
    let derived = broken(|d| d.measures[4].total += 1);
    let cost = "cost".to_owned();
    assert_eq!(
        derived,
        E::DerivedTotal {
            measure: cost,
            sum: 1_346_346,
            expected: 1_346_347
        }
    );
    // Partial profiles close as well: over what did run.
    let partial = broken(|d| {
        d.completeness = Completeness::Partial {
            reason: "panicked".into(),
            pc: None,
            function: "".into(),
        };
        d.node_values[1][3] += 1;
    });
    assert!(matches!(partial, E::NodesDoNotClose { .. }));
}

#[test]
fn scale_and_remainder_close_as_stated() {
    // 596,800 node units are 3,124 official ones of 191, and 116 over.
    let mut data = example::small();
    let opcodes = &mut data.measures[1];
    (opcodes.scale, opcodes.total, opcodes.remainder) = (191, 3_124, 116);
    let profile = Profile::new(data.clone()).unwrap();
    assert_eq!(profile.sum(MeasureId(1)), 596_800);
    data.measures[1].remainder = 115;
    assert!(matches!(Profile::new(data), Err(E::NodesDoNotClose { .. })));
}

#[test]
fn both_sides_agree_about_every_function() {
    // The same sum, but moved from `visit` to `hash` on one side only.
    let split = broken(|d| {
        d.node_values[1][3] -= 10;
        d.node_values[1][5] += 10;
    });
    let name = example::small().functions[3].name.clone();
    let (nodes, pcs) = (74_990, 75_000);
    assert_eq!(
        split,
        E::FunctionSplit {
            measure: "opcodes".into(),
            name,
            nodes,
            pcs
        }
    );
}

#[test]
fn an_imported_profile_may_know_less_but_not_more() {
    let mut data = example::small();
    imported(&mut data);
    data.pcs.clear();
    data.source = Default::default();
    data.pc_values.iter_mut().for_each(Vec::clear);
    data.node_values[1][3] = 0;
    let profile = Profile::new(data.clone()).unwrap();
    assert_eq!(profile.sum(MeasureId(1)), 596_800, "the total is the total");
    data.node_values[1][3] = 1_000_000;
    assert!(matches!(Profile::new(data), Err(E::NodesDoNotClose { .. })));
    let pcs = broken(|d| {
        imported(d);
        d.pc_values[1][3] += 1;
    });
    assert!(matches!(pcs, E::PcsDoNotClose { .. }));
}

#[test]
fn tables_and_scopes_are_rectangular() {
    let row = broken(|d| d.tables[0].rows[1].values.truncate(1));
    let table = "opcodes".to_owned();
    assert_eq!(
        row,
        E::TableWidth {
            table: table.clone(),
            row: 1,
            found: 1,
            expected: 3
        }
    );
    let row = Row {
        label: "x".into(),
        values: vec![],
    };
    let other = Table {
        name: table.clone(),
        columns: vec![],
        rows: vec![row],
    };
    assert_eq!(
        broken(|d| d.tables.push(other)),
        E::DuplicateTable { name: table }
    );
    let scope = broken(|d| d.scopes[0].values.push(1));
    assert_eq!(
        scope,
        E::ScopeWidth {
            scope: "trie".into(),
            found: 6,
            expected: 5
        }
    );
}

#[test]
fn timeline_and_unattributed_shares_fit_the_run() {
    let node = NodeId(10);
    let unknown = broken(|d| d.timeline.nodes[1] = node);
    assert_eq!(
        unknown,
        E::TimelineNode {
            bucket: 1,
            node,
            count: 10
        }
    );
    assert_eq!(
        broken(|d| d.timeline.bucket = 0),
        E::TimelineWidth { buckets: 3 }
    );
    let more = broken(|d| d.unattributed[0].value = u64::MAX);
    assert_eq!(
        more,
        E::Unattributed {
            sum: u64::MAX.into(),
            total: 1_346_346
        }
    );
}

proptest! {
    #[test]
    fn random_valid_profiles_are_valid(data in profiles()) {
        prop_assert!(Profile::new(data).is_ok());
    }

    /// Wild ids and values: an error, or a profile that every question can be asked of.
    #[test]
    fn nothing_panics_whatever_the_data(
        data in profiles(),
        wild in proptest::collection::vec((0u8..12, any::<prop::sample::Index>(), wild_value()), 1..4),
    ) {
        let mut data = data;
        for (place, at, value) in wild {
            let (node, pc) = (at.index(data.nodes.len()), at.index(data.pcs.len()));
            let small = value as u32;
            match place {
                0 => data.nodes[node].parent = NodeId(small),
                1 => data.nodes[node].function = FunctionId(small),
                2 => data.nodes[node].calls = value,
                3 => data.nodes[node].label = Some(small),
                4 => data.pcs[pc].function = FunctionId(small),
                5 => data.pcs[pc].count = value,
                6 => data.node_values[0][node] = value,
                7 => data.pc_values[0][pc] = value,
                8 => data.measures[0].total = value,
                9 => data.measures[0].scale = value,
                10 => data.measures.last_mut().unwrap().source =
                    Source::Multiple { of: MeasureId(small), by: value },
                _ => data.completeness = Completeness::Imported { missing: vec![] },
            }
        }
        let Ok(profile) = Profile::new(data) else { return Ok(()) };
        let functions: Vec<FunctionId> =
            (0..profile.functions.len() as u32).map(FunctionId).collect();
        for measure in (0..profile.measures.len() as u32).map(MeasureId) {
            profile.inclusive_by_function(measure);
            profile.self_by_function(measure);
            profile.pc_column(measure);
            for function in &functions {
                profile.callers(&[*function], measure);
                profile.callees(&[*function], measure);
            }
        }
        profile.calls_by_function();
        prop_assert_eq!(Profile::from_bytes(&profile.to_bytes().unwrap()), Ok(profile));
    }
}

fn wild_value() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..30, Just(u64::MAX), Just(u64::MAX / 2), any::<u64>()]
}
