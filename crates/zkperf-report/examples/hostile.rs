//! Writes a profile whose every name tries to break out of a page that shows it: markup, scripts, huge symbols, control
//! characters, text that runs backwards; and its page, with sources, instructions and findings of the same kind.
//! `cargo run --release -p zkperf-report --example hostile -- OUT.zkp OUT.html`

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use zkperf_profile::{example, Profile, Row};
use zkperf_report::html::{html, Exact, Finding, HtmlOptions};

/// What tries to be more than text.
const NAMES: [&str; 8] = [
    "</script><script>window.broken=1</script>",
    "<img src=x onerror=\"window.broken=2\">",
    "--><svg/onload=window.broken=3>",
    "\"'><b>bold</b>&lt;&amp;",
    "javascript:window.broken=4",
    "a\u{202e}txt.exe\u{2066}\u{0}\u{7}\r\n",
    "${window.broken=5}`{{7*7}}",
    "\u{fffd}\u{fffd} not UTF-8 \u{fffd}",
];

fn main() -> ExitCode {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [profile, page] = &paths[..] else {
        eprintln!("usage: hostile OUT.zkp OUT.html");
        return ExitCode::from(2);
    };
    match write(profile, page) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn write(profile: &Path, page: &Path) -> Result<(), Box<dyn Error>> {
    let made = Profile::new(hostile())?;
    made.save(profile)?;
    let finding = |at: usize| Finding {
        title: NAMES[at].to_owned(),
        text: NAMES[at + 1].to_owned(),
        function: Some(NAMES[3].to_owned()),
        saves: Some(Exact(12_345)),
    };
    let options = HtmlOptions {
        tables: &[],
        source: &|_, line| Some(format!("{} // {line}", NAMES[0])),
        instruction: Some(&|address| Some(format!("addi a0, a0, {address:#x} {}", NAMES[1]))),
        findings: &[finding(0), finding(1)],
    };
    std::fs::write(page, html(&made, &options)?.page)?;
    Ok(())
}

fn hostile() -> zkperf_profile::ProfileData {
    let mut data = example::small();
    for (at, function) in data.functions.iter_mut().enumerate() {
        function.name = NAMES[at % NAMES.len()].to_owned();
    }
    // A symbol of a megabyte, of letters of several bytes.
    data.functions[4].name = format!("huge::{}::end", "\u{fc}".repeat(500_000));
    for (at, file) in data.source.files.iter_mut().enumerate() {
        *file = format!("/src/{}/{at}.rs", NAMES[at]);
    }
    for (at, inlined) in data.source.inlined.iter_mut().enumerate() {
        inlined.name = NAMES[at].to_owned();
    }
    data.source.notes = NAMES.map(str::to_owned).to_vec();
    data.run.elf.guest = NAMES[0].to_owned();
    data.run.elf.variant = NAMES[1].to_owned();
    data.run.title = NAMES[2].to_owned();
    data.run.input.name = NAMES[3].to_owned();
    data.measures[0].about = NAMES[0].to_owned();
    data.tables[0].name = NAMES[1].to_owned();
    data.tables[0].columns[0] = NAMES[3].to_owned();
    data.tables[0].rows.push(Row {
        label: NAMES[0].to_owned(),
        values: vec![1, u64::MAX, 3],
    });
    data.scopes[0].name = NAMES[2].to_owned();
    data.unattributed[0].reason = NAMES[1].to_owned();
    data
}
