//! Writes a profile whose every name tries to break out of a page that shows it: markup, scripts, huge symbols, control
//! characters, text that runs backwards. `cargo run --release -p zkperf-report --example hostile -- OUT.zkp`

use std::process::ExitCode;

use zkperf_profile::{example, Profile, Row};

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
    let Some(path) = std::env::args_os().nth(1) else {
        eprintln!("usage: hostile OUT.zkp");
        return ExitCode::from(2);
    };
    let saved = Profile::new(hostile())
        .map_err(|error| error.to_string())
        .and_then(|profile| profile.save(&path).map_err(|error| error.to_string()));
    match saved {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
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
