//! Text and panic messages, with all they call: buffers that grow for them, copies into these.

use zkperf_profile::thousands;

use super::{releases, short_name, Ground, REFERENCE_INSTRUCTIONS};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const NAME: &str = "text-and-panics";

/// Claims formatting and panics.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut origins = Origins::default();
    for node in ground.nodes() {
        if !view.nodes[node].is(Role::Format) {
            continue;
        }
        let taken = ledger.take(node);
        let entered = !view.nodes[view.parent(node)].is(Role::Format);
        let calls = match entered {
            true => view.profile.nodes[node].calls,
            false => 0,
        };
        origins.add(view, node, taken, calls, 0);
    }
    if origins.value() == 0 {
        return Vec::new();
    }
    let found = releases::found(ground);
    releases::take(ground, ledger, (found.text, found.all), &mut origins);
    let value = origins.value();
    let kept = (origins.calls() * REFERENCE_INSTRUCTIONS).saturating_mul(view.instruction_cost());
    let dearest = origins.sorted().first().copied();
    let dearest = dearest.map_or(String::new(), |origin| short_name(origin.owner(view)));
    vec![Finding {
        rule: NAME,
        subject: String::new(),
        title: format!("text is made in the guest, most from {dearest}"),
        class: Class::Micro,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 4),
        remedy: "make no text that nobody reads: errors as values, ok_or_else in place of ok_or, no format! or to_string on the \
                 way, panic = \"abort\""
            .to_owned(),
        places: origins.places(view, 4),
        saving: Saving::range(
            value.saturating_sub(kept),
            value,
            view.total(),
            format!(
                "no text is made, with what is allocated and released for it; at worst {REFERENCE_INSTRUCTIONS} \
                 instructions stay of each of {} calls",
                thousands(origins.calls())
            ),
        ),
        risk: Level::Low,
        risk_why: "messages are lost".to_owned(),
        confidence: Level::Medium,
        check: ground.command("top", "--inlined --filter 'core::fmt'"),
    }]
}
