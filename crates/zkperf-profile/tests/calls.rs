//! Questions to the call tree, against the plainest possible answers.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use arbitrary::profiles;
use proptest::prelude::*;
use zkperf_profile::{example, Edge, FunctionId, MeasureId, NodeId, Profile};

const STEPS: MeasureId = MeasureId(0);
const MAIN: FunctionId = FunctionId(2);
const VISIT: FunctionId = FunctionId(3);
const HASH: FunctionId = FunctionId(4);
const MEMCPY: FunctionId = FunctionId(5);

fn small() -> Profile {
    Profile::new(example::small()).unwrap()
}

fn edge(function: FunctionId, calls: u64, value: u64) -> Edge {
    Edge {
        function: Some(function),
        calls,
        value,
    }
}

#[test]
fn self_and_inclusive_add_up() {
    let profile = small();
    let expected = [
        11_283, 11_280, 11_260, 9_460, 8_460, 6_960, 1_500, 960, 0, 3,
    ];
    assert_eq!(profile.inclusive(STEPS), expected);
    let own = [0, 20, 300, 2_500, 7_500, 960, 0, 3];
    assert_eq!(profile.self_by_function(STEPS), own);
    // `visit` calls itself: its inner node is within the outer one already.
    let inclusive = [11_283, 11_280, 11_260, 9_460, 8_460, 960, 0, 3];
    assert_eq!(profile.inclusive_by_function(STEPS), inclusive);
    assert_eq!(profile.calls_by_function(), [0, 1, 1, 10, 15, 12, 0, 1]);
    let outermost = [true, true, true, true, false, true, true, true, true, true];
    assert_eq!(profile.outermost(), outermost);
}

#[test]
fn derived_measures_follow_their_formula() {
    let profile = small();
    let cost = profile.proving_cost().unwrap();
    assert_eq!(profile.measure("cost"), Some(cost));
    assert_eq!(profile.measure("nothing"), None);
    assert_eq!(profile.node_value(cost, NodeId(3)), 1_000 * 62 + 30_000);
    assert_eq!(profile.node_value(cost, NodeId(8)), 50_000);
    assert_eq!(profile.inclusive(cost)[0], profile.sum(cost));
    assert_eq!(
        profile.pc_column(cost).iter().sum::<u64>(),
        profile.sum(cost)
    );
    assert_eq!(profile.pc_value(STEPS, 2), profile.pc_column(STEPS)[2]);
}

#[test]
fn callers_add_up_to_the_function() {
    let profile = small();
    let hash = profile.callers(&[HASH], STEPS);
    assert_eq!(
        (hash.inclusive, hash.self_value, hash.calls),
        (8_460, 7_500, 15)
    );
    assert_eq!(hash.edges, [edge(VISIT, 12, 6_960), edge(MAIN, 3, 1_500)]);
    // The recursive calls are counted, their cost is the outer call's.
    let visit = profile.callers(&[VISIT], STEPS);
    assert_eq!(visit.edges, [edge(MAIN, 4, 9_460), edge(VISIT, 6, 0)]);
    let root = profile.callers(&[FunctionId(0)], STEPS);
    assert_eq!(
        root.edges,
        [Edge {
            function: None,
            calls: 0,
            value: 11_283
        }]
    );
}

#[test]
fn callees_add_up_to_the_function() {
    let profile = small();
    let main = profile.callees(&[MAIN], STEPS);
    assert_eq!(
        (main.inclusive, main.self_value, main.calls),
        (11_260, 300, 1)
    );
    assert_eq!(main.edges, [edge(VISIT, 4, 9_460), edge(HASH, 3, 1_500)]);
    let visit = profile.callees(&[VISIT], STEPS);
    assert_eq!((visit.inclusive, visit.self_value), (9_460, 2_500));
    assert_eq!(visit.edges, [edge(HASH, 12, 6_960), edge(VISIT, 6, 0)]);
    assert_eq!(profile.callees(&[MEMCPY], STEPS).edges, []);
    // Two functions taken as one: what passes between them is inside.
    let both = profile.callees(&[MAIN, VISIT], STEPS);
    assert_eq!((both.inclusive, both.self_value), (11_260, 2_800));
    assert_eq!(both.edges, [edge(HASH, 15, 8_460), edge(VISIT, 10, 0)]);
}

/// Ancestors of a node, itself first.
fn ancestors(profile: &Profile, mut node: usize) -> Vec<usize> {
    let mut chain = vec![node];
    while node != 0 {
        node = profile.nodes[node].parent.0 as usize;
        chain.push(node);
    }
    chain
}

proptest! {
    #[test]
    fn the_tree_answers_as_the_ancestors_say(data in profiles()) {
        let profile = Profile::new(data).unwrap();
        let function = |node: usize| profile.nodes[node].function;
        let count = profile.nodes.len();
        let chains: Vec<Vec<usize>> = (0..count).map(|node| ancestors(&profile, node)).collect();
        for measure in (0..profile.measures.len() as u32).map(MeasureId) {
            let own = profile.node_column(measure);
            let mut inclusive = vec![0; count];
            let mut by_function = vec![0; profile.functions.len()];
            for (node, chain) in chains.iter().enumerate() {
                chain.iter().for_each(|&up| inclusive[up] += own[node]);
                let mut seen: Vec<FunctionId> = chain.iter().map(|&up| function(up)).collect();
                seen.sort();
                seen.dedup();
                seen.iter().for_each(|f| by_function[f.0 as usize] += own[node]);
            }
            prop_assert_eq!(profile.inclusive(measure), inclusive);
            prop_assert_eq!(&profile.inclusive_by_function(measure), &by_function);
            for f in (0..profile.functions.len() as u32).map(FunctionId) {
                let callers = profile.callers(&[f], measure);
                let callees = profile.callees(&[f], measure);
                prop_assert_eq!(callers.inclusive, by_function[f.0 as usize]);
                prop_assert_eq!(callees.inclusive, by_function[f.0 as usize]);
                prop_assert_eq!(callers.calls, profile.calls_by_function()[f.0 as usize]);
                let sum = |edges: &[Edge]| edges.iter().map(|e| e.value).sum::<u64>();
                prop_assert_eq!(sum(&callers.edges), callers.inclusive);
                prop_assert_eq!(sum(&callees.edges) + callees.self_value, callees.inclusive);
                let calls: u64 = callers.edges.iter().map(|e| e.calls).sum();
                prop_assert_eq!(calls, callers.calls);
            }
        }
    }
}
