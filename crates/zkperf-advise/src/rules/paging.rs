//! Pages loaded and stored (RISC Zero), memory touched for the first time (SP1).

use std::collections::HashMap;

use zkperf_profile::thousands;

use super::{dearest, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const PAGING: &str = "paging";
pub(crate) const FIRST_TOUCH: &str = "first-touch";

/// Claims the pseudo-functions of paging.
pub(crate) fn paging(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let Some(pages) = view.facts.and_then(|facts| facts.paging.as_ref()) else {
        return Vec::new();
    };
    let mut origins = Origins::default();
    for node in ground.nodes() {
        if view.function(node).role != Role::Paging || ledger.is_taken(node) {
            continue;
        }
        let taken = ledger.take(node);
        origins.add(view, node, taken, view.profile.nodes[node].calls, 0);
    }
    let value = origins.value();
    if value == 0 {
        return Vec::new();
    }
    let measured = |name| {
        view.profile
            .measure(name)
            .map_or(0, |measure| view.profile.sum(measure))
    };
    let mut evidence = vec![Evidence {
        what: format!(
            "{} pages loaded and {} stored, each once in every segment that touches or changes it",
            thousands(measured("pages_in")),
            thousands(measured("pages_out"))
        ),
        ..Evidence::default()
    }];
    evidence.extend(origins.evidence(view, 4));
    // A page that is changed is loaded and stored.
    let price = (value / origins.calls().max(1)).saturating_mul(2);
    vec![Finding {
        rule: PAGING,
        subject: String::new(),
        title: format!("pages loaded and stored, most for {}", dearest(ground, &origins)),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence,
        remedy: "touch fewer pages in a segment: keep what is used together in one place (an arena, indices instead of \
                 boxes), read the input once and in order, free nothing that is not used again, and put off what makes the \
                 tree of nodes wander; larger segments (--po2) load a page less often"
            .to_owned(),
        places: origins.places(view, 4),
        saving: saved(ground, &origins, ("page", price, pages.page_bytes)),
        risk: Level::Low,
        risk_why: "where values lie changes, not what is computed".to_owned(),
        confidence: Level::High,
        check: ground.command("callers", "'page in'"),
    }]
}

/// Claims the measure of first touches.
pub(crate) fn first_touch(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let Some(touch) = view.facts.and_then(|facts| facts.first_touch.as_ref()) else {
        return Vec::new();
    };
    let mut origins = Origins::default();
    for node in ground.nodes() {
        let taken = ledger.take_measure(node, touch.measure);
        if taken > 0 {
            origins.add(view, node, taken, 0, 0);
        }
    }
    let value = origins.value();
    if value == 0 {
        return Vec::new();
    }
    vec![Finding {
        rule: FIRST_TOUCH,
        subject: String::new(),
        title: format!("memory touched for the first time, most by {}", dearest(ground, &origins)),
        class: Class::Memory,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 4),
        remedy: "use memory again instead of new memory: fewer and smaller buffers, pools, values that are not copied; what \
                 zeroes memory that is then filled touches it as well"
            .to_owned(),
        places: origins.places(view, 4),
        saving: saved(ground, &origins, ("word", touch.price, view.word_bytes())),
        risk: Level::Low,
        risk_why: "where values lie changes, not what is computed".to_owned(),
        confidence: Level::High,
        check: ground.command("top", &format!("--measure {}", touch.measure)),
    }]
}

/// How often what lies in new memory is read or written on the average, up to which that memory is passed through and not
/// worked in.
const PASSED_THROUGH: u64 = 4;

/// Bytes that each function of one's own reads and writes, with the library's and compiler's code that works for it.
fn accessed(ground: &Ground<'_>) -> HashMap<u32, u64> {
    let profile = &ground.view.profile;
    let mut by_owner: HashMap<u32, u64> = HashMap::new();
    let columns = ["bytes_read", "bytes_written"].map(|name| ground.view.column(name));
    for column in columns.into_iter().flatten() {
        for node in ground.nodes() {
            let owner = ground.view.nodes[node].owner as usize;
            let bytes = by_owner.entry(profile.nodes[owner].function.0).or_default();
            *bytes = bytes.saturating_add(column[node]);
        }
    }
    by_owner
}

/// What would be saved of so many new words or pages: `price` each, of so many bytes; by function, by what it accesses.
fn saved(
    ground: &Ground<'_>,
    origins: &Origins,
    (unit, price, unit_bytes): (&str, u64, u64),
) -> Saving {
    let accessed = accessed(ground);
    let (mut low, mut high) = (0u64, 0u64);
    for (function, value) in origins.by_owner(ground.view) {
        let units = value / price.max(1);
        let bytes = accessed.get(&function).copied().unwrap_or(0);
        high += value.saturating_sub(price);
        if bytes > units.saturating_mul(unit_bytes * PASSED_THROUGH) {
            continue;
        }
        // All that it accesses, side by side; or memory used again, so that only one side of a hand-over is new.
        let packed = (bytes.div_ceil(unit_bytes)).saturating_mul(price);
        low += value
            .saturating_sub(packed.min(value / 2))
            .min(value.saturating_sub(price));
    }
    Saving::range(
        low,
        high,
        ground.view.total(),
        format!(
            "by function: at best one {unit} stays; at worst what it reads and writes fills {unit}s side by side, or half \
             of them stay; none is saved at worst where a {unit}'s bytes are accessed more than {PASSED_THROUGH} times each"
        ),
    )
}
