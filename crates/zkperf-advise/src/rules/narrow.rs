//! Memory accesses narrower than a word, or across words, where they cost more than whole words.

use super::{dearest, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::ledger::Ledger;
use crate::origins::Origins;
use crate::zkvm::NarrowAccess;

pub(crate) const NAME: &str = "narrow-memory-access";

/// Claims what narrow accesses cost beyond a whole aligned word each, as far as no other rule has it. Which of a
/// function's instructions access narrowly is exact; how much of it falls on one of its contexts is taken to be as over
/// the whole run.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let Some(narrow) = view.facts.and_then(|facts| facts.narrow.as_ref()) else {
        return Vec::new();
    };
    let (excess, whole) = excess(ground, narrow);
    let mut origins = Origins::default();
    for node in ground.nodes() {
        let function = view.profile.nodes[node].function.0 as usize;
        if excess[function] == 0 {
            continue;
        }
        let left = ledger.left_of(node, narrow.measure);
        let part =
            u128::from(left) * u128::from(excess[function]) / u128::from(whole[function].max(1));
        let taken = ledger.take_part(node, narrow.measure, u64::try_from(part).unwrap_or(left));
        origins.add(view, node, taken, 0, 0);
    }
    let value = origins.value();
    if value == 0 {
        return Vec::new();
    }
    let mut evidence = by_kind(ground);
    evidence.extend(origins.evidence(view, 4));
    vec![Finding {
        rule: NAME,
        subject: String::new(),
        title: format!(
            "memory accesses narrower than a word or across words, most in {}",
            dearest(ground, &origins)
        ),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence,
        remedy: "read and write whole aligned words: compare and copy by u64, keep bytes that are looked at one by one in a \
                 word, align buffers to 8 bytes; a byte written over costs most"
            .to_owned(),
        places: origins.places(view, 4),
        saving: Saving::range(
            value,
            value,
            view.total(),
            "each narrow access costs what a whole aligned word costs; fewer of them, and fewer steps, save more".to_owned(),
        ),
        risk: Level::Low,
        risk_why: "byte order and alignment".to_owned(),
        confidence: Level::Medium,
        check: ground.command("lines", "--measure memory"),
    }]
}

/// By function what its narrow accesses cost beyond whole words, and what all its accesses cost.
fn excess(ground: &Ground<'_>, narrow: &NarrowAccess) -> (Vec<u64>, Vec<u64>) {
    let profile = &ground.view.profile;
    let (mut excess, mut whole) = (
        vec![0; profile.functions.len()],
        vec![0; profile.functions.len()],
    );
    let column = |name: &str| {
        profile
            .measure(name)
            .map(|measure| profile.pc_column(measure))
    };
    let (Some(memory), Some(read), Some(written)) = (
        column(narrow.measure),
        column("bytes_read"),
        column("bytes_written"),
    ) else {
        return (excess, whole);
    };
    for (at, pc) in profile.pcs.iter().enumerate() {
        let function = pc.function.0 as usize;
        whole[function] += memory[at];
        // What moves more than a word at once is a circuit, which is charged for whole words.
        let accesses = |bytes: u64| {
            if bytes > pc.count.saturating_mul(8) {
                bytes.div_ceil(8)
            } else if bytes > 0 {
                pc.count
            } else {
                0
            }
        };
        let least = accesses(read[at])
            .saturating_mul(narrow.read)
            .saturating_add(accesses(written[at]).saturating_mul(narrow.write));
        let is_narrow = |bytes: u64| bytes > 0 && bytes < pc.count.saturating_mul(8);
        if is_narrow(read[at]) || is_narrow(written[at]) {
            excess[function] += memory[at].saturating_sub(least);
        }
    }
    (excess, whole)
}

/// The run's own table of accesses, dearest narrow kinds first.
fn by_kind(ground: &Ground<'_>) -> Vec<Evidence> {
    let profile = &ground.view.profile;
    let Some(table) = profile
        .tables
        .iter()
        .find(|table| table.name == "memory_detail")
    else {
        return Vec::new();
    };
    let mut rows: Vec<(&str, u64, u64)> = table
        .rows
        .iter()
        .filter(|row| row.label.contains("unaligned"))
        .filter_map(|row| {
            Some((
                row.label.as_str(),
                *row.values.first()?,
                *row.values.get(1)?,
            ))
        })
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(row.2));
    let total = ground.view.total();
    rows.iter()
        .take(3)
        .map(|(label, count, cost)| Evidence {
            what: format!("{label}, whole run"),
            value: Some(*cost),
            percent: Some(Share::of(*cost, total).percent),
            calls: Some(*count),
            ..Evidence::default()
        })
        .collect()
}
