//! Rules that claim all that is left of functions of one role.

use super::{dearest, Ground};
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::function::{Role, HASHERS};
use crate::implementations::{without_arguments, Kind};
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;

pub(crate) const DIVISION: &str = "wide-division";
pub(crate) const MAP: &str = "hash-maps";
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
        saving: quotients(ground, origins),
        risk: Level::High,
        risk_why:
            "a quotient from the host is sound only if it is checked, and the remainder with it"
                .to_owned(),
        check: ground.command("top", "--inlined --filter 'div|rem'"),
        ..base(DIVISION)
    })
}

/// Instructions in place of a division by a power of two: find the power, shift two words, join them.
const SHIFT_INSTRUCTIONS: u64 = 8;

/// Instructions in place of a division by a number known before: multiply by its reciprocal, and correct.
const RECIPROCAL_INSTRUCTIONS: u64 = 60;

/// Shifts at best, multiplications by a reciprocal at worst.
fn quotients(ground: &Ground<'_>, origins: &Origins) -> Saving {
    let (view, calls) = (ground.view, origins.calls());
    if calls == 0 {
        return Saving::at_most(
            origins.value(),
            view.total(),
            "every quotient comes for free; how many there are is not known, for division is inlined",
        );
    }
    let at = |instructions: u64| {
        let kept = view.instructions(calls.saturating_mul(instructions));
        origins.value().saturating_sub(kept)
    };
    Saving::range(
        at(RECIPROCAL_INSTRUCTIONS),
        at(SHIFT_INSTRUCTIONS),
        view.total(),
        format!(
            "each of {} quotients by a shift of {SHIFT_INSTRUCTIONS} instructions at best, by a reciprocal in \
             {RECIPROCAL_INSTRUCTIONS} at worst",
            zkperf_profile::thousands(calls)
        ),
    )
}

/// What of hash maps is hashing: the hasher and what calls it, not the search for the entry.
fn hashing(ground: &Ground<'_>) -> Vec<bool> {
    let view = ground.view;
    let mut is = vec![false; view.nodes.len()];
    for node in ground.nodes() {
        let function = view.function(node);
        let above = node > 0 && is[view.parent(node)] && !function.is_own;
        is[node] = view.nodes[node].is(Role::Map) && (above || is_hashing(&function.name));
    }
    is
}

/// Claims hash maps: first what hashes the keys, then the search for entries.
pub(crate) fn map(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let is_hashing = hashing(ground);
    let origins = claim(ground, ledger, &|node| is_hashing[node]);
    let seeded = seeds(ground);
    let mut findings = finding(ground, &origins, |origins| {
        let kept = origins.calls().saturating_mul(KEY_INSTRUCTIONS);
        Finding {
            subject: "hashing".to_owned(),
            title: format!("keys of hash maps are hashed, most from {}", dearest(ground, origins)),
            remedy: "keys that are hashes already need no hashing: take eight of their bytes; small or dense keys belong in a \
                     vector; else a hasher of a few instructions"
                .to_owned(),
            class: Class::Memory,
            saving: Saving::all_but(
                view.instructions(kept),
                origins.value(),
                view.total(),
                format!(
                    "keys are their own hashes; at worst {KEY_INSTRUCTIONS} instructions stay of each of {} calls of hashers",
                    zkperf_profile::thousands(origins.calls())
                ),
            ),
            risk: Level::Medium,
            risk_why: "a weak hash lets whoever chooses the keys make lookups dear: the block's author".to_owned(),
            check: ground.command("top", "--inlined --inclusive --filter hash"),
            ..base(MAP)
        }
    });
    for finding in &mut findings {
        if !seeded.is_empty() {
            finding.remedy +=
                "; a fixed seed (`with_hasher`) keeps the costs of two builds comparable";
        }
        finding.evidence.extend(seeded.iter().cloned());
    }
    let origins = claim(ground, ledger, &|node| {
        view.nodes[node].is(Role::Map) && !is_hashing[node]
    });
    findings.extend(finding(ground, &origins, |origins| Finding {
        subject: "search".to_owned(),
        title: format!(
            "entries of hash maps are searched for, most from {}",
            dearest(ground, origins)
        ),
        remedy:
            "look up once and keep the reference (entry); small or dense keys belong in a vector"
                .to_owned(),
        class: Class::Memory,
        saving: Saving::at_most(origins.value(), view.total(), "no map is asked at all"),
        risk: Level::Low,
        risk_why: "the same entries must be found".to_owned(),
        check: ground.command("top", "--inlined --inclusive --filter hashbrown"),
        ..base(MAP)
    }));
    findings
}

/// Instructions to take a word of a key as its hash.
const KEY_INSTRUCTIONS: u64 = 4;

/// Functions that make the seed of a map's hasher, and of what (sources of foldhash 0.1 and 0.2, ahash 0.8, std of rustc 1.96).
const SEEDS: [(&[&str], &str); 3] = [
    (
        &["foldhash::seed::"],
        "seeds of foldhash are made of addresses of stack, code and heap: another build has other collisions",
    ),
    (
        &["ahash::random_state::"],
        "seeds of ahash are made of addresses or of what the host gives: another build may have other collisions",
    ),
    (
        &["std::hash::random::", "std::collections::hash::map::RandomState"],
        "seeds of std's maps are what the host gives: whether a run has the same collisions again is up to the host",
    ),
];

/// What the seeds of the run's hash maps depend on.
fn seeds(ground: &Ground<'_>) -> Vec<Evidence> {
    let view = ground.view;
    let ran = |starts: &[&str]| {
        let name = |node: usize| view.function(node).name.as_str();
        ground
            .nodes()
            .any(|node| starts.iter().any(|start| name(node).starts_with(start)))
    };
    let found = SEEDS.iter().filter(|(starts, _)| ran(starts));
    found
        .map(|(_, what)| Evidence {
            what: (*what).to_owned(),
            ..Evidence::default()
        })
        .collect()
}

/// Hashers, and what asks them.
fn is_hashing(name: &str) -> bool {
    // What searches for an entry has the hasher among its type arguments.
    let name = without_arguments(name).trim_start_matches('<');
    name.starts_with("core::hash")
        || HASHERS.iter().any(|start| name.starts_with(start))
        || ["hash_one", "make_hash", "Hasher>::", "::seeded_hash::"]
            .iter()
            .any(|word| name.contains(word))
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
        saving: in_one_piece(ground, origins),
        risk: Level::Low,
        risk_why: "what is read stays the same".to_owned(),
        check: ground.command("top", "--by phase"),
        ..base(INPUT)
    })
}

/// Calls of the host from which it is asked for too little at once.
const MANY_READS: u64 = 16;

/// One call of the host in place of many.
fn in_one_piece(ground: &Ground<'_>, origins: &Origins) -> Saving {
    let (view, value, calls) = (ground.view, origins.value(), origins.calls());
    if calls < MANY_READS {
        return Saving::at_most(
            value,
            view.total(),
            "nothing is read; the input has to be, once",
        );
    }
    let one = value / calls;
    // What each call brings is moved by a load and a store at least.
    let moved = view.instructions(calls.saturating_mul(2));
    Saving::range(
        value.saturating_sub(one).saturating_sub(moved),
        value - one,
        view.total(),
        format!(
            "one call at the average of {} calls; at worst a load and a store for what each of them brings",
            zkperf_profile::thousands(calls)
        ),
    )
}

/// A finding of a rule, to be filled in.
pub(super) fn base(rule: &'static str) -> Finding {
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

/// What was claimed as a finding, if that is anything.
pub(super) fn finding(
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

/// Claims all that is left of contexts, and counts how often they are entered.
pub(super) fn claim(
    ground: &Ground<'_>,
    ledger: &mut Ledger,
    is_its: &dyn Fn(usize) -> bool,
) -> Origins {
    let view = ground.view;
    let mut origins = Origins::default();
    // Inlined code has no calls of its own: the first calls below it stand for them.
    let mut counted = vec![false; view.nodes.len()];
    for node in ground.nodes() {
        if !is_its(node) || ledger.is_taken(node) {
            continue;
        }
        let taken = ledger.take(node);
        let parent = view.parent(node);
        let is_below = node != parent && is_its(parent);
        counted[node] = is_below && (counted[parent] || view.profile.nodes[parent].calls > 0);
        let calls = match counted[node] {
            false => view.profile.nodes[node].calls,
            true => 0,
        };
        origins.add(view, node, taken, calls, 0);
    }
    origins
}

#[cfg(test)]
mod tests {
    use super::is_hashing;

    #[test]
    fn a_hasher_among_type_arguments_is_not_asked() {
        for (name, expected) in [
            ("<foldhash::fast::FoldHasher as core::hash::Hasher>::write", true),
            ("hashbrown::map::make_hash<u64, std::hash::random::RandomState>", true),
            (
                "hashbrown::raw::find_or_find_insert_index<u64, hashbrown::map::make_hasher::{closure_env#0}>",
                false,
            ),
            ("<hashbrown::map::HashMap<u64, u64>>::insert", false),
        ] {
            assert_eq!(is_hashing(name), expected, "{name}");
        }
    }
}
