//! Code round circuits, and the work that they already do.

use zkperf_profile::thousands;

use super::Ground;
use crate::estimate;
use crate::finding::{Class, Evidence, Finding, Level, Saving, Share};
use crate::implementations::Kind;
use crate::ledger::Ledger;
use crate::operation::Operation;
use crate::origins::Origins;
use crate::usage::{circuit_price, Price};

pub(crate) const NAME: &str = "accelerator-glue";
pub(crate) const VOLUME: &str = "circuit-volume";

/// Claims what code made for circuits costs beside the circuits' own price.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let operations = Operation::ALL.iter().copied();
    operations
        .filter_map(|operation| of_operation(ground, ledger, operation))
        .collect()
}

fn of_operation(ground: &Ground<'_>, ledger: &mut Ledger, operation: Operation) -> Option<Finding> {
    let view = ground.view;
    let (mut value, mut price) = (0, 0);
    let mut parts = Origins::default();
    for node in its_nodes(ground, operation) {
        let own = match circuit_price(view, node) {
            Price::Nothing => 0,
            Price::All => ledger.left(node),
            Price::Measures(names) => names.iter().map(|name| ledger.left_of(node, name)).sum(),
        };
        price += own;
        let taken = take_beside(ground, ledger, node);
        value += taken;
        let (calls, bytes) = ground.asked(node);
        parts.add(view, node, taken, calls, bytes);
    }
    if value == 0 {
        return None;
    }
    let circuits = circuit_calls(ground, operation);
    let each = value.checked_div(circuits).unwrap_or(0);
    let saving = match operation {
        Operation::Keccak256 if circuits > 0 => estimate::absorbing_by_words(view, circuits, value),
        _ => Saving::unknown("how little code would do round this circuit was not measured"),
    };
    let mut evidence = vec![Evidence {
        what: format!(
            "{} calls of its circuits, at {} in all",
            thousands(circuits),
            ground.text(price)
        ),
        calls: Some(circuits),
        ..Evidence::default()
    }];
    evidence.extend(parts.evidence(view, 3));
    Some(Finding {
        rule: NAME,
        subject: operation.key().to_owned(),
        title: format!(
            "{}: the code round the circuit costs {} a call, the circuit {}",
            operation.name(),
            ground.text(each),
            ground.text(price.checked_div(circuits).unwrap_or(0)),
        ),
        class: Class::Patch,
        share: Share::of(value, view.total()),
        evidence,
        remedy: remedy(operation),
        places: parts.places(view, 3),
        saving,
        risk: Level::Low,
        risk_why: "the circuit's input and output stay the same; compare digests of inputs of all lengths and alignments"
            .to_owned(),
        confidence: Level::High,
        check: ground.command("annotate", &super::quoted(dearest(&parts, ground))),
    })
}

fn dearest<'g>(parts: &Origins, ground: &'g Ground<'_>) -> &'g str {
    let first = parts.sorted().first().copied();
    first.map_or("", |origin| origin.owner(ground.view))
}

fn remedy(operation: Operation) -> String {
    match operation {
        Operation::Keccak256 | Operation::Sha256 => {
            "take the input in by whole words: where it is not aligned, copy a block to an aligned buffer first, so that it \
             is not put together byte by byte; hash from where the bytes are, without a copy of the message"
                .to_owned()
        }
        _ => "keep operands in the circuit's own form from call to call; check inputs once, not at each step".to_owned(),
    }
}

/// Contexts of an operation's code made for circuits.
fn its_nodes<'g>(ground: &'g Ground<'_>, operation: Operation) -> impl Iterator<Item = usize> + 'g {
    ground.nodes().filter(move |&node| {
        ground.view.nodes[node]
            .mark
            .is_some_and(|mark| mark.operation == operation && mark.kind == Kind::Circuit)
    })
}

/// Takes what of a context is not the circuits' own.
fn take_beside(ground: &Ground<'_>, ledger: &mut Ledger, node: usize) -> u64 {
    match circuit_price(ground.view, node) {
        Price::All => 0,
        Price::Nothing => ledger.take(node),
        Price::Measures(names) => {
            let own: u64 = names.iter().map(|name| ledger.left_of(node, name)).sum();
            if own == 0 {
                return ledger.take(node);
            }
            let formula = ground.view.profile.formula(ground.view.cost);
            let stored = ground.view.profile.measures.iter();
            let stored: Vec<&str> = stored
                .filter(|measure| measure.source == zkperf_profile::Source::Stored)
                .map(|measure| measure.name.as_str())
                .collect();
            let others = formula.iter().filter_map(|(column, _)| stored.get(*column));
            others
                .filter(|name| !names.contains(name))
                .map(|name| ledger.take_measure(node, name))
                .sum()
        }
    }
}

/// Calls of an operation's circuits: what the run's table counts, if no other operation uses them; else by the tree.
fn circuit_calls(ground: &Ground<'_>, operation: Operation) -> u64 {
    let rows = ground
        .view
        .facts
        .and_then(|facts| facts.available(operation));
    let rows = rows.map_or(&[][..], |available| available.rows).iter();
    let own: u64 = rows
        .filter(|row| !row.shared)
        .map(|row| row.count(&ground.view.profile))
        .fold(0, u64::saturating_add);
    match own {
        0 => ground.usage_of(operation).precompile_calls,
        own => own,
    }
}

/// Claims the circuits' own price.
pub(crate) fn volume(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let operations = Operation::ALL.iter().copied();
    operations
        .filter_map(|operation| volume_of(ground, ledger, operation))
        .collect()
}

fn volume_of(ground: &Ground<'_>, ledger: &mut Ledger, operation: Operation) -> Option<Finding> {
    let view = ground.view;
    let mut origins = Origins::default();
    for node in its_nodes(ground, operation) {
        let taken = ledger.take(node);
        let top = view.nodes[node].top as usize;
        let calls = if top == node {
            view.profile.nodes[node].calls
        } else {
            0
        };
        origins.add_caller(view, top, taken, calls, 0);
    }
    let value = origins.value();
    let circuits = circuit_calls(ground, operation);
    if value == 0 {
        return None;
    }
    Some(Finding {
        rule: VOLUME,
        subject: operation.key().to_owned(),
        title: format!("{} on circuits: {} calls of them, at their price", operation.name(), thousands(circuits)),
        class: Class::Algorithm,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 5),
        remedy: "do it less often: not twice for the same bytes, not where the result is not needed".to_owned(),
        places: origins.places(view, 3),
        saving: Saving::unknown(
            "what can be left out is not known; calls that got the same bytes are findings of duplicate-work",
        ),
        risk: Level::High,
        risk_why: "a hash or signature that is not checked any more is a proof of less".to_owned(),
        confidence: Level::High,
        check: ground.command("where", &format!("{} --all --depth 4", search(operation))),
    })
}

fn search(operation: Operation) -> &'static str {
    match operation {
        Operation::Keccak256 => "keccak256",
        Operation::Sha256 => "sha256",
        Operation::Ecrecover => "ecrecover",
        other => other.key(),
    }
}
