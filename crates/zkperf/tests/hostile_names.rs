//! Names come from files, and files from anywhere: symbols of a megabyte and names that are no UTF-8 go through `profile`
//! and every view: whole in JSON, cut in the text, without a command for the terminal, and never a panic.

mod support;

use std::path::{Path, PathBuf};
use support::{output, text, zkperf};
use zkperf_profile::{example, Profile};
use zkperf_testkit::inst::A0;
use zkperf_testkit::{program, Asm, ZISK_1_4_0};

const MEGABYTE: usize = 1 << 20;

/// What some terminals would obey.
const ESCAPE: &str = "\u{1b}]0;title\u{7}";

/// A name of a megabyte of what demanglers and shorteners look for.
fn huge(unit: &str) -> String {
    let mut name = unit.repeat(MEGABYTE / unit.len());
    name.push_str(ESCAPE);
    name.push_str("::end");
    name
}

/// Every view, with what it needs besides the profile.
const VIEWS: &[&[&str]] = &[
    &["top", "-n", "0"],
    &["top", "--inlined", "--by", "function"],
    &["top", "--by", "crate"],
    &["top", "--by", "module"],
    &["top", "--by", "file"],
    &["callers", ".", "--all"],
    &["callees", ".", "--all"],
    &["callers", "end"],
    &["where", ".", "--all"],
    &["where", "end", "--all", "-n", "0"],
    &["where", "nothing-of-that-name"],
    &["annotate", ".", "--all"],
    &["annotate", ".", "--all", "--asm"],
    &["lines", "-n", "0"],
    &["tree", "--min", "0", "--inlined"],
    &["summary"],
    &["stats"],
    &["export", "--format", "pprof", "-o", "x"],
    &["export", "--format", "speedscope", "-o", "x"],
    &["export", "--format", "firefox", "-o", "x"],
    &["export", "--format", "folded", "-o", "x"],
    &["export", "--format", "callgrind", "-o", "x"],
];

/// Shows a profile in every view, as text and as JSON. Some have no answer (several functions of a name, no lines): that
/// is one sentence and exit code 1.
fn show(home: &Path, profile: &Path, elf: Option<&Path>) -> String {
    let mut all = String::new();
    for view in VIEWS {
        for json in [false, true] {
            let mut command = zkperf(home);
            command.arg(view[0]).arg(profile).args(&view[1..]);
            if let Some(elf) = elf.filter(|_| view.contains(&"--asm")) {
                command.arg("--elf").arg(elf);
            }
            if json {
                command.arg("--json");
            }
            let run = output(&mut command);
            let (shown, said) = (text(&run.stdout), text(&run.stderr));
            assert!(
                matches!(run.status.code(), Some(0 | 1)),
                "{view:?}: {:?} {}",
                run.status,
                &said[said.len().saturating_sub(2000)..]
            );
            assert!(!said.contains("panicked"), "{view:?}");
            assert!(said.len() < 100_000, "{view:?}: {} on stderr", said.len());
            assert!(!said.contains('\u{1b}'), "{view:?}");
            if json {
                all += &shown;
                continue;
            }
            assert!(!shown.contains(['\u{1b}', '\u{7}']), "{view:?}");
            // The reports in the zkVMs' own layout have whole lines.
            if view[0] != "stats" {
                let longest = shown.lines().map(str::len).max().unwrap_or(0);
                assert!(longest < 5_000, "{view:?}: a line of {longest} bytes");
            }
        }
    }
    all
}

#[test]
fn symbols_of_a_megabyte_and_of_any_bytes() {
    let home = tempfile::tempdir().unwrap();
    const PLACEHOLDER: &str = "not_utf8_not_utf8";
    let name = huge("a::b<[c");
    let (mut long, mut odd) = (None, None);
    let mut elf = program(
        ZISK_1_4_0,
        |a: &mut Asm| {
            long = Some(a.label());
            odd = Some(a.label());
            a.call(long.unwrap());
            a.call(odd.unwrap());
            a.li(A0, 0);
        },
        |_| (),
    )
    .extend(|a| {
        a.func_at(&name, long.unwrap());
        a.addi(A0, A0, 1);
        a.ret();
        a.func_at(PLACEHOLDER, odd.unwrap());
        a.addi(A0, A0, 2);
        a.ret();
    })
    .elf();
    // Cut a letter of two bytes in half.
    let at = elf
        .windows(PLACEHOLDER.len())
        .position(|w| w == PLACEHOLDER.as_bytes());
    elf[at.unwrap() + 3] = 0xc3;
    let path = home.path().join("names.elf");
    std::fs::write(&path, &elf).unwrap();
    let profile = home.path().join("p.zkp");
    let run = output(
        zkperf(home.path())
            .args([
                "profile", "--zkvm", "zisk", "--stats", "-o", "p.zkp", "--elf",
            ])
            .arg(&path),
    );
    assert!(
        !text(&run.stderr).contains("panicked"),
        "{}",
        text(&run.stderr)
    );
    let read = Profile::load(&profile).unwrap();
    let names: Vec<&str> = read.functions.iter().map(|f| f.name.as_str()).collect();
    assert!(names.contains(&name.as_str()), "whole in the profile");
    assert!(names.contains(&"not\u{fffd}utf8_not_utf8"));
    let shown = show(home.path(), &profile, Some(&path));
    let escaped = serde_json::to_string(&name).unwrap();
    assert!(
        shown.contains(&escaped[1..escaped.len() - 1]),
        "whole in JSON"
    );
}

#[test]
fn inlined_functions_and_files_of_a_megabyte() {
    let home = tempfile::tempdir().unwrap();
    let mut data = example::small();
    let names = ["<impl x::", "::", "[0", "<", "a[0]", "漢::", "->", ">"];
    for (function, unit) in data.functions.iter_mut().zip(names).skip(1) {
        function.name = huge(unit);
        function.symbol = huge("_ZN");
    }
    data.functions[4].name = format!("{}::h0123456789abcdef", huge("[g"));
    for (inlined, unit) in data.source.inlined.iter_mut().zip(["(", "&["]) {
        inlined.name = huge(unit);
    }
    for file in &mut data.source.files {
        *file = format!("{file}{}.rs", huge("/library/"));
    }
    data.run.elf.guest = huge("guest");
    let profile: PathBuf = home.path().join("p.zkp");
    Profile::new(data).unwrap().save(&profile).unwrap();
    let elf = home.path().join("other.elf");
    std::fs::write(&elf, b"no ELF").unwrap();
    show(home.path(), &profile, Some(&elf));
}
