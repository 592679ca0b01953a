//! Text and panic messages, with all they call: buffers that grow for them, copies into these.

use zkperf_profile::thousands;

use super::roles::{base, claim, finding};
use super::{dearest, releases, Ground, REFERENCE_INSTRUCTIONS};
use crate::finding::{Class, Finding, Level, Saving};
use crate::function::Role;
use crate::ledger::Ledger;

pub(crate) const NAME: &str = "text-and-panics";

/// Claims formatting and panics.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut origins = claim(ground, ledger, &|node| view.nodes[node].is(Role::Format));
    if origins.value() > 0 {
        let found = (ground.found.text, ground.found.all);
        releases::take(ground, ledger, found, &mut origins);
    }
    finding(ground, &origins, |origins| {
        let kept = origins.calls().saturating_mul(REFERENCE_INSTRUCTIONS);
        Finding {
            title: format!("text is made in the guest, most from {}", dearest(ground, origins)),
            remedy: "make no text that nobody reads: errors as values, ok_or_else in place of ok_or, no format! or to_string on \
                     the way, panic = \"abort\""
                .to_owned(),
            saving: Saving::all_but(
                view.instructions(kept),
                origins.value(),
                view.total(),
                format!(
                    "no text is made, with what is allocated and released for it; at worst {REFERENCE_INSTRUCTIONS} \
                     instructions stay of each of {} calls",
                    thousands(origins.calls())
                ),
            ),
            risk_why: "messages are lost".to_owned(),
            check: ground.command("top", "--inlined --filter 'core::fmt'"),
            class: Class::Micro,
            risk: Level::Low,
            ..base(NAME)
        }
    })
}
