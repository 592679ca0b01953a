//! Pages hold what the profile says, and nothing in a profile is markup. What they look like is tested in a browser
//! (`web/test`).

#[path = "support/page.rs"]
mod page;

use page::Page;
use std::cell::RefCell;
use std::collections::BTreeSet;
use zkperf_profile::{
    example, Completeness, Entry, FunctionId, MeasureId, Node, NodeId, Profile, ProfileData,
};
use zkperf_report::html::{html, html_difference, HtmlOptions};
use zkperf_report::ReportError;

fn profile(change: impl FnOnce(&mut ProfileData)) -> Profile {
    let mut data = example::small();
    change(&mut data);
    Profile::new(data).unwrap()
}

const NO_SOURCE: HtmlOptions<'static> = HtmlOptions {
    source: &|_, _| None,
    instruction: None,
    findings: &[],
    tables: &[],
};

fn single(profile: &Profile) -> Page {
    Page::read(&html(profile, &NO_SOURCE).unwrap().page)
}

fn difference(base: &Profile, head: &Profile) -> Page {
    Page::read(&html_difference(base, head, &NO_SOURCE).unwrap().page)
}

/// Costs twice as much in `hash`, has lost the tail call to `memcpy`, and calls something new instead.
fn other_build() -> Profile {
    profile(|data| {
        data.run.elf.sha256 = "ee".repeat(32);
        data.functions[3].name = data.functions[3].name.replace("h1111", "h3333");
        data.functions[5].name = "memmove".to_owned();
        for column in &mut data.node_values[..2] {
            column[5] *= 2;
        }
        for (values, measure) in data.pc_values.iter_mut().zip(&data.node_values) {
            let hash: u64 = measure[5] + measure[6];
            let at = data.pcs.iter().position(|pc| pc.function.0 == 4).unwrap();
            values[at] = hash / 3;
            values[at + 1] = hash - hash / 3;
        }
        let sums: Vec<u64> = data.node_values.iter().map(|c| c.iter().sum()).collect();
        for (measure, total) in data.measures.iter_mut().zip([
            sums[0],
            sums[1],
            sums[2],
            sums[0] * 62,
            sums[0] * 62 + sums[1] + sums[2],
        ]) {
            measure.total = total;
        }
    })
}

#[test]
fn every_measure_closes() {
    let known = profile(|_| {});
    let unknown = profile(|data| data.source = Default::default());
    for (profile, inlined) in [(&known, true), (&unknown, false)] {
        let page = single(profile);
        page.demand_closed();
        assert_eq!(page.data["inlined"], inlined);
        assert_eq!(page.measures(), profile.measures.len());
    }
}

/// What the page does when inlined frames are switched off: their contexts are part of what they were inlined into.
#[test]
fn without_inlined_frames_the_tree_is_that_of_the_elf() {
    let profile = profile(|_| {});
    let page = single(&profile);
    let parents = page.parents();
    let functions = page.column("nodes.function", "nodes.function");
    let origin = page.column("functions.origin", "functions.name");
    let calls = page.column("nodes.calls.0", "nodes.function");
    let inlined = |at: usize| origin[functions[at] as usize] == 5;
    assert!((0..parents.len()).any(inlined));
    let mut counted = vec![0; profile.functions.len()];
    for measure in 0..page.measures() {
        let mut own = page.values("nodes", 0, measure);
        for at in (1..own.len()).rev().filter(|&at| inlined(at)) {
            own[parents[at]] += own[at];
        }
        let mut sums = vec![0; profile.functions.len()];
        counted.fill(0);
        for at in (0..own.len()).filter(|&at| !inlined(at)) {
            sums[functions[at] as usize] += own[at];
            counted[functions[at] as usize] += calls[at];
        }
        assert_eq!(sums, profile.self_by_function(MeasureId(measure as u32)));
    }
    assert_eq!(counted, profile.calls_by_function());
}

#[test]
fn increase_less_decrease_is_the_difference() {
    let (base, head) = (profile(|_| {}), other_build());
    let page = difference(&base, &head);
    page.demand_closed();
    for measure in 0..page.measures() {
        let (a, b) = (
            page.values("nodes", 0, measure),
            page.values("nodes", 1, measure),
        );
        let pairs = || a.iter().zip(&b);
        let increase: u64 = pairs().map(|(a, b)| b.saturating_sub(*a)).sum();
        let decrease: u64 = pairs().map(|(a, b)| a.saturating_sub(*b)).sum();
        let width: u64 = pairs().map(|(a, b)| *a.max(b)).sum();
        let common: u64 = pairs().map(|(a, b)| *a.min(b)).sum();
        let delta = i128::from(page.sum(1, measure)) - i128::from(page.sum(0, measure));
        assert_eq!(i128::from(increase) - i128::from(decrease), delta);
        assert_eq!(width, common + increase + decrease);
        let name = page.data["measures"][measure]["name"].as_str().unwrap();
        // `memcpy` vanished and `memmove` is new, though the total only went up.
        assert_eq!(decrease > 0, name != "base", "{name}");
    }
    assert_eq!(page.data["difference"]["same_elf"], false);
}

#[test]
fn hashes_do_not_tell_frames_apart_and_vanished_ones_are_kept() {
    let page = difference(&profile(|_| {}), &other_build());
    let names: Vec<&str> = page
        .column("functions.name", "functions.name")
        .iter()
        .map(|&at| page.data["strings"][at as usize].as_str().unwrap())
        .collect();
    let count = |wanted: &str| names.iter().filter(|name| **name == wanted).count();
    assert_eq!(count("<guest::trie::Trie as guest::trie::Walk>::visit"), 1);
    assert_eq!((count("memcpy"), count("memmove")), (1, 1));
    let functions = page.column("nodes.function", "nodes.function");
    let own = |side, name: &str| -> u64 {
        let values = page.values("nodes", side, 0);
        let all = values.iter().zip(&functions);
        all.filter(|(_, f)| names[**f as usize] == name)
            .map(|(value, _)| value)
            .sum()
    };
    assert_eq!([own(0, "memcpy"), own(1, "memcpy")], [960, 0]);
    assert_eq!([own(0, "memmove"), own(1, "memmove")], [0, 960]);
}

#[test]
fn a_profile_does_not_differ_from_itself() {
    let same = profile(|_| {});
    let page = difference(&same, &same);
    page.demand_closed();
    for measure in 0..page.measures() {
        assert_eq!(
            page.values("nodes", 0, measure),
            page.values("nodes", 1, measure)
        );
        assert_eq!(
            page.values("code", 0, measure),
            page.values("code", 1, measure)
        );
    }
    assert_eq!(page.data["difference"]["same_elf"], true);
    assert_eq!(page.data["difference"]["verdict"], "neutral");
}

#[test]
fn what_has_no_difference_is_refused() {
    let base = profile(|_| {});
    let refused = |head: Profile| match html_difference(&base, &head, &NO_SOURCE) {
        Err(ReportError::NotComparable { reason }) => reason,
        other => panic!("{:?}", other.map(|made| made.page.len())),
    };
    let reason = refused(profile(|data| data.run.zkvm = "sp1".to_owned()));
    assert_eq!(
        reason,
        "one is of zisk, the other of sp1: their costs have different units"
    );
    let reason = refused(profile(|data| data.measures[0].name = "cycles".to_owned()));
    assert_eq!(
        reason,
        "their measures differ: only the first has steps (steps); only the second has cycles (steps)"
    );
}

#[test]
fn partial_profiles_are_marked_and_not_judged() {
    let base = profile(|_| {});
    let head = profile(|data| {
        data.completeness = Completeness::Partial {
            reason: "out of steps".to_owned(),
            pc: Some(0x2004),
            function: "guest::main".to_owned(),
        }
    });
    let page = difference(&base, &head);
    let warning = |side: usize| {
        page.data["sides"][side]["warning"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(warning(0), "");
    assert!(warning(1).starts_with("PARTIAL: the guest stopped early (out of steps) at 0x2004"));
    assert_eq!(page.data["difference"]["verdict"], "none");
}

/// Of an imported report, tree and pcs need not make up the whole, nor agree.
#[test]
fn imported_profiles_say_what_they_are() {
    let imported = profile(|data| {
        data.completeness = Completeness::Imported {
            missing: vec!["call sites".to_owned()],
        };
        data.measures[4].proving_cost = false;
        data.node_values[0][5] -= 1_000;
    });
    let page = single(&imported);
    assert_eq!(page.data["inlined"], false);
    assert_eq!(page.data["sides"][0]["imported"], true);
    let warning = page.data["sides"][0]["warning"].as_str().unwrap();
    assert_eq!(
        warning,
        "IMPORTED from another tool's report; missing: call sites"
    );
    let inside: u64 = page.values("nodes", 0, 0).iter().sum();
    assert_eq!(inside, page.sum(0, 0) - 1_000);
    let functions = page.column("functions.name", "functions.name").len() as u64;
    for column in ["nodes.function", "code.function", "code.holder"] {
        let indices = page.column(column, column);
        assert!(indices.iter().all(|&at| at < functions), "{column}");
    }
}

#[test]
fn no_name_breaks_out() {
    let attack = "</ScRiPt><script>alert(1)</script><!--<img src=x onerror=alert(2)>";
    let hostile = profile(|data| {
        for function in &mut data.functions {
            function.name = attack.to_owned();
            function.symbol = attack.to_owned();
        }
        data.source.files = vec![attack.to_owned(), format!("{attack}\"'")];
        data.source.inlined[0].name = attack.to_owned();
        data.run.elf.guest = attack.to_owned();
        data.run.title = attack.to_owned();
        data.measures[0].name = attack.to_owned();
        data.measures[0].unit = attack.to_owned();
        data.tables[0].name = attack.to_owned();
        data.tables[0].rows[0].label = attack.to_owned();
    });
    let options = HtmlOptions {
        source: &|_, _| Some(attack.to_owned()),
        ..NO_SOURCE
    };
    for made in [
        html(&hostile, &options),
        html_difference(&hostile, &hostile, &options),
    ] {
        let text = made.unwrap().page;
        Page::read(&text).demand_closed();
        let lower = text.to_lowercase();
        assert_eq!(
            lower.matches("</script").count(),
            2,
            "the data's and the program's"
        );
        assert_eq!(lower.matches("<script").count(), 2);
        assert!(!lower.contains("<!--") && !lower.contains("<img"));
        assert!(text.contains("&lt;/ScRiPt&gt;"), "in the title");
        assert!(text.contains("default-src 'none'; script-src 'sha256-"));
    }
}

#[test]
fn huge_names_are_shortened() {
    let huge = profile(|data| data.functions[4].name = "x".repeat(1_000_000));
    let page = html(&huge, &NO_SOURCE).unwrap().page;
    assert!(page.len() < 200_000, "{}", page.len());
    let strings = Page::read(&page).data["strings"].to_string();
    assert!(strings.contains("[…998,000 characters left out…]"));
}

#[test]
fn the_same_profile_gives_the_same_bytes() {
    let (base, head) = (profile(|_| {}), other_build());
    let twice = |make: &dyn Fn() -> String| assert!(make() == make());
    twice(&|| html(&base, &NO_SOURCE).unwrap().page);
    twice(&|| html_difference(&base, &head, &NO_SOURCE).unwrap().page);
}

#[test]
fn source_is_taken_for_lines_that_are_shown_only() {
    let asked = RefCell::new(BTreeSet::new());
    let options = HtmlOptions {
        source: &|path, line| {
            asked.borrow_mut().insert((path.to_owned(), line));
            (line == 30).then(|| "let x = 1;\t// ü".to_owned())
        },
        ..NO_SOURCE
    };
    let profile = profile(|_| {});
    let page = Page::read(&html(&profile, &options).unwrap().page);
    let files = &profile.source.files;
    let places = profile.source.places.iter().map(|place| place.position);
    let calls = profile.source.frames.iter().map(|frame| frame.call);
    let wanted: BTreeSet<(String, u32)> = places
        .chain(calls)
        .filter_map(|at| Some((files[at.file? as usize].clone(), at.line)))
        .filter(|at| at.1 > 0)
        .collect();
    // Call sites in the example are at no pc, so that calls add no line.
    assert_eq!(*asked.borrow(), wanted);
    let text = page.column("places.text", "places.line");
    let lines = page.column("places.line", "places.line");
    for (text, line) in text.iter().zip(lines) {
        assert_eq!(*text > 0, line == 30);
    }
    assert!(page.data["strings"]
        .to_string()
        .contains("let x = 1;    // ü"));
}

#[test]
fn instructions_stand_beside_their_pcs() {
    let options = HtmlOptions {
        instruction: Some(&|address| Some(format!("op {address:x}"))),
        ..NO_SOURCE
    };
    let profile = profile(|_| {});
    let page = Page::read(&html(&profile, &options).unwrap().page);
    let addresses = page.column("code.address", "code.function");
    let texts = page.column("code.text", "code.function");
    assert_eq!(addresses.len(), profile.pcs.len());
    for ((pc, address), text) in profile.pcs.iter().zip(addresses).zip(texts) {
        assert_eq!(pc.address.map_or(0, |at| at + 1), address);
        let shown = (text > 0).then(|| page.data["strings"][text as usize - 1].clone());
        let wanted = pc.address.map(|address| format!("op {address:x}"));
        assert_eq!(shown.map(|text| text.as_str().unwrap().to_owned()), wanted);
    }
}

/// A guest can recurse as deep as it likes.
#[test]
fn a_tree_may_be_deep() {
    let deep = profile(|data| {
        for _ in 0..100_000 {
            let parent = NodeId(data.nodes.len() as u32 - 1);
            data.nodes.push(Node {
                parent,
                function: FunctionId(6),
                call_site: 0,
                calls: 1,
                entry: Entry::Call,
                label: None,
            });
            data.node_values
                .iter_mut()
                .for_each(|column| column.push(0));
        }
    });
    let page = single(&deep);
    page.demand_closed();
    assert!(page.parents().len() > 100_000);
}

#[test]
fn integers_beyond_what_javascript_counts_are_kept() {
    let large = (1 << 53) + 1;
    let page = single(&profile(|data| {
        data.tables[0].rows[0].values[0] = large;
    }));
    let cell = &page.data["tables"][0]["rows"][0][1][0][0];
    assert_eq!(cell.as_str(), Some("9007199254740993"));
    assert_eq!(page::exact(cell), large);
}
