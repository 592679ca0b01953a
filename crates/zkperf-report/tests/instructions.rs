//! Instructions of the hand-made profile of `zkperf_profile::example`: they add up to what the other views say.

use insta::assert_snapshot;
use zkperf_profile::{example, MeasureId, Origin, Profile};
use zkperf_report::{
    annotate, instructions, open, AnnotateOptions, Code, CodeFile, Instructions,
    InstructionsOptions, MachineCode, Opened, ReportError, Style,
};

/// A program in which every instruction is four bytes long and `memcpy` is not there.
struct Program;

impl Code for Program {
    fn instruction(&self, address: u64) -> Option<MachineCode> {
        let text = match address {
            0x4000 => "jal ra,0x6000",
            0x6004 => "bnez a0,0x6000",
            0x7000.. => return None,
            _ => "nop",
        };
        let jumps = matches!(address, 0x4000 | 0x6004);
        Some(MachineCode {
            bytes: 4,
            word: 0x13,
            text: text.to_owned(),
            target: jumps.then_some(0x6000),
        })
    }

    fn symbol(&self, address: u64) -> Option<(String, u64)> {
        let hash = "guest::crypto::keccak::hash::h2222222222222222";
        (address >= 0x6000).then(|| (hash.to_owned(), address - 0x6000))
    }
}

fn profile() -> Profile {
    let mut data = example::small();
    // A pc in between that was not executed, and a call from it.
    let hash = data.functions.iter().position(|f| f.name.contains("hash"));
    let hash = hash.unwrap() as u32;
    for pc in &mut data.pcs {
        if pc.function.0 == hash && pc.address == Some(0x6004) {
            pc.address = Some(0x6008);
        }
    }
    for node in &mut data.nodes {
        if node.function.0 == hash && node.call_site != 0 {
            node.call_site = 0x4000;
        }
    }
    Profile::new(data).unwrap()
}

fn opened(profile: &Profile) -> Opened {
    open(profile.clone(), true).unwrap()
}

fn file(matches: bool) -> CodeFile {
    CodeFile {
        name: "guest.elf".to_owned(),
        sha256: if matches { "bb" } else { "ee" }.repeat(32),
        expected_sha256: "bb".repeat(32),
        matches,
    }
}

fn view(pattern: &str, all: bool, matches: bool) -> Result<Instructions, ReportError> {
    let profile = profile();
    let options = InstructionsOptions { measure: None, all };
    instructions(
        &profile,
        &opened(&profile),
        pattern,
        &options,
        &Program,
        file(matches),
    )
}

fn source(path: &str, line: u32) -> Option<String> {
    let known = path == "src/decode.rs" && line == 30;
    known.then(|| "\tlet (head, rest) = bytes.split_at(n);".to_owned())
}

fn text(view: &Instructions, width: usize) -> String {
    let style = Style {
        width,
        color: false,
    };
    view.render(&source, &style)
}

#[test]
fn instructions_stand_below_their_line_and_what_they_were_inlined_in() {
    let view = view("hash", false, true).unwrap();
    assert_snapshot!(text(&view, 100), @r#"
    zisk 1.4.0-alpha, reference (unpatched), block 24628607, "example"
    guest::crypto::keccak::hash: 965,000 cost of its own code (71.68% of the run), with what was inlined
    into it, by instruction

          %  executions     cost     main  opcodes  instruction
    src/trie.rs:40
     33.33%       3,750  321,666  155,000  166,666      6000  nop
                                                        6004  bnez a0,0x6000
    guest::decode (inlined at src/trie.rs:31)
      guest::take (inlined at src/decode.rs:21)
        src/decode.rs:30  let (head, rest) = bytes.split_at(n);
     66.67%       3,750  643,334  310,000  333,334      6008  nop
    100.00%       7,500  965,000  465,000  500,000  total

    Instructions without figures were never executed, or as a part of the one before them; of more than
    two in a row, only the number is shown.
    Unattributed: 241 cost (0.02%): after a re-synchronisation. The call stack re-synchronised 1 time at
    1 place.
    "#);
    let row = &view.listing.rows[1];
    assert_eq!((row.address, row.executions), (Some(0x6008), 3750));
    assert_eq!(
        row.values[4],
        view.total.values[4] - view.listing.rows[0].values[4]
    );
}

#[test]
fn calls_and_targets_are_named() {
    let view = view("visit", false, true).unwrap();
    let names = &view.listing.names;
    let row = &view.listing.rows[0];
    let target = row.target.unwrap();
    assert_eq!(target.address, 0x6000);
    assert_eq!(
        names[target.symbol.unwrap() as usize],
        "guest::crypto::keccak::hash"
    );
    assert_eq!(row.calls.len(), 1);
    assert_eq!(
        names[row.calls[0].name as usize],
        "guest::crypto::keccak::hash"
    );
    assert!(text(&view, 200).contains("jal ra,0x6000 <guest::crypto::keccak::hash> → "));
    // What the file does not have is said, not guessed.
    let view = self::view("memcpy", false, true).unwrap();
    assert!(view
        .listing
        .rows
        .iter()
        .all(|row| row.bytes == 0 && row.text.is_none()));
    assert!(text(&view, 200).contains("2 instructions are not in the ELF"));
}

#[test]
fn another_elf_is_marked_wherever_one_looks() {
    let view = view("hash", false, false).unwrap();
    let shown = text(&view, 100);
    assert_eq!(shown.matches("WRONG ELF").count(), 2, "{shown}");
    let json = serde_json::to_value(&view).unwrap();
    assert_eq!(json["schema"], "zkperf-annotate-asm/1");
    assert_eq!(json["elf"]["matches"], false);
    assert_eq!(json["elf"]["expected_sha256"], "bb".repeat(32));
}

/// For each function: the rows add up to its own cost, for every measure; and to what `annotate` says is its own code
/// and was inlined into it.
#[test]
fn rows_add_up_to_the_function() {
    let profile = profile();
    let opened = opened(&profile);
    let functions = opened.profile.functions.iter();
    for (at, function) in functions.enumerate() {
        let name = function.name.clone();
        let view = view(&name, false, true).unwrap();
        let rows = &view.listing.rows;
        assert_eq!(view.total.rows, rows.len());
        for measure in 0..profile.measures.len() {
            let sum: u64 = rows.iter().map(|row| row.values[measure]).sum();
            assert_eq!(sum, view.total.values[measure], "{name}");
            let id = MeasureId(measure as u32);
            if function.origin != Origin::Inlined {
                assert_eq!(sum, profile.self_by_function(id)[at], "{name}");
            }
            let options = AnnotateOptions {
                measure: Some(profile.measures[measure].name.clone()),
                all: false,
            };
            let lines = annotate(&opened, &name, &options, &|_, _| None).unwrap();
            let of_lines: u64 = lines.lines.iter().map(|line| line.own + line.inlined).sum();
            assert_eq!(sum, of_lines, "{name} {measure}");
        }
    }
    // All together are the run.
    let all = view(".", true, true).unwrap();
    for (measure, &sum) in all.total.values.iter().enumerate() {
        assert_eq!(sum, profile.sum(MeasureId(measure as u32)));
    }
}
