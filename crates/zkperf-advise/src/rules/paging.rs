//! Pages loaded and stored (RISC Zero), memory touched for the first time (SP1).

use zkperf_profile::thousands;

use super::{short_name, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const PAGING: &str = "paging";
pub(crate) const FIRST_TOUCH: &str = "first-touch";

/// Claims the pseudo-functions of paging.
pub(crate) fn paging(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut origins = Origins::default();
    for node in ground.nodes() {
        if view.function(node).role != Role::Paging {
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
        saving: Saving::at_most(value, view.total(), "no page is loaded or stored; each is needed once at least"),
        risk: Level::Low,
        risk_why: "where values lie changes, not what is computed".to_owned(),
        confidence: Level::High,
        check: ground.command("callers", "'page in'"),
    }]
}

/// Claims the measure of first touches.
pub(crate) fn first_touch(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let Some(measure) = view.facts.and_then(|facts| facts.first_touch) else {
        return Vec::new();
    };
    let mut origins = Origins::default();
    for node in ground.nodes() {
        let taken = ledger.take_measure(node, measure);
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
        saving: Saving::at_most(value, view.total(), "no new word is touched; input and results have to be"),
        risk: Level::Low,
        risk_why: "where values lie changes, not what is computed".to_owned(),
        confidence: Level::High,
        check: ground.command("top", &format!("--measure {measure}")),
    }]
}

fn dearest(ground: &Ground<'_>, origins: &Origins) -> String {
    let first = origins.sorted().first().copied();
    first.map_or(String::new(), |origin| {
        short_name(origin.owner(ground.view))
    })
}
