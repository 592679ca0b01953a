//! Verdicts on pairs and sets of runs.

use zkperf_profile::verdict::{
    judge, Case, Gate, Judgement, Limit, LimitError, ReasonKind, Role, Verdict,
};
use zkperf_profile::{example, Completeness, Profile, ProfileData, Row, Table};

/// What the example costs.
const COST: u64 = 62 * 11_283 + 596_800 + 50_000;

fn profile(change: impl Fn(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).unwrap()
}

/// The example, `opcodes` units dearer, of another build.
fn head(opcodes: i64) -> Profile {
    profile(|data| {
        data.run.elf.sha256 = "ee".repeat(32);
        dearer(data, opcodes);
    })
}

/// Adds to what `main` costs itself.
fn dearer(data: &mut ProfileData, opcodes: i64) {
    let add = |value: &mut u64| *value = value.checked_add_signed(opcodes).unwrap();
    add(&mut data.node_values[1][2]);
    let pc = data.pcs.iter().position(|pc| pc.address == Some(0x2004));
    add(&mut data.pc_values[1][pc.unwrap()]);
    add(&mut data.measures[1].total);
    add(&mut data.measures[4].total);
}

/// A block with another number and input.
fn on_block(block: u64, profile: Profile) -> Profile {
    let mut data = profile.into_data();
    data.run.input.block = Some(block);
    data.run.input.sha256 = format!("{block:064x}");
    Profile::new(data).unwrap()
}

fn with_keccak(profile: Profile, permutations: u64) -> Profile {
    let mut data = profile.into_data();
    data.tables.push(Table {
        name: "keccak".into(),
        columns: vec!["count".into()],
        rows: vec![Row {
            label: "permutations".into(),
            values: vec![permutations],
        }],
    });
    Profile::new(data).unwrap()
}

fn base() -> Profile {
    profile(|_| {})
}

fn one(before: &Profile, after: &Profile) -> Judgement {
    judge(&[Case::of(before, after)], &[]).unwrap()
}

#[test]
fn one_unit_decides() {
    for (opcodes, verdict) in [
        (-1, Verdict::Improvement),
        (1, Verdict::Regression),
        (0, Verdict::Neutral),
    ] {
        let judgement = one(&base(), &head(opcodes));
        assert_eq!(judgement.verdict, verdict);
        assert_eq!(judgement.cases[0].verdict, verdict);
        assert_eq!(judgement.zkvms[0].verdict, verdict);
        assert_eq!(judgement.gate(), Gate::Passed, "no limit was asked for");
        let cost = &judgement.zkvms[0].measures[4];
        assert_eq!((cost.name.as_str(), cost.role), ("cost", Role::ProvingCost));
        assert_eq!((cost.before, cost.delta()), (COST.into(), opcodes.into()));
        assert!(!judgement.cases[0].identical_elf);
    }
    assert!(one(&base(), &base()).cases[0].identical_elf);
}

#[test]
fn steps_alone_decide_nothing() {
    // 62 units of operations become one step: the steps go up, the cost does not.
    let more_steps = profile(|data| {
        data.run.elf.sha256 = "ee".repeat(32);
        dearer(data, -62);
        data.node_values[0][2] += 1;
        let pc = data.pcs.iter().position(|pc| pc.address == Some(0x2004));
        data.pc_values[0][pc.unwrap()] += 1;
        data.measures[0].total += 1;
        data.measures[3].total += 62;
        data.measures[4].total += 62;
    });
    let judgement = one(&base(), &more_steps);
    assert_eq!(judgement.verdict, Verdict::Neutral);
    assert_eq!(judgement.zkvms[0].measures[0].delta(), 1);
}

#[test]
fn work_of_another_circuit_is_judged_beside_the_cost() {
    let cases = [
        (-5, 9, Verdict::Mixed),
        (5, 3, Verdict::Mixed),
        (-5, 3, Verdict::Improvement),
        (-5, 4, Verdict::Improvement),
        (0, 5, Verdict::Regression),
        (0, 4, Verdict::Neutral),
    ];
    for (opcodes, permutations, verdict) in cases {
        let before = with_keccak(base(), 4);
        let after = with_keccak(head(opcodes), permutations);
        let judgement = one(&before, &after);
        assert_eq!(judgement.verdict, verdict, "{opcodes} {permutations}");
        if (opcodes, permutations) == (-5, 9) {
            let because = ["cost -5", "keccak_permutations +5"];
            assert_eq!(judgement.because, because);
            assert_eq!(judgement.cases[0].because, because);
        }
    }
    // A table that only one has: from nothing.
    let judgement = one(&base(), &with_keccak(head(-5), 1));
    assert_eq!(judgement.verdict, Verdict::Mixed);
}

#[test]
fn other_outputs_are_never_an_improvement() {
    let wrong = |mut data: ProfileData| {
        data.run.output_sha256 = "00".repeat(32);
        Profile::new(data).unwrap()
    };
    let judgement = one(&base(), &wrong(head(-1_000).into_data()));
    assert_eq!(judgement.verdict, Verdict::OutputsDiffer);
    assert_eq!(judgement.gate(), Gate::NotSound);
    assert!(judgement.outputs_differ());
    // In a set, no gain elsewhere outweighs it.
    let cases = [
        Case::of(&base(), &wrong(head(-1_000).into_data())),
        Case::of(&on_block(1, base()), &on_block(1, head(-1_000))),
    ];
    let judgement = judge(&cases, &[]).unwrap();
    assert_eq!(judgement.verdict, Verdict::OutputsDiffer);
    assert_eq!(judgement.cases[1].verdict, Verdict::Improvement);
    let because = ["block 24628607: the outputs differ", "block 1: improvement"];
    assert_eq!(judgement.because, because);
    // A guest that ends otherwise does something else, too.
    let mut data = head(-1).into_data();
    data.run.exit = "exited with code 1".into();
    let judgement = one(&base(), &Profile::new(data.clone()).unwrap());
    assert_eq!(judgement.verdict, Verdict::OutputsDiffer);
    assert!(judgement.outputs_differ() && judgement.only_endings_differ());
    data.run.output_sha256 = "11".repeat(32);
    let judgement = one(&base(), &Profile::new(data).unwrap());
    assert!(judgement.outputs_differ() && !judgement.only_endings_differ());
}

#[test]
fn what_cannot_be_judged_is_not() {
    let kinds = |change: &dyn Fn(&mut ProfileData)| -> Vec<ReasonKind> {
        let mut data = head(-1).into_data();
        change(&mut data);
        let judgement = one(&base(), &Profile::new(data).unwrap());
        assert_eq!(judgement.verdict, Verdict::None);
        assert_eq!(judgement.gate(), Gate::NotSound);
        let reasons = judgement.cases[0].reasons.iter();
        reasons.map(|reason| reason.kind).collect()
    };
    assert_eq!(
        kinds(&|data| data.run.zkvm = "sp1".into()),
        [ReasonKind::Zkvm]
    );
    let other_model = |data: &mut ProfileData| data.run.cost_model.tables_sha256 = "11".repeat(32);
    assert_eq!(kinds(&other_model), [ReasonKind::CostModel]);
    // Of other work, the output is expected to differ.
    let other_input = |data: &mut ProfileData| {
        data.run.input.sha256 = "11".repeat(32);
        data.run.output_sha256 = "11".repeat(32);
    };
    assert_eq!(kinds(&other_input), [ReasonKind::Input]);
    assert_eq!(
        kinds(&|data| data.run.input.sha256.clear()),
        [ReasonKind::Input]
    );
    assert_eq!(
        kinds(&|data| data.run.output_sha256.clear()),
        [ReasonKind::OutputUnknown]
    );
    let stopped = |data: &mut ProfileData| {
        data.completeness = Completeness::Partial {
            reason: "out of input".into(),
            pc: None,
            function: String::new(),
        };
    };
    assert_eq!(kinds(&stopped), [ReasonKind::Incomplete]);
    let other_cost = |data: &mut ProfileData| {
        data.measures[4].proving_cost = false;
        data.measures[0].proving_cost = true;
        data.unattributed.clear();
    };
    assert_eq!(kinds(&other_cost), [ReasonKind::NoProvingCost]);
}

#[test]
fn one_run_with_two_results_is_our_error() {
    let mut data = head(1).into_data();
    data.run.elf.sha256 = base().run.elf.sha256.clone();
    let judgement = one(&base(), &Profile::new(data.clone()).unwrap());
    assert_eq!(judgement.verdict, Verdict::None);
    assert_eq!(
        judgement.cases[0].reasons[0].kind,
        ReasonKind::NotReproducible
    );
    // On another input it is none.
    data.run.input.sha256 = "11".repeat(32);
    let judgement = one(&base(), &Profile::new(data).unwrap());
    let reasons = &judgement.cases[0].reasons;
    assert!(reasons
        .iter()
        .all(|r| r.kind != ReasonKind::NotReproducible));
    // The same figures and another output contradict each other as well.
    let other = profile(|data| data.run.output_sha256 = "00".repeat(32));
    let judgement = one(&base(), &other);
    assert_eq!(judgement.verdict, Verdict::None);
}

#[test]
fn a_set_is_mixed_if_its_blocks_are() {
    let case = |block, opcodes| Case::of(&on_block(block, base()), &on_block(block, head(opcodes)));
    let verdict = |cases: &[Case]| judge(cases, &[]).unwrap().verdict;
    assert_eq!(verdict(&[case(1, -1), case(2, 0)]), Verdict::Improvement);
    assert_eq!(verdict(&[case(1, 1), case(2, 0)]), Verdict::Regression);
    assert_eq!(verdict(&[case(1, 0), case(2, 0)]), Verdict::Neutral);
    assert_eq!(verdict(&[]), Verdict::None);
    let judgement = judge(&[case(1, -1_000), case(2, 1)], &[]).unwrap();
    assert_eq!(judgement.verdict, Verdict::Mixed);
    assert_eq!(
        judgement.because,
        ["block 1: improvement", "block 2: regression"]
    );
    assert_eq!(judgement.zkvms[0].measures[4].delta(), -999);
    // Two zkVMs are two groups: their costs have different units.
    let mut cases = vec![case(1, -1), case(1, 1)];
    let other = &mut cases[1];
    for side in [&mut other.before, &mut other.after] {
        side.zkvm = "sp1".into();
    }
    let judgement = judge(&cases, &[]).unwrap();
    assert_eq!(judgement.zkvms.len(), 2);
    assert_eq!(judgement.verdict, Verdict::Mixed);
    assert_eq!(
        judgement.because,
        [
            "zisk 1.4.0-alpha: improvement",
            "sp1 1.4.0-alpha: regression"
        ]
    );
}

#[test]
fn limits_hold_for_each_pair_and_for_the_sum() {
    let case = |block, opcodes| Case::of(&on_block(block, base()), &on_block(block, head(opcodes)));
    let limited = |cases: &[Case], limit: &str| {
        let judgement = judge(cases, &[limit.parse::<Limit>().unwrap()]).unwrap();
        let at = judgement.exceeded.iter().map(|e| e.at.clone());
        (judgement.gate(), at.collect::<Vec<String>>())
    };
    let pair = [case(1, 60), case(2, 60)];
    assert_eq!(limited(&pair, "cost:120"), (Gate::Passed, vec![]));
    assert_eq!(
        limited(&pair, "cost:119"),
        (Gate::Exceeded, vec!["zisk 1.4.0-alpha, in total".into()])
    );
    assert_eq!(limited(&pair, "cost:59").1.len(), 3);
    assert_eq!(limited(&pair, "steps:0"), (Gate::Passed, vec![]));
    // One block's loss is not covered by another's gain.
    let mixed = [case(1, 60), case(2, -60)];
    assert_eq!(
        limited(&mixed, "cost:0%"),
        (Gate::Exceeded, vec!["zisk 1.4.0-alpha, block 1".into()])
    );
    let unknown = judge(&pair, &["prover_gas:0".parse().unwrap()]).unwrap_err();
    assert!(matches!(unknown, LimitError::UnknownMeasure { name, .. } if name == "prover_gas"));
}

#[test]
fn judgements_can_be_stored() {
    let cases = [Case::of(&with_keccak(base(), 4), &with_keccak(head(-5), 9))];
    let limits = [
        "cost:0.1%".parse().unwrap(),
        "keccak_permutations:2".parse().unwrap(),
    ];
    let judgement = judge(&cases, &limits).unwrap();
    assert_eq!(judgement.exceeded.len(), 1);
    let text = serde_json::to_string(&(&cases, &judgement)).unwrap();
    let again: ([Case; 1], Judgement) = serde_json::from_str(&text).unwrap();
    assert_eq!(again, (cases, judgement));
}
