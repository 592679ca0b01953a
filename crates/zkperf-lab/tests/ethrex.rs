//! ethrex's hand-kept logbook of January 2026, entered as rows.
//!
//! The figures are public: `scripts/zkvm-bench/logbook.md` and `optimization_summary_20260120.md` of lambdaclass/ethrex,
//! steps of its guest on ZisK, block 24271094. There, entry 05 is counted from 501,984,983, the count before entry 01, so
//! that the gain of 01 is in it a second time; and entry 06 is counted from 501,544,194, the count of entry 03, which had
//! been reverted: what 05 had gained is counted again. The entries' percentages add up to -1.84 %, the chain of runs gives
//! -0.99 %. (The logbook knows steps only; here they stand for the proving cost.)

mod support;

use support::{hash, measured, NOW};
use zkperf_lab::{
    attempts, estimates, percent, score, share, verify, Attempt, Baseline, Chain, CheckOutcome,
    Event, GateOutcome, GateState, Keep, Measured, Obstacle, Refusal, Revert, RowHash, Validation,
};
use zkperf_profile::verdict::{judge, Case};

const BLOCK: u64 = 24_271_094;

/// What one run counted.
fn run(commit: &str, steps: u64) -> Measured {
    measured("zisk", BLOCK, commit, steps)
}

fn baseline(chain: &mut Chain, commit: &str, steps: u64) {
    let baseline = Baseline {
        branch: "zkvm_opt_flow".to_owned(),
        commit: commit.to_owned(),
        source: hash(commit),
        protected: Default::default(),
        environment: Default::default(),
        figures: vec![run(commit, steps)],
        reason: String::new(),
    };
    chain.append(Event::Baseline(baseline), NOW).unwrap();
}

fn open(chain: &mut Chain, number: u64, hypothesis: &str, expect: Option<&str>) -> RowHash {
    let attempt = Attempt {
        number,
        hypothesis: hypothesis.to_owned(),
        expect: expect.map(|text| text.parse().unwrap()),
        functions: Vec::new(),
        branch: format!("lab/{number:03}"),
        base_commit: String::new(),
        baseline: chain.standing().unwrap().row.hash.clone(),
    };
    chain.append(Event::Attempt(attempt), NOW).unwrap().hash
}

/// Enters a result that is counted from `before`.
fn result(chain: &mut Chain, before: (&str, u64), after: (&str, u64)) -> Result<RowHash, Refusal> {
    let case: Case = Measured::case(&run(before.0, before.1), &run(after.0, after.1));
    let (attempt, _) = chain.open().unwrap();
    let result = Validation {
        attempt: attempt.clone(),
        baseline: chain.standing().unwrap().row.hash.clone(),
        base_commit: String::new(),
        head_commit: after.0.to_owned(),
        head_source: hash(after.0),
        files: Vec::new(),
        environment: Default::default(),
        verdict: judge(std::slice::from_ref(&case), &[]).unwrap().verdict,
        cases: vec![case],
        because: Vec::new(),
        exceeded: Vec::new(),
        gate: GateOutcome {
            state: GateState::Sound,
            reasons: Vec::new(),
            checks: 0,
            lints: Vec::new(),
        },
        check: CheckOutcome::NotConfigured,
        movers: Vec::new(),
    };
    chain.append(Event::Result(result), NOW).map(|row| row.hash)
}

fn keep(chain: &mut Chain, attempt: RowHash, result: RowHash) -> Result<(), Refusal> {
    let commit = chain.result(&result).unwrap().head_commit.clone();
    let keep = Keep {
        attempt,
        result,
        baseline: chain.standing().unwrap().row.hash.clone(),
        source: hash(&commit),
        head_commit: commit,
        accepted_mixed: None,
        acknowledged: None,
    };
    chain.append(Event::Keep(keep), NOW).map(drop)
}

fn revert(chain: &mut Chain, attempt: RowHash, reason: &str) {
    let revert = Revert {
        attempt,
        result: None,
        branch: String::new(),
        head_commit: String::new(),
        reason: reason.to_owned(),
    };
    chain.append(Event::Revert(revert), NOW).unwrap();
}

#[test]
fn what_was_counted_twice_cannot_be_entered() {
    let mut chain = Chain::default();
    baseline(&mut chain, "00_baseline", 501_984_983);

    // 01, kept. Its plan had expected 8 M steps.
    let one = open(
        &mut chain,
        1,
        "Direct H256 construction in decode_child",
        Some("-1.6%"),
    );
    let done = result(
        &mut chain,
        ("00_baseline", 501_984_983),
        ("f67f856", 501_228_205),
    )
    .unwrap();
    keep(&mut chain, one, done).unwrap();

    // 02 was kept "as good practice", though it costs 208 steps more: the lab calls that what it is.
    let two = open(
        &mut chain,
        2,
        "Remove Nibbles::clone in encode_extension",
        None,
    );
    let done = result(
        &mut chain,
        ("f67f856", 501_228_205),
        ("486db83", 501_228_413),
    )
    .unwrap();
    let error = keep(&mut chain, two.clone(), done).unwrap_err();
    assert_eq!(error, Refusal::Obstacles(vec![Obstacle::Regression]));
    revert(&mut chain, two, "208 steps more; goes with 05");

    // 03, reverted.
    let three = open(
        &mut chain,
        3,
        "Inline NodeHash encoding in encode_branch",
        None,
    );
    result(
        &mut chain,
        ("f67f856", 501_228_205),
        ("06894fd", 501_544_194),
    )
    .unwrap();
    revert(&mut chain, three, "put_slice is faster than a loop of push");

    // 05 as the logbook has it: from a count that 01 had already improved on.
    let five = open(
        &mut chain,
        5,
        "Avoid NodeType clone in authenticate and hash",
        None,
    );
    let error = result(
        &mut chain,
        ("00_baseline", 501_984_983),
        ("7e1e94a", 498_004_423),
    )
    .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("starts from cost 501,984,983, and the current baseline has 501,228,205")
            && told.contains("that of the earlier baseline"),
        "{told}"
    );
    let done = result(
        &mut chain,
        ("f67f856", 501_228_205),
        ("7e1e94a", 498_004_423),
    )
    .unwrap();
    keep(&mut chain, five, done).unwrap();

    // 06 as the logbook has it: from the count of 03, which had been reverted. 3,540,227 steps, of which 456 are its own.
    let six = open(&mut chain, 6, "Inline H256 RLP encoding", None);
    let error = result(
        &mut chain,
        ("06894fd", 501_544_194),
        ("e1906b2", 498_003_967),
    )
    .unwrap_err();
    let told = error.to_string();
    assert!(
        told.contains("starts from cost 501,544,194, and the current baseline has 498,004,423")
            && told.contains("501,544,194 is the count of attempt 3, which was reverted"),
        "{told}"
    );
    let done = result(
        &mut chain,
        ("7e1e94a", 498_004_423),
        ("e1906b2", 498_003_967),
    )
    .unwrap();
    keep(&mut chain, six, done).unwrap();

    // 07, kept.
    let seven = open(
        &mut chain,
        7,
        "Specialized get_two_encoded_items",
        Some("-0.2%"),
    );
    let done = result(
        &mut chain,
        ("e1906b2", 498_003_967),
        ("81600cb", 497_037_298),
    )
    .unwrap();
    keep(&mut chain, seven, done).unwrap();

    let verified = verify(&chain.to_bytes()).unwrap();
    let sum = verified.baselines[0]
        .sums
        .iter()
        .find(|sum| sum.measure == "cost")
        .unwrap();
    assert_eq!((sum.first, sum.last), (501_984_983, 497_037_298));
    assert_eq!(sum.kept, -4_947_685);
    assert_eq!(sum.kept, -756_778 - 3_223_782 - 456 - 966_669);
    assert_eq!(percent(sum.millionths().unwrap()), "-0.9856%");

    // What the logbook's own percentages come to.
    let by_hand = [-1_500, 0, -7_900, -7_100, -1_900].iter().sum();
    assert_eq!(percent(by_hand), "-1.84%");

    let records = attempts(&chain);
    let seventh = estimates(records.last().unwrap());
    assert_eq!((seventh[0].expected, seventh[0].found), (-2_000, -1_941));
    assert_eq!(share(498_003_967, 497_037_298), Some(-1_941));
    // 01 was 1.4492 points off, 07 was 0.0059.
    let score = score(&records);
    assert_eq!((score.scored, score.right_sign), (2, 2));
    assert_eq!(score.median_error_millionths, Some((14_492 + 59 + 1) / 2));
}

#[test]
fn a_ledger_with_such_a_row_is_not_read() {
    // The same chain, written by a tool that does not check: rows sealed one after the other.
    let mut chain = Chain::default();
    baseline(&mut chain, "00_baseline", 501_984_983);
    let one = open(
        &mut chain,
        1,
        "Direct H256 construction in decode_child",
        None,
    );
    let done = result(
        &mut chain,
        ("00_baseline", 501_984_983),
        ("f67f856", 501_228_205),
    )
    .unwrap();
    let bytes = chain.to_bytes();
    keep(&mut chain, one, done).unwrap();
    open(&mut chain, 2, "Avoid NodeType clone", None);
    let good = result(
        &mut chain,
        ("f67f856", 501_228_205),
        ("7e1e94a", 498_004_423),
    )
    .unwrap();
    let mut body = chain.row(&good).unwrap().body.clone();
    if let Event::Result(result) = &mut body.event {
        result.cases = vec![Measured::case(
            &run("00_baseline", 501_984_983),
            &run("7e1e94a", 498_004_423),
        )];
    }
    let forged = zkperf_lab::Row::seal(body);
    let mut text = String::from_utf8(chain.to_bytes()).unwrap();
    let last = text.trim_end().rfind('\n').unwrap() + 1;
    text.truncate(last);
    text += &format!("{}\n", forged.line);
    let error = verify(text.as_bytes()).unwrap_err().to_string();
    assert!(
        error.starts_with("row 6 (result) could not have been entered: zisk, block 24271094"),
        "{error}"
    );
    verify(&bytes).unwrap();
}
