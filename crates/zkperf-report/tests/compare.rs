//! Comparisons: verdicts, rows that add up, names that are only names.

mod compare_support;

use compare_support::{options, pair, pair_of, profile, varied, DIVIDED};
use proptest::prelude::*;
use zkperf_profile::{example, Completeness, Profile, ProfileData, Row, Table};
use zkperf_report::{
    comparison, CompareOptions, Comparison, Known, MarkdownOptions, Rule, State, Style, Unpaired,
    Verdict, MARKER,
};

fn bill(count: u64, cost: u64) -> Table {
    Table {
        name: "opcodes".into(),
        columns: vec!["count".into(), "cost".into()],
        rows: vec![Row {
            label: "add".into(),
            values: vec![count, cost],
        }],
    }
}

fn with_bill(count: u64, cost: u64) -> Profile {
    profile("aa", |data| data.tables = vec![bill(count, cost)])
}

fn view(before: &Profile, after: &Profile) -> Comparison {
    comparison(vec![pair_of(before, after)], &options(None)).unwrap()
}

fn text(view: &Comparison) -> String {
    view.render(None, &Style::default())
}

#[test]
fn equal_profiles_differ_in_nothing() {
    let view = view(&with_bill(10, 100), &with_bill(10, 100));
    assert_eq!(view.schema, "zkperf-compare/2");
    assert_eq!(view.verdict, Verdict::Neutral);
    assert!(view.identical_elf && view.pairs[0].no_verdict_because.is_empty());
    assert!(view.pairs[0]
        .measures
        .iter()
        .all(|change| change.delta == 0));
    let divisions = &view.zkvms[0].divisions;
    assert!(divisions.len() >= 8);
    for division in divisions {
        assert!(division.is_unchanged(), "{}", division.by);
        assert_eq!(division.rest.value, division.total_without_outside());
    }
    let text = text(&view);
    assert!(text.contains("no difference in the proving cost"), "{text}");
    assert!(
        text.contains("Identical ELF") && text.contains("difference 0"),
        "{text}"
    );
    let markdown = view.markdown(&MarkdownOptions::default());
    assert!(markdown.contains("Identical ELF") && markdown.contains("difference 0"));
}

#[test]
fn there_is_no_verdict_across_models_inputs_or_stops() {
    type Break = fn(&mut ProfileData);
    let cases: [(Break, Verdict, &str); 5] = [
        (
            |data| data.run.cost_model.tables_sha256 = "other".into(),
            Verdict::None,
            "cost models differ",
        ),
        (
            |data| data.run.zkvm = "other".into(),
            Verdict::None,
            "zkVMs differ",
        ),
        (
            |data| data.run.input.sha256 = "other".into(),
            Verdict::None,
            "inputs differ",
        ),
        (
            |data| data.run.output_sha256 = "other".into(),
            Verdict::OutputsDiffer,
            "public outputs differ",
        ),
        (
            |data| {
                data.completeness = Completeness::Partial {
                    reason: "limit".into(),
                    pc: None,
                    function: String::new(),
                }
            },
            Verdict::None,
            "second profile does not cover",
        ),
    ];
    for (change, verdict, reason) in cases {
        let view = view(&profile("aa", |_| ()), &profile("bb", change));
        assert_eq!(view.verdict, verdict, "{reason}");
        let because = view.pairs[0].no_verdict_because.join("; ");
        assert!(because.contains(reason), "{because}");
        let text = text(&view);
        let word = match verdict {
            Verdict::None => "no verdict: ",
            _ => "the outputs differ",
        };
        assert!(text.contains(word), "{text}");
        assert!(!text.contains("improvement"), "{text}");
    }
}

#[test]
fn an_imported_report_is_compared_as_far_as_it_reaches() {
    let imported = |elf: &str| {
        profile(elf, |data| {
            data.completeness = Completeness::Imported {
                missing: vec!["call tree".into()],
            };
            data.measures[4].proving_cost = false;
            data.unattributed.clear();
        })
    };
    let (before, after) = (imported("aa"), imported("bb"));
    let view = view(&before, &after);
    assert_eq!(view.verdict, Verdict::None);
    let text = text(&view);
    for words in [
        "no verdict: ",
        "without call tree",
        "no proving cost",
        "--measure",
    ] {
        assert!(text.contains(words), "no {words} in {text}");
    }
    assert_eq!(view.pairs[0].measures.len(), 5);
    let pair = compare_support::pair_in(&before, &after, Some("steps"));
    let view = comparison(vec![pair], &options(None)).unwrap();
    division(&view, "function").assert_closes();
}

#[test]
fn a_row_tells_counts_from_prices() {
    let view = view(&with_bill(10, 100), &with_bill(12, 144));
    let division = division(&view, "opcode");
    let row = &division.rows[0];
    assert_eq!((row.value.delta, row.by_count), (44, Some(20)));
    // The example's opcodes cost more than this table says: that is outside, and said.
    assert_eq!(division.outside.before, division.total.before - 100);
    let text = text(&view);
    for number in ["+44", "+20", "+24", "add"] {
        assert!(text.contains(number), "no {number} in {text}");
    }
}

fn division<'v>(view: &'v Comparison, by: &str) -> &'v zkperf_report::DivisionDelta {
    let mut all = view.zkvms[0].divisions.iter();
    all.find(|division| division.by == by)
        .unwrap_or_else(|| panic!("no {by}"))
}

#[test]
fn what_left_the_list_is_not_gone() {
    let after = varied("bb", &[(5, 1)], |name| name.to_owned());
    let view = comparison(
        vec![pair_of(&profile("aa", |_| ()), &after)],
        &options(Some(1)),
    )
    .unwrap();
    let functions = division(&view, "function");
    assert_eq!(functions.rows.len(), 1);
    assert_eq!(functions.rows[0].state, State::Both);
    assert!(functions.rest.parts > 3);
    assert_eq!((functions.gone.parts, functions.new.parts), (0, 0));
    // What is not executed any more is.
    let after = varied("bb", &[], |name| name.replace("memcpy", "memmove"));
    let view = self::view(&profile("aa", |_| ()), &after);
    let functions = division(&view, "function");
    let state = |name: &str| {
        functions
            .rows
            .iter()
            .find(|row| row.name == name)
            .unwrap()
            .state
    };
    assert_eq!(
        (state("memcpy"), state("memmove")),
        (State::Gone, State::New)
    );
    assert_eq!(functions.gone.dearest[0].0, "memcpy");
    assert_eq!(functions.gone.value, functions.new.value);
    let text = text(&view);
    assert!(
        text.contains("ran before only") && text.contains("memmove [new]"),
        "{text}"
    );
}

#[test]
fn looser_matches_say_so() {
    let named = |elf: &str, value: u64, generic: &str| {
        let generic = generic.to_owned();
        varied(elf, &[(6, value)], move |name| {
            match name.contains("hash") {
                true => format!("guest::hash::<{generic}>"),
                false => name.to_owned(),
            }
        })
    };
    let view = view(&named("aa", 10, "u8"), &named("bb", 20, "u16"));
    let functions = division(&view, "function");
    assert_eq!(functions.gone.parts + functions.new.parts, 0);
    let mut rows = functions.rows.iter();
    let row = rows.find(|row| row.name == "guest::hash::<u16>").unwrap();
    assert_eq!(row.matched_by, Rule::Generics);
    assert_eq!(row.names_before, ["guest::hash::<u8>"]);
    assert_eq!(row.names_after, ["guest::hash::<u16>"]);
    assert!(text(&view).contains("[other generics]"));
}

#[test]
fn a_set_is_its_pairs_added_up() {
    let block = |number: u64, profile: Profile| {
        let mut data = profile.into_data();
        data.run.input.block = Some(number);
        data.run.input.sha256 = format!("{number:064x}");
        Profile::new(data).unwrap()
    };
    let pairs = [(1, -500), (2, 30), (3, 0)].map(|(number, opcodes)| {
        let after = profile("bb", |data| compare_support::dearer(data, opcodes));
        pair_of(&block(number, profile("aa", |_| ())), &block(number, after))
    });
    let one = |at: usize| comparison(vec![pairs[at].clone()], &options(None)).unwrap();
    let all = comparison(pairs.to_vec(), &options(None)).unwrap();
    assert_eq!(all.verdict, Verdict::Mixed);
    assert_eq!(all.zkvms[0].pairs, 3);
    for (at, division) in all.zkvms[0].divisions.iter().enumerate() {
        let singles: i128 = (0..3)
            .map(|pair| one(pair).zkvms[0].divisions[at].total.delta)
            .sum();
        assert_eq!(division.total.delta, singles, "{}", division.by);
        division.assert_closes();
    }
    assert_eq!(division(&all, "part").total.delta, -470);
    let text = text(&all);
    for words in [
        "mixed: block 1: improvement; block 2: regression; block 3: no difference",
        "block 3",
    ] {
        let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(one_line.contains(words), "{text}");
    }
}

#[test]
fn what_was_not_compared_stands_under_the_headline() {
    let set = CompareOptions {
        unpaired: vec![Unpaired {
            file: "gone.zkp".into(),
            side: "before",
            what: "zisk 1, block 5".into(),
        }],
        ..options(None)
    };
    let (before, after) = (with_bill(10, 100), with_bill(10, 100));
    let view = comparison(vec![pair_of(&before, &after)], &set).unwrap();
    let text = text(&view);
    let lines: Vec<&str> = text.lines().collect();
    let headline = lines
        .iter()
        .position(|line| line.starts_with("no difference"));
    let told = lines
        .iter()
        .position(|line| line.starts_with("not compared, before only"));
    let first_table = lines.iter().position(|line| line.is_empty());
    assert!(headline < told && told < first_table, "{text}");
}

#[test]
fn what_no_pair_says_is_not_called_unused() {
    let before = profile("aa", |_| {});
    let after = profile("bb", |data| data.run.zkvm = "sp1".into());
    let known = Known {
        by: "evm-opcode",
        zkvm: None,
        names: vec!["ADD".into(), "SLOAD".into()],
    };
    let set = CompareOptions {
        known: vec![known],
        ..options(None)
    };
    let view = comparison(vec![pair_of(&before, &after)], &set).unwrap();
    let opcodes = view
        .coverage
        .iter()
        .find(|one| one.of == "evm-opcode")
        .unwrap();
    assert!(opcodes.not_exercised.is_empty() && opcodes.exercised.is_empty());
    assert_eq!(opcodes.unknown.as_deref(), Some("no pair says which ran"));
}

#[test]
fn nothing_in_a_name_is_obeyed() {
    let evil = "`</code></summary><img src=x onerror=alert(1)> | **b** @user #1 \u{202e}\n| x |";
    let named = |elf: &str| {
        varied(elf, &[(2, 5)], move |name| {
            match name.contains("hash") || name.contains("visit") {
                true => format!("{evil}::{}", name.len()),
                false => name.to_owned(),
            }
        })
    };
    let mut before = named("aa").into_data();
    before.run.title = evil.into();
    before.run.elf.guest = evil.into();
    before.run.elf.variant = evil.into();
    before.tables = vec![bill(1, 2)];
    before.tables[0].rows[0].label = evil.into();
    before.run.input.block = None;
    before.run.input.name = evil.into();
    let mut after = before.clone();
    after.run.elf.sha256 = "bb".repeat(32);
    after.tables[0].rows[0].values = vec![3, 4];
    compare_support::dearer(&mut after, 77);
    let set = CompareOptions {
        unpaired: vec![Unpaired {
            file: evil.into(),
            side: "before",
            what: evil.into(),
        }],
        ..options(None)
    };
    let [before, after] = [before, after].map(|data| Profile::new(data).unwrap());
    let view = comparison(vec![pair(&before, &after, [evil, evil])], &set).unwrap();
    let markdown = view.markdown(&MarkdownOptions {
        commands: vec![format!("zkperf compare '{evil}'")],
        made_by: evil.into(),
        by: None,
    });
    assert!(markdown.starts_with(MARKER));
    assert_eq!(markdown.matches("<!--").count(), 1);
    // Within code spans and the block of commands, nothing is a tag.
    let mut outside = String::new();
    for (at, block) in markdown.split("```").enumerate() {
        if at % 2 == 0 {
            let spans = block.split('`').enumerate();
            outside.extend(spans.filter(|(at, _)| at % 2 == 0).map(|(_, text)| text));
        }
    }
    for tag in outside.split('<').skip(1) {
        let known = [
            "!-- zkperf",
            "details>",
            "/details>",
            "summary>",
            "/summary>",
            "code>",
            "/code>",
        ];
        assert!(known.iter().any(|known| tag.starts_with(known)), "<{tag}");
    }
    for sign in ["@user", "**b**", "#1 ", "\u{202e}"] {
        assert!(!outside.contains(sign), "{sign:?}");
    }
    // Every row of a table has as many cells as its head.
    let mut cells = 0;
    for line in markdown.lines() {
        let count = line.matches('|').count();
        match (
            line.starts_with('|'),
            line.starts_with("|:--") || line.starts_with("|--:"),
        ) {
            (false, _) => cells = 0,
            (true, _) if cells == 0 => cells = count,
            (true, _) => assert_eq!(count, cells, "{line}"),
        }
    }
    // A terminal obeys nothing either.
    let text = text(&view);
    assert!(
        !text.contains('\u{1b}') && !text.contains("\n| x |"),
        "{text}"
    );
}

#[test]
fn a_comment_is_never_too_long() {
    let long = |elf: &str, value: u64| {
        varied(elf, &[(2, value)], |name| {
            format!("{}::{name}", "very_long_module".repeat(400))
        })
    };
    let view = comparison(
        vec![pair_of(&long("aa", 1), &long("bb", 9))],
        &options(None),
    )
    .unwrap();
    let markdown = view.markdown(&MarkdownOptions::default());
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!(markdown.contains("How to reproduce"));
    // A thousand blocks, one of which got dearer.
    let block = |number: u64, elf: &str, opcodes: i64| {
        profile(elf, |data| {
            data.run.input.block = Some(number);
            data.run.input.sha256 = format!("{number:064x}");
            compare_support::dearer(data, opcodes);
        })
    };
    let pairs = (0..1_000).map(|number| {
        let opcodes = if number == 777 { 5 } else { -5 };
        pair_of(&block(number, "aa", 0), &block(number, "bb", opcodes))
    });
    let view = comparison(pairs.collect(), &options(Some(5))).unwrap();
    let markdown = view.markdown(&MarkdownOptions::default());
    assert!(markdown.len() < 65_536, "{}", markdown.len());
    assert!(markdown.contains("`block 777`") && markdown.contains("And 940 other pairs"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// Whatever two profiles are, every division adds up to the difference of the whole, however much of it is listed.
    #[test]
    fn divisions_add_up(
        before in proptest::collection::vec((0usize..8, 0u64..1_000_000), 0..8),
        after in proptest::collection::vec((0usize..8, 0u64..1_000_000), 0..8),
        names in proptest::collection::vec((0usize..8, 0usize..6), 0..6),
        limit in proptest::option::of(0usize..6),
        same_elf in any::<bool>(),
    ) {
        const NAMES: [&str; 6] = ["guest::decode", "a::f::<u8>", "a::f::<u16>", "<a::T>::decode", "memcpy", "x"];
        let base = varied("aa", &before, str::to_owned);
        let mut at = 0;
        let head = varied(if same_elf { "aa" } else { "bb" }, &after, |name| {
            let renamed = names.iter().find(|(of, _)| *of == at);
            at += 1;
            renamed.map_or(name.to_owned(), |(_, to)| NAMES[*to].to_owned())
        });
        let mut seen = Vec::new();
        for (measure, by) in [(None, "cost"), (Some("steps"), "steps")] {
            let pair = compare_support::pair_in(&base, &head, measure);
            let view = comparison(vec![pair], &options(limit)).unwrap();
            for division in &view.zkvms[0].divisions {
                division.assert_closes();
                let code = DIVIDED.contains(&division.by.as_str());
                if code {
                    prop_assert_eq!(&division.measure, by);
                }
                let id = |profile: &Profile| profile.measure(&division.measure).map(|id| profile.sum(id));
                prop_assert_eq!(Some(division.total.before), id(&base).map(u128::from));
                prop_assert_eq!(Some(division.total.after), id(&head).map(u128::from));
                prop_assert!(division.rows.len() <= limit.unwrap_or(usize::MAX));
                prop_assert!(division.rows.iter().all(|row| row.value.delta != 0));
                seen.push(division.by.clone());
            }
            // Text and Markdown of anything can be made.
            prop_assert!(!view.render(None, &Style::default()).is_empty());
            prop_assert!(view.markdown(&MarkdownOptions::default()).starts_with(MARKER));
        }
        for by in DIVIDED {
            prop_assert!(seen.iter().any(|known| known == by), "no {}", by);
        }
    }
}

/// What tests ask of a division.
trait Closes {
    fn assert_closes(&self);
    fn total_without_outside(&self) -> zkperf_report::Delta;
}

impl Closes for zkperf_report::DivisionDelta {
    fn assert_closes(&self) {
        let sum = |of: fn(&zkperf_report::Delta) -> i128| {
            let rows: i128 = self.rows.iter().map(|row| of(&row.value)).sum();
            rows + of(&self.rest.value) + of(&self.outside)
        };
        assert_eq!(
            sum(|d| d.before as i128),
            self.total.before as i128,
            "{}",
            self.by
        );
        assert_eq!(
            sum(|d| d.after as i128),
            self.total.after as i128,
            "{}",
            self.by
        );
        assert_eq!(sum(|d| d.delta), self.total.delta, "{}", self.by);
        assert_eq!(
            self.total.delta,
            self.total.after as i128 - self.total.before as i128
        );
        // What is not listed is really the sum of parts, not whatever was left over.
        let none_left = self.rest.parts == 0;
        assert!(
            !none_left || self.rest.value == zkperf_report::Delta::default(),
            "{}",
            self.by
        );
    }

    fn total_without_outside(&self) -> zkperf_report::Delta {
        zkperf_report::Delta {
            before: self.total.before - self.outside.before,
            after: self.total.after - self.outside.after,
            delta: self.total.delta - self.outside.delta,
        }
    }
}

#[test]
fn the_example_is_what_it_was() {
    // The sums that other tests rely on.
    let data = example::small();
    assert_eq!(data.measures[4].total, 1_346_346);
}
