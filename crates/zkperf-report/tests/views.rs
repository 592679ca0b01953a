//! What people see. The profile is the hand-made one of `zkperf_profile::example`.

use insta::assert_snapshot;
use proptest::prelude::*;
use zkperf_profile::{example, Completeness, Entry, Measure, Profile, ProfileData, Resync, Source};
use zkperf_report::{
    callees, callers, summary, top, Calls, CallsOptions, Order, ReportError, Style, Top, TopOptions,
};

fn with(change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).unwrap()
}

fn small() -> Profile {
    with(|_| {})
}

fn style(width: usize) -> Style {
    Style {
        width,
        color: false,
    }
}

fn steps() -> TopOptions {
    TopOptions {
        measure: Some("steps".into()),
        ..TopOptions::default()
    }
}

fn steps_of(all: bool, limit: Option<usize>) -> CallsOptions {
    CallsOptions {
        measure: Some("steps".into()),
        all,
        limit,
    }
}

fn shown(view: Result<Calls, ReportError>) -> String {
    match view {
        Ok(view) => view.render(&style(80)),
        Err(error) => error.to_string(),
    }
}

#[test]
fn top_lists_the_proving_cost() {
    let text = top(&small(), &TopOptions::default())
        .unwrap()
        .render(&style(100));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    cost by function, largest self value first

    self cost        %  incl. cost        %  calls  function
      965,000   71.68%   1,036,865   77.01%     15  guest::crypto::keccak::hash
      230,000   17.08%   1,073,865   79.76%     10  <guest::trie::Trie as guest::trie::Walk>::visit
       71,865    5.34%      71,865    5.34%     12  memcpy
       50,000    3.71%      50,000    3.71%      0  [base]
       27,600    2.05%   1,294,465   96.15%      1  guest::main
        1,640    0.12%   1,296,105   96.27%      1  _start
          241    0.02%         241    0.02%      1  [unattributed]
            0    0.00%   1,346,346  100.00%      0  [run]
    1,346,346  100.00%                              total

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn top_in_little_room_with_a_limit() {
    let options = TopOptions {
        limit: Some(3),
        order: Order::Inclusive,
        ..steps()
    };
    let text = top(&small(), &options).unwrap().render(&style(64));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607,
    "example"
    steps by function, largest inclusive value first

    self steps        %  incl. steps        %  calls  function
             0    0.00%       11,283  100.00%      0  [run]
            20    0.18%       11,280   99.97%      1  _start
           300    2.66%       11,260   99.80%      1  guest::main
        10,963   97.16%                               (4 other functions)
        11,283  100.00%                               total

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The
    call stack re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn top_of_some_functions() {
    let options = TopOptions {
        filter: Some("WALK|::hash".into()),
        ..steps()
    };
    let text = top(&small(), &options).unwrap().render(&style(80));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by function, largest self value first; 2 functions of 7 match
    /WALK|::hash/

    self steps        %  incl. steps       %  calls  function
         7,500   66.47%        8,460  74.98%     15  guest::crypto::keccak::hash
         2,500   22.16%        9,460  83.84%     10  <Trie as Walk>::visit
         1,283   11.37%                              (5 other functions)
        11,283  100.00%                              total

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn a_partial_profile_says_so() {
    let partial = with(|d| {
        d.completeness = Completeness::Partial {
            reason: "panicked: index out of bounds".into(),
            pc: Some(0x6004),
            function: "guest::crypto::keccak::hash".into(),
        };
        d.resyncs.clear();
        d.unattributed.clear();
    });
    let options = TopOptions {
        limit: Some(1),
        ..steps()
    };
    let text = top(&partial, &options).unwrap().render(&style(80));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    PARTIAL: the guest stopped early (panicked: index out of bounds) at 0x6004 in
    guest::crypto::keccak::hash; the figures cover what ran until then
    steps by function, largest self value first

    self steps        %  incl. steps       %  calls  function
         7,500   66.47%        8,460  74.98%     15  guest::crypto::keccak::hash
         3,783   33.53%                              (6 other functions)
        11,283  100.00%                              total

    Unattributed: 0 cost (0.00%). The call stack never lost its footing.
    "#);
}

#[test]
fn an_imported_profile_shows_what_it_does_not_know() {
    let imported = with(|d| {
        d.completeness = Completeness::Imported {
            missing: vec!["pcs".into(), "calls".into()],
        };
        d.measures[0].total += 1_000;
        d.measures[3].total += 62_000;
        d.measures[4].total += 62_000;
    });
    let text = top(&imported, &steps()).unwrap().render(&style(80));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    IMPORTED from another tool's report; missing: pcs, calls
    steps by function, largest self value first

    self steps        %  incl. steps       %  calls  function
         7,500   61.06%        8,460  68.88%     15  guest::crypto::keccak::hash
         2,500   20.35%        9,460  77.02%     10  <Trie as Walk>::visit
           960    7.82%          960   7.82%     12  memcpy
           300    2.44%       11,260  91.67%      1  guest::main
            20    0.16%       11,280  91.83%      1  _start
             3    0.02%            3   0.02%      1  [unattributed]
             0    0.00%       11,283  91.86%      0  [run]
         1,000    8.14%                              (in no function of the imported report)
        12,283  100.00%                              total

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn a_scaled_measure_leads_to_the_official_integer() {
    let scaled = with(|d| {
        let opcodes = &mut d.measures[1];
        (opcodes.scale, opcodes.total, opcodes.remainder) = (191, 3_124, 116);
        opcodes.unit = "gas".into();
    });
    let options = TopOptions {
        measure: Some("opcodes".into()),
        limit: Some(1),
        ..steps()
    };
    let view = top(&scaled, &options).unwrap();
    // Exact integers, and the same for reading.
    assert_eq!(view.measure.node_unit, "gas/191");
    assert_eq!(
        (view.rows[0].cost.self_value, view.rows[0].cost.self_in_unit),
        (500_000, 2_617.801)
    );
    assert_snapshot!(view.render(&style(80)), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    opcodes by function, largest self value first

    self gas        %  incl. gas       %  calls  function
       2,617   83.78%      2,682  85.85%     15  guest::crypto::keccak::hash
         506   16.22%                            (6 other functions)
       3,124  100.00%                            total

    Values are counted in gas/191, 191 of which make one gas, and shown in gas,
    rounded down; the official opcodes 3,124 = (596,800 - 116) / 191, where 116 is
    what the official rounding drops.

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
    let options = CallsOptions {
        measure: Some("opcodes".into()),
        ..CallsOptions::default()
    };
    let text = shown(callers(&scaled, "keccak::hash", &options));
    assert!(text.contains("callers of guest::crypto::keccak::hash: 2,682 gas inclusive"));
    assert!(text.contains("the official opcodes 3,124 = (596,800 - 116) / 191"));
    let text = summary(&scaled).render(&style(80));
    assert!(text.contains("the official opcodes 3,124 = (596,800 - 116) / 191"));
    // A measure that is counted in the other's units is shown in the same.
    let parts = with(|d| {
        let opcodes = &mut d.measures[1];
        (opcodes.scale, opcodes.total, opcodes.remainder) = (191, 3_124, 116);
        opcodes.unit = "gas".into();
        d.measures[0].unit = "gas/191".into();
    });
    let options = TopOptions {
        limit: Some(1),
        ..steps()
    };
    let text = top(&parts, &options).unwrap().render(&style(80));
    assert!(
        text.contains("self gas") && text.contains("/ 191"),
        "{text}"
    );
}

#[test]
fn callers_of_a_function() {
    let text = shown(callers(&small(), "keccak::hash", &steps_of(false, None)));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    callers of guest::crypto::keccak::hash: 8,460 steps inclusive (74.98% of the
    run), 7,500 self, 15 calls

    steps        %  calls  caller
    6,960   82.27%     12  <guest::trie::Trie as guest::trie::Walk>::visit
    1,500   17.73%      3  guest::main
    8,460  100.00%     15  all callers

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn callees_of_a_recursive_function() {
    let text = shown(callees(&small(), "visit", &steps_of(false, None)));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    callees of <guest::trie::Trie as guest::trie::Walk>::visit: 9,460 steps
    inclusive (83.84% of the run), 2,500 self, 10 calls

    steps        %  calls  callee
    2,500   26.43%         (itself)
    6,960   73.57%     12  guest::crypto::keccak::hash
        0    0.00%      6  <guest::trie::Trie as guest::trie::Walk>::visit
    9,460  100.00%         itself and all callees

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn callees_with_a_limit() {
    let text = shown(callees(&small(), "guest::main", &steps_of(false, Some(1))));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    callees of guest::main: 11,260 steps inclusive (99.80% of the run), 300 self, 1
    call

     steps        %  calls  callee
       300    2.66%         (itself)
     9,460   84.01%      4  <guest::trie::Trie as guest::trie::Walk>::visit
     1,500   13.32%      3  (1 other function)
    11,260  100.00%         itself and all callees

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn several_functions_as_one() {
    let text = shown(callees(&small(), "guest::", &steps_of(true, None)));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    callees of 3 functions that match "guest::": 11,260 steps inclusive (99.80% of
    the run), 10,300 self, 26 calls

     steps        %  calls  callee
    10,300   91.47%         (itself)
       960    8.53%     12  memcpy
         0    0.00%     15  guest::crypto::keccak::hash
         0    0.00%     10  <guest::trie::Trie as guest::trie::Walk>::visit
    11,260  100.00%         itself and all callees

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack
    re-synchronised 1 time at 1 place.
    "#);
}

#[test]
fn several_functions_are_candidates() {
    let text = shown(callers(&small(), "guest::", &steps_of(false, None)));
    assert_snapshot!(text, @r#"
    "guest::" matches 3 functions; name one of them in full, or take them all as one (--all):
      guest::main::h0000000000000000
      <guest::trie::Trie as guest::trie::Walk>::visit::h1111111111111111
      guest::crypto::keccak::hash::h2222222222222222
    "#);
}

#[test]
fn an_unknown_function_is_like_others() {
    let text = shown(callers(
        &small(),
        "guest::crypto::kekkac::hash",
        &steps_of(false, None),
    ));
    assert_snapshot!(text, @r#"
    no function matches "guest::crypto::kekkac::hash"; closest:
      guest::crypto::keccak::hash::h2222222222222222
    "#);
    let text = shown(callers(&small(), "((((", &steps_of(false, None)));
    assert_snapshot!(text, @r#"no function matches "(((("; list the functions with top"#);
}

#[test]
fn a_page_of_everything() {
    let text = summary(&small()).render(&style(100));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"

    zkVM       zisk 1.4.0-alpha
    cost model ziskemu cost table 1, tables sha256 aaaaaaaaaaaaaaaa
    ELF        sha256 bbbbbbbbbbbbbbbb, 41,234,567 bytes, rustc 1.96.0, commit 0123456789ab
    input      ethrex_mainnet_24628607_0123456_input.bin, sha256 cccccccccccccccc, 1,234,568 bytes,
               chain 1, ethrex-31
    exit       exited
    output     sha256 dddddddddddddddd, 2 bytes
    made by    zkperf 0.1.0

        total   unit  % of cost  measure
       11,283  steps             steps: Instructions executed by the zkVM.
      596,800   cost     44.33%  opcodes: Operations of the instructions.
       50,000   cost      3.71%  base: The same for every run.
      699,546   cost     51.96%  main: 62 for every step.
    1,346,346   cost    100.00%  cost (the proving cost): What proving costs.

    8 functions, 10 calling contexts, 12 instruction addresses.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    241 cost (0.02%) attributed after 1 re-synchronisation: to contexts whose function is certain and
    whose caller is a guess.

    times  from -> to
        1  <guest::trie::Trie as guest::trie::Walk>::visit::h1111111111111111+0xabc (0x4abc) -> 0x2abc
    "#);
    // Unwinds that lead back to a known context leave nothing to guess.
    let text = summary(&with(|d| d.nodes[9].entry = Entry::Call)).render(&style(200));
    let sentence =
        "0 cost (0.00%) attributed after 1 re-synchronisation: each led back to a known context.";
    assert!(text.contains(sentence), "{text}");
    let text = summary(&with(|d| d.resyncs.clear())).render(&style(200));
    assert!(
        !text.contains("attributed after") && !text.contains("times"),
        "{text}"
    );
    // The text lists twenty places.
    let many = summary(&with(|d| {
        d.resyncs = (0..25)
            .map(|at| Resync {
                pc: 0x4000 + 4 * at,
                target: 0x4000,
                count: 25 - at,
            })
            .collect();
    }));
    let text = many.render(&style(200));
    assert_eq!(
        text.matches(" -> 0x").count() + text.matches("-> <guest").count(),
        20,
        "{text}"
    );
    assert!(
        text.contains("   15  (5 other places; --json has all)"),
        "{text}"
    );
    assert_eq!(many.resyncs.len(), 25);
}

#[test]
fn questions_without_an_answer_say_what_there_is() {
    let asked = |options: &TopOptions| top(&small(), options).unwrap_err().to_string();
    let unknown = TopOptions {
        measure: Some("cycles".into()),
        ..TopOptions::default()
    };
    assert_snapshot!(asked(&unknown), @r#"no measure named "cycles"; this profile has: steps, opcodes, base, main, cost"#);
    let wrong = TopOptions {
        filter: Some("a(b".into()),
        ..TopOptions::default()
    };
    assert_snapshot!(asked(&wrong), @r#""a(b" is not a regular expression: unclosed group; put a backslash before ( ) [ ] { } . * + ? | ^ $ to mean them literally"#);
    let imported = with(|d| {
        d.completeness = Completeness::Imported { missing: vec![] };
        d.measures[4].proving_cost = false;
    });
    let error = top(&imported, &TopOptions::default()).unwrap_err();
    assert!(
        matches!(error, ReportError::NoProvingCost { .. }),
        "{error}"
    );
    assert!(summary(&imported).render(&style(80)).contains("IMPORTED"));
}

#[test]
fn colours_are_asked_for() {
    let view = top(&small(), &steps()).unwrap();
    let plain = view.render(&style(80));
    let colored = view.render(&Style {
        width: 80,
        color: true,
    });
    assert!(!plain.contains('\x1b') && colored.contains("\x1b[1m"));
    let stripped = colored.replace("\x1b[1m", "").replace("\x1b[0m", "");
    assert_eq!(stripped, plain, "colours change nothing else");
}

#[test]
fn an_empty_run_has_views() {
    let empty = with(|d| {
        d.nodes.truncate(1);
        d.node_values
            .iter_mut()
            .for_each(|column| *column = vec![0]);
        d.pcs.clear();
        d.source = Default::default();
        d.pc_values.iter_mut().for_each(Vec::clear);
        d.measures.truncate(1);
        d.node_values.truncate(1);
        d.pc_values.truncate(1);
        let source = Source::Stored;
        d.measures[0] = Measure {
            source,
            total: 0,
            proving_cost: true,
            ..d.measures[0].clone()
        };
        d.scopes.clear();
        d.timeline.nodes.clear();
        d.resyncs.clear();
        d.unattributed.clear();
    });
    let text = top(&empty, &TopOptions::default())
        .unwrap()
        .render(&style(80));
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by function, largest self value first

    self steps  %  incl. steps  %  calls  function
             0  -                         total

    Unattributed: 0 steps (-). The call stack never lost its footing.
    "#);
    summary(&empty).render(&style(0));
    let view = callers(&empty, "[run]", &CallsOptions::default()).unwrap();
    assert!(view.render(&style(0)).contains("(nobody)"));
}

proptest! {
    /// Whatever is listed, what is shown and what is left out make up the whole.
    #[test]
    fn lists_add_up(
        limit in proptest::option::of(0usize..10),
        filter in proptest::option::of("[a-z:]{0,2}"),
        inclusive: bool,
        measure in 0usize..5,
        width in 0usize..200,
    ) {
        let profile = small();
        let order = if inclusive { Order::Inclusive } else { Order::Own };
        let name = profile.measures[measure].name.clone();
        let options = TopOptions { measure: Some(name.clone()), order, filter, limit };
        let view: Top = top(&profile, &options).unwrap();
        let shown: u64 = view.rows.iter().map(|row| row.cost.self_value).sum();
        prop_assert_eq!(shown + view.rest.cost.self_value, view.measure.sum);
        prop_assert_eq!(view.rows.len() + view.rest.functions, view.functions);
        let text = view.render(&style(width));
        prop_assert!(text.lines().all(|line| width < 80 || line.chars().count() <= width), "{}", text);
        for function in &profile.functions {
            let options = CallsOptions { measure: Some(name.clone()), all: false, limit };
            let up = callers(&profile, &function.name, &options).unwrap();
            let down = callees(&profile, &function.name, &options).unwrap();
            let sum = |view: &Calls| view.rest.value + view.rows.iter().map(|r| r.value).sum::<u64>();
            prop_assert_eq!(sum(&up), up.inclusive);
            prop_assert_eq!(sum(&down) + down.self_value, down.inclusive);
        }
    }
}
