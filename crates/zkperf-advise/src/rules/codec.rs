//! Decoding and encoding.

use std::collections::BTreeMap;

use super::{calls_text, short_name, Ground};
use crate::finding::{Class, Finding, Level, Saving, Share};
use crate::function::Role;
use crate::implementations::last_segment;
use crate::ledger::Ledger;
use crate::origins::Origins;

pub(crate) const NAME: &str = "serialization";

/// Claims what is left of decoders and encoders and of what they call: copies, memory and hashing are other rules'.
pub(crate) fn find(ground: &Ground<'_>, ledger: &mut Ledger) -> Vec<Finding> {
    let view = ground.view;
    let mut by_kind: BTreeMap<&'static str, Origins> = BTreeMap::new();
    for node in ground.nodes() {
        let function = view.function(node);
        if !view.nodes[node].is(Role::Codec) || function.role == Role::Paging {
            continue;
        }
        let taken = ledger.take(node);
        let owner = &view.function(view.nodes[node].owner as usize).name;
        let calls = if function.is_own {
            view.profile.nodes[node].calls
        } else {
            0
        };
        by_kind
            .entry(kind(owner))
            .or_default()
            .add(view, node, taken, calls, 0);
    }
    let kinds = by_kind
        .into_iter()
        .filter(|(_, origins)| origins.value() > 0);
    kinds
        .map(|(kind, origins)| finding(ground, kind, &origins))
        .collect()
}

fn kind(name: &str) -> &'static str {
    let last = last_segment(name);
    if name.contains("rkyv") {
        "rkyv"
    } else if last.starts_with("encode")
        || last == "length"
        || name.contains("RLPEncode>")
        || name.contains("::encode::")
    {
        "encoding"
    } else {
        "decoding"
    }
}

fn finding(ground: &Ground<'_>, kind: &'static str, origins: &Origins) -> Finding {
    let view = ground.view;
    let value = origins.value();
    let dearest = origins
        .sorted()
        .first()
        .map_or("", |origin| origin.owner(view));
    let remedy = match kind {
        "encoding" => {
            "do not encode again what arrived encoded: keep the bytes beside the value, and encode only what was changed"
        }
        _ => {
            "decode only what is used, where it lies: keep offsets into the input instead of a tree of values; check a \
             value's length once"
        }
    };
    Finding {
        rule: NAME,
        subject: kind.to_owned(),
        title: format!(
            "{kind}: own cost of codecs, {} first{}",
            short_name(dearest),
            calls_text(origins.calls())
        ),
        class: Class::Algorithm,
        share: Share::of(value, view.total()),
        evidence: origins.evidence(view, 4),
        remedy: remedy.to_owned(),
        places: origins.places(view, 4),
        saving: Saving::at_most(value, view.total(), "nothing is decoded or encoded here"),
        risk: Level::Medium,
        risk_why: "malformed input must still be refused".to_owned(),
        confidence: Level::Medium,
        check: ground.command("annotate", &super::quoted(dearest)),
    }
}
