//! Trees as deep as they have nodes: views of them end, take memory in proportion, and close. What takes the square of the
//! depth would not end here.

use zkperf_profile::{
    example, Entry, FunctionId, Measure, Node, NodeId, Origin, Pc, Profile, ProfileData, Source,
    SourceMap, Timeline,
};
use zkperf_report::{
    callers, export, open, stacks, tree, CallsOptions, ReportError, StacksOptions, Style,
    TreeOptions,
};

const DEPTH: u32 = 300_000;

/// A chain of calls of one function, `memcpy` called from each of its contexts.
fn comb() -> Profile {
    let example = example::small();
    let function = |name: &str, address, origin| zkperf_profile::Function {
        name: name.to_owned(),
        symbol: String::new(),
        address,
        bytes: 16,
        origin,
    };
    let node = |parent, function, call_site| Node {
        parent: NodeId(parent),
        function: FunctionId(function),
        call_site,
        calls: 1,
        entry: Entry::Call,
        label: None,
    };
    let mut nodes = vec![Node {
        entry: Entry::Root,
        ..node(0, 0, 0)
    }];
    for at in 0..DEPTH {
        let above = if at == 0 { 0 } else { 2 * at - 1 };
        nodes.push(node(above, 1, 0x1004));
        nodes.push(node(2 * at + 1, 2, 0x1008));
    }
    let values = nodes.iter().map(|node| u64::from(node.function.0 == 2));
    let data = ProfileData {
        measures: vec![Measure {
            source: Source::Stored,
            proving_cost: true,
            total: u64::from(DEPTH),
            name: "steps".to_owned(),
            ..example.measures[0].clone()
        }],
        functions: vec![
            function("[run]", None, Origin::Pseudo),
            function("guest::deep", Some(0x1000), Origin::Guest),
            function("memcpy", Some(0x2000), Origin::Guest),
        ],
        node_values: vec![values.collect()],
        nodes,
        pcs: vec![Pc {
            address: Some(0x2000),
            function: FunctionId(2),
            count: u64::from(DEPTH),
        }],
        pc_values: vec![vec![u64::from(DEPTH)]],
        scopes: Vec::new(),
        labels: Vec::new(),
        timeline: Timeline::default(),
        resyncs: Vec::new(),
        unattributed: Vec::new(),
        source: SourceMap::default(),
        ..example
    };
    Profile::new(data).unwrap()
}

#[test]
fn deep_trees_have_an_end() {
    let profile = comb();
    let whole = u64::from(DEPTH);
    for (depth, count) in [(None, whole), (Some(1), 1), (Some(1000), 1000)] {
        let options = StacksOptions {
            limit: Some(10),
            depth,
            ..StacksOptions::default()
        };
        let view = stacks(&profile, &[], "memcpy", &options).unwrap();
        assert_eq!(view.stacks as u64, count, "{depth:?}");
        assert_eq!((view.total.value, view.total.calls), (whole, whole));
        let listed: u64 = view.rows.iter().map(|row| row.cost.value).sum();
        assert_eq!(listed + view.rest.cost.value, whole);
    }
    // All stacks in full would be 45 thousand million frames: what does not fit is added up.
    let view = stacks(&profile, &[], "memcpy", &StacksOptions::default()).unwrap();
    let listed: u64 = view.rows.iter().map(|row| row.cost.value).sum();
    assert_eq!(listed + view.rest.cost.value, whole);
    assert!(view.rest.stacks > 0 && !view.rows.is_empty());

    let options = TreeOptions {
        measure: None,
        min_percent: 0.0,
        depth: None,
    };
    let view = tree(&profile, &options).unwrap();
    let pruned: u64 = view.rows.iter().map(|row| row.pruned.value).sum();
    let own: u64 = view.rows.iter().map(|row| row.self_value).sum();
    assert_eq!(own + pruned, whole);
    let text = view.render(&Style::default());
    assert!(text.lines().all(|line| line.len() < 400));

    let view = callers(&profile, "memcpy", &CallsOptions::default()).unwrap();
    assert_eq!(view.inclusive, whole);
    for names in [false, true] {
        assert!(matches!(
            export::check_stacks(&profile, names),
            Err(ReportError::StacksTooLong { .. })
        ));
    }
    assert!(!export::callgrind(&profile).is_empty());
    let opened = open(profile, false).unwrap();
    let cost = opened.profile.proving_cost().unwrap();
    assert!(!export::firefox(&opened.profile, &[cost]).is_empty());
}
