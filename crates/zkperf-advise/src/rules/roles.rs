//! Rules that claim all that is left of functions of one role.

use super::{short_name, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::Kind;
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;

pub(crate) const DIVISION: &str = "wide-division";
pub(crate) const MAP: &str = "hash-maps";
pub(crate) const FORMAT: &str = "text-and-panics";
pub(crate) const INPUT: &str = "start-up-and-input";

/// Claims division of more bits than a register has.
pub(crate) fn division(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let is_its = |node: usize| {
        let software = view.nodes[node].mark.is_some_and(|mark| {
            mark.operation == Operation::Arith256 && mark.kind == Kind::Portable
        });
        software || view.nodes[node].is(Role::Divide)
    };
    let origins = claim(ground, ledger, &is_its);
    let offer = view
        .facts
        .and_then(|facts| facts.available(Operation::Arith256));
    let remedy = match offer {
        Some(offer) => format!(
            "divide by words where the divisor fits one, by shifts where it is a power of two; else ask the host for the \
             quotient and check it: {} ({})",
            offer.through, offer.krate
        ),
        None => "divide by words where the divisor fits one, by shifts where it is a power of two".to_owned(),
    };
    finding(ground, &origins, |origins| Finding {
        title: format!(
            "division of wide numbers in software, most in {}",
            dearest(ground, origins)
        ),
        remedy,
        class: Class::Micro,
        saving: Saving::at_most(
            origins.value(),
            view.total(),
            "every quotient comes for free; checking it costs a multiplication",
        ),
        risk: Level::High,
        risk_why:
            "a quotient from the host is sound only if it is checked, and the remainder with it"
                .to_owned(),
        check: ground.command("top", "--inlined --filter 'div|rem'"),
        ..base(DIVISION)
    })
}

/// Claims hash maps.
pub(crate) fn map(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let origins = claim(ground, ledger, &|node| view.nodes[node].is(Role::Map));
    finding(ground, &origins, |origins| {
        Finding {
        title: format!("hash maps and their hashing, most from {}", dearest(ground, origins)),
        remedy: "keys that are hashes already need no hashing: take eight of their bytes; look up once and keep the reference \
                 (entry); small or dense keys belong in a vector"
            .to_owned(),
        class: Class::Memory,
        saving: Saving::at_most(origins.value(), view.total(), "no map is asked at all"),
        risk: Level::Medium,
        risk_why: "a weak hash lets whoever chooses the keys make lookups dear: the block's author".to_owned(),
        check: ground.command("top", "--inlined --inclusive --filter hashbrown"),
        ..base(MAP)
    }
    })
}

/// Claims formatting and panics.
pub(crate) fn format(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let origins = claim(ground, ledger, &|node| view.nodes[node].is(Role::Format));
    finding(ground, &origins, |origins| {
        Finding {
        title: format!("text is made in the guest, most from {}", dearest(ground, origins)),
        remedy: "make no text that nobody reads: errors as values, no format! or to_string on the way, panic = \"abort\"".to_owned(),
        class: Class::Micro,
        saving: Saving::at_most(origins.value(), view.total(), "no text is made"),
        risk: Level::Low,
        risk_why: "messages are lost".to_owned(),
        check: ground.command("top", "--inlined --filter 'core::fmt'"),
        ..base(FORMAT)
    }
    })
}

/// Claims start-up and reading the input.
pub(crate) fn input(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let origins = claim(ground, ledger, &|node| view.nodes[node].is(Role::Input));
    finding(ground, &origins, |origins| Finding {
        title: format!(
            "start-up and reading the input, most in {}",
            dearest(ground, origins)
        ),
        remedy: "read the input in one piece into a buffer of its size, and use it where it lies"
            .to_owned(),
        class: Class::Memory,
        saving: Saving::at_most(
            origins.value(),
            view.total(),
            "nothing is read; the input has to be, once",
        ),
        risk: Level::Low,
        risk_why: "what is read stays the same".to_owned(),
        check: ground.command("top", "--by phase"),
        ..base(INPUT)
    })
}

fn base(rule: &'static str) -> Finding {
    Finding {
        rule,
        subject: String::new(),
        title: String::new(),
        class: Class::Micro,
        share: Share::default(),
        evidence: Vec::new(),
        remedy: String::new(),
        places: Vec::new(),
        saving: Saving::unknown(""),
        risk: Level::Low,
        risk_why: String::new(),
        confidence: Level::Medium,
        check: String::new(),
    }
}

fn finding(
    ground: &Ground<'_>,
    origins: &Origins,
    text: impl FnOnce(&Origins) -> Finding,
) -> Vec<Finding> {
    let view = ground.view;
    if origins.value() == 0 {
        return Vec::new();
    }
    vec![Finding {
        share: Share::of(origins.value(), view.total()),
        evidence: origins.evidence(view, 4),
        places: origins.places(view, 4),
        ..text(origins)
    }]
}

fn claim(ground: &Ground<'_>, ledger: &mut Ledger, is_its: &dyn Fn(usize) -> bool) -> Origins {
    let view = ground.view;
    let mut origins = Origins::default();
    for node in ground.nodes() {
        if !is_its(node) || view.function(node).role == Role::Paging {
            continue;
        }
        let taken = ledger.take(node);
        let entered = !is_its(view.parent(node));
        let calls = if entered {
            view.profile.nodes[node].calls
        } else {
            0
        };
        origins.add(view, node, taken, calls, 0);
    }
    origins
}

fn dearest(ground: &Ground<'_>, origins: &Origins) -> String {
    let first = origins.sorted().first().copied();
    first.map_or(String::new(), |origin| {
        short_name(origin.owner(ground.view))
    })
}
