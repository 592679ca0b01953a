//! The tree with inlined frames closes, and says what the run says.

#[path = "support/arbitrary.rs"]
mod arbitrary;

use proptest::prelude::*;
use zkperf_profile::{example, Completeness, Entry, NoInlinedFrames, Origin, Profile};

#[test]
fn the_example_has_its_inlined_frames() {
    let profile = Profile::new(example::small()).unwrap();
    let expanded = profile.with_inlined_frames().unwrap();
    let inlined = &expanded.profile;
    let steps = inlined.measure("steps").unwrap();
    let own = inlined.self_by_function(steps);
    let all = inlined.inclusive_by_function(steps);
    let of = |name: &str| {
        let at = inlined
            .functions
            .iter()
            .position(|f| f.name == name)
            .unwrap();
        (own[at], all[at])
    };
    // `hash` costs 7,500 steps in two contexts; its second pc, inlined, has 5,000 of them. `visit` costs 2,500,
    // its second pc 1,667.
    assert_eq!(of("guest::take"), (5_000, 5_000));
    assert_eq!(of("guest::decode").0, 1_667);
    assert!(of("guest::decode").1 >= 6_667);
    // Both run in two contexts, and their cost is (2,500 + 7,500) * 62 + opcodes.
    assert_eq!(expanded.apportioned, 10_000 * 62 + 75_000 + 500_000);
    // Real calls are what they were, and inlined contexts have none.
    let calls = |p: &Profile| p.nodes.iter().map(|node| node.calls).sum::<u64>();
    assert_eq!(calls(inlined), calls(&profile));
    let of_inlined = |entry| inlined.nodes.iter().filter(move |node| node.entry == entry);
    assert!(of_inlined(Entry::Inlined).count() > 0);
    assert!(of_inlined(Entry::Inlined).all(|node| {
        node.calls == 0 && inlined.functions[node.function.0 as usize].origin == Origin::Inlined
    }));
}

#[test]
fn without_lines_there_is_no_such_tree() {
    let mut data = example::small();
    data.source = Default::default();
    assert_eq!(
        Profile::new(data).unwrap().with_inlined_frames(),
        Err(NoInlinedFrames::Unknown)
    );
}

proptest! {
    /// Making it would fail if it did not close, function by function. Besides: what a function and all inlined
    /// into it cost is what the function cost, in every context.
    #[test]
    fn whatever_the_frames_the_tree_closes(data in arbitrary::profiles()) {
        let profile = Profile::new(data).unwrap();
        prop_assume!(!matches!(profile.completeness, Completeness::Imported { .. }));
        let Ok(expanded) = profile.with_inlined_frames() else {
            return Ok(());
        };
        let inlined = expanded.profile;
        for at in 0..profile.measures.len() {
            let measure = zkperf_profile::MeasureId(at as u32);
            prop_assert_eq!(profile.sum(measure), inlined.sum(measure));
        }
        let Some(cost) = profile.proving_cost() else { return Ok(()) };
        prop_assert!(expanded.apportioned <= profile.sum(cost));
        // Fold inlined contexts back into the context they are in: nothing moved between contexts.
        let mut folded = inlined.node_column(cost).into_owned();
        for at in (0..folded.len()).rev() {
            let node = inlined.nodes[at];
            if node.entry == Entry::Inlined && inlined.functions[node.function.0 as usize].origin == Origin::Inlined {
                folded[node.parent.0 as usize] += std::mem::take(&mut folded[at]);
            }
        }
        let kept: Vec<u64> = inlined
            .nodes
            .iter()
            .zip(folded)
            .filter(|(node, _)| inlined.functions[node.function.0 as usize].origin != Origin::Inlined)
            .map(|(_, value)| value)
            .collect();
        prop_assert_eq!(kept, profile.node_column(cost).into_owned());
    }
}
