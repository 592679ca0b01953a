//! The `zkperf.toml` of a checkout.

use crate::plan::Options;
use crate::recognise::{Candidate, Recognised};
use std::fmt::Write;

const HEAD: &str = include_str!("../templates/zkperf-head.toml");
const NO_GUEST: &str = include_str!("../templates/zkperf-no-guest.toml");
const TAIL: &str = include_str!("../templates/zkperf-tail.toml");

/// What measures: no attempt may change it. Recorded blocks are named besides.
const HARNESS: &[&str] = &[
    "zkperf.toml",
    "scripts/zkvm-bench/Makefile",
    "scripts/zkvm-bench/bin/**",
    "scripts/zkvm-bench/ci.sh",
];

/// Renders it; `recognised` fills in the guests.
pub(crate) fn config(recognised: &Recognised, options: &Options) -> String {
    let name = match options.name.trim() {
        "" => "guest",
        name => name,
    };
    let mut out = HEAD.replace("{{name}}", &text(name));
    let mut any = false;
    for (zkvm, guest) in recognised.chosen() {
        any = true;
        guest_table(&mut out, zkvm, guest);
        for other in recognised.guests.get(zkvm).into_iter().flatten().skip(1) {
            let _ = writeln!(out, "# another one: package = {}", text(&other.package));
        }
    }
    if !any {
        out += NO_GUEST;
    }
    let list = |items: Vec<String>| items.join(", ");
    let zkvms = list(recognised.chosen().map(|(zkvm, _)| text(zkvm)).collect());
    let blocks = list(options.blocks.iter().map(u64::to_string).collect());
    let recorded = list(
        options
            .recorded
            .iter()
            .map(|pattern| text(pattern))
            .collect(),
    );
    let may_change = match recognised.is_ethrex() {
        true => text("crates/**"),
        false => String::new(),
    };
    // Not the whole folder: the ledger, the logbook and reports grow in it.
    let harness = HARNESS.iter().map(|pattern| (*pattern).to_owned());
    let protected = harness.chain(options.recorded.iter().cloned());
    let protected = list(protected.map(|pattern| text(&pattern)).collect());
    let line = |key: &str, items: &str| match items.is_empty() {
        true => format!("# {key} = []"),
        false => format!("{key} = [{items}]"),
    };
    out += &TAIL
        .replace("{{zkvms}}", &line("zkvms", &zkvms))
        .replace("{{blocks}}", &line("blocks", &blocks))
        .replace("{{recorded}}", &line("recorded", &recorded))
        .replace("{{may_change}}", &line("may_change", &may_change))
        .replace("{{protected}}", &line("protected", &protected));
    out
}

fn guest_table(out: &mut String, zkvm: &str, guest: &Candidate) {
    let layout = guest.layout.map_or("recognised by", |layout| layout.name);
    // Writing to a String cannot fail.
    let _ = writeln!(out, "\n# {layout}: {}", guest.sdk);
    let _ = writeln!(out, "[guest.{zkvm}]\npackage = {}", text(&guest.package));
    if guest.layout.is_some_and(|layout| layout.ethrex) {
        let _ = writeln!(
            out,
            "# ethrex's guest reads ethrex's own input format.\n\
             input = 'sh \"$ZKPERF_ROOT\"/scripts/zkvm-bench/bin/ethrex-input.sh {{block}} {{out}}'"
        );
    } else {
        let _ = writeln!(
            out,
            "# input_file = \"inputs/{zkvm}.bin\" # what it reads, unless that is zkperf's own input of a block"
        );
    }
}

/// A text as TOML writes it.
fn text(value: &str) -> String {
    let mut out = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => out += "\\\"",
            '\\' => out += "\\\\",
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out + "\""
}
