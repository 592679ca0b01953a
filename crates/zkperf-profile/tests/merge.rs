//! Several runs as one profile.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use arbitrary::profiles;
use proptest::prelude::*;
use zkperf_profile::{
    example, merge, Completeness, FunctionId, MeasureId, MergeError, Profile, ProfileData,
};

fn with(change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).unwrap()
}

fn small() -> Profile {
    with(|_| {})
}

#[test]
fn a_run_and_itself_are_twice_the_run() {
    let twice = merge(&[small(), small()]).unwrap();
    let once = small();
    assert_eq!(twice.nodes.len(), once.nodes.len());
    assert_eq!(twice.functions, once.functions);
    for (a, b) in twice.measures.iter().zip(&once.measures) {
        assert_eq!(
            (a.total, &a.name, &a.source),
            (2 * b.total, &b.name, &b.source)
        );
    }
    for (a, b) in twice.nodes.iter().zip(&once.nodes) {
        assert_eq!(
            (a.calls, a.parent, a.function),
            (2 * b.calls, b.parent, b.function)
        );
    }
    for (a, b) in twice.pcs.iter().zip(&once.pcs) {
        assert_eq!((a.count, a.address), (2 * b.count, b.address));
    }
    assert_eq!(
        twice.tables[0].rows[0].values,
        [21, 2_000, 42_000],
        "a rate is not added"
    );
    assert_eq!(
        (twice.scopes[0].entries, twice.scopes[0].values[0]),
        (8, 5_000)
    );
    assert_eq!((twice.resyncs.len(), twice.resyncs[0].count), (1, 2));
    assert_eq!(twice.unattributed[0].value, 2 * once.unattributed[0].value);
    assert_eq!(
        (twice.timeline.nodes.len(), &*twice.run.input.name),
        (0, "2 inputs")
    );
    assert_eq!(
        (twice.run.input.block, twice.run.input.chain_id),
        (None, Some(1))
    );
    assert_ne!(twice.run.input.sha256, once.run.input.sha256);
    assert_eq!(twice.run.elf, once.run.elf);
    assert_eq!(
        merge(&[small()]).unwrap(),
        small(),
        "one alone stays as it is"
    );
}

/// Another run of the same program: functions listed in another order, other contexts, other pcs.
fn other_run() -> Profile {
    with(|data| {
        let count = data.functions.len() as u32;
        data.functions.reverse();
        let turned = |f: FunctionId| FunctionId(count - 1 - f.0);
        data.nodes
            .iter_mut()
            .for_each(|n| n.function = turned(n.function));
        data.pcs
            .iter_mut()
            .for_each(|p| p.function = turned(p.function));
        data.nodes[6].call_site = 0x2999;
        // Sorted by (address, function): the functions without an address changed places.
        let mut order: Vec<usize> = (0..data.pcs.len()).collect();
        order.sort_by_key(|&at| (data.pcs[at].address, data.pcs[at].function));
        data.pcs = order.iter().map(|&at| data.pcs[at]).collect();
        for column in &mut data.pc_values {
            *column = order.iter().map(|&at| column[at]).collect();
        }
        data.labels[0].pairs[0].1 = "validation".to_owned();
        data.run.exit = "halted".to_owned();
    })
}

#[test]
fn functions_contexts_and_labels_are_matched_by_what_they_are() {
    let sum = merge(&[small(), other_run()]).unwrap();
    assert_eq!(sum.functions.len(), 8);
    assert_eq!(sum.labels.len(), 2);
    assert_eq!(sum.pcs.len(), small().pcs.len());
    // `main` and all below it stand twice, since its label differs; the rest is shared.
    assert_eq!(sum.nodes.len(), 10 + 6);
    assert_eq!(sum.run.exit, "");
    let steps = MeasureId(0);
    let by_name = |profile: &Profile| {
        let values = profile.inclusive_by_function(steps);
        let mut named: Vec<(String, u64)> = profile
            .functions
            .iter()
            .map(|f| f.name.clone())
            .zip(values)
            .collect();
        named.sort();
        named
    };
    let (one, two) = (by_name(&small()), by_name(&sum));
    for ((name, once), (_, twice)) in one.iter().zip(&two) {
        assert_eq!(*twice, 2 * once, "{name}");
    }
}

#[test]
fn what_does_not_belong_together_is_refused() {
    assert_eq!(merge(&[]), Err(MergeError::Nothing));
    let partial = with(|d| {
        d.completeness = Completeness::Partial {
            reason: "panicked".into(),
            pc: None,
            function: String::new(),
        };
    });
    let imported = with(|d| d.completeness = Completeness::Imported { missing: vec![] });
    let refused = |state| Err(MergeError::Incomplete { index: 1, state });
    assert_eq!(merge(&[small(), partial]), refused("partial"));
    assert_eq!(merge(&[small(), imported]), refused("imported"));
    type Change = fn(&mut ProfileData);
    let changes: [(&str, Change); 7] = [
        ("ELF", |d| d.run.elf.sha256 = "ee".into()),
        ("zkVM", |d| d.run.zkvm = "sp1".into()),
        ("zkVM version", |d| d.run.zkvm_version = "2".into()),
        ("cost model", |d| d.run.cost_model.name = "x".into()),
        ("cost model version", |d| {
            d.run.cost_model.version = "2".into()
        }),
        ("cost tables", |d| {
            d.run.cost_model.tables_sha256 = "ee".into()
        }),
        ("measures", |d| d.measures[0].name = "cycles".into()),
    ];
    for (expected, change) in changes {
        match merge(&[small(), small(), with(change)]) {
            Err(MergeError::Different { index: 2, what, .. }) => assert_eq!(what, expected),
            other => panic!("{expected}: {other:?}"),
        }
    }
    let rate = merge(&[small(), with(|d| d.tables[0].rows[1].values[0] = 1)]);
    assert!(
        matches!(rate, Err(MergeError::Rate { index: 1, .. })),
        "{rate:?}"
    );
}

#[test]
fn sums_beyond_64_bits_are_refused() {
    let big = with(|d| d.scopes[0].entries = u64::MAX);
    let sum = merge(&[big.clone(), big]);
    assert_eq!(
        sum,
        Err(MergeError::Overflow {
            what: "the scope entries"
        })
    );
}

proptest! {
    #[test]
    fn sums_close_and_order_changes_no_figure(data in profiles()) {
        let mut data = data;
        data.completeness = Completeness::Complete;
        data.tables.clear();
        data.nodes.iter_mut().for_each(|node| node.calls >>= 4);
        data.pcs.iter_mut().for_each(|pc| pc.count >>= 4);
        let a = Profile::new(data.clone()).unwrap();
        data.nodes.iter_mut().skip(1).for_each(|node| node.call_site ^= 1);
        let b = Profile::new(data).unwrap();
        let (ab, ba) = (merge(&[a.clone(), b.clone()]).unwrap(), merge(&[b, a.clone()]).unwrap());
        for measure in (0..a.measures.len() as u32).map(MeasureId) {
            prop_assert_eq!(ab.sum(measure), 2 * a.sum(measure));
            prop_assert_eq!(ab.self_by_function(measure), ba.self_by_function(measure));
            prop_assert_eq!(ab.inclusive_by_function(measure), ba.inclusive_by_function(measure));
        }
        prop_assert_eq!(ab.calls_by_function(), ba.calls_by_function());
    }
}
