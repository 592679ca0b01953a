//! Views at the level of the source, of the hand-made profile of `zkperf_profile::example`.

use insta::assert_snapshot;
use zkperf_profile::{example, Profile};
use zkperf_report::{
    annotate, lines, open, stacks, tree, AnnotateOptions, LinesBy, LinesOptions, Opened,
    ReportError, StacksOptions, Style, TreeOptions,
};

fn opened(inlined: bool) -> Opened {
    open(Profile::new(example::small()).unwrap(), inlined).unwrap()
}

fn style() -> Style {
    Style {
        width: 100,
        color: false,
    }
}

fn steps() -> Option<String> {
    Some("steps".to_owned())
}

/// A source that has line 30 of one file only.
fn text(path: &str, line: u32) -> Option<String> {
    let known = path == "src/decode.rs" && line == 30;
    known.then(|| "    let (head, rest) = bytes.split_at(n);\t// <script>".to_owned())
}

#[test]
fn lines_stand_by_cost_and_what_has_none_by_function() {
    let profile = opened(false).profile;
    let options = LinesOptions {
        measure: steps(),
        ..LinesOptions::default()
    };
    let view = lines(&profile, &options, &text).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by source line, largest self value first

    self steps        %  instructions  line
         5,000   44.31%         3,750  src/decode.rs:30  let (head, rest) = bytes.split_at(n);// <scrip…
         2,500   22.16%         3,750  src/trie.rs:40
         1,667   14.77%         1,250  src/decode.rs:20
           960    8.51%           960  src/trie.rs:50
           833    7.38%         1,250  src/trie.rs:30
           300    2.66%           300  src/trie.rs:20
            20    0.18%            20  src/trie.rs:10
             3    0.03%             0  (no line) [unattributed]
             0    0.00%             0  (no line) [base]
        11,283  100.00%                total

    0.03% of the run stands at no line: code without debug information (assembly, a zkVM's own code),
    and costs that are not of code; shown by function.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
    let options = LinesOptions {
        by: LinesBy::File,
        filter: Some("DECODE".to_owned()),
        ..options
    };
    let view = lines(&profile, &options, &text).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by source file, largest self value first; 1 file of 4 match /DECODE/

    self steps        %  instructions  file
         6,667   59.09%         5,000  src/decode.rs
         4,616   40.91%                (3 other files)
        11,283  100.00%                total

    0.03% of the run stands at no line: code without debug information (assembly, a zkVM's own code),
    and costs that are not of code; shown by function.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn stacks_have_inlined_callers_with_the_line_of_the_call() {
    let inlined = opened(true);
    let options = StacksOptions {
        measure: steps(),
        ..StacksOptions::default()
    };
    let view = stacks(&inlined.profile, &inlined.called_at, "memcpy", &options).unwrap();
    let text = view.render(&style()) + &inlined.frames.text(&inlined.profile, &style());
    assert_snapshot!(text, @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    where memcpy is called from: 1 stack of 1, dearest first
    all 960 steps (8.51% of the run), 12 calls

    #1       960 steps (8.51% of the run), 12 calls
      <- guest::crypto::keccak::hash
      <- <guest::trie::Trie as guest::trie::Walk>::visit
      <- <guest::trie::Trie as guest::trie::Walk>::visit
      <- guest::main
      <- _start
      <- [run]

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    Inlined code is shown as functions of its own. Sums by function and the place of every call are
    exact; 88.76% of the proving cost is own cost of functions that run in several contexts, and within
    each of them it is split among inlined frames as over the whole run.
    "#);
    let near = StacksOptions {
        depth: Some(1),
        limit: Some(1),
        ..options
    };
    let view = stacks(&inlined.profile, &inlined.called_at, "hash", &near).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    where guest::crypto::keccak::hash is called from: 1 stack of 2, dearest first
    all 8,460 steps (74.98% of the run), 15 calls

    #1       6,960 steps (61.69% of the run), 12 calls
      <- <guest::trie::Trie as guest::trie::Walk>::visit
    (1 other stack) 1,500 steps (13.29% of the run), 3 calls

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn a_function_is_annotated_with_what_was_inlined_and_called() {
    let inlined = opened(true);
    let options = AnnotateOptions {
        measure: steps(),
        all: false,
    };
    let view = annotate(&inlined, "visit", &options, &text).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    <guest::trie::Trie as guest::trie::Walk>::visit: 9,460 steps inclusive (83.84% of the run), by line
    of its source

         %  own steps  inlined  calls  instructions  line
                                                     --- (no debug information)
    73.57%                      6,960                   ? (the compiler gave no line)
                                                     --- src/trie.rs
     8.81%        833                         1,250     30
    17.62%               1,667                          31

    The source of src/trie.rs:30 was not found; give --source FROM=TO to say where it lies.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
    // An inlined function as well as one of the ELF.
    let view = annotate(&inlined, "guest::take", &options, &text).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    guest::take: 5,000 steps inclusive (44.31% of the run), by line of its source

          %  own steps  inlined  calls  instructions  line
                                                      --- src/decode.rs
    100.00%      5,000                         3,750     30     let (head, rest) = bytes.split_at(n); /…

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn the_tree_says_what_it_leaves_out() {
    let inlined = opened(true);
    let options = TreeOptions {
        measure: steps(),
        min_percent: 10.0,
        depth: None,
    };
    let view = tree(&inlined.profile, &options).unwrap();
    assert_snapshot!(view.render(&style()), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    steps by calling context, inclusive; contexts below 10% of the run are summed up as (pruned)

    incl. steps        %  self steps    calls  function
         11,283  100.00%           0        0  [run]
         11,280   99.97%          20        1    _start
         11,260   99.80%         300        1      guest::main
          9,460   83.84%         333        4        <guest::trie::Trie as guest::trie::Walk>::visit
          8,460   74.98%         500        6          <guest::trie::Trie as guest::trie::Walk>::visit
          6,960   61.69%       2,000       12            guest::crypto::keccak::hash
          4,000   35.45%           0  inlined              guest::decode
          4,000   35.45%       4,000  inlined                guest::take
            960    8.51%                                   (pruned: 1 context)
          1,000    8.86%                                 (pruned: 1 context)
            667    5.91%                               (pruned: 1 context)
          1,500   13.29%         500        3        guest::crypto::keccak::hash
          1,000    8.86%                               (pruned: 2 contexts)
              3    0.03%                         (pruned: 2 contexts)

    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
}

#[test]
fn a_profile_without_lines_says_what_helps() {
    let mut data = example::small();
    data.source = Default::default();
    let old = Profile::new(data.clone()).unwrap();
    let error = open(old, true).unwrap_err();
    assert!(error.to_string().contains("make it again"), "{error}");
    data.source.notes = vec!["it is stripped; do not strip it".to_owned()];
    let stripped = Profile::new(data).unwrap();
    let found = lines(&stripped, &LinesOptions::default(), &|_, _| None);
    let expected = ReportError::NoLines {
        notes: stripped.source.notes.clone(),
    };
    assert_eq!(found, Err(expected));
    // Stacks of the ELF's functions need no lines.
    let plain = open(stripped, false).unwrap();
    assert!(plain.called_at.is_empty());
    let found = stacks(
        &plain.profile,
        &plain.called_at,
        "memcpy",
        &StacksOptions::default(),
    )
    .unwrap();
    assert!(found
        .rows
        .iter()
        .flat_map(|row| &row.frames)
        .all(|frame| frame.line == 0));
}
