//! Does the comparison see errors? Plants one wrong figure of each kind and demands that each is
//! reported, alone.

use std::collections::BTreeMap;

use anyhow::{bail, Context, Result};
use zkperf_testkit::sp1::sp1_guests;

use crate::sp1::compare::judge;
use crate::sp1::guests::{ours_at, Files};
use crate::sp1::official::Official;
use crate::sp1::ours::{End, OurRun};

/// Guests that together have every kind of figure.
const GUESTS: [&str; 3] = ["cycle_tracker", "sha256", "commit"];

/// Runs it; whether every planted error was reported.
pub fn run(official: &mut Official) -> Result<bool> {
    let (mut planted, mut reported) = (0, 0);
    for name in GUESTS {
        let guest = sp1_guests().into_iter().find(|guest| guest.name == name);
        let guest = guest.with_context(|| format!("no guest is called {name}"))?;
        let (honest, shards) = ours_at(&guest.elf, &guest.inputs, Some(7))?;
        let theirs = Files::new(&guest.elf, &guest.inputs)?.run(official, Some(7), shards)?;
        let clean = judge(&theirs, &honest, true);
        if !clean.different.is_empty() {
            bail!(
                "{name} differs before anything is planted: {:?}",
                clean.different
            );
        }
        for (what, wrong) in plant(&honest) {
            planted += 1;
            match judge(&theirs, &wrong, true).different.len() {
                1 => reported += 1,
                n => println!("{name}: {what}: {n} differences reported"),
            }
        }
    }
    println!(
        "{}",
        serde_json::json!({"planted": planted, "reported": reported})
    );
    Ok(planted > 0 && planted == reported)
}

fn plant(honest: &OurRun) -> Vec<(String, OurRun)> {
    let mut wrong = Vec::new();
    let mut kinds = BTreeMap::new();
    for key in honest.figures.keys() {
        // Chunks and shards have several kinds of figures under changing numbers.
        let mut parts = key.split('.');
        let family = parts.next().unwrap_or_default();
        let last = if matches!(family, "chunk" | "shard") {
            parts.next_back()
        } else {
            None
        };
        kinds.entry((family, last)).or_insert(key);
    }
    for key in kinds.into_values() {
        let mut off = honest.clone();
        if let Some(value) = off.figures.get_mut(key) {
            *value += 1;
        }
        wrong.push((format!("wrong {key}"), off));
        let mut missing = honest.clone();
        missing.figures.remove(key);
        wrong.push((format!("missing {key}"), missing));
    }
    let mut output = honest.clone();
    output.output.push_str("00");
    wrong.push(("output".into(), output));
    let mut text = honest.clone();
    text.text = text.text.replacen("add", "sub", 1);
    wrong.push(("report".into(), text));
    let mut ending = honest.clone();
    ending.end = End::Fault("planted".into());
    wrong.push(("ending".into(), ending));
    wrong
}
